/* SPDX-License-Identifier: MIT */
/* timing.h - where time goes: calls to components, and phases of a run. */
#ifndef MESA_CORE_TIMING_H
#define MESA_CORE_TIMING_H

#include "internal.h"

#include <stdatomic.h>

/* Calls of a component that are told apart. */
enum mesa_call {
    MESA_CALL_READ,
    MESA_CALL_TASKS,
    MESA_CALL_FIT,
    MESA_CALL_PREDICT,
    MESA_CALL_RESAMPLE,
    MESA_CALL_REWARD,
    MESA_CALL_APPLY,
    MESA_CALL_SCORE,
    MESA_CALL_BEGIN,
    MESA_CALL_STEP,
    MESA_CALL_FINISH,
    MESA_CALL_REPORT,
    MESA_CALL_COUNT_
};
extern const char *const mesa_call_names[MESA_CALL_COUNT_];

/* What the core does itself. */
enum mesa_phase {
    MESA_PHASE_DATA, /* checking, splitting, hashing */
    MESA_PHASE_GRAPHS,
    MESA_PHASE_METRICS,
    MESA_PHASE_CHECKPOINTS,
    MESA_PHASE_FILES,
    MESA_PHASE_PICTURES,
    MESA_PHASE_OTHER,
    MESA_PHASE_COUNT_
};
extern const char *const mesa_phase_names[MESA_PHASE_COUNT_];

/* Summed over threads. */
struct mesa_timer {
    atomic_uint_fast64_t nanoseconds, calls;
};

struct mesa_timer *mesa_phase_timer(enum mesa_phase phase);
void mesa_phases_reset(void);

/*
 * From open to close a thread's time is the timer's, but for that of laps
 * that are opened meanwhile in the same thread: each moment counts once.
 * Laps live on the stack, and the last one opened is closed first.
 */
struct mesa_lap {
    struct mesa_timer *timer; /* NULL: the time stays the outer lap's */
    struct mesa_lap  *outer;
    uint64_t           opened, inner; /* nanoseconds */
};
void mesa_lap_open(struct mesa_lap *lap, struct mesa_timer *timer);
void mesa_lap_close(struct mesa_lap *lap);

/* What closing the lap would add to its timer. */
uint64_t mesa_lap_so_far(const struct mesa_lap *lap);

#endif
