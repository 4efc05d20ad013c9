#!/bin/sh
# SPDX-License-Identifier: MIT
# query.sh - a person is asked for labels: files out, files in, mistakes, and
# the same bytes as if the data had known.
. "$(dirname "$0")/lib.sh"

make_csv 200 >known.csv
make_csv 260 | awk 'NR == 1 || NR > 201' >test.csv
awk -F, 'BEGIN { OFS = "," } NR > 1 { $3 = "" } { print }' known.csv >pool.csv
cat >run.ini <<'INI'
[run]
seed = 5
output = out

[data]
type = csv
train = pool.csv
test = test.csv
classes = a, b
unlabelled = yes

[estimator]
type = tree

[acquisition]
type = breaking_ties

[metalearner]
type = active
n_init = 12
budget = 6
max_iter = 4

[evaluate]
metrics = aucprc, accuracy
INI
sed 's/pool\.csv/known.csv/' run.ini >known.ini
here=$(pwd -P)

# label FILE: every row of the question gets the label that known.csv has.
label() {
    awk -F, 'BEGIN { OFS = "," }
        FNR == NR { answer[FNR - 2] = $3; next }
        FNR > 1 { $NF = answer[$1] }
        { print }' known.csv "$1" >labelled.tmp && mv labelled.tmp "$1"
}

# asked N NAME ARGUMENT...: the run stops with N rows in to_label.csv.
asked() {
    n=$1 name=$2
    shift 2
    exits "$name" 75 query -c run.ini -q "$@"
    says "$name: says what waits" "mesa-core: $n rows of to_label.csv wait \
for a label in column 'label'; then go on with"
    check "$name: the rows" \
        test "$(awk 'END { print NR - 1 }' to_label.csv)" -eq "$n"
}

# rejected NAME FILE LINE...: these lines are said, and nothing has changed.
rejected() {
    name=$1 file=$2
    shift 2
    cp out/checkpoint.safetensors before.tmp
    cp to_label.csv question.tmp
    mesa query -c run.ini -q --labels "$file"
    result $(($? != 65)) "$name: 65"
    printf 'mesa-core: %s\n' "$@" >expected
    cmp expected "$err"
    result $? "$name: message" || diagnose "$err"
    check "$name: nothing has changed" cmp before.tmp \
        out/checkpoint.safetensors
    check "$name: the question stays" cmp question.tmp to_label.csv
    rm -f before.tmp question.tmp expected
}

# What the data say when they are asked: the answers to compare with.
exits "data that do not know every class" 0 -c known.ini -q \
    --set run.output=blind --set metalearner.every_class=no
refused "data that do not know" 65 "training row 97 has no label: to be \
asked for it, use mesa-core query" -c run.ini -q

# A question, asked again, with the command to go on with.
asked 12 "the first question"
check "the first question: columns" test "$(head -n 1 to_label.csv)" = \
    row,iteration,x,y,p_a,p_b,utility,label
check "the first question: nothing is known" \
    sh -c "! tail -n +2 to_label.csv | grep -v '^[0-9]*,0,.*,.*,,,,\$'"
check "the first question: a checkpoint" test -s out/checkpoint.safetensors
check "the features are those of the data" awk -F, '
    FNR == NR { row[FNR - 2] = $1 + 0 "," $2 + 0; next }
    FNR > 1 && row[$1] != $3 "," $4 { exit 1 }' known.csv to_label.csv
tail -n 1 "$err" >said
check "the command to go on with" grep -q -x \
    '  mesa-core query -c run.ini --labels to_label.csv' said
cp to_label.csv first.csv
asked 12 "the same question"
check "the same question: same bytes" cmp first.csv to_label.csv
asked 12 "with another number of threads" --threads 3
check "with another number of threads: same bytes" cmp first.csv to_label.csv
says "its command" \
    '  mesa-core query -c run.ini --set run.threads=3 --labels to_label.csv'
mesa query -c run.ini -q -o "it's here.csv"
says "words for a shell" "  mesa-core query -c run.ini -o \
'it'\\''s here.csv' --labels 'it'\\''s here.csv'"
check "another file: same bytes" cmp first.csv "it's here.csv"

# Labels are not written over, by nobody.
label to_label.csv
cp to_label.csv first.csv
lost="to_label.csv has 12 labels that the run does not have: take them in \
with --labels, or give the question another name with -o FILE"
refused "labels that wait" 73 "$lost" query -c run.ini -q
refused "labels that wait, --force" 73 "$lost" query -c run.ini -q --force
check "labels that wait: they stay" cmp first.csv to_label.csv
awk -F, 'BEGIN { OFS = "," } NR > 2 { $NF = "" } { print }' first.csv >one.csv
refused "one label that waits" 73 "one.csv has 1 label that the run does not \
have: take them in with --labels, or give the question another name with -o \
FILE" query -c run.ini -q -o one.csv
for file in known.csv run.ini test.csv; do
    cp $file kept.tmp
    refused "a file that is no question: $file" 73 "$file is there and holds \
no question of a run: give the question another name with -o FILE" \
        query -c run.ini -q -o $file
    check "it stays: $file" cmp kept.tmp $file
done
rm kept.tmp
printf 'row,label\n1,\n' >other.csv
refused "an empty table" 73 "other.csv is there and holds no question of a \
run: give the question another name with -o FILE" \
    query -c run.ini -q -o other.csv

# Wrong ones among the right.
# shellcheck disable=SC2046 # words
set -- $(awk -F, 'NR > 1 { print $1 }' first.csv)
awk -F, 'BEGIN { OFS = "," }
    NR == 3 { $NF = "bb" } NR == 4 { $NF = "" } NR == 5 { $1 = "x" }
    NR == 6 { $1 = 200 } NR == 8 { print; print } NR == 9 { next }
    { print }' first.csv >wrong.csv
rejected "wrong labels" wrong.csv \
    "wrong.csv:3: row $2 has label 'bb', expected one of a, b" \
    "wrong.csv:4: row $3 has no label, expected one of a, b" \
    "wrong.csv:5: row is 'x', expected the number of a row" \
    "wrong.csv:6: row 200 is not asked for" \
    "wrong.csv:9: row $7 is in line 8 already" \
    "wrong.csv:10: row $7 is in line 8 already" \
    "wrong.csv: row $4 is missing" "wrong.csv: row $5 is missing" \
    "wrong.csv: row $8 is missing" \
    "nothing of wrong.csv was taken in: mend it and try again"
awk -F, 'BEGIN { OFS = "," } NR > 1 { $NF = "c" } { print }' first.csv \
    >wrong.csv
mesa query -c run.ini -q --labels wrong.csv
check "many wrong labels: ten are told of" \
    test "$(grep -c "has label 'c', expected one of a, b" "$err")" -eq 10
says "many wrong labels: and how many there are" "mesa-core: and 2 more"
head -n 1 first.csv >none.csv
mesa query -c run.ini -q --labels none.csv
result $(($? != 65)) "no labels at all: 65"
says "no labels at all: message" "mesa-core: none.csv: row $1 is missing"

# Files that cannot be read.
rejected "no columns" known.ini "known.ini: expected a line of column names, \
'row' and 'label' among them, as mesa-core query writes it"
printf 'row,label\n1,"a\n2,b\n' >quote.csv
rejected "an open quote" quote.csv \
    "quote.csv:2: the quoted field that starts here has no end"
printf 'row,label\n1,"a"b\n2,b\n' >quote.csv
rejected "text behind a quote" quote.csv \
    "quote.csv:2: there is text behind a quoted field"
printf 'r\0o\0w\0,\0l\0\n' >utf16.csv
rejected "UTF-16" utf16.csv \
    "utf16.csv is no text in UTF-8: spreadsheets call that CSV UTF-8"
refused "no file" 66 "cannot read nowhere.csv: No such file or directory" \
    query -c run.ini -q --labels nowhere.csv

# A run that stops before it asks.
exits "no time" 75 query -c run.ini -q --set run.max_seconds=1e-9 \
    --labels to_label.csv
cat >expected <<'TEXT'
mesa-core: stopped before it asked; go on with
  mesa-core query -c run.ini --set run.max_seconds=1e-9 --labels to_label.csv
TEXT
check "no time: message" cmp expected "$err"
check "no time: the labels stay" cmp first.csv to_label.csv

# Taken in; the next question knows something.
cp -R out before
mesa query -c run.ini --labels to_label.csv --set run.output=before
says "how many are taken in" "labels taken in from to_label.csv: 12"
sed 's/"answers.class":{"dtype":"I32"/"answers.class":{"dtype":"F32"/' \
    before/checkpoint.safetensors >torn && mv torn \
    before/checkpoint.safetensors
rm before/checkpoint.previous.safetensors
refused "a checkpoint that is torn" 65 "tensors 'answers' are no rows and \
classes of the data" query -c run.ini -q --set run.output=before
cp first.csv to_label.csv
asked 6 "the second question" --labels to_label.csv
check "the second question: something is known" sh -c \
    "! tail -n +2 to_label.csv | grep -v '^[0-9]*,1,.*,.*,[01.]*,[01.]*,[01.]*,\$'"
mesa query -c run.ini
says "where it goes on" "6 rows of to_label.csv wait"
awk -F, 'BEGIN { OFS = "," } NR == 2 { $NF = $NF == "a" ? "b" : "a" }
    { print }' first.csv >changed.csv
rejected "labels that were given before, changed" changed.csv \
    "$(awk -F, -v q="'" 'NR > 1 { print (NR > 2 ? "mesa-core: " : "") \
        "changed.csv:" NR ": row " $1 " was answered before, with " q $NF q }
        NR == 11 { exit }' first.csv)" "and 8 more" "nothing of changed.csv \
was taken in; without --labels the question that waits is written"
cp to_label.csv second.csv
cp first.csv to_label.csv
asked 6 "labels that were taken in before" --labels to_label.csv
check "labels that were taken in before: the same question" \
    cmp second.csv to_label.csv
mesa query -c run.ini --labels first.csv
says "labels that were taken in before: are told of" \
    "labels of first.csv were taken in before"
rejected "the question itself" to_label.csv "to_label.csv is the question \
that waits: fill in its column 'label' first"

# Rows of the same numbers in other data, and in another iteration.
label second.csv
awk -F, 'BEGIN { OFS = "," } NR == 2 { $4 = 9.5 } NR == 3 { $2 = 0 }
    NR == 4 { $2 = "" } NR == 5 { $3 = "" } { print }' second.csv >wrong.csv
# shellcheck disable=SC2046 # words
set -- $(awk -F, 'NR > 1 { print $1 }' second.csv)
rejected "other data" wrong.csv "wrong.csv:2: row $1 has y '9.5', which is \
not what the data have; without that column it is not looked at" \
    "wrong.csv:3: row $2 is of iteration '0', the question that waits is of \
iteration 1" "nothing of wrong.csv was taken in: mend it and try again"
awk -F, 'BEGIN { OFS = "," } NR == 2 {
    $NF = "0123456789012345678901234567890123456789z" }
    NR == 3 { $NF = "012345678901234567890123456789012345678\303\244z" }
    { print }' second.csv >wrong.csv
rejected "long labels" wrong.csv "wrong.csv:2: row $1 has label \
'0123456789012345678901234567890123456789', expected one of a, b" \
    "wrong.csv:3: row $2 has label '012345678901234567890123456789012345678', \
expected one of a, b" \
    "nothing of wrong.csv was taken in: mend it and try again"

refused "another configuration" 73 "$here/out was started with another \
configuration, which differs in metalearner.budget; use --force to start \
over" query -c run.ini -q --set metalearner.budget=7
cp pool.csv pool.tmp
sed 2s/^./7/ pool.tmp >pool.csv
refused "other data" 73 "the data have changed since $here/out was started; \
use --force to start over" query -c run.ini -q
mv pool.tmp pool.csv

# What spreadsheets make of it.
label to_label.csv
cp to_label.csv plain.csv
cp -R out out.tmp
variant() {
    rm -rf out to_label.csv
    cp -R out.tmp out
    asked 6 "$1" --labels "$2"
    [ -e third.csv ] || cp to_label.csv third.csv
    check "$1: same answers" cmp third.csv to_label.csv
}
variant "as it was written" plain.csv
{ printf '\357\273\277' && sed 's/,/;/g; s/$/\r/' plain.csv; } >sheet.csv
variant "semicolons, CRLF and a mark" sheet.csv
{ echo && sed 's/[^,]*/"&"/g; s/,/	/g' plain.csv && echo && printf '\t\t\n'
} >sheet.csv
variant "tabs, quotes and empty lines" sheet.csv
awk -F, 'BEGIN { OFS = "," } { print " " $NF " ", $1 }' plain.csv >sheet.csv
{ head -n 1 sheet.csv && tail -n +2 sheet.csv | sort; } >sorted.csv
variant "two columns, in another order" sorted.csv
{ printf 'sep=;\r\n' && sed 's/,/;/g; s/\./,/g; s/;a$/;A/' plain.csv; } \
    >sheet.csv
variant "Excel's word on semicolons, decimal commas, capitals" sheet.csv
awk -F, 'BEGIN { OFS = "," } NR > 1 { $3 = sprintf("%.5E", $3) } { print }' \
    plain.csv >sheet.csv
variant "numbers cut to what was shown" sheet.csv
printf '%s' "$(cat plain.csv)" >sheet.csv
variant "no newline at the end" sheet.csv

# To the end of it, as the data would have answered.
label to_label.csv
asked 6 "the last question" --labels to_label.csv
label to_label.csv
exits "the end" 0 query -c run.ini -q --labels to_label.csv
check "the end: a table of scores" grep -q aucprc "$out"
for file in queries.csv summary.json predictions.csv model.safetensors; do
    check "the end: $file" test -s out/$file
done
check "the end: no checkpoint stays" test ! -e out/checkpoint.safetensors
check "as if the data had known: queries" cmp blind/queries.csv \
    out/queries.csv
check "as if the data had known: scores" cmp blind/metrics.csv out/metrics.csv
check "as if the data had known: predictions" cmp blind/predictions.csv \
    out/predictions.csv
exits "predict" 0 predict -m out/model.safetensors -i test.csv -o said.csv -q
check "predict: rows" test "$(wc -l <said.csv)" -eq 61
exits "once more" 0 query -c run.ini
says "once more: it is finished" "$here/out is finished already"
exits "labels that a finished run has" 0 query -c run.ini -q \
    --labels to_label.csv
exits "labels that it had before" 0 query -c run.ini -q --labels plain.csv
awk -F, 'BEGIN { OFS = "," } { $1 += NR == 3 } { print }' plain.csv >wrong.csv
for file in wrong.csv changed.csv test.csv; do
    refused "labels that a finished run does not have: $file" 65 "$here/out \
is finished already
mesa-core: the run is complete, labels of $file were not needed" \
        query -c run.ini --labels $file
done
awk -F, 'FNR > 1 { print $1 "," $NF }' first.csv plain.csv >expected
check "answers.csv: all, in order" sh -c "head -n 19 out/answers.csv |
    awk -F, 'NR > 1 { print \$1 \",\" \$3 }' | cmp - expected"
check "answers.csv: of which iteration" test 000000000000111111222222333333 = \
    "$(awk -F, 'NR > 1 { printf "%s", $2 }' out/answers.csv)"
check "answers.csv: columns" \
    test row,iteration,label = "$(head -n 1 out/answers.csv)"

# A rehearsal: the data know, a person is asked; every byte is the same.
# rehearse NAME N ARGUMENT...: with N questions.
rehearse() {
    name=$1 n=$2
    shift 2
    rm -rf to_label.csv simulated rehearsed
    exits "$name: the data know" 0 -c known.ini -q \
        --set run.output=simulated "$@"
    mesa query -c known.ini -q --set run.output=rehearsed "$@"
    status=$?
    rounds=0
    while [ $status -eq 75 ] && [ $rounds -lt 9 ]; do
        label to_label.csv
        rounds=$((rounds + 1))
        mesa query -c known.ini -q --set run.output=rehearsed "$@" \
            --labels to_label.csv
        status=$?
    done
    result $status "$name: to the end" || diagnose "$err"
    check "$name: $n questions" test $rounds -eq "$n"
    same_bytes "$name: same bytes" simulated rehearsed
    check "$name: same queries" cmp simulated/queries.csv \
        rehearsed/queries.csv
}
rehearse "a rehearsal" 4
rehearse "without end" 6 --set metalearner.max_iter=0 \
    --set metalearner.budget=40
rehearse "training that continues" 4 --set estimator.type=mlp \
    --set metalearner.continue_training=yes

# Enough: with what is labelled so far, and with what just came.
rm -rf out to_label.csv
mesa query -c run.ini -q
mesa query -c run.ini -q --finish
result $(($? != 65)) "--finish without a label: 65"
says "--finish without a label: message" \
    "no row has a label, nothing can be learnt"
label to_label.csv
exits "--finish with labels" 0 query -c run.ini -q --finish \
    --labels to_label.csv
check "--finish: those rows" test "$(wc -l <out/queries.csv)" -eq 13
check "--finish: a model" test -s out/model.safetensors
refused "labels are kept from --force" 73 "$lost" query -c run.ini -q --force
cp out/answers.csv answers.tmp
refused "--force and --labels" 2 "query takes --force or --labels, not both: a \
run that starts over has not asked yet" query -c run.ini --force --labels x
mv to_label.csv kept.csv
mesa query -c run.ini --force
says "--force: answers are kept" "labels given to the run that was here are in \
$here/out/answers.previous.csv"
check "--force: they are" cmp answers.tmp out/answers.previous.csv
check "--force: nothing else is left" sh -c "! ls out | grep -q -x \
-e queries.csv -e answers.csv -e summary.json"
mv kept.csv to_label.csv
rejected_lost() {
    exits "$1" 73 query -c run.ini -q --finish
    says "$1: message" "mesa-core: $lost"
}
rejected_lost "--finish where labels wait"
exits "--finish after the labels" 75 query -c run.ini -q --labels to_label.csv
exits "--finish later" 0 query -c run.ini -q --finish
check "--finish later: those rows" test "$(wc -l <out/queries.csv)" -eq 13

# Stopped by a signal and killed, at any moment.
sed 's/^max_iter = .*/max_iter = 0/; s/^budget = .*/budget = 20/' known.ini \
    >long.ini
long() { mesa query -c long.ini -q --set run.output=long "$@"; }
mesa -c long.ini -q --set run.output=undisturbed
rm -f to_label.csv
long
status=$? rounds=0 signals=0
while [ $status -eq 75 ] && [ $rounds -lt 60 ]; do
    rounds=$((rounds + 1))
    label to_label.csv
    signal=$(awk -v n=$rounds 'BEGIN { print n % 2 ? "KILL" : "INT" }')
    "$program" query -c long.ini -q --set run.output=long \
        --labels to_label.csv >"$out" 2>"$err" &
    pid=$!
    sleep "$(awk -v n=$rounds 'BEGIN { print n % 7 / 400 }')"
    kill -$signal $pid 2>/dev/null
    wait $pid 2>/dev/null
    code=$?
    case $code in
    0 | 75 | 130 | 137 | 143) ;;
    *)
        result 1 "a signal: exit status $code"
        diagnose "$err"
        break
        ;;
    esac
    [ $code -eq 137 ] && signals=$((signals + 1))
    # Whoever does not know how far it came asks, and then answers.
    long
    status=$?
    if [ $status -eq 73 ]; then
        long --labels to_label.csv
        status=$?
    fi
done
echo "# $rounds rounds, $signals kills"
result $status "stopped and killed, at any moment" || diagnose "$err"
same_bytes "stopped and killed: same bytes" undisturbed long
check "stopped and killed: same queries" cmp undisturbed/queries.csv \
    long/queries.csv

# Which class is rare, where the pool does not tell.
awk -F, 'BEGIN { OFS = "," } NR > 1 { $3 = $3 == "a" ? "b" : "a" }
    { print }' test.csv >rare.csv
rm -f to_label.csv
for rows in test valid; do
    sed "s/^test = .*/$rows = rare.csv/" run.ini >rare.ini
    mesa query -c rare.ini -q --set run.output=rare-$rows
    label to_label.csv
    exits "the rarest of the $rows rows" 0 query -c rare.ini --finish \
        --set run.output=rare-$rows --labels to_label.csv
    check "the rarest of the $rows rows: it counts as positive" \
        grep -q '"positive": "a"' rare-$rows/summary.json
    check "the rarest of the $rows rows: nothing to warn of" \
        sh -c "! grep -q 'say .evaluate. positive' '$err'"
    rm to_label.csv
done
sed /^test/d run.ini >rare.ini
mesa query -c rare.ini --set run.output=rare
check "nothing tells which class is rare: one warning" test 1 -eq "$(grep -c \
    "warning: rows without a label do not tell which class is rare, so 'b' \
counts as positive, the last one; say \[evaluate\] positive" "$err")"
rm to_label.csv
mesa query -c rare.ini --set run.output=named --set evaluate.positive=a
check "a positive class that is named: no warning" \
    sh -c "! grep -q 'which class is rare' '$err'"

# Where the question goes, known before a fit.
exits "-o in no folder" 73 query -c run.ini -q -o nowhere/to_label.csv
says "-o in no folder: message" "mesa-core: cannot write \
nowhere/to_label.csv: No such file or directory"
mkfifo pipe
for name in pipe out; do
    refused "-o: $name" 73 "cannot write $name: it is no regular file" \
        query -c run.ini -o $name
done
refused "-o ''" 2 "query needs a file to ask in, use -o FILE" \
    query -c run.ini -o ''
refused "two files of labels" 2 "query takes --labels once: the labels of a \
question are in one file" query -c run.ini --labels a --labels b
sed 's/^classes = .*/classes = a/; /^test/d' run.ini >one.ini
refused "one class" 65 "the data name 1 class, there is nothing to ask: list \
all classes in [data] classes" query -c one.ini --set run.output=one
# What a killed run has left goes, what others write does not.
sh -c 'echo $$ >pid.tmp'
gone=.left.csv.$(cat pid.tmp).0.tmp
touch "$gone" .left.csv.$$.0.tmp .left.csv.tmp .left.csv.1x.0.tmp
mesa query -c run.ini -q --set run.output=left -o left.csv
check "what a killed run has left is removed" test ! -e "$gone"
for file in .left.csv.$$.0.tmp .left.csv.tmp .left.csv.1x.0.tmp; do
    check "it stays: $file" test -e "$file"
done

# What is not for query, and what query is not for.
sed '/^\[acquisition/,/^max_iter/d' known.ini >plain.ini
refused "no metalearner" 78 "query needs a [metalearner] that asks for \
labels, such as active" query -c plain.ini -q
refused "no file to fill in" 2 "query needs a file to ask in, use -o FILE" \
    query -c run.ini -o -
refused "no configuration" 2 "no configuration: use -c FILE (see --help)" \
    query
only="query takes -c, -o, --labels, --finish, --set, --threads, --force, -q \
and -v only"
for option in --resume --score --transformed --check "-m x" "-i x"; do
    # shellcheck disable=SC2086 # words
    refused "query $option" 2 "$only" query -c run.ini $option
done
for option in "--labels x" --finish; do
    # shellcheck disable=SC2086
    refused "$option without query" 2 "--labels and --finish belong to query: \
mesa-core query -c FILE" -c run.ini $option
    # shellcheck disable=SC2086
    refused "resample $option" 2 "resample takes -c, -o, --set, --threads, \
--transformed, -q and -v only" resample -c run.ini -o x $option
    # shellcheck disable=SC2086
    refused "predict $option" 2 "predict takes -m, -i, -o, --score, --set, \
--threads and -q only" predict -m x -i x -o x $option
    # shellcheck disable=SC2086
    refused "export $option" 2 "export takes -m and -o only" export -m x -o x \
        $option
done
sed 's/^test = .*/test = pool.csv/' run.ini >test.ini
refused "test rows without a label" 65 "200 of 200 test rows have no label: \
that is for training rows, and metalearners that ask for labels, such as \
active" query -c test.ini -q --set run.output=none
finish
