/* SPDX-License-Identifier: MIT */
/* pictures.c - what ml3 shows: tests, what is learnt with the loss, the loss
 * itself. */
#include "ml3.h"

mesa_status
ml3_draw(const struct ml3 *m, const struct mesa_host *host,
         struct mesa_report *report, struct mesa_error *err)
{
    static const char *const label[ML3_SIDES] = { "learned loss", "baseline" };
    const struct mesa_rng rng = mesa_host_rng(host, "ml3.test",
                                              MESA_PART_TEST);
    struct few_curve curve[2 * ML3_SIDES];
    struct few_pupil pupil[ML3_SIDES];
    mesa_status st;

    if (!m->done || !few_wants_pictures(report))
        return MESA_OK; /* stopped before the end, or nobody asks */
    for (int side = 0; side < ML3_SIDES; side++) {
        pupil[side] = (struct few_pupil){ label[side], &m->tested,
                                          &m->rule[side], &rng };
        for (int i = 0; i < 2; i++)
            curve[i * ML3_SIDES + side] = (struct few_curve){
                i ? "test tasks" : "training tasks", label[side],
                &m->test[i].score[side]
            };
    }
    st = few_draw_adaptation(&m->tested, host, curve, 2 * ML3_SIDES, 0, report,
                             err);
    if (st == MESA_OK)
        st = few_draw_fits(host, pupil, ML3_SIDES, &m->eval.steps, report,
                           err);
    if (st == MESA_OK)
        st = few_draw_regions(host, pupil, ML3_SIDES, &m->eval.steps, report,
                              err);
    if (st == MESA_OK)
        st = few_draw_losses(host, pupil, ML3_SIDES, report, err);
    if (st == MESA_OK)
        st = ml3_landscape_draw(m, report, err);
    return st == MESA_OK ? few_draw_tasks(host, report, err) : st;
}
