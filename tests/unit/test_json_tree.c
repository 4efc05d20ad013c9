/* SPDX-License-Identifier: MIT */
/* test_json_tree.c - JSON read whole, or refused with the place. */
#include "test.h"

#include "json_tree.h"

static mesa_status
parse(struct mesa_json_node **out, const char *text, struct mesa_error *err)
{
    return mesa_json_parse(out, text, strlen(text), "x.json", err);
}

static void
test_values(void **state)
{
    struct mesa_json_node *root;
    const struct mesa_json_node *list;

    (void)state;
    assert_ok(parse(&root, " { \"a\": -1.25e+3, \"b\": [\"x\\n\", null, {}],\n"
                           " \"c\": {\"mean\": 0.5, \"n\": 3}} ", err));
    assert_null(root->text);
    assert_string_equal(mesa_json_member_text(root, "a"), "-1.25e+3");
    list = mesa_json_member(root, "b");
    assert_string_equal(list->first->text, "x\n");
    assert_true(list->first->is_string);
    assert_string_equal(list->first->next->text, "null");
    assert_false(list->first->next->is_string);
    assert_null(list->first->next->next->text);
    assert_null(list->first->next->next->next);
    assert_string_equal(
        mesa_json_member_text(mesa_json_member(root, "c"), "n"), "3");
    assert_string_equal(mesa_json_member_text(root, "c"), "");
    assert_string_equal(mesa_json_member_text(NULL, "c"), "");
    assert_null(mesa_json_member(root, "d"));
    mesa_json_free(root);
    mesa_json_free(NULL);
}

static void
test_refused(void **state)
{
    struct mesa_json_node *root;

    (void)state;
    assert_error(parse(&root, "", err), MESA_EPARSE,
                 "x.json, byte 0: expected a value");
    assert_null(root);
    assert_error(parse(&root, "{\"a\": 1,}", err), MESA_EPARSE,
                 "x.json, byte 8: expected a string");
    assert_error(parse(&root, "{\"a\" 1}", err), MESA_EPARSE,
                 "x.json, byte 5: expected ':'");
    assert_error(parse(&root, "{\"a\": }", err), MESA_EPARSE,
                 "x.json, byte 6: expected a value");
    assert_error(parse(&root, "[1, 2", err), MESA_EPARSE,
                 "x.json, byte 5: expected ']'");
    assert_error(parse(&root, "{} x", err), MESA_EPARSE,
                 "x.json, byte 3: text after the end");
    assert_error(parse(&root, "\"x", err), MESA_EPARSE,
                 "x.json, byte 2: a string without end");
}

/* As deep as any file of ours, and far from the end of the stack. */
static void
test_depth(void **state)
{
    struct mesa_json_node *root;
    char text[2001];

    (void)state;
    memset(text, '[', 2000);
    text[2000] = '\0';
    assert_error(parse(&root, text, err), MESA_EPARSE,
                 "x.json, byte 33: nested too deeply");
}

static void
test_memory(void **state)
{
    const uint64_t live = mesa_memory_live();
    struct mesa_json_node *root;
    struct mesa_error error;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k++) {
        mesa_memory_fail_at(k);
        st = parse(&root, "{\"a\": [1, \"b\"], \"c\": {}}", &error);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        if (st == MESA_OK)
            mesa_json_free(root);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth),  cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
