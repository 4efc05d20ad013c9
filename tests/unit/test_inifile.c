/* SPDX-License-Identifier: MIT */
/* test_inifile.c - what an INI file may hold, and where each thing was. */
#include "test.h"

#include "inifile.h"

#define PARSE(ini, text) \
    mesa_ini_parse(ini, text, sizeof(text) - 1, "run.ini", "dir", err)

static void
test_values_and_origins(void **state)
{
    struct mesa_ini ini = { 0 };
    struct mesa_section *s;
    const struct mesa_entry *e;

    (void)state;
    assert_ok(PARSE(&ini, "; comment\n"
                          "[run]\n"
                          "seed = 42          ; the answer\n"
                          "\n"
                          "# more\n"
                          "[data]\n"
                          "train=a b.csv\r\n"
                          "label : y\n"
                          "empty =\n"));
    assert_int_equal(ini.n, 2);
    s = mesa_ini_section(&ini, "run");
    assert_non_null(s);
    assert_string_equal(s->origin, "run.ini:2");
    e = mesa_section_entry(s, "seed");
    assert_string_equal(e->value, "42");
    assert_string_equal(e->origin, "run.ini:3");
    assert_string_equal(e->folder, "dir");
    s = mesa_ini_section(&ini, "data");
    assert_string_equal(mesa_section_entry(s, "train")->value, "a b.csv");
    assert_string_equal(mesa_section_entry(s, "label")->value, "y");
    assert_string_equal(mesa_section_entry(s, "empty")->value, "");
    assert_null(mesa_section_entry(s, "absent"));
    assert_null(mesa_ini_section(&ini, "absent"));
    mesa_ini_free(&ini);
}

static void
test_used_marks(void **state)
{
    struct mesa_ini ini = { 0 };

    (void)state;
    assert_ok(PARSE(&ini, "[a]\nx = 1\ny = 2\n[b]\nz = 3\n"));
    mesa_section_entry(mesa_ini_section(&ini, "a"), "x");
    assert_true(ini.section[0].used);
    assert_true(ini.section[0].entry[0].used);
    assert_false(ini.section[0].entry[1].used);
    assert_false(ini.section[1].used);
    assert_string_equal(mesa_ini_value(&ini, "b", "z"), "3");
    assert_false(ini.section[1].used);
    mesa_ini_free(&ini);
}

static void
test_byte_order_mark(void **state)
{
    struct mesa_ini ini = { 0 };

    (void)state;
    assert_ok(PARSE(&ini, "\xEF\xBB\xBF[run]\nseed = 1\n"));
    assert_string_equal(mesa_ini_value(&ini, "run", "seed"), "1");
    mesa_ini_free(&ini);
}

/* Every way to be wrong, with the message it gets. */
static void
test_refusals(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *message;
    } cases[] = {
#define CASE(text, message) { text, sizeof(text) - 1, message }
        CASE("seed = 1\n", "run.ini:1: a key before the first [section]"),
        CASE("[run]\nseed = 1\nseed = 2\n",
             "run.ini:3: seed is already set at run.ini:2"),
        CASE("[run]\nseed = 1\n\n[run]\n",
             "run.ini:4: section [run] is already at run.ini:1"),
        CASE("[run]\nseed = 1\n  threads = 2\n",
             "run.ini:3: an indented line would continue the line before; "
             "start it in the first column"),
        CASE("[run]\nse\0ed = 1\n", "run.ini:2: a NUL byte"),
        CASE("[run]\noutput = \xE9\n",
             "run.ini:2: text that is not UTF-8"),
        CASE("[run\nseed = 1\n", "run.ini:1: a section header without ']'"),
        CASE("[]\n",
             "run.ini:1: a section name must have 1 to 49 characters"),
        CASE("[01234567890123456789012345678901234567890123456789]\n",
             "run.ini:1: a section name must have 1 to 49 characters"),
        CASE("[run]\nseed\n",
             "run.ini:2: expected 'key = value' or '[section]'"),
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct mesa_ini ini = { 0 };

        assert_error(mesa_ini_parse(&ini, cases[i].text, cases[i].size,
                                    "run.ini", ".", err),
                     MESA_EPARSE, cases[i].message);
        mesa_ini_free(&ini);
    }
}

/* A value longer than inih's built-in 200 characters is kept whole. */
static void
test_long_values(void **state)
{
    struct mesa_ini ini = { 0 };
    char text[5100];
    int n = snprintf(text, sizeof text, "[run]\noutput = ");

    (void)state;
    memset(text + n, 'x', 5000);
    text[n + 5000] = '\n';
    assert_ok(mesa_ini_parse(&ini, text, (size_t)n + 5001, "run.ini", ".",
                             err));
    assert_int_equal(strlen(mesa_ini_value(&ini, "run", "output")), 5000);
    mesa_ini_free(&ini);
}

static void
test_set(void **state)
{
    struct mesa_ini ini = { 0 };
    const struct mesa_entry *e;

    (void)state;
    assert_ok(PARSE(&ini, "[run]\nseed = 1\nthreads = 2\n"));
    assert_ok(mesa_ini_set(&ini, "run.seed=7", err));
    assert_ok(mesa_ini_set(&ini, " data.label = a=b.c ", err));
    assert_string_equal(mesa_ini_value(&ini, "run", "seed"), "7");
    assert_string_equal(mesa_ini_value(&ini, "run", "threads"), "2");
    assert_string_equal(mesa_ini_value(&ini, "data", "label"), "a=b.c");
    e = mesa_section_entry(mesa_ini_section(&ini, "run"), "seed");
    assert_string_equal(e->origin, "--set");
    assert_string_equal(e->folder, ".");
    assert_error(mesa_ini_set(&ini, "seed=7", err), MESA_EINVAL,
                 "--set seed=7: expected SECTION.KEY=VALUE");
    assert_error(mesa_ini_set(&ini, "run.seed", err), MESA_EINVAL,
                 "--set run.seed: expected SECTION.KEY=VALUE");
    assert_error(mesa_ini_set(&ini, "run.=1", err), MESA_EINVAL,
                 "--set run.=1: expected SECTION.KEY=VALUE");
    assert_error(mesa_ini_set(&ini, "run.output=a ;b", err), MESA_EINVAL,
                 "--set run.output=a ;b: a value cannot hold a line break, or "
                 "';' at its start or behind a blank");
    assert_error(mesa_ini_set(&ini, "data.delimiter=;", err), MESA_EINVAL,
                 "--set data.delimiter=;: a value cannot hold a line break, "
                 "or ';' at its start or behind a blank");
    assert_ok(mesa_ini_set(&ini, "data.x=a;b", err));
    mesa_ini_free(&ini);
}

static void
test_files(void **state)
{
    struct mesa_ini ini = { 0 };

    (void)state;
    assert_error(mesa_ini_read(&ini, "/nowhere/run.ini", err),
                 MESA_ENOTFOUND,
                 "cannot read /nowhere/run.ini: No such file or directory");
    assert_error(mesa_ini_read(&ini, "/", err), MESA_EIO,
                 "cannot read /: Is a directory");
    mesa_ini_free(&ini);
}

static void
test_allocation_failures(void **state)
{
    uint64_t live = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_ini ini = { 0 };
        struct mesa_error failure, *err = &failure;

        assert_true(k < 1000);
        mesa_memory_fail_at(k);
        st = PARSE(&ini, "[a]\nx = 1\ny = 2\n[b]\nz = 3\n");
        if (st == MESA_OK)
            st = mesa_ini_set(&ini, "c.x=1", err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_ini_free(&ini);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
}

/* A section that is made has to be one that config.ini can hold. */
static void
test_names_of_new_sections(void **state)
{
    static const char *const good[] = {
        "x", "two words", "tree(", "\xC3\xA9", "[a",
        "1234567890123456789012345678901234567890123456789",
    };
    static const char *const bad[] = {
        "", "a]", "]", "a;b", "a ;b",
        "12345678901234567890123456789012345678901234567890",
    };
    struct mesa_ini ini = { 0 };
    char text[200], said[300];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct mesa_ini again = { 0 };
        int n;

        snprintf(text, sizeof text, "%s.key=value", good[i]);
        assert_ok(mesa_ini_set(&ini, text, err));
        n = snprintf(text, sizeof text, "[%s]\nkey = value\n", good[i]);
        assert_ok(mesa_ini_parse(&again, text, (size_t)n, "t.ini", ".",
                                 err));
        assert_string_equal(mesa_ini_value(&again, good[i], "key"),
                            mesa_ini_value(&ini, good[i], "key"));
        mesa_ini_free(&again);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t before = ini.n;

        snprintf(text, sizeof text, " %s.key=value", bad[i]);
        snprintf(said, sizeof said, "--set: '%s' is no name for a section: "
                 "it takes 1 to 49 characters, none of them ']' or ';'",
                 bad[i]);
        assert_error(mesa_ini_set(&ini, text, err), MESA_EINVAL, said);
        assert_int_equal(ini.n, before);
    }
    mesa_ini_free(&ini);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_origins),
        cmocka_unit_test(test_used_marks),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_names_of_new_sections),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
