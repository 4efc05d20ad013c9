/* SPDX-License-Identifier: MIT */
/* estranged - its members have never seen the last column. */
#include "family.h"

static mesa_status
estranged_fit(void *self, const struct mesa_dataset *train,
              const struct mesa_dataset *valid, struct mesa_rng *rng,
              struct mesa_error *err)
{
    struct mesa_dataset fewer = *train;

    (void)valid;
    fewer.x.cols -= fewer.x.cols > 1;
    return family_fit_on(self, train, &fewer, rng, err);
}

FAULTY_FAMILY(estranged, .fit = estranged_fit);
