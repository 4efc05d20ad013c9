/* SPDX-License-Identifier: MIT */
/*
 * query_intake.c - labels that came back, against what was asked.
 *
 * Whoever fills in hundreds of rows is told of all that is wrong at once, by
 * line; nothing is taken in before all of it is right.
 */
#include "query_intake.h"

#include "text.h"

#include <stdio.h>
#include <string.h>

/* What is wrong with a file of labels: the first lines in full. */
struct complaints {
    struct mesa_text text;
    size_t           n;
    bool             earlier; /* about rows of another question */
};

enum { MAX_COMPLAINTS = 10 };

static void
complain(struct complaints *c, const char *path, uint64_t line,
         const char *fmt, ...) MESA_PRINTF(4, 5);

static void
complain(struct complaints *c, const char *path, uint64_t line,
         const char *fmt, ...)
{
    va_list args;

    if (c->n++ >= MAX_COMPLAINTS)
        return;
    mesa_text_printf(&c->text, "mesa-core: %s:", path);
    if (line > 0)
        mesa_text_printf(&c->text, "%llu:", (unsigned long long)line);
    mesa_text_add(&c->text, " ");
    va_start(args, fmt);
    mesa_text_vprintf(&c->text, fmt, args);
    va_end(args);
    mesa_text_add(&c->text, "\n");
}

/* "a, b, c"; cut where it gets long. */
static void
list_classes(const struct mesa_schema *s, char out[200])
{
    size_t n = 0;

    out[0] = '\0';
    for (uint32_t c = 0; c < s->n_classes; c++) {
        const char *name = s->class_name[c];

        if (n + strlen(name) + 8 > 200) {
            snprintf(out + n, 200 - n, ", ...");
            return;
        }
        n += (size_t)snprintf(out + n, 200 - n, "%s%s", c ? ", " : "", name);
    }
}

/* How much of a text to show: forty bytes, whole characters. */
static int
shown(const char *text)
{
    size_t n = strlen(text);

    if (n <= 40)
        return (int)n;
    for (n = 40; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
        ;
    return (int)n;
}

bool
mesa_intake_is_known(const struct mesa_intake *in,
                     const struct mesa_filled *f)
{
    const int32_t class_ = mesa_labels_class(in->train->schema, f->label);
    size_t row;

    return class_ >= 0 && mesa_labels_row(f->row, &row) &&
           mesa_answers_of(in->answers, row) == class_ &&
           mesa_labels_mismatch(f, in->train, row) == SIZE_MAX;
}

bool
mesa_intake_all_known(const struct mesa_intake *in)
{
    for (size_t i = 0; i < in->labels->n; i++)
        if (!mesa_intake_is_known(in, &in->labels->item[i]))
            return false;
    return in->labels->n > 0;
}

/* Answers as they come in: the line of each row asked for. */
struct sorting {
    const struct mesa_intake *in;
    size_t                   *place; /* of each training row, from 1 */
    uint64_t                 *line;  /* 0: not seen yet */
    int32_t                  *class_;
    struct complaints         complaints;
};

/* The place in the question that a line is about; SIZE_MAX: none. */
static size_t
find_place(struct sorting *s, const struct mesa_filled *f)
{
    const struct mesa_dataset *train = s->in->train;
    const char *path = s->in->path;
    int32_t before;
    size_t row;

    if (!mesa_labels_row(f->row, &row)) {
        complain(&s->complaints, path, f->line,
                 "row is '%.*s', expected the number of a row", shown(f->row),
                 f->row);
        return SIZE_MAX;
    }
    if (row < train->x.rows && s->place[row])
        return s->place[row] - 1;
    before = mesa_answers_of(s->in->answers, row);
    if (before >= 0) {
        const char *name = train->schema->class_name[before];

        s->complaints.earlier = true;
        complain(&s->complaints, path, f->line,
                 "row %zu was answered before, with '%.*s'", row, shown(name),
                 name);
    } else {
        complain(&s->complaints, path, f->line, "row %zu is not asked for",
                 row);
    }
    return SIZE_MAX;
}

/* Numbers of rows are the same in other data and in other runs. */
static bool
is_of_question(struct sorting *s, const struct mesa_filled *f, size_t row)
{
    const struct mesa_dataset *train = s->in->train;
    const size_t j = mesa_labels_mismatch(f, train, row);
    size_t iteration;

    if (j != SIZE_MAX) {
        complain(&s->complaints, s->in->path, f->line,
                 "row %zu has %s '%.*s', which is not what the data have; "
                 "without that column it is not looked at",
                 row, train->schema->column[j].name, shown(f->feature[j]),
                 f->feature[j]);
        return false;
    }
    if (!f->iteration || !*f->iteration ||
        (mesa_labels_row(f->iteration, &iteration) &&
         iteration == s->in->iteration))
        return true;
    complain(&s->complaints, s->in->path, f->line,
             "row %zu is of iteration '%.*s', the question that waits is of "
             "iteration %llu",
             row, shown(f->iteration), f->iteration,
             (unsigned long long)s->in->iteration);
    return false;
}

static void
take_line(struct sorting *s, const struct mesa_filled *f)
{
    const struct mesa_schema *schema = s->in->train->schema;
    const char *path = s->in->path;
    const size_t i = find_place(s, f);
    size_t row;
    char classes[200];

    if (i == SIZE_MAX)
        return;
    row = s->in->question->row[i];
    if (s->line[i]) {
        complain(&s->complaints, path, f->line,
                 "row %zu is in line %llu already", row,
                 (unsigned long long)s->line[i]);
        return;
    }
    s->line[i] = f->line;
    if (!is_of_question(s, f, row))
        return;
    s->class_[i] = mesa_labels_class(schema, f->label);
    if (s->class_[i] >= 0)
        return;
    list_classes(schema, classes);
    if (*f->label)
        complain(&s->complaints, path, f->line,
                 "row %zu has label '%.*s', expected one of %s", row,
                 shown(f->label), f->label, classes);
    else
        complain(&s->complaints, path, f->line,
                 "row %zu has no label, expected one of %s", row, classes);
}

/* All that is wrong, for people, and the sum of it. */
static mesa_status
refuse(const struct mesa_intake *in, struct complaints *c,
       struct mesa_error *err)
{
    char *text = mesa_text_take(&c->text);

    if (text)
        fputs(text, stderr);
    if (c->n > MAX_COMPLAINTS)
        fprintf(stderr, "mesa-core: and %zu more\n", c->n - MAX_COMPLAINTS);
    mesa_free(text);
    return mesa_fail(err, MESA_EDATA, "nothing of %s was taken in%s",
                     in->path,
                     c->earlier ? "; without --labels the question that "
                                  "waits is written"
                                : ": mend it and try again");
}

/* Not one label in it, and rows of the question only. */
static bool
is_unanswered(const struct sorting *s)
{
    const struct mesa_labels *l = s->in->labels;
    size_t row;

    for (size_t i = 0; i < l->n; i++)
        if (*l->item[i].label || !mesa_labels_row(l->item[i].row, &row) ||
            row >= s->in->train->x.rows || !s->place[row])
            return false;
    return l->n > 0;
}

static mesa_status
sort_lines(struct sorting *s, struct mesa_error *err)
{
    const struct mesa_question *question = s->in->question;

    for (size_t i = 0; i < question->n; i++)
        s->place[question->row[i]] = i + 1;
    if (is_unanswered(s))
        return mesa_fail(err, MESA_EDATA,
                         "%s is the question that waits: fill in its column "
                         "'%s' first",
                         s->in->path, s->in->label);
    for (size_t i = 0; i < s->in->labels->n; i++)
        take_line(s, &s->in->labels->item[i]);
    for (size_t i = 0; i < question->n; i++)
        if (!s->line[i])
            complain(&s->complaints, s->in->path, 0, "row %zu is missing",
                     question->row[i]);
    return s->complaints.n > 0 ? refuse(s->in, &s->complaints, err) : MESA_OK;
}

mesa_status
mesa_intake_take(const struct mesa_intake *in, int32_t *class_,
                 struct mesa_error *err)
{
    const size_t n = in->train->x.rows;
    struct sorting s = {
        .in = in,
        .place = mesa_alloc_array(n, sizeof *s.place),
        .line = mesa_alloc_array(in->question->n, sizeof *s.line),
        .class_ = class_
    };
    mesa_status st = s.place && s.line ? sort_lines(&s, err)
                                       : mesa_nomem(err, n, "rows");

    mesa_free(s.place);
    mesa_free(s.line);
    return st;
}
