/* SPDX-License-Identifier: MIT */
/*
 * sample.c - what a sampler reports: rows kept by number, rows made by their
 * parents.  While nothing is made the result is a view on the data; the first
 * made row turns it into a copy.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

struct made {
    size_t position;  /* among all reported rows */
    size_t a, b;
    double step;
    size_t values;    /* where its own values start, or SIZE_MAX */
};

struct mesa_sample {
    const struct mesa_dataset *data;
    size_t                     n, capacity;
    size_t                    *row;      /* kept row; made: parent a */
    double                    *weight;   /* NULL until one is not 1  */
    size_t                     n_made, made_capacity;
    struct made               *made;
    size_t                     n_values, values_capacity;
    double                    *values;
    struct mesa_subset         view;     /* when nothing was made    */
    struct mesa_dataset        dense;
    double                    *x;
    int32_t                   *y;
    bool                       ready;    /* the dataset is complete  */
};

struct mesa_sample *
mesa_sample_new(const struct mesa_dataset *data)
{
    struct mesa_sample *s = mesa_alloc_array(1, sizeof *s);

    if (s)
        s->data = data;
    return s;
}

void
mesa_sample_free(struct mesa_sample *s)
{
    if (!s)
        return;
    mesa_free(s->row);
    mesa_free(s->weight);
    mesa_free(s->made);
    mesa_free(s->values);
    mesa_subset_free(&s->view);
    mesa_free(s->x);
    mesa_free(s->y);
    mesa_free(s);
}

/* Room for more elements in *block, doubling; false when memory is out. */
static bool
reserve(void *block, size_t *capacity, size_t needed, size_t size)
{
    void **at = block;
    size_t wanted = MESA_MAX(needed, *capacity * 2);
    void *moved;

    if (needed <= *capacity)
        return true;
    wanted = MESA_MAX(wanted, 16);
    moved = mesa_realloc_array(*at, wanted, size);
    if (!moved)
        return false;
    *at = moved;
    *capacity = wanted;
    return true;
}

/* Room for so many rows in all. */
static bool
reserve_rows(struct mesa_sample *s, size_t needed)
{
    size_t capacity = s->capacity;

    if (s->weight) {
        size_t grown = s->capacity;

        if (!reserve(&s->weight, &grown, needed, sizeof *s->weight))
            return false;
    }
    if (!reserve(&s->row, &capacity, needed, sizeof *s->row))
        return false;
    s->capacity = capacity;
    return true;
}

mesa_status
mesa_sample_reserve(struct mesa_sample *s, size_t kept, size_t made)
{
    const size_t most = SIZE_MAX / 4;

    if (kept > most || made > most || !reserve_rows(s, s->n + kept + made) ||
        !reserve(&s->made, &s->made_capacity, s->n_made + made,
                 sizeof *s->made))
        return MESA_ENOMEM;
    return MESA_OK;
}

static mesa_status
append(struct mesa_sample *s, size_t r)
{
    if (r >= s->data->x.rows)
        return MESA_EINVAL;
    if (s->n == s->capacity && !reserve_rows(s, s->n + 1))
        return MESA_ENOMEM;
    if (s->weight)
        s->weight[s->n] = 1.0;
    s->row[s->n++] = r;
    return MESA_OK;
}

mesa_status
mesa_sample_keep(struct mesa_sample *s, size_t r)
{
    return append(s, r);
}

mesa_status
mesa_sample_make(struct mesa_sample *s, size_t a, size_t b, double step,
                 const double *x)
{
    size_t cols = s->data->x.cols;
    size_t values = x ? s->n_values : SIZE_MAX;
    mesa_status st;

    if (b >= s->data->x.rows || !isfinite(step))
        return MESA_EINVAL;
    if (!reserve(&s->made, &s->made_capacity, s->n_made + 1, sizeof *s->made))
        return MESA_ENOMEM;
    if (x && !reserve(&s->values, &s->values_capacity, s->n_values + cols,
                      sizeof *s->values))
        return MESA_ENOMEM;
    st = append(s, a);
    if (st != MESA_OK)
        return st;
    s->made[s->n_made++] = (struct made){ s->n - 1, a, b, step, values };
    if (x) {
        memcpy(s->values + s->n_values, x, cols * sizeof *x);
        s->n_values += cols;
    }
    return MESA_OK;
}

mesa_status
mesa_sample_keep_rows(struct mesa_sample *s, const size_t *row, size_t n)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = append(s, row ? row[i] : i);
    return st;
}

mesa_status
mesa_sample_weight(struct mesa_sample *s, double w)
{
    if (s->n == 0 || !(w >= 0) || isinf(w))
        return MESA_EINVAL;
    if (!s->weight) {
        s->weight = mesa_alloc_array(s->capacity, sizeof *s->weight);
        if (!s->weight)
            return MESA_ENOMEM;
        for (size_t i = 0; i < s->n; i++)
            s->weight[i] = 1.0;
    }
    s->weight[s->n - 1] = w;
    return MESA_OK;
}

size_t
mesa_sample_rows(const struct mesa_sample *s)
{
    return s->n;
}

/* The first made row at that position or after it: made[] is in order. */
static size_t
first_made(const struct mesa_sample *s, size_t position)
{
    size_t lo = 0, hi = s->n_made, at;

    /* Made rows mostly come behind all kept ones, none between them. */
    if (hi == 0 || position <= s->made[0].position)
        return 0;
    at = position - s->made[0].position;
    if (at < hi && s->made[at].position == position)
        return at;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->made[mid].position < position)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The made row at that position, or NULL. */
static const struct made *
find_made(const struct mesa_sample *s, size_t position)
{
    size_t i = first_made(s, position);

    return i < s->n_made && s->made[i].position == position ? &s->made[i]
                                                            : NULL;
}

struct mesa_origin
mesa_sample_origin(const struct mesa_sample *s, size_t i)
{
    const struct made *m = find_made(s, i);

    if (m)
        return (struct mesa_origin){ SIZE_MAX, m->a, m->b, m->step };
    return (struct mesa_origin){ s->row[i], SIZE_MAX, SIZE_MAX, 0.0 };
}

/* A sampler sees the dataset of its caller as a copy, perhaps without its
 * weights: the same rows are the same data. */
static bool
same_rows(const struct mesa_dataset *a, const struct mesa_dataset *b)
{
    return a->x.data == b->x.data && a->x.index == b->x.index &&
           a->x.rows == b->x.rows && a->y == b->y;
}

mesa_status
mesa_sample_copy(struct mesa_sample *s, const struct mesa_sample *from,
                 size_t i)
{
    const struct made *m;
    mesa_status st;

    if (i >= from->n || !same_rows(from->data, s->data))
        return MESA_EINVAL;
    m = find_made(from, i);
    if (!m)
        st = append(s, from->row[i]);
    else
        st = mesa_sample_make(s, m->a, m->b, m->step,
                              m->values == SIZE_MAX
                                  ? NULL
                                  : from->values + m->values);
    return st == MESA_OK && from->weight
               ? mesa_sample_weight(s, from->weight[i])
               : st;
}

static void
fill_made(const struct mesa_sample *s, const struct made *m, double *out)
{
    const double *a = mesa_row(&s->data->x, m->a);
    const double *b = mesa_row(&s->data->x, m->b);
    size_t cols = s->data->x.cols;

    if (m->values != SIZE_MAX) {
        memcpy(out, s->values + m->values, cols * sizeof *out);
        return;
    }
    for (size_t j = 0; j < cols; j++)
        out[j] = a[j] + m->step * (b[j] - a[j]);
}

void
mesa_sample_row(const struct mesa_sample *s, size_t i, double *x)
{
    const struct made *m = find_made(s, i);

    if (m)
        fill_made(s, m, x);
    else
        memcpy(x, mesa_row(&s->data->x, s->row[i]),
               s->data->x.cols * sizeof *x);
}

/* Weights of the result: those of the rows times those reported. */
static mesa_status
combine_weights(struct mesa_sample *s, struct mesa_error *err)
{
    if (!s->data->weight)
        return MESA_OK;
    if (!s->weight) {
        s->weight = mesa_alloc_raw(s->capacity, sizeof *s->weight);
        if (!s->weight)
            return mesa_nomem(err, s->capacity, "weights");
        for (size_t i = 0; i < s->n; i++)
            s->weight[i] = 1.0;
    }
    for (size_t i = 0; i < s->n; i++)
        s->weight[i] *= s->data->weight[s->row[i]];
    return MESA_OK;
}

static mesa_status
copy_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    struct mesa_sample *s = context;
    size_t cols = s->data->x.cols, start = chunk * MESA_CHUNK;
    size_t end = MESA_MIN(s->n, start + MESA_CHUNK);
    size_t next = first_made(s, start);

    (void)err;
    for (size_t i = start; i < end; i++) {
        double *out = s->x + i * cols;

        s->y[i] = s->data->y[s->row[i]];
        if (next < s->n_made && s->made[next].position == i)
            fill_made(s, &s->made[next++], out);
        else
            memcpy(out, mesa_row(&s->data->x, s->row[i]),
                   cols * sizeof *out);
    }
    return MESA_OK;
}

static mesa_status
copy_rows(struct mesa_sample *s, struct mesa_error *err)
{
    size_t cols = s->data->x.cols;
    mesa_status st;

    if (cols && s->n > SIZE_MAX / sizeof *s->x / cols)
        return mesa_nomem(err, s->n, "rows");
    s->x = mesa_alloc_raw(s->n * cols, sizeof *s->x);
    s->y = mesa_alloc_raw(s->n, sizeof *s->y);
    st = s->x && s->y ? mesa_parallel_for(MESA_CHUNKS(s->n), copy_chunk, s,
                                          err)
                      : mesa_nomem(err, s->n, "rows");
    if (st != MESA_OK) {
        mesa_free(s->x);
        mesa_free(s->y);
        s->x = NULL;
        s->y = NULL;
        return st;
    }
    s->dense = *s->data;
    s->dense.x = (struct mesa_cmatrix){ s->x, s->n, cols, cols, NULL };
    s->dense.y = s->y;
    s->dense.target = (struct mesa_cmatrix){ NULL, 0, 0, 0, NULL };
    return MESA_OK;
}

mesa_status
mesa_sample_dataset(struct mesa_sample *s, const struct mesa_dataset **out,
                    struct mesa_error *err)
{
    struct mesa_dataset *result = s->n_made ? &s->dense : &s->view.data;
    mesa_status st = MESA_OK;

    *out = result;
    if (s->ready)
        return MESA_OK;
    if (!s->x && !s->view.block_)
        st = s->n_made ? copy_rows(s, err)
                       : mesa_subset_init(&s->view, s->data, s->row, s->n,
                                          err);
    /* Last, as it must not be done twice when memory was out before. */
    if (st == MESA_OK)
        st = combine_weights(s, err);
    if (st == MESA_OK && s->weight)
        result->weight = s->weight;
    s->ready = st == MESA_OK;
    return st;
}
