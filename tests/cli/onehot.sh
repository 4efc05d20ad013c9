#!/bin/sh
# SPDX-License-Identifier: MIT
# onehot.sh - transforms that change the columns: what follows them in a run,
# in resample and in predict, and what is refused.
. "$(dirname "$0")/lib.sh"

cp "$top_srcdir/conf/example.arff" .
cat >arff.ini <<'INI'
[run]
seed = 5
output = arff
[data]
type = arff
file = example.arff
[transform]
type = onehot
[sampler]
type = cluster_centroids
[estimator]
type = tree
max_depth = 4
INI

# The sampler sees what the transform left.
header() { sed -n 1p "$1" | cut -d, -f5-; }
refused "without the transform: categories have no mean" 65 \
    "[sampler] cluster_centroids: cluster_centroids takes means, which column \
'color' of categories does not have; make numbers of it with transform onehot" \
    resample -c arff.ini -q -o none.csv
exits "onehot, as that says" 0 resample -c arff.ini -o rows.csv --transformed
check "the columns of the result" \
    test "$(header rows.csv)" = length,width,color_red,color_blue,class
exits "smotenc" 0 resample -c arff.ini -o rows.csv --transformed \
    --set sampler.type=smotenc
says "smotenc: no categories are left" \
    'smotenc: there is no column of categories: what it makes is what smote does'
exits "drop" 0 resample -c arff.ini -q -o rows.csv --transformed \
    --set transform.drop=first
check "drop: one of two" test "$(header rows.csv)" = \
    length,width,color_blue,class
refused "columns that are not there" 78 \
    "[transform] onehot: columns: there is no column 'colour' among 3" \
    -c arff.ini -q --set transform.columns=colour
exits "a run" 0 -c arff.ini -q
check "a run: it leaves a model" test -s arff/model.safetensors

# Numbers that stand for categories, some of them missing.
make_csv 300 | awk -F, -v OFS=, 'NR == 1 { print "x,code,z,label"; next }
    { print $1, NR % 7 ? int($2 * 3) : "NA", NR % 5 ? $2 : "NA",
            NR % 3 ? $3 : "a" }' >all.csv
cat >run.ini <<'INI'
[run]
seed = 5
output = out
[data]
type = csv
file = all.csv
missing = NA
[transform]
type = chain
steps = onehot, filled, standard
[onehot]
columns = code
[filled]
type = impute
add_indicator = yes
[sampler]
type = smote
[estimator]
type = logistic
INI
exits "csv" 0 -c run.ini -q
exits "csv: resample" 0 resample -c run.ini -q -o rows.csv --transformed
check "csv: the columns of the result" test "$(header rows.csv)" = \
    x,code_0,code_1,code_2,code_nan,z,missingindicator_z,label
model=out/model.safetensors
exits "csv: predict" 0 predict -m $model -i all.csv -o p.csv \
    --set data.missing=NA
awk -F, 'NR == FNR { rest[$1] = $2 "," $3 "," $4; next }
         FNR > 1 && rest[$1] != $4 "," $5 "," $6 { exit 1 }' \
    p.csv out/predictions.csv
result $? "csv: probabilities are those of the run"
mesa predict -m $model -i all.csv -o - --threads 3 \
    --set data.missing=NA --set data.block_size=9
check "csv: other blocks and threads" cmp p.csv "$out"

# A category that the training rows did not have.
sed '3s/,[0-9NA]*,/,9,/' all.csv >odd.csv
refused "an unknown category" 65 \
    "[transform] chain: [onehot] onehot: column 'code' is '9', as in no \
training row; handle_unknown = ignore makes 0 of it" \
    predict -m $model -i odd.csv -o none.csv --set data.missing=NA
exits "ignore" 0 -c run.ini -q --force --set onehot.handle_unknown=ignore
exits "ignore: predict" 0 predict -m $model -i odd.csv -o q.csv \
    --set data.missing=NA
check "ignore: as many rows" test "$(wc -l <q.csv)" -eq 301

# A model whose transform has lost a column.
sed -e 's/onehot, filled, standard/filled/' -e '/^.onehot/,/^columns/d' \
    run.ini >filled.ini
mesa -c filled.ini -q --force || diagnose "$err"
LC_ALL=C sed 's/step\.0\.indicated/step.0.indicatex/' $model >lost.safetensors
refused "a transform of fewer columns" 65 \
    'lost.safetensors: its transform makes 3 columns, but its estimator was fitted on 5' \
    predict -m lost.safetensors -i all.csv -o none.csv --set data.missing=NA
finish
