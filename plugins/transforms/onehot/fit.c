/* SPDX-License-Identifier: MIT */
/* fit.c - which categories there are, and which of them get a column. */
#include "onehot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t
find_column(const struct mesa_dataset *data, const char *word)
{
    const struct mesa_schema *schema = data->schema;
    unsigned long long number;
    char *end;

    for (size_t j = 0; schema && j < schema->n_columns; j++)
        if (strcmp(schema->column[j].name, word) == 0)
            return j;
    if (*word < '0' || *word > '9')
        return SIZE_MAX;
    number = strtoull(word, &end, 10);
    return *end == '\0' && number < data->x.cols ? (size_t)number : SIZE_MAX;
}

static mesa_status
choose_columns(const struct onehot *s, const struct mesa_dataset *data,
               bool *chosen, struct mesa_error *err)
{
    const struct mesa_schema *schema = data->schema;
    const struct mesa_list *list = &s->columns;
    bool from_data = list->n == 1 && strcmp(list->item[0], "auto") == 0;
    size_t n = 0;

    for (size_t i = 0; i < list->n && !from_data; i++) {
        size_t j = find_column(data, list->item[i]);

        if (j == SIZE_MAX)
            return mesa_fail(err, MESA_EINVAL,
                             "columns: there is no column '%s' among %zu",
                             list->item[i], data->x.cols);
        chosen[j] = true;
    }
    for (size_t j = 0; j < s->cols; j++) {
        if (from_data)
            chosen[j] = schema && schema->column[j].type == MESA_CATEGORICAL;
        n += chosen[j];
    }
    if (n == 0)
        mesa_warn("onehot: there is no column of categories, so that all "
                  "stay as they are; if numbers stand for categories, name "
                  "their columns with columns = ...");
    return MESA_OK;
}

/* Distinct values of column j to the end of the known ones; how often each
 * is there into count. */
static mesa_status
collect(struct onehot *s, const struct mesa_dataset *train, size_t j,
        double *value, size_t *count, struct mesa_error *err)
{
    size_t n = s->first[j], rows = train->x.rows;
    struct value *more;

    /* Of values that are equal, -0 and 0, or any NaN, always the same. */
    for (size_t r = 0; r < rows; r++) {
        double v = mesa_row(&train->x, r)[j];

        value[r] = isnan(v) ? (double)NAN : v + 0.0;
    }
    qsort(value, rows, sizeof *value, onehot_compare);
    for (size_t r = 0; r < rows; r++) {
        if (r == 0 || onehot_compare(&value[r - 1], &value[r]) != 0) {
            count[n - s->first[j]] = 0;
            value[n - s->first[j]] = value[r];
            n++;
        }
        count[n - s->first[j] - 1]++;
    }
    more = mesa_realloc_array(s->known, n, sizeof *more);
    if (!more)
        return mesa_nomem(err, n, "categories");
    s->known = more;
    for (size_t i = s->first[j]; i < n; i++)
        more[i] = (struct value){ value[i - s->first[j]], 0 };
    s->first[j + 1] = n;
    return MESA_OK;
}

struct counted {
    size_t count, i;
};

static int
compare_counts(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

/* The n rarest of all, ties to the lower, are rare. */
static mesa_status
mark_rarest(struct value *known, const size_t *count, size_t all, size_t n,
            struct mesa_error *err)
{
    struct counted *order = mesa_alloc_array(all, sizeof *order);

    if (!order)
        return mesa_nomem(err, all, "categories");
    for (size_t i = 0; i < all; i++)
        order[i] = (struct counted){ count[i], i };
    qsort(order, all, sizeof *order, compare_counts);
    for (size_t k = 0; k < n; k++)
        known[order[k].i].to = NOWHERE;
    mesa_free(order);
    return MESA_OK;
}

/* Where categories are rare, `to` is NOWHERE until columns are given out. */
static mesa_status
mark_rare(const struct onehot *s, size_t j, const size_t *count, size_t rows,
          struct mesa_error *err)
{
    struct value *known = s->known + s->first[j];
    size_t most = (size_t)s->max_categories;
    size_t n = onehot_n_known(s, j), rare = 0;
    double least = s->min_frequency < 1 ? (double)rows * s->min_frequency
                                        : s->min_frequency;

    for (size_t i = 0; i < n; i++) {
        known[i].to = (double)count[i] < least ? NOWHERE : 0;
        rare += known[i].to == NOWHERE;
    }
    if (most == 0 || most >= n - rare + 1)
        return MESA_OK;
    return mark_rarest(known, count, n, n - most + 1, err);
}

/* Columns to those that are not rare, in their order, and the last one to
 * the others; what is dropped is the first of them. */
static void
assign(struct onehot *s, size_t j)
{
    struct value *known = s->known + s->first[j];
    size_t n = onehot_n_known(s, j);
    int64_t frequent = 0, columns, dropped;

    for (size_t i = 0; i < n; i++)
        frequent += known[i].to != NOWHERE;
    columns = frequent + ((size_t)frequent < n);
    dropped = s->drop == DROP_FIRST ||
              (s->drop == DROP_IF_BINARY && columns == 2);
    s->rare[j] = columns > frequent && columns > dropped;
    for (size_t i = 0, k = 0; i < n; i++)
        known[i].to = (known[i].to == NOWHERE ? frequent : (int64_t)k++) -
                      dropped;
}

/* Names of columns, and of the categories of those that are encoded, for
 * messages. */
static mesa_status
keep_words(struct onehot *s, const struct mesa_schema *schema,
           const bool *chosen, struct mesa_error *err)
{
    for (int pass = 0; schema && pass < 2; pass++) {
        size_t n = 0;

        for (size_t j = 0; j < s->cols; j++) {
            const struct mesa_column *c = &schema->column[j];
            size_t words = 1 + (chosen[j] ? c->n_categories : 0);

            s->n_words[j] = words;
            for (size_t k = 0; k < words; k++) {
                const char *word = k ? c->category[k - 1] : c->name;

                if (s->words)
                    memcpy(s->words + n, word, strlen(word) + 1);
                n += strlen(word) + 1;
            }
        }
        s->words_size = n;
        if (pass == 0)
            s->words = mesa_alloc_array(n, 1);
        if (!s->words)
            return mesa_nomem(err, n, "bytes of names");
    }
    return MESA_OK;
}

static mesa_status
encode_columns(struct onehot *s, const struct mesa_dataset *train,
               const bool *chosen, struct mesa_error *err)
{
    size_t rows = train->x.rows;
    double *value = mesa_alloc_raw(rows, sizeof *value);
    size_t *count = mesa_alloc_raw(rows, sizeof *count);
    mesa_status st = value && count ? MESA_OK
                                    : mesa_nomem(err, rows, "values");

    for (size_t j = 0; j < s->cols && st == MESA_OK; j++) {
        s->first[j + 1] = s->first[j];
        if (!chosen[j])
            continue;
        st = collect(s, train, j, value, count, err);
        if (st == MESA_OK)
            st = mark_rare(s, j, count, rows, err);
        if (st == MESA_OK)
            assign(s, j);
    }
    mesa_free(value);
    mesa_free(count);
    return st;
}

mesa_status
onehot_fit(void *self, const struct mesa_dataset *train,
           struct mesa_error *err)
{
    struct onehot *s = self;
    bool *chosen = mesa_alloc_array(train->x.cols, sizeof *chosen);
    mesa_status st = chosen ? onehot_resize(s, train->x.cols, err)
                            : mesa_nomem(err, train->x.cols, "columns");

    if (st == MESA_OK)
        st = choose_columns(s, train, chosen, err);
    if (st == MESA_OK)
        st = encode_columns(s, train, chosen, err);
    if (st == MESA_OK)
        st = keep_words(s, train->schema, chosen, err);
    mesa_free(chosen);
    return st == MESA_OK ? onehot_list(s, err) : st;
}
