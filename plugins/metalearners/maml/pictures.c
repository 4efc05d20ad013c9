/* SPDX-License-Identifier: MIT */
/* pictures.c - what maml shows of tasks, of adaptation, of learnt rates. */
#include "maml.h"

#include <stdio.h>
#include <string.h>

enum { MOST_RATES = 200 }; /* numbers of one tensor that are shown */

static size_t
count(const struct mesa_weight *w)
{
    size_t n = 1;

    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    return n;
}

/* Rates of each step: how each weight's goes on. */
static void
draw_steps(const struct maml *m, struct mesa_plot *p)
{
    for (size_t j = 0; j < m->model.n; j++) {
        const size_t at = m->parts[j].rate;

        if (at == MAML_NONE)
            continue;
        for (int mark = 0; mark < 2; mark++) {
            mesa_plot_series(p, mark ? MESA_MARK_POINT : MESA_MARK_LINE,
                             mesa_weights_get(m->model.weights, j)->name);
            for (int64_t k = 0; k < m->inner_steps; k++)
                mesa_plot_point(p, (double[]){
                    (double)k + 1,
                    few_number(mesa_weights_data(m->learnt, at), (size_t)k,
                               m->model.dtype) });
        }
    }
    for (int64_t k = 1; k <= m->inner_steps && m->inner_steps <= 12; k++) {
        char text[24];

        snprintf(text, sizeof text, "%lld", (long long)k);
        mesa_plot_tick(p, 'x', (double)k, text);
    }
}

/* Those of each weight, which are one or as many as it has numbers. */
static void
draw_weights(const struct maml *m, struct mesa_plot *p)
{
    const bool one = m->learn_rates == MAML_PER_LAYER_PER_STEP;
    double place = 0;

    for (size_t j = 0; j < m->model.n; j++) {
        const size_t at = m->parts[j].rate;
        size_t n, every;

        if (at == MAML_NONE)
            continue;
        n = count(mesa_weights_get(m->learnt, at));
        every = n / MOST_RATES + 1;
        if (!one || place == 0) /* bars of several series stand aside */
            mesa_plot_series(p, one ? MESA_MARK_BAR
                                : n == 1 ? MESA_MARK_CROSS
                                         : MESA_MARK_BOX, "");
        for (size_t i = 0; i < n; i += every)
            mesa_plot_point(p, (double[]){
                place, few_number(mesa_weights_data(m->learnt, at), i,
                                  m->model.dtype) });
        mesa_plot_tick(p, 'x', place++,
                       mesa_weights_get(m->model.weights, j)->name);
    }
}

static void
draw_rates(const struct maml *m, struct mesa_report *report)
{
    const bool steps = m->learn_rates == MAML_PER_LAYER_PER_STEP &&
                       m->inner_steps > 1;
    char caption[200];
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_LEARNING,
        .name        = "inner_rates",
        .title       = "Learnt rates of adaptation",
        .caption     = caption,
        .x_label     = steps ? "inner step" : "weights of the model",
        .y_label     = "learning rate"
    };
    struct mesa_plot *p;

    snprintf(caption, sizeof caption,
             "The learning rate%s of each tensor of the model's weights%s. "
             "Dashed: inner_lr, where all of them began.",
             m->learn_rates == MAML_PER_PARAMETER ? "s" : "",
             steps ? " in each inner step"
             : m->learn_rates == MAML_PER_PARAMETER
                 ? ", up to 200 numbers of each, evenly chosen"
                 : "");
    p = mesa_report_plot(report, &info);
    mesa_plot_rule(p, 'y', m->inner_lr, "");
    if (steps)
        draw_steps(m, p);
    else
        draw_weights(m, p);
}

mesa_status
maml_draw(const struct maml *m, const struct mesa_host *host,
          struct mesa_report *report, struct mesa_error *err)
{
    if (m->score.n_steps > 0 && m->learn_rates != MAML_FIXED)
        draw_rates(m, report);
    return few_draw_start(&m->model, &m->rule, host, &m->eval, &m->score,
                          (size_t)m->inner_steps, report, err);
}
