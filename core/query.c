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
#include "query_intake.h"
#include "run_state.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mesa_inquiry {
    const struct mesa_query_options *options;
    const char         *output;
    struct run         *run;
    char               *label;   /* the column in files    */
    struct mesa_labels  labels;  /* of --labels            */
    bool                pending; /* they are yet to be put to use */
    bool                fresh;   /* they are in no checkpoint */
    bool                taken;   /* they are                  */
    size_t              n_asked;
    char               *question; /* to be written; NULL: none was asked */
    struct mesa_answers answers;  /* so far */
    struct mesa_error   refusal;  /* of labels or of a file; OK: none */
};

/* The folder that a file is in, in fresh memory. */
static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return mesa_strdup(".");
    return mesa_asprintf("%.*s", (int)(slash > path ? slash - path : 1), path);
}

static const struct mesa_dataset *
training(const struct mesa_inquiry *q)
{
    return mesa_host_data(&q->run->host, MESA_PART_TRAIN);
}

/* How many labels a file has that the run does not. */
static size_t
count_lost(const struct mesa_inquiry *q, const struct mesa_labels *old)
{
    const struct mesa_intake in = { .train = training(q),
                                    .answers = &q->answers };
    size_t n = 0;

    for (size_t i = 0; i < old->n; i++)
        n += *old->item[i].label && !mesa_intake_is_known(&in, &old->item[i]);
    return n;
}

static bool
is_question(const struct mesa_labels *old)
{
    for (size_t i = 0; i < old->n; i++)
        if (*old->item[i].label)
            return true;
    return old->has_iteration;
}

/* Labels are somebody's work, and files that are no questions, too: neither
 * is written over.  Where nothing is to be written, labels alone count. */
static mesa_status
check_output(const struct mesa_inquiry *q, bool writes, struct mesa_error *err)
{
    struct mesa_labels old = { 0 };
    size_t n_lost = 0;
    bool question = false;
    mesa_status st = MESA_OK;
    struct stat s;

    if (stat(q->output, &s) != 0 || !S_ISREG(s.st_mode) || s.st_size == 0)
        return MESA_OK;
    st = mesa_labels_read(&old, q->output, training(q)->schema, err);
    if (st == MESA_OK) {
        n_lost = count_lost(q, &old);
        question = is_question(&old);
    }
    mesa_labels_free(&old);
    if (st != MESA_OK && st != MESA_EDATA && st != MESA_EPARSE)
        return st;
    if (n_lost > 0)
        return mesa_fail(err, MESA_EEXIST,
                         "%s has %zu label%s that the run does not have: take "
                         "them in with --labels, or give the question another "
                         "name with -o FILE",
                         q->output, n_lost, n_lost == 1 ? "" : "s");
    if (writes && !question)
        return mesa_fail(err, MESA_EEXIST,
                         "%s is there and holds no question of a run: give "
                         "the question another name with -o FILE",
                         q->output);
    return MESA_OK;
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

static uint64_t
iteration_of(const struct mesa_inquiry *q,
             const struct mesa_question *question)
{
    return q->run->at_step + (question->proba != NULL);
}

/* *already: they were taken in before, and this question is another. */
static mesa_status
take_labels(struct mesa_inquiry *q, const struct mesa_question *question,
            int32_t *class_, bool *already, struct mesa_error *err)
{
    const struct mesa_intake in = { .train = training(q),
                                    .question = question,
                                    .iteration = iteration_of(q, question),
                                    .answers = &q->answers,
                                    .labels = &q->labels,
                                    .path = q->options->labels,
                                    .label = q->label };
    mesa_status st;

    *already = mesa_intake_all_known(&in);
    if (*already)
        return MESA_OK;
    mesa_run_progress_end(q->run);
    st = mesa_intake_take(&in, class_, err);
    if (st == MESA_OK)
        st = mesa_answers_add(&q->answers, question, in.iteration, class_,
                              err);
    return st == MESA_OK ? check_output(q, !q->options->finish, err) : st;
}

/* Put off: the file is written when the checkpoint is. */
static mesa_status
put_question(struct mesa_inquiry *q, const struct mesa_question *question,
             struct mesa_error *err)
{
    mesa_status st = check_output(q, true, err);

    if (st == MESA_OK)
        st = mesa_question_text(training(q), question,
                                iteration_of(q, question), &q->question, err);
    q->n_asked = question->n;
    return st;
}

/* By the file that came back; *answer stays if that was for another one. */
static mesa_status
answer_from_file(struct mesa_inquiry *q, const struct mesa_question *question,
                 int32_t *label, enum mesa_answer *answer,
                 struct mesa_error *err)
{
    bool already;
    mesa_status st = take_labels(q, question, label, &already, err);

    if (st != MESA_OK)
        return st;
    q->pending = false;
    if (already) {
        q->taken = true;
        mesa_host_say(&q->run->host, "labels of %s were taken in before",
                      q->options->labels);
    } else {
        q->fresh = true;
        *answer = MESA_ANSWER_GIVEN;
    }
    return MESA_OK;
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
    if (q->pending)
        st = answer_from_file(q, question, label, answer, err);
    if (st == MESA_OK && *answer == MESA_ANSWER_LATER) {
        if (q->options->finish) {
            st = check_output(q, false, err);
            *answer = MESA_ANSWER_NEVER;
        } else {
            st = put_question(q, question, err);
            atomic_store(q->run->host.heard, true);
        }
    }
    if (st != MESA_OK)
        q->refusal = *err;
    return st;
}

mesa_status
mesa_query_attach(struct mesa_inquiry *q, struct run *run,
                  struct mesa_error *err)
{
    const struct mesa_dataset *train;
    mesa_status st;

    q->run = run;
    run->host.ask = ask;
    run->host.ask_context = q;
    train = training(q);
    if (!train || !train->y)
        return MESA_OK;
    if (train->n_classes < 2)
        return mesa_fail(err, MESA_EDATA,
                         "the data name %u class%s, there is nothing to ask: "
                         "list all classes in [data] classes",
                         (unsigned)train->n_classes,
                         train->n_classes == 1 ? "" : "es");
    st = mesa_answers_init(&q->answers, train->x.rows, err);
    if (st != MESA_OK)
        return st;
    q->label = mesa_question_label(train->schema);
    if (!q->label)
        return mesa_nomem(err, 1, "label name");
    q->pending = q->options->labels != NULL;
    if (q->pending)
        return mesa_labels_read(&q->labels, q->options->labels, train->schema,
                                err);
    /* What is about to start over has no answers. */
    return run->control->force ? check_output(q, true, err) : MESA_OK;
}

/* ".NAME.PID.N.tmp", and that process is no more. */
static bool
is_left_behind(const char *entry, const char *name)
{
    const size_t n = MESA_MIN(strlen(name), (size_t)100);
    char *end;
    long pid;

    if (entry[0] != '.' || strncmp(entry + 1, name, n) != 0 ||
        entry[n + 1] != '.')
        return false;
    pid = strtol(entry + n + 2, &end, 10);
    if (pid <= 0 || *end != '.')
        return false;
    end += 1 + strspn(end + 1, "0123456789");
    return strcmp(end, ".tmp") == 0 && kill((pid_t)pid, 0) != 0 &&
           errno == ESRCH;
}

void
mesa_query_clean(const struct mesa_inquiry *q)
{
    const char *slash = strrchr(q->output, '/');
    const char *name = slash ? slash + 1 : q->output;
    char *path = folder_of(q->output);
    DIR *folder = path ? opendir(path) : NULL;
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (is_left_behind(entry->d_name, name))
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    mesa_free(path);
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

    if (q->fresh)
        st = mesa_answers_write(&q->answers, training(q)->schema,
                                q->run->folder, err);
    return st == MESA_OK ? mesa_answers_save(&q->answers, to, err) : st;
}

mesa_status
mesa_query_load(struct mesa_inquiry *q, const struct mesa_archive *from,
                struct mesa_error *err)
{
    const struct mesa_dataset *train = training(q);

    return mesa_answers_load(&q->answers, from, train ? train->n_classes : 0,
                             err);
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

enum mesa_exit
mesa_query_hand_over(const struct mesa_inquiry *q, struct mesa_error *err)
{
    const char *labels = q->pending ? q->options->labels : NULL;
    struct mesa_file *file;
    mesa_status st;

    mesa_run_progress_end(q->run);
    if (!q->question) {
        fprintf(stderr, "mesa-core: stopped before it asked; go on with\n");
        show_command(q->options, labels);
        return MESA_EXIT_STOPPED;
    }
    /* Somebody may have been at the file since the fit began. */
    st = check_output(q, true, err);
    if (st == MESA_OK)
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
    mesa_answers_free(&q->answers);
    mesa_free(q->label);
    mesa_free(q->question);
}

/* Labels that no question wanted are fine if they are those of the run. */
static mesa_status
check_unused(const struct mesa_recipe *recipe, const char *labels,
             struct mesa_error *err)
{
    char *folder = mesa_run_folder(recipe);
    const bool known = folder && mesa_answers_have(folder, labels);

    mesa_free(folder);
    return known ? MESA_OK
                 : mesa_fail(err, MESA_EDATA,
                             "the run is complete, labels of %s were not "
                             "needed",
                             labels);
}

/* Before a fit that may take hours. */
static mesa_status
check_place(const char *output, struct mesa_error *err)
{
    char *folder = folder_of(output);
    mesa_status st = MESA_OK;
    struct stat s;

    if (!folder)
        return mesa_nomem(err, 1, "path");
    if (access(folder, W_OK | X_OK) != 0)
        st = mesa_fail(err, MESA_EIO, "cannot write %s: %s", output,
                       strerror(errno));
    else if (stat(output, &s) == 0 && !S_ISREG(s.st_mode))
        st = mesa_fail(err, MESA_EIO,
                       "cannot write %s: it is no regular file", output);
    mesa_free(folder);
    return st;
}

enum mesa_exit
mesa_query(struct mesa_recipe *recipe,
           const struct mesa_query_options *options,
           const struct mesa_run_control *control, struct mesa_error *err)
{
    struct mesa_inquiry q = { .options = options };
    struct mesa_run_control own = *control;
    enum mesa_exit code;
    mesa_status st;

    if (!mesa_recipe_asks(recipe))
        return mesa_exit_code(
            mesa_fail(err, MESA_EINVAL,
                      "query needs a [metalearner] that asks for labels, such "
                      "as active"),
            MESA_STAGE_CONFIG);
    q.output = options->output ? options->output : "to_label.csv";
    st = options->finish ? MESA_OK : check_place(q.output, err);
    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_OUTPUT);
    own.resume = !own.force;
    own.query = &q;
    code = mesa_run(recipe, &own, err);
    if (code == MESA_EXIT_STOPPED)
        err->message[0] = '\0';
    else if (q.refusal.status != MESA_OK)
        *err = q.refusal; /* whatever step it was in */
    else if (code == MESA_EXIT_OK && options->labels && !q.taken)
        code = mesa_exit_code(check_unused(recipe, options->labels, err),
                              MESA_STAGE_DATA);
    free_query(&q);
    return code;
}
