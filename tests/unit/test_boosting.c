/* SPDX-License-Identifier: MIT */
/*
 * test_boosting.c - the boosting loop: when it ends, what samplers and
 * learners are told, and what files may say.  Its numbers: test_adaboost.c.
 */
#include "test.h"

#include "instance.h"
#include "recipe.h"

#include <math.h>

enum { ROWS = 6 };

/* A learner that errs on the rows it is told to, and remembers weights. */
static struct {
    size_t n, rows[16];
    double weight[16][32]; /* as fitted on, scaled to sum to 1 */
    double wrong[16][ROWS]; /* what member t says against row r's class */
} script;

struct scripted {
    size_t member;
};

static mesa_status
scripted_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct scripted *s = self;
    double sum = 0;

    (void)valid;
    (void)rng;
    (void)err;
    s->member = script.n++;
    script.rows[s->member] = train->x.rows;
    for (size_t r = 0; r < train->x.rows; r++)
        sum += train->weight[r];
    for (size_t r = 0; r < train->x.rows && r < 32; r++)
        script.weight[s->member][r] = train->weight[r] / sum;
    return MESA_OK;
}

/* x is the number of the row; made rows are between and are right. */
static mesa_status
scripted_predict_proba(const void *self, const struct mesa_cmatrix *x,
                       double *proba, struct mesa_error *err)
{
    const struct scripted *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        double at = mesa_row(x, r)[0];
        size_t row = (size_t)at;
        double wrong = at == floor(at) ? script.wrong[s->member][row] : 0;
        double one = row % 2 ? 1 - wrong : wrong;

        proba[2 * r] = 1 - one;
        proba[2 * r + 1] = one;
    }
    return MESA_OK;
}

static mesa_status
scripted_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    uint64_t member = ((const struct scripted *)self)->member;

    return mesa_archive_put_vector(to, "member", MESA_U64, 1, &member, err);
}

static mesa_status
scripted_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "member", MESA_U64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        ((struct scripted *)self)->member =
            (size_t)((const uint64_t *)data)[0];
    return st;
}

static mesa_status
scripted_importance(const void *self, double *importance,
                    struct mesa_error *err)
{
    (void)err;
    importance[0] = (double)((const struct scripted *)self)->member;
    return MESA_OK;
}

static const struct mesa_estimator_class scripted = {
    MESA_ESTIMATOR(struct scripted),
    .head.name     = "scripted",
    .head.title    = "Errs as it is told",
    .head.flags    = MESA_CLASS_WEIGHTS,
    .head.save     = scripted_save,
    .head.load     = scripted_load,
    .fit           = scripted_fit,
    .predict_proba = scripted_predict_proba,
    .importance    = scripted_importance,
};

/* Keeps all rows in order and makes three of class 1 between rows 1 and 2. */
static struct {
    size_t n, round[16], n_rounds[16], rows[16];
    double weight[16]; /* of row 1 */
    bool   proba;
} asked;

static mesa_status
between_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *f, struct mesa_sample *out,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    size_t t = asked.n++;
    mesa_status st = mesa_sample_keep_rows(out, NULL, data->x.rows);

    (void)self;
    (void)rng;
    (void)err;
    asked.round[t] = f->round;
    asked.n_rounds[t] = f->n_rounds;
    asked.rows[t] = data->x.rows;
    asked.weight[t] = data->weight[1];
    asked.proba |= f->proba != NULL;
    for (int i = 1; i < 4 && st == MESA_OK; i++)
        st = mesa_sample_make(out, 1, 2, i / 4.0, NULL);
    return st;
}

static const struct mesa_sampler_class between = {
    MESA_SAMPLER(struct scripted),
    .head.name  = "between",
    .head.title = "Three made rows",
    .head.flags = MESA_CLASS_WEIGHTS,
    .resample   = between_resample,
};

static struct mesa_component
component_of(const struct mesa_class *c)
{
    static char section[] = "test";

    return (struct mesa_component){ .class_ = c, .section = section,
                                    .complete = true };
}

static const double x[ROWS] = { 0, 1, 2, 3, 4, 5 };
static const int32_t y[ROWS] = { 0, 1, 0, 1, 0, 1 };

/* What a scripted loop needs. */
struct scene {
    struct mesa_component    estimator, sampler;
    struct mesa_dataset      train;
    struct mesa_rng          rng;
    struct mesa_boosting     b;
    struct mesa_boosting_job job;
};

static void
set_up(struct scene *s, enum mesa_boosting_algorithm algorithm)
{
    memset(s, 0, sizeof *s);
    memset(&script, 0, sizeof script);
    memset(&asked, 0, sizeof asked);
    s->estimator = component_of(&scripted.head);
    s->sampler = component_of(&between.head);
    s->train = (struct mesa_dataset){ .struct_size = sizeof s->train,
                                      .x = { x, ROWS, 1, 1, NULL },
                                      .y = y,
                                      .n_classes = 2 };
    mesa_rng_seed(&s->rng, 3);
    s->job = (struct mesa_boosting_job){ .struct_size = sizeof s->job,
                                         .algorithm = algorithm,
                                         .n = 4,
                                         .learning_rate = 1,
                                         .n_made = SIZE_MAX,
                                         .estimator = &s->estimator,
                                         .train = &s->train,
                                         .rng = &s->rng };
}

/* A learner without error is the last, and votes. */
static void
test_no_error(void **state)
{
    struct scene s;
    double p[2 * ROWS];

    (void)state;
    for (int a = MESA_ADABOOST_M2; a <= MESA_SAMME_P; a++) {
        set_up(&s, (enum mesa_boosting_algorithm)a);
        script.wrong[0][2] = 0.9;
        assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
        assert_int_equal(s.b.ensemble.n, 2);
        assert_true(s.b.weight[1] > 0);
        assert_ok(mesa_boosting_predict_proba(&s.b, &s.train.x, p, err));
        for (size_t r = 0; r < ROWS; r++)
            assert_true(fabs(p[2 * r] + p[2 * r + 1] - 1) < 1e-15);
        mesa_boosting_free(&s.b);
    }
}

/* One that is no better than chance is not kept, unless it is the first. */
static void
test_chance(void **state)
{
    static const enum mesa_boosting_algorithm by_error[] = {
        MESA_ADABOOST_M2, MESA_SAMME
    };
    struct scene s;

    (void)state;
    for (size_t a = 0; a < 2; a++) {
        set_up(&s, by_error[a]);
        script.wrong[0][2] = 1;
        for (size_t r = 0; r < ROWS; r++)
            script.wrong[1][r] = r < 5;
        assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
        assert_int_equal(s.b.ensemble.n, 1);
        assert_int_equal(script.n, 2);
        mesa_boosting_free(&s.b);
        set_up(&s, by_error[a]);
        for (size_t r = 0; r < 3; r++)
            script.wrong[0][r] = 1;
        assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
        assert_int_equal(s.b.ensemble.n, 1);
        assert_bits_equal(s.b.weight[0], 1.0);
        mesa_boosting_free(&s.b);
    }
}

/* A loop that persists has all its members; the bad one has no vote. */
static void
test_persist(void **state)
{
    struct scene s;

    (void)state;
    set_up(&s, MESA_SAMME);
    s.job.persist = true;
    script.wrong[1][2] = 1;
    for (size_t r = 0; r < ROWS; r++)
        script.wrong[2][r] = 1;
    script.wrong[3][0] = 1;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_int_equal(s.b.ensemble.n, 4);
    assert_bits_equal(s.b.weight[0], 1.0);
    assert_true(s.b.weight[1] > 0);
    assert_bits_equal(s.b.weight[2], 0.0);
    assert_true(s.b.weight[3] > 0);
    /* Nothing was learnt from it either. */
    assert_memory_equal(script.weight[2], script.weight[3],
                        ROWS * sizeof(double));
    mesa_boosting_free(&s.b);
    set_up(&s, MESA_ADABOOST_M2);
    s.job.persist = true;
    for (size_t t = 0; t < 4; t++)
        for (size_t r = 0; r < ROWS; r++)
            script.wrong[t][r] = 1;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_int_equal(s.b.ensemble.n, 4);
    assert_bits_equal(s.b.weight[0], 1.0);
    assert_bits_equal(s.b.weight[3], 1.0);
    mesa_boosting_free(&s.b);
}

/* SAMME by hand: one of six wrong, alpha = log 5, so it weighs a half. */
static void
test_weights(void **state)
{
    static const double first[ROWS] = { 1, 1, 1, 1, 2, 2 };
    struct scene s;

    (void)state;
    set_up(&s, MESA_SAMME);
    s.job.n = 2;
    script.wrong[0][2] = script.wrong[1][3] = 0.6;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_close(s.b.weight[0], log(5), 1e-14);
    assert_close(script.weight[0][0], 1 / 6.0, 1e-14);
    assert_close(script.weight[1][2], 0.5, 1e-14);
    assert_close(script.weight[1][3], 0.1, 1e-14);
    /* The data's weights are where the loop starts. */
    s.train.weight = first;
    script.n = 0;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_close(script.weight[0][4], 0.25, 1e-14);
    assert_close(s.b.weight[0], log(7), 1e-14);
    mesa_boosting_free(&s.b);
    /* samme.p: exp(-(p_own - p_other) / 2) each. */
    set_up(&s, MESA_SAMME_P);
    script.wrong[0][2] = 0.75;
    script.wrong[1][3] = 0.75;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_close(script.weight[1][2] / script.weight[1][3], exp(0.75), 1e-14);
    mesa_boosting_free(&s.b);
}

/* Made rows have the mean weight and are gone after the round. */
static void
test_made_rows(void **state)
{
    struct scene s;

    (void)state;
    set_up(&s, MESA_SAMME);
    s.job.sampler = &s.sampler;
    s.job.n = 3;
    for (size_t t = 0; t < 3; t++)
        script.wrong[t][2] = 0.9;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    for (size_t t = 0; t < s.b.ensemble.n; t++) {
        assert_int_equal(script.rows[t], ROWS + 3);
        assert_int_equal(asked.rows[t], ROWS);
        assert_int_equal(asked.round[t], t);
        assert_int_equal(asked.n_rounds[t], 3);
    }
    assert_false(asked.proba);
    assert_close(asked.weight[0], 1 / 6.0, 1e-14);
    assert_close(asked.weight[1], 0.1, 1e-14);
    assert_close(script.weight[1][2], 0.5 / 1.5, 1e-14);
    for (size_t i = ROWS; i < ROWS + 3; i++)
        assert_close(script.weight[1][i], 1 / 6.0 / 1.5, 1e-14);
    s.job.n_made = 2;
    script.n = asked.n = 0;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_int_equal(script.rows[0], ROWS + 2);
    mesa_boosting_free(&s.b);
}

/* Or they stay, with weights of their own, and are made of as well. */
static void
test_accumulate(void **state)
{
    static const enum mesa_boosting_algorithm all[] = {
        MESA_ADABOOST_M2, MESA_SAMME, MESA_SAMME_R
    };
    struct scene s;

    (void)state;
    for (size_t a = 0; a < 3; a++) {
        set_up(&s, all[a]);
        s.job.sampler = &s.sampler;
        s.job.n = 3;
        s.job.n_made = 2;
        s.job.accumulate = true;
        for (size_t t = 0; t < 3; t++)
            script.wrong[t][2] = 0.9;
        assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
        assert_int_equal(asked.rows[0], ROWS);
        assert_int_equal(asked.rows[1], ROWS + 2);
        assert_int_equal(asked.rows[2], ROWS + 4);
        assert_int_equal(script.rows[2], ROWS + 6);
        assert_close(script.weight[0][ROWS], 1.0 / (ROWS + 2), 1e-14);
        assert_close(script.weight[1][ROWS], script.weight[1][0], 1e-12);
        assert_true(script.weight[1][2] > script.weight[1][0]);
        mesa_boosting_free(&s.b);
    }
}

static void
test_importance(void **state)
{
    struct scene s;
    double importance;

    (void)state;
    set_up(&s, MESA_SAMME_R);
    s.job.n = 2;
    script.wrong[0][2] = script.wrong[1][2] = 0.9;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_ok(mesa_boosting_importance(&s.b, &importance, err));
    assert_bits_equal(importance, 0.5);
    mesa_boosting_free(&s.b);
}

/* What a file says of the votes is not to be trusted. */
static void
test_files(void **state)
{
    static const struct {
        double      vote[2];
        const char *message;
    } bad[] = {
        { { 1, -1 }, "vote 1 is -1" },
        { { NAN, 1 }, "vote 0 is nan" },
        { { 0, 0 }, "2 votes sum to 0" },
        { { 1, INFINITY }, "2 votes sum to inf" },
    };
    struct mesa_archive *a = mesa_archive_new();
    double p[2 * ROWS], q[2 * ROWS];
    struct scene s;

    (void)state;
    set_up(&s, MESA_SAMME);
    s.job.n = 2;
    script.wrong[0][2] = script.wrong[1][3] = 0.6;
    assert_ok(mesa_boosting_fit(&s.b, &s.job, err));
    assert_ok(mesa_boosting_predict_proba(&s.b, &s.train.x, p, err));
    assert_ok(mesa_boosting_save(&s.b, a, err));
    assert_ok(mesa_boosting_load(&s.b, MESA_SAMME, &s.estimator, a, err));
    assert_ok(mesa_boosting_predict_proba(&s.b, &s.train.x, q, err));
    assert_memory_equal(p, q, sizeof p);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mesa_archive *other = mesa_archive_new();

        assert_ok(mesa_ensemble_save(&s.b.ensemble, other, err));
        assert_ok(mesa_archive_put_vector(other, "votes", MESA_F64, 2,
                                          bad[i].vote, err));
        assert_error(mesa_boosting_load(&s.b, MESA_SAMME, &s.estimator, other,
                                        err),
                     MESA_EPARSE, bad[i].message);
        assert_int_equal(s.b.ensemble.n, 0);
        mesa_archive_free(other);
        assert_ok(mesa_boosting_load(&s.b, MESA_SAMME, &s.estimator, a, err));
    }
    mesa_boosting_free(&s.b);
    mesa_archive_free(a);
}

static void
test_no_weight(void **state)
{
    static const double none[ROWS] = { 0 };
    struct scene s;

    (void)state;
    set_up(&s, MESA_SAMME);
    s.train.weight = none;
    assert_error(mesa_boosting_fit(&s.b, &s.job, err), MESA_EDATA,
                 "all 6 weights are 0");
    assert_null(s.b.weight);
}

static void
test_allocation_failures(void **state)
{
    struct scene s;
    mesa_status st = MESA_ENOMEM;
    uint64_t before = mesa_memory_live();

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_error err;

        assert_true(k < 1000);
        set_up(&s, MESA_ADABOOST_M2);
        s.job.sampler = &s.sampler;
        s.job.n = 3;
        s.job.n_made = 1;
        s.job.accumulate = true;
        for (size_t t = 0; t < 3; t++)
            script.wrong[t][2] = 0.9;
        mesa_memory_fail_at(k);
        st = mesa_boosting_fit(&s.b, &s.job, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_boosting_free(&s.b);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_error),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_persist),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_made_rows),
        cmocka_unit_test(test_accumulate),
        cmocka_unit_test(test_importance),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_no_weight),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
