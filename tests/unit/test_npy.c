/* SPDX-License-Identifier: MIT */
/* test_npy.c - NumPy's arrays, and headers that lie. */
#include "mutations.h"

#include "../golden/formats.h"

const struct mesa_plugin *npy_plugin(void);

/* A file of version 1: the dictionary, and n zero bytes of elements. */
static void
write_npy(struct fixture *fx, const char *name, const char *header,
          const void *elements, size_t n)
{
    char bytes[600] = "\x93NUMPY\x01";
    size_t length = strlen(header);

    assert_true(10 + length + n <= sizeof bytes);
    bytes[8] = (char)length;
    memcpy(bytes + 10, header, length);
    if (elements)
        memcpy(bytes + 10 + length, elements, n);
    fixture_write(fx, name, bytes, 10 + length + n);
}

#define SHAPE(type, shape) \
    "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }\n"

/* Every type, version and order: the label is the last column. */
static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(npy_cases); i++) {
        const double *x = npy_cases[i].x;
        struct fixture fx;
        const struct mesa_dataset *d;

        fixture_init(&fx);
        fixture_write(&fx, "x.npy", npy_cases[i].bytes, npy_cases[i].n);
        assert_ok(mesa_parallel_set_threads(1 + i % 3, err));
        assert_ok(fixture_open(&fx, npy_plugin(), "file = x.npy", 1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        assert_int_equal(d->x.rows, 5);
        assert_int_equal(d->x.cols, 2);
        for (size_t r = 0; r < 5; r++) {
            assert_bits_equal(mesa_row(&d->x, r)[0], x[r * 3]);
            assert_bits_equal(mesa_row(&d->x, r)[1], x[r * 3 + 1]);
            assert_int_equal(d->y[r], (int32_t)x[r * 3 + 2]);
        }
        assert_string_equal(d->schema->class_name[1], "1");
        fixture_free(&fx);
    }
}

static void
test_labels(void **state)
{
    static const double x[] = { 1, 2, 3, NAN, 5, 6 };
    static const unsigned char y[] = { 7, 3, 7 };
    static const int32_t learnt[] = { 1, 0, 1 }, declared[] = { 0, 1, 0 };
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    write_npy(&fx, "x.npy", SHAPE("<f8", "(3, 2)"), x, sizeof x);
    write_npy(&fx, "y.npy", SHAPE("|u1", "(3,)"), y, sizeof y);
    write_npy(&fx, "z.npy", SHAPE("|u1", "(3,1)"), y, sizeof y);
    assert_ok(fixture_open(&fx, npy_plugin(),
                           "train = x.npy\ntrain_y = y.npy\n"
                           "test = x.npy\ntest_y = z.npy",
                           1, err));
    d = fixture_part(&fx, MESA_PART_TRAIN);
    assert_values(d, x, learnt);
    assert_values(fixture_part(&fx, MESA_PART_TEST), x, learnt);
    assert_string_equal(d->schema->class_name[0], "3");
    assert_string_equal(d->schema->column[1].name, "x1");
    assert_ok(fixture_open(&fx, npy_plugin(),
                           "file = x.npy\ny = y.npy\nclasses = 7, 3", 1,
                           err));
    assert_values(fixture_part(&fx, MESA_PART_ALL), x, declared);
    /* A vector is one column; the first column as the label. */
    assert_ok(fixture_open(&fx, npy_plugin(), "file = y.npy\ny = z.npy", 1,
                           err));
    assert_int_equal(fixture_part(&fx, MESA_PART_ALL)->x.cols, 1);
    assert_ok(fixture_open(&fx, npy_plugin(), "file = x.npy\nlabel = 0", 1,
                           err));
    assert_string_equal(
        fixture_part(&fx, MESA_PART_ALL)->schema->class_name[2], "5");
    fixture_free(&fx);
}

static void
check_error(struct fixture *fx, const char *lines, mesa_status status,
            const char *text)
{
    char expected[600] = "[data] npy: ";
    size_t n = strlen(expected);

    for (; *text; text++)
        n += (size_t)snprintf(expected + n, sizeof expected - n,
                              *text == '~' ? "%s/" : "%.1s",
                              *text == '~' ? fx->folder : text);
    assert_error(fixture_open(fx, npy_plugin(), lines, 1, err), status,
                 expected);
}

struct header_case {
    const char *header;
    mesa_status status;
    const char *expected;
};

static void
check_headers(const struct header_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fixture fx;

        fixture_init(&fx);
        write_npy(&fx, "x.npy", cases[i].header, NULL, 48);
        check_error(&fx, "file = x.npy", cases[i].status, cases[i].expected);
        fixture_free(&fx);
    }
}

static void
test_shapes(void **state)
{
    static const struct header_case cases[] = {
        { SHAPE("<f8", "(4, 2)"), MESA_EPARSE,
          "~x.npy has 48 bytes of elements, but its header says 4 x 2 of "
          "<f8" },
        { SHAPE("<f8", "(2, 2)"), MESA_EPARSE,
          "~x.npy has 48 bytes of elements, but its header says 2 x 2 of "
          "<f8" },
        { SHAPE("<f8", "(4611686018427387904, 4)"), MESA_EPARSE,
          "~x.npy has 48 bytes of elements, but its header says "
          "4611686018427387904 x 4 of <f8" },
        { SHAPE("<f8", "(0, 2)"), MESA_EDATA,
          "~x.npy has 0 rows and 2 columns" },
        { SHAPE("<f8", "(3, 2, 1)"), MESA_EDATA,
          "~x.npy has 3 dimensions, expected 1 or 2" },
        { SHAPE("<f8", "()"), MESA_EDATA,
          "~x.npy has 0 dimensions, expected 1 or 2" },
        { SHAPE("<f8", "(-3, 2)"), MESA_EPARSE,
          "~x.npy is no NumPy file: its shape is no tuple of sizes" },
        { SHAPE("<f8", "(3 2)"), MESA_EPARSE,
          "~x.npy is no NumPy file: its shape is no tuple of sizes" },
        { SHAPE("<f8", "3"), MESA_EPARSE,
          "~x.npy is no NumPy file: its shape is no tuple" },
    };

    (void)state;
    check_headers(cases, MESA_COUNT(cases));
}

static void
test_headers(void **state)
{
    static const struct header_case cases[] = {
        { SHAPE(">f8", "(3, 2)"), MESA_EDATA,
          "~x.npy has elements of type '>f8', expected <f8, <f4, <i8, <i4, "
          "<i2, |i1, <u8, <u4, <u2, |u1 or |b1; convert it with "
          "x.astype('<f8')" },
        { SHAPE("a type whose name is much too long", "(3, 2)"), MESA_EPARSE,
          "~x.npy is no NumPy file: its descr is no type" },
        { "{'descr': [('a', '<f8')], 'fortran_order': False, }", MESA_EDATA,
          "~x.npy is a structured array, expected one of numbers" },
        { "{'descr': '<f8', 'shape': (3, 2)}", MESA_EPARSE,
          "~x.npy is no NumPy file: its header is not descr, fortran_order "
          "and shape" },
        { "{'descr': '<f8', 'descr': '<f8'}", MESA_EPARSE,
          "~x.npy is no NumPy file: its header is not descr, fortran_order "
          "and shape" },
        { "{'fortran_order': 1}", MESA_EPARSE,
          "~x.npy is no NumPy file: its fortran_order is neither True nor "
          "False" },
        { "[]", MESA_EPARSE,
          "~x.npy is no NumPy file: its header is no dictionary" },
        { "{'descr': '<f8' 'a'", MESA_EPARSE,
          "~x.npy is no NumPy file: its header is no dictionary" },
    };

    (void)state;
    check_headers(cases, MESA_COUNT(cases));
}

static void
test_starts(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.npy", "PK");
    fixture_text(&fx, "b.npy", "x,y,label\n1,2,3\n");
    fixture_write(&fx, "c.npy", "\x93NUMPY\x04\0\0\0\0\0", 12);
    fixture_write(&fx, "d.npy", "\x93NUMPY\x01\0\xff\xff{}", 12);
    check_error(&fx, "file = a.npy", MESA_EPARSE,
                "~a.npy is no NumPy file: it is too short");
    check_error(&fx, "file = b.npy", MESA_EPARSE,
                "~b.npy is no NumPy file: it does not start like one");
    check_error(&fx, "file = c.npy", MESA_EDATA,
                "~c.npy has version 4.0 of NumPy's format, expected 1.0, 2.0 "
                "or 3.0");
    check_error(&fx, "file = d.npy", MESA_EPARSE,
                "~d.npy is no NumPy file: its header is longer than it "
                "should be");
    fixture_free(&fx);
}

static void
test_label_errors(void **state)
{
    static const double x[] = { 1, 2, 3, NAN, 5, 0x1p60 };
    static const unsigned char y[] = { 7, 3, 7 };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    write_npy(&fx, "x.npy", SHAPE("<f8", "(3, 2)"), x, sizeof x);
    write_npy(&fx, "y.npy", SHAPE("|u1", "(3,)"), y, sizeof y);
    write_npy(&fx, "z.npy", SHAPE("|u1", "(2,)"), y, 2);
    write_npy(&fx, "w.npy", SHAPE("|u1", "(1, 3)"), y, 3);
    check_error(&fx, "file = x.npy", MESA_EDATA,
                "~x.npy: the label of row 1 is nan, expected a number below "
                "2^53");
    check_error(&fx, "file = x.npy\nlabel = 2", MESA_EDATA,
                "~x.npy: label is column 2 but there are 2");
    check_error(&fx, "file = y.npy", MESA_EDATA,
                "~y.npy has no columns but the label; name the file of "
                "labels if there is one");
    check_error(&fx, "file = x.npy\ny = z.npy", MESA_EDATA,
                "~z.npy has 2 labels, ~x.npy has 3 rows");
    check_error(&fx, "file = w.npy\ny = w.npy", MESA_EDATA,
                "~w.npy has 3 columns, expected one of labels");
    check_error(&fx, "file = x.npy\ny = y.npy\nclasses = 7, 8", MESA_EDATA,
                "~y.npy: the label of row 1 is 3, which is not one of "
                "classes");
    check_error(&fx, "train = z.npy\ntrain_y = z.npy\n"
                     "test = x.npy\ntest_y = y.npy",
                MESA_EDATA, "~x.npy has 2 columns, ~z.npy has 1");
    check_error(&fx, "train = x.npy\ntrain_y = y.npy\ntest = x.npy",
                MESA_EINVAL,
                "train_y is given, but not test_y, for the labels of test");
    check_error(&fx, "train = x.npy\ntest = x.npy\ntest_y = y.npy",
                MESA_EINVAL,
                "test_y is given, but not train_y, for the labels of train");
    check_error(&fx, "train = x.npy\ntrain_y = y.npy\ny = y.npy", MESA_EINVAL,
                "y is given without file");
    fixture_free(&fx);
}

static void
test_class_errors(void **state)
{
    static const unsigned char y[] = { 7, 3, 7, 1 };
    struct fixture fx;
    double *many = mesa_alloc_array(20002, sizeof *many);
    char header[128], *bytes = mesa_alloc_array(1, 170000);
    int n;

    (void)state;
    fixture_init(&fx);
    write_npy(&fx, "a.npy", SHAPE("|u1", "(3,)"), y, 3);
    write_npy(&fx, "b.npy", SHAPE("|u1", "(3,)"), y + 1, 3);
    check_error(&fx, "train = a.npy\ntrain_y = a.npy\n"
                     "test = b.npy\ntest_y = b.npy",
                MESA_EDATA,
                "~b.npy: the label of row 2 is 1, which no row of the first "
                "file has");
    for (size_t i = 0; i < 20002; i++)
        many[i] = (double)i;
    n = snprintf(header, sizeof header, SHAPE("<f8", "(10001, 2)"));
    memcpy(bytes, "\x93NUMPY\x01", 7);
    bytes[8] = (char)n;
    memcpy(bytes + 10, header, (size_t)n);
    memcpy(bytes + 10 + n, many, 160016);
    fixture_write(&fx, "c.npy", bytes, (size_t)n + 10 + 160016);
    check_error(&fx, "file = c.npy", MESA_EDATA,
                "~c.npy: the label of row 10000 is 20001, and there are 10000 "
                "others already, too many for classes");
    mesa_free(many);
    mesa_free(bytes);
    fixture_free(&fx);
}

/* Blocks of rows: more than one, in either order. */
static void
test_blocks(void **state)
{
    enum { ROWS = 40000, COLS = 3 };
    char *bytes = mesa_alloc_array(1, 200 + ROWS * COLS * 4);
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (int fortran = 0; fortran < 2; fortran++) {
        const struct mesa_dataset *d;
        char header[128];
        int n = snprintf(header, sizeof header,
                         "{'descr': '<i4', 'fortran_order': %s, 'shape': "
                         "(%d, %d), }\n",
                         fortran ? "True" : "False", ROWS, COLS);

        memcpy(bytes, "\x93NUMPY\x01\0\0\0", 10);
        bytes[8] = (char)n;
        memcpy(bytes + 10, header, (size_t)n);
        for (int32_t r = 0; r < ROWS; r++)
            for (int32_t j = 0; j < COLS; j++) {
                int32_t v = j == 1 ? r % 2 : r * 10 + j;
                int32_t at = fortran ? j * ROWS + r : r * COLS + j;

                memcpy(bytes + 10 + n + at * 4, &v, 4);
            }
        fx.n_files = 0;
        fixture_write(&fx, "a.npy", bytes, (size_t)n + 10 + ROWS * COLS * 4);
        assert_ok(fixture_open(&fx, npy_plugin(), "file = a.npy\nlabel = 1",
                               1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        for (int32_t r = 0; r < ROWS; r++) {
            assert_true(mesa_row(&d->x, (size_t)r)[0] == r * 10);
            assert_true(mesa_row(&d->x, (size_t)r)[1] == r * 10 + 2);
            assert_true(d->y[r] == r % 2);
        }
    }
    mesa_free(bytes);
    fixture_free(&fx);
}

/* describe looks at headers only. */
static void
test_describe(void **state)
{
    static const double x[] = { 1, NAN };
    const struct mesa_source_class *c =
        (const void *)npy_plugin()->classes[0];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    write_npy(&fx, "x.npy", SHAPE("<f8", "(1, 2)"), x, sizeof x);
    assert_ok(fixture_make(&fx, npy_plugin(), "file = x.npy\n", err));
    assert_ok(c->describe(mesa_instance_self(fx.source), err));
    assert_ok(fixture_make(&fx, npy_plugin(), "file = x.npy\ny = z\n", err));
    assert_int_equal(c->describe(mesa_instance_self(fx.source), NULL),
                     MESA_ENOTFOUND);
    fixture_free(&fx);
}

static void
test_mutations(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.npy", "");
    for (size_t i = 0; i < 4; i++)
        open_mutants(&fx, npy_plugin(), "file = a.npy", npy_cases[i].bytes,
                     npy_cases[i].n);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_label_errors),
        cmocka_unit_test(test_class_errors),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
