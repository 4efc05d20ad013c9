#!/bin/sh
# SPDX-License-Identifier: MIT
# ml3_policy.sh - a loss that teaches policies is learnt, kept, and used again.
. "$(dirname "$0")/lib.sh"
for plugin in environment/pointmass estimator/mlp loss/learned \
    metalearner/ml3_policy; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "ml3_policy" "$plugin is not built"
        finish
        exit 0
    fi
done
files='config.ini metrics.csv summary.json adaptation.csv trajectory.csv'
compared="$files loss.safetensors"
scored="--set metalearner.eval_goals=8 --set metalearner.eval_updates=0,1,2"
short="$scored --set metalearner.iterations=60"
cp "$top_srcdir/conf/ml3_pointmass.ini" run.ini

# score RUN METRIC: a figure of test goals in metrics.csv.
score() {
    awk -F, -v metric="$2" '$2 == "test" && $3 == metric { print $4 }' \
        "$1/metrics.csv"
}

# more NAME RUN A B: figure A is larger than figure B.
more() {
    t_a=$(score "$2" "$3") t_b=$(score "$2" "$4")
    awk -v a="$t_a" -v b="$t_b" 'BEGIN { exit !(a != "" && b != "" && a > b) }'
    result $? "$1" || echo "# $3 is $t_a, $4 is $t_b"
}

# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -c run.ini $short --set run.output=whole
check "a table of updates" grep -q '^      1  ' "$out"
for file in $compared; do
    check "it writes $file" test -s whole/$file
done
check "returns of each 10 iterations" test \
    "$(grep -c ',train,return_after,' whole/metrics.csv)" -eq 6
check "both start alike" test "$(score whole return@0)" = \
    "$(score whole baseline_return@0)"
more "the learned loss helps" whole return@2 return@0
more "sooner than PPO" whole return@2 baseline_return@2
more "and leads nearer" whole baseline_distance@2 distance@2
check "curves of both" test "$(cut -d, -f1 whole/adaptation.csv | sort -u |
    tr '\n' ' ')" = "learned method ppo "
check "paths have names" grep -q '^method,goal,t,x,y,vx,vy,fx,fy$' \
    whole/trajectory.csv
check "they end where the score is taken" test "$(awk -F, '
    NR > 1 && $3 > t { t = $3 } END { print t }' whole/trajectory.csv)" -eq \
    "$(sed -n 's/^horizon = //p' whole/config.ini)"
for threads in 1 2 5; do
    exits "$threads threads" 0 -q -c run.ini $short --threads $threads \
        --set run.output=threads
    same_bytes "the same with $threads threads" whole threads
    rm -r threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again

# Killed at any moment, it goes on.
kills=0 tries=0
while [ $kills -lt 3 ] && [ $tries -lt 30 ]; do
    tries=$((tries + 1))
    "$program" -c run.ini -q $short --resume --set run.output=killed \
        >"$out" 2>"$err" &
    pid=$!
    await_steps killed $((1 + 4 * kills)) $pid
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    0) rm -rf killed ;;
    *) kills=$((kills + 1)) ;;
    esac
done
check "kill -9: three times" test $kills -eq 3
exits "kill -9: --resume" 0 -q -c run.ini $short --resume \
    --set run.output=killed
same_bytes "kill -9: same bytes after $kills kills" whole killed

# What was learnt teaches other policies, larger ones as well.
taught="$scored --set loss.state=whole/loss.safetensors \
--set metalearner.iterations=0"
exits "learnt before" 0 -q -c run.ini $taught --set run.output=taught
more "it teaches without training" taught return@2 baseline_return@2
check "as well as at the end of its training" test \
    "$(score whole return@2)" = "$(score taught return@2)"
exits "larger policies" 0 -q -c run.ini $taught --set run.output=larger \
    --set estimator.hidden_layer_sizes='64, 32'
more "it teaches larger policies" larger return@2 return@0

refused "a loss for other columns" 65 "loss learned has learnt for 2 outputs, \
2 targets, 8 inputs and 1 extra columns, but here are 2, 2, 4 and 1" -q \
    -c run.ini $taught --set run.output=other --set metalearner.loss_goal=no
here=$(pwd -P)
exits "a run that diverges" 1 -q -c run.ini $short --set run.output=spoilt \
    --set metalearner.meta_lr=1e6 --set metalearner.inner_lr=1e6
says "says when" "diverged: the task loss after a step with the learned loss \
is nan"
says "says what is kept" "; what was good before is in \
$here/spoilt/loss.safetensors"
check "it is kept" test -s spoilt/loss.safetensors
exits "a rate that is too large" 0 -q -c run.ini $taught \
    --set run.output=wild --set metalearner.ppo_lr=1e6 \
    --set estimator.activation=relu \
    --set estimator.hidden_layer_sizes='8, 8, 8, 8, 8, 8'
check "it is told of" grep -q '^[1-8] policies left out at the end: ppo made' \
    "$out"
sed '/^\[environment\]/,/^$/d' run.ini >nowhere.ini
refused "no environment" 78 "nowhere.ini: there is no [environment] section: \
what is there to act in?" -c nowhere.ini
finish
