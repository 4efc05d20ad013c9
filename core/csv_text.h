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
char *mesa_csv_categories(const struct mesa_schema *schema);

/* ",p_CLASS" for each class, and a row of them: ",PREDICTION,P...".  Both
 * with their newline; ties go to the lower class. */
void mesa_csv_put_classes(struct mesa_text *to,
                          const struct mesa_schema *schema);
void mesa_csv_put_proba(struct mesa_text *to, const struct mesa_schema *schema,
                        const double *p);

/*
 * Cut the record at text that mesa_csv_put wrote: n fields in a block of
 * memory, both to be freed.  What follows the record; NULL if memory ran out.
 */
const char *mesa_csv_take(const char *text, char **block, char ***field,
                          size_t *n);

#endif
