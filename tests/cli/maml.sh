#!/bin/sh
# SPDX-License-Identifier: MIT
# maml.sh - weights to start from are learnt from tasks, kept, and adapted to
# rows of one's own.
. "$(dirname "$0")/lib.sh"
here=$(pwd -P)
conf=$top_srcdir/conf
for plugin in data/sinusoid data/csv estimator/mlp metalearner/maml; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "maml" "$plugin is not built"
        finish
        exit 0
    fi
done
trained='config.ini metrics.csv summary.json init.safetensors'
adapted="$trained predictions.csv"
short="--set metalearner.iterations=400 --set metalearner.eval_tasks=60"

# score RUN SPLIT METRIC: a figure of metrics.csv.
score() {
    awk -F, -v split_="$2" -v metric="$3" \
        '$2 == split_ && $3 == metric { print $4 }' "$1/metrics.csv"
}

# halves NAME RUN SPLIT BEFORE AFTER: the figure falls to less than half.
halves() {
    t_before=$(score "$2" "$3" "$4") t_after=$(score "$2" "$3" "$5")
    awk -v a="$t_before" -v b="$t_after" 'BEGIN {
        exit !(a != "" && b != "" && 2 * b < a) }'
    result $? "$1" || echo "# $4 is $t_before, $5 is $t_after"
}

cp "$conf/maml_sinusoid_10shot.ini" run.ini
# shellcheck disable=SC2086 # options are several words, here and below
exits "a run" 0 -c run.ini $short --set run.output=whole
check "a table of steps" grep -q '^    1  ' "$out"
for file in $trained; do
    check "it writes $file" test -s whole/$file
done
check "no model: tasks have one each" test ! -e whole/model.safetensors
check "a step leads somewhere" awk -v a="$(score whole test mse@0)" \
    -v b="$(score whole test mse@1)" 'BEGIN { exit !(b < a) }'
check "401 steps" grep -q '"steps": 401,' whole/summary.json
check "losses of each 100 iterations" test \
    "$(grep -c ',train,query_loss,' whole/metrics.csv)" -eq 4
compared=$trained
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

# Rows of one's own: ten of a sine wave to adapt to, others to predict.
cp "$conf/maml_adapt.ini" "$conf/sine_support.csv" "$conf/sine_query.csv" .
state="--set metalearner.state=whole/init.safetensors"
exits "adapt" 0 -c maml_adapt.ini $state --set run.output=own
check "adapt: a table of before and after" grep -q '^test  *mse ' "$out"
compared=$adapted
for file in $adapted; do
    check "adapt: it writes $file" test -s own/$file
done
check "adapt: a line per row" test "$(wc -l <own/predictions.csv)" -eq 62
check "adapt: numbers" grep -q -x 'row,split,label,prediction' \
    own/predictions.csv
halves "adapt: the training rows" own train mse@0 mse@10
check "adapt: and the test rows" awk -v a="$(score own test mse@0)" \
    -v b="$(score own test mse@10)" 'BEGIN { exit !(b < a) }'
check "adapt: which state" grep -q '"metalearner": "[0-9a-f]*"$' \
    own/summary.json
exits "adapt again" 0 -q -c maml_adapt.ini $state --set run.output=twice \
    --threads 2
same_bytes "adapt: the same bytes" own twice
exits "adapt: config.ini can be run again" 0 -q -c own/config.ini \
    --set run.output=thrice
same_bytes "adapt: config.ini gives the same" own thrice
exits "adapt to what was adapted" 0 -q -c maml_adapt.ini \
    --set metalearner.state=own/init.safetensors --set run.output=more
check "adapt: it begins where that ended" test \
    "$(score own train mse@10)" = "$(score more train mse@0)"
exits "train on" 0 -q -c run.ini $short $state --set run.output=on
check "train on: better before the first iteration" awk \
    -v a="$(grep -m 1 query_loss whole/metrics.csv | cut -d, -f4)" \
    -v b="$(grep -m 1 query_loss on/metrics.csv | cut -d, -f4)" \
    'BEGIN { exit !(b < a) }'

# Stopped, killed, gone on with; while validation tasks are scored, too.
compared=$trained
long="--set metalearner.iterations=1500 --set metalearner.eval_tasks=200
    --set metalearner.eval_interval=50 --set metalearner.eval_valid_tasks=100"
exits "a longer run" 0 -q -c run.ini $long --set run.output=long
halves "a step after 1500 iterations" long test mse@0 mse@1
limit=0.1 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
    mesa -q -c run.ini $long --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 2 + 1))
    status=$?
    stops=$((stops + 1))
done
result $status "max_seconds: --resume until it is done"
same_bytes "max_seconds: same bytes after $stops sessions" long limit
"$program" -c run.ini -q $long --set run.output=int >"$out" 2>"$err" &
pid=$!
await_steps int 2 $pid
kill -INT $pid 2>/dev/null
wait $pid
check "SIGINT: stopped, or too late" test $? -eq 75 -o -f int/summary.json
exits "SIGINT: --resume" 0 -q -c run.ini $long --resume --set run.output=int
same_bytes "SIGINT: same bytes" long int
kills=0 tries=0
while [ $kills -lt 4 ] && [ $tries -lt 40 ]; do
    tries=$((tries + 1))
    pause=$(awk -v n=$tries 'BEGIN { srand(n); printf "%.3f", rand() / 4 }')
    "$program" -c run.ini -q $long --resume --set run.output=killed \
        --set run.checkpoint_interval=0 >"$out" 2>"$err" &
    pid=$!
    sleep "$pause"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    137)
        kills=$((kills + 1))
        ;;
    0)
        same_bytes "kill -9: same bytes after $kills kills" long killed
        rm -rf killed
        ;;
    *)
        result 1 "kill -9: --resume after kill $kills"
        diagnose "$err"
        break
        ;;
    esac
done
check "kill -9: four times" test $kills -eq 4
exits "kill -9: --resume" 0 -q -c run.ini $long --resume \
    --set run.output=killed
same_bytes "kill -9: same bytes after $kills kills" long killed

# Numbers that overflow: the run has failed, what it had learnt is kept.
spoilt="--set metalearner.meta_lr=10"
exits "diverged" 1 -q -c run.ini $short $spoilt --set run.output=spoilt
says "diverged: where, and what is left" "mesa-core: iteration 1 diverged: its \
loss is inf; a smaller inner_lr or meta_lr may help; what was good before is in \
$here/spoilt/init.safetensors"
check "diverged: the folder is kept" test -s spoilt/run.log
check "diverged: it is not finished" test ! -e spoilt/summary.json
# The weights that iteration 0 has led to have no loss that is a number.
exits "no iteration" 0 -q -c run.ini $short $spoilt --set run.output=none \
    --set metalearner.iterations=0
# Notes differ by the number of iterations; the weights come last.
for run in spoilt none; do
    tail -c 7000 $run/init.safetensors >$run.weights
done
check "diverged: the last weights that were good" cmp spoilt.weights \
    none.weights
exits "diverged: they are a state" 0 -c run.ini --check \
    --set metalearner.state=spoilt/init.safetensors
exits "diverged at once" 1 -q -c run.ini $short --set run.output=atonce \
    --set metalearner.inner_lr=1000000
says "diverged at once: iteration 0" "iteration 0 diverged: its loss is inf"
exits "adaptation diverged" 65 -q -c maml_adapt.ini $state \
    --set metalearner.inner_lr=1000000
says "adaptation diverged: said" "adaptation diverged within 10 steps: take \
fewer, or a smaller inner_lr"

# Runs that cannot be.
sed '/^hidden_layer_sizes/d; s/^type = mlp/type = tree/' run.ini >tree.ini
refused "a model without gradients" 78 "estimator tree has no \`forward\`: \
gradients cannot pass through it; mlp has one" -c tree.ini
sed '/^preset/d; /^shots/d; s/^type = sinusoid/type = moons/' run.ini >moons.ini
refused "rows" 78 "[data] moons gives rows, not tasks; few_shot_classes and \
tabular_tasks make tasks of them" -c moons.ini
for section in transform=standard sampler=smote; do
    refused "[${section%=*}]" 78 "--set: [${section%=*}] is used by nothing: \
metalearner maml takes tasks as they are" -c run.ini \
        --set "${section%=*}.type=${section#*=}"
done
refused "[evaluate]" 78 "--set: [evaluate] is used by nothing: metalearner \
maml scores tasks itself" -c run.ini --set evaluate.metrics=mcc
sed '/^\[estimator\]/,/^hidden/d' run.ini >headless.ini
refused "no model" 78 "there is no [estimator] section: which model is to \
learn?" -c headless.ini
refused "a state of another width" 65 "state: tensor 'coef.1' is F32 of 40 by \
40, expected F32 of 40 by 30" -c run.ini $state \
    --set estimator.hidden_layer_sizes=40,30
refused "a state of another depth" 65 "state: tensor 'coef.2' is F32 of 40 by \
1, expected F32 of 40 by 40" -c run.ini $state \
    --set estimator.hidden_layer_sizes=40,40,40
exits "rates that are learnt" 0 -q -c run.ini $short --set run.output=rates \
    --set metalearner.learn_rates=per_parameter
rates="--set metalearner.state=rates/init.safetensors"
refused "rates that nobody asks for" 78 "state: it was learnt with \
learn_rates = per_parameter, but learn_rates is none" -c run.ini $rates
refused "rates of another kind" 78 "state: it was learnt with \
learn_rates = per_parameter, but learn_rates is per_layer_per_step" \
    -c run.ini $rates \
    --set metalearner.learn_rates=per_layer_per_step
refused "adapt without a state" 78 "mode = adapt needs a state: the \
init.safetensors that training has left" -c run.ini \
    --set metalearner.mode=adapt
refused "adapt to tasks" 65 "mode = adapt takes rows of your own: [data] with \
a training part" -c run.ini $state --set metalearner.mode=adapt
refused "steps that go back" 78 "[metalearner] maml: eval_steps has 2, expected \
whole numbers, each larger than the one before" -c run.ini \
    --set metalearner.eval_steps=0,5,2
refused "half a step" 78 "[metalearner] maml: eval_steps has 0.5, expected whole \
numbers, each larger than the one before" -c run.ini \
    --set metalearner.eval_steps=0.5
refused "more shots than inputs" 78 "[data] sinusoid: shots is 10 but there are \
8 inputs" -c run.ini --set data.grid=8
refused "no steps to learn rates of" 78 "[metalearner] maml: inner_steps is 0: \
there are no steps whose rates, curvature or losses could be learnt from" \
    -c run.ini --set metalearner.inner_steps=0 \
    --set metalearner.learn_rates=per_parameter
refused "a schedule that rises" 78 "[metalearner] maml: min_meta_lr is 1 but \
meta_lr is 0.001" -c run.ini --set metalearner.cosine_annealing=true \
    --set metalearner.min_meta_lr=1
sed 's/"mesa.type":"maml"/"mesa.type":"naml"/' whole/init.safetensors >other
refused "a state of another metalearner" 65 "[metalearner] state: $here/other is \
what metalearner naml has learnt, not metalearner maml" -c run.ini \
    --set metalearner.state=other
size=$(wc -c <whole/init.safetensors) bad=0
for at in 0 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$at" whole/init.safetensors >torn
    mesa -c run.ini --set metalearner.state=torn --set run.output=torn.out
    [ $? -eq 65 ] && grep -q "state: .*torn" "$err" || {
        bad=$((bad + 1))
        diagnose "$err"
    }
done
result $((bad > 0)) "a state cut off anywhere"

# Tasks are for metalearners alone.
sed '/^\[metalearner\]/,$d' run.ini >tasks.ini
only="gives tasks, not rows: only metalearners that adapt to tasks can use it"
refused "tasks without a metalearner" 78 "[data] sinusoid $only" -c tasks.ini
refused "--check tells that" 78 "[data] sinusoid $only" -c tasks.ini --check
printf '[data]\ntype = sinusoid\n[sampler]\ntype = smote\n' >smote.ini
refused "resampled tasks" 78 "[data] sinusoid $only" resample -c smote.ini \
    -o rows.csv

# What --describe prints is a section, and says so much of its defaults.
sed '/^\[metalearner\]/,$d' run.ini >described.ini
"$program" --describe metalearner/maml >>described.ini
exits "--describe: --check" 0 -c described.ini --check
exits "--describe: it runs" 0 -q -c described.ini $short \
    --set run.output=described
check "--describe: the same figures" cmp whole/metrics.csv \
    described/metrics.csv

# Learners that are models and nothing else.
modules=$top_builddir/tests/broken/.libs
if [ -f "$modules/teachable.so" ]; then
    mkdir plugins && cp "$modules/teachable.so" plugins/ || exit 99
    MESA_PLUGIN_PATH=$(pwd)/plugins:${MESA_PLUGIN_PATH-}
    export MESA_PLUGIN_PATH
    sed '/^hidden_layer_sizes/d; s/^type = mlp/type = teachable/' run.ini \
        >teachable.ini
    exits "a learner without fit" 0 -q -c teachable.ini $short \
        --set run.output=taught
    check "a learner without fit: its weight" grep -q -a '"coef":{' \
        taught/init.safetensors
    printf '[data]\ntype = moons\n[estimator]\ntype = teachable\n' >alone.ini
    refused "a learner without fit, alone" 78 "[estimator] teachable cannot be \
fitted by itself: it is for metalearners that take tasks" -c alone.ini
else
    skip "a learner without fit" "tests/broken is not built"
fi
finish
