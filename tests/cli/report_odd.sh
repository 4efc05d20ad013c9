#!/bin/sh
# SPDX-License-Identifier: MIT
# report_odd.sh - mesa-core report of folders in which something is not what
# a run leaves there: what cannot be read is said, and the rest is shown.
. "$(dirname "$0")/lib.sh"

has() { check "$1" grep -q -F -e "$3" "$2"; }
lacks() { check "$1" sh -c '! grep -q -F -e "$1" "$2"' - "$3" "$2"; }

# In time, whatever it waits for.
report() {
    t_name=$1
    shift
    timeout 20 "$program" report "$@" -q >"$out" 2>"$err"
    result $? "$t_name" || diagnose "$err"
}

make_ini >run.ini
exits "a run" 0 -c run.ini -q
cp -r out odd

# Tables and pictures.
mkdir odd/folder.csv
mkfifo odd/pipe.csv
ln -s /dev/zero odd/device.csv
ln -s nowhere odd/dangling.csv
rm -f odd/plots/classes.svg
mkfifo odd/plots/classes.svg
report "odd entries" odd
page=odd/report.html
has "a folder" $page 'folder.csv cannot be read: Is a directory.'
has "a pipe" $page 'pipe.csv cannot be read: Not a regular file.'
has "a device" $page 'device.csv cannot be read: Not a regular file.'
has "a link to nowhere" $page \
    'dangling.csv cannot be read: No such file or directory.'
has "a picture" $page \
    'plots/classes.svg cannot be read: Not a regular file.'
has "the other tables" $page '<summary>metrics.csv'
if [ "$(id -u)" -ne 0 ]; then
    chmod a-r odd/metrics.csv
    report "a table that may not be read" odd
    has "a table that may not be read: said" $page \
        'metrics.csv cannot be read: Permission denied.'
else
    skip "a table that may not be read" "root may read all"
fi

# What the page is made of.
for name in summary.json timings.json run.log origins.ini plots/index.csv; do
    for kind in folder pipe; do
        rm -rf odd
        cp -r out odd
        rm -f "odd/$name"
        if [ $kind = folder ]; then
            mkdir "odd/$name"
            why='Is a directory'
        else
            mkfifo "odd/$name"
            why='Not a regular file'
        fi
        report "$name, a $kind" odd
        check "$name, a $kind: a warning" \
            grep -q "<li>.*$name.*: $why</li>" $page
    done
done
timeout 20 "$program" inspect odd >"$out" 2>"$err"
check "inspect does not wait" test $? -ne 124
rm -rf odd
cp -r out odd
rm odd/summary.json
mkfifo odd/summary.json
report "no summary" odd
has "no summary: said" $page '<b>summary.json cannot be read</b>'
lacks "no summary: not taken for unfinished" $page 'not finished'
report "no summary: side by side" out odd -o two.html
has "no summary: side by side, said" two.html 'summary.json cannot be read.'
rm odd/config.ini
mkfifo odd/config.ini
timeout 20 "$program" report odd -q >"$out" 2>"$err"
check "no configuration: refused" test $? -eq 74

# The index of the pictures.
rm -rf odd
cp -r out odd
header='section,flags,name,title,caption'
index() { printf '%s\n' "$@" >odd/plots/index.csv; }
: >odd/plots/index.csv
report "an empty index" odd
has "an empty index: said" $page "<li>pictures are missing: odd/plots/index.csv"
index 'name,title,caption' 'classes,Title,Caption'
report "an old index" odd
has "an old index: said" $page "does not begin with $header"
index $header '0,0,classes,Kept,Caption' '0,0' '0,0,later,Lost,Caption'
report "a damaged index" odd
has "a damaged index: said" $page 'entry 2 is no picture'
has "a damaged index: what is before it" $page '<b>Kept.</b>'
lacks "a damaged index: nothing behind it" $page '<b>Lost.</b>'
index $header '0,0,classes,First,x' '7,0,other,Odd,x' '1,0,classes,Last,x'
report "a name twice" odd
has "a name twice: the last" $page '<b>Last.</b>'
lacks "a name twice: not the first" $page '<b>First.</b>'
has "an unknown section" $page '<b>Odd.</b>'

# Scores on different data are not better or worse.
exits "another run of the data" 0 -c run.ini -q --set run.output=same \
    --set estimator.max_depth=1
exits "a run of other data" 0 -c run.ini -q --set run.output=other \
    --set data.n_minority=50
report "the same data" out same -o two.html
has "the same data: the best is marked" two.html '<td class="best"'
report "other data" out other -o two.html
has "other data: said" two.html \
    'The runs are of different data: nothing is marked.'
lacks "other data: nothing is marked" two.html '<td class="best"'

# Many large pictures: some, and the way to the others.
mkdir many
for i in 1 2 3 4 5 6 7 8 9; do
    cp -r out many/$i
    awk 'BEGIN { print "<svg viewBox=\"0 0 6 4\">"
        for (i = 0; i < 9000; i++)
            printf "<rect x=\"%d\" y=\"%d\" width=\"1\" height=\"1\" " \
                "fill=\"#0072b2\" stroke=\"none\"/>\n", i % 6, i % 4
        print "</svg>" }' >many/$i/plots/classes.svg
done
report "many pictures" many/? -o many.html
has "many pictures: said" many.html \
    'More pictures would make this page too large'
has "many pictures: the first of them" many.html 'id="picture-classes-1"'
lacks "many pictures: not the last" many.html 'id="picture-classes-9"'
check "many pictures: the page" \
    test "$(wc -c <many.html)" -lt 6000000
check "many pictures: links to all" test "$(grep -o \
    '<a href="many/./report.html">' many.html | wc -l)" -eq 18

# Names that are not ASCII.
mkdir 'Lösung'
cp -r out "Lösung/it's"
report "an umlaut" "Lösung/it's"
has "an umlaut: in the command" "Lösung/it's/report.html" \
    "/Lösung/it&#39;\\&#39;&#39;s/config.ini&#39; --set"
finish
