/* SPDX-License-Identifier: MIT */
/* page_svg.h - a picture of a file as part of a page. */
#ifndef MESA_CORE_PAGE_SVG_H
#define MESA_CORE_PAGE_SVG_H

#include "text.h"

struct mesa_page_picture {
    const char *svg; /* the file's text */
    size_t      n;
    const char *title;  /* what screen readers say */
    size_t      number; /* of the picture; makes its ids the page's own */
    bool        runs;   /* a point runs along each line */
};

/* <svg>: only what is known to be harmless; where the file has anything else,
 * <img>, in which nothing can act. */
MESA_INTERNAL void mesa_page_put_svg(struct mesa_text *out,
                                     const struct mesa_page_picture *picture);

/* page_runner.c: a point that runs along the longest line of a path, given
 * what d and stroke say; nothing if there is none of three points. */
MESA_INTERNAL void mesa_page_put_runner(struct mesa_text *out, const char *d,
                                        size_t n, const char *stroke,
                                        size_t n_stroke);

/* page_svg_value.c: a list of numbers or a path, in tenths where that is
 * nothing to see; false: it is something else. */
bool mesa_svg_put_numbers(struct mesa_text *out, const char *value, size_t n);
/* A colour, in as few characters. */
bool mesa_svg_put_colour(struct mesa_text *out, const char *value, size_t n);
/* A word or some, without anything that could mean more. */
bool mesa_svg_put_words(struct mesa_text *out, const char *value, size_t n);

#endif
