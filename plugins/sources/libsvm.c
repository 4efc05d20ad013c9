/* SPDX-License-Identifier: MIT */
/*
 * libsvm - rows from files of the LIBSVM (SVMlight) format.
 *
 * A line is a label and INDEX:VALUE pairs with ascending indices; what is not
 * written is 0, and # starts a comment.  Rows come out dense.  As in
 * scikit-learn's load_svmlight_files, indices start at 1 unless one of the
 * files has a 0, and qid:N after the label is passed over.  Two passes in
 * independent blocks: labels and largest index, then values into place.
 */
#include "text/lines.h"
#include "text/paths.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Indices beyond it are taken for damage. */
#define MAX_INDEX INT64_C(100000000)

struct libsvm {
    struct source_paths paths;
    int64_t             n_features; /* 0: auto */
    int                 zero_based;
    struct mesa_list    classes;
    int64_t             block_size;
};

enum { ZERO_BASED_FALSE, ZERO_BASED_TRUE, ZERO_BASED_AUTO };

static const struct mesa_choice libsvm_auto[] = {
    { "auto", 0, "the largest index of all files" },
    { NULL, 0, NULL }
};

static const struct mesa_choice libsvm_zero_based[] = {
    { "auto", ZERO_BASED_AUTO, "from 0 if one of the files has index 0" },
    { "true", ZERO_BASED_TRUE, "indices start at 0" },
    { "false", ZERO_BASED_FALSE, "indices start at 1" },
    { NULL, 0, NULL }
};

static const struct mesa_param libsvm_params[] = {
    SOURCE_PATHS(struct libsvm, paths),
    MESA_INT(struct libsvm, n_features, "n_features", 0, 1, MAX_INDEX,
             "Number of columns", .choices = libsvm_auto),
    MESA_CHOICE(struct libsvm, zero_based, "zero_based", ZERO_BASED_AUTO,
                libsvm_zero_based, "Where indices start"),
    MESA_LIST(struct libsvm, classes, "classes", "",
              "Class names in their order; by default that of numbers, else "
              "of bytes"),
    MESA_INT(struct libsvm, block_size, "block_size", 262144, 1, 1 << 30,
             "Bytes that are parsed as one piece of work; no influence on "
             "results",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

/* What the first pass finds in a block. */
struct tally {
    int64_t          lowest, highest; /* indices; lowest > highest: none */
    struct csv_words labels;
};

struct libsvm_file {
    struct lines  lines;
    struct tally *tally; /* of each block */
    int64_t       lowest, highest;
    bool          open;
};

/* One pair or word: up to a blank or a comment. */
struct token {
    const char *begin, *end;
};

static bool
next_token(const char **p, const char *end, struct token *t)
{
    const char *q = *p;

    while (q < end && (*q == ' ' || *q == '\t' || *q == '\r'))
        q++;
    t->begin = q;
    if (q < end && *q == '#')
        q = t->begin = end;
    while (q < end && *q != ' ' && *q != '\t' && *q != '\r' && *q != '#')
        q++;
    t->end = *p = q;
    return t->begin < q;
}

/* Is it "INDEX:..."?  *value: behind the colon. */
static bool
take_index(const struct token *t, int64_t *index, const char **value)
{
    const char *colon = memchr(t->begin, ':', (size_t)(t->end - t->begin));

    if (!colon || !mesa_parse_int64(t->begin, colon, index))
        return false;
    *value = colon + 1;
    return *index >= 0 && *index <= MAX_INDEX;
}

/* What is wrong with a row is found when it is parsed. */
static mesa_status
look_at_block(void *context, struct lines_block *b, size_t i,
              struct mesa_error *err)
{
    struct tally *tally = &((struct libsvm_file *)context)->tally[i];
    mesa_status st = MESA_OK;

    tally->lowest = INT64_MAX;
    while (st == MESA_OK && lines_next(b)) {
        const char *p = b->begin, *value;
        struct token label, pair;
        int64_t index;

        if (!next_token(&p, b->end, &label))
            continue;
        st = csv_words_add(&tally->labels, label.begin,
                           (size_t)(label.end - label.begin), err);
        while (next_token(&p, b->end, &pair)) {
            if (!take_index(&pair, &index, &value))
                continue; /* qid */
            if (index < tally->lowest)
                tally->lowest = index;
            if (index > tally->highest)
                tally->highest = index;
        }
    }
    return st;
}

/* Open the file and make the first pass; labels may be NULL. */
static mesa_status
scan_file(struct libsvm_file *f, const struct libsvm *libsvm,
          struct csv_words *labels, struct mesa_error *err)
{
    struct lines *l = &f->lines;
    size_t block = (size_t)libsvm->block_size;
    struct csv_words *words;
    mesa_status st;

    l->comment = '#';
    l->block_size = block;
    l->start_line = 1;
    l->n_blocks = (size_t)((l->in.size + block - 1) / block);
    f->tally = mesa_alloc_array(l->n_blocks, sizeof *f->tally);
    words = mesa_alloc_array(l->n_blocks, sizeof *words);
    st = f->tally && words ? lines_scan(l, look_at_block, f, err)
                           : mesa_nomem(err, l->n_blocks, "blocks");
    f->lowest = INT64_MAX;
    for (size_t i = 0; i < l->n_blocks && f->tally && words; i++) {
        const struct tally *t = &f->tally[i];

        f->lowest = t->lowest < f->lowest ? t->lowest : f->lowest;
        f->highest = t->highest > f->highest ? t->highest : f->highest;
        words[i] = t->labels;
    }
    if (st == MESA_OK && labels)
        st = lines_join_words(l, words, labels, err);
    else
        for (size_t i = 0; i < l->n_blocks && words; i++)
            csv_words_free(&words[i]);
    mesa_free(words);
    return st;
}

/* What rows are parsed with. */
struct reader {
    const struct libsvm_file *file;
    const struct csv_classes *classes;
    int64_t                   base; /* first index */
    size_t                    n_columns;
    double                   *x;
    int32_t                  *y;
};

static mesa_status
blame_pair(const struct lines_block *b, const struct token *t,
           const char *what, struct mesa_error *err)
{
    const struct csv_field shown = { .begin = t->begin, .end = t->end };

    return lines_blame(b,
                       mesa_fail(err, MESA_EPARSE, "'%.*s' %s",
                                 csv_field_shown(&shown), t->begin, what),
                       err);
}

static mesa_status
blame_index(const struct reader *r, const struct lines_block *b,
            int64_t index, int64_t before, struct mesa_error *err)
{
    int64_t last = r->base + (int64_t)r->n_columns - 1;
    mesa_status st;

    if (index < r->base || index > last)
        st = mesa_fail(err, MESA_EDATA,
                       "index %lld, expected one from %lld to %lld",
                       (long long)index, (long long)r->base, (long long)last);
    else
        st = mesa_fail(err, MESA_EPARSE,
                       "index %lld comes after index %lld, expected ascending "
                       "ones",
                       (long long)index, (long long)before);
    return lines_blame(b, st, err);
}

static mesa_status
take_pairs(const struct reader *r, const struct lines_block *b, const char *p,
           double *x, struct mesa_error *err)
{
    int64_t index, before = r->base - 1;
    const char *value;
    struct token t;

    for (bool first = true; next_token(&p, b->end, &t); first = false) {
        double v;

        if (first && t.end - t.begin > 4 && memcmp(t.begin, "qid:", 4) == 0)
            continue;
        if (!take_index(&t, &index, &value))
            return blame_pair(b, &t, "is not INDEX:VALUE", err);
        if (index <= before || index >= r->base + (int64_t)r->n_columns)
            return blame_index(r, b, index, before, err);
        if (!mesa_parse_double(value, t.end, &v))
            return blame_pair(b, &t, "has no number for a value", err);
        if (isinf(v))
            return blame_pair(b, &t, "has a value that is not finite", err);
        x[index - r->base] = v;
        before = index;
    }
    return MESA_OK;
}

static mesa_status
parse_block(void *context, struct lines_block *b, size_t i,
            struct mesa_error *err)
{
    const struct reader *r = context;
    size_t row = r->file->lines.row[i];
    mesa_status st = MESA_OK;

    for (; st == MESA_OK && lines_next(b); row++) {
        double *x = r->x + row * r->n_columns;
        const char *p = b->begin;
        struct token label;

        memset(x, 0, r->n_columns * sizeof *x);
        next_token(&p, b->end, &label);
        if (memchr(label.begin, ':', (size_t)(label.end - label.begin)))
            return blame_pair(b, &label, "stands where a label should be",
                              err);
        st = lines_class(b, r->classes, label.begin, label.end, &r->y[row],
                         err);
        if (st == MESA_OK)
            st = take_pairs(r, b, p, x, err);
    }
    return st;
}

static mesa_status
open_files(const struct libsvm *libsvm, struct libsvm_file *file,
           struct mesa_error *err)
{
    mesa_status st = source_paths_check(&libsvm->paths, err);

    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        file[p].lines.in.fd = -1;
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (!libsvm->paths.of[p])
            continue;
        file[p].open = true;
        st = csv_input_open(&file[p].lines.in, libsvm->paths.of[p], err);
    }
    return st;
}

static void
close_files(struct libsvm_file *file)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++) {
        lines_free(&file[p].lines);
        mesa_free(file[p].tally);
    }
}

/* The first pass over all files, and the classes that the first one has. */
static mesa_status
scan_files(const struct libsvm *libsvm, struct libsvm_file *file,
           struct csv_classes *classes, struct mesa_error *err)
{
    size_t first = libsvm->paths.of[MESA_PART_ALL] ? MESA_PART_ALL
                                                   : MESA_PART_TRAIN;
    bool learn = libsvm->classes.n == 0;
    struct csv_words labels = { 0 };
    mesa_status st = MESA_OK;

    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (file[p].open)
            st = scan_file(&file[p], libsvm,
                           p == first && learn ? &labels : NULL, err);
    if (st == MESA_OK && learn)
        st = csv_classes_learn(classes, &labels, file[first].lines.in.shown,
                               err);
    else if (st == MESA_OK)
        st = csv_classes_declare(classes, &libsvm->classes, err);
    csv_words_free(&labels);
    return st;
}

/* The range of indices, from all files; columns are called by them. */
static mesa_status
give_columns(const struct libsvm *libsvm, const struct libsvm_file *file,
             struct reader *r, struct mesa_bundle *out, struct mesa_error *err)
{
    int64_t lowest = INT64_MAX, highest = 0;
    char (*text)[24];
    const char **name;
    mesa_status st;

    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        if (file[p].open) {
            lowest = file[p].lowest < lowest ? file[p].lowest : lowest;
            highest = file[p].highest > highest ? file[p].highest : highest;
        }
    r->base = libsvm->zero_based == ZERO_BASED_FALSE ||
              (libsvm->zero_based == ZERO_BASED_AUTO && lowest > 0);
    r->n_columns = (size_t)(libsvm->n_features ? libsvm->n_features
                                               : highest - r->base + 1);
    if (lowest == INT64_MAX || r->n_columns == 0)
        return mesa_fail(err, MESA_EDATA, "no row has any INDEX:VALUE");
    text = mesa_alloc_raw(r->n_columns, sizeof *text);
    name = mesa_alloc_raw(r->n_columns, sizeof *name);
    for (size_t j = 0; j < r->n_columns && text && name; j++) {
        snprintf(text[j], sizeof *text, "x%lld",
                 (long long)(r->base + (int64_t)j));
        name[j] = text[j];
    }
    st = text && name ? mesa_bundle_columns(out, r->n_columns, name, err)
                      : mesa_nomem(err, r->n_columns, "column names");
    mesa_free(text);
    mesa_free(name);
    return st;
}

static mesa_status
libsvm_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct libsvm_file file[MESA_PART_COUNT_] = { 0 };
    struct csv_classes classes = { 0 };
    struct reader r = { .classes = &classes };
    mesa_status st = open_files(self, file, err);

    (void)rng;
    if (st == MESA_OK)
        st = scan_files(self, file, &classes, err);
    if (st == MESA_OK)
        st = give_columns(self, file, &r, out, err);
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, classes.name.n,
                                 (const char *const *)classes.name.text, NULL,
                                 err);
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (!file[p].open)
            continue;
        r.file = &file[p];
        st = mesa_bundle_part(out, (enum mesa_part)p, file[p].lines.n_rows,
                              &r.x, &r.y, err);
        if (st == MESA_OK)
            st = lines_parse(&file[p].lines, parse_block, &r, err);
    }
    csv_classes_free(&classes);
    close_files(file);
    return st;
}

/* There is no header: is everything there? */
static mesa_status
libsvm_describe(void *self, struct mesa_error *err)
{
    const struct libsvm *libsvm = self;
    struct libsvm_file file[MESA_PART_COUNT_] = { 0 };
    mesa_status st;

    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        if (libsvm->paths.of[p] && csv_input_is_pipe(libsvm->paths.of[p]))
            return source_paths_check(&libsvm->paths, err);
    st = open_files(libsvm, file, err);
    close_files(file);
    return st;
}

static const struct mesa_source_class libsvm = {
    MESA_SOURCE(struct libsvm),
    .head.name = "libsvm",
    .head.title = "Files of the LIBSVM (SVMlight) format, one row per line",
    .head.cite = "Chang and Lin 2011, ACM Transactions on Intelligent Systems "
                 "and Technology 2(27)",
    .head.params = libsvm_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                  MESA_CLASS_DETERMINISTIC,
    .open = libsvm_open,
    .describe = libsvm_describe,
};

MESA_PLUGIN(.name = "libsvm", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&libsvm.head));
