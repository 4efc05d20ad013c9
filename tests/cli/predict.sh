#!/bin/sh
# SPDX-License-Identifier: MIT
# predict.sh - mesa-core predict: the probabilities of the run again, columns
# by name, streams, and what is refused.
. "$(dirname "$0")/lib.sh"

# Labels that overlap, so that probabilities are no zeros and ones.
make_csv 300 | awk -F, -v OFS=, 'NR > 1 { $3 = NR % 3 ? $3 : "a" } 1' >all.csv
cat >run.ini <<'INI'
[run]
seed = 5
output = out
[data]
type = csv
file = all.csv
[transform]
type = standard
[estimator]
type = tree
max_depth = 3
INI

# matches NAME RUN PREDICTIONS: the rows that the run predicted, again.
matches() {
    awk -F, 'NR == FNR { rest[$1] = $2 "," $3 "," $4; next }
             FNR > 1 && rest[$1] != $4 "," $5 "," $6 { exit 1 }' \
        "$3" "$2/predictions.csv"
    result $? "$1"
}

mesa -c run.ini -q
mesa predict -m out/model.safetensors -i all.csv -o p.csv
result $? "a table"
check "nothing on standard output" test ! -s "$out"
check "nothing on standard error" test ! -s "$err"
check "the columns" test "$(sed 1q p.csv)" = row,prediction,p_a,p_b
check "a line for each row" test "$(wc -l <p.csv)" -eq 301
matches "probabilities are those of the run" out p.csv

model=out/model.safetensors
for threads in 1 2 5; do
    mesa predict -m $model -i all.csv -o - --threads $threads
    check "$threads threads: same bytes" cmp p.csv "$out"
done
mesa predict -m $model -i - -o - <all.csv
check "standard input and output" cmp p.csv "$out"
# shellcheck disable=SC2002 # a pipe is what is wanted
cat all.csv | "$program" predict -m $model -i - -o piped.csv
check "a pipe" cmp p.csv piped.csv
mesa predict -m $model -i all.csv -o - --set data.block_size=7
check "blocks of seven bytes" cmp p.csv "$out"

# Columns are found by name.
awk -F, -v OFS=, '{ print $3, NR == 1 ? "extra" : "text", $2, $1 }' all.csv \
    >order.csv
mesa predict -m $model -i order.csv -o order.out
check "another order, and more columns" cmp p.csv order.out
says "more columns: it is said" 'mesa-core: warning: order.csv: columns that the model does not know are passed over: extra'
check "more columns: it is said once" test "$(wc -l <"$err")" -eq 1
mesa predict -m $model -i order.csv -o - -q
check "-q: it is not said" test ! -s "$err"
cut -d, -f1,2 all.csv >features.csv
mesa predict -m $model -i features.csv -o -
check "without the label" cmp p.csv "$out"
for table in all features; do
    sed 1d $table.csv >bare.csv
    mesa predict -m $model -i bare.csv -o -
    check "$table without a header: by position" cmp p.csv "$out"
done
sed 's/,/;/g; s/$/\r/' all.csv >semicolon.csv
mesa predict -m $model -i semicolon.csv -o -
check "semicolons and carriage returns" cmp p.csv "$out"
sed 's/,/|/g' all.csv >bar.csv
mesa predict -m $model -i bar.csv -o - --set 'data.delimiter=|'
check "--set data.delimiter" cmp p.csv "$out"
cut -d, -f1 all.csv >x.csv
refused "a column is missing" 65 \
    'x.csv has not all columns of the model; missing: y' \
    predict -m $model -i x.csv -o none.csv
printf 'u,v,label\n1,2,a\n' >other.csv
refused "all columns are missing" 65 \
    'other.csv has not all columns of the model; missing: x, y' \
    predict -m $model -i other.csv -o none.csv
printf '1,2,3,4\n5,6,7,8\n' >four.csv
refused "no header and too many columns" 65 \
    'four.csv has no header and 4 columns, expected the 2 of the model, or one more, the label' \
    predict -m $model -i four.csv -o none.csv
refused "no header, to be scored" 65 \
    'four.csv has no header and 4 columns, expected the 2 of the model and the label' \
    predict -m $model -i four.csv -o none.csv --score

# A file of several pieces is the same rows again, numbered on.
{
    sed 1q all.csv
    i=0
    while [ $i -lt 1200 ]; do
        sed 1d all.csv
        i=$((i + 1))
    done
} >long.csv
exits "a file of several pieces" 0 predict -m $model -i long.csv -o long.out
awk -F, 'NR == FNR { rest[FNR - 2] = $2 "," $3 "," $4; next }
         FNR > 1 && ($1 != FNR - 2 ||
                     rest[$1 % 300] != $2 "," $3 "," $4) { exit 1 }
         END { exit FNR != 360001 }' p.csv long.out
result $? "a file of several pieces: its rows"
{ cat long.csv && echo '1,x'; } >ragged.csv
refused "lines are counted over pieces" 65 \
    'ragged.csv:360002: 2 fields, expected 3' \
    predict -m $model -i ragged.csv -o none.csv
{
    printf 'x,y\n1,2\n"'
    awk 'BEGIN { for (i = 0; i < 760000; i++) printf "%0100d\n", i }'
} >quote.csv
refused "a quote that is not closed" 65 \
    'quote.csv: a row is longer than 67108864 bytes: is a quote not closed?' \
    predict -m $model -i quote.csv -o none.csv
rm quote.csv ragged.csv

# Scores.
mesa predict -m $model -i all.csv -o s.csv --score
result $? "--score"
check "--score: the same predictions" cmp p.csv s.csv
awk -F, 'NR == FNR { label[FNR - 2] = $3; next }
         FNR > 1 { right += label[$1] == $2 }
         END { printf "accuracy      %.6f\n", right / 300 }' all.csv p.csv \
    >accuracy
check "--score: accuracy" grep -q -x -f accuracy "$out"
check "--score: all metrics" test "$(wc -l <"$out")" -eq 12
cp "$out" scores
mesa predict -m $model -i all.csv -o - --score
check "--score -o -: scores on standard error" cmp scores "$err"
check "--score -o -: predictions on standard output" cmp p.csv "$out"
sed '/a$/d' all.csv >b.csv
mesa predict -m $model -i b.csv -o - --score
says "--score: what these rows do not define" 'rocauc'
refused "--score without a label" 65 \
    "features.csv has no label column 'label' to score by" \
    predict -m $model -i features.csv -o none.csv --score
sed '5s/[ab]$/c/' all.csv >more.csv
refused "--score: a class that the model does not know" 65 \
    "more.csv:5: class 'c' is not one of a, b" \
    predict -m $model -i more.csv -o none.csv --score
mesa predict -m $model -i more.csv -o -
check "such a class does not matter otherwise" cmp p.csv "$out"

# Any learner that can be saved.
for type in underbagging mlp knn gnb logistic adaboost; do
    mesa -c run.ini -q --set estimator.type=$type --set run.output=$type \
        --set estimator.max_depth= 2>/dev/null ||
        sed "/max_depth/d; s/^type = tree/type = $type/; s/= out/= $type/" \
            run.ini >$type.ini && mesa -c $type.ini -q
    exits "$type" 0 predict -m $type/model.safetensors -i all.csv -o $type.csv
    matches "$type: probabilities are those of the run" $type $type.csv
done

# Missing values: as the learner allows.
sed '3s/^[^,]*/NA/' all.csv >missing.csv
exits "a missing value, tree" 0 predict -m $model -i missing.csv -o - \
    --set data.missing=NA
mesa predict -m gnb/model.safetensors -i missing.csv -o none.csv
result $(($? != 65)) "a missing value, a learner that takes none"

# All or nothing.
echo old >kept.csv
printf 'x,y\n1,2\n3,z\n' >bad.csv
refused "a value that is none" 65 \
    "bad.csv:3: column 'y' holds 'z', expected a number" \
    predict -m $model -i bad.csv -o kept.csv
check "the old file stays" grep -q -x old kept.csv
refused "no such model" 66 \
    'cannot read none.safetensors: No such file or directory' \
    predict -m none.safetensors -i all.csv -o none.csv
refused "no such input" 66 \
    'cannot open none.csv: No such file or directory' \
    predict -m $model -i none.csv -o p.out
refused "the input is a folder" 74 '. is a folder, expected a file' \
    predict -m $model -i . -o p.out
: >empty.csv
refused "an empty input" 65 'empty.csv is empty' \
    predict -m $model -i empty.csv -o p.out
refused "no such folder" 73 \
    'cannot write none/x.csv: No such file or directory' \
    predict -m $model -i all.csv -o none/x.csv
if [ -c /dev/full ]; then
    refused "full device" 74 'cannot write /dev/full: No space left on device' \
        predict -m $model -i all.csv -o /dev/full
    "$program" predict -m $model -i all.csv -o - >/dev/full 2>"$err"
    result $(($? != 74)) "full standard output: 74"
else
    skip "full device" "no /dev/full"
fi

# What is no model.
printf '\010\0\0\0\0\0\0\0{}      ' >no.safetensors
refused "a file without a model" 65 \
    'no.safetensors: it is no model of mesa-core: there is no note mesa.columns' \
    predict -m no.safetensors -i all.csv -o none.csv
LC_ALL=C sed 's/type = tree/type = tref/' $model >tref.safetensors
refused "a plugin that is not there" 69 \
    "tref.safetensors: mesa.config:8: there is no estimator 'tref'; did you mean 'tree'?" \
    predict -m tref.safetensors -i all.csv -o none.csv
LC_ALL=C sed 's/"mesa.columns":"x,y"/"mesa.columns":"x_y"/' $model \
    >one.safetensors
refused "names of another model" 65 \
    'one.safetensors: its notes name 1 columns and 2 classes, but it was fitted on 2 and 2' \
    predict -m one.safetensors -i all.csv -o none.csv

# Usage.
refused "no model" 2 'no model: use -m FILE (see --help)' \
    predict -i all.csv -o x.csv
refused "no input" 2 'no input: use -i FILE, or -i - for standard input' \
    predict -m $model -o x.csv
refused "no output" 2 'no output: use -o FILE, or -o - for standard output' \
    predict -m $model -i all.csv
only='predict takes -m, -i, -o, --score, --set, --threads and -q only'
for option in '-c run.ini' --resume --force --check --list -v --transformed; do
    # shellcheck disable=SC2086 # words
    refused "predict $option" 2 "$only" \
        predict -m $model -i all.csv -o x.csv $option
done
refused "--set of anything else" 2 \
    'predict: only how to read the input can be set, with --set data.KEY=VALUE' \
    predict -m $model -i all.csv -o x.csv --set estimator.max_depth=2
refused "--set of an unknown key" 78 \
    "$model: --set: [data] has no key 'delimeter'; did you mean 'delimiter'?" \
    predict -m $model -i all.csv -o x.csv --set data.delimeter=x
refused "a source that is no stream" 78 \
    '--set data.type: rows to predict cannot be read by moons' \
    predict -m $model -i all.csv -o x.csv --set data.type=moons
for option in '-m x' '-i x' --score; do
    # shellcheck disable=SC2086
    refused "$option without predict" 2 \
        '-m, -i and --score belong to predict: mesa-core predict -m FILE -i FILE -o FILE' \
        -c run.ini $option
done
finish
