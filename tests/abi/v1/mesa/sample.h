/* SPDX-License-Identifier: MIT */
/* mesa/sample.h - the rows that a sampler keeps and makes. */
#ifndef MESA_SAMPLE_H
#define MESA_SAMPLE_H

#include <mesa/data.h>

struct mesa_sample;

MESA_BEGIN

/* Keep row r of the data.  MESA_EINVAL if it has no such row. */
MESA_API mesa_status mesa_sample_keep(struct mesa_sample *out, size_t r);

/*
 * Make the row a + step * (b - a), of a's class, from rows a and b.  Where a
 * line between rows is not what is meant (noise, categories), x gives the
 * cols values instead; NULL otherwise.
 */
MESA_API mesa_status mesa_sample_make(struct mesa_sample *out, size_t a,
                                      size_t b, double step, const double *x);

/* Keep row[0] ... row[n-1]; NULL: rows 0 ... n-1. */
MESA_API mesa_status mesa_sample_keep_rows(struct mesa_sample *out,
                                           const size_t *row, size_t n);

/* Room for so many more rows: saves time where many are to come. */
MESA_API mesa_status mesa_sample_reserve(struct mesa_sample *out, size_t kept,
                                         size_t made);

/* Report what `from`, a sample of the same data, has as reported row i: for
 * samplers that choose among what another one made. */
MESA_API mesa_status mesa_sample_copy(struct mesa_sample *out,
                                      const struct mesa_sample *from,
                                      size_t i);

/* The weight of the row reported last (1 unless said). */
MESA_API mesa_status mesa_sample_weight(struct mesa_sample *out, double w);

/* A sample to hand to mesa_sampler_resample; borrows data. */
MESA_API struct mesa_sample *
mesa_sample_new(const struct mesa_dataset *data); /* NULL: no memory */
MESA_API void mesa_sample_free(struct mesa_sample *sample);

/* Rows reported so far: kept and made in one count. */
MESA_API size_t mesa_sample_rows(const struct mesa_sample *sample);

/* Reported row i: *kept is its row of the data, or SIZE_MAX for a made row,
 * whose parents and step are then set. */
struct mesa_origin {
    size_t kept;
    size_t parent_a, parent_b;
    double step;
};
MESA_API struct mesa_origin
mesa_sample_origin(const struct mesa_sample *sample, size_t i);

/* The values of reported row i, into x[cols]. */
MESA_API void mesa_sample_row(const struct mesa_sample *sample, size_t i,
                              double *x);

/* The reported rows as a dataset, owned by the sample; kept rows are not
 * copied as long as none was made. */
MESA_API mesa_status mesa_sample_dataset(struct mesa_sample *sample,
                                         const struct mesa_dataset **out,
                                         struct mesa_error *err);

MESA_END

#endif
