/* SPDX-License-Identifier: MIT */
/* saved.h - a model out of its file, with the names that it goes by. */
#ifndef MESA_CORE_SAVED_H
#define MESA_CORE_SAVED_H

#include "evaluate.h"
#include "run.h"

struct mesa_saved {
    struct mesa_archive *archive;
    struct mesa_recipe   recipe; /* of [transform] and the estimator */
    struct mesa_model    model;
    struct mesa_schema   schema;
    uint32_t             positive; /* class in binary scores */

    /* What the schema points to: blocks of names, and where each starts. */
    struct mesa_column *column;
    size_t              n_owned;
    void              **owned;
};

/*
 * Read the file, bind the plugins that it names, and load what they learnt.
 * set: "data.KEY=VALUE" for the source that [data] type names, which is
 * bound too (n_set 0: none).  Free even after failure.
 */
MESA_INTERNAL enum mesa_exit mesa_saved_open(struct mesa_saved *saved,
                                             struct mesa_registry *registry,
                                             const char *path,
                                             const char *const *set,
                                             size_t n_set,
                                             struct mesa_error *err);
MESA_INTERNAL void mesa_saved_free(struct mesa_saved *saved);

#endif
