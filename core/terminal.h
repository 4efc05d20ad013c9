/* SPDX-License-Identifier: MIT */
/* terminal.h - what a terminal can show, and texts that people read there. */
#ifndef MESA_CORE_TERMINAL_H
#define MESA_CORE_TERMINAL_H

#include "internal.h"

/* A stream that is no terminal, or a dumb one, can do nothing of it. */
struct mesa_terminal {
    bool   draws; /* lines can be drawn over */
    bool   colour;
    bool   utf8;
    size_t width; /* in columns */
};

struct mesa_terminal mesa_terminal_of(int fd);
size_t mesa_terminal_width(int fd); /* it may change at any time */

/* Columns that a UTF-8 text takes: none for marks that stand on the letter
 * before, two for wide letters, one for a byte that is no UTF-8. */
size_t mesa_display_width(const char *text);

/* The next character of a text that does not end here; its first byte if that
 * is no UTF-8. */
uint32_t mesa_utf8_next(const char **at);

/* What a terminal could take for a command becomes '?', and so does what it
 * cannot show. */
void mesa_show_text(char *out, size_t size, const char *text, bool utf8);

#define MESA_SHOWN_TEXT 32

/* "0:07", "1:23", "2 h 05", "3 d 04 h"; "-" if it is not known. */
const char *mesa_show_duration(double seconds, char *out);

/* "4.1 steps/s", or "12 s/step" where they are slow. */
const char *mesa_show_rate(double steps_per_second, char *out);

#endif
