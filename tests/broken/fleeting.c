/* SPDX-License-Identifier: MIT */
/* fleeting - an environment whose episodes are over at once. */
#include "cart.h"

static void
fleeting_space(const void *self, struct mesa_space *out)
{
    cart_space(self, out);
    out->horizon = 0;
}

FAULTY_ENVIRONMENT(fleeting, .space = fleeting_space);
