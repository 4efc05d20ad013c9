/* SPDX-License-Identifier: MIT */
/*
 * smote_enn - SMOTE, then edited nearest neighbours.
 *
 * The classes are evened out first, then rows of all classes are dropped that
 * their neighbours outvote.  Made rows count as any others in the second
 * step, where the first one's result is the data.  Rows that remain are
 * reported with their parents.  Cost and memory are those of both steps.
 */
#include "combine.h"

static const struct mesa_param smote_enn_params[] = {
    MESA_COMPONENT(struct combine, over, "smote", MESA_KIND_SAMPLER, "smote",
                   "What makes rows"),
    MESA_COMPONENT(struct combine, clean, "enn", MESA_KIND_SAMPLER,
                   "enn(sampling_strategy=all)",
                   "What then chooses among all rows"),
    MESA_PARAM_END
};

static const struct mesa_sampler_class smote_enn = {
    MESA_SAMPLER(struct combine),
    .head.name   = "smote_enn",
    .head.title  = "SMOTE, then dropping rows among other classes (ENN)",
    .head.cite   = "Batista, Prati and Monard 2004, ACM SIGKDD "
                   "Explorations 6",
    .head.params = smote_enn_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = combine_resample,
};

MESA_PLUGIN(.name = "smote_enn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smote_enn.head));
