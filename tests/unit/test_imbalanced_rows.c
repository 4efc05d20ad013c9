/* SPDX-License-Identifier: MIT */
/* test_imbalanced_rows.c - tasks from a table with a rare class: whose rows,
 * how many of each class, messages. */
#include "task_fixture.h"
#include "table_source.h"

const struct mesa_plugin *imbalanced_rows_plugin(void);
const struct mesa_plugin *classification_plugin(void);
const struct mesa_plugin *standard_plugin(void);

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&numbered_class.head));

static const struct mesa_builtin linked[] = {
    { "sources", "numbered", mesa_plugin },
    { "sources", "imbalanced_rows", imbalanced_rows_plugin },
    { "sources", "classification", classification_plugin },
    { "transforms", "standard", standard_plugin },
    { NULL, NULL, NULL },
};

static mesa_status
open_rows(struct task_world *w, const char *lines, const char *table,
          struct mesa_error *err)
{
    char text[800];

    snprintf(text, sizeof text,
             "type = imbalanced_rows\nrows = table\n%s[table]\n%s", lines,
             table);
    return tasks_open(w, linked, text, 1, err);
}

#define RARE "type = classification\nn_samples = 1000\nflip_y = 0\nweights = "

static size_t
count_rare(const double *y, size_t n)
{
    size_t rare = 0;

    for (size_t r = 0; r < n; r++) {
        assert_true(y[2 * r] + y[2 * r + 1] == 1);
        rare += y[2 * r + 1] == 1;
    }
    return rare;
}

/* A tenth of all rows, whichever class it is. */
static void
test_shares(void **state)
{
    static const char *const weights[] = { RARE "0.9\n", RARE "0.1\n" };
    struct task_world w = { .tasks = NULL };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(weights); i++) {
        const struct mesa_task_batch *t;

        assert_ok(open_rows(&w, "shots = 100\nquery = 60\ntrain_shots = 50\n",
                            weights[i], err));
        assert_shape(&w, MESA_PART_TRAIN, 50, 60, 20, 2);
        assert_shape(&w, MESA_PART_TEST, 100, 1000, 20, 2);
        assert_null(mesa_tasks_shape(w.tasks, MESA_PART_VALID));
        assert_int_equal(mesa_tasks_shape(w.tasks, MESA_PART_TEST)->n_classes,
                         2);
        t = tasks_draw(&w, MESA_PART_TRAIN, 0, 20);
        for (size_t k = 0; k < 20; k++) {
            assert_int_equal(count_rare((const double *)t->support_y +
                                        k * 100, 50), 5);
            assert_int_equal(count_rare((const double *)t->query_y + k * 120,
                                        60), 6);
        }
    }
    tasks_close(&w);
}

/* The first values of the rows of a task that tell rows apart. */
static bool
is_there(double x, const double *rows, size_t n)
{
    for (size_t r = 0; r < n; r++)
        if (rows[20 * r] == x)
            return true;
    return false;
}

/* No row is both to adapt to and to judge by; none of a held-out task is in
 * a training task; in time all are somewhere. */
static void
test_apart(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    enum { TASKS = 8, N = 80 };
    double seen[TASKS * N * 20];

    (void)state;
    assert_ok(open_rows(&w, "shots = 80\nquery = 80\ntest_query = 80\n"
                        "row_split = 0.5, 0.25, 0.25\n", RARE "0.9\n", err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, TASKS);
    memcpy(seen, t->support_x, sizeof seen);
    for (size_t k = 0; k < TASKS; k++)
        for (size_t r = 0; r < N; r++)
            assert_false(is_there(seen[(k * N + r) * 20],
                                  (const double *)t->query_x + k * N * 20,
                                  N));
    for (int p = MESA_PART_VALID; p < MESA_PART_COUNT_; p++) {
        t = tasks_draw(&w, (enum mesa_part)p, 0, TASKS);
        for (size_t r = 0; r < TASKS * N; r++) {
            assert_false(is_there(((const double *)t->support_x)[20 * r],
                                  seen, TASKS * N));
            assert_false(is_there(((const double *)t->query_x)[20 * r], seen,
                                  TASKS * N));
        }
    }
    tasks_close(&w);
}

/* 10 rare rows of 1000, 8 of them for training, 4 in each half: more than
 * that are asked for, so that they take turns. */
static void
test_turns(void **state)
{
    struct task_world w = { .tasks = NULL };
    const double *x, *y;
    size_t times[4] = { 0 }, n = 0;
    double first[4];

    (void)state;
    assert_ok(open_rows(&w, "shots = 1200\n", RARE "0.99\n", err));
    tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    x = w.batch.support_x;
    y = w.batch.support_y;
    assert_int_equal(count_rare(y, 1200), 12);
    for (size_t r = 0; r < 1200; r++) {
        size_t k = 0;

        if (y[2 * r + 1] == 0)
            continue;
        while (k < n && first[k] != x[20 * r])
            k++;
        assert_true(k < 4);
        first[k] = x[20 * r];
        n += k == n;
        times[k]++;
    }
    assert_int_equal(n, 4);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(times[k], 3);
    tasks_close(&w);
}

/* Of training rows: so each column has mean 0 and variance 1 there. */
static void
test_transform(void **state)
{
    struct task_world w = { .tasks = NULL };
    double sum = 0, square = 0;
    const double *x;
    size_t n = 400;

    (void)state;
    assert_ok(open_rows(&w, "shots = 200\ntransform = standard\n"
                        "row_split = 0.8, 0.2\n",
                        RARE "0.5\nshift = 5\n", err));
    tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    for (int half = 0; half < 2; half++) {
        x = half ? w.batch.query_x : w.batch.support_x;
        for (size_t r = 0; r < n / 2; r++) {
            sum += x[20 * r] / (double)n;
            square += x[20 * r] * x[20 * r] / (double)n;
        }
    }
    assert_true(fabs(sum) < 0.15);
    assert_close(square, 1.0, 0.2);
    tasks_close(&w);
}

static void
refuses(const char *lines, const char *table, mesa_status status,
        const char *text)
{
    struct task_world w = { .tasks = NULL };

    assert_error(open_rows(&w, lines, table, err), status, text);
    tasks_close(&w);
}

static void
test_refused(void **state)
{
    (void)state;
    refuses("", "type = numbered\nn_classes = 3\n", MESA_EDATA,
            "[data] imbalanced_rows: [table] gives 3 classes, expected two "
            "classes");
    refuses("train_shots = 1\nquery = 5\n", RARE "0.9\n", MESA_EINVAL,
            "[data] imbalanced_rows: train_shots is 1 and query is 5, but "
            "both classes need a row");
    refuses("row_split = 0.9, 0.1\n", RARE "0.99\n", MESA_EDATA,
            "[data] imbalanced_rows: row_split leaves 1 of 10 rows of the "
            "rarer class to test, expected 2 or more");
    refuses("row_split = 1\n", RARE "0.9\n", MESA_EINVAL,
            "[data] imbalanced_rows: row_split has 1 shares, expected 3 "
            "(training, validation, test) or 2 (training, test)");
    refuses("row_split = 0.9, 0.2\n", RARE "0.9\n", MESA_EINVAL,
            "[data] imbalanced_rows: row_split adds up to 1.1, more than 1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),    cmocka_unit_test(test_apart),
        cmocka_unit_test(test_turns),     cmocka_unit_test(test_transform),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
