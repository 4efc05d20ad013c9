/* SPDX-License-Identifier: MIT */
/* loss.c - losses on instances: the checks that no loss and no model repeat. */
#include "instance.h"

#include <string.h>

static bool
is_loss(const struct mesa_instance *loss, struct mesa_graph *g)
{
    const struct mesa_class *c = mesa_instance_class(loss);

    if (c->kind == MESA_KIND_LOSS)
        return true;
    mesa_graph_fail(g, MESA_EINVAL, "%s is no loss", c->name);
    return false;
}

static bool
shapes_agree(const struct mesa_class *c, struct mesa_graph *g,
             mesa_node prediction, mesa_node target)
{
    size_t p[MESA_MAX_DIMS] = { 0 }, t[MESA_MAX_DIMS] = { 0 };
    uint32_t p_rank = mesa_node_shape(g, prediction, p);
    uint32_t t_rank = mesa_node_shape(g, target, t);

    if (p_rank != 2 || t_rank != 2)
        mesa_graph_fail(g, MESA_ESHAPE,
                        "%s: the prediction has rank %u and the target %u, "
                        "expected 2",
                        c->name, (unsigned)p_rank, (unsigned)t_rank);
    else if (p[0] != t[0] || p[1] != t[1])
        mesa_graph_fail(g, MESA_ESHAPE,
                        "%s: the prediction is %zu by %zu but the target %zu "
                        "by %zu",
                        c->name, p[0], p[1], t[0], t[1]);
    else
        return true;
    return false;
}

/* The loss that a class has built: of rank 0. */
static mesa_node
checked(const struct mesa_class *c, struct mesa_graph *g, mesa_node built)
{
    uint32_t rank = mesa_node_shape(g, built, NULL);

    if (!built)
        return mesa_graph_fail(g, MESA_EINVAL, "%s gives no loss", c->name);
    if (rank != 0)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%s gives a loss of rank %u, expected 0",
                               c->name, (unsigned)rank);
    return built;
}

/* Columns of a term; 0 if it is not there. */
static size_t
columns(const struct mesa_graph *g, mesa_node term)
{
    size_t shape[MESA_MAX_DIMS] = { 0 };

    return term && mesa_node_shape(g, term, shape) == 2 ? shape[1] : 0;
}

static bool
same_shape(const struct mesa_loss_shape *a, const struct mesa_loss_shape *b)
{
    return a->n_outputs == b->n_outputs && a->n_targets == b->n_targets &&
           a->n_inputs == b->n_inputs && a->n_extra == b->n_extra;
}

static mesa_status
same_tensors(const struct mesa_instance *loss,
             const struct mesa_loss_shape *a, const struct mesa_loss_shape *b,
             bool *out, struct mesa_error *err)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    const void *self = mesa_instance_view(loss);
    size_t n = c->parameters(self, a, NULL, 0);
    struct mesa_weight *list;
    bool same = n == c->parameters(self, b, NULL, 0);

    *out = same;
    if (!same || same_shape(a, b))
        return MESA_OK;
    list = mesa_alloc_array(2 * n, sizeof *list);
    if (!list)
        return mesa_nomem(err, n, "weights");
    c->parameters(self, a, list, n);
    c->parameters(self, b, list + n, n);
    for (size_t i = 0; i < n && same; i++)
        same = list[i].rank == list[n + i].rank &&
               memcmp(list[i].shape, list[n + i].shape,
                      sizeof list[i].shape) == 0;
    mesa_free(list);
    *out = same;
    return MESA_OK;
}

/* Terms may be there that the loss does not look at: it then has the same
 * tensors, whatever they are.  One by one, as sums of columns may agree; *bad:
 * the first that does not fit, or TERMS. */
enum { TERMS = 4 };

static mesa_status
fits(const struct mesa_instance *loss, const struct mesa_loss_shape *of,
     const struct mesa_loss_shape *shape, size_t *bad, struct mesa_error *err)
{
    struct mesa_loss_shape other[TERMS] = { *of, *of, *of, *of };
    bool same = true;
    mesa_status st = MESA_OK;

    other[0].n_outputs = shape->n_outputs;
    other[1].n_targets = shape->n_targets;
    other[2].n_inputs = shape->n_inputs;
    other[3].n_extra = shape->n_extra;
    for (*bad = 0; *bad < TERMS; ++*bad) {
        st = same_tensors(loss, of, &other[*bad], &same, err);
        if (st != MESA_OK || !same)
            break;
    }
    return st;
}

/* What the loss has learnt, if that is for terms of this shape. */
static mesa_status
learnt_for(const struct mesa_instance *loss,
           const struct mesa_loss_shape *shape,
           const struct mesa_weights **out, struct mesa_error *err)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    static const char *const term[] = { "prediction", "target", "input",
                                        "extra" };
    const size_t here[] = { shape->n_outputs, shape->n_targets,
                            shape->n_inputs, shape->n_extra };
    struct mesa_loss_shape of = { sizeof of, 0, 0, 0, 0 };
    size_t bad = TERMS;
    bool none;
    mesa_status st = MESA_OK;

    *out = c->learnt(mesa_instance_view(loss), &of);
    if (*out)
        st = fits(loss, &of, shape, &bad, err);
    if (st != MESA_OK || bad == TERMS)
        return st;
    none = here[bad] == 0;
    return mesa_fail(err, MESA_ESHAPE,
                     "loss %s has learnt for %zu outputs, %zu targets, %zu "
                     "inputs and %zu extra columns, but here are %zu, %zu, "
                     "%zu and %zu%s%s%s",
                     c->head.name, of.n_outputs, of.n_targets, of.n_inputs,
                     of.n_extra, shape->n_outputs, shape->n_targets,
                     shape->n_inputs, shape->n_extra, none ? ": the " : "",
                     none ? term[bad] : "",
                     none ? " is not given here" : "");
}

/* A learnt loss, with what it has learnt as constants. */
static mesa_node
build_learnt(const struct mesa_instance *loss, struct mesa_graph *g,
             const struct mesa_loss_terms *terms)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    const struct mesa_loss_shape shape = {
        sizeof shape, columns(g, terms->prediction),
        columns(g, terms->target), columns(g, terms->input),
        columns(g, terms->extra)
    };
    const struct mesa_weights *weights;
    struct mesa_error err;
    mesa_node *node, built;
    mesa_status st = learnt_for(loss, &shape, &weights, &err);

    if (st != MESA_OK)
        return mesa_graph_fail(g, st, "%s", err.message);
    if (!weights)
        return mesa_graph_fail(g, MESA_EINVAL,
                               "loss %s has learnt nothing: give it a state, "
                               "the loss.safetensors of the run that taught "
                               "it",
                               c->head.name);
    node = mesa_alloc_array(mesa_weights_count(weights), sizeof *node);
    if (!node)
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %s",
                               c->head.name);
    mesa_weights_constants(weights, g, node);
    built = c->build_with(mesa_instance_view(loss), g, node, terms);
    mesa_free(node);
    return built;
}

mesa_node
mesa_loss_build_terms(const struct mesa_instance *loss, struct mesa_graph *g,
                      const mesa_node *weight,
                      const struct mesa_loss_terms *terms)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    const void *self = mesa_instance_view(loss);

    if (!terms->prediction || !is_loss(loss, g))
        return 0;
    if (c->build_with)
        return checked(&c->head, g,
                       weight ? c->build_with(self, g, weight, terms)
                              : build_learnt(loss, g, terms));
    if (!terms->target ||
        !shapes_agree(&c->head, g, terms->prediction, terms->target))
        return 0;
    return checked(&c->head, g,
                   c->build(self, g, terms->prediction, terms->target));
}

mesa_node
mesa_loss_build(const struct mesa_instance *loss, struct mesa_graph *g,
                mesa_node prediction, mesa_node target)
{
    const struct mesa_loss_terms terms = { sizeof terms, prediction, target,
                                           0, 0 };

    return target ? mesa_loss_build_terms(loss, g, NULL, &terms) : 0;
}

static mesa_status
expect_learnable(const struct mesa_instance *loss, struct mesa_error *err)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);

    return c->head.kind == MESA_KIND_LOSS && c->build_with
               ? MESA_OK
               : mesa_fail(err, MESA_ENOTSUP,
                           "loss %s has nothing to learn; `learned` has",
                           c->head.name);
}

mesa_status
mesa_loss_weights(const struct mesa_instance *loss,
                  const struct mesa_loss_shape *shape, enum mesa_dtype dtype,
                  const struct mesa_rng *rng, struct mesa_weights **out,
                  struct mesa_error *err)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    const void *self = mesa_instance_view(loss);
    const struct mesa_weights *learnt = NULL;
    struct mesa_weight *list;
    size_t n;
    mesa_status st = expect_learnable(loss, err);

    *out = NULL;
    if (st == MESA_OK)
        st = learnt_for(loss, shape, &learnt, err);
    if (st != MESA_OK)
        return st;
    n = c->parameters(self, shape, NULL, 0);
    list = mesa_alloc_array(n, sizeof *list);
    if (!list)
        return mesa_nomem(err, n, "weights");
    c->parameters(self, shape, list, n);
    st = mesa_weights_new(list, n, dtype, out, err);
    mesa_free(list);
    if (st == MESA_OK && learnt)
        mesa_weights_assign(*out, learnt);
    else if (st == MESA_OK)
        mesa_weights_draw(*out, rng);
    return st;
}

/* Are the weights those that the loss has for terms of that shape? */
static mesa_status
expect_weights(const struct mesa_loss_class *c, const void *self,
               const struct mesa_loss_shape *shape,
               const struct mesa_weights *weights, struct mesa_error *err)
{
    size_t n = c->parameters(self, shape, NULL, 0);
    struct mesa_weight *list = mesa_alloc_array(n, sizeof *list);
    bool same = n == mesa_weights_count(weights);

    if (!list)
        return mesa_nomem(err, n, "weights");
    c->parameters(self, shape, list, n);
    for (size_t i = 0; i < n && same; i++) {
        const struct mesa_weight *w = mesa_weights_get(weights, i);

        same = w->rank == list[i].rank &&
               memcmp(w->shape, list[i].shape,
                      w->rank * sizeof *w->shape) == 0;
    }
    mesa_free(list);
    return same ? MESA_OK
                : mesa_fail(err, MESA_ESHAPE,
                            "the weights are not those of loss %s for %zu "
                            "outputs, %zu targets, %zu inputs and %zu extra "
                            "columns",
                            c->head.name, shape->n_outputs, shape->n_targets,
                            shape->n_inputs, shape->n_extra);
}

mesa_status
mesa_loss_learn(struct mesa_instance *loss,
                const struct mesa_loss_shape *shape,
                const struct mesa_weights *weights, struct mesa_error *err)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    mesa_status st = expect_learnable(loss, err);

    if (st == MESA_OK)
        st = expect_weights(c, mesa_instance_view(loss), shape, weights, err);
    return st == MESA_OK
               ? c->learn(mesa_instance_self(loss), shape, weights, err)
               : st;
}

mesa_node
mesa_loss_link(const struct mesa_instance *loss, struct mesa_graph *g,
               mesa_node prediction)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    mesa_node linked;

    if (!prediction || !is_loss(loss, g))
        return 0;
    if (!c->link)
        return mesa_exp(g, mesa_log_softmax(g, prediction));
    linked = c->link(mesa_instance_view(loss), g, prediction);
    return linked && !shapes_agree(&c->head, g, linked, prediction) ? 0
                                                                    : linked;
}
