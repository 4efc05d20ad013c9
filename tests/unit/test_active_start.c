/* SPDX-License-Identifier: MIT */
/*
 * test_active_start.c - the rows that active labels before its first fit:
 * drawn, far from each other, or listed in a file.
 */
#include "active_fixture.h"

#include <unistd.h>

static char listed[] = "/tmp/mesa-active-XXXXXX";

static void
write_list(const char *text, size_t n)
{
    FILE *to = fopen(listed, "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(text, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
}

static int
make_list(void **state)
{
    int fd = mkstemp(listed);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int
remove_list(void **state)
{
    (void)state;
    return unlink(listed);
}

/* A run with these lines, after the step that labels the first rows. */
static void
begin(struct world *w, const char *data, const char *lines)
{
    char text[500];
    bool done;

    snprintf(text, sizeof text,
             DATA "%s" LEARNER REST "[metalearner]\ntype = active\n%s", data,
             lines);
    assert_ok(world_open(w, text, err));
    assert_ok(w->class_->step(w->self, &w->host, 0, &w->metrics, &done, err));
}

static size_t
first_of_class(const struct world *w, int32_t label)
{
    size_t n = 0;

    for (size_t i = 0; i < w->self->rows.n; i++)
        n += w->self->rows.iteration[i] == 0 && w->self->rows.label[i] == label;
    return n;
}

/* Whatever is drawn, each class is there, and no row twice. */
static void
test_every_class(void **state)
{
    static const char *const how[] = { "initial = random\n",
                                       "initial = kmeans\n" };

    (void)state;
    for (size_t i = 0; i < 2 * 20; i++) {
        struct world w;
        char lines[100];

        snprintf(lines, sizeof lines, "n_init = %d\nbudget = 1\n%s",
                 4 + (int)i / 2, how[i % 2]);
        begin(&w, "classes = 4\n", lines);
        assert_int_equal(w.self->rows.n, 5 + i / 2);
        for (int32_t c = 0; c < 4; c++)
            assert_true(first_of_class(&w, c) > 0);
        assert_int_equal(first_of_class(&w, 0) + first_of_class(&w, 1) +
                             first_of_class(&w, 2) + first_of_class(&w, 3),
                         4 + i / 2);
        world_close(&w);
    }
}

/* A row of a missing class comes for one of the class with the most rows. */
static void
test_replaced(void **state)
{
    struct world with, without;
    size_t changed = 0, at = 0;

    (void)state;
    begin(&with, "rows = 400\nclasses = 3\n", "n_init = 3\nbudget = 1\n");
    begin(&without, "rows = 400\nclasses = 3\n",
          "n_init = 3\nbudget = 1\nevery_class = no\n");
    for (size_t i = 0; i < 3; i++)
        if (with.self->rows.row[i] != without.self->rows.row[i]) {
            changed++;
            at = i;
        }
    assert_in_range(changed, 1, 2);
    assert_int_equal(without.self->rows.label[at], 0);
    assert_int_not_equal(with.self->rows.label[at], 0);
    assert_int_equal(first_of_class(&without, 0) - first_of_class(&with, 0),
                     changed);
    world_close(&without);
    world_close(&with);
}

static double
apart(const struct world *w, size_t a, size_t b)
{
    const struct mesa_cmatrix *x = &w->self->data->x;
    const double *p = mesa_row(x, a), *q = mesa_row(x, b);

    return (p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]);
}

/* The mean distance of all rows from the nearest of the first ones. */
static double
spread(const struct world *w, size_t first)
{
    double sum = 0;

    for (size_t r = 0; r < w->self->data->x.rows; r++) {
        double least = INFINITY;

        for (size_t i = 0; i < first; i++) {
            double d = apart(w, r, w->self->rows.row[i]);

            least = d < least ? d : least;
        }
        sum += least;
    }
    return sum / (double)w->self->data->x.rows;
}

/* Seeds cover the pool better than rows drawn at random; with a transform
 * they are drawn from what the model would see. */
static void
test_kmeans(void **state)
{
    struct world far, any, scaled;

    (void)state;
    begin(&far, "rows = 5000\n",
          "initial = kmeans\nn_init = 30\nbudget = 1\nevery_class = no\n");
    begin(&any, "rows = 5000\n",
          "n_init = 30\nbudget = 1\nevery_class = no\n");
    assert_true(spread(&far, 30) < 0.8 * spread(&any, 30));
    begin(&scaled, "rows = 5000\n[transform]\ntype = standard\n",
          "initial = kmeans\nn_init = 30\nbudget = 1\nevery_class = no\n");
    assert_int_equal(scaled.self->rows.row[0], far.self->rows.row[0]);
    assert_memory_not_equal(scaled.self->rows.row, far.self->rows.row,
                            30 * sizeof(size_t));
    world_close(&scaled);
    world_close(&any);
    world_close(&far);
}

/* Rows of five places: the first five seeds are of one each, and then, of
 * doubles, no row comes twice. */
static void
test_doubles(void **state)
{
    double value[40];
    const struct mesa_cmatrix x = { value, 40, 1, 1, NULL };
    struct mesa_rng rng;
    size_t pick[40];
    bool taken[40] = { false };

    (void)state;
    for (size_t r = 0; r < 40; r++)
        value[r] = (double)(r % 5);
    mesa_rng_seed(&rng, 1);
    assert_ok(active_kmeans(&x, 40, pick, &rng, err));
    for (size_t i = 0; i < 40; i++) {
        assert_in_range(pick[i], 0, 39);
        assert_false(taken[pick[i]]);
        taken[pick[i]] = true;
        for (size_t j = 0; i < 5 && j < i; j++)
            assert_int_not_equal(pick[i] % 5, pick[j] % 5);
    }
}

/* The same rows for any number of threads, over several chunks. */
static void
test_threads(void **state)
{
    struct world one, three;

    (void)state;
    begin(&one, "rows = 20000\n", "initial = kmeans\nn_init = 20\n");
    assert_ok(mesa_parallel_set_threads(3, err));
    begin(&three, "rows = 20000\n", "initial = kmeans\nn_init = 20\n");
    assert_ok(mesa_parallel_set_threads(1, err));
    assert_memory_equal(one.self->rows.row, three.self->rows.row,
                        20 * sizeof(size_t));
    world_close(&three);
    world_close(&one);
}

/* Listed one by one, or in a column of a table. */
static void
test_file(void **state)
{
    static const char *const lists[] = {
        "5\n3\n39\n0\n",
        "5\r\n3\r\n\r\n39\r\n0",
        " 5 \n\n3\n39\n0\n\n",
        "row\n5\n3\n39\n0\n",
        "row,iteration,utility,label\n5,0,,no\n3,0,,\"a,\n\"\"b\"\n"
        "39,1,0.5,yes\n0,1,0.25,no\n",
        "\"a,b\",\"row\"\nx,\"5\"\n\"y\n\",3\n,39\nz, 0,7\n",
    };
    char lines[100];

    (void)state;
    snprintf(lines, sizeof lines,
             "initial = file\ninitial_rows = %s\nbudget = 2\n", listed);
    for (size_t i = 0; i < MESA_COUNT(lists); i++) {
        struct world w;

        write_list(lists[i], strlen(lists[i]));
        begin(&w, "", lines);
        assert_int_equal(w.self->rows.n, 6);
        assert_int_equal(w.self->rows.row[0], 5);
        assert_int_equal(w.self->rows.row[1], 3);
        assert_int_equal(w.self->rows.row[2], 39);
        assert_int_equal(w.self->rows.row[3], 0);
        assert_int_equal(w.class_->total(w.self, &w.host), 19);
        world_close(&w);
    }
}

/* Beside those listed, a row of each class that is not. */
static void
test_file_classes(void **state)
{
    char lines[100];
    struct world w;

    (void)state;
    write_list("1\n2\n3\n", 6);
    snprintf(lines, sizeof lines,
             "initial = file\ninitial_rows = %s\nbudget = 1\n", listed);
    begin(&w, "classes = 3\n", lines);
    assert_int_equal(w.self->rows.n, 6);
    assert_int_equal(w.self->rows.row[2], 3);
    assert_int_equal(w.self->rows.label[3], 1);
    assert_int_equal(w.self->rows.label[4], 2);
    world_close(&w);
    write_list("1\n", 2);
    snprintf(lines, sizeof lines,
             "initial = file\ninitial_rows = %s\nbudget = 1\n"
             "every_class = no\n", listed);
    begin(&w, "classes = 3\n", lines);
    assert_int_equal(w.self->start, 1);
    assert_int_equal(w.self->rows.row[0], 1);
    world_close(&w);
}

/* Of rows that have a label already, none need be listed. */
static void
test_file_and_labels(void **state)
{
    char text[300];
    struct world w;

    (void)state;
    write_list("1\n2\n", 4);
    snprintf(text, sizeof text,
             DATA "known = 7\n" LEARNER REST LOOP "initial = file\n"
             "initial_rows = %s\n", listed);
    assert_error(world_open(&w, text, err), MESA_EDATA,
                 "initial_rows lists rows to begin with, but 7 training rows "
                 "have a label: those come first");
    world_close(&w);
}

static void
test_bad_files(void **state)
{
    static const struct {
        const char *text, *message; /* after the file's name */
        mesa_status status;
    } cases[] = {
        { "", ":1: neither a row number nor a header with a column row",
          MESA_EPARSE },
        { "rows,label\n1,2\n",
          ":1: neither a row number nor a header with a column row",
          MESA_EPARSE },
        { "\n\nx\n",
          ":3: neither a row number nor a header with a column row",
          MESA_EPARSE },
        { "1,2\n", ":1: neither a row number nor a header with a column row",
          MESA_EPARSE },
        { "row\n", " lists no rows", MESA_EDATA },
        { "row,label\n\n\n", " lists no rows", MESA_EDATA },
        { "1\n2\n1\n", ":3: row 1 is there twice", MESA_EDATA },
        { "1\n40\n", ":2: row 40, but training rows are 0 ... 39",
          MESA_EDATA },
        { "-1\n", ":1: row -1, but training rows are 0 ... 39", MESA_EDATA },
        { "1\n\n1.5\n", ":3: '1.5' is not a whole number, as rows have",
          MESA_EPARSE },
        { "label,row\n\"\n\n\",1\nx\n", ":5: '' is no row number",
          MESA_EPARSE },
        { "1\n99999999999999999999\n",
          ":2: '99999999999999999999' is larger than any row number",
          MESA_EPARSE },
        { "1\n\"unfinished\n2\n3", ":2: '\"unfinished?2?3' is no row number",
          MESA_EPARSE },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        char message[300];
        size_t *row, n;

        write_list(cases[i].text, strlen(cases[i].text));
        snprintf(message, sizeof message, "%s%s", listed, cases[i].message);
        assert_error(active_read_rows(listed, 40, &row, &n, err),
                     cases[i].status, message);
        assert_null(row);
    }
}

/* What editors and spreadsheets put in front, and lines left blank. */
static void
test_blank_lines(void **state)
{
    static const char *const texts[] = {
        "\xef\xbb\xbf" "3\n5\n",
        "\n\r\n3\n\n5\n\n",
        "\xef\xbb\xbfrow,label\n3,a\n5,b\n",
        "\xef\xbb\xbf\n\nlabel,row\n\na,3\n\nb,5",
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(texts); i++) {
        size_t *row, n;

        write_list(texts[i], strlen(texts[i]));
        assert_ok(active_read_rows(listed, 40, &row, &n, err));
        assert_int_equal(n, 2);
        assert_int_equal(row[0], 3);
        assert_int_equal(row[1], 5);
        mesa_free(row);
    }
}

static void
test_files_that_cannot_be_read(void **state)
{
    size_t *row, n;

    (void)state;
    assert_error(active_read_rows("/nowhere/rows.csv", 40, &row, &n, err),
                 MESA_ENOTFOUND,
                 "cannot open /nowhere/rows.csv: No such file or directory");
    assert_error(active_read_rows("/tmp", 40, &row, &n, err), MESA_EIO,
                 "cannot read /tmp: Is a directory");
    assert_error(active_read_rows("/dev/zero", 40, &row, &n, err), MESA_EDATA,
                 "/dev/zero has more than 105536 bytes, too much for a list "
                 "of 40 training rows");
}

/* A long file, in any bytes: rows, or one line that says what is wrong. */
static void
test_spoilt_files(void **state)
{
    char text[8000];
    size_t *row, n, at = 0;
    struct mesa_rng rng;

    (void)state;
    for (size_t r = 0; r < 1000; r++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%zu\n", r);
    write_list(text, at);
    assert_ok(active_read_rows(listed, 1000, &row, &n, err));
    assert_int_equal(n, 1000);
    assert_int_equal(row[999], 999);
    mesa_free(row);
    mesa_rng_seed(&rng, 1);
    for (size_t i = 0; i < 2000; i++) {
        static const char bytes[] = "row,\"\n\r \t019-\\\0\xff";

        at = mesa_rng_below(&rng, 40);
        for (size_t j = 0; j < at; j++)
            text[j] = bytes[mesa_rng_below(&rng, sizeof bytes)];
        write_list(text, at);
        if (active_read_rows(listed, 1000, &row, &n, NULL) == MESA_OK)
            assert_in_range(n, 1, 1000);
        mesa_free(row);
    }
}

/* Every allocation fails once. */
static void
test_memory(void **state)
{
    char text[300];
    mesa_status st = MESA_ENOMEM;

    (void)state;
    write_list("1\n2\n", 4);
    snprintf(text, sizeof text,
             DATA LEARNER REST "[metalearner]\ntype = active\nbudget = 9\n"
             "initial = file\ninitial_rows = %s\nstop_agreement = 1\n",
             listed);
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct world w;
        uint64_t live;
        bool done;

        assert_ok(world_open(&w, text, err));
        mesa_instance_free(w.it);
        w.it = NULL;
        live = mesa_memory_live();
        mesa_memory_fail_at(k);
        st = world_begin(&w, NULL);
        for (uint64_t i = 0; i < 2 && st == MESA_OK; i++)
            st = w.class_->step(w.self, &w.host, i, &w.metrics, &done, NULL);
        if (st == MESA_OK)
            st = save_and_load(&w, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_instance_free(w.it);
        w.it = NULL;
        mesa_free(w.rows.at);
        w.rows.at = NULL;
        assert_int_equal(mesa_memory_live(), live);
        world_close(&w);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_kmeans),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_classes),
        cmocka_unit_test(test_file_and_labels),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_blank_lines),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_spoilt_files),
        cmocka_unit_test(test_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, make_list, remove_list);
}
