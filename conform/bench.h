/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what a conformance check works with.
 *
 * A check is one function that gets a bench.  Everything it asks the bench
 * for is released when the check is over, and the first thing that goes wrong
 * sticks: from then on every helper does nothing, so that checks are written
 * straight down, without a branch per call.
 */
#ifndef MESA_CONFORM_BENCH_H
#define MESA_CONFORM_BENCH_H

#include "instance.h"
#include "recipe.h"

/* Where a check says how it went; shared with the process that asked. */
enum verdict { PASSED, FAILED, SKIPPED };

struct report {
    enum verdict verdict;
    char         reason[600];
};

enum { BENCH_THINGS = 160 };

struct bench {
    const struct mesa_module *module;
    const struct mesa_class  *class_;
    struct mesa_registry     *registry;
    const char *const        *set; /* KEY=VALUE from the command line */
    size_t                    n_set;
    struct mesa_rng           root; /* of everything that is drawn here */
    struct report            *report;
    struct mesa_component    *component; /* the class with its defaults */
    struct mesa_recipe       *recipe;    /* that bound the last component */
    size_t                    n;
    struct {
        void (*release)(void *);
        void *thing;
    } owned[BENCH_THINGS];
};

/* One check.  Kind 0 is for every class. */
struct check {
    const char *name;
    uint32_t    kind;
    void (*run)(struct bench *b);
    const char *what; /* the promise it holds the class to */
};

/* Tables of checks, each ended by a NULL name; the first one's look at the
 * class's table alone and need no component. */
extern const struct check table_checks[], any_checks[], memory_checks[],
    estimator_checks[], estimator_data_checks[], estimator_file_checks[],
    forward_checks[], sampler_checks[], learning_checks[],
    transform_checks[], source_checks[], stream_checks[], tasks_checks[],
    onnx_checks[], loss_checks[], learnable_checks[], metalearner_checks[],
    keep_checks[], environment_checks[], environment_nodes_checks[],
    acquisition_checks[], members_checks[], questions_checks[];

/* The first of these decides; skip says that the check does not apply. */
void fail(struct bench *b, const char *fmt, ...) MESA_PRINTF(2, 3);
void skip(struct bench *b, const char *fmt, ...) MESA_PRINTF(2, 3);
bool going(const struct bench *b);

/* The call succeeded, or failed with just this status. */
bool succeeded(struct bench *b, mesa_status st, const struct mesa_error *err,
               const char *what);
void expect_status(struct bench *b, mesa_status st, mesa_status expected,
                   const struct mesa_error *err, const char *what);
/* MESA_OK, or MESA_EDATA: the class may say that it cannot. */
bool taken_or_refused(struct bench *b, mesa_status st,
                      const struct mesa_error *err, const char *what);
void expect_bytes(struct bench *b, const void *a, const void *c, size_t size,
                  const char *what);

/* Has the class a parameter that is a component?  What it takes is then
 * also a matter of that. */
bool uses_components(const struct bench *b);

/* The bench's: released when the check ends, last first. */
void own(struct bench *b, void *thing, void (*release)(void *));
void *bench_array(struct bench *b, size_t n, size_t size);
struct mesa_instance *bench_instance(struct bench *b);
struct mesa_archive *bench_archive(struct bench *b);

/* The class with `key = value` in its section.  NULL key: with none. */
struct mesa_component *bench_component(struct bench *b, const char *key,
                                       const char *value,
                                       mesa_status *st,
                                       struct mesa_error *err);

/* Has the class that parameter, which the command line leaves alone? */
bool may_set(const struct bench *b, const char *key);

/* A stream of its own for each piece of work. */
struct mesa_rng bench_rng(const struct bench *b, const char *name, uint64_t i);

bool bench_open(struct bench *b);
void bench_close(struct bench *b);

/* Allocation k of the work, counted from 0, fails, and so do all after it.
 * `work` undoes what it did. */
struct trial {
    void *context;
    mesa_status (*work)(struct bench *b, void *context,
                        struct mesa_error *err);
};
void sweep_memory(struct bench *b, const struct trial *trial,
                  const char *what);

#endif
