/* SPDX-License-Identifier: MIT */
/*
 * calibrated - a learner whose probabilities are made honest.
 *
 * sigmoid and isotonic are scikit-learn's CalibratedClassifierCV: a curve
 * for each class against the rest, fitted on rows that the learner has not
 * seen (folds of the training rows, or the validation rows), scaled to sum
 * to 1; with ensemble, one learner and its curves per fold, averaged.  What
 * curves are fitted to are probabilities, never other scores.
 *
 * prior undoes what a sampler did to the classes' shares: p(c) is multiplied
 * by share before / share after, and all scaled to sum to 1 (Saerens, Latinne
 * and Decaestecker 2002, equation 2.4; Dal Pozzolo et al. 2015).  It needs
 * no rows to be held out.  A sampler, if given, only ever sees the rows that
 * a learner is fitted on.
 *
 * Deviations: folds are drawn at random, class by class; a class that no
 * held-out row has gets probability 0.  Costs a fit per fold.
 */
#include <mesa/mesa.h>

#include <string.h>

#include "calibrated.h"

static const struct mesa_choice methods[] = {
    { "sigmoid", METHOD_SIGMOID, "a logistic curve (Platt); for few rows" },
    { "isotonic", METHOD_ISOTONIC, "any curve that rises; for many rows" },
    { "prior", METHOD_PRIOR, "undo the sampler's change of class shares" },
    { NULL, 0, NULL }
};

static const struct mesa_choice places[] = {
    { "folds", ON_FOLDS, "folds of the training rows" },
    { "valid", ON_VALID, "the validation rows" },
    { NULL, 0, NULL }
};

static const struct mesa_param calibrated_params[] = {
    MESA_COMPONENT(struct calibrated, inner.estimator, "estimator",
                   MESA_KIND_ESTIMATOR, "tree", "The learner to calibrate"),
    MESA_COMPONENT(struct calibrated, inner.sampler, "sampler",
                   MESA_KIND_SAMPLER, NULL,
                   "What makes the rows that the learner is fitted on; "
                   "those that there are if not given"),
    MESA_CHOICE(struct calibrated, method, "method", METHOD_SIGMOID, methods,
                "How probabilities are corrected"),
    MESA_CHOICE(struct calibrated, on, "on", ON_FOLDS, places,
                "The rows that sigmoid and isotonic are fitted on"),
    MESA_INT(struct calibrated, cv, "cv", 5, 2, 1000, "Folds"),
    MESA_BOOL(struct calibrated, average, "ensemble", true,
              "Keep the learner of each fold and average them; else one "
              "learner of all rows, and one curve"),
    MESA_PARAM_END
};

static void
calibrated_fini(void *self)
{
    struct calibrated *c = self;

    for (size_t i = 0; c->curve && i < c->members.n * c->n_curves; i++)
        calibrated_curve_free(&c->curve[i]);
    mesa_free(c->curve);
    mesa_free(c->ratio);
    mesa_ensemble_free(&c->members);
    c->curve = NULL;
    c->ratio = NULL;
}

/* Room for n members and their curves, or for the ratio. */
static mesa_status
resize(struct calibrated *c, size_t n, size_t n_classes,
       struct mesa_error *err)
{
    calibrated_fini(c);
    c->n_classes = n_classes;
    c->n_curves = n_classes == 2 ? 1 : n_classes;
    c->members.member = mesa_alloc_array(n, sizeof *c->members.member);
    if (c->method == METHOD_PRIOR)
        c->ratio = mesa_alloc_array(n_classes, sizeof *c->ratio);
    else
        c->curve = mesa_alloc_array(n, c->n_curves * sizeof *c->curve);
    if (!c->members.member || (!c->ratio && !c->curve))
        return mesa_nomem(err, n, "members");
    c->members.n = n;
    return MESA_OK;
}

/* The curves of a member, from its probabilities for rows it has not seen. */
static mesa_status
fit_curves(struct calibrated *c, size_t member, const double *proba,
           const struct mesa_dataset *data, struct mesa_error *err)
{
    struct calibrated_curve *curve = c->curve + member * c->n_curves;
    mesa_status st = MESA_OK;

    for (size_t k = 0; k < c->n_curves && st == MESA_OK; k++) {
        size_t of = c->n_curves == 1 ? c->n_classes - 1 : k;
        struct calibrated_rows rows = { proba + of, c->n_classes, data,
                                        (int32_t)of };

        st = c->method == METHOD_SIGMOID
                 ? calibrated_fit_sigmoid(&curve[k], &rows, err)
                 : calibrated_fit_isotonic(&curve[k], &rows, err);
    }
    return st;
}

/* Fit a member's curves on data. */
static mesa_status
calibrate(struct calibrated *c, size_t member,
          const struct mesa_dataset *data, struct mesa_error *err)
{
    double *proba = mesa_alloc_raw(data->x.rows * c->n_classes,
                                   sizeof *proba);
    mesa_status st = proba ? mesa_estimator_predict_proba(
                                 c->members.member[member], &data->x, proba,
                                 err)
                           : mesa_nomem(err, data->x.rows, "probabilities");

    if (st == MESA_OK)
        st = fit_curves(c, member, proba, data, err);
    mesa_free(proba);
    return st;
}

/* The folds, and what is predicted for rows held out. */
struct folds {
    struct calibrated         *c;
    const struct mesa_dataset *train, *valid;
    const struct mesa_rng     *rng;
    uint32_t                  *fold;  /* of each row                     */
    double                    *proba; /* NULL if each fold has its curves */
};

/* Rows of each class, in random order, dealt out to the folds in turn. */
static mesa_status
deal(struct folds *f, struct mesa_error *err)
{
    const size_t rows = f->train->x.rows, cv = (size_t)f->c->cv;
    struct mesa_rng rng = mesa_rng_derive(f->rng, "folds", 0);
    size_t *row = mesa_alloc_raw(rows, 2 * sizeof *row), dealt = 0;
    mesa_status st = MESA_OK;

    f->fold = mesa_alloc_raw(rows, sizeof *f->fold);
    if (!row || !f->fold)
        st = mesa_nomem(err, rows, "row numbers");
    for (uint32_t k = 0; k < f->train->n_classes && st == MESA_OK; k++) {
        size_t n = mesa_class_rows(f->train, k, row);

        if (n > 0 && n < cv)
            st = mesa_fail(err, MESA_EDATA,
                           "class %u has %zu of the rows, fewer than cv = "
                           "%zu folds",
                           (unsigned)k, n, cv);
        mesa_rng_permutation(&rng, n, row + rows);
        for (size_t i = 0; i < n; i++)
            f->fold[row[row[rows + i]]] = (uint32_t)(dealt++ % cv);
    }
    mesa_free(row);
    return st;
}

/* The rows of a fold, or those of all others, into row; how many. */
static size_t
rows_of(const struct folds *f, size_t fold, bool others, size_t *row)
{
    size_t n = 0;

    for (size_t r = 0; r < f->train->x.rows; r++)
        if ((f->fold[r] == fold) != others)
            row[n++] = r;
    return n;
}

/* Predictions for the fold's rows, to where these rows are. */
static mesa_status
predict_held_out(const struct folds *f, const struct mesa_instance *learner,
                 const struct mesa_dataset *held, const size_t *row,
                 struct mesa_error *err)
{
    const size_t k = f->c->n_classes;
    double *proba = mesa_alloc_raw(held->x.rows * k, sizeof *proba);
    mesa_status st = proba ? mesa_estimator_predict_proba(learner, &held->x,
                                                          proba, err)
                           : mesa_nomem(err, held->x.rows, "probabilities");

    for (size_t i = 0; i < held->x.rows && st == MESA_OK; i++)
        memcpy(f->proba + row[i] * k, proba + i * k, k * sizeof *proba);
    mesa_free(proba);
    return st;
}

static mesa_status
fit_fold(void *context, size_t i, struct mesa_error *err)
{
    const struct folds *f = context;
    struct mesa_rng rng = mesa_rng_derive(f->rng, "fold", i);
    size_t *row = mesa_alloc_raw(f->train->x.rows, sizeof *row);
    struct mesa_subset rest = { .block_ = NULL }, held = { .block_ = NULL };
    struct mesa_instance *own = NULL, **learner;
    mesa_status st = MESA_OK;

    learner = f->proba ? &own : &f->c->members.member[i];
    if (!row)
        return mesa_nomem(err, f->train->x.rows, "row numbers");
    st = mesa_subset_init(&rest, f->train, row, rows_of(f, i, true, row),
                          err);
    if (st == MESA_OK)
        st = mesa_subset_init(&held, f->train, row,
                              rows_of(f, i, false, row), err);
    if (st == MESA_OK)
        st = inner_fit(&f->c->inner, &rest.data, f->valid, &rng, NULL,
                       learner, err);
    if (st == MESA_OK && f->proba)
        st = predict_held_out(f, own, &held.data, row, err);
    else if (st == MESA_OK)
        st = calibrate(f->c, i, &held.data, err);
    mesa_instance_free(own);
    mesa_subset_free(&rest);
    mesa_subset_free(&held);
    mesa_free(row);
    return st;
}

/* The learner of all rows; share as for inner_fit. */
static mesa_status
fit_all(struct calibrated *c, const struct mesa_dataset *train,
        const struct mesa_dataset *valid, const struct mesa_rng *rng,
        double *share, struct mesa_error *err)
{
    struct mesa_rng all = mesa_rng_derive(rng, "all", 0);

    return inner_fit(&c->inner, train, valid, &all, share,
                     &c->members.member[0], err);
}

static mesa_status
fit_on_folds(struct calibrated *c, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, const struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct folds f = { c, train, valid, rng, NULL, NULL };
    mesa_status st = deal(&f, err);

    if (st == MESA_OK && !c->average) {
        f.proba = mesa_alloc_raw(train->x.rows * c->n_classes,
                                 sizeof *f.proba);
        st = f.proba ? MESA_OK
                     : mesa_nomem(err, train->x.rows, "probabilities");
    }
    if (st == MESA_OK)
        st = mesa_parallel_for((size_t)c->cv, fit_fold, &f, err);
    if (st == MESA_OK && f.proba)
        st = fit_curves(c, 0, f.proba, train, err);
    if (st == MESA_OK && f.proba)
        st = fit_all(c, train, valid, rng, NULL, err);
    mesa_free(f.fold);
    mesa_free(f.proba);
    return st;
}

/* Validation rows are for the curves alone: the learner does not see them. */
static mesa_status
fit_on_valid(struct calibrated *c, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, const struct mesa_rng *rng,
             struct mesa_error *err)
{
    mesa_status st;

    if (!valid || valid->x.rows == 0)
        return mesa_fail(err, MESA_EDATA,
                         "on = valid, but there are no validation rows");
    st = fit_all(c, train, NULL, rng, NULL, err);
    return st == MESA_OK ? calibrate(c, 0, valid, err) : st;
}

static mesa_status
fit_prior(struct calibrated *c, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, const struct mesa_rng *rng,
          struct mesa_error *err)
{
    double *before = mesa_alloc_array(c->n_classes, sizeof *before);
    mesa_status st = before ? fit_all(c, train, valid, rng, c->ratio, err)
                            : mesa_nomem(err, c->n_classes, "classes");

    if (st == MESA_OK)
        inner_shares(train, before);
    for (size_t k = 0; k < c->n_classes && st == MESA_OK; k++)
        c->ratio[k] = c->ratio[k] > 0.0 ? before[k] / c->ratio[k] : 0.0;
    mesa_free(before);
    return st;
}

static mesa_status
calibrated_fit(void *self, const struct mesa_dataset *train,
               const struct mesa_dataset *valid, struct mesa_rng *rng,
               struct mesa_error *err)
{
    struct calibrated *c = self;
    bool folds = c->method != METHOD_PRIOR && c->on == ON_FOLDS;
    mesa_status st;

    if (c->method == METHOD_PRIOR && !c->inner.sampler)
        return mesa_fail(err, MESA_EINVAL,
                         "method = prior undoes what a sampler does, but no "
                         "sampler is given");
    st = resize(c, folds && c->average ? (size_t)c->cv : 1,
                train->n_classes, err);
    if (st != MESA_OK)
        return st;
    if (c->method == METHOD_PRIOR)
        return fit_prior(c, train, valid, rng, err);
    return folds ? fit_on_folds(c, train, valid, rng, err)
                 : fit_on_valid(c, train, valid, rng, err);
}

/* Scale p[0 ... n-1] to sum to 1; all alike if they are all 0. */
static void
normalise(double *p, size_t n)
{
    double sum = 0.0;

    for (size_t k = 0; k < n; k++)
        sum += p[k];
    for (size_t k = 0; k < n; k++)
        p[k] = sum > 0.0 ? p[k] / sum : 1.0 / (double)n;
}

/* One row of a member's probabilities, in place. */
static void
correct(const struct calibrated *c, size_t member, double *p)
{
    const size_t at = member * c->n_curves;

    if (c->n_classes == 2 && !c->ratio) {
        p[1] = calibrated_curve_at(&c->curve[at], p[1]);
        p[0] = 1.0 - p[1];
        return;
    }
    for (size_t k = 0; k < c->n_classes; k++)
        p[k] = c->ratio ? p[k] * c->ratio[k]
                        : calibrated_curve_at(&c->curve[at + k], p[k]);
    normalise(p, c->n_classes);
}

static mesa_status
calibrated_predict_proba(const void *self, const struct mesa_cmatrix *x,
                         double *proba, struct mesa_error *err)
{
    const struct calibrated *c = self;
    const size_t n = x->rows * c->n_classes;
    double *one = mesa_alloc_raw(n, sizeof *one);
    mesa_status st = one ? MESA_OK : mesa_nomem(err, n, "probabilities");

    memset(proba, 0, n * sizeof *proba);
    for (size_t i = 0; i < c->members.n && st == MESA_OK; i++) {
        st = mesa_estimator_predict_proba(c->members.member[i], x, one, err);
        for (size_t r = 0; r < x->rows && st == MESA_OK; r++)
            correct(c, i, one + r * c->n_classes);
        for (size_t k = 0; k < n && st == MESA_OK; k++)
            proba[k] += one[k] / (double)c->members.n;
    }
    mesa_free(one);
    return st;
}

static mesa_status
calibrated_importance(const void *self, double *importance,
                      struct mesa_error *err)
{
    const struct calibrated *c = self;

    return mesa_ensemble_importance(&c->members, importance, err);
}

static mesa_status
calibrated_save(const void *self, struct mesa_archive *to,
                struct mesa_error *err)
{
    const struct calibrated *c = self;
    mesa_status st = mesa_ensemble_save(&c->members, to, err);

    if (st == MESA_OK && c->ratio)
        st = mesa_archive_put_vector(to, "ratio", MESA_F64, c->n_classes,
                                     c->ratio, err);
    for (size_t i = 0; c->curve && i < c->members.n * c->n_curves; i++)
        if (st == MESA_OK)
            st = calibrated_curve_save(&c->curve[i], to, i, err);
    return st;
}

static mesa_status
load_ratio(struct calibrated *c, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const void *data;
    mesa_status st = mesa_archive_expect(from, "ratio", MESA_F64, 1,
                                         &c->n_classes, &data, err);

    if (st != MESA_OK)
        return st;
    memcpy(c->ratio, data, c->n_classes * sizeof *c->ratio);
    for (size_t k = 0; k < c->n_classes; k++)
        if (!(c->ratio[k] >= 0.0 && c->ratio[k] <= 1e300))
            return mesa_fail(err, MESA_EPARSE,
                             "the ratio of class %zu is %g", k, c->ratio[k]);
    return MESA_OK;
}

static mesa_status
calibrated_load(void *self, const struct mesa_archive *from,
                struct mesa_error *err)
{
    struct calibrated *c = self;
    struct mesa_ensemble members = { 0, NULL };
    size_t n_classes;
    mesa_status st = mesa_ensemble_load(&members, c->inner.estimator, from,
                                        err);

    if (st != MESA_OK)
        return st;
    n_classes = mesa_estimator_n_classes(members.member[0]);
    st = resize(c, members.n, n_classes, err);
    if (st != MESA_OK) {
        mesa_ensemble_free(&members);
        return st;
    }
    mesa_free(c->members.member);
    c->members = members;
    if (c->ratio)
        return load_ratio(c, from, err);
    for (size_t i = 0; i < members.n * c->n_curves && st == MESA_OK; i++)
        st = calibrated_curve_load(&c->curve[i], from, i, err);
    return st;
}

static mesa_status
calibrated_counts(const void *self, struct mesa_counts *out,
                  struct mesa_error *err)
{
    const struct calibrated *c = self;
    mesa_status st = MESA_OK;

    mesa_count(out, "curves", c->members.n * c->n_curves);
    for (size_t i = 0; i < c->members.n && st == MESA_OK; i++)
        st = mesa_estimator_counts(c->members.member[i], out, err);
    return st;
}

static const struct mesa_estimator_class calibrated = {
    MESA_ESTIMATOR(struct calibrated),
    .head.name     = "calibrated",
    .head.title    = "A learner whose probabilities are calibrated",
    .head.cite     = "Lin, Lin and Weng 2007, Machine Learning 68; Saerens, "
                     "Latinne and Decaestecker 2002, Neural Computation 14; "
                     "Dal Pozzolo et al. 2015, IEEE SSCI",
    .head.params   = calibrated_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                     MESA_CLASS_WEIGHTS,
    .head.fini     = calibrated_fini,
    .head.save     = calibrated_save,
    .head.load     = calibrated_load,
    .fit           = calibrated_fit,
    .predict_proba = calibrated_predict_proba,
    .importance    = calibrated_importance,
    .to_onnx       = calibrated_to_onnx,
    .counts        = calibrated_counts,
};

MESA_PLUGIN(.name = "calibrated", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&calibrated.head));
