#!/bin/sh
# SPDX-License-Identifier: MIT
# json.sh - --json of --list, --describe and --version: valid, complete.
. "$(dirname "$0")/lib.sh"

make_ini >run.ini
exits "--version" 0 --version --json
version=$("$program" --version | sed 's/mesa-core //')
holds "--version: what it says" "d == {'format': 1, 'program': 'mesa-core',
    'version': '$version', 'abi': [1, 0]}"

exits "--list" 0 --list --json
holds "--list: each plugin has its members" "d['format'] == 1 and
    not d['refused'] and all(set(p) == {'kind', 'name', 'title', 'version',
    'file'} and p['title'] for p in d['plugins'])"
cp "$out" all.json
"$program" --list | awk 'NF { print $1 "/" $2 }' >plugins
holds "--list: the same plugins as without" \
    "[p['kind'] + '/' + p['name'] for p in d['plugins']] ==
    open('plugins').read().split()"
exits "--list KIND" 0 --list sampler --json
holds "--list KIND: that kind only" \
    "{p['kind'] for p in d['plugins']} == {'sampler'}"
exits "--list=KIND" 0 --json --list=loss
holds "--list=KIND: that kind only" \
    "{p['kind'] for p in d['plugins']} == {'loss'}"
refused "--list of an unknown kind" 2 \
    "there is no kind 'samplr'; did you mean 'sampler'?" --list samplr --json

exits "--describe" 0 --describe estimator/tree --json
holds "--describe: head" "d['kind'] == 'estimator' and d['name'] == 'tree' and
    d['title'] and 'Breiman' in d['cite'] and d['plugin']['license'] == 'MIT'"
holds "--describe: flags and slots" "'multiclass' in d['flags'] and
    {'fit', 'predict_proba', 'save', 'load'} <= set(d['slots']) and
    'members' not in d['slots']"
holds "--describe: a choice" "row(d, 'criterion')['type'] == 'choice' and
    row(d, 'criterion')['default'] == 'gini' and
    [c['name'] for c in row(d, 'criterion')['choices']] ==
    ['gini', 'entropy', 'log_loss']"
holds "--describe: an integer that may be a word" "row(d, 'max_depth')['min']
    == 1 and row(d, 'max_depth')['max'] == 1000000 and
    row(d, 'max_depth')['default'] == 'none' and
    row(d, 'max_depth')['choices'][0]['help']"
holds "--describe: an open end" "row(d, 'min_samples_split')['open_min'] and
    row(d, 'min_samples_split')['min'] == 0 and
    not row(d, 'min_samples_split')['open_max'] and
    row(d, 'min_samples_split')['default'] == 2"
exits "--describe run" 0 --describe run --json
holds "--describe run: no plugin" "d['kind'] == 'run' and d['name'] is None and
    row(d, 'seed')['type'] == 'int'"
exits "--describe evaluate" 0 --describe evaluate --json
holds "--describe evaluate: a list" "row(d, 'metrics')['type'] == 'list'"
exits "--describe data" 0 --describe data/csv --json
holds "--describe data: what it must be told" "row(d, 'file')['default'] is
    None and 'path' in row(d, 'file')['flags']"
holds "--describe data: keys of the program" "row(d, 'split')['type']"
exits "--describe an ensemble" 0 --describe estimator/underbagging --json
holds "--describe an ensemble: a component" \
    "row(d, 'estimator')['type'] == 'component' and
    row(d, 'estimator')['kind'] == 'estimator' and 'members' in d['slots']"
refused "--describe of an unknown plugin" 69 \
    "there is no estimator 'tre'; did you mean 'tree'?" \
    --describe estimator/tre --json

# All of them, each with the keys that --describe -v has.
bad=
while read -r plugin; do
    mesa --describe "$plugin" --json || bad="$bad $plugin"
    sed -n 's/^      "name": "\(.*\)",$/\1/p' "$out" >is
    "$program" --describe "$plugin" -v |
        sed -n 's/^;\{0,1\}\([a-z0-9_]*\) =.*/\1/p' | grep -v -x type >should
    cmp -s is should || bad="$bad $plugin"
    if command -v python3 >/dev/null 2>&1; then
        python3 -c 'import json, sys; json.load(sys.stdin)' <"$out" ||
            bad="$bad $plugin"
    fi
done <plugins
[ -z "$bad" ]
result $? "--describe of every plugin has every key" || echo "#$bad"

# Elsewhere it is a mistake.
for words in "-c run.ini" "-c run.ini --check" "-c run.ini --print-config" \
    "resample -c run.ini -o -" "predict -m m -i i -o -" "export -m m -o -" \
    "query -c run.ini" --help; do
    # shellcheck disable=SC2086 # words
    refused "$words --json" 2 \
        "--json goes with inspect, --list, --describe and --version only" \
        $words --json
done

# Names that are not UTF-8, and plugins that are refused.
if [ -f "$top_builddir/plugins/samplers/.libs/random_under.so" ]; then
    folder=$PWD/$(printf 'own\377"\\')
    mkdir -p "$folder/samplers"
    echo text >"$folder/samplers/broken.so"
    echo text >"$folder/$(printf 'q"\351').so"
    MESA_PLUGIN_PATH=$folder
    export MESA_PLUGIN_PATH
    exits "--list with hostile names" 0 --list sampler --json
    holds "--list with hostile names: refused, and why" \
        "[r['name'] for r in d['refused']] == ['broken', None] and
        all('is not an ELF file' in r['why'] for r in d['refused']) and
        d['refused'][0]['kind'] == 'sampler'"
    holds "--list with hostile names: what is not UTF-8 is replaced" \
        "'own' + chr(0xfffd) + chr(34) + chr(92) + '/samplers' in
        d['refused'][0]['why']"
    holds "--list with hostile names: the others are there" \
        "'random_under' in [p['name'] for p in d['plugins']]"
else
    skip "--list with hostile names" "plugins are inside the program"
fi
finish
