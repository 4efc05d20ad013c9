/* SPDX-License-Identifier: MIT */
/*
 * test_csv_stream.c - rows to predict: the same as when all are opened at
 * once, in the order of the schema and with its categories; what is refused;
 * and memory.
 */
#include "source_fixture.h"

#include "instance.h"
#include "warn.h"

#include <math.h>
#include <stdlib.h>

const struct mesa_plugin *csv_plugin(void);

static const char *const class_name[] = { "a", "b" };

static const struct mesa_column columns[] = {
    { .name = "x" }, { .name = "y" }, { .name = "z" }
};

static const struct mesa_schema schema = {
    .struct_size = sizeof schema,
    .n_classes   = 2,
    .n_columns   = 3,
    .column      = columns,
    .class_name  = class_name,
    .label       = "label",
};

static const struct mesa_source_class *
slots(const struct fixture *fx)
{
    return (const void *)mesa_instance_class(fx->source);
}

static mesa_status
stream(struct fixture *fx, const char *name, const struct mesa_schema *of,
       bool labels, struct mesa_error *err)
{
    char path[100];

    snprintf(path, sizeof path, "%s/%s", fx->folder, name);
    return slots(fx)->stream(mesa_instance_self(fx->source), path, of, labels,
                             err);
}

static mesa_status
next(struct fixture *fx, struct mesa_dataset *out, struct mesa_error *err)
{
    return slots(fx)->next(mesa_instance_self(fx->source), out, err);
}

static void
make_source(struct fixture *fx, const char *lines)
{
    assert_ok(fixture_make(fx, csv_plugin(), lines, err));
}

/* Long enough for three pieces, with a quoted line break in each row. */
static char *
long_table(size_t rows)
{
    char *text = malloc(rows * 40 + 100);
    size_t n = (size_t)sprintf(text, "x,\"no\nte\",y,z,label\n");

    assert_non_null(text);
    for (size_t i = 0; i < rows; i++)
        n += (size_t)sprintf(text + n, "%zu,\"\n\",%zu.5,%s,%s\r\n\n", i,
                             i % 77, i % 9 ? "-1e-3" : "NA",
                             i % 3 ? "a" : "b");
    return text;
}

/* Row i of that table, as the schema has it. */
static void
check_row(const double *x, int32_t y, size_t i)
{
    assert_true(x[0] == (double)i);
    assert_true(x[1] == (double)(i % 77) + 0.5);
    assert_true(i % 9 ? x[2] == -1e-3 : x[2] != x[2]);
    assert_int_equal(y, i % 3 == 0);
}

static void
test_pieces(void **state)
{
    char *text = long_table(400000);
    struct mesa_dataset d;
    struct fixture fx;
    size_t pieces = 0, at = 0;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", text);
    free(text);
    make_source(&fx, "");
    for (int again = 0; again < 2; again++, at = 0) {
        assert_ok(stream(&fx, "a.csv", &schema, true, err));
        for (;; pieces++) {
            assert_ok(next(&fx, &d, err));
            if (d.x.rows == 0)
                break;
            assert_ptr_equal(d.schema, &schema);
            for (size_t r = 0; r < d.x.rows; r++, at++)
                check_row(mesa_row(&d.x, r), d.y[r], at);
        }
        assert_int_equal(at, 400000);
    }
    assert_true(pieces >= 6);
    fixture_free(&fx);
}

/* Without labels none are looked for, and one column need not have company. */
static void
test_no_labels(void **state)
{
    struct mesa_schema lone = schema;
    struct mesa_dataset d;
    struct fixture fx;

    (void)state;
    lone.n_columns = 1;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "x\n1\n2\n");
    fixture_text(&fx, "b.csv", "7");
    make_source(&fx, "");
    assert_ok(stream(&fx, "a.csv", &lone, false, err));
    assert_ok(next(&fx, &d, err));
    assert_int_equal(d.x.rows, 2);
    assert_null(d.y);
    assert_ok(next(&fx, &d, err));
    assert_int_equal(d.x.rows, 0);
    assert_ok(stream(&fx, "b.csv", &lone, false, err));
    assert_ok(next(&fx, &d, err));
    assert_int_equal(d.x.rows, 1);
    assert_true(d.x.data[0] == 7);
    fixture_free(&fx);
}

static const char *const hues[] = { "red", "blue" };
static const char *const numbers[] = { "10", "9" };

/* Codes are those of the schema, whatever their order there. */
static const struct mesa_column mixed[] = {
    { "hue", MESA_CATEGORICAL, 2, hues },
    { .name = "x" },
    { "n", MESA_CATEGORICAL, 2, numbers },
};

static char heard[1000];

static void
hear(void *context, const char *line)
{
    (void)context;
    strcat(strcat(heard, line), "\n");
}

/* All rows of a text are read so, by a source of these lines; rows of three
 * values.  What was said is in heard. */
static void
check_rows(const char *text, const char *lines, const double *x, size_t rows)
{
    struct mesa_schema s = schema;
    struct mesa_dataset d;
    struct fixture fx;

    s.column = mixed;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", text);
    make_source(&fx, lines);
    heard[0] = '\0';
    mesa_warn_to(hear, NULL);
    assert_ok(stream(&fx, "a.csv", &s, false, err));
    assert_ok(next(&fx, &d, err));
    mesa_warn_to(NULL, NULL);
    assert_int_equal(d.x.rows, rows);
    for (size_t i = 0; i < 3 * rows; i++)
        assert_true(isnan(x[i]) ? isnan(d.x.data[i]) : d.x.data[i] == x[i]);
    fixture_free(&fx);
}

static void
test_categories(void **state)
{
    static const double x[] = { 1, 2, 0, 0, 3, 1, NAN, 4, NAN };

    (void)state;
    check_rows("n,y,hue,x\n10,7,blue,2\n9.0,7,red,3\n,7,?,4\n", "ignore = y\n",
               x, 3);
    assert_string_equal(heard, "");
    /* Without a header: text is none where it may be. */
    check_rows("blue,2,1e1\n\"red\",3,9\n?,4,\n", "label = 3\n", x, 3);
    check_rows("blue,2,10\n", "", x, 1);
    check_rows("hue,x,n\nblue,2,10\n", "", x, 1);
    assert_string_equal(heard, "");
}

/* Said once of a column, however many pieces follow. */
static void
test_unknown(void **state)
{
    char *text = malloc(9000000), expected[400];
    struct mesa_schema s = schema;
    struct mesa_error why;
    struct mesa_dataset d;
    struct fixture fx;
    size_t n, rows = 0;

    (void)state;
    assert_non_null(text);
    n = (size_t)sprintf(text, "hue,x,n\n");
    while (n < 8900000)
        n += (size_t)sprintf(text + n, "mauve%zu,1,9\n", n);
    s.column = mixed;
    fixture_init(&fx);
    fixture_write(&fx, "a.csv", text, n);
    free(text);
    make_source(&fx, "");
    heard[0] = '\0';
    mesa_warn_to(hear, NULL);
    assert_ok(stream(&fx, "a.csv", &s, false, err));
    do {
        assert_ok(next(&fx, &d, err));
        for (size_t r = 0; r < d.x.rows; r++)
            assert_true(isnan(d.x.data[3 * r]) && d.x.data[3 * r + 2] == 1);
        rows += d.x.rows;
    } while (d.x.rows > 0);
    mesa_warn_to(NULL, NULL);
    assert_true(rows > 500000);
    snprintf(expected, sizeof expected,
             "%s/a.csv:2: column 'hue' holds 'mauve8', which is none of red, "
             "blue: such values count as missing (unknown = error refuses "
             "them)\n",
             fx.folder);
    assert_string_equal(heard, expected);
    make_source(&fx, "unknown = error\n");
    assert_ok(stream(&fx, "a.csv", &s, false, err));
    assert_int_equal(next(&fx, &d, &why), MESA_EDATA);
    snprintf(expected, sizeof expected,
             "%s/a.csv:2: column 'hue' holds 'mauve8', which is none of red, "
             "blue",
             fx.folder);
    assert_string_equal(why.message, expected);
    fixture_free(&fx);
}

static void
test_refusals(void **state)
{
    static const char *const red[] = { "red", "red" };
    struct mesa_column twins[] = { { "x", MESA_CATEGORICAL, 2, red },
                                   { .name = "y" } };
    struct mesa_schema odd = schema;
    struct mesa_error err;
    struct fixture fx;

    (void)state;
    odd.column = twins;
    odd.n_columns = 2;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "x,y,z,label\n1,2,3,a\n");
    make_source(&fx, "");
    assert_int_equal(stream(&fx, "a.csv", &odd, false, &err), MESA_EDATA);
    assert_string_equal(err.message,
                        "column 'x' of the model has a category twice");
    twins[0] = twins[1];
    assert_int_equal(stream(&fx, "a.csv", &odd, false, &err), MESA_EDATA);
    assert_string_equal(err.message,
                        "the model has two columns of one name");
    fixture_free(&fx);
}

/* Each allocation in turn fails: a clear status, and nothing leaks. */
static void
test_lost_memory(void **state)
{
    uint64_t before = mesa_memory_live(), k;
    struct mesa_schema s = schema;
    mesa_status st = MESA_ENOMEM;
    struct fixture fx;

    (void)state;
    s.column = mixed;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "x,n,hue,label\n1,9,\"r\"\"\",a\n4,9,red,b\n");
    mesa_warn_to(hear, NULL);
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_error why;
        struct mesa_dataset d;

        heard[0] = '\0';
        make_source(&fx, "block_size = 9\n");
        mesa_memory_fail_at(k);
        st = stream(&fx, "a.csv", &s, true, &why);
        if (st == MESA_OK)
            st = next(&fx, &d, &why);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_non_null(strstr(why.message, "out of memory"));
        }
        fixture_close(&fx);
        assert_int_equal(mesa_memory_live(), before);
        assert_true(k < 1000);
    }
    mesa_warn_to(NULL, NULL);
    assert_true(k > 20);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_no_labels),
        cmocka_unit_test(test_categories),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_lost_memory),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
