/* SPDX-License-Identifier: MIT */
/*
 * inspect_tell.c - facts, said once: lines for people, or JSON.
 *
 * Names come out of files of strangers: what a terminal would obey, or is not
 * UTF-8, is shown as \xHH.
 */
#include "inspect_tell.h"

#include <mesa/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 20, LITERAL_LABEL = 30, NAMES = 8, GAP = 2 };

struct mesa_tell_cell {
    char  *text;
    size_t width;
    bool   number;
};

void
mesa_teller_begin(struct mesa_teller *t, bool json)
{
    memset(t, 0, sizeof *t);
    t->json = json;
    t->writer = mesa_json_writer(&t->text);
    if (json)
        mesa_json_open(&t->writer, '{');
}

static void
forget_cells(struct mesa_teller *t)
{
    for (size_t i = 0; t->cell && i < t->n_cells; i++)
        mesa_free(t->cell[i].text);
    mesa_free(t->cell);
    t->cell = NULL;
    t->n_cells = 0;
}

char *
mesa_teller_end(struct mesa_teller *t)
{
    forget_cells(t);
    if (t->json) {
        mesa_json_close(&t->writer, '}');
        mesa_text_add(&t->text, "\n");
    }
    return mesa_text_take(&t->text);
}

/* Bytes at p that can be shown as they are: one character, or none. */
static size_t
plain(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;

    if (c < 0x80)
        return c >= 0x20 && c != 0x7f;
    for (size_t n = 2; n <= 4 && n <= (size_t)(end - p); n++)
        if (!mesa_utf8_malformed(p, p + n))
            /* U+0080 to U+009F are control characters, too. */
            return c == 0xc2 && (unsigned char)p[1] < 0xa0 ? 0 : n;
    return 0;
}

/* The text, made harmless; how many columns it takes. */
static size_t
add_plain(struct mesa_text *to, const char *text)
{
    const char *end = text + strlen(text);
    size_t width = 0;

    while (text < end) {
        size_t n = plain(text, end);

        if (n)
            mesa_text_printf(to, "%.*s", (int)n, text);
        else
            mesa_text_printf(to, "\\x%02x", (unsigned)(unsigned char)*text);
        width += n ? 1 : 4;
        text += n ? n : 1;
    }
    return width;
}

static void
add_blanks(struct mesa_teller *t, size_t n)
{
    mesa_text_printf(&t->text, "%*s", (int)n, "");
}

/* A key with blanks for its underlines; its width. */
static size_t
add_key(const struct mesa_teller *t, struct mesa_text *to, const char *key)
{
    char label[64];

    if (t->literal)
        return add_plain(to, key);
    snprintf(label, sizeof label, "%s", key);
    for (char *p = label; *p; p++)
        if (*p == '_')
            *p = ' ';
    return add_plain(to, label);
}

static void
add_label(struct mesa_teller *t, const char *key)
{
    size_t width = t->literal ? LITERAL_LABEL : LABEL, n;

    add_blanks(t, 2 * t->depth);
    n = 2 * t->depth + add_key(t, &t->text, key);
    add_blanks(t, n + GAP < width ? width - n : GAP);
}

void
mesa_tell_string(struct mesa_teller *t, const char *key, const char *value)
{
    mesa_tell_word(t, key, value, value);
}

void
mesa_tell_word(struct mesa_teller *t, const char *key, const char *word,
               const char *words)
{
    if (t->json) {
        mesa_json_key(&t->writer, key);
        if (word)
            mesa_json_string(&t->writer, word);
        else
            mesa_json_null(&t->writer);
    } else if (words) {
        add_label(t, key);
        add_plain(&t->text, words);
        mesa_text_add(&t->text, "\n");
    }
}

void
mesa_tell_uint(struct mesa_teller *t, const char *key, uint64_t value,
               const char *unit)
{
    if (t->json) {
        mesa_json_key(&t->writer, key);
        mesa_json_uint(&t->writer, value);
        return;
    }
    add_label(t, key);
    mesa_text_printf(&t->text, "%llu%s%s\n", (unsigned long long)value,
                     unit ? " " : "", unit ? unit : "");
}

void
mesa_tell_bool(struct mesa_teller *t, const char *key, bool value)
{
    if (t->json) {
        mesa_json_key(&t->writer, key);
        mesa_json_bool(&t->writer, value);
    } else {
        mesa_tell_string(t, key, value ? "yes" : "no");
    }
}

void
mesa_tell_hash(struct mesa_teller *t, const char *key, uint64_t value)
{
    char digits[17];

    snprintf(digits, sizeof digits, "%016llx", (unsigned long long)value);
    mesa_tell_string(t, key, digits);
}

static void
tell_array(struct mesa_teller *t, const char *key, size_t n,
           const char *const *text)
{
    mesa_json_key(&t->writer, key);
    mesa_json_open(&t->writer, '[');
    for (size_t i = 0; i < n; i++)
        mesa_json_string(&t->writer, text[i]);
    mesa_json_close(&t->writer, ']');
}

void
mesa_tell_names(struct mesa_teller *t, const char *key, size_t n,
                const char *const *name)
{
    size_t shown = n > NAMES + 1 ? NAMES : n;

    if (t->json) {
        tell_array(t, key, n, name);
        return;
    }
    add_label(t, key);
    for (size_t i = 0; i < shown; i++) {
        mesa_text_add(&t->text, i ? ", " : "");
        add_plain(&t->text, name[i]);
    }
    if (n > shown)
        mesa_text_printf(&t->text, " and %zu more", n - shown);
    mesa_text_add(&t->text, "\n");
}

void
mesa_tell_open(struct mesa_teller *t, const char *key)
{
    if (t->json) {
        mesa_json_key(&t->writer, key);
        mesa_json_open(&t->writer, '{');
        return;
    }
    if (t->depth == 0)
        mesa_text_add(&t->text, "\n");
    add_blanks(t, 2 * t->depth++);
    add_key(t, &t->text, key);
    mesa_text_add(&t->text, "\n");
}

void
mesa_tell_lines(struct mesa_teller *t, const char *key, size_t n,
                const char *const *text)
{
    if (t->json) {
        tell_array(t, key, n, text);
        return;
    }
    if (n == 0)
        return;
    mesa_tell_open(t, key);
    for (size_t i = 0; i < n; i++) {
        add_blanks(t, 2 * t->depth);
        add_plain(&t->text, text[i]);
        mesa_text_add(&t->text, "\n");
    }
    mesa_tell_close(t);
}

void
mesa_tell_close(struct mesa_teller *t)
{
    if (t->json)
        mesa_json_close(&t->writer, '}');
    else
        t->depth--;
}

void
mesa_tell_table(struct mesa_teller *t, const char *key,
                const char *const *column)
{
    t->column = column;
    for (t->n_columns = 0; column[t->n_columns];)
        t->n_columns++;
    t->n_cells = 0;
    if (t->json) {
        mesa_json_key(&t->writer, key);
        mesa_json_open(&t->writer, '[');
    } else {
        mesa_tell_open(t, key);
    }
}

/* In JSON: what comes before the next cell, and after it. */
static void
begin_cell(struct mesa_teller *t)
{
    if (t->n_cells % t->n_columns == 0)
        mesa_json_open(&t->writer, '{');
    mesa_json_key(&t->writer, t->column[t->n_cells % t->n_columns]);
}

static void
end_cell(struct mesa_teller *t)
{
    if (++t->n_cells % t->n_columns == 0)
        mesa_json_close(&t->writer, '}');
}

/* For people: one that waits until all widths are known. */
static void
keep_cell(struct mesa_teller *t, const char *text, bool number)
{
    struct mesa_tell_cell *moved = t->cell;
    struct mesa_text plain_text = { 0 };
    size_t width = add_plain(&plain_text, text);
    char *own = mesa_text_take(&plain_text);

    if ((t->n_cells & (t->n_cells - 1)) == 0) /* a power of two: full */
        moved = mesa_realloc_array(t->cell, 2 * t->n_cells + 1,
                                   sizeof *moved);
    if (!moved || !own) {
        mesa_free(own);
        mesa_text_fail(&t->text);
        return;
    }
    t->cell = moved;
    moved[t->n_cells++] = (struct mesa_tell_cell){ own, width, number };
}

void
mesa_tell_cell_string(struct mesa_teller *t, const char *value)
{
    if (!t->json) {
        keep_cell(t, value ? value : "-", false);
        return;
    }
    begin_cell(t);
    if (value)
        mesa_json_string(&t->writer, value);
    else
        mesa_json_null(&t->writer);
    end_cell(t);
}

void
mesa_tell_cell_uint(struct mesa_teller *t, uint64_t value)
{
    char digits[24];

    if (t->json) {
        begin_cell(t);
        mesa_json_uint(&t->writer, value);
        end_cell(t);
        return;
    }
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    keep_cell(t, digits, true);
}

void
mesa_tell_cell_double(struct mesa_teller *t, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    if (t->json) {
        begin_cell(t);
        mesa_json_double(&t->writer, value);
        end_cell(t);
        return;
    }
    snprintf(digits, sizeof digits, "%.6g", value);
    keep_cell(t, isnan(value) ? "-" : digits, true);
}

/* One cell or heading in its column; the last one of a row is not filled. */
static void
put_cell(struct mesa_teller *t, size_t j, const struct mesa_tell_cell *c,
         size_t width)
{
    if (c->number)
        add_blanks(t, width - c->width);
    mesa_text_add(&t->text, c->text);
    if (j + 1 < t->n_columns)
        add_blanks(t, GAP + (c->number ? 0 : width - c->width));
    else
        mesa_text_add(&t->text, "\n");
}

static void
put_row(struct mesa_teller *t, const struct mesa_tell_cell *row,
        const size_t *width)
{
    add_blanks(t, 2 * t->depth);
    for (size_t j = 0; j < t->n_columns; j++)
        put_cell(t, j, &row[j], width[j]);
}

/* Headings stand as their columns do. */
static bool
make_headings(const struct mesa_teller *t, struct mesa_tell_cell *heading)
{
    bool ok = true;

    for (size_t j = 0; j < t->n_columns; j++) {
        struct mesa_text label = { 0 };

        heading[j].width = add_key(t, &label, t->column[j]);
        heading[j].text = mesa_text_take(&label);
        heading[j].number = t->n_cells > j && t->cell[j].number;
        ok &= heading[j].text != NULL;
    }
    return ok;
}

static void
put_table(struct mesa_teller *t)
{
    size_t n = t->n_columns;
    struct mesa_tell_cell *heading = mesa_alloc_array(n, sizeof *heading);
    size_t *width = mesa_alloc_array(n, sizeof *width);

    if (!heading || !width || !make_headings(t, heading)) {
        mesa_text_fail(&t->text);
    } else {
        for (size_t j = 0; j < n; j++)
            width[j] = heading[j].width;
        for (size_t i = 0; i < t->n_cells; i++)
            width[i % n] = MESA_MAX(width[i % n], t->cell[i].width);
        put_row(t, heading, width);
        for (size_t i = 0; i + n <= t->n_cells; i += n)
            put_row(t, &t->cell[i], width);
    }
    for (size_t j = 0; heading && j < n; j++)
        mesa_free(heading[j].text);
    mesa_free(heading);
    mesa_free(width);
}

void
mesa_tell_table_end(struct mesa_teller *t)
{
    if (t->json) {
        mesa_json_close(&t->writer, ']');
        return;
    }
    if (!t->text.failed)
        put_table(t);
    forget_cells(t);
    t->depth--;
}
