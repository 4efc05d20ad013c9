/* SPDX-License-Identifier: MIT */
/*
 * test_query_file.c - questions as CSV files: names that clash, all sorts of
 * values, and what comes back from spreadsheets.
 */
#include "test.h"

#include "files.h"
#include "query_file.h"

#include <math.h>
#include <unistd.h>

static const char *const classes[] = { "no", "yes, \"very\"" };
static const char *const colours[] = { "red", "a, \"b\"", " c\n" };

/* Features that are called as columns of the question are. */
static const struct mesa_column columns[] = {
    { "row", MESA_NUMERIC, 0, NULL },
    { "data_row", MESA_NUMERIC, 0, NULL },
    { "p_no", MESA_CATEGORICAL, 3, colours },
    { "utility", MESA_NUMERIC, 0, NULL },
};

static const double x[] = {
    0.1, NAN, 0, -1e300, /* row 0 */
    1, 2, NAN, 3,        /* row 1 */
    1e-5, 0, 1, 7,       /* row 2 */
    4, 5, 2, 6           /* row 3 */
};

static struct mesa_schema
make_schema(const char *label)
{
    return (struct mesa_schema){ .struct_size = sizeof(struct mesa_schema),
                                 .n_classes = 2,
                                 .n_columns = 4,
                                 .column = columns,
                                 .class_name = classes,
                                 .label = label };
}

static struct mesa_dataset
make_rows(const struct mesa_schema *s)
{
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, 4, 4, 4, NULL },
                                  .n_classes = 2,
                                  .schema = s };
}

static const size_t asked[] = { 3, 0, 2 };
static const double utility[] = { 0.5, 0.25, 0 };
static const double proba[] = { 0.1, 0.9, 1, 0, 0.5, 0.5 };

static const struct mesa_question later = {
    .struct_size = sizeof later, .n = 3, .row = asked, .utility = utility,
    .proba = proba
};

#define HEADER "row,iteration,data_data_row,data_row,data_p_no,data_utility,"
#define PROBA  "p_no,\"p_yes, \"\"very\"\"\",utility,"

static void
test_written(void **state)
{
    const struct mesa_schema s = make_schema("y");
    const struct mesa_dataset d = make_rows(&s);
    const struct mesa_question first = { .struct_size = sizeof first, .n = 2,
                                         .row = asked };
    char *text;

    (void)state;
    assert_ok(mesa_question_text(&d, &later, 7, &text, err));
    assert_string_equal(text, HEADER PROBA "y\n"
                        "3,7,4,5,\" c\n\",6,0.1,0.9,0.5,\n"
                        "0,7,0.1,,red,-1e+300,1,0,0.25,\n"
                        "2,7,1e-05,0,\"a, \"\"b\"\"\",7,0.5,0.5,0,\n");
    mesa_free(text);
    assert_ok(mesa_question_text(&d, &first, 0, &text, err));
    assert_string_equal(text, HEADER PROBA "y\n"
                        "3,0,4,5,\" c\n\",6,,,,\n"
                        "0,0,0.1,,red,-1e+300,,,,\n");
    mesa_free(text);
}

/* The label is last, whatever it is called. */
static void
test_labels_that_clash(void **state)
{
    static const struct {
        const char *label, *expected, *header;
    } cases[] = {
        { NULL, "label", HEADER PROBA "label\n" },
        { "row", "data_data_row",
          "row,iteration,data_data_data_row,data_row,data_p_no,data_utility,"
          PROBA "data_data_row\n" },
        { "iteration", "iteration",
          "row,data_iteration,data_data_row,data_row,data_p_no,data_utility,"
          PROBA "iteration\n" },
        { "p_no", "p_no",
          "row,iteration,data_data_row,data_row,data_data_p_no,data_utility,"
          "data_p_no,\"p_yes, \"\"very\"\"\",utility,p_no\n" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        const struct mesa_schema s = make_schema(cases[i].label);
        const struct mesa_dataset d = make_rows(&s);
        char *text, *label = mesa_question_label(&s);

        assert_string_equal(label, cases[i].expected);
        assert_ok(mesa_question_text(&d, &later, 0, &text, err));
        strchr(text, '\n')[1] = '\0';
        assert_string_equal(text, cases[i].header);
        mesa_free(label);
        mesa_free(text);
    }
}

static char folder[] = "/tmp/mesa-query-XXXXXX", path[64];

static int
make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/labels.csv", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* What was read, in one line: LINE:ROW=LABEL ... */
static const char *
dump(const struct mesa_labels *labels)
{
    static char out[1000];
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < labels->n; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%llu:%s=%s",
                              i ? "|" : "",
                              (unsigned long long)labels->item[i].line,
                              labels->item[i].row, labels->item[i].label);
    assert_true(n < sizeof out);
    return out;
}

/* Data of which only the name of the label is known. */
static struct mesa_schema
bare_schema(const char *label)
{
    return (struct mesa_schema){ .struct_size = sizeof(struct mesa_schema),
                                 .label = label };
}

static void
check_read(const char *text, const char *label, const char *expected)
{
    const struct mesa_schema s = bare_schema(label);
    struct mesa_labels labels;

    assert_ok(mesa_file_put(folder, "labels.csv", text, err));
    assert_ok(mesa_labels_read(&labels, path, &s, err));
    assert_string_equal(dump(&labels), expected);
    mesa_labels_free(&labels);
}

/* What is written can be read, and what is filled in comes back. */
static void
test_round_trip(void **state)
{
    const struct mesa_schema s = make_schema("row");
    const struct mesa_dataset d = make_rows(&s);
    struct mesa_labels labels;
    char *text;

    (void)state;
    assert_ok(mesa_question_text(&d, &later, 7, &text, err));
    assert_ok(mesa_file_put(folder, "labels.csv", text, err));
    assert_ok(mesa_labels_read(&labels, path, &s, err));
    assert_string_equal(dump(&labels), "2:3=|4:0=|5:2=");
    assert_true(labels.has_iteration);
    for (size_t i = 0; i < labels.n; i++) {
        assert_string_equal(labels.item[i].iteration, "7");
        assert_int_equal(mesa_labels_mismatch(&labels.item[i], &d, asked[i]),
                         SIZE_MAX);
    }
    assert_int_equal(mesa_labels_mismatch(&labels.item[0], &d, 2), 0);
    mesa_labels_free(&labels);
    mesa_free(text);
}

/* The cells of a row against the data: the first column that differs. */
static void
test_mismatch(void **state)
{
    static const struct {
        size_t row, expected;
        const char *cell[4];
    } cases[] = {
        { 0, SIZE_MAX, { NULL, NULL, NULL, NULL } },
        { 0, SIZE_MAX, { "", "", "", "" } },
        { 0, SIZE_MAX, { "1e-1", "NA", "red", "-1.0000E+300" } },
        { 0, SIZE_MAX, { "0,1000001", "nan", "RED", "-1E300" } },
        { 0, 0, { "0.1001", NULL, NULL, NULL } },
        { 0, 0, { "text", NULL, NULL, NULL } },
        { 0, 1, { "0.1", "0", NULL, NULL } },
        { 0, 2, { "0.1", NULL, "blue", NULL } },
        { 0, 2, { NULL, NULL, "redder", NULL } },
        { 0, 3, { "0.1", NULL, "red", "1e300" } },
        { 1, SIZE_MAX, { "1", "2", "anything", "3" } },
        { 2, SIZE_MAX, { "1.00000E-05", "0", "a, \"b\"", "7.0" } },
        { 2, 1, { NULL, "0.001", NULL, NULL } },
        { 3, SIZE_MAX, { "4", "5", "c", "6" } },
    };
    const struct mesa_schema s = make_schema("label");
    const struct mesa_dataset d = make_rows(&s);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mesa_filled f = { .feature = cases[i].cell };

        assert_int_equal(mesa_labels_mismatch(&f, &d, cases[i].row),
                         cases[i].expected);
    }
    assert_true(mesa_labels_same("1", "1.0"));
    assert_true(mesa_labels_same("TRUE", "true"));
    assert_false(mesa_labels_same("1", ""));
    assert_false(mesa_labels_same("nan", "NA"));
}

static void
test_spreadsheets(void **state)
{
    (void)state;
    check_read("row,y\n1,a\n2,b\n", "y", "2:1=a|3:2=b");
    check_read("\xef\xbb\xbfrow;x;y\r\n1;\"2,5\";a\r\n2;;\r\n", "y",
               "2:1=a|3:2=");
    check_read("\"y\"\t\"row\"\n\"a \"\"b\"\", c\"\t\"1\"\n", "y",
               "2:1=a \"b\", c");
    check_read("\n,,\ny,x,row\n a , ,\t1\n\n,,\nb,,2", "y", "4:1=a|7:2=b");
    /* line breaks within quotes, rows that are cut short or too long */
    check_read("x,row,y\n\"1\r\n2\",3,a\n4,5\n6,7,b,8,9\n", "y",
               "2:3=a|4:5=|5:7=b");
    check_read("row,y\n1,\" a \"\n2,\"\"", "y", "2:1= a |3:2=");
    check_read("row,y\n", "y", "");
    check_read("row,y", "y", "");
    check_read("sep=;\r\nrow;y\r\n1;a\r\n", "y", "3:1=a");
    check_read("SEP=,\nrow,y\n1,a\n", "y", "3:1=a");
    check_read("sep=,row,y\nrow,y\n", "y", "2:y=");
    check_read("Zeile;row;Klasse \xc3\xa4\n1;2;\xc3\xb6\n", "Klasse \xc3\xa4",
               "2:2=\xc3\xb6");
}

static void
check_broken(const char *text, size_t n, mesa_status status,
             const char *expected)
{
    const struct mesa_schema s = bare_schema("y");
    struct mesa_labels labels;
    char message[400];
    FILE *to = fopen(path, "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(text, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
    snprintf(message, sizeof message, "%s%s", path, expected);
    assert_error(mesa_labels_read(&labels, path, &s, err), status, message);
    mesa_labels_free(&labels);
}

#define BROKEN(text, ...) check_broken(text, sizeof text - 1, __VA_ARGS__)
#define NO_HEADER ": expected a line of column names, 'row' and 'y' among " \
                  "them, as mesa-core query writes it"

static void
test_broken(void **state)
{
    (void)state;
    BROKEN("", MESA_EDATA, NO_HEADER);
    BROKEN("\n\n", MESA_EDATA, NO_HEADER);
    BROKEN("1,a\n", MESA_EDATA, NO_HEADER);
    BROKEN("row,x\n1,a\n", MESA_EDATA, NO_HEADER);
    BROKEN("row,y,y\n1,a,b\n", MESA_EDATA, NO_HEADER);
    BROKEN("row,y,\"z\n1,a\n", MESA_EDATA, NO_HEADER);
    BROKEN("row,y\n1,\"\n2,a\n", MESA_EPARSE,
           ":2: the quoted field that starts here has no end");
    BROKEN("row,y\n1,\"a\"\"", MESA_EPARSE,
           ":2: the quoted field that starts here has no end");
    BROKEN("row,y\n\"\n1\" 2,a\n", MESA_EPARSE,
           ":3: there is text behind a quoted field");
    BROKEN("\xff\xfer\0o\0w\0", MESA_EPARSE,
           " is no text in UTF-8: spreadsheets call that CSV UTF-8");
}

static void
test_rows_and_classes(void **state)
{
    static const char *const names[] = { "10", "2.5", "2.50", "x", "-0",
                                         "true", "No", "no" };
    const struct mesa_schema s = { .struct_size = sizeof s, .n_classes = 8,
                                   .class_name = names };
    size_t row = 1;

    (void)state;
    assert_true(mesa_labels_row("0", &row));
    assert_int_equal(row, 0);
    assert_true(mesa_labels_row("12.0", &row));
    assert_int_equal(row, 12);
    assert_true(mesa_labels_row("1e3", &row));
    assert_int_equal(row, 1000);
    assert_false(mesa_labels_row("", &row));
    assert_false(mesa_labels_row("-1", &row));
    assert_false(mesa_labels_row("1.5", &row));
    assert_false(mesa_labels_row("nan", &row));
    assert_false(mesa_labels_row("1e300", &row));
    assert_false(mesa_labels_row("1 2", &row));
    assert_int_equal(row, 1000);

    assert_int_equal(mesa_labels_class(&s, "10"), 0);
    assert_int_equal(mesa_labels_class(&s, "010.0"), 0);
    assert_int_equal(mesa_labels_class(&s, "2.50"), 2);
    assert_int_equal(mesa_labels_class(&s, "2.500"), 1);
    assert_int_equal(mesa_labels_class(&s, "x"), 3);
    assert_int_equal(mesa_labels_class(&s, "0"), 4);
    assert_int_equal(mesa_labels_class(&s, "X"), 3);
    assert_int_equal(mesa_labels_class(&s, "TRUE"), 5);
    assert_int_equal(mesa_labels_class(&s, "No"), 6);
    assert_int_equal(mesa_labels_class(&s, "no"), 7);
    assert_int_equal(mesa_labels_class(&s, "NO"), -1);
    assert_int_equal(mesa_labels_class(&s, "11"), -1);
    assert_int_equal(mesa_labels_class(&s, ""), -1);
    assert_int_equal(mesa_labels_class(&s, "1e300"), -1);
    assert_int_equal(mesa_labels_class(&s, "nan"), -1);
}

/* Each allocation fails in turn; nothing is left behind. */
static void
test_out_of_memory(void **state)
{
    const struct mesa_schema s = make_schema("row"), y = bare_schema("y");
    const struct mesa_dataset d = make_rows(&s);
    const uint64_t before = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;
    char *text = NULL, *label;
    struct mesa_labels labels;
    struct mesa_error why;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k++) {
        mesa_memory_fail_at(k);
        st = mesa_question_text(&d, &later, 7, &text, &why);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        mesa_free(text);
        assert_int_equal(mesa_memory_live(), before);
    }
    mesa_memory_fail_at(0);
    assert_null(mesa_question_label(&s));
    mesa_memory_fail_at(UINT64_MAX);
    label = mesa_question_label(&s);
    mesa_free(label);
    assert_ok(mesa_file_put(folder, "labels.csv", "row;y\n1;a\n2;b\n", err));
    for (uint64_t k = 0; k == 0 || st != MESA_OK; k++) {
        mesa_memory_fail_at(k);
        st = mesa_labels_read(&labels, path, &y, &why);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        mesa_labels_free(&labels);
        assert_int_equal(mesa_memory_live(), before);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_labels_that_clash),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_spreadsheets),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_rows_and_classes),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
