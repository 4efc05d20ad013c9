#!/bin/sh
# SPDX-License-Identifier: MIT
# conform.sh - mesa-conform on sources that need to be told of a file.
: "${top_builddir:?is set by make check}"
module=$top_builddir/plugins/sources/csv.la
if test ! -f "$module"; then
    echo '1..0 # SKIP requires the csv source'
    exit 0
fi
exec "$top_builddir/mesa-conform" \
    --set file="$top_srcdir/examples/plugin-template/example.csv" "$module"
