/* SPDX-License-Identifier: MIT */
/* test_csv_errors.c - broken files, and exactly what is said about them. */
#include "source_fixture.h"

const struct mesa_plugin *csv_plugin(void);

/* What is said about text as long as no column holds categories. */
#define HINT "; categorical = auto takes text for categories"

#define ABSENT "; with unlabelled = yes such rows have no label"

struct broken {
    const char *text;     /* of a.csv                                      */
    const char *lines;    /* of the INI                                    */
    mesa_status status;
    const char *expected; /* '@' stands for the path of a.csv              */
};

/* "[data] csv: " and the text, '@' replaced. */
static const char *
message(const struct fixture *fx, const char *text)
{
    static char out[1000];
    size_t n = (size_t)sprintf(out, "[data] csv: ");

    for (; *text; text++)
        n += (size_t)snprintf(out + n, sizeof out - n,
                              *text == '@' ? "%s/a.csv" : "%.1s",
                              *text == '@' ? fx->folder : text);
    assert_true(n < sizeof out);
    return out;
}

/* The same message for any cut into blocks and number of threads. */
static void
check_broken(const struct broken *b, size_t n)
{
    static const int block_size[] = { 262144, 1, 2, 3, 7, 16 };

    for (size_t i = 0; i < n; i++) {
        struct fixture fx;

        fixture_init(&fx);
        fixture_text(&fx, "a.csv", b[i].text);
        for (size_t k = 0; k < MESA_COUNT(block_size); k++) {
            char lines[500];

            assert_ok(mesa_parallel_set_threads(1 + k % 3, err));
            snprintf(lines, sizeof lines,
                     "file = a.csv\nblock_size = %d\n%s", block_size[k],
                     b[i].lines);
            assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                         b[i].status, message(&fx, b[i].expected));
        }
        fixture_free(&fx);
    }
}

#define CHECK(...)                                              \
    do {                                                        \
        const struct broken broken_[] = { __VA_ARGS__ };        \
        check_broken(broken_, MESA_COUNT(broken_));             \
    } while (0)

static void
test_values(void **state)
{
    (void)state;
    CHECK({ "age,y\n1,0\nabc,1\n", "", MESA_EPARSE,
            "@:3: column 'age' holds 'abc', expected a number" HINT },
          { "\n\r\nage,y\n\n1,0\r\n\r\n0x10,1\n", "", MESA_EPARSE,
            "@:7: column 'age' holds '0x10', expected a number" HINT },
          { "age,y\n1,0\n1 2,1\n", "", MESA_EPARSE,
            "@:3: column 'age' holds '1 2', expected a number" HINT },
          { "age;y\n1;0\n1,5;1\n", "", MESA_EPARSE,
            "@:3: column 'age' holds '1,5', expected a number" HINT },
          { "age,y\n1,0\n-inf,1\n", "", MESA_EPARSE,
            "@:3: column 'age' holds '-inf', which is not finite" },
          { "age,y\n1,0\n1e999,1\n", "", MESA_EPARSE,
            "@:3: column 'age' holds '1e999', which is not finite" },
          { "1,2,0\n3,b,1\n", "", MESA_EPARSE,
            "@:2: column 'x1' holds 'b', expected a number" HINT },
          { "a,y\n1,0\n\"2\"\"\",1\n", "", MESA_EPARSE,
            "@:3: column 'a' holds '2\"\"', expected a number" HINT },
          { "a,y\n1,0\n2,1\nNA,0\n", "missing = ?\n", MESA_EPARSE,
            "@:4: column 'a' holds 'NA', expected a number" HINT },
          { "a,y\n1,0\nnan,1\n", "missing = ?\n", MESA_EPARSE,
            "@:3: column 'a' holds 'nan', expected a number" HINT },
          { "a,y\n1,0\n,1\n", "missing = ?\n", MESA_EPARSE,
            "@:3: column 'a' is empty, expected a number" });
}

/* Long values are cut between characters. */
static void
test_long_value(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,0\n"
            "123456789012345678901234567890123456789\xc3\xa9xyz,1\n",
            "", MESA_EPARSE,
            "@:3: column 'a' holds '123456789012345678901234567890123456789'"
            ", expected a number" HINT });
}

static void
test_ragged_rows(void **state)
{
    (void)state;
    CHECK({ "a,b,y\n1,2,0\n3,1\n", "", MESA_EPARSE,
            "@:3: 2 fields, expected 3" },
          { "a,b,y\n1,2,0\n3\n", "", MESA_EPARSE,
            "@:3: 1 field, expected 3" },
          { "a,b,y\n1,2,0\n3,4,5,1\n", "", MESA_EPARSE,
            "@:3: 4 fields, expected 3" },
          { "a,b,y\n1,2,0\n3,4,1,\n", "", MESA_EPARSE,
            "@:3: 4 fields, expected 3" },
          { "a,b,y\n1,2,0,9\n3,4,1\n", "", MESA_EPARSE,
            "@:2: 4 fields, expected 3" },
          { "a,b,y\n1,2,0\n  \n3,4,1\n", "", MESA_EPARSE,
            "@:3: 1 field, expected 3" },
          /* more to the point than the text in a number's place */
          { "a,b,y\n1,2,0\n3,x,4,1\n", "", MESA_EPARSE,
            "@:3: 4 fields, expected 3" },
          { "a,b,y\n1,2,p\n3,q\n4,5,q\n", "", MESA_EPARSE,
            "@:3: 2 fields, expected 3" },
          { "a,b,y\n1,2,p\n3,q,,\n4,5,q\n", "classes = p, q\n", MESA_EPARSE,
            "@:3: 4 fields, expected 3" },
          /* lines inside quotes count */
          { "a,b,y\n1,2,\"p\nq\"\n3,r\n", "", MESA_EPARSE,
            "@:4: 2 fields, expected 3" });
}

static void
test_quotes(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,p\n2,\"q\n3,p\n", "", MESA_EPARSE,
            "@:3: the quoted field that starts here has no end" },
          { "a,y\n1,\"p\"\"\n2,q\n", "", MESA_EPARSE,
            "@:2: the quoted field that starts here has no end" },
          { "\"a,y\n1,p\n", "", MESA_EPARSE,
            "@:1: the quoted field that starts here has no end" },
          { "a,y\n1,p\n2,q\"\n3,p\n", "", MESA_EPARSE,
            "@:3: a quote inside a field that does not start with one" },
          { "a,y\n1,p\n2,5\" x 3\"\n3,p\n", "", MESA_EPARSE,
            "@:3: a quote inside a field that does not start with one" },
          { "a,b,y\n1,2,p\n2\"\",3,p\n", "", MESA_EPARSE,
            "@:3: a quote inside a field that does not start with one" },
          { "a,b,y\n1,u,p\n2,\"w\"x,p\n3,\"v\n\",q\n", "ignore = b\n",
            MESA_EPARSE,
            "@:3: the quoted field that starts here has text after its "
            "closing quote" },
          { "a,y\n1,p\n2,\"q\" \"\n3,p\n", "", MESA_EPARSE,
            "@:3: the quoted field that starts here has text after its "
            "closing quote" },
          /* two wrongs: the end of the first is text to the second */
          { "a,y\n1,p\n2,\"q\n3,\"p\n4,q\n", "", MESA_EPARSE,
            "@:3: the quoted field that starts here has text after its "
            "closing quote" },
          { "a,y\n1,p\n2\",q\n3,\"p\n\n", "", MESA_EPARSE,
            "@:3: a quote inside a field that does not start with one" });
}

static void
test_labels(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,0\n2,\n", "", MESA_EDATA,
            "@:3: label column 'y' is empty" ABSENT },
          { "a,y\n1,0\n2,\" \"\"\"\n3,\"\"\n", "", MESA_EDATA,
            "@:4: label column 'y' is empty" ABSENT },
          { "a,y\n1,0\n2,NA\n", "", MESA_EDATA,
            "@:3: label column 'y' holds 'NA', which means missing" ABSENT },
          { "a,y\n1,0\n2,-1.0\n", "missing = -1\n", MESA_EDATA,
            "@:3: label column 'y' holds '-1.0', which means missing" ABSENT },
          { "a,y\n1,p\n2,r\n", "classes = p, q\n", MESA_EDATA,
            "@:3: class 'r' is not one of p, q" },
          { "a,y\n1,p\n", "classes = p, 1, 1.0\n", MESA_EINVAL,
            "classes has '1' twice" });
}

static void
test_label_column(void **state)
{
    (void)state;
    CHECK({ "age,label\n1,0\n", "label = lable\n", MESA_EDATA,
            "@ has no label column 'lable', did you mean 'label'? (its "
            "columns are: age, label)" },
          { "age,label\n1,0\n", "label = klass\n", MESA_EDATA,
            "@ has no label column 'klass' (its columns are: age, label)" },
          { "1,2,0\n3,4,1\n", "label = y\n", MESA_EDATA,
            "@ has no label column 'y' (without a header its columns are: "
            "x0, x1, x2)" },
          { "age,label\n1,0\n", "label = 2\n", MESA_EDATA,
            "@: label is column 2 but there are 2" },
          { "age,label\n1,0\n", "label = -3\n", MESA_EDATA,
            "@: label is column -3 but there are 2" },
          { "age,label\n1,0\n", "ignore = agee\n", MESA_EDATA,
            "@ has no column to ignore 'agee', did you mean 'age'? (its "
            "columns are: age, label)" },
          { "age,label\n1,0\n", "ignore = label\n", MESA_EDATA,
            "@: 'label' is the label and in ignore" },
          { "age,label\n1,0\n", "ignore = age\n", MESA_EDATA,
            "@ has no columns but the label and ignored ones" });
}

static void
test_whole_files(void **state)
{
    (void)state;
    CHECK({ "", "", MESA_EDATA, "@ is empty" },
          { "\n\r\n\n", "", MESA_EDATA, "@ is empty" },
          { "\xef\xbb\xbf", "", MESA_EDATA, "@ is empty" },
          { "a,b,y\n", "", MESA_EDATA, "@ has a header but no rows" },
          { "a,b,y", "", MESA_EDATA, "@ has a header but no rows" },
          { "1,2,3\n", "header = yes\n", MESA_EDATA,
            "@ has a header but no rows" },
          { "\xff\xfe" "a", "", MESA_EPARSE, "@ is UTF-16, expected UTF-8" },
          { "\xfe\xff", "", MESA_EPARSE, "@ is UTF-16, expected UTF-8" },
          { "a,y\r1,0\r2,1\r", "", MESA_EPARSE,
            "@:1: a carriage return without a line feed" },
          { "a,a,y\n1,2,0\n", "", MESA_EDATA,
            "@:1: two columns are called 'a'" },
          { "x1,,y\n1,2,0\n", "", MESA_EDATA,
            "@:1: two columns are called 'x1'" },
          { "a\n1\n", "", MESA_EDATA,
            "@:1: one field with the delimiter ',', expected a label and at "
            "least one feature" },
          { "a,y\n1,2\n", "delimiter = tab\n", MESA_EDATA,
            "@:1: one field with the delimiter tab, expected a label and at "
            "least one feature" });
}

/* Many columns: the list ends in dots, the message still says it all. */
static void
test_many_columns(void **state)
{
    char text[4000], expected[1000];
    size_t n = 0, e;

    (void)state;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t j = 0; j < 100; j++)
            n += (size_t)sprintf(text + n, pass ? "%zu," : "column%zu,", j);
        n += (size_t)sprintf(text + n, pass ? "0\n" : "y\n");
    }
    e = (size_t)sprintf(expected, "@ has no label column 'z', did you mean "
                        "'y'? (its columns are: ");
    for (size_t j = 0; j < 16; j++)
        e += (size_t)sprintf(expected + e, "column%zu, ", j);
    sprintf(expected + e, "...)");
    CHECK({ text, "label = z\n", MESA_EDATA, expected });
}

static void
test_too_many_classes(void **state)
{
    struct fixture fx;
    char *text = malloc(200000), lines[100];
    size_t n;

    (void)state;
    assert_non_null(text);
    n = (size_t)sprintf(text, "a,price\n");
    for (size_t r = 0; r < 10001; r++)
        n += (size_t)sprintf(text + n, "%zu,%zu.5\n", r, r);
    fixture_init(&fx);
    fixture_write(&fx, "a.csv", text, n);
    for (int block = 1000; block < 1000000; block *= 10) {
        snprintf(lines, sizeof lines, "file = a.csv\nblock_size = %d\n",
                 block);
        assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                     MESA_EDATA,
                     message(&fx, "@: column 'price' holds more than 10000 "
                                  "different labels, too many for classes"));
    }
    free(text);
    fixture_free(&fx);
}

/* NUL bytes, wherever they are. */
static void
test_nul_bytes(void **state)
{
    static const char text[] = "a,b,y\n1,2,\"p\n\"\n3,4,q\n5,6,p\n";
    static const int line_of[] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3,
                                   3, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5 };

    (void)state;
    for (size_t at = 0; at < sizeof text - 1; at++) {
        struct fixture fx;
        char copy[sizeof text], expected[40];

        if (text[at] == '\n' || text[at] == '"')
            continue; /* which changes where lines end */
        memcpy(copy, text, sizeof text);
        copy[at] = '\0';
        fixture_init(&fx);
        fixture_write(&fx, "a.csv", copy, sizeof text - 1);
        snprintf(expected, sizeof expected, "@:%d: a NUL byte", line_of[at]);
        for (int block = 1; block < 40; block++) {
            char lines[100];

            snprintf(lines, sizeof lines,
                     "file = a.csv\nheader = yes\ndelimiter = ,\n"
                     "block_size = %d\n", block);
            assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                         MESA_EPARSE, message(&fx, expected));
        }
        fixture_free(&fx);
    }
}

static void
test_files(void **state)
{
    struct fixture fx;
    char expected[300], lines[1200], folder[1000];

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,y\n1,0\n");
    assert_error(fixture_open(&fx, csv_plugin(), "", 1, err), MESA_EINVAL,
                 "[data] csv: neither file nor train is given, expected one");
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\ntrain = a.csv\n", 1, err),
                 MESA_EINVAL,
                 "[data] csv: both file and train are given, expected one");
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\nvalid = a.csv\n", 1, err),
                 MESA_EINVAL, "[data] csv: valid goes with train, not with "
                 "file");
    assert_error(fixture_open(&fx, csv_plugin(),
                              "file = a.csv\ntest = a.csv\n", 1, err),
                 MESA_EINVAL, "[data] csv: test goes with train, not with "
                 "file");
    snprintf(expected, sizeof expected,
             "[data] csv: cannot open %s/b.csv: No such file or directory",
             fx.folder);
    assert_error(fixture_open(&fx, csv_plugin(), "file = b.csv\n", 1, err),
                 MESA_ENOTFOUND, expected);
    snprintf(expected, sizeof expected,
             "[data] csv: %s is a folder, expected a file", fx.folder);
    snprintf(lines, sizeof lines, "file = %s\n", fx.folder);
    assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err), MESA_EIO,
                 expected);
    /* a path longer than a message keeps its end */
    memset(folder, 'd', sizeof folder);
    folder[200] = folder[400] = folder[600] = '/';
    folder[800] = '\0';
    snprintf(lines, sizeof lines, "file = %s/end.csv\n", folder);
    snprintf(expected, sizeof expected,
             "[data] csv: cannot open ...%.188s/end.csv: No such file or "
             "directory", folder + 612);
    assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                 MESA_ENOTFOUND, expected);
    fixture_free(&fx);
}

static void
test_parameters(void **state)
{
    static const char *const bad[] = { "ab", "\"", ".", "-", "7", "\xc3\xa9" };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(bad); i++) {
        char lines[60], expected[200];

        snprintf(lines, sizeof lines, "file = a\ndelimiter = %s\n", bad[i]);
        snprintf(expected, sizeof expected,
                 "[data] csv: delimiter is '%s', expected auto, tab, space, "
                 "semicolon or one character that is no part of numbers and "
                 "no quote", bad[i]);
        assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                     MESA_EINVAL, expected);
    }
    fixture_free(&fx);
}

/* Files that do not belong together. */
static void
test_parts(void **state)
{
    static const struct {
        const char *valid, *lines;
        mesa_status status;
        const char *expected;
    } bad[] = {
        { "b,y\n2,0\n", "", MESA_EDATA,
          "the columns of %s/b.csv are not those of %s/a.csv; missing: a" },
        { "a,c,b,y\n2,0,0,0\n", "", MESA_EDATA,
          "the columns of %s/b.csv are not those of %s/a.csv; extra: c" },
        { "b,c,z\n2,0,1\n", "", MESA_EDATA,
          "the columns of %s/b.csv are not those of %s/a.csv; missing: a, y; "
          "extra: c, z" },
        { "1,2\n", "", MESA_EDATA, "%s/b.csv has 2 columns, %s/a.csv has 3" },
        { "a,b,y\n1,2,0\n3,4,2\n", "", MESA_EDATA,
          "%s/b.csv:3: class '2' does not occur in %s/a.csv" },
        { "a,b,y\n1,2,0\n3,4,\"2\"\"\"\n", "", MESA_EDATA,
          "%s/b.csv:3: class '2\"\"' does not occur in %s/a.csv" },
        { "a,b,y\n1,2,0\n3,4,2\n", "classes = 0, 1\n", MESA_EDATA,
          "%s/b.csv:3: class '2' is not one of 0, 1" },
        { "a,b,y\n", "", MESA_EDATA, "%s/b.csv has a header but no rows" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(bad); i++) {
        struct fixture fx;
        char lines[100], text[300], expected[320];

        fixture_init(&fx);
        fixture_text(&fx, "a.csv", "a,b,y\n1,2,0\n3,4,1\n");
        fixture_text(&fx, "b.csv", bad[i].valid);
        snprintf(lines, sizeof lines, "train = a.csv\nvalid = b.csv\n%s",
                 bad[i].lines);
        snprintf(text, sizeof text, "%s", bad[i].expected);
        snprintf(expected, sizeof expected, "[data] csv: ");
        snprintf(expected + 12, sizeof expected - 12, text, fx.folder,
                 fx.folder);
        assert_error(fixture_open(&fx, csv_plugin(), lines, 1, err),
                     bad[i].status, expected);
        fixture_free(&fx);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_long_value),
        cmocka_unit_test(test_ragged_rows),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_label_column),
        cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_too_many_classes),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
