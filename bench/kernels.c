/* SPDX-License-Identifier: MIT */
/*
 * kernels.c - how fast the inner loops of graphs are, on one thread.
 *
 * A line per measurement: name, tab, the best of several runs in
 * microseconds, tab, GFLOP/s or nanoseconds per element.
 */
#include "graph/matmul.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 9, MOST = 1 << 22 };

/* Numbers to compute with, 0 to 6: neither slow ones nor huge results. */
static void *input[2], *output, *scratch;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *
numbers(size_t size)
{
    void *out = aligned_alloc(64, MOST * size);

    if (!out) {
        fputs("kernels: out of memory\n", stderr);
        exit(1);
    }
    for (size_t i = 0; i < MOST; i++)
        if (size == sizeof(float))
            ((float *)out)[i] = (float)(i % 7);
        else
            ((double *)out)[i] = (double)(i % 7);
    return out;
}

/* n products, one after the other in memory. */
static void
multiply(const struct mesa_matmul_set *set, struct mesa_product p, size_t n)
{
    const float *a = input[0], *b = input[0];

    for (size_t i = 0; i < n; i++) {
        p.a = a + i * p.m * p.k;
        p.b = b + i * p.k * p.n;
        p.c = (float *)output + i * p.m * p.n;
        mesa_matmul_with(set, &p, sizeof(float), 0, p.m);
    }
}

static void
bench_product(size_t n_products, size_t m, size_t k, size_t n, bool ta,
              bool tb)
{
    const struct mesa_product p = { .m = m, .n = n, .k = k,
                                    .lda = ta ? m : k, .ldb = tb ? k : n,
                                    .ldc = n, .ta = ta, .tb = tb,
                                    .scratch = scratch };
    const struct mesa_matmul_set *set;
    const double work = 2e-9 * (double)(n_products * m * n * k);

    for (size_t s = 0; (set = mesa_matmul_set(s, sizeof(float))); s++) {
        const size_t repeats = (size_t)(s < 2 ? 0.02 / work : 0) + 1;
        double best = 1e9;

        for (int run = 0; run < RUNS; run++) {
            double start = now();

            for (size_t i = 0; i < repeats; i++)
                multiply(set, p, n_products);
            start = (now() - start) / (double)repeats;
            best = MESA_MIN(best, start);
        }
        printf("%zu of %zux%zu%s by %zux%zu%s, set %zu\t%.2f\t%.1f\n",
               n_products, m, k, ta ? "^T" : "", k, n, tb ? "^T" : "", s,
               1e6 * best, work / best);
    }
}

static void
bench_tile(const char *name, uint16_t op)
{
    for (size_t type = 0; type < 2; type++) {
        const struct mesa_tile_op o = { op, 1, 0, 0, 0, { 0.25, 2 } };
        void *const registers[] = { input[type], output };
        double best = 1e9;

        for (int run = 0; run < RUNS; run++) {
            double start = now();

            for (int i = 0; i < 100; i++)
                if (type == 0)
                    mesa_tile_run_f32(&o, 1, registers, MESA_TILE);
                else
                    mesa_tile_run_f64(&o, 1, registers, MESA_TILE);
            best = MESA_MIN(best, now() - start);
        }
        printf("%s, %d of f%d\t%.3f\t%.2f\n", name, (int)MESA_TILE,
               type == 0 ? 32 : 64, 1e4 * best, 1e7 * best / MESA_TILE);
    }
}

int
main(void)
{
    input[0] = numbers(sizeof(float));
    input[1] = numbers(sizeof(double));
    output = numbers(sizeof(double));
    scratch = numbers(sizeof(double));
    bench_product(1, 64, 50, 50, false, false);
    bench_product(1, 64, 50, 50, false, true);
    bench_product(1, 50, 64, 50, true, false);
    bench_product(1, 64, 50, 1, false, false);
    bench_product(25, 10, 40, 40, false, false);
    bench_product(1, 64, 1024, 512, false, false);
#define BENCH_TILE(id, name, operands, immediates) \
    bench_tile(#name, MESA_TILE_##id);
    MESA_TILE_OPS(BENCH_TILE)
    free(input[0]);
    free(input[1]);
    free(output);
    free(scratch);
    return 0;
}
