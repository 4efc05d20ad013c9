/* SPDX-License-Identifier: MIT */
/*
 * compare.h - several estimators, or runs of metalearners, on the same folds:
 * what they gave (compare.c, curves.c), tests of whether ranks differ
 * (statistics.c), tables (report.c, runs.c), and pictures (pictures.c,
 * ranks.c).
 */
#ifndef MESA_COMPARE_H
#define MESA_COMPARE_H

#include <mesa/mesa.h>

/* What a run reported: split and name as in metrics.csv. */
struct compare_key {
    const char *split, *name;
    char       *text; /* both, of a list; NULL: somebody else's */
};
struct compare_keys {
    size_t              n;
    struct compare_key *key;
};
struct compare_point {
    uint64_t step;
    size_t   key;
    double   value;
};
struct compare_curve { /* of one run on one fold; zeroed: empty */
    struct compare_keys   keys;
    size_t                n, capacity;
    struct compare_point *point; /* in order of steps */
};

struct compare {
    struct mesa_components methods, runs, data;

    const struct mesa_components *entry; /* methods, or runs */
    size_t               n_data;  /* after begin */
    struct mesa_trials **trials;  /* of each data set */
    size_t               n_folds, n_fits, n_metrics;
    double              *value;   /* [data][method][fit][part][metric] */
    struct compare_curve *curve;  /* of runs instead; [data][run][fit] */
    uint64_t            *rows;    /* [data][method][fit]; of runs, steps;
                                     0: still to do */
    double              *seconds; /* the same; NaN: before a resume */
};

/* Mean and standard deviation (n - 1) of what is there, in order. */
struct compare_figure {
    double mean, std;
    size_t n;
};

/* Where a fit is: its place in rows and seconds, and its scores. */
size_t compare_place(const struct compare *c, size_t data, size_t method,
                     size_t fit);
double *compare_scores(const struct compare *c, size_t place);
const char *compare_method(const struct compare *c, size_t method);

mesa_status compare_report(const void *self, const struct mesa_host *host,
                           struct mesa_report *report,
                           struct mesa_error *err);

/* curves.c: names in order of first appearance; SIZE_MAX: there is none, or
 * no memory. */
size_t compare_key_find(const struct compare_keys *keys, const char *split,
                        const char *name);
size_t compare_key_add(struct compare_keys *keys, const char *split,
                       const char *name);
void compare_keys_free(struct compare_keys *keys);
mesa_status compare_keys_join(const struct compare_curve *curve, size_t n,
                              struct compare_keys *out,
                              struct mesa_error *err);

mesa_status compare_curve_add(struct compare_curve *curve, uint64_t step,
                              const char *split, const char *name,
                              double value);
void compare_curve_free(struct compare_curve *curve);
/* The last value of a figure, and the mean of all; NaN: there is none. */
double compare_curve_last(const struct compare_curve *curve,
                          const char *split, const char *name);
double compare_curve_area(const struct compare_curve *curve,
                          const char *split, const char *name);
mesa_status compare_curves_save(const struct compare_curve *curve, size_t n,
                                struct mesa_archive *to,
                                struct mesa_error *err);
mesa_status compare_curves_load(struct compare_curve *curve, size_t n,
                                const struct mesa_archive *from,
                                struct mesa_error *err);

/* runs.c: everything that was reported and, behind it, aulc, the mean over
 * steps of the leading metric of a split. */
mesa_status compare_runs_keys(const struct compare *c,
                              struct compare_keys *out,
                              struct mesa_error *err);
double compare_runs_figure(const struct compare *c, size_t place,
                           const struct compare_key *key);
/* The split whose aulc decides: the first of test, valid, train that all runs
 * on this data set have. */
mesa_status compare_runs_split(const struct compare *c, size_t data,
                               const char **out, struct mesa_error *err);
/* Their rows of compare.csv, members of summary.json, table, curves.csv;
 * score: of each run, the mean of what decides. */
void compare_runs_write(const struct compare *c, struct mesa_report *r,
                        size_t data, size_t run, size_t fit,
                        const struct compare_keys *keys);
void compare_runs_put(const struct compare *c, struct mesa_report *r,
                      size_t data, size_t run,
                      const struct compare_keys *keys);
mesa_status compare_runs_table(const struct compare *c, struct mesa_report *r,
                               size_t data, double *score,
                               struct mesa_error *err);
mesa_status compare_runs_curves(const struct compare *c,
                                struct mesa_report *r,
                                const struct compare_keys *keys,
                                struct mesa_error *err);
/* A figure over all repeats and folds, at each of *steps; free *out with
 * mesa_free, also after failure. */
mesa_status compare_runs_steps(const struct compare *c, size_t data,
                               size_t run, const struct compare_key *key,
                               struct compare_figure **out, uint64_t *steps,
                               struct mesa_error *err);
/* Of its 95 % interval. */
double compare_half_width(struct compare_figure f);

/* pictures.c, ranks.c: score as in a table, of each data set. */
mesa_status compare_pictures(const struct compare *c, struct mesa_report *r,
                             const double *score, struct mesa_error *err);
/* The leading score of a fit: of methods that of the deciding part, of runs
 * its mean over steps. */
double compare_leading_score(const struct compare *c, size_t data,
                             size_t method, size_t fit, const char *split);
mesa_status compare_draw_ranks(const struct compare *c, struct mesa_report *r,
                               const double *score, struct mesa_error *err);

/* report.c */
struct compare_figure compare_figure_of(const double *x, size_t n,
                                        size_t stride);
struct compare_figure compare_rows_of(const struct compare *c, size_t data,
                                      size_t method);
struct compare_figure compare_seconds_of(const struct compare *c, size_t data,
                                         size_t method);
void compare_put_figure(struct mesa_report *r, const char *key,
                        struct compare_figure f);
void compare_print_seconds(struct mesa_report *r,
                           struct compare_figure seconds);
/* The part that decides. */
size_t compare_leading_part(const struct compare *c, size_t data);
/* At which pairs are said to differ. */
#define COMPARE_LEVEL 0.05
/* "DATA,METHOD,REPEAT,FOLD" of a row of compare.csv. */
void compare_where(const struct compare *c, size_t data, size_t method,
                   size_t fit, char *out, size_t size);

/* The half width of a two-sided 95 % interval by Student's t, in standard
 * deviations of a mean. */
double compare_t_95(size_t degrees);

/* P(Z > z) of a normal, P(X > x) of a chi-square variable. */
double compare_normal_tail(double z);
double compare_chi_square_tail(double x, size_t degrees);

/* statistics.c: which entry has that rank, from 0; ties in the order they are
 * listed, NaN last. */
size_t compare_ranked(const double *score, size_t n, bool larger,
                      size_t rank);

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
