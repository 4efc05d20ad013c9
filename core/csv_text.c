/* SPDX-License-Identifier: MIT */
/* csv_text.c - fields of CSV files, quoted where RFC 4180 asks for it. */
#include "csv_text.h"

#include <string.h>

static bool
needs_quotes(const char *field)
{
    size_t n = strlen(field);

    return strpbrk(field, ",\"\r\n") || (n && field[0] == ' ') ||
           (n && field[n - 1] == ' ');
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
