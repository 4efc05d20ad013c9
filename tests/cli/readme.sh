#!/bin/sh
# SPDX-License-Identifier: MIT
# readme.sh - the README's example is the file it says, and prints that.
. "$(dirname "$0")/lib.sh"

readme=$top_srcdir/README.md
ini=$top_srcdir/conf/quickstart.ini
grep -q -x '    ./bootstrap check' "$readme"
result $? "the test command stands on a line of its own"
check "it fits one screen" test "$(wc -l <"$readme")" -le 90

# What follows a command, up to the next command or the end of the block.
after() {
    awk -v command="    \$ $1" '
        $0 == command { inside = 1; next }
        inside && (/^    \$ / || /^[^ ]/) { exit }
        inside { sub(/^    /, ""); print }' "$readme" | sed '/^ *$/d'
}

after "grep -v '^;' conf/quickstart.ini" >shown
sed '/^;/d; /^ *$/d' "$ini" >real
check "the example is conf/quickstart.ini" diff shown real

after 'build/mesa-core -c conf/quickstart.ini' | sed 's/ *$//' >shown
mesa -c "$ini" -q
sed 's/ *$//' "$out" >real
check "its output is what the program prints" diff shown real
finish
