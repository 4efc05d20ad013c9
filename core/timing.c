/* SPDX-License-Identifier: MIT */
/*
 * timing.c - where time goes: calls to components, and phases of a run.
 *
 * A lap costs two looks at the clock and two additions, some 60 ns: good for
 * a call that fits or predicts, too much for a step of an environment.  Times
 * are for people; no result depends on them.
 */
#include "timing.h"

#include <time.h>

const char *const mesa_call_names[MESA_CALL_COUNT_] = {
    "read",  "tasks", "fit",   "predict", "resample", "reward",
    "apply", "score", "begin", "step",    "finish",   "report"
};

const char *const mesa_phase_names[MESA_PHASE_COUNT_] = {
    "data", "graphs", "metrics", "checkpoints", "files", "pictures", "other"
};

static struct mesa_timer phases[MESA_PHASE_COUNT_];
static _Thread_local struct mesa_lap *innermost;

static uint64_t
nanoseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

struct mesa_timer *
mesa_phase_timer(enum mesa_phase phase)
{
    return &phases[phase];
}

void
mesa_phases_reset(void)
{
    for (size_t i = 0; i < MESA_PHASE_COUNT_; i++) {
        atomic_store(&phases[i].nanoseconds, 0);
        atomic_store(&phases[i].calls, 0);
    }
}

void
mesa_lap_open(struct mesa_lap *lap, struct mesa_timer *timer)
{
    lap->timer = timer;
    if (!timer)
        return;
    lap->outer = innermost;
    lap->inner = 0;
    lap->opened = nanoseconds();
    innermost = lap;
}

uint64_t
mesa_lap_so_far(const struct mesa_lap *lap)
{
    return nanoseconds() - lap->opened - lap->inner;
}

void
mesa_lap_close(struct mesa_lap *lap)
{
    uint64_t passed;

    if (!lap->timer)
        return;
    passed = nanoseconds() - lap->opened;
    innermost = lap->outer;
    if (innermost)
        innermost->inner += passed;
    atomic_fetch_add_explicit(&lap->timer->nanoseconds, passed - lap->inner,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&lap->timer->calls, 1, memory_order_relaxed);
}
