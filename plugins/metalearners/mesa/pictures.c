/* SPDX-License-Identifier: MIT */
/*
 * pictures.c - what a sampler has learnt: where it aims at in states of a
 * known shape and in those of the last episode, and how the errors of that
 * episode changed as its ensemble grew.
 *
 * A state of known shape: rows of each class have one of two errors.
 */
#include "mesa.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The two errors, and states along an axis: a line and a map. */
static const double easy = 0.1, hard = 0.9;
enum { LINE = 40, MAP = 15 };

/* Predictions that a share of the rows of each class are hard for. */
static void
pretend(const struct mesa_dataset *d, double share, double *proba)
{
    double seen[2] = { 0.5, 0.5 };

    for (size_t r = 0; r < d->x.rows; r++) {
        const int32_t y = d->y[r];
        const double before = floor(seen[y]);
        const bool is_hard = floor(seen[y] += share) > before;

        proba[2 * r + (size_t)!y] = is_hard ? hard : easy;
        proba[2 * r + (size_t)y] = 1 - proba[2 * r + (size_t)!y];
    }
}

/* States that are made up. */
struct sweep {
    const struct mesa *m;
    double            *proba[TEST]; /* of training and validation rows */
};

static void
end_sweep(struct sweep *s)
{
    mesa_free(s->proba[TRAIN]);
    mesa_free(s->proba[VALID]);
}

static mesa_status
begin_sweep(struct sweep *s, const struct mesa *m, struct mesa_error *err)
{
    *s = (struct sweep){ .m = m };
    for (int p = 0; p < TEST; p++) {
        const size_t rows = m->part[p].data.x.rows;

        s->proba[p] = mesa_alloc_raw(rows, 2 * sizeof(double));
        if (!s->proba[p])
            return mesa_nomem(err, rows, "predictions");
    }
    return MESA_OK;
}

/* What the sampler aims at halfway through an ensemble with such errors. */
static mesa_status
aim_at(const struct sweep *s, double aim[3], struct mesa_error *err)
{
    const size_t n = (size_t)s->m->max_estimators;
    const struct mesa_feedback told = {
        .struct_size = sizeof told,
        .n_classes = 2,
        .round = (n + 1) / 2,
        .n_rounds = n,
        .proba = s->proba[TRAIN],
        .valid = &s->m->part[VALID].data,
        .valid_proba = s->proba[VALID],
        .mode = MESA_SAMPLER_USE
    };

    return mesa_sampler_aim(s->m->sampler, &s->m->part[TRAIN].data, &told,
                            aim, err);
}

static double
middle(int i, int n)
{
    return ((double)i + 0.5) / n;
}

/* The share of rows with an error of 1/2 or above: whole bins. */
static double
hard_share(const double *share)
{
    double sum = 0.0;

    for (size_t b = SHOWN_BINS / 2; b < SHOWN_BINS; b++)
        sum += share[b];
    return sum;
}

static mesa_status
draw_line(const struct sweep *s, struct mesa_plot *p, struct mesa_error *err)
{
    double aim[LINE][3];
    mesa_status st = MESA_OK;

    for (int i = 0; i < LINE && st == MESA_OK; i++) {
        for (int part = 0; part < TEST; part++)
            pretend(&s->m->part[part].data, middle(i, LINE), s->proba[part]);
        st = aim_at(s, aim[i], err);
    }
    if (st != MESA_OK)
        return st;
    mesa_plot_series(p, MESA_MARK_BAND, "policy");
    for (int i = 0; i < LINE; i++)
        mesa_plot_point(p, (double[]){ middle(i, LINE), aim[i][1],
                                       aim[i][2] });
    mesa_plot_series(p, MESA_MARK_LINE, "policy");
    for (int i = 0; i < LINE; i++)
        mesa_plot_point(p, (double[]){ middle(i, LINE), aim[i][0] });
    return MESA_OK;
}

static void
draw_states(const struct shown *shown, struct mesa_plot *p)
{
    mesa_plot_series(p, MESA_MARK_SCALED, "states of the last episode");
    for (size_t i = 0; i < shown->n; i++) {
        const struct view *v = &shown->view[i];

        mesa_plot_point(p, (double[]){ hard_share(v->share[TRAIN]), v->aim[0],
                                       v->members });
    }
}

static mesa_status
draw_policy(const struct sweep *s, struct mesa_report *report,
            struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_X | MESA_PLOT_UNIT_Y,
        .section     = MESA_PLOT_LEARNING,
        .name        = "policy",
        .title       = "What the sampler has learnt",
        .caption     =
            "The error mu around which majority rows are drawn for the next "
            "member (0: rows that the ensemble gets right, 1: rows that it "
            "gets wrong), by the share of hard rows so far. Line: states made "
            "up for the picture, hard rows having an error of 0.9 and others "
            "of 0.1, in training and validation rows alike; band: one "
            "standard deviation of the policy to either side, within which it "
            "explores. Points: states of the last episode, in which rows with "
            "errors of 0.5 and above count as hard; they have errors of all "
            "sizes and need not lie on the line.",
        .x_label     = "share of hard rows among majority rows",
        .y_label     = "mu",
        .value_label = "members so far"
    };
    struct mesa_plot *p = mesa_report_plot(report, &info);
    mesa_status st = p ? draw_line(s, p, err) : MESA_OK;

    if (st == MESA_OK)
        draw_states(&s->m->shown, p);
    return st;
}

static mesa_status
draw_cells(const struct sweep *s, struct mesa_plot *p, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    mesa_plot_series(p, MESA_MARK_CELL, "");
    for (int v = 0; v < MAP && st == MESA_OK; v++) {
        pretend(&s->m->part[VALID].data, middle(v, MAP), s->proba[VALID]);
        for (int t = 0; t < MAP && st == MESA_OK; t++) {
            double aim[3];

            pretend(&s->m->part[TRAIN].data, middle(t, MAP), s->proba[TRAIN]);
            st = aim_at(s, aim, err);
            if (st == MESA_OK)
                mesa_plot_point(p, (double[]){ middle(t, MAP), middle(v, MAP),
                                               aim[0] });
        }
    }
    return st;
}

static mesa_status
draw_map(const struct sweep *s, struct mesa_report *report,
         struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_X | MESA_PLOT_UNIT_Y,
        .section     = MESA_PLOT_LEARNING,
        .name        = "policy_map",
        .title       = "What the sampler has learnt, in all directions",
        .caption     =
            "The error mu around which majority rows are drawn, by the shares "
            "of hard rows among training and validation rows: states made up "
            "for the picture, hard rows having an error of 0.9 and others of "
            "0.1. Below the diagonal an ensemble does better on validation "
            "rows, above it on training rows, which it may have learnt by "
            "heart. Crosses: states of the last episode, in which rows with "
            "errors of 0.5 and above count as hard.",
        .x_label     = "share of hard training rows",
        .y_label     = "share of hard validation rows",
        .value_label = "mu"
    };
    struct mesa_plot *p = mesa_report_plot(report, &info);
    mesa_status st = p ? draw_cells(s, p, err) : MESA_OK;

    if (st != MESA_OK)
        return st;
    mesa_plot_series(p, MESA_MARK_CROSS, "states of the last episode");
    for (size_t i = 0; i < s->m->shown.n; i++) {
        const struct view *v = &s->m->shown.view[i];

        mesa_plot_point(p, (double[]){ hard_share(v->share[TRAIN]),
                                       hard_share(v->share[VALID]) });
    }
    return MESA_OK;
}

/* Does the sampler say what it aims at? */
static bool
has_aim(const struct mesa *m)
{
    const struct mesa_sampler_class *c =
        (const void *)mesa_instance_class(m->sampler);

    return c->aim != NULL;
}

/* Shares on a logarithmic scale, as most rows soon have errors near 0. */
static void
draw_part(const struct shown *shown, int part, struct mesa_plot *p)
{
    mesa_plot_series(p, MESA_MARK_CELL, "");
    for (int b = 0; b < SHOWN_BINS; b++)
        for (size_t i = 0; i < shown->n; i++) {
            const struct view *v = &shown->view[i];
            const double share = v->share[part][b];

            mesa_plot_point(p, (double[]){
                v->members, middle(b, SHOWN_BINS),
                share > 0 ? mesa_math_log(share) / mesa_math_log(10) : NAN });
        }
    mesa_plot_series(p, MESA_MARK_LINE, "mu of the next member");
    for (size_t i = 0; i < shown->n; i++)
        mesa_plot_point(p, (double[]){ shown->view[i].members,
                                       shown->view[i].aim[0] });
}

/* Whole numbers, 12 at most: there is no half of a member. */
static void
name_members(const struct shown *shown, struct mesa_plot *p)
{
    size_t every = shown->n / 12 + 1;

    if (every > 2)
        every = (every + 4) / 5 * 5;
    for (size_t i = 0; i < shown->n; i++) {
        const double members = shown->view[i].members;
        char text[32];

        if (i > 0 && (size_t)members % every != 0)
            continue;
        snprintf(text, sizeof text, "%.0f", members);
        mesa_plot_tick(p, 'x', members, text);
    }
}

/* What is said of the line, where there is one, comes second. */
static const char errors_caption[] =
    "How the errors of the majority rows (the predicted probability of the "
    "minority class) are distributed as members are added to the ensemble of "
    "the last episode; blank: no rows.";
static const char aims_caption[] =
    " The line is the error mu around which the policy would have rows drawn "
    "for the next member.";

/* Of several classes the episode was about one. */
static char *
make_caption(const struct mesa *m)
{
    const struct mesa_dataset *d = m->part[TRAIN].all;
    const char *aims = has_aim(m) ? aims_caption : "";

    if (d->n_classes <= 2 || !d->schema || m->n_episodes == 0)
        return mesa_asprintf("%s%s", errors_caption, aims);
    return mesa_asprintf("%s%s The episode was about class %s and the rest.",
                         errors_caption, aims,
                         d->schema->class_name[(m->n_episodes - 1) %
                                               d->n_classes]);
}

static mesa_status
draw_errors(const struct mesa *m, struct mesa_report *report,
            struct mesa_error *err)
{
    char *caption = make_caption(m);
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_Y,
        .section     = MESA_PLOT_LEARNING,
        .name        = "errors",
        .title       = "Errors as the ensemble grows",
        .caption     = caption,
        .x_label     = "members of the ensemble",
        .y_label     = "error of majority rows",
        .value_label = "share of rows, log10"
    };
    struct mesa_plot *p = mesa_report_plot(report, &info);

    name_members(&m->shown, p);
    mesa_plot_panel(p, "training rows");
    draw_part(&m->shown, TRAIN, p);
    mesa_plot_panel(p, "validation rows");
    draw_part(&m->shown, VALID, p);
    mesa_free(caption);
    return caption ? MESA_OK : mesa_nomem(err, 1, "caption");
}

/* The first episode with a member that the sampler has learnt from. */
static void
tell_start(const struct mesa *m, struct mesa_report *report)
{
    const uint64_t per_episode = (uint64_t)m->max_estimators - 1;

    if (m->start_steps > 0 && m->n_steps > (uint64_t)m->start_steps)
        mesa_report_event(report, (uint64_t)m->start_steps / per_episode,
                          "learning starts");
}

mesa_status
mesa_meta_report(const void *self, const struct mesa_host *host,
                 struct mesa_report *report, struct mesa_error *err)
{
    const struct mesa *m = self;
    struct sweep s;
    mesa_status st;

    (void)host;
    tell_start(m, report);
    st = draw_errors(m, report, err);
    if (st != MESA_OK || !has_aim(m))
        return st;
    mesa_meta_choose_class(m, m->n_episodes ? m->n_episodes - 1 : 0);
    st = begin_sweep(&s, m, err);
    if (st == MESA_OK)
        st = draw_policy(&s, report, err);
    if (st == MESA_OK)
        st = draw_map(&s, report, err);
    end_sweep(&s);
    return st;
}
