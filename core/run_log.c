/* SPDX-License-Identifier: MIT */
/*
 * run_log.c - run.log: what happened when, for people; and warnings.
 *
 * The log is a help, not a result: it holds times, is not compared, and a run
 * does not fail because a line could not be written.
 */
#include "run_state.h"

#include <stdarg.h>
#include <time.h>

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

    mesa_run_progress_end(run);
    if (!run->control->quiet)
        fprintf(stderr, "%s\n", line);
    mesa_run_log(run, "%s", line);
}

void
mesa_run_warn(const struct run *run, const char *text)
{
    if (!run->control->quiet)
        fprintf(stderr, "mesa-core: warning: %s\n", text);
    mesa_run_log(run, "warning: %s", text);
}

void
mesa_run_take_warning(void *context, const char *line)
{
    struct run *run = context;

    mesa_run_progress_end(run);
    mesa_run_warn(run, line);
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
