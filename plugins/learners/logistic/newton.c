/* SPDX-License-Identifier: MIT */
/*
 * newton.c - Newton's method with conjugate gradients, and with an L1 penalty.
 *
 * The direction solves Hessian times d = -gradient by conjugate gradients,
 * preconditioned by the diagonal, more exactly as the optimum comes near
 * (Dembo and Steihaug 1983).  With an L1 penalty the gradient is the
 * subgradient of least size, each coefficient keeps within a step the sign it
 * has (or is about to take), and one that is 0 and should stay is left out
 * (Andrew and Gao 2007); those that a step might send to 0 move by the
 * diagonal alone, without which descent is not certain (Bertsekas 1982).
 */
#include "logistic.h"

#include <string.h>

enum move { MOVE_NOT, MOVE_ALONE, MOVE_TOGETHER };

/* n doubles each. */
struct work {
    double *block;
    double *g;    /* gradient of the smooth part, then the subgradient */
    double *h;    /* diagonal of the Hessian                           */
    double *d;    /* the direction                                     */
    double *r, *z, *q, *s; /* conjugate gradients: residual, the same
                              preconditioned, direction, image         */
    double *trial, *move;  /* move: enum move                          */
};

static mesa_status
work_init(struct work *k, size_t n, struct mesa_error *err)
{
    double **part[] = { &k->g, &k->h, &k->d, &k->r, &k->z,
                        &k->q, &k->s, &k->trial, &k->move };
    const size_t parts = sizeof part / sizeof *part;

    k->block = mesa_alloc_array(n, parts * sizeof *k->block);
    if (!k->block)
        return mesa_nomem(err, n, "coefficients");
    for (size_t i = 0; i < parts; i++)
        *part[i] = k->block + i * n;
    return MESA_OK;
}

/* The L1 penalty's factor of coefficient i. */
static double
cost_of(const struct problem *f, size_t i)
{
    size_t j = i % f->width;

    return f->penalty == PENALTY_L1 && j < f->cols ? f->cost[j] : 0.0;
}

static double
lasso(const struct problem *f, const double *w)
{
    double sum = 0.0;

    for (size_t i = 0; i < f->n && f->penalty == PENALTY_L1; i++)
        sum += cost_of(f, i) * fabs(w[i]);
    return sum;
}

/* The subgradient of least size, in place of the gradient; its largest
 * component. */
static double
subgradient(const struct problem *f, const double *w, double *g)
{
    double largest = 0.0;

    for (size_t i = 0; i < f->n; i++) {
        double c = cost_of(f, i);

        if (w[i] != 0.0)
            g[i] += w[i] > 0.0 ? c : -c;
        else
            g[i] = fabs(g[i]) <= c ? 0.0 : g[i] - (g[i] > 0.0 ? c : -c);
        largest = fabs(g[i]) > largest ? fabs(g[i]) : largest;
    }
    return largest;
}

static void
choose_moves(const struct problem *f, struct work *k, const double *w,
             double left)
{
    const double near = left < 1e-3 ? left : 1e-3;

    for (size_t i = 0; i < f->n; i++) {
        bool l1 = cost_of(f, i) > 0.0;

        k->move[i] = MOVE_TOGETHER;
        if (k->h[i] <= 0.0 || (l1 && w[i] == 0.0 && k->g[i] == 0.0))
            k->move[i] = MOVE_NOT;
        else if (l1 && fabs(w[i]) <= near && w[i] * k->g[i] > 0.0)
            k->move[i] = MOVE_ALONE;
    }
}

static void
precondition(const struct problem *f, struct work *k)
{
    for (size_t i = 0; i < f->n; i++)
        k->z[i] = k->move[i] == MOVE_TOGETHER ? k->r[i] / k->h[i] : 0.0;
}

/*
 * Of more than two classes, the same added to all coefficients of a column
 * changes no probability, but the L1 penalty: there the Hessian is flat and
 * the gradient is not.  Without a little curvature, less and less of it as
 * the optimum comes near, the direction would have no end.
 */
static double
damping(const struct problem *f, double left)
{
    if (f->penalty != PENALTY_L1 || f->n_scores == 1)
        return 0.0;
    return left < 0.01 ? left : 0.01;
}

/* d for those that move together, until the residual is `share` of the
 * gradient. */
static mesa_status
conjugate_gradients(struct problem *f, struct work *k, double share,
                    double damp, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    double rz, enough;

    for (size_t i = 0; i < f->n; i++)
        k->r[i] = k->move[i] == MOVE_TOGETHER ? -k->g[i] : 0.0;
    precondition(f, k);
    memcpy(k->q, k->z, f->n * sizeof *k->q);
    rz = dense_dot(k->r, k->z, f->n);
    enough = share * share * rz;
    for (size_t it = 0; it < 2 * f->n + 20 && rz > enough; it++) {
        double curvature, step, old = rz;

        st = logistic_hessian(f, k->q, k->s, err);
        for (size_t i = 0; i < f->n && damp > 0.0; i++)
            k->s[i] += damp * k->h[i] * k->q[i];
        curvature = dense_dot(k->q, k->s, f->n);
        if (st != MESA_OK || !(curvature > 0.0))
            break;
        step = rz / curvature;
        dense_axpy(step, k->q, k->d, f->n);
        for (size_t i = 0; i < f->n; i++)
            k->r[i] -= k->move[i] == MOVE_TOGETHER ? step * k->s[i] : 0.0;
        precondition(f, k);
        rz = dense_dot(k->r, k->z, f->n);
        for (size_t i = 0; i < f->n; i++)
            k->q[i] = k->z[i] + rz / old * k->q[i];
    }
    return st;
}

/* Coefficients that are 0, and that a step would move to the side where they
 * raise the objective, stay 0 however small it is; what the others do about
 * their moving need not be a descent then.  They are to move alone; whether
 * there were any. */
static bool
set_aside(const struct problem *f, struct work *k, const double *w)
{
    bool any = false;

    for (size_t i = 0; i < f->n; i++)
        if (k->move[i] == MOVE_TOGETHER && cost_of(f, i) > 0.0 &&
            w[i] == 0.0 && k->d[i] * k->g[i] > 0.0) {
            k->move[i] = MOVE_ALONE;
            any = true;
        }
    return any;
}

static mesa_status
direction(struct problem *f, struct work *k, const double *w, double left,
          struct mesa_error *err)
{
    mesa_status st = logistic_diagonal(f, k->h, err);

    if (st != MESA_OK)
        return st;
    choose_moves(f, k, w, left);
    do {
        for (size_t i = 0; i < f->n; i++)
            k->d[i] = k->move[i] == MOVE_ALONE ? -k->g[i] / k->h[i] : 0.0;
        st = conjugate_gradients(f, k, left < 0.01 ? sqrt(left) : 0.1,
                                 damping(f, left), err);
    } while (st == MESA_OK && set_aside(f, k, w));
    return st;
}

/* w + t d, but 0 in place of another sign. */
static void
step_to(const struct problem *f, const struct work *k, const double *w,
        double t)
{
    for (size_t i = 0; i < f->n; i++) {
        double sign = w[i] != 0.0 ? w[i] : -k->g[i];

        k->trial[i] = w[i] + t * k->d[i];
        if (cost_of(f, i) > 0.0 && k->trial[i] * sign <= 0.0)
            k->trial[i] = 0.0;
    }
}

/* Halve the step until f becomes smaller; near the optimum, until it becomes
 * no larger than rounding explains.  *moved: false if it never does. */
static mesa_status
line_search(struct problem *f, struct work *k, double *w, double value,
            bool *moved, struct mesa_error *err)
{
    const double slack = 1e-14 * fabs(value);
    mesa_status st = MESA_OK;
    double t = 1.0;

    *moved = false;
    for (int halvings = 0; halvings < 50 && st == MESA_OK && !*moved;
         halvings++, t /= 2) {
        double found, slope = 0.0;

        step_to(f, k, w, t);
        for (size_t i = 0; i < f->n; i++)
            slope += k->g[i] * (k->trial[i] - w[i]);
        st = logistic_value(f, k->trial, &found, err);
        found += lasso(f, k->trial);
        *moved = found <= value + 1e-4 * slope + slack;
    }
    if (*moved)
        memcpy(w, k->trial, f->n * sizeof *w);
    return st;
}

static mesa_status
minimise(struct problem *f, struct work *k, double *w, size_t max_iter,
         double tol, double *left, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool moved = true;

    for (size_t it = 0; st == MESA_OK; it++) {
        double value;

        st = logistic_gradient(f, w, &value, k->g, err);
        *left = subgradient(f, w, k->g);
        if (st != MESA_OK || !(*left > tol) || it == max_iter || !moved)
            break;
        value += lasso(f, w);
        st = direction(f, k, w, *left, err);
        if (st == MESA_OK)
            st = line_search(f, k, w, value, &moved, err);
    }
    return st;
}

mesa_status
logistic_minimise(struct problem *f, double *w, size_t max_iter, double tol,
                  double *left, struct mesa_error *err)
{
    struct work k;
    mesa_status st = work_init(&k, f->n, err);

    if (st == MESA_OK)
        st = minimise(f, &k, w, max_iter, tol, left, err);
    mesa_free(k.block);
    return st;
}
