/* SPDX-License-Identifier: MIT */
/* changeable - has other rows in mind when it is made to ask again. */
#include "asker.h"

static mesa_status
changeable_step(void *self, const struct mesa_host *host, uint64_t i,
                struct mesa_metrics *metrics, bool *done,
                struct mesa_error *err)
{
    struct asker *a = self;
    enum mesa_answer answer;
    size_t row[2 * ASKER_EACH];
    mesa_status st;

    (void)i, (void)metrics;
    asker_choose(a, row, 2 * ASKER_EACH);
    st = asker_ask(a, host, row + (a->told_later ? ASKER_EACH : 0),
                   ASKER_EACH, &answer, err);
    a->told_later += st == MESA_OK && answer == MESA_ANSWER_LATER;
    *done = st == MESA_OK && answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(changeable, .step = changeable_step);
