/* SPDX-License-Identifier: MIT */
/*
 * stream.c - rows of a file or pipe in pieces, for prediction.
 *
 * A piece is some megabytes cut at the end of a row; it is counted and parsed
 * as if it were a file of its own, so messages and values are those of a
 * whole file.  Memory holds one piece, however long the input is; a row that
 * does not end within a limit is most likely a quote that was not closed.
 */
#define _POSIX_C_SOURCE 200809L
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE     ((size_t)1 << 22)
#define ROW_LIMIT ((size_t)1 << 26)

struct csv_stream {
    struct csv_file           file; /* its input is the piece in hand */
    int                       fd;
    char                     *buffer;
    size_t                    n, capacity; /* bytes in the buffer */
    size_t                    used;        /* those of the piece  */
    bool                      end, headed;
    const struct mesa_schema *schema;
    bool                      labels;
    struct csv_classes        classes;
    struct csv_categories    *category;
    double                   *x;
    int32_t                  *y;
};

void
csv_stream_free(struct csv_stream *s)
{
    if (!s)
        return;
    s->file.in.fd = -1;
    s->file.in.memory = NULL; /* which is the buffer */
    csv_file_free(&s->file);
    csv_classes_free(&s->classes);
    if (s->category)
        csv_categories_free(s->category, s->schema->n_columns);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    mesa_free(s->buffer);
    mesa_free(s->x);
    mesa_free(s->y);
    mesa_free(s);
}

static mesa_status
open_input(struct csv_stream *s, const char *path, struct mesa_error *err)
{
    struct stat about;
    bool standard = strcmp(path, "-") == 0;

    csv_input_show(&s->file.in, standard ? "standard input" : path);
    s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "cannot open %s: %s", s->file.in.shown,
                         strerror(errno));
    if (fstat(s->fd, &about) == 0 && S_ISDIR(about.st_mode))
        return mesa_fail(err, MESA_EIO, "%s is a folder, expected a file",
                         s->file.in.shown);
    return MESA_OK;
}

static mesa_status
read_more(struct csv_stream *s, struct mesa_error *err)
{
    ssize_t got = 1;

    if (s->capacity < s->n + PIECE) {
        char *more = mesa_realloc_array(s->buffer, s->n + PIECE, 1);

        if (!more)
            return mesa_nomem(err, s->n + PIECE, "bytes of input");
        s->buffer = more;
        s->capacity = s->n + PIECE;
    }
    while (got > 0 && s->n < s->capacity) {
        got = read(s->fd, s->buffer + s->n, s->capacity - s->n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got < 0)
            return csv_input_fail(&s->file.in, err);
        else
            s->n += (size_t)got;
    }
    s->end = got == 0;
    return MESA_OK;
}

/* Bytes of the rows that are complete, and how many those rows are, as far
 * as two: lines without anything in them do not count. */
static size_t
complete_rows(const struct csv_stream *s, size_t *rows)
{
    const char *p = s->buffer, *end = p + s->n, *row;
    bool in_quote = false;

    *rows = 0;
    for (row = p; row < end; row = p + 1) {
        p = csv_row_end(row, end, &in_quote);
        if (p == end)
            break;
        *rows += *rows < 2 && p > row && !(p == row + 1 && *row == '\r');
    }
    return (size_t)(row - s->buffer);
}

/* The next piece into the file: at first two rows at least, which a header
 * needs to be told from data. */
static mesa_status
next_piece(struct csv_stream *s, struct mesa_error *err)
{
    size_t whole = 0, rows = 0;
    mesa_status st = MESA_OK;

    if (s->used)
        memmove(s->buffer, s->buffer + s->used, s->n - s->used);
    s->n -= s->used;
    s->used = 0;
    while (st == MESA_OK && !s->end &&
           (s->headed ? whole == 0 : rows < 2)) {
        if (s->n - whole > ROW_LIMIT)
            return mesa_fail(err, MESA_EPARSE,
                             "%s: a row is longer than %zu bytes: is a quote "
                             "not closed?",
                             s->file.in.shown, ROW_LIMIT);
        st = read_more(s, err);
        if (st == MESA_OK)
            whole = complete_rows(s, &rows);
    }
    s->used = s->end ? s->n : whole;
    s->file.in.memory = s->buffer;
    s->file.in.size = s->used;
    return st;
}

/* The column of the schema that is called so, or of no number. */
static ptrdiff_t
column_called(const struct csv_words *columns, const char *name)
{
    size_t j = csv_words_find(columns, name, strlen(name));

    return j == CSV_NO_WORD ? CSV_IGNORED : (ptrdiff_t)j;
}

/* A place was that in the training file; the model knows the name, if it has
 * a label: what it does not, no file names. */
static const char *
label_name(const struct csv_stream *s)
{
    const char *label = s->file.csv->label;
    int64_t place;

    return label && !mesa_parse_int64(label, label + strlen(label), &place)
               ? label
               : s->schema->label;
}

static void
warn_of_extra(const struct csv_file *f, const struct csv_list *extra)
{
    if (extra->n)
        mesa_warn("%s: columns that the model does not know are passed over: "
                  "%s",
                  f->in.shown, extra->text);
}

/* Roles by name.  What is missing is told all at once. */
static mesa_status
match_names(struct csv_stream *s, const struct csv_words *columns,
            struct mesa_error *err)
{
    struct csv_file *f = &s->file;
    struct csv_list missing = { "", 0 }, extra = { "", 0 };
    const char *label = label_name(s);

    f->label = CSV_NO_WORD;
    for (size_t k = 0; k < f->n_fields; k++) {
        const char *name = f->names.text[k];

        f->role[k] = column_called(columns, name);
        if (f->role[k] != CSV_IGNORED)
            continue;
        if (label && strcmp(name, label) == 0)
            f->label = k;
        else if (!csv_is_ignored(f->csv, name) &&
                 !csv_is_target(f->csv, name))
            csv_list_add(&extra, name);
    }
    for (size_t j = 0; j < columns->n; j++)
        if (csv_words_find(&f->names, columns->text[j],
                           strlen(columns->text[j])) == CSV_NO_WORD)
            csv_list_add(&missing, columns->text[j]);
    if (columns->n != s->schema->n_columns)
        return mesa_fail(err, MESA_EDATA,
                         "the model has two columns of one name");
    if (missing.n)
        return mesa_fail(err, MESA_EDATA,
                         "%s has not all columns of the model; missing: %s",
                         f->in.shown, missing.text);
    if (s->labels && f->label == CSV_NO_WORD)
        return mesa_fail(err, MESA_EDATA,
                         "%s has no label column '%.64s' to score by",
                         f->in.shown, label);
    warn_of_extra(f, &extra);
    return MESA_OK;
}

/* Without names: the columns in their order, and perhaps a label, last. */
static mesa_status
match_places(struct csv_stream *s, struct mesa_error *err)
{
    struct csv_file *f = &s->file;
    size_t n = s->schema->n_columns;

    if (f->n_fields != n + 1 && (s->labels || f->n_fields != n))
        return mesa_fail(err, MESA_EDATA,
                         "%s has no header and %zu columns, expected the %zu "
                         "of the model%s",
                         f->in.shown, f->n_fields, n,
                         s->labels ? " and the label"
                                   : ", or one more, the label");
    f->label = f->n_fields > n ? n : CSV_NO_WORD;
    for (size_t k = 0; k < f->n_fields; k++)
        f->role[k] = k < n ? (ptrdiff_t)k : CSV_IGNORED;
    return MESA_OK;
}

static mesa_status
match_columns(struct csv_stream *s, struct mesa_error *err)
{
    struct csv_file *f = &s->file;
    struct csv_words columns = { 0 };
    mesa_status st = csv_columns_new(f, err);

    f->n_features = s->schema->n_columns;
    for (size_t j = 0; j < f->n_features && st == MESA_OK; j++) {
        const char *name = s->schema->column[j].name;

        st = csv_words_add(&columns, name, strlen(name), err);
    }
    if (st == MESA_OK)
        st = f->has_header ? match_names(s, &columns, err)
                           : match_places(s, err);
    if (st == MESA_OK && s->labels)
        f->role[f->label] = CSV_LABEL;
    csv_words_free(&columns);
    return st;
}

/* The categories and classes are those of the model, whatever the file
 * holds. */
static mesa_status
take_names(struct csv_stream *s, struct mesa_error *err)
{
    struct mesa_list names = { .n = s->schema->n_classes,
                               .item = s->schema->class_name };
    mesa_status st = csv_categories_take(s->schema, &s->category, err);

    s->file.category = s->category;
    return st == MESA_OK && s->labels
               ? csv_classes_declare(&s->classes, &names, err)
               : st;
}

mesa_status
csv_stream_open(void *self, const char *path, const struct mesa_schema *schema,
                bool labels, struct mesa_error *err)
{
    struct csv *csv = self;
    struct csv_stream *s = mesa_alloc_array(1, sizeof *s);
    mesa_status st;

    csv_stream_free(csv->stream);
    csv->stream = s;
    if (!s)
        return mesa_nomem(err, 1, "stream");
    s->fd = -1;
    if (labels && schema->n_classes == 0)
        return mesa_fail(err, MESA_EDATA,
                         "the model has no classes: there are no labels to "
                         "read");
    s->schema = schema;
    s->labels = labels;
    s->file.lone = true;
    s->file.schema = schema;
    st = open_input(s, path, err);
    if (st == MESA_OK)
        st = next_piece(s, err);
    if (st == MESA_OK)
        st = csv_head_parse(&s->file, csv, err);
    if (st == MESA_OK)
        st = match_columns(s, err);
    return st == MESA_OK ? take_names(s, err) : st;
}

/* Rows of the piece in hand into x and y. */
static mesa_status
parse_piece(struct csv_stream *s, struct mesa_error *err)
{
    struct csv_file *f = &s->file;
    mesa_status st;

    mesa_free(f->span);
    mesa_free(s->x);
    mesa_free(s->y);
    f->span = NULL;
    s->x = NULL;
    s->y = NULL;
    st = csv_scan(f, err);
    if (st != MESA_OK)
        return st;
    s->x = mesa_alloc_raw(f->n_rows, f->n_features * sizeof *s->x);
    s->y = s->labels ? mesa_alloc_raw(f->n_rows, sizeof *s->y) : NULL;
    if (!s->x || (s->labels && !s->y))
        return mesa_nomem(err, f->n_rows, "rows");
    return csv_rows_parse(f, &s->classes,
                          &(struct csv_table){ s->x, s->y, NULL }, err);
}

mesa_status
csv_stream_next(void *self, struct mesa_dataset *out, struct mesa_error *err)
{
    struct csv_stream *s = ((struct csv *)self)->stream;
    struct csv_file *f = &s->file;
    mesa_status st = MESA_OK;

    memset(out, 0, sizeof *out);
    out->struct_size = sizeof *out;
    for (;;) {
        if (s->headed) {
            f->start_line = f->span[f->n_blocks].line;
            f->start = 0;
            st = next_piece(s, err);
        }
        s->headed = true;
        if (st == MESA_OK)
            st = parse_piece(s, err);
        if (st != MESA_OK || f->n_rows > 0 || s->end)
            break;
    }
    if (st != MESA_OK)
        return st;
    out->x = (struct mesa_cmatrix){ s->x, f->n_rows, f->n_features,
                                    f->n_features, NULL };
    out->y = s->y;
    out->n_classes = s->schema->n_classes;
    out->schema = s->schema;
    return MESA_OK;
}
