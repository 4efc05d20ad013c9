#!/bin/sh
# SPDX-License-Identifier: MIT
# in_place.sh - components written where they are used: alone, in lists, in
# each other, as methods and data sets of a comparison, and wherever the INI
# file is.
. "$(dirname "$0")/lib.sh"
compared='config.ini metrics.csv summary.json compare.csv'

cat >run.ini <<'INI'
[run]
seed = 3
[data]
type = checkerboard
n_minority = 40
imbalance_ratio = 4
[metalearner]
type = compare
methods = tree(max_depth=2, min_samples_leaf=3), bag(), deep, tree
[bag()]
type = underbagging
n_estimators = 3
estimator = tree(max_depth=3,min_samples_leaf=2)
[deep]
type = tree
[evaluate]
metrics = accuracy
folds = 2
INI
exits "a list with commas inside" 0 -c run.ini --set run.output=first
check "four methods" test "$(grep -c '^ *[1-4]  ' "$out")" -eq 4
check "compare.csv quotes what has a comma" grep -q \
    '^data,"tree(max_depth=2, min_samples_leaf=3)",0,1,test,accuracy,' \
    first/compare.csv
check "compare.csv: a reader of CSV finds seven fields" test -z "$(awk '{
    gsub(/"[^"]*"/, "quoted"); if (split($0, field, ",") != 7) print }' \
    first/compare.csv)"
check "metrics.csv: four fields" test -z "$(awk '{
    gsub(/"[^"]*"/, "quoted"); if (split($0, field, ",") != 4) print }' \
    first/metrics.csv)"
check "compare_times.csv: five fields" test -z "$(awk '{
    gsub(/"[^"]*"/, "quoted"); if (split($0, field, ",") != 5) print }' \
    first/compare_times.csv)"
check "summary.json names it as it is written" grep -q -F \
    '    "tree(max_depth=2, min_samples_leaf=3)": {' first/summary.json
check "config.ini has a section of it" grep -q -x -F \
    '[tree(max_depth=2, min_samples_leaf=3)]' first/config.ini
exits "config.ini is run again" 0 -c first/config.ini -q \
    --set run.output=again
same_bytes "config.ini is run again: same bytes" first again
exits "--print-config" 0 -c run.ini --print-config
cp "$out" printed.ini
exits "--print-config is run again" 0 -c printed.ini -q \
    --set run.output=printed
same_bytes "--print-config is run again: same bytes" first printed
sed -e 's/tree(max_depth=2, min_samples_leaf=3)/short/' -e \
    's/tree(max_depth=3,min_samples_leaf=2)/inner/' run.ini >sections.ini
cat >>sections.ini <<'INI'
[short]
type = tree
max_depth = 2
min_samples_leaf = 3
[inner]
type = tree
max_depth = 3
min_samples_leaf = 2
INI
exits "the same with sections" 0 -c sections.ini -q \
    --set run.output=sections
for method in 'bag()' deep tree; do
    grep -F "data,$method," first/compare.csv >a
    grep -F "data,$method," sections/compare.csv >b
    check "the same with sections: $method scores the same" cmp a b
done

# Interrupted between steps, and gone on with.
exits "more repeats" 0 -c run.ini -q --set evaluate.repeats=40 \
    --set run.output=whole
mesa -c run.ini -q --set evaluate.repeats=40 --set run.output=cut \
    --set run.max_seconds=0.001
exits "--resume" 0 -c run.ini -q --resume --set evaluate.repeats=40 \
    --set run.output=cut
same_bytes "--resume: same bytes" whole cut

# Paths inside start from where the file that says so lies, or with --set
# from here.
mkdir -p conf/data
make_csv 80 >conf/data/a.csv
make_csv 50 >here.csv
cat >conf/paths.ini <<'INI'
[metalearner]
type = compare
data = csv(file=data/a.csv), moons(n_samples=90, noise=0.3)
methods = tree(max_depth=2), tree(max_depth=1)
[evaluate]
metrics = accuracy
folds = 2
INI
exits "paths start from the file's folder" 0 -c conf/paths.ini \
    --set run.output=paths
check "data sets have their names" grep -q -x -F \
    'data csv(file=data/a.csv), ranked by accuracy of the test rows' "$out"
check "compare.csv quotes the name of a data set" grep -q \
    '^"moons(n_samples=90, noise=0.3)",tree(max_depth=1),' paths/compare.csv
check "config.ini has the whole path" grep -q -x -F \
    "file = $(pwd -P)/conf/data/a.csv" paths/config.ini
exits "the whole path is good from anywhere" 0 -c paths/config.ini -q \
    --set run.output=paths2
same_bytes "the whole path is good from anywhere: same bytes" paths paths2
exits "paths of --set start from here" 0 -c conf/paths.ini -q --set \
    'metalearner.data=csv(file=here.csv), csv(file=conf/data/a.csv)' \
    --set run.output=here
sed 's,data/a.csv,none.csv,' conf/paths.ini >conf/none.ini
refused "a path that is not there" 66 \
    "[csv(file=none.csv)] csv: cannot open $(pwd -P)/conf/none.csv: No such \
file or directory" -q -c conf/none.ini --set run.output=none

# Samplers and what they hold.
cat >sampler.ini <<'INI'
[data]
type = checkerboard
n_minority = 40
imbalance_ratio = 4
[estimator]
type = resampled
sampler = smote(k_neighbors=3)
estimator = underbagging(n_estimators=2)
INI
exits "a sampler and a learner in place" 0 -c sampler.ini -q \
    --set run.output=sampler
check "a sampler in place: the model says so" grep -q -a -F \
    'smote(k_neighbors=3)' sampler/model.safetensors

# What is wrong.
methods=metalearner.methods
refused "a key twice" 78 \
    "--set: in 'tree(max_depth=1, max_depth=2)', 'max_depth=2' sets a key twice" \
    -c run.ini --set "$methods=tree(max_depth=1, max_depth=2)"
refused "another type" 78 \
    "--set: in 'tree(type=svm)', 'type=svm' sets type, which is what stands before the parenthesis" \
    -c run.ini --set "$methods=tree(type=svm)"
refused "no name" 78 "--set: '(max_depth=1)' is not NAME(KEY=VALUE, ...)" \
    -c run.ini --set "$methods=(max_depth=1)"
refused "a key without a name" 78 \
    "--set: in 'tree(=1)', '=1' sets a key without a name" \
    -c run.ini --set "$methods=tree(=1)"
refused "a key with parentheses" 78 \
    "--set: in 'tree(a(b=1)', 'a(b=1' sets a key that has parentheses" \
    -c run.ini --set "$methods=tree(a(b=1)"
refused "a bracket" 78 \
    "--set: 'tree(a=])' has a ']', which the name of a section cannot have; give it a section of its own" \
    -c run.ini --set "$methods=tree(a=])"
refused "a semicolon" 78 \
    "--set: 'tree(a=x;)' has a ';', which the name of a section cannot have; give it a section of its own" \
    -c run.ini --set "$methods=tree(a=x;)"
refused "not closed, before another" 78 \
    "--set: 'tree(max_depth=1, tree' is not NAME(KEY=VALUE, ...)" \
    -c run.ini --set "$methods=tree(max_depth=1, tree"
refused "the same twice" 78 \
    "--set: [metalearner] methods has 'tree(max_depth=1, ccp_alpha=0)' twice" \
    -c run.ini --set \
    "$methods=tree(max_depth=1, ccp_alpha=0),tree(max_depth=1, ccp_alpha=0)"
finish
