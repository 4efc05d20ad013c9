/* SPDX-License-Identifier: MIT */
/* paths.h - the files that a source was given: one, or one per part. */
#ifndef MESA_SOURCES_PATHS_H
#define MESA_SOURCES_PATHS_H

#include <mesa/mesa.h>

/* The path of each part, or NULL; [MESA_PART_ALL] is the parameter file. */
struct source_paths {
    const char *of[MESA_PART_COUNT_];
};

/* Either file, or train with valid and test as far as they exist. */
mesa_status source_paths_check(const struct source_paths *paths,
                               struct mesa_error *err);

/* The rows of `file` and its kind, for the parameter table of struct T, whose
 * paths are the field m. */
#define SOURCE_PATHS(T, m)                                                  \
    MESA_STRING(T, m.of[MESA_PART_ALL], "file", NULL,                       \
                "File with all rows, which will be split",                  \
                .flags = MESA_PARAM_PATH),                                  \
    MESA_STRING(T, m.of[MESA_PART_TRAIN], "train", NULL,                    \
                "File with the training rows, instead of file",             \
                .flags = MESA_PARAM_PATH),                                  \
    MESA_STRING(T, m.of[MESA_PART_VALID], "valid", NULL,                    \
                "File with the validation rows", .flags = MESA_PARAM_PATH), \
    MESA_STRING(T, m.of[MESA_PART_TEST], "test", NULL,                      \
                "File with the test rows", .flags = MESA_PARAM_PATH)

#endif
