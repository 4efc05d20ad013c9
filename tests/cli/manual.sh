#!/bin/sh
# SPDX-License-Identifier: MIT
# manual.sh - the manual has every option, plugin and parameter, is proper
# roff, and can be made without the program.
. "$(dirname "$0")/lib.sh"

man=$top_srcdir/docs/man
for page in mesa-core.1 mesa.ini.5; do
    sh "$man/manpage.sh" "$program" "$man/$page.in" >$page 2>"$err"
    result $? "$page is made" || diagnose "$err"
    check "$page: nothing is left to replace" sh -c "! grep -n '@' $page"
    sh "$man/manpage.sh" "$program" "$man/$page.in" >again
    check "$page: the same again" cmp $page again
    echo shipped >shipped
    sh "$man/manpage.sh" ./none "$man/$page.in" shipped >other
    check "$page: without the program, the page that came along" \
        cmp shipped other
    sh "$man/manpage.sh" ./none "$man/$page.in" none >bare
    check "$page: without the program or a page" \
        grep -q 'made without running the program' bare
    if command -v man >/dev/null 2>&1 && command -v groff >/dev/null 2>&1
    then
        for file in $page bare; do
            LC_ALL=C MANWIDTH=80 man --warnings -l "$file" >text 2>"$err"
            [ ! -s "$err" ]
            result $? "$file: no warnings" || diagnose "$err"
        done
    else
        skip "$page: no warnings" "no man"
    fi
done

# The text of a page, without roff's ways of writing a minus.
sed 's/\\-/-/g; s/\\(ha/^/g' mesa-core.1 >page
mesa --help
grep -o -e '--[a-z][a-z-]*' "$out" | sort -u >options
while read -r option; do
    check "$option is in mesa-core(1)" grep -q -e "$option" page
done <options
for code in 0 1 2 65 66 69 73 74 75 78; do
    check "exit status $code is in mesa-core(1)" grep -q -x "\.B $code" page
done

sed 's/\\-/-/g' mesa.ini.5 >page
mesa --list
sed '/^$/q' "$out" | awk 'NF { print $1 "/" $2 }' >plugins
{ echo run && echo evaluate && cat plugins; } >subjects
while read -r subject; do
    mesa --describe "$subject" -v
    sed -n 's/^;\{0,1\}\([a-z0-9_]*\) =.*/\1/p' "$out" | grep -v -x type |
        sort -u >keys
    missing=
    while read -r key; do
        grep -q "^\.B $key\( =.*\)*\$" page || missing="$missing $key"
    done <keys
    [ -z "$missing" ]
    result $? "every key of $subject is in mesa.ini(5)" ||
        echo "# missing:$missing"
done <subjects
while read -r plugin; do
    check "$plugin has its section" grep -q "^\.SS \"$plugin\"" page
done <plugins
finish
