/* SPDX-License-Identifier: MIT */
/* nosy - asks for the first rows of all, whose labels may be there. */
#include "asker.h"

static mesa_status
nosy_step(void *self, const struct mesa_host *host, uint64_t i,
          struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    const size_t row[] = { ASKER_EACH * i, ASKER_EACH * i + 1 };
    enum mesa_answer answer;
    mesa_status st = asker_ask(self, host, row, ASKER_EACH, &answer, err);

    (void)metrics;
    *done = st == MESA_OK && answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(nosy, .step = nosy_step);
