/* SPDX-License-Identifier: MIT */
/* run.h - a program in memory, and its steps' work by chunks. */
#ifndef MESA_CORE_GRAPH_RUN_H
#define MESA_CORE_GRAPH_RUN_H

#include "plan.h"

struct mesa_program {
    struct plan *plan;
    char        *block, *arena; /* as allocated; aligned     */
    void       **memory;        /* of each slot              */
    void       **bound;         /* where each output goes    */
    bool         stale;         /* something was bound since */
};

mesa_status mesa_run_tiles(const struct mesa_program *p,
                           const struct step *step, size_t chunk);
mesa_status mesa_run_other(const struct mesa_program *p,
                           const struct step *step, size_t chunk,
                           struct mesa_error *err);

#endif
