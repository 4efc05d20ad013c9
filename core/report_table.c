/* SPDX-License-Identifier: MIT */
/*
 * report_table.c - mesa/report.h: tables, aligned once all of a table's cells
 * are known.
 *
 * Widths are those that are seen: a name may be UTF-8.
 */
#include "report.h"
#include "terminal.h"

#include <stdarg.h>
#include <string.h>

void
mesa_report_cell(struct mesa_report *r, bool right, const char *fmt, ...)
{
    struct mesa_report_cell *moved =
        mesa_realloc_array(r->cell, r->n_cells + 1, sizeof *moved);
    struct mesa_text text = { 0 };
    va_list args;

    va_start(args, fmt);
    mesa_text_vprintf(&text, fmt, args);
    va_end(args);
    if (moved)
        r->cell = moved;
    if (!moved || text.failed) {
        mesa_free(text.at);
        r->failed = true;
        return;
    }
    mesa_show_text(text.at, text.n + 1, text.at, true);
    moved[r->n_cells++] = (struct mesa_report_cell){
        .text = text.at, .right = right
    };
}

void
mesa_report_row(struct mesa_report *r, bool best)
{
    if (r->n_cells == 0)
        return;
    r->cell[r->n_cells - 1].last = true;
    r->cell[r->n_cells - 1].best = best;
}

/* The width of each column. */
static void
measure(const struct mesa_report *r, size_t *width)
{
    size_t column = 0;

    for (size_t i = 0; i < r->n_cells; i++) {
        const size_t n = mesa_display_width(r->cell[i].text);

        width[column] = MESA_MAX(width[column], n);
        column = r->cell[i].last ? 0 : column + 1;
    }
}

/* Without blanks at its end; columns that it takes. */
static size_t
put_trimmed(struct mesa_text *to, size_t blanks, const char *text)
{
    size_t n = strlen(text), width = mesa_display_width(text);

    while (n > 0 && text[n - 1] == ' ') {
        n--;
        width--;
    }
    if (n > 0)
        mesa_text_printf(to, "%*s%.*s", (int)blanks, "", (int)n, text);
    return width;
}

/* The number of its cells. */
static size_t
put_row(const struct mesa_report *r, const struct mesa_report_cell *row,
        size_t left, const size_t *width)
{
    size_t n = 0, blanks = 0;

    while (n + 1 < left && !row[n].last)
        n++;
    if (row[n].best && r->colour)
        mesa_text_printf(r->table, "\033[1m");
    for (size_t i = 0; i <= n; i++) {
        size_t taken;

        if (row[i].right)
            blanks += width[i] - mesa_display_width(row[i].text);
        taken = put_trimmed(r->table, blanks, row[i].text);
        if (taken > 0)
            blanks = 0;
        blanks += (row[i].right ? 0 : width[i] - taken) + 2;
    }
    if (row[n].best && r->colour)
        mesa_text_printf(r->table, "\033[0m");
    mesa_text_printf(r->table, "\n");
    return n + 1;
}

void
mesa_report_end_table(struct mesa_report *r)
{
    size_t *width;

    if (r->n_cells == 0)
        return;
    width = mesa_alloc_array(r->n_cells, sizeof *width);
    if (width) {
        measure(r, width);
        for (size_t i = 0; i < r->n_cells;)
            i += put_row(r, &r->cell[i], r->n_cells - i, width);
    }
    r->failed |= !width;
    mesa_free(width);
    mesa_report_free_cells(r);
}

void
mesa_report_free_cells(struct mesa_report *r)
{
    for (size_t i = 0; i < r->n_cells; i++)
        mesa_free(r->cell[i].text);
    mesa_free(r->cell);
    r->cell = NULL;
    r->n_cells = 0;
}
