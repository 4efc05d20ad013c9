#!/bin/sh
# SPDX-License-Identifier: MIT
# ml3_shaping.sh - a loss is told where a weight should come to, in training,
# and leads it there in tests.
. "$(dirname "$0")/lib.sh"
for plugin in data/sinusoid estimator/sine loss/learned loss/huber \
    metalearner/ml3; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "ml3_shaping" "$plugin is not built"
        finish
        exit 0
    fi
done
compared='config.ini metrics.csv summary.json adaptation.csv landscape.csv
    loss.safetensors'
short="--set metalearner.iterations=4000 --set metalearner.eval_tasks=100"

# score RUN METRIC: the last such figure of test tasks.
score() {
    awk -F, -v metric="$2" '$2 == "test" && $3 == metric { last = $4 }
        END { print last }' "$1/metrics.csv"
}

# is NAME CONDITION A [B]: a condition of awk on two figures.
is() {
    awk -v a="$3" -v b="${4-0}" "BEGIN { exit !(a != \"\" && ($2)) }"
    result $? "$1" || echo "# figures: $3 ${4-}"
}

cp "$top_srcdir/conf/ml3_shaped_sine.ini" run.ini
# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -q -c run.ini $short --set run.output=whole
for file in $compared; do
    check "it writes $file" test -s whole/$file
done
is "most come within 0.5" 'a > 0.9' "$(score whole within_0.5@10)"
is "half of them within 0.1" 'a > 0.5' "$(score whole within_0.1@10)"
is "few of the baseline" 'a < 0.1' "$(score whole baseline_within_0.5@10)"
check "5 looks at 3 tasks" test "$(grep -c '^[0-9]' whole/landscape.csv)" \
    -eq $((5 * 3 * 141))
check "of the loss as a function of the frequency" grep -q -x \
    'iteration,task,frequency,loss,true_frequency' whole/landscape.csv
check "the last one is that at the end" grep -q '^4000,2,7,' \
    whole/landscape.csv
check "the way of each task" grep -q \
    '^split.*,frequency,baseline_frequency,true_frequency$' \
    whole/adaptation.csv
check "which begins at 0.1" test \
    "$(awk -F, '$3 == 0 { print $8 "," $9 }' whole/adaptation.csv |
        sort -u)" = 0.10000000149011612,0.10000000149011612

for threads in 2 5; do
    exits "$threads threads" 0 -q -c run.ini $short --threads $threads \
        --set run.output=threads
    same_bytes "the same with $threads threads" whole threads
    rm -r threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again

# Stopped between two looks, it goes on to the same ones.
# shellcheck disable=SC2086
"$program" -q -c run.ini $short --set run.output=stopped >"$out" 2>"$err" &
pid=$!
await_steps stopped 20 $pid
kill -TERM $pid
wait $pid
result $(($? != 75)) "stopped: 75"
# shellcheck disable=SC2086
exits "resumed" 0 -q -c run.ini $short --resume --set run.output=stopped
same_bytes "resumed: the same bytes" whole stopped

# One that is not told has the minima of the squared error.
sed '/^\[near\]/,/^$/d; /^shaping_loss/d; s/^shaping *=/watch =/' run.ini \
    >untold.ini
# shellcheck disable=SC2086
exits "without shaping" 0 -q -c untold.ini $short --set run.output=untold
is "it reaches less than half as many" 'a > 2 * b' \
    "$(score whole within_0.1@10)" "$(score untold within_0.1@10)"
finish
