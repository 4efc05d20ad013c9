/* SPDX-License-Identifier: MIT */
/* miscounting - a loss that has fewer tensors where there is room. */
#include "critic.h"

static size_t
miscounting_parameters(const void *self, const struct mesa_loss_shape *shape,
                       struct mesa_weight *out, size_t room)
{
    critic_parameters(self, shape, out, room);
    return room > 0 ? 1 : 2;
}

FAULTY_CRITIC(miscounting, .parameters = miscounting_parameters);
