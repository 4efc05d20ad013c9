/* SPDX-License-Identifier: MIT */
/* catalogue.h - --list and --describe. */
#ifndef MESA_CORE_CATALOGUE_H
#define MESA_CORE_CATALOGUE_H

#include "run.h"

/* Plugins of one kind (NULL: all), to standard output. */
enum mesa_exit mesa_catalogue_list(struct mesa_registry *registry,
                                   const char *kind, struct mesa_error *err);

/* "KIND/NAME", or a section of the core ("run", "evaluate", "data"). */
enum mesa_exit mesa_catalogue_describe(struct mesa_registry *registry,
                                       const char *subject, bool advanced,
                                       struct mesa_error *err);

#endif
