/* SPDX-License-Identifier: MIT */
/*
 * smoten - SMOTE for columns of categories only (SMOTE-N).
 *
 * Values are apart by how differently they go with the classes (the value
 * difference metric: the sum over classes of how much their shares among the
 * rows of either value differ, squared), rows by the sum over columns.  A new
 * row is drawn from the class's rows and takes, column by column, the most
 * frequent value of that row and the k rows of the class nearest to it, the
 * lower of two.  Cost O(n^2 columns) for a class of n rows.
 *
 * Numbers count by value.  As in imbalanced-learn; among rows that are equally
 * near, a row's own duplicates among them, the row itself comes first and then
 * the lower ones.
 */
#include <math.h>
#include <stdlib.h>

#include "nominal.h"

struct smoten {
    const char *sampling_strategy;
    int64_t     k_neighbors;
};

static const struct mesa_param smoten_params[] = {
    MESA_STRING(struct smoten, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct smoten, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_PARAM_END
};

/* One call of resample. */
struct job {
    const struct smoten       *self;
    const struct mesa_dataset *data;
    size_t                     cols, classes;
    size_t                    *first; /* value of each column, among all   */
    uint32_t                  *code;  /* rows by cols: which value of the
                                         column                            */
    double                    *share; /* of each class, of each value      */
    double                    *x;     /* the row that is made              */
};

/* The values of column j, ascending; how many there are. */
static size_t
list_values(const struct mesa_cmatrix *x, size_t j, double *value)
{
    size_t n = 0;

    for (size_t r = 0; r < x->rows; r++)
        value[r] = mesa_row(x, r)[j];
    qsort(value, x->rows, sizeof *value, nominal_compare);
    for (size_t r = 0; r < x->rows; r++)
        if (n == 0 || value[r] > value[n - 1])
            value[n++] = value[r];
    return n;
}

/* Rows as codes of values; how many values there are in all. */
static size_t
encode(struct job *job, double *value)
{
    const struct mesa_cmatrix *x = &job->data->x;
    const struct mesa_schema *schema = job->data->schema;
    size_t values = 0;

    for (size_t j = 0; j < job->cols; j++) {
        size_t n = list_values(x, j, value);

        if (!schema || schema->column[j].type != MESA_CATEGORICAL)
            mesa_warn("smoten: each of the %zu values of column %zu is taken "
                      "for a category; smotenc takes numbers too",
                      n, j);
        job->first[j] = values;
        values += n;
        for (size_t r = 0; r < x->rows; r++) {
            const double *at = bsearch(&mesa_row(x, r)[j], value, n,
                                       sizeof *value, nominal_compare);

            job->code[r * job->cols + j] = (uint32_t)(at - value);
        }
    }
    return values;
}

/* The shares of the classes among the rows that have row r's value of column
 * j. */
static double *
shares_of(const struct job *job, size_t r, size_t j)
{
    size_t value = job->first[j] + job->code[r * job->cols + j];

    return job->share + value * job->classes;
}

static void
count_shares(struct job *job, size_t values)
{
    for (size_t r = 0; r < job->data->x.rows; r++)
        for (size_t j = 0; j < job->cols; j++)
            shares_of(job, r, j)[job->data->y[r]] += 1;
    for (size_t v = 0; v < values; v++) {
        double *share = job->share + v * job->classes, n = 0;

        for (size_t c = 0; c < job->classes; c++)
            n += share[c];
        for (size_t c = 0; c < job->classes; c++)
            share[c] /= n;
    }
}

static double
apart(const void *context, size_t a, size_t b)
{
    const struct job *job = context;
    double sum = 0;

    for (size_t j = 0; j < job->cols; j++) {
        const double *p = shares_of(job, a, j);
        const double *q = shares_of(job, b, j);
        double d = 0;

        for (size_t c = 0; c < job->classes && p != q; c++)
            d += fabs(p[c] - q[c]);
        sum += d * d;
    }
    return sum;
}

static mesa_status
make_rows(const struct job *job, struct over *o, const struct over_ends *ends,
          double *value)
{
    const struct mesa_cmatrix *x = &o->data->x;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < o->wanted && st == MESA_OK; i++) {
        size_t base = mesa_rng_below(&o->rng, o->own.n);
        const size_t *near = ends->toward + base * ends->k;

        for (size_t j = 0; j < job->cols; j++) {
            for (size_t l = 0; l < ends->k; l++)
                value[l] = mesa_row(x, near[l])[j];
            value[ends->k] = mesa_row(x, o->own.row[base])[j];
            nominal_modes(value, ends->k + 1);
            job->x[j] = value[0];
        }
        st = mesa_sample_make(o->out, o->own.row[base], near[0], 0, job->x);
    }
    return st;
}

static mesa_status
smoten_class(struct over *o)
{
    const struct job *job = o->self;
    struct over_ends ends = { NULL, 0, NULL };
    double *value;
    size_t k;
    mesa_status st = over_k(o, "k_neighbors", job->self->k_neighbors, &k);

    if (st != MESA_OK)
        return st;
    value = mesa_alloc_raw(k + 1, sizeof *value);
    st = value ? nominal_find(o, k, apart, job, &ends) : MESA_ENOMEM;
    if (st == MESA_OK)
        st = make_rows(job, o, &ends, value);
    mesa_free(value);
    mesa_free(ends.toward);
    return st;
}

/* What distances need to know. */
static mesa_status
prepare(struct job *job, struct mesa_error *err)
{
    const size_t rows = job->data->x.rows;
    double *value = mesa_alloc_raw(rows, sizeof *value);
    size_t values;

    job->first = mesa_alloc_raw(job->cols, sizeof *job->first);
    job->code = mesa_alloc_raw(rows, job->cols * sizeof *job->code);
    job->x = mesa_alloc_raw(job->cols, sizeof *job->x);
    if (!value || !job->first || !job->code || !job->x) {
        mesa_free(value);
        return mesa_nomem(err, rows, "rows of categories");
    }
    values = encode(job, value);
    mesa_free(value);
    job->share = mesa_alloc_array(values, job->classes * sizeof *job->share);
    if (!job->share)
        return mesa_nomem(err, values, "categories");
    count_shares(job, values);
    return MESA_OK;
}

static mesa_status
smoten_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *feedback, struct mesa_sample *out,
                struct mesa_rng *rng, struct mesa_error *err)
{
    const struct smoten *s = self;
    struct job job = { .self = s, .data = data, .cols = data->x.cols,
                       .classes = data->n_classes };
    struct over o = { .name = "smoten", .self = &job, .data = data,
                      .out = out, .err = err, .categories = true };
    mesa_status st = prepare(&job, err);

    (void)feedback;
    if (st == MESA_OK)
        st = over_sample(&o, s->sampling_strategy, rng, smoten_class);
    mesa_free(job.first);
    mesa_free(job.code);
    mesa_free(job.share);
    mesa_free(job.x);
    return st;
}

static const struct mesa_sampler_class smoten = {
    MESA_SAMPLER(struct smoten),
    .head.name   = "smoten",
    .head.title  = "New rows of what near rows mostly have, for categories "
                   "(SMOTE-N)",
    .head.cite   = "Chawla, Bowyer, Hall and Kegelmeyer 2002, Journal of "
                   "Artificial Intelligence Research 16, section 6.2",
    .head.params = smoten_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = smoten_resample,
};

MESA_PLUGIN(.name = "smoten", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smoten.head));
