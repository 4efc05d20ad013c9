/* SPDX-License-Identifier: MIT */
/*
 * meta.c - how long an iteration of MAML takes: inner step, outer step, Adam.
 *
 *     meta
 *
 * Networks 1 - width - width - 1, one inner step, as many rows for it as for
 * the loss after it.  A line per measurement, as bench.c prints them.  The
 * share is of what the kernel reaches on one large product; it counts two
 * operations for each of the multiplications of the products.
 */
#include "graph/kernels.h"
#include "graph/run.h"
#include "measure.h"

enum { RUNS = 21, LAYERS = 3, WEIGHTS = 2 * LAYERS, MOST_OUTPUTS = 32,
       SIDE = 256 };

struct shape {
    size_t tasks, rows, width;
    bool   first_order;
};

struct maml {
    struct mesa_graph     *g;
    struct mesa_program   *program;
    struct mesa_optimizer *optimizer;
    mesa_node              weight[WEIGHTS], data[4];
    float                 *memory[WEIGHTS + 4], loss;
};

static float *
numbers(size_t n, double scale)
{
    float *x = malloc(n * sizeof *x);

    if (!x)
        exit(1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(scale * ((double)(i * 7919 % 101) / 101 - 0.5));
    return x;
}

/* GFLOP/s of the kernel alone. */
static double
peak(void)
{
    float *x = numbers((size_t)SIDE * SIDE, 1);
    float *out = numbers((size_t)SIDE * SIDE, 1);
    struct mesa_product p = { .m = SIDE, .n = SIDE, .k = SIDE, .a = x,
                              .b = x, .c = out, .lda = SIDE, .ldb = SIDE,
                              .ldc = SIDE };
    double seconds[RUNS];

    p.scratch = malloc(mesa_matmul_scratch(&p, sizeof(float)) + 64);
    for (int i = 0; i < RUNS; i++) {
        double start = now();

        mesa_matmul_f32(&p);
        seconds[i] = now() - start;
    }
    free(p.scratch);
    free(x);
    free(out);
    return 2e-9 * SIDE * SIDE * SIDE / median(seconds, RUNS);
}

static mesa_node
loss_of(struct maml *m, const mesa_node *weight, size_t set)
{
    mesa_node x = m->data[2 * set], error;

    for (size_t i = 0; i < LAYERS; i++) {
        x = mesa_add(m->g, mesa_matmul(m->g, x, weight[2 * i], MESA_PLAIN,
                                       MESA_PLAIN), weight[2 * i + 1]);
        if (i + 1 < LAYERS)
            x = mesa_relu(m->g, x);
    }
    error = mesa_sub(m->g, x, m->data[2 * set + 1]);
    return mesa_mean(m->g, mesa_mul(m->g, error, error));
}

static void
make_inputs(struct maml *m, const struct shape *s)
{
    for (size_t i = 0; i < LAYERS; i++) {
        size_t in = i == 0 ? 1 : s->width;
        size_t out = i + 1 < LAYERS ? s->width : 1;

        m->weight[2 * i] = mesa_input(m->g, MESA_SHARED,
                                      MESA_SHAPE(in, out));
        m->weight[2 * i + 1] = mesa_input(m->g, MESA_SHARED,
                                          MESA_SHAPE(out));
        m->memory[2 * i] = numbers(in * out, 0.5);
        m->memory[2 * i + 1] = numbers(out, 0.5);
    }
    for (size_t i = 0; i < 4; i++) {
        m->data[i] = mesa_input(m->g, MESA_PER_TASK, MESA_SHAPE(s->rows, 1));
        m->memory[WEIGHTS + i] = numbers(s->tasks * s->rows, 4);
    }
}

/* The loss after one step along the gradient, and its derivatives. */
static mesa_node
differentiate(struct maml *m, const struct shape *s, mesa_node *gradient)
{
    mesa_node adapted[WEIGHTS], loss;

    mesa_grad(m->g, loss_of(m, m->weight, 0), m->weight, WEIGHTS, gradient);
    for (size_t i = 0; i < WEIGHTS; i++) {
        mesa_node step = mesa_mul(m->g, mesa_scalar(m->g, 0.01),
                                  gradient[i]);

        if (s->first_order)
            step = mesa_stop_gradient(m->g, step);
        adapted[i] = mesa_sub(m->g, m->weight[i], step);
    }
    loss = mesa_task_mean(m->g, loss_of(m, adapted, 1));
    mesa_grad(m->g, loss, m->weight, WEIGHTS, gradient);
    return loss;
}

static void
open_maml(struct maml *m, const struct shape *s)
{
    struct mesa_optimizer_options options = mesa_optimizer_defaults();
    mesa_node gradient[WEIGHTS], out[MOST_OUTPUTS];
    size_t n_state;

    m->g = mesa_graph_new(MESA_F32, s->tasks);
    make_inputs(m, s);
    out[WEIGHTS] = differentiate(m, s, gradient);
    check(mesa_optimizer_new(m->g, &options, m->weight, gradient, WEIGHTS,
                             out, &m->optimizer, &failure));
    n_state = mesa_optimizer_n_state(m->optimizer);
    mesa_optimizer_state(m->optimizer, out + WEIGHTS + 1);
    check(mesa_program_new(m->g, out, WEIGHTS + 1 + n_state, &m->program,
                           &failure));
    for (size_t i = 0; i < WEIGHTS; i++) {
        mesa_program_bind(m->program, m->weight[i], m->memory[i]);
        mesa_program_bind(m->program, out[i], m->memory[i]);
    }
    for (size_t i = 0; i < 4; i++)
        mesa_program_bind(m->program, m->data[i], m->memory[WEIGHTS + i]);
    mesa_program_bind(m->program, out[WEIGHTS], &m->loss);
    mesa_optimizer_bind(m->optimizer, m->program);
}

static void
close_maml(struct maml *m)
{
    mesa_program_free(m->program);
    mesa_optimizer_free(m->optimizer);
    mesa_graph_free(m->g);
    for (size_t i = 0; i < WEIGHTS + 4; i++)
        free(m->memory[i]);
}

static void
bench_maml(const struct shape *s, size_t threads, double best)
{
    double work = (s->first_order ? 12e-9 : 24e-9) *
                  (double)(s->tasks * s->rows * s->width * (s->width + 2));
    size_t repeats = (size_t)(0.2 / work) + 1;
    double seconds[RUNS], speed;
    struct maml m;

    set_threads(threads);
    open_maml(&m, s);
    for (size_t run = 0; run < RUNS; run++) {
        double start = now();

        for (size_t i = 0; i < repeats; i++) {
            mesa_optimizer_step(m.optimizer);
            check(mesa_program_run(m.program, &failure));
        }
        seconds[run] = (now() - start) / (double)repeats;
    }
    speed = work / median(seconds, RUNS);
    printf("MAML%s, %zu tasks, %zu + %zu rows, width %zu, %zu thread%s"
           "\t%.9g\t%.1f GFLOP/s, %.0f %% of the product alone; "
           "%.1f MB\n",
           s->first_order ? " of first order" : "", s->tasks, s->rows,
           s->rows, s->width, threads, threads > 1 ? "s" : "",
           median(seconds, RUNS), speed,
           100 * speed / best / (double)threads,
           1e-6 * (double)(m.program->plan->arena +
                           m.program->n_lanes * m.program->plan->area));
    close_maml(&m);
}

int
main(int argc, char **argv)
{
    static const struct shape shapes[] = {
        { 25, 10, 40, false },  { 25, 10, 40, true }, { 25, 5, 40, false },
        { 100, 10, 40, false }, { 100, 10, 256, false }
    };
    double best;

    (void)argv;
    if (argc > 1) {
        fputs("usage: meta\n", stderr);
        return 2;
    }
    best = peak();
    for (size_t threads = 1; threads <= 2; threads++)
        for (size_t i = 0; i < MESA_COUNT(shapes); i++)
            bench_maml(&shapes[i], threads, best);
    return 0;
}
