#!/bin/sh
# SPDX-License-Identifier: MIT
# compare.sh - several estimators on the same folds: what is printed and
# written, the same for any threads and interruptions, and what is refused.
. "$(dirname "$0")/lib.sh"
compared='config.ini metrics.csv summary.json compare.csv'

cat >run.ini <<'INI'
[run]
seed = 7

[data]
type = checkerboard
n_minority = 60
imbalance_ratio = 4

[transform]
type = standard

[metalearner]
type = compare
methods = full, stump, few, underbagging

[full]
type = tree

[stump]
type = tree
max_depth = 1

[few]
type = underbagging
n_estimators = 3

[evaluate]
metrics = aucprc, gmean
folds = 3
repeats = 4
INI
exits "a comparison" 0 -c run.ini --set run.output=whole
for file in $compared compare_times.csv timings.json; do
    check "it writes $file" test -s whole/$file
done
check "it leaves no model" test ! -e whole/model.safetensors

# The table: one line for each method, the best first, columns in line.
sed -n 1p "$out" >line
check "the table says what ranks" grep -q -x \
    'ranked by aucprc of the test rows' line
check "it has a line for each method, in order of rank" test "$(sed -n 3,6p \
    "$out" | awk '{ printf "%s ", $1 }')" = "1 2 3 4 "
check "the best comes first" sh -c "sed -n 3,6p '$out' | awk '{ print \$6 }' |
    sort -c -r -n"
check "columns are in line" test "$(sed -n 2,6p "$out" |
    awk '{ print length($0) }' | sort -u | wc -l)" -eq 1
check "rows used: those of all members" grep -q -x \
    ' *[1-4]  few .*  *240  *[0-9.]*' "$out"
check "one data set: no test, and why" grep -q -x -F \
    'no test of differences: it takes two or more data sets and methods, here are 1 and 4' "$out"
check "what the figures are" grep -q '^mean +- standard deviation of 12 fits; ' \
    "$out"
check "it is plain ASCII" test -z "$(tr -d '\011\012\040-\176' <"$out")"

# compare.csv: 4 methods, 12 fits, 2 parts of 2 scores and the rows.
check "compare.csv: its header" grep -q -x \
    'data,method,repeat,fold,split,metric,value' whole/compare.csv
check "compare.csv: a line for each score" test \
    "$(wc -l <whole/compare.csv)" -eq $((4 * 12 * 5 + 1))
check "compare.csv: all fields" test -z \
    "$(awk -F, 'NF != 7 || $7 == ""' whole/compare.csv)"
check "compare_times.csv: a line for each fit" test \
    "$(wc -l <whole/compare_times.csv)" -eq 49
check "metrics.csv: a mean for each method and repeat" test \
    "$(grep -c ',test,full.aucprc,' whole/metrics.csv)" -eq 4
mean=$(awk -F, '$2 == "few" && $5 == "test" && $6 == "gmean" {
        s += $7; n++ } END { printf "%.9f", s / n }' whole/compare.csv)
check "summary.json: the mean of what compare.csv has" sh -c "
    awk '/^    \"few\"/ { m = 1 } /^      \"test\"/ { t = m }
        /^        \"gmean\"/ { g = t } g && /\"mean\"/ {
            printf \"%.9f\\n\", \$2; exit }' whole/summary.json |
    grep -q -x $mean"
check "timings.json: seconds of each method" test \
    "$(grep -c '^    "\(full\|stump\|few\|underbagging\)": ' \
        whole/timings.json)" -eq 4

# Whatever else there is.
for threads in 1 2 5; do
    exits "$threads threads" 0 -q -c run.ini --threads $threads \
        --set run.output=threads$threads
    same_bytes "$threads threads: the same bytes" whole threads$threads
done
exits "config.ini can be run again" 0 -q -c whole/config.ini \
    --set run.output=again
same_bytes "config.ini gives the same" whole again
sed -e 's/^methods =.*/methods = few/' -e '/^\[full\]/,/^\[few\]/{
/^\[few\]/!d
}' run.ini >few.ini
exits "a method alone" 0 -q -c few.ini --set run.output=few
grep ',few,' whole/compare.csv >expected
check "a method alone: its scores do not depend on the others" sh -c \
    "grep ',few,' few/compare.csv | cmp - expected"

# Resampling, before every method, of the training rows alone.
exits "[sampler] resamples for all" 0 -q -c run.ini \
    --set run.output=sampled --set sampler.type=random_under
check "[sampler]: as many rows of either class" test "$(grep \
    ',stump,.*,rows,' whole/compare.csv sampled/compare.csv |
    sed 's/.*,//' | sort -u | tr '\n' ' ')" = "200 80 "

# Killed and gone on with.
long="--set evaluate.repeats=300"
# shellcheck disable=SC2086 # options are several words
exits "a longer run" 0 -c run.ini -q $long --set run.output=long
limit=0.05 status=75 stops=0
while [ $status -eq 75 ] && [ $stops -lt 400 ]; do
    mesa -c run.ini -q $long --resume --set run.output=limit \
        --set run.max_seconds=$limit --threads $((stops % 3 + 1))
    status=$?
    stops=$((stops + 1))
done
result $status "max_seconds: --resume until it is done" || diagnose "$err"
same_bytes "max_seconds: same bytes after $stops sessions" long limit
check "max_seconds: times are those of the last session" test \
    "$(wc -l <limit/compare_times.csv)" -lt "$(wc -l <long/compare_times.csv)"
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

# --force removes what is no part of the new run.
make_ini >plain.ini
exits "--force: another run" 0 -q -c plain.ini --force --set run.output=again
check "--force: nothing of the comparison stays" sh -c \
    'test -z "$(ls again | grep compare)"'

# Several data sets, without [data].
make_csv 120 >rows.csv
sed -e 's/^methods/data = easy, hard, rows\
&/' -e 's/^\[data\]/[easy]/' run.ini >several.ini
cat >>several.ini <<'INI'

[hard]
type = checkerboard
n_minority = 60
imbalance_ratio = 9

[rows]
type = csv
file = rows.csv
INI
exits "several data sets" 0 -c several.ini --set run.output=several
check "several: a table for each" test "$(grep -c \
    '^data [a-z]*, ranked by aucprc of the test rows$' "$out")" -eq 3
check "several: mean ranks" grep -q -x 'mean ranks over 3 data sets' "$out"
check "several: Friedman's test" grep -q -x \
    'Friedman: chi-square [0-9.]*, 3 degrees of freedom, p = [0-9.e-]*' "$out"
check "several: pairs" grep -q -x \
    'no pair differs at 0.05 (Holm)\|pairs that differ (Holm):' "$out"
check "several: its rows of each set" test "$(cut -d, -f1 several/compare.csv |
    sort -u | tr '\n' ' ')" = "data easy hard rows "
check "several: metrics.csv names them" grep -q '^0,test,hard.few.gmean,' \
    several/metrics.csv
check "several: summary.json knows each" test \
    "$(grep -c '^    "\(easy\|hard\|rows\)": {' several/summary.json)" -eq 6
check "several: a p-value for each pair" test \
    "$(grep -c '"holm": ' several/summary.json)" -eq 6
exits "several: three threads" 0 -q -c several.ini --threads 3 \
    --set run.output=several3
same_bytes "several: the same with three threads" several several3
exits "several: its config.ini" 0 -q -c several/config.ini \
    --set run.output=several4
same_bytes "several: its config.ini gives the same" several several4
exits "several: --check" 0 -c several.ini --check
mesa -q -c several.ini --set run.output=changed --set run.max_seconds=0.01 \
    --set evaluate.repeats=100000
make_csv 130 >rows.csv
mesa -q -c several.ini --resume --set run.output=changed \
    --set run.max_seconds=0.01 --set evaluate.repeats=100000
result $(($? != 73)) "several: data that have changed are noticed"
says "several: so it says" "the data have changed"
mv rows.csv kept.csv
refused "several: a file that is missing" 66 \
    "data rows: [rows] csv: cannot open $(pwd -P)/rows.csv: No such file or \
directory" -q -c several.ini --set run.output=none
mv kept.csv rows.csv

# One fixed split, and an estimator beside.
exits "a fixed split" 0 -c run.ini --set run.output=split \
    --set evaluate.folds=0
check "a fixed split: validation rows too" grep -q \
    '^rank  method *train  *valid  *test  *rows used  *fit ms$' "$out"
exits "[estimator] is evaluated as ever" 0 -q -c run.ini \
    --set run.output=both --set estimator.type=tree
check "[estimator]: its model" test -s both/model.safetensors
check "[estimator]: its scores" grep -q '^  "scores": {' both/summary.json
check "[estimator]: does not change the others" cmp whole/compare.csv \
    both/compare.csv

# The same folds in each repeat, as StratifiedKFold(shuffle=False) cuts them.
exits "folds without shuffling" 0 -q -c run.ini --set run.output=still \
    --set evaluate.shuffle=false
check "folds without shuffling: repeats are alike" test "$(grep \
    ',stump,.*,0,test,gmean,' still/compare.csv | sed 's/.*,//' | sort -u |
    wc -l)" -eq 1

# Refused.
refused "a method that is not there" 78 \
    "--set: there is no section and no estimator 'stmp'; did you mean \
[stump]?" -c run.ini --set metalearner.methods=full,stmp,few
refused "a method twice" 78 "--set: [metalearner] methods has 'full' twice" \
    -c run.ini --set metalearner.methods=full,full
neither="[metalearner] needs methods, the estimators to compare, or runs, \
the metalearners"
sed '/^\[full\]/,/^n_estimators/d' run.ini >bare.ini
refused "no methods" 78 "$neither" -c bare.ini --set metalearner.methods=
refused "a method left out" 78 "run.ini:19: unknown section [stump]: no \
parameter refers to it" -c run.ini --set metalearner.methods=full,few
refused "a source that is not there" 78 \
    "--set: there is no section and no data source 'hrad'; did you mean \
[hard]?" -c several.ini --set metalearner.data=easy,hrad,rows
sed '/^methods/d' bare.ini >none.ini
refused "methods not given" 78 "$neither" -c none.ini
refused "a class that is not there" 78 "[evaluate] positive is 'z', which is \
no class of the data" -c run.ini --set evaluate.positive=z

# What fails in a fold is named.
{
    make_csv 100
    echo ',0.5,a'
} >gap.csv
sed -e '/^\[data\]/,/^$/d' -e '/^\[transform\]/,/^$/d' run.ini >gap.ini
cat >>gap.ini <<'INI'

[net]
type = mlp

[data]
type = csv
file = gap.csv
INI
exits "an estimator that fails" 65 -q -c gap.ini \
    --set metalearner.methods=full,stump,few,net
check "an estimator that fails: where" grep -q -x "mesa-core: method net, \
repeat 0, fold [0-2]: mlp takes no missing values, but column 'x' has some" \
    "$err"
make_csv 60 >train.csv
sed '/,b$/d' train.csv >one_class.csv
sed -e '/^\[data\]/,/^$/d' -e '/^folds/d' run.ini >undefined.ini
cat >>undefined.ini <<'INI'

[data]
type = csv
train = train.csv
test = one_class.csv
INI
exits "a score that is not defined" 65 -q -c undefined.ini
check "a score that is not defined: where" grep -q -x "mesa-core: method \
full, repeat 0: test rows: aucprc .*" "$err"

# The plugin itself, with methods to compare.
if [ -f "$top_builddir/plugins/metalearners/compare.la" ]; then
    check "mesa-conform" "$top_builddir/mesa-conform" \
        --set methods=tree,underbagging \
        "$top_builddir/plugins/metalearners/compare.la"
fi
finish
