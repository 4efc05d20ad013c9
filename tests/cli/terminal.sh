#!/bin/sh
# SPDX-License-Identifier: MIT
# terminal.sh - what people see while a run goes on, and at its end.
. "$(dirname "$0")/lib.sh"

make_long_ini 40 >run.ini

# Elsewhere than on a terminal a quick run says nothing.
mesa -c run.ini --set run.output=piped
check "no terminal: nothing of a quick run" test ! -s "$err"
mesa -c run.ini --force -q --set run.output=piped
check "-q: nothing" test ! -s "$err"
! grep -q "$(printf '\033')" "$out"
result $? "no control sequence in a table that is redirected"
mesa -c run.ini --force -v --set run.output=piped
check "-v: a line of each step" \
    test "$(grep -c '^evaluate [0-9]*: valid aucprc 0\.' "$err")" -eq 40

# -v ends with where time went: shares that add up, the largest first.
line='^ *[0-9.]* %  *[0-9.]* s  *[0-9]* calls*  '
check "-v: a sum" grep -q '^[0-9.]* s\( of [0-9]* threads\)\{0,1\} went to$' \
    "$err"
for part in '\[estimator\] underbagging: fit' \
    '\[estimator\] underbagging: predict' '\[tree\]: fit' files metrics; do
    check "-v: $part" grep -q "$line *$part\$" "$err"
done
check "-v: the rest comes last" \
    test "$(tail -n 1 "$err" | grep -c ' s  *other$')" -eq 1
grep ' %  *[0-9.]* s ' "$err" | awk '{ sum += $1
    if (NR > 1 && $NF != "other" && $1 > last) wrong = 1
    last = $1 }
    END { exit wrong || sum < 98.5 || sum > 101.5 }'
result $? "-v: sorted, and of 100 %" || diagnose "$err"
awk '/"wall_seconds"/ { wall = $2 + 0 } /"threads"/ { threads = $2 + 0 }
    /"parts"/ { inside = 1 } inside && /"seconds"/ { sum += $2; n++ }
    END { exit !(n > 5 && sum > 0.9 * wall && sum < threads * wall * 1.1) }' \
    piped/timings.json
result $? "timings.json: parts add up" || diagnose piped/timings.json
check "timings.json: calls" \
    grep -A 2 -F '"[estimator] underbagging: fit": {' piped/timings.json
n=$(grep -A 2 -F '"[estimator] underbagging: fit": {' piped/timings.json |
    sed -n 's/.*"calls": //p')
check "timings.json: a fit of each repeat" test "$n" -eq 40

# Names take the columns that are seen.
make_csv 60 | sed 's/,a$/,häufig/; s/,b$/,a class with a long name/' >long.csv
cat >long.ini <<'INI'
[data]
type = csv
file = long.csv
label = label

[sampler]
type = random_under
INI
mesa resample -c long.ini -o made.csv
check "names of classes are in line" test "$(sed 's/ä/a/' "$err" |
    awk '{ print length }' | sort -u | wc -l)" -eq 1
check "and all of them there" grep -q '^häufig  *48  *12$' "$err"

# What a class is called gives no commands to a terminal.
make_csv 60 | sed "s/,a\$/,$(printf '\033')[2J/" >long.csv
mesa resample -c long.ini -o made.csv
check "a name with a control character" grep -q '^?\[2J  *48  *12$' "$err"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
    skip "terminals" "there is no script of util-linux"
    finish
    exit
fi

# on_terminal COLUMNS ARGUMENT...: the run on a terminal, its lines in $out.
# What a carriage return or the end of a line closes is a line; a line that
# is to be drawn over starts with @.
on_terminal() {
    t_columns=$1
    shift
    rm -rf tty
    script -qec "stty cols $t_columns; '$program' -c run.ini \
        --set run.output=tty $*" /dev/null </dev/null >"$work/log/raw" 2>"$err"
    t_status=$?
    sed 's/\r$//; s/\r/\n@/g' "$work/log/raw" >"$out"
    return $t_status
}

# Columns that the longest line takes once it is shown.
widest() {
    printf '\033' >"$work/log/escape"
    sed "s/^@//; s/$(cat "$work/log/escape")\[[0-9;]*[mK]//g" "$out" |
        LC_ALL=C.UTF-8 awk '/[0-9]\/40/ && length > most { most = length }
            END { print most + 0 }'
}

unset COLUMNS NO_COLOR
TERM=xterm
export TERM
for columns in 20 40 80 200; do
    on_terminal $columns
    result $? "$columns columns: a run"
    n=$(grep -c '^@.*40/40' "$out")
    check "$columns columns: a bar to the end" test "$n" -ge 1
    n=$(widest)
    check "$columns columns: no line wraps" test "$n" -lt $columns
    check "$columns columns: nearly all of the line is used" \
        test "$n" -gt $((columns > 100 ? 90 : columns * 2 / 3))
    check "$columns columns: nothing but the bar is drawn over" \
        test -z "$(sed -n '/^@/!d; /40/!{ /^@.\[K *train/!{ /^@$/!p } }' \
            "$out")"
    check "$columns columns: the table is there" \
        grep -q '^mean +- standard deviation of 40 fits; results in .*/tty$' "$out"
done

on_terminal 80
check "LC_ALL=C: # and ." grep -q '^@evaluate.*#.*40/40.*steps/s.*left' "$out"
! LC_ALL=C grep -q '[^ -~[:cntrl:]]' "$out"
result $? "LC_ALL=C: ASCII only"
check "a colour" grep -q "$(printf '\033\\[36m')" "$out"
check "the score of the validation rows" grep -q 'valid aucprc 0\.' "$out"

if [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ]; then
    LC_ALL=C.UTF-8 on_terminal 80
    check "UTF-8: blocks" grep -q "$(printf '\342\226\210')" "$out"
    check "UTF-8: numbers are those of C" grep -q ' 0\.[0-9]' "$out"
else
    skip "UTF-8" "there is no locale C.UTF-8"
fi

NO_COLOR=1 on_terminal 80
check "NO_COLOR: a bar" grep -q '^@evaluate.*40/40' "$out"
! grep -q "$(printf '\033\\[[0-9]*m')" "$out"
result $? "NO_COLOR: no colour"
NO_COLOR='' on_terminal 80
check "an empty NO_COLOR says nothing" \
    grep -q "$(printf '\033\\[36m')" "$out"

TERM=dumb on_terminal 80
! grep -q -e "$(printf '\033')" -e '^@' "$out"
result $? "TERM=dumb: nothing is drawn"

on_terminal 80 -q
! grep -q -e '^@' -e steps "$out"
result $? "-q: no bar"

COLUMNS=40 on_terminal 0
n=$(widest)
check "COLUMNS, of a terminal that does not know" test "$n" -gt 25 -a "$n" -lt 40

# Redirected: the bar goes where the messages go.
script -qec "'$program' -c run.ini --force --set run.output=tty 2>log" \
    /dev/null </dev/null >"$out"
check "only results on the terminal: no bar there" test ! -s log
script -qec "'$program' -c run.ini --force --set run.output=tty >table" \
    /dev/null </dev/null >"$out"
check "only messages on the terminal: a bar" grep -q 40/40 "$out"
! grep -q "$(printf '\033')" table
result $? "and a plain table"

# A warning and the lines of a metalearner make room for themselves.
cat >warn.ini <<'INI'
[data]
type = checkerboard
n_minority = 60

[estimator]
type = tree

[sampler]
type = sac

[metalearner]
type = mesa
update_steps = 100
start_steps = 40
INI
script -qec "'$program' -c warn.ini --set run.output=said" /dev/null \
    </dev/null >"$work/log/raw"
sed 's/\r$//; s/\r/\n@/g' "$work/log/raw" >"$out"
check "lines of a metalearner start on a line of their own" \
    grep -q "^@$(printf '\033')\\[Kmesa: episode 10" "$out"
! grep '^@' "$out" | grep 'mesa: episode' | grep -v -q "^@$(printf '\033')\\[K"
result $? "and have it to themselves"

# A comparison: the best row is bold, names take the columns that are seen.
cat >compare.ini <<'INI'
[data]
type = checkerboard
n_minority = 40

[metalearner]
type = compare
methods = tree, Bäumchen

[Bäumchen]
type = tree
max_depth = 2
INI
LC_ALL=C.UTF-8 script -qec "'$program' -c compare.ini --set run.output=bold" \
    /dev/null </dev/null | sed 's/\r$//' >"$out"
check "the best row is bold" test "$(grep -c \
    "^$(printf '\033')\\[1m   1  .*$(printf '\033')\\[0m\$" "$out")" -eq 1
check "and no other" test "$(grep -c "$(printf '\033')\\[1m" "$out")" -eq 1
mesa -c compare.ini --force -q --set run.output=bold
! grep -q "$(printf '\033')" "$out"
result $? "nothing is, in a file"
check "columns are in line" test "$(sed -n 2,4p "$out" | sed 's/ä/a/' |
    awk '{ print match($0, /(train|0\.[0-9]*|1\.000)/) }' | sort -u |
    wc -l)" -eq 1
finish
