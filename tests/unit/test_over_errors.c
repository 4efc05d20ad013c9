/* SPDX-License-Identifier: MIT */
/* test_over_errors.c - what over-samplers cannot do, and do not do without
 * saying so. */
#include "over_fixture.h"

#include <math.h>

#include "warn.h"

const struct mesa_plugin *adasyn_plugin(void);
const struct mesa_plugin *borderline_smote_plugin(void);
const struct mesa_plugin *g_smote_plugin(void);
const struct mesa_plugin *ramo_plugin(void);
const struct mesa_plugin *random_over_plugin(void);
const struct mesa_plugin *smote_plugin(void);

static size_t n_heard;
static char heard[500];

static void
hear(void *context, const char *line)
{
    (void)context;
    n_heard++;
    snprintf(heard, sizeof heard, "%s", line);
}

static void
refuse(const struct mesa_plugin *plugin, const char *lines,
       const struct mesa_dataset *d, mesa_status status, const char *text)
{
    struct fixture fx;

    assert_error(over_run(&fx, plugin, lines, NULL, d, 1, err), status, text);
    over_done(&fx);
}

static void
test_too_many_neighbors(void **state)
{
    const struct mesa_dataset d = over_data();

    (void)state;
    refuse(smote_plugin(), "k_neighbors = 18\n", &d, MESA_EINVAL,
           "[sampler] smote: k_neighbors is 18 but class 2 has 18 rows: 17 "
           "at most, or auto");
    refuse(g_smote_plugin(), "k_neighbors = 18\n", &d, MESA_EINVAL,
           "[sampler] g_smote: k_neighbors is 18 but class 2 has 18 rows: 17 "
           "at most, or auto");
    refuse(adasyn_plugin(), "n_neighbors = 18\n", &d, MESA_EINVAL,
           "[sampler] adasyn: n_neighbors is 18 but class 2 has 18 rows: 17 "
           "at most, or auto");
    refuse(ramo_plugin(), "k_neighbors_1 = 150\n", &d, MESA_EINVAL,
           "[sampler] ramo: k_neighbors_1 is 150 but there are 150 rows: 149 "
           "at most, or auto");
    refuse(ramo_plugin(), "k_neighbors_2 = 18\n", &d, MESA_EINVAL,
           "[sampler] ramo: k_neighbors_2 is 18 but class 2 has 18 rows: 17 "
           "at most, or auto");
    refuse(borderline_smote_plugin(), "m_neighbors = 150\n", &d, MESA_EINVAL,
           "[sampler] borderline_smote: m_neighbors is 150 but there are 150 "
           "rows: 149 at most, or auto");
    refuse(borderline_smote_plugin(),
           "kind = borderline-2\nk_neighbors = 150\n", &d, MESA_EINVAL,
           "[sampler] borderline_smote: k_neighbors is 150 but there are 150 "
           "rows: 149 at most, or auto");
}

/* n rows on a line, those of class 1 (every `step`-th) gone by x. */
static struct mesa_dataset
line(size_t n, size_t step, double apart, double *x, int32_t *y)
{
    for (size_t r = 0; r < n; r++) {
        y[r] = r % step == 0;
        x[r] = (double)r + (y[r] ? apart : 0);
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, n, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = 2 };
}

static void
test_one_row(void **state)
{
    double x[8];
    int32_t y[8];
    const struct mesa_dataset d = line(8, 8, 0, x, y);

    (void)state;
    refuse(smote_plugin(), "k_neighbors = auto\n", &d, MESA_EDATA,
           "[sampler] smote: class 1 has 1 row, which leaves no neighbour");
}

static void
test_auto(void **state)
{
    double x[8];
    int32_t y[8];
    const struct mesa_dataset d = line(8, 3, 0, x, y);
    struct fixture fx;

    (void)state;
    n_heard = 0;
    mesa_warn_to(hear, NULL);
    assert_ok(over_run(&fx, smote_plugin(), "k_neighbors = auto\n", NULL, &d,
                       1, err));
    assert_int_equal(fx.rows->x.rows, 10);
    over_done(&fx);
    assert_int_equal(n_heard, 1);
    assert_string_equal(heard, "k_neighbors is 2 for class 1, which has 3 "
                               "rows");
    assert_ok(over_run(&fx, ramo_plugin(),
                       "k_neighbors_1 = 7\nk_neighbors_2 = 2\n", NULL, &d, 1,
                       err));
    over_done(&fx);
    assert_int_equal(n_heard, 1);
    assert_ok(over_run(&fx, borderline_smote_plugin(),
                       "m_neighbors = auto\nk_neighbors = 1\n", NULL, &d, 1,
                       err));
    over_done(&fx);
    assert_string_equal(heard, "m_neighbors is 7, for there are 8 rows");
    mesa_warn_to(NULL, NULL);
}

/* Classes far apart: no row in danger, nothing for adasyn to go by. */
static void
test_apart(void **state)
{
    double x[60];
    int32_t y[60];
    const struct mesa_dataset d = line(60, 5, 1e6, x, y);
    struct fixture fx;

    (void)state;
    refuse(adasyn_plugin(), "", &d, MESA_EDATA,
           "[sampler] adasyn: no row of class 1 has a neighbour of another "
           "class, so there is nothing to share the new rows out by; smote "
           "needs none");
    n_heard = 0;
    mesa_warn_to(hear, NULL);
    assert_ok(over_run(&fx, borderline_smote_plugin(), "", NULL, &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 60);
    over_done(&fx);
    mesa_warn_to(NULL, NULL);
    assert_int_equal(n_heard, 1);
    assert_string_equal(heard, "borderline_smote: class 1 has no row in "
                               "danger, so none is made of it");
}

static void
test_few(void **state)
{
    double x[60];
    int32_t y[60];
    const struct mesa_dataset d = line(60, 5, 0, x, y);

    (void)state;
    refuse(adasyn_plugin(), "sampling_strategy = 1:15\n", &d, MESA_EDATA,
           "[sampler] adasyn: 3 new rows of class 1 are less than half a row "
           "for each of its 12, so none is made; smote would make them");
}

static void
test_weights(void **state)
{
    double x[60], weight[60] = { 0 };
    int32_t y[60];
    struct mesa_dataset d = line(60, 5, 0, x, y);

    (void)state;
    d.weight = weight;
    refuse(ramo_plugin(), "", &d, MESA_EDATA,
           "[sampler] ramo: the weights of the 12 rows of class 1 add up to "
           "0");
}

static void
test_categories(void **state)
{
    static const struct mesa_column columns[] = {
        { "colour", MESA_CATEGORICAL, 100, NULL }
    };
    static const char *const names[] = { "no", "yes" };
    const struct mesa_schema schema = { sizeof schema, 2, 1, columns, names,
                                        "bought", 0, NULL };
    double x[60];
    int32_t y[60];
    struct mesa_dataset d = line(60, 5, 0, x, y);

    (void)state;
    d.schema = &schema;
    refuse(smote_plugin(), "", &d, MESA_EDATA,
           "[sampler] smote: smote makes rows between rows, which column "
           "'colour' of categories does not allow; smotenc does");
}

/* Distances that are no number any more: no made row is one without notice. */
static void
test_too_far_apart(void **state)
{
    double x[12], far[12];
    int32_t y[12];
    struct mesa_dataset d = line(12, 4, 0, x, y);
    struct fixture fx;

    (void)state;
    for (size_t r = 0; r < 12; r++)
        far[r] = r % 2 ? 1e200 * x[r] : -1e200 * x[r];
    d.x.data = far;
    refuse(g_smote_plugin(), "k_neighbors = 1\n", &d, MESA_EDATA,
           "[sampler] g_smote: rows 8 and 0 are so far apart that column 0 "
           "of a row around them is no number");
    refuse(random_over_plugin(), "shrinkage = 1\n", &d, MESA_EDATA,
           "[sampler] random_over: a repeat of row 8 is no number in column "
           "0, whose values are too large for shrinkage");
    assert_ok(over_run(&fx, smote_plugin(), "k_neighbors = 1\n", NULL, &d, 1,
                       err));
    for (size_t i = 0; i < fx.rows->x.rows; i++)
        assert_true(isfinite(mesa_row(&fx.rows->x, i)[0]));
    over_done(&fx);
    /* Missing values stay missing. */
    d.flags = MESA_DATA_MISSING;
    for (size_t r = 0; r < 12; r++)
        far[r] = r % 4 ? x[r] : NAN;
    assert_ok(over_run(&fx, random_over_plugin(), "shrinkage = 1\n", NULL,
                       &d, 1, err));
    assert_int_equal(fx.rows->x.rows, 18);
    for (size_t i = 12; i < 18; i++)
        assert_true(isnan(mesa_row(&fx.rows->x, i)[0]));
    over_done(&fx);
}

/* Class names are in messages. */
static void
test_names(void **state)
{
    static const struct mesa_column columns[] = {
        { "price", MESA_NUMERIC, 0, NULL }
    };
    static const char *const names[] = { "no", "yes" };
    const struct mesa_schema schema = { sizeof schema, 2, 1, columns, names,
                                        "bought", 0, NULL };
    double x[60];
    int32_t y[60];
    struct mesa_dataset d = line(60, 5, 1e6, x, y);

    (void)state;
    d.schema = &schema;
    refuse(adasyn_plugin(), "", &d, MESA_EDATA,
           "[sampler] adasyn: no row of class yes has a neighbour of another "
           "class, so there is nothing to share the new rows out by; smote "
           "needs none");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_many_neighbors),
        cmocka_unit_test(test_one_row),
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_too_far_apart),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
