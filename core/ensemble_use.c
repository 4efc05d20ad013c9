/* SPDX-License-Identifier: MIT */
/* ensemble_use.c - what is asked of a fitted ensemble beside predictions. */
#include "boosting_rules.h"
#include "instance.h"

#include <string.h>

mesa_status
mesa_ensemble_sum_importance(const struct mesa_ensemble *e,
                             const double *weight, double *importance,
                             struct mesa_error *err)
{
    size_t cols = e->n ? mesa_estimator_n_columns(e->member[0]) : 0;
    double *one = mesa_alloc_raw(cols, sizeof *one);
    mesa_status st = MESA_OK;

    if (!one)
        return mesa_nomem(err, cols, "columns");
    memset(importance, 0, cols * sizeof *importance);
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_estimator_importance(e->member[i], one, err);
        for (size_t j = 0; j < cols && st == MESA_OK; j++)
            importance[j] += weight ? weight[i] * one[j]
                                    : one[j] / (double)e->n;
    }
    mesa_free(one);
    return st;
}

mesa_status
mesa_ensemble_importance(const struct mesa_ensemble *e, double *importance,
                         struct mesa_error *err)
{
    return mesa_ensemble_sum_importance(e, NULL, importance, err);
}

uint64_t
mesa_ensemble_rows(const struct mesa_ensemble *e)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < e->n; i++)
        rows += mesa_estimator_rows(e->member[i]);
    return rows;
}

mesa_status
mesa_ensemble_save(const struct mesa_ensemble *e, struct mesa_archive *to,
                   struct mesa_error *err)
{
    const uint64_t n = e->n;
    mesa_status st = mesa_archive_put_vector(to, "n_members", MESA_U64, 1, &n,
                                             err);

    for (size_t i = 0; i < e->n && st == MESA_OK; i++)
        st = mesa_instance_save(e->member[i], to, "member", i, err);
    return st;
}

mesa_status
mesa_ensemble_load(struct mesa_ensemble *e,
                   const struct mesa_component *estimator,
                   const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t one = 1;
    size_t columns, classes;
    const void *data;
    uint64_t n;
    mesa_status st = mesa_archive_expect(from, "n_members", MESA_U64, 1, &one,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    memcpy(&n, data, sizeof n);
    if (n == 0 || n > 1000000)
        return mesa_fail(err, MESA_EPARSE, "n_members is %llu",
                         (unsigned long long)n);
    st = mesa_members_alloc(e, (size_t)n, err);
    if (st == MESA_OK)
        e->n = (size_t)n;
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_instance_new(estimator, &e->member[i], err);
        if (st == MESA_OK)
            st = mesa_instance_load(e->member[i], from, "member", i, err);
        if (st == MESA_OK)
            st = mesa_instance_same_shape(e->member[0], e->member[i], err);
    }
    if (st == MESA_OK && mesa_archive_fitted_shape(from, &columns, &classes,
                                                   NULL) == MESA_OK &&
        (mesa_estimator_n_columns(e->member[0]) != columns ||
         mesa_estimator_n_classes(e->member[0]) != classes))
        st = mesa_fail(err, MESA_EPARSE,
                       "members of %zu columns and %zu classes in an "
                       "ensemble of %zu and %zu",
                       mesa_estimator_n_columns(e->member[0]),
                       mesa_estimator_n_classes(e->member[0]), columns,
                       classes);
    if (st != MESA_OK)
        mesa_ensemble_free(e);
    return st;
}

void
mesa_ensemble_free(struct mesa_ensemble *e)
{
    for (size_t i = 0; i < e->n; i++)
        mesa_instance_free(e->member[i]);
    mesa_free(e->member);
    *e = (struct mesa_ensemble){ 0, NULL };
}
