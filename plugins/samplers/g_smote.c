/* SPDX-License-Identifier: MIT */
/*
 * g_smote - geometric SMOTE: new rows inside a deformed ball around a row.
 *
 * The ball is centred at a row of the class and has a second row on its
 * surface: one of the k rows of the class nearest to it (minority), the row of
 * another class nearest to it (majority), or the nearer of both (combined).
 * A point uniform in the unit ball of d dimensions is a normal vector over its
 * length, times u^(1/d).  With e the unit vector from the centre to the
 * surface row and t, f the two factors (section 3 of the paper):
 *
 *     x <- x - 2 (x.e) e      if |t - x.e| > 1      truncation
 *     x <- (x.e) e + (1 - f) (x - (x.e) e)          deformation
 *     row = centre + radius x
 *
 * The ball of a row and its duplicate is that row.  Where no class is other
 * than the one that grows there is no majority; the core refuses such data.
 * Each row has a stream of its own, so rows are made in parallel.
 */
#include "over.h"

#include <math.h>

enum selection { MINORITY, MAJORITY, COMBINED };

struct g_smote {
    const char *sampling_strategy;
    int64_t     k_neighbors;
    int         selection_strategy;
    double      truncation_factor, deformation_factor;
};

static const struct mesa_choice g_smote_selections[] = {
    { "combined", COMBINED, "the nearer of both" },
    { "minority", MINORITY, "one of the nearest rows of the class" },
    { "majority", MAJORITY, "the nearest row of another class" },
    { NULL, 0, NULL }
};

static const struct mesa_param g_smote_params[] = {
    MESA_STRING(struct g_smote, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct g_smote, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_CHOICE(struct g_smote, selection_strategy, "selection_strategy",
                COMBINED, g_smote_selections,
                "The row that ends the ball around another"),
    MESA_REAL(struct g_smote, truncation_factor, "truncation_factor", 1.0,
              -1.0, 1.0,
              "1 makes rows in the half of the ball towards its end only, -1 "
              "in the other half, 0 everywhere"),
    MESA_REAL(struct g_smote, deformation_factor, "deformation_factor", 0.0,
              0.0, 1.0,
              "0 makes rows in the ball, 1 on the line towards its end"),
    MESA_PARAM_END
};

enum { BATCH = 4096, ROWS = 64 }; /* made at once, and by one thread */

/* Rows under way: from[i] is the centre, end[i] on the surface. */
struct batch {
    struct over *o;
    size_t       n, first;         /* rows of it; made before it */
    size_t       from[BATCH], end[BATCH];
    double       along[BATCH];     /* where it lies between them */
    double      *x;                /* BATCH by columns */
};

static double
dot(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* A point uniform in the unit ball. */
static void
draw_point(struct mesa_rng *rng, double *x, size_t n)
{
    double length = 0, u = mesa_rng_uniform(rng), scale;

    while (!(length > 0)) {
        for (size_t j = 0; j < n; j++)
            x[j] = mesa_rng_normal(rng);
        length = sqrt(dot(x, x, n));
    }
    scale = mesa_math_pow(u, 1.0 / (double)n) / length;
    for (size_t j = 0; j < n; j++)
        x[j] *= scale;
}

/* The row around a, with b on the surface, into x; how far it is towards b,
 * in units of their distance.  e is scratch. */
static double
make_point(const struct g_smote *g, struct mesa_rng *rng, const double *a,
           const double *b, size_t n, double *e, double *x)
{
    const double t = g->truncation_factor, f = 1 - g->deformation_factor;
    double radius, along, wide;

    for (size_t j = 0; j < n; j++)
        e[j] = b[j] - a[j];
    radius = sqrt(dot(e, e, n));
    if (!(radius > 0)) {
        for (size_t j = 0; j < n; j++)
            x[j] = a[j];
        return 0;
    }
    for (size_t j = 0; j < n; j++)
        e[j] /= radius;
    draw_point(rng, x, n);
    wide = dot(x, e, n);
    along = fabs(t - wide) > 1 ? -wide : wide;
    for (size_t j = 0; j < n; j++)
        x[j] = a[j] + radius * (along * e[j] + f * (x[j] - wide * e[j]));
    return along;
}

static mesa_status
make_points(void *context, size_t chunk, struct mesa_error *err)
{
    struct batch *b = context;
    const struct mesa_cmatrix *x = &b->o->data->x;
    size_t end = (chunk + 1) * ROWS < b->n ? (chunk + 1) * ROWS : b->n;
    double *e = mesa_alloc_raw(x->cols, sizeof *e);

    if (!e)
        return mesa_nomem(err, x->cols, "values");
    for (size_t i = chunk * ROWS; i < end; i++) {
        struct mesa_rng rng = mesa_rng_derive(&b->o->rng, "row",
                                              b->first + i);

        b->along[i] = make_point(b->o->self, &rng, mesa_row(x, b->from[i]),
                                 mesa_row(x, b->end[i]), x->cols, e,
                                 b->x + i * x->cols);
    }
    mesa_free(e);
    return MESA_OK;
}

static double
square_distance(const struct mesa_cmatrix *x, size_t a, size_t b)
{
    const double *p = mesa_row(x, a), *q = mesa_row(x, b);
    double sum = 0;

    for (size_t j = 0; j < x->cols; j++)
        sum += (p[j] - q[j]) * (p[j] - q[j]);
    return sum;
}

/* Draw a centre and what ends its ball: near are neighbours of the class, far
 * the nearest row of another one; either may be missing, but not both. */
static void
draw_pair(struct batch *b, size_t i, const struct over_ends *near,
          const struct over_ends *far)
{
    const struct mesa_cmatrix *x = &b->o->data->x;
    size_t k = near->toward ? near->k : 1;
    size_t pair = mesa_rng_below(&b->o->rng, b->o->own.n * k), row = pair / k;

    b->from[i] = b->o->own.row[row];
    if (near->toward)
        b->end[i] = near->toward[pair];
    if (far->toward &&
        (!near->toward || square_distance(x, b->from[i], far->toward[row]) <
                              square_distance(x, b->from[i], b->end[i])))
        b->end[i] = far->toward[row];
}

static mesa_status
make_batch(struct batch *b, const struct over_ends *near,
           const struct over_ends *far)
{
    size_t cols = b->o->data->x.cols;
    mesa_status st;

    for (size_t i = 0; i < b->n; i++)
        draw_pair(b, i, near, far);
    st = mesa_parallel_for((b->n + ROWS - 1) / ROWS, make_points, b,
                           b->o->err);
    for (size_t i = 0; i < b->n && st == MESA_OK; i++) {
        const double *x = b->x + i * cols;

        for (size_t j = 0; j < cols; j++)
            if (!isfinite(x[j]))
                return mesa_fail(b->o->err, MESA_EDATA,
                                 "rows %zu and %zu are so far apart that "
                                 "column %zu of a row around them is no "
                                 "number",
                                 b->from[i], b->end[i], j);
        st = mesa_sample_make(b->o->out, b->from[i], b->end[i], b->along[i],
                              x);
    }
    return st;
}

static mesa_status
make_rows(struct over *o, const struct over_ends *near,
          const struct over_ends *far)
{
    struct batch *b = mesa_alloc_raw(1, sizeof *b);
    double *x = mesa_alloc_raw(BATCH, o->data->x.cols * sizeof *x);
    mesa_status st = b && x ? MESA_OK : MESA_ENOMEM;

    for (size_t i = 0; i < o->wanted && st == MESA_OK; i += BATCH) {
        b->o = o;
        b->first = i;
        b->n = o->wanted - i < BATCH ? o->wanted - i : BATCH;
        b->x = x;
        st = make_batch(b, near, far);
    }
    mesa_free(x);
    mesa_free(b);
    return st;
}

/* The nearest row of another class, of each row of the class. */
static mesa_status
find_far(struct over *o, struct over_ends *far)
{
    struct over_rows rest = { 0, NULL };
    mesa_status st;

    rest.row = mesa_alloc_raw(o->data->x.rows, sizeof *rest.row);
    if (!rest.row)
        return MESA_ENOMEM;
    for (size_t r = 0; r < o->data->x.rows; r++)
        if ((uint32_t)o->data->y[r] != o->label)
            rest.row[rest.n++] = r;
    st = over_find(o, &o->own, &rest, 1, far);
    mesa_free(rest.row);
    return st;
}

static mesa_status
g_smote_class(struct over *o)
{
    const struct g_smote *g = o->self;
    struct over_ends near = { NULL, 0, NULL }, far = near;
    size_t k = 0;
    mesa_status st = MESA_OK;

    if (g->selection_strategy != MAJORITY) {
        st = over_k(o, "k_neighbors", g->k_neighbors, &k);
        if (st == MESA_OK)
            st = over_find(o, &o->own, &o->own, k, &near);
    }
    if (st == MESA_OK && g->selection_strategy != MINORITY)
        st = find_far(o, &far);
    if (st == MESA_OK)
        st = make_rows(o, &near, &far);
    mesa_free(near.toward);
    mesa_free(far.toward);
    return st;
}

static mesa_status
g_smote_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const struct g_smote *g = self;
    struct over o = { .name = "g_smote", .self = g, .data = data, .out = out,
                      .err = err };

    (void)feedback;
    return over_sample(&o, g->sampling_strategy, rng, g_smote_class);
}

static const struct mesa_sampler_class g_smote = {
    MESA_SAMPLER(struct g_smote),
    .head.name   = "g_smote",
    .head.title  = "New rows in a ball around a row (geometric SMOTE)",
    .head.cite   = "Douzas and Bacao 2019, Information Sciences 501",
    .head.params = g_smote_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = g_smote_resample,
};

MESA_PLUGIN(.name = "g_smote", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&g_smote.head));
