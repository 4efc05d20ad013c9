/* SPDX-License-Identifier: MIT */
/*
 * test_csv_stream.c - rows to predict: the same as when all are opened at
 * once, in the order of the schema; what is refused; and memory.
 */
#include "source_fixture.h"

#include "instance.h"

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

static void
test_refusals(void **state)
{
    static const char *const red[] = { "red", "red" };
    struct mesa_column hues[] = { { "x", MESA_CATEGORICAL, 2, red },
                                  { .name = "y" } };
    struct mesa_schema odd = schema;
    struct mesa_error err;
    struct fixture fx;

    (void)state;
    odd.column = hues;
    odd.n_columns = 2;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "x,y,z,label\n1,2,3,a\n");
    make_source(&fx, "");
    assert_int_equal(stream(&fx, "a.csv", &odd, false, &err), MESA_EDATA);
    assert_string_equal(err.message,
                        "column 'x' of the model has a category twice");
    hues[0] = hues[1];
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
    mesa_status st = MESA_ENOMEM;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "z,x,y,label\n1,2,3,a\n4,5,6,b\n");
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_error why;
        struct mesa_dataset d;

        make_source(&fx, "block_size = 9\n");
        mesa_memory_fail_at(k);
        st = stream(&fx, "a.csv", &schema, true, &why);
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
    assert_true(k > 20);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_no_labels),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_lost_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
