#!/bin/sh
# SPDX-License-Identifier: MIT
# active.sh - active learning from outside: what it leaves, the same bytes for
# any threads and wherever it is stopped, seeds that lack a class, what is
# refused.
. "$(dirname "$0")/lib.sh"

compared="$compared queries.csv"
cat >run.ini <<'INI'
[run]
seed = 5
output = out

[data]
type = checkerboard
n_minority = 120
imbalance_ratio = 4

[transform]
type = minmax

[sampler]
type = smote
k_neighbors = 3

[estimator]
type = forest
n_estimators = 10

[acquisition]
type = breaking_ties

[metalearner]
type = active
initial = kmeans
n_init = 12
budget = 6

[evaluate]
metrics = aucprc, bacc
INI
few="--set metalearner.max_iter=6"
here=$(pwd -P)

# What there is in the end: 12 rows, then 6 after each fit but the last.
# shellcheck disable=SC2086 # options are several words
exits "a run" 0 -q -c run.ini $few --set run.output=whole
check "the table says what was asked for" grep -q -x "asked for 42 of [0-9]* \
labels, 12 to begin with and 30 in 5 queries; stopped by max_iter; area \
under the learning curve (aucprc): valid 0\.[0-9]*, test 0\.[0-9]*" "$out"
check "queries.csv: its header" test "$(head -n 1 whole/queries.csv)" = \
    row,iteration,utility,label
check "queries.csv: a line for each row" test \
    "$(wc -l <whole/queries.csv)" -eq 43
check "queries.csv: no row twice" test -z \
    "$(cut -d, -f1 whole/queries.csv | sort | uniq -d)"
check "queries.csv: the first ones have no utility" test \
    "$(grep -c '^[0-9]*,0,,' whole/queries.csv)" -eq 12
check "queries.csv: six each time" test "$(sed 1d whole/queries.csv |
    cut -d, -f2 | sort | uniq -c | tr -s ' \n' ' ')" = \
    " 12 0 6 1 6 2 6 3 6 4 6 5 "
check "queries.csv: more doubtful rows first" sh -c "
    for i in 1 2 3 4 5; do
        awk -F, -v i=\$i '\$2 == i { print \$3 }' whole/queries.csv |
            sort -c -r -g || exit 1
    done"
check "metrics.csv: how many were labelled" test \
    "$(awk -F, '$3 == "labelled" { printf "%s ", $4 }' whole/metrics.csv)" = \
    "12 18 24 30 36 42 "
check "metrics.csv: all scores of both parts" test \
    "$(grep -c '^[0-5],\(valid\|test\),\(aucprc\|bacc\),' \
        whole/metrics.csv)" -eq 24
mean=$(awk -F, '$1 < 6 && $2 == "test" && $3 == "aucprc" { s += $4; n++ }
    END { printf "%.9f", s / n }' whole/metrics.csv)
check "summary.json: the area is the mean of the curve" sh -c "
    awk '/\"aulc\"/ { n++ } n == 2 && /\"mean\"/ {
        printf \"%.9f\\n\", \$2; exit }' whole/summary.json |
        grep -q -x $mean"
check "summary.json: why it stopped" grep -q -x \
    '    "stopped_by": "max_iter"' whole/summary.json
check "[evaluate] has learnt from what was labelled" grep -q \
    '^6,test,aucprc,' whole/metrics.csv
check "the model is left" test -s whole/model.safetensors

for threads in 1 3; do
    # shellcheck disable=SC2086
    exits "$threads threads" 0 -q -c run.ini $few --threads $threads \
        --set run.output=threads$threads
    same_bytes "$threads threads: the same bytes" whole threads$threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again

# An earlier run's rows, from beside the INI file; all of them at once.
mkdir elsewhere
cp whole/queries.csv elsewhere/rows.csv
sed -e 's/^initial = .*/initial = file\
initial_rows = rows.csv/' run.ini >elsewhere/file.ini
exits "rows of an earlier run" 0 -q -c elsewhere/file.ini \
    --set metalearner.max_iter=2 --set run.output="$here/file"
check "rows of an earlier run: they are" test "$(sed 1d file/queries.csv |
    awk -F, '$2 == 0 { print $1 }')" = "$(sed 1d whole/queries.csv |
    cut -d, -f1)"
refused "a list that is not there" 66 \
    "cannot open $here/none.csv: No such file or directory" -q -c run.ini \
    --set metalearner.initial=file --set metalearner.initial_rows=none.csv
echo '7
seven' >rows.txt
refused "a list with a mistake" 65 \
    "$here/rows.txt:2: 'seven' is no row number" -q -c run.ini \
    --set metalearner.initial=file --set metalearner.initial_rows=rows.txt
refused "no such way to begin" 78 \
    "--set: [metalearner] initial is 'kmean', expected one of random, kmeans, \
file; did you mean 'kmeans'?" -q -c run.ini --set metalearner.initial=kmean
refused "an estimator that cannot go on" 78 "continue_training = yes, but \
forest cannot go on from what it has learnt" -q -c run.ini \
    --set metalearner.continue_training=yes
sed -e '/^n_estimators/d' -e 's/= forest/= logistic/' run.ini >one.ini
refused "a committee without members" 78 "acquisition qbc asks the members of \
an ensemble, but logistic has none: forest, bagging and others have" -q \
    -c one.ini --set acquisition.type=qbc
refused "folds" 65 "there is no training part: folds are for compare" -q \
    -c run.ini --set evaluate.folds=4

# Seeds of one class, with and without a sampler that they are too few for.
for learner in tree forest mlp gnb logistic; do
    sed -e '/^\[estimator\]/,/^$/d' run.ini >one.ini
    printf '\n[estimator]\ntype = %s\n' $learner >>one.ini
    sed -e '/^\[sampler\]/,/^$/d' one.ini >plain.ini
    for ini in one plain; do
        exits "one class to begin with: $learner, $ini" 0 -c $ini.ini \
            --set run.output=$ini.$learner --set metalearner.n_init=1 \
            --set metalearner.every_class=no --set metalearner.max_iter=12 \
            --set metalearner.budget=5
    done
    n=$(sed -n 's/^    "not_resampled": \([0-9]*\),$/\1/p' \
        one.$learner/summary.json)
    check "one class to begin with: $learner is not resampled at first" \
        test "${n:-0}" -gt 0 -a "${n:-99}" -lt 12
    check "one class to begin with: $learner ends with all" test "$(sed 1d \
        plain.$learner/queries.csv | cut -d, -f4 | sort -u | wc -l)" -eq 2
done
exits "too few rows to the end" 0 -c run.ini --set run.output=three \
    --set metalearner.n_init=3 --set metalearner.max_iter=1
says "too few rows: while they are asked for" \
    "3 labelled rows are learnt from as they are: [sampler] smote: "
says "too few rows: the model that is left" \
    "the model learns from 3 rows as they are: [sampler] smote: "

# When nothing changes any more, or it is good enough.
exits "stop_agreement" 0 -c run.ini --set run.output=stable \
    --set metalearner.stop_agreement=0.9
check "stop_agreement: it did" grep -q 'stopped by stop_agreement;' "$out"
check "stop_agreement: the last three" awk -F, '
    $3 == "agreement" { a[n++] = $4 }
    END { exit (a[n-1] + a[n-2] + a[n-3]) / 3 < 0.9 ||
        (n > 3 && (a[n-2] + a[n-3] + a[n-4]) / 3 >= 0.9) }' \
    stable/metrics.csv
exits "stop_score" 0 -c run.ini --set run.output=good \
    --set metalearner.stop_score=0.5
check "stop_score: it did" grep -q 'stopped by stop_score;' "$out"

# Interrupted, by a learner that starts anew or goes on.
sed -e '/^\[estimator\]/,/^$/d' -e '/^\[sampler\]/,/^$/d' run.ini >net.ini
cat >>net.ini <<'INI'

[estimator]
type = mlp
hidden_layer_sizes = 8
max_iter = 20
INI
try_stops() {
    name=$1
    shift
    exits "$name: undisturbed" 0 -q "$@" --set run.output=$name
    for signal in INT TERM KILL; do
        "$program" -q "$@" --set run.output=$name.$signal \
            --set run.checkpoint_interval=0 >"$out" 2>"$err" &
        pid=$!
        await_steps $name.$signal 8 $pid
        kill -$signal $pid
        wait $pid 2>/dev/null
        code=$?
        [ $signal = KILL ] && wanted=137 || wanted=75
        check "$name: SIG$signal: $wanted" test $code -eq $wanted
        exits "$name: SIG$signal: --resume" 0 -q "$@" --resume --threads 3 \
            --set run.output=$name.$signal
        same_bytes "$name: SIG$signal: same bytes" $name $name.$signal
    done
    status=75 stops=0
    while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
        mesa -q "$@" --resume --set run.output=$name.limit \
            --set run.max_seconds=0.05
        status=$?
        stops=$((stops + 1))
    done
    result $status "$name: max_seconds: --resume until it is done"
    same_bytes "$name: same bytes after $stops sessions" $name $name.limit
}
try_stops anew -c run.ini --set metalearner.stop_agreement=0.999
try_stops on -c net.ini --set metalearner.continue_training=yes \
    --set metalearner.initial=random --set metalearner.budget=2
finish
