#!/bin/sh
# SPDX-License-Identifier: MIT
# pictures.sh - the pictures that any run has: which there are, that they are
# the same whatever the threads and after an interruption, and that gnuplot
# draws them, whatever columns and classes are called.
. "$(dirname "$0")/lib.sh"

# same_tables NAME RUN RUN: plots/*.csv and the scripts.
same_tables() {
    t_differ=
    for t_file in "$2"/plots/*.csv "$2"/plots/*.gp; do
        cmp -s "$t_file" "$3/plots/${t_file##*/}" ||
            t_differ="$t_differ ${t_file##*/}"
    done
    [ -z "$t_differ" ] && [ -e "$2/plots/index.csv" ] &&
        [ "$(ls "$2/plots")" = "$(ls "$3/plots")" ]
    result $? "$1" || echo "# these differ:$t_differ"
}

# has_pictures NAME RUN PICTURE...: these and no others, in this order.
has_pictures() {
    t_name=$1 t_run=$2
    shift 2
    t_there=$(grep -o '^[0-9]*,[0-9]*,[a-z_0-9]*,' "$t_run/plots/index.csv" |
        cut -d, -f3 | tr '\n' ' ')
    [ "$t_there" = "$* " ]
    result $? "$t_name" || echo "# there are: $t_there"
}

# caption NAME RUN PICTURE TEXT: what is said of a picture has the text.
caption() {
    grep "^[0-9]*,[0-9]*,$3," "$2/plots/index.csv" | grep -q -F -e "$4"
    result $? "$1" || diagnose "$2/plots/index.csv"
}

# A sampler that makes rows, and more than two columns.
cat >run.ini <<'INI'
[run]
seed = 3
[data]
type = classification
n_samples = 400
n_features = 5
n_informative = 3
weights = 0.9, 0.1
[transform]
type = standard
[sampler]
type = smote
[estimator]
type = tree
max_depth = 4
[evaluate]
repeats = 1
INI
mesa -c run.ini -q --threads 1 --set run.output=one
result $? "a run"
has_pictures "one fit" one precision_recall roc calibration classes regions
caption "intervals of one fit" one precision_recall 'bootstrap of the rows'
caption "the plane is said" one regions '5 standardised columns'
check "the sampler's rows are counted" grep -q '^resampled,' \
    one/plots/classes.csv
for n in 2 5; do
    mesa -c run.ini -q --threads $n --set run.output=t$n
    same_tables "threads: $n" one t$n
done
mesa -c run.ini -q --set run.output=none --set run.report=no
check "report = no: no pictures" test ! -e none/plots
same_bytes "report = no: the same results" one none

mesa -c run.ini -q --set run.output=many --set evaluate.repeats=4
has_pictures "four fits" many precision_recall roc calibration scores \
    classes regions
caption "intervals over fits" many roc "Student's t over the fits"
mesa -c run.ini -q --set run.output=losses --set evaluate.repeats=3 \
    --set evaluate.metrics=rocauc,logloss
has_pictures "three fits, two directions" losses precision_recall roc \
    calibration scores losses classes regions
mesa -c run.ini -q --set run.output=folds --set evaluate.folds=3
has_pictures "folds" folds precision_recall roc calibration scores classes \
    regions
check "folds: each row is in one bin" test "$(awk -F, \
    '$1 == "rows" { n += $4 } END { print n }' folds/plots/calibration.csv)" \
    -eq 400

# Each of three classes has a curve, and no interval.
mesa -c run.ini -q --set run.output=three --set data.n_classes=3 \
    --set data.weights=0.6,0.3,0.1 --set run.report=yes
has_pictures "three classes" three precision_recall roc calibration classes \
    regions
check "three classes: curves" test "$(cut -d, -f1 \
    three/plots/precision_recall.csv | sed 1d | sort -u | grep -c .)" -eq 3
caption "three classes: one against the rest" three regions \
    "against all other classes"

# A metalearner's figures, in order; killed again and again.
cat >meta.ini <<'INI'
[run]
seed = 5
checkpoint_interval = 0
[data]
type = checkerboard
n_minority = 60
imbalance_ratio = 5
[sampler]
type = sac
[estimator]
type = tree
max_depth = 3
[metalearner]
type = mesa
update_steps = 40
start_steps = 20
max_estimators = 4
[evaluate]
repeats = 12
INI
mesa -c meta.ini -q --set run.output=whole
result $? "a metalearner" || diagnose "$err"
check "figures over steps" grep -q '^[0-9]*,[0-9]*,learning,' \
    whole/plots/index.csv
for n in 5 30 60 90; do
    "$program" -c meta.ini -q --resume --set run.output=cut >"$out" 2>"$err" &
    pid=$!
    await_steps cut $n $pid
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
done
mesa -c meta.ini -q --resume --set run.output=cut
same_bytes "kill -9: the same results" whole cut
same_tables "kill -9: the same pictures" whole cut

# Names that mean something to gnuplot, to CSV and to XML.
{
    echo '"a<b>&""c""",`id`,"x'"'"',\y",label'
    awk 'BEGIN { for (i = 0; i < 90; i++)
        printf "%d,%d,%d,%s\n", i % 7, i % 11, i % 3,
            i % 4 ? "<script>alert(1)</script>" : "\"\\\"\"{}@_^`\""; }'
} >names.csv
cat >names.ini <<'INI'
[data]
type = csv
file = names.csv
[estimator]
type = tree
INI
unset MESA_GNUPLOT
if ! command -v gnuplot >"$out"; then
    skip "names: all are drawn" "there is no gnuplot"
else
    mesa -c names.ini -q --set run.output=names
    result $? "names: a run" || diagnose "$err"
    check "names: all are drawn" test ! -e names/plots/gnuplot.log \
        -a -s names/plots/regions.svg
    check "names: nothing has run" test ! -e id
    if command -v xmllint >"$out"; then
        check "names: the pictures are XML" xmllint --noout names/plots/*.svg
    else
        skip "names: the pictures are XML" "there is no xmllint"
    fi
    check "names: text stays text" grep -q '&lt;script' \
        names/plots/regions.svg
    check "names: no element" sh -c '! grep -q "<script>alert" names/plots/*.svg'
    mesa -c meta.ini -q --set run.output=drawn
    check "figures over steps are drawn" test -s drawn/plots/learning.svg
    check "every picture of a run is drawn" test \
        "$(ls drawn/plots/*.gp | wc -l)" -eq "$(ls drawn/plots/*.svg | wc -l)"
fi
finish
