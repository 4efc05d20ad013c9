/* SPDX-License-Identifier: MIT */
/* acquisition.c - acquisitions on instances: scores, choices, the k best. */
#include "instance.h"

#include <math.h>
#include <string.h>

static const struct mesa_acquisition_class *
class_of(const struct mesa_instance *a)
{
    return (const void *)mesa_instance_class(a);
}

static mesa_status
blame(const struct mesa_instance *a, mesa_status st, struct mesa_error *err)
{
    return st == MESA_OK ? st
                         : mesa_error_prefix(err, st, "[acquisition] %s",
                                             class_of(a)->head.name);
}

static mesa_status
expect_acquisition(const struct mesa_instance *a,
                   const struct mesa_pool *pool, struct mesa_error *err)
{
    const struct mesa_class *c = mesa_instance_class(a);

    if (c->kind != MESA_KIND_ACQUISITION)
        return mesa_fail(err, MESA_EINVAL, "%s is no acquisition", c->name);
    if (pool->n_classes > 2 && !(c->flags & MESA_CLASS_MULTICLASS))
        return mesa_fail(err, MESA_EDATA,
                         "[acquisition] %s takes two classes, but there are "
                         "%zu", c->name, pool->n_classes);
    return MESA_OK;
}

uint32_t
mesa_acquisition_needs(const struct mesa_instance *a)
{
    const struct mesa_acquisition_class *c = class_of(a);

    return (c->needs ? c->needs(mesa_instance_view(a)) : 0) |
           (c->select ? (uint32_t)MESA_POOL_WHOLE : 0);
}

static mesa_status
check_utility(const struct mesa_pool *pool, const size_t *pick, size_t n,
              const double *utility, struct mesa_error *err)
{
    /* The sign of what is no number depends on the processor. */
    for (size_t i = 0; i < n; i++)
        if (!(utility[i] >= 0) || isinf(utility[i]))
            return mesa_fail(err, MESA_ENUMERIC,
                             "the utility of row %zu is %g, expected a number "
                             "from 0",
                             pool->row[pick ? pick[i] : i],
                             isnan(utility[i]) ? fabs(utility[i])
                                               : utility[i]);
    return MESA_OK;
}

mesa_status
mesa_acquisition_score(const struct mesa_instance *a,
                       const struct mesa_pool *pool, double *utility,
                       struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = expect_acquisition(a, pool, err);
    struct mesa_lap lap;

    if (st != MESA_OK || pool->n == 0)
        return st;
    mesa_call_begin(a, MESA_CALL_SCORE, &lap);
    st = class_of(a)->score(mesa_instance_view(a), pool, utility, rng, err);
    mesa_lap_close(&lap);
    if (st == MESA_OK)
        st = check_utility(pool, NULL, pool->n, utility, err);
    return blame(a, st, err);
}

/* Is place a behind place b: worth less, or as much but further back? */
static bool
is_behind(const double *utility, size_t a, size_t b)
{
    return utility[a] < utility[b] || (a > b && utility[a] == utility[b]);
}

/* heap[0] is the one behind all others. */
static void
sink(const double *utility, size_t *heap, size_t n)
{
    size_t at = 0, moving = heap[0];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < n &&
            is_behind(utility, heap[child + 1], heap[child]))
            child++;
        if (child >= n || !is_behind(utility, heap[child], moving))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

static void
rise(const double *utility, size_t *heap, size_t at)
{
    size_t moving = heap[at];

    while (at > 0 && is_behind(utility, moving, heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moving;
}

mesa_status
mesa_top_k(const double *utility, size_t n, size_t k, size_t *pick,
           struct mesa_error *err)
{
    if (k > n)
        return mesa_fail(err, MESA_EINVAL, "%zu of %zu rows are wanted", k,
                         n);
    for (size_t i = 0; i < n && k > 0; i++) {
        if (i < k) {
            pick[i] = i;
            rise(utility, pick, i);
        } else if (utility[i] > utility[pick[0]]) {
            pick[0] = i;
            sink(utility, pick, k);
        }
    }
    /* The one behind all others to the end, again and again. */
    for (size_t left = k; left > 1; left--) {
        size_t last = pick[0];

        pick[0] = pick[left - 1];
        sink(utility, pick, left - 1);
        pick[left - 1] = last;
    }
    return MESA_OK;
}

/* Different places of the pool. */
static mesa_status
check_choice(const struct mesa_pool *pool, const size_t *pick, size_t k,
             struct mesa_error *err)
{
    bool *seen = mesa_alloc_array(pool->n, sizeof *seen);
    mesa_status st = seen ? MESA_OK : mesa_nomem(err, pool->n, "rows");

    for (size_t i = 0; i < k && st == MESA_OK; i++) {
        if (pick[i] >= pool->n)
            st = mesa_fail(err, MESA_EINVAL,
                           "select chose place %zu of %zu rows", pick[i],
                           pool->n);
        else if (seen[pick[i]])
            st = mesa_fail(err, MESA_EINVAL, "select chose place %zu twice",
                           pick[i]);
        else
            seen[pick[i]] = true;
    }
    mesa_free(seen);
    return st;
}

static mesa_status
select_own(const struct mesa_instance *a, const struct mesa_pool *pool,
           size_t k, size_t *pick, double *utility, struct mesa_rng *rng,
           struct mesa_error *err)
{
    struct mesa_lap lap;
    mesa_status st;

    mesa_call_begin(a, MESA_CALL_SCORE, &lap);
    st = class_of(a)->select(mesa_instance_view(a), pool, k, pick, utility,
                             rng, err);
    mesa_lap_close(&lap);
    if (st == MESA_OK)
        st = check_choice(pool, pick, k, err);
    if (st == MESA_OK)
        st = check_utility(pool, pick, k, utility, err);
    return blame(a, st, err);
}

mesa_status
mesa_acquisition_select(const struct mesa_instance *a,
                        const struct mesa_pool *pool, size_t k, size_t *pick,
                        double *utility, struct mesa_rng *rng,
                        struct mesa_error *err)
{
    mesa_status st = expect_acquisition(a, pool, err);
    double *all;

    if (st == MESA_OK && k > pool->n)
        st = mesa_fail(err, MESA_EINVAL, "%zu of %zu rows are wanted", k,
                       pool->n);
    if (st != MESA_OK || k == 0)
        return st;
    if (class_of(a)->select)
        return select_own(a, pool, k, pick, utility, rng, err);
    all = mesa_alloc_raw(pool->n, sizeof *all);
    if (!all)
        return mesa_nomem(err, pool->n, "utilities");
    st = mesa_acquisition_score(a, pool, all, rng, err);
    if (st == MESA_OK)
        st = mesa_top_k(all, pool->n, k, pick, err);
    for (size_t i = 0; i < k && st == MESA_OK; i++)
        utility[i] = all[pick[i]];
    mesa_free(all);
    return st;
}
