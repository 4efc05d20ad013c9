/* SPDX-License-Identifier: MIT */
/* test_graph_tasks.c - derivatives of values per task, and over all tasks. */
#include "graph_differences.h"

/* Sums of functions of a shared and a per-task value, some of which mix. */
static mesa_node
of_both(struct mesa_graph *g, mesa_node shared, mesa_node own)
{
    mesa_node sum = mesa_add(g, shared, own);

    return mesa_add(g, mesa_mean(g, mesa_mul(g, sum, mesa_sin(g, sum))),
                    mesa_add(g, mesa_sum(g, mesa_cos(g, shared)),
                             mesa_sum(g, mesa_exp(g, mesa_sin(g, own)))));
}

static void
test_tasks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct world w;
        mesa_node x[2], y;

        world_open(&w, MESA_F64, 3);
        x[0] = world_input(&w, MESA_SHARED, MESA_SHAPE(2, 3));
        x[1] = world_input(&w, MESA_PER_TASK, MESA_SHAPE(3));
        y = of_both(w.g, x[0], x[1]);
        assert_int_equal(mesa_node_span(w.g, y), MESA_PER_TASK);
        if (i > 0)
            y = i == 1 ? mesa_task_sum(w.g, y) : mesa_task_mean(w.g, y);
        assert_derivatives(&w, y, x, 2, "tasks");
        world_close(&w);
    }
}

/* What a task adds to a shared value is counted, be it a constant. */
static void
test_sum_of_shared(void **state)
{
    struct world w;
    mesa_node x[2], y, d[2];
    double *out[2];

    (void)state;
    world_open(&w, MESA_F64, 3);
    x[0] = world_input(&w, MESA_SHARED, 0, NULL);
    x[1] = world_input(&w, MESA_PER_TASK, 0, NULL);
    y = mesa_task_sum(w.g, mesa_add(w.g, x[0], x[1]));
    mesa_grad(w.g, y, x, 2, d);
    assert_int_equal(mesa_node_span(w.g, d[0]), MESA_SHARED);
    assert_int_equal(mesa_node_span(w.g, d[1]), MESA_PER_TASK);
    compute(&w, d, 2, out);
    assert_bits_equal(out[0][0], 3);
    for (size_t i = 0; i < 3; i++)
        assert_bits_equal(out[1][i], 1);
    free(out[0]);
    free(out[1]);
    world_close(&w);
}

/* A mean over the tasks between two sums over them. */
static void
test_task_mean_inside(void **state)
{
    struct world w;
    mesa_node x[2], y, centred;

    (void)state;
    world_open(&w, MESA_F64, 3);
    x[0] = world_input(&w, MESA_SHARED, MESA_SHAPE(4));
    x[1] = world_input(&w, MESA_PER_TASK, MESA_SHAPE(4));
    y = mesa_tanh(w.g, mesa_mul(w.g, x[0], x[1]));
    centred = mesa_sub(w.g, y, mesa_task_mean(w.g, y));
    y = mesa_task_sum(w.g, observed(w.g, centred));
    assert_derivatives(&w, y, x, 2, "centred");
    world_close(&w);
}

/* Of each task's own y, where no derivative has to pass the sum over tasks:
 * it stops in front of it, or the sum is what y is derived by. */
static void
test_task_sum_that_stops(void **state)
{
    struct world w;
    mesa_node x[2], sum, y;

    (void)state;
    world_open(&w, MESA_F64, 2);
    x[0] = world_input(&w, MESA_SHARED, MESA_SHAPE(3));
    x[1] = world_input(&w, MESA_PER_TASK, MESA_SHAPE(3));
    y = mesa_mul(w.g, x[0], x[1]);
    sum = mesa_task_sum(w.g, mesa_stop_gradient(w.g, y));
    y = observed(w.g, mesa_mul(w.g, x[1], mesa_add(w.g, x[0], sum)));
    assert_derivatives(&w, y, x, 2, "stopped");
    sum = mesa_task_sum(w.g, mesa_mul(w.g, x[0], x[1]));
    y = mesa_sum(w.g, mesa_mul(w.g, x[1], sum));
    mesa_grad(w.g, y, &sum, 1, &y);
    assert_planned(&w, &y, 1, 0, "derivative by a sum over tasks");
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_sum_of_shared),
        cmocka_unit_test(test_task_mean_inside),
        cmocka_unit_test(test_task_sum_that_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
