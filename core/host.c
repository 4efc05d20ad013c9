/* SPDX-License-Identifier: MIT */
/* host.c - what plugins ask the core for while a run is going on. */
#include "host.h"

#include "csv_text.h"
#include "evaluate.h"
#include "state.h"
#include "tensorboard.h"
#include "text.h"

#include <mesa/number.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct mesa_component *
mesa_host_component(const struct mesa_host *host, enum mesa_kind kind)
{
    switch (kind) {
    case MESA_KIND_ESTIMATOR:
        return host->recipe->estimator;
    case MESA_KIND_SAMPLER:
        return host->recipe->sampler;
    case MESA_KIND_LOSS:
        return host->recipe->loss;
    case MESA_KIND_TRANSFORM:
        return host->recipe->transform;
    case MESA_KIND_SOURCE:
        return host->recipe->source;
    case MESA_KIND_ENVIRONMENT:
        return host->recipe->environment;
    case MESA_KIND_ACQUISITION:
        return host->recipe->acquisition;
    case MESA_KIND_METALEARNER:
        return host->recipe->metalearner;
    default:
        return NULL;
    }
}

const struct mesa_dataset *
mesa_host_data(const struct mesa_host *host, enum mesa_part part)
{
    return (unsigned)part < MESA_PART_COUNT_ ? host->parts.data[part] : NULL;
}

mesa_status
mesa_host_prepared(const struct mesa_host *host, enum mesa_part part,
                   const struct mesa_dataset **out, struct mesa_error *err)
{
    const struct mesa_dataset *train = mesa_host_data(host, MESA_PART_TRAIN);
    struct mesa_prepared *p = host->prepared;
    mesa_status st = MESA_OK;

    *out = mesa_host_data(host, part);
    if (!*out || !host->recipe->transform || !p)
        return MESA_OK;
    if (!train)
        return mesa_fail(err, MESA_EDATA,
                         "there are no training rows to fit [transform] on");
    if (!p->transform) {
        st = mesa_instance_new(host->recipe->transform, &p->transform, err);
        if (st == MESA_OK)
            st = mesa_transform_fit(p->transform, train, err);
    }
    if (st == MESA_OK && !p->x[part])
        st = mesa_transformed(p->transform, *out, &p->data[part], &p->x[part],
                              err);
    *out = &p->data[part];
    return st;
}

const struct mesa_tasks *
mesa_host_tasks(const struct mesa_host *host)
{
    return host->tasks;
}

void
mesa_prepared_free(struct mesa_prepared *p)
{
    mesa_instance_free(p->transform);
    for (size_t i = 0; i < MESA_PART_COUNT_; i++)
        mesa_free(p->x[i]);
    memset(p, 0, sizeof *p);
}

mesa_status
mesa_host_learned(const struct mesa_host *host,
                  const struct mesa_instance *trained, struct mesa_error *err)
{
    /* Nobody goes on from what one of several loops has taught. */
    return host->outer ? MESA_OK
                       : mesa_state_take(host->recipe, trained, err);
}

mesa_status
mesa_host_ask(const struct mesa_host *host,
              const struct mesa_question *question, int32_t *label,
              enum mesa_answer *answer, struct mesa_error *err)
{
    const struct mesa_dataset *train = mesa_host_data(host, MESA_PART_TRAIN);

    if (host->ask)
        return host->ask(host->ask_context, question, label, answer, err);
    *answer = MESA_ANSWER_GIVEN;
    for (size_t i = 0; i < question->n; i++) {
        if (!train || question->row[i] >= train->x.rows)
            return mesa_fail(err, MESA_EINVAL,
                             "row %zu is no training row", question->row[i]);
        label[i] = train->y ? train->y[question->row[i]] : -1;
        if (label[i] < 0)
            return mesa_fail(err, MESA_EDATA,
                             "training row %zu has no label: to be asked for "
                             "it, use mesa-core query",
                             question->row[i]);
    }
    return MESA_OK;
}

void
mesa_host_train_on(const struct mesa_host *host,
                   const struct mesa_dataset *rows)
{
    if (host->train_on)
        *host->train_on = rows;
}

const struct mesa_dataset *
mesa_host_training(const struct mesa_host *host)
{
    return host->train_on && *host->train_on
               ? *host->train_on
               : mesa_host_data(host, MESA_PART_TRAIN);
}

void
mesa_host_say(const struct mesa_host *host, const char *fmt, ...)
{
    char line[400];
    va_list args;

    if (!host->say)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    host->say(host->say_context, line);
}

struct mesa_rng
mesa_host_rng(const struct mesa_host *host, const char *name, uint64_t i)
{
    return mesa_rng_derive(&host->root, name, i);
}

bool
mesa_host_cancelled(const struct mesa_host *host)
{
    if (host->wait)
        host->wait(host->say_context);
    if (!host->stop || !*host->stop)
        return false;
    if (host->heard)
        atomic_store(host->heard, true);
    return true;
}

/* How much people want to see of a part. */
static int
interest(const char *split)
{
    static const char *const order[] = { "train", "test", "valid" };
    int most = 0;

    for (int i = 0; i < (int)MESA_COUNT(order); i++)
        if (strcmp(split, order[i]) == 0)
            most = i + 1;
    return most;
}

/* The leading figure of the part of most interest. */
static void
keep_last(struct mesa_metrics *metrics, const char *split, const char *name,
          double value)
{
    const double size = fabs(value);
    const bool plain = size == 0.0 || (size >= 0.01 && size < 1000.0);

    if (metrics->last[0] && interest(split) <= interest(metrics->split))
        return;
    snprintf(metrics->last, sizeof metrics->last,
             plain ? "%s%s%s %.3f" : "%s%s%s %.3g", split, *split ? " " : "",
             name, value);
    snprintf(metrics->split, sizeof metrics->split, "%s", split);
}

mesa_status
mesa_metrics_add(struct mesa_metrics *metrics, const char *split,
                 const char *name, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    if (metrics->keep)
        return metrics->keep(metrics->context, metrics->step, split, name,
                             value);
    mesa_format_double(value, digits);
    mesa_text_printf(metrics->rows, "%llu,%s",
                     (unsigned long long)metrics->step, split);
    mesa_csv_put(metrics->rows, ",", name);
    mesa_text_printf(metrics->rows, ",%s\n", digits);
    mesa_events_scalar(metrics->events, split, name, value);
    keep_last(metrics, split, name, value);
    return metrics->rows->failed ? MESA_ENOMEM : MESA_OK;
}

bool
mesa_metrics_shows(const struct mesa_metrics *metrics)
{
    return metrics->events && metrics->shows && !metrics->keep;
}

void
mesa_metrics_histogram(struct mesa_metrics *metrics, const char *split,
                       const char *name, const double *value, size_t n)
{
    if (mesa_metrics_shows(metrics))
        mesa_events_histogram(metrics->events, split, name, value, n);
}
