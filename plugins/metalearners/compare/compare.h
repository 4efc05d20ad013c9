/* SPDX-License-Identifier: MIT */
/*
 * compare.h - several estimators on the same folds: what the fits gave
 * (compare.c), tests of whether ranks differ (statistics.c), and tables
 * (report.c).
 */
#ifndef MESA_COMPARE_H
#define MESA_COMPARE_H

#include <mesa/mesa.h>

struct compare {
    struct mesa_components methods, data;

    size_t               n_data;  /* after begin */
    struct mesa_trials **trials;  /* of each data set */
    size_t               n_folds, n_fits, n_metrics;
    double              *value;   /* [data][method][fit][part][metric] */
    uint64_t            *rows;    /* [data][method][fit]; 0: still to do */
    double              *seconds; /* the same; NaN: before a resume */
};

/* Where a fit is: its place in rows and seconds, and its scores. */
size_t compare_place(const struct compare *c, size_t data, size_t method,
                     size_t fit);
double *compare_scores(const struct compare *c, size_t place);
const char *compare_method(const struct compare *c, size_t method);

mesa_status compare_report(const void *self, const struct mesa_host *host,
                           struct mesa_report *report,
                           struct mesa_error *err);

/* P(Z > z) of a normal, P(X > x) of a chi-square variable. */
double compare_normal_tail(double z);
double compare_chi_square_tail(double x, size_t degrees);

/* Do methods differ over data sets?  score[d * n_methods + m]. */
struct compare_friedman {
    double statistic, p;
    size_t degrees;
};
void compare_friedman(const double *score, size_t n_data, size_t n_methods,
                      bool larger_is_better, double *mean_rank,
                      struct compare_friedman *out);

/* Which ones?  All n_methods * (n_methods - 1) / 2 pairs a < b, in order. */
struct compare_pair {
    size_t a, b;
    double z, p, holm; /* p adjusted */
};
void compare_pairs(const double *mean_rank, size_t n_data, size_t n_methods,
                   struct compare_pair *pair);

#endif
