/* SPDX-License-Identifier: MIT */
/* run_table.c - what a run found, for people, on standard output. */
#include "run_state.h"

/* Of texts as wide as most, so that tables of different runs look the same. */
static void
put_score(struct mesa_report *r, struct mesa_summary v)
{
    char text[64] = "";

    if (v.n > 1)
        snprintf(text, sizeof text, "%.3f +- %.3f", v.mean, v.std);
    else if (v.n == 1)
        snprintf(text, sizeof text, "%.3f", v.mean);
    mesa_report_cell(r, false, "%-15s", text);
}

static bool
has_part(const struct mesa_scores *s, size_t part)
{
    for (size_t m = 0; m < s->n_metrics; m++)
        if (mesa_summarise(s, part, m).n)
            return true;
    return false;
}

void
mesa_run_table_scores(struct run *run)
{
    struct mesa_report *r = &run->report;
    struct mesa_scores s;

    if (!mesa_run_evaluates(run))
        return;
    mesa_evaluate_scores(run->loop[run->n_loops - 1].self, &s);
    mesa_report_cell(r, false, "%-12s", "");
    for (size_t p = 0; p < MESA_SCORED_PARTS; p++)
        if (has_part(&s, p))
            mesa_report_cell(r, false, "%s",
                             mesa_part_names[MESA_PART_TRAIN + p]);
    mesa_report_row(r, false);
    for (size_t m = 0; m < s.n_metrics; m++) {
        mesa_report_cell(r, false, "%s", mesa_metric_name(s.metric[m]));
        for (size_t p = 0; p < MESA_SCORED_PARTS; p++)
            if (has_part(&s, p))
                put_score(r, mesa_summarise(&s, p, m));
        mesa_report_row(r, false);
    }
    mesa_report_end_table(r);
    if (s.n_steps > 1)
        mesa_report_print(r, NULL,
                          "mean +- standard deviation of %zu fits; ",
                          s.n_steps);
}

void
mesa_run_print_table(const struct run *run)
{
    if (run->report_table.at)
        printf("%s", run->report_table.at);
    printf("results in %s\n", run->folder);
}
