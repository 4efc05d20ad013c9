/* SPDX-License-Identifier: MIT */
/*
 * breaking_ties - rows between two classes: 1 - (p1 - p2).
 *
 * p1 and p2 are the largest and the second largest probability of a class.
 * O(n * n_classes), no memory.
 */
#include "uncertainty.h"

static const struct mesa_acquisition_class breaking_ties = {
    MESA_ACQUISITION(char),
    .head.name  = "breaking_ties",
    .head.title = "Rows whose two likeliest classes are nearly as likely",
    .head.cite  = "Luo et al. 2005, Active learning to recognize multiple "
                  "types of plankton, JMLR 6",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score      = gap_score,
};

MESA_PLUGIN(.name = "breaking_ties", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&breaking_ties.head));
