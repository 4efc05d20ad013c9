/* SPDX-License-Identifier: MIT */
/*
 * actor.h - a metalearner that acts and keeps its promises, for plugins that
 * break one: the mean of what is pushed with, wherever that leads.
 */
#ifndef MESA_TESTS_ACTOR_H
#define MESA_TESTS_ACTOR_H

#include <mesa/mesa.h>

enum { ACTOR_MOST = 4 }; /* numbers of a state, and of an action */

struct actor {
    struct mesa_instance *environment;
    struct mesa_space     space;
    double                push[ACTOR_MOST], goal[ACTOR_MOST];
};

static inline void
actor_fini(void *self)
{
    mesa_instance_free(((struct actor *)self)->environment);
}

static inline mesa_status
actor_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    const struct mesa_component *of =
        mesa_host_component(host, MESA_KIND_ENVIRONMENT);
    struct actor *a = self;
    mesa_status st;

    if (!of)
        return mesa_fail(err, MESA_EINVAL, "there is no [environment]");
    st = mesa_instance_new(of, &a->environment, err);
    a->space.struct_size = sizeof a->space;
    if (st == MESA_OK)
        st = mesa_environment_space(a->environment, &a->space, err);
    if (st != MESA_OK)
        return st;
    if (a->space.n_states > ACTOR_MOST || a->space.n_actions > ACTOR_MOST)
        return mesa_fail(err, MESA_EINVAL, "too much to look at");
    return MESA_OK;
}

/* An episode with the same push in all steps; one row of metrics. */
static inline mesa_status
actor_step(void *self, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "actor", i);
    struct actor *a = self;
    double state[ACTOR_MOST], push[ACTOR_MOST];

    *done = false;
    mesa_environment_reset(a->environment, state, &rng);
    for (size_t j = 0; j < a->space.n_actions; j++)
        push[j] = mesa_rng_normal(&rng);
    for (size_t t = 0; t < a->space.horizon; t++)
        mesa_environment_step(a->environment, 1, state, push, state);
    for (size_t j = 0; j < a->space.n_actions; j++)
        a->push[j] += 0.1 * push[j];
    if (mesa_metrics_add(metrics, "train", "state", state[0]) != MESA_OK)
        return mesa_nomem(err, 1, "metric row");
    return MESA_OK;
}

static inline mesa_status
actor_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "push", MESA_F64, ACTOR_MOST,
                                   ((const struct actor *)self)->push, err);
}

static inline mesa_status
actor_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const size_t n = ACTOR_MOST;
    struct actor *a = self;
    const void *push;
    mesa_status st = mesa_archive_expect(from, "push", MESA_F64, 1, &n, &push,
                                         err);

    for (size_t j = 0; j < n && st == MESA_OK; j++)
        a->push[j] = ((const double *)push)[j];
    return st;
}

/* The class table; the last arguments are more designators. */
#define FAULTY_ACTOR(id, ...)                                            \
    static const struct mesa_metalearner_class id = {                    \
        MESA_METALEARNER(struct actor), .head.name = #id,                \
        .head.title = "A metalearner for tests",                         \
        .head.flags = MESA_CLASS_CONTROL, .head.fini = actor_fini,       \
        .head.save = actor_save, .head.load = actor_load,                \
        .begin = actor_begin, .step = actor_step, __VA_ARGS__            \
    };                                                                   \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",         \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
