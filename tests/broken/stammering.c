/* SPDX-License-Identifier: MIT */
/* stammering - asks for one row twice at once. */
#include "asker.h"

static mesa_status
stammering_step(void *self, const struct mesa_host *host, uint64_t i,
                struct mesa_metrics *metrics, bool *done,
                struct mesa_error *err)
{
    size_t row[ASKER_EACH];
    enum mesa_answer answer;
    mesa_status st;

    (void)i, (void)metrics;
    asker_choose(self, row, ASKER_EACH);
    row[1] = row[0];
    st = asker_ask(self, host, row, ASKER_EACH, &answer, err);
    *done = st == MESA_OK && answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(stammering, .step = stammering_step);
