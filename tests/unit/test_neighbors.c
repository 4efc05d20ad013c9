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

/* A shape of data to search in, and how. */
struct shape {
    enum mesa_distance how;
    size_t rows, cols, k;
    size_t values;     /* of a column; few make ties and equal rows   */
    double offset;     /* far from 0, floats lose what tells rows apart */
    bool   missing;
};

static const struct shape shapes[] = {
    { MESA_EUCLIDEAN, 1000, 1, 3, 50, 0, false },
    { MESA_EUCLIDEAN, 2100, 2, 7, 1000000, 0, false },
    { MESA_EUCLIDEAN, 2100, 2, 7, 12, 0, false },
    { MESA_EUCLIDEAN, 1500, 9, 5, 3, 0, false },
    { MESA_EUCLIDEAN, 1500, 12, 1, 1000000, 1e9, false },
    { MESA_EUCLIDEAN, 4000, 31, 4, 1000000, -40, false },
    { MESA_EUCLIDEAN, 300, 16, 299, 4, 0, false },
    { MESA_EUCLIDEAN, 300, 8, 50, 1000, 1e40, false },
    { MESA_MANHATTAN, 3500, 20, 3, 1000000, 0, false },
    { MESA_MANHATTAN, 900, 3, 40, 5, 0, false },
    { MESA_HEOM, 250, 6, 5, 1000, 0, false },
    { MESA_HEOM, 250, 6, 5, 4, 0, true },
    { MESA_VDM, 250, 6, 5, 6, 0, false },
    { MESA_EUCLIDEAN, 2, 9, 1, 2, 0, false },
};

enum { MOST = 4000, WIDE = 31 };

static struct mesa_column shape_column[WIDE];
static double shape_x[(MOST + 1) * WIDE];
static int32_t shape_y[MOST], lying_y[MOST];
static size_t shape_row[MOST];

/* Rows in another order than in memory; of every third column, categories
 * where the distance knows them; one class in ten is rare. */
static struct mesa_dataset
make_shape(const struct shape *s, struct mesa_schema *schema)
{
    bool mixed = s->how == MESA_HEOM || s->how == MESA_VDM;
    struct mesa_dataset d = { sizeof d, s->missing ? MESA_DATA_MISSING : 0,
                              { shape_x, s->rows, s->cols, WIDE, shape_row },
                              shape_y, NULL, { NULL, 0, 0, 0, NULL }, CLASSES,
                              schema };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, s->rows * s->cols + s->k);
    *schema = (struct mesa_schema){ sizeof *schema, CLASSES, s->cols,
                                    shape_column, NULL, NULL, 0, NULL };
    for (size_t j = 0; j < s->cols; j++) {
        shape_column[j].type = mixed && j % 3 == 0 ? MESA_CATEGORICAL
                                                   : MESA_NUMERIC;
        shape_column[j].n_categories = 4;
    }
    for (size_t i = 0; i < s->rows; i++) {
        for (size_t j = 0; j < s->cols; j++) {
            bool category = shape_column[j].type == MESA_CATEGORICAL;
            size_t v = mesa_rng_below(&rng, category ? 4 : s->values);

            shape_x[i * WIDE + j] = category ? (double)v
                                             : (double)v / 7 + s->offset;
            if (s->missing && mesa_rng_below(&rng, 9) == 0)
                shape_x[i * WIDE + j] = NAN;
        }
        shape_row[i] = s->rows - 1 - i;
        shape_y[i] = mesa_rng_below(&rng, 10) > 0
                         ? 1 : (int32_t)mesa_rng_below(&rng, CLASSES);
    }
    return d;
}

/* What mesa/neighbors.h says of ranges, deviations and shares. */
static double
column_apart(const struct mesa_dataset *d, enum mesa_distance how, size_t j,
             double a, double b)
{
    double least = INFINITY, most = -INFINITY, mean = 0, square = 0, sum = 0;
    double n_a[CLASSES + 1] = { 0 }, n_b[CLASSES + 1] = { 0 };
    size_t n = 0;

    if (isnan(a) || isnan(b))
        return 1;
    for (size_t r = 0; r < d->x.rows; r++) {
        double v = mesa_row(&d->x, r)[j];

        if (isnan(v))
            continue;
        least = fmin(least, v);
        most = fmax(most, v);
        mean += v;
        n++;
        n_a[d->y[r]] += v >= a && v <= a;
        n_b[d->y[r]] += v >= b && v <= b;
        n_a[CLASSES] += v >= a && v <= a;
        n_b[CLASSES] += v >= b && v <= b;
    }
    for (size_t r = 0; r < d->x.rows; r++) {
        double v = mesa_row(&d->x, r)[j] - mean / (double)n;

        square += isnan(v) ? 0 : v * v;
    }
    if (d->schema->column[j].type != MESA_CATEGORICAL)
        return (a - b) / (how == MESA_HEOM ? most - least
                                           : 4 * sqrt(square / (double)n));
    if (how == MESA_HEOM)
        return a < b || a > b;
    for (size_t c = 0; c < CLASSES; c++)
        sum += fabs(n_a[c] / n_a[CLASSES] - n_b[c] / n_b[CLASSES]);
    return sum;
}

/* The same sums as the library's, one pair of rows at a time. */
static double
pair_order(const struct mesa_dataset *d, enum mesa_distance how,
           const double *a, const double *b)
{
    double sum = 0;

    for (size_t j = 0; j < d->x.cols; j++) {
        double v = how == MESA_HEOM || how == MESA_VDM
                       ? column_apart(d, how, j, a[j], b[j])
                       : a[j] - b[j];

        sum += how == MESA_MANHATTAN ? fabs(v) : v * v;
    }
    return sum;
}

struct found {
    double order;
    size_t row;
};

static int
by_order(const void *a, const void *b)
{
    const struct found *p = a, *q = b;

    return p->order < q->order   ? -1
           : p->order > q->order ? 1
                                 : (p->row > q->row) - (p->row < q->row);
}

/* Row i's neighbours and votes, from the distances of all rows, sorted. */
static void
check_row(const struct mesa_dataset *d, const struct shape *s, size_t i,
          const size_t *index, const double *distance, const double *votes)
{
    static struct found all[MOST];
    double tied[CLASSES] = { 0 }, closer[CLASSES] = { 0 }, cut, n_tied = 0;
    double places = (double)s->k;
    size_t n = 0;

    for (size_t r = 0; r < s->rows; r++)
        if (r != i)
            all[n++] = (struct found){ pair_order(d, s->how,
                                                  mesa_row(&d->x, i),
                                                  mesa_row(&d->x, r)), r };
    qsort(all, n, sizeof *all, by_order);
    cut = all[s->k - 1].order;
    for (size_t j = 0; j < s->k; j++) {
        assert_int_equal(index[j], all[j].row);
        assert_bits_equal(distance[j],
                          s->how == MESA_EUCLIDEAN || s->how == MESA_HEOM
                              ? sqrt(all[j].order) : all[j].order);
    }
    for (size_t j = 0; j < n && all[j].order <= cut; j++) {
        bool before = all[j].order < cut;

        closer[d->y[all[j].row]] += before;
        tied[d->y[all[j].row]] += !before;
        places -= before;
        n_tied += !before;
    }
    for (size_t c = 0; c < CLASSES; c++)
        assert_bits_equal(votes[c], tied[c] * places / n_tied + closer[c]);
}

/* A sample of rows against all others; with two threads, and with rows in
 * another order, the votes are the same. */
static void
check_shape(const struct shape *s)
{
    struct mesa_schema schema;
    struct mesa_dataset d = make_shape(s, &schema), lying = d;
    const struct mesa_query own = { sizeof own, NULL, NULL, s->k };
    const struct mesa_query turned = { sizeof turned, &d.x, shape_row, s->k };
    size_t n = s->rows * s->k, step = 1 + s->rows / 60;
    size_t *index = malloc(n * sizeof *index);
    double *distance = malloc(n * sizeof *distance);
    double *votes = malloc(s->rows * CLASSES * sizeof *votes);
    double *again = malloc(s->rows * CLASSES * sizeof *again);
    struct mesa_neighbors *nb;

    assert_ok(mesa_neighbors_new(&d, s->how, &nb, err));
    assert_ok(mesa_neighbors_find(nb, &own, index, distance, err));
    assert_ok(mesa_neighbors_votes(nb, &own, votes, err));
    for (size_t i = 0; i < s->rows; i += step)
        check_row(&d, s, i, index + i * s->k, distance + i * s->k,
                  votes + i * CLASSES);
    mesa_neighbors_free(nb);
    assert_ok(mesa_parallel_set_threads(2, err));
    lying.x.index = NULL;
    for (size_t i = 0; i < s->rows; i++)
        lying_y[shape_row[i]] = shape_y[i];
    lying.y = lying_y;
    assert_ok(mesa_neighbors_new(&lying, s->how, &nb, err));
    assert_ok(mesa_neighbors_votes(nb, &turned, again, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    if (s->how != MESA_VDM) /* deviations are summed in order of rows */
        assert_memory_equal(votes, again, s->rows * CLASSES * sizeof *votes);
    mesa_neighbors_free(nb);
    free(index);
    free(distance);
    free(votes);
    free(again);
}

static void
test_shapes_against_every_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_shape(&shapes[i]);
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
                                               NULL, NULL, 0, NULL };
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
    static double votes[ROWS * CLASSES];

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
    query.x = &d.x;
    query.k = 5;
    x[70] = NAN;
    assert_error(mesa_neighbors_votes(nb, &query, votes, err), MESA_EDATA,
                 "values are missing, which this distance does not know");
    mesa_neighbors_free(nb);
    d.x.rows = UINT32_MAX;
    assert_error(mesa_neighbors_new(&d, MESA_EUCLIDEAN, &nb, err),
                 MESA_EINVAL,
                 "4294967295 rows are too many to search: at most 4294967263");
    d.x.rows = ROWS;
    d.flags = MESA_DATA_MISSING;
    assert_error(mesa_neighbors_new(&d, MESA_VDM, &nb, err), MESA_EDATA,
                 "values are missing, which this distance does not know");
    assert_null(nb);
}

/* With few columns and many, neighbours and votes: no step is missed. */
static void
run_out(const struct mesa_dataset *d, enum mesa_distance how, bool votes)
{
    static size_t index[ROWS * K];
    static double vote[ROWS * CLASSES];
    static const size_t pick[] = { 7, 3, 120 };
    const struct mesa_cmatrix some = { d->x.data, 3, d->x.cols, d->x.stride,
                                       pick };
    const struct mesa_query query = { sizeof query, &some, pick, K };
    mesa_status st = MESA_ENOMEM;

    for (uint64_t k = 0; st != MESA_OK; k++) {
        struct mesa_neighbors *nb = NULL;
        uint64_t live = mesa_memory_live();
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = mesa_neighbors_new(d, how, &nb, &err);
        if (st == MESA_OK)
            st = votes ? mesa_neighbors_votes(nb, &query, vote, &err)
                       : mesa_neighbors_find(nb, &query, index, NULL, &err);
        mesa_neighbors_free(nb);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 100);
    }
}

static void
test_memory_runs_out(void **state)
{
    struct mesa_dataset d = grid(10);

    (void)state;
    run_out(&d, MESA_HEOM, false);
    d.x.rows = 150;
    d.x.cols = d.x.stride = 10;
    run_out(&d, MESA_EUCLIDEAN, true);
}

static void
test_how_many(void **state)
{
    static const char *const names[] = { "no", "yes" };
    static const struct mesa_schema schema = { sizeof schema, 2, 0, NULL,
                                               names, NULL, 0, NULL };
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
        cmocka_unit_test(test_shapes_against_every_pair),
        cmocka_unit_test(test_mixed_columns),
        cmocka_unit_test(test_what_cannot_be_searched),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_how_many),
    };

    return cmocka_run_group_tests_name("neighbors", tests, NULL, NULL);
}
