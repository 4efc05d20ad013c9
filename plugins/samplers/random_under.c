/* SPDX-License-Identifier: MIT */
/*
 * random_under - drop rows of the larger classes at random.
 *
 * Each targeted class keeps a random choice of its rows, with or without
 * replacement, in the order drawn; the other classes keep all of theirs.
 * Classes come out in order.  Cost O(rows).
 */
#include <mesa/mesa.h>

struct random_under {
    const char *sampling_strategy;
    bool        replacement;
};

static const struct mesa_param random_under_params[] = {
    MESA_STRING(struct random_under, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_BOOL(struct random_under, replacement, "replacement", false,
              "Draw the rows to keep with replacement"),
    MESA_PARAM_END
};

/* Keep `want` of the class's rows, or all. */
static mesa_status
draw_class(const struct random_under *self, const struct mesa_dataset *data,
           uint32_t label, size_t want, size_t *rows, size_t *pick,
           struct mesa_sample *out, struct mesa_rng *rng,
           struct mesa_error *err)
{
    size_t n = mesa_class_rows(data, label, rows);
    mesa_status st;

    if (want == n)
        return mesa_sample_keep_rows(out, rows, n);
    st = mesa_rng_choice(rng, n, want, self->replacement, pick, err);
    for (size_t i = 0; i < want && st == MESA_OK; i++)
        st = mesa_sample_keep(out, rows[pick[i]]);
    return st;
}

static mesa_status
random_under_resample(void *self, const struct mesa_dataset *data,
                      const struct mesa_feedback *feedback,
                      struct mesa_sample *out, struct mesa_rng *rng,
                      struct mesa_error *err)
{
    const struct random_under *ru = self;
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    size_t *rows = mesa_alloc_array(data->x.rows, 2 * sizeof *rows);
    mesa_status st;

    (void)feedback;
    if (!target || !rows)
        st = mesa_nomem(err, data->x.rows, "row numbers");
    else
        st = mesa_strategy_resolve(ru->sampling_strategy,
                                   MESA_STRATEGY_UNDER, data, target, err);
    for (uint32_t c = 0; c < data->n_classes && st == MESA_OK; c++)
        st = draw_class(ru, data, c, target[c], rows, rows + data->x.rows,
                        out, rng, err);
    if (st == MESA_ENOMEM)
        mesa_nomem(err, data->x.rows, "sampled rows");
    mesa_free(target);
    mesa_free(rows);
    return st;
}

static const struct mesa_sampler_class random_under = {
    MESA_SAMPLER(struct random_under),
    .head.name   = "random_under",
    .head.title  = "Random under-sampling of the larger classes",
    .head.params = random_under_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .resample    = random_under_resample,
};

MESA_PLUGIN(.name = "random_under", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&random_under.head));
