/* SPDX-License-Identifier: MIT */
/* test_losses.c - losses: torch's figures, refusals, the core's checks. */
#include "maker.h"

#include <math.h>

#include "../golden/losses.h"

const struct mesa_plugin *mse_plugin(void);
const struct mesa_plugin *mae_plugin(void);
const struct mesa_plugin *huber_plugin(void);
const struct mesa_plugin *cross_entropy_plugin(void);
const struct mesa_plugin *focal_plugin(void);
const struct mesa_plugin *hinge_plugin(void);

enum { CELLS = GOLDEN_ROWS * GOLDEN_CLASSES };

/* Losses that do what none should. */
struct odd {
    int64_t how;
};

enum { ODD_NOTHING, ODD_RANK, ODD_LINK };

static mesa_node
odd_build(const void *self, struct mesa_graph *g, mesa_node prediction,
          mesa_node target)
{
    const struct odd *o = self;

    (void)target;
    return o->how == ODD_NOTHING ? 0 : mesa_sum_last(g, prediction);
}

static mesa_node
odd_link(const void *self, struct mesa_graph *g, mesa_node prediction)
{
    (void)self;
    return mesa_neg(g, prediction);
}

static const struct mesa_param odd_params[] = {
    MESA_INT(struct odd, how, "how", 0, 0, 2, "What is wrong"),
    MESA_PARAM_END
};

static const struct mesa_loss_class odd = {
    MESA_LOSS(struct odd),
    .head.name   = "odd",
    .head.title  = "A loss for tests",
    .head.params = odd_params,
    .build       = odd_build,
    .link        = odd_link,
};

struct none {
    bool none;
};

static mesa_status
still_resample(void *self, const struct mesa_dataset *data,
               const struct mesa_feedback *feedback, struct mesa_sample *out,
               struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self, (void)data, (void)feedback, (void)rng, (void)err;
    return mesa_sample_keep(out, 0);
}

static const struct mesa_sampler_class still = {
    MESA_SAMPLER(struct none),
    .head.name  = "still",
    .head.title = "Something that is no loss",
    .resample   = still_resample,
};

#define TABLE(id)                                                          \
    static const struct mesa_class *const id##_classes[] = { &id.head,     \
                                                             NULL };       \
    static const struct mesa_plugin id##_table = {                         \
        .magic = MESA_PLUGIN_MAGIC, .layout = MESA_LAYOUT,                 \
        .abi_major = MESA_ABI_MAJOR, .struct_size = sizeof id##_table,     \
        .name = #id, .version = "1.0", .license = "MIT",                   \
        .classes = id##_classes                                            \
    };                                                                     \
    static const struct mesa_plugin *id##_plugin(void)                     \
    {                                                                      \
        return &id##_table;                                                \
    }
TABLE(odd)
TABLE(still)

static const struct mesa_builtin plugins[] = {
    { "losses", "mse", mse_plugin },
    { "losses", "mae", mae_plugin },
    { "losses", "huber", huber_plugin },
    { "losses", "cross_entropy", cross_entropy_plugin },
    { "losses", "focal", focal_plugin },
    { "losses", "hinge", hinge_plugin },
    { "losses", "odd", odd_plugin },
    { "samplers", "still", still_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* The loss, its derivative or its link for the golden rows. */
enum what { VALUE, SLOPE, LINK };

static mesa_status
compute(const struct mesa_instance *loss, enum what what, double *scores,
        double *out, struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_program *p = NULL;
    double target[CELLS] = { 0 };
    mesa_node x, t, y;
    mesa_status st;

    for (size_t r = 0; r < GOLDEN_ROWS; r++)
        target[r * GOLDEN_CLASSES + (size_t)golden_labels[r]] = 1;
    x = mesa_input(g, MESA_SHARED, MESA_SHAPE(GOLDEN_ROWS, GOLDEN_CLASSES));
    t = mesa_input(g, MESA_SHARED, MESA_SHAPE(GOLDEN_ROWS, GOLDEN_CLASSES));
    y = what == LINK ? mesa_loss_link(loss, g, x)
                     : mesa_loss_build(loss, g, x, t);
    if (what == SLOPE)
        mesa_grad(g, y, &x, 1, &y);
    st = mesa_program_new(g, &y, 1, &p, err);
    mesa_graph_free(g);
    if (st == MESA_OK) {
        mesa_program_bind(p, x, scores);
        mesa_program_bind(p, t, target);
        mesa_program_bind(p, y, out);
        st = mesa_program_run(p, err);
    }
    mesa_program_free(p);
    return st;
}

static void
assert_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * (1 + fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static void
test_golden(void **state)
{
    struct maker m = empty;
    double scores[CELLS], value, slope[CELLS];

    (void)state;
    memcpy(scores, golden_scores, sizeof scores);
    for (size_t i = 0; i < MESA_COUNT(golden_losses); i++) {
        const struct golden_loss *g = &golden_losses[i];

        assert_ok(maker_make(&m, MESA_KIND_LOSS, g->name, g->params, err));
        assert_ok(compute(m.made, VALUE, scores, &value, err));
        assert_near(value, g->value);
        assert_ok(compute(m.made, SLOPE, scores, slope, err));
        for (size_t k = 0; k < CELLS; k++)
            assert_near(slope[k], g->gradient[k]);
    }
    maker_free(&m);
}

/* One alpha is that of the second class, the first has the rest: by hand. */
static void
test_focal_pair(void **state)
{
    struct maker m = empty;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_program *p;
    double x[4] = { 0.5, -0.5, 0.2, 1.4 }, t[4] = { 1, 0, 0, 1 }, found;
    double p0 = 1 / (1 + exp(-1.0)), p1 = 1 / (1 + exp(-1.2));
    mesa_node in[2], y;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "focal", "alpha=0.25 gamma=2",
                         err));
    for (size_t i = 0; i < 2; i++)
        in[i] = mesa_input(g, MESA_SHARED, MESA_SHAPE(2, 2));
    y = mesa_loss_build(m.made, g, in[0], in[1]);
    assert_ok(mesa_program_new(g, &y, 1, &p, err));
    mesa_program_bind(p, in[0], x);
    mesa_program_bind(p, in[1], t);
    mesa_program_bind(p, y, &found);
    assert_ok(mesa_program_run(p, err));
    assert_near(found, -(0.75 * (1 - p0) * (1 - p0) * log(p0) +
                         0.25 * (1 - p1) * (1 - p1) * log(p1)) / 2);
    mesa_program_free(p);
    mesa_graph_free(g);
    maker_free(&m);
}

/* Beyond what a probability can be, and rows that are 0 for every class. */
static void
test_bounded_link(void **state)
{
    static const char *const names[] = { "mse", "mae", "huber" };
    double x[CELLS] = { 0.5, 0.25, 0.25, -3, 2, 0, 0, 0, 0,
                        7, 7, -7, 0.1, 0.1, 0 };
    const double expected[CELLS] = { 0.5, 0.25, 0.25, 0, 1, 0, 1. / 3, 1. / 3,
                                     1. / 3, 0.5, 0.5, 0, 0.5, 0.5, 0 };
    struct maker m = empty;
    double p[CELLS];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        assert_ok(maker_make(&m, MESA_KIND_LOSS, names[i], "", err));
        assert_ok(compute(m.made, LINK, x, p, err));
        for (size_t k = 0; k < CELLS; k++)
            assert_true(fabs(p[k] - expected[k]) < 1e-6);
    }
    maker_free(&m);
}

/* Without a link it is the softmax. */
static void
test_softmax(void **state)
{
    static const char *const names[] = { "cross_entropy", "focal", "hinge" };
    struct maker m = empty;
    double x[CELLS], p[CELLS];

    (void)state;
    memcpy(x, golden_scores, sizeof x);
    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        assert_ok(maker_make(&m, MESA_KIND_LOSS, names[i], "", err));
        assert_ok(compute(m.made, LINK, x, p, err));
        for (size_t k = 0; k < CELLS; k++) {
            const double *row = x + k / 3 * 3;

            assert_near(p[k], exp(x[k]) /
                                  (exp(row[0]) + exp(row[1]) + exp(row[2])));
        }
    }
    maker_free(&m);
}

/* No loss of a row that is right beyond doubt, all of one that is wrong. */
static void
test_certain(void **state)
{
    static const struct {
        const char *name;
        double      right, wrong;
    } certain[] = {
        { "cross_entropy", 0, 2000 },
        { "focal", 0, 2000 },
        { "hinge", 0, 2001 },
    };
    struct maker m = empty;
    double x[CELLS], value;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(certain); i++)
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (size_t k = 0; k < CELLS; k++)
                x[k] = sign * ((size_t)golden_labels[k / 3] == k % 3 ? 1e3
                                                                     : -1e3);
            assert_ok(maker_make(&m, MESA_KIND_LOSS, certain[i].name, "",
                                 err));
            assert_ok(compute(m.made, VALUE, x, &value, err));
            if (sign > 0)
                assert_near(value, certain[i].right);
            else /* of two wrong classes each has half: a log 2 more */
                assert_true(fabs(value - certain[i].wrong) < 0.7);
        }
    maker_free(&m);
}

static void
refuses(const char *name, const char *params, mesa_status status,
        const char *text)
{
    struct maker m = empty;
    double x[CELLS] = { 0 }, value;

    assert_ok(maker_make(&m, MESA_KIND_LOSS, name, params, err));
    assert_error(compute(m.made, VALUE, x, &value, err), status, text);
    maker_free(&m);
}

static void
test_lists(void **state)
{
    struct maker m = empty;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node x;

    (void)state;
    refuses("focal", "alpha=0.25", MESA_EINVAL,
            "loss focal: alpha has 1 values but there are 3 classes");
    refuses("cross_entropy", "class_weight=1,2", MESA_EINVAL,
            "loss cross_entropy: class_weight has 2 values but there are 3 "
            "classes");
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "focal", "alpha=1.5", err));
    x = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 2));
    assert_int_equal(mesa_loss_build(m.made, g, x, x), 0);
    assert_error(mesa_graph_status(g, err), MESA_EINVAL,
                 "loss focal: alpha is 1.5, and has to leave something to 1 "
                 "for the first class");
    mesa_graph_free(g);
    g = mesa_graph_new(MESA_F64, 1);
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "focal", "alpha=1", err));
    x = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 2));
    assert_int_equal(mesa_loss_build(m.made, g, x, x), 0);
    assert_error(mesa_graph_status(g, err), MESA_EINVAL,
                 "loss focal: alpha is 1, and has to leave something to 1 "
                 "for the first class");
    mesa_graph_free(g);
    assert_error(maker_make(&m, MESA_KIND_LOSS, "cross_entropy",
                            "class_weight=0,1", err),
                 MESA_EINVAL,
                 "--set: [loss] class_weight is '0,1', expected a list of "
                 "numbers > 0 and <= 1000000");
    maker_free(&m);
}

/* What the core looks after for all losses. */
static void
test_refused(void **state)
{
    (void)state;
    refuses("odd", "how=0", MESA_EINVAL, "odd gives no loss");
    refuses("odd", "how=1", MESA_ESHAPE,
            "odd gives a loss of rank 1, expected 0");
}

static void
test_shapes(void **state)
{
    struct maker m = empty;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node a, b;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "mse", "", err));
    a = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 2));
    b = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 3));
    assert_int_equal(mesa_loss_build(m.made, g, a, b), 0);
    assert_error(mesa_graph_status(g, err), MESA_ESHAPE,
                 "mse: the prediction is 4 by 2 but the target 4 by 3");
    mesa_graph_free(g);
    g = mesa_graph_new(MESA_F64, 1);
    a = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 2));
    b = mesa_input(g, MESA_SHARED, MESA_SHAPE(4));
    assert_int_equal(mesa_loss_build(m.made, g, a, b), 0);
    assert_error(mesa_graph_status(g, err), MESA_ESHAPE,
                 "mse: the prediction has rank 2 and the target 1, expected "
                 "2");
    mesa_graph_free(g);
    g = mesa_graph_new(MESA_F64, 1);
    assert_int_equal(mesa_loss_build(m.made, g, 0, 0), 0);
    assert_int_equal(mesa_loss_link(m.made, g, 0), 0);
    assert_ok(mesa_graph_status(g, err));
    mesa_graph_free(g);
    maker_free(&m);
}

static void
test_no_loss(void **state)
{
    struct maker m = empty;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node x = mesa_input(g, MESA_SHARED, MESA_SHAPE(4, 2));

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "still", "", err));
    assert_int_equal(mesa_loss_build(m.made, g, x, x), 0);
    assert_error(mesa_graph_status(g, err), MESA_EINVAL, "still is no loss");
    assert_int_equal(mesa_loss_link(m.made, g, x), 0);
    mesa_graph_free(g);
    maker_free(&m);
}

static void
test_own_link(void **state)
{
    struct maker m = empty;
    double x[CELLS] = { 1, 2, 3 }, y[CELLS];

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_LOSS, "odd", "", err));
    assert_ok(compute(m.made, LINK, x, y, err));
    assert_bits_equal(y[1], -2);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_focal_pair),
        cmocka_unit_test(test_bounded_link),
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_certain),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_no_loss),
        cmocka_unit_test(test_own_link),
    };

    return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
