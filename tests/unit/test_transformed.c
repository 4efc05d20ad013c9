/* SPDX-License-Identifier: MIT */
/* test_transformed.c - what follows a transform that changes the columns. */
#include "test.h"

#include "instance.h"
#include "recipe.h"

#include <math.h>

/* A transform of which the test says what columns it makes. */
static struct {
    const struct mesa_transform_column *list;
    size_t                              n;
} made;

struct nothing {
    char unused;
};

static mesa_status
making_fit(void *self, const struct mesa_dataset *train,
           struct mesa_error *err)
{
    (void)self;
    (void)train;
    (void)err;
    return MESA_OK;
}

static mesa_status
making_apply(const void *self, const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t i = 0; i < x->rows * made.n; i++)
        out[i] = (double)i;
    return MESA_OK;
}

static size_t
making_columns(const void *self, const struct mesa_transform_column **out)
{
    (void)self;
    *out = made.list;
    return made.n;
}

static const struct mesa_transform_class making = {
    MESA_TRANSFORM(struct nothing),
    .head.name  = "making",
    .head.title = "Columns as a test wants them",
    .fit        = making_fit,
    .apply      = making_apply,
    .columns    = making_columns,
};

static struct mesa_component
component_of(const struct mesa_class *c)
{
    static char section[] = "test";
    struct mesa_component out = { .class_ = c, .section = section,
                                  .complete = true };
    const struct mesa_resolver resolver = { NULL, NULL, NULL };

    assert_ok(mesa_settings_bind(&out.settings, c->params, NULL, NULL, "test",
                                 &resolver, err));
    return out;
}

/* Names, kinds and categories follow from what a transform tells. */
static void
test_transformed(void **state)
{
    static const char *const tone[] = { "low", "high" };
    static const struct mesa_column came[] = {
        { "a", MESA_NUMERIC, 0, NULL }, { "b", MESA_CATEGORICAL, 2, tone }
    };
    static const char *const price[] = { "price" };
    static const struct mesa_schema schema = { sizeof schema, 2, 2, came,
                                               NULL, "label", 1, price };
    static const struct mesa_transform_column early = {
        .from = 1, .before = "my ", .after = "!"
    };
    static const struct mesa_transform_column list[] = {
        { .from = 1 },
        { .from = 1, .role = MESA_COLUMN_VALUE, .value = 1, .of = &early },
        { .from = 1, .role = MESA_COLUMN_VALUE, .value = 2, .after = "=" },
        { .from = 0, .role = MESA_COLUMN_VALUE, .value = NAN, .after = "_" },
        { .from = 0, .role = MESA_COLUMN_INDICATOR, .before = "is " },
        { .from = 2 },
    };
    static const char *const names[] = { "b", "my b!high", "b=2", "a_nan",
                                         "is a" };
    static const double x[12];
    struct mesa_component c = component_of(&making.head);
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { x, 6, 2, 2, NULL },
                              .target = { x + 6, 6, 1, 1, NULL } }, out;
    struct mesa_instance *t;
    double *block;

    (void)state;
    d.schema = &schema;
    made.list = list;
    made.n = 5;
    assert_ok(mesa_instance_new(&c, &t, err));
    assert_int_equal(mesa_transform_columns(t, NULL), 0);
    assert_ok(mesa_transform_fit(t, &d, err));
    assert_ok(mesa_transformed(t, &d, &out, &block, err));
    assert_int_equal(out.x.cols, 5);
    assert_bits_equal(block[6 * 5 - 1], 29.0);
    assert_int_equal(out.schema->n_columns, 5);
    assert_string_equal(out.schema->label, "label");
    assert_string_equal(out.schema->target[0], "price");
    assert_ptr_equal(mesa_row(&out.target, 5), x + 11);
    for (size_t j = 0; j < 5; j++) {
        assert_string_equal(out.schema->column[j].name, names[j]);
        assert_int_equal(out.schema->column[j].n_categories, j ? 0 : 2);
    }
    assert_ptr_equal(out.schema->column[0].category, tone);
    mesa_free(block);
    made.n = 6;
    assert_error(mesa_transformed(t, &d, &out, &block, err), MESA_ESHAPE,
                 "making makes column 5 of column 2, but there are 2");
    assert_null(block);
    made.n = 0;
    assert_error(mesa_transform_fit(t, &d, err), MESA_EDATA,
                 "[test] making leaves nothing of 2 columns");
    mesa_instance_free(t);
    mesa_settings_free(&c.settings);
}

static mesa_status
guess(const void *self, const struct mesa_cmatrix *x, double *proba,
      struct mesa_error *err)
{
    (void)self;
    (void)x;
    (void)proba;
    (void)err;
    return MESA_OK;
}

static const struct mesa_estimator_class guessing = {
    MESA_ESTIMATOR(struct nothing),
    .head.name     = "guessing",
    .head.title    = "No transform",
    .predict_proba = guess,
};

static void
test_to_onnx(void **state)
{
    static const struct mesa_transform_column list[] = { { .from = 0 } };
    static const double x[2];
    struct mesa_component c = component_of(&making.head);
    struct mesa_component e = component_of(&guessing.head);
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { x, 1, 2, 2, NULL } };
    struct mesa_instance *t;
    uint32_t out;

    (void)state;
    made.list = list;
    made.n = 1;
    assert_ok(mesa_instance_new(&e, &t, err));
    assert_error(mesa_transform_to_onnx(t, NULL, 1, &out, err), MESA_EINVAL,
                 "guessing is no transform");
    mesa_instance_free(t);
    assert_ok(mesa_instance_new(&c, &t, err));
    assert_error(mesa_transform_to_onnx(t, NULL, 1, &out, err), MESA_ESTATE,
                 "making has not been fitted");
    assert_ok(mesa_transform_fit(t, &d, err));
    assert_error(mesa_transform_to_onnx(t, NULL, 1, &out, err), MESA_ENOTSUP,
                 "transform making cannot be exported");
    mesa_instance_free(t);
    mesa_settings_free(&c.settings);
    mesa_settings_free(&e.settings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transformed),
        cmocka_unit_test(test_to_onnx),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
