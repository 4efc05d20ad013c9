/* SPDX-License-Identifier: MIT */
/*
 * test_component.c - the checks around plugins, and the ensemble loop, with
 * classes that live in this file: an estimator that learns the share of each
 * class and what it was shown, and a sampler that reads feedback.
 */
#include "test.h"

#include "archive_internal.h"
#include "instance.h"
#include "recipe.h"

#include <math.h>

struct share {
    int64_t fail_at_rows; /* fit fails for that many rows */
    size_t  rows;
    double  share[2];
    bool    saw_valid;
};

static mesa_status
share_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct share *s = self;
    size_t count[2];

    (void)rng;
    if (s->fail_at_rows == (int64_t)train->x.rows)
        return mesa_fail(err, MESA_EDATA, "%zu rows", train->x.rows);
    mesa_class_counts(train, count);
    s->rows = train->x.rows;
    s->saw_valid = valid != NULL;
    for (int c = 0; c < 2; c++)
        s->share[c] = (double)count[c] / (double)train->x.rows;
    return MESA_OK;
}

static mesa_status
share_predict_proba(const void *self, const struct mesa_cmatrix *x,
                    double *proba, struct mesa_error *err)
{
    const struct share *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        memcpy(proba + 2 * r, s->share, sizeof s->share);
    return MESA_OK;
}

static mesa_status
share_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "share", MESA_F64, 2,
                                   ((const struct share *)self)->share, err);
}

static mesa_status
share_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const size_t two = 2;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "share", MESA_F64, 1, &two,
                                         &data, err);

    if (st == MESA_OK)
        memcpy(((struct share *)self)->share, data, 2 * sizeof(double));
    return st;
}

static const struct mesa_param share_params[] = {
    MESA_INT(struct share, fail_at_rows, "fail_at_rows", 0, 0, INT64_MAX,
             "Rows at which to fail"),
    MESA_PARAM_END
};

static const struct mesa_estimator_class share = {
    MESA_ESTIMATOR(struct share),
    .head.name = "share",
    .head.title = "Share of each class",
    .head.params = share_params,
    .head.save = share_save,
    .head.load = share_load,
    .fit = share_fit,
    .predict_proba = share_predict_proba,
};

/* Predicts the first target of the first row. */
struct level {
    double value;
};

static mesa_status
level_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    (void)valid;
    (void)rng;
    (void)err;
    ((struct level *)self)->value = mesa_row(&train->target, 0)[0];
    return MESA_OK;
}

static mesa_status
level_predict(const void *self, const struct mesa_cmatrix *rows, double *out,
              struct mesa_error *err)
{
    (void)err;
    for (size_t r = 0; r < rows->rows; r++)
        out[r] = ((const struct level *)self)->value;
    return MESA_OK;
}

static const struct mesa_estimator_class level = {
    MESA_ESTIMATOR(struct level),
    .head.name = "level",
    .head.title = "One number for all",
    .fit = level_fit,
    .predict = level_predict,
};

static struct {
    size_t calls, begins, rounds;
    bool   proba[8], valid_proba[8];
    double first[8]; /* of the mean prediction, round by round */
} heard;

static mesa_status
prefix_begin(void *self, const struct mesa_dataset *data,
             struct mesa_error *err)
{
    (void)self;
    (void)data;
    (void)err;
    heard.begins++;
    return MESA_OK;
}

static mesa_status
prefix_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *feedback, struct mesa_sample *out,
                struct mesa_rng *rng, struct mesa_error *err)
{
    size_t t = feedback ? feedback->round : 0;
    mesa_status st = MESA_OK;

    (void)self;
    (void)data;
    (void)rng;
    (void)err;
    heard.calls++;
    heard.rounds = feedback ? feedback->n_rounds : 0;
    if (feedback && t < 8) {
        heard.proba[t] = feedback->proba != NULL;
        heard.valid_proba[t] = feedback->valid_proba != NULL;
        heard.first[t] = feedback->proba ? feedback->proba[0] : NAN;
    }
    for (size_t r = 0; r < t + 2 && st == MESA_OK; r++)
        st = mesa_sample_keep(out, r);
    return st;
}

struct nothing {
    char unused;
};

static const struct mesa_sampler_class prefix = {
    MESA_SAMPLER(struct nothing),
    .head.name = "prefix",
    .head.title = "The first rows",
    .head.flags = MESA_CLASS_FEEDBACK,
    .resample = prefix_resample,
    .begin = prefix_begin,
};

static mesa_status
none_resample(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback, struct mesa_sample *out,
              struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self;
    (void)data;
    (void)feedback;
    (void)out;
    (void)rng;
    (void)err;
    return MESA_OK;
}

static const struct mesa_sampler_class none = {
    MESA_SAMPLER(struct nothing),
    .head.name = "none",
    .head.title = "No row at all",
    .resample = none_resample,
};

static struct mesa_component
component_of(const struct mesa_class *c)
{
    static char section[] = "test";
    struct mesa_component out = { .class_ = c, .section = section,
                                  .complete = true };
    const struct mesa_resolver resolver = { NULL, NULL, NULL };

    assert_ok(mesa_settings_bind(&out.settings, c->params, NULL, NULL, "test",
                                 &resolver, err));
    return out;
}

static double x[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static int32_t y[6] = { 0, 1, 0, 1, 1, 1 };

static struct mesa_dataset
six_rows(void)
{
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, 6, 2, 2, NULL },
                                  .y = y,
                                  .n_classes = 2 };
}

static struct mesa_rng
stream(void)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 5);
    return rng;
}

static void
test_estimator_checks(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_dataset d = six_rows(), bad = d;
    struct mesa_rng rng = stream();
    struct mesa_instance *e;
    double p[12];

    (void)state;
    assert_ok(mesa_instance_new(&c, &e, err));
    assert_int_equal(mesa_estimator_n_columns(e), 0);
    assert_error(mesa_estimator_predict_proba(e, &d.x, p, err), MESA_ESTATE,
                 "share is not fitted yet");
    bad.x.rows = 0;
    assert_error(mesa_estimator_fit(e, &bad, NULL, &rng, err), MESA_EDATA,
                 "there are 0 rows of 2 columns");
    bad = d;
    bad.n_classes = 3;
    assert_error(mesa_estimator_fit(e, &bad, NULL, &rng, err), MESA_EDATA,
                 "share takes two classes, but there are 3");
    bad = d;
    bad.weight = x;
    assert_error(mesa_estimator_fit(e, &bad, NULL, &rng, err), MESA_EDATA,
                 "share takes no weights");
    bad = d;
    bad.y = NULL;
    assert_error(mesa_estimator_fit(e, &bad, NULL, &rng, err), MESA_EDATA,
                 "share needs classes, the data have none");
    bad.target = (struct mesa_cmatrix){ x, 6, 1, 1, NULL };
    assert_error(mesa_estimator_fit(e, &bad, NULL, &rng, err), MESA_EDATA,
                 "share needs classes, the data have targets");
    bad = d;
    bad.x.cols = 1;
    assert_error(mesa_estimator_fit(e, &d, &bad, &rng, err), MESA_ESHAPE,
                 "valid has 1 columns but train has 2");
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    assert_int_equal(mesa_estimator_n_columns(e), 2);
    assert_int_equal(mesa_estimator_n_classes(e), 2);
    assert_error(mesa_estimator_predict_proba(e, &bad.x, p, err), MESA_ESHAPE,
                 "share was fitted on 2 columns but these rows have 1");
    assert_error(mesa_estimator_importance(e, p, err), MESA_ENOTSUP,
                 "share has no feature importance");
    assert_error(mesa_transform_fit(e, &d, err), MESA_EINVAL,
                 "share is no transform");
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

/* What predicts numbers does not ask for classes. */
static void
test_fit_on_targets(void **state)
{
    struct mesa_component c = component_of(&level.head);
    struct mesa_dataset d = six_rows();
    struct mesa_rng rng = stream();
    struct mesa_instance *e;

    (void)state;
    d.y = NULL;
    d.n_classes = 0;
    d.target = (struct mesa_cmatrix){ x, 6, 2, 2, NULL };
    assert_ok(mesa_instance_new(&c, &e, err));
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    assert_int_equal(mesa_estimator_n_classes(e), 0);
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

static void
test_missing_values(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_dataset d = six_rows();
    struct mesa_rng rng = stream();
    struct mesa_instance *e;

    (void)state;
    assert_ok(mesa_instance_new(&c, &e, err));
    d.flags = MESA_DATA_MISSING;
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    x[7] = NAN;
    assert_error(mesa_estimator_fit(e, &d, NULL, &rng, err), MESA_EDATA,
                 "share takes no missing values, but column 1 has some");
    assert_error(mesa_instance_accepts(e, &d, err), MESA_EDATA,
                 "share takes no missing values, but column 1 has some");
    x[7] = 7;
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

static void
test_failures_name_the_section(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_dataset d = six_rows();
    struct mesa_rng rng = stream();
    struct mesa_instance *e;

    (void)state;
    c.settings.bound[0].value.i = 6;
    assert_ok(mesa_instance_new(&c, &e, err));
    assert_error(mesa_estimator_fit(e, &d, NULL, &rng, err), MESA_EDATA,
                 "[test] share: 6 rows");
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

static void
test_sampler_checks(void **state)
{
    struct mesa_component c = component_of(&none.head);
    struct mesa_dataset d = six_rows(), bad = d;
    static const int32_t ones[6] = { 1, 1, 1, 1, 1, 1 };
    struct mesa_sample *out = mesa_sample_new(&d);
    struct mesa_rng rng = stream();
    struct mesa_instance *s;

    (void)state;
    assert_ok(mesa_instance_new(&c, &s, err));
    assert_error(mesa_sampler_resample(s, &d, NULL, out, &rng, err),
                 MESA_EDATA, "[test] none kept no row");
    bad.y = ones;
    assert_error(mesa_sampler_resample(s, &bad, NULL, out, &rng, err),
                 MESA_EDATA,
                 "none needs rows of two classes, but all 6 are of class 1");
    bad.y = NULL;
    bad.target = (struct mesa_cmatrix){ x, 6, 1, 1, NULL };
    assert_error(mesa_sampler_resample(s, &bad, NULL, out, &rng, err),
                 MESA_EDATA, "none needs classes, the data have targets");
    mesa_sample_free(out);
    mesa_instance_free(s);
    mesa_settings_free(&c.settings);
}

/* The one row of the other class may be anywhere. */
static void
test_two_classes(void **state)
{
    enum { N = 270 };
    static const double number[N];
    static int32_t label[N];
    struct mesa_component c = component_of(&none.head);
    struct mesa_dataset d = six_rows();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct mesa_rng rng = stream();
    struct mesa_instance *s;

    (void)state;
    d.x = (struct mesa_cmatrix){ number, N, 1, 1, NULL };
    d.y = label;
    assert_ok(mesa_instance_new(&c, &s, err));
    for (size_t r = 0; r < N; r++) {
        label[r] = 1;
        assert_error(mesa_sampler_resample(s, &d, NULL, out, &rng, err),
                     MESA_EDATA, "[test] none kept no row");
        label[r] = 0;
    }
    assert_error(mesa_sampler_resample(s, &d, NULL, out, &rng, err),
                 MESA_EDATA,
                 "none needs rows of two classes, but all 270 are of class 0");
    mesa_sample_free(out);
    mesa_instance_free(s);
    mesa_settings_free(&c.settings);
}

static void
test_save_and_load(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_component n = component_of(&none.head);
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_dataset d = six_rows();
    struct mesa_rng rng = stream();
    struct mesa_instance *e, *f, *s;
    double p[12];

    (void)state;
    assert_ok(mesa_instance_new(&c, &e, err));
    assert_ok(mesa_instance_new(&c, &f, err));
    assert_ok(mesa_instance_new(&n, &s, err));
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    assert_ok(mesa_instance_save(e, a, "model", 0, err));
    assert_ok(mesa_instance_load(f, a, "model", 0, err));
    assert_ok(mesa_estimator_predict_proba(f, &d.x, p, err));
    assert_close(p[1], 4.0 / 6, 1e-15);
    assert_int_equal(mesa_estimator_n_classes(f), 2);
    assert_error(mesa_instance_load(f, a, "model", 1, err), MESA_EPARSE,
                 "there is no tensor 'model.1.mesa.shape'");
    assert_error(mesa_instance_save(s, a, "s", 0, err), MESA_ENOTSUP,
                 "none cannot be saved");
    assert_error(mesa_instance_load(s, a, "s", 0, err), MESA_ENOTSUP,
                 "none cannot be loaded");
    mesa_instance_free(e);
    mesa_instance_free(f);
    mesa_instance_free(s);
    mesa_archive_free(a);
    mesa_settings_free(&c.settings);
    mesa_settings_free(&n.settings);
}

/* Learner t sees t + 2 rows; its share of class 0 is known, and so are the
 * means that the sampler must hear. */
static const double zeros[] = { 1.0 / 2, 2.0 / 3, 2.0 / 4, 2.0 / 5 };

static void
test_sequential_rounds(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_component s = component_of(&prefix.head);
    struct mesa_dataset d = six_rows();
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_rng rng = stream();
    double p[12], sum = 0.0;

    (void)state;
    memset(&heard, 0, sizeof heard);
    assert_ok(mesa_ensemble_fit(&e, 4, &c, &s, &d, &d, &rng, err));
    assert_int_equal(heard.begins, 1);
    assert_int_equal(heard.calls, 4);
    assert_int_equal(heard.rounds, 4);
    assert_false(heard.proba[0]);
    for (size_t t = 0; t < 4; t++) {
        if (t > 0) {
            assert_true(heard.proba[t] && heard.valid_proba[t]);
            assert_close(heard.first[t], sum / (double)t, 1e-15);
        }
        sum += zeros[t];
    }
    assert_ok(mesa_ensemble_predict_proba(&e, &d.x, p, err));
    assert_close(p[0], sum / 4, 1e-15);
    assert_close(p[11], 1 - sum / 4, 1e-15);
    mesa_ensemble_free(&e);
    mesa_settings_free(&c.settings);
    mesa_settings_free(&s.settings);
}

static void
test_without_sampler(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_dataset d = six_rows();
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_rng rng = stream();
    double p[12];

    (void)state;
    assert_ok(mesa_ensemble_fit(&e, 3, &c, NULL, &d, NULL, &rng, err));
    assert_ok(mesa_ensemble_save(&e, a, err));
    assert_ok(mesa_ensemble_load(&e, &c, a, err));
    assert_int_equal(e.n, 3);
    assert_ok(mesa_ensemble_predict_proba(&e, &d.x, p, err));
    assert_close(p[0], 2.0 / 6, 1e-15);
    mesa_ensemble_free(&e);
    mesa_archive_free(a);
    mesa_settings_free(&c.settings);
}

static void
test_a_failing_member(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_component s = component_of(&prefix.head);
    struct mesa_dataset d = six_rows();
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_rng rng = stream();

    (void)state;
    c.settings.bound[0].value.i = 4;
    assert_error(mesa_ensemble_fit(&e, 5, &c, &s, &d, NULL, &rng, err),
                 MESA_EDATA, "[test] share: 4 rows");
    assert_int_equal(e.n, 0);
    assert_null(e.member);
    mesa_settings_free(&c.settings);
    mesa_settings_free(&s.settings);
}

static void
test_hostile_member_counts(void **state)
{
    static const uint64_t counts[] = { 0, 1000001, UINT64_MAX };
    struct mesa_component c = component_of(&share.head);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct mesa_archive *a = mesa_archive_new();
        struct mesa_ensemble e = { 0, NULL };
        struct mesa_error err;

        assert_int_equal(mesa_archive_put_vector(a, "n_members", MESA_U64, 1,
                                                 &counts[i], &err),
                         MESA_OK);
        assert_int_equal(mesa_ensemble_load(&e, &c, a, &err), MESA_EPARSE);
        assert_non_null(strstr(err.message, "n_members is "));
        mesa_archive_free(a);
    }
    mesa_settings_free(&c.settings);
}

static void
test_allocation_failures(void **state)
{
    struct mesa_component c = component_of(&share.head);
    struct mesa_component s = component_of(&prefix.head);
    struct mesa_dataset d = six_rows();
    uint64_t live = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_ensemble e = { 0, NULL };
        struct mesa_rng rng = stream();
        struct mesa_error err;

        assert_true(k < 1000);
        mesa_memory_fail_at(k);
        st = mesa_ensemble_fit(&e, 3, &c, &s, &d, &d, &rng, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_ensemble_free(&e);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
    mesa_settings_free(&c.settings);
    mesa_settings_free(&s.settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_estimator_checks),
        cmocka_unit_test(test_fit_on_targets),
        cmocka_unit_test(test_missing_values),
        cmocka_unit_test(test_failures_name_the_section),
        cmocka_unit_test(test_sampler_checks),
        cmocka_unit_test(test_two_classes),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_sequential_rounds),
        cmocka_unit_test(test_without_sampler),
        cmocka_unit_test(test_a_failing_member),
        cmocka_unit_test(test_hostile_member_counts),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
