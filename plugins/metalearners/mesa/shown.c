/* SPDX-License-Identifier: MIT */
/*
 * shown.c - what the last episode was like, for pictures.
 *
 * Only one episode is looked at, which costs a pass over the errors for each
 * of at most SHOWN_MEMBERS members.  What was seen is in checkpoints, so that
 * a run that was interrupted after it draws the same.
 */
#include "mesa.h"

#include <string.h>

/* Shares of the rows of the majority by their errors, the predictions of the
 * other class. */
static void
fill_bins(const struct mesa_dataset *d, const double *proba,
          uint32_t positive, double *share)
{
    size_t count[SHOWN_BINS] = { 0 }, n = 0;

    for (size_t r = 0; r < d->x.rows; r++) {
        const double error = SHOWN_BINS * proba[2 * r + positive];

        if ((uint32_t)d->y[r] == positive)
            continue;
        n++;
        count[error >= SHOWN_BINS ? SHOWN_BINS - 1
              : error > 0         ? (size_t)error
                                  : 0]++;
    }
    for (size_t b = 0; b < SHOWN_BINS; b++)
        share[b] = n ? (double)count[b] / (double)n : 0.0;
}

mesa_status
mesa_meta_show(struct mesa *m, const struct mesa_feedback *now,
               size_t members, uint32_t positive, struct mesa_error *err)
{
    const size_t most = (size_t)m->max_estimators;
    const size_t every = (most + SHOWN_MEMBERS - 1) / SHOWN_MEMBERS;
    struct view *v = &m->shown.view[m->shown.n];

    if (members % every != 0)
        return MESA_OK;
    v->members = (double)members;
    fill_bins(&m->part[TRAIN].data, now->proba, positive, v->share[TRAIN]);
    fill_bins(&m->part[VALID].data, now->valid_proba, positive,
              v->share[VALID]);
    m->shown.n++;
    return mesa_sampler_aim(m->sampler, &m->part[TRAIN].data, now, v->aim,
                            err);
}

mesa_status
mesa_meta_show_errors(const struct mesa *m, const struct mesa_feedback *now,
                      struct mesa_metrics *metrics, struct mesa_error *err)
{
    static const char *const name[] = { "train", "valid" };
    const double *const proba[] = { now->proba, now->valid_proba };

    for (int p = TRAIN; p <= VALID && mesa_metrics_shows(metrics); p++) {
        const struct mesa_dataset *d = &m->part[p].data;
        double *error = mesa_alloc_raw(d->x.rows, sizeof *error);

        if (!error)
            return mesa_nomem(err, d->x.rows, "errors");
        for (size_t r = 0; r < d->x.rows; r++)
            error[r] = 1.0 - proba[p][2 * r + (size_t)d->y[r]];
        mesa_metrics_histogram(metrics, name[p], "error", error, d->x.rows);
        mesa_free(error);
    }
    return MESA_OK;
}

mesa_status
mesa_meta_shown_save(const struct shown *s, struct mesa_archive *to,
                     struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "shown", MESA_F64, s->n * SHOWN_VALUES,
                                   s->view, err);
}

mesa_status
mesa_meta_shown_load(struct shown *s, const struct mesa_archive *from,
                     struct mesa_error *err)
{
    struct mesa_tensor t;
    mesa_status st = mesa_archive_get(from, "shown", &t, err);

    if (st != MESA_OK)
        return st;
    if (t.dtype != MESA_F64 || t.n_dims != 1 ||
        t.shape[0] % SHOWN_VALUES != 0 ||
        t.shape[0] / SHOWN_VALUES > SHOWN_MEMBERS)
        return mesa_fail(err, MESA_EPARSE,
                         "tensor 'shown' is no list of at most %d times %d "
                         "numbers",
                         (int)SHOWN_MEMBERS, (int)SHOWN_VALUES);
    s->n = t.shape[0] / SHOWN_VALUES;
    memcpy(s->view, t.data, t.shape[0] * sizeof(double));
    return MESA_OK;
}
