/* SPDX-License-Identifier: MIT */
/* test_chain.c - a chain of transforms gives what they give by hand. */
#include "maker.h"

#include <math.h>

#include "../golden/impute.h"

const struct mesa_plugin *chain_plugin(void);
const struct mesa_plugin *impute_plugin(void);
const struct mesa_plugin *minmax_plugin(void);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
