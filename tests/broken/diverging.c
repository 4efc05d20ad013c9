/* SPDX-License-Identifier: MIT */
/* diverging.c - a sampler whose learning comes to nothing after some steps. */
#include <mesa/mesa.h>

struct diverging {
    int64_t  after;
    uint64_t rewards;
};

static const struct mesa_param diverging_params[] = {
    MESA_INT(struct diverging, after, "after", 20, 0, 1000000,
             "Rewards that are still fine"),
    MESA_PARAM_END
};

static mesa_status
diverging_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    const struct mesa_hardness how = { 1, 0.2, 1 };

    (void)self;
    return mesa_hardness_resample(data, feedback, &how, out, rng, err);
}

static mesa_status
diverging_reward(void *self, double value, bool done,
                 const struct mesa_dataset *data,
                 const struct mesa_feedback *now, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    struct diverging *d = self;

    (void)value;
    (void)done;
    (void)data;
    (void)now;
    (void)rng;
    if (d->rewards++ < (uint64_t)d->after)
        return MESA_OK;
    return mesa_fail(err, MESA_ENUMERIC, "the loss is nan");
}

static mesa_status
diverging_save(const void *self, struct mesa_archive *to,
               struct mesa_error *err)
{
    const struct diverging *d = self;

    return mesa_archive_put_vector(to, "rewards", MESA_U64, 1, &d->rewards,
                                   err);
}

static mesa_status
diverging_load(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    struct diverging *d = self;
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "rewards", MESA_U64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        d->rewards = *(const uint64_t *)data;
    return st;
}

static const struct mesa_sampler_class diverging = {
    MESA_SAMPLER(struct diverging),
    .head.name   = "diverging",
    .head.title  = "Loses its numbers",
    .head.params = diverging_params,
    .head.flags  = MESA_CLASS_FEEDBACK,
    .head.save   = diverging_save,
    .head.load   = diverging_load,
    .resample    = diverging_resample,
    .reward      = diverging_reward,
};

MESA_PLUGIN(.name = "diverging", .version = "1", .license = "MIT",
            .classes = MESA_CLASSES(&diverging.head));
