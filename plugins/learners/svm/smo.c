/* SPDX-License-Identifier: MIT */
/*
 * smo.c - sequential minimal optimisation of a C-SVM.
 *
 * Two rows at a time: the one that violates optimality most, and the one that
 * with it lowers the objective most to second order (Fan, Chen and Lin 2005,
 * algorithm WSS 2), until no pair violates it by more than tol.  Rows of the
 * kernel matrix are kept as memory allows, those used last the longest.
 * There is no shrinking: an iteration costs O(rows), and O(rows x columns)
 * for a kernel row that is not kept.
 */
#include "svm.h"


/* In place of a curvature that is not positive. */
#define TINY 1e-12

struct solver {
    const struct svm_problem *p;
    double                   *alpha, *g, *diagonal;
    double                  **kept; /* kernel row of each row, or NULL     */
    size_t                   *used; /* when it was used last               */
    size_t                    n_kept, room, clock;
};

double
svm_kernel_value(const struct svm_kernel *k, const double *a, const double *b)
{
    double s[8] = { 0 }, v, power = 1.0;
    size_t j = 0;

    if (k->kind == KERNEL_RBF) {
        for (; j + 8 <= k->cols; j += 8)
            for (size_t i = 0; i < 8; i++)
                s[i] += (a[j + i] - b[j + i]) * (a[j + i] - b[j + i]);
        for (size_t i = 0; j < k->cols; j++, i++)
            s[i] += (a[j] - b[j]) * (a[j] - b[j]);
        return mesa_math_exp(-k->gamma * dense_add_lanes(s));
    }
    v = dense_dot(a, b, k->cols);
    if (k->kind == KERNEL_LINEAR)
        return v;
    v = k->gamma * v + k->coef0;
    if (k->kind == KERNEL_SIGMOID)
        return mesa_math_tanh(v);
    for (int64_t d = 0; d < k->degree; d++)
        power *= v;
    return power;
}

struct fill {
    const struct svm_problem *p;
    size_t                    i;
    double                   *out;
};

/* Where differences overflow the kernel of a row with itself need not. */
static mesa_status
fill_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct fill *f = context;
    const size_t end = (chunk + 1) * MESA_CHUNK;

    for (size_t r = chunk * MESA_CHUNK; r < end && r < f->p->n; r++) {
        f->out[r] = svm_kernel_value(f->p->kernel, f->p->row[f->i],
                                     f->p->row[r]);
        if (!isfinite(f->out[r]))
            return mesa_fail(err, MESA_ENUMERIC,
                             "the values of two rows are too large for the "
                             "kernel, which is %g", f->out[r]);
    }
    return MESA_OK;
}

/* Memory for one more kernel row: new, or that of the row not used for the
 * longest time. */
static double *
find_room(struct solver *s)
{
    size_t oldest = SIZE_MAX;
    double *block;

    if (s->n_kept < s->room) {
        block = mesa_alloc_raw(s->p->n, sizeof *block);
        s->n_kept += block != NULL;
        return block;
    }
    for (size_t r = 0; r < s->p->n; r++)
        if (s->kept[r] && (oldest == SIZE_MAX ||
                           s->used[r] < s->used[oldest]))
            oldest = r;
    block = s->kept[oldest];
    s->kept[oldest] = NULL;
    return block;
}

/* Row i of the kernel matrix, good until the next call but one. */
static mesa_status
kernel_row(struct solver *s, size_t i, const double **out,
           struct mesa_error *err)
{
    struct fill f = { s->p, i, s->kept[i] };
    mesa_status st = MESA_OK;

    if (!f.out) {
        f.out = find_room(s);
        if (!f.out)
            return mesa_nomem(err, s->p->n, "kernel values");
        s->kept[i] = f.out;
        st = mesa_parallel_for(MESA_CHUNKS(s->p->n), fill_chunk, &f, err);
    }
    s->used[i] = ++s->clock;
    *out = f.out;
    return st;
}

/* Whether side * alpha may still grow (up) or shrink. */
static bool
may_move(const struct solver *s, size_t r, bool up)
{
    return (s->p->side[r] > 0.0) == up ? s->alpha[r] < s->p->bound[r]
                                       : s->alpha[r] > 0.0;
}

/* The row that violates optimality most; by how much in *most. */
static size_t
first_row(const struct solver *s, double *most)
{
    size_t best = SIZE_MAX;

    *most = -INFINITY;
    for (size_t r = 0; r < s->p->n; r++) {
        double v = -s->p->side[r] * s->g[r];

        if (may_move(s, r, true) && v > *most) {
            *most = v;
            best = r;
        }
    }
    return best;
}

/* The row that goes with row i, whose kernel row is k; SIZE_MAX if no pair
 * violates optimality by more than tol. */
static size_t
second_row(const struct solver *s, size_t i, const double *k, double most)
{
    size_t best = SIZE_MAX;
    double gain = 0.0, least = INFINITY;

    for (size_t r = 0; r < s->p->n; r++) {
        double v = -s->p->side[r] * s->g[r], b = most - v, a;

        if (!may_move(s, r, false))
            continue;
        least = v < least ? v : least;
        if (!(b > 0.0))
            continue;
        a = s->diagonal[i] + s->diagonal[r] - 2.0 * k[r];
        a = a > 0.0 ? a : TINY;
        if (b * b / a > gain) {
            gain = b * b / a;
            best = r;
        }
    }
    return most - least < s->p->tol ? SIZE_MAX : best;
}

static double
within(double v, double low, double high)
{
    v = v < low ? low : v;
    return v > high ? high : v;
}

/* Move side * alpha of row i up and of row j down by the same amount. */
static void
move_pair(struct solver *s, size_t i, size_t j, const double *ki,
          const double *kj)
{
    const double *side = s->p->side, *bound = s->p->bound;
    double a = s->diagonal[i] + s->diagonal[j] - 2.0 * ki[j];
    double t = (-side[i] * s->g[i] + side[j] * s->g[j]) /
               (a > 0.0 ? a : TINY);
    double room_i = side[i] > 0.0 ? bound[i] - s->alpha[i] : s->alpha[i];
    double room_j = side[j] > 0.0 ? s->alpha[j] : bound[j] - s->alpha[j];

    t = t < room_i ? t : room_i;
    t = t < room_j ? t : room_j;
    /* To the bound exactly, where it is the bound that stops the move. */
    s->alpha[i] = t < room_i ? within(s->alpha[i] + side[i] * t, 0, bound[i])
                             : (side[i] > 0.0 ? bound[i] : 0.0);
    s->alpha[j] = t < room_j ? within(s->alpha[j] - side[j] * t, 0, bound[j])
                             : (side[j] > 0.0 ? 0.0 : bound[j]);
    for (size_t r = 0; r < s->p->n; r++)
        s->g[r] += side[r] * t * (ki[r] - kj[r]);
}

/* The mean over rows between their bounds, where there are some. */
static double
find_rho(const struct solver *s)
{
    double sum = 0.0, low = -INFINITY, high = INFINITY;
    size_t n = 0;

    for (size_t r = 0; r < s->p->n; r++) {
        double v = s->p->side[r] * s->g[r];
        bool up = may_move(s, r, true), down = may_move(s, r, false);

        if (up && down) {
            sum += v;
            n++;
        } else if (up) {
            high = v < high ? v : high;
        } else if (down) {
            low = v > low ? v : low;
        }
    }
    if (n > 0)
        return sum / (double)n;
    if (!isfinite(low) || !isfinite(high))
        return isfinite(low) ? low : isfinite(high) ? high : 0.0;
    return (low + high) / 2.0;
}

static mesa_status
iterate(struct solver *s, bool *done, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *done = false;
    for (size_t it = 0; it < s->p->max_iter && st == MESA_OK; it++) {
        const double *ki = NULL, *kj = NULL;
        double most;
        size_t i = first_row(s, &most), j;

        *done = i == SIZE_MAX;
        if (*done)
            break;
        st = kernel_row(s, i, &ki, err);
        if (st != MESA_OK)
            break;
        j = second_row(s, i, ki, most);
        *done = j == SIZE_MAX;
        if (*done)
            break;
        st = kernel_row(s, j, &kj, err);
        if (st == MESA_OK)
            move_pair(s, i, j, ki, kj);
    }
    return st;
}

mesa_status
svm_solve(const struct svm_problem *p, double *alpha, double *rho, bool *done,
          struct mesa_error *err)
{
    struct solver s = { .p = p, .alpha = alpha };
    mesa_status st;

    s.room = p->cache_bytes / (p->n * sizeof(double));
    s.room = s.room < 2 ? 2 : s.room;
    s.g = mesa_alloc_raw(p->n, 2 * sizeof *s.g);
    s.kept = mesa_alloc_array(p->n, sizeof *s.kept);
    s.used = mesa_alloc_array(p->n, sizeof *s.used);
    s.diagonal = s.g ? s.g + p->n : NULL;
    st = s.g && s.kept && s.used ? MESA_OK : mesa_nomem(err, p->n, "rows");
    for (size_t r = 0; r < p->n && st == MESA_OK; r++) {
        alpha[r] = 0.0;
        s.g[r] = -1.0;
        s.diagonal[r] = svm_kernel_value(p->kernel, p->row[r], p->row[r]);
        if (!isfinite(s.diagonal[r]))
            st = mesa_fail(err, MESA_ENUMERIC,
                           "the values of a row are too large for the "
                           "kernel, which is %g", s.diagonal[r]);
    }
    if (st == MESA_OK)
        st = iterate(&s, done, err);
    if (st == MESA_OK)
        *rho = find_rho(&s);
    for (size_t r = 0; s.kept && r < p->n; r++)
        mesa_free(s.kept[r]);
    mesa_free(s.kept);
    mesa_free(s.used);
    mesa_free(s.g);
    return st;
}
