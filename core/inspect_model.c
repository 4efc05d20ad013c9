/* SPDX-License-Identifier: MIT */
/*
 * inspect_model.c - what a fitted model is, does, and has found important.
 *
 * The model is loaded, so what is said of it is what predict would use, and
 * a file that does not load is refused here, too.  Without the plugins that it
 * needs, its notes and tensors are still told.
 */
#include "inspect.h"

#include "counts.h"
#include "inifile.h"
#include "instance.h"
#include "saved.h"

#include <mesa/fitting.h>

#include <stdlib.h>
#include <string.h>

enum { TOP = 10 };

/* For people, and short: a line for each section with its type. */
static void
tell_types(struct mesa_teller *t, const struct mesa_ini *ini)
{
    mesa_tell_open(t, "configuration");
    t->literal = true;
    for (size_t i = 0; i < ini->n; i++)
        mesa_tell_string(t, ini->section[i].name,
                         mesa_ini_value(ini, ini->section[i].name, "type"));
    t->literal = false;
    mesa_tell_close(t);
}

mesa_status
mesa_inspect_config(struct mesa_inspection *in, const char *text,
                    const char *name, struct mesa_error *err)
{
    struct mesa_teller *t = &in->tell;
    struct mesa_ini ini = { 0 };
    mesa_status st = mesa_ini_parse(&ini, text, strlen(text), name, "", err);

    if (st != MESA_OK) {
        mesa_ini_free(&ini);
        return mesa_error_prefix(err, st, "%s", in->path);
    }
    if (!in->verbose && !t->json) {
        tell_types(t, &ini);
    } else {
        mesa_tell_open(t, "configuration");
        t->literal = true;
        for (size_t i = 0; i < ini.n; i++) {
            const struct mesa_section *s = &ini.section[i];

            mesa_tell_open(t, s->name);
            for (size_t j = 0; j < s->n; j++)
                mesa_tell_string(t, s->entry[j].key, s->entry[j].value);
            mesa_tell_close(t);
        }
        t->literal = false;
        mesa_tell_close(t);
    }
    mesa_ini_free(&ini);
    return MESA_OK;
}

/* ", KEY = VALUE" for what is not as it would be by itself. */
static bool
add_settings(struct mesa_text *to, const struct mesa_settings *s)
{
    bool ok = true;

    for (size_t i = 0; i < s->n; i++) {
        char *is = mesa_settings_text(s, i);
        char *would_be = mesa_param_default(&s->params[i]);

        ok &= is && would_be;
        if (is && would_be && strcmp(is, would_be) != 0)
            mesa_text_printf(to, ", %s = %s", s->params[i].name, is);
        mesa_free(is);
        mesa_free(would_be);
    }
    return ok;
}

/* The components of a model, for people: what each is, and what was set. */
static void
tell_components(struct mesa_teller *t, const struct mesa_recipe *r)
{
    mesa_tell_open(t, "configuration");
    t->literal = true;
    for (const struct mesa_component *c = r->components; c; c = c->next) {
        struct mesa_text text = { 0 };
        char *words;

        mesa_text_add(&text, c->class_->name);
        if (!add_settings(&text, &c->settings))
            mesa_text_fail(&text);
        words = mesa_text_take(&text);
        if (!words)
            mesa_text_fail(&t->text);
        mesa_tell_string(t, c->section, words);
        mesa_free(words);
    }
    t->literal = false;
    mesa_tell_close(t);
}

static mesa_status
tell_names(struct mesa_inspection *in, const struct mesa_saved *s,
           struct mesa_error *err)
{
    const struct mesa_schema *schema = &s->schema;
    const char **name = mesa_alloc_array(schema->n_columns, sizeof *name);
    size_t n = 0;

    if (!name)
        return mesa_nomem(err, schema->n_columns, "names");
    mesa_tell_string(&in->tell, "label", schema->label);
    mesa_tell_names(&in->tell, "classes", schema->n_classes,
                    schema->class_name);
    if (schema->n_classes > 1)
        mesa_tell_string(&in->tell, "positive",
                         schema->class_name[s->positive]);
    for (size_t j = 0; j < schema->n_columns; j++)
        name[j] = schema->column[j].name;
    mesa_tell_uint(&in->tell, "n_columns", schema->n_columns, NULL);
    mesa_tell_names(&in->tell, "columns", schema->n_columns, name);
    for (size_t j = 0; j < schema->n_columns; j++)
        if (schema->column[j].type == MESA_CATEGORICAL)
            name[n++] = schema->column[j].name;
    if (n || in->tell.json)
        mesa_tell_names(&in->tell, "categorical", n, name);
    mesa_free(name);
    return MESA_OK;
}

/* A network's tensors in the order in which rows go through them. */
static mesa_status
tell_weights(struct mesa_inspection *in, const struct mesa_instance *e,
             const struct mesa_estimator_class *c, struct mesa_error *err)
{
    static const char *const columns[] = { "name", "inputs", "outputs", NULL };
    const void *self = mesa_instance_view(e);
    size_t inputs = mesa_estimator_n_columns(e);
    size_t outputs = mesa_estimator_n_classes(e);
    size_t n = c->parameters(self, inputs, outputs, NULL, 0), count = 0;
    struct mesa_weight *w = mesa_alloc_array(n, sizeof *w);

    if (!w)
        return mesa_nomem(err, n, "weights");
    c->parameters(self, inputs, outputs, w, n);
    for (size_t i = 0; i < n; i++) {
        size_t product = 1;

        for (uint32_t d = 0; d < w[i].rank; d++)
            product *= w[i].shape[d];
        count += product;
    }
    mesa_tell_uint(&in->tell, "weights", count, NULL);
    mesa_tell_table(&in->tell, "layers", columns);
    for (size_t i = 0; i < n; i++) {
        if (w[i].rank != 2)
            continue;
        mesa_tell_cell_string(&in->tell, w[i].name);
        mesa_tell_cell_uint(&in->tell, w[i].shape[0]);
        mesa_tell_cell_uint(&in->tell, w[i].shape[1]);
    }
    mesa_tell_table_end(&in->tell);
    mesa_free(w);
    return MESA_OK;
}

/* For people, one thing of which there is one estimator is a line. */
static void
tell_counted(struct mesa_teller *t, const struct mesa_counts *c)
{
    static const char *const columns[] = { "of", "estimators", "least", "mean",
                                           "largest", "total", NULL };
    bool table = t->json;

    for (size_t i = 0; i < c->n; i++)
        table |= c->at[i].n > 1;
    for (size_t i = 0; i < c->n && !table; i++)
        mesa_tell_uint(t, c->at[i].name, c->at[i].total, NULL);
    if (!table)
        return;
    mesa_tell_table(t, "counts", columns);
    for (size_t i = 0; i < c->n; i++) {
        const struct mesa_counted *one = &c->at[i];

        mesa_tell_cell_string(t, one->name);
        mesa_tell_cell_uint(t, one->n);
        mesa_tell_cell_uint(t, one->least);
        mesa_tell_cell_double(t, (double)one->total / (double)one->n);
        mesa_tell_cell_uint(t, one->largest);
        mesa_tell_cell_uint(t, one->total);
    }
    mesa_tell_table_end(t);
}

static mesa_status
tell_counts(struct mesa_inspection *in, const struct mesa_instance *e,
            struct mesa_error *err)
{
    struct mesa_counts *c = mesa_counts_new();
    mesa_status st = c ? mesa_estimator_counts(e, c, err)
                       : mesa_nomem(err, 1, "counts");

    if (st == MESA_OK)
        tell_counted(&in->tell, c);
    mesa_counts_free(c);
    return st;
}

/* What the estimator can say of itself by the slots that it has. */
static mesa_status
tell_estimator(struct mesa_inspection *in, const struct mesa_instance *e,
               struct mesa_error *err)
{
    const struct mesa_estimator_class *c = (const void *)mesa_instance_class(e);
    const struct mesa_ensemble *members =
        c->members ? c->members(mesa_instance_view(e)) : NULL;
    mesa_status st;

    mesa_tell_open(&in->tell, "holds");
    mesa_tell_string(&in->tell, "type", c->head.name);
    mesa_tell_string(&in->tell, "title", c->head.title);
    mesa_tell_uint(&in->tell, "inputs", mesa_estimator_n_columns(e), NULL);
    if (members && members->n)
        mesa_tell_string(&in->tell, "member_type",
                         mesa_instance_class(members->member[0])->name);
    st = tell_counts(in, e, err);
    if (st == MESA_OK && c->parameters)
        st = tell_weights(in, e, c, err);
    mesa_tell_close(&in->tell);
    return st;
}

struct ranked {
    double value;
    size_t column;
};

static int
by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static void
tell_ranked(struct mesa_inspection *in, const struct ranked *r, size_t n,
            const struct mesa_schema *schema)
{
    static const char *const columns[] = { "column", "importance", NULL };
    size_t shown = in->tell.json || in->verbose ? n : MESA_MIN(n, TOP);

    mesa_tell_table(&in->tell, "importance", columns);
    for (size_t i = 0; i < shown; i++) {
        mesa_tell_cell_string(&in->tell, schema->column[r[i].column].name);
        mesa_tell_cell_double(&in->tell, r[i].value);
    }
    mesa_tell_table_end(&in->tell);
}

static mesa_status
tell_importance(struct mesa_inspection *in, const struct mesa_instance *e,
                const struct mesa_schema *schema, struct mesa_error *err)
{
    size_t n = mesa_estimator_n_columns(e);
    double *value = mesa_alloc_array(n, sizeof *value);
    struct ranked *r = mesa_alloc_array(n, sizeof *r);
    mesa_status st = value && r ? mesa_estimator_importance(e, value, err)
                                : mesa_nomem(err, n, "importances");

    if (st == MESA_OK && schema->n_columns == n) {
        for (size_t j = 0; j < n; j++)
            r[j] = (struct ranked){ value[j], j };
        qsort(r, n, sizeof *r, by_value);
        tell_ranked(in, r, n, schema);
    }
    mesa_free(value);
    mesa_free(r);
    return st == MESA_ENOTSUP ? MESA_OK : st;
}

/* A row of zeros through the transform, for the names that come out. */
static mesa_status
tell_important(struct mesa_inspection *in, const struct mesa_saved *s,
               struct mesa_error *err)
{
    size_t cols = s->schema.n_columns;
    double *row = mesa_alloc_array(cols, sizeof *row), *block = NULL;
    const struct mesa_dataset data = {
        .struct_size = sizeof data,
        .x           = { row, 1, cols, cols, NULL },
        .n_classes   = s->schema.n_classes,
        .schema      = &s->schema,
    };
    struct mesa_dataset out;
    mesa_status st = row ? mesa_transformed(s->model.transform, &data, &out,
                                            &block, err)
                         : mesa_nomem(err, cols, "values");

    if (st == MESA_OK)
        st = tell_importance(in, s->model.estimator, out.schema, err);
    mesa_free(block);
    mesa_free(row);
    return st;
}

static mesa_status
tell_config(struct mesa_inspection *in, const struct mesa_saved *s,
            bool loaded, struct mesa_error *err)
{
    const char *config = mesa_archive_get_note(s->archive, "mesa.config");
    const char *data = mesa_archive_get_note(s->archive, "mesa.data");
    struct mesa_ini ini = { 0 };
    mesa_status st = MESA_OK;

    if (data && mesa_ini_parse(&ini, data, strlen(data), "mesa.data", "",
                               NULL) == MESA_OK)
        mesa_tell_string(&in->tell, "data", mesa_ini_value(&ini, "data",
                                                           "type"));
    mesa_ini_free(&ini);
    mesa_tell_string(&in->tell, "section",
                     mesa_archive_get_note(s->archive, "mesa.estimator"));
    if (loaded && !in->verbose && !in->tell.json)
        tell_components(&in->tell, &s->recipe);
    else if (config)
        st = mesa_inspect_config(in, config, "mesa.config", err);
    return st;
}

enum mesa_exit
mesa_inspect_model(struct mesa_inspection *in, struct mesa_error *err)
{
    struct mesa_saved saved;
    enum mesa_exit code = mesa_saved_open(&saved, in->registry, in->path,
                                          NULL, 0, err);
    bool loaded = code == MESA_EXIT_OK;
    mesa_status st = MESA_OK;

    if (!loaded && code != MESA_EXIT_PLUGIN) {
        mesa_saved_free(&saved);
        return code;
    }
    mesa_tell_bool(&in->tell, "loads", loaded);
    if (!loaded)
        mesa_tell_string(&in->tell, "why_not", err->message);
    st = tell_names(in, &saved, err);
    if (st == MESA_OK)
        st = tell_config(in, &saved, loaded, err);
    if (st == MESA_OK && loaded)
        st = tell_estimator(in, saved.model.estimator, err);
    if (st == MESA_OK && loaded)
        st = tell_important(in, &saved, err);
    mesa_saved_free(&saved);
    return mesa_exit_code(st, MESA_STAGE_DATA);
}
