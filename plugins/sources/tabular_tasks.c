/* SPDX-License-Identifier: MIT */
/*
 * tabular_tasks - tasks of one's own: a table with a column that tells them
 * apart, or a folder with a table for each.
 *
 * Tasks are shared out, in random order or by name, among training,
 * validation and test tasks.  Which rows of a task are there to adapt to and
 * which to judge by is drawn anew each time, without replacement.  A training
 * task is drawn; held-out task i is number i of those there are, beginning
 * again after the last.  Opening is O(rows log rows); a task O(its rows).
 */
#define _POSIX_C_SOURCE 200809L
#include "task_table.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a task remembers of its draws, so that it needs no memory. */
enum { ROWS_MOST = 1024 };

struct tabular {
    struct mesa_component *rows, *transform;
    const char            *task, *folder;
    struct task_rows       count;
    struct mesa_list       task_split, valid_tasks, test_tasks;

    struct task_table      table;
    size_t                 n_classes, n_names;
    char                 **name;  /* of each task, until they are settled */
    size_t                *order; /* tasks; those of part p from first[p] */
    size_t                 first[MESA_PART_COUNT_ + 1];
    struct task_size       size[SIDES];
};

static const struct mesa_param tabular_params[] = {
    MESA_COMPONENT(struct tabular, rows, "rows", MESA_KIND_SOURCE, "csv",
                   "The table; for a folder, how its files are read"),
    MESA_STRING(struct tabular, task, "task", NULL,
                "Column of the table that tells tasks apart, by name or "
                "by number from 0 among its inputs; it is none itself"),
    MESA_STRING(struct tabular, folder, "folder", NULL,
                "Folder with a file per task, instead of a column",
                .flags = MESA_PARAM_PATH),
    MESA_INT(struct tabular, count.shots, "shots", 10, 1, ROWS_MOST,
             "Rows to adapt to in a held-out task"),
    MESA_INT(struct tabular, count.train_shots, "train_shots", TASKS_AUTO, 1,
             ROWS_MOST, "Rows to adapt to in a training task; auto: as shots",
             .choices = tasks_auto),
    MESA_INT(struct tabular, count.query, "query", TASKS_AUTO, 1, ROWS_MOST,
             "Rows that judge the adaptation to a training task; auto: as "
             "shots", .choices = tasks_auto),
    MESA_INT(struct tabular, count.test_query, "test_query", TASKS_AUTO, 1,
             ROWS_MOST, "Rows to judge held-out tasks by; auto: as query",
             .choices = tasks_auto),
    MESA_LIST(struct tabular, task_split, "task_split", "0.64, 0.16, 0.2",
              "Shares of the tasks for training, validation and test (or "
              "training and test), drawn at random",
              .min.r = 0.0, .max.r = 1.0),
    MESA_LIST(struct tabular, valid_tasks, "valid_tasks", "",
              "Names of validation tasks; with test_tasks instead of "
              "task_split"),
    MESA_LIST(struct tabular, test_tasks, "test_tasks", "",
              "Names of test tasks; the rest is for training"),
    MESA_COMPONENT(struct tabular, transform, "transform",
                   MESA_KIND_TRANSFORM, NULL,
                   "Fitted on the rows of training tasks, applied to all; "
                   "[transform] if there is one",
                   .flags = MESA_PARAM_SECTION),
    MESA_PARAM_END
};

static mesa_status
tabular_init(void *self, struct mesa_error *err)
{
    struct tabular *t = self;

    t->count.query = or_else(t->count.query, t->count.shots);
    t->count.test_query = or_else(t->count.test_query, t->count.query);
    task_sizes(&t->count, t->size);
    if (t->task && t->folder)
        return mesa_fail(err, MESA_EINVAL,
                         "task and folder are both given: a column or files "
                         "tell tasks apart");
    return task_shares_check(&t->task_split, "task_split", err);
}

static void
settle(struct tabular *t)
{
    task_table_settle(&t->table);
    for (size_t i = 0; t->name && i < t->n_names; i++)
        mesa_free(t->name[i]);
    mesa_free(t->name);
    t->name = NULL;
    t->n_names = 0;
}

static void
tabular_fini(void *self)
{
    struct tabular *t = self;

    settle(t);
    task_table_free(&t->table);
    mesa_free(t->order);
}

/* Room for one more name, which is then the caller's to give. */
static mesa_status
add_name(struct tabular *t, char *name, struct mesa_error *err)
{
    char **more = name ? mesa_realloc_array(t->name, t->n_names + 1,
                                            sizeof *more)
                       : NULL;

    if (!more) {
        mesa_free(name);
        return mesa_nomem(err, t->n_names + 1, "names of tasks");
    }
    t->name = more;
    t->name[t->n_names++] = name;
    return MESA_OK;
}

static int
by_bytes(const void *a, const void *b)
{
    char *const *of_a = a, *const *of_b = b;

    return strcmp(*of_a, *of_b);
}

/* Names of the files, in the same order on every machine. */
static mesa_status
list_folder(struct tabular *t, struct mesa_error *err)
{
    DIR *folder = opendir(t->folder);
    const struct dirent *entry;
    mesa_status st = MESA_OK;

    if (!folder)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "cannot open the folder %.200s: %s", t->folder,
                         strerror(errno));
    while (st == MESA_OK && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            st = add_name(t, mesa_strdup(entry->d_name), err);
    closedir(folder);
    if (st == MESA_OK && t->n_names == 0)
        return mesa_fail(err, MESA_EDATA, "there are no files in %.200s",
                         t->folder);
    if (st == MESA_OK)
        qsort(t->name, t->n_names, sizeof *t->name, by_bytes);
    return st;
}

static char *
path_of(const struct tabular *t, size_t i)
{
    return mesa_asprintf("%s/%s", t->folder, t->name[i]);
}

static mesa_status
read_folder(struct tabular *t, const struct mesa_rng *rng,
            struct mesa_error *err)
{
    size_t *of = NULL, rows = 0;
    mesa_status st = list_folder(t, err);

    for (size_t i = 0; i < t->n_names && st == MESA_OK; i++) {
        char *path = path_of(t, i);
        size_t *more;

        st = path ? task_table_add_file(&t->table, t->rows, path, t->name[i],
                                        rng, err)
                  : mesa_nomem(err, 1, "path");
        mesa_free(path);
        more = st == MESA_OK ? mesa_realloc_array(of, t->table.rows,
                                                  sizeof *of)
                             : NULL;
        if (st == MESA_OK && !more)
            st = mesa_nomem(err, t->table.rows, "tasks of rows");
        of = more ? more : of;
        while (st == MESA_OK && rows < t->table.rows)
            of[rows++] = i;
    }
    if (st == MESA_OK)
        st = task_table_group(&t->table, t->n_names, of, err);
    mesa_free(of);
    return st;
}

/* The column that `task` is, by name first. */
static mesa_status
find_column(const struct tabular *t, size_t *column, struct mesa_error *err)
{
    const struct mesa_schema *s = t->table.schema;
    int64_t number;

    for (*column = 0; *column < s->n_columns; ++*column)
        if (strcmp(s->column[*column].name, t->task) == 0)
            break;
    if (*column == s->n_columns &&
        mesa_parse_int64(t->task, t->task + strlen(t->task), &number) &&
        number >= 0 && (uint64_t)number < s->n_columns)
        *column = (size_t)number;
    if (*column == s->n_columns)
        return mesa_fail(err, MESA_EINVAL,
                         "task is '%.60s', which is none of the %zu columns",
                         t->task, s->n_columns);
    if (s->n_columns == 1)
        return mesa_fail(err, MESA_EDATA,
                         "there is no column but '%.60s', which tells tasks "
                         "apart",
                         s->column[0].name);
    return MESA_OK;
}

static int
by_value(const void *a, const void *b)
{
    double of_a = *(const double *)a, of_b = *(const double *)b;

    return (of_a > of_b) - (of_a < of_b);
}

/* Different values, ascending: how many. */
static size_t
sort_values(double *value, size_t n)
{
    size_t m = 0;

    qsort(value, n, sizeof *value, by_value);
    for (size_t i = 0; i < n; i++)
        if (m == 0 || value[i] > value[m - 1])
            value[m++] = value[i];
    return m;
}

static size_t
place_of(double v, const double *value, size_t n)
{
    const double *at = bsearch(&v, value, n, sizeof v, by_value);

    return (size_t)(at - value);
}

static mesa_status
name_task(struct tabular *t, const struct mesa_column *column, double value,
          struct mesa_error *err)
{
    char text[MESA_DOUBLE_TEXT];

    mesa_format_double(value, text);
    return add_name(t, mesa_strdup(column->type == MESA_CATEGORICAL
                                       ? column->category[(size_t)value]
                                       : text),
                    err);
}

/* Each value of the column is a task. */
static mesa_status
group_by_value(struct tabular *t, const struct mesa_column *column,
               const double *value, double *sorted, size_t *of,
               struct mesa_error *err)
{
    size_t rows = t->table.rows, n;
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < rows; r++)
        if (value[r] != value[r])
            return mesa_fail(err, MESA_EDATA,
                             "row %zu has no value in column '%.60s', which "
                             "tells tasks apart",
                             r, column->name);
    for (size_t r = 0; r < rows; r++)
        sorted[r] = value[r] + 0.0; /* -0 is 0, whichever comes first */
    n = sort_values(sorted, rows);
    for (size_t r = 0; r < rows; r++)
        of[r] = place_of(value[r], sorted, n);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = name_task(t, column, sorted[i], err);
    return st == MESA_OK ? task_table_group(&t->table, n, of, err) : st;
}

static mesa_status
read_table(struct tabular *t, const struct mesa_rng *rng,
           struct mesa_error *err)
{
    const struct mesa_schema *whole;
    double *value = NULL, *sorted = NULL;
    size_t *of = NULL, column = 0, n;
    mesa_status st = task_table_open(&t->table, t->rows, rng, err);

    if (st == MESA_OK)
        st = find_column(t, &column, err);
    if (st != MESA_OK)
        return st;
    whole = t->table.schema;
    n = t->table.rows;
    value = mesa_alloc_raw(n, sizeof *value);
    sorted = mesa_alloc_raw(n, sizeof *sorted);
    of = mesa_alloc_raw(n, sizeof *of);
    if (!value || !sorted || !of)
        st = mesa_nomem(err, n, "tasks of rows");
    if (st == MESA_OK)
        st = task_table_take(&t->table, column, value, err);
    if (st == MESA_OK)
        st = group_by_value(t, &whole->column[column], value, sorted, of,
                            err);
    mesa_free(value);
    mesa_free(sorted);
    mesa_free(of);
    return st;
}

/* The part of every task that a list names. */
static mesa_status
name_part(const struct tabular *t, const struct mesa_list *list,
          const char *key, enum mesa_part part, uint8_t *of,
          struct mesa_error *err)
{
    for (size_t k = 0; k < list->n; k++) {
        size_t i = 0;

        while (i < t->n_names && strcmp(t->name[i], list->item[k]) != 0)
            i++;
        if (i == t->n_names)
            return mesa_fail(err, MESA_EINVAL,
                             "%s has '%.60s', which is none of the %zu tasks",
                             key, list->item[k], t->n_names);
        if (of[i] != MESA_PART_TRAIN)
            return mesa_fail(err, MESA_EINVAL,
                             "task '%.60s' is held out twice, the second "
                             "time by %s",
                             list->item[k], key);
        of[i] = (uint8_t)part;
    }
    return MESA_OK;
}

/* Tasks in order of their parts. */
static mesa_status
order_by_name(struct tabular *t, struct mesa_error *err)
{
    uint8_t *of = mesa_alloc_raw(t->n_names, 1);
    size_t n = 0;
    mesa_status st;

    if (!of)
        return mesa_nomem(err, t->n_names, "tasks");
    memset(of, MESA_PART_TRAIN, t->n_names);
    st = name_part(t, &t->valid_tasks, "valid_tasks", MESA_PART_VALID, of,
                   err);
    if (st == MESA_OK)
        st = name_part(t, &t->test_tasks, "test_tasks", MESA_PART_TEST, of,
                       err);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        t->first[p] = n;
        for (size_t i = 0; i < t->n_names; i++)
            if (of[i] == p)
                t->order[n++] = i;
    }
    t->first[MESA_PART_COUNT_] = n;
    mesa_free(of);
    if (st == MESA_OK && t->first[MESA_PART_VALID] == 0)
        st = mesa_fail(err, MESA_EDATA,
                       "all %zu tasks are held out, none is left to learn "
                       "from",
                       t->n_names);
    return st;
}

static mesa_status
order_tasks(struct tabular *t, const struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct mesa_rng shuffle = mesa_rng_derive(rng, "split", 0);

    if (t->n_names < 2)
        return mesa_fail(err, MESA_EDATA,
                         "there is only the task '%.60s', expected several",
                         t->name[0]);
    t->order = mesa_alloc_raw(t->n_names, sizeof *t->order);
    if (!t->order)
        return mesa_nomem(err, t->n_names, "tasks");
    if (t->valid_tasks.n || t->test_tasks.n)
        return order_by_name(t, err);
    mesa_rng_permutation(&shuffle, t->n_names, t->order);
    task_shares_cut(&t->task_split, t->n_names, t->first);
    return task_shares_suffice(&t->task_split, "task_split", "tasks",
                               t->n_names, t->first, 1, err);
}

/* Every task has the rows that are asked of it. */
static mesa_status
check_sizes(const struct tabular *t, struct mesa_error *err)
{
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        enum side side = side_of((enum mesa_part)p);
        const struct task_size *size = &t->size[side];

        for (size_t k = t->first[p]; k < t->first[p + 1]; k++) {
            size_t i = t->order[k];
            size_t rows = t->table.start[i + 1] - t->table.start[i];

            if (rows < size->support + size->query)
                return mesa_fail(
                    err, MESA_EDATA,
                    "task '%.60s' has %zu rows, but %s + %s are %zu",
                    t->name[i], rows,
                    side == TRAIN && t->count.train_shots != TASKS_AUTO
                        ? "train_shots"
                        : "shots",
                    side == TRAIN ? "query" : "test_query",
                    size->support + size->query);
        }
    }
    return MESA_OK;
}

static void
say_shapes(struct tabular *t, struct mesa_task_shape *shape)
{
    size_t targets = t->table.n_targets;

    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        const struct task_size *size = &t->size[side_of((enum mesa_part)p)];

        if (t->first[p] == t->first[p + 1])
            continue;
        shape[p].n_classes = (uint32_t)t->n_classes;
        shape[p].n_outputs = targets ? targets : t->n_classes;
        shape[p].n_inputs = t->table.cols;
        shape[p].n_support = size->support;
        shape[p].n_query = size->query;
        shape[p].n_distinct = t->first[p + 1] - t->first[p];
    }
}

static mesa_status
check_ways(const struct tabular *t, struct mesa_error *err)
{
    if (t->task || t->folder)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "neither task nor folder is given: which column, or "
                     "which files, tell tasks apart?");
}

static mesa_status
tabular_describe(void *self, struct mesa_error *err)
{
    struct tabular *t = self;
    mesa_status st = check_ways(t, err);

    if (st == MESA_OK && t->task)
        return mesa_source_describe_file(t->rows, NULL, err);
    if (st == MESA_OK)
        st = list_folder(t, err);
    for (size_t i = 0; i < t->n_names && st == MESA_OK; i++) {
        char *path = path_of(t, i);

        st = path ? mesa_source_describe_file(t->rows, path, err)
                  : mesa_nomem(err, 1, "path");
        mesa_free(path);
    }
    settle(t);
    return st;
}

static mesa_status
tabular_tasks(void *self, struct mesa_task_shape *shape, struct mesa_rng *rng,
              struct mesa_error *err)
{
    struct tabular *t = self;
    mesa_status st = check_ways(t, err);

    if (st == MESA_OK)
        st = t->folder ? read_folder(t, rng, err) : read_table(t, rng, err);
    if (st == MESA_OK)
        st = order_tasks(t, rng, err);
    if (st == MESA_OK)
        st = check_sizes(t, err);
    if (st == MESA_OK) {
        t->n_classes = t->table.n_targets ? 0 : t->table.schema->n_classes;
        st = task_table_transform(&t->table, t->transform,
                                  t->first[MESA_PART_VALID], t->order, err);
    }
    if (st == MESA_OK)
        say_shapes(t, shape);
    settle(t);
    return st;
}

static void
put_rows(const struct tabular *t, const size_t *row, const size_t *pick,
         size_t n, double *x, double *y)
{
    const struct task_table *table = &t->table;
    size_t cols = table->cols, targets = table->n_targets;

    for (size_t k = 0; k < n; k++) {
        size_t r = row[pick[k]];

        memcpy(x + k * cols, table->x + r * cols, cols * sizeof *x);
        if (targets)
            memcpy(y + k * targets, table->target + r * targets,
                   targets * sizeof *y);
        for (size_t c = 0; c < t->n_classes; c++)
            *y++ = (size_t)table->y[r] == c;
    }
}

static mesa_status
tabular_task(const void *self, enum mesa_part part, uint64_t i,
             const struct mesa_task *out, struct mesa_rng *rng,
             struct mesa_error *err)
{
    const struct tabular *t = self;
    const struct task_size *size = &t->size[side_of(part)];
    size_t n = t->first[part + 1] - t->first[part], pick[2 * ROWS_MOST];
    size_t which = part == MESA_PART_TRAIN ? mesa_rng_below(rng, n)
                                           : (size_t)(i % n);
    size_t task = t->order[t->first[part] + which];
    size_t rows = t->table.start[task + 1] - t->table.start[task];
    const size_t *row = t->table.row + t->table.start[task];

    (void)err;
    task_distinct(rng, rows, size->support + size->query, pick);
    put_rows(t, row, pick, size->support, out->support_x, out->support_y);
    put_rows(t, row, pick + size->support, size->query, out->query_x,
             out->query_y);
    return MESA_OK;
}

static const struct mesa_source_class tabular_class = {
    MESA_SOURCE(struct tabular),
    .head.name = "tabular_tasks",
    .head.title = "Tasks of one's own, from a table or a folder of tables",
    .head.params = tabular_params,
    .head.init = tabular_init,
    .head.fini = tabular_fini,
    .describe = tabular_describe,
    .tasks = tabular_tasks,
    .task = tabular_task,
};

MESA_PLUGIN(.name = "tabular_tasks", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&tabular_class.head));
