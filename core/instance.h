/* SPDX-License-Identifier: MIT */
/* instance.h - what the core may do with instances and plugins may not. */
#ifndef MESA_CORE_INSTANCE_H
#define MESA_CORE_INSTANCE_H

#include "timing.h"

struct mesa_instance {
    const struct mesa_component *component;
    const struct mesa_class     *class_;
    void                        *self;
    bool                         fitted;
    size_t                       n_columns, n_classes;
    uint64_t                     n_rows; /* given to fit */
};

MESA_INTERNAL void *mesa_instance_self(struct mesa_instance *instance);
const void *mesa_instance_view(const struct mesa_instance *instance);
const struct mesa_component *
mesa_instance_component(const struct mesa_instance *instance);

/* "[section] name: " in front of what a plugin reported. */
mesa_status mesa_instance_blame(const struct mesa_instance *instance,
                                mesa_status st, struct mesa_error *err);

/* Until the lap is closed, time is the component's. */
void mesa_call_begin(const struct mesa_instance *instance, enum mesa_call call,
                     struct mesa_lap *lap);

/* Would the instance's class take these rows?  MESA_EDATA says why not. */
mesa_status mesa_instance_accepts(const struct mesa_instance *instance,
                                  const struct mesa_dataset *data,
                                  struct mesa_error *err);

/* Were both fitted on as many columns and classes? */
mesa_status mesa_instance_same_shape(const struct mesa_instance *a,
                                     const struct mesa_instance *b,
                                     struct mesa_error *err);

/* An instance fitted on a sample, or without one on all rows. */
mesa_status mesa_member_fit(const struct mesa_component *estimator,
                            struct mesa_sample *sample,
                            const struct mesa_dataset *all,
                            const struct mesa_dataset *valid,
                            struct mesa_rng *rng, struct mesa_instance **out,
                            struct mesa_error *err);

/* An ensemble with room for n members, and none yet. */
mesa_status mesa_members_alloc(struct mesa_ensemble *e, size_t n,
                               struct mesa_error *err);

#endif
