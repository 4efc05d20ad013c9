/* SPDX-License-Identifier: MIT */
/*
 * moons - two interleaving half circles.
 *
 * scikit-learn's make_moons, with an imbalance: of n_samples rows, those of
 * the outer moon (class 0) are imbalance_ratio times as many as those of the
 * inner one (class 1).  Noise and order come from streams of their own, so
 * that the same seed with more noise moves the same points further.  O(rows).
 */
#include <mesa/mesa.h>

#define PI 3.14159265358979323846

struct moons {
    int64_t n_samples;
    double  noise, imbalance_ratio;
    bool    shuffle;
};

static const struct mesa_param moons_params[] = {
    MESA_INT(struct moons, n_samples, "n_samples", 100, 2, INT64_C(1) << 40,
             "Rows of both moons together"),
    MESA_REAL(struct moons, noise, "noise", 0.0, 0.0, 1e6,
              "Standard deviation of the Gaussian noise added to the points"),
    MESA_REAL(struct moons, imbalance_ratio, "imbalance_ratio", 1.0, 1.0, 1e6,
              "Rows of the outer moon per row of the inner one"),
    MESA_BOOL(struct moons, shuffle, "shuffle", true,
              "Put the rows in random order"),
    MESA_PARAM_END
};

struct moons_job {
    const struct moons *moons;
    struct mesa_rng     noise;
    size_t              rows, outer;
    const size_t       *order; /* NULL: as they come */
    double             *x;
    int32_t            *y;
};

/* Point k of n equally spaced ones on the half circle, its end exact. */
static double
moons_angle(size_t k, size_t n)
{
    if (k + 1 == n && n > 1)
        return PI;
    return n > 1 ? (double)k * (PI / (double)(n - 1)) : 0.0;
}

/* Row r is point k; outer points come first, before the shuffle. */
static mesa_status
moons_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct moons_job *job = context;
    size_t end = (chunk + 1) * MESA_CHUNK;

    (void)err;
    for (size_t r = chunk * MESA_CHUNK; r < end && r < job->rows; r++) {
        size_t k = job->order ? job->order[r] : r;
        bool inner = k >= job->outer;
        double t = inner ? moons_angle(k - job->outer, job->rows - job->outer)
                         : moons_angle(k, job->outer);
        struct mesa_rng rng = mesa_rng_derive(&job->noise, "row", k);
        double *x = job->x + 2 * r;

        x[0] = inner ? 1 - mesa_math_cos(t) : mesa_math_cos(t);
        x[1] = inner ? 1 - mesa_math_sin(t) - 0.5 : mesa_math_sin(t);
        for (size_t j = 0; j < 2; j++)
            x[j] += job->moons->noise * mesa_rng_normal(&rng);
        job->y[r] = inner;
    }
    return MESA_OK;
}

/* Noise is drawn by point, not by place in the order. */
static mesa_status
moons_fill(struct moons_job *job, const struct mesa_rng *rng,
           struct mesa_error *err)
{
    struct mesa_rng shuffle = mesa_rng_derive(rng, "shuffle", 0);
    size_t *order = NULL;
    mesa_status st;

    job->noise = mesa_rng_derive(rng, "noise", 0);
    if (job->moons->shuffle) {
        order = mesa_alloc_raw(job->rows, sizeof *order);
        if (!order)
            return mesa_nomem(err, job->rows, "row numbers");
        mesa_rng_permutation(&shuffle, job->rows, order);
        job->order = order;
    }
    st = mesa_parallel_for(MESA_CHUNKS(job->rows), moons_chunk, job, err);
    mesa_free(order);
    return st;
}

static mesa_status
moons_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
           struct mesa_error *err)
{
    static const char *const name[] = { "0", "1" };
    const struct moons *moons = self;
    double n = (double)moons->n_samples, ratio = moons->imbalance_ratio;
    struct moons_job job = { .moons = moons, .rows = (size_t)n };
    mesa_status st = mesa_bundle_columns(out, 2, NULL, err);

    /* Rounded down, so that there is always an inner point; n / 2 for 1. */
    job.outer = (size_t)(n * ratio / (1 + ratio));
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, name, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, job.rows, &job.x, &job.y,
                              err);
    return st == MESA_OK ? moons_fill(&job, rng, err) : st;
}

static const struct mesa_source_class moons = {
    MESA_SOURCE(struct moons),
    .head.name = "moons",
    .head.title = "Two interleaving half circles",
    .head.params = moons_params,
    .open = moons_open,
};

MESA_PLUGIN(.name = "moons", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&moons.head));
