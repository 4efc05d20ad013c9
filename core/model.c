/* SPDX-License-Identifier: MIT */
/* model.c - transform, sampler and estimator, fitted one after the other. */
#include "evaluate.h"

#include "instance.h"

#include <mesa/number.h>

#include <math.h>
#include <string.h>

/* Has everything that was missing been filled in? */
static bool
is_complete(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return false;
    return true;
}

/* Names one after the other; without memory they are only measured. */
struct names {
    char  *at;
    size_t n;
};

static void
add_text(struct names *to, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    if (to->at && n)
        memcpy(to->at + to->n, text, n);
    to->n += n;
}

static void
add_value(struct names *to, const struct mesa_column *column, double v)
{
    char digits[MESA_DOUBLE_TEXT];

    if (isnan(v)) {
        add_text(to, "nan");
    } else if (column->type == MESA_CATEGORICAL && v >= 0 &&
               v < column->n_categories && v == floor(v)) {
        add_text(to, column->category[(uint32_t)v]);
    } else {
        mesa_format_double(v, digits);
        add_text(to, digits);
    }
}

/* What c is, but for its name, which is added to names. */
static struct mesa_column
describe(const struct mesa_transform_column *c,
         const struct mesa_schema *schema, struct names *to)
{
    struct mesa_column column;

    add_text(to, c->before);
    if (c->of) {
        column = describe(c->of, schema, to);
    } else {
        column = schema->column[c->from];
        add_text(to, column.name);
    }
    add_text(to, c->after);
    if (c->role == MESA_COLUMN_VALUE)
        add_value(to, &column, c->value);
    if (c->role == MESA_COLUMN_SAME)
        return column;
    return (struct mesa_column){ NULL, MESA_NUMERIC, 0, NULL };
}

/* The schema of n columns into memory of so many bytes; it needs so many
 * where that is NULL. */
static size_t
make_schema(const struct mesa_transform_column *list, size_t n,
            const struct mesa_schema *schema, void *memory)
{
    struct mesa_schema *made = memory;
    struct mesa_column *column = memory ? (void *)(made + 1) : NULL;
    struct names names = { memory ? (char *)(column + n) : NULL, 0 };

    for (size_t j = 0; j < n; j++) {
        const char *name = names.at ? names.at + names.n : NULL;
        struct mesa_column c = describe(&list[j], schema, &names);

        c.name = name;
        if (memory) {
            column[j] = c;
            names.at[names.n] = '\0';
        }
        names.n++;
    }
    if (memory) {
        *made = *schema;
        made->n_columns = n;
        made->column = column;
    }
    return sizeof *made + n * sizeof *column + names.n;
}

static mesa_status
check_sources(const struct mesa_instance *t,
              const struct mesa_transform_column *list, size_t n, size_t cols,
              struct mesa_error *err)
{
    for (size_t j = 0; list && j < n; j++)
        if (list[j].from >= cols)
            return mesa_fail(err, MESA_ESHAPE,
                             "%s makes column %zu of column %zu, but there "
                             "are %zu",
                             mesa_instance_class(t)->name, j, list[j].from,
                             cols);
    return MESA_OK;
}

/* The schema lies behind the rows, in whole rows of memory. */
mesa_status
mesa_transformed(const struct mesa_instance *transform,
                 const struct mesa_dataset *data, struct mesa_dataset *out,
                 double **block, struct mesa_error *err)
{
    size_t rows = data->x.rows, n, bytes, width;
    const struct mesa_transform_column *list;
    mesa_status st;

    *out = *data;
    *block = NULL;
    if (!transform)
        return MESA_OK;
    n = mesa_transform_columns(transform, &list);
    st = check_sources(transform, list, n, data->x.cols, err);
    if (st != MESA_OK)
        return st;
    width = MESA_MAX(n, 1) * sizeof **block;
    bytes = list && data->schema ? make_schema(list, n, data->schema, NULL)
                                 : 0;
    *block = mesa_alloc_raw(rows + (bytes + width - 1) / width, width);
    if (!*block)
        return mesa_nomem(err, rows, "transformed rows");
    if (bytes) {
        out->schema = (void *)(*block + rows * n);
        make_schema(list, n, data->schema, *block + rows * n);
    }
    out->x = (struct mesa_cmatrix){ *block, rows, n, n, NULL };
    st = mesa_transform_apply(transform, &data->x, *block, err);
    if (st == MESA_OK && (data->flags & MESA_DATA_MISSING) &&
        is_complete(*block, rows * n))
        out->flags &= ~(uint32_t)MESA_DATA_MISSING;
    return st;
}

/* What the sampler leaves of train: all, if there is none. */
static mesa_status
draw_rows(const struct mesa_model_job *job, const struct mesa_dataset *train,
          struct mesa_sample **sample, const struct mesa_dataset **rows,
          struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(job->root, "sampler", job->step);
    struct mesa_instance *s = NULL;
    mesa_status st;

    *rows = train;
    if (job->resampled)
        *job->resampled = true;
    if (!job->sampler)
        return MESA_OK;
    *sample = mesa_sample_new(train);
    st = *sample ? mesa_instance_new(job->sampler, &s, err)
                 : mesa_nomem(err, 1, "sample");
    /* Missing values stay: rows that come later do not make up for them. */
    if (st == MESA_OK)
        st = mesa_instance_accepts(s, train, err);
    if (st == MESA_OK) {
        st = mesa_sampler_resample(s, train, NULL, *sample, &rng, err);
        if (job->resampled && (st == MESA_EDATA || st == MESA_EINVAL)) {
            *job->resampled = false;
            mesa_instance_free(s);
            return MESA_OK;
        }
    }
    if (st == MESA_OK)
        st = mesa_sample_dataset(*sample, rows, err);
    mesa_instance_free(s);
    return st;
}

/* The estimator's slot partial_fit, on rows as checked as fit's. */
static mesa_status
go_on(struct mesa_instance *estimator, const struct mesa_dataset *rows,
      struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(estimator);
    mesa_status st = mesa_instance_accepts(estimator, rows, err);
    struct mesa_lap lap;

    if (st == MESA_OK && rows->x.cols != mesa_estimator_n_columns(estimator))
        st = mesa_fail(err, MESA_ESHAPE,
                       "%s was fitted on %zu columns but these rows have %zu",
                       c->head.name, mesa_estimator_n_columns(estimator),
                       rows->x.cols);
    if (st != MESA_OK)
        return st;
    mesa_call_begin(estimator, MESA_CALL_FIT, &lap);
    st = c->partial_fit(mesa_instance_self(estimator), rows, rng, err);
    mesa_lap_close(&lap);
    return st;
}

/* Fit the estimator, or let it go on, on what the sampler leaves of train. */
static mesa_status
learn(struct mesa_instance *estimator, bool more,
      const struct mesa_model_job *job, const struct mesa_dataset *train,
      const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(job->root, "estimator", job->step);
    struct mesa_sample *sample = NULL;
    const struct mesa_dataset *rows;
    mesa_status st = draw_rows(job, train, &sample, &rows, err);

    if (st == MESA_OK)
        st = more ? go_on(estimator, rows, &rng, err)
                  : mesa_estimator_fit(estimator, rows, valid, &rng, err);
    mesa_sample_free(sample);
    return st;
}

static mesa_status
fit_transform(struct mesa_instance **out, const struct mesa_model_job *job,
              const struct mesa_dataset *train, struct mesa_error *err)
{
    mesa_status st;

    *out = NULL;
    if (!job->transform)
        return MESA_OK;
    st = mesa_instance_new(job->transform, out, err);
    return st == MESA_OK ? mesa_transform_fit(*out, train, err) : st;
}

mesa_status
mesa_model_fit(struct mesa_model *out, const struct mesa_model_job *job,
               const struct mesa_dataset *train,
               const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_dataset t = { 0 }, v = { 0 };
    double *tx = NULL, *vx = NULL;
    mesa_status st;

    *out = (struct mesa_model){ NULL, NULL };
    if (valid && valid->x.rows == 0) /* a share that rounded to nothing */
        valid = NULL;
    st = fit_transform(&out->transform, job, train, err);
    if (st == MESA_OK)
        st = mesa_transformed(out->transform, train, &t, &tx, err);
    if (st == MESA_OK && valid)
        st = mesa_transformed(out->transform, valid, &v, &vx, err);
    if (st == MESA_OK)
        st = mesa_instance_new(job->estimator, &out->estimator, err);
    if (st == MESA_OK)
        st = learn(out->estimator, false, job, &t, valid ? &v : NULL, err);
    mesa_free(tx);
    mesa_free(vx);
    return st;
}

mesa_status
mesa_model_continue(struct mesa_model *model, const struct mesa_model_job *job,
                    const struct mesa_dataset *train, struct mesa_error *err)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(model->estimator);
    struct mesa_instance *transform;
    struct mesa_dataset t = { 0 };
    double *x = NULL;
    mesa_status st;

    if (!c->partial_fit)
        return mesa_fail(err, MESA_ENOTSUP,
                         "%s cannot go on from what it has learnt",
                         c->head.name);
    st = fit_transform(&transform, job, train, err);
    if (st == MESA_OK)
        st = mesa_transformed(transform, train, &t, &x, err);
    if (st == MESA_OK)
        st = learn(model->estimator, true, job, &t, NULL, err);
    mesa_instance_free(model->transform);
    model->transform = transform;
    mesa_free(x);
    return st;
}

mesa_status
mesa_model_predict(const struct mesa_model *model,
                   const struct mesa_dataset *data, double *proba,
                   struct mesa_error *err)
{
    struct mesa_dataset t;
    double *x;
    mesa_status st = mesa_transformed(model->transform, data, &t, &x, err);

    if (st == MESA_OK)
        st = mesa_instance_accepts(model->estimator, &t, err);
    if (st == MESA_OK)
        st = mesa_estimator_predict_proba(model->estimator, &t.x, proba, err);
    mesa_free(x);
    return st;
}

mesa_status
mesa_model_save(const struct mesa_model *model, struct mesa_archive *to,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (model->transform)
        st = mesa_instance_save(model->transform, to, "transform", 0, err);
    if (st == MESA_OK)
        st = mesa_instance_save(model->estimator, to, "estimator", 0, err);
    return st;
}

mesa_status
mesa_model_load(struct mesa_model *out, const struct mesa_recipe *recipe,
                const struct mesa_archive *from, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *out = (struct mesa_model){ NULL, NULL };
    if (recipe->transform) {
        st = mesa_instance_new(recipe->transform, &out->transform, err);
        if (st == MESA_OK)
            st = mesa_instance_load(out->transform, from, "transform", 0, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_new(mesa_recipe_fitted(recipe), &out->estimator,
                               err);
    if (st == MESA_OK)
        st = mesa_instance_load(out->estimator, from, "estimator", 0, err);
    return st;
}

void
mesa_model_free(struct mesa_model *model)
{
    mesa_instance_free(model->transform);
    mesa_instance_free(model->estimator);
    *model = (struct mesa_model){ NULL, NULL };
}
