/* SPDX-License-Identifier: MIT */
/*
 * export.c - onehot as nodes of an ONNX graph.
 *
 * Each known value is compared with its column, and a matrix takes what is
 * found to the columns of the result; columns that stay are put in their
 * places.  Rows come as float, so values are compared as float.  A graph
 * cannot refuse a value: one that is not known makes 0 everywhere.
 */
#include "onehot.h"

#include <math.h>

enum { ONNX_FLOAT = 1, ONNX_INT64 = 7, ONNX_BOOL = 9 };

/* What the nodes are made of. */
struct tables {
    size_t  n, width;
    double *at;     /* n: columns of the known values            */
    double *absent; /* n: is the value a missing one?            */
    float  *value;  /* n                                         */
    float  *to;     /* n x width: 1 where the value goes         */
    float  *bias;   /* width: 1 where values go that are unknown */
    double *from;   /* width: columns that stay, or 0            */
    double *stays;  /* width: is it one of those?                */
};

static void
free_tables(struct tables *t)
{
    mesa_free(t->at);
    mesa_free(t->absent);
    mesa_free(t->value);
    mesa_free(t->to);
    mesa_free(t->bias);
    mesa_free(t->from);
    mesa_free(t->stays);
}

static mesa_status
alloc_tables(struct tables *t, size_t n, size_t width, struct mesa_error *err)
{
    *t = (struct tables){ .n = n, .width = width };
    t->at = mesa_alloc_array(n, sizeof *t->at);
    t->absent = mesa_alloc_array(n, sizeof *t->absent);
    t->value = mesa_alloc_array(n, sizeof *t->value);
    t->to = mesa_alloc_array(n, width * sizeof *t->to);
    t->bias = mesa_alloc_array(width, sizeof *t->bias);
    t->from = mesa_alloc_array(width, sizeof *t->from);
    t->stays = mesa_alloc_array(width, sizeof *t->stays);
    return t->at && t->absent && t->value && t->to && t->bias && t->from &&
                   t->stays
               ? MESA_OK
               : mesa_nomem(err, n, "rows of a matrix");
}

/* Two values that are one float would both be found. */
static mesa_status
check_floats(const struct onehot *s, size_t j, struct mesa_error *err)
{
    for (size_t i = s->first[j] + 1; i < s->first[j + 1]; i++) {
        double a = s->known[i - 1].value, b = s->known[i].value;

        if (!isnan(b) && !((float)a < (float)b))
            return mesa_fail(err, MESA_ENOTSUP,
                             "transform onehot of numbers that are one as "
                             "float, %.17g and %.17g in column %zu, cannot "
                             "be exported",
                             a, b, j);
    }
    return MESA_OK;
}

/* An unknown value counts as a rare one: 1, less the values that are not. */
static void
fill_rare(struct tables *t, const struct onehot *s, size_t j)
{
    size_t rare = s->base[j + 1] - 1;

    t->bias[rare] = 1;
    for (size_t i = s->first[j]; i < s->first[j + 1]; i++)
        t->to[i * t->width + rare] =
            s->base[j] + (size_t)s->known[i].to == rare ? 0.0F : -1.0F;
}

static void
fill_column(struct tables *t, const struct onehot *s, size_t j)
{
    if (onehot_n_known(s, j) == 0) {
        t->from[s->base[j]] = (double)j;
        t->stays[s->base[j]] = 1;
    }
    for (size_t i = s->first[j]; i < s->first[j + 1]; i++) {
        t->at[i] = (double)j;
        t->absent[i] = isnan(s->known[i].value);
        t->value[i] = (float)s->known[i].value;
        if (s->known[i].to != NOWHERE)
            t->to[i * t->width + s->base[j] + (size_t)s->known[i].to] = 1;
    }
    if (s->rare[j] && s->handle_unknown == UNKNOWN_INFREQUENT)
        fill_rare(t, s, j);
}

static uint32_t
cast(struct mesa_onnx *g, uint32_t x, int type)
{
    uint32_t out = mesa_onnx_node(g, "", "Cast", &x, 1);

    mesa_onnx_int(g, "to", type);
    return out;
}

static uint32_t
pair(struct mesa_onnx *g, const char *op, uint32_t a, uint32_t b)
{
    const uint32_t in[] = { a, b };

    return mesa_onnx_node(g, "", op, in, 2);
}

/* Columns of x, as often as they are named. */
static uint32_t
gather(struct mesa_onnx *g, uint32_t x, size_t n, const double *column)
{
    uint32_t index = cast(g, mesa_onnx_doubles(g, n, column), ONNX_INT64);
    uint32_t out = pair(g, "Gather", x, index);

    mesa_onnx_int(g, "axis", 1);
    return out;
}

/* 1 for each known value that a row has. */
static uint32_t
find_values(struct mesa_onnx *g, const struct tables *t, uint32_t x)
{
    uint32_t value = gather(g, mesa_onnx_to_float(g, x), t->n, t->at);
    uint32_t same = pair(g, "Equal", value,
                         mesa_onnx_floats(g, 1, &t->n, t->value));
    uint32_t missing = mesa_onnx_node(g, "", "IsNaN", &value, 1);
    uint32_t absent = cast(g, mesa_onnx_doubles(g, t->n, t->absent),
                           ONNX_BOOL);

    missing = pair(g, "And", missing, absent);
    return cast(g, pair(g, "Or", same, missing), ONNX_FLOAT);
}

static uint32_t
add_nodes(struct mesa_onnx *g, const struct tables *t, uint32_t x)
{
    const size_t shape[] = { t->n, t->width };
    uint32_t in[3], made = pair(g, "MatMul", find_values(g, t, x),
                                mesa_onnx_floats(g, 2, shape, t->to));

    made = pair(g, "Add", made, mesa_onnx_floats(g, 1, &t->width, t->bias));
    in[0] = cast(g, mesa_onnx_doubles(g, t->width, t->stays), ONNX_BOOL);
    in[1] = gather(g, mesa_onnx_to_double(g, x), t->width, t->from);
    in[2] = mesa_onnx_to_double(g, made);
    return mesa_onnx_node(g, "", "Where", in, 3);
}

mesa_status
onehot_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
               uint32_t *out, struct mesa_error *err)
{
    const struct onehot *s = self;
    size_t n = s->first[s->cols];
    struct tables t;
    mesa_status st = MESA_OK;

    *out = x;
    if (n == 0)
        return MESA_OK;
    for (size_t j = 0; j < s->cols && st == MESA_OK; j++)
        st = check_floats(s, j, err);
    if (st != MESA_OK)
        return st;
    st = alloc_tables(&t, n, s->width, err);
    for (size_t j = 0; j < s->cols && st == MESA_OK; j++)
        fill_column(&t, s, j);
    if (st == MESA_OK)
        *out = add_nodes(g, &t, x);
    free_tables(&t);
    return st;
}
