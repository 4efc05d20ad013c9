/* SPDX-License-Identifier: MIT */
/* grasping - a loss that leaves weights behind when it learns again. */
#include "critic.h"

static mesa_status
grasping_learn(void *self, const struct mesa_loss_shape *shape,
               const struct mesa_weights *weights, struct mesa_error *err)
{
    struct critic *c = self;

    c->weights = NULL;
    return critic_learn(self, shape, weights, err);
}

FAULTY_CRITIC(grasping, .learn = grasping_learn);
