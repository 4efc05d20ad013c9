/* SPDX-License-Identifier: MIT */
/*
 * weights.c - parameters of differentiable models, in one block of memory.
 *
 * Each tensor starts on a cache line of its own, counted from the start of
 * the block.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

enum { LINE = 64 };

struct mesa_weights {
    size_t              n;
    enum mesa_dtype     dtype;
    struct mesa_weight *weight;
    size_t             *start; /* byte of the block; n + 1 of them */
    char               *block;
};

static size_t
element_size(const struct mesa_weights *w)
{
    return w->dtype == MESA_F32 ? sizeof(float) : sizeof(double);
}

static size_t
count_elements(const struct mesa_weight *weight)
{
    size_t count = 1;

    for (uint32_t d = 0; d < weight->rank; d++)
        count *= weight->shape[d];
    return count;
}

double
mesa_glorot(double factor, size_t n_in, size_t n_out)
{
    return sqrt(factor / ((double)n_in + (double)n_out));
}

/* Where each tensor starts; MESA_ENOMEM if no memory could hold it. */
static mesa_status
lay_out(struct mesa_weights *w, struct mesa_error *err)
{
    const size_t most = (SIZE_MAX / 2 - LINE) / sizeof(double);
    size_t at = 0;

    for (size_t i = 0; i < w->n; i++) {
        const struct mesa_weight *t = &w->weight[i];
        size_t count = 1;

        if (t->rank > MESA_MAX_DIMS)
            return mesa_fail(err, MESA_EINVAL,
                             "%s has %u dimensions, at most %d", t->name,
                             (unsigned)t->rank, MESA_MAX_DIMS);
        for (uint32_t d = 0; d < t->rank; d++) {
            if (t->shape[d] > 0 && count > most / t->shape[d])
                return mesa_nomem(err, t->shape[d], "weights");
            count *= t->shape[d];
        }
        if (t->initial == MESA_IDENTITY && t->rank != 2)
            return mesa_fail(err, MESA_EINVAL,
                             "weight %s has %u axes: the identity has 2",
                             t->name, (unsigned)t->rank);
        w->start[i] = at;
        count = (count * element_size(w) + LINE - 1) / LINE * LINE;
        if (count > most - at)
            return mesa_nomem(err, count, "bytes of weights");
        at += count;
    }
    w->start[w->n] = at;
    return MESA_OK;
}

mesa_status
mesa_weights_new(const struct mesa_weight *weight, size_t n,
                 enum mesa_dtype dtype, struct mesa_weights **out,
                 struct mesa_error *err)
{
    struct mesa_weights *w;
    mesa_status st;

    *out = NULL;
    if (dtype != MESA_F32 && dtype != MESA_F64)
        return mesa_fail(err, MESA_EINVAL,
                         "weights are F32 or F64, not type %d", (int)dtype);
    w = mesa_alloc_array(1, sizeof *w);
    if (!w)
        return mesa_nomem(err, n, "weights");
    w->n = n;
    w->dtype = dtype;
    w->weight = mesa_alloc_array(n, sizeof *w->weight);
    w->start = mesa_alloc_array(n + 1, sizeof *w->start);
    if (!w->weight || !w->start) {
        mesa_weights_free(w);
        return mesa_nomem(err, n, "weights");
    }
    if (n > 0)
        memcpy(w->weight, weight, n * sizeof *weight);
    st = lay_out(w, err);
    if (st == MESA_OK) {
        w->block = mesa_alloc_array(w->start[n], 1);
        if (!w->block)
            st = mesa_nomem(err, w->start[n], "bytes of weights");
    }
    if (st == MESA_OK)
        *out = w;
    else
        mesa_weights_free(w);
    return st;
}

void
mesa_weights_free(struct mesa_weights *w)
{
    if (!w)
        return;
    mesa_free(w->weight);
    mesa_free(w->start);
    mesa_free(w->block);
    mesa_free(w);
}

/* Element k of what t is before training. */
static double
draw_one(const struct mesa_weight *t, size_t k, struct mesa_rng *rng)
{
    switch (t->initial) {
    case MESA_ZEROS:
        return 0;
    case MESA_ONES:
        return 1;
    case MESA_UNIFORM:
        return (2 * mesa_rng_uniform(rng) - 1) * t->scale;
    case MESA_NORMAL:
        break;
    case MESA_FILLED:
        return t->scale;
    case MESA_IDENTITY:
        return k / t->shape[1] == k % t->shape[1] ? t->scale : 0;
    }
    return mesa_rng_normal(rng) * t->scale;
}

void
mesa_weights_draw(struct mesa_weights *w, const struct mesa_rng *rng)
{
    for (size_t i = 0; i < w->n; i++) {
        struct mesa_rng own = mesa_rng_derive(rng, "weight", i);
        size_t count = count_elements(&w->weight[i]);
        void *data = mesa_weights_data(w, i);

        for (size_t k = 0; k < count; k++) {
            double value = draw_one(&w->weight[i], k, &own);

            if (w->dtype == MESA_F32)
                ((float *)data)[k] = (float)value;
            else
                ((double *)data)[k] = value;
        }
    }
}

mesa_status
mesa_weights_copy(const struct mesa_weights *from, struct mesa_weights **out,
                  struct mesa_error *err)
{
    mesa_status st = mesa_weights_new(from->weight, from->n, from->dtype, out,
                                      err);

    if (st == MESA_OK)
        mesa_weights_assign(*out, from);
    return st;
}

void
mesa_weights_assign(struct mesa_weights *to, const struct mesa_weights *from)
{
    if (to->dtype == from->dtype) {
        memcpy(to->block, from->block, to->start[to->n]);
        return;
    }
    for (size_t i = 0; i < to->n; i++) {
        const void *in = from->block + from->start[i];
        void *out = to->block + to->start[i];

        for (size_t k = 0; k < count_elements(&to->weight[i]); k++)
            if (to->dtype == MESA_F32)
                ((float *)out)[k] = (float)((const double *)in)[k];
            else
                ((double *)out)[k] = (double)((const float *)in)[k];
    }
}

size_t
mesa_weights_count(const struct mesa_weights *w)
{
    return w->n;
}

const struct mesa_weight *
mesa_weights_get(const struct mesa_weights *w, size_t i)
{
    return &w->weight[i];
}

void *
mesa_weights_data(struct mesa_weights *w, size_t i)
{
    return w->block + w->start[i];
}

void
mesa_weights_inputs(const struct mesa_weights *w, struct mesa_graph *g,
                    mesa_node *node)
{
    for (size_t i = 0; i < w->n; i++)
        node[i] = mesa_input(g, MESA_SHARED, w->weight[i].rank,
                             w->weight[i].shape);
}

void
mesa_weights_constants(const struct mesa_weights *w, struct mesa_graph *g,
                       mesa_node *node)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct mesa_weight *t = &w->weight[i];
        const void *from = w->block + w->start[i];
        size_t count = count_elements(t);
        double *value = mesa_alloc_array(count, sizeof *value);

        node[i] = 0;
        if (!value) {
            mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %s", t->name);
            continue;
        }
        for (size_t k = 0; k < count; k++)
            value[k] = w->dtype == MESA_F32 ? (double)((const float *)from)[k]
                                            : ((const double *)from)[k];
        node[i] = mesa_constant(g, t->rank, t->shape, value);
        mesa_free(value);
    }
}

void
mesa_weights_bind(struct mesa_weights *w, struct mesa_program *p,
                  const mesa_node *node)
{
    for (size_t i = 0; i < w->n; i++)
        mesa_program_bind(p, node[i], mesa_weights_data(w, i));
}

/* "PREFIX.NAME", or NULL: no memory. */
static char *
full_name(const char *prefix, const char *name)
{
    return prefix && *prefix ? mesa_asprintf("%s.%s", prefix, name)
                             : mesa_strdup(name);
}

mesa_status
mesa_weights_save(const struct mesa_weights *w, struct mesa_archive *to,
                  const char *prefix, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < w->n && st == MESA_OK; i++) {
        const struct mesa_weight *t = &w->weight[i];
        struct mesa_tensor tensor = { .dtype = w->dtype, .n_dims = t->rank,
                                      .data = w->block + w->start[i] };
        char *name = full_name(prefix, t->name);

        memcpy(tensor.shape, t->shape, sizeof tensor.shape);
        st = name ? mesa_archive_put(to, name, &tensor, err)
                  : mesa_nomem(err, 1, "tensor name");
        mesa_free(name);
    }
    return st;
}

/* x times 0 is not 0 for x that is not finite.  Lanes of their own, so that
 * compilers look at many numbers at a time. */
#define ALL_FINITE(type, name)                              \
    MESA_CLONES static bool                                 \
    name(const type *x, size_t n)                           \
    {                                                       \
        type lane[LANES] = { 0 };                           \
        size_t k = 0;                                       \
        bool finite = true;                                 \
                                                            \
        for (; k + LANES <= n; k += LANES)                  \
            for (size_t j = 0; j < LANES; j++)              \
                lane[j] += x[k + j] * 0;                    \
        for (; k < n; k++)                                  \
            lane[0] += x[k] * 0;                            \
        for (size_t j = 0; j < LANES; j++)                  \
            finite &= lane[j] == 0;                         \
        return finite;                                      \
    }
enum { LANES = 32 };
ALL_FINITE(float, all_finite_f32)
ALL_FINITE(double, all_finite_f64)

static bool
all_finite(const void *data, size_t n, enum mesa_dtype dtype)
{
    return dtype == MESA_F32 ? all_finite_f32(data, n)
                             : all_finite_f64(data, n);
}

bool
mesa_weights_finite(const struct mesa_weights *w)
{
    bool finite = true;

    for (size_t i = 0; i < w->n; i++)
        finite &= all_finite(w->block + w->start[i],
                             count_elements(&w->weight[i]), w->dtype);
    return finite;
}

static mesa_status
look_up(const struct mesa_weights *w, size_t i,
        const struct mesa_archive *from, const char *prefix,
        const void **data, struct mesa_error *err)
{
    const struct mesa_weight *t = &w->weight[i];
    char *name = full_name(prefix, t->name);
    mesa_status st;

    if (!name)
        return mesa_nomem(err, 1, "tensor name");
    st = mesa_archive_expect(from, name, w->dtype, t->rank, t->shape, data,
                             err);
    if (st == MESA_OK && !all_finite(*data, count_elements(t), w->dtype))
        st = mesa_fail(err, MESA_EPARSE, "%s has values that are not finite",
                       name);
    mesa_free(name);
    return st;
}

/* Look at all of them before the first is stored. */
mesa_status
mesa_weights_load(struct mesa_weights *w, const struct mesa_archive *from,
                  const char *prefix, struct mesa_error *err)
{
    const void **data = mesa_alloc_array(w->n, sizeof *data);
    mesa_status st = data ? MESA_OK : mesa_nomem(err, w->n, "tensors");

    for (size_t i = 0; i < w->n && st == MESA_OK; i++)
        st = look_up(w, i, from, prefix, &data[i], err);
    for (size_t i = 0; i < w->n && st == MESA_OK; i++) {
        size_t count = count_elements(&w->weight[i]);

        if (count > 0)
            memcpy(mesa_weights_data(w, i), data[i], count * element_size(w));
    }
    mesa_free(data);
    return st;
}
