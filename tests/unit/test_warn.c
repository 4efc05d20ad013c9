/* SPDX-License-Identifier: MIT */
/* test_warn.c - a warning is heard once, whoever says it how often. */
#include "test.h"

#include "warn.h"

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests_name("warn", tests, NULL, NULL);
}
