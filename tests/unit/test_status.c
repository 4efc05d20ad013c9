/* SPDX-License-Identifier: MIT */
/* test_status.c - error records: names, truncation, prefixes. */
#include "test.h"

static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(mesa_status_name(MESA_EABI), "EABI");
    assert_string_equal(mesa_status_text(MESA_OK), "success");
    assert_string_equal(mesa_status_name((mesa_status)-77), "?");
    assert_string_equal(mesa_status_text((mesa_status)-77), "?");
    assert_string_equal(mesa_version(), MESA_VERSION);
}

static void
test_fail_fills_record(void **state)
{
    struct mesa_error err;

    (void)state;
    assert_int_equal(mesa_fail(&err, MESA_EDATA, "k is %d", 9), MESA_EDATA);
    assert_int_equal(err.status, MESA_EDATA);
    assert_string_equal(err.message, "k is 9");
    assert_string_equal(err.file, "test_status.c");
    assert_true(err.line > 0);
    assert_int_equal(mesa_fail(NULL, MESA_EIO, "%s", "ignored"), MESA_EIO);
}

static void
test_prefix_and_truncation(void **state)
{
    struct mesa_error err;
    char big[2000];

    (void)state;
    mesa_fail(&err, MESA_EINVAL, "k = 0");
    mesa_error_prefix(&err, MESA_EINVAL, "[%s] knn", "estimator");
    assert_string_equal(err.message, "[estimator] knn: k = 0");
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    mesa_fail(&err, MESA_EINVAL, "%s", big);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    mesa_error_prefix(&err, MESA_EINVAL, "%s", big);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(mesa_error_prefix(NULL, MESA_EIO, "x"), MESA_EIO);
}

static void
test_control_characters_are_masked(void **state)
{
    struct mesa_error err;

    (void)state;
    mesa_fail(&err, MESA_EPARSE, "found '%s'", "a\n\033[31mb");
    assert_string_equal(err.message, "found 'a??[31mb'");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_fail_fills_record),
        cmocka_unit_test(test_prefix_and_truncation),
        cmocka_unit_test(test_control_characters_are_masked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
