/* SPDX-License-Identifier: MIT */
/* spilling - has no memory for its report, and blames the data. */
#include <mesa/mesa.h>

struct spilling {
    int steps;
};

static mesa_status
spilling_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    return MESA_OK;
}

static mesa_status
spilling_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct spilling *r = self;

    (void)host, (void)i, (void)metrics, (void)err;
    r->steps++;
    *done = false;
    return MESA_OK;
}

static mesa_status
spilling_report(const void *self, const struct mesa_host *host,
                struct mesa_report *report, struct mesa_error *err)
{
    double *figures = mesa_alloc_array(10, sizeof *figures);

    (void)self, (void)host, (void)report;
    if (!figures)
        return mesa_fail(err, MESA_EDATA, "there are no figures");
    mesa_free(figures);
    return MESA_OK;
}

static const struct mesa_metalearner_class spilling = {
    MESA_METALEARNER(struct spilling),
    .head.name  = "spilling",
    .head.title = "A metalearner for tests",
    .begin      = spilling_begin,
    .step       = spilling_step,
    .report     = spilling_report,
};

MESA_PLUGIN(.name = "spilling", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&spilling.head));
