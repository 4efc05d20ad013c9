#!/bin/sh
# SPDX-License-Identifier: MIT
# determinism.sh - threads, locale, time zone, folder and verbosity do not
# show in the bytes of a run; the seed does.
. "$(dirname "$0")/lib.sh"

make_long_ini 6 >run.ini
mesa -c run.ini -q --threads 1 --set run.output=one
result $? "one thread"
for n in 2 5 0; do
    mesa -c run.ini -q --threads $n --set run.output=t$n
    same_bytes "threads: $n" one t$n
done
mesa -c run.ini -v --set run.output=v --set run.checkpoint_interval=0
same_bytes "verbose, a checkpoint after every step" one v
TZ=Asia/Kathmandu mesa -c run.ini -q --set run.output=tz
same_bytes "another time zone" one tz
mkdir elsewhere
(cd elsewhere && mesa -c ../run.ini -q --set run.output=out)
same_bytes "another folder" one elsewhere/out
mesa -c run.ini -q --set run.output=seed --set run.seed=12
cmp -s one/predictions.csv seed/predictions.csv
result $(($? != 1)) "another seed is another run"

# Cross-validation, and a table from a file.
make_csv 120 >table.csv
cat >folds.ini <<'INI'
[data]
type = csv
file = table.csv
[transform]
type = standard
[sampler]
type = random_over
[estimator]
type = tree
[evaluate]
folds = 4
repeats = 2
INI
mesa -c folds.ini -q --threads 1 --set run.output=f1
result $? "folds: one thread"
mesa -c folds.ini -q --threads 5 --set run.output=f5
same_bytes "folds: five threads" f1 f5
check "folds: each row is predicted once" test \
    "$(sed 1d f1/predictions.csv | cut -d, -f1 | sort -u | wc -l)" -eq 120

comma=$(locale -a 2>/dev/null | grep -i -E '^(de_DE|fr_FR|es_ES)' | head -n 1)
if [ -n "$comma" ]; then
    LC_ALL=$comma mesa -c folds.ini -q --set run.output=comma
    result $? "a locale with a decimal comma ($comma)"
    same_bytes "decimal comma: same bytes" f1 comma
else
    skip "a locale with a decimal comma" "none is installed"
fi
finish
