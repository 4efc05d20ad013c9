#!/bin/sh
# SPDX-License-Identifier: MIT
# check-style.sh - the budgets of the house style, measured.
#
#   tests/style/check-style.sh [-v] [FOLDER]      (default: the source tree)
#
# Hard limits fail; figures are printed.  A comment `style: REASON` inside a
# function, in the comment above it, or on the line in question waives that
# one limit.  Needs awk; function lengths need universal-ctags as well.
set -u
LC_ALL=C
export LC_ALL

verbose=
if [ "${1-}" = -v ]; then
    verbose=yes
    shift
fi
cd "${1:-${top_srcdir:-$(dirname "$0")/../..}}" || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failures=$scratch/failures
: >"$failures"

# Files that belong to the project: those git knows, or all there are.
list() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f | sed 's|^\./||'
    fi | grep -v -E '^(build|autom4te|aclocal|m4/l|build-aux|.*/\.libs/)|\.pb-c\.[ch]$' |
        sort -u |
        while IFS= read -r f; do [ -f "$f" ] && echo "$f"; done
}
list >"$scratch/all"
matching() { grep -E "$1" "$scratch/all"; }

# Program sources; sources of tests; both with the headers of either.  The
# conformance suite is a test of plugins, which happens to be installed.
matching '^(core|plugins|include)/.*\.[ch]$' >"$scratch/source"
matching '^(tests|conform)/.*\.[ch]$|^tests/.*\.sh$' |
    grep -v -E '^tests/(golden/.*\.h|style/|abi/v[0-9]*/)' >"$scratch/tests"
matching '^(core|plugins|conform|include|tests|bench|examples)/.*\.[ch]$' |
    grep -v -E '^tests/(golden/.*\.h|abi/v[0-9]*/)' >"$scratch/c"
matching '^plugins/.*\.[ch]$' >"$scratch/plugins"
matching '^include/mesa/.*\.h$' >"$scratch/public"
matching '\.(c|h|sh|py|mk|m4|ac|ini)$|^bootstrap$|^Makefile.am$' |
    grep -v -E '\.ini$|^build-aux/|^m4/l' >"$scratch/spdx"

# of LIST COMMAND...: run it on the files of a list, if there are any.
of() {
    files=$1
    shift
    [ -s "$scratch/$files" ] && tr '\n' '\0' <"$scratch/$files" |
        xargs -0 "$@"
}

fail() { sed "s|^|$1: |" >>"$failures"; }

row() { printf '%-34s %12s  %s\n' "$1" "$2" "$3"; }

# rule NAME BUDGET: each line of standard input is one failure of the rule.
rule() {
    cat >"$scratch/found"
    row "$1" "$(grep -c . "$scratch/found")" "$2"
    fail "$1" <"$scratch/found"
}

printf '%-34s %12s  %s\n' 'rule' 'measured' 'budget'

# --- files ---------------------------------------------------------------
of c awk 'FNR == 1 && NR > 1 { if (n > 600 && !waived) print f ": " n " lines"
              waived = 0 }
          { f = FILENAME; n = FNR } /style: / && FNR < 20 { waived = 1 }
          END { if (n > 600 && !waived) print f ": " n " lines" }' |
    rule "files over 600 lines" 0
of public awk 'FNR == 1 && NR > 1 && n > 100 && !waived {
              print f ": " n " lines" } FNR == 1 { waived = 0 }
          { f = FILENAME; n = FNR } /style: / { waived = 1 }
          END { if (n > 100 && !waived) print f ": " n " lines" }' |
    rule "public headers over 100 lines" 0
of spdx awk 'FNR <= 2 && /SPDX-License-Identifier: MIT/ { good[FILENAME] = 1 }
          FNR == 1 { name[++n] = FILENAME }
          END { for (i = 1; i <= n; i++) if (!good[name[i]]) print name[i] }' |
    rule "files without an SPDX line" 0
of c awk 'FNR == 2 && !/^\/\*( |$)/ { print FILENAME ": line 2: no \"/* name - what it is\"" }' |
    rule "files that do not say what they are" 0
of c awk '/\t/ { print FILENAME ":" FNR ": tab" }' | rule "lines with tabs" 0
of c awk '{ line = $0; gsub(/[\200-\277]/, "", line) }
          length(line) > 80 && !/style: / {
              print FILENAME ":" FNR ": " length(line) " columns" }' |
    rule "lines over 80 columns" 0
of c awk '/[ \t]$/ { print FILENAME ":" FNR ": blanks at the end" }' |
    rule "lines ending in blanks" 0
of c awk '/(^|[^:"])\/\// && !/"[^"]*\/\/[^"]*"/ {
              print FILENAME ":" FNR ": // comment" }' |
    rule "// comments" 0

# --- words ---------------------------------------------------------------
# Comments and strings are blanked, so that prose does not count.
code='function strip(s,   out, i, c, two) {
    out = ""
    for (i = 1; i <= length(s); i++) {
        two = substr(s, i, 2)
        c = substr(s, i, 1)
        if (comment) { if (two == "*/") { comment = 0; i++ } continue }
        if (quote != "") {
            if (c == "\\") i++
            else if (c == quote) quote = ""
            continue
        }
        if (two == "/*") { comment = 1; i++; continue }
        if (c == "\"" || c == "\047") { quote = c; continue }
        out = out c
    }
    return out
}
FNR == 1 { comment = 0; quote = "" }
{ line = " " strip($0) }'
banned() {
    of "$1" awk "$code"'
        match(line, /[^a-zA-Z0-9_.>]('"$2"') *\(/) && !/style: / {
            print FILENAME ":" FNR ": " substr(line, RSTART + 1, RLENGTH - 2) }'
}
banned source 'gets|sprintf|vsprintf|strcpy|strcat|strncat|strncpy|strtok|atoi|atof|atol|alloca' |
    rule "banned functions" 0
banned plugins 'printf|fprintf|puts|exit|abort|rand|srand|random|assert|malloc|calloc|realloc|free|exp|log|pow|sin|cos|tanh' |
    rule "not for plugins" 0
banned source 'malloc|calloc|realloc|strdup|free' |
    grep -v '^core/memory\.c:' | rule "allocation beside mesa/memory.h" 0
of plugins awk "$code"'
    /^static / && line !~ /[ *]const / && line ~ /^[^(]*[=;[]/ {
        print FILENAME ":" FNR ": " $0 }' |
    rule "mutable state in plugins" 0
of source awk '/(^|[^A-Z])(TODO|FIXME|XXX)([^A-Z]|$)/ { print FILENAME ":" FNR }' | rule "TODOs" 0

# --- comments ------------------------------------------------------------
of source awk '
    { all++ }
    inside || /\/\*/ { n++ }
    /\/\*/ { inside = 1 }
    /\*\// { inside = 0 }
    END { printf "%.1f\n", all ? 100 * n / all : 0 }' >"$scratch/share"
share=$(cat "$scratch/share")
row "lines with comments, %" "$share" "12 - 20 (advice)"

# --- functions -----------------------------------------------------------
if ctags --version 2>/dev/null | grep -q 'Universal Ctags'; then
    of c ctags -x --c-kinds=f --fields=+e --language-force=C \
        --_xformat='%{input} %{line} %{end} %{name}' >"$scratch/functions"
    # A line beside each function: its length, and whether it is waived.
    # shellcheck disable=SC2046 # a list
    awk 'NR == FNR { n++; file[n] = $1; from[n] = $2; to[n] = $3
                     name[n] = $4; next }
         FNR == 1 { for (i = 1; i <= n; i++) if (file[i] == FILENAME) break
                    first = i }
         /style: / { for (i = first; i <= n && file[i] == FILENAME; i++)
                         if (FNR >= from[i] - 8 && FNR <= to[i])
                             waived[i] = 1 }
         END { for (i = 1; i <= n; i++)
                   print to[i] - from[i] + 1, file[i] ":" from[i] ": " \
                       name[i], waived[i] ? "waived" : "" }' \
        "$scratch/functions" $(cut -d' ' -f1 "$scratch/functions" | sort -u) |
        sort -n >"$scratch/lengths"
    awk '$1 > 60 && $NF != "waived" { print $2, $3, $1 " lines" }' \
        "$scratch/lengths" | rule "functions over 60 lines" 0
    median=$(awk '$2 !~ /^(tests|bench|examples)/ { v[++n] = $1 }
        END { print n ? v[int((n + 1) / 2)] : 0 }' "$scratch/lengths")
    row "median function, lines" "$median" "<= 18"
    [ "$median" -le 18 ] || echo "$median lines" | fail "median function"
    of c awk '/^static [a-z].*[a-z_*]\([^;]*$/ && !/=/ && !/__attribute__/ {
            print FILENAME ":" FNR }' | rule "return types on the line of the name" 0
else
    row "functions over 60 lines" "-" "no universal-ctags"
fi

# --- tests ---------------------------------------------------------------
lines() { of "$1" cat | grep -c -v '^[[:space:]]*$'; }
source_lines=$(lines source)
test_lines=$(lines tests)
share=$(awk -v t="$test_lines" -v s="$source_lines" \
    'BEGIN { printf "%.2f", s ? t / s : 0 }')
row "test lines per source line" "$share" ">= 0.80"
awk -v s="$share" 'BEGIN { exit !(s < 0.8) }' &&
    echo "$test_lines to $source_lines" | fail "test lines per source line"
row "source lines" "$source_lines" ""
row "test lines" "$test_lines" ""

if [ -n "$verbose" ] && [ -f "$scratch/lengths" ]; then
    printf '\nlongest functions\n'
    tail -n 10 "$scratch/lengths"
fi
if [ -s "$failures" ]; then
    printf '\n'
    cat "$failures"
    printf '%s failures\n' "$(grep -c . "$failures")"
    exit 1
fi
