/* SPDX-License-Identifier: MIT */
/* questions.h - rows without labels, and somebody who knows them, for checks of
 * metalearners that ask. */
#ifndef MESA_CONFORM_QUESTIONS_H
#define MESA_CONFORM_QUESTIONS_H

#include "bench.h"

#include "host.h"

/* Which rows have a label from the start. */
enum known_rows { KNOWN_SOME, KNOWN_NONE, KNOWN_ALL };

struct questions {
    struct bench              *bench;
    const struct mesa_dataset *data;  /* the training part                  */
    const int32_t             *truth;
    uint64_t                  *given; /* by row: 1 + the step; 0: not yet   */
    uint64_t                   step;
    enum mesa_answer           answer;
    size_t                     n_asked, n_late; /* all, after no was said   */
    size_t                     n, *row;         /* the last question        */
};

/* Toy rows, of which some labels are hidden; the host puts questions here. */
void lend_questions(struct bench *b, struct mesa_host *host,
                    struct questions *q, enum known_rows known);

/* What was answered in this step, or after it, has not been said yet. */
void questions_step(struct questions *q, uint64_t step);

#endif
