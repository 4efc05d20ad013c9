/* SPDX-License-Identifier: MIT */
/*
 * run.c - the run loop: every run is one or two outer loops, stepped here.
 *
 * A [metalearner], if there is one, and then [evaluate], if there is an
 * [estimator].  Between steps the run is its checkpoint: the loops' saved
 * states, the number of the next step, and the length of metrics.csv.  A
 * killed run goes on from there and writes the same bytes, because a step is
 * a function of that state and its number alone.
 */
#include "run_state.h"

#include "files.h"
#include "instance.h"
#include "page.h"
#include "query.h"
#include "state.h"
#include "text.h"
#include "warn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum mesa_exit
mesa_exit_code(mesa_status st, enum mesa_stage stage)
{
    switch (st) {
    case MESA_OK:
        return MESA_EXIT_OK;
    case MESA_ENOMEM:
    case MESA_ENUMERIC:
        return MESA_EXIT_FAILED;
    case MESA_EABI:
        return MESA_EXIT_PLUGIN;
    case MESA_EEXIST:
        return MESA_EXIT_CANT_CREATE;
    case MESA_EIO:
        return stage == MESA_STAGE_OUTPUT ? MESA_EXIT_CANT_CREATE
                                          : MESA_EXIT_IO;
    case MESA_ENOTFOUND:
        return stage == MESA_STAGE_DATA ? MESA_EXIT_NO_INPUT
                                        : MESA_EXIT_PLUGIN;
    case MESA_EINVAL:
    case MESA_ENOTSUP: /* by the plugin that the INI names */
        return stage == MESA_STAGE_OUTPUT ? MESA_EXIT_CANT_CREATE
                                          : MESA_EXIT_CONFIG;
    case MESA_EPARSE:
        return stage == MESA_STAGE_CONFIG ? MESA_EXIT_CONFIG
                                          : MESA_EXIT_DATA;
    case MESA_EDATA:
    case MESA_ESHAPE:
        return MESA_EXIT_DATA;
    default:
        return MESA_EXIT_FAILED;
    }
}

bool
mesa_run_evaluates(const struct run *run)
{
    return run->recipe->estimator &&
           !mesa_recipe_scores_itself(run->recipe);
}

static mesa_status
make_loops(struct run *run, struct mesa_error *err)
{
    const struct mesa_component *wanted[2] = {
        run->recipe->metalearner,
        mesa_run_evaluates(run) ? run->recipe->evaluate : NULL
    };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < 2 && st == MESA_OK; i++) {
        struct loop *loop = &run->loop[run->n_loops];

        if (!wanted[i])
            continue;
        st = mesa_instance_new(wanted[i], &loop->instance, err);
        if (st != MESA_OK)
            break;
        loop->class_ = (const void *)mesa_instance_class(loop->instance);
        loop->self = mesa_instance_self(loop->instance);
        run->n_loops++;
        if (loop->class_->result)
            run->recipe->result = loop->class_->result(loop->self);
    }
    return st;
}

static bool
uses_folds(const struct mesa_recipe *recipe)
{
    struct mesa_evaluate evaluate;

    memset(&evaluate, 0, sizeof evaluate);
    mesa_settings_fill(&recipe->evaluate->settings, &evaluate);
    return evaluate.folds > 0;
}

static bool
gives_tasks(const struct mesa_recipe *recipe)
{
    const struct mesa_source_class *c = (const void *)recipe->source->class_;

    return c->tasks != NULL;
}

/* Only who asks for labels can do without. */
static mesa_status
refuse_unlabelled(const struct run *run, struct mesa_error *err)
{
    for (int p = 0; p < MESA_PART_COUNT_; p++) {
        const struct mesa_dataset *d = run->host.parts.data[p];
        size_t n = 0;

        if (!d || !(d->flags & MESA_DATA_UNLABELLED))
            continue;
        if (p == MESA_PART_TRAIN && mesa_recipe_asks(run->recipe))
            continue;
        for (size_t r = 0; r < d->x.rows; r++)
            n += d->y[r] < 0;
        if (n > 0)
            return mesa_fail(err, MESA_EDATA,
                             "%zu of %zu %s rows have no label: that is for "
                             "training rows, and metalearners that ask for "
                             "labels, such as active",
                             n, d->x.rows, mesa_part_names[p]);
    }
    return MESA_OK;
}

/* Rows, tasks, or an environment. */
static mesa_status
open_host(struct run *run, struct mesa_error *err)
{
    struct mesa_host *host = &run->host;
    mesa_status st;

    host->recipe = run->recipe;
    host->stop = run->control->stop;
    host->heard = &run->heard;
    host->prepared = &run->prepared;
    host->trials = &run->trials;
    host->train_on = &run->train_on;
    host->say = mesa_run_say;
    host->say_context = run;
    host->wait = mesa_run_progress_wait;
    mesa_rng_seed(&host->root, (uint64_t)run->recipe->run.seed);
    if (mesa_recipe_acts(run->recipe))
        return MESA_OK;
    if (mesa_recipe_takes_tasks(run->recipe) && gives_tasks(run->recipe))
        return mesa_tasks_open(run->recipe->source, &host->root, &host->tasks,
                               err);
    st = mesa_parts_open(&host->parts, run->recipe->source,
                         uses_folds(run->recipe), &host->root, err);
    if (st == MESA_OK)
        st = refuse_unlabelled(run, err);
    if (st == MESA_OK && run->control->query)
        st = mesa_query_attach(run->control->query, run, err);
    return st;
}

mesa_status
mesa_run_begin(struct run *run, size_t i, struct mesa_error *err)
{
    struct loop *loop = &run->loop[i];
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    mesa_call_begin(loop->instance, MESA_CALL_BEGIN, &lap);
    if (!loop->begun)
        st = loop->class_->begin(loop->self, &run->host, err);
    mesa_lap_close(&lap);
    loop->begun = st == MESA_OK;
    if (st == MESA_OK && loop->class_->total)
        loop->total = loop->class_->total(loop->self, &run->host);
    return st;
}

mesa_status
mesa_run_finish(struct run *run, size_t i, struct mesa_error *err)
{
    const struct loop *loop = &run->loop[i];
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    mesa_call_begin(loop->instance, MESA_CALL_FINISH, &lap);
    if (loop->class_->finish)
        st = loop->class_->finish(loop->self, &run->host, err);
    mesa_lap_close(&lap);
    if (st == MESA_OK && loop->class_->keep)
        st = mesa_state_take(run->recipe, loop->instance, err);
    if (st == MESA_OK)
        st = mesa_states_write(run->recipe, run->folder, err);
    return st;
}

/* The rows of the step so far, from memory to metrics.csv. */
static mesa_status
flush_metrics(struct run *run, struct mesa_error *err)
{
    char *rows = mesa_text_take(&run->rows);
    size_t n = rows ? strlen(rows) : 0;
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    if (!rows)
        return mesa_nomem(err, 1, "metric rows");
    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_FILES));
    if (fwrite(rows, 1, n, run->metrics) != n || fflush(run->metrics) != 0)
        st = mesa_fail(err, MESA_EIO, "cannot write %s/metrics.csv: %s",
                       run->folder, strerror(errno));
    mesa_lap_close(&lap);
    run->metrics_bytes += n;
    mesa_free(rows);
    return st;
}

static bool
should_stop(const struct run *run)
{
    double limit = run->recipe->run.max_seconds;

    return (run->control->stop && *run->control->stop) ||
           (limit > 0 && mesa_now() - run->started >= limit);
}

/* At once, where people have given labels. */
static bool
checkpoint_is_due(const struct run *run, bool done)
{
    return (run->control->query && mesa_query_has_new(run->control->query)) ||
           (!done && mesa_now() - run->last_checkpoint >=
                         run->recipe->run.checkpoint_interval);
}

/* Steps of one loop until it is done or somebody wants to stop.  A step that
 * has heard of that counts once it has been made again. */
static mesa_status
run_loop(struct run *run, bool *stopped, struct mesa_error *err)
{
    struct loop *loop = &run->loop[run->at_loop];
    bool done = run->loop_done;
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    mesa_run_progress_begin(run);
    while (!done && st == MESA_OK) {
        struct mesa_metrics metrics = {
            .rows   = &run->rows,
            .step   = run->global_step,
            .events = run->events,
            .shows  = mesa_run_shows_histograms(run->at_step, loop->total)
        };

        *stopped = should_stop(run);
        if (*stopped)
            return MESA_OK;
        mesa_call_begin(loop->instance, MESA_CALL_STEP, &lap);
        st = loop->class_->step(loop->self, &run->host, run->at_step,
                                &metrics, &done, err);
        mesa_lap_close(&lap);
        *stopped = st == MESA_OK && atomic_load(&run->heard);
        if (*stopped) {
            mesa_free(mesa_text_take(&run->rows));
            mesa_events_drop(run->events);
            return MESA_OK;
        }
        if (st == MESA_OK)
            st = flush_metrics(run, err);
        if (st != MESA_OK)
            break;
        mesa_run_put_events(run, run->global_step);
        run->at_step++;
        run->global_step++;
        run->loop_done = done;
        mesa_run_progress(run, metrics.last);
        if (checkpoint_is_due(run, done))
            st = mesa_run_checkpoint(run, err);
    }
    return st;
}

/* Numbers have become useless; what was learnt before is not. */
static void
keep_last_good(struct run *run, struct mesa_error *err)
{
    struct loop *loop = &run->loop[run->at_loop];
    const struct mesa_error why = *err;
    struct mesa_error ignored;

    if (loop->class_->keep &&
        mesa_state_take(run->recipe, loop->instance, &ignored) != MESA_OK)
        return;
    if (!mesa_states_learnt(run->recipe) ||
        mesa_states_write(run->recipe, run->folder, &ignored) != MESA_OK)
        return;
    run->kept = true;
    mesa_fail(err, why.status,
              "%.350s; what was good before is in %s/%s.safetensors",
              why.message, run->folder, mesa_states_learnt(run->recipe));
}

static mesa_status
run_loops(struct run *run, bool *stopped, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *stopped = false;
    while (run->at_loop < run->n_loops && st == MESA_OK) {
        st = mesa_run_begin(run, run->at_loop, err);
        if (st == MESA_OK)
            st = run_loop(run, stopped, err);
        if (st == MESA_ENUMERIC)
            keep_last_good(run, err);
        if (*stopped || st != MESA_OK)
            return st;
        st = mesa_run_finish(run, run->at_loop, err);
        run->at_loop++;
        run->at_step = 0;
        run->loop_done = false;
    }
    return st;
}

static mesa_status
draw(struct run *run, struct mesa_error *err)
{
    struct mesa_lap lap;
    mesa_status st;

    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_PICTURES));
    st = mesa_run_write_pictures(run, err);
    if (st == MESA_OK)
        st = mesa_run_draw(run, err);
    mesa_lap_close(&lap);
    /* Once more, now that this is known, too; the report shows it. */
    if (st == MESA_OK)
        st = mesa_run_write_timings(run, err);
    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_FILES));
    if (st == MESA_OK)
        st = mesa_page_write(run->folder, err);
    mesa_lap_close(&lap);
    return st;
}

/* Results are there: that they cannot be shown is no reason to fail, unless
 * nothing works any more. */
static mesa_status
forgive(const struct run *run, mesa_status st, const struct mesa_error *err)
{
    char *text;

    if (st == MESA_OK || st == MESA_ENOMEM)
        return st;
    text = mesa_asprintf("there is no report: %s", err->message);
    if (text)
        mesa_run_warn(run, text);
    mesa_free(text);
    return MESA_OK;
}

static mesa_status
write_results(struct run *run, struct mesa_error *err)
{
    struct mesa_lap lap;
    mesa_status st = mesa_run_collect(run, err);

    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_FILES));
    if (st == MESA_OK)
        st = mesa_run_write_report(run, err);
    if (st == MESA_OK && mesa_run_evaluates(run))
        st = mesa_evaluate_write(run->loop[run->n_loops - 1].self, &run->host,
                                 run->folder, err);
    if (st == MESA_OK)
        st = mesa_run_write_timings(run, err);
    /* summary.json marks the run as finished, so it comes last. */
    if (st == MESA_OK)
        st = mesa_run_write_summary(run, err);
    if (st == MESA_OK)
        mesa_run_remove_checkpoints(run);
    mesa_lap_close(&lap);
    run->kept = st == MESA_OK;
    return st == MESA_OK && run->recipe->run.report
               ? forgive(run, draw(run, err), err)
               : st;
}

static enum mesa_exit
execute(struct run *run, struct mesa_error *err)
{
    bool stopped;
    mesa_status st = run_loops(run, &stopped, err);

    if (st == MESA_OK && stopped) {
        st = mesa_run_checkpoint(run, err);
        if (st == MESA_OK) {
            mesa_fail(err, MESA_OK,
                      "stopped after step %llu; go on with --resume",
                      (unsigned long long)run->global_step);
            return run->control->query
                       ? mesa_query_hand_over(run->control->query, err)
                       : MESA_EXIT_STOPPED;
        }
    }
    mesa_run_progress_end(run);
    if (st == MESA_OK)
        st = write_results(run, err);
    if (st == MESA_OK)
        mesa_run_print_table(run);
    if (st == MESA_OK && run->control->verbose)
        mesa_run_print_times(run);
    return mesa_exit_code(st, MESA_STAGE_RUN);
}

static void
free_run(struct run *run)
{
    mesa_run_progress_end(run);
    if (run->metrics)
        fclose(run->metrics);
    if (run->log)
        fclose(run->log);
    mesa_run_close_events(run);
    if (run->lock >= 0)
        close(run->lock);
    for (size_t i = 0; i < run->n_loops; i++)
        mesa_instance_free(run->loop[i].instance);
    mesa_run_free_report(run);
    mesa_prepared_free(&run->prepared);
    mesa_parts_free(&run->host.parts);
    mesa_tasks_free(run->host.tasks);
    mesa_free(mesa_text_take(&run->rows));
    mesa_free(run->folder);
    mesa_free(run->config);
}

/* Of all components; a metalearner was made before its file was read. */
static mesa_status
read_states(struct run *run, struct mesa_error *err)
{
    const struct mesa_component *c = run->recipe->metalearner;
    mesa_status st = mesa_states_read(run->recipe, err);

    if (st == MESA_OK && c && c->learnt)
        st = run->loop[0].class_->start(run->loop[0].self, c->learnt, err);
    return st;
}

enum mesa_exit
mesa_run(struct mesa_recipe *recipe, const struct mesa_run_control *control,
         struct mesa_error *err)
{
    struct run run;
    struct mesa_lap lap;
    enum mesa_exit code;
    mesa_status st;

    memset(&run, 0, sizeof run);
    run.lock = -1;
    run.recipe = recipe;
    run.control = control;
    run.started = run.last_checkpoint = mesa_now();
    mesa_phases_reset();
    mesa_lap_open(&run.whole, mesa_phase_timer(MESA_PHASE_OTHER));
    mesa_warn_to(mesa_run_take_warning, &run);
    st = mesa_parallel_set_threads((size_t)recipe->run.threads, err);
    if (st == MESA_OK)
        st = make_loops(&run, err);
    code = mesa_exit_code(st, MESA_STAGE_CONFIG);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(mesa_run_find_folder(&run, err),
                              MESA_STAGE_OUTPUT);
    if (code == MESA_EXIT_OK && run.finished_before)
        goto out;
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(read_states(&run, err), MESA_STAGE_DATA);
    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_DATA));
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(open_host(&run, err), MESA_STAGE_DATA);
    mesa_lap_close(&lap);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(mesa_run_begin(&run, 0, err), MESA_STAGE_DATA);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(mesa_run_prepare_folder(&run, err),
                              MESA_STAGE_OUTPUT);
    if (code == MESA_EXIT_OK) {
        mesa_run_warn_deprecated(&run);
        mesa_run_warn_feedback(&run);
        code = execute(&run, err);
        mesa_run_log(&run, "step %llu, exit status %d%s%s",
                     (unsigned long long)run.global_step, (int)code,
                     code == MESA_EXIT_OK ? "" : ": ",
                     code == MESA_EXIT_OK ? "" : err->message);
    }
    if (code != MESA_EXIT_OK && code != MESA_EXIT_STOPPED)
        mesa_run_clean_up(&run);
out:
    mesa_lap_close(&run.whole);
    mesa_warn_to(NULL, NULL);
    free_run(&run);
    return code;
}

/* What headers and parameters tell of a source.  One of tasks says itself how
 * it uses others. */
static mesa_status
check_source(const struct mesa_recipe *recipe, const struct mesa_component *c,
             struct mesa_instance *instance, struct mesa_error *err)
{
    const struct mesa_source_class *source = (const void *)c->class_;
    void *self = mesa_instance_self(instance);
    const bool rows = c == recipe->source && !mesa_recipe_takes_tasks(recipe);
    const bool scored = rows && recipe->estimator;
    mesa_status st = MESA_OK;

    if (source->describe && (c == recipe->source || !gives_tasks(recipe)))
        st = source->describe(self, err);
    if (st == MESA_OK && rows && !source->open)
        return mesa_source_open(instance, NULL, NULL, err); /* says so */
    return st == MESA_OK && scored && source->has_targets &&
                   source->has_targets(self)
               ? mesa_evaluate_refuse_targets(err)
               : st;
}

enum mesa_exit
mesa_run_check(struct mesa_recipe *recipe, struct mesa_error *err)
{
    enum mesa_exit code = mesa_exit_code(mesa_states_read(recipe, err),
                                         MESA_STAGE_DATA);

    for (const struct mesa_component *c = recipe->components;
         c && code == MESA_EXIT_OK; c = c->next) {
        struct mesa_instance *instance;
        mesa_status st = mesa_instance_new(c, &instance, err);

        code = mesa_exit_code(st, MESA_STAGE_CONFIG);
        if (st == MESA_OK && c->class_->kind == MESA_KIND_SOURCE)
            code = mesa_exit_code(check_source(recipe, c, instance, err),
                                  MESA_STAGE_DATA);
        mesa_instance_free(instance);
    }
    return code;
}
