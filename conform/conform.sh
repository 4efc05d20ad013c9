#!/bin/sh
# SPDX-License-Identifier: MIT
# conform.sh - mesa-conform on sources that need to be told of a file, or of
# another source: their results, one after the other.
: "${top_builddir:?is set by make check}"
plugins=$top_builddir/plugins/sources
number=0
failed=0

# conform NAME OPTION...: the checks of that source, numbered on.
conform()
{
    module=$plugins/$1.la
    shift
    if test ! -f "$module"; then
        number=$((number + 1))
        echo "ok $number - $module # SKIP is not built"
        return
    fi
    results=$("$top_builddir/mesa-conform" "$@" "$module") || failed=1
    before=$number
    number=$((number + $(printf '%s\n' "$results" | grep -c '^\(not \)*ok ')))
    printf '%s\n' "$results" | awk -v n="$before" '
        /^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
        !/^1\.\./'
}

conform csv --set file="$top_srcdir/examples/plugin-template/example.csv"
conform few_shot_classes --set ways=2 --set query=5 \
    --set class_split=0.5,0.25,0.25 \
    --set 'rows=classification(n_classes=8,n_informative=5)'
echo "1..$number"
exit $failed
