/* SPDX-License-Identifier: MIT */
/* export.h - a saved model as an ONNX file. */
#ifndef MESA_CORE_EXPORT_H
#define MESA_CORE_EXPORT_H

#include "run.h"

/* The model of a file into another; output "-": standard output.  On failure
 * *err says why and nothing is written. */
MESA_INTERNAL enum mesa_exit mesa_export(struct mesa_registry *registry,
                                         const char *model,
                                         const char *output,
                                         struct mesa_error *err);

#endif
