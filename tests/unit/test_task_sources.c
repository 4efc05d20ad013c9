/* SPDX-License-Identifier: MIT */
/* test_task_sources.c - made tasks: formulas, ranges, grids, messages. */
#include "task_fixture.h"

#include <math.h>

const struct mesa_plugin *harmonic_plugin(void);
const struct mesa_plugin *linear_plugin(void);
const struct mesa_plugin *sinusoid_plugin(void);

static const struct mesa_builtin linked[] = {
    { "sources", "harmonic", harmonic_plugin },
    { "sources", "linear", linear_plugin },
    { "sources", "sinusoid", sinusoid_plugin },
    { NULL, NULL, NULL },
};

#define PI 3.14159265358979323846

/* Least and largest of n numbers. */
struct range {
    double low, high;
};

static struct range
range_of(const double *x, size_t n)
{
    struct range r = { x[0], x[0] };

    for (size_t i = 1; i < n; i++) {
        r.low = fmin(r.low, x[i]);
        r.high = fmax(r.high, x[i]);
    }
    return r;
}

/* Uniform on low ... high: nothing beyond, and nearly all of it used. */
static void
assert_range(struct range r, double low, double high)
{
    double slack = 0.02 * (high - low);

    if (!(r.low >= low && r.high <= high && r.low <= low + slack &&
          r.high >= high - slack))
        fail_msg("%g ... %g, expected %g ... %g", r.low, r.high, low, high);
}

/*
 * y = a sin(x + b) through all rows: least squares on sin x and cos x.  How
 * far the rows are from it, at most.
 */
static double
fit_wave(const double *x, const double *y, size_t n, double *a, double *b)
{
    double ss = 0, sc = 0, cc = 0, sy = 0, cy = 0, p, q, worst = 0;

    for (size_t i = 0; i < n; i++) {
        double s = sin(x[i]), c = cos(x[i]);

        ss += s * s;
        sc += s * c;
        cc += c * c;
        sy += s * y[i];
        cy += c * y[i];
    }
    p = (sy * cc - cy * sc) / (ss * cc - sc * sc);
    q = (cy * ss - sy * sc) / (ss * cc - sc * sc);
    *a = hypot(p, q);
    *b = atan2(q, p);
    for (size_t i = 0; i < n; i++)
        worst = fmax(worst, fabs(p * sin(x[i]) + q * cos(x[i]) - y[i]));
    return worst;
}

enum { TASKS = 1000 };

/* Amplitudes, phases (what is added to x, in 0 ... 2 pi) and inputs of many
 * tasks. */
static void
look_at_waves(struct task_world *w, enum mesa_part part, double *a, double *b,
              struct range *x)
{
    const struct mesa_task_batch *t = tasks_draw(w, part, 0, TASKS);
    size_t n = mesa_tasks_shape(w->tasks, part)->n_support;
    size_t m = mesa_tasks_shape(w->tasks, part)->n_query;

    for (size_t k = 0; k < TASKS; k++) {
        const double *query_x = (const double *)t->query_x + k * m;
        const double *query_y = (const double *)t->query_y + k * m;

        assert_true(fit_wave((const double *)t->support_x + k * n,
                             (const double *)t->support_y + k * n, n, &a[k],
                             &b[k]) < 1e-9);
        /* The same wave judges. */
        for (size_t i = 0; i < m; i++)
            assert_true(fabs(a[k] * sin(query_x[i] + b[k]) - query_y[i]) <
                        1e-6);
        if (b[k] < 0)
            b[k] += 2 * PI;
    }
    *x = range_of(t->support_x, TASKS * n);
}

static void
test_maml(void **state)
{
    struct task_world w = { .tasks = NULL };
    double a[TASKS], b[TASKS];
    struct range x, r;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 10, 10, 1, 1);
    assert_shape(&w, MESA_PART_VALID, 10, 100, 1, 1);
    assert_shape(&w, MESA_PART_TEST, 10, 100, 1, 1);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        look_at_waves(&w, (enum mesa_part)p, a, b, &x);
        assert_range(x, -5, 5);
        assert_range(range_of(a, TASKS), 0.1 - 1e-9, 5 + 1e-9);
        /* - phase is pi ... 2 pi, once around. */
        r = range_of(b, TASKS);
        assert_range(r, PI - 1e-6, 2 * PI + 1e-6);
    }
    tasks_close(&w);
}

/* Fixed points; + instead of -. */
static void
test_reptile(void **state)
{
    struct task_world w = { .tasks = NULL };
    double a[TASKS], b[TASKS];
    const struct mesa_task_batch *t;
    struct range x;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = reptile\n", 1,
                         err));
    assert_shape(&w, MESA_PART_TRAIN, 50, 10, 1, 1);
    assert_shape(&w, MESA_PART_TEST, 10, 50, 1, 1);
    look_at_waves(&w, MESA_PART_TEST, a, b, &x);
    assert_bits_equal(x.low, -5);
    assert_bits_equal(x.high, 5);
    assert_range(range_of(a, TASKS), 0.1 - 1e-9, 5 + 1e-9);
    assert_range(range_of(b, TASKS), -1e-6, 2 * PI + 1e-6);
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = reptile\n"
                         "phase = 1\n", 1, err));
    t = tasks_draw(&w, MESA_PART_TEST, 0, TASKS);
    for (size_t i = 0; i < 50; i++) {
        double at = i == 49 ? 5 : -5 + (double)i * (10.0 / 49);

        assert_bits_equal(((const double *)t->query_x)[i], at);
    }
    look_at_waves(&w, MESA_PART_TEST, a, b, &x);
    assert_close(b[0], 1.0, 1e-9);
    tasks_close(&w);
}

/* How often each point of a grid of 50 is there. */
static void
count_points(const double *x, size_t n, int *count)
{
    for (size_t i = 0; i < n; i++) {
        double k = (x[i] + 5) * 4.9;

        assert_true(fabs(k - rint(k)) < 1e-9);
        count[(int)rint(k)]++;
    }
}

/* Training tasks have all points once; those to judge by are others than
 * those to adapt to, as long as there are any. */
static void
test_grid(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    const double *first;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = reptile\n", 3,
                         err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 2);
    first = t->support_x;
    assert_true(first[0] != first[50] || first[1] != first[51]);
    for (size_t k = 0; k < 2; k++) {
        int count[50] = { 0 };

        count_points((const double *)t->support_x + k * 50, 50, count);
        for (int i = 0; i < 50; i++)
            assert_int_equal(count[i], 1);
    }
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = reptile\n"
                         "train_shots = 20\nquery = 30\nshots = 30\n"
                         "test_query = 40\n", 3, err));
    for (uint64_t i = 0; i < 20; i++) {
        int train[50] = { 0 }, test[50] = { 0 }, twice = 0;

        t = tasks_draw(&w, MESA_PART_TRAIN, i, 1);
        count_points(t->support_x, 20, train);
        count_points(t->query_x, 30, train);
        t = tasks_draw(&w, MESA_PART_TEST, i, 1);
        count_points(t->support_x, 30, test);
        count_points(t->query_x, 40, test);
        for (int k = 0; k < 50; k++) {
            assert_int_equal(train[k], 1);
            assert_in_range(test[k], 1, 2);
            twice += test[k] == 2;
        }
        assert_int_equal(twice, 20);
    }
    assert_ok(tasks_open(&w, linked, "type = sinusoid\ngrid = 1\nshots = 1\n"
                         "train_shots = 1\n", 3, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    assert_bits_equal(((const double *)t->support_x)[0], -5);
    tasks_close(&w);
}

/* One task to learn from, many others to judge by. */
static void
test_ml3(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double a[TASKS], b[TASKS];
    struct range x;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = ml3\n", 1,
                         err));
    assert_shape(&w, MESA_PART_TRAIN, 100, 100, 1, 1);
    assert_shape(&w, MESA_PART_TEST, 100, 100, 1, 1);
    t = tasks_draw(&w, MESA_PART_TRAIN, 7, 2);
    assert_memory_equal(t->support_x, (const double *)t->support_x + 100,
                        100 * sizeof(double));
    look_at_waves(&w, MESA_PART_TRAIN, a, b, &x);
    assert_true(x.low >= -2 && x.low < -1.8 && x.high < 2 && x.high > 1.8);
    for (size_t k = 0; k < TASKS; k++) {
        assert_close(a[k], 1.0, 1e-9);
        assert_close(b[k], PI, 1e-9);
    }
    look_at_waves(&w, MESA_PART_TEST, a, b, &x);
    assert_range(x, -5, 5);
    assert_range(range_of(a, TASKS), 0.2 - 1e-9, 5 + 1e-9);
    assert_range(range_of(b, TASKS), -1e-6, 2 * PI + 1e-6);
    assert_ok(tasks_open(&w, linked, "type = sinusoid\npreset = ml3\n"
                         "train_tasks = unlimited\n", 1, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 2);
    assert_true(((const double *)t->support_x)[0] !=
                ((const double *)t->support_x)[100]);
    tasks_close(&w);
}

/* What is said goes before the preset, for held-out tasks too unless more is
 * said of those. */
static void
test_ranges(void **state)
{
    struct task_world w = { .tasks = NULL };
    double a[TASKS], b[TASKS];
    struct range x;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\namplitude = 2, 3\n"
                         "phase = -1\ninputs = 4, 8\ntest_inputs = -8, -4\n"
                         "test_phase = -2\ntrain_shots = 7\nquery = 8\n"
                         "shots = 9\ntest_query = 11\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 7, 8, 1, 1);
    assert_shape(&w, MESA_PART_TEST, 9, 11, 1, 1);
    look_at_waves(&w, MESA_PART_TRAIN, a, b, &x);
    assert_range(x, 4, 8);
    assert_range(range_of(a, TASKS), 2 - 1e-9, 3 + 1e-9);
    assert_close(b[0], 1.0, 1e-9);
    look_at_waves(&w, MESA_PART_TEST, a, b, &x);
    assert_range(x, -8, -4);
    assert_range(range_of(a, TASKS), 2 - 1e-9, 3 + 1e-9);
    assert_close(b[0], 2.0, 1e-9);
    tasks_close(&w);
}

/* y = a sin(f (x - p)), to the last bit. */
static void
test_formula(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    const double *x, *y;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\namplitude = 3\n"
                         "phase = 0.5\nfrequency = 2\n", 1, err));
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 5);
    x = t->support_x;
    y = t->support_y;
    for (size_t i = 0; i < 50; i++)
        assert_bits_equal(y[i], 3 * mesa_math_sin(2 * (x[i] - 0.5)));
    tasks_close(&w);
}

/* A task says which wave it is: its rows are those of that one. */
static void
test_wave_info(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_shape *s;
    const struct mesa_task_batch *t;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = sinusoid\nfrequency = 0.5, 2\n",
                         1, err));
    s = mesa_tasks_shape(w.tasks, MESA_PART_TEST);
    assert_int_equal(s->n_info, 3);
    assert_string_equal(s->info[0], "amplitude");
    assert_string_equal(s->info[1], "phase");
    assert_string_equal(s->info[2], "frequency");
    t = tasks_draw(&w, MESA_PART_TEST, 0, 4);
    for (size_t i = 0; i < 4 * s->n_support; i++) {
        const double *of = (const double *)t->info + i / s->n_support * 3;

        assert_bits_equal(((const double *)t->support_y)[i],
                          of[0] * mesa_math_sin(
                                      of[2] * (((const double *)
                                                    t->support_x)[i] -
                                               of[1])));
    }
    tasks_close(&w);
}

/* Bits that no compiler, machine or later version may change. */
static void
test_golden(void **state)
{
    static const struct {
        const char *lines;
        uint64_t    hash;
    } golden[] = {
        { "type = sinusoid\n", UINT64_C(0x8d18fe65802200ce) },
        { "type = sinusoid\npreset = reptile\n",
          UINT64_C(0xdf2ee9a8b008aa9a) },
        { "type = sinusoid\npreset = ml3\nnoise = 1\n",
          UINT64_C(0x80d071fb2ee3cc5d) },
        { "type = harmonic\n", UINT64_C(0x2b3cef59fd5063ee) },
        { "type = linear\nn_features = 2\n", UINT64_C(0x74e0f24708a50240) },
    };
    struct task_world w = { .tasks = NULL };
    uint64_t hash;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(golden); i++) {
        assert_ok(tasks_open(&w, linked, golden[i].lines, 42, err));
        assert_ok(mesa_tasks_hash(w.tasks, &hash, err));
        if (hash != golden[i].hash)
            fail_msg("%s: %016llx", golden[i].lines,
                     (unsigned long long)hash);
    }
    tasks_close(&w);
}

/* More noise moves the same targets further, and inputs not at all. */
static void
test_noise(void **state)
{
    struct task_world w = { .tasks = NULL };
    double y[3][TASKS * 10], x[TASKS * 10], square = 0;

    (void)state;
    for (int k = 0; k < 3; k++) {
        char lines[80];

        snprintf(lines, sizeof lines, "type = sinusoid\nnoise = %d\n", k);
        assert_ok(tasks_open(&w, linked, lines, 1, err));
        tasks_draw(&w, MESA_PART_TRAIN, 0, TASKS);
        memcpy(y[k], w.batch.query_y, sizeof y[k]);
        if (k == 0)
            memcpy(x, w.batch.query_x, sizeof x);
        assert_memory_equal(x, w.batch.query_x, sizeof x);
    }
    for (size_t i = 0; i < TASKS * 10; i++) {
        double by = y[1][i] - y[0][i];

        assert_true(fabs(y[2][i] - y[0][i] - 2 * by) < 1e-12);
        square += by * by / (TASKS * 10);
    }
    assert_close(square, 1.0, 0.06);
    tasks_close(&w);
}

/* With frequency and phases known, amplitudes follow from two rows, and the
 * others from them. */
static void
test_harmonic(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double centers = 0, spread = 0, amplitude[2] = { 0, 0 };

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = harmonic\nfrequency = 2\n"
                         "phase = 0.5\nshots = 8\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 8, 8, 1, 1);
    assert_shape(&w, MESA_PART_TEST, 8, 100, 1, 1);
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, TASKS);
    for (size_t k = 0; k < TASKS; k++) {
        const double *x = (const double *)t->support_x + k * 8;
        const double *y = (const double *)t->support_y + k * 8;
        double s0 = sin(2 * x[0] + 0.5), d0 = sin(4 * x[0] + 0.5);
        double s1 = sin(2 * x[1] + 0.5), d1 = sin(4 * x[1] + 0.5);
        double det = s0 * d1 - s1 * d0, mean = 0;
        double a = (y[0] * d1 - y[1] * d0) / det;
        double b = (s0 * y[1] - s1 * y[0]) / det;

        for (size_t i = 0; i < 8; i++) {
            double wave = a * sin(2 * x[i] + 0.5) + b * sin(4 * x[i] + 0.5);

            assert_true(fabs(wave - y[i]) < 1e-9 / fabs(det));
            mean += x[i] / 8;
        }
        for (size_t i = 0; i < 8; i++)
            spread += (x[i] - mean) * (x[i] - mean) / 7 / TASKS;
        centers += mean * mean / TASKS;
        amplitude[0] += a * a / TASKS;
        amplitude[1] += b * b / TASKS;
    }
    assert_close(spread, 1.0, 0.1);
    assert_close(centers, 64.0 / 12 + 1.0 / 8, 0.15);
    assert_close(amplitude[0], 1.0, 0.2);
    assert_close(amplitude[1], 1.0, 0.2);
    tasks_close(&w);
}

/* One wave of frequency 1 alone: its phase is what is asked for. */
static void
test_harmonic_phase(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double a, b;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = harmonic\nn_harmonics = 1\n"
                         "frequency = 1\nphase = 1, 1.5\nshots = 100\n"
                         "test_query = 70\ncenter = 3\ninputs_sd = 2\n"
                         "amplitude_sd = 4\n", 1, err));
    assert_shape(&w, MESA_PART_TEST, 100, 70, 1, 1);
    t = tasks_draw(&w, MESA_PART_TEST, 0, TASKS);
    for (size_t k = 0; k < TASKS; k++) {
        assert_true(fit_wave((const double *)t->support_x + k * 100,
                             (const double *)t->support_y + k * 100, 100, &a,
                             &b) < 1e-8);
        if (b < 0) /* of a negative amplitude */
            b += PI;
        assert_true(b > 1 - 1e-6 && b < 1.5 + 1e-6);
    }
    tasks_close(&w);
}

/* Slopes from differences of rows, to the intercept. */
static void
test_linear(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;
    double slope[TASKS], intercept[TASKS];

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = linear\nslope = -3, 2\n"
                         "intercept = 1, 2\ninputs = 0, 4\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 10, 10, 1, 1);
    assert_shape(&w, MESA_PART_VALID, 10, 100, 1, 1);
    t = tasks_draw(&w, MESA_PART_VALID, 0, TASKS);
    for (size_t k = 0; k < TASKS; k++) {
        const double *x = (const double *)t->support_x + k * 10;
        const double *y = (const double *)t->support_y + k * 10;
        const double *query_x = (const double *)t->query_x + k * 100;
        const double *query_y = (const double *)t->query_y + k * 100;
        size_t far = fabs(x[1] - x[0]) > fabs(x[2] - x[0]) ? 1 : 2;

        slope[k] = (y[far] - y[0]) / (x[far] - x[0]);
        intercept[k] = y[0] - slope[k] * x[0];
        for (size_t i = 0; i < 100; i++)
            assert_true(fabs(slope[k] * query_x[i] + intercept[k] -
                             query_y[i]) < 1e-8);
    }
    assert_range(range_of(slope, TASKS), -3 - 1e-8, 2 + 1e-8);
    assert_range(range_of(intercept, TASKS), 1 - 1e-8, 2 + 1e-8);
    assert_range(range_of(t->support_x, TASKS * 10), 0, 4);
    assert_ok(tasks_open(&w, linked, "type = linear\nslope = 2\n"
                         "intercept = 7\nn_features = 3\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 10, 10, 3, 1);
    t = tasks_draw(&w, MESA_PART_TRAIN, 0, 2);
    for (size_t i = 0; i < 20; i++) {
        const double *x = (const double *)t->query_x + 3 * i;

        assert_bits_equal(((const double *)t->query_y)[i],
                          7 + 2 * x[0] + 2 * x[1] + 2 * x[2]);
    }
    tasks_close(&w);
}

static void
test_errors(void **state)
{
    static const struct {
        const char *type, *lines, *message;
    } wrong[] = {
        { "sinusoid", "amplitude = 1, 2, 3",
          "amplitude has 3 numbers, expected one, or two: from, to" },
        { "sinusoid", "test_phase = 1, 2, 3, 4",
          "test_phase has 4 numbers, expected one, or two: from, to" },
        { "sinusoid", "frequency = 3, 2",
          "frequency is from 3 to 2: the lower one comes first" },
        { "sinusoid", "test_inputs = 5, -5",
          "test_inputs is from 5 to -5: the lower one comes first" },
        { "sinusoid", "preset = reptile\nshots = 60",
          "shots is 60 but there are 50 inputs" },
        { "sinusoid", "grid = 8\nshots = 8\ntrain_shots = 9",
          "train_shots is 9 but there are 8 inputs" },
        { "sinusoid", "grid = 8\nshots = 8\nquery = 10",
          "query is 10 but there are 8 inputs" },
        { "sinusoid", "grid = 20\ntest_query = 21",
          "test_query is 21 but there are 20 inputs" },
        { "harmonic", "center =",
          "center is empty, expected one number, or two: from, to" },
        { "harmonic", "frequency = 3, 2",
          "frequency is from 3 to 2: the lower one comes first" },
        { "linear", "inputs = 1, 2, 3",
          "inputs has 3 numbers, expected one, or two: from, to" },
        { "linear", "slope =",
          "slope is empty, expected one number, or two: from, to" },
    };
    struct task_world w = { .tasks = NULL };
    char lines[80], message[160];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(wrong); i++) {
        snprintf(lines, sizeof lines, "type = %s\n%s\n", wrong[i].type,
                 wrong[i].lines);
        snprintf(message, sizeof message, "[data] %s: %s", wrong[i].type,
                 wrong[i].message);
        assert_error(tasks_open(&w, linked, lines, 1, err), MESA_EINVAL,
                     message);
    }
    tasks_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maml),
        cmocka_unit_test(test_reptile),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_ml3),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_formula),
        cmocka_unit_test(test_wave_info),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_harmonic),
        cmocka_unit_test(test_harmonic_phase),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_errors),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
