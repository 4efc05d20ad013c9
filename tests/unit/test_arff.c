/* SPDX-License-Identifier: MIT */
/* test_arff.c - ARFF files of several makers, and broken ones. */
#include "mutations.h"

#include "../golden/formats.h"

const struct mesa_plugin *arff_plugin(void);

/* As KEEL writes them: ranges, inputs and outputs, no quotes. */
static const char keel[] = "@relation glass1\n"
                           "@attribute RI real [1.51115, 1.53393]\n"
                           "@attribute Na real[10.73,17.38]\n"
                           "@attribute Rings integer [0, 10]\n"
                           "@attribute Unused real [0.0, 1.0]\n"
                           "@attribute Kind {very high, low}\n"
                           "@attribute Class{positive, negative}\n"
                           "@inputs RI, Na, Rings, Kind\n"
                           "@outputs Class\n"
                           "@data\n"
                           "1.5, 12.5, 3, 0.5, very high, negative\n"
                           "1.52, <null>, 4, 0.5, low, positive\n";

/* As Weka writes them: quotes, blanks, sparse rows. */
static const char weka[] = "\xef\xbb\xbf% by hand\r\n"
                           "@relation 'a b'\r\n"
                           "@attribute \"x \\\"1\\\"\" numeric % a comment\r\n"
                           "@attribute c {'it\\'s', b}\r\n"
                           "@attribute class {no, 'y,es'}\r\n"
                           "@data\r\n"
                           "1 b 'y,es'\r\n"
                           "2\t'it\\'s'\tno\r\n"
                           "\r\n"
                           "{0 3, 2 'y,es'}\r\n"
                           "{}\r\n"
                           "{ 1 b }";

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
        fixture_text(&fx, "a.arff", arff_text);
        snprintf(lines, sizeof lines, "file = a.arff\nblock_size = %d\n",
                 block_size[i]);
        assert_ok(mesa_parallel_set_threads(1 + i, err));
        assert_ok(fixture_open(&fx, arff_plugin(), lines, 1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        assert_int_equal(d->x.rows, 12);
        assert_int_equal(d->x.cols, 4);
        assert_values(d, arff_x, arff_y);
        assert_string_equal(d->schema->column[1].name, "second one");
        assert_int_equal(d->schema->column[2].type, MESA_CATEGORICAL);
        assert_int_equal(d->schema->column[2].n_categories, 3);
        assert_string_equal(d->schema->column[2].category[1], "green");
        assert_string_equal(d->schema->class_name[0], "-1");
        assert_string_equal(d->schema->label, "class");
        fixture_free(&fx);
    }
}

static void
test_keel(void **state)
{
    static const double x[] = { 1.5, 12.5, 3, 0, 1.52, NAN, 4, 1 };
    static const int32_t y[] = { 1, 0 };
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.arff", keel);
    assert_ok(fixture_open(&fx, arff_plugin(), "file = a.arff", 1, err));
    d = fixture_part(&fx, MESA_PART_ALL);
    assert_int_equal(d->x.cols, 4);
    assert_int_equal(d->x.rows, 2);
    assert_values(d, x, y);
    assert_string_equal(d->schema->column[3].name, "Kind");
    assert_string_equal(d->schema->column[3].category[0], "very high");
    fixture_free(&fx);
}

static void
test_weka(void **state)
{
    static const double x[] = { 1, 1, 2, 0, 3, 0, 0, 0, 0, 1 };
    static const int32_t y[] = { 1, 0, 1, 0, 0 };
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.arff", weka);
    assert_ok(fixture_open(&fx, arff_plugin(), "file = a.arff", 1, err));
    d = fixture_part(&fx, MESA_PART_ALL);
    assert_int_equal(d->x.rows, 5);
    assert_values(d, x, y);
    assert_string_equal(d->schema->column[0].name, "x \"1\"");
    assert_string_equal(d->schema->column[1].category[0], "it's");
    assert_string_equal(d->schema->class_name[1], "y,es");
    fixture_free(&fx);
}

/* A numeric label, attributes to skip, other files, classes in an order. */
static void
test_parameters(void **state)
{
    static const char train[] = "@attribute y numeric\n@attribute s string\n"
                                "@attribute c {u, v}\n@data\n"
                                "2,'x',u\n10,'y',v\n2,z,?\n";
    static const char test[] = "@attribute y numeric\n@attribute s string\n"
                               "@attribute c {v, u}\n@data\n10,'x',v\n";
    static const int32_t y[] = { 1, 0, 1 };
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.arff", train);
    fixture_text(&fx, "b.arff", test);
    assert_ok(fixture_open(&fx, arff_plugin(),
                           "train = a.arff\ntest = b.arff\nlabel = y\n"
                           "ignore = s\n",
                           1, err));
    d = fixture_part(&fx, MESA_PART_TRAIN);
    assert_int_equal(d->x.cols, 1);
    assert_string_equal(d->schema->class_name[1], "10");
    assert_int_equal(fixture_part(&fx, MESA_PART_TEST)->y[0], 1);
    assert_bits_equal(fixture_part(&fx, MESA_PART_TEST)->x.data[0], 1.0);
    assert_ok(fixture_open(&fx, arff_plugin(),
                           "train = a.arff\nlabel = 0\nignore = s\n"
                           "classes = 10, 2\n",
                           1, err));
    assert_memory_equal(fixture_part(&fx, MESA_PART_TRAIN)->y, y, sizeof y);
    fixture_free(&fx);
}

struct broken {
    const char *text, *lines;
    mesa_status status;
    const char *expected; /* '~' stands for the path */
};

static void
check_broken(const struct broken *b)
{
    struct fixture fx;
    char expected[600] = "[data] arff: ", lines[300];
    size_t n = strlen(expected);

    fixture_init(&fx);
    fixture_text(&fx, "a.arff", b->text);
    for (const char *p = b->expected; *p; p++)
        n += (size_t)snprintf(expected + n, sizeof expected - n,
                              *p == '~' ? "%s/a.arff" : "%.1s",
                              *p == '~' ? fx.folder : p);
    for (int block = 1; block < 100; block += 33) {
        snprintf(lines, sizeof lines, "file = a.arff\nblock_size = %d\n%s",
                 block, b->lines);
        assert_error(fixture_open(&fx, arff_plugin(), lines, 1, err),
                     b->status, expected);
    }
    fixture_free(&fx);
}

#define HEAD "@attribute x real\n@attribute k {a, b}\n@attribute y {0, 1}\n"

static void
test_headers(void **state)
{
    static const struct broken cases[] = {
        { "@attribute d date 'yyyy'\n" HEAD "@data\n1,2,a,0\n", "",
          MESA_EDATA,
          "~:1: attribute 'd' is of type date, expected numeric, real, "
          "integer or {values}; name it in ignore to go without it" },
        { "@attribute s string\n@data\n", "label = s", MESA_EDATA,
          "~:1: attribute 's' is of type string, expected numeric, real, "
          "integer or {values}; choose another one with label = NAME" },
        { HEAD "x,y\n", "", MESA_EPARSE,
          "~:4: expected @relation, @attribute, @inputs, @outputs or @data" },
        { HEAD, "", MESA_EPARSE,
          "~ has no @data line: it is no ARFF file, or its end is missing" },
        { "@attribute x\n", "", MESA_EPARSE,
          "~:1: an attribute without a type" },
        { "@attribute\n", "", MESA_EPARSE,
          "~:1: an attribute without a name" },
        { "@attribute x real foo\n", "", MESA_EPARSE,
          "~:1: text after the type of attribute 'x'" },
        { "@attribute x real [1, 2\n", "", MESA_EPARSE,
          "~:1: a range has no closing bracket" },
        { "@attribute x {a, b\n", "", MESA_EPARSE,
          "~:1: a list of values has no closing brace" },
        { "@attribute x {a,, b}\n", "", MESA_EPARSE, "~:1: a value is empty" },
        { "@attribute x {a, a}\n", "", MESA_EPARSE,
          "~:1: a value 'a' comes twice" },
        { "@attribute 'x real\n", "", MESA_EPARSE,
          "~:1: a quoted text has no end on its line" },
        { "@attribute x {'a'b}\n", "", MESA_EPARSE,
          "~:1: a quoted text has more text after its closing quote" },
        { HEAD "@attribute x real\n", "", MESA_EPARSE,
          "~:4: attribute 'x' comes twice" },
        { "@attribute x real\n@data\n1\n", "", MESA_EDATA,
          "~ has no nominal attribute that could be the class; choose one "
          "with label = NAME" },
        { "@attribute x {a, b}\n@data\na\n", "", MESA_EDATA,
          "~ has no attributes but the label and ignored ones" },
        { HEAD "@outputs x, y\n@data\n", "", MESA_EDATA,
          "~ has 2 outputs; choose one with label = NAME" },
        { HEAD "@outputs yy\n@data\n", "", MESA_EDATA,
          "~ has no output 'yy', did you mean 'y'?" },
        { HEAD "@inputs z\n@data\n", "", MESA_EDATA,
          "~ has no input 'z', did you mean 'x'?" },
        { HEAD "@data\n", "label = 3", MESA_EDATA,
          "~: label is attribute 3 but there are 3" },
        { HEAD "@data\n", "label = classes", MESA_EDATA,
          "~ has no attribute 'classes'" },
        { HEAD "@data\n", "ignore = y", MESA_EDATA,
          "~: 'y' is the label and in ignore" },
        { HEAD "@data\n", "ignore = age", MESA_EDATA,
          "~ has no attribute to ignore 'age'" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++)
        check_broken(&cases[i]);
}

static void
test_rows(void **state)
{
    static const struct broken cases[] = {
        { HEAD "@data\n1,a,0\nz,a,0\n", "", MESA_EPARSE,
          "~:6: attribute 'x' holds 'z', expected a number" },
        { HEAD "@data\n1,a,0\n1e999,a,0\n", "", MESA_EPARSE,
          "~:6: attribute 'x' holds '1e999', which is not finite" },
        { HEAD "@data\n1,a,0\n,a,0\n", "", MESA_EPARSE,
          "~:6: attribute 'x' is empty" },
        { HEAD "@data\n1,c,0\n", "", MESA_EPARSE,
          "~:5: attribute 'k' holds 'c', which is none of a, b" },
        { HEAD "@data\n1,a,2\n", "", MESA_EDATA,
          "~:5: class '2' is not one of 0, 1" },
        { HEAD "@data\n1,a,?\n", "", MESA_EPARSE,
          "~:5: attribute 'y' holds '?', but a class must not be missing "
          "without unlabelled = yes" },
        { HEAD "@data\n1,a,0\n1,a,\n", "unlabelled = yes", MESA_EPARSE,
          "~:6: attribute 'y' is empty" },
        { "@attribute x real\n@attribute y real\n@data\n1,?\n",
          "label = y\nunlabelled = yes", MESA_EDATA,
          "no row of ~ has a label: say with classes = ... what classes "
          "there are" },
        { HEAD "@data\n1,a,0\n\n1,a\n", "", MESA_EPARSE,
          "~:7: 2 values, expected 3" },
        { HEAD "@data\n1,a,0,5\n", "", MESA_EPARSE,
          "~:5: more than 3 values" },
        { HEAD "@data\n1,'a,0\n", "", MESA_EPARSE,
          "~:5: a quoted text has no end on its line" },
        { HEAD "@data\n{0 1, 2 1\n", "", MESA_EPARSE,
          "~:5: a sparse row has no closing brace" },
        { HEAD "@data\n{2 1, 0 1}\n", "", MESA_EPARSE,
          "~:5: index 0 of a sparse row comes after index 2" },
        { HEAD "@data\n{3 1}\n", "", MESA_EPARSE,
          "~:5: a sparse row has '3' where an index from 0 to 2 should be" },
        { HEAD "@data\n{0 1}, {5}\n", "", MESA_EPARSE,
          "~:5: text after a sparse row (weights of rows are not "
          "supported)" },
        { HEAD "@data\n{0 1}\n", "classes = 1, 2", MESA_EDATA,
          "~:5: a sparse row has no class, and what that means is none of "
          "the classes" },
    };
    struct fixture fx;
    char expected[200];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++)
        check_broken(&cases[i]);
    fixture_init(&fx);
    fixture_write(&fx, "a.arff", HEAD "@data\n1,a,0\n1,\0,0\n",
                  sizeof HEAD "@data\n1,a,0\n1,\0,0\n" - 1);
    snprintf(expected, sizeof expected,
             "[data] arff: %s/a.arff:6: a NUL byte", fx.folder);
    assert_error(fixture_open(&fx, arff_plugin(), "file = a.arff", 1, err),
                 MESA_EPARSE, expected);
    fixture_free(&fx);
}

/* Nobody knows the class of these yet. */
static void
test_unlabelled(void **state)
{
    static const struct {
        const char *text, *lines;
        int32_t     y[3];
    } cases[] = {
        { HEAD "@data\n1,a,?\n2,b,1\n{0 3, 2 ?}\n", "", { -1, 1, -1 } },
        { HEAD "@data\n1,a,<null>\n2,b,?\n3,a,?\n", "", { -1, -1, -1 } },
        { "@attribute x real\n@attribute y real\n@data\n1,?\n2,1.0\n3,0\n",
          "label = y\n", { -1, 1, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        const struct mesa_dataset *d;
        struct fixture fx;
        char lines[100];

        fixture_init(&fx);
        fixture_text(&fx, "a.arff", cases[i].text);
        snprintf(lines, sizeof lines, "file = a.arff\nunlabelled = yes\n%s",
                 cases[i].lines);
        assert_ok(fixture_open(&fx, arff_plugin(), lines, 1, err));
        d = fixture_part(&fx, MESA_PART_ALL);
        assert_int_equal(d->x.rows, 3);
        assert_memory_equal(d->y, cases[i].y, sizeof cases[i].y);
        assert_true(d->flags & MESA_DATA_UNLABELLED);
        fixture_free(&fx);
    }
}

static void
test_other_files(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        { "@attribute x real\n@attribute y {0, 1}\n@data\n",
          "%s/b.arff has 2 attributes, %s/a.arff has 3" },
        { "@attribute x real\n@attribute z {a, b}\n@attribute y {0, 1}\n"
          "@data\n",
          "%s/b.arff:2: attribute 'z' differs in name or type from 'k' at "
          "the same place of %s/a.arff" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct fixture fx;
        char expected[500], text[400];

        fixture_init(&fx);
        fixture_text(&fx, "a.arff", HEAD "@data\n1,a,0\n2,b,1\n");
        fixture_text(&fx, "b.arff", cases[i].text);
        /* Both paths, in the order of the message. */
        strcpy(text, "[data] arff: ");
        strcat(text, cases[i].expected);
        for (char *at = expected, *p = text; (*at = *p) != '\0'; p++)
            if (p[0] == '%' && p[1] == 's')
                at += sprintf(at, "%s", fx.folder), p++;
            else
                at++;
        assert_error(fixture_open(&fx, arff_plugin(),
                                  "train = a.arff\ntest = b.arff", 1, err),
                     MESA_EDATA, expected);
        fixture_free(&fx);
    }
}

/* describe looks at headers only. */
static void
test_describe(void **state)
{
    const struct mesa_source_class *c =
        (const void *)arff_plugin()->classes[0];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.arff", HEAD "@data\nthis is not looked at\n");
    assert_ok(fixture_make(&fx, arff_plugin(), "file = a.arff\n", err));
    assert_ok(c->describe(mesa_instance_self(fx.source), err));
    assert_ok(fixture_make(&fx, arff_plugin(), "file = a.arff\nlabel = z\n",
                           err));
    assert_int_equal(c->describe(mesa_instance_self(fx.source), NULL),
                     MESA_EDATA);
    fixture_free(&fx);
}

static void
test_mutations(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.arff", "");
    open_mutants(&fx, arff_plugin(), "file = a.arff", weka, sizeof weka - 1);
    open_mutants(&fx, arff_plugin(), "file = a.arff\nblock_size = 20\n", keel,
                 sizeof keel - 1);
    open_mutants(&fx, arff_plugin(), "file = a.arff\nlabel = n", arff_text,
                 sizeof arff_text - 1);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_keel),
        cmocka_unit_test(test_weka),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_unlabelled),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
