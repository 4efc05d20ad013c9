/* SPDX-License-Identifier: MIT */
/*
 * statistics.c - do methods differ over several data sets?
 *
 * Friedman's test on the ranks of the methods, with the correction for ties,
 * and then for each pair the difference of mean ranks over its standard error
 * sqrt(k (k + 1) / (6 N)) as a standard normal, the p-values adjusted by
 * Holm's step-down procedure (Demsar 2006, JMLR 7, sections 3.2.2 and 3.2.3).
 *
 * Tails come from series and continued fractions on mesa/vmath.h (Abramowitz
 * and Stegun 7.1.6, 7.1.14, 26.4.4 and 26.4.5), with a relative error below
 * 1e-12 wherever they are not subnormal; quantiles of Student's t from 26.7.3
 * and 26.7.4.
 */
#include "compare.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* erfc for x >= 0: 1 - erf by its series of positive terms where that loses
 * no more than three digits, else the continued fraction, from its end. */
static double
erfc_positive(double x)
{
    double square = x * x, term = x, sum = x, fraction = x;

    if (x < 2.0) {
        for (int i = 1; i < 60; i++) {
            term *= 2.0 * square / (2 * i + 1);
            sum += term;
        }
        return 1.0 - 2.0 / sqrt(pi) * mesa_math_exp(-square) * sum;
    }
    for (int i = 160; i > 0; i--)
        fraction = x + 0.5 * i / fraction;
    return mesa_math_exp(-square) / (sqrt(pi) * fraction);
}

double
compare_normal_tail(double z)
{
    double tail = 0.5 * erfc_positive(fabs(z) / sqrt(2.0));

    return z < 0.0 ? 1.0 - tail : tail;
}

/* Terms h^a exp(-h) / Gamma(a + 1) for a = 1/2, 3/2 ... or 0, 1 ..., by their
 * logarithms, as single factors may be out of range. */
double
compare_chi_square_tail(double x, size_t degrees)
{
    double h = 0.5 * x, a = degrees % 2 ? 0.5 : 0.0, sum = 0.0, term = -h;

    if (!(x > 0.0))
        return 1.0;
    if (degrees % 2) {
        sum = erfc_positive(sqrt(h));
        term += 0.5 * mesa_math_log(4.0 * h / pi);
    }
    for (; a < 0.5 * (double)degrees; a += 1.0) {
        sum += mesa_math_exp(term);
        term += mesa_math_log(h / (a + 1.0));
    }
    return sum < 1.0 ? sum : 1.0;
}

/* P(|T| < sqrt(degrees) tan(theta)) of Student's t (Abramowitz and Stegun
 * 26.7.3 and 26.7.4). */
static double
t_within(double theta, size_t degrees)
{
    const double s = mesa_math_sin(theta), c = mesa_math_cos(theta);
    const bool odd = degrees % 2;
    double term = odd ? c : 1.0, sum = 0.0;

    for (size_t i = odd ? 3 : 2; i <= degrees; i += 2) {
        sum += term;
        term *= c * c * (double)(i - 1) / (double)i;
    }
    return odd ? 2.0 / pi * (theta + s * sum) : s * sum;
}

/* By halving the angle that it is the tangent of. */
double
compare_t_95(size_t degrees)
{
    double low = 0.0, high = 0.5 * pi;

    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);

        if (t_within(middle, degrees) < 0.95)
            low = middle;
        else
            high = middle;
    }
    return sqrt((double)degrees) * mesa_math_sin(low) / mesa_math_cos(low);
}

/* Any score is better than none. */
static bool
is_better(double a, double b, bool larger)
{
    if (isnan(a) || isnan(b))
        return !isnan(a) && isnan(b);
    return larger ? a > b : a < b;
}

/* Is method a to stand above b? */
static bool
goes_before(const double *score, bool larger, size_t a, size_t b)
{
    if (is_better(score[b], score[a], larger))
        return false;
    return a < b || is_better(score[a], score[b], larger);
}

size_t
compare_ranked(const double *score, size_t n, bool larger, size_t rank)
{
    size_t at = 0;

    for (; at < n; at++) {
        size_t before = 0;

        for (size_t i = 0; i < n; i++)
            before += i != at && goes_before(score, larger, i, at);
        if (before == rank)
            break;
    }
    return at;
}

static bool
is_equal(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Ranks within one data set, 1 the best, into mean_rank; what ties take off:
 * the sum of t^3 - t over groups of t. */
static double
add_ranks(const double *score, size_t n, bool larger, double *mean_rank)
{
    double ties = 0.0;

    for (size_t i = 0; i < n; i++) {
        double better = 0.0, equal = 0.0;

        for (size_t j = 0; j < n; j++) {
            better += is_better(score[j], score[i], larger);
            equal += is_equal(score[j], score[i]);
        }
        mean_rank[i] += better + 0.5 * (equal + 1.0);
        ties += equal * equal - 1.0;
    }
    return ties;
}

void
compare_friedman(const double *score, size_t n_data, size_t n_methods,
                 bool larger_is_better, double *mean_rank,
                 struct compare_friedman *out)
{
    double n = (double)n_data, k = (double)n_methods;
    double squares = 0.0, ties = 0.0, correction;

    for (size_t m = 0; m < n_methods; m++)
        mean_rank[m] = 0.0;
    for (size_t d = 0; d < n_data; d++)
        ties += add_ranks(score + d * n_methods, n_methods, larger_is_better,
                          mean_rank);
    for (size_t m = 0; m < n_methods; m++) {
        squares += mean_rank[m] * mean_rank[m];
        mean_rank[m] /= n;
    }
    correction = 1.0 - ties / (k * (k * k - 1.0) * n);
    out->degrees = n_methods - 1;
    out->statistic = 12.0 / (k * n * (k + 1.0)) * squares -
                     3.0 * n * (k + 1.0);
    /* All methods alike on all data sets: nothing differs. */
    out->statistic = correction > 0.0 ? out->statistic / correction : 0.0;
    out->p = compare_chi_square_tail(out->statistic, out->degrees);
}

/* Holm: the i-th smallest of n p-values times n - i, not below those before
 * it.  A pass finds the next smallest, ties in order. */
static void
adjust(struct compare_pair *pair, size_t n)
{
    double least = 0.0;

    for (size_t i = 0; i < n; i++)
        pair[i].holm = -1.0;
    for (size_t i = 0; i < n; i++) {
        size_t next = n;
        double own;

        for (size_t j = 0; j < n; j++)
            if (pair[j].holm < 0.0 && (next == n || pair[j].p < pair[next].p))
                next = j;
        own = pair[next].p * (double)(n - i);
        least = own > least ? own : least;
        least = least < 1.0 ? least : 1.0;
        pair[next].holm = least;
    }
}

void
compare_pairs(const double *mean_rank, size_t n_data, size_t n_methods,
              struct compare_pair *pair)
{
    double k = (double)n_methods;
    double error = sqrt(k * (k + 1.0) / (6.0 * (double)n_data));
    size_t n = 0;

    for (size_t a = 0; a < n_methods; a++)
        for (size_t b = a + 1; b < n_methods; b++) {
            double z = (mean_rank[a] - mean_rank[b]) / error;

            pair[n++] = (struct compare_pair){
                a, b, z, 2.0 * compare_normal_tail(fabs(z)), 0.0
            };
        }
    adjust(pair, n);
}
