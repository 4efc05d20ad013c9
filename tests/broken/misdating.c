/* SPDX-License-Identifier: MIT */
/* misdating - says another step of the same event in each run. */
#include <mesa/mesa.h>

struct misdating {
    int steps;
};

static mesa_status
misdating_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    return MESA_OK;
}

static mesa_status
misdating_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct misdating *r = self;

    (void)host, (void)i, (void)metrics, (void)err;
    r->steps++;
    *done = false;
    return MESA_OK;
}

static mesa_status
misdating_report(const void *self, const struct mesa_host *host,
                struct mesa_report *report, struct mesa_error *err)
{
    static uint64_t times;

    (void)self, (void)host, (void)err;
    mesa_report_event(report, ++times, "learning begins");
    return MESA_OK;
}

static const struct mesa_metalearner_class misdating = {
    MESA_METALEARNER(struct misdating),
    .head.name  = "misdating",
    .head.title = "A metalearner for tests",
    .begin      = misdating_begin,
    .step       = misdating_step,
    .report     = misdating_report,
};

MESA_PLUGIN(.name = "misdating", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&misdating.head));
