/* SPDX-License-Identifier: MIT */
/*
 * task.c - distributions of tasks: opened, drawn side by side, hashed.
 *
 * Task i of a part has a stream of its own, derived from the run's seed, so
 * that it is the same in every batch and on every thread.
 */
#include "task.h"

#include "hash.h"
#include "instance.h"

#include <math.h>
#include <string.h>

struct mesa_tasks {
    struct mesa_instance           *source;
    const struct mesa_source_class *class_;
    struct mesa_task_shape          shape[MESA_PART_COUNT_];
    struct mesa_rng                 rng[MESA_PART_COUNT_];
};

static const char *const stream[MESA_PART_COUNT_] = { "tasks", "tasks.train",
                                                      "tasks.valid",
                                                      "tasks.test" };

static mesa_status
check_shape(const struct mesa_task_shape *s, const char *part,
            struct mesa_error *err)
{
    if (s->n_query == 0)
        return mesa_fail(err, MESA_EDATA,
                         "tasks of %s have no query rows: there is nothing "
                         "to judge by",
                         part);
    if (s->n_inputs == 0 || s->n_outputs == 0)
        return mesa_fail(err, MESA_EDATA,
                         "tasks of %s have %zu inputs and %zu outputs", part,
                         s->n_inputs, s->n_outputs);
    if (s->n_classes && s->n_classes != s->n_outputs)
        return mesa_fail(err, MESA_EDATA,
                         "tasks of %s have %u classes but %zu outputs", part,
                         (unsigned)s->n_classes, s->n_outputs);
    for (size_t i = 0; i < s->n_info; i++)
        if (!s->info || !s->info[i])
            return mesa_fail(err, MESA_EDATA,
                             "tasks of %s have %zu numbers of info, but "
                             "number %zu has no name",
                             part, s->n_info, i);
    return MESA_OK;
}

/* Is what is known of tasks of one part known of the other's? */
static bool
same_info(const struct mesa_task_shape *a, const struct mesa_task_shape *b)
{
    bool same = a->n_info == b->n_info;

    for (size_t i = 0; i < a->n_info && same; i++)
        same = strcmp(a->info[i], b->info[i]) == 0;
    return same;
}

static mesa_status
check_shapes(const struct mesa_tasks *t, struct mesa_error *err)
{
    const struct mesa_task_shape *train = &t->shape[MESA_PART_TRAIN];
    mesa_status st = MESA_OK;

    if (train->n_support == 0)
        return mesa_fail(err, MESA_EDATA, "there are no tasks to learn from");
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        const struct mesa_task_shape *s = &t->shape[p];

        if (s->n_support == 0)
            continue;
        st = check_shape(s, mesa_part_names[p], err);
        if (st == MESA_OK && (s->n_inputs != train->n_inputs ||
                              s->n_outputs != train->n_outputs ||
                              s->n_classes != train->n_classes ||
                              !same_info(s, train)))
            st = mesa_fail(err, MESA_EDATA,
                           "tasks of %s are not like those of train",
                           mesa_part_names[p]);
    }
    return st;
}

mesa_status
mesa_tasks_open(const struct mesa_component *source,
                const struct mesa_rng *root, struct mesa_tasks **out,
                struct mesa_error *err)
{
    const struct mesa_class *c = mesa_component_class(source);
    struct mesa_rng rng = mesa_rng_derive(root, "data", 0);
    struct mesa_tasks *t = mesa_alloc_array(1, sizeof *t);
    mesa_status st;

    *out = NULL;
    if (!t)
        return mesa_nomem(err, 1, "tasks");
    st = mesa_instance_new(source, &t->source, err);
    if (st != MESA_OK) {
        mesa_tasks_free(t);
        return st;
    }
    t->class_ = (const void *)c;
    if (c->kind != MESA_KIND_SOURCE || !t->class_->tasks)
        st = mesa_fail(err, MESA_EINVAL, "gives rows, not tasks");
    for (int p = 0; p < MESA_PART_COUNT_; p++) {
        t->shape[p].struct_size = sizeof t->shape[p];
        t->rng[p] = mesa_rng_derive(root, stream[p], 0);
    }
    if (st == MESA_OK)
        st = t->class_->tasks(mesa_instance_self(t->source), t->shape, &rng,
                              err);
    if (st == MESA_OK)
        st = check_shapes(t, err);
    t->shape[MESA_PART_ALL].n_support = 0;
    if (st != MESA_OK) {
        mesa_tasks_free(t);
        return mesa_error_prefix(err, st, "[%s] %s",
                                 mesa_component_name(source), c->name);
    }
    *out = t;
    return MESA_OK;
}

void
mesa_tasks_free(struct mesa_tasks *t)
{
    if (!t)
        return;
    mesa_instance_free(t->source);
    mesa_free(t);
}

const struct mesa_task_shape *
mesa_tasks_shape(const struct mesa_tasks *t, enum mesa_part part)
{
    return (unsigned)part < MESA_PART_COUNT_ && t->shape[part].n_support
               ? &t->shape[part]
               : NULL;
}

/* Numbers of one task: its pieces, in the order of struct mesa_task. */
enum { PIECES = 5 };

struct extent {
    size_t piece[PIECES], all;
};

static bool
measure(const struct mesa_task_shape *s, struct extent *e)
{
    const size_t rows[PIECES] = { s->n_support, s->n_support, s->n_query,
                                  s->n_query, s->n_info };
    const size_t width[PIECES] = { s->n_inputs, s->n_outputs, s->n_inputs,
                                   s->n_outputs, 1 };

    e->all = 0;
    for (int k = 0; k < PIECES; k++) {
        if (rows[k] > SIZE_MAX / 64 / width[k])
            return false;
        e->piece[k] = rows[k] * width[k];
        e->all += e->piece[k];
    }
    return true;
}

mesa_status
mesa_task_batch_new(const struct mesa_tasks *t, enum mesa_part part, size_t n,
                    enum mesa_dtype dtype, struct mesa_task_batch *out,
                    struct mesa_error *err)
{
    const struct mesa_task_shape *s = mesa_tasks_shape(t, part);
    size_t size = dtype == MESA_F32 ? sizeof(float) : sizeof(double);
    struct extent e;
    char *at;

    memset(out, 0, sizeof *out);
    if (!s)
        return mesa_fail(err, MESA_EINVAL, "there are no tasks of %s",
                         mesa_part_names[part]);
    if (n == 0 || !measure(s, &e) || e.all > SIZE_MAX / size / n)
        return mesa_nomem(err, n, "tasks");
    out->block_ = at = mesa_alloc_raw(n * e.all, size);
    if (!at)
        return mesa_nomem(err, n, "tasks");
    out->n = n;
    out->dtype = dtype;
    out->support_x = at;
    out->support_y = at += n * e.piece[0] * size;
    out->query_x = at += n * e.piece[1] * size;
    out->query_y = at += n * e.piece[2] * size;
    out->info = at + n * e.piece[3] * size;
    return MESA_OK;
}

void
mesa_task_batch_free(struct mesa_task_batch *batch)
{
    mesa_free(batch->block_);
    memset(batch, 0, sizeof *batch);
}

/* Numbers of tasks that are drawn before they are converted. */
#define ON_STACK 1024

struct job {
    const struct mesa_tasks      *tasks;
    enum mesa_part                part;
    uint64_t                      first;
    const struct mesa_task_batch *batch;
    struct extent                 e;
};

/* n numbers at `to`, element `at`, of the batch's type; false if one is not
 * finite there. */
static bool
convert(const double *from, size_t n, enum mesa_dtype dtype, void *to,
        size_t at)
{
    double bad = 0;

    if (dtype == MESA_F32) {
        float *out = (float *)to + at;

        for (size_t i = 0; i < n; i++) {
            out[i] = (float)from[i];
            bad += (double)(out[i] * 0.0F);
        }
    } else {
        memcpy((double *)to + at, from, n * sizeof *from);
        for (size_t i = 0; i < n; i++)
            bad += from[i] * 0.0;
    }
    return bad == 0;
}

static mesa_status
draw_one(void *context, size_t k, struct mesa_error *err)
{
    const struct job *job = context;
    const struct mesa_tasks *t = job->tasks;
    const struct mesa_task_batch *b = job->batch;
    void *const to[PIECES] = { b->support_x, b->support_y, b->query_x,
                               b->query_y, b->info };
    uint64_t i = job->first + k;
    struct mesa_rng rng = mesa_rng_derive(&t->rng[job->part], "task", i);
    double small[ON_STACK], *at = small;
    const double *from;
    struct mesa_task task;
    mesa_status st;

    if (job->e.all > ON_STACK)
        at = mesa_alloc_raw(job->e.all, sizeof *at);
    if (!at)
        return mesa_nomem(err, job->e.all, "numbers");
    task.support_x = at;
    task.support_y = task.support_x + job->e.piece[0];
    task.query_x = task.support_y + job->e.piece[1];
    task.query_y = task.query_x + job->e.piece[2];
    task.info = task.query_y + job->e.piece[3];
    st = t->class_->task(mesa_instance_view(t->source), job->part, i, &task,
                         &rng, err);
    from = at;
    for (int p = 0; p < PIECES && st == MESA_OK; p++) {
        if (!convert(from, job->e.piece[p], b->dtype, to[p],
                     k * job->e.piece[p]))
            st = mesa_fail(err, MESA_EDATA,
                           "task %llu has a value that is not finite",
                           (unsigned long long)i);
        from += job->e.piece[p];
    }
    if (at != small)
        mesa_free(at);
    return st;
}

/* Numbers to draw for which handing them to threads pays. */
#define WORTH_THREADS 4096

mesa_status
mesa_tasks_draw(const struct mesa_tasks *t, enum mesa_part part,
                uint64_t first, struct mesa_task_batch *batch,
                struct mesa_error *err)
{
    struct job job = { t, part, first, batch, { { 0 }, 0 } };
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    if (!mesa_tasks_shape(t, part))
        return mesa_fail(err, MESA_EINVAL, "there are no tasks of %s",
                         mesa_part_names[part]);
    if (!measure(&t->shape[part], &job.e))
        return mesa_nomem(err, batch->n, "tasks");
    mesa_call_begin(t->source, MESA_CALL_TASKS, &lap);
    if (batch->n * job.e.all >= WORTH_THREADS)
        st = mesa_parallel_for(batch->n, draw_one, &job, err);
    else
        for (size_t k = 0; k < batch->n && st == MESA_OK; k++)
            st = draw_one(&job, k, err);
    mesa_lap_close(&lap);
    return st == MESA_OK
               ? st
               : mesa_error_prefix(err, st, "[%s] %s",
                                   mesa_component_name(
                                       mesa_instance_component(t->source)),
                                   t->class_->head.name);
}

/* What says that a distribution is still the same: its first tasks. */
enum { HASHED = 256 };

mesa_status
mesa_tasks_hash(const struct mesa_tasks *t, uint64_t *hash,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *hash = 0;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        struct mesa_task_batch batch;
        struct extent e;

        if (!mesa_tasks_shape(t, (enum mesa_part)p))
            continue;
        st = mesa_task_batch_new(t, (enum mesa_part)p, HASHED, MESA_F64,
                                 &batch, err);
        if (st == MESA_OK)
            st = mesa_tasks_draw(t, (enum mesa_part)p, 0, &batch, err);
        /* Of rows, as ever: what else is known of tasks lies behind them. */
        if (st == MESA_OK && measure(&t->shape[p], &e))
            *hash = mesa_hash(batch.block_,
                              HASHED * (e.all - e.piece[PIECES - 1]) *
                                  sizeof(double),
                              *hash);
        mesa_task_batch_free(&batch);
    }
    return st;
}
