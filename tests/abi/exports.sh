#!/bin/sh
# SPDX-License-Identifier: MIT
# exports.sh - libmesa exports mesa_ symbols only and has lost none of those it
# once had; a plugin exports mesa_plugin and nothing else.
: "${top_builddir:?is set by make check}"
LC_ALL=C
export LC_ALL
number=0

# check NAME UNEXPECTED: nothing may be in UNEXPECTED.
check()
{
    number=$((number + 1))
    if test -z "$2"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

symbols()
{
    nm -D --defined-only "$1" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort
}

library=$top_builddir/.libs/libmesa.so
if ! nm --version > /dev/null 2>&1; then
    echo '1..0 # SKIP requires nm'
    exit 0
fi
if ! test -f "$library"; then
    echo '1..0 # SKIP requires shared libraries'
    exit 0
fi

set -- "$top_builddir"/plugins/*/.libs/*.so
echo "1..$(($# + 2))"
symbols "$library" > exports.tmp
check 'libmesa exports mesa_ symbols' "$(grep -v '^mesa_' exports.tmp)"
check 'libmesa still has all it had' \
    "$(sort "$top_srcdir/tests/abi/libmesa.symbols" | grep -v '^#' |
        comm -23 - exports.tmp)"
rm -f exports.tmp
for plugin; do
    check "${plugin##*/} exports mesa_plugin" \
        "$(test "$(symbols "$plugin")" = mesa_plugin || symbols "$plugin")"
done
exit 0
