# SPDX-License-Identifier: MIT
# browser.sh - reports in a real browser; sourced by tests that have some.
#
# Skips where there is no Chromium.  MESA_SCREENSHOTS names a folder for
# pictures of the pages, to be looked at by people.

browser=
for t_name in chromium chromium-browser google-chrome; do
    browser=${browser:-$(command -v "$t_name" || :)}
done

# Without a sandbox, which containers do not allow; the pages are our own.
headless() {
    timeout 300 "$browser" --headless=new --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --hide-scrollbars --no-first-run \
        --user-data-dir="$work/log/browser" --allow-file-access-from-files \
        --enable-logging=stderr "$@"
}

# What a page is to have: a line of JavaScript for one run folder.
describe_page() {
    t_pictures=$(sed -n 's/^[0-9]*,[0-9]*,\([a-z][a-z0-9_]*\),.*/"\1"/p' \
        "$1/plots/index.csv" 2>/dev/null | paste -sd, -)
    t_parts='"config", "timings"'
    grep -q '"scores"' "$1/summary.json" && t_parts="$t_parts, \"scores\""
    printf '{ name: "%s", url: "file://%s/%s/report.html",\n' "$1" "$PWD" "$1"
    printf '  pictures: [%s], parts: [%s] },\n' "$t_pictures" "$t_parts"
}

# look_at RUN...: their reports, one test per thing that is to be true.
look_at() {
    if [ -z "$browser" ]; then
        skip "reports in a browser" "there is no Chromium"
        return
    fi
    {
        printf '<!doctype html>\n<meta charset="utf-8">\n<title>look</title>\n'
        printf '<iframe id="frame" height="800"></iframe><pre id="log">\n'
        printf '</pre>\n<script>const pages = [\n'
        for t_run in "$@"; do
            describe_page "$t_run"
        done
        printf '];\n'
        cat "$top_srcdir/tests/cli/browser.js"
        printf '</script>\n'
    } >"$work/log/look.html"
    headless --window-size=1400,900 --virtual-time-budget=600000 \
        --dump-dom "file://$work/log/look.html" >"$work/log/dom" \
        2>"$work/log/browser.err"
    result $? "the browser ends well"
    sed -n '/<pre id="log">/,/<\/pre>/p' "$work/log/dom" |
        sed 's/<[^>]*>//g; s/&amp;/\&/g; s/&lt;/</g; s/&gt;/>/g' >"$work/log/seen"
    while IFS= read -r t_line; do
        case $t_line in
        'ok - '*) result 0 "${t_line#ok - }" ;;
        'not ok - '*) result 1 "${t_line#not ok - }" ;;
        esac
    done <"$work/log/seen"
    check "all reports have been looked at" grep -q -x done "$work/log/seen"
    grep 'CONSOLE' "$work/log/browser.err" >"$work/log/console"
    result $((1 - $?)) "nothing is on the browser's console" ||
        diagnose "$work/log/console"
}

# take_screenshots RUN...: as they are on a desk and on a phone.
take_screenshots() {
    [ -n "$browser" ] && [ -n "${MESA_SCREENSHOTS-}" ] || return 0
    for t_run in "$@"; do
        for t_width in 1280 390; do
            headless --window-size=$t_width,6000 \
                --screenshot="$MESA_SCREENSHOTS/$t_run-$t_width.png" \
                "file://$PWD/$t_run/report.html" 2>/dev/null
        done
    done
}
