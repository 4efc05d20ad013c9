/* SPDX-License-Identifier: MIT */
/*
 * saved.c - from model.safetensors to a model that predicts.
 *
 * The notes of the file are the configuration of what was fitted; it is bound
 * as that of a run is, so that any learner that can be saved can be used,
 * whatever it consists of.  So is how its data were read, should rows be read
 * by the same source again.  Names of columns and classes are CSV records.
 */
#include "saved.h"

#include "csv_text.h"
#include "instance.h"
#include "json.h"

#include <string.h>

void
mesa_saved_free(struct mesa_saved *s)
{
    mesa_model_free(&s->model);
    mesa_recipe_free(&s->recipe);
    mesa_archive_free(s->archive);
    for (size_t i = 0; i < s->n_owned; i++)
        mesa_free(s->owned[i]);
    mesa_free(s->owned);
    mesa_free(s->column);
    memset(s, 0, sizeof *s);
}

/* Memory that goes with the rest; false if it is NULL or cannot be kept. */
static bool
own(struct mesa_saved *s, void *memory)
{
    void **more = mesa_realloc_array(s->owned, s->n_owned + 1, sizeof *more);

    if (more)
        s->owned = more;
    if (!more || !memory) {
        mesa_free(memory);
        return false;
    }
    s->owned[s->n_owned++] = memory;
    return true;
}

/* The record at text; what follows it, or NULL: no memory. */
static const char *
take_record(struct mesa_saved *s, const char *text, char ***field, size_t *n)
{
    char *block;
    const char *rest = mesa_csv_take(text, &block, field, n);
    bool kept = own(s, block);

    return own(s, *field) && kept ? rest : NULL;
}

static mesa_status
need_note(const struct mesa_saved *s, const char *key, const char **text,
          struct mesa_error *err)
{
    *text = mesa_archive_get_note(s->archive, key);
    return *text ? MESA_OK
                 : mesa_fail(err, MESA_EPARSE,
                             "it is no model of mesa-core: there is no note "
                             "%s",
                             key);
}

static struct mesa_column *
find_column(struct mesa_saved *s, const char *name)
{
    for (size_t j = 0; j < s->schema.n_columns; j++)
        if (strcmp(s->column[j].name, name) == 0)
            return &s->column[j];
    return NULL;
}

/* Models of columns of numbers need not have the note. */
static mesa_status
read_categories(struct mesa_saved *s, struct mesa_error *err)
{
    const char *text = mesa_archive_get_note(s->archive, "mesa.categories");

    while (text && *text) {
        struct mesa_column *column;
        char **field;
        size_t n;

        text = take_record(s, text, &field, &n);
        if (!text)
            return mesa_nomem(err, 1, "categories");
        column = find_column(s, field[0]);
        if (!column)
            return mesa_fail(err, MESA_EPARSE,
                             "there are categories of '%.64s', which is no "
                             "column",
                             field[0]);
        column->type = MESA_CATEGORICAL;
        column->n_categories = (uint32_t)(n - 1);
        column->category = (const char *const *)field + 1;
    }
    return MESA_OK;
}

static mesa_status
read_columns(struct mesa_saved *s, struct mesa_error *err)
{
    const char *text;
    char **field;
    size_t n;
    mesa_status st = need_note(s, "mesa.columns", &text, err);

    if (st != MESA_OK)
        return st;
    if (!take_record(s, text, &field, &n))
        return mesa_nomem(err, 1, "column names");
    s->column = mesa_alloc_array(n, sizeof *s->column);
    if (!s->column)
        return mesa_nomem(err, n, "columns");
    for (size_t j = 0; j < n; j++)
        s->column[j].name = field[j];
    s->schema.struct_size = sizeof s->schema;
    s->schema.n_columns = n;
    s->schema.column = s->column;
    return read_categories(s, err);
}

static mesa_status
read_classes(struct mesa_saved *s, struct mesa_error *err)
{
    const char *label = mesa_archive_get_note(s->archive, "mesa.label");
    const char *positive = mesa_archive_get_note(s->archive, "mesa.positive");
    const char *text;
    char **field;
    size_t n;
    mesa_status st = need_note(s, "mesa.classes", &text, err);

    if (st != MESA_OK)
        return st;
    if (!take_record(s, text, &field, &n))
        return mesa_nomem(err, 1, "class names");
    s->schema.n_classes = (uint32_t)n;
    s->schema.class_name = (const char *const *)field;
    s->schema.label = label ? label : "label";
    s->positive = n > 1;
    for (uint32_t c = 0; positive && c < n; c++)
        if (strcmp(field[c], positive) == 0)
            s->positive = c;
    return MESA_OK;
}

/* Files come and go; and what is not UTF-8 cannot be a note. */
static bool
can_be_saved(const struct mesa_param *row, const char *value)
{
    return !(row->flags & MESA_PARAM_PATH) &&
           !mesa_utf8_malformed(value, value + strlen(value));
}

char *
mesa_saved_data(const struct mesa_component *source)
{
    const struct mesa_settings *s = &source->settings;
    struct mesa_text t = { 0 };

    mesa_text_printf(&t, "[data]\ntype = %s\n", source->class_->name);
    for (size_t i = 0; i < s->n; i++) {
        char *value = mesa_settings_text(s, i);

        if (!value)
            mesa_text_fail(&t);
        else if (can_be_saved(&s->params[i], value))
            mesa_text_printf(&t, "%s =%s%s\n", s->params[i].name,
                             *value ? " " : "", value);
        mesa_free(value);
    }
    return mesa_text_take(&t);
}

/* The saved section [data], unless set asks for another type than that. */
static mesa_status
read_data(struct mesa_saved *s, const char *const *set, size_t n_set,
          struct mesa_error *err)
{
    const char *text = mesa_archive_get_note(s->archive, "mesa.data");
    struct mesa_ini was = { 0 }, is = { 0 };
    const char *a, *b;
    mesa_status st;

    if (!text || !n_set)
        return MESA_OK;
    st = mesa_ini_parse(&was, text, strlen(text), "mesa.data", "", err);
    for (size_t i = 0; i < n_set && st == MESA_OK; i++)
        st = mesa_ini_set(&is, set[i], err);
    if (st == MESA_OK) {
        a = mesa_ini_value(&was, "data", "type");
        b = mesa_ini_value(&is, "data", "type");
        if (a && b && strcmp(a, b) == 0)
            st = mesa_ini_parse(&s->recipe.ini, text, strlen(text),
                                "mesa.data", "", err);
    }
    mesa_ini_free(&was);
    mesa_ini_free(&is);
    return st;
}

/* Sections as in a run; the estimator's may have any name. */
static mesa_status
bind_sections(struct mesa_saved *s, const char *const *set, size_t n_set,
              struct mesa_error *err)
{
    struct mesa_recipe *r = &s->recipe;
    const char *config, *section;
    mesa_status st = need_note(s, "mesa.config", &config, err);

    if (st == MESA_OK)
        st = need_note(s, "mesa.estimator", &section, err);
    if (st == MESA_OK)
        st = mesa_ini_parse(&r->ini, config, strlen(config), "mesa.config",
                            "", err);
    if (st == MESA_OK)
        st = read_data(s, set, n_set, err);
    for (size_t i = 0; i < n_set && st == MESA_OK; i++)
        st = mesa_ini_set(&r->ini, set[i], err);
    if (st == MESA_OK && mesa_ini_section(&r->ini, "transform"))
        st = mesa_recipe_resolve(r, MESA_KIND_TRANSFORM, "transform",
                                 "mesa.config", ".", &r->transform, err);
    if (st == MESA_OK)
        st = mesa_recipe_resolve(r, MESA_KIND_ESTIMATOR, section,
                                 "mesa.config", ".", &r->estimator, err);
    if (st == MESA_OK && n_set)
        st = mesa_recipe_resolve(r, MESA_KIND_SOURCE, "data", "--set", ".",
                                 &r->source, err);
    return st;
}

/* The tensors must be of a model with these columns and classes. */
static mesa_status
check_shape(const struct mesa_saved *s, struct mesa_error *err)
{
    const struct mesa_instance *transform = s->model.transform;
    size_t fitted = mesa_estimator_n_columns(s->model.estimator);
    size_t cols = transform ? mesa_estimator_n_columns(transform) : fitted;
    size_t classes = mesa_estimator_n_classes(s->model.estimator);

    if (transform && mesa_transform_columns(transform, NULL) != fitted)
        return mesa_fail(err, MESA_EPARSE,
                         "its transform makes %zu columns, but its estimator "
                         "was fitted on %zu",
                         mesa_transform_columns(transform, NULL), fitted);
    if (cols != s->schema.n_columns || classes != s->schema.n_classes)
        return mesa_fail(err, MESA_EPARSE,
                         "its notes name %zu columns and %u classes, but it "
                         "was fitted on %zu and %zu",
                         s->schema.n_columns, (unsigned)s->schema.n_classes,
                         cols, classes);
    return MESA_OK;
}

static mesa_status
open_saved(struct mesa_saved *s, const char *path, const char *const *set,
           size_t n_set, struct mesa_error *err)
{
    mesa_status st = mesa_archive_read(path, &s->archive, err);

    if (st != MESA_OK)
        return st;
    st = read_columns(s, err);
    if (st == MESA_OK)
        st = read_classes(s, err);
    if (st == MESA_OK)
        st = bind_sections(s, set, n_set, err);
    if (st == MESA_OK)
        st = mesa_model_load(&s->model, &s->recipe, s->archive, err);
    if (st == MESA_OK)
        st = check_shape(s, err);
    return st == MESA_OK ? st : mesa_error_prefix(err, st, "%s", path);
}

enum mesa_exit
mesa_saved_open(struct mesa_saved *s, struct mesa_registry *registry,
                const char *path, const char *const *set, size_t n_set,
                struct mesa_error *err)
{
    mesa_status st;

    memset(s, 0, sizeof *s);
    s->recipe.registry = registry;
    s->recipe.path = path;
    st = open_saved(s, path, set, n_set, err);
    /* Without an archive it was the file that is missing, not a plugin. */
    if (st == MESA_ENOTFOUND && s->archive)
        return MESA_EXIT_PLUGIN;
    return mesa_exit_code(st, MESA_STAGE_DATA);
}
