/* SPDX-License-Identifier: MIT */
/* test_tasks.c - distributions of tasks: shapes, batches, what is refused. */
#include "task_fixture.h"

#include <math.h>

/* Task i of a part counts up from i + part / 10. */
struct counting {
    int64_t support, query, inputs, outputs, classes, valid_inputs, test;
    int64_t info, valid_info, named; /* numbers of each task, and names      */
    int64_t odd;   /* the task with the odd value */
    double  value;
    bool    failing;
};

#define COUNT(name, d) \
    MESA_INT(struct counting, name, #name, d, 0, 1000000000, "A number")

static const struct mesa_param counting_params[] = {
    COUNT(support, 2),
    COUNT(query, 3),
    COUNT(inputs, 2),
    COUNT(outputs, 1),
    COUNT(classes, 0),
    COUNT(valid_inputs, 2),
    COUNT(test, 1),
    COUNT(info, 0),
    COUNT(valid_info, 0),
    COUNT(named, 2),
    COUNT(odd, 1000),
    MESA_REAL(struct counting, value, "value", 0.0, -INFINITY, INFINITY,
              "What the odd task begins with"),
    MESA_BOOL(struct counting, failing, "failing", false,
              "Whether the odd task fails"),
    MESA_PARAM_END
};

/* No name, one, two, two others. */
static const char *const names[][2] = {
    { NULL, NULL }, { "first", NULL }, { "first", "part" }, { "a", "b" }
};
static const char *const *const counting_info[] = { NULL, names[1], names[2],
                                                    names[3] };

static mesa_status
counting_tasks(void *self, struct mesa_task_shape *shape,
               struct mesa_rng *rng, struct mesa_error *err)
{
    const struct counting *c = self;

    (void)rng, (void)err;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        shape[p].n_support = (size_t)c->support;
        shape[p].n_query = (size_t)c->query;
        shape[p].n_inputs = (size_t)c->inputs;
        shape[p].n_outputs = (size_t)c->outputs;
        shape[p].n_classes = (uint32_t)c->classes;
    }
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && c->info; p++) {
        shape[p].n_info = (size_t)c->info;
        shape[p].info = counting_info[c->named];
    }
    if (c->valid_info)
        shape[MESA_PART_VALID].info = counting_info[c->valid_info];
    shape[MESA_PART_VALID].n_inputs = (size_t)c->valid_inputs;
    if (!c->test)
        shape[MESA_PART_TEST].n_support = 0;
    return MESA_OK;
}

static mesa_status
counting_task(const void *self, enum mesa_part part, uint64_t i,
              const struct mesa_task *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    const struct counting *c = self;
    double v = (double)i + (double)part / 10;

    if (c->failing && i == (uint64_t)c->odd)
        return mesa_fail(err, MESA_EDATA, "task %d is odd", (int)i);
    for (int64_t k = 0; k < c->support * c->inputs; k++)
        out->support_x[k] = v++;
    for (int64_t k = 0; k < c->support * c->outputs; k++)
        out->support_y[k] = v++;
    for (int64_t k = 0; k < c->query * c->inputs; k++)
        out->query_x[k] = v++;
    for (int64_t k = 0; k < c->query * c->outputs; k++)
        out->query_y[k] = mesa_rng_uniform(rng);
    for (int64_t k = 0; k < c->info; k++)
        out->info[k] = k ? (double)part : (double)i;
    if (i == (uint64_t)c->odd)
        out->support_x[0] = c->value;
    return MESA_OK;
}

static const struct mesa_source_class counting = {
    MESA_SOURCE(struct counting),
    .head.name = "counting",
    .head.title = "Tasks that count",
    .head.params = counting_params,
    .tasks = counting_tasks,
    .task = counting_task,
};

static mesa_status
rows_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
          struct mesa_error *err)
{
    (void)self, (void)out, (void)rng;
    return mesa_fail(err, MESA_ENOTSUP, "no rows");
}

static const struct mesa_source_class rows = {
    MESA_SOURCE(struct counting),
    .head.name = "rows",
    .head.title = "A source of rows",
    .head.params = counting_params,
    .open = rows_open,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&counting.head, &rows.head));

static const struct mesa_builtin linked[] = {
    { "sources", "counting", mesa_plugin },
    { "sources", "rows", mesa_plugin },
    { NULL, NULL, NULL },
};

static void
test_shapes(void **state)
{
    struct task_world w = { .tasks = NULL };

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = counting\ntest = 0\n", 1, err));
    assert_shape(&w, MESA_PART_TRAIN, 2, 3, 2, 1);
    assert_shape(&w, MESA_PART_VALID, 2, 3, 2, 1);
    assert_null(mesa_tasks_shape(w.tasks, MESA_PART_TEST));
    assert_null(mesa_tasks_shape(w.tasks, MESA_PART_ALL));
    assert_null(mesa_tasks_shape(w.tasks, MESA_PART_COUNT_));
    assert_error(mesa_task_batch_new(w.tasks, MESA_PART_TEST, 1, MESA_F64,
                                     &w.batch, err),
                 MESA_EINVAL, "there are no tasks of test");
    assert_error(mesa_task_batch_new(w.tasks, MESA_PART_TRAIN, 0, MESA_F64,
                                     &w.batch, err),
                 MESA_ENOMEM, "out of memory: 0 tasks");
    assert_error(mesa_task_batch_new(w.tasks, MESA_PART_TRAIN, SIZE_MAX / 64,
                                     MESA_F64, &w.batch, err),
                 MESA_ENOMEM, "out of memory: 288230376151711743 tasks");
    tasks_close(&w);
}

static void
test_wrong_shapes(void **state)
{
    static const struct {
        const char *lines, *message;
    } wrong[] = {
        { "support = 0", "there are no tasks to learn from" },
        { "query = 0", "tasks of train have no query rows: there is nothing "
                       "to judge by" },
        { "inputs = 0", "tasks of train have 0 inputs and 1 outputs" },
        { "outputs = 0", "tasks of train have 2 inputs and 0 outputs" },
        { "classes = 3", "tasks of train have 3 classes but 1 outputs" },
        { "valid_inputs = 4", "tasks of valid are not like those of train" },
        { "info = 2\nnamed = 1", "tasks of train have 2 numbers of info, but "
                                 "number 1 has no name" },
        { "info = 1\nnamed = 0", "tasks of train have 1 numbers of info, but "
                                 "number 0 has no name" },
        { "info = 2\nvalid_info = 3",
          "tasks of valid are not like those of train" },
    };
    struct task_world w = { .tasks = NULL };
    char lines[80], message[160];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(wrong); i++) {
        snprintf(lines, sizeof lines, "type = counting\n%s\n",
                 wrong[i].lines);
        snprintf(message, sizeof message, "[data] counting: %s",
                 wrong[i].message);
        assert_error(tasks_open(&w, linked, lines, 1, err), MESA_EDATA,
                     message);
        assert_null(w.tasks);
    }
    assert_error(tasks_open(&w, linked, "type = rows\n", 1, err), MESA_EINVAL,
                 "[data] rows: gives rows, not tasks");
    assert_ok(tasks_open(&w, linked, "type = counting\nsupport = 1000000000\n"
                         "inputs = 1000000000\nvalid_inputs = 1000000000\n",
                         1, err));
    assert_error(mesa_task_batch_new(w.tasks, MESA_PART_TRAIN, 1, MESA_F64,
                                     &w.batch, err),
                 MESA_ENOMEM, "out of memory: 1 tasks");
    tasks_close(&w);
}

/* One task behind the other, in either type. */
static void
test_batches(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *b;
    struct mesa_task_batch single;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = counting\n", 1, err));
    b = tasks_draw(&w, MESA_PART_TEST, 5, 3);
    assert_int_equal(b->n, 3);
    assert_int_equal(b->dtype, MESA_F64);
    assert_ok(mesa_task_batch_new(w.tasks, MESA_PART_TEST, 3, MESA_F32,
                                  &single, err));
    assert_ok(mesa_tasks_draw(w.tasks, MESA_PART_TEST, 5, &single, err));
    for (size_t k = 0; k < 3; k++) {
        double v = 5 + (double)k + 0.3;

        for (size_t i = 0; i < 4; i++, v++) {
            assert_bits_equal(((double *)b->support_x)[k * 4 + i], v);
            assert_true(((float *)single.support_x)[k * 4 + i] == (float)v);
        }
        for (size_t i = 0; i < 2; i++, v++)
            assert_bits_equal(((double *)b->support_y)[k * 2 + i], v);
        for (size_t i = 0; i < 6; i++, v++)
            assert_bits_equal(((double *)b->query_x)[k * 6 + i], v);
        for (size_t i = 0; i < 3; i++)
            assert_true(((float *)single.query_y)[k * 3 + i] ==
                        (float)((double *)b->query_y)[k * 3 + i]);
    }
    mesa_task_batch_free(&single);
    tasks_close(&w);
}

/* The stream of a task is its own: by seed, part and number. */
static void
test_streams(void **state)
{
    struct task_world w = { .tasks = NULL };
    double first[6], of_valid, of_seed;
    const double *y;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = counting\n", 1, err));
    y = tasks_draw(&w, MESA_PART_TRAIN, 0, 2)->query_y;
    memcpy(first, y, sizeof first);
    for (size_t i = 1; i < 6; i++)
        assert_true(first[i] != first[0]);
    y = tasks_draw(&w, MESA_PART_TRAIN, 1, 1)->query_y;
    assert_memory_equal(y, first + 3, 3 * sizeof *y);
    y = tasks_draw(&w, MESA_PART_VALID, 0, 1)->query_y;
    of_valid = y[0];
    assert_true(of_valid != first[0]);
    y = tasks_draw(&w, MESA_PART_TEST, 0, 1)->query_y;
    assert_true(y[0] != first[0] && y[0] != of_valid);
    assert_ok(tasks_open(&w, linked, "type = counting\n", 2, err));
    y = tasks_draw(&w, MESA_PART_TRAIN, 0, 1)->query_y;
    of_seed = y[0];
    assert_true(of_seed != first[0]);
    tasks_close(&w);
}

/* Small tasks are drawn on the stack, large ones not, many by threads. */
static void
test_sizes(void **state)
{
    static const char *const lines[] = {
        "type = counting\n",
        "type = counting\nsupport = 400\nquery = 500\n",
    };
    struct task_world w = { .tasks = NULL };
    struct mesa_task_batch many;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(lines); i++) {
        assert_ok(tasks_open(&w, linked, lines[i], 3, err));
        assert_ok(mesa_task_batch_new(w.tasks, MESA_PART_TRAIN, 600,
                                      MESA_F64, &many, err));
        assert_ok(mesa_parallel_set_threads(4, err));
        assert_ok(mesa_tasks_draw(w.tasks, MESA_PART_TRAIN, 0, &many, err));
        assert_ok(mesa_parallel_set_threads(1, err));
        tasks_draw(&w, MESA_PART_TRAIN, 0, 600);
        assert_memory_equal(many.query_y, w.batch.query_y,
                            600 * mesa_tasks_shape(w.tasks, MESA_PART_TRAIN)
                                      ->n_query * sizeof(double));
        mesa_task_batch_free(&many);
    }
    tasks_close(&w);
}

static void
expect_refused(struct task_world *w, const char *lines, enum mesa_dtype type,
               const char *message)
{
    assert_ok(tasks_open(w, linked, lines, 1, err));
    assert_ok(mesa_task_batch_new(w->tasks, MESA_PART_TRAIN, 4, type,
                                  &w->batch, err));
    assert_error(mesa_tasks_draw(w->tasks, MESA_PART_TRAIN, 0, &w->batch,
                                 err),
                 MESA_EDATA, message);
}

static void
test_values(void **state)
{
    static const char odd[] = "[data] counting: task 2 has a value that is "
                              "not finite";
    struct task_world w = { .tasks = NULL };

    (void)state;
    expect_refused(&w, "type = counting\nodd = 2\nvalue = inf\n", MESA_F64,
                   odd);
    expect_refused(&w, "type = counting\nodd = 2\nvalue = -inf\n", MESA_F32,
                   odd);
    expect_refused(&w, "type = counting\nodd = 2\nvalue = 1e39\n", MESA_F32,
                   odd);
    expect_refused(&w, "type = counting\nodd = 2\nfailing = true\n", MESA_F64,
                   "[data] counting: task 2 is odd");
    assert_ok(tasks_open(&w, linked,
                         "type = counting\nodd = 2\nvalue = 1e39\n", 1, err));
    tasks_draw(&w, MESA_PART_TRAIN, 0, 4);
    tasks_close(&w);
}

/* A resumed run must go on with the tasks that it began with. */
static void
test_hash(void **state)
{
    struct task_world w = { .tasks = NULL };
    uint64_t hash[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        static const char *const lines[] = {
            "type = counting\n", "type = counting\n",
            "type = counting\ntest = 0\n",
            "type = counting\nodd = 3\nvalue = 8\n"
        };

        assert_ok(tasks_open(&w, linked, lines[i], 1, err));
        assert_ok(mesa_tasks_hash(w.tasks, &hash[i], err));
    }
    assert_true(hash[0] == hash[1]);
    assert_true(hash[0] != hash[2] && hash[0] != hash[3]);
    assert_ok(tasks_open(&w, linked, "type = counting\n", 2, err));
    assert_ok(mesa_tasks_hash(w.tasks, &hash[1], err));
    assert_true(hash[0] != hash[1]);
    assert_ok(tasks_open(&w, linked, "type = counting\nodd = 1\n"
                         "failing = true\n", 1, err));
    assert_error(mesa_tasks_hash(w.tasks, &hash[1], err), MESA_EDATA,
                 "[data] counting: task 1 is odd");
    tasks_close(&w);
}

/* A source of tasks is none of rows, and says so. */
static void
test_no_rows(void **state)
{
    struct task_world w = { .tasks = NULL };
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_instance *source;
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_non_null(bundle);
    assert_ok(tasks_open(&w, linked, "type = counting\n", 1, err));
    assert_ok(mesa_instance_new(w.component, &source, err));
    assert_error(mesa_source_open(source, bundle, &rng, err), MESA_EINVAL,
                 "[data] counting gives tasks, not rows: only metalearners "
                 "that adapt to tasks can use it");
    mesa_instance_free(source);
    mesa_bundle_free(bundle);
    tasks_close(&w);
}

static void
test_memory(void **state)
{
    struct task_world w = { .tasks = NULL };
    struct mesa_tasks *tasks;
    struct mesa_rng root;
    struct mesa_error e;

    (void)state;
    mesa_rng_seed(&root, 1);
    assert_ok(tasks_open(&w, linked, "type = counting\nquery = 1000\n", 1,
                         err));
    for (uint64_t k = 0; k < 2; k++) {
        mesa_memory_fail_at(k);
        assert_int_equal(mesa_tasks_open(w.component, &root, &tasks, &e),
                         MESA_ENOMEM);
        mesa_memory_fail_at(UINT64_MAX);
        assert_null(tasks);
    }
    tasks_draw(&w, MESA_PART_TRAIN, 0, 1);
    mesa_memory_fail_at(0);
    assert_int_equal(mesa_tasks_draw(w.tasks, MESA_PART_TRAIN, 0, &w.batch,
                                     &e), MESA_ENOMEM);
    mesa_memory_fail_at(UINT64_MAX);
    tasks_close(&w);
}

/* What is known of tasks lies beside them, task after task. */
static void
test_info(void **state)
{
    struct task_world w = { .tasks = NULL };
    const struct mesa_task_batch *t;

    (void)state;
    assert_ok(tasks_open(&w, linked, "type = counting\ninfo = 2\n", 1, err));
    assert_int_equal(mesa_tasks_shape(w.tasks, MESA_PART_TEST)->n_info, 2);
    assert_string_equal(mesa_tasks_shape(w.tasks, MESA_PART_TEST)->info[1],
                        "part");
    t = tasks_draw(&w, MESA_PART_TEST, 5, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_true(((const double *)t->info)[2 * k] == 5 + (double)k);
        assert_true(((const double *)t->info)[2 * k + 1] == MESA_PART_TEST);
    }
    tasks_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_wrong_shapes),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
