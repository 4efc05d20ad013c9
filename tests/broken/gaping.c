/* SPDX-License-Identifier: MIT */
/* gaping - opens an object of summary.json and leaves it so. */
#include <mesa/mesa.h>

struct gaping {
    int steps;
};

static mesa_status
gaping_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    return MESA_OK;
}

static mesa_status
gaping_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct gaping *r = self;

    (void)host, (void)i, (void)metrics, (void)err;
    r->steps++;
    *done = false;
    return MESA_OK;
}

static mesa_status
gaping_report(const void *self, const struct mesa_host *host,
                struct mesa_report *report, struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    mesa_report_open(report, "found");
    return MESA_OK;
}

static const struct mesa_metalearner_class gaping = {
    MESA_METALEARNER(struct gaping),
    .head.name  = "gaping",
    .head.title = "A metalearner for tests",
    .begin      = gaping_begin,
    .step       = gaping_step,
    .report     = gaping_report,
};

MESA_PLUGIN(.name = "gaping", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&gaping.head));
