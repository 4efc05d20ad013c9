/* SPDX-License-Identifier: MIT */
/*
 * check_memory.c - memory runs out at every point of every call in turn.
 *
 * Each time the call must say ENOMEM (or manage without) and leave behind
 * nothing.  The loops run on one thread, so that "allocation k" is always the
 * same one.
 */
#include "archive.h"
#include "fit.h"

static mesa_status
work_create(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_instance *made;
    mesa_status st = mesa_instance_new(b->component, &made, err);

    (void)context;
    mesa_instance_free(made);
    return st;
}

static void
memory_create(struct bench *b)
{
    sweep_memory(b, &(struct trial){ NULL, work_create }, "create");
}

/* What one round trip of an estimator needs from outside. */
struct round {
    const struct mesa_dataset *data;
    double                     proba[80];
};

static mesa_status
save_and_load(struct bench *b, const struct mesa_instance *from,
              struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_instance *into = NULL;
    mesa_status st = a ? mesa_instance_save(from, a, "it", 0, err)
                       : mesa_nomem(err, 1, "archive");

    if (st == MESA_OK)
        st = mesa_instance_new(b->component, &into, err);
    if (st == MESA_OK)
        st = mesa_instance_load(into, a, "it", 0, err);
    mesa_instance_free(into);
    mesa_archive_free(a);
    return st;
}

static mesa_status
work_estimator(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;
    struct round *round = context;
    struct mesa_rng rng = bench_rng(b, "fit", 1);
    struct mesa_instance *e;
    mesa_status st = mesa_instance_new(b->component, &e, err);

    if (st == MESA_OK)
        st = mesa_estimator_fit(e, round->data, NULL, &rng, err);
    if (st == MESA_OK && c->predict_proba)
        st = mesa_estimator_predict_proba(e, &round->data->x, round->proba,
                                          err);
    if (st == MESA_OK && b->class_->save)
        st = save_and_load(b, e, err);
    mesa_instance_free(e);
    return st;
}

static void
memory_estimator(struct bench *b)
{
    struct round round = { .data = toy_small(b) };

    if (fits(b))
        sweep_memory(b, &(struct trial){ &round, work_estimator },
                     "fit, predict, save and load");
}

static mesa_status
work_sampler(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_dataset *data = context, *rows;
    struct mesa_rng rng = bench_rng(b, "resample", 1);
    struct mesa_sample *sample = mesa_sample_new(data);
    struct mesa_instance *s = NULL;
    mesa_status st = sample ? mesa_instance_new(b->component, &s, err)
                            : mesa_nomem(err, 1, "sample");

    if (st == MESA_OK)
        st = mesa_sampler_begin(s, data, err);
    if (st == MESA_OK)
        st = mesa_sampler_resample(s, data, NULL, sample, &rng, err);
    if (st == MESA_OK)
        st = mesa_sample_dataset(sample, &rows, err);
    if (st == MESA_OK && b->class_->save)
        st = save_and_load(b, s, err);
    mesa_instance_free(s);
    mesa_sample_free(sample);
    return st;
}

static void
memory_sampler(struct bench *b)
{
    struct mesa_dataset *d = toy_small(b);

    sweep_memory(b, &(struct trial){ d, work_sampler }, "resample");
}

static mesa_status
work_transform(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_dataset *d = context;
    struct mesa_dataset out;
    double *block = NULL;
    struct mesa_instance *t;
    mesa_status st = mesa_instance_new(b->component, &t, err);

    if (st == MESA_OK)
        st = mesa_transform_fit(t, d, err);
    if (st == MESA_OK)
        st = mesa_transformed(t, d, &out, &block, err);
    if (st == MESA_OK && b->class_->save)
        st = save_and_load(b, t, err);
    mesa_free(block);
    mesa_instance_free(t);
    return st;
}

static void
memory_transform(struct bench *b)
{
    struct mesa_dataset *d = toy_small(b);

    toy_make_categories(b, d);
    sweep_memory(b, &(struct trial){ d, work_transform },
                 "fit, apply, save and load");
}

static mesa_status
work_source(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_rng rng = bench_rng(b, "open", 1);
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_instance *s = NULL;
    mesa_status st = bundle ? mesa_instance_new(b->component, &s, err)
                            : mesa_nomem(err, 1, "bundle");

    (void)context;
    if (st == MESA_OK)
        st = mesa_source_open(s, bundle, &rng, err);
    mesa_instance_free(s);
    mesa_bundle_free(bundle);
    return st;
}

static void
memory_source(struct bench *b)
{
    struct mesa_error err;
    mesa_status st = work_source(b, NULL, &err);

    if (st == MESA_EINVAL || st == MESA_ENOTFOUND)
        skip(b, "%s", err.message);
    sweep_memory(b, &(struct trial){ NULL, work_source }, "open");
}

const struct check memory_checks[] = {
    { "memory_create", 0, memory_create,
      "ENOMEM and nothing left, wherever memory runs out" },
    { "memory", MESA_KIND_ESTIMATOR, memory_estimator,
      "and so in fit, predict, save and load" },
    { "memory", MESA_KIND_SAMPLER, memory_sampler, "and so in resample" },
    { "memory", MESA_KIND_TRANSFORM, memory_transform,
      "and so in fit, apply, save and load" },
    { "memory", MESA_KIND_SOURCE, memory_source, "and so in open" },
    { NULL, 0, NULL, NULL }
};
