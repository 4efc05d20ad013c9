#!/bin/sh
# SPDX-License-Identifier: MIT
# bad_ini.sh - configurations with a mistake: each names file and line, says
# what was likely meant, and leaves nothing behind.
. "$(dirname "$0")/lib.sh"

# bad NAME CODE MESSAGE: refuse the INI on standard input.
bad() {
    cat >f.ini
    refused "$1" "$2" "$3" -c f.ini
}

# with NAME MESSAGE LINES: as above, after a good beginning of 7 lines.
with() {
    printf '[data]\ntype = checkerboard\n\n[estimator]\ntype = tree\n\n%b' \
        "[run]\n$3" >f.ini
    refused "$1" 78 "$2" -c f.ini
}

# Syntax.
with "unknown section, suggestion" \
    'f.ini:9: unknown section [evalute]; did you mean [evaluate]?' \
    'seed = 1\n[evalute]\nrepeats = 2\n'
with "unknown section, nothing close" \
    'f.ini:8: unknown section [zebra]: no parameter refers to it' '[zebra]\n'
with "duplicate key" 'f.ini:9: seed is already set at f.ini:8' \
    'seed = 1\nseed = 1\n'
with "duplicate section" 'f.ini:8: section [data] is already at f.ini:1' \
    '[data]\n'
with "indented key" \
    'f.ini:9: an indented line would continue the line before; start it in the first column' \
    'seed = 1\n  threads = 1\n'
with "indented continuation" \
    'f.ini:9: an indented line would continue the line before; start it in the first column' \
    'output = a\n\tb\n'
with "NUL byte" 'f.ini:8: a NUL byte' 'seed = 1\0000 2\n'
with "NUL byte in a comment" 'f.ini:8: a NUL byte' '; \0000\n'
with "section without ]" "f.ini:8: a section header without ']'" '[evaluate\n'
with "empty section name" \
    'f.ini:8: a section name must have 1 to 49 characters' '[]\n'
long=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee
with "section name of 50 characters" \
    'f.ini:8: a section name must have 1 to 49 characters' "[$long]\n"
with "section name of 49 characters" \
    "f.ini:8: unknown section [${long%e}]: no parameter refers to it" \
    "[${long%e}]\n"
with "neither key nor section" \
    "f.ini:8: expected 'key = value' or '[section]'" 'seed\n'
with "key without a name" "f.ini:8: [run] has no key ''" '= 1\n'
bad "key before the first section" 78 \
    'f.ini:2: a key before the first [section]' <<'INI'
; a comment
seed = 1
[run]
INI
bad "over-long line" 78 'f.ini:2: the line is too long' <<INI
[run]
output = $(head -c 1100000 /dev/zero | tr '\0' x)
INI

# Sections and types.
bad "empty file" 78 'f.ini: there is no [data] section: where do rows come from?' \
    </dev/null
bad "missing [data]" 78 \
    'f.ini: there is no [data] section: where do rows come from?' <<'INI'
[estimator]
type = tree
INI
bad "misspelt [data]" 78 \
    'f.ini:1: unknown section [dta]; did you mean [data]?' <<'INI'
[dta]
type = checkerboard
[estimator]
type = tree
INI
bad "a [loss] that nothing uses" 78 \
    'f.ini:5: [loss] is used by nothing; an estimator that has a loss takes it with loss = loss' <<'INI'
[data]
type = checkerboard
[estimator]
type = tree
[loss]
type = focal
INI
bad "a [loss] that there is no plugin for" 69 \
    "f.ini:6: there is no loss 'fokal'; did you mean 'focal'?" <<'INI'
[data]
type = checkerboard
[loss]
; not of the usual spelling
; at all
type = fokal
[estimator]
type = mlp
loss = loss
INI
bad "missing [estimator]" 78 \
    'f.ini: there is neither an [estimator] nor a [metalearner] section: nothing to do' <<'INI'
[data]
type = checkerboard
INI
bad "misspelt [estimator]" 78 \
    'f.ini:3: unknown section [estimater]; did you mean [estimator]?' <<'INI'
[data]
type = checkerboard
[estimater]
type = tree
INI
bad "missing type" 78 \
    'f.ini:3: [estimator] needs a type (mesa-core --list estimator shows what there is)' <<'INI'
[data]
type = checkerboard
[estimator]
max_depth = 3
INI
bad "unknown type, suggestion" 69 \
    "f.ini:4: there is no estimator 'underbaging'; did you mean 'underbagging'?" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbaging
INI
bad "unknown type, nothing close" 69 \
    "f.ini:2: there is no data source 'oracle' (mesa-core --list data shows what there is)" <<'INI'
[data]
type = oracle
INI
bad "plugin of another kind" 69 \
    "f.ini:4: there is no estimator 'checkerboard' (mesa-core --list estimator shows what there is)" <<'INI'
[data]
type = checkerboard
[estimator]
type = checkerboard
INI
bad "component that is no plugin, suggestion" 69 \
    "f.ini:5: there is no estimator 'tre'; did you mean 'tree'?" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tre
INI
bad "component that is not there" 78 \
    "f.ini:5: [estimator] estimator is '', expected a section or a plugin" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator =
INI
bad "section of the run that is not there" 78 \
    "f.ini:5: [estimator] sampler is '', expected a section or a plugin; [sampler] if there is one" <<'INI'
[data]
type = checkerboard
[estimator]
type = mesa
sampler =
INI
bad "component in place without its end" 78 \
    "f.ini:5: 'tree(max_depth=1' is not NAME(KEY=VALUE, ...)" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(max_depth=1
INI
bad "component in place and more" 78 \
    "f.ini:5: 'tree(), tree()' is not NAME(KEY=VALUE, ...)" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(), tree()
INI
bad "component in place, a key without a value" 78 \
    "f.ini:5: in 'tree(ccp_alpha=0, max_depth)', 'max_depth' is not KEY=VALUE" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(ccp_alpha=0, max_depth)
INI
bad "component in place, unknown key" 78 \
    "f.ini:5: [tree(max_dept=1)] has no key 'max_dept'; did you mean 'max_depth'?" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(max_dept=1)
INI
bad "component in place, bad value" 78 \
    "f.ini:5: [tree(max_depth=0)] max_depth is '0', expected an integer >= 1 and <= 1000000, or none" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(max_depth=0)
INI
bad "component in place, too long for a section" 78 \
    "f.ini:5: 'tree(max_depth=1, min_samples_leaf=20, min_samples_split=40)' has 60 characters, of at most 49; give it a section of its own" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tree(max_depth=1, min_samples_leaf=20, min_samples_split=40)
INI
bad "component in place, no such plugin" 69 \
    "f.ini:5: there is no estimator 'tre'; did you mean 'tree'?" <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = tre()
INI
bad "component that is itself" 78 \
    'f.ini:5: [estimator] refers to itself through estimator' <<'INI'
[data]
type = checkerboard
[estimator]
type = underbagging
estimator = estimator
INI
bad "cycle of components" 78 \
    'f.ini:8: [one] refers to itself through estimator' <<'INI'
[estimator]
type = underbagging
estimator = one
[data]
type = checkerboard
[one]
type = underbagging
estimator = one
INI
bad "longer cycle of components" 78 \
    'f.ini:11: [one] refers to itself through estimator' <<'INI'
[estimator]
type = underbagging
estimator = one
[data]
type = checkerboard
[one]
type = underbagging
estimator = two
[two]
type = underbagging
estimator = one
INI

# Keys and values.
with "unknown key, suggestion" \
    "f.ini:8: [run] has no key 'sed'; did you mean 'seed'?" 'sed = 1\n'
with "unknown key, nothing close" "f.ini:8: [run] has no key 'colour'" \
    'colour = red\n'
with "type in a section without one" "f.ini:8: [run] has no key 'type'" \
    'type = tree\n'
with "integer: text" \
    "f.ini:8: [run] seed is 'many', expected an integer >= 0" 'seed = many\n'
with "integer: fraction" \
    "f.ini:8: [run] seed is '1.5', expected an integer >= 0" 'seed = 1.5\n'
with "integer: below the range" \
    "f.ini:8: [run] seed is '-1', expected an integer >= 0" 'seed = -1\n'
with "integer: above the range" \
    "f.ini:8: [run] threads is '4097', expected an integer >= 0 and <= 4096" \
    'threads = 4097\n'
with "integer: larger than any" \
    "f.ini:8: [run] seed is '9223372036854775808', expected an integer >= 0" \
    'seed = 9223372036854775808\n'
with "integer: nothing" \
    "f.ini:8: [run] seed is '', expected an integer >= 0" 'seed =\n'
with "integer: trailing text" \
    "f.ini:8: [run] seed is '1 2', expected an integer >= 0" 'seed = 1 2\n'
with "number: text" \
    "f.ini:8: [run] max_seconds is 'ten', expected a number >= 0" \
    'max_seconds = ten\n'
with "number: decimal comma" \
    "f.ini:8: [run] max_seconds is '1,5', expected a number >= 0" \
    'max_seconds = 1,5\n'
with "number: not a number" \
    "f.ini:8: [run] max_seconds is 'nan', expected a number >= 0" \
    'max_seconds = nan\n'
with "number: below the range" \
    "f.ini:8: [run] checkpoint_interval is '-0.5', expected a number >= 0" \
    'checkpoint_interval = -0.5\n'
bad "choice misspelt, suggestion" 78 \
    "f.ini:5: [estimator] criterion is 'ginny', expected one of gini, entropy, log_loss; did you mean 'gini'?" <<'INI'
[data]
type = checkerboard
[estimator]
type = tree
criterion = ginny
INI
bad "choice, nothing close" 78 \
    "f.ini:5: [estimator] criterion is 'twoing', expected one of gini, entropy, log_loss" <<'INI'
[data]
type = checkerboard
[estimator]
type = tree
criterion = twoing
INI
bad "boolean" 78 \
    "f.ini:5: [sampler] replacement is 'maybe', expected true or false" <<'INI'
[data]
type = checkerboard
[sampler]
type = random_under
replacement = maybe
[estimator]
type = tree
INI
with "integer: a word" \
    "f.ini:9: [evaluate] folds is 'three', expected an integer >= 0 and <= 1000000" \
    '[evaluate]\nfolds = three\n'
bad "list, open end of the range" 78 \
    "f.ini:3: [data] split is '0.8, 0', expected a list of numbers > 0 and <= 1" <<'INI'
[data]
type = checkerboard
split = 0.8, 0
[estimator]
type = tree
INI
bad "list, closed end of the range" 78 \
    "f.ini:3: [data] split is '0.8, 1.2', expected a list of numbers > 0 and <= 1" <<'INI'
[data]
type = checkerboard
split = 0.8, 1.2
[estimator]
type = tree
INI
bad "list of the wrong length" 78 \
    '[data] split has 4 shares, expected 3 (training, validation, test) or 2 (training, test)' <<'INI'
[data]
type = checkerboard
split = 0.25, 0.25, 0.25, 0.25
[estimator]
type = tree
INI
with "unknown metric, suggestion" \
    "[evaluate] evaluate: metrics has 'aucpr', which is none; did you mean 'aucprc'?" \
    '[evaluate]\nmetrics = mcc, aucpr\n'
with "unknown metric, nothing close" \
    "[evaluate] evaluate: metrics has 'precision@10', which is none" \
    '[evaluate]\nmetrics = precision@10\n'
with "one fold" \
    '[evaluate] evaluate: folds is 1, expected 0 or at least 2' \
    '[evaluate]\nfolds = 1\n'
with "positive class that is none" \
    "[evaluate] positive is 'zebra', which is no class of the data" \
    '[evaluate]\npositive = zebra\n'

# Files.
refused "no such file" 66 'cannot read none.ini: No such file or directory' \
    -c none.ini
mkdir folder.ini
refused "a folder" 74 'cannot read folder.ini: Is a directory' -c folder.ini
rmdir folder.ini
if [ "$(id -u)" -ne 0 ]; then
    make_ini >secret.ini
    chmod 000 secret.ini
    refused "no permission" 74 'cannot read secret.ini: Permission denied' \
        -c secret.ini
    rm -f secret.ini
else
    skip "no permission" "root may read everything"
fi

# What is no mistake.
printf '\357\273\277[data]\r\ntype = checkerboard\r\n[estimator]\r\ntype = tree\r\n' \
    >f.ini
exits "byte order mark, CRLF" 0 -c f.ini --check
printf '# a\n; b\n\n[data] ; c\ntype: checkerboard ; d\n  \n  ; e\n[estimator]\ntype=tree' \
    >f.ini
exits "comments, colons, no newline at the end" 0 -c f.ini --check
finish
