/* SPDX-License-Identifier: MIT */
/*
 * predict.c - rows in, probabilities out, by a saved model.
 *
 * The source gives a block of rows, the model predicts it, its text is made
 * by all threads and written in order; then the next block.
 */
#include "predict.h"

#include "csv_text.h"
#include "files.h"
#include "instance.h"
#include "saved.h"
#include "warn.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_ROWS ((size_t)1024) /* that one thread writes at a time */

/* Labels and probabilities of all rows so far, for scores. */
struct seen {
    size_t   n, capacity;
    int32_t *y;
    double  *proba;
};

struct predicting {
    const struct mesa_predict_options *options;
    struct mesa_saved                  saved;
    struct mesa_instance              *source;
    struct mesa_file                  *file; /* NULL: standard output */
    struct mesa_dataset                data; /* the block in hand     */
    double                            *proba;
    char                             **text;
    size_t                             first; /* number of its first row */
    struct seen                        seen;
};

static void
take_warning(void *context, const char *line)
{
    const struct predicting *p = context;

    if (!p->options->quiet)
        fprintf(stderr, "mesa-core: warning: %s\n", line);
}

/* What every dataset of a run went through when it was opened. */
static mesa_status
check_values(struct mesa_dataset *d, size_t first, struct mesa_error *err)
{
    for (size_t r = 0; r < d->x.rows; r++) {
        const double *x = mesa_row(&d->x, r);

        for (size_t j = 0; j < d->x.cols; j++)
            if (isinf(x[j]))
                return mesa_fail(err, MESA_EDATA,
                                 "row %zu, column %zu is not finite",
                                 first + r, j);
            else if (isnan(x[j]))
                d->flags |= MESA_DATA_MISSING;
    }
    return MESA_OK;
}

static mesa_status
make_text(void *context, size_t b, struct mesa_error *err)
{
    struct predicting *p = context;
    const struct mesa_schema *schema = &p->saved.schema;
    size_t r = b * TEXT_ROWS, end = MESA_MIN(r + TEXT_ROWS, p->data.x.rows);
    struct mesa_text t = { 0 };

    for (; r < end; r++) {
        mesa_text_printf(&t, "%zu", p->first + r);
        mesa_csv_put_proba(&t, schema, p->proba + r * schema->n_classes);
    }
    p->text[b] = mesa_text_take(&t);
    return p->text[b] ? MESA_OK : mesa_nomem(err, TEXT_ROWS, "rows of text");
}

static void
write_text(struct predicting *p, const char *text)
{
    if (p->file)
        mesa_file_write(p->file, text, strlen(text));
    else
        fputs(text, stdout);
}

static mesa_status
write_header(struct predicting *p, struct mesa_error *err)
{
    struct mesa_text t = { 0 };
    char *text;

    mesa_text_add(&t, "row,prediction");
    mesa_csv_put_classes(&t, &p->saved.schema);
    text = mesa_text_take(&t);
    if (!text)
        return mesa_nomem(err, 1, "header");
    write_text(p, text);
    mesa_free(text);
    return MESA_OK;
}

static mesa_status
write_block(struct predicting *p, struct mesa_error *err)
{
    size_t n = (p->data.x.rows + TEXT_ROWS - 1) / TEXT_ROWS;
    mesa_status st;

    p->text = mesa_alloc_array(n, sizeof *p->text);
    if (!p->text)
        return mesa_nomem(err, n, "texts");
    st = mesa_parallel_for(n, make_text, p, err);
    for (size_t b = 0; b < n; b++) {
        if (st == MESA_OK)
            write_text(p, p->text[b]);
        mesa_free(p->text[b]);
    }
    mesa_free(p->text);
    return st;
}

static mesa_status
keep_seen(struct predicting *p, struct mesa_error *err)
{
    struct seen *s = &p->seen;
    size_t rows = p->data.x.rows, classes = p->saved.schema.n_classes;

    if (s->capacity - s->n < rows) {
        size_t wanted = MESA_MAX(s->capacity * 2, s->n + rows);
        int32_t *y = mesa_realloc_array(s->y, wanted, sizeof *y);
        double *proba = mesa_realloc_array(s->proba, wanted,
                                           classes * sizeof *proba);

        if (y)
            s->y = y;
        if (proba)
            s->proba = proba;
        if (!y || !proba)
            return mesa_nomem(err, wanted, "rows to score");
        s->capacity = wanted;
    }
    memcpy(s->y + s->n, p->data.y, rows * sizeof *s->y);
    memcpy(s->proba + s->n * classes, p->proba,
           rows * classes * sizeof *s->proba);
    s->n += rows;
    return MESA_OK;
}

static mesa_status
predict_block(struct predicting *p, struct mesa_error *err)
{
    size_t classes = p->saved.schema.n_classes;
    mesa_status st = check_values(&p->data, p->first, err);

    if (st != MESA_OK)
        return st;
    p->proba = mesa_alloc_raw(p->data.x.rows, classes * sizeof *p->proba);
    if (!p->proba)
        return mesa_nomem(err, p->data.x.rows, "predictions");
    st = mesa_model_predict(&p->saved.model, &p->data, p->proba, err);
    if (st == MESA_OK)
        st = write_block(p, err);
    if (st == MESA_OK && p->options->score)
        st = keep_seen(p, err);
    p->first += p->data.x.rows;
    mesa_free(p->proba);
    return st;
}

static enum mesa_exit
predict_rows(struct predicting *p, struct mesa_error *err)
{
    const struct mesa_source_class *c =
        (const void *)mesa_instance_class(p->source);
    mesa_status st = write_header(p, err);

    if (st != MESA_OK)
        return MESA_EXIT_FAILED;
    /* What is wrong with standard output is told at the end. */
    while (p->file || !ferror(stdout)) {
        if (p->options->stop && *p->options->stop) {
            mesa_fail(err, MESA_OK, "stopped before all rows were predicted");
            return MESA_EXIT_FAILED;
        }
        st = c->next(mesa_instance_self(p->source), &p->data, err);
        if (st != MESA_OK)
            return mesa_exit_code(st, MESA_STAGE_DATA);
        if (p->data.x.rows == 0)
            break;
        st = predict_block(p, err);
        if (st != MESA_OK)
            return mesa_exit_code(st, MESA_STAGE_DATA);
    }
    return MESA_EXIT_OK;
}

/* Scores that these rows do not define have no value. */
static void
print_scores(const struct predicting *p, FILE *to)
{
    const struct mesa_outcome outcome = {
        sizeof outcome, p->saved.schema.n_classes, p->seen.n, p->seen.y,
        p->seen.proba,  p->saved.positive
    };
    const struct mesa_metric *m;

    for (size_t i = 0; (m = mesa_metric_at(i)); i++) {
        struct mesa_error err;
        double value;

        if (mesa_metric_value(m, &outcome, &value, &err) == MESA_OK)
            fprintf(to, "%-12s  %.6f\n", mesa_metric_name(m), value);
        else
            fprintf(to, "%-12s  %s\n", mesa_metric_name(m), err.message);
    }
}

static mesa_status
open_source(struct predicting *p, struct mesa_error *err)
{
    const struct mesa_component *source = p->saved.recipe.source;
    const struct mesa_source_class *c =
        (const void *)mesa_component_class(source);
    mesa_status st = MESA_OK;

    if (!c->stream || !c->next)
        st = mesa_fail(err, MESA_EINVAL,
                       "--set data.type: rows to predict cannot be read by %s",
                       c->head.name);
    if (st == MESA_OK)
        st = mesa_instance_new(source, &p->source, err);
    return st;
}

static mesa_status
open_stream(struct predicting *p, struct mesa_error *err)
{
    const struct mesa_source_class *c =
        (const void *)mesa_instance_class(p->source);

    return c->stream(mesa_instance_self(p->source), p->options->input,
                     &p->saved.schema, p->options->score, err);
}

static enum mesa_exit
open_model(struct predicting *p, struct mesa_registry *registry,
           struct mesa_error *err)
{
    const struct mesa_predict_options *o = p->options;
    mesa_status st = mesa_parallel_set_threads(o->threads, err);

    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_CONFIG);
    return mesa_saved_open(&p->saved, registry, o->model, o->set, o->n_set,
                           err);
}

static enum mesa_exit
predict(struct predicting *p, struct mesa_registry *registry,
        struct mesa_error *err)
{
    bool to_stdout = strcmp(p->options->output, "-") == 0;
    enum mesa_exit code = open_model(p, registry, err);

    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(open_source(p, err), MESA_STAGE_CONFIG);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(open_stream(p, err), MESA_STAGE_DATA);
    if (code == MESA_EXIT_OK && !to_stdout)
        code = mesa_exit_code(
            mesa_file_open_path(&p->file, p->options->output, err),
            MESA_STAGE_OUTPUT);
    if (code == MESA_EXIT_OK)
        code = predict_rows(p, err);
    if (code == MESA_EXIT_OK && p->file) {
        code = mesa_exit_code(mesa_file_commit(p->file, err), MESA_STAGE_RUN);
        p->file = NULL;
    }
    if (code == MESA_EXIT_OK && p->options->score)
        print_scores(p, to_stdout ? stderr : stdout);
    return code;
}

enum mesa_exit
mesa_predict(struct mesa_registry *registry,
             const struct mesa_predict_options *options,
             struct mesa_error *err)
{
    struct predicting p;
    enum mesa_exit code;

    memset(&p, 0, sizeof p);
    p.options = options;
    mesa_warn_to(take_warning, &p);
    code = predict(&p, registry, err);
    mesa_warn_to(NULL, NULL);
    if (p.file)
        mesa_file_abort(p.file);
    mesa_instance_free(p.source);
    mesa_saved_free(&p.saved);
    mesa_free(p.seen.y);
    mesa_free(p.seen.proba);
    return code;
}
