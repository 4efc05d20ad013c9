/* SPDX-License-Identifier: MIT */
/*
 * csv - rows from comma-separated files.
 *
 * RFC 4180 with a few liberties: LF or CRLF, a byte order mark, blanks around
 * fields, empty lines, other delimiters.  Nothing is guessed about values:
 * what is not a number is an error that names file, line and column, unless
 * the column is said to hold categories, or any column that has text.  Each
 * file is read three times in independent blocks, from the page cache after
 * the first: to count rows, to find the labels if it has any, and to parse
 * into place; the
 * first file once more to find the categories, and once to find columns with
 * text.  So memory holds the matrix and one block per thread.
 */
#include "csv.h"

#include <string.h>

static const struct mesa_choice csv_headers[] = {
    { "auto", CSV_HEADER_AUTO, "if the first line has text above numbers" },
    { "yes", CSV_HEADER_YES, "the first line names the columns" },
    { "no", CSV_HEADER_NO, "the first line is data; columns are x0, x1, ..." },
    { NULL, 0, NULL }
};

static const struct mesa_choice csv_unknowns[] = {
    { "missing", CSV_UNKNOWN_MISSING, "it counts as missing, with a warning" },
    { "error", CSV_UNKNOWN_ERROR, "it is an error" },
    { NULL, 0, NULL }
};

static const struct mesa_param csv_params[] = {
    SOURCE_PATHS(struct csv, paths),
    MESA_STRING(struct csv, label, "label", NULL,
                "Label column: its name, or its number from 0, from the end "
                "if negative; the last one if empty"),
    MESA_LIST(struct csv, target, "target", "",
              "Columns to predict as numbers, by name or number; then there "
              "are no classes"),
    MESA_CHOICE(struct csv, header, "header", CSV_HEADER_AUTO, csv_headers,
                "Whether the first line names the columns"),
    MESA_STRING(struct csv, delimiter, "delimiter", "auto",
                "One character, or tab, space or semicolon; auto finds "
                "comma, semicolon or tab"),
    MESA_LIST(struct csv, missing, "missing", "?,NA,NaN,nan,",
              "Words for a missing value; numbers count by value, an empty "
              "item stands for the empty field"),
    MESA_LIST(struct csv, classes, "classes", "",
              "Class names in their order; by default that of numbers, else "
              "of bytes"),
    MESA_BOOL(struct csv, unlabelled, "unlabelled", false,
              "Whether rows may lack a label: its field is missing, or, where "
              "classes are given, the whole column"),
    MESA_LIST(struct csv, ignore, "ignore", "",
              "Names of columns to skip"),
    MESA_LIST(struct csv, categorical, "categorical", "none",
              "Names of columns that hold categories, be they numbers or not, "
              "or none; auto stands for all columns with text"),
    MESA_CHOICE(struct csv, unknown, "unknown", CSV_UNKNOWN_MISSING,
                csv_unknowns,
                "What becomes of a category that the training rows, or the "
                "one table, do not have"),
    MESA_INT(struct csv, max_categories, "max_categories", 1000, 1,
             INT32_MAX,
             "A column with more categories is an error: does it number or "
             "name the rows?"),
    MESA_INT(struct csv, block_size, "block_size", 262144, 1, 1 << 30,
             "Bytes that are parsed as one piece of work; no influence on "
             "results",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

/* A delimiter that may be part of a number or of a line end would never give
 * a readable file. */
static mesa_status
set_delimiter(struct csv *csv, struct mesa_error *err)
{
    const char *d = csv->delimiter ? csv->delimiter : "auto";

    if (strcmp(d, "auto") == 0)
        csv->delimiter_char = '\0';
    else if (strcmp(d, "tab") == 0)
        csv->delimiter_char = '\t';
    else if (strcmp(d, "semicolon") == 0) /* which starts an INI comment */
        csv->delimiter_char = ';';
    else if (strcmp(d, "space") == 0)
        csv->delimiter_char = ' ';
    else if (strlen(d) == 1 && (unsigned char)*d < 0x80 &&
             !strchr("\"\r\n.+-0123456789", *d))
        csv->delimiter_char = *d;
    else
        return mesa_fail(err, MESA_EINVAL,
                         "delimiter is '%.40s', expected auto, tab, space, "
                         "semicolon or one character that is no part of "
                         "numbers and no quote",
                         d);
    return MESA_OK;
}

static mesa_status
csv_init(void *self, struct mesa_error *err)
{
    struct csv *csv = self;
    mesa_status st = set_delimiter(csv, err);

    if (st == MESA_OK && csv->target.n &&
        (csv->label || csv->classes.n || csv->unlabelled))
        st = mesa_fail(err, MESA_EINVAL,
                       "target and %s are both given: rows have either numbers "
                       "to predict or classes",
                       csv->label       ? "label"
                       : csv->classes.n ? "classes"
                                        : "unlabelled");
    return st == MESA_OK ? csv_missing_init(&csv->words, &csv->missing, err)
                         : st;
}

static void
csv_fini(void *self)
{
    struct csv *csv = self;

    csv_stream_free(csv->stream);
    csv_missing_free(&csv->words);
}

/* Read the heads of all files, and settle their columns; first is the one
 * that the others follow. */
static mesa_status
open_files(const struct csv *csv, struct csv_file *file, size_t *first,
           struct mesa_error *err)
{
    mesa_status st = source_paths_check(&csv->paths, err);

    *first = csv->paths.of[MESA_PART_ALL] ? MESA_PART_ALL : MESA_PART_TRAIN;
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        file[p].in.fd = -1;
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (!csv->paths.of[p])
            continue;
        st = csv_head_read(&file[p], csv, csv->paths.of[p], err);
        if (st == MESA_OK)
            st = p == *first ? csv_columns_assign(&file[p], err)
                             : csv_columns_match(&file[p], &file[*first], err);
    }
    return st == MESA_OK ? csv_columns_check_ignored(file, MESA_PART_COUNT_,
                                                     *first, err)
                         : st;
}

static void
close_files(struct csv_file *file)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        csv_file_free(&file[p]);
}

/* What the columns hold, once names are given. */
static mesa_status
give_categories(const struct csv_file *f, struct mesa_bundle *out,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < f->n_features && f->category && st == MESA_OK; j++)
        if (f->category[j].name.n)
            st = mesa_bundle_categories(
                out, j, f->category[j].name.n,
                (const char *const *)f->category[j].name.text, err);
    return st == MESA_OK ? st : mesa_error_prefix(err, st, "%s", f->in.shown);
}

/* Names in the order of the matrix, which is that of the first file. */
static mesa_status
give_columns(const struct csv_file *f, struct mesa_bundle *out,
             struct mesa_error *err)
{
    const char **name = mesa_alloc_array(f->n_features, sizeof *name);
    mesa_status st;

    if (!name)
        return mesa_nomem(err, f->n_features, "column names");
    for (size_t k = 0; k < f->n_fields; k++)
        if (f->role[k] >= 0)
            name[f->role[k]] = f->names.text[k];
    st = mesa_bundle_columns(out, f->n_features, name, err);
    mesa_free(name);
    return st == MESA_OK ? give_categories(f, out, err) : st;
}

/* Only the first file tells what classes there are: a class that the
 * training rows do not have cannot be learnt. */
static mesa_status
find_classes(const struct csv_file *f, struct csv_classes *classes,
             struct mesa_error *err)
{
    struct csv_words labels = { 0 };
    mesa_status st;

    if (f->csv->classes.n)
        return csv_classes_declare(classes, &f->csv->classes, err);
    st = csv_labels_collect(f, &labels, err);
    if (st == MESA_OK && labels.n == 0 && f->csv->unlabelled)
        st = mesa_fail(err, MESA_EDATA,
                       "no row of %s has a label: say with classes = ... what "
                       "classes there are",
                       f->in.shown);
    if (st == MESA_OK)
        st = csv_classes_learn(classes, &labels, f->in.shown, err);
    csv_words_free(&labels);
    return st;
}

static mesa_status
give_classes(const struct csv_file *f, struct csv_classes *classes,
             struct mesa_bundle *out, struct mesa_error *err)
{
    mesa_status st = find_classes(f, classes, err);
    const char *label = NULL;

    if (st != MESA_OK)
        return st;
    if (f->label == CSV_NO_WORD)
        label = f->csv->label;
    else if (f->has_header)
        label = f->names.text[f->label];
    return mesa_bundle_classes(out, classes->name.n,
                               (const char *const *)classes->name.text, label,
                               err);
}

/* In the order of the parameter, whatever that of the fields. */
static mesa_status
give_targets(const struct csv_file *f, struct mesa_bundle *out,
             struct mesa_error *err)
{
    const char **name = mesa_alloc_array(f->n_targets, sizeof *name);
    mesa_status st;

    if (!name)
        return mesa_nomem(err, f->n_targets, "target names");
    for (size_t k = 0; k < f->n_fields; k++)
        if (f->role[k] <= CSV_TARGET)
            name[CSV_TARGET - f->role[k]] = f->names.text[k];
    st = mesa_bundle_targets(out, f->n_targets, name, err);
    mesa_free(name);
    return st;
}

static mesa_status
give_part(const struct csv_file *f, const struct csv_classes *classes,
          struct mesa_bundle *out, enum mesa_part part, struct mesa_error *err)
{
    struct csv_table to = { NULL, NULL, NULL };
    mesa_status st = mesa_bundle_part(out, part, f->n_rows, &to.x, &to.y, err);

    if (st == MESA_OK && f->n_targets)
        st = mesa_bundle_part_targets(out, part, &to.target, err);
    if (f->label == CSV_NO_WORD && f->n_targets == 0)
        for (size_t r = 0; r < f->n_rows && st == MESA_OK; r++)
            to.y[r] = -1;
    return st == MESA_OK ? csv_rows_parse(f, classes, &to, err) : st;
}

/* All files are counted before room for any is asked for: what is wrong with
 * the last is known before the first has cost much. */
static mesa_status
scan_files(struct csv_file *file, const struct csv_file *lead,
           struct csv_categories **category, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (file[p].n_fields)
            st = csv_scan(&file[p], err);
    if (st == MESA_OK)
        st = csv_categories_learn(lead, category, err);
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        file[p].category = *category;
    return st;
}

static mesa_status
csv_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
         struct mesa_error *err)
{
    struct csv_file file[MESA_PART_COUNT_] = { 0 };
    struct csv_categories *category = NULL;
    struct csv_classes classes = { 0 };
    struct csv_file *lead;
    size_t first;
    mesa_status st = open_files(self, file, &first, err);

    (void)rng;
    lead = &file[first];
    if (st == MESA_OK)
        st = scan_files(file, lead, &category, err);
    if (st == MESA_OK)
        st = give_columns(lead, out, err);
    if (st == MESA_OK)
        st = lead->n_targets ? give_targets(lead, out, err)
                             : give_classes(lead, &classes, out, err);
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (file[p].n_fields)
            st = give_part(&file[p], &classes, out, (enum mesa_part)p, err);
    csv_classes_free(&classes);
    csv_categories_free(category, lead->n_features);
    close_files(file);
    return st;
}

static mesa_status
csv_describe(void *self, struct mesa_error *err)
{
    const struct csv *csv = self;
    struct csv_file file[MESA_PART_COUNT_] = { 0 };
    size_t first;
    mesa_status st;

    /* What is read from a pipe is gone. */
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        if (csv->paths.of[p] && csv_input_is_pipe(csv->paths.of[p]))
            return source_paths_check(&csv->paths, err);
    st = open_files(csv, file, &first, err);
    close_files(file);
    return st;
}

static bool
csv_has_targets(const void *self)
{
    return ((const struct csv *)self)->target.n > 0;
}

static const struct mesa_source_class csv = {
    MESA_SOURCE(struct csv),
    .head.name = "csv",
    .head.title = "Comma-separated files, one row per line",
    .head.cite = "RFC 4180; https://www.rfc-editor.org/rfc/rfc4180",
    .head.params = csv_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                  MESA_CLASS_DETERMINISTIC | MESA_CLASS_UNLABELLED,
    .head.init = csv_init,
    .head.fini = csv_fini,
    .open = csv_open,
    .describe = csv_describe,
    .stream = csv_stream_open,
    .next = csv_stream_next,
    .has_targets = csv_has_targets,
};

MESA_PLUGIN(.name = "csv", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&csv.head));
