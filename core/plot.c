/* SPDX-License-Identifier: MIT */
/* plot.c - mesa/plot.h: pictures, collected. */
#include "plot_table.h"

#include "report.h"

#include <math.h>
#include <string.h>

size_t
mesa_mark_arity(enum mesa_mark mark)
{
    static const unsigned char arity[MESA_MARK_COUNT_] = {
        [MESA_MARK_LINE] = 2,  [MESA_MARK_FAINT] = 2, [MESA_MARK_REFERENCE] = 2,
        [MESA_MARK_BAND] = 3,  [MESA_MARK_ERROR] = 4, [MESA_MARK_POINT] = 2,
        [MESA_MARK_SCALED] = 3, [MESA_MARK_CROSS] = 2, [MESA_MARK_BAR] = 2,
        [MESA_MARK_BOX] = 2,   [MESA_MARK_CELL] = 3,  [MESA_MARK_SEGMENT] = 4
    };

    return arity[mark];
}

static void
free_series(struct mesa_plot_series *s)
{
    mesa_free(s->label);
    mesa_free(s->value);
}

void
mesa_plot_free(struct mesa_plot *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_panels; i++)
        mesa_free(p->panel[i]);
    for (size_t i = 0; i < p->n_series; i++)
        free_series(&p->series[i]);
    for (size_t i = 0; i < p->n_words; i++)
        mesa_free(p->word[i].text);
    mesa_free(p->panel);
    mesa_free(p->series);
    mesa_free(p->word);
    mesa_free(p->name);
    mesa_free(p->title);
    mesa_free(p->caption);
    mesa_free(p->x_label);
    mesa_free(p->y_label);
    mesa_free(p->value_label);
    mesa_free(p);
}

bool
mesa_plot_is_empty(const struct mesa_plot *p)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (mesa_plot_is_drawn(p, &p->series[i]))
            return false;
    return true;
}

static char *
copy(struct mesa_plot *p, const char *text)
{
    char *made = mesa_strdup(text ? text : "");

    p->failed |= !made;
    return made;
}

struct mesa_plot *
mesa_report_plot(struct mesa_report *r, const struct mesa_plot_info *given)
{
    struct mesa_plot_info info = { 0 };
    struct mesa_plot **moved, *p;

    if (!r->draws)
        return NULL;
    memcpy(&info, given, MESA_MIN(sizeof info, (size_t)given->struct_size));
    moved = mesa_realloc_array(r->plot, r->n_plots + 1, sizeof *moved);
    if (moved)
        r->plot = moved;
    p = moved ? mesa_alloc_array(1, sizeof *p) : NULL;
    if (!p) {
        r->failed = true;
        return NULL;
    }
    r->plot[r->n_plots++] = p;
    p->flags = info.flags;
    p->section = info.section;
    p->name = copy(p, info.name);
    p->title = copy(p, info.title);
    p->caption = copy(p, info.caption);
    p->x_label = copy(p, info.x_label);
    p->y_label = copy(p, info.y_label);
    p->value_label = copy(p, info.value_label);
    return p;
}

void
mesa_plot_panel(struct mesa_plot *p, const char *title)
{
    char **moved;

    if (!p || p->failed)
        return;
    moved = mesa_realloc_array(p->panel, p->n_panels + 1, sizeof *moved);
    if (!moved) {
        p->failed = true;
        return;
    }
    p->panel = moved;
    moved[p->n_panels] = copy(p, title);
    p->n_panels += moved[p->n_panels] != NULL;
}

static size_t
panel_of(const struct mesa_plot *p)
{
    return p->n_panels > 0 ? p->n_panels - 1 : 0;
}

void
mesa_plot_series(struct mesa_plot *p, enum mesa_mark mark, const char *label)
{
    struct mesa_plot_series *moved;

    if (!p || p->failed)
        return;
    moved = mesa_realloc_array(p->series, p->n_series + 1, sizeof *moved);
    if (!moved) {
        p->failed = true;
        return;
    }
    p->series = moved;
    moved[p->n_series++] = (struct mesa_plot_series){
        .mark = mark, .panel = panel_of(p), .label = copy(p, label)
    };
}

/* Room for one more point. */
static bool
reserve(struct mesa_plot_series *s)
{
    size_t wanted = s->capacity ? 2 * s->capacity : 64;
    double *moved;

    if (s->n < s->capacity)
        return true;
    moved = mesa_realloc_array(s->value, wanted,
                               mesa_mark_arity(s->mark) * sizeof *moved);
    if (moved) {
        s->value = moved;
        s->capacity = wanted;
    }
    return moved != NULL;
}

void
mesa_plot_point(struct mesa_plot *p, const double *value)
{
    struct mesa_plot_series *s;
    size_t arity;

    if (!p || p->failed || p->n_series == 0)
        return;
    s = &p->series[p->n_series - 1];
    arity = mesa_mark_arity(s->mark);
    if (!reserve(s)) {
        p->failed = true;
        return;
    }
    memcpy(s->value + arity * s->n++, value, arity * sizeof *value);
}

static void
add_word(struct mesa_plot *p, struct mesa_plot_word word, const char *text)
{
    struct mesa_plot_word *moved;

    if (!p || p->failed || !isfinite(word.x) || !isfinite(word.y))
        return;
    moved = mesa_realloc_array(p->word, p->n_words + 1, sizeof *moved);
    if (!moved) {
        p->failed = true;
        return;
    }
    p->word = moved;
    word.panel = panel_of(p);
    word.text = copy(p, text);
    moved[p->n_words] = word;
    p->n_words += word.text != NULL;
}

void
mesa_plot_tick(struct mesa_plot *p, char axis, double at, const char *label)
{
    add_word(p, (struct mesa_plot_word){ .what = 't', .how = axis, .x = at },
             label);
}

void
mesa_plot_rule(struct mesa_plot *p, char axis, double at, const char *label)
{
    add_word(p, (struct mesa_plot_word){ .what = 'r', .how = axis, .x = at },
             label);
}

void
mesa_plot_note(struct mesa_plot *p, char end, double x, double y,
               const char *text)
{
    add_word(p,
             (struct mesa_plot_word){ .what = 'n', .how = end, .x = x, .y = y },
             text);
}
