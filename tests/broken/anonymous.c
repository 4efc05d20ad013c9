/* SPDX-License-Identifier: MIT */
/* anonymous - does not say what the numbers of a state are called. */
#include "cart.h"

static void
anonymous_space(const void *self, struct mesa_space *out)
{
    cart_space(self, out);
    out->state = NULL;
}

FAULTY_ENVIRONMENT(anonymous, .space = anonymous_space);
