/* SPDX-License-Identifier: MIT */
/* distracted - a loss that learns all but the last tensor. */
#include "critic.h"

static mesa_status
distracted_learn(void *self, const struct mesa_loss_shape *shape,
                 const struct mesa_weights *weights, struct mesa_error *err)
{
    mesa_status st = critic_learn(self, shape, weights, err);
    struct critic *c = self;

    if (st == MESA_OK)
        memset(mesa_weights_data(c->weights, 1), 0,
               shape->n_targets * sizeof(double));
    return st;
}

FAULTY_CRITIC(distracted, .learn = distracted_learn);
