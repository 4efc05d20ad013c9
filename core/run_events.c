/* SPDX-License-Identifier: MIT */
/*
 * run_events.c - the event file of a run, for TensorBoard.
 *
 * It is a help, not a result: it holds times and the host's name, and when it
 * cannot be written the run goes on without it.
 */
#include "run_state.h"

#include <string.h>

/* Histograms at a hundred steps or so show how things went; those of all
 * steps would make the file, and the page, slow. */
#define SHOWN 100

/* Whether somebody has said so. */
static bool
is_given(const struct mesa_recipe *recipe, const char *key)
{
    const struct mesa_settings *s = &recipe->run_settings;

    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->params[i].name, key) == 0)
            return s->bound[i].given;
    return false;
}

/* A function of the step, whatever time it takes; the last one is shown. */
bool
mesa_run_shows_histograms(uint64_t step, uint64_t total)
{
    uint64_t stride = 1;

    if (total > 0)
        return step % ((total + SHOWN - 1) / SHOWN) == 0 ||
               step + 1 == total;
    /* Eight times for each doubling. */
    while (step / stride >= 16)
        stride *= 2;
    return step % stride == 0;
}

/* Another file, whose name comes after those that the run has. */
static mesa_status
begin_file(struct run *run, struct mesa_error *err)
{
    const char *name;
    char *names;
    mesa_status st = mesa_events_new(&run->events, run->folder, &name, err);

    if (st != MESA_OK)
        return st;
    names = run->event_files
                ? mesa_asprintf("%s\n%s", run->event_files, name)
                : mesa_strdup(name);
    if (!names)
        return mesa_nomem(err, 1, "event file");
    mesa_free(run->event_files);
    run->event_files = names;
    return MESA_OK;
}

/* The file that the checkpoint knows, or else a new one. */
static mesa_status
open_file(struct run *run, struct mesa_error *err)
{
    const char *last = run->event_files ? strrchr(run->event_files, '\n')
                                        : NULL;
    struct mesa_error why;
    mesa_status st;

    if (!run->event_files)
        return begin_file(run, err);
    st = mesa_events_continue(&run->events, run->folder,
                              last ? last + 1 : run->event_files,
                              run->event_bytes, &why);
    if (st == MESA_OK)
        return MESA_OK;
    mesa_run_log(run, "%s; TensorBoard finds what follows in another file",
                 why.message);
    return begin_file(run, err);
}

static void
give_up(struct run *run, const struct mesa_error *why)
{
    struct mesa_error text;

    mesa_events_free(run->events);
    run->events = NULL;
    mesa_fail(&text, why->status,
              "%.400s; TensorBoard will not see what follows", why->message);
    mesa_run_warn(run, text.message);
}

void
mesa_run_open_events(struct run *run)
{
    struct mesa_error err;

    if (!run->has_checkpoint || run->event_files)
        mesa_events_remove(run->folder, run->event_files);
    if (!run->recipe->run.tensorboard)
        return;
    if (!mesa_event_packer) {
        if (is_given(run->recipe, "tensorboard"))
            mesa_run_warn(run, "this mesa-core was built without protobuf-c, "
                               "so there is no event file for TensorBoard");
        return;
    }
    if (open_file(run, &err) != MESA_OK)
        give_up(run, &err);
}

void
mesa_run_put_events(struct run *run, uint64_t step)
{
    struct mesa_error err;

    if (run->events &&
        mesa_events_put(run->events, step, &err) != MESA_OK) {
        run->event_bytes = mesa_events_bytes(run->events);
        give_up(run, &err);
    }
}

void
mesa_run_close_events(struct run *run)
{
    mesa_events_free(run->events);
    mesa_free(run->event_files);
}

mesa_status
mesa_run_save_events(const struct run *run, struct mesa_archive *to,
                     struct mesa_error *err)
{
    const uint64_t bytes = run->events ? mesa_events_bytes(run->events)
                                       : run->event_bytes;
    mesa_status st;

    if (!run->event_files)
        return MESA_OK;
    st = mesa_archive_note(to, "event_files", run->event_files, err);
    return st == MESA_OK ? mesa_archive_put_vector(to, "event_bytes",
                                                   MESA_U64, 1, &bytes, err)
                         : st;
}

/* Checkpoints of runs without such a file have none of it. */
mesa_status
mesa_run_load_events(struct run *run, const struct mesa_archive *from,
                     struct mesa_error *err)
{
    const char *files = mesa_archive_get_note(from, "event_files");
    const size_t one = 1;
    const void *bytes;
    mesa_status st;

    mesa_free(run->event_files);
    run->event_files = NULL;
    if (!files)
        return MESA_OK;
    st = mesa_archive_expect(from, "event_bytes", MESA_U64, 1, &one, &bytes,
                             err);
    if (st != MESA_OK)
        return st;
    memcpy(&run->event_bytes, bytes, sizeof run->event_bytes);
    run->event_files = mesa_strdup(files);
    return run->event_files ? MESA_OK : mesa_nomem(err, 1, "event file");
}
