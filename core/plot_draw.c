/* SPDX-License-Identifier: MIT */
/*
 * plot_draw.c - pictures that a run folder has scripts of, drawn by gnuplot.
 *
 * Each script has a process of its own, which takes some milliseconds, so that
 * one that fails does not take others with it.  What gnuplot dislikes is in
 * plots/gnuplot.log, which stays there only if something is missing.
 */
#include "plot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Is FOLDER/NAME.svg there, and something in it? */
static bool
is_drawn(const char *plots, const char *name)
{
    char *path = mesa_asprintf("%s/%s.svg", plots, name);
    struct stat s;
    const bool there = path && stat(path, &s) == 0 && s.st_size > 0;

    mesa_free(path);
    return there;
}

static size_t
count_missing(const struct mesa_plot_index *index, const char *plots)
{
    size_t n = 0;

    for (size_t i = 0; i < index->n; i++)
        n += !is_drawn(plots, index->entry[i].name);
    return n;
}

/* Has gnuplot go to the folder first; in single quotes. */
static char *
go_there(const char *plots)
{
    struct mesa_text text = { 0 };

    mesa_text_add(&text, "cd '");
    for (const char *c = plots; *c; c++)
        mesa_text_printf(&text, *c == '\'' ? "''" : "%c", *c);
    mesa_text_add(&text, "'");
    return mesa_text_take(&text);
}

/* Exit status of gnuplot with one script; 127 if there is no such program. */
static int
run_gnuplot(char *program, char *go, char *script, const char *log)
{
    char option[] = "-e";
    char *const argument[] = { program, option, go, script, NULL };
    posix_spawn_file_actions_t actions;
    int status = 127, failed;
    pid_t child;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                     O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log,
                                     O_WRONLY | O_CREAT | O_APPEND, 0666);
    failed = posix_spawnp(&child, program, &actions, NULL, argument, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return failed == ENOENT || failed == EACCES ? 127 : 126;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 126;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* A picture half drawn is none. */
static mesa_status
draw(const char *plots, const char *name, const char *program,
     const char *log, int *status, struct mesa_error *err)
{
    char *go = go_there(plots), *script = mesa_asprintf("%s.gp", name);
    char *picture = mesa_asprintf("%s/%s.svg", plots, name);
    char *gnuplot = mesa_strdup(program);
    mesa_status st = MESA_OK;

    if (!go || !script || !picture || !gnuplot)
        st = mesa_nomem(err, 1, "path");
    else
        *status = run_gnuplot(gnuplot, go, script, log);
    if (st == MESA_OK && *status != 0)
        unlink(picture);
    mesa_free(go);
    mesa_free(script);
    mesa_free(picture);
    mesa_free(gnuplot);
    return st;
}

static mesa_status
draw_missing(const struct mesa_plot_index *index, const char *plots,
             const char *program, const char *log, int *status,
             struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    unlink(log);
    for (size_t i = 0; i < index->n && st == MESA_OK && *status != 127; i++)
        if (!is_drawn(plots, index->entry[i].name))
            st = draw(plots, index->entry[i].name, program, log, status, err);
    return st;
}

static const char *
are(size_t n)
{
    return n == 1 ? " is" : "s are";
}

static mesa_status
say_why(const char *plots, const char *program, size_t missing, int status,
        char **why, struct mesa_error *err)
{
    if (!program)
        *why = mesa_asprintf("%zu picture%s not drawn, as MESA_GNUPLOT is "
                             "empty; their scripts are in %s",
                             missing, are(missing), plots);
    else if (status == 127)
        *why = mesa_asprintf("%zu picture%s not drawn, as %s is not "
                             "installed; their scripts are in %s",
                             missing, are(missing), program, plots);
    else
        *why = mesa_asprintf("%zu picture%s not drawn: %s/gnuplot.log "
                             "says why",
                             missing, are(missing), plots);
    return *why ? MESA_OK : mesa_nomem(err, 1, "message");
}

mesa_status
mesa_plots_draw(const char *folder, char **why, struct mesa_error *err)
{
    const char *program = getenv("MESA_GNUPLOT");
    char *plots = mesa_asprintf("%s/plots", folder), *log = NULL;
    struct mesa_plot_index index;
    size_t missing = 0;
    int status = 0;
    mesa_status st = mesa_plot_index_read(&index, folder, err);

    *why = NULL;
    if (!program)
        program = "gnuplot";
    else if (!*program)
        program = NULL;
    if (st == MESA_OK && plots)
        log = mesa_asprintf("%s/gnuplot.log", plots);
    if (st == MESA_OK && !log)
        st = mesa_nomem(err, 1, "path");
    if (st == MESA_OK && program)
        st = draw_missing(&index, plots, program, log, &status, err);
    if (st == MESA_OK)
        missing = count_missing(&index, plots);
    if (st == MESA_OK && (missing == 0 || status == 127))
        unlink(log);
    if (st == MESA_OK && missing > 0)
        st = say_why(plots, program, missing, status, why, err);
    mesa_plot_index_free(&index);
    mesa_free(log);
    mesa_free(plots);
    return st;
}
