/* SPDX-License-Identifier: MIT */
/* test_evaluate_plane.c - rows in a plane: two columns, or components. */
#include "test.h"

#include "evaluate_plane.h"

#include <math.h>

static struct mesa_cmatrix
matrix(const double *x, size_t rows, size_t cols)
{
    return (struct mesa_cmatrix){ x, rows, cols, cols, NULL };
}

/* Two columns are the axes themselves; what is missing is at their mean. */
static void
test_direct(void **state)
{
    const double x[] = { 1, 10, 3, 30, NAN, 20 };
    struct mesa_cmatrix m = matrix(x, 3, 2);
    struct mesa_plane p;
    double place[2], row[2];

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    assert_true(p.direct);
    mesa_plane_place(&p, x + 2, place);
    assert_bits_equal(place[0], 3);
    assert_bits_equal(place[1], 30);
    mesa_plane_row(&p, place, row);
    assert_memory_equal(row, x + 2, sizeof row);
    mesa_plane_place(&p, x + 4, place);
    assert_bits_equal(place[0], 2);
    assert_bits_equal(place[1], 20);
    mesa_plane_free(&p);
}

/* Two columns that are one but for their unit, one apart from them and one
 * that never changes: correlations 1, 0 and 0, of three that vary. */
static void
test_components(void **state)
{
    const double x[] = { -1, -100, 1,  7, -1, -100, -1, 7,
                         1,  100,  1,  7, 1,  100,  -1, 7 };
    const double half = sqrt(0.5);
    struct mesa_cmatrix m = matrix(x, 4, 4);
    struct mesa_plane p;
    double place[2], row[4];

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    assert_false(p.direct);
    assert_close(p.share[0], 2.0 / 3, 1e-12);
    assert_close(p.share[1], 1.0 / 3, 1e-12);
    assert_close(p.axis[0][0], half, 1e-12);
    assert_close(p.axis[0][1], half, 1e-12);
    assert_true(fabs(p.axis[0][2]) < 1e-9 && p.axis[0][3] == 0);
    assert_close(p.axis[1][2], 1, 1e-12);
    mesa_plane_place(&p, x + 8, place);
    assert_close(place[0], 2 * half, 1e-9);
    assert_close(place[1], 1, 1e-9);
    mesa_plane_row(&p, place, row); /* it lies in the plane */
    for (int j = 0; j < 4; j++)
        assert_close(row[j], x[8 + j], 1e-9);
    mesa_plane_free(&p);
}

/* As numpy.linalg.eigh of the correlations of the same rows does it. */
static void
test_numpy(void **state)
{
    const double x[] = { 1, 2, 0.5, 2, 1, 3, 3, 5, 1, 4, 4, 2.5, 5, 7, 0 };
    struct mesa_cmatrix m = matrix(x, 5, 3);
    struct mesa_plane p;

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    assert_close(p.share[0], 0.7165496545520924, 1e-10);
    assert_close(p.share[1], 0.2757442666111192, 1e-10);
    assert_close(p.axis[0][0], 0.5792555642691786, 1e-8);
    assert_close(p.axis[0][1], 0.6767942803992913, 1e-8);
    assert_close(p.axis[0][2], -0.45432641710778887, 1e-8);
    assert_close(p.axis[1][0], 0.5722810300450689, 1e-8);
    assert_close(p.axis[1][1], 0.0592543080276199, 1e-8);
    assert_close(p.axis[1][2], 0.8179140233733143, 1e-8);
    mesa_plane_free(&p);
}

/* Rows that are all alike have no direction, and no trouble. */
static void
test_constant(void **state)
{
    const double x[] = { 1, 2, 3, 1, 2, 3 };
    struct mesa_cmatrix m = matrix(x, 2, 3);
    struct mesa_plane p;
    double place[2];

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    mesa_plane_place(&p, x, place);
    assert_bits_equal(place[0], 0);
    assert_bits_equal(place[1], 0);
    assert_bits_equal(p.share[0], 0);
    assert_false(mesa_plane_is_sound(&p));
    mesa_plane_free(&p);
}

/* Rows on a line span no plane, whatever rounding leaves beside it. */
static void
test_line(void **state)
{
    const double x[] = { 0.1, 0.3, 0.7, 0.2, 0.6, 1.4, 0.3, 0.9, 2.1 };
    struct mesa_cmatrix m = matrix(x, 3, 3);
    struct mesa_plane p;

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    assert_close(p.share[0], 1, 1e-12);
    assert_false(mesa_plane_is_sound(&p));
    mesa_plane_free(&p);
}

/* Values that have no square are standardised as all others; what is not
 * finite is found. */
static void
test_huge(void **state)
{
    const double small[] = { 1, 2, 0.5, 2, 1, 3, 3, 5, 1, 4, 4, 2.5 };
    double x[12], place[2], other[2];
    struct mesa_cmatrix m = matrix(small, 4, 3);
    struct mesa_plane p, huge;

    (void)state;
    assert_ok(mesa_plane_init(&p, &m, err));
    assert_true(mesa_plane_is_sound(&p));
    for (size_t i = 0; i < MESA_COUNT(x); i++)
        x[i] = ldexp(small[i], 1021);
    m.data = x;
    assert_ok(mesa_plane_init(&huge, &m, err));
    assert_true(mesa_plane_is_sound(&huge));
    for (size_t r = 0; r < 4; r++) {
        mesa_plane_place(&p, small + 3 * r, place);
        mesa_plane_place(&huge, x + 3 * r, other);
        assert_memory_equal(place, other, sizeof place);
    }
    mesa_plane_free(&huge);
    x[4] = INFINITY;
    assert_ok(mesa_plane_init(&huge, &m, err));
    assert_false(mesa_plane_is_sound(&huge));
    mesa_plane_free(&huge);
    mesa_plane_free(&p);
}

static void
test_memory(void **state)
{
    const double x[] = { 1, 2, 3, 3, 2, 5 };
    struct mesa_cmatrix m = matrix(x, 2, 3);
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        const uint64_t live = mesa_memory_live();
        struct mesa_plane p;
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = mesa_plane_init(&p, &m, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_plane_free(&p);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 10);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_direct),   cmocka_unit_test(test_components),
        cmocka_unit_test(test_numpy),    cmocka_unit_test(test_constant),
        cmocka_unit_test(test_line),     cmocka_unit_test(test_huge),
        cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
