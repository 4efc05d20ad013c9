/* SPDX-License-Identifier: MIT */
/* toy.c - small datasets, drawn from the bench's streams. */
#include "toy.h"

#include <math.h>

double *
toy_x(struct mesa_dataset *d)
{
    return (double *)(uintptr_t)d->x.data;
}

int32_t *
toy_y(struct mesa_dataset *d)
{
    return (int32_t *)(uintptr_t)d->y;
}

/* Classes but the first take turns, at rows spread evenly over all. */
static int32_t
label_of_row(const struct toy *toy, size_t r)
{
    uint32_t others = toy->n_classes - 1;
    double taken = floor((double)r * toy->share * others);

    if (floor((double)(r + 1) * toy->share * others) == taken)
        return 0;
    return (int32_t)(1 + (uint32_t)taken % others);
}

struct mesa_dataset *
toy_data(struct bench *b, const struct toy *toy)
{
    struct mesa_dataset *d = bench_array(b, 1, sizeof *d);
    double *x = bench_array(b, toy->rows, toy->cols * sizeof *x);
    int32_t *y = bench_array(b, toy->rows, sizeof *y);
    struct mesa_rng rng = bench_rng(b, "toy", toy->seed);

    if (!going(b))
        return NULL;
    for (size_t r = 0; r < toy->rows; r++) {
        y[r] = label_of_row(toy, r);
        for (size_t j = 0; j < toy->cols; j++)
            x[r * toy->cols + j] = toy->distance * y[r] /
                                       sqrt((double)toy->cols) +
                                   mesa_rng_normal(&rng);
    }
    *d = (struct mesa_dataset){
        .struct_size = sizeof *d,
        .x = { x, toy->rows, toy->cols, toy->cols, NULL },
        .y = y,
        .n_classes = toy->n_classes,
    };
    return d;
}

struct mesa_dataset *
toy_separable(struct bench *b, uint64_t seed)
{
    return toy_data(b, &(struct toy){ 120, 3, 2, 8.0, 0.3, seed });
}

struct mesa_dataset *
toy_overlapping(struct bench *b, uint64_t seed)
{
    return toy_data(b, &(struct toy){ 120, 3, 2, 1.5, 0.2, seed });
}

struct mesa_dataset *
toy_small(struct bench *b)
{
    return toy_data(b, &(struct toy){ 40, 2, 2, 2.0, 0.3, 7 });
}

/* Whoever reads past the columns of a row, or takes rows to lie in order, gets
 * values of a million and more. */
struct mesa_dataset *
toy_scattered(struct bench *b, const struct mesa_dataset *d)
{
    size_t rows = d->x.rows, cols = d->x.cols, stride = cols + 3;
    struct mesa_dataset *s = bench_array(b, 1, sizeof *s);
    double *x = bench_array(b, 2 * rows, stride * sizeof *x);
    size_t *index = bench_array(b, rows, sizeof *index);
    struct mesa_rng rng = bench_rng(b, "scatter", 0);

    if (!going(b))
        return NULL;
    for (size_t i = 0; i < 2 * rows * stride; i++)
        x[i] = 1e6 + (double)i; /* what must not be read */
    mesa_rng_permutation(&rng, rows, index);
    for (size_t r = 0; r < rows; r++) {
        index[r] = 2 * index[r] + 1;
        for (size_t j = 0; j < cols; j++)
            x[index[r] * stride + j] = mesa_row(&d->x, r)[j];
    }
    *s = *d;
    s->x = (struct mesa_cmatrix){ x, rows, cols, stride, index };
    return s;
}

void
toy_make_missing(struct mesa_dataset *d)
{
    double *x = toy_x(d);

    for (size_t i = 2; i < d->x.rows * d->x.cols; i += 5)
        x[i] = NAN;
    d->flags |= MESA_DATA_MISSING;
}

void
toy_make_names(struct bench *b, struct mesa_dataset *d)
{
    static const char *const name[] = { "a", "b", "c" };
    static const char *const class_name[] = { "common", "rare" };
    size_t cols = going(b) ? d->x.cols : 0;
    struct mesa_column *column = bench_array(b, cols, sizeof *column);
    struct mesa_schema *schema = bench_array(b, 1, sizeof *schema);

    if (!going(b))
        return;
    for (size_t j = 0; j < cols; j++)
        column[j].name = name[j];
    *schema = (struct mesa_schema){ sizeof *schema, d->n_classes, cols,
                                    column, class_name, "class", 0, NULL };
    d->schema = schema;
}

void
toy_make_categories(struct bench *b, struct mesa_dataset *d)
{
    static const char *const category[] = { "red", "green", "blue" };
    struct mesa_column *last;

    toy_make_names(b, d);
    if (!going(b))
        return;
    last = (struct mesa_column *)(uintptr_t)&d->schema->column[d->x.cols - 1];
    *last = (struct mesa_column){ last->name, MESA_CATEGORICAL, 3, category };
    for (size_t r = 0; r < d->x.rows; r++)
        toy_x(d)[r * d->x.cols + d->x.cols - 1] = (double)(r * r % 7 % 3);
}

double *
toy_proba(struct bench *b, const struct mesa_dataset *d, size_t step)
{
    size_t k = d->n_classes;
    double *proba = bench_array(b, d->x.rows, k * sizeof *proba);

    for (size_t r = 0; proba && r < d->x.rows; r++) {
        double last = (double)((r * (step % 5 + 1)) % 11) / 10;

        for (size_t c = 0; c + 1 < k; c++)
            proba[k * r + c] = (1 - last) / (double)(k - 1);
        proba[k * r + k - 1] = last;
    }
    return proba;
}

/* Fowler, Noll and Vo's hash, enough to notice a change. */
static uint64_t
hash_bytes(uint64_t hash, const void *block, size_t size)
{
    const unsigned char *byte = block;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t
toy_checksum(const struct mesa_dataset *d)
{
    uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), d, sizeof *d);

    for (size_t r = 0; r < d->x.rows; r++)
        hash = hash_bytes(hash, mesa_row(&d->x, r),
                          d->x.cols * sizeof(double));
    if (d->x.index)
        hash = hash_bytes(hash, d->x.index, d->x.rows * sizeof(size_t));
    hash = hash_bytes(hash, d->y, d->x.rows * sizeof *d->y);
    if (d->weight)
        hash = hash_bytes(hash, d->weight, d->x.rows * sizeof(double));
    return hash;
}
