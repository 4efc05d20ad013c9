#!/bin/sh
# SPDX-License-Identifier: MIT
# headers.sh - each public header compiles alone, twice in a row, as C11 and as
# C++11, without a warning.
: "${top_srcdir:?is set by make check}"
CC=${CC:-cc}
CXX=${CXX:-c++}
flags='-Wall -Wextra -Wpedantic -Werror -fsyntax-only'
number=0

set -- "$top_srcdir"/include/mesa/*.h
echo "1..$(($# * 2))"
for header; do
    name=${header##*/}
    text="#include <mesa/$name>
#include <mesa/$name>
typedef int mesa_not_empty;"
    number=$((number + 1))
    said=$(echo "$text" | $CC -std=c11 $flags -I"$top_srcdir/include" -x c - \
        2>&1) && echo "ok $number - $name as C11" || {
        echo "not ok $number - $name as C11"
        echo "$said" | sed 's/^/# /'
    }
    number=$((number + 1))
    if ! $CXX --version > /dev/null 2>&1; then
        echo "ok $number - $name as C++11 # SKIP requires a C++ compiler"
        continue
    fi
    said=$(echo "$text" | $CXX -std=c++11 $flags -I"$top_srcdir/include" \
        -x c++ - 2>&1) && echo "ok $number - $name as C++11" || {
        echo "not ok $number - $name as C++11"
        echo "$said" | sed 's/^/# /'
    }
done
exit 0
