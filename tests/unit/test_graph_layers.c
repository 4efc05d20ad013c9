/* SPDX-License-Identifier: MIT */
/* test_graph_layers.c - products, and what their steps do to them at once. */
#include "graph_fixture.h"

/* Functions of a square matrix a, of its shape. */
typedef mesa_node layer(struct world *w, mesa_node a);

static mesa_node
squared(struct world *w, mesa_node a)
{
    return mesa_matmul(w->g, a, a, MESA_PLAIN, MESA_PLAIN);
}

static mesa_node
layer_with_column(struct world *w, mesa_node a)
{
    mesa_node product = mesa_matmul(w->g, a, a, MESA_TRANSPOSED, MESA_PLAIN);
    mesa_node sum = mesa_add(w->g, product, a);

    return mesa_relu(w->g, mesa_add(w->g, mesa_slice(w->g, a, 1, 0, 1), sum));
}

static mesa_node
layer_with_row(struct world *w, mesa_node a)
{
    mesa_node bias = world_input(w, MESA_SHARED, MESA_SHAPE(1, 1));

    return mesa_relu(w->g, mesa_add(w->g, squared(w, a),
                                    mesa_add(w->g, bias,
                                             mesa_slice(w->g, a, 0, 0, 1))));
}

static mesa_node
layer_with_number(struct world *w, mesa_node a)
{
    return mesa_add(w->g, squared(w, a),
                    world_input(w, MESA_SHARED, 0, NULL));
}

static mesa_node
gated(struct world *w, mesa_node a)
{
    return mesa_gate(w->g, a, squared(w, a));
}

/* Not so: what is added is no row or column, or comes too late. */
static mesa_node
plus_turned(struct world *w, mesa_node a)
{
    return mesa_relu(w->g, mesa_add(w->g, mesa_transpose(w->g, a),
                                    squared(w, a)));
}

static mesa_node
two_products(struct world *w, mesa_node a)
{
    mesa_node second = mesa_matmul(w->g, a, a, MESA_PLAIN, MESA_TRANSPOSED);

    return mesa_gate(w->g, mesa_exp(w->g, second),
                     mesa_add(w->g, squared(w, a), second));
}

/* A step along a gradient: by a constant, by a number, by one each. */
static mesa_node
step_by_constant(struct world *w, mesa_node a)
{
    mesa_node gradient = mesa_stop_gradient(w->g, squared(w, a));

    return mesa_sub(w->g, a, mesa_mul(w->g, mesa_scalar(w->g, 0.1),
                                      gradient));
}

static mesa_node
step_by_number(struct world *w, mesa_node a)
{
    mesa_node rate = world_input(w, MESA_PER_TASK, 0, NULL);

    return mesa_sub(w->g, a, mesa_mul(w->g, rate, squared(w, a)));
}

static mesa_node
step_by_each(struct world *w, mesa_node a)
{
    size_t shape[MESA_MAX_DIMS];
    mesa_node rate;

    mesa_node_shape(w->g, a, shape);
    rate = world_input(w, MESA_SHARED, 2, shape);
    return mesa_sub(w->g, mesa_mul(w->g, squared(w, a), rate), a);
}

static layer *const layers[] = {
    layer_with_column, layer_with_row, layer_with_number,
    gated,             plus_turned,    two_products,
    step_by_constant,  step_by_number, step_by_each
};

/* The same bits as element by element, when the product and all that is
 * between it and the result are wanted too. */
static void
test_after_products(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(layers); i++)
        for (size_t n = 1; n <= 40; n += 3) {
            struct world w;
            mesa_node all[64], out;
            size_t count = 0;
            double *alone, *among[64];

            world_open(&w, i % 2 ? MESA_F32 : MESA_F64, 2 + n % 5);
            out = layers[i](&w, world_input(&w, MESA_PER_TASK,
                                             MESA_SHAPE(n, n)));
            for (mesa_node x = out; x > 0 && count < 64; x--)
                if (is_tile_op(graph_at(w.g, x)) ||
                    graph_at(w.g, x)->op == OP_MATMUL)
                    all[count++] = x;
            compute(&w, &out, 1, &alone);
            compute(&w, all, count, among);
            assert_memory_equal(alone, among[0],
                                all_elements(&w, out) * sizeof *alone);
            free(alone);
            for (size_t k = 0; k < count; k++)
                free(among[k]);
            world_close(&w);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_products),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
