/* SPDX-License-Identifier: MIT */
/* no_entry - a shared object without mesa_plugin(). */
#include "broken.h"

MESA_API int mesa_plugging(void);

int
mesa_plugging(void)
{
    return 1;
}
