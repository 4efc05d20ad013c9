/* SPDX-License-Identifier: MIT */
/*
 * page_svg.c - the SVG of a file, as part of a page.
 *
 * What is in plots/ may have been edited, or be anybody's.  Elements and
 * attributes that are on the lists below go through, written anew; what only
 * describes is dropped; with anything else the whole picture becomes an <img>
 * with a data URI, where browsers run nothing and load nothing.  What gnuplot
 * writes is on the lists, and becomes about a third shorter.
 */
#include "page_svg.h"

#include "html.h"

#include <string.h>

enum { DEPTH = 64, ATTRIBUTES = 32, TARGETS = 64 };

struct span {
    const char *at;
    size_t      n;
};

struct attribute {
    struct span name, value;
};

struct element {
    struct span name, id;
    size_t      start, after; /* of its tag in the output */
    bool        series;       /* what gnuplot draws data with */
};

struct drawing {
    const struct mesa_page_picture *picture;
    const char       *at, *end;
    struct mesa_text *out;
    bool              plain_ends; /* all lines end and bend as by default */
    size_t            depth, n_attributes, n_targets;
    struct element    open[DEPTH];
    struct attribute  attribute[ATTRIBUTES];
    struct span       target[TARGETS]; /* ids that <use> may mean */
};

static const char *const elements[] = {
    "svg", "g", "defs", "path", "line", "polyline", "polygon", "rect",
    "circle", "ellipse", "use", "text", "tspan", "image", "clipPath",
    "linearGradient", "radialGradient", "stop"
};

/* They only describe, or are what gnuplot defines and does not use. */
static const char *const dropped_elements[] = { "title", "desc", "metadata",
                                                "filter" };

static const char *const groups[] = { "g", "defs", "clipPath" };

static const char *const number_attributes[] = {
    "d", "points", "transform", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy",
    "r", "rx", "ry", "width", "height", "viewBox", "stroke-width",
    "font-size", "fill-opacity", "stroke-opacity", "opacity", "offset",
    "stop-opacity", "gradientTransform", "dx", "dy", "fx", "fy"
};
static const char *const colour_attributes[] = { "fill", "stroke", "color",
                                                 "stop-color", "clip-path" };
static const char *const word_attributes[] = {
    "class", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-dashoffset", "font-family", "font-weight",
    "font-style", "text-anchor", "shape-rendering", "fill-rule", "clip-rule",
    "preserveAspectRatio", "gradientUnits", "spreadMethod",
    "clipPathUnits", "dominant-baseline", "letter-spacing", "image-rendering"
};

static bool
is(struct span s, const char *word)
{
    return strlen(word) == s.n && memcmp(s.at, word, s.n) == 0;
}

static bool
starts(struct span s, const char *word)
{
    return s.n >= strlen(word) && memcmp(s.at, word, strlen(word)) == 0;
}

static bool
is_one_of(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is(s, list[i]))
            return true;
    return false;
}

#define ONE_OF(s, list) is_one_of(s, list, MESA_COUNT(list))

static bool
looking_at(const struct drawing *d, const char *word)
{
    return (size_t)(d->end - d->at) >= strlen(word) &&
           memcmp(d->at, word, strlen(word)) == 0;
}

/* Go behind the next such word; false if there is none. */
static bool
skip_to(struct drawing *d, const char *word)
{
    for (; d->at < d->end; d->at++)
        if (looking_at(d, word)) {
            d->at += strlen(word);
            return true;
        }
    return false;
}

static void
skip_blanks(struct drawing *d)
{
    while (d->at < d->end && *d->at && strchr(" \t\r\n", *d->at))
        d->at++;
}

static struct span
read_name(struct drawing *d)
{
    struct span s = { d->at, 0 };

    while (d->at < d->end && *d->at && !strchr(" \t\r\n=/>\"'<&", *d->at))
        d->at++;
    s.n = (size_t)(d->at - s.at);
    return s;
}

static bool
read_attribute(struct drawing *d)
{
    struct attribute *a = &d->attribute[d->n_attributes];
    char quote;

    if (d->n_attributes == ATTRIBUTES)
        return false;
    a->name = read_name(d);
    skip_blanks(d);
    if (a->name.n == 0 || !looking_at(d, "="))
        return false;
    d->at++;
    skip_blanks(d);
    if (!looking_at(d, "'") && !looking_at(d, "\""))
        return false;
    quote = *d->at++;
    a->value.at = d->at;
    while (d->at < d->end && *d->at != quote)
        d->at++;
    a->value.n = (size_t)(d->at - a->value.at);
    if (d->at == d->end)
        return false;
    d->at++;
    d->n_attributes++;
    return true;
}

/* Those of a tag, up to its end; whether the element ends with it. */
static bool
read_attributes(struct drawing *d, bool *closed)
{
    d->n_attributes = 0;
    for (;;) {
        skip_blanks(d);
        *closed = looking_at(d, "/>");
        if (*closed || looking_at(d, ">")) {
            d->at += *closed ? 2 : 1;
            return true;
        }
        if (!read_attribute(d))
            return false;
    }
}

static struct span
value_of(const struct drawing *d, const char *name)
{
    for (size_t i = 0; i < d->n_attributes; i++)
        if (is(d->attribute[i].name, name))
            return d->attribute[i].value;
    return (struct span){ "", 0 };
}

/* An id of this picture: those of others must not be meant. */
static bool
put_id(struct drawing *d, struct span id)
{
    mesa_text_printf(d->out, "p%zu-", d->picture->number);
    for (size_t i = 0; i < id.n; i++)
        if (!id.at[i] || strchr(" #()", id.at[i]))
            return false;
    return id.n > 0 && mesa_svg_put_words(d->out, id.at, id.n);
}

/* "#ID" or, of a picture in the picture, its bytes. */
static bool
put_reference(struct drawing *d, struct span value, bool image)
{
    static const char png[] = "data:image/png;base64,";

    if (value.n > 1 && *value.at == '#' && !image) {
        mesa_text_add(d->out, "#");
        return put_id(d, (struct span){ value.at + 1, value.n - 1 });
    }
    if (!image || !starts(value, png))
        return false;
    for (size_t i = sizeof png - 1; i < value.n; i++)
        if (!value.at[i] || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
                                    "nopqrstuvwxyz0123456789+/=\r\n",
                                    value.at[i]))
            return false;
    mesa_text_put(d->out, value.at, value.n);
    return true;
}

/* A colour, or "url(#ID)". */
static bool
put_paint(struct drawing *d, struct span value)
{
    bool good;

    if (!starts(value, "url(#"))
        return mesa_svg_put_colour(d->out, value.at, value.n);
    mesa_text_add(d->out, "url(#");
    good = value.at[value.n - 1] == ')' &&
           put_id(d, (struct span){ value.at + 5, value.n - 6 });
    mesa_text_add(d->out, ")");
    return good;
}

static bool
is_dropped(const struct drawing *d, const struct attribute *a)
{
    static const char *const names[] = { "version", "baseProfile", "role",
                                         "standalone" };
    const bool reference = is(a->name, "xlink:href");

    return (memchr(a->name.at, ':', a->name.n) && !reference) ||
           starts(a->name, "xmlns") || starts(a->name, "aria-") ||
           ONE_OF(a->name, names) ||
           (is(a->name, "id") && starts(a->value, "gnuplot_")) ||
           (is(a->name, "class") && !is(a->value, "gridline")) ||
           (d->plain_ends && (is(a->name, "stroke-linecap") ||
                              is(a->name, "stroke-linejoin"))) ||
           (d->depth == 0 && !is(a->name, "viewBox"));
}

static bool
put_attribute(struct drawing *d, struct span element,
              const struct attribute *a)
{
    const bool reference = is(a->name, "xlink:href") || is(a->name, "href");
    struct span name = a->name;
    bool good;

    if (is_dropped(d, a))
        return true;
    if (reference)
        name = (struct span){ "href", 4 };
    mesa_text_add(d->out, " ");
    mesa_text_put(d->out, name.at, name.n);
    mesa_text_add(d->out, "=\"");
    if (reference)
        good = put_reference(d, a->value, is(element, "image"));
    else if (is(name, "id"))
        good = put_id(d, a->value);
    else if (ONE_OF(name, number_attributes))
        good = mesa_svg_put_numbers(d->out, a->value.at, a->value.n);
    else if (ONE_OF(name, colour_attributes))
        good = put_paint(d, a->value);
    else
        good = ONE_OF(name, word_attributes) &&
               mesa_svg_put_words(d->out, a->value.at, a->value.n);
    mesa_text_add(d->out, "\"");
    return good;
}

/* Of data, drawn through: no sample of the key, no guide, no faint line. */
static bool
is_line(const struct drawing *d, struct span element)
{
    const struct span fill = value_of(d, "fill");

    return d->picture->runs && is(element, "path") && d->depth > 0 &&
           d->open[d->depth - 1].series && value_of(d, "d").n &&
           !value_of(d, "stroke-dasharray").n &&
           !value_of(d, "stroke-opacity").n && (!fill.n || is(fill, "none"));
}

/* Into an element that is not shown, to behind its end. */
static bool
skip_element(struct drawing *d)
{
    size_t depth = 1;

    while (depth > 0 && skip_to(d, "<")) {
        bool closed = false;

        if (looking_at(d, "!--") || looking_at(d, "![CDATA["))
            return false;
        if (looking_at(d, "/")) {
            depth--;
            if (!skip_to(d, ">"))
                return false;
            continue;
        }
        read_name(d);
        if (!read_attributes(d, &closed))
            return false;
        depth += !closed;
    }
    return depth == 0;
}

/* Of several panels: phones show it in a box that scrolls. */
static bool
is_wide(const struct drawing *d)
{
    const struct span box = value_of(d, "viewBox");
    const char *p = box.at, *end = box.at + box.n;
    size_t width = 0;

    for (int i = 0; i < 2 && p < end; i++) {
        while (p < end && *p != ' ' && *p != ',')
            p++;
        while (p < end && (*p == ' ' || *p == ','))
            p++;
    }
    for (; p < end && *p >= '0' && *p <= '9' && width < 10000; p++)
        width = 10 * width + (size_t)(*p - '0');
    return width > 700;
}

static void
put_label(struct drawing *d)
{
    mesa_text_add(d->out, is_wide(d) ? " class=\"wide\"" : "");
    mesa_text_add(d->out, " role=\"img\" aria-label=\"");
    mesa_html_text(d->out, d->picture->title);
    mesa_text_add(d->out, "\"");
}

/* Push an element whose tag is written. */
static bool
open_element(struct drawing *d, struct span name, size_t start)
{
    struct element *e = &d->open[d->depth];

    if (d->depth == DEPTH)
        return false;
    *e = (struct element){ name, value_of(d, "id"), start, d->out->n, false };
    e->series = (d->depth > 0 && d->open[d->depth - 1].series) ||
                starts(value_of(d, "id"), "gnuplot_plot_");
    d->depth++;
    return true;
}

static bool
is_target(const struct drawing *d, struct span id)
{
    for (size_t i = 0; i < d->n_targets && id.n; i++)
        if (d->target[i].n == id.n &&
            memcmp(d->target[i].at, id.at, id.n) == 0)
            return true;
    return false;
}

/* Some lines of uses of groups of uses make more shapes than any browser can
 * draw.  A use of a use, such as gnuplot has, is one shape still. */
static bool
is_nested_use(const struct drawing *d, struct span name)
{
    for (size_t i = 0; i < d->depth && is(name, "use"); i++)
        if (is_target(d, d->open[i].id))
            return true;
    return false;
}

/* All "#ID" that a reference could have; false: too many. */
static bool
find_targets(struct drawing *d)
{
    const char *start = d->at;
    bool good = true;

    while (good && skip_to(d, "href")) {
        struct span id;
        char quote;

        skip_blanks(d);
        if (!looking_at(d, "="))
            continue;
        d->at++;
        skip_blanks(d);
        if (!looking_at(d, "'#") && !looking_at(d, "\"#"))
            continue;
        quote = *d->at;
        id = (struct span){ d->at += 2, 0 };
        while (d->at < d->end && *d->at != quote)
            d->at++;
        id.n = (size_t)(d->at - id.at);
        if (is_target(d, id))
            continue;
        good = d->n_targets < TARGETS;
        if (good)
            d->target[d->n_targets++] = id;
    }
    d->at = start;
    return good;
}

static bool
take_tag(struct drawing *d)
{
    const struct span name = read_name(d);
    const size_t start = d->out->n;
    bool closed;

    if (!read_attributes(d, &closed))
        return false;
    if (ONE_OF(name, dropped_elements) || memchr(name.at, ':', name.n))
        return closed || skip_element(d);
    if (!ONE_OF(name, elements) || is(name, "svg") != (d->depth == 0) ||
        is_nested_use(d, name))
        return false;
    if (d->depth == 0 && value_of(d, "viewBox").n == 0)
        return false;
    mesa_text_add(d->out, "<");
    mesa_text_put(d->out, name.at, name.n);
    for (size_t i = 0; i < d->n_attributes; i++)
        if (!put_attribute(d, name, &d->attribute[i]))
            return false;
    if (d->depth == 0)
        put_label(d);
    mesa_text_add(d->out, closed ? "/>" : ">");
    if (closed && is_line(d, name)) {
        const struct span path = value_of(d, "d"), stroke = value_of(d,
                                                                "stroke");

        mesa_page_put_runner(d->out, path.at, path.n, stroke.at, stroke.n);
    }
    return closed || open_element(d, name, start);
}

/* A group in which nothing is left goes, too; other elements may stand for
 * something without content, such as pictures. */
static bool
take_end(struct drawing *d)
{
    const struct span name = read_name(d);
    struct element *e;

    skip_blanks(d);
    if (d->depth == 0 || !looking_at(d, ">"))
        return false;
    d->at++;
    e = &d->open[--d->depth];
    if (e->name.n != name.n || memcmp(e->name.at, name.at, name.n) != 0)
        return false;
    if (ONE_OF(name, groups) && d->out->n == e->after && d->depth > 0 &&
        !d->out->failed) {
        d->out->n = e->start;
        d->out->at[d->out->n] = '\0';
        return true;
    }
    mesa_text_add(d->out, "</");
    mesa_text_put(d->out, name.at, name.n);
    mesa_text_add(d->out, ">");
    return true;
}

/* "&#60;" or "&#x3c;"; false: it is none, or no character. */
static bool
take_number(struct drawing *d)
{
    const bool hex = looking_at(d, "&#x");
    const char *p = d->at + (hex ? 3 : 2), *start = p;
    uint32_t c = 0;
    char utf8[4];
    size_t n;

    for (; p < d->end && p - start < 8 && *p && *p != ';'; p++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *at = strchr(digits, *p);
        uint32_t v = at ? (uint32_t)(at - digits) : 99;

        v -= v >= 16 && v < 99 ? 6 : 0;
        if (v >= (hex ? 16u : 10u))
            return false;
        c = c * (hex ? 16 : 10) + v;
    }
    if (p == start || p == d->end || *p != ';' || c == 0 || c > 0x10ffff)
        return false;
    n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        utf8[i] = (char)(0x80 | (c & 0x3f));
    utf8[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c);
    mesa_html_bytes(d->out, utf8, n);
    d->at = p + 1;
    return true;
}

/* "&lt;" and its like as they are; false: it is none. */
static bool
take_entity(struct drawing *d)
{
    static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;",
                                         "&apos;" };

    for (size_t i = 0; i < MESA_COUNT(known); i++)
        if (looking_at(d, known[i])) {
            mesa_text_add(d->out, i < 4 ? known[i] : "&#39;");
            d->at += strlen(known[i]);
            return true;
        }
    return looking_at(d, "&#") && take_number(d);
}

/* Between tags; it counts inside of text only. */
static bool
take_text(struct drawing *d)
{
    const char *start = d->at;
    const bool shown = d->depth > 0 &&
                       (is(d->open[d->depth - 1].name, "text") ||
                        is(d->open[d->depth - 1].name, "tspan"));

    while (d->at < d->end && *d->at != '<' && (!shown || *d->at != '&'))
        d->at++;
    if (shown)
        mesa_html_bytes(d->out, start, (size_t)(d->at - start));
    return !shown || !looking_at(d, "&") || take_entity(d);
}

static bool
take_declaration(struct drawing *d)
{
    const char *start = d->at;

    if (looking_at(d, "<!--"))
        return skip_to(d, "-->");
    if (looking_at(d, "<?"))
        return skip_to(d, "?>");
    return looking_at(d, "<!DOCTYPE") && skip_to(d, ">") &&
           !memchr(start, '[', (size_t)(d->at - start));
}

static bool
draw(struct drawing *d)
{
    bool good = true, begun = false;

    while (good && d->at < d->end && !d->out->failed) {
        if (*d->at != '<') {
            good = take_text(d);
        } else if (looking_at(d, "<!") || looking_at(d, "<?")) {
            good = take_declaration(d);
        } else if (looking_at(d, "</")) {
            d->at += 2;
            good = take_end(d);
        } else {
            d->at++;
            good = !(begun && d->depth == 0) && take_tag(d);
            begun = true;
        }
    }
    return good && begun && d->depth == 0;
}

static bool
has_word(const struct mesa_page_picture *p, const char *word)
{
    struct drawing d = { .at = p->svg, .end = p->svg + p->n };

    return skip_to(&d, word);
}

void
mesa_page_put_svg(struct mesa_text *out, const struct mesa_page_picture *p)
{
    struct drawing d = { .picture = p, .at = p->svg, .end = p->svg + p->n,
                         .out = out };
    const size_t start = out->n;

    d.plain_ends = !has_word(p, "round") && !has_word(p, "square") &&
                   !has_word(p, "bevel");
    if ((find_targets(&d) && draw(&d)) || out->failed)
        return;
    out->n = start;
    mesa_text_add(out, "<img alt=\"");
    mesa_html_text(out, p->title);
    mesa_text_add(out, "\" src=\"data:image/svg+xml;base64,");
    mesa_html_base64(out, p->svg, p->n);
    mesa_text_add(out, "\">");
}
