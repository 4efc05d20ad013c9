#!/bin/sh
# SPDX-License-Identifier: MIT
# inspect.sh - what a model, a checkpoint, a run folder or any other
# safetensors file is said to be.
. "$(dirname "$0")/lib.sh"

make_ini >run.ini
mesa -c run.ini -q --set estimator.type=underbagging \
    --set estimator.n_estimators=3
result $? "a run" || diagnose "$err"

# told NAME TEXT: standard output has a line with the words of TEXT, whatever
# blanks are between them.
told() {
    tr -s ' ' <"$out" | grep -q -x -F -e "$2"
    result $? "$1" || diagnose "$out"
}

refused "nothing to inspect" 2 \
    "nothing to inspect: use mesa-core inspect PATH" inspect
refused "two files" 2 "unexpected argument 'b' (see --help)" inspect a b
for words in "-c run.ini" "-m model" "-o -" --resume -q "--threads 1" \
    "--set run.seed=1" --list; do
    # shellcheck disable=SC2086 # words
    refused "inspect $words" 2 \
        "inspect takes a file or folder, --json and -v only" \
        inspect out $words
done
refused "no such file" 66 \
    "cannot read none: No such file or directory" inspect none
refused "below a file" 66 \
    "cannot read run.ini/x: Not a directory" inspect run.ini/x
refused "a file of another kind" 65 \
    "run.ini is no safetensors file, or is truncated" inspect run.ini
mkdir empty
refused "a folder of another kind" 65 \
    "empty is not the folder of a run: there is no config.ini in it" \
    inspect empty

# A model.
model=out/model.safetensors
exits "a model" 0 inspect $model
told "a model: what it is" "what a model that a run has fitted"
told "a model: its size" "size $(wc -c <$model) bytes"
told "a model: classes" "classes 0, 1"
told "a model: the positive class" "positive 1"
told "a model: columns" "columns x0, x1"
told "a model: what was set" " estimator underbagging, n_estimators = 3"
check "a model: its members" grep -q '^    members  *1  *3  *3  *3  *3$' "$out"
check "a model: their leaves" \
    grep -q '^    leaves  *3  *[0-9]*  *[0-9.]*  *[0-9]*  *[0-9]*$' "$out"
told "a model: what is important" " column importance"
check "a model: tensors that are alike are one line" \
    grep -q '^  estimator.0.member.\*.threshold  *3  F64 ' "$out"
exits "a model, -v" 0 inspect -v $model
told "a model, -v: all of the configuration" " max_depth none"
check "a model, -v: each tensor with its values" \
    grep -q 'estimator.0.member.2.threshold  *F64  *\[[0-9]*\]  *[0-9]' "$out"
exits "a model, --json" 0 inspect --json $model
holds "a model, --json: what it is" "d['format'] == 1 and
    d['what'] == 'model' and d['path'] == '$model' and d['loads'] and
    d['size'] == $(wc -c <$model) and len(d['hash']) == 16"
holds "a model, --json: names" "d['classes'] == ['0', '1'] and
    d['columns'] == ['x0', 'x1'] and d['positive'] == '1' and
    d['categorical'] == [] and d['data'] == 'checkerboard'"
holds "a model, --json: configuration" \
    "d['configuration']['estimator']['n_estimators'] == '3'"
holds "a model, --json: what it holds" "d['holds']['inputs'] == 2 and
    d['holds']['member_type'] == 'tree' and
    [(c['of'], c['estimators']) for c in d['holds']['counts']] ==
    [('members', 1), ('nodes', 3), ('leaves', 3), ('levels', 3)] and
    d['holds']['counts'][1]['total'] == sum(int(t['shape'][1:-1])
    for t in d['tensors'] if t['name'].endswith('threshold')) and
    d['holds']['counts'][2]['total'] * 2 ==
    d['holds']['counts'][1]['total'] + 3"
holds "a model, --json: importances sum to 1, the largest first" \
    "abs(sum(r['importance'] for r in d['importance']) - 1) < 1e-9 and
    d['importance'][0]['importance'] >= d['importance'][1]['importance']"
holds "a model, --json: all tensors" "len(d['tensors']) == 3 * 11 + 2 and
    all(set(t) == {'name', 'type', 'shape', 'bytes', 'min', 'mean', 'max',
    'not_finite'} for t in d['tensors']) and
    sum(t['bytes'] for t in d['tensors']) < d['size']"

# Cut anywhere, it is refused.
size=$(wc -c <$model)
bad=
for n in 0 1 7 8 9 100 1000 $((size / 2)) $((size - 8)) $((size - 1)); do
    head -c "$n" $model >cut.safetensors
    mesa inspect cut.safetensors
    [ $? -eq 65 ] && [ ! -s "$out" ] || bad="$bad $n"
done
[ -z "$bad" ]
result $? "a model cut short is refused" || echo "# at:$bad"

# A network.
mesa -c run.ini -q --set estimator.type=mlp --set run.output=net
mesa inspect net/model.safetensors --json
holds "a network: its layers" "d['holds']['weights'] == 502 and
    [(l['inputs'], l['outputs']) for l in d['holds']['layers']] ==
    [(2, 100), (100, 2)] and 'importance' not in d"

# What others are made of.
for pair in tree:levels svm:support_vectors knn:rows resampled:leaves \
    gradient_boosting:trees calibrated:curves; do
    learner=${pair%:*}
    mesa -c run.ini -q --set estimator.type="$learner" \
        --set run.output="of_$learner"
    mesa inspect "of_$learner/model.safetensors" --json
    holds "what a $learner is made of" "[c for c in d['holds']['counts']
        if c['of'] == '${pair#*:}' and c['total'] > 0]"
done
mesa inspect of_tree/model.safetensors
check "a tree: a line for each number" \
    grep -q '^  leaves  *[1-9][0-9]*$' "$out"
mesa inspect of_gradient_boosting/model.safetensors --json
holds "a boosted model: each tree has a leaf more than cuts" \
    "(lambda c: c['leaves']['total'] * 2 == c['nodes']['total'] +
    c['trees']['total'] and c['nodes']['estimators'] == c['trees']['total'])(
    {c['of']: c for c in d['holds']['counts']})"

# Without its plugin a model can still be looked at.
plugin=$top_builddir/plugins/learners/.libs/mlp.so
if [ -f "$plugin" ]; then
    mkdir -p own/learners
    cp "$plugin" own/learners/gone.so
    sed 's/type = mlp/type = gon/' net/model.safetensors >gone.safetensors
    exits "a model of a plugin that is missing" 0 inspect gone.safetensors
    told "a model of a plugin that is missing: so it says" "loads no"
    check "a model of a plugin that is missing: and why" \
        grep -q "why not  *gone.safetensors: .* there is no estimator 'gon'" \
        "$out"
    told "a model of a plugin that is missing: columns" "columns x0, x1"
    check "a model of a plugin that is missing: tensors" \
        grep -q 'estimator.0.coef.0' "$out"
else
    skip "a model of a plugin that is missing" "plugins are in the program"
fi

# Files of strangers: foreign NAME HEADER BYTES writes one.
foreign() {
    printf '%b' "$(printf '\\%03o' $((${#2} % 256)) $((${#2} / 256)) \
        0 0 0 0 0 0)" >"$1"
    printf '%s' "$2" >>"$1"
    head -c "$3" /dev/zero >>"$1"
}
half='"data_offsets":[0,12],"dtype":"F16","shape":[2,3]'
foreign half.safetensors "{\"__metadata__\":{\"by\":\"me\"},\"w\":{$half}}" 12
exits "a file with half floats" 0 inspect half.safetensors
told "a file with half floats: its tensors" " w F16 [2, 3] 12"
told "a file with half floats: its notes" " by me"
mesa inspect half.safetensors --json
holds "a file with half floats, --json" "d['what'] == 'tensors' and
    d['notes'] == {'by': 'me'} and d['tensors'] ==
    [{'name': 'w', 'type': 'F16', 'shape': '[2, 3]', 'bytes': 12}]"
five='"data_offsets":[0,8],"dtype":"U8","shape":[1,2,1,2,2]'
foreign five.safetensors "{\"w\":{$five}}" 8
exits "a tensor of five dimensions" 0 inspect five.safetensors
told "a tensor of five dimensions: its shape" " w U8 [1, 2, 1, 2, 2] 8"
foreign cut.safetensors "{\"w\":{$half}}" 11
refused "half floats, cut short" 65 \
    "cut.safetensors: byte 49: an unknown dtype" inspect cut.safetensors
foreign more.safetensors "{\"w\":{$half}}" 13
exits "half floats and a byte more" 65 inspect more.safetensors
foreign odd.safetensors "{\"w\":{$half},\"v\":{\"data_offsets\":[12,16],\
\"dtype\":\"F12\",\"shape\":[]}}" 4
exits "a type that nobody has" 65 inspect odd.safetensors
foreign ours.safetensors "{\"__metadata__\":{\"mesa.version\":\"0.1.0\"},\
\"w\":{$half}}" 12
exits "half floats that mesa-core cannot have written" 65 \
    inspect ours.safetensors

mkdir "it's here"
cp out/config.ini "it's here"
mesa inspect "it's here" --json
holds "a shell can read how to go on" "d['to_go_on'] ==
    r\"mesa-core -c 'it'\\''s here/config.ini' --resume --set\" +
    r\" 'run.output=it'\\''s here'\""

# The folder of a finished run.
exits "a finished run" 0 inspect out
told "a finished run: so it says" "state finished"
told "a finished run: seed" "seed 7"
told "a finished run: its model is of this run" "model fits config yes"
told "a finished run: files" \
    " config.ini $(wc -c <out/config.ini) the whole configuration"
check "a finished run: scores" \
    grep -q '^  test  *rocauc  *[0-9.]*  *0  1$' "$out"
exits "a finished run, --json" 0 inspect out --json
holds "a finished run, --json: what summary.json has" \
    "(lambda s: all(r['mean'] == s['scores'][r['part']][r['metric']]['mean']
    for r in d['scores']) and len(d['scores']) == 18 and
    {'of': 'data', 'hash': s['data']['hash']} in d['hashes'] and
    {p['plugin']: p['version'] for p in d['plugins']} == s['plugins'])(
    __import__('json').load(open('out/summary.json')))"
cp -R out other
cp net/model.safetensors other/
mesa inspect other --json
holds "a model of another run" "not d['model_fits_config'] and
    'estimator.type' in d['differs_in']"
printf x >>other/model.safetensors
mesa inspect other
result $(($? != 65)) "a run with a damaged model: 65"
says "a run with a damaged model: why" "other/model.safetensors: the tensors"

rm other/model.safetensors
echo '{"mesa": 1, "scores": {"test": {"x": 3, "y": {"mean": "z"}}}}' \
    >other/summary.json
exits "a summary that is another" 0 inspect other
told "a summary that is another: what it lacks" " test x - - 0"
echo '{"mesa": ' >other/summary.json
refused "a summary that is cut" 65 \
    "other: summary.json, byte 10: expected a value" inspect other
rm other/summary.json
exits "without a summary the run is not finished" 0 inspect other
told "without a summary the run is not finished: so it says" \
    "state stopped before the first checkpoint"
printf '\n\n[estimator' >>other/config.ini
mesa inspect other
result $(($? != 65)) "a damaged configuration: 65"
says "a damaged configuration: message" \
    "a section header without ']'"

# One that was stopped.
make_long_ini 200 >long.ini
"$program" -c long.ini -q --set run.output=long \
    --set run.checkpoint_interval=0 >"$out" 2>"$err" &
pid=$!
await_steps long 100 $pid
mesa inspect long --json
holds "a run under way" "d['state'] in ('running', 'finished')"
kill -TERM $pid 2>/dev/null
wait $pid
exits "a run that was stopped" 0 inspect long --json
holds "a run that was stopped: where it is" "d['state'] == 'finished' or
    d['state'] == 'stopped' and d['checkpoint']['loop'] == 'evaluate' and
    0 < d['checkpoint']['steps_done'] < 200 and
    d['checkpoint']['steps_there_are'] == '200' and
    d['checkpoint']['metric_rows'] ==
    open('long/metrics.csv').read().count('\n') - 1"
if [ -f long/checkpoint.safetensors ]; then
    exits "a checkpoint" 0 inspect long/checkpoint.safetensors
    told "a checkpoint: what it is" "what a checkpoint of a run"
    told "a checkpoint: the configuration beside it" " estimator underbagging"
    mesa inspect long
    go_on=$(sed -n 's/^to go on *mesa-core //p' "$out")
    # shellcheck disable=SC2086 # words
    exits "going on as it says" 0 $go_on -q
    mesa -c long.ini -q --set run.output=whole
    same_bytes "going on as it says: same bytes" whole long
else
    skip "a checkpoint" "the run was too quick"
fi
finish
