/* SPDX-License-Identifier: MIT */
/* query_answers.h - the labels that people have given so far. */
#ifndef MESA_CORE_QUERY_ANSWERS_H
#define MESA_CORE_QUERY_ANSWERS_H

#include "internal.h"

#include <mesa/host.h>

/* In the order in which they came.  A zeroed struct has none. */
struct mesa_answers {
    size_t    n;
    uint64_t *row, *iteration;
    int32_t  *class_;
    size_t    n_rows; /* of the training part */
    int32_t  *of;     /* the class of each; -1: no answer */
};

mesa_status mesa_answers_init(struct mesa_answers *answers, size_t n_rows,
                              struct mesa_error *err);
void mesa_answers_free(struct mesa_answers *answers);

/* The class that a row was given; -1: none. */
int32_t mesa_answers_of(const struct mesa_answers *answers, size_t row);

/* One for each row of the question. */
mesa_status mesa_answers_add(struct mesa_answers *answers,
                             const struct mesa_question *question,
                             uint64_t iteration, const int32_t *class_,
                             struct mesa_error *err);

mesa_status mesa_answers_save(const struct mesa_answers *answers,
                              struct mesa_archive *to,
                              struct mesa_error *err);
mesa_status mesa_answers_load(struct mesa_answers *answers,
                              const struct mesa_archive *from,
                              uint32_t n_classes, struct mesa_error *err);

/* answers.csv into the folder, for people: the work they have done. */
mesa_status mesa_answers_write(const struct mesa_answers *answers,
                               const struct mesa_schema *schema,
                               const char *folder, struct mesa_error *err);

/* Does that answers.csv have every line of a file of labels? */
bool mesa_answers_have(const char *folder, const char *labels);

#endif
