/* SPDX-License-Identifier: MIT */
/* predict.h - the classes of new rows, by a model that a run has left. */
#ifndef MESA_CORE_PREDICT_H
#define MESA_CORE_PREDICT_H

#include "run.h"

struct mesa_predict_options {
    const char        *model, *input, *output; /* paths; "-": standard */
    const char *const *set; /* "data.KEY=VALUE", how to read the input */
    size_t             n_set;
    size_t             threads;
    bool               score; /* labels are there: print metrics */
    bool               quiet;
    const volatile sig_atomic_t *stop; /* set by a signal; NULL: none */
};

/*
 * Write row,prediction,p_CLASS... for every row of the input, a block at a
 * time: memory does not grow with it (with score: by labels and
 * probabilities).  On failure *err says why and nothing is written.
 */
MESA_INTERNAL enum mesa_exit
mesa_predict(struct mesa_registry *registry,
             const struct mesa_predict_options *options,
             struct mesa_error *err);

#endif
