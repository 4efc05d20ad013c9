/* SPDX-License-Identifier: MIT */
/*
 * test_ml3.c - the derivative through inner steps against differences, the
 * inner step against one by differences of the learned loss, and what a run
 * of iterations promises.
 */
#include "ml3_fixture.h"

enum { TASKS = 3, MOST = 400, TENSORS = 16, OUTPUTS = 3 };

/* An iteration in double precision: numbers that inputs are bound to. */
struct precise {
    struct mesa_program *program;
    double loss[TENSORS][MOST], theta[TENSORS][MOST], rows[5][MOST];
    double next[TENSORS][MOST], gradient[TENSORS][MOST], before, after;
};

static size_t
numbers(const struct mesa_weights *weights, size_t j)
{
    const struct mesa_weight *w = mesa_weights_get(weights, j);
    size_t n = 1;

    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    assert_true(n * TASKS <= MOST);
    return n;
}

static void
fill(struct precise *p, const struct ml3 *m)
{
    const void *const from[5] = { m->batch.support_x, m->batch.support_y,
                                  m->batch.query_x, m->batch.query_y,
                                  m->batch.info };
    const size_t width[5] = { SUPPORT * INPUTS,
                              SUPPORT * m->shape.n_outputs, QUERY * INPUTS,
                              QUERY * m->shape.n_outputs, m->shape.n_info };
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 11);
    for (size_t j = 0; j < m->teacher.n; j++)
        for (size_t k = 0; k < numbers(m->teacher.weights, j); k++)
            p->loss[j][k] = mesa_rng_normal(&rng);
    for (size_t j = 0; j < m->model.n; j++)
        for (size_t k = 0; k < TASKS * numbers(m->model.weights, j); k++)
            p->theta[j][k] = mesa_rng_normal(&rng);
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < TASKS * width[i]; k++)
            p->rows[i][k] = (double)((const float *)from[i])[k];
}

static void
bind(struct precise *p, const struct ml3 *m, const struct ml3_nodes *n,
     const mesa_node *gradient)
{
    const mesa_node rows[5] = { n->support_x, n->support_y, n->query_x,
                                n->query_y, n->info };

    for (size_t j = 0; j < m->teacher.n; j++) {
        mesa_program_bind(p->program, m->teacher.node[j], p->loss[j]);
        mesa_program_bind(p->program, gradient[j], p->gradient[j]);
    }
    for (size_t j = 0; j < m->model.n; j++) {
        mesa_program_bind(p->program, n->weight[j], p->theta[j]);
        mesa_program_bind(p->program, n->next[j], p->next[j]);
    }
    for (size_t i = 0; i < 5; i++)
        mesa_program_bind(p->program, rows[i], p->rows[i]);
    mesa_program_bind(p->program, n->before, &p->before);
    mesa_program_bind(p->program, n->after, &p->after);
}

static void
precise_open(struct precise *p, struct world *w)
{
    struct ml3 *m = w->ml3;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    mesa_node out[2 * TENSORS + 2], gradient[TENSORS];
    struct ml3_nodes n;
    size_t total = 0;

    memset(p, 0, sizeof *p);
    assert_ok(mesa_tasks_draw(w->host.tasks, MESA_PART_TRAIN, 0, &m->batch,
                              err));
    assert_ok(ml3_build(m, g, &n, err));
    mesa_grad(g, n.after, m->teacher.node, m->teacher.n, gradient);
    for (size_t j = 0; j < m->teacher.n; j++)
        out[total++] = gradient[j];
    for (size_t j = 0; j < m->model.n; j++)
        out[total++] = n.next[j];
    out[total++] = n.before;
    out[total++] = n.after;
    assert_ok(mesa_program_new(g, out, total, &p->program, err));
    fill(p, m);
    bind(p, m, &n, gradient);
    ml3_nodes_free(&n);
    mesa_graph_free(g);
}

/* Each derivative of the task loss after the inner steps, against differences
 * of the whole computation. */
static void
try_derivative(const char *data, const char *loss, const char *lines)
{
    static struct precise p;
    double gradient[TENSORS][MOST], largest = 0;
    struct world w;
    char text[300];

    snprintf(text, sizeof text, "meta_batch_size = %d\ninner_lr = 0.3\n%s",
             TASKS, lines);
    world_begin(&w, data, loss, text);
    precise_open(&p, &w);
    assert_ok(mesa_program_run(p.program, err));
    memcpy(gradient, p.gradient, sizeof gradient);
    for (size_t j = 0; j < w.ml3->teacher.n; j++)
        for (size_t k = 0; k < numbers(w.ml3->teacher.weights, j); k++) {
            const double at = p.loss[j][k], h = 1e-5;
            double up;

            p.loss[j][k] = at + h;
            assert_ok(mesa_program_run(p.program, err));
            up = p.after;
            p.loss[j][k] = at - h;
            assert_ok(mesa_program_run(p.program, err));
            p.loss[j][k] = at;
            up = (up - p.after) / (2 * h);
            largest = fmax(largest, fabs(up));
            if (fabs(gradient[j][k] - up) > 1e-8 + 1e-6 * fabs(up))
                fail_msg("%s%s: tensor %zu, number %zu: %.10g, differences "
                         "say %.10g", loss, lines, j, k, gradient[j][k], up);
        }
    assert_true(largest > 1e-4);
    mesa_program_free(p.program);
    world_close(&w);
}

static void
test_derivative(void **state)
{
    (void)state;
    try_derivative(TOY, "", "");
    try_derivative(TOY, "", "inner_steps = 3\nouter_rows = query\n");
    try_derivative(TOY, "output = none\nactivation = elu\n"
                   "hidden_layer_sizes = 4\n",
                   "inner_steps = 2\ntask_loss = mae\nouter_rows = query\n");
    try_derivative(TOY, "fit_intercept = no\nuse_input = yes\n"
                   "use_target = no\n", "inner_steps = 2\n");
    try_derivative(TOY, "use_input = yes\nscale = 2, 3, 4, 5\n",
                   "shaping = intercept.1\ninner_steps = 2\n");
    try_derivative(TOY "classes = 3\n", "prediction = log_softmax\n", "");
    try_derivative(TOY "classes = 3\n", "prediction = log_softmax\n",
                   "inner_steps = 3\nouter_rows = query\n");
}

/* The learned loss of support rows, at p->theta, of each task. */
static struct mesa_program *
loss_program(struct precise *p, struct ml3 *m, double *value)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    mesa_node theta[TENSORS], x, y, loss;
    struct mesa_program *program;

    teacher_inputs(&m->teacher, g);
    for (size_t j = 0; j < m->model.n; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->model.weights, j);

        theta[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
    x = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(SUPPORT, INPUTS));
    y = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(SUPPORT, 1));
    loss = teacher_loss(&m->teacher, g,
                        &(struct mesa_loss_terms){
                            sizeof(struct mesa_loss_terms),
                            few_forward(&m->model, g, theta, x), y, x, 0 });
    assert_ok(mesa_program_new(g, &loss, 1, &program, err));
    for (size_t j = 0; j < m->teacher.n; j++)
        mesa_program_bind(program, m->teacher.node[j], p->loss[j]);
    for (size_t j = 0; j < m->model.n; j++)
        mesa_program_bind(program, theta[j], p->theta[j]);
    mesa_program_bind(program, x, p->rows[0]);
    mesa_program_bind(program, y, p->rows[1]);
    mesa_program_bind(program, loss, value);
    mesa_graph_free(g);
    return program;
}

/* A model goes down the learned loss, at inner_lr times its slope; the other
 * tasks' models have no part in it. */
static void
test_inner_step(void **state)
{
    static struct precise p;
    struct mesa_program *program;
    double value[TASKS], high[TASKS], moved = 0;
    struct world w;

    (void)state;
    world_begin(&w, TOY, "", "meta_batch_size = 3\ninner_lr = 0.25\n");
    precise_open(&p, &w);
    assert_ok(mesa_program_run(p.program, err));
    program = loss_program(&p, w.ml3, value);
    for (size_t j = 0; j < w.ml3->model.n; j++) {
        const size_t n = numbers(w.ml3->model.weights, j);

        for (size_t k = 0; k < TASKS * n; k++) {
            const double at = p.theta[j][k], h = 1e-5;
            double change = p.next[j][k] - at;

            p.theta[j][k] = at + h;
            assert_ok(mesa_program_run(program, err));
            memcpy(high, value, sizeof high);
            p.theta[j][k] = at - h;
            assert_ok(mesa_program_run(program, err));
            p.theta[j][k] = at;
            moved = fmax(moved, fabs(change));
            assert_true(fabs(change + 0.25 * (high[k / n] - value[k / n]) /
                                          (2 * h)) < 1e-9);
        }
    }
    assert_true(moved > 1e-3);
    mesa_program_free(program);
    mesa_program_free(p.program);
    world_close(&w);
}

/* Models begin anew each time, go on for some iterations, or for ever. */
static void
test_reset(void **state)
{
    static const char *const lines[3] = {
        "", "reset_interval = 2\n", "reset_interval = never\n"
    };
    static const bool starts[3][4] = { { 1, 1, 1, 1 }, { 1, 0, 1, 0 },
                                       { 1, 0, 0, 0 } };
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        char text[200];
        struct world w;

        snprintf(text, sizeof text, "meta_batch_size = 2\ninner_lr = 1e-6\n"
                 "iterations = 4\n%s", lines[k]);
        world_begin(&w, TOY, "", text);
        for (uint64_t i = 0; i < 4; i++) {
            float before[2], *now = w.ml3->weight[3];

            memcpy(before, now, sizeof before);
            assert_ok(steps(&w, i, i + 1, err));
            for (int t = 0; t < 2; t++)
                assert_int_equal(fabsf(now[t] - before[t]) > 1e-4f,
                                 starts[k][i]);
            assert_true(fabsf(now[0] - now[1]) > 1e-4f);
        }
        world_close(&w);
    }
}

/* The same weights for all, and again. */
static void
test_fixed(void **state)
{
    struct world w;
    float first;

    (void)state;
    world_begin(&w, TOY, "", "meta_batch_size = 2\ninit = fixed\n"
                "inner_lr = 1e-30\n");
    assert_ok(steps(&w, 0, 1, err));
    first = ((float *)w.ml3->weight[0])[1];
    assert_true(first == ((float *)w.ml3->weight[0])[INPUTS * 3 + 1]);
    assert_ok(steps(&w, 1, 2, err));
    assert_true(first == ((float *)w.ml3->weight[0])[1]);
    world_close(&w);
}

/* What has been scored after some steps, of one split. */
static double
row_value(const struct world *w, const char *row)
{
    char *text = mesa_strdup(w->rows.at), *at = strstr(text, row);
    double value = NAN;

    if (at)
        value = strtod(at + strlen(row), NULL);
    mesa_free(text);
    return value;
}

/* A loss learnt from sine waves leads further down than the mean squared
 * error does at the same rate. */
static void
test_learning(void **state)
{
    struct world w;

    (void)state;
    world_begin(&w, SINES, "activation = relu\nhidden_layer_sizes = 20, 20\n"
                "fit_intercept = no\n", "meta_batch_size = 8\n"
                "iterations = 300\ninner_lr = 0.001\nmeta_lr = 0.01\n");
    assert_int_equal(class_of()->total(w.ml3, &w.host), 301);
    assert_ok(steps(&w, 0, 301, err));
    assert_true(row_value(&w, "test,mse@3,") <
                0.95 * row_value(&w, "test,baseline_mse@3,"));
    assert_true(row_value(&w, "train,mse@3,") <
                0.95 * row_value(&w, "train,baseline_mse@3,"));
    assert_true(row_value(&w, "test,mse@0,") ==
                row_value(&w, "test,baseline_mse@0,"));
    world_close(&w);
}

/* Rates of the baseline's own; rows that models learn from. */
static void
test_tests(void **state)
{
    static const char lines[] = "iterations = 0\neval_lr = 1e-12\n";
    char text[100];
    double query;
    struct world w;

    (void)state;
    world_begin(&w, TOY, "", lines);
    assert_ok(steps(&w, 0, 1, err));
    query = row_value(&w, "test,baseline_mse@0,");
    assert_close(row_value(&w, "test,baseline_mse@3,"), query, 1e-6);
    world_close(&w);
    snprintf(text, sizeof text, "%sbaseline_lr = 0.2\neval_rows = support\n",
             lines);
    world_begin(&w, TOY, "", text);
    assert_ok(steps(&w, 0, 1, err));
    assert_true(row_value(&w, "test,baseline_mse@0,") != query);
    assert_true(row_value(&w, "test,baseline_mse@3,") <
                0.9 * row_value(&w, "test,baseline_mse@0,"));
    assert_close(row_value(&w, "test,mse@3,"),
                 row_value(&w, "test,mse@0,"), 1e-6);
    world_close(&w);
}

/* Saved between resets and loaded into another instance, it goes on to the
 * same rows and the same loss. */
static void
test_resume(void **state)
{
    static const char lines[] = "iterations = 12\nlog_interval = 5\n"
                                "eval_interval = 4\nreset_interval = 3\n"
                                "meta_batch_size = 2\ninner_lr = 0.1\n";
    struct world whole, part, rest;
    struct mesa_archive *a = mesa_archive_new();
    char *rows, *first, *second;

    (void)state;
    world_begin(&whole, SINES, "", lines);
    world_begin(&part, SINES, "", lines);
    world_begin(&rest, SINES, "", lines);
    assert_ok(steps(&whole, 0, 15, err));
    assert_ok(steps(&part, 0, 7, err));
    assert_ok(class_of()->head.save(part.ml3, a, err));
    assert_ok(class_of()->head.load(rest.ml3, a, err));
    assert_ok(steps(&rest, 7, 15, err));
    for (size_t j = 0; j < whole.ml3->teacher.n; j++)
        assert_memory_equal(
            mesa_weights_data(whole.ml3->teacher.weights, j),
            mesa_weights_data(rest.ml3->teacher.weights, j),
            numbers(whole.ml3->teacher.weights, j) * sizeof(float));
    rows = mesa_text_take(&whole.rows);
    first = mesa_text_take(&part.rows);
    second = mesa_text_take(&rest.rows);
    assert_non_null(strstr(rows, "train,task_loss_before,"));
    assert_non_null(strstr(rows, "train,task_loss_after,"));
    assert_memory_equal(rows, first, strlen(first));
    assert_string_equal(rows + strlen(first), second);
    mesa_free(rows);
    mesa_free(first);
    mesa_free(second);
    mesa_archive_free(a);
    world_close(&whole);
    world_close(&part);
    world_close(&rest);
}

/* Told to stop, a test adds no rows and is made again, to the same ones; the
 * iterations around it are as they were. */
static void
test_stopped_tests(void **state)
{
    static const char lines[] = "iterations = 6\neval_interval = 3\n"
                                "inner_lr = 0.1\nlog_interval = 2\n";
    volatile sig_atomic_t stop = 0;
    atomic_bool heard = false;
    struct world whole, w;

    (void)state;
    world_begin(&whole, SINES, "", lines);
    world_begin(&w, SINES, "", lines);
    assert_int_equal(class_of()->total(w.ml3, &w.host), 8);
    assert_ok(steps(&whole, 0, 8, err));
    w.host.stop = &stop;
    w.host.heard = &heard;
    for (uint64_t i = 0; i < 8; i++) {
        const bool is_test = i == 3 || i == 7;
        const size_t n = w.rows.n;

        stop = is_test;
        assert_ok(steps(&w, i, i + 1, err));
        assert_int_equal(atomic_exchange(&heard, false), is_test);
        stop = 0;
        if (!is_test)
            continue;
        assert_int_equal(w.rows.n, n);
        assert_ok(steps(&w, i, i + 1, err));
        assert_true(w.rows.n > n);
    }
    assert_string_equal(whole.rows.at, w.rows.at);
    world_close(&whole);
    world_close(&w);
}

static void
test_early_load(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct world w;

    (void)state;
    assert_ok(world_open(&w, TOY, "", "", err));
    assert_error(class_of()->head.load(w.ml3, a, err), MESA_ESTATE,
                 "load comes after begin");
    world_close(&w);
    mesa_archive_free(a);
}

/* The loss before the iteration that failed is there to keep. */
static void
test_divergence(void **state)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct world w;
    char text[60];
    uint64_t i = 0;

    (void)state;
    world_begin(&w, SINES, "output = none\nactivation = identity\n"
                "hidden_layer_sizes = 4, 4, 4, 4\n",
                "inner_lr = 1e6\ninner_steps = 3\nmeta_lr = 1e6\n");
    while (i < 50 && steps(&w, i, i + 1, &e) == MESA_OK)
        i++;
    assert_int_equal(e.status, MESA_ENUMERIC);
    snprintf(text, sizeof text, "iteration %u diverged: the task loss after "
             "a step", (unsigned)i);
    assert_memory_equal(e.message, text, strlen(text));
    assert_non_null(strstr(e.message, "; a smaller inner_lr or meta_lr may "
                                      "help"));
    assert_true(mesa_weights_finite(w.ml3->teacher.weights));
    assert_ok(class_of()->finish(w.ml3, &w.host, err));
    world_close(&w);
}

static void
refuse(const char *data, const char *loss, const char *lines,
       mesa_status status, const char *message)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct world w;
    mesa_status st = world_open(&w, data, loss, lines, &e);

    if (st == MESA_OK)
        st = class_of()->begin(w.ml3, &w.host, &e);
    if (st != status || !strstr(e.message, message))
        fail_msg("%s: '%s', expected '%s'", mesa_status_name(st), e.message,
                 message);
    world_close(&w);
}

static void
test_errors(void **state)
{
    (void)state;
    refuse(TOY, "", "shaping = phase\n", MESA_EINVAL,
           "shaping is phase, which the tasks do not say; they say: speed, "
           "coef.0, intercept.1");
    refuse(TOY "silent = yes\n", "", "shaping = phase\n", MESA_EINVAL,
           "they say: nothing");
    refuse(TOY, "", "shaping = speed\n", MESA_EINVAL,
           "shaping is speed, which is no weight of mlp; it has: coef.0, "
           "intercept.0, coef.1, intercept.1");
    refuse(TOY, "", "shaping = coef.0\n", MESA_EINVAL,
           "shaping is coef.0, a weight of 6 numbers, where the tasks say "
           "one");
    refuse(TOY, "", "loss = mse\n", MESA_ENOTSUP, "mse");
    refuse(TOY, "use_extra = yes\n", "", MESA_EINVAL,
           "loss learned looks at the extra (use_extra = yes), but here is "
           "none");
    refuse(TOY, "scale = 1, 2, 3\n", "", MESA_ESHAPE,
           "scale has 3 numbers but loss learned looks at 2 columns");
    refuse(TOY, "", "eval_steps = 3, 1\n", MESA_EINVAL,
           "eval_steps has 1, expected whole numbers, each larger than the "
           "one before");
    refuse("type = checkerboard\n", "", "", MESA_EINVAL,
           "[data] checkerboard gives rows, not tasks; few_shot_classes and "
           "tabular_tasks make tasks of them");
    refuse(TOY, "", "task_loss = learned\n", MESA_EINVAL,
           "loss learned has learnt nothing");
}

static void
test_no_loss(void **state)
{
    struct world w;

    (void)state;
    assert_ok(world_parse(&w, "[data]\ntype = toy\n[estimator]\ntype = mlp\n"
                          "[metalearner]\ntype = ml3\n", err));
    assert_error(class_of()->begin(w.ml3, &w.host, err), MESA_EINVAL,
                 "there is no [loss] section: which loss is to learn?  "
                 "(type = learned)");
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivative), cmocka_unit_test(test_inner_step),
        cmocka_unit_test(test_reset),      cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_learning),   cmocka_unit_test(test_tests),
        cmocka_unit_test(test_resume),     cmocka_unit_test(test_early_load),
        cmocka_unit_test(test_divergence), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_no_loss),    cmocka_unit_test(test_stopped_tests),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
