/* SPDX-License-Identifier: MIT */
/* pestering - asks for the same rows in every step. */
#include "asker.h"

static mesa_status
pestering_step(void *self, const struct mesa_host *host, uint64_t i,
               struct mesa_metrics *metrics, bool *done,
               struct mesa_error *err)
{
    const size_t row[] = { 0, 1 };
    enum mesa_answer answer;
    mesa_status st = asker_ask(self, host, row, ASKER_EACH, &answer, err);

    (void)i, (void)metrics;
    *done = st == MESA_OK && answer == MESA_ANSWER_NEVER;
    return st;
}

FAULTY_ASKER(pestering, .step = pestering_step);
