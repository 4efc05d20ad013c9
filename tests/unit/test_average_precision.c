/* SPDX-License-Identifier: MIT */
/* test_average_precision.c - the smooth average precision and the exact one,
 * its derivatives, classes that are not there. */
#include "maker.h"

#include <math.h>

const struct mesa_plugin *average_precision_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "losses", "average_precision", average_precision_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

enum { MOST_ROWS = 60, MOST_CLASSES = 4, CELLS = MOST_ROWS * MOST_CLASSES };

struct rows {
    size_t  n, classes;
    int32_t y[MOST_ROWS];
    double  score[CELLS];
};

/* The loss of some rows; with slope not NULL, its derivatives. */
static double
loss_of(struct maker *m, struct rows *r, double *slope)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    size_t outputs = r->classes > 1 ? r->classes : 1;
    struct mesa_program *p;
    double target[CELLS] = { 0 }, value, own[CELLS];
    mesa_node in[2], out[2];

    for (size_t i = 0; i < r->n; i++)
        for (size_t c = 0; c < outputs; c++)
            target[i * outputs + c] = outputs > 1 ? r->y[i] == (int32_t)c
                                                  : r->y[i];
    for (size_t i = 0; i < 2; i++)
        in[i] = mesa_input(g, MESA_SHARED, MESA_SHAPE(r->n, outputs));
    out[0] = mesa_loss_build(m->made, g, in[0], in[1]);
    mesa_grad(g, out[0], in, 1, &out[1]);
    assert_ok(mesa_program_new(g, out, 2, &p, err));
    mesa_graph_free(g);
    mesa_program_bind(p, in[0], r->score);
    mesa_program_bind(p, in[1], target);
    mesa_program_bind(p, out[0], &value);
    mesa_program_bind(p, out[1], slope ? slope : own);
    assert_ok(mesa_program_run(p, err));
    mesa_program_free(p);
    return value;
}

/* What scores of that kind are worth by the program's own metric. */
static double
exact(const struct rows *r)
{
    struct mesa_outcome o = { .struct_size = sizeof o, .n = r->n,
                              .n_classes = (uint32_t)r->classes, .y = r->y,
                              .positive = 1 };
    double proba[CELLS], value;

    for (size_t i = 0; i < r->n; i++) {
        double sum = 0;

        for (size_t c = 0; c < r->classes; c++)
            sum += exp(r->score[i * r->classes + c]);
        for (size_t c = 0; c < r->classes; c++)
            proba[i * r->classes + c] = exp(r->score[i * r->classes + c]) /
                                        sum;
    }
    o.proba = proba;
    assert_ok(mesa_metric_value(mesa_metric_find("aucprc"), &o, &value, err));
    return value;
}

/* Where there are to be ties, scores of the second class only, in steps: the
 * same score then is the same probability, to the last bit. */
static void
draw(struct rows *r, size_t n, size_t classes, bool ties, uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    r->n = n;
    r->classes = classes;
    for (size_t i = 0; i < n; i++)
        r->y[i] = i < classes ? (int32_t)i
                              : (int32_t)(mesa_rng_below(&rng, 5 * classes) %
                                          (2 * classes - 1) % classes);
    for (size_t k = 0; k < n * classes; k++) {
        bool own = r->y[k / classes] == (int32_t)(k % classes);
        double z = mesa_rng_normal(&rng) + (own ? 1 : 0);

        r->score[k] = !ties ? z : k % classes ? rint(z * 2) / 4 : 0;
    }
}

static void
test_limit(void **state)
{
    struct maker m = empty;
    struct rows r;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision",
                         "temperature=1e-7", err));
    for (size_t classes = 2; classes <= MOST_CLASSES; classes++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            draw(&r, MOST_ROWS, classes, false, seed);
            assert_close(1 - loss_of(&m, &r, NULL), exact(&r), 1e-12);
        }
    for (uint64_t seed = 0; seed < 10; seed++) {
        draw(&r, MOST_ROWS, 2, true, seed);
        assert_close(1 - loss_of(&m, &r, NULL), exact(&r), 1e-12);
    }
    maker_free(&m);
}

/* Three rows, the positive one between the others: by hand.  Warmer, it is
 * further from 1/2, which is exact. */
static void
test_by_hand(void **state)
{
    struct maker m = empty;
    struct rows r = { .n = 3, .classes = 2, .y = { 0, 1, 0 },
                      .score = { 0, 3, 0, 1, 1, 0 } };
    double above = 1 / (1 + exp(-2.0 / 0.5)), below = 1 / (1 + exp(2 / 0.5));

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision",
                         "temperature=0.5", err));
    assert_close(1 - loss_of(&m, &r, NULL), 1 / (1 + above + below), 1e-14);
    r.y[0] = 1;
    assert_close(1 - loss_of(&m, &r, NULL),
                 ((1 + below) / (1 + below + 1 / (1 + exp(8.0))) +
                  (1 + above) / (1 + above + below)) / 2, 1e-14);
    maker_free(&m);
}

static void
test_slopes(void **state)
{
    static const double step = 1e-5;
    struct maker m = empty;
    struct rows r;
    double slope[CELLS];

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision",
                         "temperature=0.3", err));
    for (size_t classes = 1; classes <= MOST_CLASSES; classes++) {
        size_t outputs = classes;

        draw(&r, 20, classes, false, classes);
        for (size_t i = 0; classes == 1 && i < r.n; i++)
            r.y[i] = i % 3 == 0;
        loss_of(&m, &r, slope);
        for (size_t k = 0; k < r.n * outputs; k++) {
            double at = r.score[k], up, down;

            r.score[k] = at + step;
            up = loss_of(&m, &r, NULL);
            r.score[k] = at - step;
            down = loss_of(&m, &r, NULL);
            r.score[k] = at;
            assert_true(fabs((up - down) / (2 * step) - slope[k]) < 1e-9);
        }
    }
    maker_free(&m);
}

/* Standardized, scores of any size are the same; the derivatives agree. */
static void
test_standardized(void **state)
{
    static const double step = 1e-5;
    struct maker m = empty;
    struct rows r;
    double slope[CELLS], value;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision",
                         "temperature=0.3 standardize=yes", err));
    draw(&r, 20, 2, false, 5);
    value = loss_of(&m, &r, slope);
    for (size_t k = 0; k < 2 * r.n; k++) {
        double at = r.score[k], up, down;

        r.score[k] = at + step;
        up = loss_of(&m, &r, NULL);
        r.score[k] = at - step;
        down = loss_of(&m, &r, NULL);
        r.score[k] = at;
        assert_true(fabs((up - down) / (2 * step) - slope[k]) < 1e-9);
    }
    for (size_t k = 0; k < 2 * r.n; k++)
        r.score[k] *= 50;
    assert_close(loss_of(&m, &r, NULL), value, 1e-5);
    memset(r.score, 0, sizeof r.score);
    assert_true(isfinite(loss_of(&m, &r, slope)) && isfinite(slope[0]));
    maker_free(&m);
}

/* Steps against the slopes bring it up to where the rare class is on top. */
static void
test_descent(void **state)
{
    struct maker m = empty;
    struct rows r;
    double slope[CELLS], before;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision", "", err));
    draw(&r, MOST_ROWS, 2, false, 3);
    before = exact(&r);
    for (int i = 0; i < 300; i++) {
        loss_of(&m, &r, slope);
        for (size_t k = 0; k < 2 * r.n; k++)
            r.score[k] -= 5 * slope[k];
    }
    assert_true(before < 0.9);
    assert_true(exact(&r) > 0.999);
    maker_free(&m);
}

static void
test_absent(void **state)
{
    struct maker m = empty;
    struct rows r;
    double slope[CELLS], both;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "average_precision", "", err));
    draw(&r, 12, 2, false, 1);
    memset(r.y, 0, sizeof r.y);
    assert_bits_equal(loss_of(&m, &r, slope), 0);
    for (size_t k = 0; k < 2 * r.n; k++)
        assert_true(slope[k] == 0);
    for (size_t i = 0; i < r.n; i++)
        r.y[i] = 1; /* nothing to be above of */
    assert_bits_equal(loss_of(&m, &r, slope), 0);
    /* A third class that has no rows does not count. */
    draw(&r, 12, 3, false, 2);
    for (size_t i = 0; i < r.n; i++) {
        r.y[i] = i % 3 == 0;
        r.score[3 * i + 2] = -1000;
    }
    both = loss_of(&m, &r, NULL);
    for (size_t i = 0; i < r.n; i++)
        memmove(r.score + 2 * i, r.score + 3 * i, 2 * sizeof *r.score);
    r.classes = 2;
    for (int side = 0; side < 2; side++) {
        both -= loss_of(&m, &r, NULL) / 2;
        for (size_t i = 0; i < r.n; i++) {
            double first = r.score[2 * i];

            r.score[2 * i] = r.score[2 * i + 1];
            r.score[2 * i + 1] = first;
            r.y[i] = !r.y[i];
        }
    }
    assert_true(fabs(both) < 1e-12);
    maker_free(&m);
}

static void
test_refused(void **state)
{
    struct maker m = empty;

    (void)state;
    assert_error(maker_make(&m, MESA_KIND_LOSS, "average_precision",
                            "temperature=0", err),
                 MESA_EINVAL,
                 "--set: [loss] temperature is '0', expected a number > 0 "
                 "and <= 1000000");
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),   cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_slopes),  cmocka_unit_test(test_descent),
        cmocka_unit_test(test_standardized),
        cmocka_unit_test(test_absent),  cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
