/* SPDX-License-Identifier: MIT */
/* run_table.c - what a run found, for people, on standard output. */
#include "run_state.h"

void
mesa_run_print_table(const struct run *run)
{
    struct mesa_scores s;

    if (run->report_table.at)
        printf("%s", run->report_table.at);
    if (mesa_run_evaluates(run)) {
        mesa_evaluate_scores(run->loop[run->n_loops - 1].self, &s);
        printf("%-12s", "");
        for (size_t p = 0; p < MESA_SCORED_PARTS; p++)
            if (mesa_summarise(&s, p, 0).n)
                printf("  %-15s", mesa_part_names[MESA_PART_TRAIN + p]);
        printf("\n");
        for (size_t m = 0; m < s.n_metrics; m++) {
            printf("%-12s", mesa_metric_name(s.metric[m]));
            for (size_t p = 0; p < MESA_SCORED_PARTS; p++) {
                struct mesa_summary v = mesa_summarise(&s, p, m);

                if (v.n > 1)
                    printf("  %.3f +- %.3f ", v.mean, v.std);
                else if (v.n == 1)
                    printf("  %-15.3f", v.mean);
            }
            printf("\n");
        }
        if (s.n_steps > 1)
            printf("mean +- standard deviation of %zu fits; ", s.n_steps);
    }
    printf("results in %s\n", run->folder);
}
