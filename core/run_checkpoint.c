/* SPDX-License-Identifier: MIT */
/*
 * run_checkpoint.c - where a run is, to a file and back.
 *
 * The file before the last is kept: should the last one not load, the run
 * goes on from the one before and writes the same bytes all the same.
 */
#include "run_state.h"

#include "hash.h"
#include "query.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { AT_LOOP, AT_STEP, GLOBAL_STEP, LOOP_DONE, METRICS_BYTES, DATA_HASH,
       N_FIELDS };

/* A hash of all rows, in whatever parts. */
uint64_t
mesa_run_parts_hash(const struct mesa_parts *parts)
{
    uint64_t h = 0;

    for (int p = 0; p < MESA_PART_COUNT_; p++)
        if (parts->data[p])
            h = mesa_hash_dataset(parts->data[p], h);
    return h;
}

uint64_t
mesa_run_data_hash(struct run *run)
{
    if (!run->hash_known) {
        struct mesa_error ignored;

        /* Tasks that cannot be drawn fail where they are used. */
        if (!run->host.tasks)
            run->hash = mesa_run_parts_hash(&run->host.parts);
        else if (mesa_tasks_hash(run->host.tasks, &run->hash, &ignored) !=
                 MESA_OK)
            run->hash = 0;
        run->hash_known = true;
    }
    return run->hash;
}

/* The data, also those of trials. */
static uint64_t
input_hash(struct run *run)
{
    uint64_t h = mesa_run_data_hash(run);

    for (const struct mesa_trials *t = run->trials; t;
         t = mesa_trials_next(t)) {
        const struct mesa_parts *parts = mesa_trials_parts(t);
        uint64_t more;

        if (parts == &run->host.parts)
            continue;
        more = mesa_run_parts_hash(parts);
        h = mesa_hash(&more, sizeof more, h);
    }
    return h;
}

/* What the nth component that has a state started from. */
static char *
state_name(size_t n)
{
    return mesa_asprintf("state.%zu", n);
}

static mesa_status
put_states(const struct run *run, struct mesa_archive *a,
           struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    size_t n = 0;

    for (const struct mesa_component *c = run->recipe->components;
         c && st == MESA_OK; c = c->next) {
        char *name;

        if (!c->state.file)
            continue;
        name = state_name(n++);
        st = name ? mesa_archive_put_vector(a, name, MESA_U64, 1,
                                            &c->state_hash, err)
                  : mesa_nomem(err, 1, "name");
        mesa_free(name);
    }
    return st;
}

static mesa_status
check_states(const struct run *run, const struct mesa_archive *a,
             struct mesa_error *err)
{
    const size_t one = 1;
    mesa_status st = MESA_OK;
    size_t n = 0;

    for (const struct mesa_component *c = run->recipe->components;
         c && st == MESA_OK; c = c->next) {
        const void *hash;
        char *name;

        if (!c->state.file)
            continue;
        name = state_name(n++);
        st = name ? mesa_archive_expect(a, name, MESA_U64, 1, &one, &hash,
                                        err)
                  : mesa_nomem(err, 1, "name");
        mesa_free(name);
        if (st == MESA_OK && memcmp(hash, &c->state_hash, sizeof(uint64_t)))
            st = mesa_fail(err, MESA_EEXIST,
                           "%s has changed since %s was started; use --force "
                           "to start over",
                           c->state.file, run->folder);
    }
    return st;
}

/* For people who look at the file; the run itself does not need them. */
static mesa_status
put_notes(const struct run *run, struct mesa_archive *a,
          struct mesa_error *err)
{
    const struct loop *at = &run->loop[MESA_MIN(run->at_loop,
                                                run->n_loops - 1)];
    mesa_status st = mesa_archive_note(a, "mesa.version", MESA_VERSION, err);
    char steps[24];

    snprintf(steps, sizeof steps, "%llu", (unsigned long long)at->total);
    if (st == MESA_OK)
        st = mesa_archive_note(a, "mesa.loop", at->class_->head.name, err);
    return st == MESA_OK ? mesa_archive_note(a, "mesa.steps", steps, err) : st;
}

static mesa_status
fill_archive(struct run *run, struct mesa_archive *a, struct mesa_error *err)
{
    const uint64_t field[N_FIELDS] = {
        run->at_loop,       run->at_step,       run->global_step,
        run->loop_done,     run->metrics_bytes, input_hash(run)
    };
    mesa_status st = mesa_archive_put_vector(a, "run", MESA_U64, N_FIELDS,
                                             field, err);

    if (st == MESA_OK)
        st = put_notes(run, a, err);
    if (st == MESA_OK)
        st = put_states(run, a, err);
    if (st == MESA_OK && run->control->query)
        st = mesa_query_save(run->control->query, a, err);
    if (st == MESA_OK)
        st = mesa_run_save_events(run, a, err);
    for (size_t i = 0; i <= run->at_loop && i < run->n_loops; i++)
        if (st == MESA_OK && run->loop[i].begun)
            st = mesa_instance_save(run->loop[i].instance, a, "loop", i, err);
    return st;
}

mesa_status
mesa_run_checkpoint(struct run *run, struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    char *path = mesa_asprintf("%s/checkpoint.safetensors", run->folder);
    char *previous = mesa_asprintf("%s/checkpoint.previous.safetensors",
                                   run->folder);
    struct mesa_lap lap;
    mesa_status st;

    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_CHECKPOINTS));
    if (!a || !path || !previous)
        st = mesa_nomem(err, 1, "checkpoint");
    else
        st = fill_archive(run, a, err);
    /* The rows that the checkpoint counts must be on disk before it is. */
    if (st == MESA_OK && fdatasync(fileno(run->metrics)) != 0 &&
        errno != EINVAL)
        st = mesa_fail(err, MESA_EIO, "cannot write %s/metrics.csv: %s",
                       run->folder, strerror(errno));
    if (st == MESA_OK && run->has_checkpoint)
        rename(path, previous);
    if (st == MESA_OK)
        st = mesa_archive_write(a, path, err);
    if (st == MESA_OK)
        run->has_checkpoint = true;
    if (st == MESA_OK && run->control->query)
        mesa_query_kept(run->control->query);
    run->last_checkpoint = mesa_now();
    mesa_free(path);
    mesa_free(previous);
    mesa_archive_free(a);
    mesa_lap_close(&lap);
    return st;
}

static mesa_status
take_archive(struct run *run, const struct mesa_archive *a,
             struct mesa_error *err)
{
    const size_t n = N_FIELDS;
    const uint64_t *field;
    const struct loop *at;
    const void *data;
    mesa_status st = mesa_archive_expect(a, "run", MESA_U64, 1, &n, &data,
                                         err);

    if (st != MESA_OK)
        return st;
    field = data;
    if (field[AT_LOOP] >= run->n_loops)
        return mesa_fail(err, MESA_EPARSE, "the checkpoint is in loop %llu",
                         (unsigned long long)field[AT_LOOP]);
    if (field[DATA_HASH] != input_hash(run))
        return mesa_fail(err, MESA_EEXIST,
                         "the data have changed since %s was started; use "
                         "--force to start over",
                         run->folder);
    st = check_states(run, a, err);
    if (st == MESA_OK && run->control->query)
        st = mesa_query_load(run->control->query, a, err);
    if (st == MESA_OK)
        st = mesa_run_load_events(run, a, err);
    if (st != MESA_OK)
        return st;
    for (size_t i = 0; i <= field[AT_LOOP]; i++) {
        st = mesa_run_begin(run, i, err);
        if (st == MESA_OK)
            st = mesa_instance_load(run->loop[i].instance, a, "loop", i, err);
        /* What a loop that is over has taught, its checkpoint knows. */
        if (st == MESA_OK && i < field[AT_LOOP])
            st = mesa_run_finish(run, i, err);
        if (st != MESA_OK)
            return st;
    }
    at = &run->loop[field[AT_LOOP]];
    /* A plugin's total is for progress only, that of [evaluate] is exact. */
    if (at->class_ == &mesa_evaluate_class && field[AT_STEP] >= at->total)
        return mesa_fail(err, MESA_EPARSE,
                         "the checkpoint is at step %llu of %llu",
                         (unsigned long long)field[AT_STEP],
                         (unsigned long long)at->total);
    run->at_loop = field[AT_LOOP];
    run->at_step = field[AT_STEP];
    run->global_step = field[GLOBAL_STEP];
    run->loop_done = field[LOOP_DONE] != 0;
    run->metrics_bytes = field[METRICS_BYTES];
    return MESA_OK;
}

static mesa_status
restore_from(struct run *run, const char *name, struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/%s", run->folder, name);
    struct mesa_archive *a = NULL;
    mesa_status st = path ? mesa_archive_read(path, &a, err)
                          : mesa_nomem(err, 1, "path");

    if (st == MESA_OK)
        st = take_archive(run, a, err);
    mesa_archive_free(a);
    mesa_free(path);
    return st;
}

mesa_status
mesa_run_restore(struct run *run, struct mesa_error *err)
{
    struct mesa_error first;
    mesa_status st = restore_from(run, "checkpoint.safetensors", &first);

    if (st == MESA_ENOTFOUND || st == MESA_EPARSE) {
        mesa_status older = restore_from(
            run, "checkpoint.previous.safetensors", err);

        if (older == MESA_OK && st == MESA_EPARSE) {
            struct mesa_error text;

            mesa_fail(&text, st, "%.400s; using the one before",
                      first.message);
            mesa_run_warn(run, text.message);
        }
        /* Neither is there: the run was stopped before its first one. */
        if (older == MESA_ENOTFOUND && st == MESA_ENOTFOUND)
            return MESA_OK;
        if (older == MESA_OK)
            st = MESA_OK;
    }
    if (st != MESA_OK && err)
        *err = first;
    run->has_checkpoint = st == MESA_OK;
    return st;
}

void
mesa_run_remove_checkpoints(const struct run *run)
{
    static const char *const names[] = { "checkpoint.safetensors",
                                         "checkpoint.previous.safetensors" };

    mesa_run_remove(run, names, MESA_COUNT(names));
}
