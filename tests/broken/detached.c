/* SPDX-License-Identifier: MIT */
/* detached - a learner that cannot be differentiated. */
#include "learner.h"
#include "loss.h"

static mesa_node
detached_forward(const void *self, struct mesa_graph *g,
                 const mesa_node *weight, mesa_node x)
{
    return mesa_stop_gradient(g, linear_forward(self, g, weight, x));
}

FAULTY_LEARNER(detached, .parameters = linear_parameters,
               .forward = detached_forward);
