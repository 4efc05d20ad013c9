/* SPDX-License-Identifier: MIT */
/*
 * agreement.c - do predictions still change?
 *
 * Cohen's kappa of what two successive models say of all rows of the pool;
 * when the mean of the last few is high enough, more labels are not worth
 * their price.  Bloodgood and Vijay-Shanker 2009, CoNLL: kappa of 0.99 over
 * windows of 3.  Their stop set is a sample of the pool, here it is all of
 * it.
 */
#include "active.h"

#include <math.h>
#include <string.h>

/* The classes of the pool's rows, ties to the lower one. */
static mesa_status
predict(const struct active *a, int32_t *said, struct mesa_error *err)
{
    const size_t n = a->data->x.rows, k = a->data->n_classes;
    double *proba = mesa_alloc_raw(n, k * sizeof *proba);
    mesa_status st = proba ? mesa_pipeline_predict_proba(a->pipeline, a->data,
                                                         proba, err)
                           : mesa_nomem(err, n, "predictions");

    for (size_t r = 0; r < n && st == MESA_OK; r++) {
        said[r] = 0;
        for (size_t c = 1; c < k; c++)
            if (proba[r * k + c] > proba[r * k + (size_t)said[r]])
                said[r] = (int32_t)c;
    }
    mesa_free(proba);
    return st;
}

/* count: of the classes in one, and then in the other, all zero. */
static double
kappa(const int32_t *one, const int32_t *other, size_t n, size_t classes,
      size_t *count)
{
    double same = 0.0, chance = 0.0;

    for (size_t r = 0; r < n; r++) {
        same += one[r] == other[r];
        count[one[r]]++;
        count[classes + (size_t)other[r]]++;
    }
    for (size_t c = 0; c < classes; c++)
        chance += ((double)count[c] / (double)n) *
                  ((double)count[classes + c] / (double)n);
    same /= (double)n;
    /* Always the same class, both times. */
    return chance >= 1.0 ? 1.0 : (same - chance) / (1.0 - chance);
}

static mesa_status
compare(struct active *a, int32_t *said, struct mesa_error *err)
{
    const size_t classes = a->data->n_classes;
    size_t *count = mesa_alloc_array(classes, 2 * sizeof *count);

    if (!count)
        return mesa_nomem(err, classes, "counts");
    a->kappa[a->n_steps] = kappa(a->said, said, a->data->x.rows, classes,
                                 count);
    mesa_free(count);
    return MESA_OK;
}

mesa_status
active_agree(struct active *a, struct mesa_error *err)
{
    const size_t n = a->data->x.rows;
    int32_t *said;
    mesa_status st;

    a->kappa[a->n_steps] = NAN;
    if (a->stop_agreement == ACTIVE_NEVER)
        return MESA_OK;
    said = mesa_alloc_raw(n, sizeof *said);
    st = said ? predict(a, said, err) : mesa_nomem(err, n, "predictions");
    if (st == MESA_OK && a->said)
        st = compare(a, said, err);
    if (st != MESA_OK) {
        mesa_free(said);
        return st;
    }
    mesa_free(a->said);
    a->said = said;
    return MESA_OK;
}

bool
active_is_stable(const struct active *a)
{
    const size_t window = (size_t)a->stop_window;
    double sum = 0.0;

    if (a->stop_agreement == ACTIVE_NEVER || a->n_steps <= window)
        return false;
    for (size_t i = a->n_steps - window; i < a->n_steps; i++)
        sum += a->kappa[i];
    return sum / (double)window >= a->stop_agreement;
}

mesa_status
active_agreement_save(const struct active *a, struct mesa_archive *to,
                      struct mesa_error *err)
{
    mesa_status st;

    if (!a->said)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "kappa", MESA_F64, a->n_steps, a->kappa,
                                 err);
    return st == MESA_OK
               ? mesa_archive_put_vector(to, "said", MESA_I32,
                                         a->data->x.rows, a->said, err)
               : st;
}

mesa_status
active_agreement_load(struct active *a, const struct mesa_archive *from,
                      struct mesa_error *err)
{
    const size_t n = a->data->x.rows;
    const void *kappas, *said;
    mesa_status st;

    mesa_free(a->said);
    a->said = NULL;
    if (a->stop_agreement == ACTIVE_NEVER || a->n_steps == 0)
        return MESA_OK;
    st = mesa_archive_expect(from, "kappa", MESA_F64, 1, &a->n_steps, &kappas,
                             err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "said", MESA_I32, 1, &n, &said, err);
    for (size_t r = 0; r < n && st == MESA_OK; r++) {
        const int32_t c = ((const int32_t *)said)[r];

        if (c < 0 || (uint32_t)c >= a->data->n_classes)
            st = mesa_fail(err, MESA_EPARSE, "said[%zu] is %d", r, (int)c);
    }
    if (st != MESA_OK)
        return st;
    a->said = mesa_alloc_raw(n, sizeof *a->said);
    if (!a->said)
        return mesa_nomem(err, n, "predictions");
    memcpy(a->said, said, n * sizeof *a->said);
    memcpy(a->kappa, kappas, a->n_steps * sizeof *a->kappa);
    return MESA_OK;
}
