/* SPDX-License-Identifier: MIT */
/* curve.c - the learning curve: scores after each query, and when to stop. */
#include "active.h"

#include <math.h>
#include <string.h>

static const enum mesa_part part_of[ACTIVE_PARTS] = { MESA_PART_VALID,
                                                      MESA_PART_TEST };

/* Steps there can be: a fit, and one after each query. */
static size_t
most_steps(const struct active *a)
{
    return 2 + a->data->x.rows / a->batch;
}

/* The rows of a part, or NULL. */
static const struct mesa_dataset *
scored_rows(const struct active *a, size_t part)
{
    const struct mesa_dataset *rows = mesa_host_data(a->host, part_of[part]);

    return rows && rows->x.rows > 0 ? rows : NULL;
}

mesa_status
active_curve_init(struct active *a, struct mesa_error *err)
{
    const size_t n = most_steps(a), values = n * ACTIVE_PARTS * a->n_metrics;

    if (a->stop_score != ACTIVE_NEVER && !scored_rows(a, ACTIVE_VALID) &&
        !scored_rows(a, ACTIVE_TEST))
        return mesa_fail(err, MESA_EDATA,
                         "stop_score is %g, but there are no validation or "
                         "test rows to score",
                         a->stop_score);
    a->size = mesa_alloc_array(n, sizeof *a->size);
    a->kappa = mesa_alloc_array(n, sizeof *a->kappa);
    a->value = mesa_alloc_raw(values, sizeof *a->value);
    if (!a->size || !a->kappa || !a->value)
        return mesa_nomem(err, values, "scores");
    return MESA_OK;
}

void
active_curve_free(struct active *a)
{
    mesa_free(a->size);
    mesa_free(a->kappa);
    mesa_free(a->value);
    mesa_free(a->said);
}

static double *
scores_of(const struct active *a, size_t step, size_t part)
{
    return a->value + (step * ACTIVE_PARTS + part) * a->n_metrics;
}

const double *
active_scores(const struct active *a, size_t step, size_t part)
{
    return scores_of(a, step, part);
}

static mesa_status
score_part(const struct active *a, const struct mesa_dataset *rows,
           size_t part, struct mesa_error *err)
{
    double *proba = mesa_alloc_raw(rows->x.rows,
                                   rows->n_classes * sizeof *proba);
    mesa_status st = proba ? mesa_pipeline_predict_proba(a->pipeline, rows,
                                                         proba, err)
                           : mesa_nomem(err, rows->x.rows, "predictions");

    if (st == MESA_OK)
        st = mesa_trials_score(a->trials, part_of[part], rows, proba,
                               scores_of(a, a->n_steps, part), err);
    mesa_free(proba);
    return st;
}

mesa_status
active_curve_add(struct active *a, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < ACTIVE_PARTS * a->n_metrics; i++)
        scores_of(a, a->n_steps, 0)[i] = NAN;
    for (size_t part = 0; part < ACTIVE_PARTS && st == MESA_OK; part++) {
        const struct mesa_dataset *rows = scored_rows(a, part);

        if (rows)
            st = score_part(a, rows, part, err);
    }
    if (st == MESA_OK)
        st = active_agree(a, err);
    a->size[a->n_steps] = a->rows.n;
    a->n_steps += st == MESA_OK;
    return st;
}

mesa_status
active_curve_tell(const struct active *a, struct mesa_metrics *metrics,
                  struct mesa_error *err)
{
    const size_t step = a->n_steps - 1;
    mesa_status st = mesa_metrics_add(metrics, "", "labelled",
                                      (double)a->size[step]);

    if (st == MESA_OK && mesa_host_component(a->host, MESA_KIND_SAMPLER))
        st = mesa_metrics_add(metrics, "", "resampled", !a->plain);
    if (st == MESA_OK && !isnan(a->kappa[step]))
        st = mesa_metrics_add(metrics, "", "agreement", a->kappa[step]);
    for (size_t part = 0; part < ACTIVE_PARTS; part++)
        for (size_t m = 0; scored_rows(a, part) && m < a->n_metrics; m++)
            if (st == MESA_OK)
                st = mesa_metrics_add(
                    metrics, active_parts[part],
                    mesa_metric_name(mesa_trials_metric(a->trials, m)),
                    scores_of(a, step, part)[m]);
    return st == MESA_OK ? st : mesa_nomem(err, 1, "metric row");
}

/* The leading score: of validation rows, if there are any. */
static double
leading(const struct active *a, size_t step)
{
    return scores_of(a, step, scored_rows(a, ACTIVE_VALID) ? ACTIVE_VALID
                                                           : ACTIVE_TEST)[0];
}

bool
active_reaches(const struct active *a, double score, double wanted)
{
    return mesa_metric_larger_is_better(mesa_trials_metric(a->trials, 0))
               ? score >= wanted
               : score <= wanted;
}

enum active_end
active_curve_end(const struct active *a)
{
    if (a->stop_score != ACTIVE_NEVER &&
        active_reaches(a, leading(a, a->n_steps - 1), a->stop_score))
        return ACTIVE_SCORE;
    if (a->rows.n == a->data->x.rows)
        return ACTIVE_POOL_EMPTY;
    if (active_is_stable(a))
        return ACTIVE_STABLE;
    if (a->max_iter > 0 && a->n_steps >= (size_t)a->max_iter)
        return ACTIVE_MAX_ITER;
    return ACTIVE_GOING;
}

mesa_status
active_curve_save(const struct active *a, struct mesa_archive *to,
                  struct mesa_error *err)
{
    mesa_status st = mesa_archive_put_vector(to, "size", MESA_U64, a->n_steps,
                                             a->size, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(
            to, "scores", MESA_F64,
            a->n_steps * ACTIVE_PARTS * a->n_metrics, a->value, err);
    return st == MESA_OK ? active_agreement_save(a, to, err) : st;
}

/* Can rows have been labelled in these numbers, up to what there is now? */
static bool
can_be_sizes(const struct active *a, const uint64_t *size, size_t n)
{
    const size_t all = a->data->x.rows;
    uint64_t next = 0;

    for (size_t i = 0; i < n; i++) {
        if (size[i] == 0 || size[i] > all || (i > 0 && size[i] != next) ||
            (i > 0 && size[i] == size[i - 1]))
            return false;
        next = size[i] + a->batch < all ? size[i] + a->batch : all;
    }
    return n == 0 || a->rows.n == size[n - 1] || a->rows.n == next;
}

/* After the rows. */
mesa_status
active_curve_load(struct active *a, const struct mesa_archive *from,
                  struct mesa_error *err)
{
    struct mesa_tensor size;
    const void *value;
    mesa_status st = mesa_archive_get(from, "size", &size, err);
    size_t values;

    if (st != MESA_OK)
        return st;
    if (size.dtype != MESA_U64 || size.n_dims != 1 ||
        size.shape[0] > most_steps(a))
        return mesa_fail(err, MESA_EPARSE,
                         "tensor 'size' is no list of at most %zu numbers",
                         most_steps(a));
    if (!can_be_sizes(a, size.data, size.shape[0]))
        return mesa_fail(err, MESA_EPARSE,
                         "tensor 'size' does not lead to %zu labelled rows",
                         a->rows.n);
    values = size.shape[0] * ACTIVE_PARTS * a->n_metrics;
    st = mesa_archive_expect(from, "scores", MESA_F64, 1, &values, &value,
                             err);
    if (st != MESA_OK)
        return st;
    a->n_steps = size.shape[0];
    memcpy(a->size, size.data, a->n_steps * sizeof *a->size);
    memcpy(a->value, value, values * sizeof *a->value);
    for (size_t i = 0; i < a->n_steps; i++)
        a->kappa[i] = NAN;
    return active_agreement_load(a, from, err);
}
