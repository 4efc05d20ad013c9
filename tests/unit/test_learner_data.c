/* SPDX-License-Identifier: MIT */
/*
 * test_learner_data.c - every learner on data that are awkward: few rows, the
 * same rows, columns that do not vary, classes without rows, weights of 0,
 * values near the largest.  What is predicted are probabilities, or it is
 * said in one line why there are none.
 */
#include "learner_fixture.h"

static struct maker maker;

/* Fit and predict; fails the test unless both work. */
static void
expect_learns(const struct learner *l, const struct learn_rows *r, double *p)
{
    struct mesa_error e;

    if (learner_fit(&maker, l, &r->data, &e) != MESA_OK ||
        mesa_estimator_predict_proba(maker.made, &r->data.x, p, &e) !=
            MESA_OK)
        fail_msg("%s %s: %s", l->name, l->words, e.message);
    expect_proba(l, p, r->data.x.rows, r->data.n_classes);
}

/* Votes for labels, through a softmax, leave something to every class. */
static bool
votes(const struct learner *l)
{
    return strstr(l->words, "algorithm=samme") != NULL;
}

/* What a class that cannot be learnt may get at most. */
static double
most_of_absent(const struct learner *l, double own)
{
    return votes(l) ? own : 1e-6;
}

/* Classes with a row each, and hardly more. */
static void
test_few_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        for (size_t n = 2; n <= 9; n++)
            for (uint32_t k = 2; k <= 3; k++) {
                double p[9 * 3];
                struct mesa_error e = { MESA_OK, 0, "", "" };
                struct learn_rows r;

                learn_rows_make(&r, n, k);
                if (learner_fit(&maker, &learners[i], &r.data, &e) !=
                    MESA_OK) {
                    if (e.status != MESA_EDATA && e.status != MESA_EINVAL)
                        fail_msg("%s, %zu rows: %s", learners[i].name, n,
                                 e.message);
                    continue;
                }
                assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x,
                                                       p, err));
                expect_proba(&learners[i], p, n, k);
            }
}

static void
test_two_columns_constant(void **state)
{
    double p[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        for (int value = 0; value < 3; value++) {
            struct learn_rows r;

            learn_rows_make(&r, LEARN_ROWS, 3);
            for (size_t j = 0; j < LEARN_ROWS; j++) {
                r.x[j * LEARN_COLS + 0] = value == 2 ? 1e15 : value;
                r.x[j * LEARN_COLS + 2] = -0.1;
            }
            expect_learns(&learners[i], &r, p);
        }
}

/* One row, over and over: all that is left are the shares. */
static void
test_equal_rows(void **state)
{
    double p[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;

        learn_rows_make(&r, LEARN_ROWS, 2);
        for (size_t j = 0; j < LEARN_ROWS * LEARN_COLS; j++)
            r.x[j] = 0.3;
        expect_learns(&learners[i], &r, p);
        for (size_t j = 1; j < LEARN_ROWS; j++)
            assert_memory_equal(p, p + 2 * j, 2 * sizeof *p);
    }
}

/* Only classes 1 and 3 of four have rows: others are never predicted. */
static void
test_absent_classes(void **state)
{
    double p[LEARN_ROWS * LEARN_CLASSES];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        size_t hits = 0;

        learn_rows_make(&r, LEARN_ROWS, 2);
        r.data.n_classes = LEARN_CLASSES;
        for (size_t j = 0; j < LEARN_ROWS; j++)
            r.y[j] = 2 * r.y[j] + 1;
        expect_learns(&learners[i], &r, p);
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            const double *v = p + j * LEARN_CLASSES;
            double most = most_of_absent(&learners[i],
                                         MESA_MAX(v[1], v[3]) - 1e-6);

            if (v[0] > most || v[2] > most)
                fail_msg("%s %s: %g and %g for classes without rows",
                         learners[i].name, learners[i].words, v[0], v[2]);
            hits += v[r.y[j]] > v[4 - r.y[j]];
        }
        assert_true(hits > LEARN_ROWS / 2);
    }
}

static void
test_one_class(void **state)
{
    double p[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        for (int32_t only = 0; only < 2; only++) {
            struct mesa_error e = { MESA_OK, 0, "", "" };
            struct learn_rows r;

            learn_rows_make(&r, LEARN_ROWS, 2);
            for (size_t j = 0; j < LEARN_ROWS; j++)
                r.y[j] = only;
            if (learner_fit(&maker, &learners[i], &r.data, &e) != MESA_OK) {
                assert_int_equal(e.status, MESA_EDATA);
                continue;
            }
            assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                                   err));
            expect_proba(&learners[i], p, LEARN_ROWS, 2);
            for (size_t j = 0; j < LEARN_ROWS; j++)
                if (!(p[2 * j + (size_t)only] >
                      (votes(&learners[i]) ? 0.7 : 0.99)))
                    fail_msg("%s %s: %g for the only class",
                             learners[i].name, learners[i].words,
                             p[2 * j + (size_t)only]);
        }
}

/* The rows without weight might as well be absent. */
static void
test_weights_of_zero(void **state)
{
    double p[LEARN_ROWS * 2], q[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows all, half;
        size_t n = 0;

        if (!learners[i].weights || learners[i].sampler ||
            strcmp(learners[i].name, "calibrated") == 0 ||
            strcmp(learners[i].name, "svm") == 0)
            continue; /* which deal out rows by chance */
        if (strcmp(learners[i].name, "gradient_boosting") == 0)
            continue; /* whose bins and smallest leaves count rows */
        learn_rows_make(&all, LEARN_ROWS, 2);
        learn_rows_make(&half, LEARN_ROWS, 2);
        all.data.weight = all.weight;
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            all.weight[j] = j % 3 != 0;
            if (j % 3 == 0)
                continue;
            memcpy(half.x + n * LEARN_COLS, all.x + j * LEARN_COLS,
                   LEARN_COLS * sizeof *half.x);
            half.y[n++] = all.y[j];
        }
        half.data.x.rows = n;
        expect_learns(&learners[i], &all, p);
        assert_ok(learner_fit(&maker, &learners[i], &half.data, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &all.data.x, q,
                                               err));
        for (size_t j = 0; j < LEARN_ROWS * 2; j++)
            if (!(fabs(p[j] - q[j]) < 1e-6))
                fail_msg("%s %s: %.9g with, %.9g without the rows",
                         learners[i].name, learners[i].words, p[j], q[j]);
    }
}

/* A class of which all rows weigh nothing is as good as absent. */
static void
test_weightless_class(void **state)
{
    double p[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;

        if (!learners[i].weights || learners[i].sampler)
            continue;
        learn_rows_make(&r, LEARN_ROWS, 3);
        r.data.weight = r.weight;
        for (size_t j = 0; j < LEARN_ROWS; j++)
            r.weight[j] = r.y[j] == 1 ? 0.0 : 2.0;
        expect_learns(&learners[i], &r, p);
        for (size_t j = 0; j < LEARN_ROWS; j++)
            if (p[3 * j + 1] >
                most_of_absent(&learners[i],
                               MESA_MAX(p[3 * j], p[3 * j + 2]) - 1e-6))
                fail_msg("%s %s: %g for a class without weight",
                         learners[i].name, learners[i].words, p[3 * j + 1]);
    }
}

/* Weights may be of any size, as long as their sum is one. */
static void
test_scaled_weights(void **state)
{
    static const double scale[] = { 1e-300, 1e-30, 1e30, 1e300 };
    double p[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        for (size_t s = 0; s < MESA_COUNT(scale); s++) {
            struct learn_rows r;

            if (!learners[i].weights)
                continue;
            learn_rows_make(&r, LEARN_ROWS, 2);
            r.data.weight = r.weight;
            for (size_t j = 0; j < LEARN_ROWS; j++)
                r.weight[j] = scale[s] * (1 + (double)(j % 3));
            expect_learns(&learners[i], &r, p);
        }
}

/* Nothing can be a share of a sum that is infinite, or of no number. */
static void
test_weights_without_sum(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;

        if (!learners[i].weights)
            continue;
        learn_rows_make(&r, LEARN_ROWS, 2);
        r.data.weight = r.weight;
        for (size_t j = 0; j < LEARN_ROWS; j++)
            r.weight[j] = 1e308;
        assert_error(learner_fit(&maker, &learners[i], &r.data, err),
                     MESA_EDATA, "the weights of the 48 rows add up to inf");
        for (size_t j = 0; j < LEARN_ROWS; j++)
            r.weight[j] = j == 5 ? (double)NAN : 1;
        assert_error(learner_fit(&maker, &learners[i], &r.data, err),
                     MESA_EDATA, "the weights of the 48 rows add up to nan");
    }
}

/* Without any weight there is nothing to learn from. */
static void
test_no_weight(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct mesa_error e = { MESA_OK, 0, "", "" };
        struct learn_rows r;

        if (!learners[i].weights)
            continue;
        learn_rows_make(&r, LEARN_ROWS, 2);
        r.data.weight = r.weight;
        memset(r.weight, 0, sizeof r.weight);
        if (learner_fit(&maker, &learners[i], &r.data, &e) == MESA_OK)
            fail_msg("%s %s learns from rows without weight",
                     learners[i].name, learners[i].words);
        assert_int_equal(e.status, MESA_EDATA);
        assert_non_null(strstr(e.message, "weight"));
    }
}

/* Values whose squares are infinite: probabilities, or MESA_ENUMERIC. */
static void
test_huge_values(void **state)
{
    static const double huge[] = { 1e150, 1e160, 1e300, 1.7e308 };
    double p[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        for (size_t h = 0; h < MESA_COUNT(huge); h++) {
            struct mesa_error e = { MESA_OK, 0, "", "" };
            struct learn_rows r;
            mesa_status st;

            learn_rows_make(&r, LEARN_ROWS, 2);
            for (size_t j = 0; j < LEARN_ROWS; j++)
                r.x[j * LEARN_COLS] = huge[h] * (r.y[j] ? 1 : -1);
            st = learner_fit(&maker, &learners[i], &r.data, &e);
            if (st == MESA_OK)
                st = mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                                  &e);
            if (st != MESA_OK) {
                assert_int_equal(st, MESA_ENUMERIC);
                assert_non_null(strstr(e.message, "large"));
                continue;
            }
            expect_proba(&learners[i], p, LEARN_ROWS, 2);
        }
}

/* The same bits for any number of threads, and for rows by index. */
static void
test_threads(void **state)
{
    static double p[2][LEARN_ROWS * 3];
    size_t index[LEARN_ROWS];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;

        learn_rows_make(&r, LEARN_ROWS, 3);
        for (size_t t = 0; t < 2; t++) {
            assert_ok(mesa_parallel_set_threads(t ? 5 : 1, err));
            if (t) {
                for (size_t j = 0; j < LEARN_ROWS; j++)
                    index[j] = j;
                r.data.x.index = index;
            }
            expect_learns(&learners[i], &r, p[t]);
        }
        assert_ok(mesa_parallel_set_threads(1, err));
        if (memcmp(p[0], p[1], sizeof p[0]) != 0)
            fail_msg("%s %s: threads matter", learners[i].name,
                     learners[i].words);
    }
}

/* Refitting on other data of another shape leaves nothing of the first. */
static void
test_refit(void **state)
{
    double p[LEARN_ROWS * 2], q[LEARN_ROWS * 2];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows first, second;
        struct mesa_rng rng;

        learn_rows_make(&first, LEARN_ROWS, 3);
        learn_rows_make(&second, LEARN_ROWS - 8, 2);
        second.data.x.cols = 2;
        expect_learns(&learners[i], &second, p);
        assert_ok(learner_fit(&maker, &learners[i], &first.data, err));
        mesa_rng_seed(&rng, 7);
        assert_ok(mesa_estimator_fit(maker.made, &second.data, NULL, &rng,
                                     err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &second.data.x, q,
                                               err));
        if (memcmp(p, q, second.data.x.rows * 2 * sizeof *p) != 0)
            fail_msg("%s %s remembers", learners[i].name, learners[i].words);
    }
}

/* A row's prediction is its own: alone, or among others. */
static void
test_rows_alone(void **state)
{
    double p[LEARN_ROWS * 3], q[3];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        struct mesa_cmatrix one;

        learn_rows_make(&r, LEARN_ROWS, 3);
        expect_learns(&learners[i], &r, p);
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            one = r.data.x;
            one.rows = 1;
            one.data += j * LEARN_COLS;
            assert_ok(mesa_estimator_predict_proba(maker.made, &one, q, err));
            assert_memory_equal(q, p + 3 * j, sizeof q);
        }
    }
}

static int
set_up(void **state)
{
    (void)state;
    learner_open(&maker);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    maker_free(&maker);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_two_columns_constant),
        cmocka_unit_test(test_equal_rows),
        cmocka_unit_test(test_absent_classes),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_weights_of_zero),
        cmocka_unit_test(test_weightless_class),
        cmocka_unit_test(test_scaled_weights),
        cmocka_unit_test(test_weights_without_sum),
        cmocka_unit_test(test_no_weight),
        cmocka_unit_test(test_huge_values),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refit),
        cmocka_unit_test(test_rows_alone),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
