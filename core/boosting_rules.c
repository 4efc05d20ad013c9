/* SPDX-License-Identifier: MIT */
/*
 * boosting_rules.c - losses and weights of AdaBoost's kin.
 *
 * Freund and Schapire 1997, figure 5 (AdaBoost.M2); Zhu, Zou, Rosset and
 * Hastie 2009, algorithms 2 and 4 (SAMME, SAMME.R).  Sums are mesa_vsum's.
 */
#include "boosting_rules.h"

#include <float.h>
#include <math.h>

size_t
mesa_boost_label(const double *proba, size_t n_classes)
{
    size_t best = 0;

    for (size_t c = 1; c < n_classes; c++)
        if (proba[c] > proba[best])
            best = c;
    return best;
}

static bool
is_wrong(const struct mesa_boost_rows *r, const double *proba, size_t i)
{
    return mesa_boost_label(proba + i * r->n_classes, r->n_classes) !=
           (size_t)r->y[i];
}

/* Half of what the wrong labels' weights say against each row. */
static double
pseudo_loss(const struct mesa_boost_rows *r, const double *proba)
{
    const size_t k = r->n_classes;

    for (size_t i = 0; i < r->n; i++) {
        const double *p = proba + i * k, *w = r->w + i * k;
        double own = p[r->y[i]], sum = 0;

        for (size_t c = 0; c < k; c++)
            sum += w[c] * (1.0 - own + p[c]);
        r->scratch[i] = sum;
    }
    return 0.5 * mesa_vsum(r->scratch, r->n);
}

static double
error_rate(const struct mesa_boost_rows *r, const double *proba)
{
    for (size_t i = 0; i < r->n; i++)
        r->scratch[i] = is_wrong(r, proba, i) ? r->w[i] : 0.0;
    return mesa_vsum(r->scratch, r->n) / mesa_vsum(r->w, r->n);
}

struct mesa_boost_score
mesa_boost_measure(const struct mesa_boost_rows *r, const double *proba)
{
    struct mesa_boost_score s = { 0, INFINITY };

    if (r->algorithm == MESA_ADABOOST_M2) {
        s.loss = pseudo_loss(r, proba);
        s.chance = 0.5;
        return s;
    }
    s.loss = error_rate(r, proba);
    /* By probabilities a learner says something even where it errs often. */
    if (r->algorithm == MESA_SAMME)
        s.chance = 1.0 - 1.0 / (double)r->n_classes;
    return s;
}

double
mesa_boost_vote(const struct mesa_boost_rows *r, double loss,
                double learning_rate)
{
    double odds;

    if (r->algorithm == MESA_ADABOOST_M2) {
        loss = MESA_MAX(loss, MESA_BOOST_EPSILON);
        return learning_rate * mesa_math_log((1.0 - loss) / loss);
    }
    if (r->algorithm != MESA_SAMME || loss <= 0)
        return 1.0;
    odds = mesa_math_log((1.0 - loss) / loss);
    return learning_rate *
           (odds + mesa_math_log((double)r->n_classes - 1.0));
}

/* Exponents of the weights' factors into scratch, a value for each weight. */
static void
exponents_m2(const struct mesa_boost_rows *r, const double *proba,
             double vote)
{
    const size_t k = r->n_classes;

    for (size_t i = 0; i < r->n; i++) {
        const double *p = proba + i * k;
        double own = p[r->y[i]];

        for (size_t c = 0; c < k; c++)
            r->scratch[i * k + c] = -vote * (0.5 * (1.0 + own - p[c]));
    }
}

static void
exponents_samme(const struct mesa_boost_rows *r, const double *proba,
                double vote)
{
    for (size_t i = 0; i < r->n; i++)
        r->scratch[i] = is_wrong(r, proba, i) ? vote : 0.0;
}

/* Labels are coded as 1 for the row's own class and -1 / (k - 1) for others;
 * at[] is what the code is multiplied with. */
static void
exponents_coded(const struct mesa_boost_rows *r, const double *at,
                double learning_rate)
{
    const size_t k = r->n_classes;
    const double other = -1.0 / ((double)k - 1.0);
    const double factor = -learning_rate * (((double)k - 1.0) / (double)k);

    for (size_t i = 0; i < r->n; i++) {
        double sum = 0;

        for (size_t c = 0; c < k; c++)
            sum += (c == (size_t)r->y[i] ? 1.0 : other) * at[i * k + c];
        r->scratch[i] = factor * sum;
    }
}

void
mesa_boost_update(const struct mesa_boost_rows *r, double *proba, double vote,
                  double learning_rate)
{
    const size_t n = r->n * r->width, cells = r->n * r->n_classes;

    switch (r->algorithm) {
    case MESA_ADABOOST_M2:
        exponents_m2(r, proba, vote);
        break;
    case MESA_SAMME:
        exponents_samme(r, proba, vote);
        break;
    case MESA_SAMME_R:
        for (size_t i = 0; i < cells; i++)
            proba[i] = MESA_MAX(proba[i], MESA_BOOST_EPSILON);
        mesa_vlog(proba, proba, cells);
        exponents_coded(r, proba, learning_rate);
        break;
    case MESA_SAMME_P:
        exponents_coded(r, proba, learning_rate);
        break;
    }
    mesa_vexp(r->scratch, r->scratch, n);
    /* A row that counts never stops counting. */
    for (size_t i = 0; i < n; i++)
        if (r->w[i] > 0)
            r->w[i] = MESA_MAX(r->w[i] * r->scratch[i], DBL_MIN);
}

bool
mesa_boost_normalise(const struct mesa_boost_rows *r)
{
    const size_t n = r->n * r->width;
    double sum = mesa_vsum(r->w, n);

    if (!(sum > 0) || isinf(sum))
        return false;
    for (size_t i = 0; i < n; i++) {
        r->w[i] /= sum;
        if (r->w[i] > 0)
            r->w[i] = MESA_MAX(r->w[i], MESA_BOOST_EPSILON);
    }
    return true;
}
