/* SPDX-License-Identifier: MIT */
/*
 * smote_tomek - SMOTE, then Tomek links.
 *
 * The classes are evened out first, then rows of all classes are dropped that
 * form Tomek links.  Made rows count as any others in the second
 * step, where the first one's result is the data.  Rows that remain are
 * reported with their parents.  Cost and memory are those of both steps.
 */
#include "combine.h"

static const struct mesa_param smote_tomek_params[] = {
    MESA_COMPONENT(struct combine, over, "smote", MESA_KIND_SAMPLER, "smote",
                   "What makes rows"),
    MESA_COMPONENT(struct combine, clean, "tomek", MESA_KIND_SAMPLER,
                   "tomek(sampling_strategy=all)",
                   "What then chooses among all rows"),
    MESA_PARAM_END
};

static const struct mesa_sampler_class smote_tomek = {
    MESA_SAMPLER(struct combine),
    .head.name   = "smote_tomek",
    .head.title  = "SMOTE, then dropping pairs at the border (Tomek links)",
    .head.cite   = "Batista, Bazzan and Monard 2003, II Brazilian "
                   "Workshop on Bioinformatics",
    .head.params = smote_tomek_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = combine_resample,
};

MESA_PLUGIN(.name = "smote_tomek", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smote_tomek.head));
