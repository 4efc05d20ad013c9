/* SPDX-License-Identifier: MIT */
/* toy_tasks.h - a source of tasks and a model, known to nobody else. */
#ifndef MESA_CONFORM_TOY_TASKS_H
#define MESA_CONFORM_TOY_TASKS_H

#include "bench.h"

/*
 * One quadratic each: keys classes (0: targets; else slices of its values),
 * scale (of inputs and targets), spoilt (the first training task that holds a
 * NaN) and held_out (are there tasks of valid and test?).
 */
extern const struct mesa_source_class toy_tasks_class;

/* A layer of tanh, as wide as the key hidden; no fit. */
extern const struct mesa_estimator_class toy_model_class;

#endif
