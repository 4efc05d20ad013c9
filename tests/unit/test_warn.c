/* SPDX-License-Identifier: MIT */
/* test_warn.c - a warning is heard once, whoever says it how often. */
#include "test.h"

#include "warn.h"

#include <unistd.h>

static size_t n_heard;
static char heard[500];

static void
hear(void *context, const char *line)
{
    assert_ptr_equal(context, &n_heard);
    n_heard++;
    snprintf(heard, sizeof heard, "%s", line);
}

static mesa_status
repeat(void *context, size_t i, struct mesa_error *err)
{
    (void)context;
    (void)err;
    mesa_warn("k is %zu", i % 2);
    return MESA_OK;
}

static void
test_once(void **state)
{
    (void)state;
    n_heard = 0;
    mesa_warn_to(hear, &n_heard);
    assert_ok(mesa_parallel_set_threads(4, err));
    assert_ok(mesa_parallel_for(1000, repeat, NULL, err));
    assert_int_equal(n_heard, 2);
    mesa_warn("bell\a");
    assert_string_equal(heard, "bell?");
    /* Who listens anew hears all anew. */
    mesa_warn_to(hear, &n_heard);
    mesa_warn("k is 1");
    assert_int_equal(n_heard, 4);
    mesa_warn_to(NULL, NULL);
}

static void
test_many(void **state)
{
    (void)state;
    n_heard = 0;
    mesa_warn_to(hear, &n_heard);
    for (int i = 0; i < 300; i++)
        mesa_warn("line %d", i);
    assert_int_equal(n_heard, 300);
    mesa_warn("line 0");
    assert_int_equal(n_heard, 300);
    mesa_warn_to(NULL, NULL);
}

/* Beyond the lines that are remembered, repeats are heard again. */
static void
test_no_more_room(void **state)
{
    (void)state;
    n_heard = 0;
    mesa_warn_to(hear, &n_heard);
    for (int i = 0; i < 257; i++)
        mesa_warn("line %d", i);
    mesa_warn("line 255");
    assert_int_equal(n_heard, 257);
    mesa_warn("line 256");
    assert_int_equal(n_heard, 258);
    mesa_warn_to(NULL, NULL);
}

/* One printable line, however long and whatever is in it. */
static void
test_hostile_text(void **state)
{
    struct mesa_error line;
    char text[4 * sizeof line.message];

    (void)state;
    mesa_warn_to(hear, &n_heard);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    n_heard = 0;
    mesa_warn("%s", text);
    assert_int_equal(strlen(heard), sizeof line.message - 1);
    assert_int_equal(strspn(heard, "x."), sizeof line.message - 1);
    text[sizeof text / 2] = 'y'; /* behind what is kept: the same line */
    mesa_warn("%s", text);
    assert_int_equal(n_heard, 1);
    mesa_warn("a\nb\tc\033[1m %s", "%s%n");
    assert_null(strpbrk(heard, "\n\t\033"));
    assert_non_null(strstr(heard, "%s%n"));
    mesa_warn("%s", "");
    mesa_warn("%s", "");
    assert_int_equal(n_heard, 3);
    mesa_warn_to(NULL, NULL);
}

/* Nobody listens: standard error does, once for each line. */
static void
test_nobody_listens(void **state)
{
    char got[100] = "";
    FILE *to = tmpfile();
    int before = dup(STDERR_FILENO);

    (void)state;
    assert_non_null(to);
    mesa_warn_to(NULL, NULL);
    fflush(stderr);
    dup2(fileno(to), STDERR_FILENO);
    mesa_warn("alone %d", 1);
    mesa_warn("alone %d", 1);
    mesa_warn("alone %d", 2);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(to);
    got[fread(got, 1, sizeof got - 1, to)] = '\0';
    fclose(to);
    assert_string_equal(got, "warning: alone 1\nwarning: alone 2\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_no_more_room),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_nobody_listens),
    };

    return cmocka_run_group_tests_name("warn", tests, NULL, NULL);
}
