#!/bin/sh
# SPDX-License-Identifier: MIT
# mesa.sh - meta-learning: a sampler is taught, kept, and used by other runs.
. "$(dirname "$0")/lib.sh"
compared="$compared sampler.safetensors"

cat >run.ini <<'INI'
[run]
seed = 7

[data]
type = checkerboard
n_minority = 60
imbalance_ratio = 6

[transform]
type = standard

[estimator]
type = tree
max_depth = 4

[sampler]
type = sac

[metalearner]
type = mesa
update_steps = 40
start_steps = 20
max_estimators = 5

[evaluate]
metrics = aucprc
repeats = 3
INI
exits "a run" 0 -c run.ini --set run.output=whole
says "progress in lines" "mesa: episode 10, step 40: aucprc of the last 10: \
train 0."
check "progress in run.log" grep -q "mesa: episode 10, step 40: " \
    whole/run.log
for file in $compared; do
    check "it writes $file" test -s whole/$file
done
check "its plugins, each kind's by itself" test \
    "$(grep -c '^    "[a-z]*/mesa": ' whole/summary.json)" -eq 2
check "15 episodes of 4 rewarded members, 3 repeats" \
    grep -q '"steps": 18,' whole/summary.json
check "three scores of each" test "$(grep -c aucprc whole/metrics.csv)" -eq 54
check "the table is that of the learner mesa" \
    grep -q -a '"mesa.estimator":"mesa"' whole/model.safetensors
check "the sampler says what it is" grep -q -a '"mesa.type":"sac"' \
    whole/sampler.safetensors
exits "-q says nothing" 0 -q -c run.ini --set run.output=quiet
check "-q: nothing" test ! -s "$err"
same_bytes "the same again" whole quiet
exits "three threads" 0 -q -c run.ini --set run.output=three --threads 3
same_bytes "the same with three threads" whole three
exits "no lines" 0 -c run.ini --set run.output=still \
    --set metalearner.meta_verbose=0
check "no lines: none" test ! -s "$err"
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again

# Stopped in either loop, at many places: of a run that takes a while.
long="--set metalearner.update_steps=1500 --set evaluate.repeats=60"
# shellcheck disable=SC2086 # options are several words
exits "a longer run" 0 -c run.ini -q $long --set run.output=long
limit=0.02 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 400 ]; do
    mesa -c run.ini -q $long --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 2 + 1))
    status=$?
    stops=$((stops + 1))
done
result $status "max_seconds: --resume until it is done" || diagnose "$err"
same_bytes "max_seconds: same bytes after $stops sessions" long limit
kills=0 tries=0
while [ $kills -lt 5 ] && [ $tries -lt 60 ]; do
    tries=$((tries + 1))
    pause=$(awk -v n=$tries 'BEGIN { srand(n); printf "%.3f", rand() / 5 }')
    "$program" -c run.ini -q $long --resume --set run.output=killed \
        --set run.checkpoint_interval=0 >"$out" 2>"$err" &
    pid=$!
    sleep "$pause"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    case $? in
    137)
        kills=$((kills + 1))
        ;;
    0)
        same_bytes "kill -9: same bytes after $kills kills" long killed
        rm -rf killed
        ;;
    *)
        result 1 "kill -9: --resume after kill $kills"
        diagnose "$err"
        break
        ;;
    esac
done
check "kill -9: five times" test $kills -eq 5
exits "kill -9: --resume" 0 -c run.ini -q $long --resume --set run.output=killed
same_bytes "kill -9: same bytes after $kills kills" long killed

# No test rows: nothing of them is said.
exits "two parts" 0 -c run.ini --set run.output=two \
    --set data.n_minority=30 --set metalearner.metric=logloss
check "another metric" grep -q '^0,valid,logloss,' two/metrics.csv

# Three classes, one against the rest in turn.
cat >three.ini <<'INI'
[data]
type = classification
n_samples = 400
n_classes = 3
n_informative = 4
weights = 0.8, 0.12, 0.08
[estimator]
type = tree
[sampler]
type = sac
[metalearner]
type = mesa
update_steps = 20
start_steps = 10
max_estimators = 4
train_ratio = 0.9
[evaluate]
metrics = aucprc, f1_macro
INI
exits "three classes" 0 -q -c three.ini --set run.output=classes
check "three classes: predicted" \
    grep -q '^row,split,label,prediction,p_0,p_1,p_2$' classes/predictions.csv

# What was learnt, elsewhere, without training.
cat >transfer.ini <<'INI'
[data]
type = moons
n_samples = 300
noise = 0.2
imbalance_ratio = 5
[estimator]
type = mesa
estimator = tree
[sampler]
type = sac
state = whole/sampler.safetensors
INI
exits "transfer" 0 -q -c transfer.ini --set run.output=transfer
check "transfer: no training" test "$(wc -l <transfer/metrics.csv)" -eq 19
check "transfer: nothing was learnt" test ! -e transfer/sampler.safetensors
check "transfer: the file's hash" grep -q '^    "sampler": "[0-9a-f]*"$' \
    transfer/summary.json
check "transfer: predictions do not need it" test -z \
    "$(grep -a 'sampler.safetensors' transfer/model.safetensors)"
exits "transfer: --check" 0 -c transfer.ini --check
exits "transfer: trained further" 0 -q -c run.ini --set run.output=further \
    --set sampler.state=whole/sampler.safetensors
check "trained further: another sampler" test -n \
    "$(cmp whole/sampler.safetensors further/sampler.safetensors)"
exits "a state that changed" 75 -q -c transfer.ini --set run.output=changed \
    --set run.max_seconds=0.3 --set evaluate.repeats=1000000
cp whole/sampler.safetensors kept
cp further/sampler.safetensors whole/sampler.safetensors
mesa -q -c transfer.ini --resume --set run.output=changed \
    --set run.max_seconds=0.3 --set evaluate.repeats=1000000
result $(($? != 73)) "a state that changed: --resume is refused"
says "a state that changed: named" "whole/sampler.safetensors has changed"
cp kept whole/sampler.safetensors

# A sampler that somebody refers to is left to that one; a plugin's own
# default is not meant.
cat >rows.ini <<'INI'
[data]
type = checkerboard
n_minority = 40
imbalance_ratio = 8
[estimator]
type = mesa
estimator = tree
[sampler]
type = random_under
[evaluate]
metrics = aucprc
INI
exits "a sampler in the ensemble" 0 -q -c rows.ini --set run.output=inside
exits "a sampler before it" 0 -q -c rows.ini --set run.output=before \
    --set estimator.sampler=hardness
sed '/^.sampler/,/^type/d' rows.ini >own.ini
sed 's/^type = mesa/type = underbagging/' own.ini >under.ini
exits "underbagging" 0 -q -c under.ini --set run.output=under
exits "the default sampler" 0 -q -c own.ini --set run.output=own
exits "the default sampler by name" 0 -q -c own.ini --set run.output=named \
    --set estimator.sampler=hardness
exits "a sampler that sees no errors" 0 -c own.ini --set run.output=blind \
    --set estimator.type=underbagging --set sampler.type=hardness
says "a sampler that sees no errors: warned of" "mesa-core: warning: \
[sampler] hardness sees no errors here, as it draws the rows of [estimator] \
underbagging before there are any; [estimator] type = mesa shows it those of an ensemble"
check "the run's sampler goes before the default" \
    grep -q -x 'sampler = sampler' inside/config.ini
check "the default is hardness" grep -q -x 'sampler = hardness' own/config.ini
check "the default by name: the same" cmp own/metrics.csv named/metrics.csv
check "random_under in the ensemble, and not before: underbagging" \
    cmp inside/metrics.csv under/metrics.csv
check "rows are sampled before another ensemble" test -n \
    "$(cmp before/metrics.csv own/metrics.csv)"
mesa --describe estimator/mesa
check "--describe: what the default depends on" \
    grep -q -x '; (a section or a plugin; \[sampler\] if there is one)' "$out"
check "--describe: not to be pasted" grep -q -x ';sampler = hardness' "$out"
mesa --describe sampler/sac
check "--describe: state" grep -q -x 'state =' "$out"

# A state that is none.
here=$(pwd -P)
refused "no such file" 66 \
    "[sampler] state: cannot read $here/nix: No such file or directory" \
    -c transfer.ini --set sampler.state=nix
refused "a file without an end" 74 "[sampler] state: cannot read /dev/zero: \
Not a regular file" -c transfer.ini --set sampler.state=/dev/zero
refused "a folder" 74 "[sampler] state: cannot read $here/whole: Is \
a directory" -c transfer.ini --set sampler.state=whole
refused "a model" 65 "[sampler] state: $here/whole/model.safetensors is not \
what a run has learnt" -c transfer.ini \
    --set sampler.state=whole/model.safetensors
sed 's/"mesa.type":"sac"/"mesa.type":"soc"/' kept >other
refused "another type" 65 "[sampler] state: $here/other is what sampler soc \
has learnt, not sampler sac" -c transfer.ini --set sampler.state=other
sed 's/"mesa.state":"1"/"mesa.state":"2"/' kept >newer
refused "another version" 65 "[sampler] state: $here/newer is of version 2, \
expected 1" -c transfer.ini --set sampler.state=newer
refused "--check looks at it" 65 "[sampler] state: $here/newer is of version \
2, expected 1" -c transfer.ini --check --set sampler.state=newer
refused "other bins" 65 "[sampler] sac: num_bins is 7 but the state was \
learnt with 5" -c transfer.ini --set sampler.num_bins=7
refused "a learner has no state" 78 \
    "--set: [estimator] has no key 'state'" -c transfer.ini \
    --set estimator.state=kept
size=$(wc -c <kept) bad=0
for at in 0 1 7 8 9 100 1000 $((size / 3)) $((size / 2)) $((size - 8)) \
    $((size - 1)); do
    head -c $at kept >torn
    mesa -c transfer.ini --set sampler.state=torn --set run.output=torn.out
    [ $? -eq 65 ] && grep -q "state: .*torn" "$err" || {
        bad=$((bad + 1))
        diagnose "$err"
    }
done
result $((bad > 0)) "a file cut off anywhere"

# Runs that cannot be.
refused "no sampler" 78 "there is no [sampler] section: which sampler is to \
learn?" -c /dev/stdin <<'INI'
[data]
type = moons
[estimator]
type = tree
[metalearner]
type = mesa
INI
refused "a sampler that does not learn" 78 \
    "[sampler] random_under does not learn" -c run.ini \
    --set sampler.type=random_under
refused "no validation rows" 65 "there are no validation rows to earn \
rewards on: give [data] a valid part, or three shares in split" -c run.ini \
    --set data.split=0.7,0.3
make_csv 200 >train.csv
awk -F, 'NR > 1 { $3 = NR } { print $1 "," $2 "," $3 }' train.csv >each.csv
sed 's/^type = checkerboard/type = csv\nfile = each.csv\nsplit = 0.6, 0.2, 0.2/
    /^n_minority/d; /^imbalance/d' run.ini >each.ini
refused "a class for each row" 65 "the validation part is empty: 200 training \
rows of 200 classes have left none" -c each.ini
grep -v ',b$' train.csv >valid.csv
sed 's/^type = checkerboard/type = csv/; /^n_minority/d; /^imbalance/d
    /^type = csv/a train = train.csv\nvalid = valid.csv' run.ini >csv.ini
mesa -q -c csv.ini --set run.output=oneclass
result $(($? != 65)) "validation rows of one class"
says "validation rows of one class: said" "mesa-core: episode 0: valid rows: "
refused "folds" 65 "there are no training rows to learn on: [evaluate] folds \
takes them all, set it to 0" -c run.ini --set evaluate.folds=3
grep -v max_depth run.ini >nested.ini
refused "an ensemble of ensembles" 78 "estimator is mesa, which is what the \
ensemble is: name the learner of its members" -c nested.ini --set estimator.type=mesa
refused "no such metric" 78 "[metalearner] mesa: metric is 'aucpr', which is \
none of the scores that [evaluate] knows" -c run.ini --set metalearner.metric=aucpr

# Learning that comes to nothing ends the run, and keeps its last checkpoint.
modules=$top_builddir/tests/broken/.libs
if [ -f "$modules/diverging.so" ]; then
    mkdir plugins && cp "$modules/diverging.so" plugins/ || exit 99
    MESA_PLUGIN_PATH=$(pwd)/plugins
    export MESA_PLUGIN_PATH
    exits "nan" 1 -q -c run.ini --set run.output=nan \
        --set sampler.type=diverging --set run.checkpoint_interval=0
    says "nan: which step" "episode 5: step 20: [sampler] diverging: the loss \
is nan"
    check "nan: the checkpoint is kept" test -s nan/checkpoint.safetensors
    check "nan: five episodes are recorded" test \
        "$(wc -l <nan/metrics.csv)" -eq 16
    exits "nan: --resume comes to the same end" 1 -q -c run.ini --resume \
        --set run.output=nan --set sampler.type=diverging
    says "nan: the same step" "episode 5: step 20: [sampler] diverging"
else
    skip "nan" "tests/broken is not built"
fi
finish
