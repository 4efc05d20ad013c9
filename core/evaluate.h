/* SPDX-License-Identifier: MIT */
/* evaluate.h - the state of [evaluate], and the models it fits. */
#ifndef MESA_CORE_EVALUATE_H
#define MESA_CORE_EVALUATE_H

#include "evaluate_curves.h"
#include "host.h"

/* What is fitted together and saved together. */
struct mesa_model {
    struct mesa_instance *transform; /* NULL: none */
    struct mesa_instance *estimator;
};

/* What to fit, and its streams: children of root, named by step. */
struct mesa_model_job {
    const struct mesa_component *transform, *sampler; /* NULL: none */
    const struct mesa_component *estimator;
    const struct mesa_rng       *root;
    uint64_t                     step;
    bool *resampled; /* see struct mesa_pipeline_job */
};

/* Fit transform, sampler and estimator on train, one after the other. */
mesa_status mesa_model_fit(struct mesa_model *out,
                           const struct mesa_model_job *job,
                           const struct mesa_dataset *train,
                           const struct mesa_dataset *valid,
                           struct mesa_error *err);
/* The same on from what the estimator has learnt. */
mesa_status mesa_model_continue(struct mesa_model *model,
                                const struct mesa_model_job *job,
                                const struct mesa_dataset *train,
                                struct mesa_error *err);
mesa_status mesa_model_predict(const struct mesa_model *model,
                               const struct mesa_dataset *data, double *proba,
                               struct mesa_error *err);
mesa_status mesa_model_save(const struct mesa_model *model,
                            struct mesa_archive *to, struct mesa_error *err);
mesa_status mesa_model_load(struct mesa_model *out,
                            const struct mesa_recipe *recipe,
                            const struct mesa_archive *from,
                            struct mesa_error *err);
void mesa_model_free(struct mesa_model *model);

struct mesa_evaluate {
    struct mesa_list metrics;
    int64_t          repeats, folds;
    bool             shuffle;
    const char      *positive;

    size_t                     n_metrics;
    const struct mesa_metric **metric;
    uint32_t                   scores_positive;
    double                    *value; /* see struct mesa_scores */
    double                    *proba[MESA_PART_COUNT_]; /* of repeat 0 */
    size_t                     n_proba[MESA_PART_COUNT_]; /* values in it */
    uint32_t                  *fold;  /* the last cut: of each pool row */
    struct mesa_model          model;
    const struct mesa_recipe  *recipe; /* for load */
    size_t                     n_curves;
    struct mesa_curve_sum     *curve;  /* NULL: no pictures are wanted */
};

size_t mesa_evaluate_n_folds(const struct mesa_evaluate *e);

/* MESA_EDATA: what [evaluate] scores are classes, and the data have none. */
mesa_status mesa_evaluate_refuse_targets(struct mesa_error *err);

/* The class named positive, or the rarest present, ties to the higher.  Where
 * rows have no label, the rarest of the test or validation rows; a warning
 * and the last one, if these do not tell.  MESA_EDATA if nothing can be learnt
 * from the training rows. */
mesa_status mesa_evaluate_positive(const struct mesa_evaluate *e,
                                   const struct mesa_parts *parts,
                                   const struct mesa_dataset *train,
                                   uint32_t *positive,
                                   struct mesa_error *err);

/* The parts of a fold of the pool, or those that the data came in. */
struct mesa_cut {
    const struct mesa_dataset *part[MESA_PART_COUNT_];
    struct mesa_subset         train, test;
};

/* fold_of: room for a number per row of the pool, if there is one.  Free
 * even after failure. */
mesa_status mesa_evaluate_cut(const struct mesa_evaluate *e,
                              const struct mesa_parts *parts,
                              const struct mesa_rng *root, size_t repeat,
                              size_t fold, uint32_t *fold_of,
                              struct mesa_cut *out, struct mesa_error *err);
void mesa_cut_free(struct mesa_cut *cut);

/* All metrics of one part. */
mesa_status mesa_evaluate_score(const struct mesa_evaluate *e,
                                const struct mesa_dataset *d,
                                const double *proba, uint32_t positive,
                                enum mesa_part part, double *value,
                                struct mesa_error *err);
extern const char *const mesa_part_names[MESA_PART_COUNT_];

/* evaluate_pictures.c: which part is shown; the curves of a fit; the slot
 * report. */
enum mesa_part mesa_evaluate_shown(const struct mesa_evaluate *e,
                                   const struct mesa_parts *parts);
mesa_status mesa_evaluate_take_curves(struct mesa_evaluate *e,
                                      const struct mesa_dataset *d,
                                      const double *proba,
                                      struct mesa_error *err);
mesa_status mesa_evaluate_report(const void *self,
                                 const struct mesa_host *host,
                                 struct mesa_report *report,
                                 struct mesa_error *err);

mesa_status mesa_evaluate_save(const void *self, struct mesa_archive *to,
                               struct mesa_error *err);
mesa_status mesa_evaluate_load(void *self, const struct mesa_archive *from,
                               struct mesa_error *err);

#endif
