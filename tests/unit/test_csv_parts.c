/* SPDX-License-Identifier: MIT */
/*
 * test_csv_parts.c - the pieces of the csv source by themselves: fields, sets
 * of words, lists in messages, classes, the scan.
 */
#include "source_fixture.h"

#include <math.h>

#include "csv.h"

/* Cut the first field of text; returns the number of bytes up to its end. */
static size_t
cut(const char *text, char delimiter, struct csv_field *field)
{
    const char *end = text + strlen(text) - 1; /* its newline */
    const char *stop = csv_field_cut(text, end, delimiter, field);

    return stop ? (size_t)(stop - text) : SIZE_MAX;
}

static void
assert_field(const char *text, char delimiter, const char *expected,
             size_t stop)
{
    struct csv_field field;
    char *got;

    assert_int_equal(cut(text, delimiter, &field), stop);
    assert_int_equal(field.fault, CSV_FINE);
    got = csv_field_text(&field);
    assert_non_null(got);
    assert_string_equal(got, expected);
    mesa_free(got);
}

static void
test_fields(void **state)
{
    (void)state;
    assert_field("abc,d\n", ',', "abc", 3);
    assert_field("abc\n", ',', "abc", 3);
    assert_field("\n", ',', "", 0);
    assert_field(",\n", ',', "", 0);
    assert_field("  \t,\n", ',', "", 3);
    assert_field(" a b \n", ',', "a b", 5);
    assert_field(" a b \r\n", ',', "a b", 6);
    assert_field("\r\n", ',', "", 1);
    assert_field("a\rb\n", ',', "a\rb", 3);
    assert_field("a,b;c\n", ';', "a,b", 3);
    assert_field("a\t\n", '\t', "a", 1);
    assert_field(" \tb\n", '\t', "", 1);
    assert_field(" a\n", ' ', "", 0);
}

static void
test_quoted_fields(void **state)
{
    (void)state;
    assert_field("\"abc\",d\n", ',', "abc", 5);
    assert_field("\"\"\n", ',', "", 2);
    assert_field("\"\"\"\"\n", ',', "\"", 4);
    assert_field("\"\"\"\"\"\"\n", ',', "\"\"", 6);
    assert_field("\"a\"\"\"\n", ',', "a\"", 5);
    assert_field("\"\"\"a\"\n", ',', "\"a", 5);
    assert_field(" \" a,\n\" \t,\n", ',', " a,\n", 9);
    assert_field("\"a\"\r\n", ',', "a", 4);
    assert_field("\"a\" \r\n", ',', "a", 5);
    assert_field("\"a\tb\"\tc\n", '\t', "a\tb", 5);
}

static void
test_faults(void **state)
{
    static const struct {
        const char    *text;
        enum csv_fault fault;
    } bad[] = {
        { "\"\n", CSV_OPEN_QUOTE },        { "\"abc,\n", CSV_OPEN_QUOTE },
        { "\"a\"\"\n", CSV_OPEN_QUOTE },   { "a\"\n", CSV_STRAY_QUOTE },
        { "a b\"c\"\n", CSV_STRAY_QUOTE }, { "\"a\"b\n", CSV_AFTER_QUOTE },
        { "\"a\" b,\n", CSV_AFTER_QUOTE }, { "\"a\" \"\n", CSV_AFTER_QUOTE },
        { "\"a\"\r,\n", CSV_AFTER_QUOTE },
    };
    struct csv_field field;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(bad); i++) {
        assert_int_equal(cut(bad[i].text, ',', &field), SIZE_MAX);
        assert_int_equal(field.fault, bad[i].fault);
    }
}

/* What a message quotes of a value is at most CSV_SHOWN bytes and ends with a
 * whole character, if the value holds any. */
static void
test_shown(void **state)
{
    char text[100];
    struct csv_field field = { .begin = text };

    (void)state;
    for (size_t before = 0; before < 50; before++) {
        memset(text, 'x', before);
        strcpy(text + before, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
        field.end = text + before + 9;
        if (before <= 31)
            assert_int_equal(csv_field_shown(&field), before + 9);
        else if (before <= 40)
            assert_int_equal(csv_field_shown(&field),
                             before + (40 - before) / 3 * 3);
        else
            assert_int_equal(csv_field_shown(&field), CSV_SHOWN);
    }
}

static bool
is_missing(const struct csv_missing *m, const char *text)
{
    return csv_missing_text(m, text, text + strlen(text));
}

static void
test_missing_words(void **state)
{
    static const char *const item[] = { "?", "-1", "nan", "", "1e3", "inf" };
    const struct mesa_list words = { 6, item, NULL };
    struct csv_missing m = { 0 };

    (void)state;
    assert_ok(csv_missing_init(&m, &words, err));
    assert_int_equal(m.n_numbers, 2);
    assert_true(csv_missing_number(&m, -1) && csv_missing_number(&m, 1000));
    assert_false(csv_missing_number(&m, NAN));
    assert_false(csv_missing_number(&m, INFINITY));
    assert_true(is_missing(&m, "?") && is_missing(&m, "") &&
                is_missing(&m, "nan") && is_missing(&m, "inf") &&
                is_missing(&m, "-1.0") && is_missing(&m, "1000"));
    assert_false(is_missing(&m, "??") || is_missing(&m, "NaN") ||
                 is_missing(&m, "1") || is_missing(&m, "-inf"));
    csv_missing_free(&m);
}

/* Thousands of words, each found under its number, no others. */
static void
test_words(void **state)
{
    struct csv_words w = { 0 };
    char text[32];

    (void)state;
    assert_true(csv_words_find(&w, "a", 1) == CSV_NO_WORD);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < 5000; i++) {
            int n = snprintf(text, sizeof text, "word %zu", i * i);

            assert_ok(csv_words_add(&w, text, (size_t)n, err));
            assert_int_equal(csv_words_find(&w, text, (size_t)n), i);
        }
    assert_int_equal(w.n, 5000);
    assert_true(csv_words_find(&w, "word", 4) == CSV_NO_WORD);
    assert_true(csv_words_find(&w, "word 2", 6) == CSV_NO_WORD);
    assert_true(csv_words_find(&w, "", 0) == CSV_NO_WORD);
    assert_int_equal(csv_words_find(&w, "word 10", 6), 1);
    assert_string_equal(w.text[4999], "word 24990001");
    csv_words_free(&w);
    assert_int_equal(w.n, 0);
}

static void
test_lists(void **state)
{
    struct csv_list list = { "", 0 };
    char name[300];

    (void)state;
    csv_list_add(&list, "a");
    assert_string_equal(list.text, "a");
    csv_list_add(&list, "b c");
    assert_string_equal(list.text, "a, b c");
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    csv_list_add(&list, name);
    assert_string_equal(list.text, "a, b c, ...");
    csv_list_add(&list, "d");
    assert_string_equal(list.text, "a, b c, ...");
    memset(&list, 0, sizeof list);
    csv_list_add(&list, name);
    assert_string_equal(list.text, "...");
    for (size_t length = 1; length < 12; length++) {
        memset(&list, 0, sizeof list);
        name[length] = '\0';
        for (size_t i = 0; i < 200; i++)
            csv_list_add(&list, name);
        assert_int_equal(strlen(list.text), list.n);
        assert_string_equal(list.text + list.n - 5, ", ...");
        name[length] = 'n';
    }
}

static void
test_suggestions(void **state)
{
    static const char *const name[] = { "age", "height", "diagnosis", "x1" };
    static const struct {
        const char *typed, *expected;
    } example[] = {
        { "agee", ", did you mean 'age'?" },
        { "hieght", ", did you mean 'height'?" },
        { "Diagnoses", ", did you mean 'diagnosis'?" },
        { "x2", ", did you mean 'x1'?" },
        { "weight", ", did you mean 'height'?" },
        { "colour", "" },
        { "", "" },
        { "agegroups", "" },
    };
    struct csv_words w = { 0 };
    char out[100];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(name); i++)
        assert_ok(csv_words_add(&w, name[i], strlen(name[i]), err));
    for (size_t i = 0; i < MESA_COUNT(example); i++) {
        csv_suggest(&w, example[i].typed, out);
        assert_string_equal(out, example[i].expected);
    }
    csv_words_free(&w);
}

static int32_t
class_of(const struct csv_classes *c, const char *label)
{
    return csv_classes_find(c, label, strlen(label));
}

static void
test_classes(void **state)
{
    static const char *const label[] = { "2", "10", "1.50", "2.0", "-0",
                                         "1.5" };
    struct csv_words words = { 0 };
    struct csv_classes c = { 0 };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(label); i++)
        assert_ok(csv_words_add(&words, label[i], strlen(label[i]), err));
    assert_ok(csv_classes_learn(&c, &words, "a.csv", err));
    assert_int_equal(c.name.n, 4);
    assert_string_equal(c.name.text[0], "0");
    assert_string_equal(c.name.text[1], "1.5");
    assert_string_equal(c.name.text[2], "2");
    assert_string_equal(c.name.text[3], "10");
    assert_int_equal(class_of(&c, "0"), 0);
    assert_int_equal(class_of(&c, "-0.0"), 0);
    assert_int_equal(class_of(&c, "15e-1"), 1);
    assert_int_equal(class_of(&c, "002"), 2);
    assert_int_equal(class_of(&c, "1e1"), 3);
    assert_int_equal(class_of(&c, "3"), -1);
    assert_int_equal(class_of(&c, "nan"), -1);
    assert_int_equal(class_of(&c, "two"), -1);
    csv_classes_free(&c);
    csv_words_free(&words);
}

/* Newlines and quotes as csv_row_end sees them. */
static void
test_row_ends(void **state)
{
    static const char text[] = "a,\"b\n\"\nc\n";
    const char *end = text + sizeof text - 1;
    bool in_quote = false;

    (void)state;
    assert_ptr_equal(csv_row_end(text, end, &in_quote), text + 6);
    assert_false(in_quote);
    assert_ptr_equal(csv_row_end(text, text + 4, &in_quote), text + 4);
    assert_true(in_quote);
    assert_ptr_equal(csv_row_end(text + 4, end, &in_quote), text + 6);
    in_quote = true;
    assert_ptr_equal(csv_row_end(text, end, &in_quote), text + 4);
    in_quote = false;
    assert_ptr_equal(csv_row_end(text + 7, end, &in_quote), end - 1);
    assert_ptr_equal(csv_row_end(end, end, &in_quote), end);
}

/* The scan counts the same rows whatever the blocks, and each block's rows,
 * cut out by csv_block_load, follow each other without a gap. */
static void
test_scan(void **state)
{
    static const char text[] = "a,y\n1,p\n\n\r\n2,\"q\n\nr\"\r\n3,\"\"\"\"\n"
                               "4,\"\n\"\n\n5,p";
    static const uint64_t row_line[] = { 2, 5, 8, 9, 12 };
    static const struct mesa_list none = { 0, NULL, NULL };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", text);
    for (int64_t block = 1; block < (int64_t)sizeof text + 2; block++) {
        struct csv csv = { .block_size = block, .words = { &none, 0, NULL } };
        struct csv_file f = { .in.fd = -1 };
        size_t row = 0;

        assert_ok(csv_head_read(&f, &csv, fx.path[0], err));
        assert_ok(csv_scan(&f, err));
        assert_int_equal(f.n_rows, 5);
        assert_int_equal(f.start, 4);
        for (size_t i = 0; i < f.n_blocks; i++) {
            struct csv_block b;

            assert_int_equal(f.span[i].rows, row);
            if (f.span[i + 1].rows == row)
                continue;
            assert_ok(csv_block_load(&b, &f, i, err));
            for (const char *p = b.begin; p < b.end; p++) {
                bool in_quote = false;

                if (*p == '\n' || *p == '\r')
                    continue;
                assert_int_equal(*p, (int)('1' + row));
                assert_int_equal(csv_block_line(&b, p), row_line[row]);
                row++;
                p = csv_row_end(p, b.end, &in_quote);
            }
            csv_block_free(&b);
        }
        assert_int_equal(row, 5);
        csv_file_free(&f);
    }
    fixture_free(&fx);
}

/* A file that shrinks while it is read is an error, not a wait. */
static void
test_shrinking_file(void **state)
{
    struct csv_input in = { .fd = -1 };
    struct fixture fx;
    char buffer[16], expected[200];

    (void)state;
    fixture_init(&fx);
    fixture_text(&fx, "a.csv", "0123456789");
    assert_ok(csv_input_open(&in, fx.path[0], err));
    assert_int_equal(in.size, 10);
    assert_ok(csv_input_read(&in, 7, 3, buffer, err));
    assert_memory_equal(buffer, "789", 3);
    assert_int_equal(truncate(fx.path[0], 5), 0);
    snprintf(expected, sizeof expected, "%s changed while it was read",
             fx.path[0]);
    assert_error(csv_input_read(&in, 3, 4, buffer, err), MESA_EIO, expected);
    csv_input_close(&in);
    csv_input_close(&in);
    fixture_free(&fx);
}

/* Rows that come or go between the scan and the parsing never get room that
 * is not theirs. */
static void
test_changing_file(void **state)
{
    static const char *const text[] = { "a,y\n1,0\n2,1\n3,0\n4,1\n",
                                        "a,y\n1,0\n2,1\n33333,0\n" };
    static const struct mesa_list none = { 0, NULL, NULL };
    struct csv csv = { .block_size = 100, .words = { &none, 0, NULL } };
    struct csv_words labels = { 0 };
    struct csv_classes classes = { 0 };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    assert_ok(csv_words_add(&labels, "0", 1, err));
    assert_ok(csv_words_add(&labels, "1", 1, err));
    assert_ok(csv_classes_learn(&classes, &labels, "a", err));
    for (size_t i = 0; i < 2; i++) {
        struct csv_file f = { .in.fd = -1 };
        char expected[200];
        double x[4] = { -1, -1, -1, -1 };
        int32_t y[4];
        const struct csv_table to = { x, y, NULL };

        fx.n_files = 0;
        fixture_text(&fx, "a.csv", text[i]);
        assert_ok(csv_head_read(&f, &csv, fx.path[0], err));
        assert_ok(csv_columns_assign(&f, err));
        assert_ok(csv_scan(&f, err));
        assert_int_equal(f.n_rows, 4 - i);
        fx.n_files = 0;
        fixture_text(&fx, "a.csv", text[!i]);
        snprintf(expected, sizeof expected, "%s changed while it was read",
                 fx.path[0]);
        assert_error(csv_rows_parse(&f, &classes, &to, err), MESA_EIO,
                     expected);
        assert_bits_equal(x[3], -1);
        csv_file_free(&f);
    }
    csv_classes_free(&classes);
    csv_words_free(&labels);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_quoted_fields),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_missing_words),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_row_ends),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_shrinking_file),
        cmocka_unit_test(test_changing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
