/* SPDX-License-Identifier: MIT */
/* test_html.c - whatever a text holds, it stays text in a page. */
#include "test.h"

#include "html.h"

static void
check_text(const char *string, const char *expected)
{
    struct mesa_text t = { 0 };

    mesa_html_text(&t, string);
    assert_string_equal(t.at ? t.at : "", expected);
    mesa_free(t.at);
}

static void
test_escapes(void **state)
{
    (void)state;
    check_text("", "");
    check_text("plain, \t and\nmore", "plain, \t and\nmore");
    check_text("<script>alert(1)</script>",
               "&lt;script&gt;alert(1)&lt;/script&gt;");
    check_text("\"><img src=x onerror='a'>",
               "&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt;");
    check_text("&amp; ]]> <!--", "&amp;amp; ]]&gt; &lt;!--");
}

#define UNKNOWN "\xef\xbf\xbd"

static void
test_not_utf8(void **state)
{
    (void)state;
    check_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
               "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    check_text("a\xff" "b\x80", "a" UNKNOWN "b" UNKNOWN);
    check_text("\xc3", UNKNOWN);
    check_text("\xe2\x82", UNKNOWN UNKNOWN);
    check_text("\xf0\x9f\x98", UNKNOWN UNKNOWN UNKNOWN);
    check_text("\xc0\xbc", UNKNOWN UNKNOWN);         /* an overlong '<' */
    check_text("\xed\xa0\x80", UNKNOWN UNKNOWN UNKNOWN); /* a surrogate */
    check_text("\xc2\x85x\x01\x7f\x1b", UNKNOWN "x" UNKNOWN UNKNOWN UNKNOWN);
    check_text("\xc3<b>", UNKNOWN "&lt;b&gt;");
}

static void
test_printf(void **state)
{
    struct mesa_text t = { 0 };

    (void)state;
    mesa_html_printf(&t, "<p>%s: %zu %% of %s</p>", "<b>", (size_t)42, "&");
    assert_string_equal(t.at, "<p>&lt;b&gt;: 42 % of &amp;</p>");
    mesa_free(t.at);
}

static void
test_url(void **state)
{
    struct mesa_text t = { 0 };

    (void)state;
    mesa_html_url(&t, "../a b/\"x\"?#&%/\xc3\xa4.html");
    assert_string_equal(t.at, "../a%20b/%22x%22%3F%23%26%25/%C3%A4.html");
    mesa_free(t.at);
}

/* RFC 4648, section 10. */
static void
test_base64(void **state)
{
    static const char *const known[][2] = {
        { "", "" },           { "f", "Zg==" },      { "fo", "Zm8=" },
        { "foo", "Zm9v" },    { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
        { "\xff\xfe", "//4=" }
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(known); i++) {
        struct mesa_text t = { 0 };

        mesa_html_base64(&t, known[i][0], strlen(known[i][0]));
        assert_string_equal(t.at ? t.at : "", known[i][1]);
        mesa_free(t.at);
    }
}

/* The first failure sticks. */
static void
test_memory(void **state)
{
    struct mesa_text t = { 0 };

    (void)state;
    mesa_memory_fail_at(0);
    mesa_html_printf(&t, "%s", "<a>");
    mesa_memory_fail_at(UINT64_MAX);
    assert_true(t.failed);
    assert_null(mesa_text_take(&t));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes), cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_printf),  cmocka_unit_test(test_url),
        cmocka_unit_test(test_base64),  cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
