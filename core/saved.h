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

/* How the source reads, without which files: the section [data] that goes
 * with a model, as an INI; NULL if memory ran out. */
MESA_INTERNAL char *mesa_saved_data(const struct mesa_component *source);

/*
 * Read the file, bind the plugins that it names, and load what they learnt.
 * set: "data.KEY=VALUE" for the source that [data] type names, which is
 * bound too (n_set 0: none); where that is the one that the model was trained
 * from, it reads as it did then but for set.  Free even after failure.
 */
MESA_INTERNAL enum mesa_exit mesa_saved_open(struct mesa_saved *saved,
                                             struct mesa_registry *registry,
                                             const char *path,
                                             const char *const *set,
                                             size_t n_set,
                                             struct mesa_error *err);
MESA_INTERNAL void mesa_saved_free(struct mesa_saved *saved);

#endif
