/* SPDX-License-Identifier: MIT */
/*
 * mesa - an ensemble whose sampler has learnt which rows to show.
 *
 * The members' probabilities are averaged; each member is fitted on what the
 * sampler draws, which knows the errors of the members before it (Liu et al.
 * 2020, algorithm 2).  What trains the sampler is the metalearner mesa.
 *
 * With more than two classes there is one such ensemble for each class
 * against the rest, and their probabilities are scaled to sum to 1.  That is
 * an extension: the paper has two classes.
 */
#include <mesa/mesa.h>

#include <string.h>

/* One ensemble; of a class that no training row has: none. */
struct side {
    struct mesa_ensemble ensemble;
    bool                 absent;
};

struct mesa {
    int64_t                n_estimators;
    struct mesa_component *estimator, *sampler;
    size_t                 n_classes, n_columns;
    size_t                 n_sides; /* 1 if there are two classes */
    struct side           *side;
};

static const struct mesa_param mesa_params[] = {
    MESA_INT(struct mesa, n_estimators, "n_estimators", 10, 1, 1000000,
             "Learners in the ensemble, one for each class against the rest "
             "if there are more than two"),
    MESA_COMPONENT(struct mesa, estimator, "estimator", MESA_KIND_ESTIMATOR,
                   "tree", "The learner of the members",
                   .flags = MESA_PARAM_SECTION),
    MESA_COMPONENT(struct mesa, sampler, "sampler", MESA_KIND_SAMPLER,
                   "hardness", "What draws each member's rows",
                   .flags = MESA_PARAM_SECTION),
    MESA_PARAM_END
};

static void
forget(struct mesa *m)
{
    for (size_t i = 0; m->side && i < m->n_sides; i++)
        mesa_ensemble_free(&m->side[i].ensemble);
    mesa_free(m->side);
    m->side = NULL;
    m->n_sides = 0;
}

static mesa_status
alloc_sides(struct mesa *m, size_t n_columns, size_t n_classes,
            struct mesa_error *err)
{
    size_t n = n_classes > 2 ? n_classes : 1;

    forget(m);
    m->side = mesa_alloc_array(n, sizeof *m->side);
    if (!m->side)
        return mesa_nomem(err, n, "ensembles");
    m->n_sides = n;
    m->n_columns = n_columns;
    m->n_classes = n_classes;
    return MESA_OK;
}

/* Rows with a class in place of 1, and all others in place of 0. */
struct relabelled {
    struct mesa_dataset data;
    int32_t            *y;
    size_t              n; /* of the class */
};

static mesa_status
against_rest(const struct mesa_dataset *data, uint32_t class_,
             struct relabelled *out, struct mesa_error *err)
{
    int32_t *y = mesa_alloc_raw(data->x.rows, sizeof *y);

    if (!y)
        return mesa_nomem(err, data->x.rows, "labels");
    *out = (struct relabelled){ *data, y, 0 };
    out->data.y = y;
    out->data.n_classes = 2;
    out->data.schema = NULL;
    for (size_t r = 0; r < data->x.rows; r++) {
        y[r] = (uint32_t)data->y[r] == class_;
        out->n += y[r] == 1;
    }
    return MESA_OK;
}

static mesa_status
fit_side(struct mesa *m, uint32_t class_, const struct mesa_dataset *train,
         const struct mesa_dataset *valid, const struct mesa_rng *rng,
         struct mesa_error *err)
{
    struct mesa_rng own = mesa_rng_derive(rng, "class", class_);
    struct relabelled t = { .y = NULL }, v = { .y = NULL };
    mesa_status st = against_rest(train, class_, &t, err);

    if (st == MESA_OK && valid)
        st = against_rest(valid, class_, &v, err);
    if (st == MESA_OK && t.n == 0)
        m->side[class_].absent = true;
    else if (st == MESA_OK)
        st = mesa_ensemble_fit(&m->side[class_].ensemble,
                               (size_t)m->n_estimators, m->estimator,
                               m->sampler, &t.data, valid ? &v.data : NULL,
                               &own, err);
    mesa_free(t.y);
    mesa_free(v.y);
    return st;
}

static mesa_status
mesa_learner_fit(void *self, const struct mesa_dataset *train,
                 const struct mesa_dataset *valid, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    struct mesa *m = self;
    mesa_status st = alloc_sides(m, train->x.cols, train->n_classes, err);

    if (st == MESA_OK && m->n_sides == 1)
        return mesa_ensemble_fit(&m->side->ensemble, (size_t)m->n_estimators,
                                 m->estimator, m->sampler, train, valid, rng,
                                 err);
    for (uint32_t c = 0; c < m->n_sides && st == MESA_OK; c++)
        st = fit_side(m, c, train, valid, rng, err);
    return st;
}

/* Rows of n scores to rows that sum to 1; all alike where all are 0. */
static void
normalise(double *proba, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++) {
        double *p = proba + r * n, sum = 0;

        for (size_t c = 0; c < n; c++)
            sum += p[c];
        for (size_t c = 0; c < n; c++)
            p[c] = sum > 0 ? p[c] / sum : 1.0 / (double)n;
    }
}

static mesa_status
mesa_learner_predict_proba(const void *self, const struct mesa_cmatrix *x,
                           double *proba, struct mesa_error *err)
{
    const struct mesa *m = self;
    size_t n = m->n_classes;
    double *one;
    mesa_status st = MESA_OK;

    if (m->n_sides == 1)
        return mesa_ensemble_predict_proba(&m->side->ensemble, x, proba, err);
    one = mesa_alloc_raw(x->rows, 2 * sizeof *one);
    if (!one)
        return mesa_nomem(err, x->rows, "predictions");
    for (size_t c = 0; c < m->n_sides && st == MESA_OK; c++) {
        const struct side *s = &m->side[c];

        if (!s->absent)
            st = mesa_ensemble_predict_proba(&s->ensemble, x, one, err);
        for (size_t r = 0; r < x->rows && st == MESA_OK; r++)
            proba[r * n + c] = s->absent ? 0 : one[2 * r + 1];
    }
    if (st == MESA_OK)
        normalise(proba, x->rows, n);
    mesa_free(one);
    return st;
}

/* The mean over the ensembles there are. */
static mesa_status
mesa_learner_importance(const void *self, double *importance,
                        struct mesa_error *err)
{
    const struct mesa *m = self;
    double *one = mesa_alloc_raw(m->n_columns, sizeof *one);
    size_t n = 0;
    mesa_status st = MESA_OK;

    if (!one)
        return mesa_nomem(err, m->n_columns, "columns");
    memset(importance, 0, m->n_columns * sizeof *importance);
    for (size_t c = 0; c < m->n_sides && st == MESA_OK; c++) {
        if (m->side[c].absent)
            continue;
        st = mesa_ensemble_importance(&m->side[c].ensemble, one, err);
        n++;
        for (size_t j = 0; j < m->n_columns && st == MESA_OK; j++)
            importance[j] += one[j];
    }
    for (size_t j = 0; j < m->n_columns; j++)
        importance[j] /= (double)n;
    mesa_free(one);
    return st;
}

static uint64_t
mesa_learner_rows(const void *self)
{
    const struct mesa *m = self;
    uint64_t rows = 0;

    for (size_t c = 0; c < m->n_sides; c++)
        rows += mesa_ensemble_rows(&m->side[c].ensemble);
    return rows;
}

/* Members of all ensembles, one after the other, and how many each has. */
static mesa_status
mesa_learner_save(const void *self, struct mesa_archive *to,
                  struct mesa_error *err)
{
    const struct mesa *m = self;
    uint64_t *n = mesa_alloc_array(m->n_sides, sizeof *n);
    size_t at = 0;
    mesa_status st;

    if (!n)
        return mesa_nomem(err, m->n_sides, "ensembles");
    for (size_t c = 0; c < m->n_sides; c++)
        n[c] = m->side[c].ensemble.n;
    st = mesa_archive_put_vector(to, "n_members", MESA_U64, m->n_sides, n,
                                 err);
    for (size_t c = 0; c < m->n_sides; c++)
        for (size_t i = 0; i < n[c] && st == MESA_OK; i++)
            st = mesa_instance_save(m->side[c].ensemble.member[i], to,
                                    "member", at++, err);
    mesa_free(n);
    return st;
}

/* One member of a file that may say anything. */
static mesa_status
load_member(const struct mesa *m, const struct mesa_archive *from, size_t at,
            struct mesa_instance **out, struct mesa_error *err)
{
    size_t columns, classes;
    mesa_status st = mesa_instance_new(m->estimator, out, err);

    if (st == MESA_OK)
        st = mesa_instance_load(*out, from, "member", at, err);
    if (st != MESA_OK)
        return st;
    columns = mesa_estimator_n_columns(*out);
    classes = mesa_estimator_n_classes(*out);
    if (columns == m->n_columns &&
        classes == (m->n_sides > 1 ? 2 : m->n_classes))
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "member %zu has %zu columns and %zu classes in an "
                     "ensemble of %zu and %zu",
                     at, columns, classes, m->n_columns, m->n_classes);
}

static mesa_status
load_side(const struct mesa *m, struct side *s, uint64_t n, size_t *at,
          const struct mesa_archive *from, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    s->absent = n == 0;
    if (n > 1000000 || (n == 0 && m->n_sides == 1))
        return mesa_fail(err, MESA_EPARSE, "n_members is %llu",
                         (unsigned long long)n);
    s->ensemble.member = mesa_alloc_array((size_t)n,
                                          sizeof *s->ensemble.member);
    if (!s->ensemble.member)
        return mesa_nomem(err, (size_t)n, "members");
    s->ensemble.n = (size_t)n;
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = load_member(m, from, (*at)++, &s->ensemble.member[i], err);
    return st;
}

static mesa_status
mesa_learner_load(void *self, const struct mesa_archive *from,
                  struct mesa_error *err)
{
    struct mesa *m = self;
    size_t columns = 0, classes = 0, at = 0, sides, present = 0;
    const void *data = NULL;
    mesa_status st = mesa_archive_fitted_shape(from, &columns, &classes, err);

    sides = classes > 2 ? classes : 1;
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "n_members", MESA_U64, 1, &sides, &data,
                                 err);
    if (st == MESA_OK)
        st = alloc_sides(m, columns, classes, err);
    for (size_t c = 0; st == MESA_OK && c < sides; c++) {
        st = load_side(m, &m->side[c], ((const uint64_t *)data)[c], &at, from,
                       err);
        present += !m->side[c].absent;
    }
    if (st == MESA_OK && present == 0)
        st = mesa_fail(err, MESA_EPARSE, "no class has an ensemble");
    return st;
}

static mesa_status
mesa_learner_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                     uint32_t *proba, struct mesa_error *err)
{
    const struct mesa *m = self;

    if (m->n_sides == 1)
        return mesa_ensemble_to_onnx(&m->side->ensemble, g, x, proba, err);
    return mesa_fail(err, MESA_ENOTSUP,
                     "learner mesa of %zu classes, one against the rest, "
                     "cannot be exported",
                     m->n_classes);
}

/* Several ensembles are none: each knows another class and the rest. */
static const struct mesa_ensemble *
mesa_learner_members(const void *self)
{
    const struct mesa *m = self;

    return m->n_sides == 1 ? &m->side->ensemble : NULL;
}

static void
mesa_learner_fini(void *self)
{
    forget(self);
}

static const struct mesa_estimator_class mesa_learner = {
    MESA_ESTIMATOR(struct mesa),
    .head.name     = "mesa",
    .head.title    = "Ensemble whose sampler sees the errors so far",
    .head.cite     = "Liu et al. 2020, NeurIPS 33 (MESA); more than two "
                     "classes one against the rest are an extension",
    .head.params   = mesa_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                     MESA_CLASS_WEIGHTS,
    .head.fini     = mesa_learner_fini,
    .head.save     = mesa_learner_save,
    .head.load     = mesa_learner_load,
    .fit           = mesa_learner_fit,
    .predict_proba = mesa_learner_predict_proba,
    .importance    = mesa_learner_importance,
    .rows          = mesa_learner_rows,
    .to_onnx       = mesa_learner_to_onnx,
    .members       = mesa_learner_members,
};

MESA_PLUGIN(.name = "mesa", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mesa_learner.head));
