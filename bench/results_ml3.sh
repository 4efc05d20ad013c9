#!/bin/sh
# SPDX-License-Identifier: MIT
# results_ml3.sh BUILDDIR - the part of docs/results.md on learned losses: each
# experiment with five seeds, in as many processes as there are processors.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seeds='0 1 2 3 4'

# plan NAME CONF OPTION...: a run for each seed, to be made later.  CONF may be
# in $work.
plan() {
    name=$1 conf=$here/../conf/$2.ini
    [ ! -f "$work/$2.ini" ] || conf=$work/$2.ini
    shift 2
    for seed in $seeds; do
        echo "'$build/mesa-core' -q -c '$conf' --threads 1 \
            --set run.seed=$seed --set 'run.output=$work/$name.$seed' \
            --set run.report=no --set run.tensorboard=no $* \
            >'$work/$name.$seed.txt' 2>'$work/$name.$seed.err'"
    done >>"$work/plan"
}

plan sine ml3_sine
plan shaped ml3_shaped_sine
# Shaped by the squared error, and not at all.
sed '/^\[near\]/,/^$/d; /^shaping_loss/d' "$here/../conf/ml3_shaped_sine.ini" \
    >"$work/squared.ini"
sed 's/^shaping *=/watch =/' "$work/squared.ini" >"$work/unshaped.ini"
plan unshaped unshaped
plan shaped_published squared --set metalearner.meta_batch_size=1 \
    --set metalearner.iterations=60000 --set metalearner.meta_lr=0.003 \
    --set metalearner.meta_schedule=constant
plan classes ml3_classification
plan car ml3_mountain_car
plan car_fixed ml3_mountain_car_published
plan car_unshaped ml3_mountain_car_published --set metalearner.shaping=no
plan reacher ml3_reacher
plan reacher_published ml3_reacher --set environment.goal_range= \
    --set environment.test_goals=0.4787,1.4008 \
    --set metalearner.eval_goals=1 --set metalearner.dynamics_rollouts=1 \
    --set loss.output=softplus --set metalearner.extra=distance --set metalearner.cosine_annealing=no \
    --set metalearner.meta_lr=0.01 --set metalearner.dynamics_schedule=constant \
    --set loss.scale=1,1,1,1,8,8,1
plan pointmass ml3_pointmass

# One that diverges has no figures; its cells say so.
xargs -P "$(getconf _NPROCESSORS_ONLN)" -I '{}' sh -c '{} || :' <"$work/plan"

# score FILE SPLIT NAME: a number of summary.json, or the mean of one.
score() {
    awk -v split_="\"$2\":" -v name="\"$3\":" '
        /^  "scores"/ { scores = 1 }
        scores && /^    "/ { mine = $1 == split_ }
        mine && $1 == name && $2 != "{" { print $2 + 0; exit }
        mine && /^      "/ { found = $1 == name }
        mine && found && $1 == "\"mean\":" { print $2 + 0; exit }' \
        "$1" 2>/dev/null
}

# row TITLE NAME SPLIT SCORE [FACTOR [DIGITS]]: a cell for each seed, and the
# mean of all.
row() {
    printf '| %s ' "$1"
    for seed in $seeds; do
        score "$work/$2.$seed/summary.json" "$3" "$4" >"$work/score" || :
        if [ -s "$work/score" ]; then cat "$work/score"; else echo none; fi
    done | awk -v by="${5:-1}" -v digits="${6:-3}" '
        $1 == "none" { printf "| failed "; missing = 1; next }
        { printf "| %.*f ", digits, $1 * by; sum += $1 * by; n++ }
        END {
            if (missing || !n)
                print "| |"
            else
                printf "| %.*f |\n", digits, sum / n
        }'
}

# both TITLE NAME SPLIT SCORE ...: with the plain loss, and with the learned.
both() {
    title=$1 name=$2 split=$3 what=$4
    shift 4
    row "$title, $plain" "$name" "$split" "baseline_$what" "$@"
    row "$title, learned" "$name" "$split" "$what" "$@"
}

head='| seed 0 | seed 1 | seed 2 | seed 3 | seed 4 | mean |
|---|---|---|---|---|---|---|'
plain='mean squared error'
cat <<END

## Losses learnt: sine waves

\`conf/ml3_sine.ini\`: mean squared error, after 1 and 100 steps of gradient
descent, of a task that the loss was learnt on and of ten others.  Published code:
0.604 and 0.267 for the training task with the mean squared error, 0.311 and 0.142
with its learned loss; 3.59 and 2.03 for other tasks after 100 steps.

| $head
END
both 'training task, 1 step' sine train mse@1
both 'training task, 100 steps' sine train mse@100
both 'test tasks, 1 step' sine test mse@1
both 'test tasks, 100 steps' sine test mse@100
cat <<END

## Losses shaped: the frequency of a sine

\`conf/ml3_shaped_sine.ini\`: of 500 test tasks, how many per cent have come as close
to their frequency after ten steps from 0.1.  Published code, 50 tasks: the
mean squared error 0 % and 10 %, the learned loss without shaping 16 % and 22 %,
with shaping 8 % to 58 % and 42 % to 100 %.

| $head
END
both 'within 0.1' shaped test within_0.1@10 100 1
both 'within 0.5' shaped test within_0.5@10 100 1
row 'within 0.1, learned without shaping' unshaped test within_0.1@10 100 1
row 'within 0.5, learned without shaping' unshaped test within_0.5@10 100 1
row 'within 0.1, the published way' shaped_published test within_0.1@10 100 1
row 'within 0.5, the published way' shaped_published test within_0.5@10 100 1
plain='cross-entropy'
cat <<END

## Losses for classes that were not there

\`conf/ml3_classification.ini\`: accuracy on pairs of classes, none of which was in
training, after so many steps at the same rate.

| $head
END
both '1 step' classes test accuracy@1
both '10 steps' classes test accuracy@10
both '100 steps' classes test accuracy@100
plain='through the dynamics'
cat <<END

## Mountain car

After one step: per cent of policies that reach the goal, and how far from it they
end, in metres.  \`conf/ml3_mountain_car.ini\` draws policies anew in training; five
others are scored.  \`conf/ml3_mountain_car_published.ini\` is the published way: a
loss made with one policy; the published code got that one out of the valley with
two of three seeds, of five others none.  Plain is a step down the task loss, through
the dynamics.

| $head
END
both 'reach the goal' car test reached@1 100 0
both 'distance' car test distance@1
row 'reach the goal, published way, its policy' car_fixed train reached@1 100 0
row 'reach the goal, published way, others' car_fixed test reached@1 100 0
row 'reach the goal, without shaping, its policy' car_unshaped train reached@1 100 0
cat <<END

## Reacher

\`conf/ml3_reacher.ini\`: radians from the goal after one step, acting on the real
arm.  Published code: 0.017 at the goal it learnt with, 0.12 at the test goal, from
1.27 and 1.15; one seed.

| $head
END
row 'before' reacher valid distance@0
row 'held-out goals, the policy trained with' reacher valid distance@1
row 'held-out goals, new policies' reacher test distance@1
row 'published way, training goal' reacher_published train distance@1
row 'published way, test goals' reacher_published valid distance@1
plain='PPO'
cat <<END

## Point mass, without a model

\`conf/ml3_pointmass.ini\`: new goals and new policies; the return after so many
updates, 200 steps of the environment in each, and the distance to the goal.

| $head
END
row 'return before' pointmass test return@0 1 1
both 'return, 1 update' pointmass test return@1 1 1
both 'return, 5 updates' pointmass test return@5 1 1
both 'return, 10 updates' pointmass test return@10 1 1
both 'distance, 10 updates' pointmass test distance@10 1 2

# compared: the table of a comparison, without how long it took.
compared() {
    echo '```'
    sed '/^mean +- /d; /^results in/d; /^no test of/d; s/ *fit ms$//
        s/^\( *[0-9].*[0-9]\)  *[0-9.]*$/\1/' "$1"
    echo '```'
}

# rare NAME: a loss taught by $work/NAME.teach.ini, compared as
# $work/NAME.compare.ini says.
rare() {
    "$build/mesa-core" -q -c "$work/$1.teach.ini" \
        --set "run.output=$work/$1.taught" >/dev/null &&
        "$build/mesa-core" -q -c "$work/$1.compare.ini" \
            --set "taught.state=$work/$1.taught/loss.safetensors" \
            --set "run.output=$work/$1.compared" >"$work/$1.txt" &&
        compared "$work/$1.txt"
}

cat <<'END'

## Losses for a rare class

`conf/ml3_imbalance.ini`, and what its loss teaches in comparison, on another
table, by `conf/ml3_imbalance_compare.ini`.

END
cp "$here/../conf/ml3_imbalance.ini" "$work/made.teach.ini"
cp "$here/../conf/ml3_imbalance_compare.ini" "$work/made.compare.ini"
rare made
if [ -f "${MESA_DATA_DIR-}/Mammo_train.csv" ] && command -v python3 >/dev/null
then
    cat <<'END'

Mammography, by `python3 bench/imbalance.py BUILD DATA`: average precision on test
rows, mean of 20 stratified splits, each loss with the rate that its validation rows
prefer; and the paired differences with their 95 % intervals.

END
    python3 "$here/imbalance.py" "$build" "$MESA_DATA_DIR"
fi
