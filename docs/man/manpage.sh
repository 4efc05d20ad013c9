#!/bin/sh
# SPDX-License-Identifier: MIT
# manpage.sh - a manual page from its template and what the program says.
#
#   manpage.sh PROGRAM TEMPLATE [SHIPPED-PAGE] > PAGE
#
# A template is a page with these lines in it, each replaced by what
# mesa-core prints, so that nothing about an option or a parameter is written
# twice:
#
#   @SYNOPSIS@         the usage lines of --help
#   @OPTIONS@          the options of --help
#   @SECTION NAME@     the keys of [run] or [evaluate]
#   @KEY KIND/NAME KEY@   one key of a plugin
#   @PLUGINS KIND@     the plugins of a kind, with their keys
#
# A program that cannot run here (a cross build) is no reason to fail: the
# page that came with the distribution is used, or else one that refers to
# the program.
set -eu
LC_ALL=C
export LC_ALL
# Plugins of the user's own have no place in the manual.
unset MESA_PLUGIN_PATH

program=$1
template=$2
shipped=${3-}

if version=$("$program" --version 2>/dev/null); then
    version=${version##* }
elif [ -n "$shipped" ] && [ -f "$shipped" ]; then
    cat "$shipped"
    exit
else
    version=
fi

# What is not roff to roff.
escape='function roff(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/`/, "\\(ga", s)
    gsub(/\047/, "\\(aq", s)
    gsub(/\^/, "\\(ha", s)
    gsub(/~/, "\\(ti", s)
    sub(/^\./, "\\\\\\&.", s)
    return s
}'

ask() { [ -z "$version" ] || "$program" "$@"; }

synopsis() {
    ask --help | awk "$escape"'
        /^$/ { exit }
        { sub(/^Usage: */, ""); sub(/^ */, "")
          n = split($0, word, " ")
          line = ".B"
          print ".SY mesa\\-core"
          for (i = 2; i <= n; i++) {
              w = roff(word[i])
              if (w ~ /^\[/) print w
              else if (w ~ /^(\\-|[a-z])/) print ".B " w
              else print ".I " w
          }
          print ".YS" }'
}

# "  -c, --config FILE     text", continued by lines that are indented.
options() {
    ask --help | awk "$escape"'
        /^  +-/ {
            at = match($0, /[^ ]  +[^ -]/)
            name = substr($0, 1, at); text = substr($0, at + 1)
            sub(/^ +/, "", name); sub(/^ +/, "", text)
            print ".TP"
            print ".B " roff(name)
            print roff(text)
            inside = 1
            next
        }
        inside && /^    / { sub(/^ +/, ""); print roff($0); next }
        { inside = 0 }'
}

# The output of --describe: comments with help, range and choices, then
# "key = default".  With ONLY that key; with WITHOUT all others.
keys() {
    awk -v only="${1-}" -v without="${2-}" "$escape"'
        /^$/ { n = 0; next }
        /^; / { comment[++n] = substr($0, 3); next }
        /^\[/ { n = 0; next }
        /^type = / { next }
        /^;?[a-z0-9_]+ =/ {
            key = $0; sub(/^;/, "", key); sub(/ =.*/, "", key)
            value = $0; sub(/^[^=]*= */, "", value)
            if ((only == "" || key == only) && key != without && n >= 2) {
                print ".TP"
                print ".B " key (value == "" ? "" : " = " roff(value))
                print roff(comment[1]) ";"
                range = comment[2]
                sub(/^\(/, "", range); sub(/\)$/, "", range)
                print roff(range) "."
                for (i = 3; i <= n; i++) {
                    word = comment[i]; sub(/^ */, "", word)
                    about = word
                    sub(/:.*/, "", word); sub(/^[^:]*: */, "", about)
                    print ".br"
                    print ".IR " roff(word) " :"
                    print roff(about) (i < n ? ";" : ".")
                }
            }
            n = 0
        }'
}

title() {
    awk "$escape"'
        /^\[/ { exit }
        /^; / { n++; print roff(substr($0, 3)) "."; if (n == 1) print ".br" }'
}

plugins() {
    ask --list "$1" | awk '/^$/ { exit } { print $2 }' |
        while read -r name; do
            printf '.SS "%s/%s"\n' "$1" "$name"
            ask --describe "$1/$name" -v | title
            case $1 in
            data) ask --describe "$1/$name" -v | keys '' split ;;
            *) ask --describe "$1/$name" -v | keys ;;
            esac
        done
}

while IFS= read -r line; do
    case $line in
    @SYNOPSIS@) synopsis ;;
    @OPTIONS@) options ;;
    @SECTION\ *@)
        line=${line%@}
        ask --describe "${line#* }" -v | keys
        ;;
    @KEY\ *@)
        line=${line%@}
        line=${line#* }
        ask --describe "${line% *}" -v | keys "${line#* }"
        ;;
    @PLUGINS\ *@)
        line=${line%@}
        plugins "${line#* }"
        ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$template" | sed "s/@VERSION@/$version/"

if [ -z "$version" ]; then
    printf '.PP\nOptions and parameters are missing from this copy, which was '
    printf 'made without running the program: see\n'
    printf '.BR "mesa\\-core \\-\\-help" " and " "mesa\\-core \\-\\-describe" .\n'
fi
