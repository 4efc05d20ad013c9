/* SPDX-License-Identifier: MIT */
/*
 * mesa/pipeline.h - for metalearners that fit models of the run: transform,
 * sampler and estimator, one after the other.
 */
#ifndef MESA_PIPELINE_H
#define MESA_PIPELINE_H

#include <mesa/acquisition.h>
#include <mesa/host.h>

struct mesa_pipeline; /* fitted */

/* Rows as the estimator sees them: data of the block, or those given. */
struct mesa_applied {
    struct mesa_dataset data;
    void               *block_; /* private */
};

/* [transform], the [sampler] that nothing refers to, and an estimator. */
struct mesa_pipeline_job {
    uint32_t                     struct_size;
    const struct mesa_component *estimator;   /* NULL: [estimator]           */
    const struct mesa_dataset   *rows, *valid; /* valid may be NULL          */
    const struct mesa_rng       *rng;         /* streams are derived from it */
    bool *resampled; /* NULL: a sampler that refuses the rows is a failure;
                        else all are learnt from, this is false, and err
                        says why, though it is none                          */
};

/* What to ask, and where the answer goes. */
struct mesa_query_job {
    uint32_t                    struct_size;
    const struct mesa_instance *acquisition;
    const struct mesa_dataset  *data, *labelled; /* rows of the run          */
    const size_t               *row;     /* n rows of data, ascending        */
    size_t                      n, k;
    size_t                     *pick;    /* k rows of data                   */
    double                     *utility, *proba; /* of those; proba, k by
                                            n_classes, may be NULL           */
};

MESA_BEGIN

/* Free with mesa_pipeline_free (NULL is fine), while the host is there. */
MESA_API mesa_status mesa_pipeline_fit(const struct mesa_host *host,
                                       const struct mesa_pipeline_job *job,
                                       struct mesa_pipeline **out,
                                       struct mesa_error *err);

/* Go on from what the estimator has learnt, by its slot partial_fit; the
 * others start anew.  MESA_ENOTSUP if it has none. */
MESA_API mesa_status mesa_pipeline_continue(
    struct mesa_pipeline *p, const struct mesa_host *host,
    const struct mesa_pipeline_job *job, struct mesa_error *err);
MESA_API void mesa_pipeline_free(struct mesa_pipeline *pipeline);

/* [transform] on rows of the run; free with mesa_applied_free. */
MESA_API mesa_status mesa_pipeline_apply(const struct mesa_pipeline *p,
                                         const struct mesa_dataset *rows,
                                         struct mesa_applied *out,
                                         struct mesa_error *err);
MESA_API void mesa_applied_free(struct mesa_applied *applied);

/* proba[r * n_classes + c] of rows of the run, [transform] applied first. */
MESA_API mesa_status mesa_pipeline_predict_proba(
    const struct mesa_pipeline *p, const struct mesa_dataset *rows,
    double *proba, struct mesa_error *err);

/* Ask it about rows applied. */
MESA_API const struct mesa_instance *
mesa_pipeline_estimator(const struct mesa_pipeline *p);

MESA_API mesa_status mesa_pipeline_save(const struct mesa_pipeline *p,
                                        struct mesa_archive *to,
                                        struct mesa_error *err);
MESA_API mesa_status mesa_pipeline_load(const struct mesa_host *host,
                                        const struct mesa_component *estimator,
                                        const struct mesa_archive *from,
                                        struct mesa_pipeline **out,
                                        struct mesa_error *err);

/*
 * The k of n rows that the acquisition wants most, most wanted first.  Memory
 * is for a block of rows, unless it needs the whole pool.  MESA_EINVAL if
 * k > n.
 */
MESA_API mesa_status mesa_pipeline_query(const struct mesa_pipeline *p,
                                         const struct mesa_query_job *job,
                                         struct mesa_rng *rng,
                                         struct mesa_error *err);

MESA_END

#endif
