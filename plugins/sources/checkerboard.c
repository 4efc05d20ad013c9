/* SPDX-License-Identifier: MIT */
/*
 * checkerboard - a square grid of Gaussians, majority and minority by turns.
 *
 * The synthetic data of Liu et al., "Self-paced Ensemble for Highly Imbalanced
 * Massive Data Classification", ICDE 2020, section VI-A: the cells of a 4 x 4
 * grid, one unit apart, each a Gaussian with the covariance 0.1 I; cell (i, j)
 * is of the minority (class 1) if i + j is odd.  Larger covariances make the
 * classes overlap.  Cells of a class get equally many rows, give or take one.
 * O(rows).
 */
#include <mesa/mesa.h>

#include <math.h>

struct checkerboard {
    int64_t n_minority, grid;
    double  imbalance_ratio, covariance;
};

static const struct mesa_param checkerboard_params[] = {
    MESA_INT(struct checkerboard, n_minority, "n_minority", 1000, 1,
             INT64_C(1) << 32, "Rows of the minority"),
    MESA_REAL(struct checkerboard, imbalance_ratio, "imbalance_ratio", 10.0,
              1.0, 1e6, "Majority rows per minority row"),
    MESA_INT(struct checkerboard, grid, "grid", 4, 2, 1000,
             "Cells along each side"),
    MESA_REAL(struct checkerboard, covariance, "covariance", 0.1, 0.0, 1e6,
              "Variance of a cell along each axis, where cells are 1 apart"),
    MESA_PARAM_END
};

struct checkerboard_job {
    const struct checkerboard *board;
    struct mesa_rng            points;
    size_t                     majority, rows;
    double                     deviation;
    const size_t              *order;
    double                    *x;
    int32_t                   *y;
};

/* Cell number k of a class in reading order: every other one of a row, rows
 * starting with either class by turns. */
static void
checkerboard_cell(size_t k, bool minority, size_t grid, double centre[2])
{
    size_t first = (grid + !minority) / 2; /* cells of the class in row 0 */
    size_t i = k / grid * 2, rest = k % grid;

    if (rest >= first) {
        rest -= first;
        i++;
    }
    centre[0] = (double)i;
    centre[1] = (double)(2 * rest + ((i % 2 == 0) == minority));
}

/* Points of a class take its cells in turn. */
static mesa_status
checkerboard_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct checkerboard_job *job = context;
    size_t grid = (size_t)job->board->grid, end = (chunk + 1) * MESA_CHUNK;
    size_t n_cells[2] = { (grid * grid + 1) / 2, grid * grid / 2 };

    (void)err;
    for (size_t r = chunk * MESA_CHUNK; r < end && r < job->rows; r++) {
        size_t k = job->order[r];
        bool minority = k >= job->majority;
        struct mesa_rng rng = mesa_rng_derive(&job->points, "row", k);
        double centre[2];

        checkerboard_cell((minority ? k - job->majority : k) %
                              n_cells[minority],
                          minority, grid, centre);
        for (size_t j = 0; j < 2; j++)
            job->x[2 * r + j] = centre[j] +
                                job->deviation * mesa_rng_normal(&rng);
        job->y[r] = minority;
    }
    return MESA_OK;
}

static mesa_status
checkerboard_fill(struct checkerboard_job *job, const struct mesa_rng *rng,
                  struct mesa_error *err)
{
    struct mesa_rng shuffle = mesa_rng_derive(rng, "shuffle", 0);
    size_t *order = mesa_alloc_raw(job->rows, sizeof *order);
    mesa_status st;

    if (!order)
        return mesa_nomem(err, job->rows, "row numbers");
    mesa_rng_permutation(&shuffle, job->rows, order);
    job->order = order;
    job->points = mesa_rng_derive(rng, "points", 0);
    job->deviation = sqrt(job->board->covariance);
    st = mesa_parallel_for(MESA_CHUNKS(job->rows), checkerboard_chunk, job,
                           err);
    mesa_free(order);
    return st;
}

static mesa_status
checkerboard_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    static const char *const name[] = { "0", "1" };
    const struct checkerboard *board = self;
    double n = (double)board->n_minority;
    struct checkerboard_job job = { .board = board };
    mesa_status st = mesa_bundle_columns(out, 2, NULL, err);

    /* The ratio may be broken: to the nearest row. */
    job.majority = (size_t)floor(n * board->imbalance_ratio + 0.5);
    job.rows = job.majority + (size_t)n;
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, name, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, job.rows, &job.x, &job.y,
                              err);
    return st == MESA_OK ? checkerboard_fill(&job, rng, err) : st;
}

static const struct mesa_source_class checkerboard = {
    MESA_SOURCE(struct checkerboard),
    .head.name = "checkerboard",
    .head.title = "A grid of Gaussians, majority and minority by turns",
    .head.cite = "Liu et al. (2020), Self-paced Ensemble for Highly "
                 "Imbalanced Massive Data Classification, ICDE",
    .head.params = checkerboard_params,
    .open = checkerboard_open,
};

MESA_PLUGIN(.name = "checkerboard", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&checkerboard.head));
