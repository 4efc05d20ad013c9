/* SPDX-License-Identifier: MIT */
/* rows.c - which rows have a label, since when, and why. */
#include "active.h"

#include <string.h>

mesa_status
active_rows_init(struct active_rows *r, size_t n, struct mesa_error *err)
{
    r->row = mesa_alloc_array(n, sizeof *r->row);
    r->iteration = mesa_alloc_array(n, sizeof *r->iteration);
    r->utility = mesa_alloc_array(n, sizeof *r->utility);
    r->label = mesa_alloc_array(n, sizeof *r->label);
    r->taken = mesa_alloc_array(n, sizeof *r->taken);
    return r->row && r->iteration && r->utility && r->label && r->taken
               ? MESA_OK
               : mesa_nomem(err, n, "rows");
}

void
active_rows_free(struct active_rows *r)
{
    mesa_free(r->row);
    mesa_free(r->iteration);
    mesa_free(r->utility);
    mesa_free(r->label);
    mesa_free(r->taken);
    memset(r, 0, sizeof *r);
}

void
active_rows_add(struct active_rows *r, size_t row, uint64_t iteration,
                double utility, int32_t label)
{
    r->row[r->n] = row;
    r->iteration[r->n] = iteration;
    r->utility[r->n] = utility;
    r->label[r->n] = label;
    r->taken[row] = true;
    r->n++;
}

size_t
active_rows_left(const struct active_rows *r, size_t n, size_t *left)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++)
        if (!r->taken[i])
            left[found++] = i;
    return found;
}

mesa_status
active_rows_subset(const struct active_rows *r,
                   const struct mesa_dataset *data, struct mesa_subset *out,
                   struct mesa_error *err)
{
    mesa_status st = mesa_subset_init(out, data, r->row, r->n, err);

    /* What people say counts, not what the data may hold. */
    out->data.y = r->label;
    out->data.flags &= ~(uint32_t)MESA_DATA_UNLABELLED;
    return st;
}

mesa_status
active_rows_save(const struct active_rows *r, struct mesa_archive *to,
                 struct mesa_error *err)
{
    uint64_t *row = mesa_alloc_raw(r->n, sizeof *row);
    mesa_status st;

    if (!row)
        return mesa_nomem(err, r->n, "rows");
    for (size_t i = 0; i < r->n; i++)
        row[i] = r->row[i];
    st = mesa_archive_put_vector(to, "row", MESA_U64, r->n, row, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "iteration", MESA_U64, r->n,
                                     r->iteration, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "utility", MESA_F64, r->n,
                                     r->utility, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "label", MESA_I32, r->n, r->label,
                                     err);
    mesa_free(row);
    return st;
}

mesa_status
active_rows_load(struct active_rows *r, const struct mesa_dataset *data,
                 const struct mesa_archive *from, struct mesa_error *err)
{
    struct mesa_tensor row;
    const void *iteration, *utility, *label;
    mesa_status st = mesa_archive_get(from, "row", &row, err);
    size_t n;

    r->n = 0;
    memset(r->taken, 0, data->x.rows * sizeof *r->taken);
    if (st != MESA_OK)
        return st;
    n = row.shape[0];
    if (row.dtype != MESA_U64 || row.n_dims != 1 || n > data->x.rows)
        return mesa_fail(err, MESA_EPARSE,
                         "tensor 'row' is no list of at most %zu rows",
                         data->x.rows);
    st = mesa_archive_expect(from, "iteration", MESA_U64, 1, &n, &iteration,
                             err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "utility", MESA_F64, 1, &n, &utility,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "label", MESA_I32, 1, &n, &label, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        const uint64_t at = ((const uint64_t *)row.data)[i];
        const int32_t y = ((const int32_t *)label)[i];

        if (at >= data->x.rows || r->taken[at])
            return mesa_fail(err, MESA_EPARSE, "row[%zu] is %llu", i,
                             (unsigned long long)at);
        if (y < 0 || (uint32_t)y >= data->n_classes)
            return mesa_fail(err, MESA_EPARSE, "label[%zu] is %d", i, (int)y);
        active_rows_add(r, (size_t)at, ((const uint64_t *)iteration)[i],
                        ((const double *)utility)[i], y);
    }
    return st;
}
