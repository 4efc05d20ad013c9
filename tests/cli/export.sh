#!/bin/sh
# SPDX-License-Identifier: MIT
# export.sh - mesa-core export: ONNX models that say what the run's model
# says, as far as onnxruntime is there to run them; and what is refused.
. "$(dirname "$0")/lib.sh"

# Rows that floats hold exactly, some of them missing.
make_csv 400 | awk -F, -v OFS=, -v CONVFMT=%.9g -v OFMT=%.9g '
    NR > 1 { $1 = int($1 * 64) / 64; $2 = int($2 * 64) / 64
             if (NR % 3 == 0) $3 = "a" } 1' >two.csv
awk -F, -v OFS=, 'NR > 1 && NR % 5 == 0 { $3 = "c" } 1' two.csv >three.csv
awk -F, -v OFS=, 'NR > 1 && NR % 7 == 0 { $1 = "NA" } 1' three.csv >holes.csv

python=${PYTHON:-python3}
"$python" -c 'import numpy, onnxruntime' 2>/dev/null
have=$?

# agrees NAME DATA ESTIMATOR [LINE...]: the exported model predicts as the
# saved one.
agrees() {
    name=$1 data=$2 estimator=$3
    shift 3
    {
        printf '[run]\nseed = 3\noutput = out\n[data]\ntype = csv\n'
        printf 'file = %s.csv\n' "$data"
        printf '[estimator]\ntype = %s\n' "$estimator"
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } >run.ini
    mesa -c run.ini -q --force || diagnose "$err"
    exits "$name: exported" 0 export -m out/model.safetensors -o m.onnx
    mesa predict -m out/model.safetensors -i $data.csv -o p.csv
    if [ $have -eq 0 ]; then
        check "$name: same predictions" \
            "$python" "$top_srcdir/tests/cli/export.py" m.onnx $data.csv 2 \
            p.csv
    else
        skip "$name: same predictions" "no onnxruntime"
    fi
}

for transform in standard minmax; do
    lines="[transform]
type = $transform"
    agrees "tree, $transform" two tree "$lines"
    agrees "underbagging, $transform" three underbagging "$lines"
    agrees "mlp, $transform" three mlp 'max_iter = 20' "$lines"
done
agrees "impute, tree" holes tree '[transform]' 'type = impute'
agrees "impute, mlp" holes mlp 'max_iter = 20' '[transform]' 'type = impute' \
    'strategy = median' 'add_indicator = yes'
# Columns of few values, one of them now and then missing.
awk -F, -v OFS=, 'NR > 1 { $1 = NR % 6 ? int($1 * 4) / 8 : "NA"
                           $2 = NR % 40 ? int($2 * 3) : 7 } 1' three.csv \
    >codes.csv
for lines in 'columns = 0,1' 'columns = y' 'columns = x' \
    'columns = 0,1;drop = first' 'columns = 0,1;min_frequency = 30' \
    'columns = 0,1;max_categories = 2;handle_unknown = infrequent_if_exist' \
    'columns = 0,1;min_frequency = 30;drop = if_binary'; do
    lines=$(echo "$lines" | tr ';' '\n')
    agrees "onehot, tree, $(echo "$lines" | tr '\n' ' ')" codes tree \
        '[transform]' 'type = onehot' "$lines"
done

# Values that training rows did not have.
for unknown in ignore infrequent_if_exist; do
    agrees "onehot, $unknown" codes tree '[transform]' 'type = onehot' \
        'columns = 0,1' 'min_frequency = 20' "handle_unknown = $unknown"
    awk -F, -v OFS=, 'NR > 1 && NR % 4 == 0 { $1 = 9 }
                      NR > 1 && NR % 3 == 0 { $2 = "NA" } 1' codes.csv \
        >odd.csv
    mesa predict -m out/model.safetensors -i odd.csv -o p.csv ||
        diagnose "$err"
    if [ $have -eq 0 ]; then
        check "onehot, $unknown: same predictions of unknown values" \
            "$python" "$top_srcdir/tests/cli/export.py" m.onnx odd.csv 2 p.csv
    else
        skip "onehot, $unknown: same predictions of unknown values" \
            "no onnxruntime"
    fi
done
agrees "onehot, filled and scaled" codes mlp 'max_iter = 20' '[transform]' \
    'type = chain' 'steps = coded, filled, minmax' '[coded]' 'type = onehot' \
    'columns = y' '[filled]' 'type = impute' 'add_indicator = yes'
agrees "minmax, clipped" two tree '[transform]' 'type = minmax' 'high = 0.5' \
    'clip = yes'
agrees "tree" two tree
agrees "a tree of a leaf" two tree 'max_depth = 1' 'min_samples_leaf = 300'
agrees "missing values, tree" holes tree
agrees "missing values, underbagging" holes underbagging
for type in bagging forest balanced_forest smotebagging balance_cascade \
    self_paced_ensemble; do
    agrees $type three $type 'n_estimators = 7'
done
agrees "mesa" two mesa
agrees "an ensemble of ensembles" three bagging 'estimator = inner' \
    'n_estimators = 3' '[inner]' 'type = forest' 'n_estimators = 4'
agrees "an ensemble of networks" two underbagging 'estimator = inner' \
    'n_estimators = 3' '[inner]' 'type = mlp' 'max_iter = 5'
for activation in relu tanh logistic identity elu; do
    agrees "mlp, $activation" two mlp "activation = $activation" \
        'max_iter = 20' 'hidden_layer_sizes = 5, 4'
done
agrees "mlp without intercepts" three mlp 'max_iter = 20' \
    'hidden_layer_sizes = 6' 'fit_intercept = no'
agrees "mlp, focal loss" two mlp 'max_iter = 20' 'loss = focal'

for data in two three; do
    agrees "gradient_boosting of $data" $data gradient_boosting 'max_iter = 40'
    agrees "logistic of $data" $data logistic
    agrees "gnb of $data" $data gnb
    for algorithm in samme samme.r adaboost_m2; do
        agrees "adaboost of $data, $algorithm" $data adaboost \
            "algorithm = $algorithm" 'n_estimators = 12'
    done
    agrees "sigmoids of trees of $data" $data calibrated 'estimator = inner' \
        '[inner]' 'type = tree' 'max_depth = 4'
    agrees "one sigmoid of $data" $data calibrated 'estimator = gnb' \
        'ensemble = no'
    agrees "prior of $data" $data calibrated 'method = prior' \
        'sampler = random_under' 'estimator = logistic'
    agrees "resampled of $data" $data resampled 'estimator = forest'
done
agrees "missing values, gradient_boosting" holes gradient_boosting \
    'max_iter = 20'
agrees "large trees, gradient_boosting" three gradient_boosting \
    'max_leaf_nodes = none' 'min_samples_leaf = 1' 'max_iter = 5'
agrees "rusboost" three rusboost 'n_estimators = 5'
agrees "rusboost, mesa" three rusboost 'n_estimators = 5' 'variant = mesa'
agrees "smoteboost of networks" two smoteboost 'estimator = inner' \
    'n_estimators = 3' '[inner]' 'type = gnb'
agrees "easy_ensemble" three easy_ensemble 'n_estimators = 2'
agrees "means of trees and others" two underbagging 'estimator = inner' \
    'n_estimators = 2' '[inner]' 'type = gradient_boosting' 'max_iter = 3'
for kernel in rbf linear poly sigmoid; do
    agrees "svm, $kernel" two svm "kernel = $kernel"
done
agrees "svm, standard" two svm '[transform]' 'type = standard'
for strategy in mean median constant; do
    agrees "impute, $strategy" holes logistic '[transform]' 'type = impute' \
        "strategy = $strategy"
done
agrees "indicators" holes gradient_boosting 'max_iter = 5' '[transform]' \
    'type = impute' 'add_indicator = yes'
agrees "chain" holes gradient_boosting 'max_iter = 5' '[transform]' \
    'type = chain' 'steps = impute, minmax, standard'

# The same bytes again, and on standard output.
model=out/model.safetensors
mesa export -m $model -o -
check "standard output" cmp m.onnx "$out"
check "it says who made it" grep -q mesa-core m.onnx
check "nothing on standard error" test ! -s "$err"

# What cannot be exported.
fitted() {
    printf '[run]\noutput = %s\n[data]\ntype = csv\nfile = %s.csv\n%s\n' \
        "$1" "$2" "$3" >other.ini
    mesa -c other.ini -q || diagnose "$err"
}
echo old >kept.onnx
awk -F, -v OFS=, 'NR > 1 { $1 = NR % 2 ? "1.00000001" : 1 } 1' two.csv \
    >near.csv
fitted near near '[transform]
type = onehot
columns = x
[estimator]
type = tree'
refused "numbers that are one as float" 69 \
    'transform onehot of numbers that are one as float, 1 and 1.0000000099999999 in column 0, cannot be exported' \
    export -m near/model.safetensors -o kept.onnx
fitted knn two '[estimator]
type = knn'
refused "a learner that cannot be exported" 69 \
    'learner knn cannot be exported' \
    export -m knn/model.safetensors -o kept.onnx
fitted bag two '[estimator]
type = bagging
estimator = knn
n_estimators = 2'
refused "members that cannot be exported" 69 \
    'learner knn cannot be exported' \
    export -m bag/model.safetensors -o kept.onnx
fitted isotonic two '[estimator]
type = calibrated
method = isotonic'
refused "isotonic curves" 69 \
    "learner calibrated with method = isotonic cannot be exported; sigmoid and \
prior can" export -m isotonic/model.safetensors -o kept.onnx
fitted pairs three '[estimator]
type = svm'
refused "svm of several pairs" 69 \
    'learner svm with rows of 3 of 3 classes cannot be exported, only of 2 of 2' \
    export -m pairs/model.safetensors -o kept.onnx
fitted rest three '[estimator]
type = mesa'
refused "mesa with three classes" 69 \
    'learner mesa of 3 classes, one against the rest, cannot be exported' \
    export -m rest/model.safetensors -o kept.onnx
fitted bounded two '[estimator]
type = mlp
loss = mse
max_iter = 2'
refused "mlp with a loss" 69 \
    'learner mlp with a loss that has probabilities of its own cannot be exported' \
    export -m bounded/model.safetensors -o kept.onnx
check "the old file stays" grep -q -x old kept.onnx

refused "no such model" 66 \
    'cannot read none.safetensors: No such file or directory' \
    export -m none.safetensors -o x.onnx
refused "no such folder" 73 \
    'cannot write none/x.onnx: No such file or directory' \
    export -m $model -o none/x.onnx
if [ -c /dev/full ]; then
    refused "full device" 74 'cannot write /dev/full: No space left on device' \
        export -m $model -o /dev/full
    "$program" export -m $model -o - >/dev/full 2>"$err"
    result $(($? != 74)) "full standard output: 74"
else
    skip "full device" "no /dev/full"
fi
refused "no model" 2 'no model: use -m FILE (see --help)' export -o x.onnx
refused "no output" 2 'no output: use -o FILE, or -o - for standard output' \
    export -m $model
for option in '-c run.ini' '-i two.csv' --score --force -q '--threads 2' \
    '--set data.x=1' --list; do
    # shellcheck disable=SC2086 # words
    refused "export $option" 2 'export takes -m and -o only' \
        export -m $model -o x.onnx $option
done
finish
