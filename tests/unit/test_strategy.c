/* SPDX-License-Identifier: MIT */
/* test_strategy.c - sampling_strategy against imbalanced-learn, and refusals
 * of its own. */
#include "test.h"

#include "../golden/strategy.h"

/* Rows of each class, one class after the other; y has room for all. */
static struct mesa_dataset
rows_of(const size_t *rows, size_t n_classes, int32_t *y)
{
    size_t n = 0;

    for (size_t c = 0; c < n_classes; c++)
        for (size_t i = 0; i < rows[c]; i++)
            y[n++] = (int32_t)c;
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { NULL, n, 0, 0, NULL },
                                  .y = y,
                                  .n_classes = (uint32_t)n_classes };
}

/* Word, ratio, pairs and lists, for each use: the same targets, and the same
 * ones refused. */
static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_strategies / sizeof *golden_strategies;
         i++) {
        const struct golden_strategy *g = &golden_strategies[i];
        int32_t y[1100];
        size_t target[3];
        struct mesa_dataset d = rows_of(g->rows, g->n_classes, y);
        struct mesa_error err;
        mesa_status st;

        st = mesa_strategy_resolve(g->text, (enum mesa_strategy_use)g->use,
                                   &d, target, &err);
        if (st != (g->refused ? MESA_EINVAL : MESA_OK))
            fail_msg("%s, use %d, %zu and %zu rows: %s", g->text, g->use,
                     g->rows[0], g->rows[1], mesa_status_name(st));
        for (size_t c = 0; !g->refused && c < g->n_classes; c++)
            if (target[c] != g->target[c])
                fail_msg("%s, use %d, %zu and %zu rows: class %zu gets %zu, "
                         "expected %zu", g->text, g->use, g->rows[0],
                         g->rows[1], c, target[c], g->target[c]);
    }
}

static void
expect_refusal(const char *text, enum mesa_strategy_use use,
               const struct mesa_dataset *d, const char *message)
{
    size_t target[4];

    assert_error(mesa_strategy_resolve(text, use, d, target, err),
                 MESA_EINVAL, message);
}

static void
test_refusals(void **state)
{
    static const size_t rows[] = { 100, 20 };
    int32_t y[120];
    struct mesa_dataset d = rows_of(rows, 2, y);

    (void)state;
    expect_refusal("", MESA_STRATEGY_UNDER, &d, "sampling_strategy is empty");
    expect_refusal(" , ", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy is empty");
    expect_refusal("0:4,1:5,0:5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:4,1:5,0:5 names class '0' twice");
    expect_refusal("0 0", MESA_STRATEGY_CLEAN, &d,
                   "sampling_strategy 0 0 names class '0' twice");
    expect_refusal("minority", MESA_STRATEGY_CLEAN, &d,
                   "sampling_strategy minority cannot be used for cleaning");
    expect_refusal("0:-1", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:-1: '-1' is no count");
    expect_refusal("0:", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:: '' is no count");
    expect_refusal("0:1.5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:1.5: '1.5' is no count");
    expect_refusal(":5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy :5: there are no rows of class ''");
    expect_refusal("-1:5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy -1:5: there are no rows of class '-1'");
    expect_refusal("nan", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy is nan, expected a ratio > 0 and <= 1");
    /* Too many rows for any integer. */
    expect_refusal("1e-300", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 1e-300 would keep 9000000000000000 rows "
                   "of class '0' but there are 100");
    d.y = NULL;
    expect_refusal("auto", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy auto: the data have no classes");
}

/* Names come first, so a class called "1" is not class number 1. */
static void
test_names_and_numbers(void **state)
{
    static const char *const names[] = { "1", "two words", "0" };
    static const struct mesa_schema schema = {
        .struct_size = sizeof schema, .n_classes = 3, .class_name = names
    };
    static const size_t rows[] = { 50, 40, 30 };
    int32_t y[120];
    struct mesa_dataset d = rows_of(rows, 3, y);
    size_t target[3];

    (void)state;
    d.schema = &schema;
    assert_ok(mesa_strategy_resolve("1:10,0:20", MESA_STRATEGY_UNDER, &d,
                                    target, err));
    assert_int_equal(target[0], 10);
    assert_int_equal(target[1], 40);
    assert_int_equal(target[2], 20);
    assert_ok(mesa_strategy_resolve("2:7", MESA_STRATEGY_UNDER, &d, target,
                                    err));
    assert_int_equal(target[2], 7);
    /* A single class number is a list for cleaning, not a ratio. */
    assert_ok(mesa_strategy_resolve("1", MESA_STRATEGY_CLEAN, &d, target,
                                    err));
    assert_int_equal(target[0], 1);
    assert_int_equal(target[1] + target[2], 0);
    expect_refusal("two words:5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy is 'two words:5', expected a ratio, a "
                   "word, or class:count pairs");
}

/* The smallest and the largest class without knowing which they are, and so
 * many rows more; a class that has such a name goes first. */
static void
test_words_in_pairs(void **state)
{
    static const char *const names[] = { "minority", "b", "c" };
    static const struct mesa_schema schema = {
        .struct_size = sizeof schema, .n_classes = 3, .class_name = names
    };
    static const size_t rows[] = { 50, 40, 30 };
    int32_t y[120];
    struct mesa_dataset d = rows_of(rows, 3, y);
    size_t target[3];

    (void)state;
    assert_ok(mesa_strategy_resolve("minority:+100, 1:+1", MESA_STRATEGY_OVER,
                                    &d, target, err));
    assert_int_equal(target[0], 50);
    assert_int_equal(target[1], 41);
    assert_int_equal(target[2], 130);
    assert_ok(mesa_strategy_resolve("majority:7", MESA_STRATEGY_UNDER, &d,
                                    target, err));
    assert_int_equal(target[0], 7);
    expect_refusal("0:+5", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:+5: '+5' is no count");
    expect_refusal("0:++5", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy 0:++5: '++5' is no count");
    expect_refusal("0:+", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy 0:+: '+' is no count");
    expect_refusal("0 minority", MESA_STRATEGY_CLEAN, &d,
                   "sampling_strategy 0 minority: there are no rows of class "
                   "'minority'");
    d.schema = &schema;
    assert_ok(mesa_strategy_resolve("minority:60", MESA_STRATEGY_OVER, &d,
                                    target, err));
    assert_int_equal(target[0], 60);
}

/* Counts at the ends of what an integer holds, and signs where none may be. */
static void
test_counts_at_their_limits(void **state)
{
    static const size_t rows[] = { 50, 40 };
    int32_t y[90];
    struct mesa_dataset d = rows_of(rows, 2, y);
    size_t target[2];

    (void)state;
    assert_ok(mesa_strategy_resolve("1:+0", MESA_STRATEGY_OVER, &d, target,
                                    err));
    assert_int_equal(target[1], 40);
    assert_ok(mesa_strategy_resolve("1:40", MESA_STRATEGY_OVER, &d, target,
                                    err));
    assert_int_equal(target[1], 40);
    assert_ok(mesa_strategy_resolve("majority:+9223372036854775807",
                                    MESA_STRATEGY_OVER, &d, target, err));
    assert_true(target[0] == (size_t)INT64_MAX + 50);
    assert_ok(mesa_strategy_resolve(",,0:50\t1:0,", MESA_STRATEGY_UNDER, &d,
                                    target, err));
    assert_int_equal(target[0], 50);
    assert_int_equal(target[1], 0);
    expect_refusal("1:+9223372036854775808", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy 1:+9223372036854775808: "
                   "'+9223372036854775808' is no count");
    expect_refusal("1:+-5", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy 1:+-5: '+-5' is no count");
    expect_refusal("minority:+1 1:+1", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy minority:+1 1:+1 names class '1' "
                   "twice");
    expect_refusal("2:+1", MESA_STRATEGY_OVER, &d,
                   "sampling_strategy 2:+1: there are no rows of class '2'");
}

/* Classes without rows are no minority, and take part in nothing. */
static void
test_absent_classes(void **state)
{
    static const size_t rows[] = { 0, 9, 4 };
    int32_t y[13];
    struct mesa_dataset d = rows_of(rows, 3, y);
    size_t target[3];

    (void)state;
    assert_ok(mesa_strategy_resolve("all", MESA_STRATEGY_OVER, &d, target,
                                    err));
    assert_int_equal(target[0], 0);
    assert_int_equal(target[2], 9);
    assert_ok(mesa_strategy_resolve("0.5", MESA_STRATEGY_UNDER, &d, target,
                                    err));
    assert_int_equal(target[0], 0);
    assert_int_equal(target[1], 8);
    assert_int_equal(target[2], 4);
    assert_ok(mesa_strategy_resolve("all", MESA_STRATEGY_CLEAN, &d, target,
                                    err));
    assert_int_equal(target[0], 0);
    expect_refusal("0:0", MESA_STRATEGY_UNDER, &d,
                   "sampling_strategy 0:0: there are no rows of class '0'");
}

static void
test_memory_running_out(void **state)
{
    static const size_t rows[] = { 3, 2 };
    int32_t y[5];
    struct mesa_dataset d = rows_of(rows, 2, y);
    uint64_t live = mesa_memory_live();
    size_t target[2];

    (void)state;
    mesa_memory_fail_at(0);
    assert_error(mesa_strategy_resolve("auto", MESA_STRATEGY_UNDER, &d,
                                       target, err),
                 MESA_ENOMEM, "out of memory: 2 counts");
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_names_and_numbers),
        cmocka_unit_test(test_words_in_pairs),
        cmocka_unit_test(test_counts_at_their_limits),
        cmocka_unit_test(test_absent_classes),
        cmocka_unit_test(test_memory_running_out),
    };

    return cmocka_run_group_tests_name("strategy", tests, NULL, NULL);
}
