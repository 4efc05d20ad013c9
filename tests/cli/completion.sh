#!/bin/sh
# SPDX-License-Identifier: MIT
# completion.sh - what bash would offer after the words typed so far.
. "$(dirname "$0")/lib.sh"

if ! command -v bash >/dev/null 2>&1; then
    echo "1..0 # SKIP no bash"
    exit 0
fi
cat >complete.bash <<'BASH'
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_mesa_core
printf '%s\n' "${COMPREPLY[@]}"
BASH
make_ini >one.ini
cat >>one.ini <<'INI'
[shallow]
type = tree
INI
: >out.safetensors
mkdir folder out

# offers NAME EXPECTED WORD...: EXPECTED is among what is offered.
offers() {
    name=$1 expected=$2
    shift 2
    bash complete.bash "$top_srcdir/completion/mesa-core.bash" "$program" \
        "$@" >"$out" 2>"$err"
    grep -q -x -e "$expected" "$out" && [ ! -s "$err" ]
    result $? "$name" || diagnose "$out" "$err"
}

offers "options" --describe --de
offers "all options" --print-config ''
offers "short options" -c -
offers "verbs" resample re
offers "verbs" predict pr
offers "verbs" export ex
offers "verbs" query qu
offers "verbs" inspect in
offers "verbs" report rep
offers "folders to report" folder report fo
offers "what to inspect" out.safetensors inspect ou
offers "what to inspect, after an option" out.safetensors inspect --json ou
offers "options of inspect" --json inspect --js
offers "what to report" out report first ou
offers "labels" out.safetensors query --labels ou
offers "models" out.safetensors predict -m ou
offers "a verb's files" one.ini resample -c one.ini -o on
offers "kinds" sampler --list s
offers "plugins" estimator/tree --describe est
offers "sections of the program" run --describe ru
offers "INI files" one.ini -c on
offers "INI files after =" one.ini --config = on
offers "keys of the run" run.seed= -c one.ini --set run.
offers "keys of a plugin" estimator.max_depth= -c one.ini --set est
offers "keys of the data" data.split= -c one.ini --set data.s
offers "keys of a component" shallow.max_depth= -c one.ini --set sh
offers "values that are files" one.ini --set data.file = on
mesa --help
grep -o -e '--[a-z-]*' "$out" | sort -u | grep -v -x -e --check -e -- >options
while read -r option; do
    offers "$option" "$option" "$option"
done <options
finish
