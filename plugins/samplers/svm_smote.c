/* SPDX-License-Identifier: MIT */
/*
 * svm_smote - SMOTE from the support vectors of an SVM.
 *
 * A C-SVM with the kernel exp(-gamma |a - b|^2) is trained on all rows with
 * libsvm.  Of the support vectors of the class, those whose m nearest rows
 * are all of other classes are left out as noise.  Around those in danger (at
 * least half of the m nearest of other classes) new rows are made towards one
 * of the k rows of the class nearest to them, with a step uniform in [0, 1);
 * around the others away from it, with a step uniform in (-out_step, 0].  How
 * many of either is drawn from a beta distribution, Beta(10, 10), unless one
 * group is empty: the other one then gets all (imbalanced-learn makes fewer).
 *
 * Rows tied for the last of the m places share them in proportion to their
 * classes, rounded to whole rows.  Which rows are support vectors is libsvm's
 * word: the same bits need the same version of it.  It keeps a copy of the
 * rows of 16 bytes a value, and its cache of kernel values takes 200 MB at
 * most.  Training takes time between the square and the cube of the rows, on
 * one thread.
 */
#include "over.h"

#include <math.h>

#if __has_include(<libsvm/svm.h>)
#include <libsvm/svm.h>
#else
#include <svm.h>
#endif

struct svm_smote {
    const char *sampling_strategy;
    int64_t     k_neighbors, m_neighbors;
    double      out_step, c, gamma;
};

static const struct mesa_choice svm_gammas[] = {
    { "scale", 0, "1 / (columns * variance of all values)" },
    { NULL, 0, NULL }
};

static const struct mesa_param svm_smote_params[] = {
    MESA_STRING(struct svm_smote, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct svm_smote, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_INT(struct svm_smote, m_neighbors, "m_neighbors", 10, 1, INT32_MAX,
             OVER_M_HELP, .choices = over_auto),
    MESA_REAL(struct svm_smote, out_step, "out_step", 0.5, 0.0, 1.0,
              "How far rows may be made away from a neighbour, as a share of "
              "the distance"),
    MESA_REAL(struct svm_smote, c, "c", 1.0, 0.0, INFINITY,
              "What rows on the wrong side of the SVM's margin cost",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_OPEN_MAX |
                       MESA_PARAM_LOG),
    MESA_REAL(struct svm_smote, gamma, "gamma", 0.0, 0.0, INFINITY,
              "Of the SVM's kernel exp(-gamma |a - b|^2)",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_OPEN_MAX |
                       MESA_PARAM_LOG,
              .choices = svm_gammas),
    MESA_PARAM_END
};

/* What libsvm is given, and what it found. */
struct machine {
    struct svm_problem problem;
    struct svm_node   *node;
    bool              *support; /* by row */
    bool               trained;
};

static void
be_quiet(const char *text)
{
    (void)text;
}

/* 1 / (columns * variance of all values); 1 if they are all the same. */
static double
scale_gamma(const struct mesa_cmatrix *x)
{
    double n = (double)x->rows * (double)x->cols, mean = 0, square = 0;

    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            mean += mesa_row(x, r)[j];
    mean /= n;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++) {
            double d = mesa_row(x, r)[j] - mean;

            square += d * d;
        }
    return square > 0 ? n / ((double)x->cols * square) : 1.0;
}

/* Rows as libsvm wants them: values that are not 0, numbered from 1. */
static void
fill_problem(struct machine *m, const struct mesa_dataset *data)
{
    struct svm_node *at = m->node;

    m->problem.l = (int)data->x.rows;
    for (size_t r = 0; r < data->x.rows; r++) {
        const double *x = mesa_row(&data->x, r);

        m->problem.x[r] = at;
        m->problem.y[r] = data->y[r];
        for (size_t j = 0; j < data->x.cols; j++)
            if (x[j] != 0)
                *at++ = (struct svm_node){ (int)j + 1, x[j] };
        *at++ = (struct svm_node){ -1, 0 };
    }
}

static mesa_status
machine_init(struct machine *m, const struct mesa_dataset *data,
             struct mesa_error *err)
{
    const size_t rows = data->x.rows, cols = data->x.cols;

    if (rows > INT32_MAX || cols >= INT32_MAX)
        return mesa_fail(err, MESA_EDATA,
                         "%zu rows of %zu columns are more than libsvm takes",
                         rows, cols);
    m->node = mesa_alloc_raw(rows, (cols + 1) * sizeof *m->node);
    m->problem.x = mesa_alloc_raw(rows, sizeof *m->problem.x);
    m->problem.y = mesa_alloc_raw(rows, sizeof *m->problem.y);
    m->support = mesa_alloc_array(rows, sizeof *m->support);
    if (!m->node || !m->problem.x || !m->problem.y || !m->support)
        return mesa_nomem(err, rows, "rows for libsvm");
    fill_problem(m, data);
    return MESA_OK;
}

static void
machine_fini(struct machine *m)
{
    mesa_free(m->node);
    mesa_free(m->problem.x);
    mesa_free(m->problem.y);
    mesa_free(m->support);
}

/* Which rows support the SVM.  The parameters have been checked by the core,
 * so that svm_check_parameter has nothing to say. */
static void
find_support(struct machine *m, const struct svm_smote *s,
             const struct mesa_dataset *data)
{
    struct svm_parameter p = {
        .svm_type = C_SVC, .kernel_type = RBF, .C = s->c, .cache_size = 200,
        .gamma = s->gamma > 0 ? s->gamma : scale_gamma(&data->x),
        .eps = 1e-3, .shrinking = 1
    };
    struct svm_model *model;

    svm_set_print_string_function(be_quiet);
    model = svm_train(&m->problem, &p);
    for (int i = 0; i < model->l; i++)
        m->support[model->sv_indices[i] - 1] = true;
    svm_free_and_destroy_model(&model);
}

/* The tenth of 19 uniform numbers in order of size, which is a draw from
 * Beta(10, 10). */
static double
draw_beta(struct mesa_rng *rng)
{
    double u[19] = { 0 };

    for (int i = 0; i < 19; i++) {
        double x = mesa_rng_uniform(rng);
        int at = i;

        for (; at > 0 && u[at - 1] > x; at--)
            u[at] = u[at - 1];
        u[at] = x;
    }
    return u[9];
}

/* The support vectors of the class: in danger, and safe; none that is
 * noise.  Both have room for the whole class. */
static mesa_status
sort_support(struct over *o, const struct machine *machine, size_t m,
             struct over_rows *danger, struct over_rows *safe)
{
    struct over_rows support = { 0, danger->row };
    double *others;
    mesa_status st;

    for (size_t i = 0; i < o->own.n; i++)
        if (machine->support[o->own.row[i]])
            support.row[support.n++] = o->own.row[i];
    st = over_others(o, &support, m, &others);
    for (size_t i = 0; i < support.n && st == MESA_OK; i++) {
        enum over_place place = over_place(others[i], m);

        if (place == OVER_DANGER)
            danger->row[danger->n++] = support.row[i];
        else if (place == OVER_SAFE)
            safe->row[safe->n++] = support.row[i];
    }
    mesa_free(others);
    return st;
}

static mesa_status
make_group(struct over *o, const struct over_rows *group, size_t k, size_t n,
           double scale)
{
    struct over_ends ends = { NULL, 0, NULL };
    mesa_status st = MESA_OK;

    if (group->n == 0)
        return st;
    st = over_find(o, group, &o->own, k, &ends);
    if (st == MESA_OK)
        st = over_between(o, &ends, n, scale);
    mesa_free(ends.toward);
    return st;
}

static mesa_status
make_rows(struct over *o, const struct svm_smote *s, size_t k,
          const struct over_rows *danger, const struct over_rows *safe)
{
    size_t inside = (size_t)(draw_beta(&o->rng) * (double)(o->wanted + 1));
    char number[16];
    mesa_status st;

    if (danger->n == 0 || safe->n == 0)
        inside = danger->n > 0 ? o->wanted : 0;
    if (danger->n + safe->n == 0)
        mesa_warn("svm_smote: class %s has no support vector that is not "
                  "noise, so no row is made of it",
                  over_class(o, number));
    st = make_group(o, danger, k, inside, 1.0);
    return st == MESA_OK ? make_group(o, safe, k, o->wanted - inside,
                                      -s->out_step)
                         : st;
}

/* One call of resample: the machine serves all classes. */
struct job {
    const struct svm_smote *settings;
    struct machine         *machine;
};

static mesa_status
train_once(const struct job *job, const struct over *o)
{
    struct machine *m = job->machine;
    mesa_status st;

    if (m->trained)
        return MESA_OK;
    st = machine_init(m, o->data, o->err);
    if (st == MESA_OK)
        find_support(m, job->settings, o->data);
    m->trained = st == MESA_OK;
    return st;
}

static mesa_status
svm_smote_class(struct over *o)
{
    const struct job *job = o->self;
    const struct svm_smote *s = job->settings;
    struct over_rows danger = { 0, NULL }, safe = { 0, NULL };
    size_t k, m = 0;
    mesa_status st = over_k(o, "k_neighbors", s->k_neighbors, &k);

    if (st == MESA_OK)
        st = over_m(o, "m_neighbors", s->m_neighbors, 10, &m);
    if (st == MESA_OK)
        st = train_once(job, o);
    if (st != MESA_OK)
        return st;
    danger.row = mesa_alloc_raw(o->own.n, sizeof *danger.row);
    safe.row = mesa_alloc_raw(o->own.n, sizeof *safe.row);
    if (!danger.row || !safe.row)
        st = MESA_ENOMEM;
    if (st == MESA_OK)
        st = sort_support(o, job->machine, m, &danger, &safe);
    if (st == MESA_OK)
        st = make_rows(o, s, k, &danger, &safe);
    mesa_free(danger.row);
    mesa_free(safe.row);
    return st;
}

static mesa_status
svm_smote_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    const struct svm_smote *s = self;
    struct machine machine = { .node = NULL };
    const struct job job = { s, &machine };
    struct over o = { .name = "svm_smote", .self = &job, .data = data,
                      .out = out, .err = err };
    mesa_status st;

    (void)feedback;
    st = over_sample(&o, s->sampling_strategy, rng, svm_smote_class);
    machine_fini(&machine);
    return st;
}

static const struct mesa_sampler_class svm_smote = {
    MESA_SAMPLER(struct svm_smote),
    .head.name   = "svm_smote",
    .head.title  = "SMOTE from the support vectors of an SVM",
    .head.cite   = "Nguyen, Cooper and Kamei 2011, International Journal of "
                   "Knowledge Engineering and Soft Data Paradigms 3",
    .head.params = svm_smote_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = svm_smote_resample,
};

MESA_PLUGIN(.name = "svm_smote", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&svm_smote.head));
