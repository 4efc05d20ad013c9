/* SPDX-License-Identifier: MIT */
/* boosting_use.c - votes of boosted learners; saving and loading them. */
#include "boosting_rules.h"

#include <math.h>
#include <string.h>

static double
sum_votes(const struct mesa_boosting *b)
{
    double sum = 0;

    for (size_t i = 0; i < b->ensemble.n; i++)
        sum += b->weight[i];
    return sum;
}

/* A member's answers for one row of k classes, added to the row's scores. */
static void
add_row(enum mesa_boosting_algorithm algorithm, double vote, const double *p,
        size_t k, double *score)
{
    double mean = 0;

    if (algorithm == MESA_ADABOOST_M2) {
        for (size_t c = 0; c < k; c++)
            score[c] += vote * p[c];
        return;
    }
    if (algorithm == MESA_SAMME) {
        score[mesa_boost_label(p, k)] += vote;
        return;
    }
    for (size_t c = 0; c < k; c++)
        mean += p[c];
    mean /= (double)k;
    for (size_t c = 0; c < k; c++)
        score[c] += vote * (((double)k - 1.0) * (p[c] - mean));
}

static void
add_member(const struct mesa_boosting *b, size_t i, double *one, size_t rows,
           size_t k, double *score)
{
    const size_t cells = rows * k;

    if (b->algorithm == MESA_SAMME_R || b->algorithm == MESA_SAMME_P) {
        for (size_t j = 0; j < cells; j++)
            one[j] = MESA_MAX(one[j], MESA_BOOST_EPSILON);
        mesa_vlog(one, one, cells);
    }
    for (size_t r = 0; r < rows; r++)
        add_row(b->algorithm, b->weight[i], one + r * k, k, score + r * k);
}

static void
scale(double *p, size_t n, double by)
{
    for (size_t c = 0; c < n; c++)
        p[c] /= by;
}

static void
softmax(double *p, size_t k)
{
    double top = p[0], sum = 0;

    for (size_t c = 1; c < k; c++)
        top = MESA_MAX(top, p[c]);
    for (size_t c = 0; c < k; c++)
        p[c] -= top;
    mesa_vexp(p, p, k);
    for (size_t c = 0; c < k; c++)
        sum += p[c];
    scale(p, k, sum);
}

/* Scores to probabilities. */
static void
finish(const struct mesa_boosting *b, double *proba, size_t rows, size_t k)
{
    const double votes = sum_votes(b);

    scale(proba, rows * k, votes);
    if (b->algorithm == MESA_ADABOOST_M2 || k < 2)
        return;
    scale(proba, rows * k, (double)k - 1.0);
    for (size_t r = 0; r < rows; r++)
        softmax(proba + r * k, k);
}

mesa_status
mesa_boosting_predict_proba(const struct mesa_boosting *b,
                            const struct mesa_cmatrix *x, double *proba,
                            struct mesa_error *err)
{
    const struct mesa_ensemble *e = &b->ensemble;
    const size_t k = e->n ? mesa_estimator_n_classes(e->member[0]) : 0;
    double *one = mesa_alloc_raw(x->rows, k * sizeof *one);
    mesa_status st = MESA_OK;

    if (!one)
        return mesa_nomem(err, x->rows, "predictions");
    memset(proba, 0, x->rows * k * sizeof *proba);
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_estimator_predict_proba(e->member[i], x, one, err);
        if (st == MESA_OK && k > 1)
            add_member(b, i, one, x->rows, k, proba);
    }
    for (size_t r = 0; r < x->rows && k == 1; r++)
        proba[r] = sum_votes(b);
    if (st == MESA_OK)
        finish(b, proba, x->rows, k);
    mesa_free(one);
    return st;
}

mesa_status
mesa_boosting_importance(const struct mesa_boosting *b, double *importance,
                         struct mesa_error *err)
{
    const struct mesa_ensemble *e = &b->ensemble;
    size_t cols = e->n ? mesa_estimator_n_columns(e->member[0]) : 0;
    mesa_status st = mesa_ensemble_sum_importance(e, b->weight, importance,
                                                  err);

    if (st == MESA_OK)
        scale(importance, cols, sum_votes(b));
    return st;
}

mesa_status
mesa_boosting_save(const struct mesa_boosting *b, struct mesa_archive *to,
                   struct mesa_error *err)
{
    mesa_status st = mesa_ensemble_save(&b->ensemble, to, err);

    return st == MESA_OK
               ? mesa_archive_put_vector(to, "votes", MESA_F64,
                                         b->ensemble.n, b->weight, err)
               : st;
}

mesa_status
mesa_boosting_load(struct mesa_boosting *b,
                   enum mesa_boosting_algorithm algorithm,
                   const struct mesa_component *estimator,
                   const struct mesa_archive *from, struct mesa_error *err)
{
    const void *votes;
    double sum;
    mesa_status st;

    mesa_boosting_free(b);
    b->algorithm = algorithm;
    st = mesa_ensemble_load(&b->ensemble, estimator, from, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "votes", MESA_F64, 1, &b->ensemble.n,
                                 &votes, err);
    if (st != MESA_OK)
        goto out;
    b->weight = mesa_alloc_raw(b->ensemble.n, sizeof *b->weight);
    if (!b->weight) {
        st = mesa_nomem(err, b->ensemble.n, "votes");
        goto out;
    }
    memcpy(b->weight, votes, b->ensemble.n * sizeof *b->weight);
    for (size_t i = 0; i < b->ensemble.n && st == MESA_OK; i++)
        if (!(b->weight[i] >= 0))
            st = mesa_fail(err, MESA_EPARSE, "vote %zu is %g", i,
                           b->weight[i]);
    sum = sum_votes(b);
    if (st == MESA_OK && (!(sum > 0) || isinf(sum)))
        st = mesa_fail(err, MESA_EPARSE, "%zu votes sum to %g",
                       b->ensemble.n, sum);
out:
    if (st != MESA_OK)
        mesa_boosting_free(b);
    return st;
}
