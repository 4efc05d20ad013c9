#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh BUILDDIR - measure, compare with the peers that are installed, and
# print a Markdown table.  MESA_DATA_DIR names the folder of the Mammography
# files, if there is one; ROWS_EXACT and ROWS_LARGE change the sizes.
set -eu
build=$1
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -f "${MESA_DATA_DIR-}/Mammo_train.csv" ]; then
    cp "$MESA_DATA_DIR/Mammo_train.csv" "$MESA_DATA_DIR/Mammo_valid.csv" \
        "$work"
fi

# The median of seven runs of a command, in seconds.
clock() {
    name=$1
    shift
    for i in 1 2 3 4 5 6 7; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1
        end=$(date +%s%N)
        echo $((end - start))
    done | sort -n | awk -v name="$name" 'NR == 4 {printf "%s\t%.9g\twhole process\n", name, $1 / 1e9}'
}

"$build/bench/bench" "$work" "${ROWS_EXACT-100000}" "${ROWS_LARGE-1000000}" >"$work/ours"
"$build/bench/toolbox" "$work" >>"$work/ours"
"$build/bench/learn" >>"$work/ours"
"$build/bench/meta" >>"$work/ours"
# Runs are timed, not what shows them.
plain="--set run.report=no --set run.tensorboard=no"
clock "mesa-core --list" "$build/mesa-core" --list >>"$work/ours"
clock "quick start" "$build/mesa-core" -c "$here/../conf/quickstart.ini" \
    --set "run.output=$work/run" --force $plain -q >>"$work/ours"
for threads in "1 compare" "2 compare, 2 threads"; do
    clock "${threads#* }" "$build/mesa-core" -q --threads "${threads%% *}" \
        -c "$here/../conf/compare_moons.ini" --set "run.output=$work/compare" \
        --set data.n_samples=20000 --set evaluate.repeats=2 --force $plain \
        >>"$work/ours"
done
clock "Reptile's demonstration, 30,000 iterations, 18.6 s in PyTorch" \
    "$build/mesa-core" -q --threads 1 -c "$here/../conf/reptile_sinusoid.ini" \
    --set "run.output=$work/reptile" --force $plain >>"$work/ours"
clock "MAML, 7,000 of 70,000 iterations, 10 rows" \
    "$build/mesa-core" -q --threads 1 \
    -c "$here/../conf/maml_sinusoid_10shot.ini" \
    --set metalearner.iterations=7000 --set metalearner.eval_tasks=1 \
    --set "run.output=$work/maml" --force $plain >>"$work/ours"
# experiment NAME CONF OPTION...: one of those that learn losses.
experiment() {
    name=$1 conf=$2
    shift 2
    clock "$name" "$build/mesa-core" -q --threads 1 \
        -c "$here/../conf/$conf.ini" --set "run.output=$work/ml3" --force $plain \
        "$@" >>"$work/ours"
}
experiment "ML3 sine, 500 iterations, 0.70 s by the published code" ml3_sine \
    --set metalearner.eval_interval=0 --set metalearner.eval_tasks=1 \
    --set metalearner.eval_steps=0
experiment "ML3 sine with 50 evaluations, 19.2 s by the published code" \
    ml3_sine
experiment "ML3 shaped sine, 60,000 steps of tasks, 40 s by the published code" \
    ml3_shaped_sine
experiment "ML3 mountain car, 300 iterations, 9.2 s by the published code" \
    ml3_mountain_car_published
experiment "ML3 pointmass, 400 iterations" ml3_pointmass
experiment "active learning, 50 fits of a network, 13.1 s by ml-research" \
    active_classification
# Half a minute: once is enough.
start=$(date +%s%N)
"$build/mesa-core" -q --threads 1 -c "$here/../conf/ml3_reacher.ini" \
    --set "run.output=$work/ml3" --force $plain >/dev/null 2>&1
end=$(date +%s%N)
echo $((end - start)) | awk '{ printf "ML3 reacher, 3000 iterations, 455 s by " \
    "the published code\t%.9g\twhole process, once\n", $1 / 1e9 }' \
    >>"$work/ours"
if [ -f "$work/Mammo_train.csv" ]; then
    # What learning takes is the difference between with and without it.
    for run in "1 1000 500 MESA meta-training and one ensemble" \
        "1 0 0 one ensemble, MESA not trained" \
        "50 1000 500 MESA meta-training and 50 ensembles"; do
        # shellcheck disable=SC2086 # a list
        set -- $run
        clock "${run#* * * }" "$build/mesa-core" -q --threads 1 --force $plain \
            -c "$here/../conf/mammography_mesa.ini" \
            --set "data.train=$MESA_DATA_DIR/Mammo_train.csv" \
            --set "data.valid=$MESA_DATA_DIR/Mammo_valid.csv" \
            --set "data.test=$MESA_DATA_DIR/Mammo_test.csv" \
            --set "evaluate.repeats=$1" \
            --set "metalearner.update_steps=$2" \
            --set "metalearner.start_steps=$3" \
            --set "run.output=$work/mesa" >>"$work/ours"
    done
    awk -F'\t' '/^MESA meta-training and one/ { with = $2 }
        /^one ensemble, MESA/ { printf "MESA meta-training, 11.6 s by the " \
            "published code\t%.9g\tthe difference of these two\n", with - $2 }
        ' "$work/ours" >"$work/learning"
    cat "$work/learning" >>"$work/ours"
    sed -n 's/.*"peak_memory_kib": \([0-9]*\).*/MESA peak memory\t\1/p' \
        "$work/mesa/timings.json" >"$work/memory"
fi
: >"$work/peers"
python3 "$here/peers.py" "$work" >"$work/peers" 2>/dev/null || :

cat <<EOF
# Benchmarks

Written by \`make bench\` (bench/run.sh): medians of the runs named in
bench/bench.c and bench/toolbox.c, the peers on the same data in the same run,
one thread unless a row says otherwise; times of published code and of peers
that take minutes are stated, from another day.  Data: the source
\`classification\` with 30 columns and 1 % minority, nine-digit numbers in 30
columns for CSV, balanced subsets of Mammography for the small trees.  The
ratio is the peer's time over ours; absolute times depend on the machine and
its load.

$(date -u +%Y-%m-%d), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1),
$(nproc) processors, $("$build/mesa-core" --version)

EOF
echo "| what | here | | peer | | ratio |"
echo "|---|---|---|---|---|---|"
awk -F'\t' '
function show(s) {
    return s < 1e-3 ? sprintf("%.1f us", s * 1e6) : s < 1 ? sprintf("%.1f ms", s * 1e3) : sprintf("%.2f s", s)
}
FNR == NR {peer[$1] = $2; note[$1] = $3; next}
{
    if ($1 in peer) {
        more = note[$1]
        if (($1 " note") in note)
            more = more ", " note[$1 " note"]
        printf "| %s | %s | %s | %s | %s | %.1f |\n", $1, show($2), $3, show(peer[$1]), more, peer[$1] / $2
    } else
        printf "| %s | %s | %s | | | |\n", $1, show($2), $3
}' "$work/peers" "$work/ours"
if [ -s "$work/memory" ]; then
    awk -F'\t' '{ printf "\nPeak memory of that run: %.1f MB (published code: 340 MB).\n", $2 / 1024 }' "$work/memory"
fi
