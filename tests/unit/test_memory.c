/* SPDX-License-Identifier: MIT */
/* test_memory.c - allocation: overflow, counting, failures on demand. */
#include "test.h"

/* The sanitizers would stop at the overflow that is to be refused. */
MESA_API const char *__asan_default_options(void);
MESA_API const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void
test_zeroed_and_never_null(void **state)
{
    unsigned char *block = mesa_alloc_array(100, 7);
    void *none = mesa_alloc_array(0, 8), *raw = mesa_alloc_raw(0, 8),
         *sizeless = mesa_alloc_array(8, 0);

    (void)state;
    assert_non_null(block);
    for (size_t i = 0; i < 700; i++)
        assert_int_equal(block[i], 0);
    assert_non_null(none);
    assert_non_null(raw);
    assert_non_null(sizeless);
    mesa_free(block);
    mesa_free(none);
    mesa_free(raw);
    mesa_free(sizeless);
    mesa_free(NULL);
}

static void
test_overflow_is_refused(void **state)
{
    /* Not constants, or the compiler warns of what is meant to happen. */
    volatile size_t huge = SIZE_MAX / 2 + 2, two = 2;
    char *block = mesa_alloc_raw(4, 1);

    (void)state;
    assert_non_null(block);
    assert_null(mesa_alloc_array(huge, two));
    assert_null(mesa_alloc_raw(huge, two));
    assert_null(mesa_realloc_array(block, huge, two));
    memcpy(block, "abc", 4); /* still ours */
    assert_string_equal(block, "abc");
    mesa_free(block);
}

static void
test_realloc_keeps_contents(void **state)
{
    uint64_t live = mesa_memory_live();
    int *block = mesa_realloc_array(NULL, 3, sizeof *block), *moved;

    (void)state;
    assert_non_null(block);
    assert_int_equal(mesa_memory_live(), live + 1);
    for (int i = 0; i < 3; i++)
        block[i] = i;
    moved = mesa_realloc_array(block, 100000, sizeof *block);
    assert_non_null(moved);
    assert_int_equal(mesa_memory_live(), live + 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(moved[i], i);
    block = mesa_realloc_array(moved, 0, sizeof *block);
    assert_non_null(block);
    mesa_free(block);
    assert_int_equal(mesa_memory_live(), live);
}

static void
test_counts(void **state)
{
    uint64_t live = mesa_memory_live(), calls = mesa_memory_calls();
    void *a = mesa_alloc_array(1, 1), *b = mesa_alloc_raw(1, 1);
    char *c = mesa_strdup("x");

    (void)state;
    assert_int_equal(mesa_memory_calls(), calls + 3);
    assert_int_equal(mesa_memory_live(), live + 3);
    mesa_free(a);
    mesa_free(b);
    mesa_free(c);
    mesa_free(NULL);
    assert_int_equal(mesa_memory_live(), live);
    assert_int_equal(mesa_memory_calls(), calls + 3);
}

/* The k-th call and all later ones fail, and nothing before. */
static void
test_failure_on_demand(void **state)
{
    uint64_t live = mesa_memory_live();
    void *a, *b;

    (void)state;
    mesa_memory_fail_at(2);
    a = mesa_alloc_array(1, 1);
    b = mesa_alloc_raw(1, 1);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(mesa_alloc_array(1, 1));
    assert_null(mesa_alloc_raw(1, 1));
    assert_null(mesa_realloc_array(a, 2, 1));
    assert_null(mesa_strdup("x"));
    assert_null(mesa_asprintf("%d", 1));
    mesa_memory_fail_at(0);
    assert_null(mesa_alloc_array(1, 1));
    mesa_memory_fail_at(UINT64_MAX);
    a = mesa_realloc_array(a, 2, 1);
    assert_non_null(a);
    mesa_free(a);
    mesa_free(b);
    assert_int_equal(mesa_memory_live(), live);
}

static void
test_strings(void **state)
{
    char *copy = mesa_strdup("");
    char *text = mesa_asprintf("%s has %d rows", "class 1", 6);
    char *wide = mesa_asprintf("%0500d", 1);

    (void)state;
    assert_string_equal(copy, "");
    assert_string_equal(text, "class 1 has 6 rows");
    assert_int_equal(strlen(wide), 500);
    mesa_free(copy);
    mesa_free(text);
    mesa_free(wide);
}

static void
test_message(void **state)
{
    (void)state;
    assert_error(mesa_nomem(err, 12, "row indices"), MESA_ENOMEM,
                 "out of memory: 12 row indices");
    assert_int_equal(mesa_nomem(NULL, 1, "x"), MESA_ENOMEM);
}

static mesa_status
allocate(void *context, size_t i, struct mesa_error *err)
{
    char *block = mesa_alloc_array(i + 1, 3);

    (void)context;
    if (!block)
        return mesa_nomem(err, i + 1, "blocks");
    block[i] = 1;
    mesa_free(block);
    return MESA_OK;
}

static void
test_from_several_threads(void **state)
{
    uint64_t live = mesa_memory_live(), calls = mesa_memory_calls();

    (void)state;
    assert_ok(mesa_parallel_set_threads(4, err));
    assert_ok(mesa_parallel_for(1000, allocate, NULL, err));
    assert_int_equal(mesa_memory_live(), live);
    assert_int_equal(mesa_memory_calls(), calls + 1000);
    mesa_memory_fail_at(0);
    assert_error(mesa_parallel_for(1000, allocate, NULL, err), MESA_ENOMEM,
                 "out of memory: 1 blocks");
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroed_and_never_null),
        cmocka_unit_test(test_overflow_is_refused),
        cmocka_unit_test(test_realloc_keeps_contents),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_failure_on_demand),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_from_several_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
