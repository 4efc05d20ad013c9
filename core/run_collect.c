/* SPDX-License-Identifier: MIT */
/*
 * run_collect.c - what metalearners report goes where it belongs: files here,
 * summary.json, timings.json and the table elsewhere.
 */
#include "run_state.h"

#include "files.h"
#include "instance.h"

#include <string.h>
#include <unistd.h>

mesa_status
mesa_run_collect(struct run *run, struct mesa_error *err)
{
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    /* Members that follow others of the object that summary.json is. */
    run->report_json = mesa_json_writer(&run->report_summary);
    run->report_json.depth = 1;
    run->report_json.first = false;
    run->report = (struct mesa_report){ .summary = &run->report_json,
                                        .table = &run->report_table,
                                        .draws = run->recipe->run.report };
    run->report.colour = mesa_terminal_of(STDOUT_FILENO).colour;
    for (size_t i = 0; i < run->n_loops && st == MESA_OK; i++) {
        const struct loop *loop = &run->loop[i];

        mesa_call_begin(loop->instance, MESA_CALL_REPORT, &lap);
        if (loop->class_->report)
            st = loop->class_->report(loop->self, &run->host, &run->report,
                                      err);
        mesa_report_end_table(&run->report);
        mesa_lap_close(&lap);
    }
    if (st == MESA_OK)
        mesa_run_table_scores(run);
    if (st == MESA_OK)
        st = mesa_run_add_pictures(run, err);
    if (st == MESA_OK && (run->report.failed || run->report_table.failed ||
                          run->report_summary.failed))
        st = mesa_nomem(err, 1, "report");
    return st;
}

mesa_status
mesa_run_write_report(struct run *run, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < run->report.n_files && st == MESA_OK; i++) {
        const struct mesa_report_file *f = &run->report.file[i];

        st = f->text.failed
                 ? mesa_nomem(err, 1, "report")
                 : mesa_file_put(run->folder, f->name, f->text.at, err);
    }
    return st;
}

void
mesa_run_free_report(struct run *run)
{
    mesa_report_free(&run->report);
    mesa_free(run->report_table.at);
    mesa_free(run->report_summary.at);
}
