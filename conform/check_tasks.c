/* SPDX-License-Identifier: MIT */
/*
 * check_tasks.c - what a source of tasks promises: task i of a part is a
 * function of the seed, the part and i, and of nothing else.
 */
#include "toy.h"

#include <math.h>
#include <string.h>

/* Tasks that are looked at, of each part. */
enum { MANY = 8 };

static const struct mesa_source_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

static void
release_tasks(void *tasks)
{
    mesa_tasks_free(tasks);
}

/* A source that needs to be told of data, or of others, is skipped. */
static struct mesa_tasks *
opened(struct bench *b, uint64_t seed)
{
    struct mesa_rng root = bench_rng(b, "tasks", seed);
    struct mesa_tasks *tasks;
    struct mesa_error err;
    mesa_status st;

    if (!class_of(b)->tasks)
        skip(b, "%s gives rows, not tasks", b->class_->name);
    if (!going(b))
        return NULL;
    st = mesa_tasks_open(b->component, &root, &tasks, &err);
    if (st == MESA_EINVAL || st == MESA_ENOTFOUND)
        skip(b, "%s", err.message);
    if (!succeeded(b, st, &err, "tasks"))
        return NULL;
    own(b, tasks, release_tasks);
    return going(b) ? tasks : NULL;
}

static void
release_batch(void *batch)
{
    mesa_task_batch_free(batch);
    mesa_free(batch);
}

static size_t
numbers_of(const struct mesa_task_shape *s)
{
    return (s->n_support + s->n_query) * (s->n_inputs + s->n_outputs) +
           s->n_info;
}

/* n tasks from `first` on; NULL if the part has none. */
static const struct mesa_task_batch *
drawn(struct bench *b, const struct mesa_tasks *tasks, enum mesa_part part,
      uint64_t first, size_t n)
{
    struct mesa_task_batch *batch;
    struct mesa_error err;

    if (!going(b) || !mesa_tasks_shape(tasks, part))
        return NULL;
    batch = bench_array(b, 1, sizeof *batch);
    if (!batch ||
        !succeeded(b, mesa_task_batch_new(tasks, part, n, MESA_F64, batch,
                                          &err), &err, "batch"))
        return NULL;
    b->owned[b->n - 1].release = release_batch;
    succeeded(b, mesa_tasks_draw(tasks, part, first, batch, &err), &err,
              "task");
    return going(b) ? batch : NULL;
}

static void
expect_same(struct bench *b, const struct mesa_tasks *tasks,
            enum mesa_part part, const struct mesa_task_batch *a,
            const struct mesa_task_batch *c, const char *what)
{
    if (a && c)
        expect_bytes(b, a->support_x, c->support_x,
                     a->n * numbers_of(mesa_tasks_shape(tasks, part)) *
                         sizeof(double), what);
}

/* The core has checked the shapes. */
static void
tasks_open(struct bench *b)
{
    const struct mesa_tasks *tasks = opened(b, 1);

    if (going(b) && mesa_tasks_shape(tasks, MESA_PART_ALL))
        fail(b, "there are tasks of all parts, expected of train, valid and "
             "test");
    for (int p = MESA_PART_TRAIN; going(b) && p < MESA_PART_COUNT_; p++)
        drawn(b, tasks, (enum mesa_part)p, 0, MANY);
}

static void
same_tasks(struct bench *b)
{
    const struct mesa_tasks *one = opened(b, 1), *other = opened(b, 1);

    for (int i = MESA_PART_TRAIN; going(b) && i < MESA_PART_COUNT_; i++) {
        enum mesa_part p = (enum mesa_part)i;
        const struct mesa_task_batch *first = drawn(b, one, p, 0, MANY);

        expect_same(b, one, p, first, drawn(b, one, p, 0, MANY),
                    "drawn twice, tasks differ");
        expect_same(b, one, p, first, drawn(b, other, p, 0, MANY),
                    "opened twice from the same seed, tasks differ");
    }
}

/* The last one first, and each by itself. */
static void
any_order(struct bench *b)
{
    const struct mesa_tasks *tasks = opened(b, 1), *alone = opened(b, 1);

    for (int i = MESA_PART_TRAIN; going(b) && i < MESA_PART_COUNT_; i++) {
        enum mesa_part p = (enum mesa_part)i;
        const struct mesa_task_batch *all = drawn(b, tasks, p, 0, MANY);
        const struct mesa_task_shape *s = mesa_tasks_shape(tasks, p);

        for (size_t k = MANY; all && k-- > 0;) {
            const struct mesa_task_batch *of = drawn(b, alone, p, k, 1);

            if (!of)
                return;
            expect_bytes(b, of->query_y,
                         (const double *)all->query_y +
                             k * s->n_query * s->n_outputs,
                         s->n_query * s->n_outputs * sizeof(double),
                         "asked for by itself, a task is another one");
            expect_bytes(b, of->info,
                         (const double *)all->info + k * s->n_info,
                         s->n_info * sizeof(double),
                         "asked for by itself, a task has other info");
        }
    }
}

static void
task_threads(struct bench *b)
{
    const struct mesa_tasks *tasks = opened(b, 1);
    const size_t n = 400; /* so that threads get some of them */
    const struct mesa_task_batch *one =
        drawn(b, tasks, MESA_PART_TRAIN, 0, n);
    struct mesa_error err;

    if (!going(b) || !succeeded(b, mesa_parallel_set_threads(4, &err), &err,
                                "threads"))
        return;
    expect_same(b, tasks, MESA_PART_TRAIN, one,
                drawn(b, tasks, MESA_PART_TRAIN, 0, n),
                "4 threads draw other tasks than one");
}

/* Do the first rows of task k equal those of task 0, inputs and outputs? */
static bool
same_task(const double *x, const double *y, size_t k, size_t rows,
          const struct mesa_task_shape *s)
{
    return memcmp(x, x + k * s->n_support * s->n_inputs,
                  rows * s->n_inputs * sizeof *x) == 0 &&
           memcmp(y, y + k * s->n_support * s->n_outputs,
                  rows * s->n_outputs * sizeof *y) == 0;
}

/* Of several, at least two; and not the same for any seed. */
static void
tasks_differ(struct bench *b)
{
    const struct mesa_tasks *tasks = opened(b, 1), *others = opened(b, 2);
    const struct mesa_task_batch *a =
        drawn(b, tasks, MESA_PART_TRAIN, 0, MANY);
    const struct mesa_task_batch *c =
        drawn(b, others, MESA_PART_TRAIN, 0, MANY);
    const struct mesa_task_shape *s;
    bool same = true;

    if (!going(b))
        return;
    s = mesa_tasks_shape(tasks, MESA_PART_TRAIN);
    for (size_t k = 1; k < MANY; k++)
        same = same &&
               same_task(a->support_x, a->support_y, k, s->n_support, s);
    if (same)
        fail(b, "the first %d tasks have the same rows", (int)MANY);
    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC) &&
        memcmp(a->support_x, c->support_x,
               MANY * numbers_of(s) * sizeof(double)) == 0)
        fail(b, "another seed gives the same tasks");
}

/* What is judged must not be what was learnt from. */
static void
compare_parts(struct bench *b, const struct mesa_tasks *tasks,
              enum mesa_part first, enum mesa_part second)
{
    const struct mesa_task_batch *a = drawn(b, tasks, first, 0, 1);
    const struct mesa_task_batch *c = drawn(b, tasks, second, 0, 1);
    const struct mesa_task_shape *of_a, *of_c;
    size_t rows;

    if (!a || !c)
        return;
    of_a = mesa_tasks_shape(tasks, first);
    of_c = mesa_tasks_shape(tasks, second);
    rows = of_a->n_support < of_c->n_support ? of_a->n_support
                                             : of_c->n_support;
    if (memcmp(a->support_x, c->support_x,
               rows * of_a->n_inputs * sizeof(double)) == 0 &&
        memcmp(a->support_y, c->support_y,
               rows * of_a->n_outputs * sizeof(double)) == 0)
        fail(b, "task 0 of part %d begins with the same rows as that of %d",
             (int)first, (int)second);
}

static void
parts_differ(struct bench *b)
{
    const struct mesa_tasks *tasks = opened(b, 1);

    compare_parts(b, tasks, MESA_PART_TRAIN, MESA_PART_VALID);
    compare_parts(b, tasks, MESA_PART_TRAIN, MESA_PART_TEST);
    compare_parts(b, tasks, MESA_PART_VALID, MESA_PART_TEST);
}

static const double guard = 0x1.23456789abcdep+77;

/* A piece of n numbers that hold NaN, and a guard behind it. */
static double *
piece(struct bench *b, size_t n)
{
    double *at = bench_array(b, n + 1, sizeof *at);

    for (size_t i = 0; at && i < n; i++)
        at[i] = NAN;
    if (at)
        at[n] = guard;
    return at;
}

static void
look_at_piece(struct bench *b, const double *at, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(at[i]))
            fail(b, "number %zu of %zu of %s is %g", i, n, what, at[i]);
    if (memcmp(&at[n], &guard, sizeof guard) != 0)
        fail(b, "a task writes behind the end of %s", what);
}

static void
look_at_classes(struct bench *b, const double *y, size_t rows, size_t width)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;

        for (size_t c = 0; c < width; c++) {
            double v = y[r * width + c];

            if (v != 0 && v != 1)
                fail(b, "row %zu of a task says %g of class %zu, expected 0 "
                     "or 1", r, v, c);
            sum += v;
        }
        if (sum != 1)
            fail(b, "row %zu of a task is of %g classes", r, sum);
    }
}

/* The slots themselves, without the core's eyes on what they give. */
static void
look_at_task(struct bench *b, struct mesa_instance *source,
             enum mesa_part part, uint64_t i, const struct mesa_task_shape *s)
{
    struct mesa_rng rng = bench_rng(b, "task", i);
    struct mesa_task out;
    struct mesa_error err;

    out.support_x = piece(b, s->n_support * s->n_inputs);
    out.support_y = piece(b, s->n_support * s->n_outputs);
    out.query_x = piece(b, s->n_query * s->n_inputs);
    out.query_y = piece(b, s->n_query * s->n_outputs);
    out.info = piece(b, s->n_info);
    if (!going(b) ||
        !succeeded(b, class_of(b)->task(mesa_instance_self(source), part, i,
                                        &out, &rng, &err), &err, "task"))
        return;
    look_at_piece(b, out.support_x, s->n_support * s->n_inputs, "support x");
    look_at_piece(b, out.support_y, s->n_support * s->n_outputs, "support y");
    look_at_piece(b, out.query_x, s->n_query * s->n_inputs, "query x");
    look_at_piece(b, out.query_y, s->n_query * s->n_outputs, "query y");
    look_at_piece(b, out.info, s->n_info, "info");
    if (s->n_classes) {
        look_at_classes(b, out.support_y, s->n_support, s->n_classes);
        look_at_classes(b, out.query_y, s->n_query, s->n_classes);
    }
}

static void
all_rows(struct bench *b)
{
    struct mesa_task_shape shape[MESA_PART_COUNT_];
    struct mesa_rng rng = bench_rng(b, "data", 0);
    struct mesa_instance *source;
    struct mesa_error err;

    if (!opened(b, 1))
        return;
    memset(shape, 0, sizeof shape);
    for (int p = 0; p < MESA_PART_COUNT_; p++)
        shape[p].struct_size = sizeof *shape;
    source = bench_instance(b);
    if (!going(b) ||
        !succeeded(b, class_of(b)->tasks(mesa_instance_self(source), shape,
                                         &rng, &err), &err, "tasks"))
        return;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++)
        for (uint64_t i = 0; shape[p].n_support && going(b) && i < 3; i++)
            look_at_task(b, source, (enum mesa_part)p, i, &shape[p]);
}

static mesa_status
work_tasks(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_rng root = bench_rng(b, "tasks", 1);
    struct mesa_tasks *tasks;
    mesa_status st = mesa_tasks_open(b->component, &root, &tasks, err);

    (void)context;
    for (int i = MESA_PART_TRAIN; i < MESA_PART_COUNT_ && st == MESA_OK;
         i++) {
        enum mesa_part p = (enum mesa_part)i;
        struct mesa_task_batch batch;

        if (!mesa_tasks_shape(tasks, p))
            continue;
        st = mesa_task_batch_new(tasks, p, 2, MESA_F32, &batch, err);
        if (st == MESA_OK)
            st = mesa_tasks_draw(tasks, p, 0, &batch, err);
        mesa_task_batch_free(&batch);
    }
    mesa_tasks_free(tasks);
    return st;
}

static void
tasks_memory(struct bench *b)
{
    if (opened(b, 1))
        sweep_memory(b, &(struct trial){ NULL, work_tasks }, "tasks");
}

#define TASKS(name, run, what) { name, MESA_KIND_SOURCE, run, what }

const struct check tasks_checks[] = {
    TASKS("tasks", tasks_open, "there are some, of finite numbers"),
    TASKS("same_tasks", same_tasks, "the same seed gives the same tasks"),
    TASKS("task_order", any_order, "of asking does not matter"),
    TASKS("task_threads", task_threads, "do not matter"),
    TASKS("tasks_differ", tasks_differ, "from each other, and by seed"),
    TASKS("parts_differ", parts_differ,
          "task 0 of a part is none of another"),
    TASKS("task_rows", all_rows,
          "all are filled, and each is of one class"),
    TASKS("tasks_memory", tasks_memory,
          "ENOMEM and nothing left, wherever memory runs out"),
    { NULL, 0, NULL, NULL }
};
