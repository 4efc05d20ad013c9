/* SPDX-License-Identifier: MIT */
/* no_class - a plugin that declares nothing. */
#include "broken.h"

#undef BROKEN_PLUGIN
static const struct mesa_class *const none[] = { NULL };

MESA_PLUGIN(.name = "broken", .version = "1.0", .license = "MIT",
            .classes = none);
