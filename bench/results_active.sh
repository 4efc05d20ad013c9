#!/bin/sh
# SPDX-License-Identifier: MIT
# results_active.sh BUILDDIR - the part of docs/results.md on active learning:
# the shipped example with ten seeds, and a pool of 10,000 rows by three
# acquisitions with five.  PEER names a python3 that has ml-research, whose
# figures and times are then those of the same run.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/active.py" data "$work"

# plan NAME SEEDS CONF OPTION...: a run for each seed.  CONF may be in $work.
plan() {
    name=$1 seeds=$2 conf=$here/../conf/$3.ini
    [ ! -f "$work/$3.ini" ] || conf=$work/$3.ini
    shift 3
    seed=0
    while [ "$seed" -lt "$seeds" ]; do
        "$build/mesa-core" -q -c "$conf" --threads 1 --set "run.seed=$seed" \
            --set run.report=no --set run.tensorboard=no \
            --set "run.output=$work/$name.$seed" "$@" >/dev/null 2>&1
        seed=$((seed + 1))
    done
}

cat >"$work/pool.ini" <<END
[data]
type = csv
train = $work/pool.csv
test = $work/rest.csv

[estimator]
type = forest

[metalearner]
type = active
n_init = 0.01
budget = 0.01
max_iter = 30

[evaluate]
metrics = accuracy
END

plan example 10 active_example
plan full 10 active_classification
plan tested 10 active_classification --set "data.test=$work/tested.csv"
for acquisition in breaking_ties entropy random; do
    plan "pool_$acquisition" 5 pool --set "acquisition.type=$acquisition"
done
if [ -f "${MESA_DATA_DIR-}/Mammo_train.csv" ]; then
    {
        printf '[data]\ntype = csv\n'
        for part in train valid test; do
            echo "$part = $MESA_DATA_DIR/Mammo_$part.csv"
        done
        printf '[estimator]\ntype = forest\n[evaluate]\nmetrics = aucprc\n'
        printf '[metalearner]\ntype = active\nn_init = 50\nbudget = 20\n'
        printf 'max_iter = 25\n'
    } >"$work/rare.ini"
    sed '/^\[metalearner\]/,$d' "$work/rare.ini" >"$work/all.ini"
    plan rare_all 1 all --set evaluate.repeats=5
    for acquisition in random entropy breaking_ties rarity_weighted badge \
        coreset qbc density_weighted; do
        plan "rare_$acquisition" 5 rare \
            --set "acquisition.type=$acquisition"
    done
fi
if [ "${PEER-}" ]; then
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$PEER" "$here/active.py" \
        peer "$work"
fi
python3 "$here/active.py" report "$work"
