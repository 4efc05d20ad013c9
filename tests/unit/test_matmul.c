/* SPDX-License-Identifier: MIT */
/*
 * test_matmul.c - matrix products: bits equal to three plain loops.
 *
 * For every set of blocks that the processor can run, every way in which
 * sizes fail to divide by vectors and blocks, and arrays that end where their
 * last element does, for the sanitizers.
 */
#include "test.h"

#include "graph/matmul.h"

#include <math.h>

#define GAP 0x7f /* what bytes that nothing may touch are filled with */

static const size_t element_sizes[] = { sizeof(float), sizeof(double) };

/* A product with arrays of its own. */
struct fixture {
    struct mesa_product p;
    size_t              size, bytes; /* of an element, of c */
    void               *a, *b, *c, *expected;
};

/* Numbers in (-1, 1) with all bits in use; SplitMix64 again. */
static double
number(uint64_t i)
{
    uint64_t z = i * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (double)(int64_t)(z ^ z >> 31) * 0x1p-63;
}

static void *
array(size_t size, size_t rows, size_t columns, size_t stride, uint64_t seed)
{
    size_t n = rows > 0 ? (rows - 1) * stride + columns : 0;
    void *out = malloc(n > 0 ? n * size : 1);

    assert_non_null(out);
    for (size_t i = 0; i < n; i++)
        if (size == sizeof(float))
            ((float *)out)[i] = (float)number(seed + i);
        else
            ((double *)out)[i] = number(seed + i);
    return out;
}

static void
expect_f32(const struct mesa_product *p, const float *a, const float *b,
           float *c)
{
    size_t a_row = p->ta ? 1 : p->lda, a_step = p->ta ? p->lda : 1;
    size_t b_row = p->tb ? 1 : p->ldb, b_step = p->tb ? p->ldb : 1;

    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            float sum = 0;

            for (size_t q = 0; q < p->k; q++)
                sum = fmaf(a[i * a_row + q * a_step],
                           b[q * b_row + j * b_step], sum);
            c[i * p->ldc + j] = sum;
        }
}

static void
expect_f64(const struct mesa_product *p, const double *a, const double *b,
           double *c)
{
    size_t a_row = p->ta ? 1 : p->lda, a_step = p->ta ? p->lda : 1;
    size_t b_row = p->tb ? 1 : p->ldb, b_step = p->tb ? p->ldb : 1;

    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double sum = 0;

            for (size_t q = 0; q < p->k; q++)
                sum = fma(a[i * a_row + q * a_step],
                          b[q * b_row + j * b_step], sum);
            c[i * p->ldc + j] = sum;
        }
}

/* pad: elements between the rows of all three matrices. */
static void
set_up(struct fixture *f, size_t size, size_t m, size_t n, size_t k,
       unsigned flags, size_t pad)
{
    bool ta = flags & 1, tb = flags & 2;
    size_t lda = (ta ? m : k) + pad, ldb = (tb ? k : n) + pad, ldc = n + pad;

    f->size = size;
    f->bytes = m > 0 ? ((m - 1) * ldc + n) * size : 0;
    f->a = array(size, ta ? k : m, ta ? m : k, lda, 1);
    f->b = array(size, tb ? n : k, tb ? k : n, ldb, 100000);
    f->c = malloc(f->bytes > 0 ? f->bytes : 1);
    f->expected = malloc(f->bytes > 0 ? f->bytes : 1);
    f->p = (struct mesa_product){ .m = m, .n = n, .k = k,
                                  .a = f->a, .b = f->b, .c = f->c,
                                  .lda = lda, .ldb = ldb, .ldc = ldc,
                                  .ta = ta, .tb = tb };
    f->p.scratch = malloc(mesa_matmul_scratch(&f->p, size) + 1);
    assert_true(f->c && f->expected && f->p.scratch);
    memset(f->c, GAP, f->bytes);
    memset(f->expected, GAP, f->bytes);
    if (size == sizeof(float))
        expect_f32(&f->p, f->a, f->b, f->expected);
    else
        expect_f64(&f->p, f->a, f->b, f->expected);
}

static void
tear_down(struct fixture *f)
{
    free(f->a);
    free(f->b);
    free(f->c);
    free(f->expected);
    free(f->p.scratch);
}

static void
compare(const struct fixture *f, const char *what)
{
    const struct mesa_product *p = &f->p;

    if (memcmp(f->c, f->expected, f->bytes) != 0)
        fail_msg("%s: m %zu, n %zu, k %zu, ta %d, tb %d, f%zu", what, p->m,
                 p->n, p->k, p->ta, p->tb, 8 * f->size);
}

/* The first third of the products of each sum, and then the others. */
static void
run_in_two(const struct mesa_matmul_set *set, const struct fixture *f)
{
    struct mesa_product p = f->p;
    const size_t first = p.k / 3;

    p.k = first;
    mesa_matmul_with(set, &p, f->size, 0, p.m);
    p.k = f->p.k - first;
    p.a = (const char *)p.a + first * (p.ta ? p.lda : 1) * f->size;
    p.b = (const char *)p.b + first * (p.tb ? 1 : p.ldb) * f->size;
    p.resume = true;
    mesa_matmul_with(set, &p, f->size, 0, p.m);
}

static void
check_with_all_sets(size_t size, size_t m, size_t n, size_t k, unsigned flags,
                    size_t pad)
{
    const struct mesa_matmul_set *set;
    struct fixture f;

    set_up(&f, size, m, n, k, flags, pad);
    for (size_t i = 0; (set = mesa_matmul_set(i, size)); i++) {
        memset(f.c, GAP, f.bytes);
        mesa_matmul_with(set, &f.p, size, 0, m);
        compare(&f, (const char *[]){ "set 0", "set 1", "set 2" }[i]);
        memset(f.c, GAP, f.bytes);
        run_in_two(set, &f);
        compare(&f, "resumed");
    }
    tear_down(&f);
}

/* A third of all m and n up to 70, with k, transposes and gaps that differ
 * from one to the next. */
static void
test_sizes(void **state)
{
    unsigned turn = 0;

    (void)state;
    for (size_t m = 0; m <= 70; m++)
        for (size_t n = m % 3; n <= 70; n += 3, turn++) {
            size_t size = element_sizes[turn / 4 % 2];

            check_with_all_sets(size, m, n, (m * 7 + n * 13) % 71, turn % 4,
                                turn % 5);
        }
}

/* Narrow ones, where the transpose is computed, with every flag. */
static void
test_narrow(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++)
        for (unsigned flags = 0; flags < 4; flags++)
            for (size_t n = 1; n <= 17; n++)
                for (size_t m = 1; m <= 70; m += n % 3 + 5) {
                    check_with_all_sets(element_sizes[s], m, n, 50, flags, 1);
                    check_with_all_sets(element_sizes[s], n, m, 11, flags, 0);
                }
}

/* Panels: k is cut at 256, and a large b is copied. */
static void
test_long_sums(void **state)
{
    static const size_t depth[] = { 255, 256, 257, 512, 600 };

    (void)state;
    for (size_t s = 0; s < 2; s++)
        for (unsigned flags = 0; flags < 4; flags++)
            for (size_t i = 0; i < 5; i++) {
                size_t size = element_sizes[s];

                check_with_all_sets(size, 9, 13, depth[i], flags, 0);
                check_with_all_sets(size, 33, 3, depth[i], flags, 2);
                check_with_all_sets(size, 2, 3, depth[i], flags, 0);
                check_with_all_sets(size, 3, 67, depth[i], flags, 1);
            }
    check_with_all_sets(sizeof(float), 32, 130, 300, 0, 0);
    check_with_all_sets(sizeof(double), 35, 101, 260, 1, 3);
}

/* What backpropagation through small networks needs. */
static void
test_sizes_of_networks(void **state)
{
    static const size_t size[][3] = {
        { 64, 50, 10 }, { 64, 50, 50 }, { 64, 50, 11 }, { 64, 1, 50 },
        { 64, 2, 50 },  { 50, 50, 64 }, { 10, 50, 64 }, { 50, 1, 64 },
        { 64, 50, 1 },  { 10, 40, 40 }, { 1, 40, 1 },   { 64, 100, 200 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
        for (unsigned flags = 0; flags < 4; flags++)
            for (size_t s = 0; s < 2; s++)
                check_with_all_sets(element_sizes[s], size[i][0], size[i][1],
                                    size[i][2], flags, 0);
}

static void
run(const struct fixture *f, size_t first, size_t end)
{
    if (f->size == sizeof(float))
        mesa_matmul_rows_f32(&f->p, first, end);
    else
        mesa_matmul_rows_f64(&f->p, first, end);
}

static void
test_whole(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct fixture f;

        set_up(&f, element_sizes[s], 13, 21, 34, 2, 1);
        if (s == 0)
            mesa_matmul_f32(&f.p);
        else
            mesa_matmul_f64(&f.p);
        compare(&f, "whole");
        tear_down(&f);
    }
}

/* Any cut into ranges gives the same bits; nothing else is written. */
static void
test_rows(void **state)
{
    static const size_t width[] = { 2, 11, 50 };

    (void)state;
    for (size_t s = 0; s < 2; s++)
        for (unsigned flags = 0; flags < 4; flags++)
            for (size_t step = 1; step < 40; step += 6) {
                struct fixture f;

                set_up(&f, element_sizes[s], 37, width[step % 3], 20, flags,
                       1);
                run(&f, 5, 5);
                run(&f, 37, 37);
                for (size_t i = 0; i < f.bytes; i++)
                    assert_int_equal(((char *)f.c)[i], GAP);
                for (size_t i = 0; i < 37; i += step)
                    run(&f, i, i + step < 37 ? i + step : 37);
                compare(&f, "ranges");
                tear_down(&f);
            }
}

/* The value at (i, j), as what is added after the sums or gates them. */
static double
operand(const struct fixture *f, const struct mesa_after *after, size_t i,
        size_t j)
{
    size_t at = i * after->row + j * after->column;

    return f->size == sizeof(float) ? (double)((const float *)after->x)[at]
                                    : ((const double *)after->x)[at];
}

/* What is expected, from the sums that are. */
static void
expect_after(struct fixture *f)
{
    struct mesa_product *p = &f->p;

    for (size_t k = 0; k < p->n_after; k++)
        for (size_t i = 0; i < p->m; i++)
            for (size_t j = 0; j < p->n; j++) {
                const struct mesa_after *after = &p->after[k];
                float *narrow = (float *)f->expected + i * p->ldc + j;
                double *wide = (double *)f->expected + i * p->ldc + j;
                double c = f->size == sizeof(float) ? (double)*narrow : *wide;

                if (after->op == MESA_TILE_RELU)
                    c = c <= 0 ? 0 : c;
                else if (after->op == MESA_TILE_GATE)
                    c = operand(f, after, i, j) > 0 ? c : 0;
                else if (after->op == MESA_TILE_ADD)
                    c += operand(f, after, i, j);
                else if (after->op == MESA_TILE_MUL)
                    c *= operand(f, after, i, j);
                else
                    c = operand(f, after, i, j) - c;
                if (f->size == sizeof(float))
                    *narrow = (float)c;
                else
                    *wide = c;
            }
}

static void
check_after(size_t size, size_t m, size_t n, size_t k, unsigned kind)
{
    static const uint16_t op[] = { MESA_TILE_ADD, MESA_TILE_GATE,
                                   MESA_TILE_MUL, MESA_TILE_RELU,
                                   MESA_TILE_SUB };
    const struct mesa_matmul_set *set;
    struct fixture f;
    void *x;

    set_up(&f, size, m, n, k, kind % 4, kind % 3);
    x = array(size, m, n, n + 2, 7);
    f.p.n_after = kind % (MESA_MOST_AFTER + 1);
    for (size_t i = 0; i < f.p.n_after; i++)
        f.p.after[i] = (struct mesa_after){
            .op = op[(kind / 4 + i) % 5],
            .x = x, .row = n + 2, .column = 1
        };
    /* Of each row only a number, or of each column. */
    if (f.p.after[0].op != MESA_TILE_GATE && kind / 4 % 2)
        f.p.after[0].column = 0;
    else if (kind / 4 % 4 == 2)
        f.p.after[0].row = 0;
    expect_after(&f);
    for (size_t i = 0; (set = mesa_matmul_set(i, size)); i++) {
        memset(f.c, GAP, f.bytes);
        mesa_matmul_with(set, &f.p, size, 0, m / 3);
        mesa_matmul_with(set, &f.p, size, m / 3, m);
        compare(&f, "after");
    }
    free(x);
    tear_down(&f);
}

static void
test_after(void **state)
{
    static const size_t depth[] = { 0, 1, 50, 256, 300 };
    unsigned turn = 0;

    (void)state;
    for (size_t m = 1; m <= 26; m += 5)
        for (size_t n = 1; n <= 100; n += 2)
            for (size_t i = 0; i < 5; i++, turn++)
                check_after(element_sizes[turn % 2], m, n, depth[i],
                            turn / 2);
}

/* Every block is 0 without products, whatever c held. */
static void
test_no_products(void **state)
{
    (void)state;
    for (size_t m = 1; m <= 20; m++)
        for (size_t n = 1; n <= 60; n += 3)
            check_with_all_sets(element_sizes[m % 2], m, n, 0, n % 4, 0);
}

/* fma(x, y, z) = 0 where x * y + z, rounded twice, is not. */
static void
test_fused(void **state)
{
    const struct mesa_matmul_set *set;

    (void)state;
    for (size_t i = 0; (set = mesa_matmul_set(i, sizeof(double))); i++) {
        double a[2] = { -1, 1 + 0x1p-30 }, b[2][8], c[8], scratch[8000];
        struct mesa_product p = { .m = 1, .n = 8, .k = 2,
                                  .a = a, .b = b, .c = c,
                                  .lda = 2, .ldb = 8, .ldc = 8,
                                  .scratch = scratch };

        for (int j = 0; j < 8; j++) {
            b[0][j] = 1 + 0x1p-29;
            b[1][j] = 1 + 0x1p-30;
        }
        assert_true(mesa_matmul_scratch(&p, sizeof *a) <= sizeof scratch);
        mesa_matmul_with(set, &p, sizeof *a, 0, 1);
        for (int j = 0; j < 8; j++)
            assert_bits_equal(c[j], 0x1p-60);
    }
}

/* Infinities and NaN stay where they belong. */
static void
test_special_values(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 35; n += 17) {
        struct fixture f;
        float *a, *c;

        set_up(&f, sizeof(float), 19, n, 3, 0, 0);
        a = f.a;
        c = f.c;
        a[7 * 3] = NAN;
        a[8 * 3 + 1] = INFINITY;
        mesa_matmul_f32(&f.p);
        for (size_t i = 0; i < 19; i++)
            for (size_t j = 0; j < n; j++)
                assert_true(i == 7   ? isnan(c[i * n + j])
                            : i == 8 ? isinf(c[i * n + j])
                                     : isfinite(c[i * n + j]));
        tear_down(&f);
    }
}

static void
test_sets(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        size_t n = 0;

        while (mesa_matmul_set(n, element_sizes[s]))
            n++;
        assert_in_range(n, 1, 3);
        assert_null(mesa_matmul_set(n + 1, element_sizes[s]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_long_sums),
        cmocka_unit_test(test_sizes_of_networks),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_no_products),
        cmocka_unit_test(test_fused),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
