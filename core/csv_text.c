/* SPDX-License-Identifier: MIT */
/* csv_text.c - fields of CSV files, quoted where RFC 4180 asks for it. */
#include "csv_text.h"

#include <mesa/number.h>

#include <string.h>

/* Readers drop blanks and tabs around a field that is not quoted. */
static bool
needs_quotes(const char *field)
{
    size_t n = strlen(field);

    return strpbrk(field, ",\"\r\n") ||
           (n && (strchr(" \t", field[0]) || strchr(" \t", field[n - 1])));
}

void
mesa_csv_put(struct mesa_text *to, const char *before, const char *field)
{
    mesa_text_add(to, before);
    if (!needs_quotes(field)) {
        mesa_text_add(to, field);
        return;
    }
    mesa_text_add(to, "\"");
    for (; *field; field++)
        mesa_text_printf(to, *field == '"' ? "\"%c" : "%c", *field);
    mesa_text_add(to, "\"");
}

char *
mesa_csv_classes(const struct mesa_schema *schema)
{
    struct mesa_text t = { 0 };

    for (uint32_t c = 0; c < schema->n_classes; c++)
        mesa_csv_put(&t, c ? "," : "", schema->class_name[c]);
    return mesa_text_take(&t);
}

char *
mesa_csv_columns(const struct mesa_schema *schema)
{
    struct mesa_text t = { 0 };

    for (size_t j = 0; j < schema->n_columns; j++)
        mesa_csv_put(&t, j ? "," : "", schema->column[j].name);
    return mesa_text_take(&t);
}

/* A line for each column of categories: its name, then they. */
char *
mesa_csv_categories(const struct mesa_schema *schema)
{
    struct mesa_text t = { 0 };

    for (size_t j = 0; j < schema->n_columns; j++) {
        const struct mesa_column *column = &schema->column[j];

        if (column->type != MESA_CATEGORICAL)
            continue;
        mesa_csv_put(&t, "", column->name);
        for (uint32_t k = 0; k < column->n_categories; k++)
            mesa_csv_put(&t, ",", column->category[k]);
        mesa_text_add(&t, "\n");
    }
    return mesa_text_take(&t);
}

void
mesa_csv_put_classes(struct mesa_text *to, const struct mesa_schema *schema)
{
    for (uint32_t c = 0; c < schema->n_classes; c++) {
        char *name = mesa_asprintf("p_%s", schema->class_name[c]);

        if (name)
            mesa_csv_put(to, ",", name);
        else
            mesa_text_fail(to);
        mesa_free(name);
    }
    mesa_text_add(to, "\n");
}

void
mesa_csv_put_proba(struct mesa_text *to, const struct mesa_schema *schema,
                   const double *p)
{
    char digits[MESA_DOUBLE_TEXT];
    uint32_t best = 0;

    for (uint32_t c = 1; c < schema->n_classes; c++)
        if (p[c] > p[best])
            best = c;
    mesa_csv_put(to, ",", schema->class_name[best]);
    for (uint32_t c = 0; c < schema->n_classes; c++) {
        mesa_format_double(p[c], digits);
        mesa_text_add(to, ",");
        mesa_text_add(to, digits);
    }
    mesa_text_add(to, "\n");
}

/* The field at p, decoded to `to`; where it ends. */
static const char *
take_field(const char *p, char *to)
{
    bool quoted = *p == '"';

    for (p += quoted; *p; p++) {
        if (quoted && *p == '"' && *++p != '"')
            break;
        if (!quoted && (*p == ',' || *p == '\n'))
            break;
        *to++ = *p;
    }
    *to = '\0';
    return p;
}

const char *
mesa_csv_take(const char *text, char **block, char ***field, size_t *n)
{
    size_t length = strlen(text), room = 1;
    const char *p = text;
    char *to;

    for (const char *c = text; *c; c++)
        room += *c == ',';
    *n = 0;
    *block = to = mesa_alloc_raw(length + 2, 1);
    *field = mesa_alloc_array(room, sizeof **field);
    if (!*block || !*field)
        return NULL;
    for (;; p++) {
        (*field)[(*n)++] = to;
        p = take_field(p, to);
        if (*p != ',')
            break;
        to += strlen(to) + 1;
    }
    return p + (*p == '\n');
}
