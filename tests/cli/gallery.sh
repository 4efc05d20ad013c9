#!/bin/sh
# SPDX-License-Identifier: MIT
# gallery.sh - docs/gallery.md has every experiment, and its pictures are
# there, small, and nothing else.  docs/gallery.sh makes both anew.
. "$(dirname "$0")/lib.sh"
docs=$top_srcdir/docs
page=$docs/gallery.md

for ini in "$top_srcdir"/conf/*.ini; do
    name=$(basename "$ini" .ini)
    shorter=$(sed -n 's/^; Fewer iterations: */ /p' "$ini" | head -n 1)
    check "$name has a place" \
        grep -q -x -F "### [$name](../conf/$name.ini)" "$page"
    check "$name has its command" \
        grep -q -x -F "    mesa-core -c conf/$name.ini$shorter" "$page"
    awk 'FNR == 1 && !/^; [A-Z]/ { exit 1 }
        /^;/ { text = text $0; next } { exit text !~ /\./ }' "$ini"
    result $? "$name says in a sentence what it is"
done
grep '^### ' "$page" | sed 's|.*/conf/\(.*\))|\1|' | sort >there
(cd "$top_srcdir/conf" && ls -- *.ini) | sort >wanted
check "the page has no others" diff wanted there

# Pictures, in both directions.
grep -o 'src="gallery/[^"]*"' "$page" | sed 's|.*/||; s/"//' | sort >shown
(cd "$docs/gallery" && ls) | sort >drawn
check "every picture shown is there, and no other" diff shown drawn
check "there are pictures" test -s shown
check "each has words for those who do not see it" \
    sh -c "! grep '<img' '$page' | grep -v 'alt=\"..*\"'"
bytes=$(cat "$docs"/gallery/*.svg | wc -c)
check "together they are small: $bytes bytes" test "$bytes" -lt 1500000
for file in "$docs"/gallery/*.svg; do
    grep -q '</svg>' "$file" && grep -q 'fill="white"' "$file" ||
        echo "$file"
done >"$work/log/broken"
check "each is whole, and on white" test ! -s "$work/log/broken"
if command -v xmllint >/dev/null; then
    check "each is XML" xmllint --noout "$docs"/gallery/*.svg
else
    skip "each is XML" "no xmllint"
fi
finish
