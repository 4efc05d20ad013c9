/* SPDX-License-Identifier: MIT */
/* tensorboard.h - event files, which TensorBoard draws while a run goes on. */
#ifndef MESA_CORE_TENSORBOARD_H
#define MESA_CORE_TENSORBOARD_H

#include "text.h"

/* Buckets of one width from the lowest to the highest value. */
#define MESA_BUCKETS 30

struct mesa_histogram {
    double min, max, sum, sum_squares;
    size_t n, left_out; /* values, and those that are not finite */
    size_t n_buckets;   /* 1 if all values are one; 0 without any */
    double limit[MESA_BUCKETS], count[MESA_BUCKETS];
};

MESA_INTERNAL void mesa_histogram_of(const double *value, size_t n,
                                     struct mesa_histogram *out);

/* One figure of a step. */
struct mesa_event_value {
    const char            *tag;
    double                 value;
    struct mesa_histogram *histogram; /* in place of value; or NULL */
};

/* What one record holds: figures, or the version of the file. */
struct mesa_event {
    double                         wall_time; /* seconds since 1970 */
    uint64_t                       step;
    const char                    *version; /* NULL: figures */
    size_t                         n;
    const struct mesa_event_value *value;
};

/* In fresh memory, as protocol buffer; NULL if memory ran out. */
typedef unsigned char *mesa_event_pack(const struct mesa_event *event,
                                       size_t *bytes);

/* tensorboard_event.c; NULL if the build was without protobuf-c. */
extern mesa_event_pack *const mesa_event_packer;

/* The checksum of the Castagnoli polynomial; as records have it, so that a
 * checksum of bytes that hold one is as good as any. */
uint32_t mesa_crc32c(const void *data, size_t n);
uint32_t mesa_crc32c_masked(const void *data, size_t n);

/*
 * An event file that is being written.  Figures are kept until put, which
 * writes them as one record of a step, or drop, after which they have never
 * been there.  A failure to keep one is reported by put.
 */
struct mesa_events;

/* A new file in the folder, with a name that none has; *name is its owner's. */
mesa_status mesa_events_new(struct mesa_events **out, const char *folder,
                            const char **name, struct mesa_error *err);
/* Cut that file to so many bytes and go on behind them; MESA_ENOTFOUND if it
 * has fewer, or is not there. */
mesa_status mesa_events_continue(struct mesa_events **out, const char *folder,
                                 const char *name, uint64_t bytes,
                                 struct mesa_error *err);
void mesa_events_free(struct mesa_events *events); /* NULL is fine */

/* Those of mesa_metrics_add and mesa_metrics_histogram.  NULL is fine, as it is
 * for drop. */
void mesa_events_scalar(struct mesa_events *events, const char *split,
                        const char *name, double value);
void mesa_events_histogram(struct mesa_events *events, const char *split,
                           const char *name, const double *value, size_t n);
mesa_status mesa_events_put(struct mesa_events *events, uint64_t step,
                            struct mesa_error *err);
void mesa_events_drop(struct mesa_events *events);
uint64_t mesa_events_bytes(const struct mesa_events *events);

/* Remove event files from the folder, without allocation, but those that keep
 * names, one a line; NULL: none. */
void mesa_events_remove(const char *folder, const char *keep);

#endif
