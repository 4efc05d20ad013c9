/* SPDX-License-Identifier: MIT */
/* unmoved - a loss whose weights do not matter to what it trains. */
#include "critic.h"

static mesa_node
unmoved_build(const void *self, struct mesa_graph *g, const mesa_node *weight,
              const struct mesa_loss_terms *terms)
{
    mesa_node d = mesa_sub(g, terms->prediction, terms->target);

    (void)self;
    return mesa_add(g, mesa_mean(g, mesa_mul(g, d, d)),
                    mesa_add(g, mesa_sum(g, weight[0]),
                             mesa_sum(g, weight[1])));
}

FAULTY_CRITIC(unmoved, .build_with = unmoved_build);
