#!/bin/sh
# SPDX-License-Identifier: MIT
# bad_data.sh - tables with a mistake: exit status 65 (66 when missing), a
# message with file and line, and no output folder.
. "$(dirname "$0")/lib.sh"

cat >f.ini <<'INI'
[run]
output = out
[data]
type = csv
file = t.csv
[estimator]
type = tree
INI

# bad NAME CODE MESSAGE: refuse the table on standard input.  Messages about
# a file name it by its absolute path.
bad() {
    cat >t.csv
    refused "$1" "$2" "$3" -c f.ini
}
t="[data] csv: $(pwd -P)/t.csv"

make_csv >t.csv
exits "a good table" 0 -c f.ini -q
rm -rf out

bad "ragged row, too few" 65 "$t:3: 2 fields, expected 3" <<'CSV'
x,y,label
1,2,a
1,a
2,3,b
CSV
bad "ragged row, too many" 65 "$t:4: 4 fields, expected 3" <<'CSV'
x,y,label
1,2,a
1,2,b
2,3,4,b
CSV
bad "text in a numeric column" 65 \
    "$t:4: column 'y' holds 'abc', expected a number; categorical = auto takes text for categories" <<'CSV'
x,y,label
1,2,a
1,2,b
2,abc,b
CSV
bad "decimal comma" 65 "$t:3: column 'x' holds '1,5', expected a number; categorical = auto takes text for categories" <<'CSV'
x,y,label
1,2,a
"1,5",2,b
CSV
bad "an infinite value" 65 \
    "$t:3: column 'x' holds 'inf', which is not finite" <<'CSV'
x,y,label
1,2,a
inf,2,b
CSV
bad "an overflowing value" 65 \
    "$t:3: column 'x' holds '1e999', which is not finite" <<'CSV'
x,y,label
1,2,a
1e999,2,b
CSV
bad "an empty file" 65 "$t is empty" </dev/null
bad "a header only" 65 "$t has a header but no rows" <<'CSV'
x,y,label
CSV
printf 'x,y,label\n1,2,a\n1,\0002,b\n' >t.csv
refused "a NUL byte" 65 "$t:3: a NUL byte" -c f.ini
bad "an unterminated quote" 65 \
    "$t:3: the quoted field that starts here has no end" <<'CSV'
x,y,label
1,2,a
1,2,"b
3,4,c
CSV
bad "a missing label" 65 \
    "$t:3: label column 'label' is empty; with unlabelled = yes such rows \
have no label" <<'CSV'
x,y,label
1,2,a
1,2,
3,4,b
CSV
bad "one class only" 65 \
    "all 2 training rows are of class 'a', nothing can be learnt" <<'CSV'
x,y,label
1,2,a
2,2,a
3,2,a
4,2,a
CSV

make_csv >t.csv
refused "no such label column, suggestion" 65 \
    "$t has no label column 'lable', did you mean 'label'? \
(its columns are: x, y, label)" \
    -c f.ini --set data.label=lable
refused "no such column number" 65 \
    "$t: label is column 7 but there are 3" -c f.ini --set data.label=7
rm t.csv
refused "a missing file" 66 \
    "[data] csv: cannot open $(pwd -P)/t.csv: No such file or directory" \
    -c f.ini
mkdir t.csv
exits "a folder" 74 -c f.ini
rmdir t.csv

# Missing values, where the learner takes none.
awk 'BEGIN { print "x,label"
    for (i = 0; i < 40; i++) print (i == 7 ? "?" : i) "," (i % 3 ? "a" : "b") }' \
    >t.csv
exits "missing values where they are taken" 0 -c f.ini -q
rm -rf out
mesa --list
awk '/^$/ { exit } /^(transform|sampler|estimator) / { print $1, $2 }' "$out" \
    >plugins
while read -r kind name; do
    mesa -c f.ini -q --set "$kind.type=$name"
    status=$?
    if [ $status -eq 65 ] && [ ! -e out ] && grep -q -F -e \
        "takes no missing values, but column 'x' has some" "$err"; then
        status=0
    fi
    # Models for metalearners alone take no tables at all.
    if [ ! -e out ] && grep -q -F -e "cannot be fitted by itself" "$err"; then
        status=0
    fi
    result $status "missing values: $kind/$name takes them or says so" ||
        diagnose "$err"
    rm -rf out
done <plugins

# Several files.
make_csv 30 >train.csv
make_csv 20 >test.csv
several='--set data.file= --set data.train=train.csv --set data.test=test.csv'
# shellcheck disable=SC2086 # words
exits "training and test files" 0 -c f.ini -q $several
rm -rf out
sed 's/,b$/,c/' test.csv >new.csv
# shellcheck disable=SC2086
mesa -c f.ini $several --set data.test=new.csv
result $(($? != 65)) "a class unseen in training: 65"
says "a class unseen in training: named" "'c'"
sed 's/x,y/x,z/' test.csv >new.csv
# shellcheck disable=SC2086
mesa -c f.ini $several --set data.test=new.csv
result $(($? != 65)) "another column in the test file: 65"
says "another column in the test file: named" "missing: y; extra: z"
check "no output folder" test ! -e out
# shellcheck disable=SC2086
exits "too few rows of a class for the folds" 65 -c f.ini $several \
    --set evaluate.folds=20
says "too few rows of a class for the folds: named" "class 'b' has"
check "no output folder after that either" test ! -e out
finish
