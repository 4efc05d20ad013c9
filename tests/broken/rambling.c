/* SPDX-License-Identifier: MIT */
/* rambling - reports what no other run of the same seed does. */
#include <mesa/mesa.h>

struct rambling {
    int steps;
};

static mesa_status
rambling_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    return MESA_OK;
}

static mesa_status
rambling_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct rambling *r = self;

    (void)host, (void)i, (void)metrics, (void)err;
    r->steps++;
    *done = false;
    return MESA_OK;
}

static mesa_status
rambling_report(const void *self, const struct mesa_host *host,
                struct mesa_report *report, struct mesa_error *err)
{
    static uint64_t times;

    (void)self, (void)host, (void)err;
    mesa_report_count(report, "times", ++times);
    return MESA_OK;
}

static const struct mesa_metalearner_class rambling = {
    MESA_METALEARNER(struct rambling),
    .head.name  = "rambling",
    .head.title = "A metalearner for tests",
    .begin      = rambling_begin,
    .step       = rambling_step,
    .report     = rambling_report,
};

MESA_PLUGIN(.name = "rambling", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&rambling.head));
