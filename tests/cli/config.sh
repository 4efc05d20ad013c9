#!/bin/sh
# SPDX-License-Identifier: MIT
# config.sh - --print-config, config.ini and --describe can all be read again.
. "$(dirname "$0")/lib.sh"

# An experiment with every kind of section and some of everything.
make_csv 80 >table.csv
cat >run.ini <<'INI'
[run]
seed = 3
output = out
checkpoint_interval = 5
[data]
type = csv
file = table.csv
split = 0.7, 0.3
[transform]
type = minmax
[sampler]
type = random_under
sampling_strategy = 0.8
[estimator]
type = underbagging
n_estimators = 3
estimator = small
[small]
type = tree
max_depth = 4
min_samples_leaf = 2
[evaluate]
metrics = aucprc, mcc
repeats = 3
positive = b
INI

exits "--print-config" 0 -c run.ini --print-config
cp "$out" printed.ini
check "an INI value shows its line" \
    grep -q '^max_depth = 4  *; run.ini:20$' printed.ini
check "a default is called so" grep -q '^threads = 0  *; default$' printed.ini
mesa -c run.ini --print-config --set small.max_depth=5
check "--set is called so" grep -q '^max_depth = 5  *; --set$' "$out"
exits "what was printed passes --check" 0 -c printed.ini --check
exits "a run" 0 -c run.ini -q
exits "a run of what was printed" 0 -c printed.ini -q --set run.output=again
same_bytes "what was printed: same bytes" out again
exits "a run of config.ini" 0 -c out/config.ini -q --set run.output=third
same_bytes "config.ini: same bytes" out third
exits "config.ini passes --print-config" 0 -c out/config.ini --print-config
check "config.ini holds no output, threads or limits" \
    sh -c '! grep -E "^(output|threads|max_seconds|checkpoint_interval) " out/config.ini'
exits "a run of a config.ini in another folder" 0 -c third/config.ini -q \
    --set run.output=fourth
same_bytes "config.ini in another folder: same bytes" out fourth

# A component written in place is a section of its own in what is printed.
sed '/^\[small\]/,/^min_samples_leaf/d' run.ini >place.ini
exits "a component in place" 0 -c place.ini -q --set run.output=place \
    --set "estimator.estimator=tree(max_depth=4, min_samples_leaf=2)"
check "has a section in config.ini" \
    grep -q '^\[tree(max_depth=4, min_samples_leaf=2)\]$' place/config.ini
exits "config.ini with a component in place" 0 -c place/config.ini -q \
    --set run.output=place.again
same_bytes "config.ini with a component in place: same bytes" place \
    place.again
exits "components in place may hold others" 0 -c place.ini -q --check \
    --set "estimator.estimator=underbagging(estimator=tree(max_depth=2))"

# Paths: relative to the INI file, or with --set to the current folder.
mkdir -p deep/er
cp run.ini deep/er
cp table.csv deep/er
(cd deep && mesa -c er/run.ini -q --set run.output=here)
result $? "paths are relative to the INI file"
for file in metrics.csv predictions.csv summary.json model.safetensors; do
    check "there: same $file" cmp "deep/here/$file" "out/$file"
done
(cd deep/er && mesa -c ../../run.ini --check --set data.file=table.csv)
result $? "paths of --set are relative to the current folder"

# --describe of every plugin is a section that passes --check.
mesa --list
sed -n '/^refused/q; /^[a-z]/p' "$out" | awk '{print $1, $2}' >plugins
check "some plugins are listed" test -s plugins
# Sources look at the header of their file.
printf '@attribute x real\n@attribute y {a, b}\n@data\n' >table.arff
printf '\223NUMPY\001\000\071\000%s%s' \
    "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2)}" 1234 \
    >table.npy
while read -r kind name; do
    for flag in -q -v; do
        mesa --describe "$kind/$name" "$flag" || echo "exit $?" >>"$out"
        cp "$out" f.ini
        case $kind in
        data)
            table=table.csv
            [ -f "table.$name" ] && table=table.$name
            grep -q '^file = *$' f.ini &&
                sed -i "s/^file = *\$/file = $table/" f.ini
            ;;
        environment)
            printf '\n[metalearner]\ntype = ml3_control\n' >>f.ini
            ;;
        *)
            # Some act, most learn from data.
            case $name in
            ml3_control | ml3_policy)
                printf '\n[environment]\ntype = reacher\n' >>f.ini
                ;;
            *) printf '\n[data]\ntype = checkerboard\n' >>f.ini ;;
            esac
            ;;
        esac
        sed -i -e 's/^;*methods =$/methods = tree/' \
            -e 's/^;*estimator =$/estimator = tree/' \
            -e '/^;\(loss\|transform\) =$/d' \
            -e 's/^;*rows =.*/rows = classification/' \
            -e 's/^task = *$/task = x0/' \
            -e 's/^;\([a-z_]*\) =$/\1 = table.csv/' f.ini
        case $kind in
        estimator | metalearner) ;;
        loss) printf '\n[estimator]\ntype = mlp\nloss = loss\n' >>f.ini ;;
        data)
            # Rows are split, tasks are for metalearners.
            if grep -q '^split = ' f.ini; then
                printf '\n[estimator]\ntype = tree\n' >>f.ini
            else
                printf '\n[estimator]\ntype = mlp\n' >>f.ini
                printf '[metalearner]\ntype = maml\n' >>f.ini
            fi
            ;;
        *) printf '\n[estimator]\ntype = tree\n' >>f.ini ;;
        esac
        case $kind in
        acquisition)
            skip "--describe $kind/$name" "no section of its own"
            continue
            ;;
        esac
        exits "--describe $kind/$name ($flag) passes --check" 0 \
            -c f.ini --check
    done
    mesa --describe "$kind/$name"
    cp "$out" a
    check "--describe $kind/$name: every key has help above it" awk '
        /^;? *[a-z_0-9]+ =/ && !/^; [a-z]/ { if (!help) exit 1; help = 0 }
        /^; / { help = 1 }' a
done <plugins
for section in run evaluate; do
    mesa --describe $section
    { cat "$out"
      printf '[data]\ntype = checkerboard\n[estimator]\ntype = tree\n'; } >f.ini
    exits "--describe $section passes --check" 0 -c f.ini --check
done

# A source of tasks says how it uses another: files of a folder need no other.
mkdir tasks
cp table.csv tasks/a.csv
printf '%s\n' '[data]' 'type = tabular_tasks' 'folder = tasks' \
    '[estimator]' 'type = mlp' '[metalearner]' 'type = maml' >f.ini
exits 'tasks in a folder pass --check' 0 -c f.ini --check
: >tasks/b.csv
exits 'an empty file among them: 65' 65 -c f.ini --check

# Values that an INI file cannot hold are refused rather than written wrongly.
for value in 'a ;b.csv' "$(printf 'a\nb')" "$(printf ' a\n[run]\nseed = 9')"
do
    mesa -c run.ini -q --set "data.file=$value" --print-config
    result $(($? != 78)) "--set value with a comment or newline: 78"
done
finish
