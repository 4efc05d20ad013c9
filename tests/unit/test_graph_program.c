/* SPDX-License-Identifier: MIT */
/*
 * test_graph_program.c - programs: what is bound where, outputs over inputs,
 * copies in threads, views and constants.
 */
#include "graph_reference.h"

/* Functions of a square matrix a, of its shape, that read it in some way. */
typedef mesa_node update(struct world *w, mesa_node a);

static mesa_node
twice(struct world *w, mesa_node a)
{
    return mesa_add(w->g, a, a);
}

static mesa_node
plus_transposed(struct world *w, mesa_node a)
{
    return mesa_add(w->g, a, mesa_transpose(w->g, a));
}

static mesa_node
minus_first_row(struct world *w, mesa_node a)
{
    return mesa_sub(w->g, a, mesa_slice(w->g, a, 0, 0, 1));
}

static mesa_node
minus_last_column(struct world *w, mesa_node a)
{
    size_t shape[MESA_MAX_DIMS];

    mesa_node_shape(w->g, a, shape);
    return mesa_sub(w->g, a, mesa_slice(w->g, a, 1, shape[1] - 1, 1));
}

static mesa_node
minus_mean(struct world *w, mesa_node a)
{
    return mesa_sub(w->g, a, mesa_mean(w->g, a));
}

static mesa_node
softmax(struct world *w, mesa_node a)
{
    return mesa_log_softmax(w->g, a);
}

static mesa_node
squared(struct world *w, mesa_node a)
{
    return mesa_matmul(w->g, a, a, MESA_PLAIN, MESA_PLAIN);
}

static mesa_node
turned(struct world *w, mesa_node a)
{
    return mesa_transpose(w->g, a);
}

static mesa_node
rows_moved(struct world *w, mesa_node a)
{
    size_t shape[MESA_MAX_DIMS];

    mesa_node_shape(w->g, a, shape);
    return mesa_gather(w->g, a,
                       world_index(w, MESA_PER_TASK, shape[0], shape[0]));
}

static mesa_node
rotated(struct world *w, mesa_node a)
{
    size_t shape[MESA_MAX_DIMS];
    mesa_node part[2];

    mesa_node_shape(w->g, a, shape);
    part[0] = mesa_slice(w->g, a, 0, 1, shape[0] - 1);
    part[1] = mesa_slice(w->g, a, 0, 0, 1);
    return mesa_concat(w->g, part, 2, 0);
}

static mesa_node
tasks_centred(struct world *w, mesa_node a)
{
    return mesa_sub(w->g, a, mesa_task_mean(w->g, a));
}

/* Read again after something else was computed from what is written. */
static mesa_node
read_late(struct world *w, mesa_node a)
{
    mesa_node sum = mesa_sum(w->g, mesa_exp(w->g, a));

    return mesa_add(w->g, mesa_mul(w->g, a, sum), mesa_sin(w->g, a));
}

static mesa_node
unchanged(struct world *w, mesa_node a)
{
    return mesa_stop_gradient(w->g, a);
}

static mesa_node
constant(struct world *w, mesa_node a)
{
    return mesa_pow(w->g, a, 0);
}

static mesa_node
layer(struct world *w, mesa_node a)
{
    return mesa_relu(w->g, mesa_add(w->g, squared(w, a),
                                    mesa_slice(w->g, a, 1, 0, 1)));
}

static update *const updates[] = {
    twice,      plus_transposed, minus_first_row, minus_last_column,
    minus_mean, softmax,         squared,         turned,
    rows_moved, rotated,         tasks_centred,   read_late,
    unchanged,  constant,        layer,
};

/* The output lies where the input is, `shift` numbers further on. */
static void
check_in_place(enum mesa_dtype dtype, size_t n, update *f, size_t shift)
{
    struct world w;
    struct mesa_program *p;
    void *block[MOST_INPUTS];
    size_t size = dtype == MESA_F32 ? sizeof(float) : sizeof(double), count;
    mesa_node a, out;
    double *expected;
    char *room;

    world_open(&w, dtype, 2);
    a = world_input(&w, MESA_PER_TASK, MESA_SHAPE(n, n));
    count = all_elements(&w, a);
    out = f(&w, a);
    compute(&w, &out, 1, &expected);
    assert_ok(mesa_program_new(w.g, &out, 1, &p, err));
    bind_inputs(&w, p, block);
    room = calloc(count + shift, size);
    assert_non_null(room);
    memcpy(room, block[0], count * size);
    mesa_program_bind(p, a, room);
    mesa_program_bind(p, out, room + shift * size);
    assert_ok(mesa_program_run(p, err));
    for (size_t i = 0; i < count; i++)
        assert_true(expected[i] ==
                    (size == sizeof(float)
                         ? (double)((float *)(void *)room)[shift + i]
                         : ((double *)(void *)room)[shift + i]));
    mesa_program_free(p);
    free(room);
    free(expected);
    for (size_t i = 0; i < w.n; i++)
        free(block[i]);
    world_close(&w);
}

static void
test_output_over_input(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(updates); i++)
        for (size_t shift = 0; shift < 3; shift++) {
            check_in_place(MESA_F64, 4, updates[i], shift);
            check_in_place(MESA_F32, 4, updates[i], shift);
            /* Several tiles, several chunks. */
            check_in_place(MESA_F64, 23, updates[i], shift);
            check_in_place(MESA_F32, 97, updates[i], shift);
        }
}

/* Two outputs that change places with two inputs. */
static void
test_swap(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct world w;
        struct mesa_program *p;
        mesa_node a, b, out[2];
        double x[3] = { 1, 2, 3 }, y[3] = { 10, 20, 30 };

        world_open(&w, MESA_F64, 1);
        a = world_input(&w, MESA_SHARED, MESA_SHAPE(3));
        b = world_input(&w, MESA_SHARED, MESA_SHAPE(3));
        /* Computed together, or in steps of their own, or only moved. */
        out[0] = i == 0 ? mesa_neg(w.g, a) : mesa_stop_gradient(w.g, a);
        out[1] = i == 0 ? mesa_neg(w.g, b) : mesa_stop_gradient(w.g, b);
        if (i == 2)
            out[0] = mesa_mul(w.g, a, mesa_sum(w.g, mesa_sub(w.g, b, b)));
        if (i == 3)
            out[1] = mesa_add(w.g, b, mesa_sum(w.g, a));
        assert_ok(mesa_program_new(w.g, out, 2, &p, err));
        mesa_program_bind(p, a, x);
        mesa_program_bind(p, b, y);
        mesa_program_bind(p, out[0], y);
        mesa_program_bind(p, out[1], x);
        assert_ok(mesa_program_run(p, err));
        for (int k = 0; k < 3; k++) {
            double factor = i == 0 ? -1 : 1, from_a = k + 1;

            assert_true(y[k] == (i == 2 ? 0 : factor * from_a));
            assert_true(x[k] == factor * 10 * from_a + (i == 3 ? 6 : 0));
        }
        mesa_program_free(p);
        world_close(&w);
    }
}

/* The old value is read in the step that writes, and after it. */
static void
test_old_value(void **state)
{
    struct world w;
    struct mesa_program *p;
    mesa_node a, out[3];
    double x[4] = { 1, 2, 3, 4 }, y[4], z;

    (void)state;
    world_open(&w, MESA_F64, 1);
    a = world_input(&w, MESA_SHARED, MESA_SHAPE(2, 2));
    out[0] = mesa_mul(w.g, a, mesa_scalar(w.g, 2));
    out[1] = mesa_add(w.g, mesa_exp(w.g, mesa_mul(w.g, out[0],
                                                  mesa_scalar(w.g, 0))), a);
    out[2] = mesa_sum(w.g, mesa_matmul(w.g, out[0], a, MESA_PLAIN,
                                       MESA_PLAIN));
    assert_ok(mesa_program_new(w.g, out, 3, &p, err));
    mesa_program_bind(p, a, x);
    mesa_program_bind(p, out[0], x);
    mesa_program_bind(p, out[1], y);
    mesa_program_bind(p, out[2], &z);
    for (double scale = 1; scale < 9; scale *= 2) {
        assert_ok(mesa_program_run(p, err));
        for (int i = 0; i < 4; i++) {
            assert_true(x[i] == 2 * scale * (i + 1));
            assert_true(y[i] == 1 + scale * (i + 1));
        }
        assert_true(z == 2 * scale * scale * 54);
    }
    mesa_program_free(p);
    world_close(&w);
}

/* Nothing but one step, which reads once more after it has written. */
static void
test_old_value_in_one_step(void **state)
{
    struct world w;
    struct mesa_program *p;
    mesa_node a, out[2];
    double x[3] = { 1, 2, 3 }, y[3];

    (void)state;
    world_open(&w, MESA_F64, 1);
    a = world_input(&w, MESA_SHARED, MESA_SHAPE(3));
    out[0] = mesa_mul(w.g, a, mesa_scalar(w.g, 2));
    out[1] = mesa_add(w.g, out[0], a);
    assert_ok(mesa_program_new(w.g, out, 2, &p, err));
    mesa_program_bind(p, a, x);
    mesa_program_bind(p, out[0], x);
    mesa_program_bind(p, out[1], y);
    assert_ok(mesa_program_run(p, err));
    for (int i = 0; i < 3; i++)
        assert_true(x[i] == 2 * (i + 1) && y[i] == 3 * (i + 1));
    mesa_program_free(p);
    world_close(&w);
}

/* p' = p - 0.1 dy/dp, where p lies, as often as wanted. */
static void
test_training(void **state)
{
    struct world w;
    struct mesa_program *p;
    mesa_node x[2], d[2], out[3], y;
    float at[2] = { 3, -2 }, own[4] = { 1, 1, 1, 1 }, loss[2];

    (void)state;
    world_open(&w, MESA_F32, 2);
    x[0] = world_input(&w, MESA_SHARED, MESA_SHAPE(2));
    x[1] = world_input(&w, MESA_PER_TASK, MESA_SHAPE(2));
    y = mesa_sub(w.g, x[0], x[1]);
    y = mesa_sum(w.g, mesa_mul(w.g, y, y));
    mesa_grad(w.g, y, &x[1], 1, &d[1]);
    mesa_grad(w.g, mesa_task_mean(w.g, y), &x[0], 1, &d[0]);
    for (int i = 0; i < 2; i++)
        out[i] = mesa_sub(w.g, x[i], mesa_mul(w.g, mesa_scalar(w.g, 0.1),
                                              d[i]));
    out[2] = y;
    assert_ok(mesa_program_new(w.g, out, 3, &p, err));
    mesa_program_bind(p, x[0], at);
    mesa_program_bind(p, out[0], at);
    mesa_program_bind(p, x[1], own);
    mesa_program_bind(p, out[1], own);
    mesa_program_bind(p, y, loss);
    for (int i = 0; i < 40; i++)
        assert_ok(mesa_program_run(p, err));
    assert_true(loss[0] < 1e-6F && loss[0] == loss[1]);
    assert_true(fabsf(at[0] - 2) < 1e-3F && fabsf(own[0] - 2) < 1e-3F);
    mesa_program_free(p);
    world_close(&w);
}

static void
test_unbound(void **state)
{
    struct world w;
    struct mesa_program *p, *q;
    mesa_node a, b, out[2];
    double x = 2, y = 3, z[2] = { 0, 0 }, other;

    (void)state;
    world_open(&w, MESA_F64, 1);
    a = world_input(&w, MESA_SHARED, 0, NULL);
    b = world_input(&w, MESA_SHARED, 0, NULL);
    out[0] = mesa_sub(w.g, a, b);
    out[1] = mesa_sin(w.g, out[0]);
    assert_ok(mesa_program_new(w.g, out, 1, &p, err));
    assert_error(mesa_program_run(p, err), MESA_ESTATE,
                 "input 1 is not bound");
    mesa_program_bind(p, a, &x);
    assert_error(mesa_program_run(p, err), MESA_ESTATE,
                 "input 2 is not bound");
    mesa_program_bind(p, b, &y);
    assert_error(mesa_program_run(p, err), MESA_ESTATE,
                 "output 3 is not bound");
    mesa_program_bind(p, out[0], &z[0]);
    /* Nodes the program does not use, or that are none. */
    mesa_program_bind(p, out[1], &z[1]);
    mesa_program_bind(p, 0, &z[1]);
    mesa_program_bind(p, 999, &z[1]);
    assert_ok(mesa_program_run(p, err));
    assert_true(z[0] == -1 && z[1] == 0);
    /* Somewhere else, and nowhere again. */
    mesa_program_bind(p, out[0], &other);
    mesa_program_bind(p, a, &y);
    assert_ok(mesa_program_run(p, err));
    assert_true(other == 0 && z[0] == -1);
    assert_ok(mesa_program_copy(p, &q, err));
    mesa_program_bind(p, b, NULL);
    assert_error(mesa_program_run(p, err), MESA_ESTATE,
                 "input 2 is not bound");
    mesa_program_free(p);
    assert_error(mesa_program_run(q, err), MESA_ESTATE,
                 "input 1 is not bound");
    mesa_program_free(q);
    world_close(&w);
}

/* The graph is gone, and a program of nothing does nothing. */
static void
test_graph_freed_first(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node a = mesa_input(g, MESA_SHARED, MESA_SHAPE(2)), out;
    struct mesa_program *p, *empty;
    double x[2] = { 1, 2 }, y;

    (void)state;
    out = mesa_sum(g, mesa_mul(g, a, a));
    assert_ok(mesa_program_new(g, &out, 1, &p, err));
    assert_ok(mesa_program_new(g, NULL, 0, &empty, err));
    mesa_graph_free(g);
    mesa_program_bind(p, a, x);
    mesa_program_bind(p, out, &y);
    assert_ok(mesa_program_run(p, err));
    assert_ok(mesa_program_run(empty, err));
    assert_true(y == 5);
    mesa_program_free(p);
    mesa_program_free(empty);
}

static void
test_indices_out_of_range(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct world w;
        mesa_node a, index, out;
        struct mesa_program *p;
        void *block[MOST_INPUTS];
        double room[64];

        world_open(&w, MESA_F64, 2);
        a = world_input(&w, MESA_SHARED, MESA_SHAPE(4, 2));
        index = world_index(&w, MESA_PER_TASK, 4, 4);
        out = i == 0 ? mesa_gather(w.g, a, index)
              : i == 1 ? mesa_scatter_add(w.g, a, index, 4)
                       : mesa_one_hot(w.g, index, 4);
        assert_ok(mesa_program_new(w.g, &out, 1, &p, err));
        bind_inputs(&w, p, block);
        mesa_program_bind(p, out, room);
        assert_ok(mesa_program_run(p, err));
        w.index[1][7] = 4;
        assert_error(mesa_program_run(p, err), MESA_EINVAL,
                     "index 4, but there are 4 rows");
        w.index[1][3] = INT64_MIN;
        assert_error(mesa_program_run(p, err), MESA_EINVAL,
                     "index -9223372036854775808, but there are 4 rows");
        w.index[1][3] = w.index[1][7] = 0;
        assert_ok(mesa_program_run(p, err));
        mesa_program_free(p);
        free(block[0]);
        world_close(&w);
    }
}

struct job {
    const struct world        *w;
    const struct mesa_program *program;
    mesa_node                  in, out;
    double                     result[16];
};

/* Every body has a copy and an input of its own. */
static mesa_status
run_copy(void *context, size_t i, struct mesa_error *err)
{
    struct job *job = context;
    struct mesa_program *p;
    double x[40];
    mesa_status st = mesa_program_copy(job->program, &p, err);

    if (st != MESA_OK)
        return st;
    mesa_program_bind(p, job->in, x);
    mesa_program_bind(p, job->out, &job->result[i]);
    for (int again = 0; again < 50 && st == MESA_OK; again++) {
        for (int k = 0; k < 40; k++)
            x[k] = (double)i + (again < 49);
        st = mesa_program_run(p, err);
    }
    mesa_program_free(p);
    return st;
}

static void
test_copies(void **state)
{
    struct world w;
    struct job job = { .w = &w };
    struct mesa_program *p;

    (void)state;
    world_open(&w, MESA_F64, 1);
    job.in = world_input(&w, MESA_SHARED, MESA_SHAPE(40));
    job.out = mesa_sum(w.g, mesa_mul(w.g, job.in, mesa_sqrt(w.g, job.in)));
    assert_ok(mesa_program_new(w.g, &job.out, 1, &p, err));
    job.program = p;
    assert_ok(mesa_parallel_set_threads(4, err));
    assert_ok(mesa_parallel_for(16, run_copy, &job, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    for (int i = 0; i < 16; i++)
        assert_close(job.result[i], 40 * pow(i, 1.5), 1e-14);
    mesa_program_free(p);
    world_close(&w);
}

/* Outputs that are not computed: inputs, constants, views of all kinds. */
static void
test_outputs_not_computed(void **state)
{
    struct world w;
    mesa_node a, v, c, out[16];
    size_t n = 0;

    (void)state;
    for (int dtype = 0; dtype < 2; dtype++) {
        world_open(&w, dtype ? MESA_F64 : MESA_F32, 3);
        n = 0;
        a = world_input(&w, MESA_PER_TASK, MESA_SHAPE(2, 3));
        v = world_input(&w, MESA_SHARED, MESA_SHAPE(1, 3));
        c = mesa_broadcast(w.g, mesa_scalar(w.g, 2.5), MESA_SHAPE(2, 3));
        out[n++] = a;
        out[n++] = a;
        out[n++] = mesa_scalar(w.g, -0.25);
        out[n++] = c;
        out[n++] = mesa_stop_gradient(w.g, mesa_scalar(w.g, 3));
        out[n++] = mesa_transpose(w.g, c);
        out[n++] = mesa_slice(w.g, c, 1, 1, 2);
        out[n++] = mesa_repeat(w.g, c);
        out[n++] = mesa_repeat(w.g, v);
        out[n++] = mesa_stop_gradient(w.g, a);
        out[n++] = mesa_broadcast(w.g, v, MESA_SHAPE(2, 2, 3));
        out[n++] = mesa_reshape(w.g, mesa_transpose(w.g, a), MESA_SHAPE(6));
        out[n++] = mesa_slice(w.g, mesa_transpose(w.g, a), 0, 1, 2);
        out[n++] = mesa_exp(w.g, mesa_slice(w.g, c, 0, 0, 1));
        out[n++] = mesa_sum(w.g, mesa_stop_gradient(w.g, c));
        out[n++] = mesa_matmul(w.g, mesa_transpose(w.g, c), c, MESA_PLAIN,
                               MESA_PLAIN);
        for (size_t i = 0; i < n; i++)
            assert_planned(&w, &out[i], 1, dtype ? 1e-14 : 1e-6, "alone");
        assert_planned(&w, out, n, dtype ? 1e-14 : 1e-6, "together");
        world_close(&w);
    }
}

/* A view that was dense before what it is a view of was copied. */
static void
test_views_of_copies(void **state)
{
    struct world w;
    mesa_node a, t, column, flat, stopped, late, out[5];

    (void)state;
    world_open(&w, MESA_F64, 2);
    a = mesa_exp(w.g, world_input(&w, MESA_PER_TASK, MESA_SHAPE(4, 4)));
    t = mesa_transpose(w.g, a);
    column = mesa_slice(w.g, t, 1, 1, 1);
    flat = mesa_reshape(w.g, column, MESA_SHAPE(4));
    stopped = mesa_stop_gradient(w.g, t);
    late = mesa_neg(w.g, a);
    /* t is copied here; the rest comes before it, or after. */
    out[0] = mesa_concat(w.g, (mesa_node[]){ column, t, t }, 3, 1);
    out[1] = mesa_add(w.g, stopped, late);
    out[2] = mesa_add(w.g, flat, mesa_slice(w.g, late, 0, 1, 1));
    out[3] = mesa_add(w.g, mesa_reshape(w.g, mesa_neg(w.g, a),
                                        MESA_SHAPE(16)),
                      mesa_reshape(w.g, stopped, MESA_SHAPE(16)));
    out[4] = mesa_add(w.g, mesa_sum_axes(w.g, t, 1), flat);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 5; k++)
            assert_planned(&w, (mesa_node[]){ out[i], out[k] }, 2, 1e-14,
                           "views of copies");
    assert_planned(&w, out, 5, 1e-14, "views of copies");
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_over_input),
        cmocka_unit_test(test_swap),
        cmocka_unit_test(test_old_value),
        cmocka_unit_test(test_old_value_in_one_step),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_unbound),
        cmocka_unit_test(test_graph_freed_first),
        cmocka_unit_test(test_indices_out_of_range),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_outputs_not_computed),
        cmocka_unit_test(test_views_of_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
