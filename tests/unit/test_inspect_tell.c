/* SPDX-License-Identifier: MIT */
/* test_inspect_tell.c - the same facts as lines and as JSON, whatever the
 * names are. */
#include "test.h"

#include "inspect_tell.h"

#include <math.h>

static void
check_told(void (*tell)(struct mesa_teller *), const char *lines,
           const char *json)
{
    struct mesa_teller t;
    char *text;

    mesa_teller_begin(&t, false);
    tell(&t);
    text = mesa_teller_end(&t);
    assert_non_null(text);
    assert_string_equal(text, lines);
    mesa_free(text);

    mesa_teller_begin(&t, true);
    tell(&t);
    text = mesa_teller_end(&t);
    assert_non_null(text);
    assert_string_equal(text, json);
    mesa_free(text);
}

static void
tell_nothing(struct mesa_teller *t)
{
    (void)t;
}

static void
tell_facts(struct mesa_teller *t)
{
    mesa_tell_string(t, "path", "a b");
    mesa_tell_string(t, "nothing", NULL);
    mesa_tell_uint(t, "size", 18446744073709551615u, "bytes");
    mesa_tell_uint(t, "a_longer_label_than_any", 0, NULL);
    mesa_tell_bool(t, "loads", true);
    mesa_tell_bool(t, "fits", false);
    mesa_tell_hash(t, "hash", 0xabc);
    mesa_tell_word(t, "state", "running", "under way");
}

static void
test_facts(void **state)
{
    (void)state;
    check_told(tell_nothing, "", "{}\n");
    check_told(tell_facts,
               "path                a b\n"
               "size                18446744073709551615 bytes\n"
               "a longer label than any  0\n"
               "loads               yes\n"
               "fits                no\n"
               "hash                0000000000000abc\n"
               "state               under way\n",
               "{\n  \"path\": \"a b\",\n  \"nothing\": null,\n"
               "  \"size\": 18446744073709551615,\n"
               "  \"a_longer_label_than_any\": 0,\n"
               "  \"loads\": true,\n  \"fits\": false,\n"
               "  \"hash\": \"0000000000000abc\",\n"
               "  \"state\": \"running\"\n}\n");
}

static void
tell_groups(struct mesa_teller *t)
{
    mesa_tell_open(t, "outer_one");
    mesa_tell_uint(t, "n_rows", 3, NULL);
    mesa_tell_open(t, "inner");
    t->literal = true;
    mesa_tell_string(t, "max_depth", "3");
    t->literal = false;
    mesa_tell_close(t);
    mesa_tell_close(t);
    mesa_tell_open(t, "empty");
    mesa_tell_close(t);
}

static void
test_groups(void **state)
{
    (void)state;
    check_told(tell_groups,
               "\nouter one\n"
               "  n rows            3\n"
               "  inner\n"
               "    max_depth                 3\n"
               "\nempty\n",
               "{\n  \"outer_one\": {\n    \"n_rows\": 3,\n"
               "    \"inner\": {\n      \"max_depth\": \"3\"\n    }\n"
               "  },\n  \"empty\": {}\n}\n");
}

static void
tell_lists(struct mesa_teller *t)
{
    static const char *const name[] = { "a", "b", "c", "d", "e",
                                        "f", "g", "h", "i", "j" };

    mesa_tell_names(t, "none", 0, name);
    mesa_tell_names(t, "nine", 9, name);
    mesa_tell_names(t, "ten", 10, name);
    mesa_tell_lines(t, "no_lines", 0, name);
    mesa_tell_lines(t, "lines", 2, name);
}

static void
test_lists(void **state)
{
    (void)state;
    check_told(tell_lists,
               "none                \n"
               "nine                a, b, c, d, e, f, g, h, i\n"
               "ten                 a, b, c, d, e, f, g, h and 2 more\n"
               "\nlines\n  a\n  b\n",
               "{\n  \"none\": [],\n"
               "  \"nine\": [\n    \"a\",\n    \"b\",\n    \"c\",\n"
               "    \"d\",\n    \"e\",\n    \"f\",\n    \"g\",\n"
               "    \"h\",\n    \"i\"\n  ],\n"
               "  \"ten\": [\n    \"a\",\n    \"b\",\n    \"c\",\n"
               "    \"d\",\n    \"e\",\n    \"f\",\n    \"g\",\n"
               "    \"h\",\n    \"i\",\n    \"j\"\n  ],\n"
               "  \"no_lines\": [],\n"
               "  \"lines\": [\n    \"a\",\n    \"b\"\n  ]\n}\n");
}

static void
tell_tables(struct mesa_teller *t)
{
    static const char *const columns[] = { "the_name", "n", "value", "what",
                                           NULL };

    mesa_tell_table(t, "empty", columns);
    mesa_tell_table_end(t);
    mesa_tell_table(t, "rows", columns);
    mesa_tell_cell_string(t, "caf\xc3\xa9");
    mesa_tell_cell_uint(t, 12345);
    mesa_tell_cell_double(t, 1.0 / 3.0);
    mesa_tell_cell_string(t, "x");
    mesa_tell_cell_string(t, "a longer name");
    mesa_tell_cell_uint(t, 1);
    mesa_tell_cell_double(t, (double)NAN);
    mesa_tell_cell_string(t, NULL);
    mesa_tell_table_end(t);
}

static void
test_tables(void **state)
{
    (void)state;
    check_told(tell_tables,
               "\nempty\n"
               "  the name  n  value  what\n"
               "\nrows\n"
               "  the name           n     value  what\n"
               "  caf\xc3\xa9           12345  0.333333  x\n"
               "  a longer name      1         -  -\n",
               "{\n  \"empty\": [],\n  \"rows\": [\n    {\n"
               "      \"the_name\": \"caf\xc3\xa9\",\n"
               "      \"n\": 12345,\n"
               "      \"value\": 0.3333333333333333,\n"
               "      \"what\": \"x\"\n    },\n    {\n"
               "      \"the_name\": \"a longer name\",\n"
               "      \"n\": 1,\n      \"value\": null,\n"
               "      \"what\": null\n    }\n  ]\n}\n");
}

/* What a terminal obeys: escapes, C1 controls; and what is not UTF-8. */
static void
tell_hostile(struct mesa_teller *t)
{
    static const char *const columns[] = { "name", "n", NULL };

    mesa_tell_string(t, "a", "\033[31m\n\r\x7f");
    mesa_tell_string(t, "b", "\xc2\x9b" "2J \xc2\xa0");
    mesa_tell_string(t, "c", "\xff\xe2\x82");
    mesa_tell_table(t, "d", columns);
    mesa_tell_cell_string(t, "\t\xe2\x82\xac");
    mesa_tell_cell_uint(t, 1);
    mesa_tell_cell_string(t, "12345");
    mesa_tell_cell_uint(t, 2);
    mesa_tell_table_end(t);
}

static void
test_hostile(void **state)
{
    (void)state;
    check_told(tell_hostile,
               "a                   \\x1b[31m\\x0a\\x0d\\x7f\n"
               "b                   \\xc2\\x9b2J \xc2\xa0\n"
               "c                   \\xff\\xe2\\x82\n"
               "\nd\n"
               "  name   n\n"
               "  \\x09\xe2\x82\xac  1\n"
               "  12345  2\n",
               "{\n  \"a\": \"\\u001b[31m\\n\\u000d\\u007f\",\n"
               "  \"b\": \"\xc2\x9b" "2J \xc2\xa0\",\n"
               "  \"c\": \"\\ufffd\\ufffd\\ufffd\",\n"
               "  \"d\": [\n    {\n      \"name\": \"\\u0009\xe2\x82\xac\",\n"
               "      \"n\": 1\n    },\n    {\n"
               "      \"name\": \"12345\",\n      \"n\": 2\n    }\n  ]\n}\n");
}

/* A failure in a table, and one that was never ended. */
static void
test_unfinished(void **state)
{
    static const char *const columns[] = { "name", NULL };
    struct mesa_teller t;

    (void)state;
    for (int json = 0; json < 2; json++) {
        mesa_teller_begin(&t, json != 0);
        mesa_tell_table(&t, "table", columns);
        mesa_tell_cell_string(&t, "one");
        mesa_text_fail(&t.text);
        mesa_tell_cell_string(&t, "two");
        assert_null(mesa_teller_end(&t));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),   cmocka_unit_test(test_groups),
        cmocka_unit_test(test_lists),   cmocka_unit_test(test_tables),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_unfinished),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
