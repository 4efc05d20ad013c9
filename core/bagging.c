/* SPDX-License-Identifier: MIT */
/* bagging.c - members that do not depend on each other, on rows drawn by
 * whoever asks. */
#include "instance.h"

#include <mesa/bagging.h>

#include <string.h>

struct bags {
    struct mesa_ensemble   *e;
    struct mesa_bagging_job job;
};

static mesa_status
fit_bag(void *context, size_t i, struct mesa_error *err)
{
    const struct bags *b = context;
    const struct mesa_bagging_job *job = &b->job;
    struct mesa_rng draw = mesa_rng_derive(job->rng, "sample", i);
    struct mesa_rng rng = mesa_rng_derive(job->rng, "member", i);
    struct mesa_sample *sample = mesa_sample_new(job->train);
    mesa_status st = sample ? job->draw(job->context, i, job->train, sample,
                                        &draw, err)
                            : mesa_nomem(err, 1, "sample");

    if (st == MESA_OK)
        st = mesa_member_fit(job->estimator, sample, job->train, job->valid,
                             &rng, &b->e->member[i], err);
    mesa_sample_free(sample);
    return st;
}

mesa_status
mesa_bagging_fit(struct mesa_ensemble *e, const struct mesa_bagging_job *job,
                 struct mesa_error *err)
{
    struct bags b = { .e = e };
    mesa_status st;

    memcpy(&b.job, job, MESA_MIN(job->struct_size, sizeof *job));
    st = mesa_members_alloc(e, b.job.n, err);
    if (st != MESA_OK)
        return st;
    e->n = b.job.n;
    st = mesa_parallel_for(e->n, fit_bag, &b, err);
    if (st != MESA_OK)
        mesa_ensemble_free(e);
    return st;
}

mesa_status
mesa_bagging_draw(const size_t *row, size_t rows, size_t n, bool replacement,
                  struct mesa_sample *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    size_t *pick = mesa_alloc_raw(n, sizeof *pick);
    mesa_status st;

    if (!pick)
        return mesa_nomem(err, n, "drawn rows");
    st = mesa_rng_choice(rng, rows, n, replacement, pick, err);
    for (size_t i = 0; i < n && row && st == MESA_OK; i++)
        pick[i] = row[pick[i]];
    if (st == MESA_OK) {
        st = mesa_sample_keep_rows(out, pick, n);
        if (st != MESA_OK)
            mesa_nomem(err, n, "drawn rows");
    }
    mesa_free(pick);
    return st;
}

mesa_status
mesa_bagging_bootstrap(double max_samples, bool replacement,
                       const struct mesa_dataset *train,
                       struct mesa_sample *out, struct mesa_rng *rng,
                       struct mesa_error *err)
{
    const double rows = (double)train->x.rows;
    double n = max_samples > 1 ? max_samples : max_samples * rows;

    if (n > rows)
        return mesa_fail(err, MESA_EINVAL,
                         "max_samples is %g but there are %zu rows",
                         max_samples, train->x.rows);
    return mesa_bagging_draw(NULL, train->x.rows,
                             MESA_MAX((size_t)n, 1), replacement, out, rng,
                             err);
}
