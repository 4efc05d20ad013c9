/* SPDX-License-Identifier: MIT */
/*
 * table_source.h - a source whose values say where they are from, for tests
 * of sources that make tasks of others.  Row r of n_classes * per_class has
 * class r % n_classes and the columns (class, r, third).
 */
#ifndef MESA_TESTS_TABLE_SOURCE_H
#define MESA_TESTS_TABLE_SOURCE_H

#include "test.h"

#include <math.h>

struct numbered {
    int64_t n_classes, per_class;
    int64_t parts;   /* 1: one table; 3: three of a third each */
    int64_t small;   /* this class has as many rows as its number */
    int64_t missing; /* this row has no third value */
    bool    categories;
};

#define NUMBER(name, d) \
    MESA_INT(struct numbered, name, #name, d, -1, 1000000, "A number")

static const struct mesa_param numbered_params[] = {
    NUMBER(n_classes, 40),
    NUMBER(per_class, 30),
    NUMBER(parts, 1),
    NUMBER(small, -1),
    NUMBER(missing, -1),
    MESA_BOOL(struct numbered, categories, "categories", false,
              "Whether the third column holds some"),
    MESA_PARAM_END
};

static inline mesa_status
numbered_part(const struct numbered *s, struct mesa_bundle *out,
              enum mesa_part part, size_t first, size_t n,
              struct mesa_error *err)
{
    size_t rows = 0;
    double *x;
    int32_t *y;
    mesa_status st = mesa_bundle_part(out, part, n, &x, &y, err);

    for (size_t r = first; st == MESA_OK && r < first + n; r++, rows++) {
        size_t c = r % (size_t)s->n_classes;

        /* What is too much for the small class goes to the next one. */
        if ((int64_t)c == s->small && r / (size_t)s->n_classes >= c)
            c++;
        x[rows * 3] = (double)c;
        x[rows * 3 + 1] = (double)r;
        x[rows * 3 + 2] = (int64_t)r == s->missing ? NAN
                                                   : s->categories ? 1 : 7;
        y[rows] = (int32_t)c;
    }
    return st;
}

static inline mesa_status
numbered_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    static const char *const columns[] = { "class", "row", "third" };
    static const char *const categories[] = { "red", "green" };
    const struct numbered *s = self;
    size_t rows = (size_t)(s->n_classes * s->per_class), third = rows / 3;
    char text[64][8];
    const char *names[64];
    mesa_status st = mesa_bundle_columns(out, 3, columns, err);

    (void)rng;
    for (int64_t c = 0; c < s->n_classes; c++) {
        snprintf(text[c], sizeof text[c], "c%d", (int)c);
        names[c] = text[c];
    }
    if (st == MESA_OK && s->categories)
        st = mesa_bundle_categories(out, 2, 2, categories, err);
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, (size_t)s->n_classes, names, NULL, err);
    if (st == MESA_OK && s->parts == 1)
        return numbered_part(s, out, MESA_PART_ALL, 0, rows, err);
    if (st == MESA_OK)
        st = numbered_part(s, out, MESA_PART_TRAIN, 0, third, err);
    if (st == MESA_OK)
        st = numbered_part(s, out, MESA_PART_VALID, third, third, err);
    if (st == MESA_OK)
        st = numbered_part(s, out, MESA_PART_TEST, 2 * third,
                           rows - 2 * third, err);
    return st;
}

static const struct mesa_source_class numbered_class = {
    MESA_SOURCE(struct numbered),
    .head.name = "numbered",
    .head.title = "Rows that say where they are from",
    .head.params = numbered_params,
    .open = numbered_open,
};

#endif
