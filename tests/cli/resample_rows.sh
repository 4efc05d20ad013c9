#!/bin/sh
# SPDX-License-Identifier: MIT
# resample_rows.sh - mesa-core resample writes down where rows are from: kept
# rows are those of the input, made rows can be made again from their parents,
# and what is stopped leaves no half of a table.
. "$(dirname "$0")/lib.sh"

# from_input NAME TABLE INPUT: every kept row is the row of the input that it
# names, value for value; every made row is a + step * (b - a) of its parents,
# in the same arithmetic, and has their label.  Two columns and a label.
from_input() {
    awk -F, '
        function value(text) { return text + 0 }
        NR == FNR { if (FNR > 1) { x[FNR - 2] = value($1)
                                   y[FNR - 2] = value($2)
                                   label[FNR - 2] = $3 }
                    next }
        FNR == 1 { next }
        $1 != "" {
            if ($2 $3 $4 != "" || !($1 in label)) bad("parents", $0)
            if (x[$1] != value($5) || y[$1] != value($6)) bad("values", $0)
            if (label[$1] != $7) bad("label", $0)
            next
        }
        {
            if (!($2 in label) || !($3 in label)) bad("no parents", $0)
            step = value($4)
            if (x[$2] + step * (x[$3] - x[$2]) != value($5) ||
                y[$2] + step * (y[$3] - y[$2]) != value($6))
                bad("made values", $0)
            if (label[$2] != $7) bad("made label", $0)
            made++
        }
        function bad(what, line) { print what ": " line; failed = 1; exit 1 }
        END { exit failed }' "$3" "$2" >"$work/log/rows"
    result $? "$1" || diagnose "$work/log/rows"
}

# A table with numbers of many digits, of many sizes, rows that are equal, and
# three classes.
awk 'BEGIN {
    print "x,y,label"
    s = 9
    for (i = 0; i < 90; i++) {
        s = (s * 69069 + 1) % 16777216; x = s / 16777216
        s = (s * 69069 + 1) % 16777216; y = s / 3
        label = i % 9 == 0 ? "Rare One" : i % 5 == 0 ? "17" : "common"
        printf "%.17g,%.17g,%s\n", i % 8 ? x : 0.1, i % 8 ? y * y : -2e-9,
            label
    }
}' >three.csv
cat >run.ini <<'INI'
[run]
seed = 2
[data]
type = csv
file = three.csv
[sampler]
type = smote
INI

# Samplers that only keep rows, those that make some, and those that do both.
for sampler in random_under random_over smote adasyn borderline_smote ramo \
    tomek enn renn all_knn ncr cnn oss smote_tomek smote_enn near_miss; do
    exits "$sampler" 0 resample -c run.ini -q -o $sampler.csv \
        --set sampler.type=$sampler
    from_input "$sampler: rows are those of the input, or made of them" \
        $sampler.csv three.csv
done
awk -F, 'FNR > 1 && $1 == ""' smote.csv >made
check "smote makes rows, of steps between 0 and 1" test "$(awk -F, \
    '$4 >= 0 && $4 < 1' made | wc -l)" -eq $((2 * 64 - 26))
check "parents are of the label of what is made" test -z "$(awk -F, '
    NR == FNR { label[FNR - 2] = $3; next }
    label[$2] != $7 || label[$3] != $7' three.csv made)"

# Of rows in another order other ones may be chosen, but as many.
(sed 1q three.csv && sed 1d three.csv | sort -r) >sorted.csv
for sampler in random_under tomek enn all_knn; do
    mesa resample -c run.ini -q -o turned.csv --set sampler.type=$sampler \
        --set data.file=sorted.csv
    from_input "$sampler, rows in another order" turned.csv sorted.csv
    cut -d, -f7 $sampler.csv | sort >a && cut -d, -f7 turned.csv | sort >b
    check "$sampler, rows in another order: as many of each class" cmp a b
done

# The same bytes to a file, to a pipe and to what is already there.
mesa resample -c run.ini -q -o -
check "-o -: the same as a file" cmp smote.csv "$out"
"$program" resample -c run.ini -q -o - 2>"$err" | cmp - smote.csv
result $? "a pipe: the same as a file"
echo old >again.csv
exits "over an old file" 0 resample -c run.ini -q -o again.csv
check "over an old file: the same" cmp smote.csv again.csv
"$program" resample -c run.ini -q -o - 2>"$err" --set \
    'sampler.sampling_strategy=common:+300000' --set \
    sampler.type=random_over | head -n 1 >first
check "whoever reads stops reading: the header was there" test \
    "$(cat first)" = source,parent_a,parent_b,step,x,y,label

# What was resampled is resampled again: the parents' numbers are new ones.
sed -e 's/three.csv/smote.csv/' -e '/^file/a\
ignore = source, parent_a, parent_b, step' run.ini >second.ini
exits "a table of ours as input" 0 resample -c second.ini -q -o second.csv \
    --set sampler.type=random_under
(echo x,y,label && sed 1d smote.csv | cut -d, -f5-) >plain.csv
from_input "a table of ours as input: its rows" second.csv plain.csv

# Stopped while it writes: the old file stays, nothing else does.
echo old >kept.csv
for signal in INT TERM; do
    "$program" resample -c run.ini -o kept.csv --set \
        'sampler.sampling_strategy=common:+6000000' --set \
        sampler.type=random_over >"$out" 2>"$err" &
    pid=$!
    while kill -0 $pid 2>/dev/null &&
        [ -z "$(find . -name '.kept*' -size +1k)" ]; do
        sleep 0.01
    done
    kill -$signal $pid
    wait $pid
    result $(($? != 1)) "SIG$signal: 1, as there is nothing to go on with"
    check "SIG$signal: the old file stays" grep -q -x old kept.csv
    check "SIG$signal: no half of a table" test -z "$(find . -name '.*.tmp')"
    says "SIG$signal: says so" \
        'mesa-core: stopped before all rows were written'
done
finish
