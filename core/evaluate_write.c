/* SPDX-License-Identifier: MIT */
/*
 * evaluate_write.c - what an evaluation leaves: its checkpoint, its scores,
 * predictions.csv and model.safetensors.
 */
#include "evaluate.h"

#include "csv_text.h"
#include "files.h"
#include "saved.h"

#include <string.h>

static const char *const part_name[MESA_PART_COUNT_] = { "test", "train",
                                                         "valid", "test" };

void
mesa_evaluate_scores(const void *self, struct mesa_scores *out)
{
    const struct mesa_evaluate *e = self;

    *out = (struct mesa_scores){
        e->n_metrics, (size_t)e->repeats * mesa_evaluate_n_folds(e),
        e->metric, e->value, e->scores_positive
    };
}

static mesa_status
put_doubles(struct mesa_archive *to, const char *name, size_t n,
            const double *x, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, name, MESA_F64, n, x, err);
}

mesa_status
mesa_evaluate_save(const void *self, struct mesa_archive *to,
                   struct mesa_error *err)
{
    const struct mesa_evaluate *e = self;
    size_t n = (size_t)e->repeats * mesa_evaluate_n_folds(e) *
               MESA_SCORED_PARTS * e->n_metrics;
    mesa_status st = put_doubles(to, "scores", n, e->value, err);
    bool kept = false;

    for (int p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        char name[] = "proba0";

        name[5] = (char)('0' + p);
        if (e->proba[p])
            st = put_doubles(to, name, e->n_proba[p], e->proba[p], err);
    }
    if (st == MESA_OK && e->curve)
        st = put_doubles(to, "curves", e->n_curves * MESA_CURVE_DOUBLES,
                         (const double *)(const void *)e->curve, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "curves", e->curve ? "yes" : "no", err);
    if (st == MESA_OK && e->model.estimator) {
        st = mesa_model_save(&e->model, to, err);
        /* One that cannot be saved will not be written either. */
        kept = st == MESA_OK;
        if (st == MESA_ENOTSUP)
            st = MESA_OK;
    }
    if (st == MESA_OK)
        st = mesa_archive_note(to, "model", kept ? "yes" : "no", err);
    return st;
}

static mesa_status
get_doubles(const struct mesa_archive *from, const char *name, size_t n,
            double *x, struct mesa_error *err)
{
    const void *data;
    mesa_status st = mesa_archive_expect(from, name, MESA_F64, 1, &n, &data,
                                         err);

    if (st == MESA_OK)
        memcpy(x, data, n * sizeof *x);
    return st;
}

mesa_status
mesa_evaluate_load(void *self, const struct mesa_archive *from,
                   struct mesa_error *err)
{
    struct mesa_evaluate *e = self;
    size_t n = (size_t)e->repeats * mesa_evaluate_n_folds(e) *
               MESA_SCORED_PARTS * e->n_metrics;
    const char *model = mesa_archive_get_note(from, "model");
    const char *curves = mesa_archive_get_note(from, "curves");
    mesa_status st = get_doubles(from, "scores", n, e->value, err);

    /* An earlier try, from a file that did not load, may have left one. */
    mesa_model_free(&e->model);
    for (int p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        char name[] = "proba0";

        name[5] = (char)('0' + p);
        if (e->proba[p])
            st = get_doubles(from, name, e->n_proba[p], e->proba[p], err);
    }
    /* Pictures may not have been wanted when it was written. */
    if (st == MESA_OK && e->curve && curves && strcmp(curves, "yes") == 0)
        st = get_doubles(from, "curves", e->n_curves * MESA_CURVE_DOUBLES,
                         (double *)(void *)e->curve, err);
    if (st == MESA_OK && model && strcmp(model, "yes") == 0)
        st = mesa_model_load(&e->model, e->recipe, from, err);
    return st;
}

/* Rows are numbered as in the table they came from. */
static size_t
source_row(const struct mesa_host *host, const struct mesa_dataset *d,
           size_t r)
{
    const struct mesa_dataset *all =
        mesa_bundle_dataset(host->parts.bundle, MESA_PART_ALL);

    return all && d->x.index ? d->x.index[r] : r;
}

/* One row of predictions.csv as text. */
static void
put_prediction(struct mesa_text *t, const struct mesa_dataset *d, size_t r,
               size_t source, const char *part, const double *p)
{
    const char *const *name = d->schema->class_name;

    mesa_text_printf(t, "%zu,%s", source, part);
    mesa_csv_put(t, ",", name[d->y[r]]);
    mesa_csv_put_proba(t, d->schema, p);
}

/* Hand the text over to the file and start a new one. */
static mesa_status
flush_text(struct mesa_text *t, struct mesa_file *f, struct mesa_error *err)
{
    char *text = mesa_text_take(t);

    if (!text)
        return mesa_nomem(err, 1, "predictions");
    mesa_file_write(f, text, strlen(text));
    mesa_free(text);
    return MESA_OK;
}

static mesa_status
put_predictions(struct mesa_file *f, const struct mesa_host *host,
                const struct mesa_dataset *d, const char *part,
                const double *proba, struct mesa_error *err)
{
    struct mesa_text t = { 0 };
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < d->x.rows && st == MESA_OK; r++) {
        put_prediction(&t, d, r, source_row(host, d, r), part,
                       proba + r * d->n_classes);
        if (t.n > 60000)
            st = flush_text(&t, f, err);
    }
    return st == MESA_OK ? flush_text(&t, f, err) : st;
}

static mesa_status
put_header(struct mesa_file *f, const struct mesa_schema *schema,
           struct mesa_error *err)
{
    struct mesa_text t = { 0 };

    mesa_text_add(&t, "row,split,label,prediction");
    mesa_csv_put_classes(&t, schema);
    return flush_text(&t, f, err);
}

static mesa_status
write_predictions(const struct mesa_evaluate *e, const struct mesa_host *host,
                  const char *folder, struct mesa_error *err)
{
    const struct mesa_dataset *const *data = host->parts.data;
    struct mesa_file *f;
    mesa_status st = mesa_file_open(&f, folder, "predictions.csv", err);

    if (st != MESA_OK)
        return st;
    st = put_header(f, mesa_parts_schema(&host->parts), err);
    for (int p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (e->proba[p])
            st = put_predictions(f, host, data[p], part_name[p], e->proba[p],
                                 err);
    if (st == MESA_OK)
        return mesa_file_commit(f, err);
    mesa_file_abort(f);
    return st;
}

/* Takes text over; NULL is lack of memory. */
static mesa_status
take_note(struct mesa_archive *to, const char *key, char *text,
          struct mesa_error *err)
{
    mesa_status st = text ? mesa_archive_note(to, key, text, err)
                          : mesa_nomem(err, 1, "description");

    mesa_free(text);
    return st;
}

static mesa_status
describe_parts(const struct mesa_recipe *recipe, struct mesa_archive *to,
               struct mesa_error *err)
{
    char *estimator = mesa_component_text(recipe, mesa_recipe_fitted(recipe));
    char *transform = recipe->transform
                          ? mesa_component_text(recipe, recipe->transform)
                          : mesa_strdup("");
    char *ini = estimator && transform
                    ? mesa_asprintf("%s%s", transform, estimator)
                    : NULL;

    mesa_free(estimator);
    mesa_free(transform);
    return take_note(to, "mesa.config", ini, err);
}

/* What a reader of the model must know besides its tensors. */
static mesa_status
describe_model(const struct mesa_evaluate *e, const struct mesa_host *host,
               struct mesa_archive *to, struct mesa_error *err)
{
    const struct mesa_schema *schema = mesa_parts_schema(&host->parts);
    const struct mesa_component *fitted = mesa_recipe_fitted(host->recipe);
    mesa_status st = mesa_archive_note(to, "mesa.version", MESA_VERSION, err);

    if (st == MESA_OK)
        st = describe_parts(host->recipe, to, err);
    if (st == MESA_OK)
        st = take_note(to, "mesa.data", mesa_saved_data(host->recipe->source),
                       err);
    /* Which of the sections is the model. */
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.estimator", fitted->section, err);
    if (st == MESA_OK)
        st = take_note(to, "mesa.classes", mesa_csv_classes(schema), err);
    if (st == MESA_OK)
        st = take_note(to, "mesa.columns", mesa_csv_columns(schema), err);
    if (st == MESA_OK)
        st = take_note(to, "mesa.categories", mesa_csv_categories(schema),
                       err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.label", schema->label, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.positive",
                               schema->class_name[e->scores_positive], err);
    return st;
}

static mesa_status
write_model(const struct mesa_evaluate *e, const struct mesa_host *host,
            const char *folder, struct mesa_error *err)
{
    struct mesa_archive *a;
    char *path;
    mesa_status st;

    if (!e->model.estimator)
        return MESA_OK;
    a = mesa_archive_new();
    path = mesa_asprintf("%s/model.safetensors", folder);
    st = a && path ? describe_model(e, host, a, err)
                   : mesa_nomem(err, 1, "archive");
    if (st == MESA_OK)
        st = mesa_model_save(&e->model, a, err);
    if (st == MESA_OK)
        st = mesa_archive_write(a, path, err);
    /* save is optional: of the transform, the estimator and its members. */
    if (st == MESA_ENOTSUP)
        st = MESA_OK;
    mesa_free(path);
    mesa_archive_free(a);
    return st;
}

mesa_status
mesa_evaluate_write(const void *self, const struct mesa_host *host,
                    const char *folder, struct mesa_error *err)
{
    const struct mesa_evaluate *e = self;
    mesa_status st = write_predictions(e, host, folder, err);

    return st == MESA_OK ? write_model(e, host, folder, err) : st;
}
