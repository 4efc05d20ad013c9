/* SPDX-License-Identifier: MIT */
/*
 * few_shot_classes - tasks that tell a few classes of a table apart.
 *
 * The episodes of Vinyals et al. 2016, from the rows of any other source.
 * Its classes are shared out, in random order, among training, validation
 * and test tasks: held-out tasks have classes that no training task has.  A
 * task draws `ways` classes of its part, whose labels become 0 ... ways-1 in
 * the order drawn, and of each class rows to adapt to and others to judge by,
 * without replacement.  Classes take turns, so that any ways rows in a row
 * hold one of each.  Opening is O(rows); a task O(its rows).
 */
#include "task_table.h"

#include <string.h>

/* What a task remembers of its draws, so that it needs no memory. */
enum { WAYS_MOST = 512, ROWS_MOST = 512 };

struct few_shot {
    struct mesa_component *rows, *transform;
    int64_t                ways;
    struct task_rows       count;
    struct mesa_list       class_split;

    struct task_table      table;
    size_t                *order; /* classes; those of part p from first[p] */
    size_t                 first[MESA_PART_COUNT_ + 1];
    struct task_size       size[SIDES]; /* per class */
};

static const struct mesa_param few_shot_params[] = {
    MESA_COMPONENT(struct few_shot, rows, "rows", MESA_KIND_SOURCE, NULL,
                   "The table whose classes to tell apart; all its parts "
                   "are joined",
                   .flags = MESA_PARAM_REQUIRED),
    MESA_INT(struct few_shot, ways, "ways", 5, 2, WAYS_MOST,
             "Classes of a task"),
    MESA_INT(struct few_shot, count.shots, "shots", 1, 1, ROWS_MOST,
             "Rows of each class to adapt to in a held-out task"),
    MESA_INT(struct few_shot, count.train_shots, "train_shots", TASKS_AUTO, 1,
             ROWS_MOST, "Rows of each class to adapt to in a training task; "
             "auto: as shots", .choices = tasks_auto),
    MESA_INT(struct few_shot, count.query, "query", 15, 1, ROWS_MOST,
             "Rows of each class to judge by"),
    MESA_LIST(struct few_shot, class_split, "class_split", "0.64, 0.16, 0.2",
              "Shares of the classes for training, validation and test tasks "
              "(or training and test)",
              .min.r = 0.0, .max.r = 1.0),
    MESA_COMPONENT(struct few_shot, transform, "transform",
                   MESA_KIND_TRANSFORM, NULL,
                   "Fitted on the rows of training classes, applied to all; "
                   "[transform] if there is one",
                   .flags = MESA_PARAM_SECTION),
    MESA_PARAM_END
};

static mesa_status
few_shot_init(void *self, struct mesa_error *err)
{
    struct few_shot *f = self;

    f->count.test_query = f->count.query;
    task_sizes(&f->count, f->size);
    return task_shares_check(&f->class_split, "class_split", err);
}

static void
few_shot_fini(void *self)
{
    struct few_shot *f = self;

    task_table_free(&f->table);
    mesa_free(f->order);
}

static size_t
classes_of(const struct few_shot *f, enum mesa_part part)
{
    return f->first[part + 1] - f->first[part];
}

static mesa_status
check_class(const struct few_shot *f, size_t class_, enum side side,
            struct mesa_error *err)
{
    const struct task_table *t = &f->table;
    const struct task_size *size = &f->size[side];
    size_t rows = t->start[class_ + 1] - t->start[class_];
    bool own = side == TRAIN && f->count.train_shots != TASKS_AUTO;

    if (rows >= size->support + size->query)
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA,
                     "class '%.60s' has %zu rows, but %s + query are %zu",
                     t->schema->class_name[class_], rows,
                     own ? "train_shots" : "shots",
                     size->support + size->query);
}

static mesa_status
check_classes(const struct few_shot *f, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++)
        for (size_t k = f->first[p]; k < f->first[p + 1] && st == MESA_OK;
             k++)
            st = check_class(f, f->order[k], side_of((enum mesa_part)p), err);
    return st;
}

/* The classes in random order, and the rows of each. */
static mesa_status
cut_classes(struct few_shot *f, const struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct task_table *t = &f->table;
    struct mesa_rng shuffle = mesa_rng_derive(rng, "classes", 0);
    size_t n = t->schema->n_classes, *of = mesa_alloc_raw(t->rows, sizeof *of);
    mesa_status st;

    f->order = mesa_alloc_raw(n, sizeof *f->order);
    if (!f->order || !of) {
        mesa_free(of);
        return mesa_nomem(err, t->rows, "classes of rows");
    }
    mesa_rng_permutation(&shuffle, n, f->order);
    task_shares_cut(&f->class_split, n, f->first);
    for (size_t r = 0; r < t->rows; r++)
        of[r] = (size_t)t->y[r];
    st = task_table_group(t, n, of, err);
    mesa_free(of);
    return st;
}

static mesa_status
few_shot_describe(void *self, struct mesa_error *err)
{
    const struct few_shot *f = self;

    return mesa_source_describe_file(f->rows, NULL, err);
}

static mesa_status
few_shot_tasks(void *self, struct mesa_task_shape *shape,
               struct mesa_rng *rng, struct mesa_error *err)
{
    struct few_shot *f = self;
    size_t ways = (size_t)f->ways;
    mesa_status st = task_table_open(&f->table, f->rows, rng, err);

    if (st == MESA_OK && f->table.n_targets)
        st = mesa_fail(err, MESA_EDATA,
                       "[%s] gives targets, expected classes",
                       mesa_component_name(f->rows));
    if (st == MESA_OK)
        st = cut_classes(f, rng, err);
    if (st == MESA_OK)
        st = task_shares_suffice(&f->class_split, "class_split", "classes",
                                 f->table.schema->n_classes, f->first, ways,
                                 err);
    if (st == MESA_OK)
        st = check_classes(f, err);
    if (st == MESA_OK)
        st = task_table_transform(&f->table, f->transform,
                                  classes_of(f, MESA_PART_TRAIN), f->order,
                                  err);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && st == MESA_OK;
         p++) {
        const struct task_size *size = &f->size[side_of((enum mesa_part)p)];

        if (classes_of(f, (enum mesa_part)p) < ways)
            continue;
        shape[p].n_classes = (uint32_t)ways;
        shape[p].n_outputs = ways;
        shape[p].n_inputs = f->table.cols;
        shape[p].n_support = ways * size->support;
        shape[p].n_query = ways * size->query;
    }
    task_table_settle(&f->table);
    return st;
}

/* Row r of a task is this one of the table, of class w. */
static void
put_row(const struct few_shot *f, size_t row, size_t w, double *x, double *y,
        size_t r)
{
    size_t ways = (size_t)f->ways, cols = f->table.cols;

    memcpy(x + r * cols, f->table.x + row * cols, cols * sizeof *x);
    for (size_t c = 0; c < ways; c++)
        y[r * ways + c] = c == w;
}

static mesa_status
few_shot_task(const void *self, enum mesa_part part, uint64_t i,
              const struct mesa_task *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    const struct few_shot *f = self;
    const struct task_table *t = &f->table;
    const struct task_size *size = &f->size[side_of(part)];
    size_t ways = (size_t)f->ways, class_[WAYS_MOST], pick[2 * ROWS_MOST];

    (void)i, (void)err;
    task_distinct(rng, classes_of(f, part), ways, class_);
    for (size_t w = 0; w < ways; w++) {
        size_t c = f->order[f->first[part] + class_[w]];
        const size_t *row = t->row + t->start[c];

        task_distinct(rng, t->start[c + 1] - t->start[c],
                      size->support + size->query, pick);
        for (size_t k = 0; k < size->support; k++)
            put_row(f, row[pick[k]], w, out->support_x, out->support_y,
                    k * ways + w);
        for (size_t k = 0; k < size->query; k++)
            put_row(f, row[pick[size->support + k]], w, out->query_x,
                    out->query_y, k * ways + w);
    }
    return MESA_OK;
}

static const struct mesa_source_class few_shot_classes = {
    MESA_SOURCE(struct few_shot),
    .head.name = "few_shot_classes",
    .head.title = "Tasks that tell a few classes of a table apart",
    .head.cite = "Vinyals, Blundell, Lillicrap, Kavukcuoglu and Wierstra, "
                 "Matching networks for one shot learning, NeurIPS 2016",
    .head.params = few_shot_params,
    .head.init = few_shot_init,
    .head.fini = few_shot_fini,
    .describe = few_shot_describe,
    .tasks = few_shot_tasks,
    .task = few_shot_task,
};

MESA_PLUGIN(.name = "few_shot_classes", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&few_shot_classes.head));
