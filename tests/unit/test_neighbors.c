/* SPDX-License-Identifier: MIT */
/* test_neighbors.c - nearest rows and votes, against looking at every pair. */
#include "test.h"

#include <math.h>

enum { ROWS = 500, COLS = 3, CLASSES = 3, K = 5 };

static int32_t y[ROWS];
static double x[ROWS * COLS];

/* Rows on a coarse grid, so that many are tied and some are equal. */
static struct mesa_dataset
grid(size_t values)
{
    struct mesa_dataset d = { sizeof d, 0, { x, ROWS, COLS, COLS, NULL }, y,
                              NULL, { NULL, 0, 0, 0, NULL }, CLASSES, NULL };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    for (size_t i = 0; i < ROWS * COLS; i++)
        x[i] = (double)mesa_rng_below(&rng, values) / 8;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (int32_t)mesa_rng_below(&rng, CLASSES);
    return d;
}

static double
apart(size_t a, size_t b, enum mesa_distance how)
{
    double sum = 0;

    for (size_t j = 0; j < COLS; j++) {
        double d = x[a * COLS + j] - x[b * COLS + j];

        sum += how == MESA_MANHATTAN ? fabs(d) : d * d;
    }
    return how == MESA_MANHATTAN ? sum : sqrt(sum);
}

/* Neighbour j of row i is whoever has j rows before it. */
static void
check_found(enum mesa_distance how, const size_t *index,
            const double *distance)
{
    for (size_t i = 0; i < ROWS; i++)
        for (size_t r = 0; r < ROWS; r++) {
            double d = apart(i, r, how);
            size_t before = 0;

            if (r == i)
                continue;
            for (size_t o = 0; o < ROWS; o++) {
                double e = apart(i, o, how);

                before += o != i && (e < d || (e <= d && o < r));
            }
            if (before >= K)
                continue;
            assert_int_equal(index[i * K + before], r);
            assert_bits_equal(distance[i * K + before], d);
        }
}

static void
test_order_is_by_distance_and_row(void **state)
{
    static const enum mesa_distance how[] = { MESA_EUCLIDEAN,
                                              MESA_MANHATTAN };
    static const struct mesa_query query = { sizeof query, NULL, NULL, K };
    static size_t index[ROWS * K];
    static double distance[ROWS * K];

    (void)state;
    for (size_t h = 0; h < 2; h++)
        for (size_t values = 3; values < 1000; values *= 10) {
            struct mesa_dataset d = grid(values);
            struct mesa_neighbors *nb;

            assert_ok(mesa_neighbors_new(&d, how[h], &nb, err));
            assert_ok(mesa_neighbors_find(nb, &query, index, distance, err));
            check_found(how[h], index, distance);
            mesa_neighbors_free(nb);
        }
}

static void
test_other_rows_leave_out_whom_they_are(void **state)
{
    static const size_t pick[] = { 7, 3, 499 };
    struct mesa_dataset d = grid(4);
    struct mesa_cmatrix some = { x, 3, COLS, COLS, pick };
    struct mesa_query query = { sizeof query, &some, pick, K };
    static const struct mesa_query own = { sizeof own, NULL, NULL, K };
    static size_t all[ROWS * K], index[3 * K];
    struct mesa_neighbors *nb;

    (void)state;
    assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &own, all, NULL, err));
    assert_ok(mesa_neighbors_find(nb, &query, index, NULL, err));
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(index + i * K, all + pick[i] * K,
                            K * sizeof *index);
    /* Nobody left out: the first row that is equal comes first. */
    query.self = NULL;
    assert_ok(mesa_neighbors_find(nb, &query, index, NULL, err));
    for (size_t i = 0; i < 3; i++)
        assert_true(index[i * K] <= pick[i] &&
                    apart(index[i * K], pick[i], MESA_EUCLIDEAN) == 0);
    mesa_neighbors_free(nb);
}

/* Votes against their definition: closer rows whole, tied rows shared. */
static void
test_votes_share_what_is_tied(void **state)
{
    static const struct mesa_query query = { sizeof query, NULL, NULL, K };
    static size_t index[ROWS * K];
    static double distance[ROWS * K], votes[ROWS * CLASSES];
    struct mesa_dataset d = grid(4);
    struct mesa_neighbors *nb;

    (void)state;
    assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &query, index, distance, err));
    assert_ok(mesa_neighbors_votes(nb, &query, votes, err));
    for (size_t i = 0; i < ROWS; i++) {
        double cut = distance[i * K + K - 1], sure[CLASSES] = { 0 };
        double tied[CLASSES] = { 0 }, n_tied = 0, places = K, sum = 0;

        for (size_t r = 0; r < ROWS; r++) {
            double e = apart(i, r, MESA_EUCLIDEAN);

            if (r == i)
                continue;
            sure[y[r]] += e < cut;
            places -= e < cut;
            tied[y[r]] += e <= cut && e >= cut;
            n_tied += e <= cut && e >= cut;
        }
        for (size_t c = 0; c < CLASSES; c++) {
            sum += votes[i * CLASSES + c];
            assert_close(votes[i * CLASSES + c],
                         sure[c] + places * tied[c] / n_tied, 1e-12);
        }
        assert_close(sum, K, 1e-12);
    }
    mesa_neighbors_free(nb);
}

/* A clump of equal rows of two classes: each has the clump's shares. */
static void
test_a_clump_is_seen_as_it_is(void **state)
{
    static const struct mesa_query query = { sizeof query, NULL, NULL, 3 };
    static double votes[ROWS * 2];
    struct mesa_dataset d = grid(2);
    struct mesa_neighbors *nb;

    (void)state;
    d.n_classes = 2;
    memset(x, 0, sizeof x);
    for (size_t i = 0; i < ROWS; i++)
        y[i] = i % 100 == 0;
    assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
    assert_ok(mesa_neighbors_votes(nb, &query, votes, err));
    for (size_t i = 0; i < ROWS; i++)
        assert_close(votes[2 * i + 1], 3.0 * (5 - y[i]) / (ROWS - 1), 1e-12);
    mesa_neighbors_free(nb);
}

/* Two numeric columns and a categorical one, by hand. */
static void
test_mixed_columns(void **state)
{
    static const char *const colour[] = { "blue", "red", "green" };
    static const struct mesa_column column[] = {
        { "size", MESA_NUMERIC, 0, NULL },
        { "colour", MESA_CATEGORICAL, 3, colour },
    };
    static const struct mesa_schema schema = { sizeof schema, 2, 2, column,
                                               NULL, NULL };
    static const double mixed[] = { 0, 0, 4, 0, 8, 1, NAN, 1 };
    static const double whole[] = { 0, 0, 4, 0, 8, 1, 0, 2 };
    static const int32_t label[] = { 0, 1, 1, 1 };
    static const struct mesa_query query = { sizeof query, NULL, NULL, 3 };
    struct mesa_dataset d = { sizeof d, MESA_DATA_MISSING,
                              { mixed, 4, 2, 2, NULL }, label, NULL,
                              { NULL, 0, 0, 0, NULL }, 2, &schema };
    const double variance = 11; /* of 0, 4, 8, 0 */
    struct mesa_neighbors *nb;
    size_t index[12];
    double distance[12];

    (void)state;
    assert_ok(mesa_neighbors_new(&d, MESA_HEOM, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &query, index, distance, err));
    assert_int_equal(index[0], 1);
    assert_close(distance[0], 0.5, 1e-15);
    assert_close(distance[1], sqrt(2), 1e-15); /* row 2, or 3 */
    assert_int_equal(index[1], 2);
    assert_int_equal(index[9], 2); /* of row 3: 2 has its colour */
    assert_close(distance[9], 1, 1e-15);
    mesa_neighbors_free(nb);
    d.flags = 0;
    d.x.data = whole;
    assert_ok(mesa_neighbors_new(&d, MESA_VDM, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &query, index, distance, err));
    /* blue is half of class 0, red and green are not at all. */
    assert_int_equal(index[0], 1);
    assert_close(distance[0], 16 / (16 * variance), 1e-15);
    assert_int_equal(index[1], 3);
    assert_close(distance[1], 1, 1e-15);
    mesa_neighbors_free(nb);
}

static void
test_what_cannot_be_searched(void **state)
{
    struct mesa_dataset d = grid(10);
    struct mesa_cmatrix narrow = { x, 1, 2, 2, NULL };
    struct mesa_query query = { sizeof query, NULL, NULL, ROWS };
    struct mesa_neighbors *nb;
    double votes[2 * CLASSES];

    (void)state;
    assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
    assert_error(mesa_neighbors_find(nb, &query, NULL, NULL, err),
                 MESA_EINVAL,
                 "500 neighbours are asked for, but there are 499 rows to "
                 "look among");
    query.k = 0;
    assert_error(mesa_neighbors_votes(nb, &query, votes, err), MESA_EINVAL,
                 "0 neighbours are asked for, but there are 499 rows to look "
                 "among");
    query.x = &narrow;
    query.k = 1;
    assert_error(mesa_neighbors_votes(nb, &query, votes, err), MESA_ESHAPE,
                 "rows of 2 columns cannot be compared to rows of 3");
    mesa_neighbors_free(nb);
    d.flags = MESA_DATA_MISSING;
    assert_error(mesa_neighbors_new(&d, MESA_VDM, &nb, err), MESA_EDATA,
                 "values are missing, which this distance does not know");
    assert_null(nb);
}

static void
test_memory_runs_out(void **state)
{
    static const struct mesa_query query = { sizeof query, NULL, NULL, K };
    static size_t index[ROWS * K];
    struct mesa_dataset d = grid(10);
    struct mesa_error err;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k++) {
        struct mesa_neighbors *nb = NULL;

        mesa_memory_fail_at(k);
        st = mesa_neighbors_new(&d, MESA_HEOM, &nb, &err);
        if (st == MESA_OK)
            st = mesa_neighbors_find(nb, &query, index, NULL, &err);
        mesa_neighbors_free(nb);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_true(k < 1000);
    }
}

static void
test_how_many(void **state)
{
    static const char *const names[] = { "no", "yes" };
    static const struct mesa_schema schema = { sizeof schema, 2, 0, NULL,
                                               names, NULL };
    struct mesa_dataset d = { .struct_size = sizeof d, .n_classes = 2,
                              .schema = &schema };
    size_t k;

    (void)state;
    assert_ok(mesa_neighbors_k("k_neighbors", 0, 5, &d, 1, 100, &k, err));
    assert_int_equal(k, 5);
    assert_ok(mesa_neighbors_k("k_neighbors", 0, 5, &d, 1, 3, &k, err));
    assert_int_equal(k, 2);
    assert_ok(mesa_neighbors_k("k_neighbors", 7, 5, &d, 1, 8, &k, err));
    assert_int_equal(k, 7);
    assert_error(mesa_neighbors_k("k_neighbors", 9, 5, &d, 1, 6, &k, err),
                 MESA_EINVAL,
                 "k_neighbors is 9 but class yes has 6 rows: 5 at most, or "
                 "auto");
    d.schema = NULL;
    assert_error(mesa_neighbors_k("k_neighbors", 0, 5, &d, 1, 1, &k, err),
                 MESA_EDATA,
                 "class 1 has 1 row, which leaves no neighbour");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_by_distance_and_row),
        cmocka_unit_test(test_other_rows_leave_out_whom_they_are),
        cmocka_unit_test(test_votes_share_what_is_tied),
        cmocka_unit_test(test_a_clump_is_seen_as_it_is),
        cmocka_unit_test(test_mixed_columns),
        cmocka_unit_test(test_what_cannot_be_searched),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_how_many),
    };

    return cmocka_run_group_tests_name("neighbors", tests, NULL, NULL);
}
