/* SPDX-License-Identifier: MIT */
/* report.c - mesa/report.h: figures and lines, collected. */
#include "report.h"

#include "csv_text.h"

#include <mesa/number.h>

#include <stdarg.h>
#include <string.h>

static struct mesa_text *
text_of(struct mesa_report *r, const char *name)
{
    struct mesa_report_file *moved;

    for (size_t i = 0; i < r->n_files; i++)
        if (strcmp(r->file[i].name, name) == 0)
            return &r->file[i].text;
    moved = mesa_realloc_array(r->file, r->n_files + 1, sizeof *moved);
    if (!moved)
        return NULL;
    r->file = moved;
    moved += r->n_files;
    *moved = (struct mesa_report_file){ mesa_strdup(name), { 0 } };
    r->n_files += moved->name != NULL;
    return moved->name ? &moved->text : NULL;
}

void
mesa_report_print(struct mesa_report *r, const char *file, const char *fmt,
                  ...)
{
    struct mesa_text *text = file ? text_of(r, file) : r->table;
    va_list args;

    if (!file)
        mesa_report_end_table(r);
    va_start(args, fmt);
    if (text)
        mesa_text_vprintf(text, fmt, args);
    va_end(args);
    r->failed |= !text;
}

void
mesa_report_field(struct mesa_report *r, const char *file,
                  const char *separator, const char *field)
{
    struct mesa_text *text = text_of(r, file);

    if (text)
        mesa_csv_put(text, separator, field);
    r->failed |= !text;
}

void
mesa_report_value(struct mesa_report *r, const char *file,
                  const char *separator, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    mesa_format_double(value, digits);
    mesa_report_print(r, file, "%s%s", separator, digits);
}

void
mesa_report_open(struct mesa_report *r, const char *key)
{
    mesa_json_key(r->summary, key);
    mesa_json_open(r->summary, '{');
}

void
mesa_report_close(struct mesa_report *r)
{
    mesa_json_close(r->summary, '}');
}

void
mesa_report_number(struct mesa_report *r, const char *key, double value)
{
    mesa_json_key(r->summary, key);
    mesa_json_double(r->summary, value);
}

void
mesa_report_count(struct mesa_report *r, const char *key, uint64_t value)
{
    mesa_json_key(r->summary, key);
    mesa_json_uint(r->summary, value);
}

void
mesa_report_text(struct mesa_report *r, const char *key, const char *value)
{
    mesa_json_key(r->summary, key);
    mesa_json_string(r->summary, value);
}

void
mesa_report_seconds(struct mesa_report *r, const char *key, double value)
{
    struct mesa_report_time *moved =
        mesa_realloc_array(r->time, r->n_times + 1, sizeof *moved);
    char *copy = mesa_strdup(key);

    if (moved)
        r->time = moved;
    if (!moved || !copy) {
        mesa_free(copy);
        r->failed = true;
        return;
    }
    moved[r->n_times++] = (struct mesa_report_time){ copy, value };
}

void
mesa_report_score(struct mesa_report *r, const char *part, const char *name,
                  double value)
{
    struct mesa_report_score *moved =
        mesa_realloc_array(r->score, r->n_scores + 1, sizeof *moved);
    const struct mesa_report_score made = { mesa_strdup(part),
                                            mesa_strdup(name), value };

    if (moved)
        r->score = moved;
    if (!moved || !made.part || !made.name) {
        mesa_free(made.part);
        mesa_free(made.name);
        r->failed = true;
        return;
    }
    moved[r->n_scores++] = made;
}

void
mesa_report_event(struct mesa_report *r, uint64_t step, const char *label)
{
    struct mesa_report_event *moved;
    char *copy;

    if (!r->draws)
        return;
    moved = mesa_realloc_array(r->event, r->n_events + 1, sizeof *moved);
    copy = mesa_strdup(label);
    if (moved)
        r->event = moved;
    if (!moved || !copy) {
        mesa_free(copy);
        r->failed = true;
        return;
    }
    moved[r->n_events++] = (struct mesa_report_event){ step, copy };
}

void
mesa_report_free(struct mesa_report *r)
{
    for (size_t i = 0; i < r->n_files; i++) {
        mesa_free(r->file[i].name);
        mesa_free(r->file[i].text.at);
    }
    for (size_t i = 0; i < r->n_times; i++)
        mesa_free(r->time[i].key);
    for (size_t i = 0; i < r->n_scores; i++) {
        mesa_free(r->score[i].part);
        mesa_free(r->score[i].name);
    }
    for (size_t i = 0; i < r->n_events; i++)
        mesa_free(r->event[i].label);
    mesa_report_free_cells(r);
    for (size_t i = 0; i < r->n_plots; i++)
        mesa_plot_free(r->plot[i]);
    mesa_free(r->plot);
    mesa_free(r->file);
    mesa_free(r->time);
    mesa_free(r->score);
    mesa_free(r->event);
    memset(r, 0, sizeof *r);
}
