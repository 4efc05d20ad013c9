/* SPDX-License-Identifier: MIT */
/* undersample_fixture.h - the samplers that drop rows by their neighbours. */
#ifndef MESA_TESTS_UNDERSAMPLE_FIXTURE_H
#define MESA_TESTS_UNDERSAMPLE_FIXTURE_H

#include "sampler_fixture.h"

const struct mesa_plugin *all_knn_plugin(void);
const struct mesa_plugin *cnn_plugin(void);
const struct mesa_plugin *enn_plugin(void);
const struct mesa_plugin *ncr_plugin(void);
const struct mesa_plugin *near_miss_plugin(void);
const struct mesa_plugin *oss_plugin(void);
const struct mesa_plugin *renn_plugin(void);
const struct mesa_plugin *tomek_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "all_knn", all_knn_plugin },
    { "samplers", "cnn", cnn_plugin },
    { "samplers", "enn", enn_plugin },
    { "samplers", "ncr", ncr_plugin },
    { "samplers", "near_miss", near_miss_plugin },
    { "samplers", "oss", oss_plugin },
    { "samplers", "renn", renn_plugin },
    { "samplers", "tomek", tomek_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

#endif
