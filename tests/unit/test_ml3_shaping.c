/* SPDX-License-Identifier: MIT */
/*
 * test_ml3_shaping.c - losses that are taught where a weight should come to:
 * derivatives against differences, what they lead to, and what files say.
 */
#include "test.h"

const struct mesa_plugin *sine_plugin(void);
const struct mesa_plugin *huber_plugin(void);

#define MORE_LINKED                        \
    { "learners", "sine", sine_plugin },   \
    { "losses", "huber", huber_plugin },
#include "ml3_fixture.h"

#include "report.h"

enum { TASKS = 3, ROWS = 6, MANY_ROWS = 32, MOST = 200 };

/* One frequency, a loss of ELU units, tasks of some rows. */
static mesa_status
sines_open(struct world *w, int rows, const char *units, const char *lines,
           struct mesa_error *err)
{
    char text[1000];
    const char *rate = strstr(lines, "inner_lr") ? "" : "inner_lr = 1\n";
    int n = snprintf(text, sizeof text,
                     "[data]\ntype = sinusoid\namplitude = 1, 1\n"
                     "phase = 0, 0\nfrequency = -5, 5\nshots = %d\n"
                     "query = 1\n[estimator]\ntype = sine\n[other]\n"
                     "type = mlp\n[near]\ntype = huber\ndelta = 0.2\n"
                     "[loss]\ntype = learned\nhidden_layer_sizes = %s\n"
                     "activation = elu\noutput = none\nuse_input = yes\n"
                     "weight_init = xavier\nintercept = 0.01\n"
                     "[metalearner]\ntype = ml3\neval_tasks = 60\n"
                     "eval_train_tasks = 2\neval_rows = support\n"
                     "eval_steps = 0, 10\n%s%s",
                     rows, units, rate, lines);

    assert_true(n > 0 && (size_t)n < sizeof text);
    return world_parse(w, text, err);
}

static void
sines_begin(struct world *w, const char *lines)
{
    assert_ok(sines_open(w, ROWS, "4, 3", lines, err));
    assert_ok(class_of()->begin(w->ml3, &w->host, err));
}

/* A run of enough iterations to learn something. */
static void
sines_learn(struct world *w, const char *lines)
{
    assert_ok(sines_open(w, MANY_ROWS, "8, 8", lines, err));
    assert_ok(class_of()->begin(w->ml3, &w->host, err));
    assert_ok(steps(w, 0, 3001, err));
}

/* An iteration in double precision. */
struct precise {
    struct mesa_program *program;
    size_t               n; /* numbers of the loss */
    double loss[MOST], gradient[MOST], theta[TASKS], next[TASKS];
    double x[TASKS * ROWS], y[TASKS * ROWS], info[TASKS * 3];
    double query[2][TASKS * 100], before, after;
};

static void
bind_loss(struct precise *p, const struct ml3 *m, const mesa_node *gradient)
{
    for (size_t j = 0; j < m->teacher.n; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->teacher.weights, j);

        mesa_program_bind(p->program, m->teacher.node[j], p->loss + p->n);
        mesa_program_bind(p->program, gradient[j], p->gradient + p->n);
        p->n += w->shape[0] * (w->rank > 1 ? w->shape[1] : 1);
        assert_true(p->n <= MOST);
    }
}

static void
precise_open(struct precise *p, struct ml3 *m)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, TASKS);
    struct mesa_rng rng;
    struct ml3_nodes n;
    mesa_node out[20];
    size_t total = m->teacher.n;

    memset(p, 0, sizeof *p);
    mesa_rng_seed(&rng, 5);
    assert_ok(ml3_build(m, g, &n, err));
    mesa_grad(g, n.after, m->teacher.node, m->teacher.n, out);
    out[total++] = n.next[0];
    out[total++] = n.before;
    out[total++] = n.after;
    assert_ok(mesa_program_new(g, out, total, &p->program, err));
    bind_loss(p, m, out);
    mesa_program_bind(p->program, n.weight[0], p->theta);
    mesa_program_bind(p->program, n.next[0], p->next);
    mesa_program_bind(p->program, n.support_x, p->x);
    mesa_program_bind(p->program, n.support_y, p->y);
    mesa_program_bind(p->program, n.query_x, p->query[0]);
    mesa_program_bind(p->program, n.query_y, p->query[1]);
    mesa_program_bind(p->program, n.info, p->info);
    mesa_program_bind(p->program, n.before, &p->before);
    mesa_program_bind(p->program, n.after, &p->after);
    for (size_t i = 0; i < p->n; i++)
        p->loss[i] = mesa_rng_normal(&rng);
    for (size_t t = 0; t < TASKS; t++) {
        p->theta[t] = mesa_rng_normal(&rng);
        p->info[3 * t + 2] = 3 * mesa_rng_normal(&rng);
        for (size_t r = 0; r < ROWS; r++) {
            double x = 2 * mesa_rng_normal(&rng);

            p->x[t * ROWS + r] = x;
            p->y[t * ROWS + r] = sin(p->info[3 * t + 2] * x);
        }
    }
    ml3_nodes_free(&n);
    mesa_graph_free(g);
}

/* What shaping makes of the distance d. */
static double
square(double d)
{
    return d * d;
}

static double
huber(double d)
{
    return fabs(d) <= 0.2 ? d * d / 2 : 0.2 * (fabs(d) - 0.1);
}

static void
try_derivative(const char *lines, double (*distance)(double))
{
    static struct precise p;
    double gradient[MOST], largest = 0, mean[2] = { 0, 0 };
    struct world w;
    char text[200];

    snprintf(text, sizeof text,
             "meta_batch_size = %d\nshaping = frequency\n%s", TASKS, lines);
    sines_begin(&w, text);
    precise_open(&p, w.ml3);
    assert_ok(mesa_program_run(p.program, err));
    memcpy(gradient, p.gradient, sizeof gradient);
    for (size_t t = 0; t < TASKS; t++) {
        mean[0] += distance(p.theta[t] - p.info[3 * t + 2]) / TASKS;
        mean[1] += distance(p.next[t] - p.info[3 * t + 2]) / TASKS;
    }
    assert_close(p.before, mean[0], 1e-12);
    assert_close(p.after, mean[1], 1e-12);
    for (size_t i = 0; i < p.n; i++) {
        const double at = p.loss[i], h = 1e-6;
        double up;

        p.loss[i] = at + h;
        assert_ok(mesa_program_run(p.program, err));
        up = p.after;
        p.loss[i] = at - h;
        assert_ok(mesa_program_run(p.program, err));
        p.loss[i] = at;
        up = (up - p.after) / (2 * h);
        largest = fmax(largest, fabs(up));
        if (fabs(gradient[i] - up) > 1e-7 * (1 + fabs(up)))
            fail_msg("%s: number %zu: %.10g, differences say %.10g", lines, i,
                     gradient[i], up);
    }
    assert_true(largest > 1e-3);
    mesa_program_free(p.program);
    world_close(&w);
}

static void
test_derivative(void **state)
{
    (void)state;
    try_derivative("", square);
    try_derivative("shaping_loss = near\n", huber);
    try_derivative("shaping_loss = near\ninner_steps = 3\ninner_lr = 0.2\n",
                   huber);
}

/* The last figure of that name. */
static double
score(const struct world *w, const char *name)
{
    char *text = mesa_strdup(w->rows.at);
    double value = NAN;

    for (char *at = strstr(text, name); at; at = strstr(at + 1, name))
        value = strtod(at + strlen(name), NULL);
    mesa_free(text);
    return value;
}

#define TRAINING                                                    \
    "iterations = 3000\nmeta_batch_size = 8\nreset_interval = 10\n" \
    "meta_lr = 0.02\nmeta_schedule = linear\n"

/* Few rows and few units are enough to come near most of the frequencies, from
 * where the squared error leads nowhere. */
static void
test_leads_there(void **state)
{
    struct world w;

    (void)state;
    sines_learn(&w, TRAINING "shaping = frequency\nshaping_loss = near\n");
    assert_true(score(&w, "test,within_0.5@0,") < 0.2);
    assert_true(score(&w, "test,within_0.5@10,") > 0.5);
    assert_true(score(&w, "test,within_0.1@10,") <=
                score(&w, "test,within_0.5@10,"));
    assert_true(score(&w, "test,baseline_within_0.5@10,") < 0.2);
    assert_true(score(&w, "test,baseline_within_0.5@0,") ==
                score(&w, "test,within_0.5@0,"));
    world_close(&w);
}

/* Nor does a loss that was not told. */
static void
test_without(void **state)
{
    struct world w;

    (void)state;
    sines_learn(&w, TRAINING "watch = frequency\nwithin = 0.25, 20\n");
    assert_true(score(&w, "test,within_0.25@10,") < 0.3);
    assert_true(score(&w, "test,within_20@0,") == 1);
    assert_true(isnan(score(&w, "test,within_0.1@10,")));
    world_close(&w);
}

static void
test_schedule(void **state)
{
    struct world w;

    (void)state;
    sines_begin(&w, "iterations = 10\nmeta_lr = 0.5\n");
    assert_bits_equal(mesa_optimizer_rate(&w.ml3->teacher.solver, 5), 0.5);
    world_close(&w);
    sines_begin(&w, "iterations = 10\nmeta_lr = 0.5\n"
                "meta_schedule = linear\n");
    assert_bits_equal(mesa_optimizer_rate(&w.ml3->teacher.solver, 5), 0.25);
    world_close(&w);
    sines_begin(&w, "iterations = 0\nmeta_schedule = cosine\n");
    assert_ok(steps(&w, 0, 1, err));
    world_close(&w);
}

#define FOUR_POINTS "landscape_points = 4\n"
#define LANDSCAPE                                                 \
    "shaping = frequency\nmeta_batch_size = 2\niterations = 7\n"  \
    "reset_interval = 4\ninner_lr = 0.1\nlandscape_interval = 3\n" \
    "landscape_tasks = 2\nlandscape_from = -1\nlandscape_to = 2\n"
enum { TIMES = 4, POINTS = 4, ALL = TIMES * 2 * POINTS };

static double
elu(double x)
{
    return x > 0 ? x : expm1(x);
}

/* The loss of 3-4-3-1 by hand. */
static double
loss_at(const struct ml3 *m, double frequency, const float *x, const float *y)
{
    const float *c[3], *b[3];
    double sum = 0;

    for (size_t j = 0; j < 3; j++) {
        c[j] = mesa_weights_data(m->teacher.weights, 2 * j);
        b[j] = mesa_weights_data(m->teacher.weights, 2 * j + 1);
    }
    for (size_t r = 0; r < ROWS; r++) {
        const double in[3] = { sin(frequency * (double)x[r]), (double)y[r],
                               (double)x[r] };
        double one[4], two[3], out = (double)b[2][0];

        for (size_t h = 0; h < 4; h++) {
            one[h] = (double)b[0][h];
            for (size_t i = 0; i < 3; i++)
                one[h] += in[i] * (double)c[0][i * 4 + h];
            one[h] = elu(one[h]);
        }
        for (size_t h = 0; h < 3; h++) {
            two[h] = (double)b[1][h];
            for (size_t i = 0; i < 4; i++)
                two[h] += one[i] * (double)c[1][i * 3 + h];
            out += elu(two[h]) * (double)c[2][h];
        }
        sum += out / ROWS;
    }
    return sum;
}

/* What it is at the end, when the weights are still there. */
static void
test_landscape(void **state)
{
    const struct ml3_landscape *l;
    struct world w;

    (void)state;
    sines_begin(&w, LANDSCAPE FOUR_POINTS);
    l = &w.ml3->landscape;
    assert_int_equal(l->n_times, TIMES);
    assert_ok(steps(&w, 0, 8, err));
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 0; k < POINTS; k++) {
            const size_t at = (TIMES - 1) * 2 * POINTS + t * POINTS + k;
            const size_t row = t * ROWS;
            double expected = loss_at(w.ml3, -1 + (double)k,
                                      (float *)l->rows.support_x + row,
                                      (float *)l->rows.support_y + row);

            assert_true(fabs((double)l->loss[at] - expected) < 1e-6);
            assert_true(l->loss[at] != l->loss[at - 2 * POINTS]);
        }
    world_close(&w);
}

static void
test_landscape_resumes(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    struct world whole, part, rest;

    (void)state;
    sines_begin(&whole, LANDSCAPE FOUR_POINTS);
    sines_begin(&part, LANDSCAPE FOUR_POINTS);
    sines_begin(&rest, LANDSCAPE FOUR_POINTS);
    assert_ok(steps(&whole, 0, 8, err));
    assert_ok(steps(&part, 0, 5, err));
    assert_ok(class_of()->head.save(part.ml3, a, err));
    assert_ok(class_of()->head.load(rest.ml3, a, err));
    assert_ok(steps(&rest, 5, 8, err));
    assert_memory_equal(whole.ml3->landscape.loss, rest.ml3->landscape.loss,
                        ALL * sizeof(float));
    world_close(&rest);
    sines_begin(&rest, LANDSCAPE "landscape_points = 5\n");
    assert_int_equal(class_of()->head.load(rest.ml3, a, &(struct mesa_error){
                         MESA_OK, 0, "", "" }),
                     MESA_EPARSE);
    mesa_archive_free(a);
    world_close(&whole);
    world_close(&part);
    world_close(&rest);
}

/* Without memory, and with ever more of it: nothing is lost. */
static void
test_memory(void **state)
{
    const uint64_t live = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k += 1 + k / 64) {
        struct mesa_error e = { MESA_OK, 0, "", "" };
        struct world w;

        assert_ok(sines_open(&w, ROWS, "4, 3", LANDSCAPE FOUR_POINTS
                             "shaping_loss = near\n", err));
        mesa_memory_fail_at(k);
        st = class_of()->begin(w.ml3, &w.host, &e);
        mesa_memory_fail_at(UINT64_MAX);
        world_close(&w);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
}

static void
refuse(const char *lines, const char *message)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct world w;
    mesa_status st = sines_open(&w, ROWS, "4, 3", lines, &e);

    if (st == MESA_OK)
        st = class_of()->begin(w.ml3, &w.host, &e);
    assert_int_equal(st, MESA_EINVAL);
    if (!strstr(e.message, message))
        fail_msg("'%s', expected '%s'", e.message, message);
    world_close(&w);
}

static void
test_errors(void **state)
{
    (void)state;
    refuse("shaping = phase\n", "shaping is phase, which is no weight of "
           "sine; it has: frequency");
    refuse("watch = frequency\nwithin = 0.5, 0.1\n", "within has 0.1, "
           "expected numbers each larger than the one before");
    refuse("watch = frequency\nwithin = 0.1, 0.1\n", "within has 0.1, "
           "expected numbers each larger than the one before");
    refuse("watch = speed\n", "watch is speed, which the tasks do not say; "
           "they say: amplitude, phase, frequency");
    refuse("shaping = frequency\neval_estimator = other\n",
           "watch is frequency, which is no weight of mlp; it has: coef.0, "
           "intercept.0, coef.1, intercept.1");
    refuse("landscape_interval = 5\n", "landscape_interval is 5, but of "
           "which weight? watch names it");
    refuse("landscape_interval = 5\nwatch = frequency\nlandscape_to = -7\n",
           "landscape_from is -7 but landscape_to -7");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivative),
        cmocka_unit_test(test_leads_there),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_landscape),
        cmocka_unit_test(test_landscape_resumes),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_errors),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
