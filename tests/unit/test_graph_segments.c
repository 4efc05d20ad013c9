/* SPDX-License-Identifier: MIT */
/* test_graph_segments.c - many tasks, block by block. */
#include "graph_reference.h"

enum { LAYERS = 3, WEIGHTS = 2 * LAYERS, OUTPUTS = 2 * WEIGHTS + 1 };

/* Networks that take a step for each task, and what that is worth. */
struct meta {
    struct world w;
    mesa_node    weight[WEIGHTS], x[2], y[2];
    mesa_node    out[OUTPUTS]; /* gradients, adapted weights, the loss */
};

static mesa_node
network(struct mesa_graph *g, const mesa_node *weight, mesa_node x)
{
    for (size_t i = 0; i < LAYERS; i++) {
        x = mesa_add(g, mesa_matmul(g, x, weight[2 * i], MESA_PLAIN,
                                    MESA_PLAIN), weight[2 * i + 1]);
        if (i + 1 < LAYERS)
            x = mesa_relu(g, x);
    }
    return x;
}

static mesa_node
loss_of(struct meta *m, const mesa_node *weight, size_t set)
{
    struct mesa_graph *g = m->w.g;
    mesa_node error = mesa_sub(g, network(g, weight, m->x[set]), m->y[set]);

    return mesa_mean(g, mesa_mul(g, error, error));
}

static void
open_meta(struct meta *m, enum mesa_dtype dtype, size_t n_tasks, size_t width,
          size_t rows)
{
    mesa_node gradient[WEIGHTS], *adapted = m->out + WEIGHTS;
    struct mesa_graph *g;

    world_open(&m->w, dtype, n_tasks);
    g = m->w.g;
    for (size_t i = 0; i < LAYERS; i++) {
        size_t in = i == 0 ? 1 : width, out = i + 1 < LAYERS ? width : 1;

        m->weight[2 * i] = world_input(&m->w, MESA_SHARED,
                                       MESA_SHAPE(in, out));
        m->weight[2 * i + 1] = world_input(&m->w, MESA_SHARED,
                                           MESA_SHAPE(out));
    }
    for (size_t i = 0; i < 2; i++) {
        m->x[i] = world_input(&m->w, MESA_PER_TASK, MESA_SHAPE(rows, 1));
        m->y[i] = world_input(&m->w, MESA_PER_TASK, MESA_SHAPE(rows, 1));
    }
    mesa_grad(g, loss_of(m, m->weight, 0), m->weight, WEIGHTS, gradient);
    for (size_t i = 0; i < WEIGHTS; i++)
        adapted[i] = mesa_sub(g, m->weight[i],
                              mesa_mul(g, mesa_scalar(g, 0.001),
                                       gradient[i]));
    m->out[2 * WEIGHTS] = mesa_task_mean(g, loss_of(m, adapted, 1));
    mesa_grad(g, m->out[2 * WEIGHTS], m->weight, WEIGHTS, m->out);
}

/* Segments that go by blocks, and the most chunks and blocks of one. */
static size_t
count_segments(const struct plan *plan, size_t *chunks, size_t *block)
{
    size_t n = 0;

    *chunks = 0;
    *block = plan->n_tasks;
    for (size_t i = 0; i < plan->n_segments; i++) {
        const struct segment *segment = &plan->segment[i];

        if (!segment->by_blocks)
            continue;
        n++;
        *chunks = MESA_MAX(*chunks, segment->n_chunks);
        *block = MESA_MIN(*block, segment->block);
    }
    return n;
}

/* All that tasks compute is one segment. */
static void
test_one_segment(void **state)
{
    size_t chunks, block;
    struct plan *plan;
    struct meta m;

    (void)state;
    open_meta(&m, MESA_F32, 48, 40, 10);
    assert_ok(mesa_plan_new(m.w.g, m.out, OUTPUTS, &plan, err));
    assert_int_equal(count_segments(plan, &chunks, &block), 1);
    assert_in_range(chunks, 2, 16);
    assert_in_range(block, 2, 47);
    mesa_plan_free(plan);
    world_close(&m.w);
}

/* A value that all tasks share lies between two. */
static void
test_two_segments(void **state)
{
    struct world w;
    mesa_node x, y;
    size_t chunks, block;
    struct plan *plan;

    (void)state;
    world_open(&w, MESA_F64, 5);
    x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(4, 3));
    y = mesa_sub(w.g, mesa_exp(w.g, x),
                 mesa_task_mean(w.g, mesa_exp(w.g, x)));
    y = mesa_task_sum(w.g, mesa_matmul(w.g, y, y, MESA_TRANSPOSED,
                                       MESA_PLAIN));
    assert_ok(mesa_plan_new(w.g, &y, 1, &plan, err));
    assert_int_equal(count_segments(plan, &chunks, &block), 2);
    mesa_plan_free(plan);
    assert_planned(&w, &y, 1, 1e-12, "covariance");
    world_close(&w);
}

/* Few tasks are taken all at once. */
static void
test_few_tasks(void **state)
{
    size_t chunks, block;
    struct plan *plan;
    struct meta m;

    (void)state;
    open_meta(&m, MESA_F64, 3, 5, 2);
    assert_ok(mesa_plan_new(m.w.g, m.out, OUTPUTS, &plan, err));
    assert_int_equal(count_segments(plan, &chunks, &block), 0);
    mesa_plan_free(plan);
    assert_planned(&m.w, m.out, OUTPUTS, 1e-12, "three tasks");
    world_close(&m.w);
}

static void
test_reference(void **state)
{
    struct meta m;

    (void)state;
    open_meta(&m, MESA_F64, 40, 40, 10);
    assert_planned(&m.w, m.out, OUTPUTS, 1e-11, "forty tasks");
    world_close(&m.w);
}

/* The same bits whoever computes them, and in whatever blocks. */
static void
test_blocks_and_threads(void **state)
{
    static const size_t threads[] = { 1, 2, 5, 1, 2 };
    static const size_t blocks[] = { 0, 0, 0, 1, 5 };
    double *out[2][OUTPUTS];
    struct meta m;

    (void)state;
    open_meta(&m, MESA_F32, 100, 24, 6);
    compute(&m.w, m.out, OUTPUTS, out[0]);
    for (size_t i = 0; i < MESA_COUNT(threads); i++) {
        assert_ok(mesa_parallel_set_threads(threads[i], err));
        m.w.block = blocks[i];
        compute(&m.w, m.out, OUTPUTS, out[1]);
        for (size_t k = 0; k < OUTPUTS; k++) {
            assert_memory_equal(out[0][k], out[1][k],
                                all_elements(&m.w, m.out[k]) *
                                    sizeof(double));
            free(out[1][k]);
        }
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    for (size_t k = 0; k < OUTPUTS; k++)
        free(out[0][k]);
    world_close(&m.w);
}

/* What all tasks together would need. */
static size_t
bytes_of_tasks(const struct plan *plan)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_slots; i++)
        if (plan->slot[i].is_local)
            n += plan->slot[i].bytes;
    return n;
}

/* Memory does not grow with tasks. */
static void
test_memory(void **state)
{
    size_t bytes[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct plan *plan;
        struct meta m;

        open_meta(&m, MESA_F32, i == 0 ? 800 : 1600, 40, 10);
        assert_ok(mesa_plan_new(m.w.g, m.out, WEIGHTS, &plan, err));
        bytes[i] = plan->arena + plan->area;
        assert_true(bytes[i] < 2000000);
        assert_true(bytes[i] < bytes_of_tasks(plan) / 4);
        mesa_plan_free(plan);
        world_close(&m.w);
    }
    assert_true(bytes[1] < bytes[0] + bytes[0] / 8);
}

/* A step away from the mean of all tasks, each where it is. */
static void
test_in_place(void **state)
{
    enum { TASKS = 7 };
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    mesa_node x = mesa_input(g, MESA_PER_TASK, 0, NULL);
    mesa_node w = mesa_input(g, MESA_SHARED, 0, NULL), out[2];
    double value[TASKS], weight = 2;
    struct mesa_program *p, *copy;

    (void)state;
    out[0] = mesa_mul(g, w, mesa_sub(g, x, mesa_task_mean(g, x)));
    out[1] = mesa_add(g, w, mesa_task_sum(g, out[0]));
    assert_ok(mesa_program_new(g, out, 2, &p, err));
    assert_ok(mesa_program_copy(p, &copy, err));
    mesa_program_free(p);
    mesa_graph_free(g);
    for (size_t i = 0; i < TASKS; i++)
        value[i] = (double)i;
    mesa_program_bind(copy, x, value);
    mesa_program_bind(copy, out[0], value);
    mesa_program_bind(copy, w, &weight);
    mesa_program_bind(copy, out[1], &weight);
    assert_ok(mesa_program_run(copy, err));
    for (size_t i = 0; i < TASKS; i++)
        assert_float_equal(value[i], 2 * ((double)i - 3), 1e-12);
    assert_float_equal(weight, 2, 1e-12);
    mesa_program_free(copy);
}

/* Of several tasks that fail, the first is named, by any threads. */
static void
test_failures(void **state)
{
    enum { TASKS = 60, ROWS = 200, WIDTH = 300 };
    struct world w;
    mesa_node x, index, y;
    void *block[MOST_INPUTS];
    struct mesa_program *p;
    double sum[2];
    size_t chunks, most;

    (void)state;
    world_open(&w, MESA_F32, TASKS);
    x = world_input(&w, MESA_SHARED, MESA_SHAPE(6, WIDTH));
    index = world_index(&w, MESA_PER_TASK, ROWS, 6);
    y = mesa_task_sum(w.g, mesa_sum(w.g, mesa_gather(w.g, x, index)));
    w.index[1][20 * ROWS + 7] = 55;
    w.index[1][57 * ROWS] = 77;
    for (size_t i = 1; i <= 2; i++) {
        assert_ok(mesa_parallel_set_threads(i, err));
        assert_ok(mesa_program_new(w.g, &y, 1, &p, err));
        count_segments(p->plan, &chunks, &most);
        assert_true(chunks > 2);
        bind_inputs(&w, p, block);
        mesa_program_bind(p, y, sum);
        assert_error(mesa_program_run(p, err), MESA_EINVAL,
                     "index 55, but there are 6 rows");
        mesa_program_free(p);
        for (size_t k = 0; k < w.n; k++)
            free(block[k]);
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_segment),
        cmocka_unit_test(test_two_segments),
        cmocka_unit_test(test_few_tasks),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_blocks_and_threads),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
