/* SPDX-License-Identifier: MIT */
/* test_libsvm.c - LIBSVM files, and broken ones. */
#include "mutations.h"

#include "../golden/formats.h"

const struct mesa_plugin *libsvm_plugin(void);

static void
test_golden(void **state)
{
    static const int block_size[] = { 262144, 1, 7, 64 };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(block_size); i++) {
        struct fixture fx;
        const struct mesa_dataset *d;
        char lines[100];

        fixture_init(&fx);
        fixture_text(&fx, "a.txt", libsvm_text);
        snprintf(lines, sizeof lines, "file = a.txt\nblock_size = %d\n",
                 block_size[i]);
        assert_ok(mesa_parallel_set_threads(1 + i, err));
        assert_ok(fixture_open(&fx, libsvm_plugin(), lines, 1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        assert_int_equal(d->x.rows, 13);
        assert_int_equal(d->x.cols, 7);
        assert_values(d, libsvm_x, libsvm_y);
        assert_string_equal(d->schema->column[0].name, "x1");
        assert_string_equal(d->schema->class_name[1], "1");
        fixture_free(&fx);
    }
}

/* Indices from 0, words for labels, queries, comments, an empty row. */
static void
test_other_rows(void **state)
{
    static const char train[] = "yes qid:3 0:1 2:-2 # 5:5\r\n"
                                "\r\n# nothing\nno\nno\t1:nan";
    static const double x[] = { 1, 0, -2, 0, 0, 0, 0, 0, 0, NAN, 0, 0 };
    static const int32_t y[] = { 1, 0, 0 };
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.txt", train);
    fixture_text(&fx, "b.txt", "yes 3:7\n");
    assert_ok(fixture_open(&fx, libsvm_plugin(),
                           "train = a.txt\ntest = b.txt", 1, err));
    d = fixture_part(&fx, MESA_PART_TRAIN);
    assert_int_equal(d->x.rows, 3);
    assert_int_equal(d->x.cols, 4);
    assert_values(d, x, y);
    assert_string_equal(d->schema->column[3].name, "x3");
    assert_int_equal(fixture_part(&fx, MESA_PART_TEST)->y[0], 1);
    assert_bits_equal(fixture_part(&fx, MESA_PART_TEST)->x.data[3], 7.0);
    /* All columns that there may be; another order of classes. */
    assert_ok(fixture_open(&fx, libsvm_plugin(),
                           "file = b.txt\nn_features = 5\nzero_based = true\n"
                           "classes = yes, no",
                           1, err));
    d = fixture_part(&fx, MESA_PART_ALL);
    assert_int_equal(d->x.cols, 5);
    assert_int_equal(d->y[0], 0);
    fixture_free(&fx);
}

struct broken {
    const char *text, *lines;
    mesa_status status;
    const char *expected; /* behind the path */
};

static void
test_errors(void **state)
{
    static const struct broken cases[] = {
        { "1 1:1\n0 2:1 1:1\n", "", MESA_EPARSE,
          "/a.txt:2: index 1 comes after index 2, expected ascending ones" },
        { "1 1:1\n\n0 1:1 1:1\n", "", MESA_EPARSE,
          "/a.txt:3: index 1 comes after index 1, expected ascending ones" },
        { "1 1:1\n0 0:1\n", "zero_based = false", MESA_EDATA,
          "/a.txt:2: index 0, expected one from 1 to 1" },
        { "1 1:1\n0 4:1\n", "n_features = 3", MESA_EDATA,
          "/a.txt:2: index 4, expected one from 1 to 3" },
        { "1 1:1\n0 2\n", "", MESA_EPARSE,
          "/a.txt:2: '2' is not INDEX:VALUE" },
        { "1 1:1\n0 -2:1\n", "", MESA_EPARSE,
          "/a.txt:2: '-2:1' is not INDEX:VALUE" },
        { "1 1:1\n0 999999999:1\n", "", MESA_EPARSE,
          "/a.txt:2: '999999999:1' is not INDEX:VALUE" },
        { "1 1:1\n0 1:\n", "", MESA_EPARSE,
          "/a.txt:2: '1:' has no number for a value" },
        { "1 1:1\n0 1:x\n", "", MESA_EPARSE,
          "/a.txt:2: '1:x' has no number for a value" },
        { "1 1:1\n0 1:inf\n", "", MESA_EPARSE,
          "/a.txt:2: '1:inf' has a value that is not finite" },
        { "1 1:1\n2:1 3:1\n", "", MESA_EPARSE,
          "/a.txt:2: '2:1' stands where a label should be" },
        { "1 1:1\n0 1:1\n", "classes = 0, 2", MESA_EDATA,
          "/a.txt:1: class '1' is not one of 0, 2" },
    };
    struct fixture fx;
    char expected[300];

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.txt", "");
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        fx.n_files = 0;
        fixture_text(&fx, "a.txt", cases[i].text);
        snprintf(expected, sizeof expected, "[data] libsvm: %s%s", fx.folder,
                 cases[i].expected);
        for (int block = 1; block < 30; block += 14) {
            char lines[200];

            snprintf(lines, sizeof lines,
                     "file = a.txt\nblock_size = %d\n%s", block,
                     cases[i].lines);
            assert_error(fixture_open(&fx, libsvm_plugin(), lines, 1, err),
                         cases[i].status, expected);
        }
    }
    fixture_free(&fx);
}

static void
test_whole_files(void **state)
{
    struct fixture fx;
    char expected[300];

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "b.txt", "1\n0\n");
    assert_error(fixture_open(&fx, libsvm_plugin(), "file = b.txt", 1, err),
                 MESA_EDATA, "[data] libsvm: no row has any INDEX:VALUE");
    fixture_text(&fx, "c.txt", "2 1:1\n");
    snprintf(expected, sizeof expected,
             "[data] libsvm: %s/c.txt:1: class '2' does not occur in "
             "%s/b.txt",
             fx.folder, fx.folder);
    assert_error(fixture_open(&fx, libsvm_plugin(),
                              "train = b.txt\ntest = c.txt", 1, err),
                 MESA_EDATA, expected);
    fixture_free(&fx);
}

static void
test_many_labels(void **state)
{
    struct fixture fx;
    char *text = mesa_alloc_array(10001, 16), *to = text;
    char expected[200];

    (void)state;
    for (int i = 0; i <= 10000; i++)
        to += sprintf(to, "%d 1:1\n", i);
    fixture_init(&fx);
    fixture_text(&fx, "a.txt", text);
    snprintf(expected, sizeof expected,
             "[data] libsvm: %s/a.txt holds more than 10000 different labels, "
             "too many for classes",
             fx.folder);
    assert_error(fixture_open(&fx, libsvm_plugin(), "file = a.txt", 1, err),
                 MESA_EDATA, expected);
    mesa_free(text);
    fixture_free(&fx);
}

/* What --check sees: no header, but the files must be there. */
static void
test_files(void **state)
{
    static const struct broken cases[] = {
        { NULL, "", MESA_EINVAL,
          "[data] libsvm: neither file nor train is given, expected one" },
        { NULL, "file = a\ntrain = b", MESA_EINVAL,
          "[data] libsvm: both file and train are given, expected one" },
        { NULL, "file = a\ntest = b", MESA_EINVAL,
          "[data] libsvm: test goes with train, not with file" },
    };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(cases); i++)
        assert_error(fixture_open(&fx, libsvm_plugin(), cases[i].lines, 1,
                                  err),
                     cases[i].status, cases[i].expected);
    fixture_free(&fx);
}

static void
test_mutations(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.txt", "");
    open_mutants(&fx, libsvm_plugin(), "file = a.txt\nn_features = 9\n",
                 libsvm_text, sizeof libsvm_text - 1);
    open_mutants(&fx, libsvm_plugin(), "file = a.txt\nblock_size = 16\n",
                 "a 1:2 3:4\nb 2:1\n", 16);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_other_rows),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_many_labels),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
