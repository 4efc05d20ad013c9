/* SPDX-License-Identifier: MIT */
/*
 * smotenc - SMOTE for columns of numbers and columns of categories (SMOTE-NC).
 *
 * Two rows are apart by the squares of their differences in numbers and, for
 * each category in which they differ, the square of the median of the standard
 * deviations of the columns of numbers, within the class.  Numbers of a new
 * row lie between a row and one of the k rows of its class nearest to it, as
 * in smote; each of its categories is the most frequent one of all k, ties
 * being broken at random.  Cost O(n^2 columns) for a class of n rows.
 *
 * As in imbalanced-learn since 0.12; the median is that of each class's own
 * rows, not of the smallest class's.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nominal.h"

struct smotenc {
    const char      *sampling_strategy;
    int64_t          k_neighbors;
    struct mesa_list categorical_features;
};

static const struct mesa_param smotenc_params[] = {
    MESA_STRING(struct smotenc, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct smotenc, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_LIST(struct smotenc, categorical_features, "categorical_features",
              "auto",
              "Names or numbers (from 0) of the columns of categories; auto: "
              "those that the data says are"),
    MESA_PARAM_END
};

/* One call of resample. */
struct job {
    const struct smotenc *self;
    const struct mesa_cmatrix *rows;
    size_t                cols, numbers; /* how many are of numbers      */
    bool                 *category;      /* of each column               */
    double                weight;        /* square added where two differ */
    double               *x;             /* the row that is made          */
    double               *value;         /* what neighbours have          */
};

/* The column of that name or number, or SIZE_MAX. */
static size_t
find_column(const struct mesa_dataset *data, const char *word)
{
    char *end;
    unsigned long long number;

    for (size_t j = 0; data->schema && j < data->x.cols; j++)
        if (strcmp(data->schema->column[j].name, word) == 0)
            return j;
    if (*word < '0' || *word > '9')
        return SIZE_MAX;
    number = strtoull(word, &end, 10);
    return *end == '\0' && number < data->x.cols ? (size_t)number : SIZE_MAX;
}

static mesa_status
mark_columns(struct job *job, const struct mesa_dataset *data,
             struct mesa_error *err)
{
    const struct mesa_list *list = &job->self->categorical_features;
    const struct mesa_schema *schema = data->schema;
    bool from_data = list->n == 1 && strcmp(list->item[0], "auto") == 0;

    for (size_t i = 0; i < list->n && !from_data; i++) {
        size_t j = find_column(data, list->item[i]);

        if (j == SIZE_MAX)
            return mesa_fail(err, MESA_EINVAL,
                             "categorical_features: there is no column '%s' "
                             "among %zu",
                             list->item[i], data->x.cols);
        job->category[j] = true;
    }
    for (size_t j = 0; j < job->cols; j++) {
        if (from_data)
            job->category[j] =
                schema && schema->column[j].type == MESA_CATEGORICAL;
        job->numbers += !job->category[j];
    }
    if (job->numbers == job->cols)
        mesa_warn("smotenc: there is no column of categories: what it makes "
                  "is what smote does");
    if (job->numbers == 0)
        return mesa_fail(err, MESA_EDATA,
                         "all columns are of categories: take smoten");
    return MESA_OK;
}

static double
variance(const struct over *o, size_t j)
{
    double sum = 0, square = 0, n = (double)o->own.n;

    for (size_t i = 0; i < o->own.n; i++)
        sum += mesa_row(&o->data->x, o->own.row[i])[j];
    for (size_t i = 0; i < o->own.n; i++) {
        double d = mesa_row(&o->data->x, o->own.row[i])[j] - sum / n;

        square += d * d;
    }
    return square / n;
}

/* The square of the median of the standard deviations, in job->x. */
static void
weigh_categories(struct job *job, const struct over *o)
{
    double *sorted = job->x, median;
    size_t n = 0;

    for (size_t j = 0; j < job->cols; j++)
        if (!job->category[j])
            sorted[n++] = sqrt(variance(o, j));
    qsort(sorted, n, sizeof *sorted, nominal_compare);
    median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    job->weight = median * median;
}

static double
apart(const void *context, size_t row_a, size_t row_b)
{
    const struct job *job = context;
    const double *a = mesa_row(job->rows, row_a);
    const double *b = mesa_row(job->rows, row_b);
    double sum = 0;

    for (size_t j = 0; j < job->cols; j++) {
        double d = a[j] - b[j];

        if (!job->category[j])
            sum += d * d;
        else if (d < 0 || d > 0)
            sum += job->weight;
    }
    return sum;
}

/* Column j of what is near to a base row, the most frequent. */
static double
vote(struct job *job, struct over *o, const size_t *near, size_t k, size_t j)
{
    size_t n;

    for (size_t i = 0; i < k; i++)
        job->value[i] = mesa_row(&o->data->x, near[i])[j];
    n = nominal_modes(job->value, k);
    return job->value[n > 1 ? mesa_rng_below(&o->rng, n) : 0];
}

static mesa_status
make_rows(struct job *job, struct over *o, const struct over_ends *ends)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < o->wanted && st == MESA_OK; i++) {
        size_t pair = mesa_rng_below(&o->rng, o->own.n * ends->k);
        size_t base = pair / ends->k, from = o->own.row[base];
        double step = mesa_rng_uniform(&o->rng);
        const double *a = mesa_row(&o->data->x, from);
        const double *b = mesa_row(&o->data->x, ends->toward[pair]);

        for (size_t j = 0; j < job->cols; j++)
            job->x[j] = job->category[j]
                            ? vote(job, o, ends->toward + base * ends->k,
                                   ends->k, j)
                            : a[j] + step * (b[j] - a[j]);
        st = mesa_sample_make(o->out, from, ends->toward[pair], step, job->x);
    }
    return st;
}

static mesa_status
smotenc_class(struct over *o)
{
    struct job job = *(const struct job *)o->self;
    struct over_ends ends = { NULL, 0, NULL };
    size_t k;
    mesa_status st = over_k(o, "k_neighbors", job.self->k_neighbors, &k);

    if (st != MESA_OK)
        return st;
    weigh_categories(&job, o);
    job.value = mesa_alloc_raw(k, sizeof *job.value);
    st = job.value ? nominal_find(o, k, apart, &job, &ends) : MESA_ENOMEM;
    if (st == MESA_OK)
        st = make_rows(&job, o, &ends);
    mesa_free(job.value);
    mesa_free(ends.toward);
    return st;
}

static mesa_status
smotenc_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const struct smotenc *s = self;
    struct job job = { .self = s, .rows = &data->x,
                       .cols = data->x.cols };
    struct over o = { .name = "smotenc", .self = &job, .data = data,
                      .out = out, .err = err, .categories = true };
    mesa_status st;

    (void)feedback;
    job.category = mesa_alloc_array(job.cols, sizeof *job.category);
    job.x = mesa_alloc_raw(job.cols, sizeof *job.x);
    if (!job.category || !job.x)
        st = mesa_nomem(err, job.cols, "columns");
    else
        st = mark_columns(&job, data, err);
    if (st == MESA_OK)
        st = over_sample(&o, s->sampling_strategy, rng, smotenc_class);
    mesa_free(job.category);
    mesa_free(job.x);
    return st;
}

static const struct mesa_sampler_class smotenc = {
    MESA_SAMPLER(struct smotenc),
    .head.name   = "smotenc",
    .head.title  = "New rows between near rows, for numbers and categories "
                   "(SMOTE-NC)",
    .head.cite   = "Chawla, Bowyer, Hall and Kegelmeyer 2002, Journal of "
                   "Artificial Intelligence Research 16, section 6.1",
    .head.params = smotenc_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = smotenc_resample,
};

MESA_PLUGIN(.name = "smotenc", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smotenc.head));
