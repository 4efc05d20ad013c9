/* SPDX-License-Identifier: MIT */
/* null_entry - mesa_plugin() has nothing to say. */
#include "broken.h"

MESA_API const struct mesa_plugin *mesa_plugin(void);

const struct mesa_plugin *
mesa_plugin(void)
{
    return NULL;
}
