/* SPDX-License-Identifier: MIT */
/*
 * inspect_run.c - the folder of a run, and its checkpoints: how far it is,
 * what is in it, and how to go on.
 */
#include "inspect.h"

#include "files.h"
#include "inifile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* No file of a run that is read whole here is longer by right. */
#define LIMIT ((size_t)1 << 28)

/* FOLDER/NAME; NULL and MESA_OK if there is none. */
static mesa_status
get(const char *folder, const char *name, char **text, size_t *n,
                 struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/%s", folder, name);
    mesa_status st = path ? mesa_file_get_regular(path, LIMIT, text, n,
                                                   err)
                          : mesa_nomem(err, 1, "path");

    if (st != MESA_OK)
        *text = NULL;
    mesa_free(path);
    return st == MESA_ENOTFOUND ? MESA_OK : st;
}

/* Rows of metrics.csv, in its first so many bytes. */
static mesa_status
tell_rows(struct mesa_inspection *in, const char *folder, uint64_t bytes,
          struct mesa_error *err)
{
    char *text;
    size_t n, lines = 0;
    mesa_status st = get(folder, "metrics.csv", &text, &n, err);

    if (st != MESA_OK || !text)
        return st;
    for (size_t i = 0; i < MESA_MIN(n, bytes); i++)
        lines += text[i] == '\n';
    mesa_tell_uint(&in->tell, "metric_rows", lines ? lines - 1 : 0, NULL);
    mesa_free(text);
    return MESA_OK;
}

/* In quotes where a shell would take it for more than a word. */
static void
add_word(struct mesa_text *to, const char *word)
{
    bool plain = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                              "tuvwxyz0123456789_./+-=") == strlen(word);

    mesa_text_add(to, plain ? "" : "'");
    while (*word) {
        size_t n = strcspn(word, "'");

        mesa_text_printf(to, "%.*s%s", (int)n, word,
                         word[n] ? "'\\''" : "");
        word += n + (word[n] != '\0');
    }
    mesa_text_add(to, plain ? "" : "'");
}

static mesa_status
tell_how_to_go_on(struct mesa_inspection *in, const char *folder,
                  struct mesa_error *err)
{
    char *config = mesa_asprintf("%s/config.ini", folder), *command;
    char *output = mesa_asprintf("run.output=%s", folder);
    struct mesa_text text = { 0 };

    mesa_text_add(&text, "mesa-core -c ");
    add_word(&text, config ? config : "");
    mesa_text_add(&text, " --resume --set ");
    add_word(&text, output ? output : "");
    command = mesa_text_take(&text);
    if (config && output)
        mesa_tell_string(&in->tell, "to_go_on", command);
    mesa_free(command);
    mesa_free(config);
    mesa_free(output);
    return config && output && command ? MESA_OK : mesa_nomem(err, 1, "text");
}

/* Where the checkpoint is; the first five numbers are those of
 * run_checkpoint.c. */
static mesa_status
tell_place(struct mesa_inspection *in, const struct mesa_archive *a,
           const char *folder, struct mesa_error *err)
{
    const char *steps = mesa_archive_get_note(a, "mesa.steps");
    struct mesa_tensor t;
    const uint64_t *field;
    mesa_status st = mesa_archive_get(a, "run", &t, err);

    if (st != MESA_OK)
        return st;
    if (t.dtype != MESA_U64 || t.n_dims != 1 || t.shape[0] < 5)
        return mesa_fail(err, MESA_EPARSE,
                         "the checkpoint does not say where the run is");
    field = t.data;
    mesa_tell_open(&in->tell, "checkpoint");
    mesa_tell_string(&in->tell, "loop", mesa_archive_get_note(a, "mesa.loop"));
    mesa_tell_uint(&in->tell, "steps_done", field[1], NULL);
    if (!steps || strcmp(steps, "0") != 0)
        mesa_tell_string(&in->tell, "steps_there_are", steps);
    mesa_tell_uint(&in->tell, "steps_of_all_loops", field[2], NULL);
    st = tell_rows(in, folder, field[4], err);
    mesa_tell_close(&in->tell);
    return st;
}

/* The folder of a path, in fresh memory. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash         ? mesa_strdup(".")
           : slash == path ? mesa_strdup("/")
                           : mesa_asprintf("%.*s", (int)(slash - path), path);
}

static mesa_status
tell_config(struct mesa_inspection *in, const char *folder,
            struct mesa_error *err)
{
    char *text;
    size_t n;
    mesa_status st = get(folder, "config.ini", &text, &n, err);

    if (st == MESA_OK && text)
        st = mesa_inspect_config(in, text, "config.ini", err);
    mesa_free(text);
    return st;
}

mesa_status
mesa_inspect_checkpoint(struct mesa_inspection *in,
                        const struct mesa_archive *a, struct mesa_error *err)
{
    char *folder = folder_of(in->path);
    mesa_status st = folder ? tell_how_to_go_on(in, folder, err)
                            : mesa_nomem(err, 1, "path");

    if (st == MESA_OK)
        st = tell_place(in, a, folder, err);
    if (st == MESA_OK)
        st = tell_config(in, folder, err);
    mesa_free(folder);
    return st;
}

/* Does a process hold the lock that a run has on its folder?  Trying to get
 * it could refuse a run that starts at the same time. */
static bool
is_locked(const char *folder)
{
    FILE *f = fopen("/proc/locks", "re");
    unsigned long long inode;
    unsigned dev_major, dev_minor;
    bool found = false;
    char line[256];
    struct stat is;

    while (f && stat(folder, &is) == 0 && !found &&
           fgets(line, sizeof line, f))
        found = sscanf(line, "%*u: FLOCK %*s %*s %*u %x:%x:%llu", &dev_major,
                       &dev_minor, &inode) == 3 &&
                inode == is.st_ino && dev_major == major(is.st_dev) &&
                dev_minor == minor(is.st_dev);
    if (f)
        fclose(f);
    return found;
}

/* What to think of names, and of what begins like one. */
static const struct known {
    const char *name, *what;
} known_files[] = {
    { "answers.csv", "labels that people gave" },
    { "answers.previous.csv", "labels given to the run that was here before" },
    { "checkpoint.previous.safetensors", "where the run was before" },
    { "checkpoint.safetensors", "where the run is" },
    { "compare.csv", "scores of all methods or runs" },
    { "compare_times.csv", "seconds of each fit" },
    { "config.ini", "the whole configuration" },
    { "curves.csv", "scores of all runs, step by step" },
    { "events.out.", "for TensorBoard" },
    { "init.safetensors", "initial weights that were learnt" },
    { "loss.safetensors", "a loss that was learnt" },
    { "metrics.csv", "scores, step by step" },
    { "model.safetensors", "the fitted model" },
    { "origins.ini", "where each value of the configuration is from" },
    { "plots", "pictures: tables, scripts, SVG" },
    { "predictions.csv", "what was said of each row" },
    { "queries.csv", "rows that were asked for" },
    { "report.html", "the report, for a browser" },
    { "run.log", "what happened when" },
    { "sampler.safetensors", "a sampler that was learnt" },
    { "summary.json", "scores, data, versions; of a finished run only" },
    { "timings.json", "how long it took" },
};

static const char *
what_is(const char *name)
{
    for (size_t i = 0; i < MESA_COUNT(known_files); i++) {
        size_t n = strlen(known_files[i].name);

        if (strcmp(name, known_files[i].name) == 0 ||
            (known_files[i].name[n - 1] == '.' &&
             strncmp(name, known_files[i].name, n) == 0))
            return known_files[i].what;
    }
    return NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
free_names(char **name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mesa_free(name[i]);
    mesa_free(name);
}

/* What is in a folder, sorted, but for names that begin with a dot. */
static mesa_status
list_folder(const char *folder, char ***out, size_t *n, struct mesa_error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char **name = NULL, **moved = NULL;

    *n = 0;
    if (!dir)
        return mesa_fail(err, MESA_EIO, "cannot read %s: %s", folder,
                         strerror(errno));
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        moved = mesa_realloc_array(name, *n + 1, sizeof *name);
        if (!moved)
            break;
        name = moved;
        name[*n] = mesa_strdup(entry->d_name);
        if (!name[(*n)++])
            break;
    }
    closedir(dir);
    if (entry) {
        free_names(name, *n);
        return mesa_nomem(err, *n, "names");
    }
    if (*n)
        qsort(name, *n, sizeof *name, compare_names);
    *out = name;
    return MESA_OK;
}

/* Bytes of a file, or of the files of a folder (not those below). */
static uint64_t
size_of(const char *folder, const char *name)
{
    char *path = mesa_asprintf("%s/%s", folder, name);
    uint64_t size = 0;
    struct stat is;
    char **inside;
    size_t n;

    if (path && stat(path, &is) == 0) {
        if (S_ISREG(is.st_mode)) {
            size = (uint64_t)is.st_size;
        } else if (S_ISDIR(is.st_mode) && !strchr(name, '/') &&
                   list_folder(path, &inside, &n, NULL) == MESA_OK) {
            for (size_t i = 0; i < n; i++) {
                char *below = mesa_asprintf("%s/%s", name, inside[i]);

                size += below ? size_of(folder, below) : 0;
                mesa_free(below);
            }
            free_names(inside, n);
        }
    }
    mesa_free(path);
    return size;
}

static mesa_status
tell_files(struct mesa_inspection *in, struct mesa_error *err)
{
    static const char *const columns[] = { "name", "bytes", "what", NULL };
    char **name;
    size_t n;
    mesa_status st = list_folder(in->path, &name, &n, err);

    if (st != MESA_OK)
        return st;
    mesa_tell_table(&in->tell, "files", columns);
    for (size_t i = 0; i < n; i++) {
        mesa_tell_cell_string(&in->tell, name[i]);
        mesa_tell_cell_uint(&in->tell, size_of(in->path, name[i]));
        mesa_tell_cell_string(&in->tell, what_is(name[i]));
    }
    mesa_tell_table_end(&in->tell);
    free_names(name, n);
    return MESA_OK;
}

/* The text behind " warning: " of a line of run.log, or NULL. */
static const char *
warning_in(const char *line)
{
    static const char mark[] = " warning: ";
    const char *blank = strchr(line, ' ');

    return blank && strncmp(blank, mark, sizeof mark - 1) == 0
               ? blank + sizeof mark - 1
               : NULL;
}

/* Each once: a run that went on repeats some. */
static mesa_status
tell_warnings(struct mesa_inspection *in, struct mesa_error *err)
{
    char *text, *rest = NULL;
    const char **warning = NULL;
    size_t n = 0, size;
    mesa_status st = get(in->path, "run.log", &text, &size, err);

    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL;
         line && st == MESA_OK; line = strtok_r(NULL, "\n", &rest)) {
        const char *one = warning_in(line);
        const char **moved;
        bool again = false;

        for (size_t i = 0; one && i < n; i++)
            again |= strcmp(warning[i], one) == 0;
        if (!one || again)
            continue;
        moved = mesa_realloc_array(warning, n + 1, sizeof *moved);
        if (!moved) {
            st = mesa_nomem(err, n, "warnings");
            break;
        }
        warning = moved;
        warning[n++] = one;
    }
    if (st == MESA_OK)
        mesa_tell_lines(&in->tell, "warnings", n, warning);
    mesa_free(warning);
    mesa_free(text);
    return st;
}

/* "section.key" for each key of the model's configuration that the run's has
 * with another value. */
static void
list_misfits(const struct mesa_ini *model, const struct mesa_ini *run,
             struct mesa_text *out)
{
    for (size_t i = 0; i < model->n; i++) {
        const struct mesa_section *s = &model->section[i];

        for (size_t j = 0; j < s->n; j++) {
            const char *other = mesa_ini_value(run, s->name, s->entry[j].key);

            if (!other || strcmp(other, s->entry[j].value) != 0)
                mesa_text_printf(out, "%s%s.%s", out->n ? ", " : "", s->name,
                                 s->entry[j].key);
        }
    }
}

/* Is the model one of this run?  Files get copied. */
static mesa_status
tell_fit(struct mesa_inspection *in, const struct mesa_archive *a,
         const struct mesa_ini *run, struct mesa_error *err)
{
    const char *config = mesa_archive_get_note(a, "mesa.config");
    struct mesa_text text = { 0 };
    struct mesa_ini model = { 0 };
    char *misfits = NULL;
    mesa_status st = config ? mesa_ini_parse(&model, config, strlen(config),
                                             "mesa.config", "", err)
                            : mesa_fail(err, MESA_EPARSE, "model.safetensors "
                                        "does not say how it was fitted");

    if (st == MESA_OK) {
        list_misfits(&model, run, &text);
        misfits = mesa_text_take(&text);
        st = misfits ? MESA_OK : mesa_nomem(err, 1, "text");
    }
    if (st == MESA_OK) {
        mesa_tell_bool(&in->tell, "model_fits_config", !*misfits);
        if (*misfits)
            mesa_tell_string(&in->tell, "differs_in", misfits);
    }
    mesa_free(misfits);
    mesa_ini_free(&model);
    return st;
}

static mesa_status
tell_model(struct mesa_inspection *in, const struct mesa_ini *run,
           struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/model.safetensors", in->path);
    struct mesa_archive *a = NULL;
    mesa_status st = path ? mesa_archive_read(path, &a, err)
                          : mesa_nomem(err, 1, "path");

    if (st == MESA_ENOTFOUND)
        st = MESA_OK;
    else if (st == MESA_OK)
        st = tell_fit(in, a, run, err);
    mesa_archive_free(a);
    mesa_free(path);
    return st;
}

/* Finished, under way, or stopped; the last ones with their place. */
static mesa_status
tell_progress(struct mesa_inspection *in, bool finished,
              struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/checkpoint.safetensors", in->path);
    bool running = !finished && is_locked(in->path);
    struct mesa_archive *a = NULL;
    mesa_status st = path ? MESA_OK : mesa_nomem(err, 1, "path");

    if (st == MESA_OK && !finished)
        st = mesa_archive_read(path, &a, err);
    mesa_free(path);
    if (st != MESA_OK && st != MESA_ENOTFOUND)
        return st;
    mesa_tell_word(&in->tell, "state",
                   finished  ? "finished"
                   : running ? "running"
                             : "stopped",
                   finished  ? "finished"
                   : running ? "under way"
                   : a       ? "stopped, with a checkpoint"
                             : "stopped before the first checkpoint");
    st = finished || running ? MESA_OK : tell_how_to_go_on(in, in->path, err);
    if (st == MESA_OK && a)
        st = tell_place(in, a, in->path, err);
    else if (st == MESA_OK)
        st = tell_rows(in, in->path, SIZE_MAX, err);
    mesa_archive_free(a);
    return st;
}

static mesa_status
tell_run(struct mesa_inspection *in, const struct mesa_ini *ini,
         const char *config, struct mesa_error *err)
{
    char *summary;
    size_t n;
    mesa_status st = get(in->path, "summary.json", &summary, &n,
                                      err);

    if (st == MESA_OK)
        st = tell_progress(in, summary != NULL, err);
    mesa_tell_string(&in->tell, "seed", mesa_ini_value(ini, "run", "seed"));
    if (st == MESA_OK)
        st = tell_model(in, ini, err);
    if (st == MESA_OK && summary)
        st = mesa_inspect_summary(in, summary, n, err);
    if (st == MESA_OK)
        st = mesa_inspect_config(in, config, "config.ini", err);
    if (st == MESA_OK)
        st = tell_files(in, err);
    if (st == MESA_OK)
        st = tell_warnings(in, err);
    mesa_free(summary);
    return st;
}

enum mesa_exit
mesa_inspect_run(struct mesa_inspection *in, struct mesa_error *err)
{
    struct mesa_ini ini = { 0 };
    char *config;
    size_t n;
    mesa_status st = get(in->path, "config.ini", &config, &n,
                                      err);

    if (st == MESA_OK && !config)
        st = mesa_fail(err, MESA_EPARSE,
                       "%s is not the folder of a run: there is no "
                       "config.ini in it",
                       in->path);
    if (st == MESA_OK)
        st = mesa_ini_parse(&ini, config, n, "config.ini", "", err);
    if (st == MESA_OK)
        st = tell_run(in, &ini, config, err);
    mesa_ini_free(&ini);
    mesa_free(config);
    return mesa_exit_code(st, MESA_STAGE_DATA);
}
