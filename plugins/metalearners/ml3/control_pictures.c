/* SPDX-License-Identifier: MIT */
/* control_pictures.c - what ml3_control shows: scores after steps, and
 * episodes before and after them. */
#include "control.h"

#include "world_pictures.h"

#include <math.h>

enum { LEARNT, BASELINE, BEFORE }; /* methods of pictures of episodes */

/* One line of a picture of scores. */
struct line {
    const struct control       *control;
    const struct control_trial *trial;
    int                         method, score;
};

static double
step_of(const void *context, size_t at)
{
    return ((const struct line *)context)->control->eval_steps.value[at];
}

static double
score_of(const void *context, size_t at, size_t e)
{
    const struct line *l = context;

    return l->trial->score[CONTROL_SCORES *
                               control_place(l->control, l->trial, l->method,
                                             at, e) +
                           (size_t)l->score];
}

static mesa_status
draw_scores(const struct control *c, int score, const struct few_lines *info,
            struct mesa_report *report, struct mesa_error *err)
{
    static const char *const label[] = { "learned loss", "baseline" };
    struct line what[CONTROL_MOST_TRIALS * CONTROL_METHODS];
    struct few_line line[CONTROL_MOST_TRIALS * CONTROL_METHODS];
    size_t n = 0;

    for (size_t i = 0; i < c->n_trials; i++)
        for (int m = 0; m < CONTROL_METHODS; m++) {
            what[n] = (struct line){ c, &c->trial[i], m, score };
            line[n] = (struct few_line){
                c->trial[i].split, label[m], c->eval_steps.n,
                c->trial[i].crew.n, &what[n], step_of, score_of
            };
            n++;
        }
    return few_draw_lines(info, line, n, report, err);
}

/* Trials other than that of training goals, which come first. */
static const struct control_trial *
trial_of(const struct control *c, size_t group)
{
    return &c->trial[group + 1];
}

static void
state_of(const void *context, size_t method, size_t group, size_t episode,
         size_t t, double *out)
{
    const struct control *c = context;
    const struct control_trial *trial = trial_of(c, group);
    const size_t n = c->space.n_states;
    const size_t at = control_place(
        c, trial, method == BASELINE ? CONTROL_BASELINE : CONTROL_LEARNT,
        method == BEFORE ? 0 : c->eval_steps.n - 1, episode);
    const float *state = trial->states +
                         (at * (c->space.horizon + 1) + t) * n;

    /* A policy that is lost stays where it is, and has no score. */
    for (size_t j = 0; j < n; j++)
        out[j] = isnan(trial->score[CONTROL_SCORES * at]) ? (double)NAN
                                                          : (double)state[j];
}

static const double *
goal_of(const void *context, size_t group, size_t episode)
{
    const struct control *c = context;

    return trial_of(c, group)->crew.to + episode * c->space.n_states;
}

static mesa_status
draw_episodes(const struct control *c, struct mesa_report *report,
              struct mesa_error *err)
{
    struct world_view v = {
        .environment = c->environment,
        .space       = &c->space,
        .n_methods   = 3,
        .n_groups    = c->n_trials - 1,
        .method      = { "learned loss", "baseline", "before" },
        .what        = "policies before and after the last step",
        .context     = c,
        .state       = state_of,
        .goal        = goal_of
    };
    const size_t each = v.n_groups > 1 ? 2 : 3;

    for (size_t g = 0; g < v.n_groups; g++) {
        const struct control_trial *t = trial_of(c, g);

        v.group[g] = (struct world_group){
            t->split, t->crew.n, t->crew.n < each ? t->crew.n : each
        };
    }
    return world_draw(&v, report, err);
}

mesa_status
control_draw(const struct control *c, struct mesa_report *report,
             struct mesa_error *err)
{
    char label[80];
    const struct few_lines cost = {
        .name    = "adaptation",
        .title   = "Costs after steps of adaptation",
        .what    = "episodes",
        .caption = "What an episode in the environment itself costs by the "
                   "task loss, after steps of policies on the learned loss "
                   "alone or on the task loss.",
        .x_label = "steps of adaptation",
        .y_label = "cost of an episode",
        .cost    = true,
        .trained = (double)c->inner_steps
    };
    const struct few_lines distance = {
        .name    = "adaptation_distance",
        .title   = "Where episodes end, after steps of adaptation",
        .what    = "episodes",
        .caption = "How far from their goals episodes in the environment "
                   "itself end, after steps of policies on the learned loss "
                   "alone or on the task loss.",
        .x_label = "steps of adaptation",
        .y_label = label,
        .cost    = true,
        .trained = (double)c->inner_steps
    };
    mesa_status st;

    if (c->n_trials == 0 || !c->trial[c->n_trials - 1].done ||
        !few_wants_pictures(report))
        return MESA_OK; /* nothing scored yet, or nobody asks */
    world_distance_label(&c->space, label);
    st = draw_scores(c, CONTROL_COST, &cost, report, err);
    if (st == MESA_OK)
        st = draw_scores(c, CONTROL_DISTANCE, &distance, report, err);
    return st == MESA_OK ? draw_episodes(c, report, err) : st;
}
