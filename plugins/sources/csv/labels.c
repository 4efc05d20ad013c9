/* SPDX-License-Identifier: MIT */
/*
 * labels.c - which labels a file holds, found before its rows are parsed:
 * the classes must be known before there is room for the rows.
 *
 * Only the label's field is looked at: from the end of the line if it is the
 * last one.  Whatever is wrong with a row is passed over here and found when
 * it is parsed.
 */
#include "csv.h"

#include <string.h>

struct collect {
    const struct csv_file *file;
    struct csv_words      *words; /* one set per block */
};

/* In each block and again for all: a column of real numbers must not fill
 * memory before it is refused. */
static mesa_status
check_number(const struct csv_file *f, const struct csv_words *w,
             struct mesa_error *err)
{
    if (w->n <= CSV_MAX_CLASSES)
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA,
                     "%s: column '%.64s' holds more than %d different labels, "
                     "too many for classes",
                     f->in.shown, f->names.text[f->label], CSV_MAX_CLASSES);
}

/* The start of the last field of the line that ends at stop. */
static const char *
last_field(const char *row, const char *stop, char delimiter)
{
    while (stop > row && stop[-1] != delimiter)
        stop--;
    return stop;
}

/* The label of the row at p; returns what follows the row. */
static const char *
find_label(const struct csv_file *f, const char *p, const char *end,
           bool quotes, struct csv_field *label)
{
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    struct csv_field other;
    size_t k = 0;

    label->fault = CSV_OPEN_QUOTE;
    if (!quotes && f->label + 1 == f->n_fields) {
        csv_field_cut(last_field(p, stop, f->delimiter), end, f->delimiter,
                      label);
        return stop + 1;
    }
    do {
        p = csv_field_cut(p, end, f->delimiter,
                          k == f->label ? label : &other);
        if (k++ == f->label && !quotes)
            return stop + 1;
    } while (p && *p++ != '\n');
    return p;
}

/* Missing labels are no class; they are found when their row is parsed. */
static mesa_status
add_label(const struct csv_file *f, const struct csv_field *label,
          struct csv_words *words, struct mesa_error *err)
{
    size_t n = (size_t)(label->end - label->begin);
    struct csv_field plain = *label;
    mesa_status st;
    char *copy;

    if (n == 0 || csv_words_find(words, label->begin, n) != CSV_NO_WORD ||
        csv_missing_text(&f->csv->words, label->begin, label->end))
        return MESA_OK;
    st = csv_field_resolve(&plain, &copy, err);
    if (st == MESA_OK)
        st = csv_words_add(words, plain.begin,
                           (size_t)(plain.end - plain.begin), err);
    mesa_free(copy);
    return st;
}

static mesa_status
collect_block(void *context, size_t i, struct mesa_error *err)
{
    const struct collect *job = context;
    const struct csv_file *f = job->file;
    struct csv_words *words = &job->words[i];
    struct csv_block block;
    mesa_status st;
    bool quotes;

    if (f->span[i].rows == f->span[i + 1].rows)
        return MESA_OK;
    st = csv_block_load(&block, f, i, err);
    if (st != MESA_OK)
        return st;
    quotes = memchr(block.begin, '"', (size_t)(block.end - block.begin));
    for (const char *p = block.begin; st == MESA_OK && p && p < block.end;) {
        struct csv_field label;

        p = find_label(f, p, block.end, quotes, &label);
        if (label.fault == CSV_FINE)
            st = add_label(f, &label, words, err);
        if (st == MESA_OK)
            st = check_number(f, words, err);
    }
    csv_block_free(&block);
    return st;
}

mesa_status
csv_labels_collect(const struct csv_file *f, struct csv_words *out,
                   struct mesa_error *err)
{
    struct collect job = {
        f, mesa_alloc_array(f->n_blocks, sizeof *job.words)
    };
    mesa_status st;

    if (!job.words)
        return mesa_nomem(err, f->n_blocks, "blocks");
    st = mesa_parallel_for(f->n_blocks, collect_block, &job, err);
    /* In the order of blocks, whatever order they were done in. */
    for (size_t i = 0; i < f->n_blocks; i++) {
        const struct csv_words *w = &job.words[i];

        for (size_t k = 0; k < w->n && st == MESA_OK; k++)
            st = csv_words_add(out, w->text[k], strlen(w->text[k]), err);
        if (st == MESA_OK)
            st = check_number(f, out, err);
        csv_words_free(&job.words[i]);
    }
    mesa_free(job.words);
    return st;
}
