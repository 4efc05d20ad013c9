/* SPDX-License-Identifier: MIT */
/* test_few_shot.c - few-shot tasks from the classes of a table. */
#include "task_fixture.h"
#include "table_source.h"

const struct mesa_plugin *few_shot_plugin(void);
const struct mesa_plugin *standard_plugin(void);
const struct mesa_plugin *onehot_plugin(void);

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&numbered_class.head));

static const struct mesa_builtin linked[] = {
    { "sources", "numbered", mesa_plugin },
    { "sources", "few_shot_classes", few_shot_plugin },
    { "transforms", "standard", standard_plugin },
    { "transforms", "onehot", onehot_plugin },
    { NULL, NULL, NULL },
};

static mesa_status
open_few(struct task_world *w, const char *lines, uint64_t seed,
         struct mesa_error *err)
{
    char text[800];

    snprintf(text, sizeof text, "type = few_shot_classes\nrows = table\n%s",
             lines);
    return tasks_open(w, linked, text, seed, err);
}

#define TABLE "[table]\ntype = numbered\n"

enum { WAYS = 5, CLASSES = 40 };

/* Rows of a task: classes take turns, each with one label throughout, and no
 * row is there twice. */
static void
look_at_rows(const double *x, const double *y, size_t n, int *class_of,
             bool *seen)
{
    for (size_t r = 0; r < n; r++, x += 3, y += WAYS) {
        size_t w = r % WAYS, row = (size_t)x[1];

        for (size_t c = 0; c < WAYS; c++)
            assert_true(y[c] == (c == w));
        if (class_of[w] < 0)
            class_of[w] = (int)x[0];
        assert_int_equal(class_of[w], (int)x[0]);
        assert_int_equal(row % CLASSES, (size_t)x[0]);
        assert_false(seen[row]);
        seen[row] = true;
    }
}

/* The classes that a part's tasks have. */
static void
look_at_part(struct task_world *w, enum mesa_part part, int *used)
{
    const struct mesa_task_shape *s = mesa_tasks_shape(w->tasks, part);
    const struct mesa_task_batch *t = tasks_draw(w, part, 0, 300);

    for (size_t k = 0; k < 300; k++) {
        bool seen[CLASSES * 30] = { false };
        int class_of[WAYS] = { -1, -1, -1, -1, -1 };

        look_at_rows((const double *)t->support_x + k * s->n_support * 3,
                     (const double *)t->support_y + k * s->n_support * WAYS,
                     s->n_support, class_of, seen);
        look_at_rows((const double *)t->query_x + k * s->n_query * 3,
                     (const double *)t->query_y + k * s->n_query * WAYS,
                     s->n_query, class_of, seen);
        for (size_t c = 0; c < WAYS; c++) {
            for (size_t d = 0; d < c; d++)
                assert_int_not_equal(class_of[c], class_of[d]);
            used[class_of[c]]++;
        }
    }
}

/* Each class is in one part, and there about as often as any other. */
static void
test_classes(void **state)
{
    static const size_t share[] = { 0, 26, 6, 8 };
    struct task_world w = { .tasks = NULL };

    (void)state;
    for (uint64_t seed = 1; seed < 4; seed++) {
        int all[CLASSES] = { 0 };

        assert_ok(open_few(&w, seed == 2 ? TABLE "parts = 3\n"
                                         : "shots = 2\ntrain_shots = 3\n"
                                           "query = 4\n" TABLE, seed, err));
        if (seed != 2) {
            assert_shape(&w, MESA_PART_TRAIN, 15, 20, 3, 5);
            assert_shape(&w, MESA_PART_TEST, 10, 20, 3, 5);
        }
        for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
            int used[CLASSES] = { 0 };
            size_t n = 0;

            look_at_part(&w, (enum mesa_part)p, used);
            for (int c = 0; c < CLASSES; c++) {
                double expected = 1500.0 / (double)share[p];

                n += used[c] > 0;
                assert_false(used[c] && all[c]);
                if (used[c])
                    assert_true(fabs(used[c] - expected) <
                                5 * sqrt(expected));
                all[c] += used[c];
            }
            assert_int_equal(n, share[p]);
        }
    }
    assert_shape(&w, MESA_PART_VALID, 10, 20, 3, 5);
    assert_int_equal(mesa_tasks_shape(w.tasks, MESA_PART_VALID)->n_classes,
                     5);
    tasks_close(&w);
}

/* The labels are in the order drawn: a class has each about as often. */
static void
test_labels(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    int count[WAYS] = { 0 };
    double first;

    (void)state;
    assert_ok(open_few(&w, "shots = 1\nquery = 1\n" TABLE, 1, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 4000);
    first = *(const double *)t->support_x;
    for (size_t k = 0; k < 4000 * WAYS; k++)
        if (((const double *)t->support_x)[k * 3] == first)
            count[k % WAYS]++;
    for (size_t c = 0; c < WAYS; c++)
        assert_in_range(count[c], 154 - 60, 154 + 60);
    tasks_close(&w);
}

/* Without validation tasks, and with no test tasks. */
static void
test_shares(void **state)
{
    struct task_world w = { .tasks = NULL };

    (void)state;
    assert_ok(open_few(&w, "class_split = 0.5, 0.5\nways = 20\n" TABLE, 1,
                       err));
    assert_shape(&w, MESA_PART_TRAIN, 20, 300, 3, 20);
    assert_null(mesa_tasks_shape(w.tasks, MESA_PART_VALID));
    assert_shape(&w, MESA_PART_TEST, 20, 300, 3, 20);
    assert_ok(open_few(&w, "class_split = 0.5, 0.5, 0\n" TABLE, 1, err));
    assert_non_null(mesa_tasks_shape(w.tasks, MESA_PART_VALID));
    assert_null(mesa_tasks_shape(w.tasks, MESA_PART_TEST));
    tasks_close(&w);
}

/* All rows of a class can be asked for, each once. */
static void
test_all_rows(void **state)
{
    struct task_world w = { .tasks = NULL };
    int used[CLASSES] = { 0 };

    (void)state;
    assert_ok(open_few(&w, "shots = 13\nquery = 17\n" TABLE, 1, err));
    look_at_part(&w, MESA_PART_TRAIN, used);
    tasks_close(&w);
}

/* The transform sees the rows of training classes, and no others. */
static void
test_transform(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double low = INFINITY, high = -INFINITY, mean = 0, square = 0;
    int used[CLASSES] = { 0 };
    size_t n = 0;

    (void)state;
    assert_ok(open_few(&w, TABLE, 5, err));
    look_at_part(&w, MESA_PART_TRAIN, used);
    for (int c = 0; c < CLASSES; c++)
        if (used[c]) {
            mean += c / 26.0;
            n++;
        }
    assert_int_equal(n, 26);
    for (int c = 0; c < CLASSES; c++)
        if (used[c])
            square += (c - mean) * (c - mean) / 26.0;
    assert_ok(open_few(&w, TABLE "[transform]\ntype = standard\n", 5, err));
    t = tasks_draw(&w, MESA_PART_TEST, 0, 300);
    for (size_t k = 0; k < 300 * WAYS; k++) {
        double c = ((const double *)t->support_x)[k * 3] * sqrt(square) + mean;

        assert_true(fabs(c - rint(c)) < 1e-9 && !used[(int)rint(c)]);
        assert_bits_equal(((const double *)t->support_x)[k * 3 + 2], 0);
        low = fmin(low, c);
        high = fmax(high, c);
    }
    assert_true(low < high);
    assert_ok(open_few(&w, TABLE "categories = yes\n[transform]\n"
                       "type = onehot\n", 5, err));
    tasks_draw(&w, MESA_PART_TEST, 0, 3);
    tasks_close(&w);
}

static void
test_errors(void **state)
{
    static const struct {
        const char *lines;
        mesa_status status;
        const char *message;
    } wrong[] = {
        { "class_split = 1\n" TABLE, MESA_EINVAL,
          "class_split has 1 shares, expected 3 (training, validation, test) "
          "or 2 (training, test)" },
        { "class_split = 0.9, 0.9\n" TABLE, MESA_EINVAL,
          "class_split adds up to 1.8, more than 1" },
        { "ways = 7\n" TABLE, MESA_EDATA,
          "class_split leaves 6 of 40 classes to valid, expected 7 or "
          "more" },
        { "class_split = 0, 1\n" TABLE, MESA_EDATA,
          "class_split leaves 0 of 40 classes to train, expected 5 or "
          "more" },
        { "class_split = 0.9, 0.1\n" TABLE, MESA_EDATA,
          "class_split leaves 4 of 40 classes to test, expected 5 or "
          "more" },
        { TABLE "small = 12\n", MESA_EDATA,
          "class 'c12' has 12 rows, but shots + query are 16" },
        { "train_shots = 3\nclass_split = 1, 0\n" TABLE "small = 12\n",
          MESA_EDATA, "class 'c12' has 12 rows, but train_shots + query are "
          "18" },
        { TABLE "missing = 3\n", MESA_EDATA,
          "row 3 has no value in column 'third', tasks need one: [transform] "
          "impute makes some" },
        { TABLE "categories = yes\n", MESA_EDATA,
          "column 'third' holds categories, tasks take numbers: [transform] "
          "onehot makes some" },
    };
    struct task_world w = { .tasks = NULL };
    char message[300];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(wrong); i++) {
        snprintf(message, sizeof message, "[data] few_shot_classes: %s",
                 wrong[i].message);
        assert_error(open_few(&w, wrong[i].lines, 1, err), wrong[i].status,
                     message);
    }
    tasks_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_all_rows),
        cmocka_unit_test(test_transform),
        cmocka_unit_test(test_errors),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
