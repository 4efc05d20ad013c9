/* SPDX-License-Identifier: MIT */
/*
 * query_answers.c - the labels that people have given so far.
 *
 * They are in every checkpoint, from which the run goes on, and in
 * answers.csv, which outlives the run: labels are days of somebody's work.
 */
#include "query_answers.h"

#include "csv_text.h"
#include "files.h"
#include "query_file.h"

#include <string.h>

mesa_status
mesa_answers_init(struct mesa_answers *a, size_t n_rows,
                  struct mesa_error *err)
{
    a->of = mesa_alloc_raw(n_rows, sizeof *a->of);
    if (!a->of)
        return mesa_nomem(err, n_rows, "rows");
    a->n_rows = n_rows;
    for (size_t r = 0; r < n_rows; r++)
        a->of[r] = -1;
    return MESA_OK;
}

void
mesa_answers_free(struct mesa_answers *a)
{
    mesa_free(a->row);
    mesa_free(a->iteration);
    mesa_free(a->class_);
    mesa_free(a->of);
    memset(a, 0, sizeof *a);
}

int32_t
mesa_answers_of(const struct mesa_answers *a, size_t row)
{
    return row < a->n_rows ? a->of[row] : -1;
}

/* Room for n of them. */
static mesa_status
make_room(struct mesa_answers *a, size_t n, struct mesa_error *err)
{
    uint64_t *row = mesa_realloc_array(a->row, n, sizeof *row);
    uint64_t *iteration = mesa_realloc_array(a->iteration, n,
                                             sizeof *iteration);
    int32_t *class_ = mesa_realloc_array(a->class_, n, sizeof *class_);

    if (row)
        a->row = row;
    if (iteration)
        a->iteration = iteration;
    if (class_)
        a->class_ = class_;
    return row && iteration && class_ ? MESA_OK
                                      : mesa_nomem(err, n, "answers");
}

static void
add_one(struct mesa_answers *a, uint64_t row, uint64_t iteration,
        int32_t class_)
{
    a->row[a->n] = row;
    a->iteration[a->n] = iteration;
    a->class_[a->n++] = class_;
    a->of[row] = class_;
}

mesa_status
mesa_answers_add(struct mesa_answers *a, const struct mesa_question *question,
                 uint64_t iteration, const int32_t *class_,
                 struct mesa_error *err)
{
    mesa_status st = make_room(a, a->n + question->n, err);

    for (size_t i = 0; i < question->n && st == MESA_OK; i++)
        add_one(a, question->row[i], iteration, class_[i]);
    return st;
}

mesa_status
mesa_answers_save(const struct mesa_answers *a, struct mesa_archive *to,
                  struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (a->n == 0)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "answers.row", MESA_U64, a->n, a->row,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "answers.iteration", MESA_U64, a->n,
                                     a->iteration, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "answers.class", MESA_I32, a->n,
                                     a->class_, err);
    return st;
}

/* Rows and classes of these data? */
static bool
are_answers(const struct mesa_answers *a, const struct mesa_tensor *row,
            const struct mesa_tensor *iteration,
            const struct mesa_tensor *class_, uint32_t n_classes)
{
    const uint64_t *r = row->data;
    const int32_t *c = class_->data;
    const size_t n = row->shape[0];

    if (row->dtype != MESA_U64 || row->n_dims != 1 ||
        iteration->dtype != MESA_U64 || iteration->n_dims != 1 ||
        class_->dtype != MESA_I32 || class_->n_dims != 1 ||
        iteration->shape[0] != n || class_->shape[0] != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (r[i] >= a->n_rows || c[i] < 0 || (uint32_t)c[i] >= n_classes)
            return false;
    return true;
}

mesa_status
mesa_answers_load(struct mesa_answers *a, const struct mesa_archive *from,
                  uint32_t n_classes, struct mesa_error *err)
{
    struct mesa_tensor row, iteration, class_;
    mesa_status st = mesa_archive_get(from, "answers.row", &row, err);

    /* Those of a checkpoint that did not load. */
    for (; a->n > 0; a->n--)
        a->of[a->row[a->n - 1]] = -1;
    if (st == MESA_ENOTFOUND) /* so far the data have answered */
        return MESA_OK;
    if (st == MESA_OK)
        st = mesa_archive_get(from, "answers.iteration", &iteration, err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, "answers.class", &class_, err);
    if (st != MESA_OK)
        return st;
    if (!are_answers(a, &row, &iteration, &class_, n_classes))
        return mesa_fail(err, MESA_EPARSE,
                         "tensors 'answers' are no rows and classes of the "
                         "data");
    st = make_room(a, row.shape[0], err);
    for (size_t i = 0; i < row.shape[0] && st == MESA_OK; i++)
        add_one(a, ((const uint64_t *)row.data)[i],
                ((const uint64_t *)iteration.data)[i],
                ((const int32_t *)class_.data)[i]);
    return st;
}

mesa_status
mesa_answers_write(const struct mesa_answers *a,
                   const struct mesa_schema *schema, const char *folder,
                   struct mesa_error *err)
{
    char *label = mesa_question_label(schema), *text;
    struct mesa_text t = { 0 };
    mesa_status st;

    if (!label)
        return mesa_nomem(err, 1, "label name");
    mesa_text_add(&t, "row,iteration");
    mesa_csv_put(&t, ",", label);
    mesa_text_add(&t, "\n");
    for (size_t i = 0; i < a->n; i++) {
        mesa_text_printf(&t, "%llu,%llu", (unsigned long long)a->row[i],
                         (unsigned long long)a->iteration[i]);
        mesa_csv_put(&t, ",", schema->class_name[a->class_[i]]);
        mesa_text_add(&t, "\n");
    }
    mesa_free(label);
    text = mesa_text_take(&t);
    st = text ? mesa_file_put(folder, "answers.csv", text, err)
              : mesa_nomem(err, a->n, "answers");
    mesa_free(text);
    return st;
}

/* The label of each row that has one, by its number. */
static const char **
index_rows(const struct mesa_labels *l, size_t *n)
{
    const char **of;
    size_t row;

    *n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (mesa_labels_row(l->item[i].row, &row) && row >= *n)
            *n = row + 1;
    of = mesa_alloc_array(*n, sizeof *of);
    for (size_t i = 0; i < l->n && of; i++)
        if (mesa_labels_row(l->item[i].row, &row))
            of[row] = l->item[i].label;
    return of;
}

static bool
has_all(const struct mesa_labels *given, const struct mesa_labels *asked)
{
    size_t n, row, i = 0;
    const char **of = index_rows(given, &n);

    for (; of && i < asked->n; i++)
        if (!mesa_labels_row(asked->item[i].row, &row) || row >= n ||
            !of[row] || !mesa_labels_same(of[row], asked->item[i].label))
            break;
    mesa_free(of);
    return of && asked->n > 0 && i == asked->n;
}

bool
mesa_answers_have(const char *folder, const char *labels)
{
    char *path = mesa_asprintf("%s/answers.csv", folder);
    char *data = NULL, *block = NULL, **field = NULL;
    struct mesa_labels given = { 0 }, asked = { 0 };
    struct mesa_error ignored;
    size_t n;
    bool all = false;

    if (path &&
        mesa_file_get(path, (size_t)1 << 30, &data, &n, &ignored) == MESA_OK &&
        mesa_csv_take(data, &block, &field, &n) && n == 3) {
        /* All that there is to know without the data. */
        const struct mesa_schema s = { .struct_size = sizeof s,
                                       .label = field[2] };

        all = mesa_labels_read(&given, path, &s, &ignored) == MESA_OK &&
              mesa_labels_read(&asked, labels, &s, &ignored) == MESA_OK &&
              has_all(&given, &asked);
    }
    mesa_labels_free(&given);
    mesa_labels_free(&asked);
    mesa_free(field);
    mesa_free(block);
    mesa_free(data);
    mesa_free(path);
    return all;
}
