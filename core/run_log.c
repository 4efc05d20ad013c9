/* SPDX-License-Identifier: MIT */
/*
 * run_log.c - run.log: what happened when, for people; warnings; progress.
 *
 * The log is a help, not a result: it holds times, is not compared, and a run
 * does not fail because a line could not be written.
 */
#include "run_state.h"

#include <pthread.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

/* Who writes to standard error: steps and lines of several threads. */
static pthread_mutex_t screen = PTHREAD_MUTEX_INITIALIZER;

void
mesa_run_log(const struct run *run, const char *fmt, ...)
{
    time_t now = time(NULL);
    struct tm utc;
    char stamp[32];
    va_list args;

    if (!run->log || !gmtime_r(&now, &utc))
        return;
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    fprintf(run->log, "%s ", stamp);
    va_start(args, fmt);
    vfprintf(run->log, fmt, args);
    va_end(args);
    fputc('\n', run->log);
    fflush(run->log);
}

void
mesa_run_say(void *context, const char *line)
{
    struct run *run = context;

    pthread_mutex_lock(&screen);
    mesa_progress_clear(&run->progress);
    if (!run->control->quiet)
        fprintf(stderr, "%s\n", line);
    mesa_progress_redraw(&run->progress, mesa_now());
    mesa_run_log(run, "%s", line);
    pthread_mutex_unlock(&screen);
}

void
mesa_run_warn(const struct run *run, const char *text)
{
    const bool colour = mesa_terminal_of(STDERR_FILENO).colour;

    if (!run->control->quiet)
        fprintf(stderr, "mesa-core: %swarning:%s %s\n",
                colour ? "\033[33m" : "", colour ? "\033[0m" : "", text);
    mesa_run_log(run, "warning: %s", text);
}

void
mesa_run_take_warning(void *context, const char *line)
{
    struct run *run = context;

    pthread_mutex_lock(&screen);
    mesa_progress_clear(&run->progress);
    mesa_run_warn(run, line);
    mesa_progress_redraw(&run->progress, mesa_now());
    pthread_mutex_unlock(&screen);
}

/* Before another estimator than an ensemble it draws blindly. */
void
mesa_run_warn_feedback(const struct run *run)
{
    const struct mesa_component *c = mesa_recipe_row_sampler(run->recipe);
    struct mesa_error text;

    if (!c || !(c->class_->flags & MESA_CLASS_FEEDBACK))
        return;
    mesa_fail(&text, MESA_OK,
              "[%s] %s sees no errors here, as it draws the rows of [%s] %s "
              "before there are any; [%s] type = mesa shows it those of an "
              "ensemble",
              c->section, c->class_->name, run->recipe->estimator->section,
              run->recipe->estimator->class_->name,
              run->recipe->estimator->section);
    mesa_run_warn(run, text.message);
}

/* Keys that are still accepted and should no longer be used. */
void
mesa_run_warn_deprecated(const struct run *run)
{
    for (const struct mesa_component *c = run->recipe->components; c;
         c = c->next) {
        for (size_t i = 0; i < c->settings.n; i++) {
            const struct mesa_param *p = &c->settings.params[i];
            struct mesa_error text;

            if (!(p->flags & MESA_PARAM_DEPRECATED) ||
                !c->settings.bound[i].given)
                continue;
            mesa_fail(&text, MESA_OK, "%s: [%s] %s is deprecated: %s",
                      c->settings.bound[i].origin, c->section, p->name,
                      p->help);
            mesa_run_warn(run, text.message);
        }
    }
}

/* -v has a line of each step instead; there is nothing to draw over where
 * standard error is no terminal. */
void
mesa_run_progress_begin(struct run *run)
{
    const struct loop *loop = &run->loop[run->at_loop];
    struct mesa_progress *p = &run->progress;

    p->to = stderr;
    p->fd = STDERR_FILENO;
    p->terminal = mesa_terminal_of(STDERR_FILENO);
    if (run->control->quiet || run->control->verbose)
        p->style = MESA_PROGRESS_NONE;
    else
        p->style = p->terminal.draws ? MESA_PROGRESS_BAR
                                     : MESA_PROGRESS_LINES;
    pthread_mutex_lock(&screen);
    if (!run->loop_done)
        mesa_progress_start(p, loop->class_->head.name, run->at_step,
                            loop->total, mesa_now());
    pthread_mutex_unlock(&screen);
}

void
mesa_run_progress(struct run *run, const char *last)
{
    const struct loop *loop = &run->loop[run->at_loop];

    if (run->control->verbose)
        fprintf(stderr, "%s %llu%s%s\n", loop->class_->head.name,
                (unsigned long long)run->at_step, *last ? ": " : "", last);
    pthread_mutex_lock(&screen);
    mesa_progress_step(&run->progress, run->at_step, loop->total, last,
                       mesa_now());
    pthread_mutex_unlock(&screen);
}

/* From any thread; whoever is busy there draws what is new. */
void
mesa_run_progress_wait(void *context)
{
    struct run *run = context;

    if (pthread_mutex_trylock(&screen) != 0)
        return;
    mesa_progress_wait(&run->progress, mesa_now());
    pthread_mutex_unlock(&screen);
}

void
mesa_run_progress_end(struct run *run)
{
    pthread_mutex_lock(&screen);
    mesa_progress_end(&run->progress);
    pthread_mutex_unlock(&screen);
}
