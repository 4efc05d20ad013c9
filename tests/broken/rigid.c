/* SPDX-License-Identifier: MIT */
/* rigid - a model whose weights are those of four inputs and three outputs. */
#include "learner.h"
#include "loss.h"

static size_t
rigid_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                 struct mesa_weight *out, size_t room)
{
    (void)n_inputs, (void)n_outputs;
    return linear_parameters(self, 4, 3, out, room);
}

FAULTY_LEARNER(rigid, .parameters = rigid_parameters,
               .forward = linear_forward);
