/* SPDX-License-Identifier: MIT */
/* test_chain.c - a chain of transforms gives what they give by hand. */
#include "maker.h"

#include <math.h>

#include "../golden/impute.h"

const struct mesa_plugin *chain_plugin(void);
const struct mesa_plugin *impute_plugin(void);
const struct mesa_plugin *minmax_plugin(void);
const struct mesa_plugin *onehot_plugin(void);
const struct mesa_plugin *standard_plugin(void);

/* One that takes no missing values: everything is negated. */
struct negative {
    char unused;
};

static mesa_status
negative_fit(void *self, const struct mesa_dataset *train,
             struct mesa_error *err)
{
    (void)self;
    (void)train;
    (void)err;
    return MESA_OK;
}

static mesa_status
negative_apply(const void *self, const struct mesa_cmatrix *x, double *out,
               struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = -mesa_row(x, r)[j];
    return MESA_OK;
}

static const struct mesa_transform_class negative = {
    MESA_TRANSFORM(struct negative),
    .head.name  = "negative",
    .head.title = "Negated values",
    .fit        = negative_fit,
    .apply      = negative_apply,
};

#undef MESA_PLUGIN_ENTRY
#define MESA_PLUGIN_ENTRY negative_plugin
MESA_PLUGIN(.name = "negative", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&negative.head));

static const struct mesa_builtin plugins[] = {
    { "transforms", "chain", chain_plugin },
    { "transforms", "impute", impute_plugin },
    { "transforms", "minmax", minmax_plugin },
    { "transforms", "negative", negative_plugin },
    { "transforms", "onehot", onehot_plugin },
    { "transforms", "standard", standard_plugin },
    { NULL, NULL, NULL },
};

enum { VALUES = IMPUTE_ROWS * IMPUTE_COLS };

static struct mesa_dataset
golden_data(const double *x)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .flags = MESA_DATA_MISSING,
        .x = { x, IMPUTE_ROWS, IMPUTE_COLS, IMPUTE_COLS, NULL },
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

/* Fit one transform, and apply it to the same values. */
static void
apply_one(struct maker *m, const char *name, const char *words,
          const double *x, double *out)
{
    const struct mesa_dataset d = golden_data(x);

    assert_ok(maker_make(m, MESA_KIND_TRANSFORM, name, words, err));
    assert_ok(mesa_transform_fit(m->made, &d, err));
    assert_ok(mesa_transform_apply(m->made, &d.x, out, err));
}

static void
test_steps(void **state)
{
    static const char *const names[] = { "impute", "negative", "standard",
                                         "minmax" };
    static const char *const words[] = {
        "steps=impute", "steps=impute,negative",
        "steps=impute,negative,standard",
        "steps=impute,negative,standard,minmax"
    };
    static double by_hand[2][VALUES], out[VALUES];
    struct maker *m = start();

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        apply_one(m, names[i], "", i ? by_hand[(i + 1) % 2] : impute_x,
                  by_hand[i % 2]);
        apply_one(m, "chain", words[i], impute_x, out);
        assert_memory_equal(out, by_hand[i % 2], sizeof out);
    }
    maker_free(m);
}

static void
test_missing(void **state)
{
    static double out[VALUES], full[VALUES];
    struct mesa_dataset d = golden_data(impute_x), f = golden_data(full);
    struct maker *m = start();

    (void)state;
    apply_one(m, "impute", "", impute_x, full);
    assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "chain",
                         "steps=standard,negative", err));
    assert_error(mesa_transform_fit(m->made, &d, err), MESA_EDATA,
                 "[transform] chain: negative takes no missing values, but "
                 "column 3 has some");
    assert_ok(mesa_transform_fit(m->made, &f, err));
    assert_error(mesa_transform_apply(m->made, &d.x, out, err), MESA_EDATA,
                 "[transform] chain: negative takes no missing values, but "
                 "row 0, column 3 is: put impute before it");
    maker_free(m);
}

static const char *const colors[] = { "red", "blue" };
static const struct mesa_column columns[] = {
    { "length", MESA_NUMERIC, 0, NULL },
    { "color", MESA_CATEGORICAL, 2, colors },
};
static const struct mesa_schema schema = { sizeof schema, 0, 2, columns, NULL,
                                           NULL, 0, NULL };

static struct mesa_dataset
colored(void)
{
    static const double x[] = { 4, 1, NAN, 0, 8, 1 };

    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .flags = MESA_DATA_MISSING,
        .x = { x, 3, 2, 2, NULL },
        .schema = &schema,
    };
}

static void
assert_colored(const struct mesa_instance *t)
{
    static const char *const names[] = {
        "length", "color_red", "color_blue", "missingindicator_length_0",
        "missingindicator_length_1"
    };
    static const double expected[] = { 0, 0, 1, 1, 0, 0.5, 1, 0,
                                       0, 1, 1, 0, 1, 1, 0 };
    const struct mesa_dataset d = colored();
    struct mesa_dataset out;
    double *block;

    assert_ok(mesa_transformed(t, &d, &out, &block, err));
    assert_int_equal(out.x.cols, 5);
    assert_int_equal(out.flags, 0);
    assert_memory_equal(block, expected, sizeof expected);
    for (size_t j = 0; j < 5; j++) {
        assert_string_equal(out.schema->column[j].name, names[j]);
        assert_int_equal(out.schema->column[j].type, MESA_NUMERIC);
    }
    mesa_free(block);
}

/* Names and widths go from step to step, of chains in chains too. */
static void
test_columns(void **state)
{
    static const char *const words[] = {
        "steps=filled,coded,minmax filled.type=impute "
        "filled.add_indicator=yes coded.type=onehot coded.columns=1,2",
        "steps=inner,minmax inner.type=chain inner.steps=filled,coded "
        "filled.type=impute filled.add_indicator=yes coded.type=onehot "
        "coded.columns=color,missingindicator_length",
        "steps=filled,inner filled.type=impute filled.add_indicator=yes "
        "inner.type=chain inner.steps=innermost,minmax "
        "innermost.type=chain innermost.steps=coded coded.type=onehot "
        "coded.columns=color,missingindicator_length",
    };
    const struct mesa_dataset d = colored();
    struct maker *m = start();

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct mesa_archive *a = mesa_archive_new();

        assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "chain", words[i],
                             err));
        assert_ok(mesa_transform_fit(m->made, &d, err));
        assert_colored(m->made);
        assert_ok(mesa_transform_fit(m->made, &d, err));
        assert_ok(mesa_instance_save(m->made, a, "t", 0, err));
        assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "chain", words[i],
                             err));
        assert_ok(mesa_instance_load(m->made, a, "t", 0, err));
        assert_colored(m->made);
        mesa_archive_free(a);
    }
    maker_free(m);
}

/* Steps of a file that do not go together. */
static void
test_damaged(void **state)
{
    static const uint64_t two[] = { 1, 2, 0 }, three[] = { 1, 3, 0 };
    static const uint64_t last[] = { 2 };
    static const double fill[] = { 1, 2, 3 };
    struct mesa_archive *a = mesa_archive_new();
    struct maker *m = start();

    (void)state;
    assert_ok(maker_make(m, MESA_KIND_TRANSFORM, "chain", "steps=impute",
                         err));
    assert_ok(mesa_archive_put_vector(a, "t.0.mesa.shape", MESA_U64, 3, two,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "t.0.step.0.mesa.shape", MESA_U64, 3,
                                      three, err));
    assert_ok(mesa_archive_put_vector(a, "t.0.step.0.fill", MESA_F64, 3, fill,
                                      err));
    assert_error(mesa_instance_load(m->made, a, "t", 0, err), MESA_EPARSE,
                 "[transform] chain: step 0, impute, is of 3 columns, but it "
                 "gets 2");
    assert_ok(mesa_archive_put_vector(a, "t.0.step.0.indicated", MESA_U64, 1,
                                      last, err));
    assert_error(mesa_instance_load(m->made, a, "t", 0, err), MESA_EPARSE,
                 "[transform] chain: step 0, impute, is of more than the 2 "
                 "columns that it gets");
    mesa_archive_free(a);
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
