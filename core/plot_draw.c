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
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    NOT_THERE = 127, /* exit statuses, as shells have them */
    FAILED    = 126,
    STOPPED   = 130,
    LONGEST   = 60   /* seconds that a picture may take */
};

/* What draws, and how far it got. */
struct drawer {
    const char                  *plots, *program;
    const volatile sig_atomic_t *stop; /* NULL: none */
    char                       **environment;
    int                          log, status;
};

static bool
is_younger(const char *plots, const char *name, const char *end,
           const struct stat *than)
{
    char *path = mesa_asprintf("%s/%s.%s", plots, name, end);
    struct stat s;
    const bool younger =
        path && stat(path, &s) == 0 &&
        (s.st_mtim.tv_sec > than->st_mtim.tv_sec ||
         (s.st_mtim.tv_sec == than->st_mtim.tv_sec &&
          s.st_mtim.tv_nsec > than->st_mtim.tv_nsec));

    mesa_free(path);
    return younger;
}

/* Does the file end as a picture does? */
static bool
is_whole(int fd, off_t size)
{
    static const char end[] = "</svg>";
    char tail[64] = "";
    const off_t from = size > 60 ? size - 60 : 0;
    const ssize_t n = pread(fd, tail, sizeof tail - 1, from);

    return n > 0 && strstr(tail, end);
}

/* Is FOLDER/NAME.svg there, whole, and of the script as it is now? */
static bool
is_drawn(const char *plots, const char *name)
{
    char *path = mesa_asprintf("%s/%s.svg", plots, name);
    const int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    struct stat s;
    const bool drawn = fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
                       is_whole(fd, s.st_size) &&
                       !is_younger(plots, name, "gp", &s) &&
                       !is_younger(plots, name, "csv", &s);

    if (fd >= 0)
        close(fd);
    mesa_free(path);
    return drawn;
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

/* Ours but for what would have gnuplot draw on a screen. */
static char **
make_environment(void)
{
    size_t n = 0, kept = 0;
    char **made;

    while (environ[n])
        n++;
    made = mesa_alloc_array(n + 1, sizeof *made);
    for (size_t i = 0; made && i < n; i++)
        if (strncmp(environ[i], "GNUTERM=", 8) != 0)
            made[kept++] = environ[i];
    return made;
}

/* Until it ends, somebody wants to stop, or it has taken too long. */
static int
await(pid_t child, const volatile sig_atomic_t *stop)
{
    struct timespec pause = { 0, 1000000 };
    double waited = 0.0;
    int status;
    pid_t ended;

    while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
        const bool stopped = stop && *stop;

        if (stopped || waited > LONGEST) {
            kill(child, SIGKILL);
            while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
            return stopped ? STOPPED : FAILED;
        }
        nanosleep(&pause, NULL);
        waited += 1e-9 * (double)pause.tv_nsec;
        if (waited > 0.1)
            pause.tv_nsec = 20000000;
    }
    if (ended < 0)
        return FAILED;
    if (WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
        return STOPPED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* Exit status of gnuplot with one script, and without people's own files. */
static int
run_gnuplot(const struct drawer *d, char *program, char *go, char *script)
{
    char plain[] = "-d", option[] = "-e";
    char *const argument[] = { program, plain, option, go, script, NULL };
    posix_spawn_file_actions_t actions;
    int failed;
    pid_t child;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                     O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, d->log, STDERR_FILENO);
    failed = posix_spawnp(&child, program, &actions, NULL, argument,
                          d->environment);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return failed == ENOENT || failed == EACCES ? NOT_THERE : FAILED;
    return await(child, d->stop);
}

/* A picture half drawn is none. */
static mesa_status
draw(struct drawer *d, const char *name, struct mesa_error *err)
{
    char *go = go_there(d->plots), *script = mesa_asprintf("%s.gp", name);
    char *picture = mesa_asprintf("%s/%s.svg", d->plots, name);
    char *gnuplot = mesa_strdup(d->program);
    mesa_status st = MESA_OK;

    if (!go || !script || !picture || !gnuplot)
        st = mesa_nomem(err, 1, "path");
    else
        d->status = run_gnuplot(d, gnuplot, go, script);
    if (st == MESA_OK && d->status != 0)
        unlink(picture);
    mesa_free(go);
    mesa_free(script);
    mesa_free(picture);
    mesa_free(gnuplot);
    return st;
}

static mesa_status
draw_missing(const struct mesa_plot_index *index, struct drawer *d,
             struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < index->n && st == MESA_OK &&
                       d->status != NOT_THERE && d->status != STOPPED; i++)
        if (!is_drawn(d->plots, index->entry[i].name))
            st = draw(d, index->entry[i].name, err);
    return st;
}

static const char *
are(size_t n)
{
    return n == 1 ? " is" : "s are";
}

/* What is missing, and why; log: of gnuplot, or NULL. */
static mesa_status
say_why(const struct drawer *d, size_t missing, const char *log, char **why,
        struct mesa_error *err)
{
    if (!d->program)
        *why = mesa_asprintf("%zu picture%s not drawn, as MESA_GNUPLOT is "
                             "empty; their scripts are in %s",
                             missing, are(missing), d->plots);
    else if (d->log < 0)
        *why = mesa_asprintf("%zu picture%s not drawn: cannot write %s: %s",
                             missing, are(missing), d->plots,
                             strerror(d->status));
    else if (d->status == NOT_THERE)
        *why = mesa_asprintf("%zu picture%s not drawn, as %s is not "
                             "installed; their scripts are in %s",
                             missing, are(missing), d->program, d->plots);
    else if (d->status == STOPPED)
        *why = mesa_asprintf("%zu picture%s not drawn, as you stopped; "
                             "mesa-core report --draw draws them",
                             missing, are(missing));
    else
        *why = mesa_asprintf("%zu picture%s not drawn: %s says why", missing,
                             are(missing), log);
    return *why ? MESA_OK : mesa_nomem(err, 1, "message");
}

/* Open the log, draw, and away with the log if there is nothing in it. */
static mesa_status
draw_all(const struct mesa_plot_index *index, struct drawer *d,
         const char *log, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    d->log = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  0666);
    if (d->log < 0) {
        d->status = errno;
        return MESA_OK;
    }
    d->environment = make_environment();
    if (!d->environment)
        st = mesa_nomem(err, 1, "environment");
    if (st == MESA_OK)
        st = draw_missing(index, d, err);
    close(d->log);
    if (st != MESA_OK || count_missing(index, d->plots) == 0 ||
        d->status == NOT_THERE || d->status == STOPPED)
        unlink(log);
    mesa_free(d->environment);
    return st;
}

mesa_status
mesa_plots_missing(const char *folder, size_t *n, struct mesa_error *err)
{
    char *plots = mesa_asprintf("%s/plots", folder);
    struct mesa_plot_index index;
    mesa_status st = mesa_plot_index_read(&index, folder, err);

    if (st == MESA_OK && !plots)
        st = mesa_nomem(err, 1, "path");
    *n = st == MESA_OK ? count_missing(&index, plots) : 0;
    mesa_plot_index_free(&index);
    mesa_free(plots);
    return st;
}

mesa_status
mesa_plots_draw(const char *folder, const volatile sig_atomic_t *stop,
                char **why, struct mesa_error *err)
{
    char *plots = mesa_asprintf("%s/plots", folder);
    char *log = mesa_asprintf("%s/plots/gnuplot.log", folder);
    struct drawer d = { plots, getenv("MESA_GNUPLOT"), stop, NULL, -1, 0 };
    struct mesa_plot_index index;
    size_t missing = 0;
    mesa_status st = mesa_plot_index_read(&index, folder, err);

    *why = NULL;
    if (!d.program)
        d.program = "gnuplot";
    else if (!*d.program)
        d.program = NULL;
    if (st == MESA_OK && (!plots || !log))
        st = mesa_nomem(err, 1, "path");
    if (st == MESA_OK)
        missing = count_missing(&index, plots);
    if (st == MESA_OK && missing > 0 && d.program)
        st = draw_all(&index, &d, log, err);
    if (st == MESA_OK)
        missing = count_missing(&index, plots);
    if (st == MESA_OK && missing > 0)
        st = say_why(&d, missing, log, why, err);
    mesa_plot_index_free(&index);
    mesa_free(log);
    mesa_free(plots);
    return st;
}
