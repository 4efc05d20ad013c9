/* SPDX-License-Identifier: MIT */
/*
 * head.c - the header of an ARFF file, up to @data: Weka's and OpenML's, and
 * KEEL's, which gives ranges of numbers and names inputs and outputs.
 */
#include "arff.h"

#include <string.h>

/* The header in memory, and the line in hand. */
struct head {
    struct arff_file *file;
    char             *buffer;
    size_t            n;
    const char       *at, *end; /* the rest of the line, trimmed */
    uint64_t          line;
};

static mesa_status
blame(const struct head *h, mesa_status st, struct mesa_error *err)
{
    return csv_blame(&h->file->lines.in, h->line, st, err);
}

/* Do the letters at p spell the lower-case word, in any case, and end? */
static bool
spells(const char *p, const char *end, const char *word)
{
    for (; *word; p++, word++)
        if (p == end || (*p | 0x20) != *word)
            return false;
    return p == end || strchr(" \t\r\n,{[(", *p);
}

/* If the line starts with the keyword, go past it. */
static bool
take_keyword(struct head *h, const char *word)
{
    if (h->at == h->end || *h->at != '@' || !spells(h->at + 1, h->end, word))
        return false;
    h->at = arff_skip(h->at + 1 + strlen(word), h->end);
    return true;
}

static mesa_status
add_word(struct csv_words *to, const struct arff_text *text,
         struct mesa_error *err)
{
    char *copy = arff_copy(text);
    mesa_status st = copy ? csv_words_add(to, copy, strlen(copy), err)
                          : mesa_nomem(err, 1, "name");

    mesa_free(copy);
    return st;
}

/* Names or values separated by commas up to `close`, each once.  *p: behind
 * them. */
static mesa_status
take_list(struct head *h, char close, const char *what, struct csv_words *to,
          struct mesa_error *err)
{
    struct arff_text text;
    enum arff_fault fault;
    const char *p = h->at;
    mesa_status st = MESA_OK;

    do {
        size_t before = to->n;

        p = arff_cut(p, h->end, close, false, &text, &fault);
        if (!p)
            return blame(h, arff_fault_blame(fault, err), err);
        if (text.begin == text.end && !text.quoted)
            return blame(h, mesa_fail(err, MESA_EPARSE, "%s is empty", what),
                         err);
        st = add_word(to, &text, err);
        if (st == MESA_OK && to->n == before)
            return blame(h,
                         mesa_fail(err, MESA_EPARSE, "%s '%.*s' comes twice",
                                   what, arff_shown(&text), text.begin),
                         err);
    } while (st == MESA_OK && p < h->end && *p++ == ',');
    if (st == MESA_OK && close && (p == h->at || p[-1] != close))
        return blame(h, mesa_fail(err, MESA_EPARSE, "a list of values has no "
                                                    "closing brace"),
                     err);
    h->at = arff_skip(p, h->end);
    return st;
}

static mesa_status
new_attribute(struct head *h, struct arff_attribute **out,
              struct mesa_error *err)
{
    struct arff_file *f = h->file;

    if (f->n == f->capacity) {
        size_t wanted = f->capacity ? f->capacity * 2 : 16;
        struct arff_attribute *more = mesa_realloc_array(
            f->attribute, wanted, sizeof *more);

        if (!more)
            return mesa_nomem(err, wanted, "attributes");
        f->attribute = more;
        f->capacity = wanted;
    }
    *out = &f->attribute[f->n++];
    memset(*out, 0, sizeof **out);
    (*out)->line = h->line;
    return MESA_OK;
}

/* KEEL gives the range of a number, which rows may well leave. */
static mesa_status
take_range(struct head *h, struct mesa_error *err)
{
    const char *close;

    if (h->at == h->end || *h->at != '[')
        return MESA_OK;
    close = memchr(h->at, ']', (size_t)(h->end - h->at));
    if (!close)
        return blame(h, mesa_fail(err, MESA_EPARSE, "a range has no closing "
                                                    "bracket"),
                     err);
    h->at = arff_skip(close + 1, h->end);
    return MESA_OK;
}

static mesa_status
take_type(struct head *h, struct arff_attribute *a, struct mesa_error *err)
{
    static const char *const numeric[] = { "numeric", "real", "integer" };
    const char *p = h->at;

    if (p < h->end && *p == '{') {
        a->type = ARFF_NOMINAL;
        h->at++;
        return take_list(h, '}', "a value", &a->value, err);
    }
    while (p < h->end && !strchr(" \t,{[", *p))
        p++;
    if (p == h->at)
        return blame(h, mesa_fail(err, MESA_EPARSE, "an attribute without a "
                                                    "type"),
                     err);
    for (size_t i = 0; i < 3; i++)
        if (spells(h->at, p, numeric[i])) {
            h->at = arff_skip(p, h->end);
            return take_range(h, err);
        }
    a->type = ARFF_OTHER;
    a->type_name = mesa_asprintf(
        "%.*s", (int)(p - h->at < 40 ? p - h->at : 40), h->at);
    h->at = h->end; /* a format of dates may follow */
    return a->type_name ? MESA_OK : mesa_nomem(err, 1, "type");
}

/* The name ends at a blank or at what starts a type: KEEL has Class{a,b}. */
static const char *
cut_name(const struct head *h, struct arff_text *text, enum arff_fault *fault)
{
    const char *p = h->at;

    if (p < h->end && (*p == '\'' || *p == '"'))
        return arff_cut(p, h->end, '{', true, text, fault);
    *fault = ARFF_FINE;
    text->quoted = text->escaped = false;
    text->begin = p;
    while (p < h->end && !strchr(" \t{", *p))
        p++;
    text->end = p;
    return p;
}

static mesa_status
take_attribute(struct head *h, struct mesa_error *err)
{
    struct csv_words *name = &h->file->name;
    struct arff_attribute *a = NULL;
    struct arff_text text;
    enum arff_fault fault;
    const char *p = cut_name(h, &text, &fault);
    mesa_status st;

    if (!p)
        return blame(h, arff_fault_blame(fault, err), err);
    if (text.begin == text.end)
        return blame(h, mesa_fail(err, MESA_EPARSE,
                                  "an attribute without a name"),
                     err);
    st = add_word(name, &text, err);
    if (st == MESA_OK && name->n == h->file->n)
        return blame(h,
                     mesa_fail(err, MESA_EPARSE,
                               "attribute '%.*s' comes twice",
                               arff_shown(&text), text.begin),
                     err);
    if (st == MESA_OK)
        st = new_attribute(h, &a, err);
    h->at = arff_skip(p, h->end);
    if (st == MESA_OK)
        st = take_type(h, a, err);
    if (st == MESA_OK && h->at < h->end && *h->at != '%')
        st = blame(h, mesa_fail(err, MESA_EPARSE,
                                "text after the type of attribute '%.64s'",
                                name->text[name->n - 1]),
                   err);
    return st;
}

/* One line of the header; *done: it was @data. */
static mesa_status
take_line(struct head *h, bool *done, struct mesa_error *err)
{
    struct arff_file *f = h->file;

    if (h->at == h->end || *h->at == '%' || take_keyword(h, "relation"))
        return MESA_OK;
    if (take_keyword(h, "attribute"))
        return take_attribute(h, err);
    if (take_keyword(h, "inputs") || take_keyword(h, "input"))
        return take_list(h, '\0', "an input", &f->inputs, err);
    if (take_keyword(h, "outputs") || take_keyword(h, "output"))
        return take_list(h, '\0', "an output", &f->outputs, err);
    *done = take_keyword(h, "data");
    if (*done)
        return MESA_OK;
    return blame(h,
                 mesa_fail(err, MESA_EPARSE,
                           "expected @relation, @attribute, @inputs, "
                           "@outputs or @data"),
                 err);
}

static bool
is_header(const struct head *h, size_t at)
{
    const char *p = arff_skip(h->buffer + at, h->buffer + h->n);

    return h->buffer + h->n - p >= 5 && p[0] == '@' &&
           spells(p + 1, p + 5, "data");
}

/* Read on until a line is @data: rows can be many. */
static mesa_status
load(struct head *h, struct mesa_error *err)
{
    const struct csv_input *in = &h->file->lines.in;
    size_t want = (size_t)1 << 16, line = 0;
    mesa_status st = MESA_OK;

    for (;;) {
        size_t have = h->n;
        char *more;

        want = in->size < want ? (size_t)in->size : want;
        more = mesa_realloc_array(h->buffer, want + 1, 1);
        if (!more)
            return mesa_nomem(err, want, "bytes of a header");
        h->buffer = more;
        st = csv_input_read(in, have, want - have, more + have, err);
        if (st != MESA_OK)
            return st;
        h->n = want;
        for (char *p; (p = memchr(more + line, '\n', want - line)) != NULL;) {
            if (is_header(h, line))
                return MESA_OK;
            line = (size_t)(p + 1 - more);
        }
        if (want == in->size)
            return MESA_OK;
        want = want > SIZE_MAX / 2 ? SIZE_MAX : want * 2;
    }
}

/* The lines up to @data; rows start behind it. */
static mesa_status
read_lines(struct head *h, struct mesa_error *err)
{
    struct lines *l = &h->file->lines;
    const char *p = h->buffer, *stop = h->buffer + h->n;
    mesa_status st = MESA_OK;
    bool done = false;

    if (h->n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < stop && !done && st == MESA_OK) {
        const char *newline = memchr(p, '\n', (size_t)(stop - p));
        const char *end = newline ? newline : stop;

        h->line++;
        h->at = arff_skip(p, end);
        h->end = end;
        while (h->end > h->at && strchr(" \t\r", h->end[-1]))
            h->end--;
        if (memchr(p, '\0', (size_t)(end - p)))
            return blame(h, mesa_fail(err, MESA_EPARSE, "a NUL byte"), err);
        st = take_line(h, &done, err);
        p = newline ? newline + 1 : stop;
    }
    if (st == MESA_OK && !done)
        return mesa_fail(err, MESA_EPARSE,
                         "%s has no @data line: it is no ARFF file, or its "
                         "end is missing",
                         l->in.shown);
    l->start = (uint64_t)(p - h->buffer);
    l->start_line = h->line + 1;
    return st;
}

mesa_status
arff_head_read(struct arff_file *f, const struct arff *arff, const char *path,
               struct mesa_error *err)
{
    struct lines *l = &f->lines;
    struct head h = { .file = f };
    mesa_status st = csv_input_open(&l->in, path, err);

    f->arff = arff;
    if (st == MESA_OK)
        st = load(&h, err);
    if (st == MESA_OK)
        st = read_lines(&h, err);
    mesa_free(h.buffer);
    l->comment = '%';
    l->block_size = (size_t)arff->block_size;
    if (st == MESA_OK)
        l->n_blocks = (size_t)((l->in.size - l->start + l->block_size - 1) /
                               l->block_size);
    return st;
}

void
arff_file_free(struct arff_file *f)
{
    for (size_t k = 0; k < f->n; k++) {
        mesa_free(f->attribute[k].type_name);
        csv_words_free(&f->attribute[k].value);
    }
    mesa_free(f->attribute);
    csv_words_free(&f->name);
    csv_words_free(&f->inputs);
    csv_words_free(&f->outputs);
    lines_free(&f->lines);
}
