#!/bin/sh
# SPDX-License-Identifier: MIT
# gallery.sh - a page of every experiment in conf/, with what it draws.
#
#   docs/gallery.sh BUILD > docs/gallery.md
#
# runs all of conf/*.ini with BUILD/mesa-core, as the page says for each, and
# writes the pictures to docs/gallery/.  It needs gnuplot, and takes minutes.
# Experiments that need data which are not part of mesa-core have no pictures.
#
# What an experiment says of itself comes from its file: the first sentence of
# the comment it begins with, and, where it would run for long, the options
# of a line `; Fewer iterations: --set ...`.  There are at most two pictures
# of each.
set -eu
LC_ALL=C
export LC_ALL
unset MESA_PLUGIN_PATH MESA_GNUPLOT MESA_DATA_DIR

top=$(cd "$(dirname "$0")/.." && pwd)
program=$(cd "${1:?the folder of the build}" && pwd)/mesa-core
pictures=$top/docs/gallery
. "$top/tests/cli/experiments.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/mesa-gallery.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$work/runs" "$work/made" "$pictures"
(cd "$work/made" && make_npy example.npy)
rm -f "$pictures"/*.svg

# Of a key in a section of an INI.
value_of() {
    awk -v section="[$2]" -v key="$3" '
        /^\[/ { inside = $0 == section }
        inside && $1 == key && $2 == "=" {
            sub(/^[^=]*= */, ""); sub(/ +;.*/, ""); print; exit
        }' "$1"
}

# The first sentence of the comment that an INI begins with.
sentence() {
    awk '/^;/ { sub(/^; */, ""); text = text (text == "" ? "" : " ") $0; next }
        { exit }
        END {
            at = 1
            while (match(substr(text, at), /\. +[A-Za-z]|\.$/)) {
                end = at + RSTART - 1
                if (substr(text, end - 3, 3) != " al")
                    break
                at = end + 1
            }
            text = substr(text, 1, end ? end : length(text))
            gsub(/  +/, " ", text)
            print text
        }' "$1"
}

# Which part of the page an experiment is in.
family() {
    type=$(value_of "$1" metalearner type)
    case $(basename "$1"):$type in
    ml3_*) echo losses ;;
    active_*) echo active ;;
    *:mesa | transfer.ini:*) echo sampling ;;
    *:compare) echo comparing ;;
    *:maml | *:reptile) echo starting ;;
    *)
        if [ -n "$(value_of "$1" sampler type)" ]; then
            echo resampling
        else
            echo learning
        fi
        ;;
    esac
}

heading() {
    case $1 in
    sampling) echo "Samplers that learn" ;;
    comparing) echo "Comparisons" ;;
    learning) echo "Learners and ensembles" ;;
    resampling) echo "Resampling" ;;
    active) echo "Active learning" ;;
    starting) echo "Learning to learn from few rows" ;;
    losses) echo "Learned losses" ;;
    esac
}

# A picture for a page: coordinates to a tenth of a point, without what says
# nothing (defaults, empty groups, symbols that are not used, corners of lines
# that nobody can see), and on white, whatever the page is on.
shrink() {
    awk '
        # Numbers of shapes with more places after the point than one.
        function tenths(s,   out, number) {
            if (s !~ /[0-9]\.[0-9]/ || s ~ /<(\?xml|svg|text|tspan|title)/)
                return s
            while (match(s, /-?[0-9]*\.[0-9]+/)) {
                number = sprintf("%.1f", substr(s, RSTART, RLENGTH))
                sub(/\.0$/, "", number)
                out = out substr(s, 1, RSTART - 1) number
                s = substr(s, RSTART + RLENGTH)
            }
            return out s
        }
        # How far point I of a line is from the way from point A to point B,
        # squared.
        function off(a, b, i,   dx, dy, t) {
            dx = px[b] - px[a]; dy = py[b] - py[a]
            t = dx || dy ? ((px[i] - px[a]) * dx + (py[i] - py[a]) * dy) / \
                (dx * dx + dy * dy) : 0
            t = t < 0 ? 0 : t > 1 ? 1 : t
            dx = px[i] - px[a] - t * dx; dy = py[i] - py[a] - t * dy
            return dx * dx + dy * dy
        }
        # The path S without points that a straight line does not miss.
        function straighten(s,   start, n, word, i, j, last, out, xy) {
            if (!match(s, / d=\047[^\047]*\047/) || RLENGTH < 60) return s
            start = RSTART
            n = split(substr(s, RSTART + 4, RLENGTH - 5), word, /[ \n]+/)
            s = substr(s, 1, start + 3) "@" substr(s, RSTART + RLENGTH - 1)
            for (i = 1; i <= n; i++) {
                split(substr(word[i], 2), xy, ",")
                px[i] = xy[1]; py[i] = xy[2]
            }
            for (i = 1; i <= n; i++) {
                if (word[i] ~ /^L/ && word[i + 1] ~ /^L/) {
                    for (j = last + 1; j <= i; j++)
                        if (off(last, i + 1, j) > 0.06) break
                    if (j > i) continue
                }
                out = out (out == "" ? "" : " ") word[i]
                last = i
            }
            sub(/@/, relative(out), s)
            return s
        }
        # The path S, of straight lines, by the way from point to point.
        function relative(s,   n, word, i, xy, x, y, dx, dy, out) {
            if (s !~ /^([ML]-?[0-9.]+,-?[0-9.]+ ?)+z? ?$/) return s
            n = split(s, word, / /)
            for (i = 1; i <= n; i++) {
                if (word[i] !~ /,/) { out = out word[i]; continue }
                split(substr(word[i], 2), xy, ",")
                if (word[i] ~ /^M/)
                    out = out "M" xy[1] "," xy[2]
                else {
                    dx = sprintf("%.1f", xy[1] - x) + 0
                    dy = sprintf("%.1f", xy[2] - y) + 0
                    out = out (word[i - 1] ~ /^M/ ? "l" : " ") dx "," dy
                }
                x = xy[1]; y = xy[2]
            }
            gsub(/,-/, "-", out); gsub(/ -/, "-", out)
            return out
        }
        # Colours in six digits.
        function colours(s,   part) {
            while (match(s, /rgb\( *[0-9]+, *[0-9]+, *[0-9]+\)/)) {
                split(substr(s, RSTART + 4, RLENGTH - 5), part, ",")
                s = substr(s, 1, RSTART - 1) \
                    sprintf("#%02x%02x%02x", part[1], part[2], part[3]) \
                    substr(s, RSTART + RLENGTH)
            }
            return s
        }
        function plain(s) {
            gsub(/ (stroke-linecap="butt"|stroke-linejoin="miter")/, "", s)
            gsub(/ (class="gridline"|font-style="normal")/, "", s)
            # Cells have edges.
            sub(/<image /, "<image image-rendering=\"pixelated\" ", s)
            sub(/ id="gnuplot_plot_[^"]*" *><title>[^<]*<\/title>/, ">", s)
            s = colours(s); gsub(/#000000/, "#000", s)
            if (s ~ /id="gnuplot_canvas"/)
                sub(/>/, " fill=\"none\" color=\"black\" " \
                    "stroke=\"currentColor\" font-family=\"sans-serif\" " \
                    "font-size=\"13\">", s)
            else {
                sub(/<g fill="none" color="black" stroke="currentColor"/, "<g",
                    s)
                sub(/ font-family="sans-serif"/, "", s)
                sub(/ font-size="13"/, "", s)
            }
            if (!white && sub(/fill="none"\/>/, "fill=\"white\"/>", s))
                white = 1
            gsub(/[ \t]+/, " ", s); sub(/^ /, "", s); sub(/ $/, "", s)
            return s
        }
        # Points of one kind from line I on as one path in half points: dots are
        # lines of no length with round ends.  Of those in one place, one.
        # The last of their lines.
        function points(i,   kind, s, xy, x, y, at_x, at_y, size, path, place,
                cell, arm) {
            kind = mark(kept[i])
            size = kept[i]; sub(/.*scale\(/, "", size); size = size + 0
            for (; i <= m && mark(kept[i]) == kind; i++) {
                s = kept[i]; sub(/.*translate\(/, "", s)
                split(s, xy, /[,)]/)
                cell = kind ~ /gpPt6/ ? 3 : 4
                place = kind " " int(xy[1] / cell) " " int(xy[2] / cell)
                if (place in taken) continue
                taken[place]
                x = int(2 * xy[1] + 0.5); y = int(2 * xy[2] + 0.5)
                if (kind ~ /gpPt6/)
                    path = path "m" x - at_x "," y - at_y "h0"
                else {
                    arm = int(2 * size + 0.5)
                    path = path "m" x - at_x - arm "," y - at_y - arm "l" \
                        2 * arm "," 2 * arm "m0-" 2 * arm "l-" 2 * arm "," \
                        2 * arm
                    x -= arm; y += arm
                }
                at_x = x; at_y = y
            }
            gsub(/,-/, "-", path)
            sub(/.*color=/, "", kind)
            print "<path transform=\047scale(.5)\047 stroke=" kind \
                (path ~ /h0/ ? " stroke-linecap=\047round\047" : "") \
                " stroke-width=\047" (path ~ /h0/ ? 4 * size : 1) \
                "\047 d=\047" path "\047/>"
            return i - 1
        }
        function mark(s) {
            if (s !~ /^<use .*color=.*\/>$/) return ""
            sub(/translate\([^)]*\)/, "", s); sub(/\/>$/, "", s)
            return s
        }
        # Steps of a bar of colours from line I on, four as one.
        function steps(i,   n, p, q, last, s) {
            n = split(kept[i], p, /[ ,\047]+/)
            for (last = i; last < i + 3; last++) {
                split(kept[last + 1], q, /[ ,\047]+/)
                if (kept[last + 1] !~ box || q[n - 2] != p[n - 2] ||
                    q[n - 7] != p[n - 1])
                    break
                p[n - 1] = q[n - 1]
            }
            if (last == i) { print kept[i]; return i }
            split(kept[last], q, /[ ,\047]+/)
            s = kept[i]
            sub(/points.*/, "points=\047" p[n - 8] "," p[n - 7] " " p[n - 6] \
                "," p[n - 7] " " p[n - 6] "," q[n - 1] " " p[n - 8] "," \
                q[n - 1] "\047/>", s)
            print s
            return last
        }
        # A symbol that nothing shows.
        function is_idle(s,   id) {
            if (!match(s, /id=.gp[A-Za-z0-9]+/)) return 0
            id = substr(s, RSTART + 4, RLENGTH - 4)
            return s ~ /<(circle|path|rect|use)/ && !(id in used)
        }
        # A path has as many lines as it likes.
        open_path { line[n] = line[n] " " $0 }
        !open_path { line[++n] = $0 }
        { open_path = line[n] ~ / d=\047[^\047]*$/ }
        {
            for (s = $0; match(s, /#gp[A-Za-z0-9]+/);) {
                used[substr(s, RSTART + 1, RLENGTH - 1)]
                s = substr(s, RSTART + RLENGTH)
            }
        }
        END {
            pair = "[^ ]+,[^ ]+ "; box = "^<polygon .*points = \047" pair pair \
                pair pair "\047/>$"
            for (i = 1; i <= n; i++) {
                if (is_idle(line[i]) || line[i] ~ /^ *<desc>/) continue
                s = straighten(plain(tenths(line[i])))
                if (s ~ /^<path /) {
                    gsub(/ L/, "L", s)
                    sub(/ +\047\//, "\047/", s)
                }
                if (s == "") continue
                # <g ...> right before </g>, and so outwards.
                if (s == "</g>" && kept[m] ~ /^<g[^>]*>$/) { m--; continue }
                # A group of one text is a text.
                if (s == "</g>" && kept[m] ~ /^<text>.*<\/text>$/ &&
                    kept[m - 1] ~ /<g transform="[^>]*>$/) {
                    text = kept[m--]; sub(/^<text> */, "", text)
                    sub(/<g transform="/, "<text transform=\"", kept[m])
                    sub(/ stroke="none"/, "", kept[m])
                    kept[m] = kept[m] text
                    continue
                }
                kept[++m] = s
                if (s ~ /id="gnuplot_canvas"/)
                    kept[++m] = "<style>text{stroke:none}</style>"
            }
            for (i = 1; i <= m; i++) {
                if (kept[i] ~ /^<use .*gpPt[16]\047.*scale/) i = points(i)
                else if (kept[i] ~ box) i = steps(i)
                else print kept[i]
            }
        }'
}

# The pictures of a run, as its report has them: "NAME TITLE" each.
all_pictures() {
    awk '
        # The next field of a line of CSV, which is cut off it.
        function field(   f) {
            if (!match($0, /^"([^"]|"")*"/)) match($0, /^[^,]*/)
            f = substr($0, 1, RLENGTH)
            $0 = substr($0, RLENGTH + 2)
            if (sub(/^"/, "", f)) { sub(/"$/, "", f); gsub(/""/, "\"", f) }
            return f
        }
        FNR > 1 { field(); field(); name = field(); print name, field() }' "$1"
}

# Words for an attribute.
escaped() { sed 's/&/\&amp;/g; s/"/\&quot;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

# The second picture of an experiment is the first of these that it has: what
# is peculiar to it rather than what all have.
telling='policy_map policy landscape fits trajectory queries regions
    loss_shapes errors'

# show NAME: two pictures of a run, the one that its report has first and a
# telling one, or that alone where a model has been fitted and no more; not
# those of so many points that the page takes long to load.
show() {
    plots=$work/runs/$1/plots
    [ -f "$plots/index.csv" ] || return 0
    all_pictures "$plots/index.csv" >"$work/all_pictures"
    shown=
    most=2
    if grep -q '^regions ' "$work/all_pictures" &&
        ! grep -q '^\[metalearner\]' "$top/conf/$1.ini"; then
        most=1
    fi
    {
        [ $most -lt 2 ] || head -n 1 "$work/all_pictures"
        for picture in $telling; do
            grep "^$picture " "$work/all_pictures" || :
        done
        cat "$work/all_pictures"
    } | while read -r picture title; do
        case " $shown " in
        *" $picture "*) continue ;;
        "  ") ;;
        *) [ $most -gt 1 ] || continue ;;
        esac
        case " $shown " in
        *" "*" "*" "*) continue ;;
        esac
        [ -s "$plots/$picture.svg" ] || continue
        shrink <"$plots/$picture.svg" >"$work/picture.svg"
        [ "$(wc -c <"$work/picture.svg")" -lt 35000 ] || continue
        cp "$work/picture.svg" "$pictures/$1-$picture.svg"
        printf '<img src="gallery/%s-%s.svg" width="49%%" alt="%s">\n' \
            "$1" "$picture" "$(echo "$title" | escaped)"
        shown="${shown:+$shown }$picture"
    done
}

# What an experiment lacks to be run here, or nothing.
missing_for() {
    experiment_options "$1" "$work/made" "$work/runs" >"$work/options"
    sed -n 's/^missing //p' "$work/options" | head -n 1
    lacks "$program" "$1"
}

# With the options that its comment has for who is in a hurry.  Those that
# start from what another has learnt find it in runs/.
shorter() { sed -n 's/^; Fewer iterations: *//p' "$1" | head -n 1; }

run_one() {
    name=$(basename "$1" .ini)
    # shellcheck disable=SC2046 # words
    set -- -c "$1" -q --set "run.output=$work/runs/$name" $(shorter "$1")
    while read -r option; do
        case $option in
        evaluate.* | metalearner.iterations=* | metalearner.eval_tasks=*) ;;
        *) set -- "$@" --set "$option" ;;
        esac
    done <"$work/options"
    "$program" "$@" >/dev/null
}

entry() {
    name=$(basename "$1" .ini)
    printf '\n### [%s](../conf/%s.ini)\n\n' "$name" "$name"
    sentence "$1"
    # shellcheck disable=SC2046 # words
    printf '\n    mesa-core -c conf/%s.ini%s\n' "$name" \
        "$(shorter "$1" | sed 's/^/ /')"
    if [ -s "$work/runs/$name.missing" ]; then
        printf '\nNo pictures: it needs %s.\n' \
            "$(head -n 1 "$work/runs/$name.missing")"
        return
    fi
    show "$name" >"$work/shown"
    [ ! -s "$work/shown" ] || { echo && cat "$work/shown"; }
}

experiments "$top/conf" >"$work/all"
while read -r ini; do
    name=$(basename "$ini" .ini)
    missing_for "$ini" >"$work/runs/$name.missing"
    [ -s "$work/runs/$name.missing" ] || run_one "$ini"
    echo "$name ($(date +%T))" >&2
done <"$work/all"

cat <<'TEXT'
<!-- Made by docs/gallery.sh: change that, or the files in conf/. -->
# Gallery

Each experiment of `conf/` and what it draws, at most two of its pictures. All of
them are in the folder `plots/` of a run, each with its points as CSV and its
script for gnuplot, to be changed and drawn again, as PDF too:

    cd runs/quickstart/plots && gnuplot -e "format='pdf'" classes.gp

What one sees in them is said in the run's `report.html`. Here they are drawn with
fewer digits, and some of the runs are shorter than in the files, by the options
shown.
TEXT
for part in sampling comparing learning resampling active starting losses; do
    printf '\n## %s\n' "$(heading $part)"
    sort "$work/all" | while read -r ini; do
        [ "$(family "$ini")" != $part ] || entry "$ini"
    done
done
