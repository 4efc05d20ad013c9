/* SPDX-License-Identifier: MIT */
/*
 * test_graph_chains.c - operations that one loop does: found where they are
 * spelt out and nowhere else, with the bits of single operations.
 */
#include "test.h"

#include "graph/plan.h"

#include <math.h>

enum { MOST_NODES = MESA_ADAM_OPS, N = 1000, TASKS = 2 };

/* What is put together: a chain, or almost one. */
enum twist {
    PLAIN,
    OTHER_GRADIENT, /* the square is of something else         */
    OWN_MEAN,       /* the weight is what was just computed    */
    RATE_ARRAY,     /* not one number                          */
    RATE_PER_TASK,  /* nor is that                             */
    OTHER_ORDER,    /* of a product's operands                 */
    LEFT_OVER       /* what lies between is needed elsewhere   */
};

enum { N_INPUTS = 7 };

struct chain {
    struct mesa_graph *g;
    mesa_node          in[N_INPUTS], node[MOST_NODES];
    size_t             n_nodes, n_kept;
    mesa_node          kept[MOST_NODES]; /* the chain's, or all */
    uint16_t           op;
};

/* Four arrays and three numbers, the last of which may be more. */
static void
begin(struct chain *c, enum mesa_dtype dtype, enum twist twist)
{
    c->g = mesa_graph_new(dtype, TASKS);
    for (size_t i = 0; i < N_INPUTS; i++)
        c->in[i] = i < 4 || (i == 6 && twist == RATE_ARRAY)
                       ? mesa_input(c->g, MESA_PER_TASK, MESA_SHAPE(N))
                       : mesa_input(c->g,
                                    i == 6 && twist == RATE_PER_TASK
                                        ? MESA_PER_TASK
                                        : MESA_SHARED,
                                    0, NULL);
}

static void
make_adam(struct chain *c, enum twist twist)
{
    struct mesa_graph *g = c->g;
    const mesa_node *in = c->in;
    mesa_node *x = c->node;

    x[0] = mesa_mul(g, mesa_scalar(g, 0.1), in[0]);
    x[1] = mesa_mul(g, mesa_scalar(g, 0.9), in[1]);
    x[2] = mesa_add(g, x[1], x[0]);
    x[3] = twist == OTHER_GRADIENT ? mesa_mul(g, in[3], in[3])
                                   : mesa_mul(g, in[0], in[0]);
    x[4] = mesa_mul(g, mesa_scalar(g, 0.001), x[3]);
    x[5] = mesa_mul(g, mesa_scalar(g, 0.999), in[2]);
    x[6] = mesa_add(g, x[5], x[4]);
    x[7] = mesa_sqrt(g, x[6]);
    x[8] = mesa_mul(g, x[7], in[4]);
    x[9] = mesa_add(g, x[8], in[5]);
    x[10] = twist == OTHER_ORDER ? mesa_mul(g, x[2], in[6])
                                 : mesa_mul(g, in[6], x[2]);
    x[11] = mesa_div(g, x[10], x[9]);
    x[12] = mesa_sub(g, twist == OWN_MEAN ? x[2] : in[3], x[11]);
    c->op = MESA_TILE_ADAM;
    c->n_nodes = 13;
    c->n_kept = 3;
    c->kept[0] = x[2];
    c->kept[1] = x[6];
    c->kept[2] = x[12];
    if (twist == LEFT_OVER)
        c->kept[c->n_kept++] = mesa_neg(g, x[11]);
}

static void
make_follow(struct chain *c, enum twist twist)
{
    struct mesa_graph *g = c->g;
    mesa_node *x = c->node;

    x[0] = mesa_sub(g, c->in[0], c->in[1]);
    x[1] = twist == OTHER_ORDER ? mesa_mul(g, x[0], c->in[6])
                                : mesa_mul(g, c->in[6], x[0]);
    x[2] = mesa_add(g, twist == OWN_MEAN ? x[0] : c->in[2], x[1]);
    c->op = MESA_TILE_FOLLOW;
    c->n_nodes = 3;
    c->n_kept = 1;
    c->kept[0] = x[2];
    if (twist == LEFT_OVER)
        c->kept[c->n_kept++] = mesa_neg(g, x[1]);
}

static size_t
count_chains(const struct chain *c)
{
    struct plan *plan;
    size_t n = 0;

    assert_ok(mesa_plan_new(c->g, c->kept, c->n_kept, &plan, err));
    for (size_t i = 0; i < plan->n_steps; i++)
        for (size_t k = 0; k < plan->step[i].tiles->n_ops; k++)
            n += plan->step[i].tiles->op[k].op == c->op;
    mesa_plan_free(plan);
    return n;
}

static void
fill(void *x, enum mesa_dtype dtype, size_t seed)
{
    for (size_t i = 0; i < TASKS * N; i++) {
        double value = sin((double)(seed * 7919 + i));

        value = i % 97 == 5 ? 0 : i % 89 == 7 ? NAN : value;
        if (dtype == MESA_F32)
            ((float *)x)[i] = (float)value;
        else
            ((double *)x)[i] = value;
    }
}

/* Run; what is kept goes to `out`, or over the inputs 1 ... 3. */
static void
run(struct chain *c, enum mesa_dtype dtype, const mesa_node *node, size_t n,
    bool in_place, double (*out)[TASKS * N])
{
    static double in[N_INPUTS][TASKS * N];
    struct mesa_program *p;

    assert_ok(mesa_program_new(c->g, node, n, &p, err));
    for (size_t i = 0; i < N_INPUTS; i++) {
        fill(in[i], dtype, i);
        mesa_program_bind(p, c->in[i], in[i]);
    }
    for (size_t i = 0; i < c->n_kept; i++)
        mesa_program_bind(p, c->kept[i], in_place ? in[i + 1] : out[i]);
    assert_ok(mesa_program_run(p, err));
    mesa_program_free(p);
    for (size_t i = 0; i < c->n_kept && in_place; i++)
        memcpy(out[i], in[i + 1], sizeof in[i]);
}

/* One NaN stands for all. */
static bool
same(const void *a, const void *b, enum mesa_dtype dtype)
{
    bool equal = true;

    for (size_t i = 0; i < TASKS * N; i++) {
        double x = dtype == MESA_F32 ? (double)((const float *)a)[i]
                                     : ((const double *)a)[i];
        double y = dtype == MESA_F32 ? (double)((const float *)b)[i]
                                     : ((const double *)b)[i];

        equal = equal && (isnan(x) ? isnan(y) : memcmp(&x, &y, 8) == 0);
    }
    return equal;
}

/* Every node an output: then there is no chain. */
static void
check(struct chain *c, enum mesa_dtype dtype, enum twist twist)
{
    static double out[4][TASKS * N], single[4][TASKS * N];
    mesa_node all[MOST_NODES + 4];
    size_t n = 0;

    assert_int_equal(count_chains(c), twist == PLAIN);
    for (size_t i = 0; i < c->n_kept; i++)
        all[n++] = c->kept[i];
    for (size_t i = 0; i < c->n_nodes; i++)
        all[n++] = c->node[i];
    run(c, dtype, all, n, false, single);
    for (int in_place = 0; in_place < 2; in_place++) {
        if (in_place && c->n_kept > 3)
            break;
        run(c, dtype, c->kept, c->n_kept, in_place, out);
        for (size_t i = 0; i < c->n_kept; i++)
            assert_true(same(out[i], single[i], dtype));
    }
    mesa_graph_free(c->g);
}

static void
test_adam(void **state)
{
    (void)state;
    for (int dtype = MESA_F32; dtype <= MESA_F64; dtype++)
        for (int twist = PLAIN; twist <= LEFT_OVER; twist++) {
            struct chain c;

            begin(&c, (enum mesa_dtype)dtype, (enum twist)twist);
            make_adam(&c, (enum twist)twist);
            check(&c, (enum mesa_dtype)dtype, (enum twist)twist);
        }
}

static void
test_follow(void **state)
{
    (void)state;
    for (int dtype = MESA_F32; dtype <= MESA_F64; dtype++)
        for (int twist = PLAIN; twist <= LEFT_OVER; twist++) {
            struct chain c;

            if (twist == OTHER_GRADIENT)
                continue;
            begin(&c, (enum mesa_dtype)dtype, (enum twist)twist);
            make_follow(&c, (enum twist)twist);
            check(&c, (enum mesa_dtype)dtype, (enum twist)twist);
        }
}

/* The optimizer spells its step the way that is known. */
static void
test_optimizer(void **state)
{
    struct mesa_optimizer_options options = mesa_optimizer_defaults();
    struct chain c = { .op = MESA_TILE_ADAM, .n_kept = 3 };
    struct mesa_optimizer *o;

    (void)state;
    begin(&c, MESA_F32, PLAIN);
    assert_ok(mesa_optimizer_new(c.g, &options, c.in, c.in + 1, 1, c.kept,
                                 &o, err));
    mesa_optimizer_state(o, c.kept + 1);
    assert_int_equal(count_chains(&c), 1);
    mesa_optimizer_free(o);
    mesa_graph_free(c.g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_optimizer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
