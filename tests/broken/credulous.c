/* SPDX-License-Identifier: MIT */
/* credulous - a loss that loads weights that are not finite. */
#include "critic.h"

static mesa_status
credulous_load(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    struct mesa_loss_shape shape;
    struct mesa_weights *own;
    const void *coef, *shift;
    mesa_status st = critic_columns(from, &shape, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "coef", MESA_F64, 1, &shape.n_outputs,
                                 &coef, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "shift", MESA_F64, 1,
                                 &shape.n_targets, &shift, err);
    if (st != MESA_OK)
        return st;
    own = critic_room(&shape, err);
    if (!own)
        return MESA_ENOMEM;
    memcpy(mesa_weights_data(own, 0), coef, shape.n_outputs * sizeof(double));
    memcpy(mesa_weights_data(own, 1), shift,
           shape.n_targets * sizeof(double));
    critic_take(self, &shape, own);
    return MESA_OK;
}

FAULTY_CRITIC(credulous, .head.load = credulous_load);
