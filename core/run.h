/* SPDX-License-Identifier: MIT */
/* run.h - one run from recipe to result, and the exit codes of the program. */
#ifndef MESA_CORE_RUN_H
#define MESA_CORE_RUN_H

#include "recipe.h"

#include <signal.h>

/* Exit codes, after sysexits.h where it has a fitting one. */
enum mesa_exit {
    MESA_EXIT_OK          = 0,
    MESA_EXIT_FAILED      = 1,
    MESA_EXIT_USAGE       = 2,
    MESA_EXIT_DATA        = 65,
    MESA_EXIT_NO_INPUT    = 66,
    MESA_EXIT_PLUGIN      = 69,
    MESA_EXIT_CANT_CREATE = 73,
    MESA_EXIT_IO          = 74,
    MESA_EXIT_STOPPED     = 75,
    MESA_EXIT_CONFIG      = 78
};

/* What a failure was about decides its exit code. */
enum mesa_stage {
    MESA_STAGE_CONFIG,
    MESA_STAGE_DATA,
    MESA_STAGE_OUTPUT,
    MESA_STAGE_RUN
};

MESA_INTERNAL enum mesa_exit mesa_exit_code(mesa_status st,
                                            enum mesa_stage stage);

struct mesa_inquiry;

struct mesa_run_control {
    bool resume, force, quiet, verbose;
    const volatile sig_atomic_t *stop; /* set by a signal; NULL: none */
    struct mesa_inquiry *query; /* who is asked for labels; NULL: the data */
};

/* Do the run.  On failure *err says why and the exit code is returned;
 * MESA_EXIT_STOPPED means there is a checkpoint to resume from. */
MESA_INTERNAL enum mesa_exit mesa_run(struct mesa_recipe *recipe,
                                      const struct mesa_run_control *control,
                                      struct mesa_error *err);

/* Everything short of running: make and free one instance of each component
 * and look at the headers of the data. */
MESA_INTERNAL enum mesa_exit mesa_run_check(struct mesa_recipe *recipe,
                                            struct mesa_error *err);

#endif
