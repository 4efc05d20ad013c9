/* SPDX-License-Identifier: MIT */
/* resample.h - what a sampler keeps and makes, as a table. */
#ifndef MESA_CORE_RESAMPLE_H
#define MESA_CORE_RESAMPLE_H

#include "run.h"

struct mesa_resample_options {
    const char *output;      /* path, or "-" for standard output       */
    bool        transformed; /* apply [transform] first, as a run does */
    bool        quiet;
    const volatile sig_atomic_t *stop; /* set by a signal; NULL: none */
};

/*
 * Write the rows that the recipe's sampler keeps and makes of the training
 * rows: of all rows of a single table, unless [data] says how to split it.
 * With the transform (or without a [transform]) they are what the first fit
 * of a run learns from.  On failure *err says why and nothing is written.
 */
MESA_INTERNAL enum mesa_exit
mesa_resample(struct mesa_recipe *recipe,
              const struct mesa_resample_options *options,
              struct mesa_error *err);

#endif
