/* SPDX-License-Identifier: MIT */
/* run.h - a program in memory, and what its steps see of it. */
#ifndef MESA_CORE_GRAPH_RUN_H
#define MESA_CORE_GRAPH_RUN_H

#include "plan.h"

/* What one thread needs to take tasks through segments, block by block. */
struct lane {
    void            **memory; /* of each slot, from the block's first task */
    char             *scratch;
    size_t            failed; /* the chunk that did, unless status is OK   */
    mesa_status       status;
    struct mesa_error err;
};

struct mesa_program {
    struct plan *plan;
    char        *block, *arena; /* as allocated; aligned           */
    void       **memory;        /* of each slot that is not local  */
    void       **bound;         /* where each output goes          */
    bool         stale;         /* something was bound since       */
    size_t       n_lanes;
    struct lane *lane;
};

/* Numbers as a step finds them: those of all tasks, or of a block. */
struct frame {
    const struct plan *plan;
    void *const       *memory; /* of each slot                        */
    const char        *constants;
    char              *scratch;
    bool               resume; /* sums over tasks go on from a block's */
};

/* Units from ... end - 1 of a step's work. */
mesa_status mesa_run_step(const struct frame *f, const struct step *step,
                          size_t from, size_t end, struct mesa_error *err);
void mesa_run_tiles(const struct frame *f, const struct step *step,
                    size_t from, size_t end);

/* Memory for lanes is allocated once, where their numbers are found again
 * whenever something was bound. */
mesa_status mesa_lanes_new(struct mesa_program *p, struct mesa_error *err);
void mesa_lanes_free(struct mesa_program *p);
void mesa_lanes_resolve(struct mesa_program *p);

/* All steps of a segment for all tasks. */
mesa_status mesa_run_blocks(struct mesa_program *p,
                            const struct segment *segment,
                            struct mesa_error *err);

#endif
