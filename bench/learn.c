/* SPDX-License-Identifier: MIT */
/*
 * learn.c - how long the pieces of meta-learning take, on one thread.
 *
 *     learn
 *
 * A line per measurement, as bench.c prints them.
 */
#include "graph/kernels.h"
#include "instance.h"
#include "measure.h"

enum { RUNS = 21, WIDTH = 256, LAYERS = 6 };

static float *
numbers(size_t n)
{
    float *x = malloc(n * sizeof *x);

    if (!x)
        exit(1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)(i * 7919 % 101) / 101 - 0.5);
    return x;
}

/* Products of square matrices by the kernel alone. */
static double
time_kernel(float *x, float *w, float *out)
{
    struct mesa_product p = { .m = WIDTH, .n = WIDTH, .k = WIDTH,
                              .a = x, .b = w, .c = out,
                              .lda = WIDTH, .ldb = WIDTH, .ldc = WIDTH };
    double seconds[RUNS];

    p.scratch = malloc(mesa_matmul_scratch(&p, sizeof(float)) + 64);
    for (int run = 0; run < RUNS; run++) {
        double start = now();

        for (int i = 0; i < LAYERS; i++)
            mesa_matmul_f32(&p);
        seconds[run] = now() - start;
    }
    free(p.scratch);
    return median(seconds, RUNS);
}

/* The same products as layers of a network: bias and relu in between. */
static void
bench_layers(void)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    float *x = numbers(WIDTH * WIDTH), *w = numbers(WIDTH * WIDTH);
    float *bias = numbers(WIDTH), *out = numbers(WIDTH * WIDTH);
    mesa_node in = mesa_input(g, MESA_SHARED, MESA_SHAPE(WIDTH, WIDTH));
    mesa_node weight = mesa_input(g, MESA_SHARED, MESA_SHAPE(WIDTH, WIDTH));
    mesa_node b = mesa_input(g, MESA_SHARED, MESA_SHAPE(WIDTH)), y = in;
    struct mesa_program *program;
    double seconds[RUNS], alone;

    for (int i = 0; i < LAYERS; i++)
        y = mesa_relu(g, mesa_add(g, mesa_matmul(g, y, weight, MESA_PLAIN,
                                                 MESA_PLAIN), b));
    check(mesa_program_new(g, &y, 1, &program, &failure));
    mesa_program_bind(program, in, x);
    mesa_program_bind(program, weight, w);
    mesa_program_bind(program, b, bias);
    mesa_program_bind(program, y, out);
    alone = time_kernel(x, w, out);
    for (int run = 0; run < RUNS; run++) {
        double start = now();

        check(mesa_program_run(program, &failure));
        seconds[run] = now() - start;
    }
    printf("graph of six 256 x 256 layers\t%.9g\t%.0f %% of the speed of the "
           "matrix product alone\n",
           median(seconds, RUNS), 100 * alone / median(seconds, RUNS));
    mesa_program_free(program);
    mesa_graph_free(g);
    free(x);
    free(w);
    free(bias);
    free(out);
}

/* Rewards on a table of a few rows: the update is all that takes time. */
static void
bench_sac(void)
{
    static const double x[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    static const int32_t y[8] = { 0, 0, 0, 0, 0, 1, 1, 1 };
    static const double p[16] = { .9, .1, .8, .2, .7, .3, .6, .4,
                                  .5, .5, .4, .6, .3, .7, .2, .8 };
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { x, 8, 1, 1, NULL }, .y = y,
                                    .n_classes = 2 };
    struct mesa_feedback f = { sizeof f, 2,  1, 10,
                               p,        &d, p, MESA_SAMPLER_LEARN };
    const struct mesa_sampler_class *c;
    struct mesa_instance *sac;
    struct mesa_sample *sample;
    struct mesa_rng rng;
    double seconds[RUNS];

    check(mesa_instance_new(component(MESA_KIND_SAMPLER, "sac", "s", NULL),
                            &sac, &failure));
    c = (const void *)mesa_instance_class(sac);
    mesa_rng_seed(&rng, 1);
    for (int i = 0; i < 100 + RUNS * 50; i++) {
        struct mesa_rng at = mesa_rng_derive(&rng, "step", (uint64_t)i);
        double start;

        sample = mesa_sample_new(&d);
        check(mesa_sampler_resample(sac, &d, &f, sample, &at, &failure));
        mesa_sample_free(sample);
        start = now();
        check(c->reward(mesa_instance_self(sac), 0.01, i % 9 == 8, &d, &f,
                        &at, &failure));
        if (i >= 100)
            seconds[(i - 100) / 50] = now() - start;
    }
    printf("sac update\t%.9g\t64 transitions, twin critics of 50 x 50\n",
           median(seconds, RUNS));
    mesa_instance_free(sac);
}

int
main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        fputs("usage: learn\n", stderr);
        return 2;
    }
    check(mesa_parallel_set_threads(1, &failure));
    open_registry();
    bench_layers();
    bench_sac();
    close_registry();
    return 0;
}
