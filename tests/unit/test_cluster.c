/* SPDX-License-Identifier: MIT */
/* test_cluster.c - k-means, against scikit-learn and against its definition:
 * rows with their nearest centre, centres at the mean of their rows. */
#include "cluster_fixture.h"

#include "warn.h"

enum { ROWS = 5000, COLS = 5 };

static double x[ROWS * COLS];

static struct mesa_cmatrix
grid(size_t values)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 4);
    for (size_t i = 0; i < ROWS * COLS; i++)
        x[i] = (double)mesa_rng_below(&rng, values) / 8;
    return (struct mesa_cmatrix){ x, ROWS, COLS, COLS, NULL };
}

static mesa_status
fit(const struct mesa_cmatrix *rows, size_t k, size_t n_init, double tol,
    uint64_t seed, struct mesa_kmeans *found, struct mesa_error *err)
{
    const struct mesa_kmeans_options options = { sizeof options, k, n_init,
                                                 300, tol };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return mesa_kmeans_fit(rows, &options, &rng, found, err);
}

static void
test_groups_far_apart(void **state)
{
    const struct mesa_dataset d = cluster_data();
    struct mesa_kmeans found;

    (void)state;
    assert_ok(fit(&d.x, CLUSTER_GROUPS, 3, 0, 1, &found, err));
    assert_int_equal(found.n_clusters, CLUSTER_GROUPS);
    assert_int_equal(found.cols, CLUSTER_COLS);
    assert_centers(found.center, cluster_center);
    assert_close(found.inertia, cluster_inertia[0], 1e-12);
    mesa_kmeans_free(&found);
}

/* One start is as good as any of the peer's, and ten are better than most. */
static void
test_inertia_is_usual(void **state)
{
    const struct mesa_dataset d = cluster_data();
    struct mesa_kmeans found;
    double middle = (cluster_many_inertia[0] + cluster_many_inertia[1]) / 2;

    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_ok(fit(&d.x, CLUSTER_MANY, 1, 1e-4, seed, &found, err));
        assert_true(found.inertia > cluster_many_inertia[0] * 0.99);
        assert_true(found.inertia < cluster_many_inertia[1] * 1.01);
        assert_true(found.n_iter > 1);
        mesa_kmeans_free(&found);
        assert_ok(fit(&d.x, CLUSTER_MANY, 10, 1e-4, seed, &found, err));
        assert_true(found.inertia < middle);
        mesa_kmeans_free(&found);
    }
}

static double
apart(const double *a, const double *b)
{
    double sum = 0;

    for (size_t j = 0; j < COLS; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static void
check_nearest(const struct mesa_kmeans *found)
{
    for (size_t i = 0; i < ROWS; i++) {
        const double *row = x + i * COLS;
        double own = apart(row, found->center + found->label[i] * COLS);

        for (size_t c = 0; c < found->n_clusters; c++)
            if (apart(row, found->center + c * COLS) < own - 1e-9)
                fail_msg("row %zu is nearer to centre %zu than to %u", i, c,
                         (unsigned)found->label[i]);
    }
}

static void
check_means(const struct mesa_kmeans *found)
{
    for (size_t c = 0; c < found->n_clusters; c++)
        for (size_t j = 0; j < COLS; j++) {
            double sum = 0, n = 0;

            for (size_t i = 0; i < ROWS; i++)
                if (found->label[i] == c) {
                    sum += x[i * COLS + j];
                    n++;
                }
            assert_true(n > 0);
            assert_true(found->center[c * COLS + j] - sum / n < 1e-9);
            assert_true(sum / n - found->center[c * COLS + j] < 1e-9);
        }
}

/* Bounds spare most comparisons; what they leave is as without them. */
static void
test_it_is_a_fixed_point(void **state)
{
    static const size_t k[] = { 1, 2, 7, 8, 33, 150 };
    struct mesa_kmeans found;

    (void)state;
    for (size_t values = 6; values < 100000; values *= 100)
        for (size_t i = 0; i < sizeof k / sizeof *k; i++) {
            struct mesa_cmatrix rows = grid(values);

            assert_ok(fit(&rows, k[i], 1, 0, i, &found, err));
            check_nearest(&found);
            check_means(&found);
            mesa_kmeans_free(&found);
        }
}

static void
test_threads_change_nothing(void **state)
{
    struct mesa_cmatrix rows = grid(1000);
    struct mesa_kmeans one, other;

    (void)state;
    assert_ok(fit(&rows, 40, 2, 1e-4, 3, &one, err));
    assert_ok(mesa_parallel_set_threads(3, err));
    assert_ok(fit(&rows, 40, 2, 1e-4, 3, &other, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_bits_equal(one.inertia, other.inertia);
    assert_memory_equal(one.center, other.center,
                        40 * COLS * sizeof *one.center);
    assert_memory_equal(one.label, other.label, ROWS * sizeof *one.label);
    mesa_kmeans_free(&one);
    mesa_kmeans_free(&other);
}

static char heard[200];

static void
hear(void *context, const char *line)
{
    (void)context;
    snprintf(heard, sizeof heard, "%s", line);
}

static void
test_fewer_values_than_clusters(void **state)
{
    static const double few[] = { 1, 5, 1, 5, 5, 9 };
    const struct mesa_cmatrix rows = { few, 6, 1, 1, NULL };
    struct mesa_kmeans found;

    (void)state;
    mesa_warn_to(hear, NULL);
    assert_ok(fit(&rows, 5, 1, 1e-4, 1, &found, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(heard, "5 clusters are wanted of rows that make only "
                               "3: many are equal");
    assert_bits_equal(found.inertia, 0.0);
    for (size_t i = 0; i < 6; i++)
        assert_close(found.center[found.label[i]], few[i], 1e-15);
    mesa_kmeans_free(&found);
}

static void
test_refusals(void **state)
{
    const struct mesa_dataset d = cluster_data();
    struct mesa_kmeans found;

    (void)state;
    assert_error(fit(&d.x, 241, 1, 0, 1, &found, err), MESA_EINVAL,
                 "241 clusters of 240 rows: 1 to 240");
    assert_error(fit(&d.x, 0, 1, 0, 1, &found, err), MESA_EINVAL,
                 "0 clusters of 240 rows: 1 to 240");
    for (uint64_t k = 0; k < 15; k++) {
        mesa_memory_fail_at(k);
        assert_error(fit(&d.x, 4, 1, 0, 1, &found, err), MESA_ENOMEM,
                     "out of memory: 240 rows to cluster");
        mesa_memory_fail_at(UINT64_MAX);
        assert_null(found.center);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_far_apart),
        cmocka_unit_test(test_inertia_is_usual),
        cmocka_unit_test(test_it_is_a_fixed_point),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_fewer_values_than_clusters),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
