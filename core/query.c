/* SPDX-License-Identifier: MIT */
/*
 * query.c - mesa-core query: a run whose questions a person answers.
 *
 * A question ends the run with a checkpoint, and is then written to a file.
 * The next run makes the same step again, is asked the same, and answers from
 * the file that came back.  What has been answered is in every checkpoint:
 * labels in a file that are not among it are never written over.
 */
#include "query.h"

#include "files.h"
#include "query_file.h"
#include "run_state.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct mesa_inquiry {
    const struct mesa_query_options *options;
    const char        *output;
    struct run        *run;
    char              *label;   /* the column in files    */
    struct mesa_labels labels;  /* of --labels            */
    bool               pending; /* they are yet to be put to use */
    bool               fresh;   /* they are in no checkpoint */
    bool               taken;   /* they are                  */
    size_t             n_asked;
    char              *question; /* to be written; NULL: none was asked */
    size_t             n;        /* answers so far */
    uint64_t          *row;
    int32_t           *class_;
    struct mesa_error  refusal; /* of labels or of a file; status OK: none */
};

static const struct mesa_dataset *
training(const struct mesa_inquiry *q)
{
    return mesa_host_data(&q->run->host, MESA_PART_TRAIN);
}

/* The class that a row was given; -1: none. */
static int32_t
answered(const struct mesa_inquiry *q, size_t row)
{
    for (size_t i = 0; i < q->n; i++)
        if (q->row[i] == row)
            return q->class_[i];
    return -1;
}

static bool
is_taken(const struct mesa_inquiry *q, const struct mesa_filled *filled)
{
    const int32_t class_ = mesa_labels_class(training(q)->schema,
                                             filled->label);
    size_t row;

    return class_ >= 0 && mesa_labels_row(filled->row, &row) &&
           answered(q, row) == class_;
}

/* Labels are somebody's work, and files that are no questions, too: neither
 * is written over. */
static mesa_status
check_output(const struct mesa_inquiry *q, struct mesa_error *err)
{
    struct mesa_labels old = { 0 };
    size_t n_lost = 0, n_filled = 0;
    mesa_status st = MESA_OK;
    struct stat s;

    if (stat(q->output, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size == 0)
        return MESA_OK;
    st = mesa_labels_read(&old, q->output, q->label, err);
    for (size_t i = 0; i < old.n; i++) {
        n_filled += *old.item[i].label != '\0';
        n_lost += *old.item[i].label && !is_taken(q, &old.item[i]);
    }
    if (st == MESA_EDATA || st == MESA_EPARSE ||
        (st == MESA_OK && n_filled == 0 && !old.has_iteration))
        st = mesa_fail(err, MESA_EEXIST,
                       "%s is there and holds no question of a run: give the "
                       "question another name with -o FILE",
                       q->output);
    else if (st == MESA_OK && n_lost > 0)
        st = mesa_fail(err, MESA_EEXIST,
                       "%s has %zu label%s that the run does not have: take "
                       "them in with --labels, or give the question another "
                       "name with -o FILE",
                       q->output, n_lost, n_lost == 1 ? "" : "s");
    mesa_labels_free(&old);
    return st;
}

static bool
same_file(const char *a, const char *b)
{
    struct stat s, t;

    return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev &&
           s.st_ino == t.st_ino;
}

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

/* Answers as they come in: the line of each row asked for, and its class. */
struct intake {
    const struct mesa_question *question;
    size_t                     *place; /* of each training row, from 1 */
    uint64_t                   *line;  /* 0: not seen yet */
    int32_t                    *class_;
    struct complaints           complaints;
};

/* The place in the question that a line is about; SIZE_MAX: none. */
static size_t
find_place(const struct mesa_inquiry *q, struct intake *in,
           const struct mesa_filled *f)
{
    const struct mesa_dataset *train = training(q);
    const char *path = q->options->labels;
    size_t row;

    if (!mesa_labels_row(f->row, &row)) {
        complain(&in->complaints, path, f->line,
                 "row is '%.40s', expected the number of a row", f->row);
        return SIZE_MAX;
    }
    if (row < train->x.rows && in->place[row])
        return in->place[row] - 1;
    if (answered(q, row) >= 0) {
        in->complaints.earlier = true;
        complain(&in->complaints, path, f->line,
                 "row %zu was answered before, with '%.64s'", row,
                 train->schema->class_name[answered(q, row)]);
    } else {
        complain(&in->complaints, path, f->line, "row %zu is not asked for",
                 row);
    }
    return SIZE_MAX;
}

static void
take_line(const struct mesa_inquiry *q, struct intake *in,
          const struct mesa_filled *f)
{
    const struct mesa_schema *schema = training(q)->schema;
    const char *path = q->options->labels;
    const size_t i = find_place(q, in, f);
    char classes[200];

    if (i == SIZE_MAX)
        return;
    if (in->line[i]) {
        complain(&in->complaints, path, f->line,
                 "row %zu is in line %llu already", in->question->row[i],
                 (unsigned long long)in->line[i]);
        return;
    }
    in->line[i] = f->line;
    in->class_[i] = mesa_labels_class(schema, f->label);
    if (in->class_[i] >= 0)
        return;
    list_classes(schema, classes);
    if (*f->label)
        complain(&in->complaints, path, f->line,
                 "row %zu has label '%.40s', expected one of %s",
                 in->question->row[i], f->label, classes);
    else
        complain(&in->complaints, path, f->line,
                 "row %zu has no label, expected one of %s",
                 in->question->row[i], classes);
}

/* All that is wrong, for people, and the sum of it. */
static mesa_status
refuse(const struct mesa_inquiry *q, struct complaints *c,
       struct mesa_error *err)
{
    char *text = mesa_text_take(&c->text);

    mesa_run_progress_end(q->run);
    if (text)
        fputs(text, stderr);
    if (c->n > MAX_COMPLAINTS)
        fprintf(stderr, "mesa-core: and %zu more\n", c->n - MAX_COMPLAINTS);
    mesa_free(text);
    return mesa_fail(err, MESA_EDATA, "nothing of %s was taken in%s",
                     q->options->labels,
                     c->earlier ? "; without --labels the question that "
                                  "waits is written"
                                : ": mend it and try again");
}

/* Room for n answers. */
static mesa_status
make_room(struct mesa_inquiry *q, size_t n, struct mesa_error *err)
{
    uint64_t *row = mesa_realloc_array(q->row, n, sizeof *row);
    int32_t *class_;

    if (!row)
        return mesa_nomem(err, n, "answers");
    q->row = row;
    class_ = mesa_realloc_array(q->class_, n, sizeof *class_);
    if (!class_)
        return mesa_nomem(err, n, "answers");
    q->class_ = class_;
    return MESA_OK;
}

/* To the answers so far. */
static mesa_status
remember(struct mesa_inquiry *q, const struct mesa_question *question,
         const int32_t *class_, struct mesa_error *err)
{
    mesa_status st = make_room(q, q->n + question->n, err);

    for (size_t i = 0; i < question->n && st == MESA_OK; i++) {
        q->row[q->n] = question->row[i];
        q->class_[q->n++] = class_[i];
    }
    return st;
}

static mesa_status
check_rows(const struct mesa_inquiry *q, const struct mesa_question *question,
           struct mesa_error *err)
{
    const struct mesa_dataset *train = training(q);

    for (size_t i = 0; i < question->n; i++)
        if (!train || question->row[i] >= train->x.rows)
            return mesa_fail(err, MESA_EINVAL,
                             "row %zu is no training row", question->row[i]);
    return MESA_OK;
}

static mesa_status
take_labels(struct mesa_inquiry *q, const struct mesa_question *question,
            int32_t *class_, struct mesa_error *err)
{
    struct intake in = {
        .question = question,
        .place = mesa_alloc_array(training(q)->x.rows, sizeof *in.place),
        .line = mesa_alloc_array(question->n, sizeof *in.line),
        .class_ = class_
    };
    mesa_status st = MESA_OK;

    if (!in.place || !in.line) {
        st = mesa_nomem(err, training(q)->x.rows, "rows");
    } else {
        for (size_t i = 0; i < question->n; i++)
            in.place[question->row[i]] = i + 1;
        for (size_t i = 0; i < q->labels.n; i++)
            take_line(q, &in, &q->labels.item[i]);
        for (size_t i = 0; i < question->n; i++)
            if (!in.line[i])
                complain(&in.complaints, q->options->labels, 0,
                         "row %zu is missing", question->row[i]);
        if (in.complaints.n > 0)
            st = refuse(q, &in.complaints, err);
    }
    mesa_free(in.place);
    mesa_free(in.line);
    if (st == MESA_OK)
        st = remember(q, question, class_, err);
    return st == MESA_OK ? check_output(q, err) : st;
}

/* Put off: the file is written when the checkpoint is. */
static mesa_status
put_question(struct mesa_inquiry *q, const struct mesa_question *question,
             struct mesa_error *err)
{
    const uint64_t iteration = q->run->at_step + (question->proba != NULL);
    mesa_status st = check_output(q, err);

    if (st == MESA_OK)
        st = mesa_question_text(training(q), question, iteration,
                                &q->question, err);
    q->n_asked = question->n;
    return st;
}

static mesa_status
ask(void *context, const struct mesa_question *question, int32_t *label,
    enum mesa_answer *answer, struct mesa_error *err)
{
    struct mesa_inquiry *q = context;
    mesa_status st = check_rows(q, question, err);

    *answer = MESA_ANSWER_LATER;
    if (st != MESA_OK || q->question || mesa_host_cancelled(&q->run->host))
        return st;
    if (q->pending) {
        st = take_labels(q, question, label, err);
        q->pending = st != MESA_OK;
        q->fresh = st == MESA_OK;
        *answer = MESA_ANSWER_GIVEN;
    } else if (q->options->finish) {
        *answer = MESA_ANSWER_NEVER;
    } else {
        st = put_question(q, question, err);
        atomic_store(q->run->host.heard, true);
    }
    if (st != MESA_OK)
        q->refusal = *err;
    return st;
}

mesa_status
mesa_query_attach(struct mesa_inquiry *q, struct run *run,
                  struct mesa_error *err)
{
    const char *labels = q->options->labels;
    mesa_status st = MESA_OK;

    q->run = run;
    run->host.ask = ask;
    run->host.ask_context = q;
    if (!training(q) || !training(q)->y)
        return MESA_OK;
    q->label = mesa_question_label(training(q)->schema);
    if (!q->label)
        return mesa_nomem(err, 1, "label name");
    if (labels)
        st = mesa_labels_read(&q->labels, labels, q->label, err);
    q->pending = labels != NULL;
    /* What is about to start over has no answers. */
    if (st == MESA_OK && run->control->force &&
        !(labels && same_file(labels, q->output)))
        st = check_output(q, err);
    return st;
}

bool
mesa_query_has_new(const struct mesa_inquiry *q)
{
    return q->fresh;
}

void
mesa_query_kept(struct mesa_inquiry *q)
{
    if (q->fresh)
        mesa_host_say(&q->run->host, "labels taken in from %s: %zu",
                      q->options->labels, q->labels.n);
    q->taken = q->taken || q->fresh;
    q->fresh = false;
}

mesa_status
mesa_query_save(const struct mesa_inquiry *q, struct mesa_archive *to,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (q->n == 0)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "answers.row", MESA_U64, q->n, q->row,
                                 err);
    return st == MESA_OK
               ? mesa_archive_put_vector(to, "answers.class", MESA_I32, q->n,
                                         q->class_, err)
               : st;
}

/* Rows and classes of these data? */
static bool
are_answers(const struct mesa_dataset *train, const struct mesa_tensor *row,
            const int32_t *class_)
{
    if (!train)
        return false;
    for (size_t i = 0; i < row->shape[0]; i++)
        if (((const uint64_t *)row->data)[i] >= train->x.rows ||
            class_[i] < 0 || (uint32_t)class_[i] >= train->n_classes)
            return false;
    return true;
}

mesa_status
mesa_query_load(struct mesa_inquiry *q, const struct mesa_archive *from,
                struct mesa_error *err)
{
    struct mesa_tensor row, class_;
    mesa_status st = mesa_archive_get(from, "answers.row", &row, err);

    q->n = 0; /* those of a checkpoint that did not load */
    if (st == MESA_ENOTFOUND) /* so far the data have answered */
        return MESA_OK;
    if (st == MESA_OK)
        st = mesa_archive_get(from, "answers.class", &class_, err);
    if (st != MESA_OK)
        return st;
    if (row.dtype != MESA_U64 || row.n_dims != 1 ||
        class_.dtype != MESA_I32 || class_.n_dims != 1 ||
        class_.shape[0] != row.shape[0] ||
        !are_answers(training(q), &row, class_.data))
        return mesa_fail(err, MESA_EPARSE,
                         "tensors 'answers' are no rows and classes of the "
                         "data");
    st = make_room(q, row.shape[0], err);
    if (st != MESA_OK)
        return st;
    q->n = row.shape[0];
    memcpy(q->row, row.data, q->n * sizeof *q->row);
    memcpy(q->class_, class_.data, q->n * sizeof *q->class_);
    return MESA_OK;
}

/* For a shell. */
static void
put_word(struct mesa_text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=,:@%+";

    mesa_text_add(t, " ");
    if (*word && strspn(word, plain) == strlen(word)) {
        mesa_text_add(t, word);
        return;
    }
    mesa_text_add(t, "'");
    for (; *word; word++)
        mesa_text_printf(t, *word == '\'' ? "'\\%c'" : "%c", *word);
    mesa_text_add(t, "'");
}

/* How to go on, on a line of its own. */
static void
show_command(const struct mesa_query_options *o, const char *labels)
{
    struct mesa_text t = { 0 };
    char *text;

    mesa_text_add(&t, "  mesa-core query -c");
    put_word(&t, o->config);
    for (size_t i = 0; i < o->n_set; i++) {
        mesa_text_add(&t, " --set");
        put_word(&t, o->set[i]);
    }
    if (o->output) {
        mesa_text_add(&t, " -o");
        put_word(&t, o->output);
    }
    if (labels) {
        mesa_text_add(&t, " --labels");
        put_word(&t, labels);
    }
    text = mesa_text_take(&t);
    if (text)
        fprintf(stderr, "%s\n", text);
    mesa_free(text);
}

/* The run has stopped with a checkpoint: because of a question, or before. */
static enum mesa_exit
hand_over(const struct mesa_inquiry *q, struct mesa_error *err)
{
    const char *labels = q->pending ? q->options->labels : NULL;
    struct mesa_file *file;
    mesa_status st;

    if (!q->question) {
        fprintf(stderr, "mesa-core: stopped before it asked; go on with\n");
        show_command(q->options, labels);
        return MESA_EXIT_STOPPED;
    }
    st = mesa_file_open_path(&file, q->output, err);
    if (st == MESA_OK) {
        mesa_file_write(file, q->question, strlen(q->question));
        st = mesa_file_commit(file, err);
    }
    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_OUTPUT);
    fprintf(stderr,
            "mesa-core: %zu row%s of %s wait%s for a label in column '%s'; "
            "then go on with\n",
            q->n_asked, q->n_asked == 1 ? "" : "s", q->output,
            q->n_asked == 1 ? "s" : "", q->label);
    show_command(q->options, q->output);
    return MESA_EXIT_STOPPED;
}

static void
free_query(struct mesa_inquiry *q)
{
    mesa_labels_free(&q->labels);
    mesa_free(q->label);
    mesa_free(q->question);
    mesa_free(q->row);
    mesa_free(q->class_);
}

enum mesa_exit
mesa_query(struct mesa_recipe *recipe,
           const struct mesa_query_options *options,
           const struct mesa_run_control *control, struct mesa_error *err)
{
    struct mesa_inquiry q = { .options = options };
    struct mesa_run_control own = *control;
    enum mesa_exit code;

    if (!mesa_recipe_asks(recipe))
        return mesa_exit_code(
            mesa_fail(err, MESA_EINVAL,
                      "query needs a [metalearner] that asks for labels, such "
                      "as active"),
            MESA_STAGE_CONFIG);
    q.output = options->output ? options->output : "to_label.csv";
    own.resume = !own.force;
    own.query = &q;
    code = mesa_run(recipe, &own, err);
    if (code == MESA_EXIT_STOPPED) {
        err->message[0] = '\0';
        code = hand_over(&q, err);
    } else if (q.refusal.status != MESA_OK) {
        *err = q.refusal; /* whatever step it was in */
    } else if (code == MESA_EXIT_OK && options->labels && !q.taken) {
        code = mesa_exit_code(
            mesa_fail(err, MESA_EDATA,
                      "the run is complete, labels of %s were not needed",
                      options->labels),
            MESA_STAGE_DATA);
    }
    free_query(&q);
    return code;
}
