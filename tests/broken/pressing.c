/* SPDX-License-Identifier: MIT */
/* pressing - asks again at once when it is told to wait. */
#include "asker.h"

static mesa_status
pressing_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    enum mesa_answer answer = MESA_ANSWER_LATER;
    size_t row[ASKER_EACH], n = asker_choose(self, row, ASKER_EACH);
    mesa_status st = MESA_OK;

    (void)i, (void)metrics;
    for (int t = 0; t < 3 && st == MESA_OK && answer == MESA_ANSWER_LATER; t++)
        st = asker_ask(self, host, row, n, &answer, err);
    *done = answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(pressing, .step = pressing_step);
