/* SPDX-License-Identifier: MIT */
/* nameless - a learner whose weights have no names. */
#include "learner.h"
#include "loss.h"

static size_t
nameless_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                    struct mesa_weight *out, size_t room)
{
    size_t n = linear_parameters(self, n_inputs, n_outputs, out, room);

    if (room > 0)
        out[0].name[0] = '\0';
    return n;
}

FAULTY_LEARNER(nameless, .parameters = nameless_parameters,
               .forward = linear_forward);
