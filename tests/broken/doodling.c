/* SPDX-License-Identifier: MIT */
/* doodling - draws another picture in each run. */
#include <mesa/mesa.h>

struct doodling {
    int steps;
};

static mesa_status
doodling_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    (void)self, (void)host, (void)err;
    return MESA_OK;
}

static mesa_status
doodling_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct doodling *r = self;

    (void)host, (void)i, (void)metrics, (void)err;
    r->steps++;
    *done = false;
    return MESA_OK;
}

static mesa_status
doodling_report(const void *self, const struct mesa_host *host,
                struct mesa_report *report, struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .name        = "doodle",
        .title       = "A doodle"
    };
    static double times;
    struct mesa_plot *p = mesa_report_plot(report, &info);

    (void)self, (void)host, (void)err;
    mesa_plot_series(p, MESA_MARK_POINT, "");
    mesa_plot_point(p, (double[]){ 0, ++times });
    return MESA_OK;
}

static const struct mesa_metalearner_class doodling = {
    MESA_METALEARNER(struct doodling),
    .head.name  = "doodling",
    .head.title = "A metalearner for tests",
    .begin      = doodling_begin,
    .step       = doodling_step,
    .report     = doodling_report,
};

MESA_PLUGIN(.name = "doodling", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&doodling.head));
