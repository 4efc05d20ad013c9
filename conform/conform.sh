#!/bin/sh
# SPDX-License-Identifier: MIT
# conform.sh - mesa-conform on plugins that need to be told of something to show
# what they are, a file, another source: their results, one after the other.
: "${top_builddir:?is set by make check}"
plugins=$top_builddir/plugins
number=0
failed=0
work=$(mktemp -d "${TMPDIR:-/tmp}/mesa-conform-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT

# conform KIND/NAME OPTION...: the checks of that plugin, numbered on.
conform()
{
    module=$plugins/$1.la
    shift
    if test ! -f "$module"; then
        number=$((number + 1))
        echo "ok $number - $module # SKIP is not built"
        return
    fi
    results=$("$top_builddir/mesa-conform" "$@" "$module") || failed=1
    before=$number
    number=$((number + $(printf '%s\n' "$results" | grep -c '^\(not \)*ok ')))
    printf '%s\n' "$results" | awk -v n="$before" '
        /^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
        !/^1\.\./'
}

# Four tasks, a file each.
for task in 1 2 3 4; do
    awk -v t=$task 'BEGIN { for (r = 0; r < 12; r++)
        print t ".5," r / 8 "," (r % 2 ? "odd" : "even") }' >"$work/$task.csv"
done

conform sources/csv --set file="$top_srcdir/examples/plugin-template/example.csv"
conform sources/few_shot_classes --set ways=2 --set query=5 \
    --set class_split=0.5,0.25,0.25 \
    --set 'rows=classification(n_classes=8,n_informative=5)'
conform sources/imbalanced_rows \
    --set 'rows=moons(n_samples=400,imbalance_ratio=5)'
conform sources/tabular_tasks --set shots=2 --set task_split=0.5,0.25,0.25 \
    --set folder="$work"
# Looking at all there is, and with hardly anything to look with.
conform losses/learned --set use_input=yes --set use_extra=yes \
    --set prediction=log_softmax --set activation=tanh
conform losses/learned --set activation=elu --set output=none \
    --set hidden_layer_sizes= --set fit_intercept=no
conform losses/learned --set base=cross_entropy --set use_target=no
# Stopped while validation tasks are scored; with all that can be learnt.
conform metalearners/maml --set eval_interval=1 --set eval_valid_tasks=120
conform metalearners/maml --set inner_steps=2 --set multi_step_loss=true \
    --set learn_rates=per_layer_per_step --set curvature=full \
    --set derivative_order_annealing=2
# With a loss that learns; models that go on, several steps and tasks at once.
conform metalearners/ml3 --set 'loss=learned(hidden_layer_sizes=4)' \
    --set eval_interval=1 --set eval_tasks=120 --set eval_steps=0,2 \
    --set inner_steps=2 --set reset_interval=2 --set meta_batch_size=3
conform metalearners/reptile --set eval_interval=1 --set eval_valid_tasks=120
# Stopped while policies are tried, and while dynamics are learnt.
conform metalearners/ml3_control --set inner_steps=2 --set eval_interval=1 \
    --set goal_input=yes --set policy_init=fixed
conform metalearners/ml3_control --set dynamics=learned \
    --set dynamics_interval=2 --set dynamics_epochs=20 --set eval_interval=1
conform metalearners/ml3_policy --set inner_steps=2 --set policy_goal=yes \
    --set reset_interval=2 --set policy_init=fixed
# Models that go on, and all reasons to stop; rows far apart to begin with.
conform metalearners/active --set estimator=mlp --set continue_training=yes \
    --set stop_agreement=0.999 --set stop_score=0.999
conform metalearners/active --set estimator=tree --set initial=kmeans \
    --set n_init=10 --set max_iter=4
echo "1..$number"
exit $failed
