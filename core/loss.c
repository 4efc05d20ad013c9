/* SPDX-License-Identifier: MIT */
/* loss.c - losses on instances: the checks that no loss and no model repeat. */
#include "instance.h"

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

mesa_node
mesa_loss_build(const struct mesa_instance *loss, struct mesa_graph *g,
                mesa_node prediction, mesa_node target)
{
    const struct mesa_loss_class *c = (const void *)mesa_instance_class(loss);
    mesa_node built;
    uint32_t rank;

    if (!prediction || !target || !is_loss(loss, g) ||
        !shapes_agree(&c->head, g, prediction, target))
        return 0;
    built = c->build(mesa_instance_view(loss), g, prediction, target);
    if (!built)
        return mesa_graph_fail(g, MESA_EINVAL, "%s gives no loss",
                               c->head.name);
    rank = mesa_node_shape(g, built, NULL);
    if (rank != 0)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%s gives a loss of rank %u, expected 0",
                               c->head.name, (unsigned)rank);
    return built;
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
