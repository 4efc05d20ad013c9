/* SPDX-License-Identifier: MIT */
/*
 * mesa_fixture.h - the metalearner mesa with a learner that predicts a share
 * and a sampler that keeps a diary.
 */
#ifndef MESA_FIXTURE_H
#define MESA_FIXTURE_H

#include "test.h"

#include "host.h"
#include "instance.h"
#include "report.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_learner_plugin(void);
const struct mesa_plugin *mesa_meta_plugin(void);

enum { ROWS = 60 };

/* Predicts the share of class 1 among its rows, for every row. */
struct share {
    double share;
};

static inline mesa_status
share_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct share *s = self;
    size_t ones = 0;

    (void)valid;
    (void)rng;
    (void)err;
    for (size_t r = 0; r < train->x.rows; r++)
        ones += train->y[r] == 1;
    s->share = (double)ones / (double)train->x.rows;
    return MESA_OK;
}

/* A little more for larger x, so that there is something to rank. */
static inline mesa_status
share_predict_proba(const void *self, const struct mesa_cmatrix *x,
                    double *proba, struct mesa_error *err)
{
    const struct share *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r + 1] = s->share * (0.5 + mesa_row(x, r)[0] / 1000);
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return MESA_OK;
}

static inline mesa_status
share_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "share", MESA_F64, 1, self, err);
}

static inline mesa_status
share_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "share", MESA_F64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        memcpy(self, data, sizeof(struct share));
    return st;
}

static const struct mesa_estimator_class share = {
    MESA_ESTIMATOR(struct share),
    .head.name     = "share",
    .head.title    = "Share of class 1",
    .head.save     = share_save,
    .head.load     = share_load,
    .fit           = share_fit,
    .predict_proba = share_predict_proba,
};

/* Keeps all rows; writes down what it is asked to do and what it earns. */
struct diary {
    uint64_t rewards;
};

static struct mesa_text diary_text;

static inline mesa_status
diary_begin(void *self, const struct mesa_dataset *data,
            struct mesa_error *err)
{
    size_t ones = 0;

    (void)self;
    (void)err;
    for (size_t r = 0; r < data->x.rows; r++)
        ones += data->y[r] == 1;
    mesa_text_printf(&diary_text, "begin %zu/%zu\n", ones, data->x.rows);
    return MESA_OK;
}

static inline mesa_status
diary_resample(void *self, const struct mesa_dataset *data,
               const struct mesa_feedback *f, struct mesa_sample *out,
               struct mesa_rng *rng, struct mesa_error *err)
{
    static const char *const mode[] = { "use", "learn", "explore" };
    mesa_status st = MESA_OK;

    (void)self;
    (void)rng;
    (void)err;
    if (f)
        mesa_text_printf(&diary_text, "%zu of %zu: %s\n", f->round,
                         f->n_rounds, mode[f->mode]);
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        st = mesa_sample_keep(out, r);
    return st;
}

static inline mesa_status
diary_reward(void *self, double value, bool done,
             const struct mesa_dataset *data, const struct mesa_feedback *now,
             struct mesa_rng *rng, struct mesa_error *err)
{
    struct diary *d = self;

    (void)data;
    (void)rng;
    (void)err;
    assert_non_null(now->proba);
    assert_non_null(now->valid_proba);
    d->rewards++;
    mesa_text_printf(&diary_text, "reward %g%s\n", value,
                     done ? ", done" : "");
    return MESA_OK;
}

static inline mesa_status
diary_aim(void *self, const struct mesa_dataset *data,
          const struct mesa_feedback *f, double aim[3],
          struct mesa_error *err)
{
    (void)self;
    (void)err;
    aim[0] = 0;
    for (size_t r = 0; r < data->x.rows; r++)
        aim[0] += data->y[r] == 0 ? f->proba[2 * r + 1] / 42 : 0;
    aim[1] = aim[0] - 0.01;
    aim[2] = aim[0] + 0.01;
    return MESA_OK;
}

static inline mesa_status
diary_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "rewards", MESA_U64, 1, self, err);
}

static inline mesa_status
diary_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "rewards", MESA_U64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        memcpy(self, data, sizeof(struct diary));
    return st;
}

static const struct mesa_sampler_class diary = {
    MESA_SAMPLER(struct diary),
    .head.name  = "diary",
    .head.title = "Writes down what happens",
    .head.flags = MESA_CLASS_FEEDBACK,
    .head.save  = diary_save,
    .head.load  = diary_load,
    .begin      = diary_begin,
    .resample   = diary_resample,
    .reward     = diary_reward,
    .aim        = diary_aim,
};

static char own[] = "test";
static struct mesa_component share_component = { .class_ = &share.head,
                                                 .section = own,
                                                 .complete = true };
static struct mesa_component diary_component = { .class_ = &diary.head,
                                                 .section = own,
                                                 .complete = true };

/* Components by name, without a registry. */
static inline mesa_status
resolve(void *context, uint32_t kind, const char *name, const char *origin,
        const char *folder, struct mesa_component **out,
        struct mesa_error *err)
{
    (void)context;
    (void)origin;
    (void)folder;
    (void)err;
    *out = kind == MESA_KIND_SAMPLER         ? &diary_component
           : strcmp(name, "mesa") == 0       ? &diary_component
                                             : &share_component;
    return MESA_OK;
}

/* A component of a plugin's class with values as an INI would give them. */
static inline struct mesa_component
bind(const struct mesa_class *c, const char *ini)
{
    static const struct mesa_resolver resolver = { resolve, NULL, NULL };
    struct mesa_component out = { .class_ = c, .section = own,
                                  .complete = true };
    struct mesa_ini parsed = { 0 };

    assert_ok(mesa_ini_parse(&parsed, ini, strlen(ini), "test", ".", err));
    assert_ok(mesa_settings_bind(&out.settings, c->params, NULL,
                                 mesa_ini_section(&parsed, "test"), "test",
                                 &resolver, err));
    mesa_ini_free(&parsed);
    return out;
}

static double x[ROWS];
static int32_t y[ROWS];

/* Of each class, one row less than of the one before; class 3: none. */
static inline struct mesa_dataset
rows(uint32_t n_classes)
{
    for (size_t r = 0; r < ROWS; r++) {
        x[r] = (double)(r * 7 % ROWS);
        y[r] = (int32_t)(r % 10 < 6 ? 0 : r % 10 < 9 ? 1 : 2) %
               (int32_t)n_classes;
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, ROWS, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = n_classes };
}

static inline struct mesa_archive *
saved(const struct mesa_instance *e)
{
    struct mesa_archive *a = mesa_archive_new();

    assert_ok(mesa_instance_save(e, a, "model", 0, err));
    return a;
}

/* A run as far as the metalearner sees it. */
struct stage {
    struct mesa_component      meta;
    struct mesa_recipe         recipe;
    struct mesa_host           host;
    struct mesa_dataset        data;
    struct mesa_text           rows;
    struct mesa_metrics        metrics;
    struct mesa_instance      *instance;
    const struct mesa_metalearner_class *class_;
};

static inline void
set_stage(struct stage *s, uint32_t n_classes, const char *ini)
{
    memset(s, 0, sizeof *s);
    mesa_free(mesa_text_take(&diary_text)); /* of tests before */
    s->meta = bind(mesa_meta_plugin()->classes[0], ini);
    s->class_ = (const void *)s->meta.class_;
    s->data = rows(n_classes);
    s->recipe.sampler = &diary_component;
    s->recipe.components = &diary_component;
    s->host.recipe = &s->recipe;
    s->host.parts.data[MESA_PART_TRAIN] = &s->data;
    s->host.parts.data[MESA_PART_VALID] = &s->data;
    s->metrics.rows = &s->rows;
    mesa_rng_seed(&s->host.root, 9);
    assert_ok(mesa_instance_new(&s->meta, &s->instance, err));
    assert_ok(s->class_->begin(mesa_instance_self(s->instance), &s->host,
                               err));
}

static inline void
strike(struct stage *s)
{
    mesa_instance_free(s->instance);
    mesa_settings_free(&s->meta.settings);
    mesa_free(mesa_text_take(&s->rows));
    mesa_free(mesa_text_take(&diary_text));
}

static inline bool
step(struct stage *s, uint64_t i)
{
    bool done = false;

    assert_ok(s->class_->step(mesa_instance_self(s->instance), &s->host, i,
                              &s->metrics, &done, err));
    return done;
}

#endif
