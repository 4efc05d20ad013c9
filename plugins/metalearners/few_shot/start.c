/* SPDX-License-Identifier: MIT */
/*
 * start.c - what it is worth to start from learnt weights: the same steps from
 * weights that are drawn for each task.
 */
#include "pictures.h"

#include <string.h>

/* Test tasks that are learnt from drawn weights; those at the same time. */
enum { FRESH = 100, AT_ONCE = 50 };

/* The model with weights of its own, to draw. */
static mesa_status
copy_model(const struct few_model *m, struct few_model *out,
           struct mesa_error *err)
{
    *out = *m;
    out->weights = NULL;
    return mesa_weights_copy(m->weights, &out->weights, err);
}

static mesa_status
score_batch(struct few_adapter *a, const struct mesa_task_batch *rows,
            const struct mesa_rng *rng, size_t first,
            const struct few_score *s, struct mesa_error *err)
{
    size_t made = 0;
    mesa_status st = MESA_OK;

    few_adapter_draw(a, rng, first);
    for (size_t i = 0; i < s->n_steps && st == MESA_OK; i++) {
        for (; made < s->step[i] && st == MESA_OK; made++)
            st = few_adapter_step(a, made, err);
        if (st == MESA_OK)
            st = few_adapter_predict(a, err);
        if (st == MESA_OK)
            few_score_take(s, a, rows, first, i);
    }
    return st;
}

static mesa_status
score_tasks(const struct few_model *m, const struct few_rule *rule,
            const struct mesa_host *host, const struct few_score *s,
            struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "few_shot.fresh", 0);
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const struct mesa_task_shape *shape = mesa_tasks_shape(tasks,
                                                           MESA_PART_TEST);
    const size_t at_once = s->n_tasks < AT_ONCE ? s->n_tasks : AT_ONCE;
    struct mesa_task_batch rows;
    struct few_adapter a = { .weight = NULL };
    mesa_status st = mesa_task_batch_new(tasks, MESA_PART_TEST, at_once,
                                         m->dtype, &rows, err);

    if (st == MESA_OK)
        st = few_adapter_new(m, rule, shape, &rows, &a, err);
    for (size_t i = 0; i < s->n_tasks && st == MESA_OK; i += at_once) {
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, i, &rows, err);
        if (st == MESA_OK)
            st = score_batch(&a, &rows, &rng, i, s, err);
    }
    few_adapter_free(&a);
    mesa_task_batch_free(&rows);
    return st;
}

static mesa_status
score_fresh(const struct few_model *m, const struct few_rule *rule,
            const struct mesa_host *host, const struct few_score *like,
            struct few_score *out, struct mesa_error *err)
{
    struct few_model drawn;
    mesa_status st = copy_model(m, &drawn, err);

    if (st == MESA_OK)
        st = few_score_new(out, like->split,
                           like->n_tasks < FRESH ? like->n_tasks : FRESH,
                           like->n_steps, err);
    if (st == MESA_OK) {
        memcpy(out->step, like->step, like->n_steps * sizeof *out->step);
        st = score_tasks(&drawn, rule, host, out, err);
    }
    mesa_weights_free(drawn.weights);
    return st;
}

mesa_status
few_draw_start(const struct few_model *m, const struct few_rule *rule,
               const struct mesa_host *host, const struct few_eval *eval,
               const struct few_score *score, size_t trained,
               struct mesa_report *report, struct mesa_error *err)
{
    const struct few_pupil pupil = { NULL, m, rule, NULL };
    struct few_score fresh = { .value = NULL };
    const struct few_curve curve[] = { { NULL, "learnt weights", score },
                                       { NULL, "drawn weights", &fresh } };
    mesa_status st = MESA_OK;

    if (score->n_steps == 0 || strcmp(score->split, "test") != 0 ||
        !few_wants_pictures(report))
        return MESA_OK; /* stopped before the end, or nobody asks */
    if (score->step[score->n_steps - 1] <= FEW_MOST_DRAWN)
        st = score_fresh(m, rule, host, score, &fresh, err);
    if (st == MESA_OK)
        st = few_draw_adaptation(m, host, curve, fresh.value ? 2 : 1,
                                 trained, report, err);
    few_score_free(&fresh);
    if (st == MESA_OK)
        st = few_draw_fits(host, &pupil, 1, &eval->steps, report, err);
    if (st == MESA_OK)
        st = few_draw_regions(host, &pupil, 1, &eval->steps, report, err);
    return st == MESA_OK ? few_draw_tasks(host, report, err) : st;
}
