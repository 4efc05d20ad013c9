/* SPDX-License-Identifier: MIT */
/* check_learnable.c - losses that are learnt themselves: weights, files. */
#include "archive.h"
#include "taught.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 5, OUTPUTS = 2, CELLS = ROWS * OUTPUTS };

/* Inputs of a machine: the terms, a direction, the weights. */
enum { N_TERMS = 4, DIRECTION = N_TERMS, WEIGHTS };

static const struct mesa_loss_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

static bool
can_learn(struct bench *b)
{
    if (!learnable(b))
        skip(b, "%s is not learnt", b->class_->name);
    return going(b);
}

/* The tensors for terms of that shape, the bench's. */
static struct mesa_weight *
described(struct bench *b, struct mesa_instance *loss,
          const struct mesa_loss_shape *shape, size_t *n)
{
    const struct mesa_loss_class *c = class_of(b);
    const void *self = mesa_instance_self(loss);
    struct mesa_weight *list;

    *n = c->parameters(self, shape, NULL, 0);
    list = bench_array(b, *n + 1, sizeof *list);
    if (going(b) && c->parameters(self, shape, list, *n) != *n)
        fail(b, "parameters gives another number when it has room for %zu",
             *n);
    return list;
}

static void
tensors(struct bench *b)
{
    const struct mesa_loss_shape shape = taught_shape(OUTPUTS);
    struct mesa_instance *loss = can_learn(b) ? bench_instance(b)
                                                    : NULL;
    struct mesa_weight *list, two[2];
    size_t n;

    if (!going(b))
        return;
    list = described(b, loss, &shape, &n);
    if (going(b) && n == 0)
        fail(b, "it has no tensor to learn");
    check_weights(b, list, n);
    memset(two, 0x5a, sizeof two);
    class_of(b)->parameters(mesa_instance_self(loss), &shape, two, 1);
    for (size_t i = 0; i < sizeof two[1]; i++)
        if (((const unsigned char *)&two[1])[i] != 0x5a)
            fail(b, "parameters writes beyond the room it is given");
}

static const struct mesa_weights *
learnt(const struct bench *b, struct mesa_instance *loss,
       struct mesa_loss_shape *shape)
{
    return class_of(b)->learnt(mesa_instance_self(loss), shape);
}

static void
untaught(struct bench *b)
{
    struct mesa_loss_shape shape = taught_shape(OUTPUTS);
    struct mesa_instance *loss = can_learn(b) ? bench_instance(b)
                                                    : NULL;

    if (going(b) && learnt(b, loss, &shape))
        fail(b, "it has weights that nobody has taught it");
}

static bool
same_number(const struct mesa_weights *a, const struct mesa_weights *c)
{
    return mesa_weights_count(a) == mesa_weights_count(c);
}

/* As they were, or rounded: taught and learnt differ in no number by more. */
static void
expect_weights(struct bench *b, const struct mesa_weights *found,
               struct mesa_weights *expected, const char *what)
{
    struct mesa_weights *wide;
    struct mesa_error err;

    if (!found || !same_number(found, expected)) {
        fail(b, "%s: learnt gives %zu tensors of %zu", what,
             found ? mesa_weights_count(found) : 0,
             mesa_weights_count(expected));
        return;
    }
    if (!succeeded(b, mesa_weights_copy(expected, &wide, &err), &err, "copy"))
        return;
    mesa_weights_assign(wide, found);
    for (size_t i = 0; i < mesa_weights_count(wide) && going(b); i++) {
        const struct mesa_weight *w = mesa_weights_get(wide, i);
        const double *a = mesa_weights_data(wide, i);
        const double *e = mesa_weights_data(expected, i);
        size_t n = 1;

        for (uint32_t k = 0; k < w->rank; k++)
            n *= w->shape[k];
        for (size_t k = 0; k < n && going(b); k++)
            if (!(fabs(a[k] - e[k]) <= 1e-6 * fabs(e[k])))
                fail(b, "%s: number %zu of %s is %g, expected %g", what, k,
                     w->name, a[k], e[k]);
    }
    mesa_weights_free(wide);
}

static void
release_weights(void *w)
{
    mesa_weights_free(w);
}

/* Weights for `outputs`, the bench's. */
static struct mesa_weights *
drawn(struct bench *b, size_t outputs, uint64_t stream)
{
    const struct mesa_loss_shape shape = taught_shape(outputs);
    const struct mesa_rng rng = bench_rng(b, "weights", stream);
    struct mesa_instance *loss = bench_instance(b);
    struct mesa_weights *w = NULL;
    struct mesa_error err;

    if (going(b) && succeeded(b, mesa_loss_weights(loss, &shape, MESA_F64,
                                                   &rng, &w, &err),
                              &err, "weights"))
        own(b, w, release_weights);
    return w;
}

/* What was taught is learnt, and is the loss's own: whoever taught it may
 * change or free the weights. */
static void
learn_and_keep(struct bench *b, struct mesa_instance *loss, size_t outputs,
               uint64_t stream)
{
    const struct mesa_loss_shape shape = taught_shape(outputs);
    struct mesa_weights *w = drawn(b, outputs, stream), *copy = NULL;
    struct mesa_loss_shape of = { .struct_size = sizeof of };
    struct mesa_error err;

    if (going(b) &&
        succeeded(b, mesa_weights_copy(w, &copy, &err), &err, "copy") &&
        succeeded(b, mesa_loss_learn(loss, &shape, copy, &err), &err,
                  "learn")) {
        for (size_t i = 0; i < mesa_weights_count(copy); i++)
            *(double *)mesa_weights_data(copy, i) += 1.0;
        expect_weights(b, learnt(b, loss, &of), w, "taught");
        if (going(b) && (of.n_outputs != outputs || of.n_targets != outputs ||
                         of.n_inputs != TAUGHT_INPUTS ||
                         of.n_extra != TAUGHT_EXTRA))
            fail(b, "taught for %zu outputs, learnt says another shape",
                 outputs);
    }
    mesa_weights_free(copy);
}

static void
learn(struct bench *b)
{
    if (can_learn(b))
        learn_and_keep(b, bench_instance(b), OUTPUTS, 1);
}

/* Other weights, and such for other terms. */
static void
learn_again(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? bench_instance(b) : NULL;

    if (!going(b))
        return;
    learn_and_keep(b, loss, OUTPUTS, 1);
    learn_and_keep(b, loss, OUTPUTS, 2);
    learn_and_keep(b, loss, OUTPUTS + 1, 3);
}

/* A machine whose inputs are terms, a direction and weights, with numbers;
 * value is the loss. */
static struct machine *
lesson(struct bench *b, struct mesa_instance *loss, mesa_node *value)
{
    const struct mesa_loss_shape shape = taught_shape(OUTPUTS);
    const size_t columns[] = { OUTPUTS, OUTPUTS, TAUGHT_INPUTS, TAUGHT_EXTRA,
                               OUTPUTS };
    struct machine *m = machine_new(b);
    struct mesa_weight *list;
    struct mesa_loss_terms terms;
    size_t n = 0;

    if (!going(b))
        return NULL;
    list = described(b, loss, &shape, &n);
    for (size_t i = 0; i < WEIGHTS; i++)
        machine_input(b, m, 2, (size_t[]){ ROWS, columns[i] });
    for (size_t i = 0; i < n && going(b); i++)
        machine_input(b, m, list[i].rank, list[i].shape);
    if (!going(b))
        return NULL;
    for (size_t i = 0; i < m->n; i++)
        fill_normal(b, m->value[i], machine_count(m, i),
                    i < WEIGHTS ? 1.0 : 0.5, i);
    terms = (struct mesa_loss_terms){ sizeof terms, m->node[0], m->node[1],
                                      m->node[2], m->node[3] };
    *value = mesa_loss_build_terms(loss, m->graph, m->node + WEIGHTS, &terms);
    return m;
}

/* What the derivatives by weights are taken of: the loss, or a sum of its
 * slopes, which is what a step down the loss goes by. */
static mesa_node
slopes(struct machine *m, mesa_node value)
{
    mesa_node slope;

    mesa_grad(m->graph, value, &m->node[0], 1, &slope);
    return machine_dot(m, slope, m->node[DIRECTION]);
}

static void
check_weight_slope(struct bench *b, struct mesa_instance *loss,
                   size_t i, bool of_slopes)
{
    mesa_node y = 0, again = 0;
    struct machine *of = lesson(b, loss, &y), *m = lesson(b, loss, &again);
    char name[60];

    if (!going(b))
        return;
    snprintf(name, sizeof name, "weight %zu%s", i - WEIGHTS,
             of_slopes ? " of the slopes by predictions" : "");
    machine_check_slope(b, of, of_slopes ? slopes(of, y) : y, m,
                        of_slopes ? slopes(m, again) : again, i, name);
}

static void
check_weight_slopes(struct bench *b, bool of_slopes)
{
    struct mesa_instance *loss = can_learn(b) ? bench_instance(b)
                                                    : NULL;
    mesa_node y;
    struct machine *m = going(b) ? lesson(b, loss, &y) : NULL;
    size_t n = going(b) ? m->n : 0;

    for (size_t i = WEIGHTS; i < n && going(b); i++)
        check_weight_slope(b, loss, i, of_slopes);
}

static void
teachable(struct bench *b)
{
    check_weight_slopes(b, false);
}

static void
taught_by_steps(struct bench *b)
{
    check_weight_slopes(b, true);
}

/* The slopes do depend on the weights: what a model learns can be taught. */
static void
moved(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? bench_instance(b)
                                                    : NULL;
    mesa_node y = 0, by[MACHINE_INPUTS], sum = 0;
    struct machine *m = going(b) ? lesson(b, loss, &y) : NULL;

    if (!going(b))
        return;
    mesa_grad(m->graph, slopes(m, y), m->node + WEIGHTS, m->n - WEIGHTS, by);
    for (size_t i = 0; i < m->n - WEIGHTS; i++) {
        mesa_node part = mesa_sum(m->graph, mesa_abs(m->graph, by[i]));

        sum = sum ? mesa_add(m->graph, sum, part) : part;
    }
    machine_plan(b, m, sum, 1);
    machine_run(b, m);
    if (going(b) && !(m->out[0] > 0.0))
        fail(b, "its weights do not change the slopes by predictions");
}

/* Of the loss with what it has learnt: value, then the slopes, in bytes. */
static const double *
judged(struct bench *b, struct mesa_instance *loss)
{
    struct mesa_loss_terms terms;
    struct machine *m = machine_new(b);
    mesa_node value, slope;
    const size_t columns[N_TERMS] = { OUTPUTS, OUTPUTS, TAUGHT_INPUTS,
                                      TAUGHT_EXTRA };

    for (size_t i = 0; i < N_TERMS; i++)
        machine_input(b, m, 2, (size_t[]){ ROWS, columns[i] });
    if (!going(b))
        return NULL;
    for (size_t i = 0; i < N_TERMS; i++)
        fill_normal(b, m->value[i], machine_count(m, i), 1.0, i);
    terms = (struct mesa_loss_terms){ sizeof terms, m->node[0], m->node[1],
                                      m->node[2], m->node[3] };
    value = mesa_loss_build_terms(loss, m->graph, NULL, &terms);
    mesa_grad(m->graph, value, &m->node[0], 1, &slope);
    machine_plan(b, m, mesa_add(m->graph, slope, value), CELLS);
    machine_run(b, m);
    return going(b) ? m->out : NULL;
}

static void
same_loss(struct bench *b)
{
    struct mesa_instance *one = can_learn(b) ? taught(b, OUTPUTS, 1)
                                                   : NULL;
    struct mesa_instance *two = going(b) ? taught(b, OUTPUTS, 1) : NULL;
    const double *a, *c;

    if (!going(b))
        return;
    (void)taught(b, OUTPUTS, 2);
    a = judged(b, one);
    c = judged(b, two);
    if (going(b))
        expect_bytes(b, a, c, CELLS * sizeof *a,
                     "two that were taught the same differ");
}

/* A term that decides which tensors there are is looked at. */
static void
missing_terms(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? taught(b, OUTPUTS, 1)
                                                    : NULL;
    static const char *const names[] = { "prediction", "target", "input",
                                         "extra" };
    const struct mesa_loss_shape all = taught_shape(OUTPUTS);

    for (size_t i = 1; i < N_TERMS && going(b); i++) {
        struct mesa_loss_shape less = all;
        mesa_node value = 0, node[N_TERMS];
        struct machine *m = lesson(b, loss, &value);
        struct mesa_weight *with, *without;
        size_t n, n_less;

        *(i == 1 ? &less.n_targets : i == 2 ? &less.n_inputs
                                            : &less.n_extra) = 0;
        with = going(b) ? described(b, loss, &all, &n) : NULL;
        without = going(b) ? described(b, loss, &less, &n_less) : NULL;
        if (!going(b) || (n == n_less &&
                          memcmp(with, without, n * sizeof *with) == 0))
            continue;
        memcpy(node, m->node, sizeof node);
        node[i] = 0;
        value = mesa_loss_build_terms(
            loss, m->graph, m->node + WEIGHTS,
            &(struct mesa_loss_terms){ sizeof(struct mesa_loss_terms),
                                       node[0], node[1], node[2], node[3] });
        if (mesa_graph_status(m->graph, NULL) == MESA_OK)
            fail(b, "it looks at the %s, but does without", names[i]);
    }
}

static void
save_load(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? taught(b, OUTPUTS, 1)
                                                    : NULL;
    struct mesa_instance *into = going(b) ? bench_instance(b) : NULL;
    const struct mesa_archive *saved;
    const double *before, *after;

    if (!going(b) || !can_be_saved(b))
        return;
    saved = must_save(b, loss);
    must_load(b, into, saved);
    before = judged(b, loss);
    after = judged(b, into);
    if (!going(b))
        return;
    expect_bytes(b, before, after, CELLS * sizeof *before,
                 "saved and loaded, the loss differs");
    expect_same_archive(b, saved, must_save(b, into),
                        "saved, loaded and saved again, archives differ");
}

static void
load_over(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? taught(b, OUTPUTS, 1)
                                                    : NULL;
    struct mesa_instance *into = going(b) ? taught(b, OUTPUTS + 1, 2) : NULL;
    const double *before, *after;

    if (!going(b) || !can_be_saved(b))
        return;
    must_load(b, into, must_save(b, loss));
    before = judged(b, loss);
    after = judged(b, into);
    if (going(b))
        expect_bytes(b, before, after, CELLS * sizeof *before,
                     "loading does not replace what was learnt before");
}

/* Whatever it claims to have learnt: that is finite, or refused. */
static void
use_loaded(struct bench *b, struct mesa_instance *loss)
{
    struct mesa_loss_shape shape = { .struct_size = sizeof shape };
    const struct mesa_weights *w = learnt(b, loss, &shape);
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    const size_t n[N_TERMS] = { shape.n_outputs, shape.n_targets,
                                shape.n_inputs, shape.n_extra };
    mesa_node in[N_TERMS] = { 0 };

    if (!w)
        fail(b, "loaded, it has learnt nothing");
    else if (!mesa_weights_finite(w))
        fail(b, "loaded, it has weights that are not finite");
    for (size_t i = 0; i < N_TERMS && g; i++)
        if (n[i] > 0 && n[i] < 1000)
            in[i] = mesa_input(g, MESA_SHARED, MESA_SHAPE(ROWS, n[i]));
    if (g)
        mesa_loss_build_terms(
            loss, g, NULL,
            &(struct mesa_loss_terms){ sizeof(struct mesa_loss_terms), in[0],
                                       in[1], in[2], in[3] });
    mesa_graph_free(g);
}

static void
damaged(struct bench *b)
{
    struct mesa_instance *loss = can_learn(b) ? taught(b, OUTPUTS, 1)
                                                    : NULL;

    if (going(b) && can_be_saved(b))
        load_damaged(b, loss, use_loaded);
}

static mesa_status
work_learn(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_instance *loss = NULL;
    mesa_status st = a ? mesa_instance_new(b->component, &loss, err)
                       : mesa_nomem(err, 1, "archive");

    (void)context;
    for (uint64_t i = 1; i <= 2 && st == MESA_OK; i++)
        st = teach(b, loss, OUTPUTS, i, err);
    if (st == MESA_OK)
        st = mesa_instance_save(loss, a, "it", 0, err);
    if (st == MESA_OK)
        st = mesa_instance_load(loss, a, "it", 0, err);
    mesa_instance_free(loss);
    mesa_archive_free(a);
    return st;
}

static void
learn_memory(struct bench *b)
{
    if (can_learn(b) && can_be_saved(b))
        sweep_memory(b, &(struct trial){ NULL, work_learn },
                     "learn, save and load");
}

#define LOSS(name, run, what) { name, MESA_KIND_LOSS, run, what }

const struct check learnable_checks[] = {
    LOSS("tensors", tensors, "to learn are named, with shapes"),
    LOSS("untaught", untaught, "it has learnt nothing"),
    LOSS("learn", learn, "what was taught is learnt, and its own"),
    LOSS("learn_again", learn_again, "forgets what was learnt before"),
    LOSS("teachable", teachable, "derivatives by weights agree with central "
                                 "differences"),
    LOSS("taught_by_steps", taught_by_steps, "and those of its slopes"),
    LOSS("moved", moved, "the slopes are a matter of the weights"),
    LOSS("same_loss", same_loss, "of the same weights, to the last bit"),
    LOSS("missing_terms", missing_terms, "that it looks at are missed"),
    LOSS("save_load", save_load, "a loaded loss is the same"),
    LOSS("load_over", load_over, "load forgets what was learnt before"),
    LOSS("damaged", damaged, "damaged files are refused or harmless"),
    LOSS("learn_memory", learn_memory,
         "ENOMEM and nothing left, wherever memory runs out"),
    { NULL, 0, NULL, NULL }
};
