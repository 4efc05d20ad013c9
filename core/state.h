/* SPDX-License-Identifier: MIT */
/* state.h - what components have learnt, between loops and between runs. */
#ifndef MESA_CORE_STATE_H
#define MESA_CORE_STATE_H

#include "recipe.h"

/* The core's own keys of a section whose plugin can start from what another
 * run learnt; NULL for other classes. */
MESA_INTERNAL const struct mesa_param *
mesa_state_params(const struct mesa_class *class_);

/* To the section of a loss that names a state: the keys that it lacks, as they
 * were where that was learnt.  What is wrong with a file is left for
 * mesa_states_read to say. */
MESA_INTERNAL mesa_status
mesa_state_settings(const struct mesa_class *class_,
                    struct mesa_section *section, struct mesa_error *err);

/* Read the file of every component that names one, and try it on an
 * instance.  MESA_ENOTFOUND or MESA_EPARSE, with the section in front. */
MESA_INTERNAL mesa_status mesa_states_read(struct mesa_recipe *recipe,
                                           struct mesa_error *err);

/* The name, without .safetensors, of a file that mesa_states_write writes;
 * NULL if it writes none. */
const char *mesa_states_learnt(const struct mesa_recipe *recipe);

/* KIND.safetensors for each component that a loop has trained. */
mesa_status mesa_states_write(const struct mesa_recipe *recipe,
                              const char *folder, struct mesa_error *err);

/* From now on instances of the trained one's component start like it. */
mesa_status mesa_state_take(struct mesa_recipe *recipe,
                            const struct mesa_instance *trained,
                            struct mesa_error *err);

/* Under which name and number a state lies in its archive. */
#define MESA_STATE_NAME "state"

#endif
