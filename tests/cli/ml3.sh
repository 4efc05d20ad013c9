#!/bin/sh
# SPDX-License-Identifier: MIT
# ml3.sh - a loss is learnt from tasks, kept, and trains other models.
. "$(dirname "$0")/lib.sh"
conf=$top_srcdir/conf
for plugin in data/sinusoid data/few_shot_classes estimator/mlp \
    loss/learned metalearner/ml3; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "ml3" "$plugin is not built"
        finish
        exit 0
    fi
done
compared='config.ini metrics.csv summary.json adaptation.csv
    loss.safetensors'
short="--set metalearner.iterations=400 --set metalearner.eval_interval=150"

# score RUN SPLIT METRIC: the last such figure of metrics.csv.
score() {
    awk -F, -v split_="$2" -v metric="$3" '
        $2 == split_ && $3 == metric { last = $4 }
        END { print last }' "$1/metrics.csv"
}

# better NAME RUN SPLIT METRIC [SIGN]: than the baseline (SIGN -: larger is).
better() {
    t_own=$(score "$2" "$3" "$4") t_base=$(score "$2" "$3" "baseline_$4")
    awk -v a="${5-}$t_own" -v b="${5-}$t_base" 'BEGIN {
        exit !(a != "" && b != "" && a + 0 < b + 0) }'
    result $? "$1" || echo "# $4 is $t_own, of the baseline $t_base"
}

cp "$conf/ml3_sine.ini" run.ini
# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -c run.ini $short --set run.output=whole
check "a table of steps" grep -q '^test   steps  mse ' "$out"
for file in $compared; do
    check "it writes $file" test -s whole/$file
done
check "a test at 150, 300 and the end" test \
    "$(grep -c ',test,baseline_mse@100,' whole/metrics.csv)" -eq 3
check "the baseline's scores stay" test \
    "$(grep ',test,baseline_mse@100,' whole/metrics.csv | cut -d, -f4 |
        sort -u | wc -l)" -eq 1
check "all steps of 11 tasks" test \
    "$(grep -c '^t' whole/adaptation.csv)" -eq $((11 * 101))
check "and what they are" grep -q -x \
    'split,task,step,mse,mae,baseline_mse,baseline_mae' whole/adaptation.csv
better "better on the training task" whole train mse@100
better "better on other tasks" whole test mse@100
better "after one step" whole test mse@1

for threads in 1 2 5; do
    exits "$threads threads" 0 -q -c run.ini $short --threads $threads \
        --set run.output=threads
    same_bytes "the same with $threads threads" whole threads
    rm -r threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again
exits "--check" 0 -c run.ini --check

# Stopped and killed, with models that go on from one iteration to the next.
long="--set metalearner.iterations=600 --set metalearner.eval_interval=40
    --set metalearner.reset_interval=7 --set metalearner.meta_batch_size=2"
exits "a longer run" 0 -q -c run.ini $long --set run.output=long
limit=0.15 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
    mesa -q -c run.ini $long --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 2 + 1))
    status=$?
    stops=$((stops + 1))
done
result $status "max_seconds: --resume until it is done"
same_bytes "max_seconds: same bytes after $stops sessions" long limit
tries=0
while [ $tries -lt 4 ]; do
    tries=$((tries + 1))
    "$program" -c run.ini -q $long --resume --set run.output=killed \
        --set run.checkpoint_interval=0 >"$out" 2>"$err" &
    pid=$!
    sleep 0.$((tries * 2))
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    test $? -eq 137 || break
done
check "kill -9: it was" test $tries -gt 1
exits "kill -9: --resume" 0 -q -c run.ini $long --resume \
    --set run.output=killed
same_bytes "kill -9: same bytes" long killed

# Tests do not change what is learnt.
exits "without tests" 0 -q -c run.ini $short \
    --set metalearner.eval_interval=0 --set run.output=blind
check "the same loss" cmp -s whole/loss.safetensors blind/loss.safetensors

# The loss as it is, for a larger model; and for rows of one's own.
taught="--set loss.state=whole/loss.safetensors"
exits "a larger model" 0 -q -c run.ini $taught \
    --set metalearner.iterations=0 --set tested.hidden_layer_sizes=200,40 \
    --set run.output=larger
better "it learns other tasks better, too" larger test mse@100
exits "another input width" 65 -q -c run.ini $taught \
    --set metalearner.iterations=0 --set loss.use_input=yes \
    --set run.output=wide
check "which says so" grep -q "is F32 of 2 by 50, expected F32 of 3 by 50" \
    "$err"

cp "$conf/ml3_classification.ini" classes.ini
exits "classes" 0 -q -c classes.ini --set metalearner.iterations=60 \
    --set metalearner.inner_lr=0.01 --set metalearner.eval_tasks=40 \
    --set metalearner.meta_lr=0.003 --set run.output=classes
better "more accurate on pairs of other classes" classes test accuracy@10 -
cat >moons.ini <<'EOF'
[data]
type = moons
[estimator]
type = mlp
loss = loss
hidden_layer_sizes = 80, 20
[loss]
type = learned
hidden_layer_sizes = 40, 40
prediction = log_softmax
state = classes/loss.safetensors
EOF
exits "rows of a table" 0 -q -c moons.ini --set run.output=moons
check "a larger mlp learns them by it" awk '
    $1 == "bacc" { seen = 1; bad = $4 < 0.8 }
    END { exit !seen || bad }' "$out"
exits "a loss of classes for targets" 65 -q -c run.ini \
    --set loss.state=classes/loss.safetensors \
    --set loss.hidden_layer_sizes=40,40 --set loss.fit_intercept=yes \
    --set run.output=mixed
check "which says so, too" grep -q \
    "has learnt for 2 outputs, 2 targets, 64 inputs and 0 extra columns" "$err"
finish
