/* SPDX-License-Identifier: MIT */
/*
 * categories.c - the categories of columns: which columns have them, which
 * there are, and what code each has.
 *
 * Only the first file tells.  Codes follow the order of the categories: that
 * of the numbers if all are numbers, and then 1, 1.0 and 01 are one category,
 * "1"; else that of the bytes, and each spelling is one.  Columns with text in
 * them are found in one pass over the file, categories in another, block by
 * block.
 */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

/* What both passes share; n columns are looked at. */
struct search {
    const struct csv_file *file;
    size_t                 n;
    const ptrdiff_t       *place; /* of each field among them, or < 0 */
    bool                  *text;  /* blocks by n: is there text?      */
    struct csv_words      *words; /* blocks by n                      */
};

/* What to do with a field of column j of the search, in a block. */
typedef mesa_status search_work(const struct search *s, size_t block, size_t j,
                                struct csv_field *field,
                                struct mesa_error *err);

bool
csv_categorical_auto(const struct csv *csv)
{
    for (size_t i = 0; i < csv->categorical.n; i++)
        if (strcmp(csv->categorical.item[i], "auto") == 0)
            return true;
    return false;
}

const char *
csv_categorical_name(const struct csv *csv, size_t i)
{
    const char *name = csv->categorical.item[i];
    bool word = strcmp(name, "auto") == 0 ||
                (csv->categorical.n == 1 && strcmp(name, "none") == 0);

    return word ? NULL : name;
}

bool
csv_has_categorical(const struct csv *csv)
{
    const struct mesa_list *list = &csv->categorical;

    return list->n > 1 || (list->n == 1 && strcmp(list->item[0], "none") != 0);
}

/* Each field of the columns in a block.  Whatever is wrong with a row is
 * passed over here and found when it is parsed. */
static mesa_status
search_block(const struct search *s, size_t i, search_work *work,
             struct mesa_error *err)
{
    const struct csv_file *f = s->file;
    struct csv_block block;
    struct csv_field field;
    const char *p;
    mesa_status st;

    if (f->span[i].rows == f->span[i + 1].rows)
        return MESA_OK;
    st = csv_block_load(&block, f, i, err);
    if (st != MESA_OK)
        return st;
    p = csv_skip_empty_lines(block.begin, block.end);
    while (st == MESA_OK && p && p < block.end) {
        size_t k = 0;

        do {
            p = csv_field_cut(p, block.end, f->delimiter, &field);
            if (p && k < f->n_fields && s->place[k] >= 0)
                st = work(s, i, (size_t)s->place[k], &field, err);
            k++;
        } while (st == MESA_OK && p && *p++ != '\n');
        p = p ? csv_skip_empty_lines(p, block.end) : NULL;
    }
    csv_block_free(&block);
    return st;
}

/* An empty field is no text: a column of numbers may be wanted. */
static mesa_status
look_for_text(const struct search *s, size_t block, size_t j,
              struct csv_field *field, struct mesa_error *err)
{
    bool *text = &s->text[block * s->n + j];
    double v;

    (void)err;
    if (*text)
        return MESA_OK;
    if (field->quoted)
        csv_field_trim(field);
    *text = field->begin < field->end &&
            !mesa_parse_double(field->begin, field->end, &v) &&
            !csv_missing_text(&s->file->csv->words, field->begin, field->end);
    return MESA_OK;
}

static mesa_status
look_block(void *context, size_t i, struct mesa_error *err)
{
    return search_block(context, i, look_for_text, err);
}

static bool
are_too_many(const struct csv_file *f, const struct csv_words *w)
{
    return w->n > (size_t)f->csv->max_categories;
}

static mesa_status
collect(const struct search *s, size_t block, size_t j,
        struct csv_field *field, struct mesa_error *err)
{
    struct csv_words *w = &s->words[block * s->n + j];
    size_t n = (size_t)(field->end - field->begin);
    char *copy;
    mesa_status st;

    /* A column of names must not fill memory before it is refused; all blocks
     * together say which column it is. */
    if (are_too_many(s->file, w) ||
        csv_words_find(w, field->begin, n) != CSV_NO_WORD ||
        csv_missing_text(&s->file->csv->words, field->begin, field->end))
        return MESA_OK;
    st = csv_field_resolve(field, &copy, err);
    if (st == MESA_OK)
        st = csv_words_add(w, field->begin,
                           (size_t)(field->end - field->begin), err);
    mesa_free(copy);
    return st;
}

static mesa_status
collect_block(void *context, size_t i, struct mesa_error *err)
{
    return search_block(context, i, collect, err);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* How many of the words are numbers. */
static size_t
count_numbers(const struct csv_words *w)
{
    char text[MESA_DOUBLE_TEXT];
    size_t n = 0;
    double v;

    for (size_t i = 0; i < w->n; i++)
        n += csv_number_name(w->text[i], strlen(w->text[i]), text, &v);
    return n;
}

/* Words to categories, in their order. */
static mesa_status
set_categories(const struct csv_file *f, size_t k, struct csv_words *found,
               struct csv_categories *out, struct mesa_error *err)
{
    size_t numbers = count_numbers(found);
    struct csv_classes classes = { 0 };
    mesa_status st = MESA_OK;

    if (found->n == 0)
        return mesa_fail(err, MESA_EDATA,
                         "%s: column '%.64s' in categorical has none but "
                         "missing values: name it in ignore",
                         f->in.shown, f->names.text[k]);
    out->numbers = numbers == found->n;
    if (out->numbers) {
        st = csv_classes_learn(&classes, found, "", err);
        out->name = classes.name;
        mesa_free(classes.value);
        return st;
    }
    qsort(found->text, found->n, sizeof *found->text, by_text);
    for (size_t i = 0; i < found->n && st == MESA_OK; i++)
        st = csv_words_add(&out->name, found->text[i],
                           strlen(found->text[i]), err);
    return st;
}

/* Text among numbers, where nobody has said that it is right, may be a slip
 * that nothing else would tell. */
static void
warn_of_mixture(const struct csv_file *f, const char *name,
                const struct csv_categories *c)
{
    char text[MESA_DOUBLE_TEXT];
    struct csv_list list = { "", 0 };
    double v;

    if (c->numbers || count_numbers(&c->name) == 0)
        return;
    for (size_t i = 0; i < c->name.n; i++)
        if (!csv_number_name(c->name.text[i], strlen(c->name.text[i]), text,
                             &v))
            csv_list_add(&list, c->name.text[i]);
    mesa_warn("%s: column '%.64s' holds numbers and text (%s): it is taken "
              "for one of categories; name it in categorical if that is right",
              f->in.shown, name, list.text);
}

static mesa_status
add_words(const struct csv_file *f, size_t k, const struct csv_words *w,
          struct csv_words *all, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < w->n && st == MESA_OK; i++)
        st = csv_words_add(all, w->text[i], strlen(w->text[i]), err);
    if (st == MESA_OK && are_too_many(f, all))
        st = mesa_fail(err, MESA_EDATA,
                       "%s: column '%.64s' holds more than %lld different "
                       "values, too many for categories: name it in ignore "
                       "if they number or name the rows, or raise "
                       "max_categories",
                       f->in.shown, f->names.text[k],
                       (long long)f->csv->max_categories);
    return st;
}

/* The words of all blocks, of each column. */
static mesa_status
join_words(const struct search *s, struct csv_categories *out,
           struct mesa_error *err)
{
    const struct csv_file *f = s->file;
    mesa_status st = MESA_OK;

    for (size_t k = 0; k < f->n_fields && st == MESA_OK; k++) {
        struct csv_words all = { 0 };

        if (s->place[k] < 0)
            continue;
        for (size_t i = 0; i < f->n_blocks && st == MESA_OK; i++)
            st = add_words(f, k, &s->words[i * s->n + (size_t)s->place[k]],
                           &all, err);
        if (st == MESA_OK)
            st = set_categories(f, k, &all, &out[f->role[k]], err);
        csv_words_free(&all);
    }
    return st;
}

/* Mark the features that hold text. */
static mesa_status
find_text(const struct csv_file *f, bool *is, struct mesa_error *err)
{
    struct search s = { f, f->n_features, f->role, NULL, NULL };
    mesa_status st;

    s.text = mesa_alloc_array(f->n_blocks, s.n * sizeof *s.text);
    if (!s.text)
        return mesa_nomem(err, f->n_blocks, "blocks");
    st = mesa_parallel_for(f->n_blocks, look_block, &s, err);
    for (size_t i = 0; i < f->n_blocks * s.n; i++)
        is[i % s.n] |= s.text[i];
    mesa_free(s.text);
    return st;
}

/* The categories of the features that are marked. */
static mesa_status
find_words(const struct csv_file *f, const bool *is,
           struct csv_categories *out, struct mesa_error *err)
{
    ptrdiff_t *place = mesa_alloc_raw(f->n_fields, sizeof *place);
    struct search s = { f, 0, place, NULL, NULL };
    mesa_status st = MESA_OK;

    if (!place)
        return mesa_nomem(err, f->n_fields, "columns");
    for (size_t k = 0; k < f->n_fields; k++)
        place[k] = f->role[k] >= 0 && is[f->role[k]] ? (ptrdiff_t)s.n++ : -1;
    s.words = mesa_alloc_array(f->n_blocks, s.n * sizeof *s.words);
    if (!s.words)
        st = mesa_nomem(err, f->n_blocks, "blocks");
    if (st == MESA_OK)
        st = mesa_parallel_for(f->n_blocks, collect_block, &s, err);
    if (st == MESA_OK)
        st = join_words(&s, out, err);
    for (size_t i = 0; s.words && i < f->n_blocks * s.n; i++)
        csv_words_free(&s.words[i]);
    mesa_free(s.words);
    mesa_free(place);
    return st;
}

static mesa_status
learn(const struct csv_file *f, bool *is, struct csv_categories *out,
      struct mesa_error *err)
{
    mesa_status st = csv_categorical_auto(f->csv) ? find_text(f, is, err)
                                                  : MESA_OK;

    for (size_t k = 0; k < f->n_fields; k++)
        if (f->role[k] >= 0)
            is[f->role[k]] |= f->listed[k];
    if (st == MESA_OK)
        st = find_words(f, is, out, err);
    for (size_t k = 0; k < f->n_fields && st == MESA_OK; k++)
        if (f->role[k] >= 0 && is[f->role[k]] && !f->listed[k])
            warn_of_mixture(f, f->names.text[k], &out[f->role[k]]);
    return st;
}

mesa_status
csv_categories_learn(const struct csv_file *f, struct csv_categories **out,
                     struct mesa_error *err)
{
    bool *is;
    mesa_status st;

    *out = NULL;
    if (!csv_has_categorical(f->csv))
        return MESA_OK;
    is = mesa_alloc_array(f->n_features, sizeof *is);
    *out = mesa_alloc_array(f->n_features, sizeof **out);
    st = is && *out ? learn(f, is, *out, err)
                    : mesa_nomem(err, f->n_features, "columns");
    mesa_free(is);
    return st;
}

mesa_status
csv_categories_take(const struct mesa_schema *schema,
                    struct csv_categories **out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *out = mesa_alloc_array(schema->n_columns, sizeof **out);
    if (!*out)
        return mesa_nomem(err, schema->n_columns, "columns");
    for (size_t j = 0; j < schema->n_columns && st == MESA_OK; j++) {
        const struct mesa_column *column = &schema->column[j];
        struct csv_categories *c = &(*out)[j];

        for (uint32_t i = 0; i < column->n_categories && st == MESA_OK; i++)
            st = csv_words_add(&c->name, column->category[i],
                               strlen(column->category[i]), err);
        if (st == MESA_OK && c->name.n != column->n_categories)
            return mesa_fail(err, MESA_EDATA,
                             "column '%.64s' of the model has a category "
                             "twice",
                             column->name);
        c->numbers = count_numbers(&c->name) == c->name.n;
    }
    return st;
}

void
csv_categories_free(struct csv_categories *c, size_t n)
{
    for (size_t j = 0; c && j < n; j++)
        csv_words_free(&c[j].name);
    mesa_free(c);
}

size_t
csv_categories_find(const struct csv_categories *c,
                    const struct csv_field *field)
{
    size_t n = (size_t)(field->end - field->begin);
    size_t code = csv_words_find(&c->name, field->begin, n);
    char text[MESA_DOUBLE_TEXT];
    double v;

    if (code == CSV_NO_WORD && c->numbers &&
        csv_number_name(field->begin, n, text, &v))
        code = csv_words_find(&c->name, text, strlen(text));
    return code;
}
