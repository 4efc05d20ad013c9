/* SPDX-License-Identifier: MIT */
/* trusting - takes an index from a file at its word. */
#include "learner.h"

#include <string.h>

static mesa_status
trusting_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct learner *l = self;

    mesa_free(l->block);
    l->block = mesa_alloc_array(1, sizeof(int64_t));
    return l->block ? learner_fit(self, train, valid, rng, err)
                    : mesa_nomem(err, 1, "column");
}

/* The column of the cut is a number in the model. */
static mesa_status
trusting_predict(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    const struct learner *l = self;
    struct mesa_cmatrix moved = *x;

    if (l->block)
        moved.data += *(const int64_t *)l->block;
    return learner_predict(self, &moved, proba, err);
}

static mesa_status
trusting_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct learner *l = self;
    const double cut[2] = { l->cut, l->above };
    mesa_status st = mesa_archive_put_vector(to, "cut", MESA_F64, 2, cut,
                                             err);

    return st == MESA_OK ? mesa_archive_put_vector(to, "column", MESA_I64, 1,
                                                   l->block, err)
                         : st;
}

static mesa_status
trusting_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct learner *l = self;
    const size_t one = 1, two = 2;
    const void *cut, *column;
    mesa_status st = mesa_archive_expect(from, "cut", MESA_F64, 1, &two, &cut,
                                         err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "column", MESA_I64, 1, &one, &column,
                                 err);
    if (st != MESA_OK)
        return st;
    mesa_free(l->block);
    l->block = mesa_alloc_array(1, sizeof(int64_t));
    if (!l->block)
        return mesa_nomem(err, 1, "column");
    memcpy(l->block, column, sizeof(int64_t));
    l->cut = ((const double *)cut)[0];
    l->above = ((const double *)cut)[1] != 0.0;
    return MESA_OK;
}

static void
trusting_fini(void *self)
{
    struct learner *l = self;

    mesa_free(l->block);
}

FAULTY_LEARNER(trusting, .fit = trusting_fit,
               .predict_proba = trusting_predict,
               .head.save = trusting_save, .head.load = trusting_load,
               .head.fini = trusting_fini);
