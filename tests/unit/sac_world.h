/* SPDX-License-Identifier: MIT */
/* sac_world.h - rows and an ensemble's errors for a sampler to act on. */
#ifndef MESA_SAC_WORLD_H
#define MESA_SAC_WORLD_H

#include "sac_fixture.h"

enum { ROWS = 60, MINORITY = 6, OTHERS = 20 };

/* Every tenth row is of class 1; errors of the others are multiples of 1/60.
 * Held-out rows: every fourth, and all are a little wrong. */
struct world {
    double  x[ROWS], proba[2 * ROWS], valid_proba[2 * OTHERS];
    int32_t y[ROWS], valid_y[OTHERS];
    struct mesa_dataset  data, valid;
    struct mesa_feedback told;
};

static struct mesa_dataset
rows(const struct world *w, const int32_t *y, size_t n)
{
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { w->x, n, 1, 1, NULL }, .y = y,
                                  .n_classes = 2 };
}

static void
make_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (size_t r = 0; r < ROWS; r++) {
        w->y[r] = r % 10 == 9;
        w->proba[2 * r + 1] = (double)r / ROWS;
        w->proba[2 * r] = 1 - w->proba[2 * r + 1];
    }
    for (size_t r = 0; r < OTHERS; r++) {
        w->valid_y[r] = r % 4 == 0;
        w->valid_proba[2 * r + 1] = w->valid_y[r] ? 0.7 : 0.1;
        w->valid_proba[2 * r] = 1 - w->valid_proba[2 * r + 1];
    }
    w->data = rows(w, w->y, ROWS);
    w->valid = rows(w, w->valid_y, OTHERS);
    w->told = (struct mesa_feedback){
        sizeof w->told, 2, 1, 10, w->proba, &w->valid, w->valid_proba,
        MESA_SAMPLER_LEARN
    };
}

static mesa_status
resample(struct sac *s, const struct world *w,
         const struct mesa_feedback *feedback, uint64_t seed,
         struct mesa_sample **out, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    *out = mesa_sample_new(&w->data);
    return sac_class()->resample(s, &w->data, feedback, *out, &rng, err);
}

static mesa_status
reward(struct sac *s, const struct world *w, double value, bool done,
       uint64_t seed, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return sac_class()->reward(s, value, done, &w->data, &w->told, &rng, err);
}

#endif
