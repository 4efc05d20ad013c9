/* SPDX-License-Identifier: MIT */
/* policy_pictures.c - what ml3_policy shows: scores after updates, and the
 * episodes at the end. */
#include "policy.h"

#include "world_pictures.h"

#include <math.h>

static const char *const method_label[POLICY_METHODS] = { "learned loss",
                                                          "PPO" };

/* One line of a picture of scores. */
struct line {
    const struct policy *policy;
    int                  method, metric;
};

static double
update_of(const void *context, size_t at)
{
    (void)context;
    return (double)at;
}

static double
score_of(const void *context, size_t at, size_t g)
{
    const struct line *l = context;

    return policy_values(&l->policy->score, l->method, l->metric, at)[g];
}

static mesa_status
draw_scores(const struct policy *p, int metric, const struct few_lines *info,
            struct mesa_report *report, struct mesa_error *err)
{
    struct line what[POLICY_METHODS];
    struct few_line line[POLICY_METHODS];

    for (int m = 0; m < POLICY_METHODS; m++) {
        what[m] = (struct line){ p, m, metric };
        line[m] = (struct few_line){ NULL, method_label[m],
                                     p->score.n_updates, p->score.n_goals,
                                     &what[m], update_of, score_of };
    }
    return few_draw_lines(info, line, POLICY_METHODS, report, err);
}

static void
state_of(const void *context, size_t method, size_t group, size_t episode,
         size_t t, double *out)
{
    const struct policy *p = context;
    const struct episodes *e = &p->score.last[method];

    (void)group;
    for (size_t j = 0; j < p->world.space.n_states; j++)
        out[j] = isfinite(e->total[episode])
                     ? policy_state(p, e, episode, t, j)
                     : (double)NAN;
}

static const double *
goal_of(const void *context, size_t group, size_t episode)
{
    const struct policy *p = context;

    (void)group;
    return p->score.last[0].target + episode * p->world.space.n_states;
}

mesa_status
policy_draw(const struct policy *p, struct mesa_report *report,
            struct mesa_error *err)
{
    char label[80];
    const struct few_lines returns = {
        .name    = "adaptation",
        .title   = "Returns after updates of policies",
        .what    = "test goals",
        .caption = "Returns of episodes without noise, after updates by the "
                   "learned loss alone or by PPO, from as many episodes.",
        .x_label = "updates of policies",
        .y_label = "return of an episode"
    };
    const struct few_lines distance = {
        .name    = "adaptation_distance",
        .title   = "Where episodes end, after updates of policies",
        .what    = "test goals",
        .caption = "How far from their goals episodes without noise end, "
                   "after updates by the learned loss alone or by PPO.",
        .x_label = "updates of policies",
        .y_label = label,
        .cost    = true
    };
    const size_t n = p->score.n_goals;
    const struct world_view view = {
        .environment = p->world.environment,
        .space       = &p->world.space,
        .n_methods   = POLICY_METHODS,
        .n_groups    = 1,
        .method      = { method_label[0], method_label[1] },
        .group       = { { "test", n, n < 4 ? n : 4 } },
        .what        = "policies after their last update, without noise,",
        .context     = p,
        .state       = state_of,
        .goal        = goal_of
    };
    mesa_status st;

    if (!p->score.value ||
        !few_wants_pictures(report))
        return MESA_OK; /* stopped before the end, or nobody asks */
    world_distance_label(&p->world.space, label);
    st = draw_scores(p, POLICY_RETURN, &returns, report, err);
    if (st == MESA_OK)
        st = draw_scores(p, POLICY_DISTANCE, &distance, report, err);
    return st == MESA_OK ? world_draw(&view, report, err) : st;
}
