/* SPDX-License-Identifier: MIT */
/*
 * hardness - draw majority rows around one error of the ensemble.
 *
 * MESA's sampling step with a mu that stays the same: around 1 the rows that
 * the ensemble gets wrong, around 0 those it gets right.  What a learnt
 * sampler is to be compared with.
 */
#include <mesa/mesa.h>

struct hardness {
    struct mesa_hardness how;
};

static const struct mesa_param hardness_params[] = {
    MESA_REAL(struct hardness, how.mu, "mu", 1.0, 0.0, 1.0,
              "Error of the majority rows that are the likeliest to be drawn"),
    MESA_REAL(struct hardness, how.sigma, "sigma", 0.2, 0.0, 1e6,
              "Standard deviation of the Gaussian over errors",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct hardness, how.train_ir, "train_ir", 1.0, 0.0, 1e6,
              "Majority rows drawn for each minority row",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

static mesa_status
hardness_resample(void *self, const struct mesa_dataset *data,
                  const struct mesa_feedback *feedback,
                  struct mesa_sample *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    const struct hardness *h = self;

    return mesa_hardness_resample(data, feedback, &h->how, out, rng, err);
}

static const struct mesa_sampler_class hardness = {
    MESA_SAMPLER(struct hardness),
    .head.name   = "hardness",
    .head.title  = "Majority rows drawn around a fixed error of the ensemble",
    .head.cite   = "Liu et al. 2020, NeurIPS 33 (MESA), algorithm 1",
    .head.params = hardness_params,
    .head.flags  = MESA_CLASS_MISSING | MESA_CLASS_FEEDBACK,
    .resample    = hardness_resample,
};

MESA_PLUGIN(.name = "hardness", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&hardness.head));
