/* SPDX-License-Identifier: MIT */
/* evaluate.h - the state of [evaluate], and the models it fits. */
#ifndef MESA_CORE_EVALUATE_H
#define MESA_CORE_EVALUATE_H

#include "host.h"

/* What is fitted together and saved together. */
struct mesa_model {
    struct mesa_instance *transform; /* NULL: none */
    struct mesa_instance *estimator;
};

/* Fit the recipe's transform, sampler and estimator on train, with streams
 * named by step.  The sampler takes part only if nobody else uses it. */
mesa_status mesa_model_fit(struct mesa_model *out,
                           const struct mesa_host *host,
                           const struct mesa_dataset *train,
                           const struct mesa_dataset *valid, uint64_t step,
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

/* A dataset with the transform applied: the matrix is new, the rest shared.
 * Without a transform (NULL) *out is data itself and *x NULL. */
mesa_status mesa_transformed(const struct mesa_instance *transform,
                             const struct mesa_dataset *data,
                             struct mesa_dataset *out, double **x,
                             struct mesa_error *err);

struct mesa_evaluate {
    struct mesa_list metrics;
    int64_t          repeats, folds;
    const char      *positive;

    size_t                     n_metrics;
    const struct mesa_metric **metric;
    uint32_t                   scores_positive;
    double                    *value; /* see struct mesa_scores */
    double                    *proba[MESA_PART_COUNT_]; /* of repeat 0 */
    size_t                     n_proba[MESA_PART_COUNT_]; /* values in it */
    uint32_t                  *fold;  /* scratch: fold of each pool row */
    struct mesa_model          model;
    const struct mesa_recipe  *recipe; /* for load */
};

size_t mesa_evaluate_n_folds(const struct mesa_evaluate *e);
mesa_status mesa_evaluate_save(const void *self, struct mesa_archive *to,
                               struct mesa_error *err);
mesa_status mesa_evaluate_load(void *self, const struct mesa_archive *from,
                               struct mesa_error *err);

#endif
