/* SPDX-License-Identifier: MIT */
/*
 * margin - rows between two classes: 1 - (p1 - p2), the name that other
 * programs have for breaking_ties.
 *
 * p1 and p2 are the largest and the second largest probability of a class.
 * O(n * n_classes), no memory.
 */
#include "uncertainty.h"

static const struct mesa_acquisition_class margin = {
    MESA_ACQUISITION(char),
    .head.name  = "margin",
    .head.title = "Rows with a small margin between the two likeliest "
                  "classes",
    .head.cite  = "Scheffer, Decomain and Wrobel 2001, Active hidden Markov "
                  "models for information extraction, IDA",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score      = gap_score,
};

MESA_PLUGIN(.name = "margin", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&margin.head));
