/* SPDX-License-Identifier: MIT */
/* test_onehot.c - columns of categories become those of scikit-learn, what
 * has not been seen is said, and files that do not fit are refused. */
#include "maker.h"
#include "warn.h"

#include <math.h>

#include "../golden/onehot.h"

const struct mesa_plugin *onehot_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "transforms", "onehot", onehot_plugin },
    { NULL, NULL, NULL },
};

enum { COLS = 3, WIDEST = 12, CASES = sizeof onehot_cases /
                                      sizeof *onehot_cases };

static const char *const letters[] = { "a", "b", "c", "d", "e", "f" };
static const struct mesa_column columns[] = {
    { "color", MESA_CATEGORICAL, 6, letters },
    { "size", MESA_NUMERIC, 0, NULL },
    { "side", MESA_CATEGORICAL, 6, letters },
};
static const struct mesa_schema schema = { sizeof schema, 0, COLS, columns,
                                           NULL, NULL, 0, NULL };

/* The golden columns with one of numbers between them. */
static struct mesa_dataset
golden_data(const double *pairs, size_t rows)
{
    static double x[2][ONEHOT_ROWS * COLS];
    double *to = x[pairs == onehot_fresh];

    for (size_t r = 0; r < rows; r++) {
        to[r * COLS] = pairs[2 * r];
        to[r * COLS + 1] = (double)r / 4;
        to[r * COLS + 2] = pairs[2 * r + 1];
    }
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .flags = MESA_DATA_MISSING,
        .x = { to, rows, COLS, COLS, NULL },
        .schema = &schema,
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
    mesa_status st = maker_make(m, MESA_KIND_TRANSFORM, "onehot", words, err);

    return st == MESA_OK ? mesa_transform_fit(m->made, d, err) : st;
}

/* What is made of the columns color and side: rows of 0 and 1. */
static void
assert_rows(const struct mesa_dataset *out, size_t colors,
            const char *const *expected)
{
    for (size_t r = 0; r < out->x.rows; r++) {
        const double *row = mesa_row(&out->x, r);

        for (size_t j = 0; j < out->x.cols; j++)
            if (j == colors)
                assert_bits_equal(row[j], (double)r / 4);
            else
                assert_bits_equal(row[j],
                                  expected[r][j - (j > colors)] - '0');
    }
}

static void
assert_case(const struct mesa_instance *t, size_t i,
            const struct mesa_dataset *d)
{
    struct mesa_dataset out;
    char names[400] = "";
    size_t colors = SIZE_MAX;
    double *block;

    assert_ok(mesa_transformed(t, d, &out, &block, err));
    assert_int_equal(out.schema->n_columns, out.x.cols);
    for (size_t j = 0; j < out.x.cols; j++) {
        const struct mesa_column *c = &out.schema->column[j];

        assert_int_equal(c->type, MESA_NUMERIC);
        if (strcmp(c->name, "size") == 0) {
            colors = j;
            continue;
        }
        strcat(names, c->name);
        strcat(names, " ");
    }
    assert_string_equal(names, onehot_cases[i].names);
    assert_int_equal(out.x.cols, strlen(onehot_cases[i].rows[0]) + 1);
    assert_rows(&out, colors, onehot_cases[i].rows);
    mesa_free(block);
}

static void
test_golden(void **state)
{
    const struct mesa_dataset d = golden_data(onehot_train, ONEHOT_ROWS);
    const struct mesa_dataset fresh = golden_data(onehot_fresh,
                                                  ONEHOT_FRESH);
    struct maker *m = start();

    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        const char *words = onehot_cases[i].words;
        struct mesa_archive *a = mesa_archive_new();

        assert_ok(fit(m, words, &d, err));
        assert_case(m->made, i, strstr(words, "unknown") ? &fresh : &d);
        assert_ok(mesa_instance_save(m->made, a, "t", 0, err));
        assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "onehot", words, err));
        assert_ok(mesa_instance_load(m->made, a, "t", 0, err));
        assert_case(m->made, i, strstr(words, "unknown") ? &fresh : &d);
        mesa_archive_free(a);
    }
    maker_free(m);
}

static void
test_unknown(void **state)
{
    const struct mesa_dataset d = golden_data(onehot_train, ONEHOT_ROWS);
    struct mesa_dataset one = golden_data(onehot_fresh, ONEHOT_FRESH);
    struct mesa_archive *a = mesa_archive_new();
    static double out[ONEHOT_ROWS * WIDEST];
    struct maker *m = start();

    (void)state;
    assert_ok(fit(m, "", &d, err));
    assert_ok(mesa_instance_save(m->made, a, "t", 0, err));
    for (int loaded = 0; loaded < 2; loaded++) {
        assert_error(mesa_transform_apply(m->made, &one.x, out, err),
                     MESA_EDATA,
                     "[transform] onehot: column 'color' is 'f', as "
                     "in no training row; handle_unknown = ignore makes 0 of "
                     "it");
        assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "onehot", "", err));
        assert_ok(mesa_instance_load(m->made, a, "t", 0, err));
    }
    mesa_archive_free(a);
    one.x.data += (size_t)5 * COLS;
    one.x.rows = 1;
    assert_error(mesa_transform_apply(m->made, &one.x, out, err), MESA_EDATA,
                 "[transform] onehot: column 'side' is missing, as in "
                 "no training row; handle_unknown = ignore makes 0 of it");
    maker_free(m);
}

/* Numbers, where they are named, and rows without names. */
static void
test_numbers(void **state)
{
    static const double x[] = { 2.5, 7, -1, 7, 2.5, 8, 2.5, 7 }, odd[] = { 3,
                                                                           7 };
    static const struct mesa_column named[] = {
        { "w", MESA_NUMERIC, 0, NULL }, { "v", MESA_NUMERIC, 0, NULL }
    };
    const struct mesa_schema names = { sizeof names, 0, 2, named, NULL,
                                       NULL, 0, NULL };
    const struct mesa_cmatrix unknown = { odd, 1, 2, 2, NULL };
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { x, 4, 2, 2, NULL } }, out;
    struct maker *m = start();
    double row[8], *block;

    (void)state;
    d.schema = &names;
    assert_ok(fit(m, "columns=w", &d, err));
    assert_ok(mesa_transformed(m->made, &d, &out, &block, err));
    assert_int_equal(out.x.cols, 3);
    assert_string_equal(out.schema->column[0].name, "w_-1");
    assert_string_equal(out.schema->column[1].name, "w_2.5");
    assert_string_equal(out.schema->column[2].name, "v");
    assert_memory_equal(block, ((double[]){ 0, 1, 7, 1, 0, 7 }),
                        6 * sizeof *block);
    mesa_free(block);
    assert_error(mesa_transform_apply(m->made, &unknown, row, err),
                 MESA_EDATA,
                 "[transform] onehot: column 'w' is '3', as in no "
                 "training row; handle_unknown = ignore makes 0 of it");
    d.schema = NULL;
    assert_ok(fit(m, "columns=1,0", &d, err));
    assert_ok(mesa_transformed(m->made, &d, &out, &block, err));
    assert_int_equal(out.x.cols, 4);
    assert_null(out.schema);
    mesa_free(block);
    assert_error(mesa_transform_apply(m->made, &unknown, row, err),
                 MESA_EDATA,
                 "[transform] onehot: column '0' is '3', as in no "
                 "training row; handle_unknown = ignore makes 0 of it");
    maker_free(m);
}

/* The same names and files, whichever of equal values comes first. */
static void
test_zeros(void **state)
{
    static const double x[] = { -0.0, 0.0, 1, -0.0, 0.0, -0.0 };
    static const struct mesa_column named[] = {
        { "w", MESA_NUMERIC, 0, NULL }
    };
    const struct mesa_schema names = { sizeof names, 0, 1, named, NULL,
                                       NULL, 0, NULL };
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { x, 6, 1, 1, NULL } }, out;
    struct maker *m = start();
    double *block;

    (void)state;
    d.schema = &names;
    assert_ok(fit(m, "columns=w", &d, err));
    assert_ok(mesa_transformed(m->made, &d, &out, &block, err));
    assert_int_equal(out.x.cols, 2);
    assert_string_equal(out.schema->column[0].name, "w_0");
    assert_bits_equal(block[0], 1.0);
    mesa_free(block);
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
test_columns(void **state)
{
    static const double x[] = { 2, 2, 2 };
    const struct mesa_dataset d = golden_data(onehot_train, ONEHOT_ROWS);
    struct mesa_dataset one = { .struct_size = sizeof one,
                                .x = { x, 3, 1, 1, NULL } }, out;
    struct maker *m = start();
    double *block;

    (void)state;
    assert_error(fit(m, "columns=color,colour", &d, err), MESA_EINVAL,
                 "[transform] onehot: columns: there is no column 'colour' "
                 "among 3");
    assert_error(fit(m, "columns=3", &d, err), MESA_EINVAL,
                 "[transform] onehot: columns: there is no column '3' among "
                 "3");
    assert_error(fit(m, "columns=0 drop=first", &one, err), MESA_EDATA,
                 "[transform] onehot leaves nothing of 1 columns");
    assert_int_equal(mesa_transform_columns(m->made, NULL), 0);
    mesa_warn_to(hear, NULL);
    assert_ok(fit(m, "columns=auto drop=none", &one, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(heard,
                        "onehot: there is no column of categories, so that "
                        "all stay as they are; if numbers stand for "
                        "categories, name their columns with columns = ...");
    assert_ok(mesa_transformed(m->made, &one, &out, &block, err));
    assert_memory_equal(block, x, sizeof x);
    mesa_free(block);
    maker_free(m);
}

/* A file of two columns, the first of two values, and what is wrong. */
struct damage {
    uint64_t    first[3];
    int64_t     to[2];
    uint64_t    n_words[2];
    size_t      words_dims;
    const char *message;
    uint8_t     rare[2];
};

static struct mesa_archive *
damaged(const struct damage *d)
{
    static const uint64_t shape[] = { 1, 2, 0 };
    static const double value[] = { 1, 2 };
    struct mesa_archive *a = mesa_archive_new();
    const struct mesa_tensor words = { MESA_U8, (uint32_t)d->words_dims,
                                       { 2, 1 }, "w" };

    assert_ok(mesa_archive_put_vector(a, "t.0.mesa.shape", MESA_U64, 3, shape,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "t.0.first", MESA_U64, 3, d->first,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "t.0.value", MESA_F64, 2, value,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "t.0.to", MESA_I64, 2, d->to, err));
    assert_ok(mesa_archive_put_vector(a, "t.0.rare", MESA_U8, 2, d->rare,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "t.0.n_words", MESA_U64, 2,
                                      d->n_words, err));
    assert_ok(mesa_archive_put(a, "t.0.words", &words, err));
    return a;
}

static void
test_damaged(void **state)
{
    static const struct damage good = { { 0, 2, 2 }, { 0, 1 }, { 1, 0 }, 1,
                                        "", { 1, 0 } };
    static const struct damage bad[] = {
        { { 1, 2, 2 }, { 0, 1 }, { 1, 0 }, 1,
          "first begins with no 0", { 0, 0 } },
        { { 0, 3, 2 }, { 0, 1 }, { 1, 0 }, 1,
          "first is not ascending at column 0", { 0, 0 } },
        { { 0, 2, 2 }, { 0, 2 }, { 1, 0 }, 1,
          "to is 2 for one of the 2 categories of column 0", { 0, 0 } },
        { { 0, 2, 2 }, { -2, 0 }, { 1, 0 }, 1,
          "to is -2 for one of the 2 categories of column 0", { 0, 0 } },
        { { 0, 2, 2 }, { 0, 1 }, { 0, 2 }, 1,
          "words has 1 words, fewer than n_words says", { 0, 0 } },
        { { 0, 2, 2 }, { 0, 1 }, { 1, 0 }, 2, "words is no text", { 0, 0 } },
        { { 0, 2, 2 }, { -1, -1 }, { 1, 0 }, 1,
          "rare categories have a column, but none is made of column 0",
          { 1, 0 } },
        { { 0, 2, 2 }, { 0, 1 }, { 1, 0 }, 1,
          "rare categories have a column, but none is made of column 1",
          { 0, 1 } },
    };
    struct mesa_archive *a = damaged(&good);
    struct maker *m = start();

    (void)state;
    assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "onehot", "", err));
    assert_ok(mesa_instance_load(m->made, a, "t", 0, err));
    mesa_archive_free(a);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[200];

        a = damaged(&bad[i]);
        snprintf(message, sizeof message, "[transform] onehot: %s",
                 bad[i].message);
        assert_error(mesa_instance_load(m->made, a, "t", 0, err),
                     MESA_EPARSE, message);
        mesa_archive_free(a);
    }
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),  cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_columns),
        cmocka_unit_test(test_zeros),   cmocka_unit_test(test_damaged),
    };

    /* Warnings are those of the plugin linked in, not of one in a file. */
    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
