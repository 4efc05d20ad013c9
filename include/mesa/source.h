/* SPDX-License-Identifier: MIT */
/* mesa/source.h - where data come from: INI section [data]. */
#ifndef MESA_SOURCE_H
#define MESA_SOURCE_H

#include <mesa/bundle.h>
#include <mesa/component.h>
#include <mesa/task.h>

struct mesa_source_class {
    struct mesa_class head;

    /* Required, unless the source gives tasks (below).  Fill out with columns,
     * classes and parts. */
    mesa_status (*open)(void *self, struct mesa_bundle *out,
                        struct mesa_rng *rng, struct mesa_error *err);

    /* Optional.  Look only at headers: is everything there and well named?
     * Used by --check, which must be quick on any size. */
    mesa_status (*describe)(void *self, struct mesa_error *err);

    /*
     * Optional, both or neither: rows to predict, of files of any size.
     * stream opens path ("-": standard input) and finds the columns of a
     * model's schema there; with labels, those too.  next gives some more
     * rows, borrowed until it is called again: none after the last.
     */
    mesa_status (*stream)(void *self, const char *path,
                          const struct mesa_schema *schema, bool labels,
                          struct mesa_error *err);
    mesa_status (*next)(void *self, struct mesa_dataset *out,
                        struct mesa_error *err);

    /*
     * Instead of open, both or neither: a distribution of tasks (task.h).
     * tasks is called once, before the first task: read what there is to
     * read, and say in shape[part] what the tasks of TRAIN, VALID and TEST
     * look like; n_support stays 0 where there are none.
     */
    mesa_status (*tasks)(void *self, struct mesa_task_shape *shape,
                         struct mesa_rng *rng, struct mesa_error *err);

    /* Draw task i: a function of self, part, i and the task's own stream.
     * Fill every row of out.  Called from several threads at once. */
    mesa_status (*task)(const void *self, enum mesa_part part, uint64_t i,
                        const struct mesa_task *out, struct mesa_rng *rng,
                        struct mesa_error *err);

    /* Optional.  By its parameters alone: will open give targets? */
    bool (*has_targets)(const void *self);
};

#define MESA_SOURCE(T) \
    MESA_HEAD_(struct mesa_source_class, MESA_KIND_SOURCE, 1, T)

MESA_BEGIN

/* open on an instance, and everything that can be wrong with what it gave:
 * labels out of range, infinite values, parts without a schema. */
MESA_API mesa_status mesa_source_open(struct mesa_instance *source,
                                      struct mesa_bundle *out,
                                      struct mesa_rng *rng,
                                      struct mesa_error *err);

/* The same, and describe, of a source that reads files, with this one as its
 * parameter `file`: MESA_EINVAL if it has no such parameter.  NULL: with the
 * files that its section names. */
MESA_API mesa_status
mesa_source_open_file(const struct mesa_component *source, const char *path,
                      struct mesa_bundle *out, struct mesa_rng *rng,
                      struct mesa_error *err);
MESA_API mesa_status
mesa_source_describe_file(const struct mesa_component *source,
                          const char *path, struct mesa_error *err);

MESA_END

#endif
