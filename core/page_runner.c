/* SPDX-License-Identifier: MIT */
/*
 * page_runner.c - a point that runs along a line of a picture.
 *
 * What gnuplot draws a series with is one path: the sample of the key, then
 * the line, in pieces where it has gaps.  The piece with most points is meant.
 * SMIL moves the point, so that it moves in a page without scripts.
 */
#include "page_svg.h"

#include <string.h>

enum { MOST = 240 }; /* points that it goes through */

static bool
is_number(char c)
{
    return c && strchr("+-.0123456789", c);
}

/* Go to the next number of the path; false if a letter but L comes first. */
static bool
find_number(const char **at, const char *end)
{
    const char *p = *at;

    while (p < end && *p && strchr(" ,L\t\r\n", *p))
        p++;
    *at = p;
    return p < end && is_number(*p);
}

static const char *
skip_number(const char *p, const char *end)
{
    while (p < end && is_number(*p))
        p++;
    return p;
}

/* Points of the piece that starts behind an M; where it ends. */
static const char *
count_points(const char *p, const char *end, size_t *n)
{
    *n = 0;
    while (find_number(&p, end)) {
        p = skip_number(p, end);
        if (!find_number(&p, end))
            break;
        p = skip_number(p, end);
        ++*n;
    }
    return p;
}

/* One coordinate of all points, or of some if there are many. */
static void
put_values(struct mesa_text *out, const char *axis, int which, const char *p,
           const char *end, size_t n)
{
    const size_t stride = (n + MOST - 1) / MOST;
    const char *before = "";

    mesa_text_printf(out, "<animate attributeName=\"%s\" dur=\"8s\" "
                          "repeatCount=\"indefinite\" values=\"", axis);
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < 2; j++) {
            const char *start = (find_number(&p, end), p);

            p = skip_number(p, end);
            if (j != which || (i % stride && i + 1 < n))
                continue;
            mesa_text_add(out, before);
            mesa_svg_put_numbers(out, start, (size_t)(p - start));
            before = ";";
        }
    mesa_text_add(out, "\"/>");
}

void
mesa_page_put_runner(struct mesa_text *out, const char *d, size_t n,
                     const char *stroke, size_t n_stroke)
{
    const char *end = d + n, *best = NULL;
    size_t most = 2;

    for (const char *p = d; p < end; p++) {
        size_t points;

        if (*p != 'M')
            continue;
        p = count_points(p + 1, end, &points) - 1;
        if (points > most) {
            most = points;
            for (best = p; *best != 'M'; best--)
                ;
        }
    }
    if (!best)
        return;
    mesa_text_add(out, "<circle class=\"runner\" r=\"5\" fill=\"");
    if (n_stroke == 0 || !mesa_svg_put_colour(out, stroke, n_stroke))
        mesa_text_add(out, "currentColor");
    mesa_text_add(out, "\">");
    put_values(out, "cx", 0, best + 1, end, most);
    put_values(out, "cy", 1, best + 1, end, most);
    mesa_text_add(out, "</circle>");
}
