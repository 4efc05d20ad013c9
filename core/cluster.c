/* SPDX-License-Identifier: MIT */
/*
 * cluster.c - k-means by Lloyd's passes.
 *
 * What a pass gives is that of comparing every row with every centre; most
 * rows are spared that by a bound on how near any other centre may be
 * (Hamerly 2010, SIAM International Conference on Data Mining), which is
 * lowered by more than rounding can amount to.  Clusters that lose their rows
 * go to the rows farthest from their centres, as in scikit-learn.
 *
 * Sums are over rows in order, one column being one piece of work.
 */
#include "cluster.h"

#include <math.h>
#include <string.h>

#include <mesa/vmath.h>

#include "warn.h"

typedef double wide __attribute__((vector_size(64)));
typedef int64_t wide_int __attribute__((vector_size(64)));

_Static_assert(sizeof(wide) / sizeof(double) == KM_TILE, "a tile is a vector");

/* More than what rounding makes of a distance. */
#define SLACK 0x1p-40

struct nearest {
    double first[KM_TILE], second[KM_TILE]; /* squared distances */
    int64_t tile[KM_TILE];                  /* of the first      */
};

/* The nearest two centres of each place in the tiles. */
MESA_CLONES static void
look(const double *turned, size_t tiles, size_t cols, const double *row,
     struct nearest *out)
{
    wide first, second;
    wide_int where = { 0 };

    for (size_t l = 0; l < KM_TILE; l++)
        out->first[l] = __builtin_inf();
    memcpy(&first, out->first, sizeof first);
    second = first;
    for (size_t t = 0; t < tiles; t++) {
        wide sum = { 0 }, d;
        wide_int less, lesser;

        for (size_t j = 0; j < cols; j++, turned += KM_TILE) {
            memcpy(&d, turned, sizeof d);
            d -= row[j];
            sum += d * d;
        }
        less = sum < first;
        lesser = sum < second;
        second = (wide)((less & (wide_int)first) |
                        (~less & ((lesser & (wide_int)sum) |
                                  (~lesser & (wide_int)second))));
        first = (wide)((less & (wide_int)sum) | (~less & (wide_int)first));
        where = (less & (int64_t)t) | (~less & where);
    }
    memcpy(out->first, &first, sizeof first);
    memcpy(out->second, &second, sizeof second);
    memcpy(out->tile, &where, sizeof where);
}

/* Row i to the nearest centre. */
static void
compare_all(struct km *m, size_t i, const double *row)
{
    struct nearest n;
    double second = __builtin_inf();
    size_t best = 0;

    look(m->turned, m->tiles, m->cols, row, &n);
    for (size_t l = 1; l < KM_TILE; l++)
        if (n.first[l] < n.first[best] ||
            (n.first[l] <= n.first[best] && n.tile[l] < n.tile[best]))
            best = l;
    for (size_t l = 0; l < KM_TILE; l++) {
        second = MESA_MIN(second, n.second[l]);
        if (l != best)
            second = MESA_MIN(second, n.first[l]);
    }
    m->label[i] = (uint32_t)((size_t)n.tile[best] * KM_TILE + best);
    m->apart[i] = n.first[best];
    m->other[i] = sqrt(second);
}

/* The two centres that moved most. */
struct movers {
    size_t which;
    double most, next;
};

struct pass {
    struct km    *m;
    struct movers movers;
};

mesa_status
mesa_km_for(size_t n, size_t values,
            mesa_status (*body)(void *context, size_t i,
                                struct mesa_error *err),
            void *context, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (values > KM_LITTLE)
        return mesa_parallel_for(n, body, context, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = body(context, i, err);
    return st;
}

static mesa_status
assign_block(void *context, size_t block, struct mesa_error *err)
{
    const struct pass *p = context;
    struct km *m = p->m;
    double *row = m->row + block * (m->cols + KM_GAP);

    (void)err;
    for (size_t i = block * KM_BLOCK, end = i + km_rows(m, block); i < end;
         i++) {
        const double *center = m->center + m->label[i] * m->cols;
        double most = m->label[i] == p->movers.which ? p->movers.next
                                                     : p->movers.most;
        double sum = 0;

        for (size_t j = 0; j < m->cols; j++) {
            double d = row[j] = m->x[j * m->n + i];

            d = center[j] - d;
            sum += d * d;
        }
        m->other[i] -= m->other[i] * SLACK + most * (1 + SLACK);
        m->apart[i] = sum;
        if (!(sqrt(sum) < m->other[i]))
            compare_all(m, i, row);
    }
    return MESA_OK;
}

static void
turn_centers(struct km *m)
{
    for (size_t c = 0; c < m->tiles * KM_TILE; c++)
        for (size_t j = 0; j < m->cols; j++)
            m->turned[(c / KM_TILE * m->cols + j) * KM_TILE + c % KM_TILE] =
                c < m->k ? m->center[c * m->cols + j] : __builtin_inf();
}

/* Each row to its nearest centre. */
static mesa_status
assign(struct km *m, struct mesa_error *err)
{
    struct pass p = { m, { 0, 0, 0 } };

    for (size_t c = 0; c < m->k; c++)
        if (m->moved[c] > p.movers.most) {
            p.movers.next = p.movers.most;
            p.movers.most = m->moved[c];
            p.movers.which = c;
        } else {
            p.movers.next = MESA_MAX(p.movers.next, m->moved[c]);
        }
    turn_centers(m);
    /* Bounds are lowered, and some rows compared with all centres. */
    return mesa_km_for(m->blocks, 4 * m->n * m->cols, assign_block, &p, err);
}

static mesa_status
sum_column(void *context, size_t j, struct mesa_error *err)
{
    struct km *m = context;
    double *sum = m->sum + j * m->k;
    const double *x = m->x + j * m->n;

    (void)err;
    memset(sum, 0, m->k * sizeof *sum);
    for (size_t i = 0; i < m->n; i++)
        sum[m->label[i]] += x[i];
    return MESA_OK;
}

/* Clusters without rows take those farthest from their centres. */
static void
fill_empty(struct km *m)
{
    for (size_t c = 0; c < m->k; c++) {
        size_t far = 0, from;

        if (m->count[c] > 0)
            continue;
        for (size_t i = 1; i < m->n; i++)
            if (m->apart[i] > m->apart[far])
                far = i;
        if (!(m->apart[far] > 0))
            return;
        from = m->label[far];
        for (size_t j = 0; j < m->cols; j++) {
            m->sum[j * m->k + from] -= m->x[j * m->n + far];
            m->sum[j * m->k + c] = m->x[j * m->n + far];
        }
        m->count[from]--;
        m->count[c] = 1;
        m->apart[far] = 0;
    }
}

/* Centres to the means of their rows; how far they moved, squared, in all. */
static mesa_status
move_centers(struct km *m, double *total, struct mesa_error *err)
{
    mesa_status st = mesa_km_for(m->cols, m->n * m->cols, sum_column, m, err);

    memset(m->count, 0, m->k * sizeof *m->count);
    for (size_t i = 0; i < m->n; i++)
        m->count[m->label[i]]++;
    fill_empty(m);
    *total = 0;
    for (size_t c = 0; c < m->k; c++) {
        double sum = 0;

        for (size_t j = 0; j < m->cols && m->count[c] > 0; j++) {
            double *at = &m->center[c * m->cols + j];
            double to = m->sum[j * m->k + c] / (double)m->count[c];

            sum += (to - *at) * (to - *at);
            *at = to;
        }
        m->moved[c] = sqrt(sum);
        *total += sum;
    }
    return st;
}

/* One start, to its end. */
static mesa_status
run_start(struct km *m, size_t max_iter, double tol, struct mesa_rng *rng,
          size_t *passes, struct mesa_error *err)
{
    double total = __builtin_inf();
    mesa_status st = mesa_km_seed(m, rng, err);

    memset(m->label, 0, m->n * sizeof *m->label);
    memset(m->other, 0, m->n * sizeof *m->other);
    memset(m->moved, 0, m->k * sizeof *m->moved);
    *passes = 0;
    while (st == MESA_OK && *passes < max_iter && total > tol) {
        st = assign(m, err);
        if (st == MESA_OK)
            st = move_centers(m, &total, err);
        ++*passes;
    }
    return st == MESA_OK ? assign(m, err) : st;
}

static void
km_free(struct km *m)
{
    mesa_free(m->x);
    mesa_free(m->mean);
    mesa_free(m->center);
    mesa_free(m->turned);
    mesa_free(m->sum);
    mesa_free(m->count);
    mesa_free(m->moved);
    mesa_free(m->part);
    mesa_free(m->label);
    mesa_free(m->apart);
    mesa_free(m->other);
    mesa_free(m->trial);
    mesa_free(m->best_center);
    mesa_free(m->best_label);
    mesa_free(m->row);
}

static bool
km_init(struct km *m, const struct mesa_cmatrix *x, size_t k)
{
    m->n = x->rows;
    m->cols = x->cols;
    m->k = k;
    m->blocks = (m->n + KM_BLOCK - 1) / KM_BLOCK;
    m->tiles = (k + KM_TILE - 1) / KM_TILE;
    m->trials = 2 + (size_t)mesa_math_log((double)k);
    m->x = mesa_alloc_raw(m->n, m->cols * sizeof *m->x);
    m->mean = mesa_alloc_raw(m->cols, sizeof *m->mean);
    m->center = mesa_alloc_raw(k, m->cols * sizeof *m->center);
    m->turned = mesa_alloc_raw(m->tiles * KM_TILE,
                               m->cols * sizeof *m->turned);
    m->sum = mesa_alloc_raw(k, m->cols * sizeof *m->sum);
    m->count = mesa_alloc_raw(k, sizeof *m->count);
    m->moved = mesa_alloc_raw(k, sizeof *m->moved);
    m->part = mesa_alloc_raw(m->blocks, m->trials * sizeof *m->part);
    m->label = mesa_alloc_raw(m->n, sizeof *m->label);
    m->apart = mesa_alloc_raw(m->n, sizeof *m->apart);
    m->other = mesa_alloc_raw(m->n, sizeof *m->other);
    m->trial = mesa_alloc_raw(m->trials, sizeof *m->trial);
    m->best_center = mesa_alloc_raw(k, m->cols * sizeof *m->best_center);
    m->best_label = mesa_alloc_raw(m->n, sizeof *m->best_label);
    m->row = mesa_alloc_raw(m->blocks, (m->cols + KM_GAP) * sizeof *m->row);
    return m->x && m->mean && m->center && m->turned && m->sum && m->count &&
           m->moved && m->part && m->label && m->apart && m->other &&
           m->trial && m->best_center && m->best_label && m->row;
}

/* The values less their means, which spares digits; the mean variance. */
static double
center_columns(struct km *m, const struct mesa_cmatrix *x)
{
    double variance = 0;

    for (size_t j = 0; j < m->cols; j++) {
        double *column = m->x + j * m->n;

        for (size_t i = 0; i < m->n; i++)
            column[i] = mesa_row(x, i)[j];
        m->mean[j] = mesa_vsum(column, m->n) / (double)m->n;
        for (size_t i = 0; i < m->n; i++)
            column[i] -= m->mean[j];
        variance += mesa_vdot(column, column, m->n) / (double)m->n;
    }
    return m->cols ? variance / (double)m->cols : 0;
}

static void
keep_best(struct km *m, size_t passes, struct mesa_kmeans *out)
{
    double inertia = mesa_vsum(m->apart, m->n);
    double *center = m->center;
    uint32_t *label = m->label;

    if (!(inertia < out->inertia))
        return;
    out->inertia = inertia;
    out->n_iter = passes;
    m->center = m->best_center;
    m->label = m->best_label;
    m->best_center = center;
    m->best_label = label;
}

static void
warn_if_few(struct km *m)
{
    size_t distinct = 0;

    memset(m->count, 0, m->k * sizeof *m->count);
    for (size_t i = 0; i < m->n; i++)
        distinct += m->count[m->best_label[i]]++ == 0;
    if (distinct < m->k)
        mesa_warn("%zu clusters are wanted of rows that make only %zu: many "
                  "are equal",
                  m->k, distinct);
}

static void
hand_over(struct km *m, struct mesa_kmeans *out)
{
    for (size_t c = 0; c < m->k; c++)
        for (size_t j = 0; j < m->cols; j++)
            m->best_center[c * m->cols + j] += m->mean[j];
    out->center = m->best_center;
    out->label = m->best_label;
    m->best_center = NULL;
    m->best_label = NULL;
}

mesa_status
mesa_kmeans_fit(const struct mesa_cmatrix *x,
                const struct mesa_kmeans_options *options,
                const struct mesa_rng *rng, struct mesa_kmeans *out,
                struct mesa_error *err)
{
    const size_t k = options->n_clusters;
    const size_t starts = options->n_init ? options->n_init : 1;
    const size_t most = options->max_iter ? options->max_iter : 300;
    struct km m = { 0 };
    mesa_status st = MESA_OK;
    double tol;

    *out = (struct mesa_kmeans){ sizeof *out, k, x->cols, NULL, NULL,
                                 __builtin_inf(), 0 };
    if (k < 1 || k > x->rows || k > UINT32_MAX)
        return mesa_fail(err, MESA_EINVAL,
                         "%zu clusters of %zu rows: 1 to %zu", k, x->rows,
                         x->rows);
    if (!km_init(&m, x, k)) {
        km_free(&m);
        return mesa_nomem(err, x->rows, "rows to cluster");
    }
    tol = center_columns(&m, x) * options->tol;
    for (size_t i = 0; i < starts && st == MESA_OK; i++) {
        struct mesa_rng start = mesa_rng_derive(rng, "init", i);
        size_t passes;

        st = run_start(&m, most, tol, &start, &passes, err);
        if (st == MESA_OK)
            keep_best(&m, passes, out);
    }
    if (st == MESA_OK) {
        warn_if_few(&m);
        hand_over(&m, out);
    }
    km_free(&m);
    return st;
}

void
mesa_kmeans_free(struct mesa_kmeans *found)
{
    mesa_free(found->center);
    mesa_free(found->label);
    found->center = NULL;
    found->label = NULL;
}
