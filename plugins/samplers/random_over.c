/* SPDX-License-Identifier: MIT */
/*
 * random_over - repeat rows of the smaller classes at random.
 *
 * All rows stay, then each targeted class gets rows drawn from it with
 * replacement.  With shrinkage s > 0 the repeats are smoothed (ROSE; Menardi
 * and Torelli 2014): normal noise of s * h * std of the column within the
 * class, h = (4 / ((d + 2) n))^(1 / (d + 4)) for n rows of d columns.
 */
#include <math.h>

#include <mesa/mesa.h>

struct random_over {
    const char *sampling_strategy;
    double      shrinkage;
};

static const struct mesa_param random_over_params[] = {
    MESA_STRING(struct random_over, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_REAL(struct random_over, shrinkage, "shrinkage", 0.0, 0.0, INFINITY,
              "Width of the normal noise on repeated rows, in units of the "
              "rule-of-thumb bandwidth; 0 repeats them exactly"),
    MESA_PARAM_END
};

/* What repeating the rows of one class needs. */
struct repeat {
    const struct mesa_dataset *data;
    size_t                    *rows; /* of the class */
    size_t                     n;
    double                    *width; /* of the noise per column, or NULL */
    double                    *made;  /* one row */
    struct mesa_sample        *out;
    struct mesa_rng           *rng;
    struct mesa_error         *err;
};

/* Standard deviation per column within the class, of the values that are
 * there, times scale. */
static void
measure_columns(const struct repeat *r, double scale)
{
    const struct mesa_cmatrix *x = &r->data->x;

    for (size_t j = 0; j < x->cols; j++) {
        double mean = 0.0, square = 0.0;
        size_t n = 0;

        for (size_t i = 0; i < r->n; i++) {
            double v = mesa_row(x, r->rows[i])[j];

            if (!isnan(v)) {
                mean += v;
                n++;
            }
        }
        mean = n ? mean / (double)n : 0.0;
        for (size_t i = 0; i < r->n; i++) {
            double d = mesa_row(x, r->rows[i])[j] - mean;

            if (!isnan(d))
                square += d * d;
        }
        r->width[j] = n ? scale * sqrt(square / (double)n) : 0.0;
    }
}

static mesa_status
repeat_row(const struct repeat *r)
{
    size_t row = r->rows[mesa_rng_below(r->rng, r->n)];
    const double *x = mesa_row(&r->data->x, row);

    if (!r->width)
        return mesa_sample_keep(r->out, row);
    for (size_t j = 0; j < r->data->x.cols; j++) {
        r->made[j] = x[j] + r->width[j] * mesa_rng_normal(r->rng);
        if (!isfinite(r->made[j]) && !isnan(x[j]))
            return mesa_fail(r->err, MESA_EDATA,
                             "a repeat of row %zu is no number in column %zu, "
                             "whose values are too large for shrinkage",
                             row, j);
    }
    return mesa_sample_make(r->out, row, row, 0.0, r->made);
}

static mesa_status
repeat_class(struct repeat *r, uint32_t label, size_t want, double scale)
{
    mesa_status st = MESA_OK;

    r->n = mesa_class_rows(r->data, label, r->rows);
    if (want == r->n)
        return MESA_OK;
    if (r->width)
        measure_columns(r, scale);
    for (size_t i = r->n; i < want && st == MESA_OK; i++)
        st = repeat_row(r);
    return st;
}

/* Keep all rows, with room for what is to come: too much is refused before
 * memory is filled. */
static mesa_status
keep_all(const struct repeat *r, const size_t *target)
{
    const size_t rows = r->data->x.rows;
    size_t grown = 0;
    mesa_status st;

    for (uint32_t c = 0; c < r->data->n_classes; c++)
        grown = target[c] < SIZE_MAX - grown ? grown + target[c] : SIZE_MAX;
    st = r->width ? mesa_sample_reserve(r->out, rows, grown - rows)
                  : mesa_sample_reserve(r->out, grown, 0);
    return st == MESA_OK ? mesa_sample_keep_rows(r->out, NULL, rows) : st;
}

/* The bandwidth factor of the header comment. */
static double
bandwidth(const struct mesa_dataset *data, double shrinkage)
{
    double d = (double)data->x.cols, n = (double)data->x.rows;

    return shrinkage * mesa_math_pow(4.0 / ((d + 2.0) * n), 1.0 / (d + 4.0));
}

static mesa_status
random_over_resample(void *self, const struct mesa_dataset *data,
                     const struct mesa_feedback *feedback,
                     struct mesa_sample *out, struct mesa_rng *rng,
                     struct mesa_error *err)
{
    const struct random_over *ro = self;
    size_t cols = data->x.cols;
    double *block = mesa_alloc_array(cols, 2 * sizeof *block);
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    struct repeat r = { data, mesa_alloc_array(data->x.rows, sizeof(size_t)),
                        0, NULL, NULL, out, rng, err };
    double scale = bandwidth(data, ro->shrinkage);
    mesa_status st;

    (void)feedback;
    if (!block || !target || !r.rows) {
        st = mesa_nomem(err, data->x.rows, "row numbers");
        goto out;
    }
    r.width = ro->shrinkage > 0 ? block : NULL;
    r.made = block + cols;
    st = mesa_strategy_resolve(ro->sampling_strategy, MESA_STRATEGY_OVER,
                               data, target, err);
    if (st == MESA_OK)
        st = keep_all(&r, target);
    for (uint32_t c = 0; c < data->n_classes && st == MESA_OK; c++)
        st = repeat_class(&r, c, target[c], scale);
    if (st == MESA_ENOMEM)
        mesa_nomem(err, data->x.rows, "sampled rows");
out:
    mesa_free(block);
    mesa_free(target);
    mesa_free(r.rows);
    return st;
}

static const struct mesa_sampler_class random_over = {
    MESA_SAMPLER(struct random_over),
    .head.name   = "random_over",
    .head.title  = "Random over-sampling of the smaller classes",
    .head.cite   = "Menardi and Torelli 2014, Data Mining and Knowledge "
                   "Discovery 28 (shrinkage)",
    .head.params = random_over_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .resample    = random_over_resample,
};

MESA_PLUGIN(.name = "random_over", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&random_over.head));
