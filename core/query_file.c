/* SPDX-License-Identifier: MIT */
/*
 * query_file.c - questions as CSV files, and the labels filled in there.
 *
 * Written as RFC 4180 says.  Read with what spreadsheets make of that: byte
 * order mark, semicolons or tabs, quotes everywhere or nowhere, CRLF, empty
 * lines, columns in another order or missing.
 */
#include "query_file.h"

#include "csv_text.h"
#include "files.h"

#include <mesa/number.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Columns beside the features and probabilities. */
enum { ROW, LABEL, ITERATION, UTILITY, N_OWN };

static const char prefix[] = "data_";

static bool
is_among(const char *name, char *const *other, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, other[i]) == 0)
            return true;
    return false;
}

static bool
is_feature(const char *name, const struct mesa_schema *s)
{
    for (size_t j = 0; j < s->n_columns; j++)
        if (strcmp(name, s->column[j].name) == 0)
            return true;
    return false;
}

/* The name, with as many prefixes as tell it from the first n of other, and
 * with any from the rest and from all features. */
static char *
distinct_name(const char *name, char *const *other, size_t n, size_t rest,
              const struct mesa_schema *s)
{
    char *out = mesa_strdup(name);
    bool clash = out && is_among(out, other, n);

    while (out && clash) {
        char *longer = mesa_asprintf("%s%s", prefix, out);

        mesa_free(out);
        out = longer;
        clash = out && (is_among(out, other, n + rest) || is_feature(out, s));
    }
    return out;
}

static const char *
label_of(const struct mesa_schema *s)
{
    return s->label ? s->label : "label";
}

char *
mesa_question_label(const struct mesa_schema *s)
{
    char *const row[] = { (char[]){ "row" } };

    return distinct_name(label_of(s), row, 1, 0, s);
}

static void
free_names(char **name, size_t n)
{
    for (size_t i = 0; name && i < n; i++)
        mesa_free(name[i]);
    mesa_free(name);
}

/* Names of all columns: those of our own, p_CLASS, features. */
static char **
make_names(const struct mesa_schema *s)
{
    const char *const own[N_OWN] = { "row", label_of(s), "iteration",
                                     "utility" };
    const size_t first = N_OWN + s->n_classes, n = first + s->n_columns;
    char **name = mesa_alloc_array(n, sizeof *name);

    for (size_t i = 0; i < n && name; i++) {
        char *p = i >= N_OWN && i < first
                      ? mesa_asprintf("p_%s", s->class_name[i - N_OWN])
                      : NULL;
        const char *wanted = i < N_OWN ? own[i]
                             : p       ? p
                             : i >= first ? s->column[i - first].name
                                          : NULL;
        const size_t before = i < first ? i : first;

        if (wanted)
            name[i] = distinct_name(wanted, name, before, i - before, s);
        mesa_free(p);
        if (!name[i]) {
            free_names(name, n);
            return NULL;
        }
    }
    return name;
}

static void
put_number(struct mesa_text *t, double v)
{
    char digits[MESA_DOUBLE_TEXT];

    mesa_format_double(v, digits);
    mesa_text_add(t, ",");
    mesa_text_add(t, digits);
}

static void
put_features(struct mesa_text *t, const struct mesa_dataset *d, size_t r)
{
    const double *x = mesa_row(&d->x, r);

    for (size_t j = 0; j < d->x.cols; j++) {
        const struct mesa_column *column = &d->schema->column[j];

        if (isnan(x[j]))
            mesa_text_add(t, ",");
        else if (column->type == MESA_CATEGORICAL)
            mesa_csv_put(t, ",", column->category[(size_t)x[j]]);
        else
            put_number(t, x[j]);
    }
}

static void
put_row(struct mesa_text *t, const struct mesa_dataset *train,
        const struct mesa_question *q, uint64_t iteration, size_t i)
{
    mesa_text_printf(t, "%zu,%llu", q->row[i], (unsigned long long)iteration);
    put_features(t, train, q->row[i]);
    for (uint32_t c = 0; c < train->n_classes; c++)
        if (q->proba)
            put_number(t, q->proba[i * train->n_classes + c]);
        else
            mesa_text_add(t, ",");
    if (q->utility)
        put_number(t, q->utility[i]);
    else
        mesa_text_add(t, ",");
    mesa_text_add(t, ",\n");
}

mesa_status
mesa_question_text(const struct mesa_dataset *train,
                   const struct mesa_question *q, uint64_t iteration,
                   char **out, struct mesa_error *err)
{
    const struct mesa_schema *s = train->schema;
    const size_t first = N_OWN + s->n_classes;
    char **name = make_names(s);
    struct mesa_text t = { 0 };

    *out = NULL;
    if (!name)
        return mesa_nomem(err, first + s->n_columns, "names");
    mesa_csv_put(&t, "", name[ROW]);
    mesa_csv_put(&t, ",", name[ITERATION]);
    for (size_t j = 0; j < s->n_columns; j++)
        mesa_csv_put(&t, ",", name[first + j]);
    for (size_t c = 0; c < s->n_classes; c++)
        mesa_csv_put(&t, ",", name[N_OWN + c]);
    mesa_csv_put(&t, ",", name[UTILITY]);
    mesa_csv_put(&t, ",", name[LABEL]);
    mesa_text_add(&t, "\n");
    for (size_t i = 0; i < q->n; i++)
        put_row(&t, train, q, iteration, i);
    free_names(name, first + s->n_columns);
    *out = mesa_text_take(&t);
    return *out ? MESA_OK : mesa_nomem(err, q->n, "rows to ask for");
}

/* A file being read, a record at a time. */
struct reader {
    const char  *shown, *p, *end;
    char        *to; /* where the text of fields goes */
    char         delimiter;
    uint64_t     line, start; /* start: of the record */
    size_t       n, room;
    const char **field;
};

static bool
is_blank(const struct reader *r, char c)
{
    return c == ' ' || c == '\r' || (c == '\t' && r->delimiter != '\t');
}

static bool
ends_field(const struct reader *r)
{
    return r->p == r->end || *r->p == r->delimiter || *r->p == '\n';
}

static mesa_status
read_quoted(struct reader *r, struct mesa_error *err)
{
    const uint64_t line = r->line;
    bool closed = false;

    for (r->p++; r->p < r->end && !closed; r->p++) {
        closed = *r->p == '"' && (r->p + 1 == r->end || r->p[1] != '"');
        if (closed)
            continue;
        r->p += *r->p == '"';
        r->line += *r->p == '\n';
        *r->to++ = *r->p;
    }
    if (!closed)
        return mesa_fail(err, MESA_EPARSE,
                         "%s:%llu: the quoted field that starts here has no "
                         "end",
                         r->shown, (unsigned long long)line);
    while (!ends_field(r) && is_blank(r, *r->p))
        r->p++;
    return ends_field(r) ? MESA_OK
                         : mesa_fail(err, MESA_EPARSE,
                                     "%s:%llu: there is text behind a quoted "
                                     "field",
                                     r->shown, (unsigned long long)r->line);
}

static mesa_status
read_field(struct reader *r, struct mesa_error *err)
{
    char *start = r->to;
    mesa_status st = MESA_OK;

    if (r->n == r->room) {
        const size_t room = 2 * r->room + 16;
        const char **more = mesa_realloc_array(r->field, room, sizeof *more);

        if (!more)
            return mesa_nomem(err, room, "fields");
        r->field = more;
        r->room = room;
    }
    while (!ends_field(r) && is_blank(r, *r->p))
        r->p++;
    if (r->p < r->end && *r->p == '"') {
        st = read_quoted(r, err);
    } else {
        while (!ends_field(r))
            *r->to++ = *r->p++;
        while (r->to > start && is_blank(r, r->to[-1]))
            r->to--;
    }
    *r->to++ = '\0';
    r->field[r->n++] = start;
    return st;
}

static mesa_status
read_record(struct reader *r, struct mesa_error *err)
{
    mesa_status st;
    char last;

    r->n = 0;
    r->start = r->line;
    do {
        st = read_field(r, err);
        last = '\n';
        if (st == MESA_OK && r->p < r->end)
            last = *r->p++;
    } while (st == MESA_OK && last != '\n');
    r->line++;
    return st;
}

static bool
is_empty(const struct reader *r)
{
    for (size_t k = 0; k < r->n; k++)
        if (*r->field[k])
            return false;
    return true;
}

/* Excel's word on what delimits the fields, a line of its own. */
static void
skip_sep(struct reader *r)
{
    const char *p = r->p;

    if (r->end - p < 5 || strncasecmp(p, "sep=", 4) != 0)
        return;
    p += 5;
    p += p < r->end && *p == '\r';
    if (p == r->end || *p != '\n')
        return;
    r->p = p + 1;
    r->line++;
}

/* The field that is called so; SIZE_MAX: none, or more than one. */
static size_t
find_field(const struct reader *r, const char *name)
{
    size_t found = SIZE_MAX;

    for (size_t k = 0; k < r->n; k++)
        if (strcmp(r->field[k], name) == 0) {
            if (found != SIZE_MAX)
                return SIZE_MAX;
            found = k;
        }
    return found;
}

/* Where the columns of a question are in a file; SIZE_MAX: nowhere. */
struct columns {
    size_t n, *at; /* as make_names lists them */
};

/* Whatever delimits the fields, two of them have names that are known. */
static mesa_status
read_header(struct reader *r, char *const *name, struct columns *columns,
            struct mesa_error *err)
{
    static const char delimiters[] = ",;\t";
    const struct reader begin = *r;

    for (const char *d = delimiters; *d; d++) {
        mesa_status st = MESA_OK;

        r->p = begin.p;
        r->to = begin.to;
        r->line = begin.line;
        r->delimiter = *d;
        do
            st = read_record(r, err);
        while (st == MESA_OK && is_empty(r) && r->p < r->end);
        if (st == MESA_ENOMEM)
            return st;
        columns->at[ROW] = find_field(r, name[ROW]);
        columns->at[LABEL] = find_field(r, name[LABEL]);
        if (st != MESA_OK || columns->at[ROW] == SIZE_MAX ||
            columns->at[LABEL] == SIZE_MAX)
            continue;
        for (size_t k = ITERATION; k < columns->n; k++)
            columns->at[k] = find_field(r, name[k]);
        return MESA_OK;
    }
    return mesa_fail(err, MESA_EDATA,
                     "%s: expected a line of column names, 'row' and '%s' "
                     "among them, as mesa-core query writes it",
                     r->shown, name[LABEL]);
}

/* UTF-16 has zeroes in it. */
static mesa_status
check_text(const char *path, const char *data, size_t n,
           struct mesa_error *err)
{
    if (memchr(data, '\0', n))
        return mesa_fail(err, MESA_EPARSE,
                         "%s is no text in UTF-8: spreadsheets call that CSV "
                         "UTF-8",
                         path);
    return MESA_OK;
}

/* Cells of a line, one for each column; NULL: the file has none. */
static mesa_status
add_filled(struct mesa_labels *to, const struct reader *r,
           const struct columns *c, size_t *room, struct mesa_error *err)
{
    const char **cell;

    if (to->n == *room) {
        const size_t more = 2 * *room + 64;
        struct mesa_filled *item = mesa_realloc_array(to->item, more,
                                                      sizeof *item);

        if (!item)
            return mesa_nomem(err, more, "labels");
        to->item = item;
        cell = mesa_realloc_array(to->cell, more, c->n * sizeof *cell);
        if (!cell)
            return mesa_nomem(err, more, "labels");
        to->cell = cell;
        *room = more;
    }
    cell = to->cell + to->n * c->n;
    for (size_t k = 0; k < c->n; k++)
        cell[k] = c->at[k] == SIZE_MAX ? NULL
                  : c->at[k] < r->n    ? r->field[c->at[k]]
                                       : "";
    to->item[to->n++].line = r->start;
    return MESA_OK;
}

/* Once the cells move no more. */
static void
point_to_cells(struct mesa_labels *l, const struct columns *c, size_t first)
{
    for (size_t i = 0; i < l->n; i++) {
        const char **cell = l->cell + i * c->n;

        l->item[i].row = cell[ROW];
        l->item[i].label = cell[LABEL];
        l->item[i].iteration = cell[ITERATION];
        l->item[i].feature = cell + first;
    }
    l->has_iteration = c->at[ITERATION] != SIZE_MAX;
}

static mesa_status
read_lines(struct mesa_labels *out, struct reader *r,
           const struct mesa_schema *s, struct mesa_error *err)
{
    const size_t first = N_OWN + s->n_classes, n = first + s->n_columns;
    char **name = make_names(s);
    struct columns c = { n, mesa_alloc_array(n, sizeof *c.at) };
    mesa_status st = name && c.at ? read_header(r, name, &c, err)
                                  : mesa_nomem(err, n, "names");
    size_t room = 0;

    while (st == MESA_OK && r->p < r->end) {
        st = read_record(r, err);
        if (st == MESA_OK && !is_empty(r))
            st = add_filled(out, r, &c, &room, err);
    }
    if (c.at)
        point_to_cells(out, &c, first);
    free_names(name, n);
    mesa_free(c.at);
    return st;
}

mesa_status
mesa_labels_read(struct mesa_labels *out, const char *path,
                 const struct mesa_schema *schema, struct mesa_error *err)
{
    struct reader r = { .shown = path, .line = 1 };
    mesa_status st;
    size_t n;

    memset(out, 0, sizeof *out);
    st = mesa_file_get(path, (size_t)1 << 30, &out->data, &n, err);
    if (st == MESA_OK)
        st = check_text(path, out->data, n, err);
    if (st != MESA_OK)
        return st;
    out->text = mesa_alloc_raw(n + 2, 1);
    if (!out->text)
        return mesa_nomem(err, n, "bytes of labels");
    r.p = out->data + (strncmp(out->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    r.end = out->data + n;
    r.to = out->text;
    skip_sep(&r);
    st = read_lines(out, &r, schema, err);
    mesa_free(r.field);
    return st;
}

void
mesa_labels_free(struct mesa_labels *labels)
{
    mesa_free(labels->item);
    mesa_free(labels->cell);
    mesa_free(labels->text);
    mesa_free(labels->data);
    memset(labels, 0, sizeof *labels);
}

bool
mesa_labels_row(const char *text, size_t *out)
{
    double v;

    if (!mesa_parse_double(text, text + strlen(text), &v) ||
        !(v >= 0 && v < 0x1p53) || v != floor(v))
        return false;
    *out = (size_t)v;
    return true;
}

static bool
read_number(const char *text, double *v)
{
    return mesa_parse_double(text, text + strlen(text), v) &&
           fabs(*v) <= DBL_MAX;
}

bool
mesa_labels_same(const char *a, const char *b)
{
    double v, w;

    return strcasecmp(a, b) == 0 ||
           (read_number(a, &v) && read_number(b, &w) && v == w);
}

int32_t
mesa_labels_class(const struct mesa_schema *s, const char *text)
{
    int32_t found = -1;
    double typed, v;

    for (uint32_t c = 0; c < s->n_classes; c++)
        if (strcmp(s->class_name[c], text) == 0)
            return (int32_t)c;
    if (read_number(text, &typed) && fabs(typed) < 0x1p53)
        for (uint32_t c = 0; c < s->n_classes; c++)
            if (read_number(s->class_name[c], &v) && v == typed)
                return (int32_t)c;
    for (uint32_t c = 0; c < s->n_classes; c++)
        if (strcasecmp(s->class_name[c], text) == 0) {
            if (found >= 0)
                return -1;
            found = (int32_t)c;
        }
    return found;
}

/* Spreadsheets show, and then save, no more than six digits of some numbers;
 * where the comma parts no fields, it may stand for the point. */
static bool
is_about(const char *text, double x)
{
    char copy[64];
    double v;

    if (!read_number(text, &v)) {
        snprintf(copy, sizeof copy, "%s", text);
        if (strchr(copy, ','))
            *strchr(copy, ',') = '.';
        if (!read_number(copy, &v))
            return isnan(x); /* NA, nan and such */
    }
    return fabs(v - x) <= 1e-5 * fabs(x);
}

static bool
is_category(const char *text, const struct mesa_column *column, double x)
{
    const char *name;
    size_t n;

    if (isnan(x))
        return true;
    name = column->category[(size_t)x];
    name += strspn(name, " \t\r\n");
    text += strspn(text, " \t\r\n");
    if (mesa_labels_same(text, name))
        return true;
    n = strlen(name);
    while (n > 0 && strchr(" \t\r\n", name[n - 1]))
        n--;
    return strncmp(text, name, n) == 0 &&
           text[n + strspn(text + n, " \t\r\n")] == '\0';
}

size_t
mesa_labels_mismatch(const struct mesa_filled *f,
                     const struct mesa_dataset *train, size_t row)
{
    const double *x = mesa_row(&train->x, row);

    for (size_t j = 0; j < train->x.cols; j++) {
        const struct mesa_column *column = &train->schema->column[j];
        const char *text = f->feature[j];

        if (!text || !*text)
            continue;
        if (column->type == MESA_CATEGORICAL ? !is_category(text, column, x[j])
                                             : !is_about(text, x[j]))
            return j;
    }
    return SIZE_MAX;
}
