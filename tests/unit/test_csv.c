/* SPDX-License-Identifier: MIT */
/* test_csv.c - what the csv source makes of well-formed files. */
#include "csv_fixture.h"

#include <math.h>
#include <sys/stat.h>

/* The dataset in one line: names|label|classes|x,x:class|... */
static const char *
dump(const struct mesa_dataset *d)
{
    static char out[4000];
    char number[MESA_DOUBLE_TEXT];
    size_t n = 0;

#define PUT(...) (n += (size_t)snprintf(out + n, sizeof out - n, __VA_ARGS__))
    for (size_t j = 0; j < d->x.cols; j++)
        PUT("%s%s", j ? "," : "", d->schema->column[j].name);
    PUT("|%s|", d->schema->label);
    for (size_t c = 0; c < d->n_classes; c++)
        PUT("%s%s", c ? "," : "", d->schema->class_name[c]);
    for (size_t r = 0; r < d->x.rows; r++) {
        for (size_t j = 0; j < d->x.cols; j++) {
            mesa_format_double(mesa_row(&d->x, r)[j], number);
            PUT("%c%s", j ? ',' : '|', number);
        }
        PUT(":%s", d->schema->class_name[d->y[r]]);
    }
#undef PUT
    assert_true(n < sizeof out);
    return out;
}

static void
test_line_ends(void **state)
{
    const char *expected = "a,b|y|0,1|1,2:0|3,4:1";

    (void)state;
    CHECK({ "a,b,y\n1,2,0\n3,4,1\n", "", expected },
          { "a,b,y\n1,2,0\n3,4,1", "", expected },
          { "a,b,y\r\n1,2,0\r\n3,4,1\r\n", "", expected },
          { "a,b,y\r\n1,2,0\r\n3,4,1", "", expected },
          { "a,b,y\n1,2,0\n3,4,1\r", "", expected },
          { "\xef\xbb\xbf" "a,b,y\n1,2,0\n3,4,1\n", "", expected },
          { "\n\r\n\na,b,y\n\n\n1,2,0\n\r\n3,4,1\n\n\r\n\n", "", expected });
}

static void
test_blanks_and_quotes(void **state)
{
    (void)state;
    CHECK({ " a ,\tb , y \n 1 ,2\t, 0\n3,  4 , 1 \n", "",
            "a,b|y|0,1|1,2:0|3,4:1" },
          { "\"a\",\"b\",\"y\"\n\"1\",\"2\",\"0\"\n3,4,\"1\"\r\n", "",
            "a,b|y|0,1|1,2:0|3,4:1" },
          { "\"a,1\", \"b\"\"c\" ,\"y\nz\"\n\"1\" , \"2\",0\n3,4,1\n", "",
            "a,1,b\"c|y\nz|0,1|1,2:0|3,4:1" },
          { "a,b,y\n\" 1 \",2,\"p,\nq\"\n3,4,\"r\"\"\"\"s\"\n", "",
            "a,b|y|p,\nq,r\"\"s|1,2:p,\nq|3,4:r\"\"s" },
          { "a,y\n1,\"\n\n\"\n2,\"\"\"\"\n3,\" b\"\n4, b\n", "",
            "a|y|\n\n, b,\",b|1:\n\n|2:\"|3: b|4:b" });
}

/* A quoted label and the same text plain are one class. */
static void
test_quoted_and_plain_labels(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,\"p\"\n2,p\n3,\"q\"\"r\"\n4,\"p\"\n", "",
            "a|y|p,q\"r|1:p|2:p|3:q\"r|4:p" },
          { "a,b,y\n1,\"2\",\"p\"\n\"3\",4,\"p\"\n", "ignore = b\n",
            "a|y|p|1:p|3:p" });
}

static void
test_numbers(void **state)
{
    (void)state;
    CHECK({ "a,b,y\n-1.5e3,+.25,0\n1E-2,007,1\n-0,5.,0\n", "",
            "a,b|y|0,1|-1500,0.25:0|0.01,7:1|-0,5:0" },
          { "a,y\n0.1,0\n1.7976931348623157e308,1\n4.9e-324,1\n"
            "9007199254740993,0\n",
            "", "a|y|0,1|0.1:0|1.7976931348623157e+308:1|5e-324:1"
            "|9007199254740992:0" });
}

static void
test_missing(void **state)
{
    (void)state;
    CHECK({ "a,b,y\n?,NA,0\nNaN,nan,1\n,\"\",0\n1, ? ,1\n", "",
            "a,b|y|0,1|nan,nan:0|nan,nan:1|nan,nan:0|1,nan:1" },
          { "a,b,y\n-999,1,0\n-999.0,-9.99e2,1\n", "missing = -999\n",
            "a,b|y|0,1|nan,1:0|nan,nan:1" },
          { "a,b,y\nunknown,1,0\n\"n/a\",,1\n", "missing = unknown, n/a,\n"
            "header = yes\n", "a,b|y|0,1|nan,1:0|nan,nan:1" });
}

static void
test_missing_sets_the_flag(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,y\n1,0\n,1\n");
    fixture_text(&fx, "b.csv", "a,y\n1,0\n3,1\n");
    assert_ok(fixture_open(&fx, csv_plugin(), "file = a.csv\n", 1, err));
    assert_int_equal(fixture_part(&fx, MESA_PART_ALL)->flags,
                     MESA_DATA_MISSING);
    assert_ok(fixture_open(&fx, csv_plugin(), "file = b.csv\n", 1, err));
    assert_int_equal(fixture_part(&fx, MESA_PART_ALL)->flags, 0);
    fixture_free(&fx);
}

static void
test_delimiters(void **state)
{
    const char *expected = "a,b|y|0,1|1,2:0|3,4:1";

    (void)state;
    CHECK({ "a;b;y\n1;2;0\n3;4;1\n", "", expected },
          { "a\tb\ty\n1\t2\t0\n3\t4\t1\n", "", expected },
          { "a|b|y\n1|2|0\n3|4|1\n", "delimiter = |\n", expected },
          { "a b y\n1 2 0\n3 4 1\n", "delimiter = space\n", expected },
          { "a\tb\ty\n1\t2\t0\n3\t4\t1\n", "delimiter = tab\n", expected },
          { "a;b;y\n1;2;0\n3;4;1\n", "delimiter = semicolon\n", expected },
          /* a comma in one record and not in the other */
          { "\"a\";\"b, or c\";y,z\n1;2;0\n3;4;1\n", "",
            "a,b, or c|y,z|0,1|1,2:0|3,4:1" },
          /* commas inside quotes do not count */
          { "\"a,,,,\"\tb\ty\n1\t2\t0\n3\t4\t1\n", "",
            "a,,,,,b|y|0,1|1,2:0|3,4:1" },
          /* an empty field at the end of tab-separated rows */
          { "a\tb\ty\n1\t\t0\n\t4\t1\n", "",
            "a,b|y|0,1|1,nan:0|nan,4:1" });
}

static void
test_header_detection(void **state)
{
    (void)state;
    CHECK({ "a,b,y\n1,2,0\n", "", "a,b|y|0|1,2:0" },
          { "1,2,0\n3,4,1\n", "", "x0,x1|label|0,1|1,2:0|3,4:1" },
          { "1,2,p\n3,4,q\n", "", "x0,x1|label|p,q|1,2:p|3,4:q" },
          { "?,2,p\n3,,q\n", "", "x0,x1|label|p,q|nan,2:p|3,nan:q" },
          /* columns called by numbers, told by the label above them */
          { "0,1,label\n5,6,0\n7,8,1\n", "",
            "0,1|label|0,1|5,6:0|7,8:1" },
          { "0,1,2\n5,6,0\n", "header = yes\n", "0,1|2|0|5,6:0" },
          { "0,1,kind\n5,6,p\n", "label = kind\n", "0,1|kind|p|5,6:p" },
          /* a single record: text in a field makes it a header */
          { "1,2,0\n", "", "x0,x1|label|0|1,2:0" },
          { "1,2,p\n", "header = no\n", "x0,x1|label|p|1,2:p" },
          /* text in both: not a header, but then the column must go */
          { "anna,1,0\nbert,2,1\n", "ignore = x0\n",
            "x1|label|0,1|1:0|2:1" });
}

static void
test_label_column(void **state)
{
    const char *text = "a,b,c\n1,2,3\n4,5,6\n";

    (void)state;
    CHECK({ text, "", "a,b|c|3,6|1,2:3|4,5:6" },
          { text, "label = a\n", "b,c|a|1,4|2,3:1|5,6:4" },
          { text, "label = 1\n", "a,c|b|2,5|1,3:2|4,6:5" },
          { text, "label = -1\n", "a,b|c|3,6|1,2:3|4,5:6" },
          { text, "label = -3\n", "b,c|a|1,4|2,3:1|5,6:4" },
          { "1,2,3\n4,5,6\n", "label = 0\n",
            "x1,x2|label|1,4|2,3:1|5,6:4" },
          /* a name wins over a number */
          { "a,0,1\n1,2,3\n4,5,6\n", "label = 0\nheader = yes\n",
            "a,1|0|2,5|1,3:2|4,6:5" },
          /* in the middle, with quotes before and after it */
          { "a,y,b\n\"1\",p,\"2\"\n3,\"q\",4\n", "label = y\n",
            "a,b|y|p,q|1,2:p|3,4:q" });
}

static void
test_class_order(void **state)
{
    (void)state;
    CHECK({ "a,y\n1,10\n2,9\n3,-1\n", "", "a|y|-1,9,10|1:10|2:9|3:-1" },
          { "a,y\n1,10\n2,9\n3,b\n4,B\n", "",
            "a|y|10,9,B,b|1:10|2:9|3:b|4:B" },
          { "a,y\n1,1.0\n2,1\n3,0e5\n4,-0\n5,01\n", "",
            "a|y|0,1|1:1|2:1|3:0|4:0|5:1" },
          { "a,y\n1,0.50\n2,.5\n3,1e3\n", "",
            "a|y|0.5,1000|1:0.5|2:0.5|3:1000" },
          /* too large to be told apart as doubles: kept as text */
          { "a,y\n1,9007199254740993\n2,9007199254740992\n", "",
            "a|y|9007199254740992,9007199254740993"
            "|1:9007199254740993|2:9007199254740992" },
          { "a,y\n1,no\n2,yes\n", "classes = yes, no\n",
            "a|y|yes,no|1:no|2:yes" },
          { "a,y\n1,1.0\n2,0\n", "classes = 1, 0.0, 2\n",
            "a|y|1,0,2|1:1|2:0" },
          /* a declared class may look like a missing value */
          { "a,y\n1,NA\n2,DE\n", "classes = DE, NA\n",
            "a|y|DE,NA|1:NA|2:DE" });
}

static void
test_ignored_columns(void **state)
{
    (void)state;
    CHECK({ "id,a,name,y\n7,1,\"x, y\",0\n8,2,zoe,1\n",
            "ignore = id, name\n", "a|y|0,1|1:0|2:1" },
          { "a,,y\n1,2,0\n", "ignore = x1\n", "a|y|0|1:0" });
}

/* Columns to ignore may be in one file only; the others are matched by
 * name, in any order. */
static void
test_parts_with_ignored_columns(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "train.csv", "a,b,note,y\n1,2,m,q\n3,4,n,p\n");
    fixture_text(&fx, "valid.csv", "y;b;a;more\np;5;6;0\n");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\nvalid = valid.csv\n"
                           "ignore = note, more\n",
                           1, err));
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TRAIN)),
                        "a,b|y|p,q|1,2:q|3,4:p");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                        "a,b|y|p,q|6,5:p");
    assert_null(mesa_bundle_dataset(fx.bundle, MESA_PART_TEST));
    assert_null(mesa_bundle_dataset(fx.bundle, MESA_PART_ALL));
    fixture_free(&fx);
}

/* Without a header columns are matched by position. */
static void
test_parts_by_name_and_position(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "train.csv", "a,b,y\n1,2,q\n3,4,p\n");
    fixture_text(&fx, "valid.csv", "y;b;a\np;5;6\nq;7;8\n");
    fixture_text(&fx, "test.csv", "9,8,q\n7,6,p\n");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\nvalid = valid.csv\n"
                           "test = test.csv\nlabel = y\n",
                           1, err));
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TRAIN)),
                        "a,b|y|p,q|1,2:q|3,4:p");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                        "a,b|y|p,q|6,5:p|8,7:q");
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TEST)),
                        "a,b|y|p,q|9,8:q|7,6:p");
    fixture_free(&fx);
}

/* A class that only valid has is fine once it is declared; a spelling that
 * only valid has is no new class. */
static void
test_classes_of_parts(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "train.csv", "a,y\n1,0\n3,1\n");
    fixture_text(&fx, "valid.csv", "a,y\n1,2\n3,1\n");
    fixture_text(&fx, "test.csv", "a,y\n1,1.00\n3,0.0\n4,\"1\"\n");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\nvalid = valid.csv\n"
                           "classes = 0, 1, 2\n",
                           1, err));
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_VALID)),
                        "a|y|0,1,2|1:2|3:1");
    assert_ok(fixture_open(&fx, csv_plugin(),
                           "train = train.csv\ntest = test.csv\n", 1, err));
    assert_string_equal(dump(fixture_part(&fx, MESA_PART_TEST)),
                        "a|y|0,1|1:1|3:0|4:1");
    fixture_free(&fx);
}

/* describe looks at headers only, and leaves pipes alone. */
static void
test_describe(void **state)
{
    const struct mesa_source_class *c =
        (const void *)csv_plugin()->classes[0];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "a,y\n1,0\nthis is not looked at\n");
    assert_ok(fixture_make(&fx, csv_plugin(), "file = a.csv\n", err));
    assert_ok(c->describe(mesa_instance_self(fx.source), err));
    assert_ok(fixture_make(&fx, csv_plugin(), "file = a.csv\nlabel = z\n",
                           err));
    assert_int_equal(c->describe(mesa_instance_self(fx.source), NULL),
                     MESA_EDATA);
    fixture_text(&fx, "fifo", "");
    unlink(fx.path[1]);
    assert_int_equal(mkfifo(fx.path[1], 0600), 0);
    assert_ok(fixture_make(&fx, csv_plugin(), "file = fifo\n", err));
    assert_ok(c->describe(mesa_instance_self(fx.source), err));
    fixture_free(&fx);
}

/* What does not seek is read as a whole: here a pipe under its /dev name. */
static void
test_pipe(void **state)
{
    struct fixture fx;
    char lines[100], *text;
    int fd[2];
    size_t n = 0;

    (void)state;
    fixture_init(&fx);
    assert_int_equal(pipe(fd), 0);
    text = malloc(60000);
    assert_non_null(text);
    n += (size_t)sprintf(text, "a,y\n");
    while (n < 59000)
        n += (size_t)sprintf(text + n, "%zu,%zu\n", n, n % 2);
    assert_int_equal(write(fd[1], text, n), n);
    close(fd[1]);
    fixture_write(&fx, "a.csv", text, n);
    snprintf(lines, sizeof lines, "file = /dev/fd/%d\nblock_size = 1000\n",
             fd[0]);
    assert_ok(fixture_open(&fx, csv_plugin(), lines, 1, err));
    assert_int_equal(fixture_part(&fx, MESA_PART_ALL)->n_classes, 2);
    assert_bits_equal(mesa_row(&fixture_part(&fx, MESA_PART_ALL)->x, 0)[0], 4);
    close(fd[0]);
    free(text);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_blanks_and_quotes),
        cmocka_unit_test(test_quoted_and_plain_labels),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_missing_sets_the_flag),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_header_detection),
        cmocka_unit_test(test_label_column),
        cmocka_unit_test(test_class_order),
        cmocka_unit_test(test_ignored_columns),
        cmocka_unit_test(test_parts_with_ignored_columns),
        cmocka_unit_test(test_parts_by_name_and_position),
        cmocka_unit_test(test_classes_of_parts),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
