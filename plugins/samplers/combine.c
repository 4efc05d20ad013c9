/* SPDX-License-Identifier: MIT */
/*
 * combine.c - make rows with one sampler, then clean with another, which sees
 * the made rows as any others.  What it keeps is reported with the parents
 * that it has in the data.
 */
#include "combine.h"

/* What `component` makes of data, into *sample, which mesa_sample_free frees,
 * even after failure. */
static mesa_status
apply(const struct mesa_component *component, const struct mesa_dataset *data,
      const struct mesa_feedback *feedback, struct mesa_rng rng,
      struct mesa_sample **sample, struct mesa_error *err)
{
    struct mesa_instance *sampler = NULL;
    mesa_status st = mesa_instance_new(component, &sampler, err);

    *sample = st == MESA_OK ? mesa_sample_new(data) : NULL;
    if (st == MESA_OK && !*sample)
        st = mesa_nomem(err, 1, "sample");
    if (st == MESA_OK)
        st = mesa_sampler_begin(sampler, data, err);
    if (st == MESA_OK)
        st = mesa_sampler_resample(sampler, data, feedback, *sample, &rng,
                                   err);
    mesa_instance_free(sampler);
    return st;
}

/* The rows of `made` that `kept`, a sample of them, has. */
static mesa_status
report(const struct mesa_sample *kept, const struct mesa_sample *made,
       const struct combine *c, struct mesa_sample *out,
       struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < mesa_sample_rows(kept) && st == MESA_OK; i++) {
        size_t row = mesa_sample_origin(kept, i).kept;

        if (row == SIZE_MAX)
            return mesa_fail(err, MESA_EINVAL,
                             "%s makes rows, where a sampler that keeps some "
                             "is wanted",
                             mesa_component_class(c->clean)->name);
        st = mesa_sample_copy(out, made, row);
    }
    return st == MESA_ENOMEM
               ? mesa_nomem(err, mesa_sample_rows(kept), "sampled rows")
               : st;
}

mesa_status
combine_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const struct combine *c = self;
    const struct mesa_dataset *rows;
    struct mesa_sample *made = NULL, *kept = NULL;
    mesa_status st = apply(c->over, data, feedback,
                           mesa_rng_derive(rng, "over", 0), &made, err);

    if (st == MESA_OK)
        st = mesa_sample_dataset(made, &rows, err);
    /* What an ensemble knows is about the data's rows, not about these. */
    if (st == MESA_OK)
        st = apply(c->clean, rows, NULL, mesa_rng_derive(rng, "clean", 0),
                   &kept, err);
    if (st == MESA_OK)
        st = report(kept, made, c, out, err);
    mesa_sample_free(kept);
    mesa_sample_free(made);
    return st;
}
