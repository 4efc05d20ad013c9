/* SPDX-License-Identifier: MIT */
/* shapeless - does not say how large its questions are. */
#include "asker.h"

static mesa_status
shapeless_step(void *self, const struct mesa_host *host, uint64_t i,
               struct mesa_metrics *metrics, bool *done,
               struct mesa_error *err)
{
    struct asker *a = self;
    size_t row[ASKER_EACH];
    const struct mesa_question q = { .n = asker_choose(a, row, ASKER_EACH),
                                     .row = row };
    int32_t label[ASKER_EACH];
    enum mesa_answer answer;
    mesa_status st = mesa_host_ask(host, &q, label, &answer, err);

    (void)i, (void)metrics;
    for (size_t r = 0; r < q.n; r++)
        if (st == MESA_OK && answer == MESA_ANSWER_GIVEN)
            a->label[row[r]] = label[r];
    *done = st == MESA_OK && answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(shapeless, .step = shapeless_step);
