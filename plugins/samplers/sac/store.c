/* SPDX-License-Identifier: MIT */
/*
 * store.c - what was learnt as tensors: all that learning on needs.
 *
 * Between resample and reward, too, a sampler can be saved and go on
 * elsewhere to the same bytes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sac.h"

/* Whole numbers in the archive, by name, in this order. */
enum { DRAWN, FILLED, UPDATES, TRANSITIONS, ACTED, LEARNS, N_COUNTERS };
enum { BINS, HIDDEN, POLICY, TUNING, ACTIONS, N_SIZES };
enum { RANGE, ROWS, SCALE, N_SIGHTS };

static void
list_sizes(const struct sac *s, uint64_t size[N_SIZES])
{
    size[BINS] = (uint64_t)s->num_bins;
    size[HIDDEN] = (uint64_t)s->hidden_size;
    size[POLICY] = (uint64_t)s->policy_kind;
    size[TUNING] = s->automatic_entropy_tuning;
    size[ACTIONS] = sac_n_actions(s);
}

/* What a state consists of, which means nothing to a policy that has learnt
 * on others. */
static void
list_sights(const struct sac *s, uint64_t sight[N_SIGHTS])
{
    sight[RANGE] = (uint64_t)s->error_range;
    sight[ROWS] = (uint64_t)s->error_rows;
    sight[SCALE] = (uint64_t)s->state_scale;
}

static mesa_status
put_floats(struct mesa_archive *to, const char *name, size_t n,
           const float *value, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, name, MESA_F32, n, value, err);
}

static mesa_status
get_floats(const struct mesa_archive *from, const char *name, size_t n,
           float *value, struct mesa_error *err)
{
    const void *data;
    mesa_status st = mesa_archive_expect(from, name, MESA_F32, 1, &n, &data,
                                         err);

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        if (!isfinite(((const float *)data)[i]))
            st = mesa_fail(err, MESA_EPARSE,
                           "%s has values that are not finite", name);
    if (st == MESA_OK)
        memcpy(value, data, n * sizeof *value);
    return st;
}

static mesa_status
get_numbers(const struct mesa_archive *from, const char *name, size_t n,
            uint64_t *value, struct mesa_error *err)
{
    const void *data;
    mesa_status st = mesa_archive_expect(from, name, MESA_U64, 1, &n, &data,
                                         err);

    if (st == MESA_OK)
        memcpy(value, data, n * sizeof *value);
    return st;
}

/* Tensors of the learner: those of its optimizers are NAME.step, NAME.scale,
 * NAME.0, ... */
static const char *const optimizer_name[] = { "policy_adam", "critic_adam",
                                              "alpha_adam" };

static mesa_status
save_learner(const struct sac_learner *l, struct mesa_archive *to,
             struct mesa_error *err)
{
    mesa_status st = mesa_optimizer_save(l->policy, to, optimizer_name[0],
                                         err);

    if (st == MESA_OK)
        st = mesa_optimizer_save(l->critic, to, optimizer_name[1], err);
    if (st == MESA_OK && l->alpha)
        st = mesa_optimizer_save(l->alpha, to, optimizer_name[2], err);
    if (st == MESA_OK && l->alpha)
        st = put_floats(to, "log_alpha", 1, &l->log_alpha, err);
    return st;
}

static bool
is_finite(const struct mesa_tensor *t)
{
    size_t n = 1;

    for (uint32_t d = 0; d < t->n_dims; d++)
        n *= t->shape[d];
    for (size_t i = 0; i < n; i++)
        if ((t->dtype == MESA_F32 && !isfinite(((const float *)t->data)[i])) ||
            (t->dtype == MESA_F64 && !isfinite(((const double *)t->data)[i])))
            return false;
    return true;
}

/* One tensor, if it is there.  It is looked at now, as the learner that
 * would refuse it is made only when a run is well under way. */
static mesa_status
copy_tensor(const struct mesa_archive *from, const char *name,
            struct mesa_archive *to, bool *there, struct mesa_error *err)
{
    struct mesa_tensor t;

    *there = mesa_archive_get(from, name, &t, NULL) == MESA_OK;
    if (*there && !is_finite(&t))
        return mesa_fail(err, MESA_EPARSE,
                         "%s has values that are not finite", name);
    return *there ? mesa_archive_put(to, name, &t, err) : MESA_OK;
}

/* What a learner has saved, from archive to archive. */
static mesa_status
copy_learner(const struct mesa_archive *from, struct mesa_archive *to,
             struct mesa_error *err)
{
    char name[48];
    bool there;
    mesa_status st = copy_tensor(from, "log_alpha", to, &there, err);

    for (size_t i = 0; i < 3 && st == MESA_OK; i++) {
        snprintf(name, sizeof name, "%s.step", optimizer_name[i]);
        st = copy_tensor(from, name, to, &there, err);
        snprintf(name, sizeof name, "%s.scale", optimizer_name[i]);
        if (st == MESA_OK)
            st = copy_tensor(from, name, to, &there, err);
        for (size_t k = 0; there && st == MESA_OK; k++) {
            snprintf(name, sizeof name, "%s.%zu", optimizer_name[i], k);
            st = copy_tensor(from, name, to, &there, err);
        }
    }
    return st;
}

mesa_status
sac_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct sac *s = self;
    uint64_t size[N_SIZES], sight[N_SIGHTS];
    const uint64_t counter[N_COUNTERS] = {
        [DRAWN] = s->drawn,           [FILLED] = s->filled,
        [UPDATES] = s->n_updates,     [TRANSITIONS] = s->replay.n,
        [ACTED] = s->last.acted,      [LEARNS] = s->last.learns,
    };
    mesa_status st;

    list_sizes(s, size);
    list_sights(s, sight);
    st = mesa_archive_put_vector(to, "sizes", MESA_U64, N_SIZES, size, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "sights", MESA_U64, N_SIGHTS, sight,
                                     err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "counters", MESA_U64, N_COUNTERS,
                                     counter, err);
    if (st == MESA_OK)
        st = mesa_weights_save(s->policy, to, "policy", err);
    if (st == MESA_OK)
        st = mesa_weights_save(s->critic, to, "critic", err);
    if (st == MESA_OK)
        st = mesa_weights_save(s->target, to, "target", err);
    if (st == MESA_OK && s->learner.program)
        st = save_learner(&s->learner, to, err);
    else if (st == MESA_OK && s->kept)
        st = copy_learner(s->kept, to, err);
    if (st == MESA_OK)
        st = sac_replay_save(&s->replay, to, err);
    if (st == MESA_OK)
        st = put_floats(to, "last.state", sac_n_states(s), s->last.state,
                        err);
    return st == MESA_OK ? put_floats(to, "last.action", sac_n_actions(s),
                                      s->last.action, err)
                         : st;
}

/* A state fits the sizes it was learnt with, and no others. */
static mesa_status
check_sizes(const struct sac *s, const struct mesa_archive *from,
            struct mesa_error *err)
{
    static const char *const name[N_SIZES] = {
        [BINS] = "num_bins", [HIDDEN] = "hidden_size"
    };
    static const char *const word[2][2] = { { "gaussian", "deterministic" },
                                            { "false", "true" } };
    uint64_t mine[N_SIZES], theirs[N_SIZES];
    mesa_status st = get_numbers(from, "sizes", N_SIZES, theirs, err);

    list_sizes(s, mine);
    for (size_t i = 0; i < N_SIZES && st == MESA_OK; i++) {
        if (mine[i] == theirs[i])
            continue;
        if (i == ACTIONS)
            return mesa_fail(err, MESA_EPARSE,
                             "max_train_ir is %s but the state was learnt "
                             "%s it",
                             mine[i] > 1 ? "given" : "none",
                             theirs[i] > 1 ? "with" : "without");
        if (name[i])
            return mesa_fail(err, MESA_EPARSE,
                             "%s is %llu but the state was learnt with %llu",
                             name[i], (unsigned long long)mine[i],
                             (unsigned long long)theirs[i]);
        return mesa_fail(err, MESA_EPARSE,
                         "%s is %s but the state was learnt with %s",
                         i == POLICY ? "policy" : "automatic_entropy_tuning",
                         word[i - POLICY][mine[i]],
                         word[i - POLICY][!mine[i]]);
    }
    return st;
}

static mesa_status
check_sights(const struct sac *s, const struct mesa_archive *from,
             struct mesa_error *err)
{
    static const char *const name[N_SIGHTS] = {
        [RANGE] = "error_range", [ROWS] = "error_rows",
        [SCALE] = "state_scale"
    };
    static const char *const word[N_SIGHTS][2] = {
        [RANGE] = { "unit", "data" },
        [ROWS] = { "majority", "all" },
        [SCALE] = { "bins", "frequency" }
    };
    uint64_t mine[N_SIGHTS], theirs[N_SIGHTS];
    mesa_status st = get_numbers(from, "sights", N_SIGHTS, theirs, err);

    list_sights(s, mine);
    for (size_t i = 0; i < N_SIGHTS && st == MESA_OK; i++)
        if (mine[i] != theirs[i])
            st = mesa_fail(err, MESA_EPARSE,
                           "%s is %s but the state was learnt with %s",
                           name[i], word[i][mine[i]], word[i][!mine[i]]);
    return st;
}

static mesa_status
load_counters(struct sac *s, const struct mesa_archive *from,
              struct mesa_error *err)
{
    uint64_t counter[N_COUNTERS];
    mesa_status st = get_numbers(from, "counters", N_COUNTERS, counter, err);

    if (st == MESA_OK)
        st = sac_replay_load(&s->replay, from, (size_t)counter[TRANSITIONS],
                             err);
    if (st != MESA_OK)
        return st;
    s->drawn = counter[DRAWN] != 0;
    s->filled = counter[FILLED] != 0;
    s->n_updates = counter[UPDATES];
    s->last.acted = counter[ACTED] != 0;
    s->last.learns = counter[LEARNS] != 0;
    return MESA_OK;
}

static mesa_status
load_learner(struct sac_learner *l, const struct mesa_archive *from,
             struct mesa_error *err)
{
    mesa_status st = mesa_optimizer_load(l->policy, from, "policy_adam", err);

    if (st == MESA_OK)
        st = mesa_optimizer_load(l->critic, from, "critic_adam", err);
    if (st == MESA_OK && l->alpha)
        st = mesa_optimizer_load(l->alpha, from, "alpha_adam", err);
    if (st == MESA_OK && l->alpha)
        st = get_floats(from, "log_alpha", 1, &l->log_alpha, err);
    return st;
}

/* The program of a learner takes long to build, and acting needs none. */
static mesa_status
keep_learner(struct sac *s, const struct mesa_archive *from,
             struct mesa_error *err)
{
    struct mesa_tensor step;
    mesa_status st = MESA_OK;

    sac_learner_free(&s->learner);
    mesa_archive_free(s->kept);
    s->kept = NULL;
    if (s->n_updates > 0)
        st = mesa_archive_get(from, "critic_adam.step", &step, err);
    if (st != MESA_OK)
        return st == MESA_ENOTFOUND ? MESA_EPARSE : st;
    s->kept = mesa_archive_new();
    return s->kept ? copy_learner(from, s->kept, err)
                   : mesa_nomem(err, 1, "archive");
}

mesa_status
sac_learner_need(struct sac *s, struct mesa_error *err)
{
    struct mesa_tensor step;
    mesa_status st;

    if (s->learner.program)
        return MESA_OK;
    st = sac_learner_init(s, err);
    if (st == MESA_OK && s->kept &&
        mesa_archive_get(s->kept, "critic_adam.step", &step, NULL) == MESA_OK)
        st = load_learner(&s->learner, s->kept, err);
    mesa_archive_free(s->kept);
    s->kept = NULL;
    if (st != MESA_OK)
        sac_learner_free(&s->learner);
    return st;
}

mesa_status
sac_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct sac *s = self;
    mesa_status st = check_sizes(s, from, err);

    if (st == MESA_OK)
        st = check_sights(s, from, err);
    if (st == MESA_OK)
        st = mesa_weights_load(s->policy, from, "policy", err);
    if (st == MESA_OK)
        st = mesa_weights_load(s->critic, from, "critic", err);
    if (st == MESA_OK)
        st = mesa_weights_load(s->target, from, "target", err);
    if (st == MESA_OK)
        st = load_counters(s, from, err);
    if (st == MESA_OK)
        st = keep_learner(s, from, err);
    if (st == MESA_OK)
        st = get_floats(from, "last.state", sac_n_states(s), s->last.state,
                        err);
    return st == MESA_OK ? get_floats(from, "last.action", sac_n_actions(s),
                                      s->last.action, err)
                         : st;
}
