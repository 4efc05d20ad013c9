/* SPDX-License-Identifier: MIT */
/* run_state.h - a run under way, shared by the run_*.c files. */
#ifndef MESA_CORE_RUN_STATE_H
#define MESA_CORE_RUN_STATE_H

#include "evaluate.h"
#include "progress.h"
#include "report.h"
#include "run.h"
#include "task.h"
#include "tensorboard.h"
#include "timing.h"

#include <stdio.h>

/* One outer loop: the metalearner, or the evaluation. */
struct loop {
    struct mesa_instance                *instance;
    const struct mesa_metalearner_class *class_;
    void                                *self;
    bool                                 begun;
    uint64_t                             total; /* steps; 0: unknown */
};

struct run {
    struct mesa_recipe            *recipe;
    const struct mesa_run_control *control;
    struct mesa_host               host;
    struct mesa_prepared           prepared;
    struct mesa_trials            *trials; /* all that there are */
    const struct mesa_dataset     *train_on; /* instead of those; or NULL */
    atomic_bool                    heard;  /* a step has ended early */
    size_t                         n_loops;
    struct loop                    loop[2];
    /* Where it is: the next step of which loop. */
    size_t   at_loop;
    uint64_t at_step, global_step;
    bool     loop_done;
    /* The run folder. */
    char            *folder;
    char            *config; /* what config.ini holds */
    FILE            *metrics, *log;
    struct mesa_events *events; /* NULL: none, or given up */
    char            *event_files; /* their names, the last one open */
    uint64_t         event_bytes; /* of the last one, when it was left */
    struct mesa_text rows;   /* of the step in hand */
    uint64_t         metrics_bytes;
    size_t           n_made; /* folders of the path that were not there */
    int              lock;   /* on the folder; -1 if it is not held */
    bool             wrote_files, has_checkpoint, finished_before;
    bool             kept; /* something worth keeping, after a failure */
    /* What metalearners report, once they are done. */
    struct mesa_report      report;
    struct mesa_text        report_table, report_summary;
    struct mesa_json_writer report_json;
    struct mesa_progress progress;
    struct mesa_lap     whole; /* from the start to the end */
    /* Times, in seconds of a monotonic clock. */
    double started, last_checkpoint;
    /* Of the data; computed when first asked for. */
    uint64_t hash;
    bool     hash_known;
};

/* run.c: is the last loop [evaluate]?  Begin loop i, once; what it leaves
 * when it is done. */
bool mesa_run_evaluates(const struct run *run);
mesa_status mesa_run_begin(struct run *run, size_t i, struct mesa_error *err);
mesa_status mesa_run_finish(struct run *run, size_t i,
                            struct mesa_error *err);

/* run_folder.c: is the output folder usable, and what is in it; then, once
 * the data are known to be good, create or take over what it needs. */
char *mesa_run_folder(const struct mesa_recipe *recipe); /* its name */
mesa_status mesa_run_find_folder(struct run *run, struct mesa_error *err);
mesa_status mesa_run_prepare_folder(struct run *run, struct mesa_error *err);
/* After a failure: leave no trace of a run that never completed a step. */
void mesa_run_clean_up(struct run *run);

/* Files of the folder, as far as they are there. */
void mesa_run_remove(const struct run *run, const char *const *name,
                     size_t n);

/* run_log.c: a line of run.log; one for people
 * there and on standard error; a warning there and on standard error. */
void mesa_run_log(const struct run *run, const char *fmt, ...)
    MESA_PRINTF(2, 3);
void mesa_run_say(void *run, const char *line);
void mesa_run_warn(const struct run *run, const char *text);
void mesa_run_take_warning(void *run, const char *line); /* mesa_warn_to */
void mesa_run_warn_deprecated(const struct run *run);
void mesa_run_warn_feedback(const struct run *run);

/* run_checkpoint.c */
mesa_status mesa_run_checkpoint(struct run *run, struct mesa_error *err);
mesa_status mesa_run_restore(struct run *run, struct mesa_error *err);
void mesa_run_remove_checkpoints(const struct run *run);
uint64_t mesa_run_data_hash(struct run *run);
uint64_t mesa_run_parts_hash(const struct mesa_parts *parts);

/* run_events.c: the event file of TensorBoard, as far as there is one: open it,
 * put what a step has told, and close it; what a checkpoint knows of it. */
bool mesa_run_shows_histograms(uint64_t step, uint64_t total);
void mesa_run_open_events(struct run *run);
void mesa_run_put_events(struct run *run, uint64_t step);
void mesa_run_close_events(struct run *run);
mesa_status mesa_run_save_events(const struct run *run,
                                 struct mesa_archive *to,
                                 struct mesa_error *err);
mesa_status mesa_run_load_events(struct run *run,
                                 const struct mesa_archive *from,
                                 struct mesa_error *err);

/* run_collect.c: ask the metalearner what it has found; its files. */
mesa_status mesa_run_collect(struct run *run, struct mesa_error *err);
mesa_status mesa_run_write_report(struct run *run, struct mesa_error *err);
void mesa_run_free_report(struct run *run);

/* run_pictures.c: those that any run has; the scripts of all; then draw what
 * can be drawn, and say what cannot; away with them before another run. */
mesa_status mesa_run_add_pictures(struct run *run, struct mesa_error *err);
mesa_status mesa_run_write_pictures(const struct run *run,
                                    struct mesa_error *err);
mesa_status mesa_run_draw(const struct run *run, struct mesa_error *err);
void mesa_run_remove_pictures(const struct run *run);

/* run_curves.c: the picture `learning` of the first n_steps steps, unless the
 * report has one of that name already. */
MESA_INTERNAL mesa_status mesa_run_add_curves(struct mesa_report *report,
                                              const char *folder,
                                              uint64_t n_steps,
                                              struct mesa_error *err);

/* run_log.c, too: how far the loop in hand is; last: the leading score of the
 * step that was made. */
void mesa_run_progress_begin(struct run *run);
void mesa_run_progress(struct run *run, const char *last);
void mesa_run_progress_wait(void *run);
void mesa_run_progress_end(struct run *run);

/* run_summary.c: mean and standard deviation (n - 1) of a score over the
 * steps that have it, in order. */
struct mesa_summary {
    double mean, std;
    size_t n;
};
struct mesa_summary mesa_summarise(const struct mesa_scores *s, size_t part,
                                   size_t metric);
mesa_status mesa_run_write_summary(struct run *run, struct mesa_error *err);

/* run_times.c: timings.json; where time went, on standard error. */
mesa_status mesa_run_write_timings(struct run *run, struct mesa_error *err);
void mesa_run_print_times(const struct run *run);

/* run_table.c: add the scores of [evaluate] to what is reported; print it. */
void mesa_run_table_scores(struct run *run);
void mesa_run_print_table(const struct run *run);

#endif
