/* SPDX-License-Identifier: MIT */
/* query_intake.h - labels that came back, against what was asked. */
#ifndef MESA_CORE_QUERY_INTAKE_H
#define MESA_CORE_QUERY_INTAKE_H

#include "query_answers.h"
#include "query_file.h"

struct mesa_intake {
    const struct mesa_dataset  *train;
    const struct mesa_question *question;
    uint64_t                    iteration; /* of the question */
    const struct mesa_answers  *answers;   /* to earlier ones */
    const struct mesa_labels   *labels;
    const char                 *path;      /* they came in */
    const char                 *label;     /* the column */
};

/* Do they say of this row what was taken in before? */
bool mesa_intake_is_known(const struct mesa_intake *in,
                          const struct mesa_filled *filled);

/* Every line does, and there are some. */
bool mesa_intake_all_known(const struct mesa_intake *in);

/* The class of each row asked for; or MESA_EDATA, and all that is wrong is on
 * standard error. */
mesa_status mesa_intake_take(const struct mesa_intake *in, int32_t *class_,
                             struct mesa_error *err);

#endif
