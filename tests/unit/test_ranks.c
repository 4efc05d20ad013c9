/* SPDX-License-Identifier: MIT */
/* test_ranks.c - ranks against plain counting, and what reads them. */
#include "test.h"

#include <float.h>
#include <math.h>

enum { ROWS = 700, COLS = 5 };

static uint32_t
draw(uint32_t *state)
{
    *state = (uint32_t)((uint64_t)*state * 48271 % 2147483647);
    return *state;
}

/* Column 0 has many values, column 1 few and odd ones, column 2 one, column 3
 * none, and column 4 has some missing. */
static void
fill(double x[ROWS][COLS])
{
    static const double odd[] = { 0.0,      -0.0,  INFINITY, -INFINITY,
                                  DBL_MAX,  1e-310, -DBL_MAX, -1e-310,
                                  -INFINITY, 1 };
    uint32_t state = 7;

    for (size_t r = 0; r < ROWS; r++) {
        x[r][0] = draw(&state) / 1e6 - 1000;
        x[r][1] = odd[draw(&state) % (sizeof odd / sizeof odd[0])];
        x[r][2] = 3;
        x[r][3] = r % 2 ? NAN : -NAN;
        x[r][4] = draw(&state) % 5 ? draw(&state) % 9 : NAN;
    }
}

/* Different values of a column that are below v, or v itself. */
static uint16_t
count_below(const struct mesa_cmatrix *x, size_t column, double v)
{
    uint16_t n = 0;

    for (size_t r = 0; r < x->rows; r++) {
        double one = mesa_row(x, r)[column];
        bool first = one <= v;

        for (size_t s = 0; s < r && first; s++)
            first = mesa_row(x, s)[column] != one;
        n = (uint16_t)(n + first);
    }
    return n;
}

static void
expect_ranks(const struct mesa_cmatrix *x)
{
    const double infinite = INFINITY;
    struct mesa_ranks *ranks;
    uint16_t below;

    assert_ok(mesa_ranks_new(x, &ranks, err));
    assert_non_null(ranks);
    assert_int_equal(mesa_ranks_rows(ranks), x->rows);
    assert_int_equal(mesa_ranks_cols(ranks), x->cols);
    for (size_t c = 0; c < x->cols; c++) {
        const uint16_t *rank = mesa_ranks_column(ranks, c);

        for (size_t r = 0; r < x->rows; r++)
            assert_int_equal(rank[r], count_below(x, c, mesa_row(x, r)[c]));
        for (size_t r = x->rows; r < x->rows + MESA_RANKS_AHEAD; r++)
            assert_int_equal(rank[r], 0);
        mesa_ranks_below(ranks, 1, &c, &infinite, &below);
        assert_int_equal(below, count_below(x, c, INFINITY));
    }
    mesa_ranks_free(ranks);
}

static void
test_counted(void **state)
{
    static double x[ROWS][COLS];
    static size_t index[ROWS];
    struct mesa_cmatrix m = { x[0], ROWS, COLS, COLS, NULL };

    (void)state;
    fill(x);
    expect_ranks(&m);
    for (size_t r = 0; r < ROWS; r++)
        index[r] = r * r % 97;
    m.index = index;
    expect_ranks(&m);
    m.rows = 1;
    expect_ranks(&m);
    m.rows = 0;
    expect_ranks(&m);
    mesa_ranks_free(NULL);
}

/* Thresholds at values, between them, and beyond all; any number at a time. */
static void
test_below(void **state)
{
    static const double odd[] = { 0.0,  -0.0,     INFINITY, -INFINITY, NAN,
                                  5e-324, 1e-309, 3,        2.999,     1e9 };
    static double x[ROWS][COLS];
    const struct mesa_cmatrix m = { x[0], ROWS, COLS, COLS, NULL };
    double threshold[200];
    size_t column[200];
    uint16_t below[201];
    struct mesa_ranks *ranks;
    uint32_t seed = 3;

    (void)state;
    fill(x);
    assert_ok(mesa_ranks_new(&m, &ranks, err));
    for (size_t i = 0; i < 200; i++) {
        column[i] = draw(&seed) % COLS;
        threshold[i] = i % 3 ? x[draw(&seed) % ROWS][column[i]]
                             : odd[draw(&seed) % (sizeof odd / sizeof *odd)];
        threshold[i] += i % 9 == 1 ? 0.5 : 0;
    }
    for (size_t n = 0; n <= 200; n += n < 20 ? 1 : 60) {
        below[n] = 12345;
        mesa_ranks_below(ranks, n, column, threshold, below);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(below[i],
                             count_below(&m, column[i], threshold[i]));
        assert_int_equal(below[n], 12345);
    }
    mesa_ranks_free(ranks);
}

/* As many values as there are ranks, and one more. */
static void
test_too_many(void **state)
{
    const size_t n = MESA_RANKS_MAX + 1;
    const double threshold[2] = { 1e9, 65533 };
    const size_t column[2] = { 0, 1 };
    double *x = malloc(2 * n * sizeof *x);
    struct mesa_cmatrix m = { x, n, 2, 2, NULL };
    struct mesa_ranks *ranks;
    uint16_t below[2];

    (void)state;
    assert_non_null(x);
    for (size_t r = 0; r < n; r++) {
        x[2 * r] = (double)(r % 3);
        x[2 * r + 1] = (double)(n - 1 - r);
    }
    assert_ok(mesa_ranks_new(&m, &ranks, err));
    assert_null(ranks);
    x[1] = x[3];
    assert_ok(mesa_ranks_new(&m, &ranks, err));
    assert_non_null(ranks);
    assert_int_equal(mesa_ranks_column(ranks, 1)[0], MESA_RANKS_MAX);
    assert_int_equal(mesa_ranks_column(ranks, 1)[n - 1], 1);
    mesa_ranks_below(ranks, 2, column, threshold, below);
    assert_int_equal(below[0], 3);
    assert_int_equal(below[1], MESA_RANKS_MAX);
    mesa_ranks_free(ranks);
    free(x);
}

static void
test_allocation_failures(void **state)
{
    static double x[ROWS][COLS];
    const struct mesa_cmatrix m = { x[0], ROWS, COLS, COLS, NULL };
    uint64_t before = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    fill(x);
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_ranks *ranks;
        struct mesa_error err;

        assert_true(k < 100);
        mesa_memory_fail_at(k);
        st = mesa_ranks_new(&m, &ranks, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true((ranks == NULL) == (st != MESA_OK));
        mesa_ranks_free(ranks);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
