#!/bin/sh
# SPDX-License-Identifier: MIT
# targets.sh - data with numbers to predict: what needs classes says so, and a
# metalearner that needs none runs on them.
. "$(dirname "$0")/lib.sh"

unset MESA_PLUGIN_PATH
cat >run.ini <<'INI'
[run]
output = out
[data]
type = csv
file = t.csv
target = price, age
categorical = colour
INI
{
    cat run.ini
    printf '[estimator]\ntype = tree\n'
} >tree.ini
awk 'BEGIN { print "size,price,colour,age"
    for (i = 0; i < 40; i++)
        print (i == 9 ? "?" : i) "," i * i / 8 "," (i % 3 ? "red" : "blue") \
            "," i - 7 }' >t.csv

no="the data have targets, not classes: [evaluate] scores classes"
refused "a tree, --check" 65 "$no" -c tree.ini --check
refused "a tree" 65 "$no" -c tree.ini
refused "folds" 65 "[evaluate] folds need classes, the data have targets" \
    -c tree.ini --set evaluate.folds=4
refused "label, too, --check" 78 "[data] csv: target and label are both \
given: rows have either numbers to predict or classes" \
    -c tree.ini --check --set data.label=age
refused "no such column, --check" 65 "$(pwd -P)/t.csv has no \
target column 'prise', did you mean 'price'? (its columns are: size, price, \
colour, age)" -c tree.ini --check --set data.target=prise
refused "resample" 65 "random_over needs classes, the data have targets" \
    resample -c run.ini -o rows.csv --set sampler.type=random_over
refused "mesa" 65 "mesa needs classes, the data have targets" -c tree.ini \
    --set metalearner.type=mesa --set sampler.type=sac
refused "compare" 65 "$no" -c tree.ini --set metalearner.type=compare \
    --set 'metalearner.methods=tree, gnb'
exits "the same table with classes" 0 -q -c tree.ini --set data.target= \
    --set data.label=colour --set data.categorical=none
rm -rf out

if [ -f "$top_builddir/plugins/sources/csv.la" ]; then
    check "mesa-conform" "$top_builddir/mesa-conform" \
        --set file="$PWD/t.csv" --set target=price,age \
        --set categorical=colour "$top_builddir/plugins/sources/csv.la"
fi

# A metalearner that adds up random numbers, whatever the rows.
module=$top_builddir/tests/abi/.libs/v1_plugin.so
if [ ! -f "$module" ]; then
    skip "runs" "tests/abi is not built"
    finish
    exit
fi
mkdir -p plugins/metalearners
cp "$module" plugins/metalearners/v1_metalearner.so || exit 99
MESA_PLUGIN_PATH=$(pwd)/plugins
export MESA_PLUGIN_PATH
cat >>run.ini <<'INI'
[metalearner]
type = v1_metalearner
INI
compared='metrics.csv summary.json'
exits "--check" 0 -c run.ini --check
exits "a run" 0 -q -c run.ini --set run.output=one
exits "again" 0 -q -c run.ini --set run.output=two --threads 3 \
    --set data.block_size=64
same_bytes "in other blocks, by other threads" one two
cat >expected <<'JSON'
    "columns": 2,
    "targets": [
      "price",
      "age"
    ],
    "train": {
      "rows": 24
    },
    "valid": {
      "rows": 8
    },
    "test": {
      "rows": 8
    }
JSON
sed -n '/"columns"/,/^  }/p' one/summary.json | sed '$d' >data
check "summary.json has rows and targets" cmp expected data
hash_of() { sed -n 's/.*"hash": //p' "$1/summary.json"; }
sed 's/,age/,years/' t.csv >u.csv
exits "another name of a target" 0 -q -c run.ini --set run.output=three \
    --set data.file=u.csv --set 'data.target=price, years'
check "is other data" test "$(hash_of one)" != "$(hash_of three)"
sed '5s/,[^,]*$/,0.5/' t.csv >v.csv
exits "another target" 0 -q -c run.ini --set run.output=four \
    --set data.file=v.csv
check "is other data, too" test "$(hash_of one)" != "$(hash_of four)"
sed '5s/,[^,]*$/,/' t.csv >w.csv
refused "a target that is missing" 65 "[data] csv: $(pwd -P)/w.csv:5: target \
column 'age' is empty" -c run.ini --set data.file=w.csv
finish
