/* SPDX-License-Identifier: MIT */
/*
 * progress.c - how far a loop is: a bar that is drawn over, or plain lines.
 *
 * The rate is that of late: steps and seconds fade with a time constant of
 * FADE seconds, so that the time left follows a loop whose steps become
 * slower, and does not jump with each.
 */
#include "progress.h"

#include <math.h>
#include <string.h>

enum { MIN_BAR = 6, MAX_BAR = 40 };

static const double FADE = 10.0, BAR_EVERY = 0.1, WAIT_EVERY = 1.0,
                    LINE_EVERY = 10.0;

/* What a line consists of, from left to right. */
enum part { NAME, BAR, COUNT, RATE, LEFT, SCORE, N_PARTS };

/* What goes first where there is no room for all; COUNT always stays. */
static const enum part dispensable[] = { RATE, NAME, BAR, SCORE, LEFT };

struct line {
    char   text[N_PARTS][192]; /* empty: left out */
    size_t bar; /* columns of it; 0: none */
};

static double
rate_of(const struct mesa_progress *p)
{
    return p->seconds > 0.0 ? p->steps / p->seconds : 0.0;
}

/* The time left, or so far if nobody knows how many steps there will be. */
static void
show_left(const struct mesa_progress *p, double now, char *out, size_t size)
{
    const uint64_t todo = p->total - MESA_MIN(p->at, p->total);
    const double rate = rate_of(p), waited = now - p->last;
    char text[MESA_SHOWN_TEXT];

    if (p->total == 0 || rate <= 0.0)
        snprintf(out, size, "%s so far",
                 mesa_show_duration(now - p->started, text));
    else
        snprintf(out, size, "%s left",
                 mesa_show_duration(fmax((double)todo / rate - waited, 0.0),
                                    text));
}

static void
show_count(const struct mesa_progress *p, char *out, size_t size)
{
    if (p->total)
        snprintf(out, size, "%llu/%llu", (unsigned long long)p->at,
                 (unsigned long long)p->total);
    else
        snprintf(out, size, "%llu", (unsigned long long)p->at);
}

static size_t
width_of(const struct line *line)
{
    size_t width = line->bar ? line->bar + 2 : 0;

    for (size_t i = 0; i < N_PARTS; i++)
        if (line->text[i][0])
            width += mesa_display_width(line->text[i]) + 2;
    return width > 2 ? width - 2 : 0; /* nothing behind the last */
}

/* Leave out and stretch until it fits; a terminal's last column stays free,
 * as some begin a new line once it is used. */
static void
fit(struct line *line, size_t width)
{
    const size_t room = width - 1;
    size_t used;

    for (size_t i = 0; i < MESA_COUNT(dispensable); i++) {
        if (width_of(line) <= room)
            break;
        line->text[dispensable[i]][0] = '\0';
        if (dispensable[i] == BAR)
            line->bar = 0;
    }
    used = width_of(line);
    if (line->bar && used < room)
        line->bar = MESA_MIN(line->bar + (room - used), MAX_BAR);
    if (used > room)
        line->text[COUNT][room] = '\0'; /* digits: a byte is a column */
}

static size_t
put_bar(const struct mesa_progress *p, size_t bar, char *out, size_t size)
{
    const char *full = p->terminal.utf8 ? "\xe2\x96\x88" : "#";
    const char *empty = p->terminal.utf8 ? "\xe2\x96\x91" : ".";
    double share = p->total ? (double)p->at / (double)p->total : 0.0;
    size_t filled = (size_t)(MESA_MIN(share, 1.0) * (double)bar);
    size_t n = 0;

    n += (size_t)snprintf(out, size, "%s",
                          p->terminal.colour ? "\033[36m" : "");
    for (size_t i = 0; i < bar; i++)
        n += (size_t)snprintf(out + n, size - n, "%s",
                              i < filled ? full : empty);
    n += (size_t)snprintf(out + n, size - n, "%s",
                          p->terminal.colour ? "\033[0m" : "");
    return n;
}

void
mesa_progress_bar(const struct mesa_progress *p, double now,
                  char out[MESA_PROGRESS_TEXT])
{
    struct line line = { .bar = p->total ? MIN_BAR : 0 };
    char rate[MESA_SHOWN_TEXT];
    size_t n = 0;

    mesa_show_text(line.text[NAME], sizeof line.text[NAME], p->name,
                   p->terminal.utf8);
    show_count(p, line.text[COUNT], sizeof line.text[COUNT]);
    if (p->seconds > 0.0)
        snprintf(line.text[RATE], sizeof line.text[RATE], "%s",
                 mesa_show_rate(rate_of(p), rate));
    show_left(p, now, line.text[LEFT], sizeof line.text[LEFT]);
    mesa_show_text(line.text[SCORE], sizeof line.text[SCORE], p->score,
                   p->terminal.utf8);
    fit(&line, p->terminal.width);
    out[0] = '\0';
    for (size_t i = 0; i < N_PARTS; i++) {
        const char *gap = n ? "  " : "";

        if (!line.text[i][0] && !(i == BAR && line.bar))
            continue;
        n += (size_t)snprintf(out + n, MESA_PROGRESS_TEXT - n, "%s%s", gap,
                              line.text[i]);
        if (i == BAR)
            n += put_bar(p, line.bar, out + n, MESA_PROGRESS_TEXT - n);
    }
}

void
mesa_progress_plain(const struct mesa_progress *p, double now,
                    char out[MESA_PROGRESS_TEXT])
{
    char count[MESA_SHOWN_TEXT * 2], percent[MESA_SHOWN_TEXT] = "";
    char rate[MESA_SHOWN_TEXT], left[MESA_SHOWN_TEXT * 2];
    char name[sizeof p->name], score[sizeof p->score];

    mesa_show_text(name, sizeof name, p->name, p->terminal.utf8);
    mesa_show_text(score, sizeof score, p->score, p->terminal.utf8);
    show_count(p, count, sizeof count);
    show_left(p, now, left, sizeof left);
    if (p->total)
        snprintf(percent, sizeof percent, ", %.0f %%",
                 floor(100.0 * (double)p->at / (double)p->total));
    snprintf(out, MESA_PROGRESS_TEXT, "%s %s%s%s%s, %s%s%s", name, count,
             percent, p->seconds > 0.0 ? ", " : "",
             p->seconds > 0.0 ? mesa_show_rate(rate_of(p), rate) : "", left,
             *score ? ", " : "", score);
}

static void
say(struct mesa_progress *p, double now)
{
    char text[MESA_PROGRESS_TEXT];

    mesa_progress_plain(p, now, text);
    fprintf(p->to, "%s\n", text);
    fflush(p->to);
    p->told = now;
}

static void
draw(struct mesa_progress *p, double now)
{
    char text[MESA_PROGRESS_TEXT];

    p->terminal.width = mesa_terminal_width(p->fd);
    mesa_progress_bar(p, now, text);
    fprintf(p->to, "\r%s\033[K", text);
    fflush(p->to);
    p->shown = true;
    p->told = now;
}

void
mesa_progress_start(struct mesa_progress *p, const char *name, uint64_t at,
                    uint64_t total, double now)
{
    snprintf(p->name, sizeof p->name, "%s", name);
    p->score[0] = '\0';
    p->at = at;
    p->total = total;
    p->started = p->last = p->told = now;
    p->steps = p->seconds = 0.0;
    if (p->style == MESA_PROGRESS_BAR)
        draw(p, now);
}

void
mesa_progress_step(struct mesa_progress *p, uint64_t at, uint64_t total,
                   const char *score, double now)
{
    const double passed = now - p->last, keep = FADE / (FADE + passed);
    const bool over = total && at >= total;

    p->steps = p->steps * keep + (double)(at - p->at);
    p->seconds = p->seconds * keep + passed;
    p->at = at;
    p->total = total;
    p->last = now;
    if (*score) /* some loops score every so often */
        snprintf(p->score, sizeof p->score, "%s", score);
    if (p->style == MESA_PROGRESS_BAR &&
        (over || now - p->told >= BAR_EVERY))
        draw(p, now);
    else if (p->style == MESA_PROGRESS_LINES && now - p->told >= LINE_EVERY)
        say(p, now);
}

void
mesa_progress_wait(struct mesa_progress *p, double now)
{
    if (p->shown && now - p->told >= WAIT_EVERY)
        draw(p, now);
    else if (p->style == MESA_PROGRESS_LINES && p->to &&
             now - p->told >= LINE_EVERY)
        say(p, now);
}

void
mesa_progress_clear(struct mesa_progress *p)
{
    if (!p->shown)
        return;
    fprintf(p->to, "\r\033[K");
    fflush(p->to);
}

void
mesa_progress_redraw(struct mesa_progress *p, double now)
{
    if (p->shown)
        draw(p, now);
}

void
mesa_progress_end(struct mesa_progress *p)
{
    mesa_progress_clear(p);
    p->shown = false;
}
