/* SPDX-License-Identifier: MIT */
/* test_cluster_centroids.c - centres are imbalanced-learn's, hard voting
 * keeps rows, and classes come out with as many rows as were asked for. */
#include "cluster_fixture.h"
#include "maker.h"

const struct mesa_plugin *cluster_centroids_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "cluster_centroids", cluster_centroids_plugin },
    { NULL, NULL, NULL },
};

static struct maker *
start(void)
{
    static struct maker m;

    memset(&m, 0, sizeof m);
    assert_ok(mesa_registry_init(&m.registry, plugins, err));
    return &m;
}

static mesa_status
run(struct maker *m, const char *words, const struct mesa_dataset *d,
    struct mesa_sample *out, struct mesa_error *err)
{
    mesa_status st = maker_make(m, MESA_KIND_SAMPLER, "cluster_centroids",
                                words, err);
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    return st == MESA_OK
               ? mesa_sampler_resample(m->made, d, NULL, out, &rng, err)
               : st;
}

static double
apart(const double *a, const double *b)
{
    double sum = 0;

    for (size_t j = 0; j < CLUSTER_COLS; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Row r of class 0 is the nearest of them. */
static void
check_nearest(const struct mesa_dataset *d, size_t r, const double *center)
{
    assert_int_equal(d->y[r], 0);
    for (size_t i = 0; i < d->x.rows; i++)
        assert_true(d->y[i] != 0 || apart(mesa_row(&d->x, i), center) >=
                                        apart(mesa_row(&d->x, r), center));
}

static void
test_soft(void **state)
{
    const struct mesa_dataset d = cluster_data(), *rows;
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_ok(run(m, "tol=0", &d, out, err));
    assert_ok(mesa_sample_dataset(out, &rows, err));
    assert_int_equal(rows->x.rows, 8);
    for (size_t i = 0; i < 8; i++) {
        const struct mesa_origin o = mesa_sample_origin(out, i);

        assert_int_equal(rows->y[i], i < 4);
        assert_int_equal(o.kept == SIZE_MAX, i >= 4);
        if (i >= 4) {
            assert_int_equal(o.parent_a, o.parent_b);
            check_nearest(&d, o.parent_a, mesa_row(&rows->x, i));
        }
    }
    assert_centers(mesa_row(&rows->x, 4), cluster_centroids_made);
    mesa_sample_free(out);
    maker_free(m);
}

static void
test_hard(void **state)
{
    const struct mesa_dataset d = cluster_data();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_ok(run(m, "voting=hard", &d, out, err));
    assert_int_equal(mesa_sample_rows(out), 8);
    for (size_t i = 4; i < 8; i++) {
        size_t nearest = 0, r = mesa_sample_origin(out, i).kept;

        for (size_t c = 0; c < CLUSTER_GROUPS; c++) {
            const double *center = cluster_centroids_made + c * CLUSTER_COLS;

            if (apart(center, mesa_row(&d.x, r)) < 25) {
                check_nearest(&d, r, center);
                nearest++;
            }
        }
        assert_int_equal(nearest, 1);
    }
    mesa_sample_free(out);
    maker_free(m);
}

static void
test_sizes(void **state)
{
    struct mesa_dataset d = cluster_data();
    int32_t y[CLUSTER_ROWS];
    const struct mesa_dataset *rows;
    struct mesa_sample *out;
    struct maker *m = start();
    size_t count[3];

    (void)state;
    for (size_t i = 0; i < CLUSTER_ROWS; i++)
        y[i] = i % 12 == 0 ? 2 : i % 3 == 0;
    d.y = y;
    d.n_classes = 3;
    out = mesa_sample_new(&d);
    assert_ok(run(m, "", &d, out, err));
    assert_ok(mesa_sample_dataset(out, &rows, err));
    mesa_class_counts(rows, count);
    assert_int_equal(count[0], 20);
    assert_int_equal(count[1], 20);
    assert_int_equal(count[2], 20);
    mesa_sample_free(out);
    out = mesa_sample_new(&d);
    assert_ok(run(m, "sampling_strategy=0:31,1:60", &d, out, err));
    assert_ok(mesa_sample_dataset(out, &rows, err));
    mesa_class_counts(rows, count);
    assert_int_equal(count[0], 31);
    assert_int_equal(count[1], 60);
    assert_int_equal(count[2], 20);
    mesa_sample_free(out);
    maker_free(m);
}

static void
test_refusals(void **state)
{
    static const struct mesa_column columns[] = {
        { "a", MESA_NUMERIC, 0, NULL },
        { "colour", MESA_CATEGORICAL, 3, NULL },
        { "b", MESA_NUMERIC, 0, NULL }
    };
    static const struct mesa_schema schema = { sizeof schema, 2, 3, columns,
                                               NULL, NULL, 0, NULL };
    struct mesa_dataset d = cluster_data();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_error(run(m, "sampling_strategy=0:237", &d, out, err),
                 MESA_EINVAL,
                 "[sampler] cluster_centroids: sampling_strategy 0:237 would "
                 "keep 237 rows of class '0' but there are 236");
    d.schema = &schema;
    assert_error(run(m, "sampling_strategy=auto", &d, out, err), MESA_EDATA,
                 "[sampler] cluster_centroids: cluster_centroids takes "
                 "means, which column 'colour' of categories does not have; "
                 "make numbers of it with transform onehot");
    mesa_sample_free(out);
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_soft),
        cmocka_unit_test(test_hard),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
