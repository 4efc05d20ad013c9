/* SPDX-License-Identifier: MIT */
/* sideways - a learner whose outputs are columns. */
#include "learner.h"
#include "loss.h"

static mesa_node
sideways_forward(const void *self, struct mesa_graph *g,
                 const mesa_node *weight, mesa_node x)
{
    return mesa_transpose(g, linear_forward(self, g, weight, x));
}

FAULTY_LEARNER(sideways, .parameters = linear_parameters,
               .forward = sideways_forward);
