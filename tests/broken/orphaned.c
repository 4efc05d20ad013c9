/* SPDX-License-Identifier: MIT */
/* orphaned - does not save its members. */
#include "family.h"

static mesa_status
orphaned_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    (void)valid;
    return family_fit_on(self, train, train, rng, err);
}

static mesa_status
orphaned_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct family *f = self;
    const double cut[] = { f->learner.cut, f->learner.above };

    return mesa_archive_put_vector(to, "cut", MESA_F64, 2, cut, err);
}

static mesa_status
orphaned_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    static const size_t two = 2;
    struct family *f = self;
    const void *cut;
    mesa_status st = mesa_archive_expect(from, "cut", MESA_F64, 1, &two, &cut,
                                         err);

    if (st != MESA_OK)
        return st;
    f->learner.cut = ((const double *)cut)[0];
    f->learner.above = ((const double *)cut)[1] != 0.0;
    return MESA_OK;
}

FAULTY_FAMILY(orphaned, .fit = orphaned_fit, .head.save = orphaned_save,
              .head.load = orphaned_load);
