/* SPDX-License-Identifier: MIT */
/*
 * imbalanced_rows - tasks from the rows of one table of two classes, each
 * with the table's share of the rarer one.
 *
 * A task cuts the rows at random into two halves, of each class, and takes
 * rows to adapt to from one and rows to judge by from the other, so that what
 * is judged is what a model makes of rows that it has not seen.  In a task
 * the rarer class is the second one.  Rows are held out for the tasks of
 * validation and test, also by class.  O(rows) for each task.
 */
#include "task_table.h"

#include <string.h>

enum { CLASSES = 2, GROUPS = CLASSES * MESA_PART_COUNT_ };

struct imbalanced {
    struct mesa_component *rows, *transform;
    struct mesa_list       row_split;
    struct task_rows       count;

    struct task_table table; /* rows by part and class: its groups */
    size_t            rare;  /* class */
    struct task_size  size[SIDES];
};

static const struct mesa_param imbalanced_params[] = {
    MESA_COMPONENT(struct imbalanced, rows, "rows", MESA_KIND_SOURCE, NULL,
                   "The table; all its parts are joined",
                   .flags = MESA_PARAM_REQUIRED),
    MESA_INT(struct imbalanced, count.shots, "shots", 300, 2, TASKS_MOST,
             "Rows to adapt to in a held-out task"),
    TASK_ROWS_TRAIN(struct imbalanced, count),
    TASK_ROWS_QUERY(struct imbalanced, count),
    MESA_INT(struct imbalanced, count.test_query, "test_query", 1000, 2,
             TASKS_MOST, "Rows to judge held-out tasks by"),
    MESA_LIST(struct imbalanced, row_split, "row_split", "0.8, 0.2",
              "Shares of the rows for training, validation and test tasks "
              "(or training and test)",
              .min.r = 0.0, .max.r = 1.0),
    MESA_COMPONENT(struct imbalanced, transform, "transform",
                   MESA_KIND_TRANSFORM, NULL,
                   "Fitted on the rows of training tasks, applied to all; "
                   "[transform] if there is one",
                   .flags = MESA_PARAM_SECTION),
    MESA_PARAM_END
};

static mesa_status
imbalanced_init(void *self, struct mesa_error *err)
{
    struct imbalanced *t = self;

    task_sizes(&t->count, t->size);
    if (t->size[TRAIN].support < CLASSES || t->size[TRAIN].query < CLASSES)
        return mesa_fail(err, MESA_EINVAL,
                         "train_shots is %zu and query is %zu, but both "
                         "classes need a row",
                         t->size[TRAIN].support, t->size[TRAIN].query);
    return task_shares_check(&t->row_split, "row_split", err);
}

static void
imbalanced_fini(void *self)
{
    task_table_free(&((struct imbalanced *)self)->table);
}

static mesa_status
imbalanced_describe(void *self, struct mesa_error *err)
{
    return mesa_source_describe_file(((struct imbalanced *)self)->rows, NULL,
                                     err);
}

/* Which class is the rarer one, and are both there? */
static mesa_status
find_rare(struct imbalanced *t, size_t count[CLASSES], struct mesa_error *err)
{
    const char *name = mesa_component_name(t->rows);

    if (t->table.n_targets || t->table.schema->n_classes != CLASSES)
        return mesa_fail(err, MESA_EDATA,
                         "[%s] gives %zu %s, expected two classes", name,
                         t->table.n_targets ? t->table.n_targets
                                            : t->table.schema->n_classes,
                         t->table.n_targets ? "targets" : "classes");
    count[0] = count[1] = 0;
    for (size_t r = 0; r < t->table.rows; r++)
        count[t->table.y[r]]++;
    t->rare = count[1] <= count[0];
    return MESA_OK;
}

/* The k-th of n rows of a class belongs to the part that has it. */
static size_t
part_of(const size_t first[MESA_PART_COUNT_ + 1], size_t k)
{
    for (size_t p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++)
        if (k >= first[p] && k < first[p + 1])
            return p;
    return MESA_PART_ALL; /* none: the shares left it over */
}

/* Rows in random order, class by class, to the parts. */
static mesa_status
cut_rows(struct imbalanced *t, const struct mesa_rng *rng,
         struct mesa_error *err)
{
    size_t rows = t->table.rows, count[CLASSES], seen[CLASSES] = { 0, 0 };
    size_t first[CLASSES][MESA_PART_COUNT_ + 1];
    size_t *order = mesa_alloc_raw(rows, 2 * sizeof *order);
    struct mesa_rng shuffle = mesa_rng_derive(rng, "rows", 0);
    mesa_status st = order ? find_rare(t, count, err)
                           : mesa_nomem(err, rows, "rows");

    for (size_t c = 0; c < CLASSES && st == MESA_OK; c++) {
        task_shares_cut(&t->row_split, count[c], first[c]);
        st = task_shares_suffice(&t->row_split, "row_split",
                                 c == t->rare ? "rows of the rarer class"
                                              : "rows of the other class",
                                 count[c], first[c], CLASSES, err);
    }
    if (st == MESA_OK) {
        size_t *group = order + rows;

        mesa_rng_permutation(&shuffle, rows, order);
        for (size_t i = 0; i < rows; i++) {
            size_t c = (size_t)t->table.y[order[i]];

            group[order[i]] = CLASSES * part_of(first[c], seen[c]++) +
                              (c == t->rare);
        }
        st = task_table_group(&t->table, GROUPS, group, err);
    }
    mesa_free(order);
    return st;
}

static mesa_status
imbalanced_tasks(void *self, struct mesa_task_shape *shape,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    static const size_t training[CLASSES] = { CLASSES * MESA_PART_TRAIN,
                                              CLASSES * MESA_PART_TRAIN + 1 };
    struct imbalanced *t = self;
    mesa_status st = task_table_open(&t->table, t->rows, rng, err);

    if (st == MESA_OK)
        st = cut_rows(t, rng, err);
    if (st == MESA_OK)
        st = task_table_transform(&t->table, t->transform, CLASSES, training,
                                  err);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && st == MESA_OK;
         p++) {
        const struct task_size *size = &t->size[side_of((enum mesa_part)p)];
        const size_t *start = t->table.start + CLASSES * p;

        if (start[CLASSES] == start[0])
            continue;
        shape[p].n_classes = CLASSES;
        shape[p].n_outputs = CLASSES;
        shape[p].n_inputs = t->table.cols;
        shape[p].n_support = size->support;
        shape[p].n_query = size->query;
    }
    task_table_settle(&t->table);
    return st;
}

/* n rows of a task: the rare ones evenly among the others, each class by turns
 * from its rows of that half. */
static void
put_rows(const struct task_table *t, size_t *const half[CLASSES],
         const size_t rows[CLASSES], double share, size_t n, double *x,
         double *y)
{
    size_t rare = (size_t)(share * (double)n + 0.5), next[CLASSES] = { 0, 0 };

    rare = rare < 1 ? 1 : rare < n ? rare : n - 1;
    for (size_t r = 0; r < n; r++) {
        size_t c = (r + 1) * rare / n - r * rare / n;
        size_t row = half[c][next[c]++ % rows[c]];

        memcpy(x + r * t->cols, t->x + row * t->cols, t->cols * sizeof *x);
        y[r * CLASSES] = c == 0;
        y[r * CLASSES + 1] = c == 1;
    }
}

static mesa_status
imbalanced_task(const void *self, enum mesa_part part, uint64_t i,
                const struct mesa_task *out, struct mesa_rng *rng,
                struct mesa_error *err)
{
    const struct imbalanced *of = self;
    const struct task_table *t = &of->table;
    const struct task_size *size = &of->size[side_of(part)];
    const size_t *start = t->start + CLASSES * (size_t)part;
    size_t all = start[CLASSES] - start[0], *pick, *half[2][CLASSES];
    size_t rows[2][CLASSES];
    double share = (double)(start[2] - start[1]) / (double)all;

    (void)i;
    pick = mesa_alloc_raw(all, sizeof *pick);
    if (!pick)
        return mesa_nomem(err, all, "rows of a task");
    for (size_t c = 0; c < CLASSES; c++) {
        size_t n = start[c + 1] - start[c], *at = pick + start[c] - start[0];

        mesa_rng_permutation(rng, n, at);
        for (size_t k = 0; k < n; k++)
            at[k] = t->row[start[c] + at[k]];
        rows[0][c] = n - n / 2;
        rows[1][c] = n / 2;
        half[0][c] = at;
        half[1][c] = at + rows[0][c];
    }
    put_rows(t, half[0], rows[0], share, size->support, out->support_x,
             out->support_y);
    put_rows(t, half[1], rows[1], share, size->query, out->query_x,
             out->query_y);
    mesa_free(pick);
    return MESA_OK;
}

static const struct mesa_source_class imbalanced = {
    MESA_SOURCE(struct imbalanced),
    .head.name = "imbalanced_rows",
    .head.title = "Tasks from rows of a table of two classes, one of them "
                  "rare",
    .head.params = imbalanced_params,
    .head.init = imbalanced_init,
    .head.fini = imbalanced_fini,
    .describe = imbalanced_describe,
    .tasks = imbalanced_tasks,
    .task = imbalanced_task,
};

MESA_PLUGIN(.name = "imbalanced_rows", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&imbalanced.head));
