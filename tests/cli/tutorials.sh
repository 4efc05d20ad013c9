#!/bin/sh
# SPDX-License-Identifier: MIT
# tutorials.sh - what docs/tutorial-*.md tell people to type works, and prints
# what they say it prints.
#
# Of each tutorial, in an empty folder of its own and in one shell:
# - a block whose first line is a comment that begins with a name of a file,
#   `; NAME.ini`, `# NAME` or `/* NAME.c - ...`, is written to that file;
# - in a block of the language `console` a line `$ COMMAND` is run, with the
#   lines after it for as long as each ends in a backslash;
# - what follows a command is its output: what it says on standard output,
#   then what mesa-core says on standard error.  A line `...` stands for any
#   lines, and ` ...` for the rest of a line, as there are times.  A command
#   without shown output may print what it likes.
# A command has to succeed, unless what is shown is a message of mesa-core, or
# the next command is `echo $?`.
. "$(dirname "$0")/lib.sh"

# Commands find the programs of this build by their names.
mkdir "$work/bin"
for tool in mesa-core mesa-conform; do
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$top_builddir/$tool" \
        >"$work/bin/$tool"
    chmod +x "$work/bin/$tool"
done
PATH=$work/bin:$PATH
export PATH

# Plugins of readers are built against this tree.
cat >"$work/bin/mesa.pc" <<TEXT
Name: mesa
Description: mesa, as it is built
Version: 0
Libs: -L$top_builddir/.libs -lmesa
Cflags: -I$top_srcdir/include
TEXT
PKG_CONFIG_PATH=$work/bin
export PKG_CONFIG_PATH
can_build() {
    command -v cc && pkg-config --exists mesa &&
        [ -e "$top_builddir/.libs/libmesa.so" ]
} >"$work/log/build" 2>&1

# cut_up TUTORIAL FOLDER: its steps, in order, as files NUMBER.file with the
# name in NUMBER.name, or NUMBER.command with NUMBER.shown.
cut_up() {
    awk -v folder="$2" '
        function start(kind) {
            if (target != "") close(target)
            step = sprintf("%s/%03d", folder, ++n)
            target = step "." kind
            printf "" >target
        }
        /^```/ {
            inside = !inside
            console = inside && /^```console/
            first = inside
            file = continued = 0
            if (target != "") close(target)
            target = ""
            next
        }
        !inside { next }
        console && continued {
            print >target
            continued = /\\$/
            if (!continued) { close(target); target = step ".shown" }
            next
        }
        console && /^\$ / {
            start("command")
            print substr($0, 3) >target
            continued = /\\$/
            if (!continued) { close(target); target = step ".shown" }
            next
        }
        console { if (target != "") print >target; next }
        first && /^(;|#|\/\*) [a-z0-9_.-]+\.[a-z]+( |$)/ {
            start("file")
            print $2 >(step ".name")
            close(step ".name")
            file = 1
        }
        { first = 0 }
        file { print >target }' "$1"
}

# What is shown in SHOWN is what is in SAID; lines `...` stand for any.
matches() {
    awk '
        { sub(/[ \t]+$/, "") }
        FILENAME == ARGV[1] { shown[++n] = $0; next }
        { said[++m] = $0 }
        function same(a, b) {
            if (!sub(/ +\.\.\.$/, " ", a)) return a == b
            return substr(b, 1, length(a)) == a
        }
        # Do lines FROM..TO of what is shown stand at AT of what is said?
        function stands(from, to, at,   i) {
            for (i = from; i <= to; i++)
                if (at + i - from > m || !same(shown[i], said[at + i - from]))
                    return 0
            return 1
        }
        END {
            while (n > 0 && shown[n] == "") n--
            while (m > 0 && said[m] == "") m--
            at = 1
            for (from = 1; from <= n; from = to + 1) {
                loose = shown[from] == "..."
                if (loose) from++
                for (to = from; to <= n && shown[to] != "..."; to++) ;
                to--
                if (to == n && loose && to >= from) {
                    if (m - (to - from) < at) exit 1
                    at = m - (to - from)
                }
                while (loose && at <= m && !stands(from, to, at)) at++
                if (!stands(from, to, at)) exit 1
                at += to - from + 1
            }
            exit !(at > m || shown[n] == "...")
        }' "$1" "$2"
}

# A message is shown, or the next step looks at the status.
may_fail() {
    grep -q '^mesa-core: ' "$1" || { [ -f "$2" ] && grep -q 'echo \$?' "$2"; }
}

# Runs the steps of a folder in the current one, in one shell.
run_steps() {
    status=0
    for step in "$1"/*.file "$1"/*.command; do
        echo "$step"
    done | sort >"$1/order"
    while read -r step; do
        case $step in
        *.file) cp "$step" "$(cat "${step%.file}.name")" ;;
        *.command)
            last=${step%.command}
            (exit "$status")
            eval "$(cat "$step")" >"$last.out" 2>"$last.err" </dev/null
            status=$?
            echo "$status" >"$last.status"
            ;;
        esac
    done <"$1/order"
}

# judge NUMBER FOLDER: what came of one command.
judge() {
    step=$2/$1
    next=$2/$(printf '%03d' "$((${1#"${1%%[!0]*}"} + 1))").command
    status=$(cat "$step.status" 2>/dev/null || echo 99)
    command=$(sed '1!d; s/ *\\$/ .../' "$step.command" | tr -d '\\')
    grep -E '^(mesa-core: |  mesa-core |labels taken )' "$step.err" \
        >"$step.said"
    cat "$step.out" "$step.said" >"$step.both"
    if [ "$status" -ne 0 ] && ! may_fail "$step.shown" "$next"; then
        result 1 "$tutorial: $command: exit status $status"
        diagnose "$step.out" "$step.err"
    elif [ -s "$step.shown" ]; then
        matches "$step.shown" "$step.both"
        result $? "$tutorial: $command" && return
        diff "$step.shown" "$step.both" | diagnose
    else
        result 0 "$tutorial: $command"
    fi
}

# What a metalearner that draws looks like is shown as a part of a plugin.
if can_build; then
    sed -n '/^```C$/,/^```$/{ /^```/!p; }' "$top_srcdir/docs/plugin-author.md" \
        >"$work/log/report.c"
    check "the example in plugin-author.md has lines" \
        test "$(wc -l <"$work/log/report.c")" -gt 20
    check "and compiles" cc -std=c11 -Wall -Wextra -Werror \
        -Wno-unused-function -I"$top_srcdir/include" -c \
        -o "$work/log/report.o" "$work/log/report.c"
else
    skip "the example in plugin-author.md compiles" "no compiler"
fi

for page in "$top_srcdir"/docs/tutorial-*.md; do
    tutorial=$(basename "$page" .md)
    if [ "$tutorial" = tutorial-plugin ] && ! can_build; then
        skip "$tutorial" "no compiler, pkg-config or shared library"
        continue
    fi
    steps=$work/log/$tutorial
    mkdir "$steps" "$work/run/$tutorial"
    cut_up "$page" "$steps"
    (cd "$work/run/$tutorial" && run_steps "$steps")
    commands=0
    for command in "$steps"/*.command; do
        [ -f "$command" ] || continue
        judge "$(basename "$command" .command)" "$steps"
        commands=$((commands + 1))
    done
    check "$tutorial has commands" test "$commands" -gt 4
    check "docs/README.md has $tutorial" \
        grep -q -F "]($tutorial.md)" "$top_srcdir/docs/README.md"
done
finish
