/* SPDX-License-Identifier: MIT */
/*
 * plot_table.c - a picture as a table.  Each series is a block of it, two
 * blank lines between them, which gnuplot addresses by index and other readers
 * of CSV skip.
 */
#include "plot_table.h"

#include "csv_text.h"
#include "json.h"

#include <mesa/number.h>

#include <string.h>

enum { LONGEST = 60 }; /* letters of a line */

static const char *const field_name[N_FIELDS] = { "x",     "y",    "low",
                                                  "high",  "value", "to_x",
                                                  "to_y" };

int
mesa_plot_field(enum mesa_mark mark, size_t v)
{
    static const signed char band[] = { X, LOW, HIGH };
    static const signed char error[] = { X, Y, LOW, HIGH };
    static const signed char valued[] = { X, Y, VALUE };
    static const signed char segment[] = { X, Y, TO_X, TO_Y };

    switch (mark) {
    case MESA_MARK_BAND:
        return band[v];
    case MESA_MARK_ERROR:
        return error[v];
    case MESA_MARK_SCALED:
    case MESA_MARK_CELL:
        return valued[v];
    case MESA_MARK_SEGMENT:
        return segment[v];
    default:
        return v == 0 ? X : Y;
    }
}

struct mesa_plot_layout
mesa_plot_layout(const struct mesa_plot *p)
{
    struct mesa_plot_layout l = { { 0 }, 0, 0 };
    int n = 0;

    for (size_t i = 0; i < p->n_series; i++)
        for (size_t v = 0; v < mesa_mark_arity(p->series[i].mark); v++)
            l.field[mesa_plot_field(p->series[i].mark, v)] = 1;
    if (p->n_panels > 1)
        l.panel = ++n;
    l.series = ++n;
    for (int f = 0; f < N_FIELDS; f++)
        if (l.field[f])
            l.field[f] = ++n;
    return l;
}

const char *
mesa_plot_panel_title(const struct mesa_plot *p, size_t panel)
{
    return panel < p->n_panels ? p->panel[panel] : "";
}

static void
put_letters(struct mesa_text *out, const char *text, bool quoted,
            size_t longest)
{
    const char *bad = mesa_utf8_malformed(text, text + strlen(text));
    size_t n = 0;

    for (const char *c = text; *c; c++) {
        const bool starts = ((unsigned char)*c & 0xc0) != 0x80;

        if (starts && ++n > longest) {
            mesa_text_add(out, "...");
            return;
        }
        if (bad && c >= bad && (unsigned char)*c >= 0x80)
            mesa_text_add(out, "?");
        else if ((unsigned char)*c < ' ' || *c == 127)
            mesa_text_add(out, " ");
        else if (quoted && *c == '`')
            mesa_text_add(out, "\\140");
        else
            mesa_text_printf(out,
                             quoted && (*c == '"' || *c == '\\') ? "\\%c"
                                                                 : "%c",
                             *c);
    }
}

void
mesa_plot_put_line(struct mesa_text *out, const char *text, bool quoted)
{
    put_letters(out, text, quoted, LONGEST);
}

void
mesa_plot_put_cut(struct mesa_text *out, const char *text, size_t pixels)
{
    const size_t letters = pixels / 7;

    mesa_text_add(out, "\"");
    put_letters(out, text, true, MESA_MIN(letters, (size_t)LONGEST));
    mesa_text_add(out, "\"");
}

/* A field of one line. */
static void
put_field(struct mesa_text *out, const char *before, const char *field)
{
    struct mesa_text line = { 0 };

    mesa_plot_put_line(&line, field, false);
    mesa_csv_put(out, before, line.at ? line.at : "");
    out->failed |= line.failed;
    mesa_free(line.at);
}

static void
put_number(struct mesa_text *out, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    mesa_format_double(value, digits);
    mesa_text_add(out, digits);
}

static void
put_points(struct mesa_text *out, const struct mesa_plot *p,
           const struct mesa_plot_series *s, const struct mesa_plot_layout *l)
{
    const size_t arity = mesa_mark_arity(s->mark);

    for (size_t i = 0; i < s->n; i++) {
        const char *before = "";

        if (l->panel) {
            put_field(out, "", mesa_plot_panel_title(p, s->panel));
            before = ",";
        }
        put_field(out, before, s->label);
        for (int f = 0; f < N_FIELDS; f++) {
            if (!l->field[f])
                continue;
            mesa_text_add(out, ",");
            for (size_t v = 0; v < arity; v++)
                if (mesa_plot_field(s->mark, v) == f)
                    put_number(out, s->value[i * arity + v]);
        }
        mesa_text_add(out, "\n");
    }
}

void
mesa_plot_data(const struct mesa_plot *p, struct mesa_text *out)
{
    const struct mesa_plot_layout l = mesa_plot_layout(p);
    bool first = true;

    mesa_text_add(out, l.panel ? "panel,series" : "series");
    for (int f = 0; f < N_FIELDS; f++)
        if (l.field[f])
            mesa_text_printf(out, ",%s", field_name[f]);
    mesa_text_add(out, "\n");
    for (size_t i = 0; i < p->n_series; i++) {
        if (p->series[i].n == 0)
            continue;
        if (!first)
            mesa_text_add(out, "\n\n");
        first = false;
        put_points(out, p, &p->series[i], &l);
    }
}

