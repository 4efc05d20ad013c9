/* SPDX-License-Identifier: MIT */
/* csv_text.h - fields of CSV files, quoted where RFC 4180 asks for it. */
#ifndef MESA_CORE_CSV_TEXT_H
#define MESA_CORE_CSV_TEXT_H

#include "text.h"

/* before, then the field, in quotes if it holds a comma, quote, blank at an
 * end or line break. */
void mesa_csv_put(struct mesa_text *to, const char *before, const char *field);

/* A whole record from the names of a schema, in fresh memory; NULL if memory
 * ran out. */
char *mesa_csv_classes(const struct mesa_schema *schema);
char *mesa_csv_columns(const struct mesa_schema *schema);

#endif
