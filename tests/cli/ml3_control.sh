#!/bin/sh
# SPDX-License-Identifier: MIT
# ml3_control.sh - a loss learnt through the dynamics of a car in a valley: for
# any number of threads, in one session or several, and what is refused.
. "$(dirname "$0")/lib.sh"
for plugin in environment/mountain_car estimator/mlp loss/learned \
    metalearner/ml3_control; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "ml3_control" "$plugin is not built"
        finish
        exit 0
    fi
done
cp "$top_srcdir/conf/ml3_mountain_car_published.ini" run.ini
sed 's/^hidden_layer_sizes = 400, 400/hidden_layer_sizes = 40, 30/' \
    run.ini >small.ini
compared='config.ini metrics.csv summary.json loss.safetensors adaptation.csv
    trajectory.csv'
short="--set metalearner.iterations=60 --set metalearner.eval_interval=20"

# score RUN SPLIT METRIC: a figure of metrics.csv.
score() {
    awk -F, -v split_="$2" -v metric="$3" \
        '$2 == split_ && $3 == metric { x = $4 } END { print x }' \
        "$1/metrics.csv"
}

# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -q -c small.ini $short --set run.output=whole
check "a trajectory has the names of the car's numbers" test \
    "$(head -n 1 whole/trajectory.csv)" = \
    "split,loss,policy,goal,step,t,position,speed,force"
check "and starts where the car does" grep -q \
    '^test,learned,0,0,0,0,-0.550000011920929,0,' whole/trajectory.csv
check "adaptation has a row per episode" test \
    "$(wc -l <whole/adaptation.csv)" -eq $((1 + 2 * 3 * (1 + 1 + 5)))
check "both losses start from the same policies" test \
    "$(score whole test cost@0)" = "$(score whole test baseline_cost@0)"
exits "3 threads" 0 -q -c small.ini $short --threads 3 \
    --set run.output=threads
same_bytes "the same with 3 threads" whole threads
limit=0.05 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
    mesa -q -c small.ini $short --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 2 + 1))
    status=$?
    stops=$((stops + 1))
    limit=$(awk -v l=$limit 'BEGIN { print 1.2 * l }')
done
result $status "max_seconds: --resume until it is done"
same_bytes "max_seconds: same bytes after $stops sessions" whole limit

# The published way: one policy, whose car then leaves the valley.
exits "one policy" 0 -q -c run.ini --set run.output=one
check "which does not leave the valley by itself" test \
    "$(score one train reached@0)" = 0
check "and does after a step with the loss" test \
    "$(score one train reached@1)" = 1
check "but not after one with the cost" test \
    "$(score one train baseline_reached@1)" = 0

here=$(pwd -P)
exits "a run that diverges" 1 -q -c small.ini --set run.output=spoilt \
    --set metalearner.meta_lr=1e6 --set loss.activation=identity \
    --set loss.hidden_layer_sizes='4, 4, 4, 4, 4, 4, 4'
says "says when" "iteration 1 diverged: the task loss after a step with the \
learned loss is nan"
says "says what is kept" "; what was good before is in \
$here/spoilt/loss.safetensors"
check "it is kept" test -s spoilt/loss.safetensors
exits "policies that diverge" 0 -q -c small.ini --set run.output=lost \
    --set metalearner.iterations=0 --set metalearner.inner_lr=1e6 \
    --set metalearner.pass_bounds=yes
check "they are told of" grep -qx "5 of 5 episodes of test left out after 2 \
steps with the learned loss: their policies diverged" "$out"
check "and counted" grep -q '"diverged": 5' lost/summary.json
check "and so are those that did not" grep -q '"diverged": 0' \
    lost/summary.json
check "and have no score" test "$(score lost test cost@2)" = nan

refused "shaping by an environment that knows no more" 78 \
    "shaping = yes, but environment mountain_car knows no more than the goal" \
    -c run.ini --set environment.extra_goal= --set run.output=none
refused "steps that go back" 78 \
    "[metalearner] ml3_control: eval_steps has 1, expected whole numbers, \
each larger than the one before" \
    -c run.ini --set metalearner.eval_steps=2,1 --set run.output=none
finish
