/* SPDX-License-Identifier: MIT */
/*
 * control_test.c - what a learned loss is worth: policies adapt to it, and to
 * the cost of the task itself, in the environment as it is.
 *
 * Each step of adaptation looks at one episode of each policy.  That by the
 * baseline goes down the task's cost through the dynamics, at the same rate;
 * it knows the dynamics, but nothing that was told in training alone.
 */
#include "control.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const method_name[CONTROL_METHODS] = { "learned",
                                                          "baseline" };
static const char *const score_name[CONTROL_SCORES] = { "cost", "distance",
                                                        "reached" };

mesa_status
control_check_eval(const struct control *c, struct mesa_error *err)
{
    const struct mesa_list *steps = &c->eval_steps;

    if (steps->n == 0 || steps->n > CONTROL_MOST_STEPS)
        return mesa_fail(err, MESA_EINVAL,
                         "eval_steps has %zu numbers, expected 1 to %d",
                         steps->n, CONTROL_MOST_STEPS);
    for (size_t i = 0; i < steps->n; i++) {
        double k = steps->value[i];

        if (k != floor(k) || (i > 0 && k <= steps->value[i - 1]))
            return mesa_fail(err, MESA_EINVAL,
                             "eval_steps has %g, expected whole numbers, "
                             "each larger than the one before",
                             k);
    }
    return MESA_OK;
}

size_t
control_place(const struct control *c, const struct control_trial *t,
              int method, size_t k, size_t e)
{
    return ((size_t)method * c->eval_steps.n + k) * t->crew.n + e;
}

static mesa_status
trial_new(struct control *c, const char *split, enum mesa_part part,
          bool fresh, struct mesa_error *err)
{
    struct control_trial *t = &c->trial[c->n_trials++];
    const struct mesa_space *s = &c->space;
    size_t n, all;
    mesa_status st;

    t->split = split;
    t->part = part;
    t->fresh = fresh;
    t->n_policies = fresh ? (size_t)c->eval_policies : 1;
    t->n_goals = (size_t)c->eval_goals;
    n = t->n_policies * t->n_goals;
    all = CONTROL_METHODS * c->eval_steps.n * n;
    t->score = mesa_alloc_array(all, CONTROL_SCORES * sizeof *t->score);
    t->states = mesa_alloc_array(
        all, (s->horizon + 1) * s->n_states * sizeof *t->states);
    t->actions = mesa_alloc_array(all, s->horizon * s->n_actions *
                                           sizeof *t->actions);
    if (!t->score || !t->states || !t->actions)
        return mesa_nomem(err, all, "episodes");
    st = control_crew_new(c, n, &t->crew, err);
    return st == MESA_OK ? control_crew_programs(c, &t->crew, err) : st;
}

mesa_status
control_trials_new(struct control *c, struct mesa_error *err)
{
    bool fresh = c->policy_init == CONTROL_RESAMPLE;
    mesa_status st = trial_new(c, "train", MESA_PART_TRAIN, fresh, err);

    if (st == MESA_OK && !fresh)
        st = trial_new(c, "valid", MESA_PART_TEST, false, err);
    return st == MESA_OK ? trial_new(c, "test", MESA_PART_TEST, true, err)
                         : st;
}

void
control_trials_free(struct control *c)
{
    for (size_t i = 0; i < c->n_trials; i++) {
        struct control_trial *t = &c->trial[i];

        control_crew_free(c, &t->crew);
        mesa_free(t->score);
        mesa_free(t->states);
        mesa_free(t->actions);
    }
}

/* Policies by goals, as they are before adaptation. */
static void
prepare(struct control *c, struct control_trial *t,
        const struct mesa_host *host)
{
    for (size_t e = 0; e < t->crew.n; e++) {
        size_t p = e / t->n_goals, q = e % t->n_goals;
        struct mesa_rng policy =
            t->fresh ? mesa_host_rng(host, "control.fresh_policy", p)
                     : mesa_host_rng(host, "control.policy", 0);
        struct mesa_rng goal =
            mesa_host_rng(host, t->part == MESA_PART_TRAIN
                                    ? "control.goal"
                                    : "control.test_goal", q);

        control_crew_policy(c, &t->crew, e, &policy);
        control_crew_goal(c, &t->crew, e, t->part, q, &goal);
    }
}

/* The episodes that the crew has just had, after eval_steps[k]. */
static void
record(const struct control *c, struct control_trial *t, int method, size_t k)
{
    const struct mesa_space *s = &c->space;
    const size_t length = s->horizon * s->n_states;
    const size_t deeds = s->horizon * s->n_actions;

    for (size_t e = 0; e < t->crew.n; e++) {
        size_t at = control_place(c, t, method, k, e);
        double *score = t->score + CONTROL_SCORES * at;
        float *states = t->states + at * (length + s->n_states);

        score[CONTROL_COST] = (double)t->crew.cost[e];
        score[CONTROL_DISTANCE] = mesa_environment_distance(
            c->environment, t->crew.now + e * s->n_states,
            t->crew.to + e * s->n_states);
        score[CONTROL_REACHED] =
            score[CONTROL_DISTANCE] <= c->reach_distance;
        for (int i = 0; t->crew.lost[e] && i < CONTROL_SCORES; i++)
            score[i] = (double)NAN;
        memcpy(states, t->crew.start + e * s->n_states,
               s->n_states * sizeof *states);
        memcpy(states + s->n_states, t->crew.next + e * length,
               length * sizeof *states);
        memcpy(t->actions + at * deeds, t->crew.actions + e * deeds,
               deeds * sizeof *t->actions);
    }
}

/* Of those that are not lost, whose scores are no numbers. */
struct summary {
    double mean, std;
    size_t n;
};

static struct summary
summarise(const struct control *c, const struct control_trial *t, int method,
          size_t k, int score)
{
    const size_t first = control_place(c, t, method, k, 0);
    const double *at = &t->score[CONTROL_SCORES * first +
                                 (size_t)score];
    struct summary s = { 0, 0, 0 };

    for (size_t e = 0; e < t->crew.n; e++)
        if (!isnan(at[CONTROL_SCORES * e])) {
            s.mean += at[CONTROL_SCORES * e];
            s.n++;
        }
    s.mean = s.n ? s.mean / (double)s.n : (double)NAN;
    for (size_t e = 0; e < t->crew.n; e++) {
        double off = at[CONTROL_SCORES * e] - s.mean;

        s.std += isnan(off) ? 0 : off * off;
    }
    s.std = s.n > 1 ? sqrt(s.std / (double)(s.n - 1)) : 0;
    return s;
}

static size_t
count_lost(const struct control *c, const struct control_trial *t, int method,
           size_t k)
{
    size_t n = 0;

    for (size_t e = 0; e < t->crew.n; e++)
        n += isnan(t->score[CONTROL_SCORES *
                            control_place(c, t, method, k, e)]);
    return n;
}

static void
name_score(const struct control *c, int method, size_t k, const char *score,
           char out[64])
{
    snprintf(out, 64, "%s%s@%.0f",
             method == CONTROL_BASELINE ? "baseline_" : "", score,
             c->eval_steps.value[k]);
}

static mesa_status
add_metrics(const struct control *c, const struct control_trial *t,
            struct mesa_metrics *metrics, struct mesa_error *err)
{
    char name[64];

    for (int method = 0; method < CONTROL_METHODS; method++)
        for (size_t k = 0; k < c->eval_steps.n; k++)
            for (int score = 0; score < CONTROL_SCORES; score++) {
                name_score(c, method, k, score_name[score], name);
                if (mesa_metrics_add(metrics, t->split, name,
                                     summarise(c, t, method, k, score).mean) !=
                    MESA_OK)
                    return mesa_nomem(err, 1, "metric row");
            }
    return MESA_OK;
}

/* Adapt and look, until the host says stop. */
static mesa_status
adapt(struct control *c, struct control_trial *t,
      const struct mesa_host *host, int method, bool *stopped,
      struct mesa_error *err)
{
    const size_t last = (size_t)c->eval_steps.value[c->eval_steps.n - 1];
    size_t k = 0;
    mesa_status st = MESA_OK;

    prepare(c, t, host);
    for (size_t step = 0; st == MESA_OK; step++) {
        *stopped = mesa_host_cancelled(host);
        if (*stopped)
            return MESA_OK;
        st = control_crew_run(c, &t->crew, err);
        if (st == MESA_OK && c->eval_steps.value[k] <= (double)step)
            record(c, t, method, k++);
        if (step == last)
            break;
        if (st == MESA_OK)
            st = mesa_program_run(method == CONTROL_LEARNT ? t->crew.learn
                                                           : t->crew.descend,
                                  err);
    }
    return st;
}

mesa_status
control_evaluate(struct control *c, const struct mesa_host *host,
                 struct mesa_metrics *metrics, struct mesa_error *err)
{
    bool stopped = false;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < c->n_trials && st == MESA_OK && !stopped; i++) {
        struct control_trial *t = &c->trial[i];

        t->done = false;
        for (int m = 0; m < CONTROL_METHODS && st == MESA_OK && !stopped; m++)
            st = adapt(c, t, host, m, &stopped, err);
        t->done = st == MESA_OK && !stopped;
    }
    for (size_t i = 0; i < c->n_trials && st == MESA_OK && !stopped; i++)
        st = add_metrics(c, &c->trial[i], metrics, err);
    return st;
}

static void
report_scores(const struct control *c, const struct control_trial *t,
              struct mesa_report *r)
{
    char name[64];

    mesa_report_open(r, t->split);
    for (int m = 0; m < CONTROL_METHODS; m++)
        for (size_t k = 0; k < c->eval_steps.n; k++) {
            mesa_report_print(r, NULL, "%-6s %-9s %5.0f", t->split,
                              method_name[m], c->eval_steps.value[k]);
            for (int score = 0; score < CONTROL_SCORES; score++) {
                const struct summary s = summarise(c, t, m, k, score);

                name_score(c, m, k, score_name[score], name);
                mesa_report_open(r, name);
                mesa_report_number(r, "mean", s.mean);
                mesa_report_number(r, "std", s.std);
                mesa_report_count(r, "n", s.n);
                mesa_report_count(r, "diverged", t->crew.n - s.n);
                mesa_report_close(r);
                mesa_report_print(r, NULL, "  %10.4g", s.mean);
            }
            mesa_report_print(r, NULL, "\n");
        }
    mesa_report_close(r);
}

/* Policies that no score is of. */
static void
report_lost(const struct control *c, const struct control_trial *t,
            struct mesa_report *r)
{
    for (int m = 0; m < CONTROL_METHODS; m++)
        for (size_t k = 0; k < c->eval_steps.n; k++) {
            const size_t lost = count_lost(c, t, m, k);

            if (lost)
                mesa_report_print(r, NULL,
                                  "%zu of %zu episodes of %s left out after "
                                  "%.0f steps with the %s loss: their "
                                  "policies diverged\n",
                                  lost, t->crew.n, t->split,
                                  c->eval_steps.value[k], method_name[m]);
        }
}

/* The columns that say which episode, after which step. */
static void
print_episode(const struct control *c, const struct control_trial *t, int m,
              size_t k, size_t e, const char *file, struct mesa_report *r)
{
    mesa_report_print(r, file, "%s,%s,%zu,%zu,%.0f", t->split, method_name[m],
                      e / t->n_goals, e % t->n_goals, c->eval_steps.value[k]);
}

static void
print_adaptation(const struct control *c, const struct control_trial *t,
                 int m, size_t k, size_t e, struct mesa_report *r)
{
    static const char file[] = "adaptation.csv";
    const double *score =
        t->score + CONTROL_SCORES * control_place(c, t, m, k, e);

    print_episode(c, t, m, k, e, file, r);
    for (int s = 0; s < CONTROL_SCORES; s++)
        mesa_report_value(r, file, ",", score[s]);
    mesa_report_print(r, file, "\n");
}

/* A row per state; the last one has no action. */
static void
print_trajectory(const struct control *c, const struct control_trial *t,
                 int m, size_t k, size_t e, struct mesa_report *r)
{
    static const char file[] = "trajectory.csv";
    const struct mesa_space *s = &c->space;
    const size_t at = control_place(c, t, m, k, e);
    const float *state = t->states + at * (s->horizon + 1) * s->n_states;
    const float *action = t->actions + at * s->horizon * s->n_actions;

    for (size_t i = 0; i <= s->horizon; i++) {
        print_episode(c, t, m, k, e, file, r);
        mesa_report_print(r, file, ",%zu", i);
        for (size_t j = 0; j < s->n_states; j++)
            mesa_report_value(r, file, ",", (double)*state++);
        for (size_t j = 0; j < s->n_actions; j++)
            if (i < s->horizon)
                mesa_report_value(r, file, ",", (double)*action++);
            else
                mesa_report_print(r, file, ",");
        mesa_report_print(r, file, "\n");
    }
}

static void
print_headers(const struct control *c, struct mesa_report *r)
{
    static const char episode[] = "split,loss,policy,goal,step";

    mesa_report_print(r, "adaptation.csv", "%s,cost,distance,reached\n",
                      episode);
    mesa_report_print(r, "trajectory.csv", "%s,t", episode);
    for (size_t j = 0; j < c->space.n_states; j++)
        mesa_report_field(r, "trajectory.csv", ",", c->space.state[j]);
    for (size_t j = 0; j < c->space.n_actions; j++)
        mesa_report_field(r, "trajectory.csv", ",", c->space.action[j]);
    mesa_report_print(r, "trajectory.csv", "\n");
}

void
control_report(const struct control *c, struct mesa_report *r)
{
    if (c->n_trials == 0 || !c->trial[c->n_trials - 1].done)
        return; /* nothing has been scored yet */
    mesa_report_open(r, "scores");
    mesa_report_print(r, NULL, "%-6s %-9s %5s  %10s  %10s  %10s\n", "split",
                      "loss", "steps", "cost", "distance", "reached");
    for (size_t i = 0; i < c->n_trials; i++)
        report_scores(c, &c->trial[i], r);
    for (size_t i = 0; i < c->n_trials; i++)
        report_lost(c, &c->trial[i], r);
    mesa_report_close(r);
    print_headers(c, r);
    for (size_t i = 0; i < c->n_trials; i++)
        for (int m = 0; m < CONTROL_METHODS; m++)
            for (size_t k = 0; k < c->eval_steps.n; k++)
                for (size_t e = 0; e < c->trial[i].crew.n; e++) {
                    print_adaptation(c, &c->trial[i], m, k, e, r);
                    print_trajectory(c, &c->trial[i], m, k, e, r);
                }
}
