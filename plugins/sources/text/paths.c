/* SPDX-License-Identifier: MIT */
/* paths.c - which combinations of files make sense. */
#include "paths.h"

/* A question of what is to be opened, not of each value by itself. */
mesa_status
source_paths_check(const struct source_paths *paths, struct mesa_error *err)
{
    const char *const *of = paths->of;

    if (of[MESA_PART_ALL] && of[MESA_PART_TRAIN])
        return mesa_fail(err, MESA_EINVAL,
                         "both file and train are given, expected one");
    if (!of[MESA_PART_ALL] && !of[MESA_PART_TRAIN])
        return mesa_fail(err, MESA_EINVAL,
                         "neither file nor train is given, expected one");
    if (of[MESA_PART_ALL] && (of[MESA_PART_VALID] || of[MESA_PART_TEST]))
        return mesa_fail(err, MESA_EINVAL,
                         "%s goes with train, not with file",
                         of[MESA_PART_VALID] ? "valid" : "test");
    return MESA_OK;
}
