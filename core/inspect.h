/* SPDX-License-Identifier: MIT */
/* inspect.h - what is in a model, a state, a checkpoint, a run folder. */
#ifndef MESA_CORE_INSPECT_H
#define MESA_CORE_INSPECT_H

#include "inspect_tell.h"
#include "run.h"

/* To standard output, for people or as JSON.  verbose: for people, all of the
 * tensors with their values, and all of the configuration. */
MESA_INTERNAL enum mesa_exit mesa_inspect(struct mesa_registry *registry,
                                          const char *path, bool json,
                                          bool verbose,
                                          struct mesa_error *err);

/* What the inspect_*.c files share. */
struct mesa_inspection {
    struct mesa_registry *registry;
    const char           *path;
    bool                  verbose;
    struct mesa_teller    tell;
};

/* inspect.c: the first facts of all. */
void mesa_inspect_heading(struct mesa_inspection *in, const char *what,
                          const char *words);

/* inspect_foreign.c: is it a safetensors file of what no archive can hold?
 * Then it has been told. */
bool mesa_inspect_foreign(struct mesa_inspection *in);

/* inspect_tensors.c */
mesa_status mesa_inspect_tensors(struct mesa_inspection *in,
                                 const struct mesa_archive *a,
                                 struct mesa_error *err);

/* inspect_model.c: the file is one that [evaluate] has written. */
enum mesa_exit mesa_inspect_model(struct mesa_inspection *in,
                                  struct mesa_error *err);
/* The sections of an INI, in few words or in full. */
mesa_status mesa_inspect_config(struct mesa_inspection *in, const char *text,
                                const char *name, struct mesa_error *err);

/* inspect_scores.c: the n bytes of summary.json. */
mesa_status mesa_inspect_summary(struct mesa_inspection *in, const char *text,
                                 size_t n, struct mesa_error *err);

/* inspect_run.c */
enum mesa_exit mesa_inspect_run(struct mesa_inspection *in,
                                struct mesa_error *err);
mesa_status mesa_inspect_checkpoint(struct mesa_inspection *in,
                                    const struct mesa_archive *a,
                                    struct mesa_error *err);

#endif
