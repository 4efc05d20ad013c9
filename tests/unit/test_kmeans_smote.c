/* SPDX-License-Identifier: MIT */
/* test_kmeans_smote.c - clusters grow as much as imbalanced-learn's, rows lie
 * between rows of one cluster, and what to do where no cluster will do. */
#include "cluster_fixture.h"
#include "maker.h"
#include "warn.h"

const struct mesa_plugin *kmeans_smote_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "kmeans_smote", kmeans_smote_plugin },
    { NULL, NULL, NULL },
};

static struct mesa_dataset
grouped_data(void)
{
    struct mesa_dataset d = cluster_data();

    d.y = cluster_grouped_y;
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
run(struct maker *m, const char *words, const struct mesa_dataset *d,
    struct mesa_sample *out, struct mesa_error *err)
{
    mesa_status st = maker_make(m, MESA_KIND_SAMPLER, "kmeans_smote", words,
                                err);
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    return st == MESA_OK
               ? mesa_sampler_resample(m->made, d, NULL, out, &rng, err)
               : st;
}

/* Shares are exact, but for the peer's rounding. */
static void
test_shares(void **state)
{
    const struct mesa_dataset d = grouped_data();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();
    size_t count[CLUSTER_GROUPS] = { 0 }, rows;

    (void)state;
    assert_ok(run(m,
                  "n_clusters=4 cluster_balance_threshold=0.02 "
                  "sampling_strategy=1:10057",
                  &d, out, err));
    rows = mesa_sample_rows(out);
    assert_int_equal(rows, CLUSTER_ROWS + 10000);
    for (size_t i = CLUSTER_ROWS; i < rows; i++) {
        const struct mesa_origin o = mesa_sample_origin(out, i);

        assert_true(o.kept == SIZE_MAX && o.parent_a != o.parent_b);
        assert_int_equal(d.y[o.parent_a], 1);
        assert_int_equal(d.y[o.parent_b], 1);
        assert_int_equal(cluster_group[o.parent_a],
                         cluster_group[o.parent_b]);
        count[cluster_group[o.parent_a]]++;
    }
    for (size_t g = 0; g < CLUSTER_GROUPS; g++) {
        double d_share = (double)count[g] / 10000 - cluster_smote_shares[g];

        assert_true(d_share < 2e-4 && d_share > -2e-4);
    }
    mesa_sample_free(out);
    maker_free(m);
}

/* The exponent 0 leaves 1 / rows of each cluster: 1/40, 1/12 and 1/3. */
static void
test_exponent(void **state)
{
    const struct mesa_dataset d = grouped_data();
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();
    size_t count[CLUSTER_GROUPS] = { 0 };

    (void)state;
    assert_ok(run(m,
                  "n_clusters=4 cluster_balance_threshold=0.02 "
                  "density_exponent=0 sampling_strategy=1:+530",
                  &d, out, err));
    for (size_t i = CLUSTER_ROWS; i < mesa_sample_rows(out); i++)
        count[cluster_group[mesa_sample_origin(out, i).parent_a]]++;
    assert_int_equal(count[0], 30);
    assert_int_equal(count[1], 100);
    assert_int_equal(count[2], 400);
    assert_int_equal(count[3], 0);
    mesa_sample_free(out);
    maker_free(m);
}

static char heard[200];

static void
hear(void *context, const char *line)
{
    (void)context;
    snprintf(heard, sizeof heard, "%s", line);
}

/* One group in four is of class 1 by two thirds: that is where it grows;
 * without that one, where it is more than usual. */
static void
test_threshold(void **state)
{
    struct mesa_dataset d = grouped_data();
    int32_t y[CLUSTER_ROWS];
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_ok(run(m, "n_clusters=4", &d, out, err));
    assert_int_equal(mesa_sample_rows(out), 366);
    for (size_t i = CLUSTER_ROWS; i < 366; i++)
        assert_int_equal(
            cluster_group[mesa_sample_origin(out, i).parent_a], 0);
    mesa_sample_free(out);
    for (size_t i = 0; i < CLUSTER_ROWS; i++)
        y[i] = cluster_group[i] != 0 && cluster_grouped_y[i];
    d.y = y;
    out = mesa_sample_new(&d);
    mesa_warn_to(hear, NULL);
    assert_ok(run(m, "n_clusters=4", &d, out, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(heard, "kmeans_smote: no cluster has a share of 0.5 "
                               "of class 1; its share in the data, 0.0708, "
                               "is taken instead");
    assert_int_equal(mesa_sample_rows(out), 446);
    for (size_t i = CLUSTER_ROWS; i < 446; i++)
        assert_int_equal(
            cluster_group[mesa_sample_origin(out, i).parent_a], 1);
    mesa_sample_free(out);
    maker_free(m);
}

static void
test_refusals(void **state)
{
    struct mesa_dataset d = grouped_data();
    int32_t y[CLUSTER_ROWS] = { 1 };
    struct mesa_sample *out = mesa_sample_new(&d);
    struct maker *m = start();

    (void)state;
    assert_error(run(m, "n_clusters=4 cluster_balance_threshold=0.9", &d, out,
                     err),
                 MESA_EDATA,
                 "[sampler] kmeans_smote: in none of 4 clusters class 1 has "
                 "more than 2 rows and a share of at least 0.9: lower "
                 "cluster_balance_threshold, or change n_clusters");
    mesa_sample_free(out);
    d.y = y;
    out = mesa_sample_new(&d);
    assert_error(run(m, "n_clusters=4 cluster_balance_threshold=0.9", &d, out,
                     err),
                 MESA_EDATA,
                 "[sampler] kmeans_smote: class 1 has 1 row, which leaves "
                 "no neighbour");
    mesa_sample_free(out);
    maker_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_exponent),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_refusals),
    };

    /* Warnings are those of the plugin linked in, not of one in a file. */
    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
