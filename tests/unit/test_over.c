/* SPDX-License-Identifier: MIT */
/*
 * test_over.c - over-samplers against imbalanced-learn: the same rows in
 * danger, the same counts for each row, the same distribution of what is made;
 * and against their papers where it has none.
 */
#include "over_fixture.h"

#include <math.h>

const struct mesa_plugin *adasyn_plugin(void);
const struct mesa_plugin *borderline_smote_plugin(void);
const struct mesa_plugin *g_smote_plugin(void);
const struct mesa_plugin *ramo_plugin(void);
const struct mesa_plugin *random_over_plugin(void);
const struct mesa_plugin *smote_plugin(void);

#define MANY "sampling_strategy = 1:20032, 2:20018\n"

static void
check_distribution(const struct mesa_plugin *plugin, const char *lines,
                   const char *name, const struct mesa_dataset *data)
{
    const struct golden_over *g = find_golden(name);
    struct below b = { { 0 }, { { { 0 } } } };
    struct fixture fx;
    char text[200];

    snprintf(text, sizeof text, MANY "%s", lines);
    assert_ok(over_run(&fx, plugin, text, NULL, data, 1, err));
    count_below(&fx, g, &b);
    over_done(&fx);
    for (size_t c = 0; c < 2; c++)
        assert_in_range(b.n[c], 19950, 20050); /* adasyn rounds */
    assert_same_distribution(&b, name);
}

static void
test_distributions(void **state)
{
    const struct mesa_dataset d = over_data();

    (void)state;
    check_distribution(smote_plugin(), "", "smote", &d);
    check_distribution(borderline_smote_plugin(), "", "borderline-1", &d);
    check_distribution(borderline_smote_plugin(), "kind = borderline-2\n",
                       "borderline-2", &d);
    check_distribution(adasyn_plugin(), "", "adasyn", &d);
    check_distribution(random_over_plugin(), "shrinkage = 0.7\n",
                       "random_over", &d);
    check_distribution(g_smote_plugin(), "", "g_smote combined", &d);
    check_distribution(g_smote_plugin(),
                       "selection_strategy = minority\n"
                       "truncation_factor = -0.5\n"
                       "deformation_factor = 0.5\n",
                       "g_smote minority", &d);
    check_distribution(g_smote_plugin(),
                       "selection_strategy = majority\n"
                       "truncation_factor = 0.3\n"
                       "deformation_factor = 0.2\n",
                       "g_smote majority", &d);
}

/* Rows weigh 1, 2, 3, 1, 2 ... */
static void
test_ramo(void **state)
{
    double weight[OVER_ROWS];
    struct mesa_dataset d = over_data();

    (void)state;
    for (size_t r = 0; r < OVER_ROWS; r++)
        weight[r] = 1 + (double)(r % 3);
    d.weight = weight;
    check_distribution(ramo_plugin(), "", "ramo", &d);
}

/* Who has children is who is in danger. */
static void
test_danger(void **state)
{
    const struct mesa_dataset d = over_data();
    size_t children[OVER_ROWS];
    struct fixture fx;

    (void)state;
    assert_ok(over_run(&fx, borderline_smote_plugin(),
                       "sampling_strategy = 1:2000, 2:2000\n", NULL, &d, 1,
                       err));
    count_children(&fx, children);
    over_done(&fx);
    for (size_t r = 0; r < OVER_ROWS; r++)
        assert_int_equal(children[r] > 0, over_danger[r]);
}

static void
test_adasyn_counts(void **state)
{
    const struct mesa_dataset d = over_data();
    size_t children[OVER_ROWS];
    struct fixture fx;

    (void)state;
    assert_ok(over_run(&fx, adasyn_plugin(), "", NULL, &d, 1, err));
    count_children(&fx, children);
    over_done(&fx);
    for (size_t r = 0; r < OVER_ROWS; r++)
        assert_int_equal(children[r], over_adasyn[r]);
}

/* Each made row is what its parents and step say, both of its class. */
static void
test_parents(void **state)
{
    const struct mesa_dataset d = over_data();
    struct fixture fx;

    (void)state;
    assert_ok(over_run(&fx, smote_plugin(), "", NULL, &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 300);
    for (size_t i = OVER_ROWS; i < 300; i++) {
        const struct mesa_origin o = mesa_sample_origin(fx.sample, i);
        const double *a = mesa_row(&d.x, o.parent_a);
        const double *b = mesa_row(&d.x, o.parent_b);

        assert_int_equal(over_y[o.parent_a], fx.rows->y[i]);
        assert_int_equal(over_y[o.parent_b], fx.rows->y[i]);
        assert_true(o.step >= 0 && o.step < 1);
        for (size_t j = 0; j < OVER_COLS; j++)
            assert_bits_equal(mesa_row(&fx.rows->x, i)[j],
                              a[j] + o.step * (b[j] - a[j]));
    }
    over_done(&fx);
}

/* A ball without width is a line; without its far half the row is between
 * the two, and no further from the centre than the surface. */
static void
test_geometry(void **state)
{
    const struct mesa_dataset d = over_data();
    struct fixture fx;

    (void)state;
    assert_ok(over_run(&fx, g_smote_plugin(), "deformation_factor = 1\n",
                       NULL, &d, 1, err));
    for (size_t i = OVER_ROWS; i < fx.rows->x.rows; i++) {
        const struct mesa_origin o = mesa_sample_origin(fx.sample, i);
        const double *a = mesa_row(&d.x, o.parent_a);
        const double *b = mesa_row(&d.x, o.parent_b);

        assert_int_equal(over_y[o.parent_a], fx.rows->y[i]);
        assert_true(o.step >= 0 && o.step <= 1);
        for (size_t j = 0; j < OVER_COLS; j++)
            assert_true(fabs(mesa_row(&fx.rows->x, i)[j] -
                             (a[j] + o.step * (b[j] - a[j]))) < 1e-12);
    }
    over_done(&fx);
}

/* Ten rows that are all the same, and fourteen that are not: a place at the
 * border is shared by what lies there, whatever the order of the rows. */
static void
resample_clump(const int32_t clump[10], struct fixture *fx)
{
    static double x[24];
    static int32_t y[24];
    static struct mesa_dataset d;

    for (size_t r = 0; r < 24; r++) {
        x[r] = r < 10 ? 0 : 5 + (double)r;
        y[r] = r < 10 ? clump[r] : r % 7 == 0;
    }
    d = (struct mesa_dataset){ .struct_size = sizeof d,
                               .x = { x, 24, 1, 1, NULL },
                               .y = y,
                               .n_classes = 2 };
    assert_ok(over_run(fx, borderline_smote_plugin(),
                       "m_neighbors = 4\nk_neighbors = 1\n", NULL, &d, 1,
                       err));
}

static void
test_ties(void **state)
{
    static const int32_t four[10] = { 1, 0, 0, 1, 1, 0, 0, 1, 0, 0 };
    static const int32_t two[10] = { 1, 0, 0, 0, 1, 0, 0, 0, 0, 0 };
    struct fixture fx;

    (void)state;
    /* Six of nine others, of four places: 2.67, or three. */
    resample_clump(four, &fx);
    assert_int_equal(fx.rows->x.rows, 36);
    for (size_t i = 24; i < 36; i++) {
        size_t a = mesa_sample_origin(fx.sample, i).parent_a;

        assert_true(a < 10 && four[a] == 1);
    }
    over_done(&fx);
    /* Eight of nine: 3.56, or all. */
    resample_clump(two, &fx);
    assert_int_equal(fx.rows->x.rows, 24);
    over_done(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distributions),
        cmocka_unit_test(test_ramo),
        cmocka_unit_test(test_danger),
        cmocka_unit_test(test_adasyn_counts),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_ties),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
