#!/bin/sh
# SPDX-License-Identifier: MIT
# hostile.sh - what nobody would do on purpose: shares without rows, numbers
# at the end of their range, plugins that save nothing, edited checkpoints.
. "$(dirname "$0")/lib.sh"

make_csv >t.csv
cat >f.ini <<'INI'
[run]
output = out
[data]
type = csv
file = t.csv
[estimator]
type = tree
INI
head -n 11 t.csv >ten.csv
refused "no training rows" 65 \
    "there are no training rows, nothing can be learnt" -c f.ini \
    --set data.file=ten.csv --set data.split=0.01,0.01,0.98
refused "a metric twice" 78 "[evaluate] evaluate: metrics has 'mcc' twice" \
    -c f.ini --set evaluate.metrics=mcc,bacc,mcc

# Numbers.
awk -F, -v OFS=, 'NR > 1 { $1 = NR % 2 ? "1e308" : "-1e308" } { print }' \
    t.csv >large.csv
refused "standard: too large" 65 "[transform] standard: the values of \
column 0 are too large to be squared and summed" -c f.ini \
    --set data.file=large.csv --set transform.type=standard
refused "minmax: too large" 65 \
    "[transform] minmax: the range of column 0 cannot be scaled" -c f.ini \
    --set data.file=large.csv --set transform.type=minmax

# A constant whose computed mean is another number is a constant still.
awk -F, -v OFS=, 'NR > 1 { $1 = "0.1" } { print }' t.csv >constant.csv
exits "standard: a constant" 0 -c f.ini -q --set data.file=constant.csv \
    --set transform.type=standard --set run.output=constant
at=$(($(od -A n -t u8 -N 8 constant/model.safetensors) + 8))
where=$(sed 's/.*"transform\.0\.scale"[^}]*offsets":\[\([0-9]*\),.*/\1/;q' \
    constant/model.safetensors 2>/dev/null | tr -cd 0-9 | head -c 9)
scale=$(od -A n -t f8 -j $((at + ${where:-0})) -N 8 \
    constant/model.safetensors | tr -d ' ')
check "standard: a constant is only shifted" test "$scale" = 1

# One missing value must not cost the repeated rows their column: a cut would
# then tell them by what they lack, and the training rows from nothing.
awk 'BEGIN {
    print "y,label"
    for (s = 1; i < 60; i++) {
        s = (s * 69069 + 1) % 16777216
        printf "%s,%s\n", i ? s / 16777216 : "", i % 5 ? "a" : "b"
    }
}' >missing.csv
exits "random_over: a missing value" 0 -c f.ini -q \
    --set data.file=missing.csv --set data.label=label \
    --set data.split=0.9,0.1 \
    --set sampler.type=random_over --set sampler.shrinkage=0.01 \
    --set estimator.max_depth=1 --set evaluate.metrics=bacc \
    --set run.output=over
check "random_over: one missing value is one" awk -F, \
    '$2 == "train" && $4 < 0.58 { exit 1 }' over/metrics.csv

# A checkpoint with another number in it; "run" holds loop, step, ...
cat >long.ini <<'INI'
[run]
output = long
max_seconds = 0.3
[data]
type = csv
file = t.csv
[estimator]
type = underbagging
[evaluate]
repeats = 1000000
metrics = mcc
INI
exits "a checkpoint" 75 -c long.ini -q
rm -f long/checkpoint.previous.safetensors
cp long/checkpoint.safetensors whole
at=$(($(od -A n -t u8 -N 8 whole) + 8))
where=$(head -n 1 whole | tr '}' '\n' | grep -a '"loop\|"run"' |
    sed -n 's/.*"run":.*offsets":\[\([0-9]*\),.*/\1/p' | head -n 1)
# edited NAME FIELD OCTAL-BYTES MESSAGE
edited() {
    cp whole long/checkpoint.safetensors
    printf "$3" | dd of=long/checkpoint.safetensors bs=1 conv=notrunc \
        seek=$((at + where + 8 * $2)) 2>/dev/null
    mesa -c long.ini -q --resume
    result $(($? != 73 && $? != 65)) "$1: refused"
    says "$1: named" "$4"
}
edited "a loop too far" 0 '\001' "the checkpoint is in loop 1"
edited "a step too far" 1 '\377\377\377\377' \
    "the checkpoint is at step 4294967295 of 1000000"

# save is optional.
modules=$top_builddir/tests/broken/.libs
if [ -f "$modules/faultless.so" ]; then
    mkdir plugins && cp "$modules/faultless.so" plugins/ || exit 99
    MESA_PLUGIN_PATH=$(pwd)/plugins
    export MESA_PLUGIN_PATH
    for type in faultless underbagging; do
        set -- -q -c f.ini --set run.output=$type \
            --set estimator.type=$type --set run.checkpoint_interval=0
        [ $type = faultless ] || set -- "$@" \
            --set estimator.estimator=faultless
        exits "$type saves nothing: runs" 0 "$@" --set evaluate.repeats=5
        check "$type saves nothing: no model" \
            test ! -e $type/model.safetensors
    done
else
    skip "save is optional" "tests/broken is not built"
fi
finish
