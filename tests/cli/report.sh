#!/bin/sh
# SPDX-License-Identifier: MIT
# report.sh - report.html: what a run leaves, mesa-core report of one run and
# of several, and what hostile names become.
. "$(dirname "$0")/lib.sh"

has() { check "$1" grep -q -F -e "$3" "$2"; }
lacks() { check "$1" sh -c '! grep -q -F -e "$1" "$2"' - "$3" "$2"; }

make_ini >run.ini
exits "a run" 0 -c run.ini -q
has "is named" out/report.html '<h1>out</h1>'
has "says what it was" out/report.html 'Classification tree (CART) <code>tree'
for id in scores config timings warnings data theme; do
    has "has #$id" out/report.html "id=\"$id\""
done
has "says where values are from" out/report.html "title=\"run.ini:7\""
has "origins.ini" out/origins.ini '; run.ini:7'
lacks "config.ini stays as it was" out/config.ini run.ini
check "loads nothing" sh -c "! grep -n -i -E \
    '(src|href) *= *[\"'\\''](http|//|file)|url\\((http|//)|@import' \
    out/report.html"
cp out/report.html first.html
exits "report" 0 report out -q
check "report: the same page" cmp first.html out/report.html
exits "report to a file" 0 report out -q -o other.html
check "report to a file: the same page" cmp first.html other.html
(cd out && "$program" report . -q)
check "report of the current folder: the same name" \
    grep -q -F '<h1>out</h1>' out/report.html
exits "[run] report = no" 0 -c run.ini -q --set run.report=no \
    --set run.output=plain
check "[run] report = no: none" test ! -e plain/report.html
exits "[run] report = no: made later" 0 report plain -q
has "[run] report = no: made later, with scores" plain/report.html aucprc

# What is missing is said; what can be drawn is drawn later.
mesa report out
says "not drawn" "out has 5 scripts of pictures to be drawn; --draw runs them"
mesa report --draw out
says "no gnuplot" "not drawn, as MESA_GNUPLOT is empty; their scripts are in \
out/plots"
has "no gnuplot: a word in its place" out/report.html \
    'Not drawn; gnuplot makes it of plots/classes.gp.'
if command -v gnuplot >/dev/null 2>&1; then
    (unset MESA_GNUPLOT && "$program" report --draw out) >"$out" 2>"$err"
    result $? "drawn later" || diagnose "$err"
    check "drawn later: nothing is said" test ! -s "$err"
    has "drawn later: in the page" out/report.html '-gpDot"'
    lacks "drawn later: nothing is missing" out/report.html 'Not drawn'
    check "its parts have names of their own" sh -c \
        "test -z \"\$(grep -o ' id=\"[^\"]*\"' out/report.html |
            sort | uniq -d)\""
else
    skip "drawn later" "no gnuplot"
fi

# A picture that somebody has edited, and not for the better.
printf '<svg viewBox="0 0 1 1"><script>alert(1)</script></svg>' \
    >out/plots/classes.svg
exits "an edited picture" 0 report out -q
has "an edited picture: an image" out/report.html \
    'src="data:image/svg+xml;base64,'
lacks "an edited picture: not in the page" out/report.html '<script>alert'

# Names of columns and classes.
awk 'BEGIN {
    print "\"<script>alert(1)</script>\",\"\"\"><img src=x onerror=alert(2)>\",label"
    for (s = 1; i < 60; i++) {
        s = (s * 69069 + 1) % 16777216
        printf "%f,%d,%s\n", s / 16777216, i,
            i % 5 ? "<script>alert(3)</script>" : "&amp;]]>"
    }
}' >evil.csv
cat >evil.ini <<'INI'
[run]
output = <b>evil&amp;
[data]
type = csv
file = evil.csv
[estimator]
type = tree
INI
exits "hostile names" 0 -c evil.ini -q
page='<b>evil&amp;/report.html'
has "hostile names: the run" "$page" '<h1>&lt;b&gt;evil&amp;amp;</h1>'
has "hostile names: a class" "$page" '&lt;script&gt;alert(3)&lt;/script&gt;'
has "hostile names: entities" "$page" '&amp;amp;]]&gt;'
lacks "hostile names: no script" "$page" '<script>alert'
lacks "hostile names: no image" "$page" '<img src=x'
check "hostile names: UTF-8" iconv -f UTF-8 -t UTF-8 "$page"

# Stopped, gone on with, and older than reports.
make_long_ini 12 >long.ini
exits "a run that is stopped" 75 -c long.ini -q --set run.max_seconds=1e-9 \
    --set run.output=long
exits "stopped: report" 0 report long -q
has "stopped: says so" long/report.html 'It was stopped with a checkpoint'
exits "stopped: goes on" 0 -c long.ini -q --resume --set run.output=long
lacks "stopped: no longer says so" long/report.html 'not finished'
rm -r long/plots long/origins.ini long/timings.json
exits "an older run" 0 report long -q
has "an older run: scores" long/report.html 'id="scores"'

# Side by side.
exits "another seed" 0 -c run.ini -q --set run.seed=8 --set run.output=more/out
exits "two runs" 0 report out more/out long -o two.html
has "two runs: told apart by their paths" two.html '>more/out</a>'
has "two runs: a link" two.html '<a href="more/out/report.html">'
has "two runs: another link" two.html '<a href="long/report.html">long</a>'
has "two runs: what differs" two.html '<th scope="row">[run] seed</th><td class="long">7</td><td class="long">8</td><td class="long">11</td>'
lacks "two runs: not what is the same" two.html '[estimator] criterion</th><td class="long">gini</td><td class="long">gini</td><td class="long">gini</td>'
has "two runs: of different data" two.html 'nothing is marked'
has "two runs: pictures" two.html 'id="picture-classes-2"'
mkdir below
exits "from elsewhere" 0 report out plain -o below/page.html
has "from elsewhere: a link" below/page.html '<a href="../out/report.html">'
(cd below && "$program" report ../out ../plain) >"$out" 2>"$err"
check "two runs: report.html is here" test -s below/report.html

# A long run: its table is cut, and the page stays small.
cp -r out large
awk 'BEGIN { print "step,split,metric,value"
    for (i = 0; i < 300000; i++)
        print int(i / 3) ",train,metric" i % 3 "," sin(i) }' >large/metrics.csv
exits "100000 steps" 0 report large -q
has "100000 steps: the first of them" large/report.html \
    'The first 200 of 300000 rows; all are in the file metrics.csv.'
check "100000 steps: below 2 MB" \
    test "$(wc -c <large/report.html)" -lt 2000000

refused "nothing" 2 \
    "nothing to report: use report RUN..., with folders of runs" report
refused "--draw elsewhere" 2 "--draw goes with report only" --draw -c run.ini
refused "another option" 2 "report takes folders of runs, -o, --draw and -q only" \
    report out -c run.ini
refused "standard output" 2 "report needs a file to write, use -o FILE" \
    report out -o -
refused "no folder" 66 "there is no folder none" report none
refused "no run" 66 "below is no folder of a run: it has no config.ini" \
    report out below
refused "a file" 74 "cannot read run.ini/config.ini: Not a directory" \
    report run.ini
refused "one folder twice" 65 "out and ./out are the same folder" \
    report out long ./out
refused "nowhere to write" 73 "cannot write none/page.html: No such file or \
directory" report out -q -o none/page.html
cp -r out broken
printf '{' >broken/summary.json
refused "a broken file" 65 "broken: summary.json, byte 1: expected a string" \
    report broken
finish
