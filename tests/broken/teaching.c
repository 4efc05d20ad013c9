/* SPDX-License-Identifier: MIT */
/* teaching - teaches nothing once it has been loaded. */
#include <mesa/mesa.h>

struct teaching {
    struct mesa_instance *pupil;
    bool                  loaded;
};

static mesa_status
teaching_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    struct teaching *t = self;
    const struct mesa_component *sampler =
        mesa_host_component(host, MESA_KIND_SAMPLER);

    return sampler ? mesa_instance_new(sampler, &t->pupil, err)
                   : mesa_fail(err, MESA_EINVAL, "there is no sampler");
}

static mesa_status
teaching_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    (void)self, (void)host, (void)i, (void)metrics, (void)err;
    *done = false;
    return MESA_OK;
}

static mesa_status
teaching_finish(void *self, const struct mesa_host *host,
                struct mesa_error *err)
{
    const struct teaching *t = self;

    return t->loaded ? MESA_OK : mesa_host_learned(host, t->pupil, err);
}

static mesa_status
teaching_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const double nothing = 0.0;

    (void)self;
    return mesa_archive_put_vector(to, "nothing", MESA_F64, 1, &nothing, err);
}

static mesa_status
teaching_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct teaching *t = self;

    (void)from, (void)err;
    t->loaded = true;
    return MESA_OK;
}

static void
teaching_fini(void *self)
{
    struct teaching *t = self;

    mesa_instance_free(t->pupil);
}

static const struct mesa_metalearner_class teaching = {
    MESA_METALEARNER(struct teaching),
    .head.name  = "teaching",
    .head.title = "A metalearner for tests",
    .head.fini  = teaching_fini,
    .head.save  = teaching_save,
    .head.load  = teaching_load,
    .begin      = teaching_begin,
    .step       = teaching_step,
    .finish     = teaching_finish,
};

MESA_PLUGIN(.name = "teaching", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&teaching.head));
