/* SPDX-License-Identifier: MIT */
/*
 * run_folder.c - the output folder: new, unfinished or finished, and what may
 * be done with it.
 *
 * summary.json is written last, so a folder that has one is a finished run; a
 * folder with a config.ini and no summary.json is one that was interrupted.
 */
#include "run_state.h"

#include "files.h"
#include "query.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const written_files[] = {
    "config.ini",     "metrics.csv",     "predictions.csv",
    "summary.json",   "timings.json",    "model.safetensors",
    "run.log",        "sampler.safetensors", "loss.safetensors",
    "init.safetensors",
    "checkpoint.safetensors", "checkpoint.previous.safetensors",
    "compare.csv",    "compare_times.csv",   "curves.csv",
    "queries.csv",    "answers.csv",         "origins.ini",
    "report.html"
};

static bool
has_file(const struct run *run, const char *name, struct mesa_error *err,
         mesa_status *st)
{
    char *path = mesa_asprintf("%s/%s", run->folder, name);
    bool there;

    if (!path) {
        *st = mesa_nomem(err, 1, "path");
        return false;
    }
    there = access(path, F_OK) == 0;
    mesa_free(path);
    return there;
}

char *
mesa_run_folder(const struct mesa_recipe *recipe)
{
    const char *given = recipe->run.output;

    return given ? mesa_strdup(given)
                 : mesa_asprintf("runs/%s", recipe->name);
}

static mesa_status
choose_folder(struct run *run, struct mesa_error *err)
{
    run->folder = mesa_run_folder(run->recipe);
    return run->folder ? MESA_OK : mesa_nomem(err, 1, "path");
}

/* Append "section.key" for each key of a whose value in b is another; those
 * that b lacks altogether only if asked for. */
static void
list_differences(const struct mesa_ini *a, const struct mesa_ini *b,
                 bool only_lacking, struct mesa_text *out)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct mesa_section *s = &a->section[i];

        for (size_t j = 0; j < s->n; j++) {
            const struct mesa_entry *e = &s->entry[j];
            const char *other = mesa_ini_value(b, s->name, e->key);

            if (!other || (!only_lacking && strcmp(other, e->value) != 0))
                mesa_text_printf(out, "%s%s.%s", out->n ? ", " : "", s->name,
                                 e->key);
        }
    }
}

/* Resuming with another configuration would mix two runs. */
static mesa_status
compare_config(struct run *run, struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/config.ini", run->folder);
    struct mesa_ini old = { 0 }, new = { 0 };
    struct mesa_text differ = { 0 };
    char *keys = NULL;
    mesa_status st = path ? mesa_ini_read(&old, path, err)
                          : mesa_nomem(err, 1, "path");

    if (st == MESA_OK)
        st = mesa_ini_parse(&new, run->config, strlen(run->config),
                            "this run", ".", err);
    if (st == MESA_OK) {
        list_differences(&new, &old, false, &differ);
        list_differences(&old, &new, true, &differ);
        keys = mesa_text_take(&differ);
        if (!keys)
            st = mesa_nomem(err, 1, "message");
        else if (*keys)
            st = mesa_fail(err, MESA_EEXIST,
                           "%s was started with another configuration, "
                           "which differs in %s; use --force to start over",
                           run->folder, keys);
    }
    mesa_free(keys);
    mesa_ini_free(&old);
    mesa_ini_free(&new);
    mesa_free(path);
    return st;
}

/* Results of another run are there and nobody said what to do with them. */
static mesa_status
refuse_taken(const struct run *run, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool finished = has_file(run, "summary.json", err, &st);
    bool started = has_file(run, "config.ini", err, &st);

    if (st != MESA_OK || run->control->force || run->control->resume ||
        !(finished || started))
        return st;
    return finished ? mesa_fail(err, MESA_EEXIST,
                                "%s holds a finished run; use --force to "
                                "replace it",
                                run->folder)
                    : mesa_fail(err, MESA_EEXIST,
                                "%s holds an unfinished run; use --resume to "
                                "go on or --force to replace it",
                                run->folder);
}

mesa_status
mesa_run_find_folder(struct run *run, struct mesa_error *err)
{
    mesa_status st = choose_folder(run, err);
    bool finished, started;

    if (st == MESA_OK) {
        run->config = mesa_recipe_text(run->recipe, false);
        if (!run->config)
            st = mesa_nomem(err, 1, "configuration");
    }
    if (st != MESA_OK)
        return st;
    st = refuse_taken(run, err);
    finished = has_file(run, "summary.json", err, &st);
    started = has_file(run, "config.ini", err, &st);
    if (st != MESA_OK || !run->control->resume || !(finished || started))
        return st;
    st = compare_config(run, err);
    run->finished_before = st == MESA_OK && finished;
    if (run->finished_before && !run->control->quiet)
        fprintf(stderr, "mesa-core: %s is finished already\n", run->folder);
    return st;
}

/* Without allocation, so that it works when memory has run out. */
void
mesa_run_remove(const struct run *run, const char *const *name, size_t n)
{
    int folder = open(run->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return;
    for (size_t i = 0; i < n; i++)
        unlinkat(folder, name[i], 0);
    close(folder);
}

void
mesa_run_clean_up(struct run *run)
{
    if (run->has_checkpoint || run->kept || !run->wrote_files)
        return;
    mesa_run_remove(run, written_files, MESA_COUNT(written_files));
    mesa_run_remove_pictures(run);
    mesa_events_remove(run->folder, NULL);
    for (size_t n = strlen(run->folder); run->n_made > 0; run->n_made--) {
        rmdir(run->folder);
        while (n > 0 && run->folder[n - 1] != '/')
            n--;
        while (n > 0 && run->folder[n - 1] == '/')
            n--;
        run->folder[n] = '\0';
    }
}

/* How many folders of the path are still to be made, the last ones. */
static mesa_status
note_missing(struct run *run, struct mesa_error *err)
{
    char *path = mesa_strdup(run->folder), *slash;

    if (!path)
        return mesa_nomem(err, 1, "path");
    while (*path && access(path, F_OK) != 0) {
        run->n_made++;
        slash = strrchr(path, '/');
        if (!slash)
            break;
        while (slash > path && slash[-1] == '/')
            slash--;
        *slash = '\0';
    }
    mesa_free(path);
    return MESA_OK;
}

/* Two runs in one folder would write over each other's files.  The lock goes
 * with the process, however it ends. */
static mesa_status
lock_folder(struct run *run, struct mesa_error *err)
{
    run->lock = open(run->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->lock >= 0 && flock(run->lock, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK)
        return mesa_fail(err, MESA_EEXIST, "another run is writing to %s",
                         run->folder);
    return MESA_OK;
}

/* metrics.csv, cut to what the checkpoint knows, or with its header only. */
static mesa_status
open_metrics(struct run *run, bool resumed, struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/metrics.csv", run->folder);
    static const char header[] = "step,split,metric,value\n";
    mesa_status st = MESA_OK;
    struct stat s;

    if (!path)
        return mesa_nomem(err, 1, "path");
    run->metrics = fopen(path, resumed ? "r+e" : "we");
    if (!run->metrics) {
        st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", path,
                       strerror(errno));
    } else if (!resumed) {
        if (fputs(header, run->metrics) < 0 || fflush(run->metrics) != 0)
            st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", path,
                           strerror(errno));
        run->metrics_bytes = sizeof header - 1;
    } else if (fstat(fileno(run->metrics), &s) != 0 ||
               (uint64_t)s.st_size < run->metrics_bytes ||
               ftruncate(fileno(run->metrics),
                         (off_t)run->metrics_bytes) != 0 ||
               fseeko(run->metrics, 0, SEEK_END) != 0) {
        st = mesa_fail(err, MESA_EIO,
                       "%s is shorter than the checkpoint says, use --force "
                       "to start over",
                       path);
    }
    mesa_free(path);
    return st;
}

/* ".NAME.PID.N.tmp" of a file that a run writes. */
static bool
is_temporary(const char *name)
{
    size_t n = strlen(name);

    if (name[0] != '.' || n < 5 || strcmp(name + n - 4, ".tmp") != 0)
        return false;
    for (size_t i = 0; i < MESA_COUNT(written_files); i++) {
        size_t m = strlen(written_files[i]);

        if (strncmp(name + 1, written_files[i], m) == 0 &&
            name[m + 1] == '.')
            return true;
    }
    return false;
}

/* A killed run leaves the file it was writing under its temporary name. */
static void
remove_temporaries(const struct run *run)
{
    DIR *folder = opendir(run->folder);
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (is_temporary(entry->d_name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}

static void
open_log(struct run *run)
{
    char *path = mesa_asprintf("%s/run.log", run->folder);

    if (path)
        run->log = fopen(path, "ae");
    mesa_free(path);
    mesa_run_log(run, "mesa-core %s: %s %s with %zu threads", MESA_VERSION,
                 run->has_checkpoint ? "going on with" : "starting",
                 run->recipe->name, mesa_parallel_threads());
}

/* Scores can be computed again, what people have answered cannot. */
static mesa_status
keep_answers(const struct run *run, bool *kept, struct mesa_error *err)
{
    char *from = mesa_asprintf("%s/answers.csv", run->folder);
    char *to = mesa_asprintf("%s/answers.previous.csv", run->folder);
    mesa_status st = MESA_OK;

    if (!from || !to)
        st = mesa_nomem(err, 1, "path");
    else if (rename(from, to) == 0)
        *kept = true;
    else if (errno != ENOENT)
        st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", to,
                       strerror(errno));
    mesa_free(from);
    mesa_free(to);
    return st;
}

/* Where the values are from, for its report; a run that goes on may have been
 * given others that do not change results. */
static mesa_status
put_origins(const struct run *run, struct mesa_error *err)
{
    char *text = mesa_recipe_text(run->recipe, true);
    mesa_status st = text ? mesa_file_put(run->folder, "origins.ini", text, err)
                          : mesa_nomem(err, 1, "configuration");

    mesa_free(text);
    return st;
}

mesa_status
mesa_run_prepare_folder(struct run *run, struct mesa_error *err)
{
    bool kept = false;
    mesa_status st = note_missing(run, err);

    if (st == MESA_OK)
        st = mesa_make_folders(run->folder, err);
    if (st == MESA_OK)
        st = lock_folder(run, err);
    /* Another run may have come and gone while the data were read. */
    if (st == MESA_OK)
        st = refuse_taken(run, err);
    if (st == MESA_OK) {
        remove_temporaries(run);
        mesa_run_remove_pictures(run); /* they are drawn at the end */
    }
    if (st == MESA_OK && run->control->resume)
        st = mesa_run_restore(run, err);
    if (st == MESA_OK && run->control->query)
        mesa_query_clean(run->control->query);
    if (st == MESA_OK && !run->has_checkpoint)
        st = keep_answers(run, &kept, err);
    if (st == MESA_OK && !run->has_checkpoint) {
        mesa_run_remove(run, written_files, MESA_COUNT(written_files));
        run->wrote_files = true;
        st = mesa_file_put(run->folder, "config.ini", run->config, err);
    }
    if (st == MESA_OK)
        st = put_origins(run, err);
    if (st == MESA_OK)
        st = open_metrics(run, run->has_checkpoint, err);
    if (st == MESA_OK) {
        open_log(run);
        mesa_run_open_events(run);
    }
    if (st == MESA_OK && kept)
        mesa_host_say(&run->host, "labels given to the run that was here are "
                                  "in %s/answers.previous.csv",
                      run->folder);
    return st;
}
