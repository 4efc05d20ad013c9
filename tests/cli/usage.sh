#!/bin/sh
# SPDX-License-Identifier: MIT
# usage.sh - options, their mistakes, and what goes to standard output.
. "$(dirname "$0")/lib.sh"

make_ini >run.ini

exits "--help succeeds" 0 --help
check "--help starts with the usage" grep -q '^Usage: mesa-core' "$out"
exits "--version succeeds" 0 --version
check "--version is one line" \
    grep -q '^mesa-core [0-9]*\.[0-9]*\.[0-9]*$' "$out"
exits "-h is --help" 0 -h

refused "no arguments" 2 'no configuration: use -c FILE (see --help)'
refused "--check needs a file" 2 \
    'no configuration: use -c FILE (see --help)' --check
refused "unknown option, suggestion" 2 \
    'unknown option --chekc; did you mean --check?' -c run.ini --chekc
refused "unknown option with a value, suggestion" 2 \
    'unknown option --thread-s; did you mean --threads?' --thread-s=3
refused "unknown option, nothing close" 2 \
    'unknown option --frobnicate (see --help)' --frobnicate
refused "unknown short option" 2 'unknown option -x (see --help)' -x
refused "missing value, long option" 2 '--set needs a value (see --help)' --set
refused "missing value, short option" 2 '-c needs a value (see --help)' -c
refused "value for an option without one" 2 \
    '--check takes no value (see --help)' -c run.ini --check=yes
refused "unknown short option among others" 2 \
    'unknown option -x (see --help)' -c run.ini -xq
exits "ambiguous abbreviation" 2 --ver
refused "--resume and --force" 2 '--resume and --force exclude each other' \
    -c run.ini --resume --force
refused "--quiet and --verbose" 2 '--quiet and --verbose exclude each other' \
    -c run.ini -q -v
refused "stray argument" 2 "unexpected argument 'more' (see --help)" \
    -c run.ini more
refused "stray argument after --" 2 "unexpected argument 'more' (see --help)" \
    -c run.ini -- more
for n in -1 x 4097 '' 1.5 99999999999999999999; do
    refused "--threads '$n'" 2 \
        "--threads $n: expected an integer from 0 to 4096" \
        -c run.ini --threads "$n"
done
refused "--set without =" 78 \
    '--set run.seed: expected SECTION.KEY=VALUE' -c run.ini --set run.seed
refused "--set without a section" 78 \
    '--set seed=1: expected SECTION.KEY=VALUE' -c run.ini --set seed=1
refused "--set without a key" 78 \
    '--set run.=1: expected SECTION.KEY=VALUE' -c run.ini --set run.=1
refused "--set with an unknown key" 78 \
    "--set: [run] has no key 'sead'; did you mean 'seed'?" \
    -c run.ini --set run.sead=1
refused "--set with a wrong value" 78 \
    "--set: [run] seed is 'x', expected an integer >= 0" \
    -c run.ini --set run.seed=x

exits "--list succeeds" 0 --list
check "--list shows the tree" grep -q '^estimator  *tree ' "$out"
exits "--list KIND succeeds" 0 --list sampler
check "--list KIND shows that kind only" sh -c "! grep -v '^sampler ' '$out'"
refused "--list of an unknown kind, suggestion" 2 \
    "there is no kind 'samplr'; did you mean 'sampler'?" --list samplr
refused "--list of an unknown kind" 2 \
    "there is no kind 'model': kinds are estimator, sampler, loss, \
acquisition, metalearner, data, transform, environment" --list model
refused "--describe without a slash" 2 \
    '--describe tree: expected KIND/NAME, as estimator/tree' --describe tree
refused "--describe of an unknown kind" 2 \
    "there is no kind 'estimater'; did you mean 'estimator'?" \
    --describe estimater/tree
refused "--describe of an unknown plugin" 69 \
    "there is no estimator 'tre'; did you mean 'tree'?" \
    --describe estimator/tre
refused "--describe of a path" 69 \
    "there is no estimator '../tree' (mesa-core --list estimator shows what \
there is)" --describe estimator/../tree

exits "--check succeeds" 0 -c run.ini --check
check "--check says so" grep -q -x 'run.ini: ok' "$out"
check "--check writes nothing" test ! -e out
exits "--check of a later -c counts" 66 -c run.ini --check -c none.ini
exits "options may follow each other in any order" 0 --check -q -c run.ini

# Results that do not reach their reader are no success.
for action in --help --version --list "--describe estimator/tree" \
    "-c run.ini --print-config"; do
    # shellcheck disable=SC2086 # words
    "$program" $action >&- 2>"$err"
    result $(($? != 74)) "$action, standard output closed: 74"
    if [ -c /dev/full ]; then
        # shellcheck disable=SC2086
        "$program" $action >/dev/full 2>"$err"
        result $(($? != 74)) "$action, standard output full: 74"
        says "$action, standard output full: message" \
            'mesa-core: cannot write to standard output: No space left'
    else
        skip "$action, standard output full" "no /dev/full"
    fi
done

# A closed stream must not become one of the run's files.
mesa -c run.ini -q --set run.output=open
bare -c run.ini --set run.output=closed1 >&- 2>"$err"
result $(($? != 74)) "run, standard output closed: 74"
same_bytes "run, standard output closed: same files" open closed1
bare -c run.ini -v --set run.output=closed2 2>&- >"$out"
result $? "run, standard error closed: succeeds"
same_bytes "run, standard error closed: same files" open closed2
bare -c run.ini -v --set run.output=closed3 <&- 2>&- >&-
result $(($? != 74)) "run, everything closed: 74"
same_bytes "run, everything closed: same files" open closed3
finish
