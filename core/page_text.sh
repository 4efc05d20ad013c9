#!/bin/sh
# SPDX-License-Identifier: MIT
# page_text.sh FILE NAME - the text of FILE as a C string called NAME, without
# comments and indentation: C11 allows 4095 characters in one literal, so that
# it is an array of bytes.
set -eu
printf '/* Made from %s by page_text.sh. */\nstatic const char %s[] = {\n' \
    "$(basename "$1")" "$2"
sed -e 's/^ *//' -e '/^\/\*.*\*\/$/d' -e '/^$/d' "$1" |
    od -A n -t u1 -v | sed -e 's/^ *//' -e 's/  */,/g' -e 's/$/,/'
printf '0};\n'
