/* SPDX-License-Identifier: MIT */
/* test_imbalanced_tasks.c - tables with a rare class: shares, scales,
 * overlap, messages. */
#include "task_fixture.h"

#include <math.h>

const struct mesa_plugin *imbalanced_tasks_plugin(void);

static const struct mesa_builtin linked[] = {
    { "sources", "imbalanced_tasks", imbalanced_tasks_plugin },
    { NULL, NULL, NULL },
};

enum { TASKS = 300 };

static size_t
count_rare(const double *y, size_t n)
{
    size_t rare = 0;

    for (size_t r = 0; r < n; r++) {
        assert_true(y[2 * r] + y[2 * r + 1] == 1);
        assert_true(y[2 * r] == 0 || y[2 * r] == 1);
        rare += y[2 * r + 1] == 1;
    }
    return rare;
}

/* Logarithms of shares are uniform; support and query have the same. */
static void
test_shares(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double low = 1, high = 0, mean = 0;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = imbalanced_tasks\n"
                         "minority = 0.01, 0.25\nn_features = 2\n"
                         "shots = 1000\nquery = 500\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 1000, 500, 2, 2);
    assert_shape(&w, MESA_PART_VALID, 1000, 1000, 2, 2);
    assert_int_equal(mesa_tasks_shape(w.tasks, MESA_PART_TEST)->n_classes, 2);
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, TASKS);
    for (size_t k = 0; k < TASKS; k++) {
        const double *support = (const double *)t->support_y + k * 2000;
        const double *query = (const double *)t->query_y + k * 1000;
        double share = (double)count_rare(support, 1000) / 1000;

        assert_true(fabs((double)count_rare(query, 500) / 500 - share) <
                    0.0016);
        low = fmin(low, share);
        high = fmax(high, share);
        mean += log(share) / TASKS;
        /* spread over the rows: half of them in the first half */
        assert_true(fabs((double)count_rare(support, 500) / 500 - share) <
                    0.0021);
    }
    assert_true(low >= 0.01 && low < 0.0115);
    assert_true(high <= 0.25 && high > 0.23);
    assert_close(exp(mean), 0.05, 0.15);
    tasks_close(&w);
}

/* Few rows still have both classes. */
static void
test_few_rows(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = imbalanced_tasks\nshots = 5\n"
                         "query = 2\nminority = 0.5\n", 1, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    assert_int_equal(count_rare(t->support_y, 5), 3);
    assert_int_equal(count_rare(t->query_y, 2), 1);
    assert_ok(tasks_open(&w, linked, "type = imbalanced_tasks\nshots = 5\n"
                         "minority = 0.001\n", 1, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    assert_int_equal(count_rare(t->support_y, 5), 1);
    tasks_close(&w);
}

/* Over many tables, with and without long tails: mean 0, variance 1. */
static void
test_scale(void **state)
{
    struct task_world w = { .tasks = NULL };

    (void)state;
    for (int tail = 0; tail < 2; tail++) {
        char lines[160];
        const double *x;
        double worst = 0, square = 0;
        size_t n = 4000;

        snprintf(lines, sizeof lines, "type = imbalanced_tasks\ntail = %g\n"
                 "shots = %zu\nquery = 1000\nminority = 0.1\n"
                 "overlap = 0.5\nn_clusters = 3\nn_features = 1\n",
                 tail * 0.4, n);
        assert_ok(tasks_open(&w, linked, lines, 2, err));
        x = tasks_draw(&w, MESA_PART_TRAIN, 0, TASKS)->support_x;
        for (size_t k = 0; k < TASKS; k++) {
            double mean = 0;

            for (size_t r = 0; r < n; r++) {
                mean += x[k * n + r] / (double)n;
                square += x[k * n + r] * x[k * n + r] / (double)(n * TASKS);
            }
            worst = fmax(worst, fabs(mean));
        }
        assert_true(worst < 5 / sqrt((double)n));
        assert_close(square, 1.0, 0.02);
    }
    tasks_close(&w);
}

/* How well a threshold on the only column tells the classes apart: the
 * largest difference of their distributions. */
static double
apart(const double *x, const double *y, size_t n)
{
    double most = 0;

    for (size_t k = 0; k < n; k++) {
        double below[2] = { 0, 0 }, rows[2] = { 0, 0 };

        for (size_t r = 0; r < n; r++) {
            size_t c = y[2 * r + 1] == 1;

            rows[c]++;
            below[c] += x[r] <= x[k];
        }
        most = fmax(most, fabs(below[0] / rows[0] - below[1] / rows[1]));
    }
    return most;
}

/* Far apart, the classes are told apart but for the rows that overlap. */
static void
test_overlap(void **state)
{
    struct task_world w = { .tasks = NULL };

    (void)state;
    for (int overlap = 0; overlap <= 10; overlap += 5) {
        char lines[200];
        double mean = 0;

        snprintf(lines, sizeof lines, "type = imbalanced_tasks\n"
                 "n_features = 1\nn_clusters = 1\nseparation = 1000\n"
                 "minority = 0.5\noverlap = %g\nshots = 400\ntail = 0\n",
                 overlap / 10.0);
        assert_ok(tasks_open(&w, linked, lines, 1, err));
        tasks_draw(&w, MESA_PART_TRAIN, 0, 20);
        for (size_t k = 0; k < 20; k++)
            mean += apart((const double *)w.batch.support_x + k * 400,
                          (const double *)w.batch.support_y + k * 800, 400) /
                    20;
        assert_true(fabs(mean - (1 - overlap / 10.0)) < 0.1);
    }
    tasks_close(&w);
}

static void
refuses(const char *lines, const char *text)
{
    struct task_world w = { .tasks = NULL };
    char all[300];

    snprintf(all, sizeof all, "type = imbalanced_tasks\n%s", lines);
    assert_error(tasks_open(&w, linked, all, 1, err), MESA_EINVAL, text);
    tasks_close(&w);
}

static void
test_refused(void **state)
{
    (void)state;
    refuses("minority = 0, 0.1\n",
            "[data] imbalanced_tasks: minority is from 0 to 0.1, expected "
            "shares > 0 and <= 0.5");
    refuses("minority = 0.1, 0.6\n",
            "[data] imbalanced_tasks: minority is from 0.1 to 0.6, expected "
            "shares > 0 and <= 0.5");
    refuses("overlap = -1, 0.6\n",
            "[data] imbalanced_tasks: overlap is from -1 to 0.6, expected "
            "shares >= 0 and <= 1");
    refuses("separation =\n",
            "[data] imbalanced_tasks: separation is empty, expected one "
            "number, or two: from, to");
    refuses("separation = -1, 2\n",
            "[data] imbalanced_tasks: separation is from -1, expected 0 or "
            "more");
    refuses("train_shots = 1\n",
            "[data] imbalanced_tasks: train_shots is 1, but both classes "
            "need a row");
    refuses("query = 1\n",
            "[data] imbalanced_tasks: query is 1, but both classes need a "
            "row");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),  cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_scale),   cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
