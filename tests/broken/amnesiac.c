/* SPDX-License-Identifier: MIT */
/* amnesiac - an outer loop that does not save where it is. */
#include <mesa/mesa.h>

struct amnesiac {
    double sum;
};

static mesa_status
amnesiac_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    struct amnesiac *a = self;

    (void)host, (void)err;
    a->sum = 0.0;
    return MESA_OK;
}

static mesa_status
amnesiac_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct amnesiac *a = self;
    mesa_status st;

    (void)host;
    *done = false;
    a->sum += (double)i + 1.0;
    st = mesa_metrics_add(metrics, "train", "sum", a->sum);
    return st == MESA_OK ? st : mesa_nomem(err, 1, "metric");
}

static mesa_status
amnesiac_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const double nothing = 0.0;

    (void)self;
    return mesa_archive_put_vector(to, "sum", MESA_F64, 1, &nothing, err);
}

static mesa_status
amnesiac_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct amnesiac *a = self;
    const size_t one = 1;
    const void *sum;
    mesa_status st = mesa_archive_expect(from, "sum", MESA_F64, 1, &one, &sum,
                                         err);

    if (st == MESA_OK)
        a->sum = *(const double *)sum;
    return st;
}

static const struct mesa_metalearner_class amnesiac = {
    MESA_METALEARNER(struct amnesiac),
    .head.name  = "amnesiac",
    .head.title = "A metalearner for tests",
    .head.save  = amnesiac_save,
    .head.load  = amnesiac_load,
    .begin      = amnesiac_begin,
    .step       = amnesiac_step,
};

MESA_PLUGIN(.name = "amnesiac", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&amnesiac.head));
