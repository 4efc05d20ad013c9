/* SPDX-License-Identifier: MIT */
/*
 * test_mesa.c - the learner mesa and the metalearner mesa from inside: one
 * ensemble for each of several classes, what a file may not say, and what an
 * episode asks of the sampler.
 */
#include "test.h"

#include "host.h"
#include "instance.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_learner_plugin(void);
const struct mesa_plugin *mesa_meta_plugin(void);

enum { ROWS = 60 };

/* Predicts the share of class 1 among its rows, for every row. */
struct share {
    double share;
};

static mesa_status
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
static mesa_status
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

static mesa_status
share_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "share", MESA_F64, 1, self, err);
}

static mesa_status
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

static mesa_status
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

static mesa_status
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

static mesa_status
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

static mesa_status
diary_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "rewards", MESA_U64, 1, self, err);
}

static mesa_status
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
};

static char own[] = "test";
static struct mesa_component share_component = { .class_ = &share.head,
                                                 .section = own,
                                                 .complete = true };
static struct mesa_component diary_component = { .class_ = &diary.head,
                                                 .section = own,
                                                 .complete = true };

/* Components by name, without a registry. */
static mesa_status
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
static struct mesa_component
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
static struct mesa_dataset
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

static struct mesa_instance *
fitted(const struct mesa_component *c, uint32_t n_classes)
{
    struct mesa_dataset d = rows(n_classes);
    struct mesa_instance *e;
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_instance_new(c, &e, err));
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    return e;
}

static const char three[] = "[test]\nn_estimators = 3\n";

/* One against the rest, normalised; an absent class has probability 0. */
static void
test_several_classes(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);
    struct mesa_instance *e = fitted(&c, 4);
    struct mesa_dataset d = rows(4);
    double p[ROWS * 4];

    (void)state;
    assert_ok(mesa_estimator_predict_proba(e, &d.x, p, err));
    for (size_t r = 0; r < ROWS; r++) {
        assert_close(p[4 * r], 0.6, 1e-12);
        assert_close(p[4 * r + 1], 0.3, 1e-12);
        assert_close(p[4 * r + 2], 0.1, 1e-12);
        assert_bits_equal(p[4 * r + 3], 0.0);
    }
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

/* Scores that are all 0 say nothing. */
static void
test_no_class_likely(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);
    struct mesa_instance *e = fitted(&c, 3);
    double far = -500, p[3];
    struct mesa_cmatrix one = { &far, 1, 1, 1, NULL };

    (void)state;
    assert_ok(mesa_estimator_predict_proba(e, &one, p, err));
    for (int i = 0; i < 3; i++)
        assert_bits_equal(p[i], 1.0 / 3);
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

static struct mesa_archive *
saved(const struct mesa_instance *e)
{
    struct mesa_archive *a = mesa_archive_new();

    assert_ok(mesa_instance_save(e, a, "model", 0, err));
    return a;
}

static void
test_save_and_load(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);

    (void)state;
    for (uint32_t k = 2; k <= 4; k++) {
        struct mesa_instance *e = fitted(&c, k), *again;
        struct mesa_archive *a = saved(e);
        struct mesa_dataset d = rows(k);
        double p[ROWS * 4], q[ROWS * 4];

        assert_ok(mesa_instance_new(&c, &again, err));
        assert_ok(mesa_instance_load(again, a, "model", 0, err));
        assert_ok(mesa_estimator_predict_proba(e, &d.x, p, err));
        assert_ok(mesa_estimator_predict_proba(again, &d.x, q, err));
        assert_memory_equal(p, q, ROWS * k * sizeof *p);
        mesa_instance_free(e);
        mesa_instance_free(again);
        mesa_archive_free(a);
    }
    mesa_settings_free(&c.settings);
}

/* A file that may have another number of members, or of columns. */
static struct mesa_archive *
edited(uint32_t n_classes, size_t n, const uint64_t *n_members,
       uint64_t columns)
{
    static const double half = 0.5;
    struct mesa_archive *a = mesa_archive_new();
    const uint64_t shape[3] = { 1, 1, n_classes };
    const uint64_t member_shape[3] = { 1, columns, 2 };

    assert_ok(mesa_archive_put_vector(a, "model.0.n_members", MESA_U64, n,
                                      n_members, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.mesa.shape", MESA_U64, 3,
                                      shape, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.member.0.mesa.shape",
                                      MESA_U64, 3, member_shape, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.member.0.share", MESA_F64,
                                      1, &half, err));
    return a;
}

static mesa_status
load(const struct mesa_component *c, struct mesa_archive *a,
     struct mesa_error *err)
{
    struct mesa_instance *e;
    mesa_status st = mesa_instance_new(c, &e, err);

    if (st == MESA_OK)
        st = mesa_instance_load(e, a, "model", 0, err);
    mesa_instance_free(e);
    mesa_archive_free(a);
    return st;
}

static void
test_hostile_files(void **state)
{
    static const uint64_t members[] = { 1, 0, 0, 0, 1000001 };
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);

    (void)state;
    assert_ok(load(&c, edited(2, 1, members, 1), err));
    assert_ok(load(&c, edited(3, 3, members, 1), err));
    assert_error(load(&c, edited(2, 1, members + 1, 1), err), MESA_EPARSE,
                 "[test] mesa: n_members is 0");
    assert_error(load(&c, edited(2, 1, members + 4, 1), err), MESA_EPARSE,
                 "[test] mesa: n_members is 1000001");
    assert_error(load(&c, edited(3, 3, members + 1, 1), err), MESA_EPARSE,
                 "[test] mesa: no class has an ensemble");
    assert_error(load(&c, edited(2, 1, members, 2), err), MESA_EPARSE,
                 "[test] mesa: member 0 has 2 columns and 2 classes in an "
                 "ensemble of 1 and 2");
    mesa_settings_free(&c.settings);
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

static void
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

static void
strike(struct stage *s)
{
    mesa_instance_free(s->instance);
    mesa_settings_free(&s->meta.settings);
    mesa_free(mesa_text_take(&s->rows));
    mesa_free(mesa_text_take(&diary_text));
}

static bool
step(struct stage *s, uint64_t i)
{
    bool done = false;

    assert_ok(s->class_->step(mesa_instance_self(s->instance), &s->host, i,
                              &s->metrics, &done, err));
    return done;
}

/* The first member is not rewarded; exploring ends in mid-episode. */
static void
test_episodes(void **state)
{
    struct stage s;
    char *text;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 4\nstart_steps = 4\n"
                     "update_steps = 3\nmetric = aucprc\n");
    assert_int_equal(s.class_->total(mesa_instance_self(s.instance), &s.host),
                     3);
    assert_false(step(&s, 0));
    assert_false(step(&s, 1));
    assert_true(step(&s, 2));
    text = mesa_text_take(&diary_text);
    assert_non_null(text);
    text[strlen("begin 18/60\n0 of 4: use\n1 of 4: explore\nreward 0\n"
                "2 of 4: explore\nreward 0\n3 of 4: explore\n"
                "reward 0, done\nbegin 18/60\n0 of 4: use\n1 of 4: explore\n"
                "reward 0\n2 of 4: learn\n")] = '\0';
    assert_string_equal(text, "begin 18/60\n0 of 4: use\n1 of 4: explore\n"
                              "reward 0\n2 of 4: explore\nreward 0\n"
                              "3 of 4: explore\nreward 0, done\n"
                              "begin 18/60\n0 of 4: use\n1 of 4: explore\n"
                              "reward 0\n2 of 4: learn\n");
    mesa_free(text);
    strike(&s);
}

/* Episode i is about class i mod n_classes. */
static void
test_classes_in_turn(void **state)
{
    static const char *const begins[] = { "begin 36/60\n", "begin 18/60\n",
                                          "begin 6/60\n", "begin 36/60\n" };
    struct stage s;

    (void)state;
    set_stage(&s, 3, "[test]\nmax_estimators = 2\n");
    for (uint64_t i = 0; i < 4; i++) {
        char *text;

        step(&s, i);
        text = mesa_text_take(&diary_text);
        assert_memory_equal(text, begins[i], strlen(begins[i]));
        mesa_free(text);
    }
    strike(&s);
}

/* A share of each class, rounded up, and always the same. */
static void
test_train_ratio(void **state)
{
    struct stage s;
    char *text;

    (void)state;
    set_stage(&s, 3, "[test]\nmax_estimators = 2\ntrain_ratio = 0.3\n");
    step(&s, 2);
    text = mesa_text_take(&diary_text);
    /* 11 of 36, 6 of 18 and 2 of 6 rows. */
    assert_memory_equal(text, "begin 2/19\n", 11);
    mesa_free(text);
    strike(&s);
}

static void
test_load_needs_begin(void **state)
{
    struct mesa_instance *fresh;
    struct mesa_archive *a;
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\n");
    a = saved(s.instance);
    assert_ok(mesa_instance_new(&s.meta, &fresh, err));
    assert_error(mesa_instance_load(fresh, a, "model", 0, err), MESA_ESTATE,
                 "[test] mesa: load comes after begin");
    mesa_instance_free(fresh);
    mesa_archive_free(a);
    strike(&s);
}

/* What the sampler has learnt is where its component starts from then on. */
static void
test_finish(void **state)
{
    struct mesa_instance *next;
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 3\n");
    step(&s, 0);
    assert_ok(s.class_->finish(mesa_instance_self(s.instance), &s.host, err));
    assert_ok(mesa_instance_new(&diary_component, &next, err));
    assert_int_equal(((struct diary *)mesa_instance_self(next))->rewards, 2);
    mesa_instance_free(next);
    mesa_archive_free(diary_component.learnt);
    diary_component.learnt = NULL;
    strike(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_classes),
        cmocka_unit_test(test_no_class_likely),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_episodes),
        cmocka_unit_test(test_classes_in_turn),
        cmocka_unit_test(test_train_ratio),
        cmocka_unit_test(test_load_needs_begin),
        cmocka_unit_test(test_finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
