/* SPDX-License-Identifier: MIT */
/*
 * test_neighbors_edges.c - neighbours where numbers are at their limits: so
 * large or small that squares leave the range of a double, all alike, one
 * row, as many neighbours as there are rows, queries from far away.
 */
#include "test.h"

#include "warn.h"

#include <math.h>

enum { ROWS = 100, COLS = 11, CLASSES = 4, ODD = 5 };

static double x[ROWS * COLS], other[ODD * COLS];
static int32_t y[ROWS];

/* Values of a column by how they are made from a draw below 1. */
static double
huge(double u, size_t j)
{
    return (j % 2 ? 1e300 : -1e300) * (u < 0.3 ? 1 : u);
}

static double
tiny(double u, size_t j)
{
    return u * (j % 2 ? 1e-170 : 5e-324);
}

static double
all_alike(double u, size_t j)
{
    (void)u;
    return (double)j - 3;
}

static double
zeros(double u, size_t j)
{
    (void)j;
    return u < 0.5 ? -0.0 : 0.0;
}

static double
one_column(double u, size_t j)
{
    return j == COLS - 1 ? floor(u * 20) : 7;
}

/* The differences are lost beside the values in single precision. */
static double
far_off(double u, size_t j)
{
    return 1e15 + (double)j + floor(u * 4);
}

static double
mixed_scales(double u, size_t j)
{
    return u * (j == 0 ? 1e200 : j == 1 ? 1e-200 : 1);
}

static double
two_clumps(double u, size_t j)
{
    return u < 0.5 ? 0 : 1e9 + (double)j;
}

static double
signs(double u, size_t j)
{
    return (u < 0.5 ? -1 : 1) * (1 + (double)j);
}

typedef double make(double u, size_t j);
static make *const makers[] = { huge, tiny, all_alike, zeros, one_column,
                                far_off, mixed_scales, two_clumps, signs };

static struct mesa_dataset
rows_of(make *maker, size_t rows, size_t cols)
{
    struct mesa_dataset d = { sizeof d, 0, { x, rows, cols, cols, NULL }, y,
                              NULL, { NULL, 0, 0, 0, NULL }, CLASSES, NULL };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 17);
    for (size_t r = 0; r < rows; r++) {
        double u = mesa_rng_uniform(&rng); /* a column may be like another */

        for (size_t j = 0; j < cols; j++)
            x[r * cols + j] = maker(r % 3 ? u : mesa_rng_uniform(&rng), j);
        y[r] = (int32_t)mesa_rng_below(&rng, CLASSES - 1);
    }
    return d;
}

static double
order_of(enum mesa_distance how, const double *a, const double *b,
         size_t cols)
{
    double sum = 0;

    for (size_t j = 0; j < cols; j++) {
        double v = a[j] - b[j];

        sum += how == MESA_MANHATTAN ? fabs(v) : v * v;
    }
    return sum;
}

/* Neighbours and votes of a row against all rows but `self`, by counting who
 * comes before. */
static void
check_row(const struct mesa_dataset *d, enum mesa_distance how,
          const double *row, size_t self, size_t k, const size_t *index,
          const double *distance, const double *votes)
{
    double order[ROWS], cut = 0, closer[CLASSES] = { 0 };
    double tied[CLASSES] = { 0 }, n_tied = 0, places = (double)k;

    for (size_t r = 0; r < d->x.rows; r++)
        order[r] = order_of(how, row, mesa_row(&d->x, r), d->x.cols);
    for (size_t r = 0; r < d->x.rows; r++) {
        size_t before = 0;

        for (size_t o = 0; o < d->x.rows; o++)
            before += o != self && (order[o] < order[r] ||
                                    (order[o] <= order[r] && o < r));
        if (r == self || before >= k)
            continue;
        assert_int_equal(index[before], r);
        assert_bits_equal(distance[before], how == MESA_EUCLIDEAN
                                                ? sqrt(order[r]) : order[r]);
        cut = before == k - 1 ? order[r] : cut;
    }
    for (size_t r = 0; r < d->x.rows; r++) {
        bool before = order[r] < cut, at = !before && order[r] <= cut;

        if (r == self)
            continue;
        closer[d->y[r]] += before;
        tied[d->y[r]] += at;
        places -= before;
        n_tied += at;
    }
    for (size_t c = 0; c < CLASSES; c++)
        assert_bits_equal(votes[c], tied[c] * places / n_tied + closer[c]);
}

static void
check(const struct mesa_dataset *d, enum mesa_distance how,
      const struct mesa_query *q)
{
    static size_t index[ROWS * ROWS];
    static double distance[ROWS * ROWS], votes[ROWS * CLASSES];
    const struct mesa_cmatrix *of = q->x ? q->x : &d->x;
    struct mesa_neighbors *nb;

    assert_ok(mesa_neighbors_new(d, how, &nb, err));
    assert_ok(mesa_neighbors_find(nb, q, index, distance, err));
    assert_ok(mesa_neighbors_votes(nb, q, votes, err));
    for (size_t i = 0; i < of->rows; i++)
        check_row(d, how, mesa_row(of, i),
                  !q->x ? i : q->self ? q->self[i] : SIZE_MAX, q->k,
                  index + i * q->k, distance + i * q->k, votes + i * CLASSES);
    mesa_neighbors_free(nb);
}

/* Every kind of values, with few columns and with enough for the screen. */
static void
test_values_at_their_limits(void **state)
{
    static const size_t cols[] = { 1, 3, COLS };
    static const size_t k[] = { 1, 6, ROWS - 1 };

    (void)state;
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++)
        for (size_t c = 0; c < sizeof cols / sizeof *cols; c++)
            for (size_t i = 0; i < sizeof k / sizeof *k; i++) {
                struct mesa_dataset d = rows_of(makers[m], ROWS, cols[c]);
                const struct mesa_query q = { sizeof q, NULL, NULL, k[i] };

                check(&d, MESA_EUCLIDEAN, &q);
                check(&d, MESA_MANHATTAN, &q);
            }
}

/* From within, from far away, and from beyond what can be squared. */
static void
test_queries_from_anywhere(void **state)
{
    static const double at[ODD] = { 0, 1e16, -1e40, 1.7e308, -5e-324 };
    const struct mesa_cmatrix odd = { other, ODD, COLS, COLS, NULL };

    (void)state;
    for (size_t m = 0; m < sizeof makers / sizeof *makers; m++) {
        struct mesa_dataset d = rows_of(makers[m], ROWS, COLS);
        struct mesa_query q = { sizeof q, &odd, NULL, 7 };

        for (size_t i = 0; i < ODD; i++)
            for (size_t j = 0; j < COLS; j++)
                other[i * COLS + j] = j % 3 == i % 3 ? at[i] : x[j];
        check(&d, MESA_EUCLIDEAN, &q);
        check(&d, MESA_MANHATTAN, &q);
        q.k = ROWS; /* nobody is left out, so all are neighbours */
        check(&d, MESA_EUCLIDEAN, &q);
    }
}

/* The same row asked about again and again, each time by another number. */
static void
test_selves(void **state)
{
    static const size_t self[ODD] = { 9, 9, 0, ROWS - 1, 9 };
    const struct mesa_cmatrix odd = { x, ODD, 3, 3, self };
    struct mesa_dataset d = rows_of(one_column, ROWS, 3);
    struct mesa_query q = { sizeof q, &odd, self, 4 };

    (void)state;
    check(&d, MESA_EUCLIDEAN, &q);
    q.k = ROWS - 1;
    check(&d, MESA_MANHATTAN, &q);
}

/* As few rows as can be: from none to three. */
static void
test_few_rows(void **state)
{
    const struct mesa_cmatrix odd = { other, 1, 2, 2, NULL };
    struct mesa_query q = { sizeof q, NULL, NULL, 1 };
    struct mesa_neighbors *nb;
    double votes[CLASSES];

    (void)state;
    for (size_t rows = 2; rows <= 3; rows++) {
        struct mesa_dataset d = rows_of(far_off, rows, 2);

        for (q.k = 1; q.k < rows; q.k++)
            check(&d, MESA_EUCLIDEAN, &q);
    }
    for (size_t rows = 0; rows <= 1; rows++) {
        struct mesa_dataset d = rows_of(far_off, rows, 2);

        q = (struct mesa_query){ sizeof q, NULL, NULL, 1 };
        assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
        assert_error(mesa_neighbors_votes(nb, &q, votes, err), MESA_EINVAL,
                     "1 neighbours are asked for, but there are 0 rows to "
                     "look among");
        q.k = SIZE_MAX;
        assert_error(mesa_neighbors_find(nb, &q, NULL, NULL, err),
                     MESA_EINVAL,
                     "18446744073709551615 neighbours are asked for, but "
                     "there are 0 rows to look among");
        mesa_neighbors_free(nb);
        q = (struct mesa_query){ sizeof q, &odd, NULL, 1 };
        if (rows == 1)
            check(&d, MESA_EUCLIDEAN, &q);
    }
    mesa_neighbors_free(NULL);
}

/* A query that lacks a value: only HEOM knows how far it is. */
static void
test_missing_in_queries(void **state)
{
    const struct mesa_cmatrix odd = { other, 2, 3, 3, NULL };
    static const enum mesa_distance how[] = { MESA_EUCLIDEAN, MESA_MANHATTAN,
                                              MESA_VDM };
    struct mesa_dataset d = rows_of(one_column, ROWS, 3);
    const struct mesa_query q = { sizeof q, &odd, NULL, ROWS };
    static size_t index[2 * ROWS];
    static double distance[2 * ROWS], votes[2 * CLASSES];
    struct mesa_neighbors *nb;

    (void)state;
    memcpy(other, x, 6 * sizeof *other);
    other[4] = NAN;
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        assert_ok(mesa_neighbors_new(&d, how[i], &nb, err));
        assert_error(mesa_neighbors_votes(nb, &q, votes, err), MESA_EDATA,
                     "values are missing, which this distance does not know");
        mesa_neighbors_free(nb);
    }
    assert_ok(mesa_neighbors_new(&d, MESA_HEOM, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &q, index, distance, err));
    assert_bits_equal(distance[0], 0);
    for (size_t i = ROWS; i < 2 * ROWS; i++)
        assert_true(distance[i] >= 1 && isfinite(distance[i]));
    mesa_neighbors_free(nb);
}

/* Columns whose range a double cannot hold, or the squares of whose values:
 * no distance is NaN, and every row is found once, or none is looked for. */
static void
test_scales_at_their_limits(void **state)
{
    static const struct {
        enum mesa_distance how;
        double             most;
        bool               fits;
    } cases[] = {
        { MESA_HEOM, 1e150, true }, { MESA_HEOM, 8e307, true },
        { MESA_HEOM, 1e308, false }, { MESA_HEOM, 1.7e308, false },
        { MESA_VDM, 1e150, true },  { MESA_VDM, 1e160, false },
        { MESA_VDM, 1.7e308, false },
    };
    const struct mesa_query q = { sizeof q, NULL, NULL, ROWS - 1 };
    static size_t index[ROWS * ROWS];
    static double distance[ROWS * ROWS];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_dataset d = rows_of(signs, ROWS, 3);
        struct mesa_neighbors *nb;

        for (size_t r = 0; r < ROWS; r++)
            x[3 * r + 1] = r % 2 ? cases[i].most : -cases[i].most;
        if (!cases[i].fits) {
            assert_error(mesa_neighbors_new(&d, cases[i].how, &nb, err),
                         MESA_EDATA, "the values of column 1 are too far "
                         "apart for this distance");
            assert_null(nb);
            continue;
        }
        assert_ok(mesa_neighbors_new(&d, cases[i].how, &nb, err));
        assert_ok(mesa_neighbors_find(nb, &q, index, distance, err));
        for (size_t r = 0; r < ROWS; r++) {
            bool seen[ROWS] = { false };

            for (size_t j = 0; j < ROWS - 1; j++) {
                size_t at = index[r * (ROWS - 1) + j];

                assert_true(at < ROWS && at != r && !seen[at]);
                seen[at] = true;
                assert_true(distance[r * (ROWS - 1) + j] < 2);
            }
        }
        mesa_neighbors_free(nb);
    }
}

/* Votes add up to k for any classes, those without rows get none; the same
 * with five threads. */
static void
test_votes_add_up(void **state)
{
    static double votes[ROWS * CLASSES], again[ROWS * CLASSES];

    (void)state;
    for (size_t k = 1; k < ROWS; k += 21) {
        const struct mesa_query q = { sizeof q, NULL, NULL, k };
        struct mesa_dataset d = rows_of(one_column, ROWS, COLS);
        struct mesa_neighbors *nb;

        assert_ok(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err));
        assert_ok(mesa_neighbors_votes(nb, &q, votes, err));
        assert_ok(mesa_parallel_set_threads(5, err));
        assert_ok(mesa_neighbors_votes(nb, &q, again, err));
        assert_ok(mesa_parallel_set_threads(1, err));
        assert_memory_equal(votes, again, sizeof votes);
        for (size_t r = 0; r < ROWS; r++) {
            double sum = 0;

            for (size_t c = 0; c < CLASSES; c++)
                sum += votes[r * CLASSES + c];
            assert_close(sum, (double)k, 1e-12);
            assert_bits_equal(votes[r * CLASSES + CLASSES - 1], 0);
        }
        mesa_neighbors_free(nb);
    }
}

static size_t n_heard;

static void
hear(void *context, const char *line)
{
    (void)context;
    assert_int_equal(strncmp(line, "k is ", 5), 0);
    n_heard++;
}

/* Every wish there is for k against classes of every size; fewer neighbours
 * than usual are told of. */
static void
test_every_k(void **state)
{
    struct mesa_dataset d = rows_of(signs, ROWS, 1);

    (void)state;
    n_heard = 0;
    mesa_warn_to(hear, NULL);

    for (size_t n = 0; n < 9; n++)
        for (int64_t wanted = 0; wanted < 10; wanted++) {
            char said[100];
            size_t k = 0;

            if (n < 2) {
                snprintf(said, sizeof said, "class 2 has %zu row%s, which "
                         "leaves no neighbour", n, n == 1 ? "" : "s");
                assert_error(mesa_neighbors_k("k", wanted, 5, &d, 2, n, &k,
                                              err), MESA_EDATA, said);
            } else if (wanted > (int64_t)n - 1) {
                snprintf(said, sizeof said, "k is %d but class 2 has %zu "
                         "rows: %zu at most, or auto", (int)wanted, n, n - 1);
                assert_error(mesa_neighbors_k("k", wanted, 5, &d, 2, n, &k,
                                              err), MESA_EINVAL, said);
            } else {
                assert_ok(mesa_neighbors_k("k", wanted, 5, &d, 2, n, &k,
                                           err));
                assert_int_equal(k, wanted   ? (size_t)wanted
                                    : n <= 5 ? n - 1 : 5);
            }
        }
    mesa_warn_to(NULL, NULL);
    assert_int_equal(n_heard, 4); /* of 2 to 5 rows */
}

/* Classes go by their numbers where there are no names, or some lack. */
static void
test_unnamed_classes(void **state)
{
    static const char *const some[] = { "no", NULL, NULL };
    struct mesa_schema schema = { .struct_size = sizeof schema,
                                  .n_classes = 3 };
    struct mesa_dataset d = rows_of(signs, ROWS, 1);
    size_t k;

    (void)state;
    d.schema = &schema;
    for (int i = 0; i < 2; i++) {
        assert_error(mesa_neighbors_k("k", 0, 5, &d, 2, 0, &k, err),
                     MESA_EDATA,
                     "class 2 has 0 rows, which leaves no neighbour");
        schema.class_name = some;
    }
    assert_error(mesa_neighbors_k("k", 0, 5, &d, 0, 0, &k, err), MESA_EDATA,
                 "class no has 0 rows, which leaves no neighbour");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_at_their_limits),
        cmocka_unit_test(test_queries_from_anywhere),
        cmocka_unit_test(test_selves),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_missing_in_queries),
        cmocka_unit_test(test_scales_at_their_limits),
        cmocka_unit_test(test_votes_add_up),
        cmocka_unit_test(test_every_k),
        cmocka_unit_test(test_unnamed_classes),
    };

    return cmocka_run_group_tests_name("neighbors_edges", tests, NULL, NULL);
}
