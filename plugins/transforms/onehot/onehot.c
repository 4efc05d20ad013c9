/* SPDX-License-Identifier: MIT */
/*
 * onehot - a column of 0 and 1 for each category.
 *
 * scikit-learn's OneHotEncoder, with its rules of what to drop, of categories
 * that are rare and of those that training rows did not have.  Known are the
 * values of the training rows, ascending, and a missing one last, as a
 * category of its own; categories are in the order of the data.  Where
 * scikit-learn encodes every column, columns of numbers that are not named
 * stay as they are, in their place.  Finding a value takes log(categories).
 */
#include "onehot.h"

#include <math.h>
#include <string.h>

static const struct mesa_choice drops[] = {
    { "none", DROP_NONE, "every category has a column" },
    { "first", DROP_FIRST, "the first of each column has none" },
    { "if_binary", DROP_IF_BINARY, "the first of two has none" },
    { NULL, 0, NULL }
};

static const struct mesa_choice unknowns[] = {
    { "error", UNKNOWN_ERROR, "refuse the row" },
    { "ignore", UNKNOWN_IGNORE, "0 everywhere" },
    { "infrequent_if_exist", UNKNOWN_INFREQUENT,
      "as a rare category, and 0 everywhere if there is none" },
    { NULL, 0, NULL }
};

static const struct mesa_param onehot_params[] = {
    MESA_LIST(struct onehot, columns, "columns", "auto",
              "Names or numbers (from 0) of the columns to encode; auto: "
              "those that the data say are categories"),
    MESA_CHOICE(struct onehot, drop, "drop", DROP_NONE, drops,
                "Which category has no column, for learners that columns "
                "which sum to 1 disturb"),
    MESA_CHOICE(struct onehot, handle_unknown, "handle_unknown",
                UNKNOWN_ERROR, unknowns,
                "What becomes of a category that no training row had"),
    MESA_REAL(struct onehot, min_frequency, "min_frequency", 0, 0, 1e15,
              "Categories of fewer training rows share one column: a number "
              "of rows, or below 1 a share of them; 0: none"),
    MESA_INT(struct onehot, max_categories, "max_categories", 0, 0, 1000000,
             "Columns to make of one at most, that of rare categories "
             "counted in; 0: any number"),
    MESA_PARAM_END
};

static void
onehot_fini(void *self)
{
    struct onehot *s = self;

    mesa_free(s->first);
    mesa_free(s->base);
    mesa_free(s->rare);
    mesa_free(s->known);
    mesa_free(s->column);
    mesa_free(s->n_words);
    mesa_free(s->words);
    s->first = s->base = s->n_words = NULL;
    s->words = NULL;
    s->words_size = 0;
    s->rare = NULL;
    s->known = NULL;
    s->column = NULL;
}

mesa_status
onehot_resize(struct onehot *s, size_t cols, struct mesa_error *err)
{
    onehot_fini(s);
    s->cols = cols;
    s->first = mesa_alloc_array(cols + 1, sizeof *s->first);
    s->base = mesa_alloc_array(cols + 1, sizeof *s->base);
    s->rare = mesa_alloc_array(cols, sizeof *s->rare);
    s->n_words = mesa_alloc_array(cols, sizeof *s->n_words);
    return s->first && s->base && s->rare && s->n_words
               ? MESA_OK
               : mesa_nomem(err, cols, "columns");
}

size_t
onehot_n_known(const struct onehot *s, size_t j)
{
    return s->first[j + 1] - s->first[j];
}

/* How many columns are made of column j. */
static size_t
n_made(const struct onehot *s, size_t j)
{
    int64_t last = NOWHERE;

    if (onehot_n_known(s, j) == 0)
        return 1;
    for (size_t i = s->first[j]; i < s->first[j + 1]; i++)
        last = s->known[i].to > last ? s->known[i].to : last;
    return (size_t)(last + 1);
}

static void
list_values(struct onehot *s, size_t j)
{
    struct mesa_transform_column *column = s->column + s->base[j];

    for (size_t k = 0; k < s->base[j + 1] - s->base[j]; k++)
        column[k] = (struct mesa_transform_column){ .from = j };
    for (size_t i = s->first[j]; i < s->first[j + 1]; i++)
        if (s->known[i].to != NOWHERE)
            column[s->known[i].to] = (struct mesa_transform_column){
                .from = j, .role = MESA_COLUMN_VALUE,
                .value = s->known[i].value, .after = "_"
            };
    if (s->rare[j] && s->base[j + 1] > s->base[j])
        s->column[s->base[j + 1] - 1] = (struct mesa_transform_column){
            .from = j, .role = MESA_COLUMN_INDICATOR,
            .after = "_infrequent_sklearn"
        };
}

mesa_status
onehot_list(struct onehot *s, struct mesa_error *err)
{
    for (size_t j = 0; j < s->cols; j++)
        s->base[j + 1] = s->base[j] + n_made(s, j);
    s->width = s->base[s->cols];
    if (s->first[s->cols] == 0)
        return MESA_OK;
    s->column = mesa_alloc_array(s->width + 1, sizeof *s->column);
    if (!s->column)
        return mesa_nomem(err, s->width, "columns");
    for (size_t j = 0; j < s->cols; j++)
        list_values(s, j);
    return MESA_OK;
}

static size_t
onehot_columns(const void *self, const struct mesa_transform_column **out)
{
    const struct onehot *s = self;

    *out = s->column;
    return s->width;
}

int
onehot_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

/* Word k of column j: 0 its name, then its categories; NULL if unknown. */
static const char *
word_of(const struct onehot *s, size_t j, size_t k)
{
    const char *word = s->words;

    if (k >= s->n_words[j])
        return NULL;
    for (size_t i = 0; i < j; i++)
        k += s->n_words[i];
    while (k--)
        word += strlen(word) + 1;
    return word;
}

static const struct value *
find_value(const struct onehot *s, size_t j, double v)
{
    const struct value *low = s->known + s->first[j];
    size_t n = onehot_n_known(s, j);

    while (n > 1) {
        size_t half = n / 2;

        if (onehot_compare(&low[half].value, &v) <= 0)
            low += half;
        n -= half;
    }
    return onehot_compare(&low->value, &v) == 0 ? low : NULL;
}

static mesa_status
refuse_value(const struct onehot *s, size_t j, double v,
             struct mesa_error *err)
{
    const char *name = word_of(s, j, 0), *category = NULL;
    char digits[2][MESA_DOUBLE_TEXT];

    mesa_format_double((double)j, digits[0]);
    mesa_format_double(v, digits[1]);
    if (v >= 0 && v < (double)s->n_words[j])
        category = word_of(s, j, (size_t)v + 1);
    return mesa_fail(err, MESA_EDATA,
                     "column '%s' %s%s%s, as in no training row; "
                     "handle_unknown = ignore makes 0 of it",
                     name ? name : digits[0],
                     isnan(v) ? "is missing" : "is '",
                     isnan(v) ? "" : category ? category : digits[1],
                     isnan(v) ? "" : "'");
}

/* The columns made of column j, where it is v. */
static mesa_status
encode(const struct onehot *s, size_t j, double v, double *out,
       struct mesa_error *err)
{
    const struct value *found = find_value(s, j, v);
    size_t n = s->base[j + 1] - s->base[j];

    memset(out, 0, n * sizeof *out);
    if (found && found->to != NOWHERE)
        out[found->to] = 1;
    if (found)
        return MESA_OK;
    if (s->handle_unknown == UNKNOWN_ERROR)
        return refuse_value(s, j, v, err);
    if (s->handle_unknown == UNKNOWN_INFREQUENT && s->rare[j])
        out[n - 1] = 1;
    return MESA_OK;
}

static mesa_status
onehot_apply(const void *self, const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    const struct onehot *s = self;
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < x->rows; r++, out += s->width) {
        const double *row = mesa_row(x, r);

        for (size_t j = 0; j < x->cols && st == MESA_OK; j++)
            if (onehot_n_known(s, j))
                st = encode(s, j, row[j], out + s->base[j], err);
            else
                out[s->base[j]] = row[j];
    }
    return st;
}

static const struct mesa_transform_class onehot = {
    MESA_TRANSFORM(struct onehot),
    .head.name   = "onehot",
    .head.title  = "A column of 0 and 1 for each category",
    .head.params = onehot_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.fini   = onehot_fini,
    .head.save   = onehot_save,
    .head.load   = onehot_load,
    .fit         = onehot_fit,
    .apply       = onehot_apply,
    .to_onnx     = onehot_to_onnx,
    .columns     = onehot_columns,
};

MESA_PLUGIN(.name = "onehot", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&onehot.head));
