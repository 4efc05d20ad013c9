#!/bin/sh
# SPDX-License-Identifier: MIT
# typos.sh - every key of [run], [evaluate], [data] and [estimator], with one
# edit, is refused, and for at least 95 in 100 the right key is suggested.
. "$(dirname "$0")/lib.sh"

cat >run.ini <<'INI'
[data]
type = csv
file = none.csv
[estimator]
type = tree
INI

# Each key with a letter lost, doubled, swapped with its neighbour, mistyped.
edits() {
    awk -v key="$1" 'BEGIN {
        n = length(key)
        split("1 " int(n / 2) " " n, at, " ")
        for (k = 1; k <= 3; k++) {
            i = at[k]
            before = substr(key, 1, i - 1)
            here = substr(key, i, 1)
            after = substr(key, i + 1)
            print before after
            print before here here after
            print before (here == "q" ? "z" : "q") after
            if (i < n)
                print before substr(after, 1, 1) here substr(after, 2)
        }
    }' | sort -u | grep -v -x -e "$1" -e ''
}

keys_of() { "$program" --describe "$1" -v | sed -n 's/^;\{0,1\}\([a-z0-9_]*\) =.*/\1/p' |
    grep -v -x type; }

typed=0 refused=0 suggested=0
for subject in run/run evaluate/evaluate data/csv estimator/tree; do
    section=${subject%/*}
    case $section in
    run | evaluate) describe=$section ;;
    *) describe=$subject ;;
    esac
    keys=$(keys_of "$describe")
    for key in $keys; do
        for typo in $(edits "$key"); do
            echo "$keys" | grep -q -x -e "$typo" && continue
            typed=$((typed + 1))
            mesa -c run.ini --check --set "$section.$typo=1"
            [ $? -eq 78 ] && grep -q -F "[$section] has no key '$typo'" "$err" &&
                refused=$((refused + 1))
            if grep -q -F "did you mean '$key'?" "$err"; then
                suggested=$((suggested + 1))
            elif [ $((typed - suggested)) -lt 20 ]; then
                diagnose "$err"
            fi
        done
    done
done
check "there are typos ($typed)" test $typed -gt 100
check "all are refused ($refused)" test $refused -eq $typed
check "95 % get the right suggestion ($suggested)" \
    test $((suggested * 100)) -ge $((typed * 95))
finish
