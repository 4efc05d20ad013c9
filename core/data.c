/* SPDX-License-Identifier: MIT */
/* data.c - subsets of datasets: new labels and an index, the same matrix. */
#include "internal.h"

#include <string.h>

/* Row numbers of m behind the picked ones, into index[n]. */
static void
compose_index(const struct mesa_cmatrix *m, const size_t *pick, size_t n,
              size_t *index)
{
    for (size_t i = 0; i < n; i++)
        index[i] = m->index ? m->index[pick[i]] : pick[i];
}

/* One block for the arrays of a subset; *out gets views into it. */
struct subset_block {
    size_t  *index, *target_index;
    double  *weight;
    int32_t *y;
};

static void *
alloc_block(const struct mesa_dataset *from, size_t n,
            struct subset_block *out)
{
    size_t n_index = from->target.rows ? 2 : 1;
    size_t row = n_index * sizeof(size_t) +
                 (from->weight ? sizeof(double) : 0) + sizeof(int32_t);
    char *block = mesa_alloc_raw(n, row);

    if (!block)
        return NULL;
    out->index = (size_t *)(void *)block;
    out->target_index = out->index + (n_index - 1) * n;
    out->weight = (double *)(void *)(out->index + n_index * n);
    out->y = (int32_t *)(void *)(out->weight + (from->weight ? n : 0));
    return block;
}

mesa_status
mesa_subset_init(struct mesa_subset *out, const struct mesa_dataset *from,
                 const size_t *pick, size_t n, struct mesa_error *err)
{
    struct subset_block block;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++)
        if (pick[i] >= from->x.rows)
            return mesa_fail(err, MESA_EINVAL, "row %zu of %zu", pick[i],
                             from->x.rows);
    out->block_ = alloc_block(from, n, &block);
    if (!out->block_)
        return mesa_nomem(err, n, "row numbers");
    out->data = *from;
    compose_index(&from->x, pick, n, block.index);
    out->data.x.index = block.index;
    out->data.x.rows = n;
    if (from->target.rows) {
        compose_index(&from->target, pick, n, block.target_index);
        out->data.target.index = block.target_index;
        out->data.target.rows = n;
    }
    for (size_t i = 0; from->y && i < n; i++)
        block.y[i] = from->y[pick[i]];
    out->data.y = from->y ? block.y : NULL;
    for (size_t i = 0; from->weight && i < n; i++)
        block.weight[i] = from->weight[pick[i]];
    out->data.weight = from->weight ? block.weight : NULL;
    return MESA_OK;
}

void
mesa_subset_free(struct mesa_subset *subset)
{
    mesa_free(subset->block_);
    subset->block_ = NULL;
}

void
mesa_class_counts(const struct mesa_dataset *data, size_t *count)
{
    memset(count, 0, data->n_classes * sizeof *count);
    for (size_t r = 0; data->y && r < data->x.rows; r++)
        if (data->y[r] >= 0)
            count[data->y[r]]++;
}

size_t
mesa_class_rows(const struct mesa_dataset *data, uint32_t class_,
                size_t *rows)
{
    size_t n = 0;

    for (size_t r = 0; data->y && r < data->x.rows; r++) {
        if ((uint32_t)data->y[r] != class_)
            continue;
        if (rows)
            rows[n] = r;
        n++;
    }
    return n;
}
