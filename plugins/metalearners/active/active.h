/* SPDX-License-Identifier: MIT */
/*
 * active.h - pool-based active learning: the loop (active.c), where it starts
 * (initial.c, kmeans.c, file.c), what is labelled (rows.c), what came of it
 * (curve.c, report.c, pictures.c), and whether it still changes
 * (agreement.c).
 */
#ifndef MESA_ACTIVE_H
#define MESA_ACTIVE_H

#include <mesa/mesa.h>

enum { ACTIVE_NEVER = -2000000000 }; /* no score to stop at */

/* Scored parts: validation and test rows. */
enum { ACTIVE_VALID, ACTIVE_TEST, ACTIVE_PARTS };

enum active_initial { ACTIVE_RANDOM, ACTIVE_KMEANS, ACTIVE_FILE };

/* Why there are no more queries. */
enum active_end {
    ACTIVE_GOING,
    ACTIVE_MAX_ITER,
    ACTIVE_POOL_EMPTY,
    ACTIVE_SCORE,
    ACTIVE_STABLE,
    ACTIVE_TOLD
};

/* The rows that have a label, in the order in which they got it. */
struct active_rows {
    size_t    n;
    size_t   *row;
    uint64_t *iteration; /* that asked for it; 0: known before the first */
    double   *utility;   /* then; NaN: known or drawn before the first   */
    int32_t  *label;
    bool     *taken;     /* of each row of the data: has it one?         */
};

struct active {
    struct mesa_component *acquisition, *estimator;
    double                 n_init, budget;
    int64_t                max_iter;
    int                    initial;
    const char            *initial_rows;
    bool                   every_class, continue_training;
    double                 stop_score, stop_agreement;
    int64_t                stop_window;
    struct mesa_list       thresholds;

    /* After begin. */
    const struct mesa_host    *host;
    const struct mesa_dataset *data; /* the training part */
    struct mesa_trials        *trials;
    struct mesa_instance      *query;
    size_t                     n_metrics, batch;
    size_t                     known; /* labels that need no question */
    size_t                     start; /* rows before the first fit */
    size_t                    *listed; /* those, of a file; or NULL */

    struct active_rows    rows;
    size_t                n_steps; /* fits so far */
    uint64_t             *size;    /* rows labelled at each */
    double               *value;   /* [step][part][metric]; NaN: none */
    double               *kappa;   /* [step]: agreement with the one before */
    int32_t              *said;    /* of each row of the data, last time */
    enum active_end       end;
    uint64_t              n_plain;  /* fits that the sampler refused */
    bool                  plain;    /* the last one is one of them */
    struct mesa_pipeline *pipeline; /* the last one, to go on from */
    struct mesa_subset    labelled; /* lent to the host at the end */
};

/* rows.c: room for all rows of the data; a row gets its label. */
mesa_status active_rows_init(struct active_rows *r, size_t n,
                             struct mesa_error *err);
void active_rows_free(struct active_rows *r);
void active_rows_add(struct active_rows *r, size_t row, uint64_t iteration,
                     double utility, int32_t label);
/* Those without a label, ascending, into left; how many. */
size_t active_rows_left(const struct active_rows *r, size_t n, size_t *left);
/* Those with one as a dataset; free with mesa_subset_free. */
mesa_status active_rows_subset(const struct active_rows *r,
                               const struct mesa_dataset *data,
                               struct mesa_subset *out,
                               struct mesa_error *err);
mesa_status active_rows_save(const struct active_rows *r,
                             struct mesa_archive *to, struct mesa_error *err);
mesa_status active_rows_load(struct active_rows *r,
                             const struct mesa_dataset *data,
                             const struct mesa_archive *from,
                             struct mesa_error *err);

/* initial.c: how many rows a share or a number is; the first rows to label,
 * *n of them, for which pick has room (one more for each class). */
mesa_status active_count(const char *key, double wanted, size_t rows,
                         size_t *out, struct mesa_error *err);
mesa_status active_initial(const struct active *a,
                           const struct mesa_host *host, size_t *pick,
                           size_t *n, struct mesa_error *err);

/* kmeans.c: rows of x that are far from each other. */
mesa_status active_kmeans(const struct mesa_cmatrix *x, size_t n, size_t *pick,
                          struct mesa_rng *rng, struct mesa_error *err);

/* file.c: the *n different rows that a file lists, each below `rows`; free
 * *out with mesa_free. */
mesa_status active_read_rows(const char *path, size_t rows, size_t **out,
                             size_t *n, struct mesa_error *err);

/* agreement.c: how far what a->pipeline says of the pool is what the one
 * before has said, into a->kappa[a->n_steps]. */
mesa_status active_agree(struct active *a, struct mesa_error *err);
bool active_is_stable(const struct active *a);
mesa_status active_agreement_save(const struct active *a,
                                  struct mesa_archive *to,
                                  struct mesa_error *err);
mesa_status active_agreement_load(struct active *a,
                                  const struct mesa_archive *from,
                                  struct mesa_error *err);

/* curve.c: the scores of a->pipeline are one more step; that step to
 * metrics.csv; why to stop after it. */
mesa_status active_curve_init(struct active *a, struct mesa_error *err);
void active_curve_free(struct active *a);
mesa_status active_curve_add(struct active *a, struct mesa_error *err);
mesa_status active_curve_tell(const struct active *a,
                              struct mesa_metrics *metrics,
                              struct mesa_error *err);
const double *active_scores(const struct active *a, size_t step, size_t part);
bool active_reaches(const struct active *a, double score, double wanted);
enum active_end active_curve_end(const struct active *a);
mesa_status active_curve_save(const struct active *a, struct mesa_archive *to,
                              struct mesa_error *err);
mesa_status active_curve_load(struct active *a,
                              const struct mesa_archive *from,
                              struct mesa_error *err);

/* report.c: queries.csv, what the curve adds up to, and a line about it. */
extern const char *const active_parts[ACTIVE_PARTS];
mesa_status active_tell_end(const struct active *a,
                            struct mesa_metrics *metrics,
                            struct mesa_error *err);
mesa_status active_report(const void *self, const struct mesa_host *host,
                          struct mesa_report *report, struct mesa_error *err);

/* pictures.c */
mesa_status active_pictures(const struct active *a,
                            struct mesa_report *report,
                            struct mesa_error *err);

#endif
