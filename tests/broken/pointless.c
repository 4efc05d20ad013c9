/* SPDX-License-Identifier: MIT */
/* pointless - says that there are tasks, and does not draw any. */
#include "task.h"

FAULTY_TASKS(pointless, NULL);
