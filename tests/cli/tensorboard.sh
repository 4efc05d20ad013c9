#!/bin/sh
# SPDX-License-Identifier: MIT
# tensorboard.sh - the event file of a run: there when it is wanted, each step
# once however often the run was killed, and what TensorBoard itself reads.
. "$(dirname "$0")/lib.sh"

files() { find "$1" -name 'events.out.tfevents.*' | sort; }
count() { files "$1" | grep -c .; }

make_ini >run.ini
if ! grep -q 'define HAVE_PROTOBUF_C 1' "$top_builddir/config.h"; then
    exits "without protobuf-c: a run" 0 -c run.ini
    check "without protobuf-c: no event file" test "$(count out)" -eq 0
    check "without protobuf-c: nobody asked" test ! -s "$err"
    exits "without protobuf-c: asked for" 0 -c run.ini --force \
        --set run.tensorboard=yes
    says "without protobuf-c: it says so" "mesa-core: warning: this \
mesa-core was built without protobuf-c, so there is no event file for \
TensorBoard"
    finish
    exit
fi

# TensorBoard's own reader, where it is installed.
python=${MESA_PYTHON:-python3}
module=tensorboard.backend.event_processing.event_accumulator
reads=no
"$python" -c "import $module" 2>/dev/null && reads=yes
as_told() {
    if [ $reads = yes ]; then
        "$python" "$top_srcdir/tests/cli/events.py" "$2" >histograms \
            2>"$err"
        result $? "$1: TensorBoard reads what metrics.csv has" ||
            diagnose "$err"
    else
        skip "$1: TensorBoard reads what metrics.csv has" \
            "requires the Python package tensorboard"
    fi
}

exits "a run" 0 -c run.ini
check "a run: one event file" test "$(count out)" -eq 1
as_told "a run" out
if [ $reads = yes ]; then
    printf '%s/p_positive\n' test train valid >expected
    check "a run: histograms of predictions" cmp expected histograms
fi
cp out/metrics.csv before.csv
: >out/events.out.tfevents.0000000001.old
: >out/events.txt
exits "--force" 0 -c run.ini --force --set run.tensorboard=no
check "--force: old ones are gone" test "$(count out)" -eq 0
check "--force: other files are not" test -e out/events.txt
check "tensorboard = no: same bytes" cmp before.csv out/metrics.csv

# What metalearners show; TAG... as tensorboard lists them.
shows() {
    t_run=$1
    shift
    as_told "$t_run" "$t_run"
    if [ $reads = yes ]; then
        printf '%s\n' "$@" >expected
        check "$t_run: its histograms" cmp expected histograms ||
            diagnose histograms
    fi
}
for learner in maml reptile; do
    cat >$learner.ini <<INI
[data]
type = sinusoid
[estimator]
type = mlp
hidden_layer_sizes = 4
[metalearner]
type = $learner
iterations = 250
eval_tasks = 10
INI
    exits "$learner" 0 -q -c $learner.ini --set run.output=$learner
done
shows maml weights/coef.0 weights/coef.1 weights/intercept.0 \
    weights/intercept.1
shows reptile weights/coef.0 weights/coef.1 weights/intercept.0 \
    weights/intercept.1
make_ini >active.ini
printf '[metalearner]\ntype = active\nmax_iter = 5\n' >>active.ini
exits "active" 0 -q -c active.ini --set run.output=active
shows active asked/utility test/p_positive train/p_positive valid/p_positive

make_ini >mesa.ini
cat >>mesa.ini <<'INI'
[sampler]
type = sac
[metalearner]
type = mesa
start_steps = 20
update_steps = 60
max_estimators = 5
INI
exits "mesa" 0 -q -c mesa.ini --set run.output=mesa
shows mesa sampler/mu test/p_positive train/error train/p_positive \
    valid/error valid/p_positive
exits "mesa: nobody looks" 0 -q -c mesa.ini --set run.output=blind \
    --set run.tensorboard=no
same_bytes "mesa: same bytes" mesa blind

# kill -9, and what follows it.
make_long_ini 400 >long.ini
mesa -c long.ini -q --set run.output=whole
result $? "undisturbed"
kills=0 tries=0 status=0
while [ $kills -lt 3 ] && [ $tries -lt 30 ]; do
    tries=$((tries + 1))
    "$program" -c long.ini -q --resume --set run.output=killed \
        --set run.checkpoint_interval=0.02 >"$out" 2>"$err" &
    pid=$!
    await_steps killed $((kills * 1000 + 300)) $pid
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    137) kills=$((kills + 1)) ;;
    0) rm -rf killed && kills=0 ;;
    *) break ;;
    esac
done
check "kill -9: three times" test $kills -eq 3
exits "kill -9: --resume" 0 -c long.ini -q --resume --set run.output=killed
same_bytes "kill -9: same bytes" whole killed
check "kill -9: still one event file" test "$(count killed)" -eq 1
check "kill -9: as long as that of a run that nobody killed" test \
    "$(wc -c <"$(files killed)")" -eq "$(wc -c <"$(files whole)")"
as_told "kill -9" killed

# The file has gone, or lost its end, while the run was stopped.
for loss in gone shorter; do
    mesa -c long.ini -q --set run.output=$loss --set run.max_seconds=0.05
    result $(($? != 75)) "$loss: stopped"
    file=$(files $loss)
    if [ $loss = gone ]; then
        rm "$file"
        left=1
    else
        head -c 10 "$file" >cut && mv cut "$file"
        left=2
    fi
    exits "$loss: --resume" 0 -c long.ini -q --resume --set run.output=$loss
    same_bytes "$loss: same bytes" whole $loss
    check "$loss: another file begins" test "$(count $loss)" -eq $left
    check "$loss: run.log says so" \
        grep -q "TensorBoard finds what follows in another file" $loss/run.log
done

# A run that was begun without.
mesa -c long.ini -q --set run.output=late --set run.max_seconds=0.05 \
    --set run.tensorboard=no
result $(($? != 75)) "late: stopped"
exits "late: --resume" 0 -c long.ini -q --resume --set run.output=late
check "late: an event file" test "$(count late)" -eq 1

# No room: a warning, and the run goes on.
make_ini >full.ini
(ulimit -f 128 && trap '' XFSZ && exec "$program" -c full.ini \
    --set run.output=full --set evaluate.repeats=200 \
    --set evaluate.metrics=aucprc --set run.report=no) >"$out" 2>"$err"
result $? "no room: the run ends well" || diagnose "$err"
says "no room: it says so" "File too large; TensorBoard will not see what \
follows"
finish
