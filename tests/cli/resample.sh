#!/bin/sh
# SPDX-License-Identifier: MIT
# resample.sh - mesa-core resample: which rows, where they are from, and that
# they are all there or none.
. "$(dirname "$0")/lib.sh"

make_csv 60 >all.csv
cat >run.ini <<'INI'
[run]
seed = 5
[data]
type = csv
file = all.csv
[sampler]
type = random_over
INI

mesa resample -c run.ini -o out.csv
result $? "a table"
cat >expected <<'TEXT'
class                before      after
a                        48         48
b                        12         48
TEXT
check "rows of each class on standard error" cmp expected "$err"
check "nothing on standard output" test ! -s "$out"
check "the columns" test "$(sed 1q out.csv)" = \
    source,parent_a,parent_b,step,x,y,label
check "as many rows as were counted" test "$(wc -l <out.csv)" -eq 97

# Repeated rows are kept rows: each is the row of the input that it names.
# Numbers are written in their shortest form.
awk -F, 'NR == FNR { x[FNR - 2] = $1 + 0; y[FNR - 2] = $2 + 0
                     label[FNR - 2] = $3; next }
         FNR > 1 && ($2 $3 $4 != "" || $1 == "" || x[$1] != $5 ||
                     y[$1] != $6 || label[$1] != $7) { exit 1 }' \
    all.csv out.csv
result $? "every kept row is the row that it names"

# Made rows: empty source, parents and step, and the label of the parents.
exits "made rows" 0 resample -c run.ini -q -o made.csv \
    --set sampler.shrinkage=1
check "-q: nothing on standard error" test ! -s "$err"
awk -F, 'FNR > 1 && FNR <= 61 && $1 != FNR - 2 { exit 1 }
         FNR > 61 && ($1 != "" || $2 != $3 || $2 % 5 || $4 != 0 ||
                      $7 != "b") { exit 1 }' made.csv
result $? "made rows name their parents"

mesa resample -c run.ini -q -o -
check "-o - is standard output" cmp out.csv "$out"
for threads in 1 2 5; do
    mesa resample -c run.ini -q -o - --threads $threads
    check "$threads threads: same bytes" cmp out.csv "$out"
done
mesa resample -c run.ini -q -o again.csv --set run.seed=6
check "another seed, other rows" sh -c '! cmp -s out.csv again.csv'

# Training rows only: the share that [data] split says, or the file.
exits "a share" 0 resample -c run.ini -q -o share.csv \
    --set data.split=0.5,0.5 --set sampler.type=random_under
check "a share: its rows only" test "$(wc -l <share.csv)" -eq 13
awk -F, 'NR == FNR { x[FNR - 2] = $1 + 0; next }
         FNR > 1 && x[$1] != $5 { exit 1 }' all.csv share.csv
result $? "a share: rows are numbered as in the whole table"
make_csv 20 >test.csv
sed 's/^file.*/train = all.csv\ntest = test.csv/' run.ini >parts.ini
exits "parts" 0 resample -c parts.ini -q -o parts.csv
check "parts: the training part" cmp out.csv parts.csv

# The transform: not unless asked for, and then as in a run.
printf '[transform]\ntype = minmax\n' | cat run.ini - >minmax.ini
mesa resample -c minmax.ini -o minmax.csv
check "a transform is not applied" cmp out.csv minmax.csv
says "a transform is not applied: it is said" \
    'mesa-core: warning: [transform] is not applied; with --transformed rows are resampled as in a run'
exits "--transformed" 0 resample -c minmax.ini -o scaled.csv --transformed
awk -F, 'FNR > 1 && ($5 < 0 || $5 > 1 || $6 < 0 || $6 > 1) { exit 1 }' \
    scaled.csv
result $? "--transformed: rows are scaled"
cut -d, -f1 out.csv >a && cut -d, -f1 scaled.csv >b
check "--transformed: the same rows" cmp a b

# What is written can be read again, missing values and odd names included.
printf '%s\n' '"a,b",c,"la bel"' '1,,"x ""y"""' '2,5e-1,z' '3,1,z' >odd.csv
sed 's/all.csv/odd.csv/' run.ini >odd.ini
exits "odd names" 0 resample -c odd.ini -q -o odd.out
cat >expected <<'TEXT'
source,parent_a,parent_b,step,"a,b",c,la bel
0,,,,1,,"x ""y"""
1,,,,2,0.5,z
2,,,,3,1,z
0,,,,1,,"x ""y"""
TEXT
check "odd names are quoted" cmp expected odd.out
printf '[data]\ntype = csv\nfile = odd.out\nignore = %s\n[sampler]\n%s\n' \
    'source, parent_a, parent_b, step' 'type = random_over' >again.ini
exits "the table is read again" 0 resample -c again.ini -q -o again.out
cut -d, -f5- odd.out >a && cut -d, -f5- again.out >b
check "the table is read again: same values" cmp a b

# A table is there whole or not at all.
echo old >kept.csv
make_ini >tree.ini
refused "no [sampler]" 78 \
    'tree.ini: there is no [sampler] section: nothing to resample with' \
    resample -c tree.ini -o kept.csv
find . -type f | sort >"$work/log/before"
if [ -c /dev/full ]; then
    refused "full device" 74 'cannot write /dev/full: No space left on device' \
        resample -c run.ini -q -o /dev/full
    "$program" resample -c run.ini -q -o - >/dev/full 2>"$err"
    result $(($? != 74)) "full standard output: 74"
    says "full standard output: message" \
        'mesa-core: cannot write to standard output: No space left on device'
else
    skip "full device" "no /dev/full"
fi
refused "no such folder" 73 \
    'cannot write none/x.csv: No such file or directory' \
    resample -c run.ini -q -o none/x.csv
refused "output is a folder" 73 'cannot write ./.: Is a directory' \
    resample -c run.ini -q -o .
(ulimit -f 0 && mesa resample -c run.ini -q -o kept.csv)
result $(($? != 74)) "no room: 74"
check "no room: the old file stays" grep -q -x old kept.csv
mesa resample -c run.ini -q -o kept.csv --set sampler.sampling_strategy=0.01
result $(($? == 0)) "what the sampler refuses"
check "what the sampler refuses: the old file stays" grep -q -x old kept.csv
exits "missing data" 66 resample -c run.ini -o kept.csv \
    --set data.file=none.csv
find . -type f | sort >"$work/log/after"
check "nothing is left behind" cmp "$work/log/before" "$work/log/after"

refused "no configuration" 2 'no configuration: use -c FILE (see --help)' \
    resample -o x.csv
refused "no output" 2 'no output: use -o FILE, or -o - for standard output' \
    resample -c run.ini
only='resample takes -c, -o, --set, --threads, --transformed, -q and -v only'
for option in --resume --force --check --print-config --list; do
    refused "resample $option" 2 "$only" resample -c run.ini -o x.csv $option
done
for option in '-o x.csv' --transformed; do
    # shellcheck disable=SC2086 # words
    refused "$option without resample" 2 \
        '-o and --transformed belong to resample: mesa-core resample -c FILE -o FILE' \
        -c run.ini $option
done
refused "a misspelt verb" 2 \
    "unexpected argument 'resampel'; did you mean mesa-core resample ...?" \
    resampel -c run.ini -o x.csv
finish
