#!/bin/sh
# SPDX-License-Identifier: MIT
# results_tasks.sh BUILDDIR - the part of docs/results.md on tasks: trains the
# published length three times for each row, in as many processes as there
# are processors.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seeds='0 1 2'

# plan NAME CONF OPTION...: a run for each seed, to be made later.
plan() {
    name=$1 conf=$2
    shift 2
    for seed in $seeds; do
        echo "'$build/mesa-core' -q -c '$here/../conf/$conf.ini' --threads 1 \
            --set run.seed=$seed --set 'run.output=$work/$name.$seed' \
            --set run.report=no --set run.tensorboard=no $* \
            >'$work/$name.$seed.txt' 2>'$work/$name.$seed.err'"
    done >>"$work/plan"
}

sinusoid='maml lslr metasgd meta_curvature'
for method in $sinusoid; do
    conf=${method}_sinusoid
    [ "$method" != maml ] || conf=maml_sinusoid_10shot
    plan "$method.10" "$conf"
    plan "$method.5" "$conf" --set data.shots=5
done
for shots in 5 10; do
    plan "fomaml.$shots" maml_sinusoid_10shot --set "data.shots=$shots" \
        --set metalearner.first_order=true
    plan "mc1.$shots" meta_curvature_sinusoid --set "data.shots=$shots" \
        --set metalearner.curvature=layerwise
    plan "both.$shots" meta_curvature_sinusoid --set "data.shots=$shots" \
        --set metalearner.learn_rates=per_parameter
    plan "anil.$shots" maml_sinusoid_10shot --set "data.shots=$shots" \
        --set metalearner.adapt=head
    plan "pretraining.$shots" maml_sinusoid_10shot --set "data.shots=$shots" \
        --set metalearner.inner_steps=0
    plan "reptile.$shots" reptile_maml_sinusoid --set "data.shots=$shots" \
        --set "data.train_shots=${shots}0" --set "metalearner.inner_batch=$shots"
done
plan demo reptile_sinusoid
several='--set metalearner.inner_steps=5 --set metalearner.inner_clip=10'
plan lslr5 lslr_sinusoid "$several"
plan metasgd5 metasgd_sinusoid "$several"
plan classes maml_few_shot_classes
plan classes_first maml_few_shot_classes --set metalearner.first_order=true

# One that diverges has no figures; its cells say so.
xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' sh -c '{} || :' <"$work/plan"

# cells NAME STEPS [COLUMN]: "0.598 +- 0.061" of each seed; column 2 is the
# first score, 3 the second.
cells() {
    for seed in $seeds; do
        sed 's/ +- /+-/g' "$work/$1.$seed.txt" |
            awk -v k="$2" -v c="${3:-2}" '
                $1 == k && $2 != "of" { sub(/\+-/, " +- ", $c); said = $c }
                END { printf "| %s ", said ? said : "diverged" }'
    done
}

# medians NAME STEPS
medians() {
    for seed in $seeds; do
        sed 's/ +- /+-/g' "$work/$1.$seed.txt" |
            awk -v k="$2" '
                $1 == k && $2 != "of" { said = $4 ", " $5 " of 600" }
                END { printf "| %s ", said ? said : "diverged" }'
    done
}

cat <<'END'

## Sinusoids, one step of adaptation

Mean squared error over 600 held-out tasks, +- half of a 95 % interval, after
one gradient step on 5 or 10 rows: amplitude 0.1 to 5, phase 0 to pi, inputs -5 to 5,
1-40-40-1 relu, inner_lr 0.01, 25 tasks a batch, Adam 0.001, 70,000 iterations.
`mesa-core -c conf/maml_sinusoid_10shot.ini --set run.seed=SEED` and its neighbours;
5 rows with `--set data.shots=5`.  Published figures: Finn et al. 2017 (table 2 for 5
rows) and Park and Oliva 2019 (table 1).

| 5 rows | published | a PyTorch re-implementation | seed 0 | seed 1 | seed 2 |
|---|---|---|---|---|---|
END
echo "| MAML | 0.67 | 0.589, 0.604, 0.601 $(cells maml.5 1)|"
echo "| FOMAML | | 0.625, 0.634, 0.602 $(cells fomaml.5 1)|"
echo "| LSLR | 0.528 | 0.439 $(cells lslr.5 1)|"
echo "| Meta-SGD | 0.48 | 0.429 $(cells metasgd.5 1)|"
echo "| Meta-Curvature, layerwise | 0.426 | $(cells mc1.5 1)|"
echo "| Meta-Curvature, full | 0.41 | 0.387 $(cells meta_curvature.5 1)|"
echo "| Meta-Curvature and Meta-SGD | | $(cells both.5 1)|"
echo "| ANIL (\`adapt = head\`) | | $(cells anil.5 1)|"
echo "| pretraining (\`inner_steps = 0\`) | 2.41 | $(cells pretraining.5 1)|"
cat <<'END'

| 10 rows | published | a PyTorch re-implementation | seed 0 | seed 1 | seed 2 |
|---|---|---|---|---|---|
END
echo "| MAML | 0.435 | 0.352, 0.333, 0.348 $(cells maml.10 1)|"
echo "| FOMAML | | 0.52, 0.45, 0.58 $(cells fomaml.10 1)|"
echo "| LSLR | 0.269 | 0.237 $(cells lslr.10 1)|"
echo "| Meta-SGD | 0.26 | 0.213 $(cells metasgd.10 1)|"
echo "| Meta-Curvature, layerwise | 0.239 | $(cells mc1.10 1)|"
echo "| Meta-Curvature, full | 0.20 | 0.197 $(cells meta_curvature.10 1)|"
echo "| Meta-Curvature and Meta-SGD | | $(cells both.10 1)|"
echo "| ANIL (\`adapt = head\`) | | $(cells anil.10 1)|"
echo "| pretraining (\`inner_steps = 0\`) | | $(cells pretraining.10 1)|"
echo "| MAML, after 10 steps | | 0.112, 0.110, 0.122 $(cells maml.10 10)|"
cat <<'END'

Learnt rates are good for the steps they were learnt with.  The median error of a
task after ten steps, and how many of 600 tasks are then worse than before the
first step: the mean of the first three rows is as large as the worst task's error.
Trained with five steps, and with inner gradients scaled down to a norm of 10
(`--set metalearner.inner_steps=5 --set metalearner.inner_clip=10`), they hold.

| 10 rows, after 10 steps | seed 0 | seed 1 | seed 2 |
|---|---|---|---|
END
echo "| LSLR, \`inner_steps = 1\` $(medians lslr.10 10)|"
echo "| Meta-SGD, \`inner_steps = 1\` $(medians metasgd.10 10)|"
echo "| Meta-Curvature, \`inner_steps = 1\` $(medians meta_curvature.10 10)|"
echo "| LSLR, \`inner_steps = 5\` $(medians lslr5 10)|"
echo "| Meta-SGD, \`inner_steps = 5\` $(medians metasgd5 10)|"
echo "| LSLR, \`inner_steps = 5\`, mean $(cells lslr5 10)|"
echo "| Meta-SGD, \`inner_steps = 5\`, mean $(cells metasgd5 10)|"
cat <<'END'

## Reptile

The sinusoids of its demonstration (`conf/reptile_sinusoid.ini`: phase to 2 pi, 50
inputs of which 10 are seen, 1-64-64-1 tanh, 30,000 serial iterations), and those of
MAML (`conf/reptile_maml_sinusoid.ini`: 25 tasks a batch, ten steps on fresh rows,
20,000 iterations).

| | a PyTorch run | seed 0 | seed 1 | seed 2 |
|---|---|---|---|---|
END
for step in 1:0.63 2:0.22 10:0.105 32:0.110; do
    echo "| demonstration, after ${step%:*} | ${step#*:} $(cells demo "${step%:*}")|"
done
echo "| MAML's, 5 rows, after 32 | 0.389 $(cells reptile.5 32)|"
echo "| MAML's, 10 rows, after 32 | 0.099 $(cells reptile.10 32)|"
cat <<'END'

## Classes that no training task has had

`conf/maml_few_shot_classes.ini`: 100 classes of which 20 are for test tasks, 5 ways,
5 shots, three inner steps in training; accuracy on 15 rows of each class.

| | seed 0 | seed 1 | seed 2 |
|---|---|---|---|
END
for step in 0 1 3 10; do
    echo "| after $step steps $(cells classes $step)|"
done
echo "| after 3 steps, first order $(cells classes_first 3)|"
