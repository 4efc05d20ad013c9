/* SPDX-License-Identifier: MIT */
/* test_svm_smote.c - the same support vectors, in danger or not, and the same
 * distribution as imbalanced-learn's; and what cannot be done. */
#include "over_fixture.h"

#include <math.h>

#include "warn.h"

const struct mesa_plugin *svm_smote_plugin(void);

/* The split between both groups is drawn once a call, so there are many. */
static void
test_distribution(void **state)
{
    const struct golden_over *g = find_golden("svm_smote");
    const struct mesa_dataset d = over_data();
    struct below b = { { 0 }, { { { 0 } } } };

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct fixture fx;

        assert_ok(over_run(&fx, svm_smote_plugin(),
                           "sampling_strategy = 1:+50, 2:+50\n", NULL, &d,
                           seed, err));
        count_below(&fx, g, &b);
        over_done(&fx);
    }
    assert_int_equal(b.n[0], 10000);
    assert_int_equal(b.n[1], 10000);
    assert_same_distribution(&b, "svm_smote");
}

/* Rows in danger go towards a neighbour, safe ones away from it, noise
 * nowhere. */
static void
test_support(void **state)
{
    const struct mesa_dataset d = over_data();
    int seen[OVER_ROWS] = { 0 };
    struct fixture fx;

    (void)state;
    assert_ok(over_run(&fx, svm_smote_plugin(),
                       "sampling_strategy = 1:4000, 2:4000\n", NULL, &d, 1,
                       err));
    for (size_t i = OVER_ROWS; i < fx.rows->x.rows; i++) {
        const struct mesa_origin o = mesa_sample_origin(fx.sample, i);
        int kind = o.step < 0 ? 2 : 1;

        assert_true(o.step > -0.5 && o.step < 1);
        assert_true(seen[o.parent_a] == 0 || seen[o.parent_a] == kind);
        seen[o.parent_a] = kind;
    }
    over_done(&fx);
    for (size_t r = 0; r < OVER_ROWS; r++)
        assert_int_equal(seen[r], over_support[r] % 3);
}

static size_t n_heard;
static char heard[500];

static void
hear(void *context, const char *line)
{
    (void)context;
    n_heard++;
    snprintf(heard, sizeof heard, "%s", line);
}

/* Twenty rows of class 0 around each of two of class 1: all noise. */
static void
test_noise(void **state)
{
    double x[42];
    int32_t y[42] = { 0 };
    struct mesa_dataset d = { sizeof d, 0, { x, 42, 1, 1, NULL }, y, NULL,
                              { NULL, 0, 0, 0, NULL }, 2, NULL };
    struct fixture fx;

    (void)state;
    for (size_t r = 0; r < 42; r++) {
        x[r] = (double)(r % 21) * 0.01 + (r < 21 ? 0 : 100);
        y[r] = r % 21 == 10;
    }
    n_heard = 0;
    mesa_warn_to(hear, NULL);
    assert_ok(over_run(&fx, svm_smote_plugin(), "k_neighbors = auto\n", NULL,
                       &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 42);
    over_done(&fx);
    mesa_warn_to(NULL, NULL);
    assert_int_equal(n_heard, 2);
    assert_string_equal(heard,
                        "svm_smote: class 1 has no support vector that is "
                        "not noise, so no row is made of it");
}

/* Where all are safe, they get everything. */
static void
test_one_group(void **state)
{
    double x[60];
    int32_t y[60] = { 0 };
    struct mesa_dataset d = { sizeof d, 0, { x, 60, 1, 1, NULL }, y, NULL,
                              { NULL, 0, 0, 0, NULL }, 2, NULL };
    struct fixture fx;

    (void)state;
    for (size_t r = 0; r < 60; r++) {
        y[r] = r >= 40;
        x[r] = (double)r + (r < 40 ? 0 : 100);
    }
    assert_ok(over_run(&fx, svm_smote_plugin(), "out_step = 0.25\n", NULL,
                       &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 80);
    for (size_t i = 60; i < 80; i++) {
        double step = mesa_sample_origin(fx.sample, i).step;

        assert_true(step <= 0 && step > -0.25);
    }
    over_done(&fx);
}

static void
test_refusals(void **state)
{
    const struct mesa_dataset d = over_data();
    struct fixture fx;

    (void)state;
    assert_error(over_run(&fx, svm_smote_plugin(), "m_neighbors = 150\n",
                          NULL, &d, 1, err),
                 MESA_EINVAL,
                 "[sampler] svm_smote: m_neighbors is 150 but there are 150 "
                 "rows: 149 at most, or auto");
    over_done(&fx);
    assert_error(over_run(&fx, svm_smote_plugin(), "k_neighbors = 18\n", NULL,
                          &d, 1, err),
                 MESA_EINVAL,
                 "[sampler] svm_smote: k_neighbors is 18 but class 2 has 18 "
                 "rows: 17 at most, or auto");
    over_done(&fx);
}

/* n rows of which every step-th is of class 1, in two columns. */
static struct mesa_dataset
every(size_t n, size_t step, double scale, double *x, int32_t *y)
{
    for (size_t r = 0; r < n; r++) {
        y[r] = r % step == 0;
        x[2 * r] = scale * (double)(r * 7 % n);
        x[2 * r + 1] = scale * (double)(y[r] ? r % 3 : r % 5);
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, n, 2, 2, NULL },
                                  .y = y,
                                  .n_classes = 2 };
}

static void
be_silent(void *context, const char *line)
{
    (void)context;
    (void)line;
}

/* The least, the largest and the most alike rows: finite rows or none. */
static void
test_limits(void **state)
{
    static const double scales[] = { 0, 5e-324, 1e-200, 1e-3, 1e100, 1e154,
                                     1e200, 1e305 };
    static const size_t sizes[][2] = { { 4, 2 }, { 5, 3 }, { 40, 4 } };
    double x[80];
    int32_t y[40];

    (void)state;
    mesa_warn_to(be_silent, NULL);
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        for (size_t k = 0; k < 3; k++) {
            const struct mesa_dataset d = every(sizes[k][0], sizes[k][1],
                                                scales[i], x, y);
            struct fixture fx;

            assert_ok(over_run(&fx, svm_smote_plugin(),
                               "k_neighbors = auto\nm_neighbors = auto\n"
                               "sampling_strategy = 1:+30\n",
                               NULL, &d, 1, err));
            assert_true(fx.rows->x.rows == d.x.rows ||
                        fx.rows->x.rows == d.x.rows + 30);
            for (size_t r = 0; r < fx.rows->x.rows; r++)
                for (size_t j = 0; j < 2; j++)
                    if (!isfinite(mesa_row(&fx.rows->x, r)[j]))
                        fail_msg("scale %g, row %zu of %zu", scales[i], r,
                                 d.x.rows);
            over_done(&fx);
        }
    mesa_warn_to(NULL, NULL);
}

/* gamma = scale is what scikit-learn says; another gamma and c find other
 * rows. */
static void
test_machine(void **state)
{
    static const char *const lines[] = { "", "gamma = scale\n",
                                         "gamma = 30\n", "c = 1000\n" };
    const struct mesa_dataset d = over_data();
    size_t from[4][OVER_ROWS], differ = 0;
    double mean = 0, square = 0, n = OVER_ROWS * OVER_COLS;
    char text[100];
    struct fixture fx;

    (void)state;
    for (size_t i = 0; i < OVER_ROWS * OVER_COLS; i++)
        mean += over_x[i] / n;
    for (size_t i = 0; i < OVER_ROWS * OVER_COLS; i++)
        square += (over_x[i] - mean) * (over_x[i] - mean) / n;
    for (size_t i = 0; i < 4; i++) {
        assert_ok(over_run(&fx, svm_smote_plugin(), lines[i], NULL, &d, 1,
                           err));
        count_children(&fx, from[i]);
        over_done(&fx);
    }
    assert_memory_equal(from[0], from[1], sizeof from[0]);
    for (size_t i = 2; i < 4; i++)
        differ += memcmp(from[0], from[i], sizeof from[0]) != 0;
    assert_int_equal(differ, 2);
    snprintf(text, sizeof text, "gamma = %.17g\n", 1 / (OVER_COLS * square));
    assert_ok(over_run(&fx, svm_smote_plugin(), text, NULL, &d, 1, err));
    count_children(&fx, from[1]);
    over_done(&fx);
    assert_memory_equal(from[0], from[1], sizeof from[0]);
}

static void
test_memory_running_out(void **state)
{
    const struct mesa_dataset d = over_data();
    struct fixture fx;
    struct mesa_rng rng;
    uint64_t live, k = 0;
    mesa_status st;

    (void)state;
    over_make(&fx, svm_smote_plugin(), "", NULL, &d);
    live = mesa_memory_live();
    do {
        struct mesa_error e = { MESA_OK, 0, "", "" };
        struct mesa_sample *s = mesa_sample_new(&d);

        mesa_rng_seed(&rng, 1);
        mesa_memory_fail_at(k++);
        st = mesa_sampler_resample(fx.sampler, &d, NULL, s, &rng, &e);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK && st != MESA_ENOMEM)
            fail_msg("allocation %d: %s", (int)k, e.message);
        assert_int_equal(mesa_sample_rows(s) == 300, st == MESA_OK);
        mesa_sample_free(s);
        assert_int_equal(mesa_memory_live(), live);
    } while (st != MESA_OK);
    assert_true(k > 10);
    over_done(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_support),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_one_group),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_memory_running_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
