#!/bin/sh
# SPDX-License-Identifier: MIT
# pictures_tasks.sh - what metalearners of tasks and of policies draw: the
# same bytes for any number of threads, and after kill -9.
. "$(dirname "$0")/lib.sh"
for plugin in data/sinusoid data/few_shot_classes estimator/mlp \
    estimator/sine loss/learned environment/mountain_car \
    environment/pointmass metalearner/maml metalearner/reptile \
    metalearner/ml3 metalearner/ml3_control metalearner/ml3_policy; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        skip "pictures of tasks" "$plugin is not built"
        finish
        exit 0
    fi
done
conf=$top_srcdir/conf

# same_pictures NAME RUN RUN: the same tables and scripts.
same_pictures() {
    (cd "$2/plots" && cksum ./*.csv ./*.gp) >first
    (cd "$3/plots" && cksum ./*.csv ./*.gp) >second
    check "$1" cmp first second
}

# draws NAME CONF PICTURES OPTION...: with other threads too.
draws() {
    t_name=$1 t_conf=$2 t_pictures=$3
    shift 3
    exits "$t_name: a run" 0 -q -c "$conf/$t_conf" --set run.output=one \
        --threads 1 "$@"
    for t_picture in $t_pictures; do
        check "$t_name: $t_picture" test -s "one/plots/$t_picture.csv"
        check "$t_name: $t_picture is listed" \
            grep -q "^[0-9]*,[0-9]*,$t_picture," one/plots/index.csv
    done
    exits "$t_name: two threads" 0 -q -c "$conf/$t_conf" \
        --set run.output=two --threads 2 "$@"
    same_pictures "$t_name: the same with two" one two
    exits "$t_name: without pictures" 0 -q -c "$conf/$t_conf" \
        --set run.output=none --set run.report=no "$@"
    check "$t_name: none" test ! -e none/plots
    check "$t_name: which changes nothing" cmp one/metrics.csv none/metrics.csv
    rm -r one two none
}

draws maml maml_sinusoid_10shot.ini "adaptation fits tasks" \
    --set metalearner.iterations=100 --set metalearner.eval_tasks=20
draws "rates of steps" lslr_sinusoid.ini "adaptation fits inner_rates" \
    --set metalearner.iterations=50 --set metalearner.eval_tasks=20 \
    --set metalearner.inner_steps=3 --set metalearner.inner_clip=10
draws "rates of numbers" metasgd_sinusoid.ini "inner_rates" \
    --set metalearner.iterations=50 --set metalearner.eval_tasks=20
draws reptile reptile_sinusoid.ini "adaptation fits tasks" \
    --set metalearner.iterations=100 --set metalearner.eval_tasks=20
draws classes maml_few_shot_classes.ini "adaptation adaptation_loss tasks" \
    --set metalearner.iterations=20 --set metalearner.eval_tasks=10
draws ml3 ml3_shaped_sine.ini \
    "adaptation fits loss_shapes landscape landscape_times tasks" \
    --set metalearner.iterations=300 --set metalearner.eval_tasks=10 \
    --set metalearner.landscape_interval=100
draws planes ml3_imbalance.ini "adaptation_loss loss_shapes regions tasks" \
    --set metalearner.iterations=2 --set metalearner.eval_tasks=2 \
    --set metalearner.eval_steps=0,2 --set metalearner.eval_train_tasks=2
draws ml3_control ml3_mountain_car.ini \
    "adaptation adaptation_distance motion trajectory states distance" \
    --set metalearner.iterations=5
draws ml3_policy ml3_pointmass.ini \
    "adaptation adaptation_distance trajectory distance" \
    --set metalearner.iterations=5 --set metalearner.eval_goals=4 \
    --set metalearner.eval_updates=0,1,2

exits "weights to start from" 0 -q -c "$conf/maml_sinusoid_10shot.ini" \
    --set metalearner.iterations=10 --set metalearner.eval_tasks=2 \
    --set run.output=start
draws "own rows" maml_adapt.ini predictions \
    --set "metalearner.state=$PWD/start/init.safetensors"

# Killed at some moments, and gone on with.
set -- -q -c "$conf/ml3_shaped_sine.ini" --set metalearner.iterations=3000 \
    --set metalearner.eval_tasks=10 --set metalearner.landscape_interval=100
exits "undisturbed" 0 "$@" --set run.output=whole
kills=0 status=1
while [ $status -ne 0 ] && [ $kills -lt 60 ]; do
    "$program" "$@" --resume --set run.output=killed \
        --set run.checkpoint_interval=0.02 >"$out" 2>"$err" &
    pid=$!
    [ $kills -gt 4 ] || { sleep 0.2; kill -9 $pid 2>/dev/null; }
    wait $pid 2>/dev/null
    status=$?
    kills=$((kills + 1))
done
result $status "killed, and gone on with"
same_pictures "the same pictures after kill -9" whole killed

# Titles and labels are there for gnuplot, if there is one.
unset MESA_GNUPLOT
if ! command -v gnuplot >/dev/null 2>&1; then
    skip "drawn" "gnuplot is not installed"
else
    exits "drawn" 0 "$@" --set run.output=drawn \
        --set metalearner.iterations=100
    for picture in adaptation fits loss_shapes landscape tasks; do
        check "$picture.svg" test -s drawn/plots/$picture.svg
    done
    check "its panels" grep -q 'test task 1, learned loss' \
        drawn/plots/fits.svg
fi
finish
