/* SPDX-License-Identifier: MIT */
/*
 * terminal.c - what a terminal can show, and texts that people read there.
 *
 * The locale is looked at and not set: numbers go on being read and written
 * as in C.
 */
#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 80, MIN_WIDTH = 20, MAX_WIDTH = 500 };

static bool
locale_is_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *name;
    bool is;

    if (locale == (locale_t)0)
        return false;
    name = nl_langinfo_l(CODESET, locale);
    is = strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "utf8") == 0;
    freelocale(locale);
    return is;
}

static bool
is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

size_t
mesa_terminal_width(int fd)
{
    const char *columns = getenv("COLUMNS");
    unsigned long width = 0;
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0 && columns)
        width = strtoul(columns, NULL, 10);
    if (width == 0)
        width = DEFAULT_WIDTH;
    return width < MIN_WIDTH ? MIN_WIDTH : MESA_MIN(width, MAX_WIDTH);
}

struct mesa_terminal
mesa_terminal_of(int fd)
{
    struct mesa_terminal t = { .draws = isatty(fd) && is_set("TERM") &&
                                        strcmp(getenv("TERM"), "dumb") != 0,
                               .width = mesa_terminal_width(fd) };

    t.colour = t.draws && !is_set("NO_COLOR");
    t.utf8 = locale_is_utf8();
    return t;
}

uint32_t
mesa_utf8_next(const char **at)
{
    const unsigned char *s = (const unsigned char *)*at;
    const int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0;
    uint32_t c = more ? s[0] & (0x3fU >> more) : s[0];

    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *at += 1;
            return s[0];
        }
        c = c << 6 | (s[i] & 0x3fU);
    }
    *at += 1 + more;
    return c;
}

void
mesa_show_text(char *out, size_t size, const char *text, bool utf8)
{
    size_t n = 0;

    while (*text) {
        const char *start = text;
        uint32_t c = mesa_utf8_next(&text);
        size_t bytes = (size_t)(text - start);
        bool good = c >= 0x20 && c != 0x7f && (bytes > 1 || c < 0x80) &&
                    (c < 0x80 || c >= 0xa0) && (utf8 || bytes == 1);

        if (n + bytes >= size)
            break;
        if (good)
            memmove(out + n, start, bytes); /* text may be out */
        else
            out[n] = '?';
        n += good ? bytes : 1;
    }
    out[n] = '\0';
}

/* Of the first and last of a block of Unicode, the common ones. */
struct block {
    uint32_t first, last;
};

static bool
is_in(const struct block *block, size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= block[i].first && c <= block[i].last)
            return true;
    return false;
}

static size_t
width_of(uint32_t c)
{
    static const struct block marks[] = {
        { 0x300, 0x36f },   { 0x200b, 0x200f }, { 0x202a, 0x202e },
        { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }
    };
    static const struct block wide[] = {
        { 0x1100, 0x115f },   { 0x2e80, 0xa4cf },   { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },
        { 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff },
        { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd }
    };

    if (is_in(marks, MESA_COUNT(marks), c))
        return 0;
    return is_in(wide, MESA_COUNT(wide), c) ? 2 : 1;
}

size_t
mesa_display_width(const char *text)
{
    size_t width = 0;

    while (*text)
        width += width_of(mesa_utf8_next(&text));
    return width;
}

const char *
mesa_show_duration(double seconds, char *out)
{
    const double most = 1000.0 * 86400.0;
    unsigned long s;

    if (!(seconds >= 0.0 && seconds < most)) {
        snprintf(out, MESA_SHOWN_TEXT, "-");
        return out;
    }
    s = (unsigned long)(seconds + 0.5);
    if (s < 3600)
        snprintf(out, MESA_SHOWN_TEXT, "%lu:%02lu", s / 60, s % 60);
    else if (s < 86400)
        snprintf(out, MESA_SHOWN_TEXT, "%lu h %02lu", s / 3600, s % 3600 / 60);
    else
        snprintf(out, MESA_SHOWN_TEXT, "%lu d %02lu h", s / 86400,
                 s % 86400 / 3600);
    return out;
}

/* Two digits or all before the point: 0.12, 4.1, 41, 4100. */
static int
digits_after(double x)
{
    return x < 0.995 ? 2 : x < 9.95 ? 1 : 0;
}

const char *
mesa_show_rate(double steps_per_second, char *out)
{
    const double rate = steps_per_second, inverse = rate > 0 ? 1 / rate : 0;

    if (rate >= 0.995)
        snprintf(out, MESA_SHOWN_TEXT, "%.*f steps/s", digits_after(rate),
                 rate);
    else if (rate > 0 && inverse < 1e6)
        snprintf(out, MESA_SHOWN_TEXT, "%.*f s/step", digits_after(inverse),
                 inverse);
    else
        snprintf(out, MESA_SHOWN_TEXT, "-");
    return out;
}
