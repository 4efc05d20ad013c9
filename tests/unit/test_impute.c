/* SPDX-License-Identifier: MIT */
/* test_impute.c - what is put for missing values is scikit-learn's, and what
 * is there stays. */
#include "maker.h"
#include "warn.h"

#include <math.h>

#include "../golden/impute.h"

const struct mesa_plugin *impute_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "transforms", "impute", impute_plugin },
    { NULL, NULL, NULL },
};

static const char *const names[] = { "a", "b", "c" };
static const struct mesa_column columns[] = {
    { "w", MESA_NUMERIC, 0, NULL },
    { "x", MESA_NUMERIC, 0, NULL },
    { "y", MESA_NUMERIC, 0, NULL },
    { "z", MESA_CATEGORICAL, 3, names }
};
static const struct mesa_schema schema = { sizeof schema, 0, 4, columns, NULL,
                                           NULL, 0, NULL };

static struct mesa_dataset
golden_data(void)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .flags = MESA_DATA_MISSING,
        .x = { impute_x, IMPUTE_ROWS, IMPUTE_COLS, IMPUTE_COLS, NULL },
    };
}

static struct maker *
start(void)
{
    static struct maker m;

    memset(&m, 0, sizeof m);
    assert_ok(mesa_registry_init(&m.registry, plugins, err));
    return &m;
}

static mesa_status
fit(struct maker *m, const char *words, const struct mesa_dataset *d,
    struct mesa_error *err)
{
    mesa_status st = maker_make(m, MESA_KIND_TRANSFORM, "impute", words, err);

    return st == MESA_OK ? mesa_transform_fit(m->made, d, err) : st;
}

static void
assert_filled(struct maker *m, const double *expected)
{
    const struct mesa_dataset d = golden_data();
    static double out[IMPUTE_ROWS * IMPUTE_COLS];

    assert_ok(mesa_transform_apply(m->made, &d.x, out, err));
    for (size_t i = 0; i < IMPUTE_ROWS * IMPUTE_COLS; i++)
        if (isnan(impute_x[i]))
            assert_close(out[i], expected[i % IMPUTE_COLS], 1e-14);
        else
            assert_bits_equal(out[i], impute_x[i]);
}

static void
test_strategies(void **state)
{
    static const double seven[] = { 7, 7, 7, 7 };
    const struct mesa_dataset d = golden_data();
    struct maker *m = start();

    (void)state;
    assert_ok(fit(m, "", &d, err));
    assert_filled(m, impute_mean);
    assert_ok(fit(m, "strategy=median", &d, err));
    assert_filled(m, impute_median);
    assert_ok(fit(m, "strategy=most_frequent", &d, err));
    assert_filled(m, impute_most_frequent);
    assert_ok(fit(m, "strategy=constant fill_value=7", &d, err));
    assert_filled(m, seven);
    maker_free(m);
}

static void
test_categories(void **state)
{
    struct mesa_dataset d = golden_data();
    struct maker *m = start();
    double expected[IMPUTE_COLS];

    (void)state;
    d.schema = &schema;
    memcpy(expected, impute_mean, sizeof expected);
    expected[3] = impute_most_frequent[3];
    assert_ok(fit(m, "strategy=mean", &d, err));
    assert_filled(m, expected);
    assert_error(fit(m, "strategy=constant fill_value=3", &d, err),
                 MESA_EINVAL,
                 "[transform] impute: fill_value is 3, which is none of the "
                 "3 categories of column 'z'");
    maker_free(m);
}

/* For each column with missing values one that says where, after the
 * others; and again from a file. */
static void
test_indicators(void **state)
{
    static const double x[] = { 1, NAN, 3, 0, NAN, 5, NAN, 2 };
    static const double out[] = { 1, 5, 3, 0, 0, 1, 0,
                                  1, 5, 3, 2, 1, 0, 1 };
    struct mesa_dataset d = golden_data(), after;
    struct mesa_archive *a = mesa_archive_new();
    struct maker *m = start();
    double *block;

    (void)state;
    d.x = (struct mesa_cmatrix){ x, 2, 4, 4, NULL };
    d.schema = &schema;
    assert_ok(fit(m, "add_indicator=yes", &d, err));
    assert_ok(mesa_instance_save(m->made, a, "t", 0, err));
    for (int loaded = 0; loaded < 2; loaded++) {
        assert_ok(mesa_transformed(m->made, &d, &after, &block, err));
        assert_int_equal(after.x.cols, 7);
        assert_int_equal(after.flags, 0);
        assert_memory_equal(block, out, sizeof out);
        assert_int_equal(after.schema->n_columns, 7);
        assert_string_equal(after.schema->column[3].name, "z");
        assert_int_equal(after.schema->column[3].type, MESA_CATEGORICAL);
        assert_string_equal(after.schema->column[3].category[2], "c");
        assert_string_equal(after.schema->column[4].name,
                            "missingindicator_w");
        assert_string_equal(after.schema->column[6].name,
                            "missingindicator_y");
        assert_int_equal(after.schema->column[6].type, MESA_NUMERIC);
        mesa_free(block);
        assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "impute",
                             "add_indicator=yes", err));
        assert_ok(mesa_instance_load(m->made, a, "t", 0, err));
    }
    mesa_archive_free(a);
    /* Complete when fitted: nothing is appended. */
    d.x = (struct mesa_cmatrix){ out, 1, 4, 4, NULL };
    assert_ok(fit(m, "add_indicator=yes", &d, err));
    assert_int_equal(mesa_transform_columns(m->made, NULL), 4);
    maker_free(m);
}

static void
test_damaged(void **state)
{
    static const uint64_t shape[] = { 1, 2, 0 };
    static const double fill[] = { 1, 2 };
    static const struct {
        size_t      n;
        uint64_t    column[3];
        const char *message;
    } bad[] = {
        { 3, { 0, 1, 1 },
          "[transform] impute: indicated is not a list of at most 2 "
          "columns" },
        { 2, { 0, 2 }, "[transform] impute: indicated has column 2 of 2" },
    };
    struct maker *m = start();

    (void)state;
    assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "impute", "", err));
    for (size_t i = 0; i < 2; i++) {
        struct mesa_archive *a = mesa_archive_new();

        assert_ok(mesa_archive_put_vector(a, "t.0.mesa.shape", MESA_U64, 3,
                                          shape, err));
        assert_ok(mesa_archive_put_vector(a, "t.0.fill", MESA_F64, 2, fill,
                                          err));
        assert_ok(mesa_archive_put_vector(a, "t.0.indicated", MESA_U64,
                                          bad[i].n, bad[i].column, err));
        assert_error(mesa_instance_load(m->made, a, "t", 0, err),
                     MESA_EPARSE, bad[i].message);
        mesa_archive_free(a);
    }
    maker_free(m);
}

static char heard[200];

static void
hear(void *context, const char *line)
{
    (void)context;
    snprintf(heard, sizeof heard, "%s", line);
}

static void
test_nothing_known(void **state)
{
    static const double x[] = { NAN, 1e308, NAN, 1e308 };
    struct mesa_dataset d = golden_data();
    struct maker *m = start();

    (void)state;
    d.x = (struct mesa_cmatrix){ x, 2, 2, 2, NULL };
    mesa_warn_to(hear, NULL);
    assert_error(fit(m, "strategy=mean", &d, err), MESA_EDATA,
                 "[transform] impute: the values of column 1 are too large "
                 "to be summed");
    mesa_warn_to(NULL, NULL);
    assert_string_equal(heard, "impute: nothing is known of column 0; 0 is "
                               "put there");
    assert_ok(fit(m, "strategy=median", &d, err));
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strategies),
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_indicators),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_nothing_known),
    };

    /* Warnings are those of the plugin linked in, not of one in a file. */
    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
