/* SPDX-License-Identifier: MIT */
/*
 * task_table.h - a table of another source, cut into groups of rows: what
 * sources make tasks of when they do not make up the rows.
 *
 * All parts that the other source gives are joined: which groups are held
 * out is decided here.
 */
#ifndef MESA_SOURCES_TASK_TABLE_H
#define MESA_SOURCES_TASK_TABLE_H

#include "tasks.h"

struct task_table {
    struct mesa_bundle       *bundle; /* names */
    const struct mesa_schema *schema; /* of x */
    struct mesa_schema        fewer;  /* that, if a column was taken out */
    struct mesa_column       *column; /* of fewer */
    size_t                    rows, cols, n_targets;
    uint32_t                  flags; /* enum mesa_dataset_flag */
    double                   *x, *target;
    int32_t                  *y;

    size_t  n_groups;
    size_t *start, *row; /* rows of group g: row[start[g]] and on */
};

/* A zeroed table is free already. */
void task_table_free(struct task_table *t);

/* Let go of all names, when nothing can go wrong any more. */
void task_table_settle(struct task_table *t);

/* The rows of the component, all parts one after the other. */
mesa_status task_table_open(struct task_table *t,
                            const struct mesa_component *source,
                            const struct mesa_rng *rng,
                            struct mesa_error *err);

/* The rows of a file that the component reads, in the same columns as those
 * that are there; `name` is what messages call it. */
mesa_status task_table_add_file(struct task_table *t,
                                const struct mesa_component *source,
                                const char *path, const char *name,
                                const struct mesa_rng *rng,
                                struct mesa_error *err);

/* Column j out of x, into value[rows]. */
mesa_status task_table_take(struct task_table *t, size_t j, double *value,
                            struct mesa_error *err);

/* Row r into group of[r], of n. */
mesa_status task_table_group(struct task_table *t, size_t n,
                             const size_t *of, struct mesa_error *err);

/*
 * Fit the transform (NULL: none) on the rows of n groups and apply it to all
 * rows; what then is no number, or missing, is an error.
 */
mesa_status task_table_transform(struct task_table *t,
                                 const struct mesa_component *transform,
                                 size_t n, const size_t *group,
                                 struct mesa_error *err);

/* Shares of what is split: two (training, test) or three. */
mesa_status task_shares_check(const struct mesa_list *share, const char *key,
                              struct mesa_error *err);

/* n things in random order: those of part p from first[p] to first[p + 1]. */
void task_shares_cut(const struct mesa_list *share, size_t n,
                     size_t first[MESA_PART_COUNT_ + 1]);

/* Has every part with a share as many of the n things as it needs? */
mesa_status task_shares_suffice(const struct mesa_list *share,
                                const char *key, const char *things, size_t n,
                                const size_t first[MESA_PART_COUNT_ + 1],
                                size_t least, struct mesa_error *err);

/* k of 0 ... n-1 without replacement, in random order, without memory:
 * O(k^2). */
void task_distinct(struct mesa_rng *rng, size_t n, size_t k, size_t *out);

#endif
