/* SPDX-License-Identifier: MIT */
/*
 * component.c - instances: life, what they were fitted on, and the checks
 * that every call to a plugin passes through, so that no plugin repeats them.
 */
#include "bundle.h"
#include "instance.h"
#include "state.h"

#include <math.h>
#include <string.h>

const struct mesa_class *
mesa_component_class(const struct mesa_component *component)
{
    return component->class_;
}

const char *
mesa_component_name(const struct mesa_component *component)
{
    return component->section;
}

const struct mesa_class *
mesa_instance_class(const struct mesa_instance *instance)
{
    return instance->class_;
}

mesa_status
mesa_instance_new(const struct mesa_component *component,
                  struct mesa_instance **out, struct mesa_error *err)
{
    const struct mesa_class *c = component->class_;
    struct mesa_instance *made = mesa_alloc_array(1, sizeof *made);
    mesa_status st = MESA_OK;

    *out = NULL;
    if (!made)
        return mesa_nomem(err, 1, "instance");
    made->component = component;
    made->class_ = c;
    made->self = mesa_alloc_array(1, c->self_size);
    if (!made->self) {
        mesa_free(made);
        return mesa_nomem(err, c->self_size, "bytes of state");
    }
    mesa_settings_fill(&component->settings, made->self);
    if (c->init)
        st = c->init(made->self, err);
    if (st != MESA_OK) {
        mesa_error_prefix(err, st, "[%s] %s", component->section, c->name);
    } else if (component->learnt && c->kind == MESA_KIND_METALEARNER) {
        st = ((const struct mesa_metalearner_class *)(const void *)c)
                 ->start(made->self, component->learnt, err);
        if (st != MESA_OK)
            mesa_error_prefix(err, st, "%s", component->state.file);
    } else if (component->learnt) {
        st = mesa_instance_load(made, component->learnt, MESA_STATE_NAME, 0,
                                err);
    }
    if (st != MESA_OK) {
        mesa_instance_free(made);
        return st;
    }
    *out = made;
    return MESA_OK;
}

void
mesa_instance_free(struct mesa_instance *instance)
{
    if (!instance)
        return;
    if (instance->class_->fini)
        instance->class_->fini(instance->self);
    mesa_free(instance->self);
    mesa_free(instance);
}

const struct mesa_component *
mesa_instance_component(const struct mesa_instance *instance)
{
    return instance->component;
}

void *
mesa_instance_self(struct mesa_instance *instance)
{
    return instance->self;
}

const void *
mesa_instance_view(const struct mesa_instance *instance)
{
    return instance->self;
}

mesa_status
mesa_instance_blame(const struct mesa_instance *instance, mesa_status st,
                    struct mesa_error *err)
{
    if (st == MESA_OK)
        return st;
    return mesa_error_prefix(err, st, "[%s] %s", instance->component->section,
                             instance->class_->name);
}

/* After mesa_call_begin. */
static mesa_status
end_call(const struct mesa_instance *instance, struct mesa_lap *lap,
         mesa_status st, struct mesa_error *err)
{
    mesa_lap_close(lap);
    return mesa_instance_blame(instance, st, err);
}

void
mesa_call_begin(const struct mesa_instance *instance, enum mesa_call call,
                struct mesa_lap *lap)
{
    struct mesa_timer *timers = instance->component->timers;

    mesa_lap_open(lap, timers ? &timers[call] : NULL);
}

static mesa_status
expect_kind(const struct mesa_instance *instance, uint32_t kind,
            struct mesa_error *err)
{
    if (instance->class_->kind == kind)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL, "%s is no %s", instance->class_->name,
                     mesa_kind_info(kind)->noun);
}

static size_t
first_missing_column(const struct mesa_dataset *d)
{
    for (size_t r = 0; r < d->x.rows; r++) {
        const double *row = mesa_row(&d->x, r);

        for (size_t j = 0; j < d->x.cols; j++)
            if (row[j] != row[j])
                return j;
    }
    return SIZE_MAX;
}

/* NaN where the class does not take it.  The flag says "may": so look. */
static mesa_status
check_missing(const struct mesa_class *c, const struct mesa_dataset *d,
              struct mesa_error *err)
{
    size_t j;

    if (!(d->flags & MESA_DATA_MISSING) || (c->flags & MESA_CLASS_MISSING))
        return MESA_OK;
    j = first_missing_column(d);
    if (j == SIZE_MAX)
        return MESA_OK;
    if (d->schema)
        return mesa_fail(err, MESA_EDATA,
                         "%s takes no missing values, but column '%s' has "
                         "some",
                         c->name, d->schema->column[j].name);
    return mesa_fail(err, MESA_EDATA,
                     "%s takes no missing values, but column %zu has some",
                     c->name, j);
}

static mesa_status
check_data(const struct mesa_class *c, const struct mesa_dataset *d,
           struct mesa_error *err)
{
    if (d->x.rows == 0 || d->x.cols == 0)
        return mesa_fail(err, MESA_EDATA, "there are %zu rows of %zu columns",
                         d->x.rows, d->x.cols);
    if (d->n_classes > 2 && !(c->flags & MESA_CLASS_MULTICLASS))
        return mesa_fail(err, MESA_EDATA,
                         "%s takes two classes, but there are %u", c->name,
                         (unsigned)d->n_classes);
    if (d->weight && !(c->flags & MESA_CLASS_WEIGHTS))
        return mesa_fail(err, MESA_EDATA, "%s takes no weights", c->name);
    if ((d->flags & MESA_DATA_UNLABELLED) &&
        !(c->flags & MESA_CLASS_UNLABELLED))
        return mesa_fail(err, MESA_EDATA, "%s takes no rows without a label",
                         c->name);
    if (d->weight && !isfinite(mesa_vsum(d->weight, d->x.rows)))
        return mesa_fail(err, MESA_EDATA,
                         "the weights of the %zu rows add up to %g",
                         d->x.rows, mesa_vsum(d->weight, d->x.rows));
    return check_missing(c, d, err);
}

mesa_status
mesa_instance_accepts(const struct mesa_instance *instance,
                      const struct mesa_dataset *data, struct mesa_error *err)
{
    return check_missing(instance->class_, data, err);
}

mesa_status
mesa_estimator_fit(struct mesa_instance *e, const struct mesa_dataset *train,
                   const struct mesa_dataset *valid, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)e->class_;
    mesa_status st = expect_kind(e, MESA_KIND_ESTIMATOR, err);
    struct mesa_lap lap;

    if (st == MESA_OK && !c->fit)
        return mesa_fail(err, MESA_ENOTSUP,
                         "[%s] %s cannot be fitted by itself: it is for "
                         "metalearners that take tasks",
                         e->component->section, c->head.name);
    if (st == MESA_OK)
        st = check_data(e->class_, train, err);
    if (st == MESA_OK && !c->predict)
        st = mesa_check_classes(e->class_->name, train, err);
    if (st == MESA_OK && valid && valid->x.cols != train->x.cols)
        st = mesa_fail(err, MESA_ESHAPE,
                       "valid has %zu columns but train has %zu",
                       valid->x.cols, train->x.cols);
    if (st != MESA_OK)
        return st;
    e->fitted = false;
    mesa_call_begin(e, MESA_CALL_FIT, &lap);
    st = end_call(e, &lap, c->fit(e->self, train, valid, rng, err), err);
    if (st != MESA_OK)
        return st;
    e->fitted = true;
    e->n_columns = train->x.cols;
    e->n_classes = train->n_classes;
    e->n_rows = train->x.rows;
    return MESA_OK;
}

static mesa_status
check_fitted(const struct mesa_instance *instance, uint32_t kind,
             size_t columns, struct mesa_error *err)
{
    mesa_status st = expect_kind(instance, kind, err);

    if (st != MESA_OK)
        return st;
    if (!instance->fitted)
        return mesa_fail(err, MESA_ESTATE, "%s is not fitted yet",
                         instance->class_->name);
    if (columns != instance->n_columns)
        return mesa_fail(err, MESA_ESHAPE,
                         "%s was fitted on %zu columns but these rows have "
                         "%zu",
                         instance->class_->name, instance->n_columns,
                         columns);
    return MESA_OK;
}

/* Blocks of rows for several threads. */
struct predict_job {
    const struct mesa_instance *estimator;
    const struct mesa_cmatrix  *x;
    double                     *proba;
};

static mesa_status
predict_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct predict_job *job = context;
    const struct mesa_estimator_class *c =
        (const void *)job->estimator->class_;
    size_t start = chunk * MESA_CHUNK;
    struct mesa_cmatrix part = *job->x;

    part.rows = MESA_MIN(MESA_CHUNK, part.rows - start);
    if (part.index)
        part.index += start;
    else
        part.data += start * part.stride;
    return c->predict_proba(job->estimator->self, &part,
                            job->proba + start * job->estimator->n_classes,
                            err);
}

mesa_status
mesa_estimator_predict_proba(const struct mesa_instance *e,
                             const struct mesa_cmatrix *x, double *proba,
                             struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)e->class_;
    struct predict_job job = { e, x, proba };
    mesa_status st = check_fitted(e, MESA_KIND_ESTIMATOR, x->cols, err);
    struct mesa_lap lap;

    if (st == MESA_OK && !c->predict_proba)
        st = mesa_fail(err, MESA_ENOTSUP, "%s gives no probabilities",
                       e->class_->name);
    if (st != MESA_OK || x->rows == 0)
        return st;
    mesa_call_begin(e, MESA_CALL_PREDICT, &lap);
    st = mesa_parallel_for(MESA_CHUNKS(x->rows), predict_chunk, &job, err);
    return end_call(e, &lap, st, err);
}

mesa_status
mesa_estimator_add_ranked(const struct mesa_instance *e,
                          const struct mesa_ranks *x, size_t first, size_t n,
                          double *sum, struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)e->class_;
    mesa_status st = check_fitted(e, MESA_KIND_ESTIMATOR, mesa_ranks_cols(x),
                                  err);
    struct mesa_lap lap;

    if (st == MESA_OK && !c->add_ranked)
        st = mesa_fail(err, MESA_ENOTSUP, "%s does not predict from ranks",
                       e->class_->name);
    if (st == MESA_OK && (n > mesa_ranks_rows(x) ||
                          first > mesa_ranks_rows(x) - n))
        st = mesa_fail(err, MESA_ESHAPE,
                       "%zu rows from row %zu on, but there are ranks of %zu",
                       n, first, mesa_ranks_rows(x));
    if (st != MESA_OK)
        return st;
    mesa_call_begin(e, MESA_CALL_PREDICT, &lap);
    return end_call(e, &lap, c->add_ranked(e->self, x, first, n, sum, err),
                    err);
}

mesa_status
mesa_estimator_importance(const struct mesa_instance *e, double *importance,
                          struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)e->class_;
    mesa_status st = check_fitted(e, MESA_KIND_ESTIMATOR, e->n_columns, err);

    if (st == MESA_OK && !c->importance)
        st = mesa_fail(err, MESA_ENOTSUP, "%s has no feature importance",
                       e->class_->name);
    if (st != MESA_OK)
        return st;
    return mesa_instance_blame(e, c->importance(e->self, importance, err), err);
}

size_t
mesa_estimator_n_columns(const struct mesa_instance *e)
{
    return e->fitted ? e->n_columns : 0;
}

size_t
mesa_estimator_n_classes(const struct mesa_instance *e)
{
    return e->fitted ? e->n_classes : 0;
}

uint64_t
mesa_estimator_rows(const struct mesa_instance *e)
{
    const struct mesa_estimator_class *c = (const void *)e->class_;

    if (!e->fitted || e->n_rows == 0)
        return 0;
    return c->rows ? c->rows(e->self) : e->n_rows;
}

MESA_INLINE bool
run_is(const int32_t *y, size_t n, int32_t label)
{
    uint32_t others = 0;

    for (size_t r = 0; r < n; r++)
        others |= y[r] != label;
    return others == 0;
}

MESA_CLONES static bool
all_are(const int32_t *y, size_t n, int32_t label)
{
    size_t r = 0;

    for (; r + MESA_LANES <= n; r += MESA_LANES)
        if (!run_is(y + r, MESA_LANES, label))
            return false;
    return run_is(y + r, n - r, label);
}

static mesa_status
check_two_classes(const struct mesa_class *c, const struct mesa_dataset *d,
                  struct mesa_error *err)
{
    if (!all_are(d->y, d->x.rows, d->y[0]))
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA,
                     "%s needs rows of two classes, but all %zu are of class "
                     "%d",
                     c->name, d->x.rows, (int)d->y[0]);
}

mesa_status
mesa_sampler_resample(struct mesa_instance *s, const struct mesa_dataset *data,
                      const struct mesa_feedback *feedback,
                      struct mesa_sample *out, struct mesa_rng *rng,
                      struct mesa_error *err)
{
    const struct mesa_sampler_class *c = (const void *)s->class_;
    struct mesa_dataset unweighted = *data;
    mesa_status st = expect_kind(s, MESA_KIND_SAMPLER, err);
    struct mesa_lap lap;

    /* Weights travel with the rows; samplers need not know them. */
    if (!(s->class_->flags & MESA_CLASS_WEIGHTS))
        unweighted.weight = NULL;
    if (st == MESA_OK)
        st = check_data(s->class_, &unweighted, err);
    if (st == MESA_OK)
        st = mesa_check_classes(s->class_->name, data, err);
    if (st == MESA_OK)
        st = check_two_classes(s->class_, data, err);
    if (st != MESA_OK)
        return st;
    mesa_call_begin(s, MESA_CALL_RESAMPLE, &lap);
    st = c->resample(s->self, &unweighted, feedback, out, rng, err);
    st = end_call(s, &lap, st, err);
    if (st == MESA_OK && mesa_sample_rows(out) == 0)
        st = mesa_fail(err, MESA_EDATA, "[%s] %s kept no row",
                       s->component->section, s->class_->name);
    return st;
}

mesa_status
mesa_sampler_begin(struct mesa_instance *s, const struct mesa_dataset *data,
                   struct mesa_error *err)
{
    const struct mesa_sampler_class *c = (const void *)s->class_;
    mesa_status st = expect_kind(s, MESA_KIND_SAMPLER, err);

    if (st != MESA_OK || !c->begin)
        return st;
    return mesa_instance_blame(s, c->begin(s->self, data, err), err);
}

mesa_status
mesa_sampler_reward(struct mesa_instance *s, double value, bool done,
                    const struct mesa_dataset *data,
                    const struct mesa_feedback *now, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    const struct mesa_sampler_class *c = (const void *)s->class_;
    mesa_status st = expect_kind(s, MESA_KIND_SAMPLER, err);
    struct mesa_lap lap;

    if (st != MESA_OK || !c->reward)
        return st;
    mesa_call_begin(s, MESA_CALL_REWARD, &lap);
    st = c->reward(s->self, value, done, data, now, rng, err);
    return end_call(s, &lap, st, err);
}

mesa_status
mesa_sampler_aim(struct mesa_instance *s, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback, double aim[3],
                 struct mesa_error *err)
{
    const struct mesa_sampler_class *c = (const void *)s->class_;
    mesa_status st = expect_kind(s, MESA_KIND_SAMPLER, err);

    aim[0] = aim[1] = aim[2] = NAN;
    if (st != MESA_OK || !c->aim)
        return st;
    return mesa_instance_blame(s, c->aim(s->self, data, feedback, aim, err),
                               err);
}

mesa_status
mesa_transform_fit(struct mesa_instance *t, const struct mesa_dataset *train,
                   struct mesa_error *err)
{
    const struct mesa_transform_class *c = (const void *)t->class_;
    mesa_status st = expect_kind(t, MESA_KIND_TRANSFORM, err);
    struct mesa_lap lap;

    if (st == MESA_OK && (train->x.rows == 0 || train->x.cols == 0))
        st = mesa_fail(err, MESA_EDATA, "there are %zu rows of %zu columns",
                       train->x.rows, train->x.cols);
    if (st == MESA_OK)
        st = check_missing(t->class_, train, err);
    if (st != MESA_OK)
        return st;
    t->fitted = false;
    mesa_call_begin(t, MESA_CALL_FIT, &lap);
    st = end_call(t, &lap, c->fit(t->self, train, err), err);
    t->fitted = st == MESA_OK;
    t->n_columns = train->x.cols;
    if (st == MESA_OK && mesa_transform_columns(t, NULL) == 0) {
        t->fitted = false;
        st = mesa_fail(err, MESA_EDATA,
                       "[%s] %s leaves nothing of %zu columns",
                       t->component->section, t->class_->name,
                       train->x.cols);
    }
    return st;
}

size_t
mesa_transform_columns(const struct mesa_instance *t,
                       const struct mesa_transform_column **out)
{
    const struct mesa_transform_class *c = (const void *)t->class_;
    const struct mesa_transform_column *list = NULL;
    size_t n = 0;

    if (t->fitted && c->columns)
        n = c->columns(t->self, &list);
    if (out)
        *out = list;
    return list ? n : t->fitted ? t->n_columns : 0;
}

mesa_status
mesa_transform_apply(const struct mesa_instance *t,
                     const struct mesa_cmatrix *x, double *out,
                     struct mesa_error *err)
{
    const struct mesa_transform_class *c = (const void *)t->class_;
    mesa_status st = check_fitted(t, MESA_KIND_TRANSFORM, x->cols, err);
    struct mesa_lap lap;

    if (st != MESA_OK)
        return st;
    mesa_call_begin(t, MESA_CALL_APPLY, &lap);
    return end_call(t, &lap, c->apply(t->self, x, out, err), err);
}
