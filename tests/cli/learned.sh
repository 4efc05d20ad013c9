#!/bin/sh
# SPDX-License-Identifier: MIT
# learned.sh - a loss is learnt from tasks, kept in a file, and trains others.
. "$(dirname "$0")/lib.sh"
here=$(pwd -P)
for plugin in data/few_shot_classes data/classification data/moons \
    data/sinusoid estimator/mlp loss/learned metalearner/maml \
    metalearner/ml3; do
    if ! "$program" --describe $plugin >/dev/null 2>&1; then
        echo "1..0 # SKIP built without $plugin"
        exit 0
    fi
done

# Two outputs: classes.
cat >teach.ini <<'INI'
[run]
output = taught

[data]
type = few_shot_classes
rows = classification(n_classes=4,n_informative=5)
ways = 2
shots = 5
query = 10
class_split = 0.5, 0.5

[estimator]
type = mlp
hidden_layer_sizes = 5

[loss]
type = learned
hidden_layer_sizes = 7, 6
activation = elu
prediction = log_softmax

[metalearner]
type = ml3
iterations = 20
eval_tasks = 2
INI
exits 'a loss is learnt' 0 -q -c teach.ini
check 'and kept' test -s taught/loss.safetensors

cat >use.ini <<'INI'
[data]
type = moons
n_samples = 200

[estimator]
type = mlp
hidden_layer_sizes = 30, 20
solver = sgd
max_iter = 5
loss = loss

[loss]
type = learned
state = taught/loss.safetensors
INI
mkdir elsewhere
for set in output=use 'output=threads --threads 3'; do
    # shellcheck disable=SC2086
    exits "it trains a larger model ($set)" 0 -q -c use.ini --set run.$set
done
same_bytes 'with any number of threads the same' use threads
exits 'its config.ini runs' 0 -q -c use/config.ini --set run.output=again
same_bytes 'and gives the same bytes' use again
mesa --print-config -c use.ini
check 'the network is that of the file' grep -q \
    "^hidden_layer_sizes = 7, 6 *; $here/taught/loss.safetensors\$" "$out"
check 'also how it is shown predictions' grep -q \
    "^prediction = log_softmax *; $here/taught/loss.safetensors\$" "$out"
exits 'what the section says counts' 0 --check -c use.ini \
    --set loss.activation=tanh

refused 'weights of another network' 65 \
    "[loss] learned: tensor 'state.0.coef.0' is F32 of 4 by 7, expected F32 of 4 by 9" \
    --check -c use.ini --set loss.hidden_layer_sizes=9,6
refused 'no state' 78 \
    '[estimator] mlp: loss learned has learnt nothing: give it a state, the loss.safetensors of the run that taught it' \
    -q -c use.ini --set loss.state= --set run.output=elsewhere/none
refused 'other classes' 65 \
    '[estimator] mlp: loss learned has learnt for 2 outputs, 2 targets, 20 inputs and 0 extra columns, but here are 3, 3, 20 and 0' \
    -q -c use.ini --set data.type=classification --set data.n_classes=3 \
    --set data.n_informative=5 --set run.output=elsewhere/three
refused 'a state that is none' 65 \
    "[loss] state: $here/use.ini is no safetensors file, or is truncated" \
    --check -c use.ini --set loss.state=use.ini
refused "a model's file" 65 \
    "[loss] state: $here/use/model.safetensors is not what a run has learnt" \
    --check -c use.ini --set loss.state=use/model.safetensors
refused 'a state that is not there' 66 \
    "[loss] state: cannot read $here/none: No such file or directory" \
    --check -c use.ini --set loss.state=none
refused 'a loss that has none' 78 \
    "use.ini:14: [loss] has no key 'state'" \
    --check -c use.ini --set loss.type=cross_entropy
head -c 300 taught/loss.safetensors >short
refused 'half a state' 65 \
    "[loss] state: $here/short is no safetensors file, or is truncated" \
    --check -c use.ini --set loss.state=short
LC_ALL=C sed 's/hidden_layer_sizes/hidden_layer_sizez/' \
    taught/loss.safetensors >other_key
refused 'a state with another key' 65 \
    "$here/other_key has the key 'hidden_layer_sizez', which learned does not" \
    --check -c use.ini --set loss.state=other_key
LC_ALL=C sed 's/\[loss\]/garb][/' taught/loss.safetensors >garbage
refused 'a state of which garbage is said' 65 \
    "$here/garbage does not say how what is in it was made" \
    --check -c use.ini --set loss.state=garbage

# Tasks of numbers, and their own metalearners.
cat >numbers.ini <<'INI'
[run]
output = numbers

[data]
type = sinusoid

[estimator]
type = mlp
hidden_layer_sizes = 5

[loss]
type = learned
hidden_layer_sizes = 4
use_input = yes

[metalearner]
type = ml3
iterations = 5
eval_tasks = 2
INI
cat >maml.ini <<'INI'
[data]
type = sinusoid

[estimator]
type = mlp
hidden_layer_sizes = 5

[loss]
type = learned
state = numbers/loss.safetensors

[metalearner]
type = maml
loss = loss
iterations = 2
eval_tasks = 2
INI
exits 'a loss for numbers is learnt' 0 -q -c numbers.ini
exits 'weights are learnt with it' 0 -q -c maml.ini --set run.output=weights
refused 'a loss for other outputs' 65 \
    'loss learned has learnt for 2 outputs, 2 targets, 20 inputs and 0 extra columns, but here are 1, 1, 1 and 0' \
    -q -c maml.ini --set loss.state=taught/loss.safetensors

# What was trained does not need what it was trained with.
rm taught/loss.safetensors
awk 'BEGIN { print "x0,x1"; for (i = 0; i < 9; i++) print i / 9 "," 1 - i / 9 }' \
    >rows.csv
exits 'a model predicts without the loss' 0 predict -q \
    -m use/model.safetensors -i rows.csv -o predicted.csv
exits 'and is exported without it' 0 export -m use/model.safetensors \
    -o model.onnx
finish
