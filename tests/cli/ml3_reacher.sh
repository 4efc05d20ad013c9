#!/bin/sh
# SPDX-License-Identifier: MIT
# ml3_reacher.sh - a loss learnt through learned dynamics: for any number of
# threads, in one session or several, and what the arm then does.
. "$(dirname "$0")/lib.sh"
for plugin in environment/reacher estimator/mlp loss/learned \
    metalearner/ml3_control; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "ml3_reacher" "$plugin is not built"
        finish
        exit 0
    fi
done
cp "$top_srcdir/conf/ml3_reacher.ini" run.ini
compared='config.ini metrics.csv summary.json loss.safetensors'
# A smaller loss, and few passes over few episodes.
short="--set metalearner.iterations=150 --set metalearner.dynamics_interval=50
    --set metalearner.dynamics_epochs=60 --set metalearner.dynamics_lr=0.004
    --set metalearner.meta_lr=0.01"

# score RUN SPLIT METRIC: a figure of metrics.csv.
score() {
    awk -F, -v split_="$2" -v metric="$3" \
        '$2 == split_ && $3 == metric { print $4 }' "$1/metrics.csv"
}

sed 's/^hidden_layer_sizes = 400, 400/hidden_layer_sizes = 100, 100/' \
    run.ini >small.ini
# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -q -c small.ini $short --set run.output=whole
check "each training of the dynamics is in metrics.csv" test \
    "$(grep -c ',train,dynamics_loss,' whole/metrics.csv)" -eq 3
before=$(score whole valid distance@0) after=$(score whole valid distance@1)
awk -v a="$after" -v b="$before" 'BEGIN {
    exit !(a != "" && b != "" && 2 * a < b) }'
result $? "a step with the loss leads half of the way, or more" ||
    echo "# distance $before, then $after"
exits "3 threads" 0 -q -c small.ini $short --threads 3 \
    --set run.output=threads
same_bytes "the same with 3 threads" whole threads
limit=0.2 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
    mesa -q -c small.ini $short --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 2 + 1))
    status=$?
    stops=$((stops + 1))
    limit=$(awk -v l=$limit 'BEGIN { print 1.2 * l }')
done
result $status "max_seconds: --resume until it is done"
same_bytes "max_seconds: same bytes after $stops sessions" whole limit

refused "limits of another state" 78 \
    "dynamics_limits has 2 numbers but a state has 4" -c run.ini \
    --set metalearner.dynamics_limits=3,4 --set run.output=none
refused "no hidden layer" 78 \
    "dynamics_hidden is empty: learned dynamics need a hidden layer" \
    -c run.ini --set metalearner.dynamics_hidden= --set run.output=none
refused "a rate that rises" 78 \
    "[metalearner] ml3_control: min_meta_lr is 1 but meta_lr is 0.003" \
    -c run.ini --set metalearner.min_meta_lr=1 --set run.output=none
finish
