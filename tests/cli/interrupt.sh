#!/bin/sh
# SPDX-License-Identifier: MIT
# interrupt.sh - stopped by a signal, by its time limit or by kill -9 at any
# moment, a run goes on to the bytes of one that nobody disturbed.
. "$(dirname "$0")/lib.sh"

# As many steps as take about a second here; signals come within that time.
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
make_long_ini 50 >run.ini
start=$(milliseconds)
mesa -c run.ini -q --set run.output=short
steps=$((50 * 1000 / ($(milliseconds) - start + 1) + 50))
make_long_ini $steps >run.ini
start=$(milliseconds)
mesa -c run.ini -q --set run.output=whole
result $? "undisturbed"
duration=$(($(milliseconds) - start))
echo "# $steps steps in $duration ms"

for signal in INT TERM; do
    "$program" -c run.ini -q --set run.output=$signal >"$out" 2>"$err" &
    pid=$!
    await_steps $signal 20 $pid
    kill -$signal $pid
    wait $pid
    result $(($? != 75)) "SIG$signal: 75"
    grep -q -x 'mesa-core: stopped after step [0-9]*; go on with --resume' \
        "$err"
    result $? "SIG$signal: message" || diagnose "$err"
    check "SIG$signal: a checkpoint" test -s $signal/checkpoint.safetensors
    check "SIG$signal: not finished" test ! -e $signal/summary.json
    refused "SIG$signal: again needs --resume" 73 \
        "$(pwd -P)/$signal holds an unfinished run; use --resume to go on or \
--force to replace it" -c run.ini --set run.output=$signal
    refused "SIG$signal: another configuration is refused" 73 \
        "$(pwd -P)/$signal was started with another configuration, which \
differs in estimator.n_estimators; use --force to start over" \
        -c run.ini --resume --set run.output=$signal \
        --set estimator.n_estimators=11
    exits "SIG$signal: --resume" 0 -c run.ini -q --resume \
        --set run.output=$signal
    same_bytes "SIG$signal: same bytes" whole $signal
    check "SIG$signal: no checkpoint stays" \
        test ! -e $signal/checkpoint.safetensors
done

# A comparison of which one repeat takes longer than anybody waits: it stops
# between two fits, and makes those that are missing when it goes on.
cat >long.ini <<INI
[run]
seed = 11
[data]
type = checkerboard
n_minority = 150
imbalance_ratio = 6
[metalearner]
type = compare
methods = underbagging(n_estimators=50)
[evaluate]
folds = 100
repeats = 1
INI
mesa -c long.ini -q --set run.output=long
result $? "compare: undisturbed"
"$program" -c long.ini -q --set run.output=cut >"$out" 2>"$err" &
pid=$!
await_steps cut 0 $pid
kill -INT $pid
wait $pid
result $(($? != 75)) "compare: 75"
says "compare: the repeat does not count" \
    "stopped after step 0; go on with --resume"
check "compare: no figures yet" test "$(wc -l <cut/metrics.csv)" -eq 1
exits "compare: --resume" 0 -c long.ini -q --resume --threads 2 \
    --set run.output=cut
for file in config.ini metrics.csv compare.csv summary.json; do
    check "compare: same $file" cmp long/$file cut/$file
done

# The time limit, again and again, each time with another number of threads.
limit=$(awk -v ms=$duration 'BEGIN { printf "%.3f", ms / 5000 }')
status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 200 ]; do
    mesa -c run.ini -q --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 3 + 1))
    status=$?
    stops=$((stops + 1))
done
result $status "max_seconds: --resume until it is done"
same_bytes "max_seconds: same bytes after $stops sessions" whole limit

# A checkpoint that does not load: the one before does.
"$program" -c run.ini -q --set run.output=torn \
    --set run.checkpoint_interval=0 >"$out" 2>"$err" &
pid=$!
await_steps torn 60 $pid
kill -9 $pid
wait $pid 2>/dev/null
if [ -s torn/checkpoint.previous.safetensors ]; then
    head -c 100 torn/checkpoint.previous.safetensors \
        >torn/checkpoint.safetensors
    exits "torn checkpoint: --resume" 0 -c run.ini --resume \
        --set run.output=torn
    says "torn checkpoint: says so" "using the one before"
    same_bytes "torn checkpoint: same bytes" whole torn
else
    skip "torn checkpoint" "the run was too quick"
fi

# kill -9, ten times.
kills=0 tries=0
while [ $kills -lt 10 ] && [ $tries -lt 60 ]; do
    tries=$((tries + 1))
    pause=$(awk -v n=$tries -v ms=$duration \
        'BEGIN { srand(n); printf "%.3f", rand() * ms / 2000 }')
    "$program" -c run.ini -q --resume --set run.output=killed \
        --set run.checkpoint_interval=0.02 >"$out" 2>"$err" &
    pid=$!
    sleep "$pause"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    137)
        kills=$((kills + 1))
        ;;
    0)
        # Too late: that run is done, begin another.
        same_bytes "kill -9: same bytes after $kills kills" whole killed
        rm -rf killed
        ;;
    *)
        result 1 "kill -9: --resume after kill $kills"
        diagnose "$err"
        break
        ;;
    esac
done
check "kill -9: ten times" test $kills -eq 10
: >killed/.checkpoint.safetensors.4711.0.tmp
exits "kill -9: --resume" 0 -c run.ini -q --resume --set run.output=killed
same_bytes "kill -9: same bytes after $kills kills" whole killed
check "kill -9: no temporary files stay" test \
    "$(find killed -name '.*' | wc -l)" -eq 0
finish
