/* SPDX-License-Identifier: MIT */
/* forgetful - saves half of what it learnt. */
#include "learner.h"

static mesa_status
forgetful_save(const void *self, struct mesa_archive *to,
               struct mesa_error *err)
{
    const struct learner *l = self;

    return mesa_archive_put_vector(to, "cut", MESA_F64, 1, &l->cut, err);
}

static mesa_status
forgetful_load(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    struct learner *l = self;
    const size_t one = 1;
    const void *cut;
    mesa_status st = mesa_archive_expect(from, "cut", MESA_F64, 1, &one, &cut,
                                         err);

    if (st == MESA_OK)
        l->cut = *(const double *)cut;
    return st;
}

FAULTY_LEARNER(forgetful, .head.save = forgetful_save,
               .head.load = forgetful_load);
