/* SPDX-License-Identifier: MIT */
/*
 * policy_test.c - what the loss is worth: policies learn from it alone to get
 * to goals of the part test, and others by PPO.
 *
 * Both start from the same weights and play as many episodes between two
 * updates.  They are scored by other episodes, without noise.
 */
#include "policy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Policies of one method that learn. */
struct pupils {
    struct actors   actors;
    struct learning learning;
    struct episodes played;
    struct critics  critics; /* of PPO, if it is to have some */
    int64_t         epochs; /* runs of the program in an update */
};

static const char *const method_name[POLICY_METHODS] = { "learned", "ppo" };
static const char *const prefix[POLICY_METHODS] = { "", "baseline_" };
static const char *const metric_name[POLICY_METRICS] = { "return",
                                                         "distance" };

void
policy_score_free(struct policy_score *s)
{
    for (int m = 0; m < POLICY_METHODS; m++)
        episodes_free(&s->last[m]);
    mesa_free(s->value);
    memset(s, 0, sizeof *s);
}

static double *
values_of(const struct policy_score *s, int method, int metric, size_t update)
{
    return s->value + (((size_t)method * POLICY_METRICS + (size_t)metric) *
                           s->n_updates + update) * s->n_goals;
}

static mesa_status
score_new(struct policy *p, const struct mesa_host *host,
          struct mesa_error *err)
{
    struct policy_score *s = &p->score;
    mesa_status st = MESA_OK;

    policy_score_free(s);
    s->n_goals = (size_t)p->eval_goals;
    for (size_t i = 0; i < p->eval_updates.n; i++)
        if (s->n_updates <= (size_t)p->eval_updates.value[i])
            s->n_updates = (size_t)p->eval_updates.value[i] + 1;
    s->value = mesa_alloc_array(s->n_goals * s->n_updates,
                                POLICY_METHODS * POLICY_METRICS *
                                    sizeof *s->value);
    if (!s->value)
        return mesa_nomem(err, s->n_goals, "scores");
    for (int m = 0; m < POLICY_METHODS && st == MESA_OK; m++) {
        st = episodes_new(p, s->n_goals, &s->last[m], err);
        if (st == MESA_OK)
            episodes_aim(p, host, MESA_PART_TEST, 0, &s->last[m]);
    }
    return st;
}

static mesa_status
enrol(struct policy *p, const struct mesa_host *host, int method,
      struct pupils *out, struct mesa_error *err)
{
    const bool fixed = p->policy_init == POLICY_FIXED;
    const size_t n = (size_t)p->eval_goals;
    mesa_status st = actors_new(p, n, &out->actors, err);

    if (st == MESA_OK)
        st = episodes_new(p, n, &out->played, err);
    if (st == MESA_OK)
        st = method == POLICY_PPO
                 ? ppo_new(p, host, &out->actors, &out->played,
                           &out->critics, &out->learning, err)
                 : policy_inner_new(p, &out->actors, &out->learning, err);
    if (st != MESA_OK)
        return st;
    out->epochs = method == POLICY_PPO ? p->ppo_epochs : 1;
    policy_episode_bind(&out->learning.at, out->learning.program,
                        &out->played);
    episodes_aim(p, host, MESA_PART_TEST, 0, &out->played);
    crew_draw(&out->actors.crew, host,
              fixed ? "ml3_policy.policy" : "ml3_policy.test", 0, fixed);
    return MESA_OK;
}

static void
dismiss(struct pupils *u)
{
    actors_free(&u->actors);
    learning_free(&u->learning);
    episodes_free(&u->played);
    ppo_critics_free(&u->critics);
}

/* Play and learn from it. */
static mesa_status
update(const struct policy *p, const struct mesa_host *host, size_t i,
       struct pupils *u, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "ml3_policy.update", i);
    bool finite;
    mesa_status st = episodes_play(p, &u->actors, &rng, true, &u->played,
                                   &finite, err);

    if (st == MESA_OK && u->critics.program)
        st = ppo_judge(p, &u->critics, &u->played, err);
    for (int64_t k = 0; k < u->epochs && st == MESA_OK; k++) {
        if (u->learning.optimizer)
            mesa_optimizer_step(u->learning.optimizer);
        st = mesa_program_run(u->learning.program, err);
    }
    return st;
}

/* What policies do without noise; always from the same starts. */
static mesa_status
watch(struct policy *p, const struct mesa_host *host, int method, size_t i,
      struct pupils *u, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "ml3_policy.watch", 0);
    struct policy_score *s = &p->score;
    struct episodes *e = &s->last[method];
    const size_t size = s->n_goals * sizeof *s->value;
    bool finite;
    mesa_status st = episodes_play(p, &u->actors, &rng, false, e, &finite,
                                   err);

    memcpy(values_of(s, method, POLICY_RETURN, i), e->total, size);
    memcpy(values_of(s, method, POLICY_DISTANCE, i), e->distance, size);
    return st;
}

static mesa_status
learn_goals(struct policy *p, const struct mesa_host *host, int method,
            struct mesa_error *err)
{
    struct pupils u = { .epochs = 0 };
    mesa_status st = enrol(p, host, method, &u, err);

    for (size_t i = 0; i < p->score.n_updates && st == MESA_OK; i++) {
        if (mesa_host_cancelled(host))
            break;
        if (i > 0)
            st = update(p, host, i, &u, err);
        if (st == MESA_OK)
            st = watch(p, host, method, i, &u, err);
    }
    dismiss(&u);
    return st;
}

struct summary {
    double mean, std, interval;
    size_t n, diverged;
};

static struct summary
summarise(const struct policy_score *s, int method, int metric, size_t update)
{
    const double *value = values_of(s, method, metric, update);
    struct summary out = { .n = 0 };
    double square = 0;

    for (size_t i = 0; i < s->n_goals; i++)
        if (isfinite(value[i])) {
            out.mean += value[i];
            out.n++;
        }
    out.diverged = s->n_goals - out.n;
    out.mean = out.n ? out.mean / (double)out.n : NAN;
    for (size_t i = 0; i < s->n_goals; i++)
        if (isfinite(value[i]))
            square += (value[i] - out.mean) * (value[i] - out.mean);
    out.std = out.n > 1 ? sqrt(square / (double)(out.n - 1)) : 0;
    out.interval = out.n > 1 ? 1.96 * out.std / sqrt((double)out.n) : 0;
    return out;
}

static mesa_status
add_rows(const struct policy *p, struct mesa_metrics *metrics,
         struct mesa_error *err)
{
    for (size_t i = 0; i < p->eval_updates.n; i++)
        for (int m = 0; m < POLICY_METHODS; m++)
            for (int k = 0; k < POLICY_METRICS; k++) {
                const size_t at = (size_t)p->eval_updates.value[i];
                char name[64];

                snprintf(name, sizeof name, "%s%s@%zu", prefix[m],
                         metric_name[k], at);
                if (mesa_metrics_add(
                        metrics, "test", name,
                        summarise(&p->score, m, k, at).mean) != MESA_OK)
                    return mesa_nomem(err, 1, "metric row");
            }
    return MESA_OK;
}

mesa_status
policy_test(struct policy *p, const struct mesa_host *host,
            struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = score_new(p, host, err);

    for (int m = 0; m < POLICY_METHODS && st == MESA_OK; m++)
        st = learn_goals(p, host, m, err);
    return st == MESA_OK ? add_rows(p, metrics, err) : st;
}

static void
report_scores(const struct policy *p, struct mesa_report *report)
{
    mesa_report_open(report, "scores");
    mesa_report_open(report, "test");
    for (size_t i = 0; i < p->eval_updates.n; i++)
        for (int m = 0; m < POLICY_METHODS; m++)
            for (int k = 0; k < POLICY_METRICS; k++) {
                const size_t at = (size_t)p->eval_updates.value[i];
                const struct summary v = summarise(&p->score, m, k, at);
                char name[64];

                snprintf(name, sizeof name, "%s%s@%zu", prefix[m],
                         metric_name[k], at);
                mesa_report_open(report, name);
                mesa_report_number(report, "mean", v.mean);
                mesa_report_number(report, "std", v.std);
                mesa_report_count(report, "n", v.n);
                mesa_report_number(report, "ci95", v.interval);
                mesa_report_count(report, "diverged", v.diverged);
                mesa_report_close(report);
            }
    mesa_report_close(report);
    mesa_report_close(report);
}

/* Each goal's curves. */
static void
print_curves(const struct policy *p, struct mesa_report *report)
{
    const struct policy_score *s = &p->score;
    const size_t steps = s->last[0].rows;
    static const char file[] = "adaptation.csv";

    mesa_report_print(report, file,
                      "method,goal,update,environment_steps,return,"
                      "distance\n");
    for (int m = 0; m < POLICY_METHODS; m++)
        for (size_t g = 0; g < s->n_goals; g++)
            for (size_t i = 0; i < s->n_updates; i++) {
                mesa_report_print(report, file, "%s,%zu,%zu,%zu",
                                  method_name[m], g, i, i * steps);
                for (int k = 0; k < POLICY_METRICS; k++)
                    mesa_report_value(report, file, ",",
                                      values_of(s, m, k, i)[g]);
                mesa_report_print(report, file, "\n");
            }
}

const double *
policy_values(const struct policy_score *s, int method, int metric,
              size_t update)
{
    return values_of(s, method, metric, update);
}

double
policy_state(const struct policy *p, const struct episodes *e, size_t g,
             size_t t, size_t j)
{
    const struct mesa_space *w = &p->world.space;
    const size_t row = g * e->rows + t * e->n_episodes;

    return t == w->horizon
               ? e->now[g * e->n_episodes * w->n_states + j]
               : (double)e->state[row * w->n_states + j] * w->scale[j];
}

/* A step of the first episode to a goal: where it was, and what it did, as far
 * as the environment takes it; at the end, where it has come to. */
static void
print_step(const struct policy *p, const struct episodes *e, size_t g,
           size_t t, struct mesa_report *report)
{
    static const char file[] = "trajectory.csv";
    const struct mesa_space *w = &p->world.space;
    const size_t row = g * e->rows + t * e->n_episodes;

    for (size_t j = 0; j < w->n_states; j++)
        mesa_report_value(report, file, ",", policy_state(p, e, g, t, j));
    for (size_t j = 0; j < w->n_actions; j++) {
        double act;

        if (t == w->horizon) {
            mesa_report_print(report, file, ",");
            continue;
        }
        act = p->world.middle[j] +
              p->world.half[j] * (double)e->action[row * w->n_actions + j];
        act = act < w->action_low[j] ? w->action_low[j] : act;
        mesa_report_value(report, file, ",",
                          act > w->action_high[j] ? w->action_high[j] : act);
    }
}

/* The first episode to each goal after the last update. */
static void
print_paths(const struct policy *p, struct mesa_report *report)
{
    const struct mesa_space *w = &p->world.space;

    mesa_report_print(report, "trajectory.csv", "method,goal,t");
    for (size_t j = 0; j < w->n_states; j++)
        mesa_report_field(report, "trajectory.csv", ",", w->state[j]);
    for (size_t j = 0; j < w->n_actions; j++)
        mesa_report_field(report, "trajectory.csv", ",", w->action[j]);
    mesa_report_print(report, "trajectory.csv", "\n");
    for (int m = 0; m < POLICY_METHODS; m++)
        for (size_t g = 0; g < p->score.n_goals; g++)
            for (size_t t = 0; t <= w->horizon; t++) {
                mesa_report_print(report, "trajectory.csv", "%s,%zu,%zu",
                                  method_name[m], g, t);
                print_step(p, &p->score.last[m], g, t, report);
                mesa_report_print(report, "trajectory.csv", "\n");
            }
}

static void
print_table(const struct policy *p, struct mesa_report *report)
{
    const struct policy_score *s = &p->score;

    mesa_report_print(report, NULL, "%-7s  %-34s  %s\n%-7s", "",
                      "learned loss", "PPO", "updates");
    for (int m = 0; m < POLICY_METHODS; m++)
        mesa_report_print(report, NULL, "  %-18s  %-14s", "return",
                          "distance");
    mesa_report_print(report, NULL, "\n");
    for (size_t i = 0; i < p->eval_updates.n; i++) {
        const size_t at = (size_t)p->eval_updates.value[i];

        mesa_report_print(report, NULL, "%7zu", at);
        for (int m = 0; m < POLICY_METHODS; m++) {
            const struct summary r = summarise(s, m, POLICY_RETURN, at);
            const struct summary d = summarise(s, m, POLICY_DISTANCE, at);

            mesa_report_print(report, NULL, "  %8.2f +- %-6.2f", r.mean,
                              r.interval);
            mesa_report_print(report, NULL, "  %5.3f +- %-5.3f", d.mean,
                              d.interval);
        }
        mesa_report_print(report, NULL, "\n");
    }
    mesa_report_print(report, NULL,
                      "mean +- half of a 95 %% interval over %zu test goals; "
                      "%zu steps of the environment in an update\n",
                      s->n_goals, s->last[0].rows);
    for (int m = 0; m < POLICY_METHODS; m++) {
        const size_t lost = summarise(s, m, 0, s->n_updates - 1).diverged;

        if (lost)
            mesa_report_print(report, NULL,
                              "%zu policies left out at the end: %s made "
                              "them diverge\n",
                              lost, method_name[m]);
    }
}

void
policy_test_report(const struct policy *p, struct mesa_report *report)
{
    if (!p->score.value)
        return; /* stopped before the end */
    report_scores(p, report);
    print_curves(p, report);
    print_paths(p, report);
    print_table(p, report);
}
