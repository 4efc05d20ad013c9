/* SPDX-License-Identifier: MIT */
/* mesa/data.h - matrices and datasets: borrowed, read-only views. */
#ifndef MESA_DATA_H
#define MESA_DATA_H

#include <mesa/status.h>

/*
 * A read-only matrix: row r starts at data + (index ? index[r] : r) * stride.
 * A subset of rows is the same data with another index: nothing is copied.
 */
struct mesa_cmatrix {
    const double *data;
    size_t        rows, cols;
    size_t        stride; /* in elements, >= cols           */
    const size_t *index;  /* rows entries, or NULL: 0, 1... */
};

enum mesa_column_type { MESA_NUMERIC = 0, MESA_CATEGORICAL };

struct mesa_column {
    const char        *name;
    uint32_t           type;         /* enum mesa_column_type              */
    uint32_t           n_categories; /* values of a categorical column are */
    const char *const *category;     /* 0 ... n_categories-1, or NaN       */
};

/* What the columns and classes are called; shared by all parts of the data. */
struct mesa_schema {
    uint32_t                  struct_size;
    uint32_t                  n_classes;
    size_t                    n_columns;
    const struct mesa_column *column;
    const char *const        *class_name;
    const char               *label; /* name of the label column */
    size_t                    n_targets; /* without classes: columns of */
    const char *const        *target;    /* numbers, and their names    */
};

enum mesa_dataset_flag {
    MESA_DATA_MISSING    = 1 << 0, /* x may hold NaN: "missing"          */
    MESA_DATA_UNLABELLED = 1 << 1  /* y may hold -1: "not known"         */
};

/*
 * Rows, their classes and weights.  x is finite, or NaN where flagged; y is
 * dense (y[r] belongs to row r of x, whatever x.index says) and within
 * 0 ... n_classes-1, or -1 where flagged; so are weight (finite, >= 0) and
 * target.
 */
struct mesa_dataset {
    uint32_t                  struct_size;
    uint32_t                  flags;     /* enum mesa_dataset_flag         */
    struct mesa_cmatrix       x;
    const int32_t            *y;         /* NULL: no classes               */
    const double             *weight;    /* NULL: all 1                    */
    struct mesa_cmatrix       target;    /* regression; no rows if none    */
    uint32_t                  n_classes; /* declared, some may be absent   */
    const struct mesa_schema *schema;    /* NULL: unnamed                  */
};

MESA_BEGIN

/* Row r of m: m->cols contiguous values. */
static inline const double *
mesa_row(const struct mesa_cmatrix *m, size_t r)
{
    return m->data + (m->index ? m->index[r] : r) * m->stride;
}

/*
 * Rows pick[0] ... pick[n-1] of from (repeats allowed) as a dataset that
 * shares from's matrix: only y, weight, target and an index are new.  Free
 * with mesa_subset_free; from must live longer.
 */
struct mesa_subset {
    struct mesa_dataset data;
    void               *block_; /* private */
};

MESA_API mesa_status mesa_subset_init(struct mesa_subset *out,
                                      const struct mesa_dataset *from,
                                      const size_t *pick, size_t n,
                                      struct mesa_error *err);
MESA_API void mesa_subset_free(struct mesa_subset *subset);

/* Rows of each class into count[n_classes]; those without one count not. */
MESA_API void mesa_class_counts(const struct mesa_dataset *data,
                                size_t *count);

/* The rows of one class, ascending, into rows (NULL: only count); how many. */
MESA_API size_t mesa_class_rows(const struct mesa_dataset *data,
                                uint32_t class_, size_t *rows);

MESA_END

#endif
