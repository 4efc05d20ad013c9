/* SPDX-License-Identifier: MIT */
/* kinds.c - the eight kinds of plugin: names, folders, required slots. */
#include "registry.h"

#include <string.h>

static const struct mesa_kind_info kinds[] = {
    { MESA_KIND_ESTIMATOR, "estimator", "learners", "estimator",
      sizeof(struct mesa_estimator_class) },
    { MESA_KIND_SAMPLER, "sampler", "samplers", "sampler",
      sizeof(struct mesa_sampler_class) },
    { MESA_KIND_LOSS, "loss", "losses", "loss",
      sizeof(struct mesa_loss_class) },
    { MESA_KIND_ACQUISITION, "acquisition", "acquisitions", "acquisition",
      sizeof(struct mesa_acquisition_class) },
    { MESA_KIND_METALEARNER, "metalearner", "metalearners", "metalearner",
      sizeof(struct mesa_metalearner_class) },
    { MESA_KIND_SOURCE, "data", "sources", "data source",
      sizeof(struct mesa_source_class) },
    { MESA_KIND_TRANSFORM, "transform", "transforms", "transform",
      sizeof(struct mesa_transform_class) },
    { MESA_KIND_ENVIRONMENT, "environment", "environments", "environment",
      sizeof(struct mesa_environment_class) },
};

const struct mesa_kind_info *
mesa_kind_at(size_t i)
{
    return i < MESA_COUNT(kinds) ? &kinds[i] : NULL;
}

const struct mesa_kind_info *
mesa_kind_info(uint32_t kind)
{
    for (size_t i = 0; i < MESA_COUNT(kinds); i++)
        if (kinds[i].kind == kind)
            return &kinds[i];
    return NULL;
}

const struct mesa_kind_info *
mesa_kind_by_section(const char *section)
{
    for (size_t i = 0; i < MESA_COUNT(kinds); i++)
        if (strcmp(kinds[i].section, section) == 0)
            return &kinds[i];
    return NULL;
}

/* Learnt losses have all of their slots, and can be kept. */
static const char *
loss_missing_slot(const struct mesa_loss_class *c)
{
    if (!c->parameters && !c->build_with && !c->learn && !c->learnt)
        return c->build ? NULL : "build";
    if (!c->parameters)
        return "parameters";
    if (!c->build_with)
        return "build_with";
    if (!c->learn)
        return "learn";
    if (!c->learnt)
        return "learnt";
    return c->head.save ? NULL : "save";
}

const char *
mesa_kind_missing_slot(const struct mesa_class *c)
{
    const struct mesa_estimator_class *estimator = (const void *)c;
    const struct mesa_sampler_class *sampler = (const void *)c;
    const struct mesa_loss_class *loss = (const void *)c;
    const struct mesa_metalearner_class *metalearner = (const void *)c;
    const struct mesa_source_class *source = (const void *)c;
    const struct mesa_transform_class *transform = (const void *)c;
    const struct mesa_environment_class *environment = (const void *)c;
    const struct mesa_acquisition_class *acquisition = (const void *)c;

    switch (c->kind) {
    case MESA_KIND_ESTIMATOR:
        if (estimator->forward && estimator->parameters && !estimator->fit)
            return NULL; /* for metalearners to teach */
        if (!estimator->fit)
            return "fit";
        return estimator->predict_proba || estimator->predict
                   ? NULL
                   : "predict_proba";
    case MESA_KIND_SAMPLER:
        return sampler->resample ? NULL : "resample";
    case MESA_KIND_LOSS:
        return loss_missing_slot(loss);
    case MESA_KIND_ENVIRONMENT:
        if (!environment->space)
            return "space";
        if (!environment->reset)
            return "reset";
        return environment->step ? NULL : "step";
    case MESA_KIND_ACQUISITION:
        return acquisition->score ? NULL : "score";
    case MESA_KIND_METALEARNER:
        if (!metalearner->begin)
            return "begin";
        return metalearner->step ? NULL : "step";
    case MESA_KIND_SOURCE:
        if (source->tasks || source->task)
            return source->tasks ? source->task ? NULL : "task" : "tasks";
        return source->open ? NULL : "open";
    case MESA_KIND_TRANSFORM:
        if (!transform->fit)
            return "fit";
        return transform->apply ? NULL : "apply";
    default:
        return NULL;
    }
}
