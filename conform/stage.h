/* SPDX-License-Identifier: MIT */
/* stage.h - a run without an INI file, for checks of outer loops. */
#ifndef MESA_CONFORM_STAGE_H
#define MESA_CONFORM_STAGE_H

#include "bench.h"

#include "questions.h"
#include "text.h"

/* What the host needs, and what it collects. */
struct stage {
    struct mesa_host      host;
    struct mesa_recipe    recipe;
    struct mesa_text      rows;
    struct mesa_metrics   metrics;
    volatile sig_atomic_t stop;
    atomic_bool           heard;
    struct questions      questions; /* of those that ask */
    const struct mesa_dataset *train_on; /* what they leave to be fitted on */
};

/* Steps that checks make; of a loop that counts iterations, all. */
enum { STEPS = 4 };

/*
 * Tasks for those that take them, with a model to teach; an environment for
 * those that act, with a model for a policy and, if it is installed, a loss
 * that learns; for those that ask toy rows, a sixth of them labelled, and a
 * tree; for others toy rows and, as far as they are installed, a tree and a
 * sampler that learns, or random under-sampling.  setting is
 * "SECTION.KEY=VALUE" for the toys of toy_tasks.h, or NULL.
 */
struct stage *set_stage(struct bench *b);
struct stage *set_stage_with(struct bench *b, const char *setting);
struct stage *set_stage_known(struct bench *b, enum known_rows known);
bool takes_tasks(const struct bench *b);
bool acts(const struct bench *b);
bool asks(const struct bench *b);
bool scores_itself(const struct bench *b); /* one of these */

/* A toy, in a section of the run. */
bool bind_toy(struct bench *b, struct stage *s, const struct mesa_class *toy,
              const char *section, struct mesa_component **out);

/* A loop that needs more says so in begin: its check is skipped with that. */
void begin(struct bench *b, struct stage *s, struct mesa_instance *m);
/* What every call of step comes after: figures are of this step. */
void step_begins(struct stage *s, uint64_t i);
/* Steps from ... to-1, or until done: are they? */
bool steps(struct bench *b, struct stage *s, struct mesa_instance *m,
           uint64_t from, uint64_t to);
/* After the last one; nothing where there is no such slot. */
void finish(struct bench *b, struct stage *s, struct mesa_instance *m);

/* Figures are compared as text, as metrics.csv has them. */
void expect_same_rows(struct bench *b, const struct stage *a,
                      const struct stage *c, const char *what);

#endif
