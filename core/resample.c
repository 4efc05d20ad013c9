/* SPDX-License-Identifier: MIT */
/*
 * resample.c - what a sampler keeps and makes, as a table with the origin of
 * every row.
 *
 * The sampler's report is written as it stands, row by row: beside the data
 * and the report there are only the blocks of text in hand.
 */
#include "resample.h"

#include "csv_text.h"
#include "evaluate.h"
#include "files.h"
#include "state.h"
#include "terminal.h"
#include "warn.h"

#include <mesa/number.h>

#include <stdio.h>
#include <string.h>

#define BLOCK_ROWS ((size_t)256)
#define N_BLOCKS   ((size_t)32) /* that are made at a time */
#define NAME_TEXT  200          /* of a class, as it is shown */

struct resampling {
    struct mesa_recipe                 *recipe;
    const struct mesa_resample_options *options;
    struct mesa_host                    host;
    const struct mesa_dataset          *rows;      /* as they were read     */
    struct mesa_instance               *transform; /* NULL: none            */
    struct mesa_dataset                 data;      /* what the sampler sees */
    double                             *x;
    struct mesa_sample                 *sample;
    struct mesa_file                   *file;  /* NULL: standard output     */
    size_t                              first; /* row of the blocks in hand */
    char                               *text[N_BLOCKS];
};

static void
take_warning(void *context, const char *line)
{
    const struct resampling *s = context;

    if (!s->options->quiet)
        fprintf(stderr, "mesa-core: warning: %s\n", line);
}

static bool
split_is_given(const struct mesa_recipe *recipe)
{
    const struct mesa_settings *s = &recipe->source->core_settings;

    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->params[i].name, "split") == 0)
            return s->bound[i].given;
    return false;
}

/* Open the data and choose the rows. */
static mesa_status
choose_rows(struct resampling *s, struct mesa_error *err)
{
    struct mesa_parts *parts = &s->host.parts;
    mesa_status st;

    s->host.recipe = s->recipe;
    if (!s->recipe->source)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [data] section: which rows?");
    mesa_rng_seed(&s->host.root, (uint64_t)s->recipe->run.seed);
    st = mesa_parts_open(parts, s->recipe->source, false, &s->host.root, err);
    if (st != MESA_OK)
        return st;
    s->rows = mesa_bundle_dataset(parts->bundle, MESA_PART_ALL);
    if (!s->rows || split_is_given(s->recipe))
        s->rows = parts->data[MESA_PART_TRAIN];
    if (!s->rows)
        return mesa_fail(err, MESA_EDATA, "there are no training rows");
    s->data = *s->rows;
    return MESA_OK;
}

static mesa_status
transform_rows(struct resampling *s, struct mesa_error *err)
{
    const struct mesa_component *transform = s->recipe->transform;
    mesa_status st;

    if (!transform)
        return MESA_OK;
    if (!s->options->transformed) {
        mesa_warn("[%s] is not applied; with --transformed rows are resampled "
                  "as in a run",
                  transform->section);
        return MESA_OK;
    }
    st = mesa_instance_new(transform, &s->transform, err);
    if (st == MESA_OK)
        st = mesa_transform_fit(s->transform, s->rows, err);
    if (st == MESA_OK)
        st = mesa_transformed(s->transform, s->rows, &s->data, &s->x, err);
    return st;
}

/* The stream is that of the first fit of a run. */
static mesa_status
sample_rows(struct resampling *s, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(&s->host, "sampler", 0);
    struct mesa_instance *sampler = NULL;
    mesa_status st;

    s->sample = mesa_sample_new(&s->data);
    if (!s->sample)
        return mesa_nomem(err, 1, "sample");
    st = mesa_instance_new(s->recipe->sampler, &sampler, err);
    if (st == MESA_OK)
        st = mesa_sampler_resample(sampler, &s->data, NULL, s->sample, &rng,
                                   err);
    mesa_instance_free(sampler);
    return st;
}

static void
write_text(struct resampling *s, const char *text)
{
    if (s->file)
        mesa_file_write(s->file, text, strlen(text));
    else
        fputs(text, stdout);
}

static mesa_status
write_header(struct resampling *s, struct mesa_error *err)
{
    const struct mesa_schema *schema = s->data.schema;
    struct mesa_text t = { 0 };
    char *text;

    mesa_text_printf(&t, "source,parent_a,parent_b,step");
    for (size_t j = 0; j < schema->n_columns; j++)
        mesa_csv_put(&t, ",", schema->column[j].name);
    mesa_csv_put(&t, ",", schema->label);
    mesa_text_printf(&t, "\n");
    text = mesa_text_take(&t);
    if (!text)
        return mesa_nomem(err, 1, "header");
    write_text(s, text);
    mesa_free(text);
    return MESA_OK;
}

/* The number of a row in the table it came from. */
static size_t
source_row(const struct resampling *s, size_t r)
{
    return s->rows->x.index ? s->rows->x.index[r] : r;
}

/* Nothing for a missing value; the category where the value is one's code. */
static void
put_value(struct mesa_text *t, const struct mesa_column *column, double v)
{
    char digits[MESA_DOUBLE_TEXT];

    if (v != v) {
        mesa_text_printf(t, ",");
    } else if (column->type == MESA_CATEGORICAL && v >= 0 &&
               v < column->n_categories && v == (double)(uint32_t)v) {
        mesa_csv_put(t, ",", column->category[(uint32_t)v]);
    } else {
        mesa_format_double(v, digits);
        mesa_text_printf(t, ",%s", digits);
    }
}

static void
put_row(struct mesa_text *t, const struct resampling *s, size_t i, double *x)
{
    const struct mesa_schema *schema = s->data.schema;
    struct mesa_origin origin = mesa_sample_origin(s->sample, i);
    bool kept = origin.kept != SIZE_MAX;
    size_t row = kept ? origin.kept : origin.parent_a;
    char digits[MESA_DOUBLE_TEXT];

    if (kept) {
        mesa_text_printf(t, "%zu,,,", source_row(s, row));
    } else {
        mesa_format_double(origin.step, digits);
        mesa_text_printf(t, ",%zu,%zu,%s", source_row(s, row),
                         source_row(s, origin.parent_b), digits);
    }
    mesa_sample_row(s->sample, i, x);
    for (size_t j = 0; j < s->data.x.cols; j++)
        put_value(t, &schema->column[j], x[j]);
    mesa_csv_put(t, ",", schema->class_name[s->data.y[row]]);
    mesa_text_printf(t, "\n");
}

static mesa_status
make_block(void *context, size_t b, struct mesa_error *err)
{
    struct resampling *s = context;
    size_t i = s->first + b * BLOCK_ROWS;
    size_t end = MESA_MIN(i + BLOCK_ROWS, mesa_sample_rows(s->sample));
    double *x = mesa_alloc_array(s->data.x.cols, sizeof *x);
    struct mesa_text t = { 0 };

    if (!x)
        return mesa_nomem(err, s->data.x.cols, "values of a row");
    for (; i < end; i++)
        put_row(&t, s, i, x);
    mesa_free(x);
    s->text[b] = mesa_text_take(&t);
    return s->text[b] ? MESA_OK : mesa_nomem(err, BLOCK_ROWS, "rows of text");
}

static mesa_status
write_blocks(struct resampling *s, struct mesa_error *err)
{
    size_t left = mesa_sample_rows(s->sample) - s->first;
    size_t n = MESA_MIN((left + BLOCK_ROWS - 1) / BLOCK_ROWS, N_BLOCKS);
    mesa_status st = mesa_parallel_for(n, make_block, s, err);

    for (size_t b = 0; b < n; b++) {
        if (st == MESA_OK)
            write_text(s, s->text[b]);
        mesa_free(s->text[b]);
        s->text[b] = NULL;
    }
    s->first += n * BLOCK_ROWS;
    return st;
}

static enum mesa_exit
write_rows(struct resampling *s, struct mesa_error *err)
{
    mesa_status st = write_header(s, err);

    /* What is wrong with standard output is told at the end. */
    while (st == MESA_OK && s->first < mesa_sample_rows(s->sample) &&
           (s->file || !ferror(stdout))) {
        if (s->options->stop && *s->options->stop) {
            mesa_fail(err, MESA_OK, "stopped before all rows were written");
            return MESA_EXIT_FAILED;
        }
        st = write_blocks(s, err);
    }
    if (st == MESA_OK && s->file) {
        st = mesa_file_commit(s->file, err);
        s->file = NULL;
    }
    return mesa_exit_code(st, MESA_STAGE_RUN);
}

/* The name of a class as it is shown, and the columns it takes. */
static size_t
name_width(const struct mesa_schema *schema, uint32_t c, char name[NAME_TEXT])
{
    mesa_show_text(name, NAME_TEXT, schema->class_name[c], true);
    return mesa_display_width(name);
}

/* Rows of each class before and after. */
static mesa_status
print_counts(const struct resampling *s, struct mesa_error *err)
{
    const struct mesa_schema *schema = s->data.schema;
    size_t *count = mesa_alloc_array(schema->n_classes, 2 * sizeof *count);
    size_t *after, width = 16; /* as most names have room in */
    char name[NAME_TEXT];

    if (!count)
        return mesa_nomem(err, schema->n_classes, "counts");
    after = count + schema->n_classes;
    mesa_class_counts(s->rows, count);
    for (size_t i = 0; i < mesa_sample_rows(s->sample); i++) {
        struct mesa_origin o = mesa_sample_origin(s->sample, i);

        after[s->data.y[o.kept == SIZE_MAX ? o.parent_a : o.kept]]++;
    }
    for (uint32_t c = 0; c < schema->n_classes; c++)
        width = MESA_MAX(width, name_width(schema, c, name));
    fprintf(stderr, "%-*s %10s %10s\n", (int)width, "class", "before",
            "after");
    for (uint32_t c = 0; c < schema->n_classes; c++) {
        const size_t blanks = width - name_width(schema, c, name);

        fprintf(stderr, "%s%*s %10zu %10zu\n", name, (int)blanks, "",
                count[c], after[c]);
    }
    mesa_free(count);
    return MESA_OK;
}

static enum mesa_exit
resample(struct resampling *s, struct mesa_error *err)
{
    bool to_stdout = strcmp(s->options->output, "-") == 0;
    mesa_status st = mesa_parallel_set_threads(
        (size_t)s->recipe->run.threads, err);
    enum mesa_exit code = mesa_exit_code(st, MESA_STAGE_CONFIG);

    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(mesa_states_read(s->recipe, err),
                              MESA_STAGE_DATA);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(choose_rows(s, err), MESA_STAGE_DATA);
    /* Whoever waits for the sampler wants to know first that it can be
     * written down. */
    if (code == MESA_EXIT_OK && !to_stdout)
        code = mesa_exit_code(
            mesa_file_open_path(&s->file, s->options->output, err),
            MESA_STAGE_OUTPUT);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(transform_rows(s, err), MESA_STAGE_RUN);
    if (code == MESA_EXIT_OK)
        code = mesa_exit_code(sample_rows(s, err), MESA_STAGE_RUN);
    if (code == MESA_EXIT_OK)
        code = write_rows(s, err);
    if (code == MESA_EXIT_OK && !s->options->quiet)
        code = mesa_exit_code(print_counts(s, err), MESA_STAGE_RUN);
    return code;
}

enum mesa_exit
mesa_resample(struct mesa_recipe *recipe,
              const struct mesa_resample_options *options,
              struct mesa_error *err)
{
    struct resampling s;
    enum mesa_exit code;

    if (!recipe->sampler) {
        mesa_fail(err, MESA_EINVAL,
                  "%s: there is no [sampler] section: nothing to resample "
                  "with",
                  recipe->path);
        return MESA_EXIT_CONFIG;
    }
    memset(&s, 0, sizeof s);
    s.recipe = recipe;
    s.options = options;
    mesa_warn_to(take_warning, &s);
    code = resample(&s, err);
    mesa_warn_to(NULL, NULL);
    if (s.file)
        mesa_file_abort(s.file);
    mesa_sample_free(s.sample);
    mesa_instance_free(s.transform);
    mesa_free(s.x);
    mesa_parts_free(&s.host.parts);
    return code;
}
