/* SPDX-License-Identifier: MIT */
/* test_nominal.c - smotenc and smoten make what imbalanced-learn makes, in
 * distribution, and refuse what they are not for. */
#include "maker.h"
#include "warn.h"

#include "../golden/nominal.h"

const struct mesa_plugin *smoten_plugin(void);
const struct mesa_plugin *smotenc_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "smoten", smoten_plugin },
    { "samplers", "smotenc", smotenc_plugin },
    { NULL, NULL, NULL },
};

static const char *const names[] = { "a", "b", "c", "d" };
static const char *const classes[] = { "0", "1" };
static const struct mesa_column columns[] = {
    { "number", MESA_NUMERIC, 0, NULL },
    { "colour", MESA_CATEGORICAL, 3, names },
    { "size", MESA_NUMERIC, 0, NULL },
    { "shape", MESA_CATEGORICAL, 4, names }
};
static const struct mesa_schema schema = { sizeof schema, 2, 4, columns,
                                           classes, "label", 0, NULL };
static const struct mesa_column nominal_columns[] = {
    { "colour", MESA_CATEGORICAL, 3, names },
    { "shape", MESA_CATEGORICAL, 4, names }
};
static const struct mesa_schema nominal_schema = {
    sizeof nominal_schema, 2, 2, nominal_columns, classes, "label", 0, NULL
};

static struct mesa_dataset
mixed_data(void)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .x = { nominal_x, NOMINAL_ROWS, NOMINAL_COLS, NOMINAL_COLS, NULL },
        .y = nominal_y,
        .n_classes = 2,
        .schema = &schema
    };
}

/* Columns 1 and 3 of it. */
static struct mesa_dataset
nominal_data(void)
{
    static double x[NOMINAL_ROWS * 2];
    struct mesa_dataset d = mixed_data();

    for (size_t i = 0; i < NOMINAL_ROWS; i++) {
        x[2 * i] = nominal_x[NOMINAL_COLS * i + 1];
        x[2 * i + 1] = nominal_x[NOMINAL_COLS * i + 3];
    }
    d.x = (struct mesa_cmatrix){ x, NOMINAL_ROWS, 2, 2, NULL };
    d.schema = &nominal_schema;
    return d;
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
run(struct maker *m, const char *name, const char *words,
    const struct mesa_dataset *d, struct mesa_sample *out,
    struct mesa_error *err)
{
    mesa_status st = maker_make(m, MESA_KIND_SAMPLER, name, words, err);
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    return st == MESA_OK
               ? mesa_sampler_resample(m->made, d, NULL, out, &rng, err)
               : st;
}

/* Within what one of 10,000 such shares differs by. */
static void
assert_share(size_t count, size_t n, double expected)
{
    double share = (double)count / (double)n;
    double d = share - expected;

    if (d * d > 16 * (expected * (1 - expected) + 1e-9) / (double)n)
        fail_msg("the share is %.4f, expected %.4f", share, expected);
}

enum { MADE = 20000 };

static void
test_smotenc(void **state)
{
    static const size_t numbers[] = { 0, 2 }, categories[] = { 1, 3 };
    const struct mesa_dataset d = mixed_data(), *rows;
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();
    const double *expected = nominal_nc_shares;

    (void)state;
    assert_ok(run(m, "smotenc", "sampling_strategy=1:20030", &d, out, err));
    assert_ok(mesa_sample_dataset(out, &rows, err));
    assert_int_equal(rows->x.rows, NOMINAL_ROWS + MADE);
    for (size_t l = 0; l < 18; l++) {
        size_t below = 0;

        for (size_t i = NOMINAL_ROWS; i < rows->x.rows; i++)
            below += mesa_row(&rows->x, i)[numbers[l / 9]] <=
                     nominal_nc_quantiles[l];
        assert_share(below, MADE, (double)(l % 9 + 1) / 10);
    }
    for (size_t j = 0; j < 2; j++)
        for (size_t v = 0; v < columns[categories[j]].n_categories; v++) {
            size_t count = 0;

            for (size_t i = NOMINAL_ROWS; i < rows->x.rows; i++)
                count += mesa_row(&rows->x, i)[categories[j]] == (double)v;
            assert_share(count, MADE, *expected++);
        }
    mesa_sample_free(out);
    maker_free(m);
}

/* Columns by name and by number are those of the schema. */
static void
test_categorical_features(void **state)
{
    static const char *const words[] = {
        "categorical_features=shape,1", "categorical_features=auto",
        "categorical_features=3,colour"
    };
    struct mesa_dataset d = mixed_data();
    const struct mesa_dataset *first = NULL;
    struct mesa_sample *out[3];
    struct maker *m = start();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct mesa_dataset *rows;

        out[i] = mesa_sample_new(&d);
        assert_ok(run(m, "smotenc", words[i], &d, out[i], err));
        assert_ok(mesa_sample_dataset(out[i], &rows, err));
        first = first ? first : rows;
        assert_int_equal(rows->x.rows, 180);
        assert_memory_equal(rows->x.data, first->x.data,
                            180 * NOMINAL_COLS * sizeof(double));
    }
    for (size_t i = 0; i < 3; i++)
        mesa_sample_free(out[i]);
    maker_free(m);
}

static void
test_smoten(void **state)
{
    const struct mesa_dataset d = nominal_data(), *rows;
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();
    size_t count[12] = { 0 };

    (void)state;
    assert_ok(run(m, "smoten", "sampling_strategy=1:20030", &d, out, err));
    assert_ok(mesa_sample_dataset(out, &rows, err));
    assert_int_equal(rows->x.rows, NOMINAL_ROWS + MADE);
    for (size_t i = NOMINAL_ROWS; i < rows->x.rows; i++) {
        const double *x = mesa_row(&rows->x, i);

        count[(size_t)x[0] * 4 + (size_t)x[1]]++;
    }
    for (size_t v = 0; v < 12; v++)
        assert_share(count[v], MADE, nominal_n_shares[v]);
    mesa_sample_free(out);
    maker_free(m);
}

static char heard[2][200];
static size_t n_heard;

static void
hear(void *context, const char *line)
{
    (void)context;
    snprintf(heard[n_heard++ % 2], sizeof heard[0], "%s", line);
}

/* Numbers alone are for other samplers, which is said and not refused. */
static void
test_numbers(void **state)
{
    struct mesa_dataset d = mixed_data();
    struct mesa_sample *out = mesa_sample_new(&d), *other;
    struct maker *m = start();

    (void)state;
    d.schema = NULL;
    mesa_warn_to(hear, NULL);
    n_heard = 0;
    assert_ok(run(m, "smotenc", "", &d, out, err));
    assert_int_equal(n_heard, 1);
    assert_string_equal(heard[0],
                        "smotenc: there is no column of categories: what it "
                        "makes is what smote does");
    assert_int_equal(mesa_sample_rows(out), 180);
    d.x.cols = 2;
    other = mesa_sample_new(&d);
    n_heard = 0;
    assert_ok(run(m, "smoten", "", &d, other, err));
    mesa_warn_to(NULL, NULL);
    assert_int_equal(n_heard, 2);
    assert_string_equal(heard[1],
                        "smoten: each of the 3 values of column 1 is taken "
                        "for a category; smotenc takes numbers too");
    assert_int_equal(mesa_sample_rows(other), 180);
    mesa_sample_free(other);
    mesa_sample_free(out);
    maker_free(m);
}

static void
test_refusals(void **state)
{
    struct mesa_dataset d = mixed_data(), n = nominal_data();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_error(run(m, "smotenc", "", &n, out, err), MESA_EDATA,
                 "[sampler] smotenc: all columns are of categories: take "
                 "smoten");
    assert_error(run(m, "smotenc", "k_neighbors=30", &d, out, err),
                 MESA_EINVAL,
                 "[sampler] smotenc: k_neighbors is 30 but class 1 has 30 "
                 "rows: 29 at most, or auto");
    assert_error(run(m, "smotenc", "categorical_features=4", &d, out, err),
                 MESA_EINVAL,
                 "[sampler] smotenc: categorical_features: there is no "
                 "column '4' among 4");
    mesa_sample_free(out);
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smotenc),
        cmocka_unit_test(test_categorical_features),
        cmocka_unit_test(test_smoten),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_refusals),
    };

    /* Warnings are those of the plugin linked in, not of one in a file. */
    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
