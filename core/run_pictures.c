/* SPDX-License-Identifier: MIT */
/*
 * run_pictures.c - pictures that any run has, whatever learns in it; and all
 * of them, drawn.
 */
#include "run_state.h"

#include "evaluate_regions.h"
#include "plot.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows of each class in a part, as bars; how many classes there are. */
static mesa_status
add_counts(struct mesa_plot *p, const struct mesa_dataset *d,
           const char *part, struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(d->n_classes, sizeof *count);

    if (!count)
        return mesa_nomem(err, d->n_classes, "counts");
    mesa_class_counts(d, count);
    mesa_plot_series(p, MESA_MARK_BAR, part);
    for (uint32_t c = 0; c < d->n_classes; c++)
        mesa_plot_point(p, (double[]){ c, (double)count[c] });
    mesa_free(count);
    return MESA_OK;
}

/* Those that the sampler leaves and makes of the training rows. */
static mesa_status
add_resampled(struct mesa_plot *p, struct mesa_sample *sample,
              struct mesa_error *err)
{
    const struct mesa_dataset *rows;
    mesa_status st = mesa_sample_dataset(sample, &rows, err);

    return st == MESA_OK ? add_counts(p, rows, "resampled", err) : st;
}

/* The rows of each class. */
static mesa_status
draw_classes(struct run *run, const struct mesa_seen *seen,
             struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_LOG_Y,
        .section     = MESA_PLOT_DATA,
        .name        = "classes",
        .title       = "Rows of each class",
        .caption     = "How many rows each class has in each part of the "
                       "data, on a logarithmic axis.",
        .x_label     = "class",
        .y_label     = "rows"
    };
    const struct mesa_parts *parts = &run->host.parts;
    const struct mesa_schema *schema;
    struct mesa_plot *p;
    mesa_status st = MESA_OK;

    if (!parts->bundle || mesa_parts_schema(parts)->n_targets > 0)
        return MESA_OK;
    schema = mesa_parts_schema(parts);
    p = mesa_report_plot(&run->report, &info);
    for (uint32_t c = 0; c < schema->n_classes; c++)
        mesa_plot_tick(p, 'x', c, schema->class_name[c]);
    for (int i = 0; i < MESA_PART_COUNT_ && st == MESA_OK; i++)
        if (parts->data[i] && parts->data[i]->y)
            st = add_counts(p, parts->data[i],
                            i == MESA_PART_ALL ? "all" : mesa_part_names[i],
                            err);
    if (st == MESA_OK && seen->sample)
        st = add_resampled(p, seen->sample, err);
    return st;
}

mesa_status
mesa_run_add_pictures(struct run *run, struct mesa_error *err)
{
    const struct loop *last = &run->loop[run->n_loops - 1];
    const uint64_t evaluated = mesa_run_evaluates(run) ? last->total : 0;
    struct mesa_seen seen = { .sample = NULL };
    mesa_status st = MESA_OK;

    if (!run->report.draws)
        return MESA_OK;
    if (mesa_run_evaluates(run))
        st = mesa_seen_open(&seen, last->self, &run->host, err);
    if (st == MESA_OK)
        st = draw_classes(run, &seen, err);
    if (st == MESA_OK)
        st = mesa_seen_draw(&seen, &run->report, err);
    mesa_seen_close(&seen);
    if (st == MESA_OK && run->recipe->metalearner)
        st = mesa_run_add_curves(&run->report, run->folder,
                                 run->global_step - evaluated, err);
    return st;
}

mesa_status
mesa_run_write_pictures(const struct run *run, struct mesa_error *err)
{
    return run->report.draws
               ? mesa_plots_write(run->report.plot, run->report.n_plots,
                                  run->folder, err)
               : MESA_OK;
}

mesa_status
mesa_run_draw(const struct run *run, struct mesa_error *err)
{
    const char *program = getenv("MESA_GNUPLOT");
    char *why = NULL;
    mesa_status st = MESA_OK;

    if (run->report.draws)
        st = mesa_plots_draw(run->folder, run->control->stop, &why, err);
    if (why && program && !*program)
        mesa_run_log(run, "%s", why); /* as they wanted */
    else if (why)
        mesa_run_warn(run, why);
    mesa_free(why);
    return st;
}

/* What this program writes into plots/, finished or not; not what people have
 * made of it. */
static bool
is_ours(const char *name)
{
    static const char *const end[] = { ".csv", ".gp", ".svg", ".tmp",
                                       "gnuplot.log" };
    const size_t n = strlen(name);

    for (size_t i = 0; i < MESA_COUNT(end); i++)
        if (n >= strlen(end[i]) &&
            strcmp(name + n - strlen(end[i]), end[i]) == 0)
            return true;
    return false;
}

/* Without allocation, so that it works when memory has run out. */
void
mesa_run_remove_pictures(const struct run *run)
{
    const int folder = open(run->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int inside = folder < 0 ? -1
                                  : openat(folder, "plots",
                                           O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *plots = inside < 0 ? NULL : fdopendir(inside);
    const struct dirent *entry;

    while (plots && (entry = readdir(plots)))
        if (is_ours(entry->d_name))
            unlinkat(inside, entry->d_name, 0);
    if (plots)
        closedir(plots);
    else if (inside >= 0)
        close(inside);
    if (folder < 0)
        return;
    unlinkat(folder, "plots", AT_REMOVEDIR);
    close(folder);
}
