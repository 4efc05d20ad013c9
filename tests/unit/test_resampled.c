/* SPDX-License-Identifier: MIT */
/*
 * test_resampled.c - a sampler and a learner as one learner: the same as
 * doing both by hand, and nothing but the learner when predicting.
 */
#include "inner_fixture.h"

const struct mesa_plugin *resampled_plugin(void);

MESA_PLUGIN(.name = "parts", .version = "1", .license = "MIT",
            .classes = MESA_CLASSES(&share.head, &thin.head));

static const struct mesa_builtin plugins[] = {
    { "learners", "resampled", resampled_plugin },
    { "learners", "share", mesa_plugin },
    { "samplers", "thin", mesa_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static void
make(struct maker *m)
{
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "resampled",
                         "estimator=share sampler=thin", err));
}

/* The streams that its comment promises, step by step. */
static void
by_hand(const struct inner_rows *in, struct mesa_rng *rng, double *proba)
{
    struct mesa_rng draw = mesa_rng_derive(rng, "sample", 0);
    struct mesa_rng fit = mesa_rng_derive(rng, "fit", 0);
    struct mesa_sample *sample = mesa_sample_new(&in->data);
    const struct mesa_dataset *rows;
    struct thin t = { 2, true };
    struct share s;

    assert_non_null(sample);
    assert_ok(thin_resample(&t, &in->data, NULL, sample, &draw, err));
    assert_ok(mesa_sample_dataset(sample, &rows, err));
    assert_int_equal(rows->x.rows, 20);
    assert_ok(share_fit(&s, rows, NULL, &fit, err));
    assert_ok(share_predict_proba(&s, &in->data.x, proba, err));
    mesa_sample_free(sample);
}

static void
test_by_hand(void **state)
{
    double expected[2 * INNER_ROWS], found[2 * INNER_ROWS];
    struct maker m = empty;
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    make(&m);
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct mesa_rng rng = seeded(seed);

        by_hand(&in, &rng, expected);
        assert_ok(mesa_estimator_fit(m.made, &in.data, NULL, &rng, err));
        assert_ok(mesa_estimator_predict_proba(m.made, &in.data.x, found,
                                               err));
        assert_memory_equal(found, expected, sizeof found);
    }
    maker_free(&m);
}

/* What the learner inside makes of rows; 0 wide if it has no layers. */
static void
test_embed(void **state)
{
    double out[2 * INNER_ROWS];
    struct maker m = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;
    size_t width, minority;

    (void)state;
    make_inner_rows(&in);
    minority = mesa_class_rows(&in.data, 1, NULL);
    make(&m);
    assert_ok(mesa_estimator_fit(m.made, &in.data, NULL, &rng, err));
    assert_ok(mesa_estimator_embed(m.made, &in.data.x, NULL, &width, err));
    assert_int_equal(width, 2);
    assert_ok(mesa_estimator_embed(m.made, &in.data.x, out, &width, err));
    for (size_t r = 0; r < INNER_ROWS; r++) {
        assert_close(out[2 * r], 1 - (double)minority / 20, 1e-12);
        assert_bits_equal(out[2 * r + 1], mesa_row(&in.data.x, r)[0]);
    }
    in.data.x.cols++;
    assert_error(mesa_estimator_embed(m.made, &in.data.x, NULL, &width, err),
                 MESA_ESHAPE,
                 "resampled was fitted on 1 columns but these rows have 2");
    make(&m);
    assert_error(mesa_estimator_embed(m.made, &in.data.x, NULL, &width, err),
                 MESA_ESTATE, "resampled is not fitted yet");
    assert_int_equal(width, 0);
    maker_free(&m);
}

/* Validation rows are the learner's; they are not resampled. */
static void
test_valid(void **state)
{
    struct maker m = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    make(&m);
    assert_ok(mesa_estimator_fit(m.made, &in.data, &in.data, &rng, err));
    assert_int_equal(told_rows, 20);
    assert_int_equal(told_valid, INNER_ROWS);
    maker_free(&m);
}

static void
test_reload(void **state)
{
    struct maker m = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;
    double importance;

    (void)state;
    make_inner_rows(&in);
    make(&m);
    assert_ok(mesa_estimator_fit(m.made, &in.data, NULL, &rng, err));
    assert_ok(mesa_estimator_importance(m.made, &importance, err));
    assert_bits_equal(importance, 1.0);
    expect_reloads(&m, &in.data.x);
    maker_free(&m);
}

/* A file whose learner is of another shape than the file says. */
static void
test_file_of_two_shapes(void **state)
{
    const uint64_t shape[3] = { 1, 5, 2 };
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty, inside = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    make(&m);
    assert_ok(maker_make(&inside, MESA_KIND_ESTIMATOR, "share", "", err));
    assert_ok(mesa_estimator_fit(inside.made, &in.data, NULL, &rng, err));
    assert_ok(mesa_archive_put_vector(a, "it.0.mesa.shape", MESA_U64, 3,
                                      shape, err));
    assert_ok(mesa_instance_save(inside.made, a, "it.0.estimator", 0, err));
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 "[estimator] resampled: an estimator of 1 columns and 2 "
                 "classes in a model of 5 and 2");
    mesa_archive_free(a);
    maker_free(&inside);
    maker_free(&m);
}

/* Whose fault it is stands in the message. */
static void
test_errors(void **state)
{
    struct maker m = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    make(&m);
    in.data.x.rows = 2;
    assert_error(mesa_estimator_fit(m.made, &in.data, NULL, &rng, err),
                 MESA_EDATA,
                 "[estimator] resampled: thin needs rows of two classes, but "
                 "all 2 are of class 0");
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_embed),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_file_of_two_shapes),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
