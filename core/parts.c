/* SPDX-License-Identifier: MIT */
/* parts.c - opening the data of a run and splitting them. */
#include "host.h"

#include "split.h"

#include <string.h>

#define PART(b, p) mesa_bundle_dataset((b), MESA_PART_##p)

/* Rows of `all` that fell to a part, as a subset. */
static mesa_status
take_part(struct mesa_parts *parts, const struct mesa_dataset *all,
          const uint32_t *of_row, uint32_t which, enum mesa_part part,
          struct mesa_error *err)
{
    size_t *pick = mesa_alloc_raw(all->x.rows, sizeof *pick);
    size_t n = 0;
    mesa_status st;

    if (!pick)
        return mesa_nomem(err, all->x.rows, "row numbers");
    for (size_t r = 0; r < all->x.rows; r++)
        if (of_row[r] == which)
            pick[n++] = r;
    st = mesa_subset_init(&parts->subset[part], all, pick, n, err);
    parts->data[part] = &parts->subset[part].data;
    mesa_free(pick);
    return st;
}

static mesa_status
split_shares(struct mesa_parts *parts, const struct mesa_dataset *all,
             const struct mesa_list *split, const struct mesa_rng *root,
             struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(root, "split", 0);
    bool valid = split->n == 3;
    uint32_t *of_row;
    mesa_status st;

    if (split->n != 2 && split->n != 3)
        return mesa_fail(err, MESA_EINVAL,
                         "[data] split has %zu shares, expected 3 (training, "
                         "validation, test) or 2 (training, test)",
                         split->n);
    of_row = mesa_alloc_raw(all->x.rows, sizeof *of_row);
    if (!of_row)
        return mesa_nomem(err, all->x.rows, "row numbers");
    st = mesa_split_shares(all, split->value, split->n, &rng, of_row, err);
    if (st == MESA_OK)
        st = take_part(parts, all, of_row, 0, MESA_PART_TRAIN, err);
    if (st == MESA_OK && valid)
        st = take_part(parts, all, of_row, 1, MESA_PART_VALID, err);
    if (st == MESA_OK)
        st = take_part(parts, all, of_row, valid ? 2 : 1, MESA_PART_TEST,
                       err);
    mesa_free(of_row);
    return st;
}

static void
append_rows(struct mesa_parts *parts, const struct mesa_dataset *from)
{
    struct mesa_dataset *to = &parts->joined;
    size_t cols = to->x.cols;

    for (size_t r = 0; r < from->x.rows; r++)
        memcpy(parts->joined_x + (to->x.rows + r) * cols,
               mesa_row(&from->x, r), cols * sizeof(double));
    memcpy(parts->joined_y + to->x.rows, from->y,
           from->x.rows * sizeof *from->y);
    to->x.rows += from->x.rows;
    to->flags |= from->flags;
}

/* The pool of cross-validation when the source gave parts: training rows,
 * then test rows. */
static mesa_status
join_parts(struct mesa_parts *parts, struct mesa_error *err)
{
    const struct mesa_dataset *train = PART(parts->bundle, TRAIN);
    const struct mesa_dataset *test = PART(parts->bundle, TEST);
    size_t cols = train->x.cols;
    size_t rows = train->x.rows + (test ? test->x.rows : 0);

    parts->joined_x = mesa_alloc_raw(rows * cols, sizeof *parts->joined_x);
    parts->joined_y = mesa_alloc_raw(rows, sizeof *parts->joined_y);
    if (!parts->joined_x || !parts->joined_y)
        return mesa_nomem(err, rows, "rows");
    parts->joined = *train;
    parts->joined.x = (struct mesa_cmatrix){ parts->joined_x, 0, cols, cols,
                                             NULL };
    parts->joined.y = parts->joined_y;
    append_rows(parts, train);
    if (test)
        append_rows(parts, test);
    parts->data[MESA_PART_ALL] = &parts->joined;
    return MESA_OK;
}

static mesa_status
arrange(struct mesa_parts *parts, const struct mesa_component *source,
        bool folds, const struct mesa_rng *root, struct mesa_error *err)
{
    const struct mesa_dataset *all = PART(parts->bundle, ALL);

    if (folds && mesa_parts_schema(parts)->n_classes == 0)
        return mesa_fail(err, MESA_EDATA,
                         "[evaluate] folds need classes, the data have "
                         "targets");
    if (all && folds) {
        parts->data[MESA_PART_ALL] = all;
        return MESA_OK;
    }
    if (all)
        return split_shares(parts, all, &source->data.split, root, err);
    parts->data[MESA_PART_VALID] = PART(parts->bundle, VALID);
    if (folds)
        return join_parts(parts, err);
    parts->data[MESA_PART_TRAIN] = PART(parts->bundle, TRAIN);
    parts->data[MESA_PART_TEST] = PART(parts->bundle, TEST);
    return MESA_OK;
}

mesa_status
mesa_parts_open(struct mesa_parts *parts, const struct mesa_component *from,
                bool folds, const struct mesa_rng *run,
                struct mesa_error *err)
{
    struct mesa_rng root = *run, rng;
    struct mesa_instance *source;
    mesa_status st;

    /* Several sources of one run are drawn and split each by itself. */
    if (strcmp(from->section, "data") != 0)
        root = mesa_rng_derive(run, from->section, 0);
    rng = mesa_rng_derive(&root, "data", 0);
    memset(parts, 0, sizeof *parts);
    parts->bundle = mesa_bundle_new();
    if (!parts->bundle)
        return mesa_nomem(err, 1, "bundle");
    st = mesa_instance_new(from, &source, err);
    if (st == MESA_OK)
        st = mesa_source_open(source, parts->bundle, &rng, err);
    mesa_instance_free(source);
    return st == MESA_OK ? arrange(parts, from, folds, &root, err) : st;
}

void
mesa_parts_free(struct mesa_parts *parts)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        mesa_subset_free(&parts->subset[p]);
    mesa_free(parts->joined_x);
    mesa_free(parts->joined_y);
    mesa_bundle_free(parts->bundle);
    memset(parts, 0, sizeof *parts);
}

const struct mesa_schema *
mesa_parts_schema(const struct mesa_parts *parts)
{
    const struct mesa_dataset *all = PART(parts->bundle, ALL);

    return (all ? all : PART(parts->bundle, TRAIN))->schema;
}
