/* SPDX-License-Identifier: MIT */
/* task.h - what the core asks of distributions of tasks. */
#ifndef MESA_CORE_TASK_H
#define MESA_CORE_TASK_H

#include "evaluate.h"

/* Of the first tasks of each part: has the distribution changed? */
mesa_status mesa_tasks_hash(const struct mesa_tasks *tasks, uint64_t *hash,
                            struct mesa_error *err);

#endif
