/* SPDX-License-Identifier: MIT */
/* obstinate - a loss that learns only once. */
#include "critic.h"

static mesa_status
obstinate_learn(void *self, const struct mesa_loss_shape *shape,
                const struct mesa_weights *weights, struct mesa_error *err)
{
    const struct critic *c = self;

    return c->weights ? MESA_OK : critic_learn(self, shape, weights, err);
}

FAULTY_CRITIC(obstinate, .learn = obstinate_learn);
