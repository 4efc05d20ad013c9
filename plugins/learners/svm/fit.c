/* SPDX-License-Identifier: MIT */
/* fit.c - a machine for each pair of classes, and its sigmoid. */
#include "fit.h"

#include <string.h>

#include "../calibrated/curve.h"

enum { FOLDS = 5 };

/* Two classes: their rows, the machine, and how it does on rows held out. */
struct pair {
    size_t         n, n_folds; /* n_folds 0: too few rows to hold any out */
    size_t        *at;         /* of the rows in the data                 */
    const double **row;
    double        *side, *bound, *weight;
    int32_t       *label;
    uint32_t      *fold;
    double        *alpha, *decision;
    double         rho, a, b;
    bool           done[FOLDS + 1];
};

struct job {
    struct svm                *s;
    const struct mesa_dataset *data;
    const struct mesa_rng     *rng;
    double                    *total; /* weight of each class          */
    double                     all;   /* and of all                    */
    size_t                     n_pairs;
    struct pair               *pair;
};

void
svm_forget(struct svm *s)
{
    mesa_free(s->present);
    mesa_free(s->sv);
    mesa_free(s->coef);
    mesa_free(s->rho);
    s->present = NULL;
    s->sv = s->coef = s->rho = NULL;
    s->n_sv = 0;
}

mesa_status
svm_resize(struct svm *s, size_t cols, size_t n_classes, size_t n_present,
           struct mesa_error *err)
{
    svm_forget(s);
    s->cols = cols;
    s->n_classes = n_classes;
    s->n_present = n_present;
    s->present = mesa_alloc_array(n_present, sizeof *s->present);
    return s->present ? MESA_OK : mesa_nomem(err, n_present, "classes");
}

mesa_status
svm_resize_vectors(struct svm *s, size_t n_sv, struct mesa_error *err)
{
    const size_t pairs = svm_pairs(s->n_present);

    s->n_sv = n_sv;
    s->sv = mesa_alloc_array(n_sv, s->cols * sizeof *s->sv);
    s->coef = mesa_alloc_array(n_sv, pairs * sizeof *s->coef);
    s->rho = mesa_alloc_array(pairs, 3 * sizeof *s->rho);
    if (!s->sv || !s->coef || !s->rho)
        return mesa_nomem(err, n_sv, "support vectors");
    s->a = s->rho + pairs;
    s->b = s->a + pairs;
    return MESA_OK;
}

void
svm_set_kernel(struct svm *s)
{
    s->kernel = (struct svm_kernel){ (enum kernel)s->kernel_kind, 0.0,
                                     s->coef0, s->degree, s->cols };
}

/* The parameter, or what its word stands for.  Values that are all the same
 * are taken to have the variance 1. */
static double
choose_gamma(const struct job *job)
{
    const struct mesa_dataset *d = job->data;
    const double n = job->all * (double)d->x.cols;
    double mean = 0.0, square = 0.0;

    if (job->s->gamma == SVM_AUTO)
        return 1.0 / (double)d->x.cols;
    if (job->s->gamma != SVM_SCALE)
        return job->s->gamma;
    for (size_t r = 0; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++)
            mean += dense_weight(d, r) * mesa_row(&d->x, r)[j] / n;
    for (size_t r = 0; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++) {
            double v = mesa_row(&d->x, r)[j] - mean;

            square += dense_weight(d, r) * v * v / n;
        }
    return 1.0 / ((double)d->x.cols * (square > 0.0 ? square : 1.0));
}

static mesa_status
alloc_pair(struct pair *p, size_t n, struct mesa_error *err)
{
    p->n = n;
    p->at = mesa_alloc_raw(n, sizeof *p->at);
    p->row = mesa_alloc_raw(n, sizeof *p->row);
    p->side = mesa_alloc_array(n, 5 * sizeof *p->side);
    p->label = mesa_alloc_raw(n, sizeof *p->label);
    p->fold = mesa_alloc_raw(n, sizeof *p->fold);
    if (!p->at || !p->row || !p->side || !p->label || !p->fold)
        return mesa_nomem(err, n, "rows");
    p->bound = p->side + n;
    p->weight = p->bound + n;
    p->alpha = p->weight + n;
    p->decision = p->alpha + n;
    return MESA_OK;
}

static void
free_pair(struct pair *p)
{
    mesa_free(p->at);
    mesa_free(p->row);
    mesa_free(p->side);
    mesa_free(p->label);
    mesa_free(p->fold);
}

/* Folds of alike shares of both sides, as many as the smaller one allows. */
static mesa_status
deal(struct pair *p, const size_t *count, struct mesa_rng *rng,
     struct mesa_error *err)
{
    size_t least = count[0] < count[1] ? count[0] : count[1], dealt = 0;
    size_t *order = mesa_alloc_raw(p->n, sizeof *order);

    if (!order)
        return mesa_nomem(err, p->n, "row numbers");
    p->n_folds = least < 2 ? 0 : least < FOLDS ? least : FOLDS;
    mesa_rng_permutation(rng, p->n, order);
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < p->n && p->n_folds; i++)
            if (p->label[order[i]] == side)
                p->fold[order[i]] = (uint32_t)(dealt++ % p->n_folds);
    mesa_free(order);
    return MESA_OK;
}

/* The rows with weight of the classes first (0) and second (1). */
static mesa_status
gather(const struct job *job, struct pair *p, int64_t first, int64_t second,
       struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_dataset *d = job->data;
    const struct svm *s = job->s;
    size_t count[2] = { 0, 0 }, n = 0;
    mesa_status st;

    for (size_t r = 0; r < d->x.rows; r++)
        if (dense_weight(d, r) > 0.0 &&
            (d->y[r] == first || d->y[r] == second))
            count[d->y[r] == second]++;
    st = alloc_pair(p, count[0] + count[1], err);
    for (size_t r = 0; r < d->x.rows && st == MESA_OK; r++) {
        double w = dense_weight(d, r), share;

        if (!(w > 0.0) || (d->y[r] != first && d->y[r] != second))
            continue;
        share = job->total[d->y[r]] * (double)s->n_present / job->all;
        p->at[n] = r;
        p->row[n] = mesa_row(&d->x, r);
        p->label[n] = d->y[r] == second;
        p->side[n] = p->label[n] ? 1.0 : -1.0;
        p->weight[n] = w;
        p->bound[n++] = s->c * (s->balanced ? w / share : w);
    }
    return st == MESA_OK ? deal(p, count, rng, err) : st;
}

static double
decide(const struct svm_problem *q, const double *alpha, double rho,
       const double *row)
{
    double sum = 0.0;

    for (size_t i = 0; i < q->n; i++)
        if (alpha[i] > 0.0)
            sum += q->side[i] * alpha[i] *
                   svm_kernel_value(q->kernel, q->row[i], row);
    return sum - rho;
}

static struct svm_problem
problem_of(const struct svm *s, const struct pair *p)
{
    size_t most = 100 * p->n < 10000000 ? 10000000 : 100 * p->n;

    return (struct svm_problem){
        .kernel = &s->kernel, .n = p->n, .row = p->row, .side = p->side,
        .bound = p->bound, .tol = s->tol,
        .max_iter = s->max_iter ? (size_t)s->max_iter : most,
        .cache_bytes = (size_t)(s->cache_size * 1048576.0)
    };
}

/* Solve without a fold, and decide on its rows. */
static mesa_status
hold_out(const struct svm *s, struct pair *p, size_t fold,
         struct mesa_error *err)
{
    struct svm_problem q = problem_of(s, p);
    const double **row = mesa_alloc_raw(p->n, sizeof *row);
    double *block = mesa_alloc_raw(p->n, 3 * sizeof *block), *alpha, rho = 0;
    mesa_status st = row && block ? MESA_OK : mesa_nomem(err, p->n, "rows");

    q.row = row;
    q.side = block;
    q.bound = block ? block + p->n : NULL;
    alpha = block ? q.bound + p->n : NULL;
    q.n = 0;
    for (size_t i = 0; i < p->n && st == MESA_OK; i++) {
        if (p->fold[i] == fold)
            continue;
        row[q.n] = p->row[i];
        q.side[q.n] = p->side[i];
        q.bound[q.n++] = p->bound[i];
    }
    if (st == MESA_OK)
        st = svm_solve(&q, alpha, &rho, &p->done[fold], err);
    for (size_t i = 0; i < p->n && st == MESA_OK; i++)
        if (p->fold[i] == fold)
            p->decision[i] = decide(&q, alpha, rho, p->row[i]);
    mesa_free(row);
    mesa_free(block);
    return st;
}

/* Task i: of pair i / 6 fold i % 6, or the machine of all rows after them. */
static mesa_status
run_task(void *context, size_t i, struct mesa_error *err)
{
    const struct job *job = context;
    struct pair *p = &job->pair[i / (FOLDS + 1)];
    const size_t fold = i % (FOLDS + 1);
    struct svm_problem q = problem_of(job->s, p);
    mesa_status st;

    p->done[fold] = true;
    if (fold < FOLDS)
        return fold < p->n_folds ? hold_out(job->s, p, fold, err) : MESA_OK;
    st = svm_solve(&q, p->alpha, &p->rho, &p->done[fold], err);
    for (size_t r = 0; r < p->n && p->n_folds == 0 && st == MESA_OK; r++)
        p->decision[r] = decide(&q, p->alpha, p->rho, p->row[r]);
    return st;
}

static mesa_status
fit_sigmoid(struct pair *p, struct mesa_error *err)
{
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x.rows = p->n,
                                    .y = p->label,
                                    .weight = p->weight,
                                    .n_classes = 2 };
    struct calibrated_curve curve = { .x = NULL };
    mesa_status st = calibrated_fit_sigmoid(
        &curve, &(struct calibrated_rows){ p->decision, 1, &d, 1 }, err);

    if (st == MESA_OK) {
        p->a = curve.x[0];
        p->b = curve.y[0];
    }
    calibrated_curve_free(&curve);
    return st;
}

/* The rows that support any machine, and their coefficients in each. */
static mesa_status
keep_vectors(struct job *job, struct mesa_error *err)
{
    struct svm *s = job->s;
    const struct mesa_cmatrix *x = &job->data->x;
    size_t *of = mesa_alloc_array(x->rows, sizeof *of), n = 0;
    mesa_status st = of ? MESA_OK : mesa_nomem(err, x->rows, "rows");

    for (size_t k = 0; k < job->n_pairs && of; k++)
        for (size_t i = 0; i < job->pair[k].n; i++)
            of[job->pair[k].at[i]] |= job->pair[k].alpha[i] > 0.0;
    for (size_t r = 0; r < x->rows && of; r++)
        n += of[r];
    if (st == MESA_OK)
        st = svm_resize_vectors(s, n, err);
    n = 0;
    for (size_t r = 0; r < x->rows && st == MESA_OK; r++) {
        if (!of[r])
            continue;
        memcpy(s->sv + n * s->cols, mesa_row(x, r), s->cols * sizeof *s->sv);
        of[r] = n++;
    }
    for (size_t k = 0; k < job->n_pairs && st == MESA_OK; k++) {
        const struct pair *p = &job->pair[k];

        s->rho[k] = p->rho;
        s->a[k] = p->a;
        s->b[k] = p->b;
        for (size_t i = 0; i < p->n; i++)
            if (p->alpha[i] > 0.0)
                s->coef[k * s->n_sv + of[p->at[i]]] = p->side[i] *
                                                      p->alpha[i];
    }
    mesa_free(of);
    return st;
}

static void
warn_unless_done(const struct job *job)
{
    for (size_t k = 0; k < job->n_pairs; k++)
        for (size_t f = 0; f <= FOLDS; f++)
            if (!job->pair[k].done[f])
                mesa_warn("svm has stopped after max_iter iterations, before "
                          "it was within tol = %g", job->s->tol);
}

static mesa_status
fit_pairs(struct job *job, struct mesa_error *err)
{
    const struct svm *s = job->s;
    mesa_status st = MESA_OK;
    size_t k = 0;

    for (size_t i = 0; i < s->n_present; i++) {
        for (size_t j = i + 1; j < s->n_present && st == MESA_OK; j++, k++) {
            struct mesa_rng rng = mesa_rng_derive(job->rng, "pair", k);

            st = gather(job, &job->pair[k], s->present[i], s->present[j],
                        &rng, err);
        }
    }
    if (st == MESA_OK)
        st = mesa_parallel_for(job->n_pairs * (FOLDS + 1), run_task, job,
                               err);
    for (k = 0; k < job->n_pairs && st == MESA_OK; k++)
        st = fit_sigmoid(&job->pair[k], err);
    if (st == MESA_OK)
        st = keep_vectors(job, err);
    if (st == MESA_OK)
        warn_unless_done(job);
    return st;
}

/* Weights of the classes, and which of them have any. */
static mesa_status
find_classes(struct job *job, struct mesa_error *err)
{
    const struct mesa_dataset *d = job->data;
    size_t n = 0, at = 0;
    mesa_status st;

    for (size_t r = 0; r < d->x.rows; r++)
        job->total[d->y[r]] += dense_weight(d, r);
    for (uint32_t c = 0; c < d->n_classes; c++) {
        job->all += job->total[c];
        n += job->total[c] > 0.0;
    }
    if (n == 0)
        return mesa_fail(err, MESA_EDATA, "all weights are 0");
    st = svm_resize(job->s, d->x.cols, d->n_classes, n, err);
    for (uint32_t c = 0; c < d->n_classes && st == MESA_OK; c++)
        if (job->total[c] > 0.0)
            job->s->present[at++] = (int64_t)c;
    return st;
}

mesa_status
svm_fit(void *self, const struct mesa_dataset *train,
        const struct mesa_dataset *valid, struct mesa_rng *rng,
        struct mesa_error *err)
{
    struct svm *s = self;
    struct job job = { .s = s, .data = train, .rng = rng };
    mesa_status st;

    (void)valid;
    job.total = mesa_alloc_array(train->n_classes, sizeof *job.total);
    st = job.total ? find_classes(&job, err)
                   : mesa_nomem(err, train->n_classes, "classes");
    if (st == MESA_OK) {
        svm_set_kernel(s);
        s->kernel.gamma = choose_gamma(&job);
        job.n_pairs = svm_pairs(s->n_present);
        job.pair = mesa_alloc_array(job.n_pairs, sizeof *job.pair);
        if (!job.pair)
            st = mesa_nomem(err, job.n_pairs, "pairs of classes");
    }
    if (st == MESA_OK && job.n_pairs)
        st = fit_pairs(&job, err);
    for (size_t k = 0; job.pair && k < job.n_pairs; k++)
        free_pair(&job.pair[k]);
    mesa_free(job.pair);
    mesa_free(job.total);
    return st;
}
