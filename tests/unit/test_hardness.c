/* SPDX-License-Identifier: MIT */
/* test_hardness.c - majority rows drawn around an error, and how often. */
#include "test.h"

#include <math.h>

enum { ROWS = 400, MINORITY = 10 };

static int32_t y[ROWS];
static double x[ROWS], proba[2 * ROWS];

/* Every 40th row is of class 1; errors of the others go from 0 to 1. */
static struct mesa_dataset
graded(void)
{
    struct mesa_dataset d = { sizeof d, 0, { x, ROWS, 1, 1, NULL }, y, NULL,
                              { NULL, 0, 0, 0, NULL }, 2, NULL };

    for (size_t r = 0; r < ROWS; r++) {
        y[r] = r % 40 == 39;
        x[r] = (double)r;
        proba[2 * r + 1] = (double)r / (ROWS - 1);
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return d;
}

static struct mesa_feedback
told(void)
{
    return (struct mesa_feedback){ sizeof(struct mesa_feedback), 2, 1, 10,
                                   proba, NULL, NULL, MESA_SAMPLER_USE };
}

static mesa_status
draw(const struct mesa_dataset *d, const struct mesa_feedback *f,
     struct mesa_hardness how, uint64_t seed, struct mesa_sample **out,
     struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    *out = mesa_sample_new(d);
    return mesa_hardness_resample(d, f, &how, *out, &rng, err);
}

/* Shares of the majority rows drawn over many samples. */
static void
count_draws(const struct mesa_feedback *f, struct mesa_hardness how,
            double *share)
{
    struct mesa_dataset d = graded();

    memset(share, 0, ROWS * sizeof *share);
    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct mesa_sample *s;

        assert_ok(draw(&d, f, how, seed, &s, err));
        for (size_t i = 0; i < mesa_sample_rows(s) - MINORITY; i++)
            share[mesa_sample_origin(s, i).kept] += 1.0 / 4000;
        mesa_sample_free(s);
    }
}

/* Drawn majority rows, then the minority in its order. */
static void
test_rows(void **state)
{
    struct mesa_dataset d = graded();
    struct mesa_feedback f = told();
    struct mesa_sample *s;

    (void)state;
    assert_ok(draw(&d, &f, (struct mesa_hardness){ 0.5, 0.2, 2.57 }, 1, &s,
                   err));
    assert_int_equal(mesa_sample_rows(s), 25 + MINORITY);
    for (size_t i = 0; i < 25; i++) {
        size_t row = mesa_sample_origin(s, i).kept;

        assert_int_equal(y[row], 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(row, mesa_sample_origin(s, j).kept);
    }
    for (size_t i = 0; i < MINORITY; i++)
        assert_int_equal(mesa_sample_origin(s, 25 + i).kept, 40 * i + 39);
    mesa_sample_free(s);
}

/* Which of the classes is the minority makes no difference. */
static void
test_classes(void **state)
{
    struct mesa_dataset d = graded();
    struct mesa_feedback f = told();
    struct mesa_hardness how = { 0.3, 0.1, 3 };
    struct mesa_sample *a, *b;

    (void)state;
    assert_ok(draw(&d, &f, how, 3, &a, err));
    for (size_t r = 0; r < ROWS; r++) {
        double p = proba[2 * r];

        y[r] = !y[r];
        proba[2 * r] = proba[2 * r + 1];
        proba[2 * r + 1] = p;
    }
    assert_ok(draw(&d, &f, how, 3, &b, err));
    assert_int_equal(mesa_sample_rows(a), 4 * MINORITY);
    for (size_t i = 0; i < 4 * MINORITY; i++)
        assert_int_equal(mesa_sample_origin(a, i).kept,
                         mesa_sample_origin(b, i).kept);
    mesa_sample_free(a);
    mesa_sample_free(b);
}

/* A single majority row is drawn with just the density of its error. */
static void
test_density(void **state)
{
    struct mesa_feedback f = told();
    static double share[ROWS];
    double total = 0, weight[ROWS];

    (void)state;
    count_draws(&f, (struct mesa_hardness){ 0.7, 0.2, 0.1 }, share);
    for (size_t r = 0; r < ROWS; r++) {
        double z = (proba[2 * r + 1] - 0.7) / 0.2;

        weight[r] = y[r] ? 0 : exp(-z * z / 2);
        total += weight[r];
    }
    for (size_t r = 0; r < ROWS; r++) {
        double p = weight[r] / total;

        assert_true(fabs(share[r] - p) <= 5 * sqrt(p / 4000) + 1e-3);
    }
}

static void
test_without_feedback(void **state)
{
    static double share[2][ROWS];
    struct mesa_feedback f = told();
    struct mesa_hardness how = { 1.0, 0.01, 1.0 };

    (void)state;
    f.proba = NULL;
    count_draws(&f, how, share[0]);
    count_draws(NULL, how, share[1]);
    assert_memory_equal(share[0], share[1], sizeof share[0]);
    for (size_t r = 0; r < ROWS; r++)
        if (!y[r])
            assert_true(fabs(share[0][r] - 10.0 / 390) < 0.015);
}

/* However narrow the Gaussian and far the errors, there are rows enough. */
static void
test_narrow(void **state)
{
    struct mesa_dataset d = graded();
    struct mesa_feedback f = told();
    struct mesa_sample *s;

    (void)state;
    for (double sigma = 1; sigma > 1e-300; sigma *= 1e-30)
        for (double mu = 0; mu <= 1; mu += 0.25) {
            assert_ok(draw(&d, &f, (struct mesa_hardness){ mu, sigma, 39.0 },
                           5, &s, err));
            assert_int_equal(mesa_sample_rows(s), ROWS);
            mesa_sample_free(s);
        }
    /* The nearest row comes first, were it the only one. */
    assert_ok(draw(&d, &f, (struct mesa_hardness){ 0.5, 1e-9, 0.01 }, 5, &s,
                   err));
    assert_int_equal(mesa_sample_rows(s), 1 + MINORITY);
    assert_in_range(mesa_sample_origin(s, 0).kept, 198, 201);
    mesa_sample_free(s);
}

/* The minority is the class with fewer rows, be it class 0. */
static void
test_minority(void **state)
{
    struct mesa_dataset d = graded();
    struct mesa_feedback f = told();
    struct mesa_sample *s;
    uint32_t label;
    size_t rows;

    (void)state;
    assert_ok(mesa_hardness_minority(&d, &label, &rows, err));
    assert_int_equal(label, 1);
    assert_int_equal(rows, MINORITY);
    for (size_t r = 0; r < ROWS; r++)
        y[r] = !y[r];
    assert_ok(mesa_hardness_minority(&d, &label, &rows, err));
    assert_int_equal(label, 0);
    /* Errors of the majority are now what class 0 is given: 1 - r / n. */
    assert_ok(draw(&d, &f, (struct mesa_hardness){ 1.0, 1e-4, 0.1 }, 1, &s,
                   err));
    assert_int_equal(mesa_sample_origin(s, 0).kept, 0);
    mesa_sample_free(s);
    for (size_t r = 0; r < ROWS; r++)
        y[r] = r % 2;
    assert_ok(mesa_hardness_minority(&d, &label, &rows, err));
    assert_int_equal(label, 1);
    assert_int_equal(rows, ROWS / 2);
}

static void
test_errors(void **state)
{
    struct mesa_dataset d = graded();
    struct mesa_sample *s;

    (void)state;
    assert_error(draw(&d, NULL, (struct mesa_hardness){ 1, 0.2, 39.1 }, 1, &s,
                      err),
                 MESA_EINVAL,
                 "train_ir is 39.1 but there are 39.0 majority rows per "
                 "minority row");
    mesa_sample_free(s);
    for (size_t r = 0; r < ROWS; r++)
        y[r] = r == 3;
    assert_error(draw(&d, NULL, (struct mesa_hardness){ 1, 0.2, 1 }, 1, &s,
                      err),
                 MESA_EDATA,
                 "1 of 400 rows are of the minority class, at least 2 are "
                 "needed");
    mesa_sample_free(s);
}

static void
test_memory(void **state)
{
    uint64_t live = mesa_memory_live();
    struct mesa_dataset d = graded();
    struct mesa_feedback f = told();
    uint64_t fail_at = 1;
    mesa_status st;

    (void)state;
    do {
        struct mesa_hardness how = { 0.5, 0.2, 1.0 };
        struct mesa_sample *s = mesa_sample_new(&d);
        struct mesa_error err;
        struct mesa_rng rng;

        mesa_rng_seed(&rng, 1);
        mesa_memory_fail_at(fail_at++);
        st = mesa_hardness_resample(&d, &f, &how, s, &rng, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_sample_free(s);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
    } while (st != MESA_OK);
    assert_in_range(fail_at, 5, 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_density),
        cmocka_unit_test(test_without_feedback),
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_minority),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
