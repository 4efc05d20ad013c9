/* SPDX-License-Identifier: MIT */
/* test_json.c - JSON text that is always valid, and nothing else is read. */
#include "test.h"

#include <math.h>

#include "json.h"

static char *
quoted(const char *value)
{
    struct mesa_text t = { 0 };

    mesa_json_quote(&t, value);
    return mesa_text_take(&t);
}

static struct mesa_json_reader
reader(const char *text)
{
    return (struct mesa_json_reader){ text, text, text + strlen(text), NULL };
}

static const char *
malformed(const char *text)
{
    return mesa_utf8_malformed(text, text + strlen(text));
}

static void
check_quoted(const char *value, const char *expected)
{
    char *text = quoted(value);

    assert_string_equal(text, expected);
    mesa_free(text);
}

static void
test_quote(void **state)
{
    (void)state;
    check_quoted("", "\"\"");
    check_quoted("a/b", "\"a/b\"");
    check_quoted("\"\\\"", "\"\\\"\\\\\\\"\"");
    check_quoted("a\nb\tc\033\x7f", "\"a\\nb\\u0009c\\u001b\\u007f\"");
    check_quoted("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                 "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

/* Latin-1, cut sequences, overlong forms, surrogates, beyond U+10FFFF. */
static void
test_quote_malformed(void **state)
{
    (void)state;
    check_quoted("caf\xe9", "\"caf\\ufffd\"");
    check_quoted("\xe9t\xe9", "\"\\ufffdt\\ufffd\"");
    check_quoted("\xe2\x82", "\"\\ufffd\\ufffd\"");
    check_quoted("\xc0\x80", "\"\\ufffd\\ufffd\"");
    check_quoted("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
    check_quoted("\xf4\x90\x80\x80x", "\"\\ufffd\\ufffd\\ufffd\\ufffdx\"");
}

static void
test_utf8_malformed(void **state)
{
    const char *text = "ab\xc3\xa9\xff" "c";

    (void)state;
    assert_null(malformed(""));
    assert_null(malformed("\x01 \xef\xbf\xbf \xf4\x8f\xbf\xbf"));
    assert_ptr_equal(malformed(text), text + 4);
    assert_non_null(malformed("\xe0\x80\x80"));
    assert_non_null(malformed("\xf0\x8f\xbf\xbf"));
    assert_non_null(malformed("\xc3"));
}

/* Every string of one and two bytes: what is quoted reads back the same, or
 * was not UTF-8. */
static void
test_quote_reads_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 65536; i++) {
        char value[3] = { (char)(i & 255), (char)(i >> 8), '\0' };
        char *text, *back = NULL;
        struct mesa_json_reader r;

        if (!value[0])
            continue;
        text = quoted(value);
        r = reader(text);
        assert_true(mesa_json_read_string(&r, &back));
        assert_true(mesa_json_read_end(&r));
        if (malformed(value))
            assert_non_null(strstr(back, "\xef\xbf\xbd"));
        else
            assert_string_equal(back, value);
        mesa_free(back);
        mesa_free(text);
    }
}

/* More than the longest run that goes out in one piece. */
static void
test_quote_long(void **state)
{
    size_t n = ((size_t)5 << 20) + 3;
    char *value = malloc(n + 1), *text, *back;
    struct mesa_json_reader r;

    (void)state;
    for (size_t i = 0; i < n; i += 3)
        memcpy(value + i, "\xe2\x82\xac", n - i < 3 ? n - i : 3);
    n -= n % 3;
    value[n] = '\0';
    text = quoted(value);
    assert_int_equal(strlen(text), n + 2);
    r = reader(text);
    assert_true(mesa_json_read_string(&r, &back));
    assert_string_equal(back, value);
    mesa_free(back);
    mesa_free(text);
    free(value);
}

static void
check_uint(const char *text, bool ok, uint64_t expected, const char *error)
{
    struct mesa_json_reader r = reader(text);
    uint64_t v = 7;

    assert_int_equal(mesa_json_read_uint(&r, &v), ok);
    assert_true(v == expected);
    if (ok)
        assert_null(r.error);
    else
        assert_string_equal(r.error, error);
}

static void
test_integers(void **state)
{
    static const char none[] = "expected a non-negative integer";

    (void)state;
    check_uint("0", true, 0, NULL);
    check_uint(" \t\r\n42", true, 42, NULL);
    check_uint("18446744073709551615", true, UINT64_MAX, NULL);
    check_uint("18446744073709551616", false, 7, "the number is too large");
    check_uint("99999999999999999999999", false, 7, "the number is too large");
    check_uint("", false, 7, none);
    check_uint("-1", false, 7, none);
    check_uint("+1", false, 7, none);
    check_uint("01", false, 7, none);
    check_uint("00", false, 7, none);
    check_uint("1.0", false, 7, "expected an integer");
    check_uint("1e3", false, 7, "expected an integer");
    check_uint("1E3", false, 7, "expected an integer");
}

/* After a failure nothing more is read, and the first reason stays. */
static void
test_first_error_stays(void **state)
{
    struct mesa_json_reader r = reader("x{\"a\":1}");
    char *text;
    uint64_t v;

    (void)state;
    assert_false(mesa_json_expect(&r, '{'));
    assert_string_equal(r.error, "expected '{'");
    assert_int_equal(r.at - r.start, 0);
    r.at++;
    assert_false(mesa_json_accept(&r, '{'));
    assert_false(mesa_json_expect(&r, '{'));
    assert_false(mesa_json_read_string(&r, &text));
    assert_null(text);
    r.at = r.end - 2;
    assert_false(mesa_json_read_uint(&r, &v));
    r.at = r.end;
    assert_false(mesa_json_read_end(&r));
    assert_string_equal(r.error, "expected '{'");
}

static void
test_punctuation(void **state)
{
    static const char marks[] = "{}[]:,";
    struct mesa_json_reader r;

    (void)state;
    for (const char *p = marks; *p; p++) {
        char text[] = { ' ', *p, '\0' }, why[] = "expected '?'";

        r = reader(text);
        assert_true(mesa_json_expect(&r, *p));
        assert_true(mesa_json_read_end(&r));
        why[10] = *p;
        r = reader(" ");
        assert_false(mesa_json_expect(&r, *p));
        assert_string_equal(r.error, why);
        assert_int_equal(r.at - r.start, 1);
    }
    r = reader("{ \v}");
    assert_true(mesa_json_accept(&r, '{'));
    assert_false(mesa_json_accept(&r, '}')); /* \v is no blank of JSON */
    assert_null(r.error);
    assert_false(mesa_json_read_end(&r));
    assert_string_equal(r.error, "text after the end");
}

/* Every text cut from a longer one, in memory of just that size. */
static void
test_cut_strings(void **state)
{
    static const char text[] = "\"a\\n\\u00e9\\ud83d\\ude00\xe2\x82\xac\\\\\"";
    size_t n = sizeof text - 1;

    (void)state;
    for (size_t cut = 0; cut <= n; cut++) {
        char *exact = malloc(cut ? cut : 1), *out;
        struct mesa_json_reader r = { exact, exact, exact + cut, NULL };

        memcpy(exact, text, cut);
        assert_int_equal(mesa_json_read_string(&r, &out), cut == n);
        assert_int_equal(out != NULL, cut == n);
        assert_int_equal(r.error == NULL, cut == n);
        if (out)
            assert_string_equal(out, "a\n\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac"
                                     "\\");
        mesa_free(out);
        free(exact);
    }
}

static void
test_doubles(void **state)
{
    static const struct {
        double value;
        const char *expected;
    } cases[] = {
        { 0.1, "0.1" }, { -3, "-3" },       { 1e22, "1e+22" },
        { NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_text t = { 0 };
        struct mesa_json_writer w = mesa_json_writer(&t);
        char *text;

        mesa_json_double(&w, cases[i].value);
        text = mesa_text_take(&t);
        assert_string_equal(text, cases[i].expected);
        mesa_free(text);
    }
}

static void
test_memory_runs_out(void **state)
{
    uint64_t live = mesa_memory_live();
    struct mesa_json_reader r = reader("\"abc\"");
    struct mesa_text t = { 0 };
    char *out;

    (void)state;
    mesa_memory_fail_at(0);
    assert_false(mesa_json_read_string(&r, &out));
    assert_null(out);
    assert_string_equal(r.error, "out of memory");
    mesa_json_quote(&t, "abc");
    assert_null(mesa_text_take(&t));
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_quote_malformed),
        cmocka_unit_test(test_utf8_malformed),
        cmocka_unit_test(test_quote_reads_back),
        cmocka_unit_test(test_quote_long),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_first_error_stays),
        cmocka_unit_test(test_punctuation),
        cmocka_unit_test(test_cut_strings),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
