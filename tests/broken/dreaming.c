/* SPDX-License-Identifier: MIT */
/* dreaming - learns from rewards, remembers half of it. */
#include <mesa/mesa.h>

/* The sum of all rewards is saved; how many there were is not. */
struct dreaming {
    double sum, n;
};

static mesa_status
dreaming_resample(void *self, const struct mesa_dataset *data,
                  const struct mesa_feedback *feedback,
                  struct mesa_sample *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    (void)self;
    (void)feedback;
    (void)rng;
    (void)err;
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        st = mesa_sample_keep(out, r);
    return st;
}

static mesa_status
dreaming_reward(void *self, double value, bool done,
                const struct mesa_dataset *data,
                const struct mesa_feedback *now, struct mesa_rng *rng,
                struct mesa_error *err)
{
    struct dreaming *d = self;

    (void)done;
    (void)data;
    (void)rng;
    if (now->round == 1 && value == 0.5)
        return mesa_fail(err, MESA_ESTATE, "nothing was done yet");
    d->n++;
    d->sum += value / d->n;
    return MESA_OK;
}

static mesa_status
dreaming_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct dreaming *d = self;

    return mesa_archive_put_vector(to, "sum", MESA_F64, 1, &d->sum, err);
}

static mesa_status
dreaming_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "sum", MESA_F64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        ((struct dreaming *)self)->sum = *(const double *)data;
    return st;
}

static const struct mesa_sampler_class dreaming = {
    MESA_SAMPLER(struct dreaming),
    .head.name  = "dreaming",
    .head.title = "Every row, and dreams of rewards",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                  MESA_CLASS_FEEDBACK | MESA_CLASS_DETERMINISTIC,
    .head.save  = dreaming_save,
    .head.load  = dreaming_load,
    .resample   = dreaming_resample,
    .reward     = dreaming_reward,
};

MESA_PLUGIN(.name = "dreaming", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&dreaming.head));
