/* SPDX-License-Identifier: MIT */
/* test_tabular_tasks.c - tasks of one's own, by column and by file. */
#include "source_fixture.h"
#include "task_fixture.h"

#include <math.h>

const struct mesa_plugin *csv_plugin(void);
const struct mesa_plugin *moons_plugin(void);
const struct mesa_plugin *standard_plugin(void);
const struct mesa_plugin *tabular_tasks_plugin(void);

static const struct mesa_builtin linked[] = {
    { "sources", "csv", csv_plugin },
    { "sources", "moons", moons_plugin },
    { "sources", "tabular_tasks", tabular_tasks_plugin },
    { "transforms", "standard", standard_plugin },
    { NULL, NULL, NULL },
};

/* The folder that files are in, and what they make. */
struct files {
    struct fixture    fx;
    struct task_world w;
};

static void
files_init(struct files *f)
{
    memset(f, 0, sizeof *f);
    fixture_init(&f->fx);
}

static void
files_free(struct files *f)
{
    tasks_close(&f->w);
    fixture_free(&f->fx);
}

/* In place of what was open; FOLDER in the lines is the folder. */
static mesa_status
open_files(struct files *f, const char *lines, uint64_t seed,
           struct mesa_error *err)
{
    char text[1600] = "type = tabular_tasks\n";
    const char *at;

    while ((at = strstr(lines, "FOLDER"))) {
        assert_true(strlen(text) + strlen(lines) + 64 < sizeof text);
        strncat(text, lines, (size_t)(at - lines));
        strcat(text, f->fx.folder);
        lines = at + strlen("FOLDER");
    }
    strcat(text, lines);
    return tasks_open(&f->w, linked, text, seed, err);
}

/* Task t has 20 rows or, of ten tasks, every second one 21: x is 100 t + r,
 * u is -x, v is x / 2 and c is odd or even, as r is. */
static void
write_table(struct files *f, const char *name, int first, int last,
            bool with_task)
{
    char text[16000];
    size_t n = (size_t)snprintf(text, sizeof text, "%sx,u,v,c\n",
                                with_task ? "t," : "");

    for (int r = 0; r < 21; r++)
        for (int t = first; t <= last; t++) {
            int x = 100 * t + r;

            if (r == 20 && t % 2 == 0)
                continue;
            if (with_task)
                n += (size_t)snprintf(text + n, sizeof text - n, "%d,", t);
            n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%g,%s\n",
                                  x, -x, x / 2.0, r % 2 ? "odd" : "even");
            assert_true(n < sizeof text);
        }
    fixture_text(&f->fx, name, text);
}

#define TARGETS "[table]\ntype = csv\nfile = FOLDER/a.csv\ntarget = v, u\n" \
    "ignore = c\n"
#define LABELS "[table]\ntype = csv\nfile = FOLDER/a.csv\nlabel = c\n" \
    "ignore = u, v\n"

/* The task that all rows are of; none is there twice. */
static int
task_of(const double *support, size_t n, const double *query, size_t m,
        size_t step)
{
    bool seen[21] = { false };
    int task = (int)support[0] / 100;

    for (size_t k = 0; k < n + m; k++) {
        double x = k < n ? support[k * step] : query[(k - n) * step];
        int r = (int)x % 100;

        assert_int_equal((int)x / 100, task);
        assert_in_range(r, 0, 20);
        assert_false(seen[r]);
        seen[r] = true;
    }
    return task;
}

/* Which tasks a part has: by column, with targets. */
static size_t
tasks_of(struct files *f, enum mesa_part part, size_t n, int *of_task)
{
    const struct mesa_task_shape *s = mesa_tasks_shape(f->w.tasks, part);
    const struct mesa_task_batch *t = tasks_draw(&f->w, part, 0, n);
    bool used[20] = { false };
    size_t different = 0;

    for (size_t k = 0; k < n; k++) {
        const double *x = (const double *)t->support_x + k * s->n_support;
        const double *y = (const double *)t->support_y +
                          k * s->n_support * 2;

        of_task[k] = task_of(x, s->n_support,
                             (const double *)t->query_x + k * s->n_query,
                             s->n_query, 1);
        different += !used[of_task[k]];
        used[of_task[k]] = true;
        for (size_t r = 0; r < s->n_support; r++) {
            assert_bits_equal(y[2 * r], x[r] / 2);
            assert_bits_equal(y[2 * r + 1], -x[r]);
        }
    }
    return different;
}

static void
test_column(void **state)
{
    static const char *const lines[] = {
        "rows = table\ntask = t\nshots = 5\nquery = 7\ntrain_shots = 8\n"
        "test_query = 15\ntask_split = 0.5, 0.2, 0.3\n" TARGETS,
        "rows = table\ntask = 0\nshots = 5\nquery = 7\ntrain_shots = 8\n"
        "test_query = 15\ntask_split = 0.5, 0.2, 0.3\n" TARGETS
        "categorical = t\n",
    };
    static const size_t size[] = { 0, 5, 2, 3 };
    struct files f;
    int of[200], all = 0;

    (void)state;
    files_init(&f);
    write_table(&f, "a.csv", 1, 10, true);
    for (size_t i = 0; i < MESA_COUNT(lines); i++) {
        assert_ok(open_files(&f, lines[i], 1, err));
        assert_shape(&f.w, MESA_PART_TRAIN, 8, 7, 1, 2);
        assert_shape(&f.w, MESA_PART_VALID, 5, 15, 1, 2);
        assert_shape(&f.w, MESA_PART_TEST, 5, 15, 1, 2);
        all = 0;
        for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
            size_t n = size[p];

            assert_int_equal(tasks_of(&f, (enum mesa_part)p, 200, of), n);
            for (size_t k = 0; k < 200; k++)
                if (p != MESA_PART_TRAIN)
                    assert_int_equal(of[k], of[k % n]);
            for (int t = 1; t <= 10; t++)
                for (size_t k = 0; k < 200; k++)
                    if (of[k] == t) {
                        all += 1 << t;
                        break;
                    }
        }
        assert_int_equal(all, 2046); /* each task in one part */
    }
    files_free(&f);
}

/* The same task comes with other rows each time. */
static void
test_rows_drawn(void **state)
{
    struct files f;
    const double *x;
    int first, of[6];

    (void)state;
    files_init(&f);
    write_table(&f, "a.csv", 1, 10, true);
    assert_ok(open_files(&f, "rows = table\ntask = t\nshots = 5\n"
                         "task_split = 0.8, 0.2\n" TARGETS, 1, err));
    assert_null(mesa_tasks_shape(f.w.tasks, MESA_PART_VALID));
    assert_int_equal(tasks_of(&f, MESA_PART_TEST, 6, of), 2);
    first = of[0];
    assert_int_equal(of[2], first);
    x = f.w.batch.support_x;
    assert_true(memcmp(x, x + 10, 5 * sizeof *x) != 0);
    files_free(&f);
}

static void
test_names(void **state)
{
    struct files f;
    int of[100];

    (void)state;
    files_init(&f);
    write_table(&f, "a.csv", 1, 10, true);
    assert_ok(open_files(&f, "rows = table\ntask = t\nshots = 5\n"
                         "test_tasks = 7, 2\n" TARGETS, 1, err));
    assert_null(mesa_tasks_shape(f.w.tasks, MESA_PART_VALID));
    assert_int_equal(tasks_of(&f, MESA_PART_TRAIN, 100, of), 8);
    assert_int_equal(tasks_of(&f, MESA_PART_TEST, 2, of), 2);
    assert_int_equal(of[0], 2);
    assert_int_equal(of[1], 7);
    assert_ok(open_files(&f, "rows = table\ntask = t\nshots = 5\n"
                         "test_tasks = 7\nvalid_tasks = 1, 3, 10\n" TARGETS,
                         1, err));
    assert_int_equal(tasks_of(&f, MESA_PART_TRAIN, 100, of), 6);
    assert_int_equal(tasks_of(&f, MESA_PART_VALID, 100, of), 3);
    assert_int_equal(tasks_of(&f, MESA_PART_TEST, 100, of), 1);
    files_free(&f);
}

static void
test_classes(void **state)
{
    struct files f;
    const struct mesa_task_batch *t;

    (void)state;
    files_init(&f);
    write_table(&f, "a.csv", 1, 10, true);
    assert_ok(open_files(&f, "rows = table\ntask = t\nshots = 4\n" LABELS, 1,
                         err));
    assert_shape(&f.w, MESA_PART_TRAIN, 4, 4, 1, 2);
    assert_int_equal(mesa_tasks_shape(f.w.tasks, MESA_PART_TEST)->n_classes,
                     2);
    t = tasks_draw(&f.w, MESA_PART_TRAIN, 0, 50);
    for (size_t k = 0; k < 200; k++) {
        int odd = (int)((const double *)t->query_x)[k] % 2;

        assert_true(((const double *)t->query_y)[2 * k] == !odd);
        assert_true(((const double *)t->query_y)[2 * k + 1] == odd);
    }
    files_free(&f);
}

#define FILES "rows = table\nfolder = FOLDER\nshots = 5\n"
#define AS_TARGETS "[table]\ntype = csv\ntarget = v, u\nignore = c\n"
#define AS_LABELS "[table]\ntype = csv\nlabel = c\nignore = u, v\n"

/* A file is a task, whatever order the folder lists them in. */
static void
test_folder(void **state)
{
    struct files f;
    int of[60];

    (void)state;
    files_init(&f);
    for (int t = 5; t >= 1; t--) {
        char name[16];

        snprintf(name, sizeof name, "task%d.csv", t);
        write_table(&f, name, t, t, false);
    }
    assert_ok(open_files(&f, FILES "test_tasks = task2.csv, task4.csv\n"
                         AS_TARGETS, 1, err));
    assert_shape(&f.w, MESA_PART_TRAIN, 5, 5, 1, 2);
    assert_int_equal(tasks_of(&f, MESA_PART_TRAIN, 60, of), 3);
    assert_int_equal(tasks_of(&f, MESA_PART_TEST, 2, of), 2);
    assert_int_equal(of[0], 2);
    assert_int_equal(of[1], 4);
    assert_ok(open_files(&f, FILES "task_split = 0.6, 0.4\n" AS_LABELS, 1,
                         err));
    assert_shape(&f.w, MESA_PART_TEST, 5, 5, 1, 2);
    files_free(&f);
}

/* Fitted on the rows of training tasks: mean and spread of those. */
static void
test_transform(void **state)
{
    struct files f;
    const double *x;

    (void)state;
    files_init(&f);
    fixture_text(&f.fx, "a.csv", "1,-1,0\n1,1,0\n2,9,0\n2,11,0\n3,-1,1\n"
                 "3,1,1\n");
    assert_ok(open_files(&f, "rows = table\ntask = 0\nshots = 1\n"
                         "test_tasks = 2\n[table]\ntype = csv\n"
                         "file = FOLDER/a.csv\ntarget = 2\n[transform]\n"
                         "type = standard\n", 1, err));
    x = tasks_draw(&f.w, MESA_PART_TRAIN, 0, 1)->support_x;
    assert_true(fabs(x[0]) == 1);
    x = tasks_draw(&f.w, MESA_PART_TEST, 0, 1)->support_x;
    assert_true(x[0] == 9 || x[0] == 11);
    files_free(&f);
}

static void
expect_error(struct files *f, const char *lines, mesa_status status,
             const char *message)
{
    char text[400];

    snprintf(text, sizeof text, "[data] tabular_tasks: %s", message);
    assert_error(open_files(f, lines, 1, err), status, text);
}

static void
test_errors(void **state)
{
    static const struct {
        const char *lines;
        mesa_status status;
        const char *message;
    } wrong[] = {
        { "shots = 11\ntest_tasks = 3\n", MESA_EDATA,
          "task '1' has 21 rows, but shots + query are 22" },
        { "train_shots = 15\ntest_tasks = 3\n", MESA_EDATA,
          "task '1' has 21 rows, but train_shots + query are 25" },
        { "test_query = 12\nquery = 2\ntest_tasks = 4\n", MESA_EDATA,
          "task '4' has 20 rows, but shots + test_query are 22" },
        { "task_split = 0.9, 0.02, 0.08\n", MESA_EDATA,
          "task_split leaves 0 of 10 tasks to valid, expected 1 or more" },
        { "task_split = 1\n", MESA_EINVAL,
          "task_split has 1 shares, expected 3 (training, validation, test) "
          "or 2 (training, test)" },
        { "test_tasks = 3, 33\n", MESA_EINVAL,
          "test_tasks has '33', which is none of the 10 tasks" },
        { "test_tasks = 3\nvalid_tasks = 4, 3\n", MESA_EINVAL,
          "task '3' is held out twice, the second time by test_tasks" },
        { "test_tasks = 1,2,3,4,5,6,7,8,9,10\n", MESA_EDATA,
          "all 10 tasks are held out, none is left to learn from" },
        { "folder = FOLDER\n", MESA_EINVAL,
          "task and folder are both given: a column or files tell tasks "
          "apart" },
    };
    struct files f;
    char lines[400];

    (void)state;
    files_init(&f);
    write_table(&f, "a.csv", 1, 10, true);
    for (size_t i = 0; i < MESA_COUNT(wrong); i++) {
        snprintf(lines, sizeof lines, "rows = table\ntask = t\n%s" TARGETS,
                 wrong[i].lines);
        expect_error(&f, lines, wrong[i].status, wrong[i].message);
    }
    expect_error(&f, "rows = table\n" TARGETS, MESA_EINVAL,
                 "neither task nor folder is given: which column, or which "
                 "files, tell tasks apart?");
    expect_error(&f, "rows = table\ntask = z\n" TARGETS, MESA_EINVAL,
                 "task is 'z', which is none of the 2 columns");
    expect_error(&f, "rows = table\ntask = 2\n" TARGETS, MESA_EINVAL,
                 "task is '2', which is none of the 2 columns");
    files_free(&f);
}

static void
test_bad_tables(void **state)
{
#define SMALL "rows = table\ntask = t\nshots = 1\n[table]\ntype = csv\n" \
    "target = y\nfile = FOLDER/"
    struct files f;

    (void)state;
    files_init(&f);
    fixture_text(&f.fx, "one.csv", "t,x,y\n1,2,3\n1,3,3\n");
    fixture_text(&f.fx, "bare.csv", "t,y\n1,2\n2,2\n");
    fixture_text(&f.fx, "gap.csv", "t,x,y\n1,2,3\n,3,3\n");
    fixture_text(&f.fx, "hole.csv", "t,x,y\n1,2,3\n1,?,3\n2,2,2\n2,2,2\n");
    expect_error(&f, SMALL "one.csv\n", MESA_EDATA,
                 "there is only the task '1', expected several");
    expect_error(&f, SMALL "bare.csv\n", MESA_EDATA,
                 "there is no column but 't', which tells tasks apart");
    expect_error(&f, SMALL "gap.csv\n", MESA_EDATA,
                 "row 1 has no value in column 't', which tells tasks apart");
    expect_error(&f, "rows = table\ntask = t\nshots = 1\ntest_tasks = 2\n"
                 "[table]\ntype = csv\ntarget = y\nfile = FOLDER/hole.csv\n",
                 MESA_EDATA,
                 "row 1 has no value in column 'x', tasks need one: "
                 "[transform] impute makes some");
    files_free(&f);
}

/* Two files in the folder, the second of which does not fit. */
static void
expect_misfit(const char *a, const char *b, const char *lines,
              const char *message)
{
    struct files f;

    files_init(&f);
    fixture_text(&f.fx, "a.csv", a);
    fixture_text(&f.fx, "b.csv", b);
    expect_error(&f, lines, MESA_EDATA, message);
    files_free(&f);
}

static void
test_bad_folders(void **state)
{
    static const char number[] = FILES "[table]\ntype = csv\ntarget = -1\n";
    static const char class_[] = FILES "[table]\ntype = csv\n";
    struct files f;
    char message[200];

    (void)state;
    expect_misfit("x,y\n1,2\n", "x,z,y\n1,2,3\n", number,
                  "b.csv has 2 columns and 1 targets, the tables before it "
                  "1 and 1");
    expect_misfit("x,y\n1,2\n", "z,y\n1,2\n", number,
                  "column 0 of b.csv is 'z', of the tables before it 'x'");
    expect_misfit("x,y\n1,a\n2,b\n", "x,y\n1,a\n2,c\n", class_,
                  "b.csv has other classes than the tables before it: the "
                  "parameter classes can list all");
    expect_misfit("x,y\n1,a\n2,b\n", "x,y\n1,a\n", class_,
                  "b.csv has other classes than the tables before it: the "
                  "parameter classes can list all");
    expect_misfit("x,y\nred,1\n", "x,y\nblue,1\n",
                  FILES "[table]\ntype = csv\ntarget = y\n"
                  "categorical = x\n",
                  "column 'x' of b.csv has other categories than the tables "
                  "before it");
    files_init(&f);
    snprintf(message, sizeof message, "there are no files in %s",
             f.fx.folder);
    expect_error(&f, number, MESA_EDATA, message);
    snprintf(message, sizeof message, "cannot open the folder %s/none: No "
             "such file or directory", f.fx.folder);
    expect_error(&f, "folder = FOLDER/none\n", MESA_ENOTFOUND, message);
    fixture_text(&f.fx, "a.csv", "x,y\n1,2\n");
    expect_error(&f, "rows = table\nfolder = FOLDER\n[table]\n"
                 "type = moons\n", MESA_EINVAL,
                 "[table] moons reads no file");
    files_free(&f);
}

static mesa_status
describe_tasks(struct files *f, const char *lines, struct mesa_error *err)
{
    const struct mesa_source_class *c;
    struct mesa_instance *made;
    mesa_status st;

    /* Opening may fail, as long as the component is there. */
    open_files(f, lines, 1, err);
    assert_non_null(f->w.component);
    c = (const void *)mesa_component_class(f->w.component);
    st = mesa_instance_new(f->w.component, &made, err);
    if (st == MESA_OK)
        st = c->describe(mesa_instance_self(made), err);
    mesa_instance_free(made);
    return st;
}

/* --check looks at the heads of what will be read, and at nothing else. */
static void
test_describe(void **state)
{
    struct files f;
    char message[200];

    (void)state;
    files_init(&f);
    fixture_text(&f.fx, "a.csv", "t,u,v,c\n1,2,3,4\n1,oops,3,4\n");
    assert_ok(describe_tasks(&f, "rows = table\ntask = t\n" TARGETS, err));
    assert_ok(describe_tasks(&f, FILES AS_TARGETS, err));
    assert_error(describe_tasks(&f, "rows = table\n" TARGETS, err),
                 MESA_EINVAL,
                 "neither task nor folder is given: which column, or which "
                 "files, tell tasks apart?");
    snprintf(message, sizeof message, "cannot open %s/b.csv: No such file or "
             "directory", f.fx.folder);
    assert_error(describe_tasks(&f, "rows = table\ntask = t\n[table]\n"
                                "type = csv\nfile = FOLDER/b.csv\n", err),
                 MESA_ENOTFOUND, message);
    fixture_text(&f.fx, "b.csv", "t,u,v,c\n");
    snprintf(message, sizeof message, "%s/b.csv has a header but no rows",
             f.fx.folder);
    assert_error(describe_tasks(&f, FILES AS_TARGETS, err), MESA_EDATA,
                 message);
    assert_error(describe_tasks(&f, "rows = table\nfolder = FOLDER\n[table]\n"
                                "type = moons\n", err),
                 MESA_EINVAL, "[table] moons reads no file");
    assert_ok(describe_tasks(&f, "rows = table\ntask = 0\n[table]\n"
                             "type = moons\n", err));
    files_free(&f);
}

/* Nothing stays, wherever memory runs out. */
static void
test_memory(void **state)
{
    struct files f;
    struct mesa_tasks *tasks;
    struct mesa_rng root;
    struct mesa_error e;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    files_init(&f);
    for (int t = 1; t <= 4; t++) {
        char name[16];

        snprintf(name, sizeof name, "task%d.csv", t);
        write_table(&f, name, t, t, false);
    }
    mesa_rng_seed(&root, 1);
    assert_ok(open_files(&f, FILES "test_tasks = task1.csv\n" AS_TARGETS, 1,
                         err));
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        uint64_t live = mesa_memory_live();

        assert_true(k < 100000);
        mesa_memory_fail_at(k);
        st = mesa_tasks_open(f.w.component, &root, &tasks, &e);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_int_equal(mesa_memory_live(), live);
        }
    }
    assert_int_equal(st, MESA_OK);
    mesa_tasks_free(tasks);
    files_free(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column),
        cmocka_unit_test(test_rows_drawn),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_transform),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_bad_tables),
        cmocka_unit_test(test_bad_folders),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
