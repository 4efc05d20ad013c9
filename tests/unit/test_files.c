/* SPDX-License-Identifier: MIT */
/* test_files.c - files, paths, JSON text, CSV fields, ELF headers. */
#include "test.h"

#include "csv_text.h"
#include "elf_check.h"
#include "files.h"
#include "json.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/mesa-files-XXXXXX";

static void
test_paths(void **state)
{
    static const struct {
        const char *folder, *path, *expected;
    } cases[] = {
        { "/a/b", "c", "/a/b/c" },       { "/a/b/", "../c", "/a/c" },
        { "/a", "/x/./y//z", "/x/y/z" }, { "/", "../..", "/" },
        { "/a", ".", "/a" },             { "/a", "b/..", "/a" },
        { "/a", "..b", "/a/..b" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        char *got = mesa_path_absolute(cases[i].folder, cases[i].path);

        assert_string_equal(got, cases[i].expected);
        mesa_free(got);
    }
}

static void
test_relative_to_here(void **state)
{
    char here[4096], *got = mesa_path_absolute(".", "x"), *expected;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    expected = mesa_asprintf("%s/x", here);
    assert_string_equal(got, expected);
    mesa_free(got);
    mesa_free(expected);
}

static void
test_put_and_get(void **state)
{
    char *path = mesa_asprintf("%s/f", folder), *data;
    size_t n;

    (void)state;
    assert_ok(mesa_file_put(folder, "f", "one", err));
    assert_ok(mesa_file_put(folder, "f", "two!", err));
    assert_ok(mesa_file_get(path, 100, &data, &n, err));
    assert_string_equal(data, "two!");
    assert_int_equal(n, 4);
    mesa_free(data);
    unlink(path);
    mesa_free(path);
}

static void
test_large_file(void **state)
{
    char *path = mesa_asprintf("%s/large", folder), *data;
    char block[100000];
    struct mesa_file *f;
    size_t n;

    (void)state;
    memset(block, 'x', sizeof block);
    assert_ok(mesa_file_open(&f, folder, "large", err));
    for (int i = 0; i < 5; i++) {
        mesa_file_write(f, "head", 4);
        mesa_file_write(f, block, sizeof block);
    }
    assert_ok(mesa_file_commit(f, err));
    assert_ok(mesa_file_get(path, 1 << 20, &data, &n, err));
    assert_int_equal(n, 5 * 100004);
    assert_memory_equal(data + 100004, "headx", 5);
    mesa_free(data);
    unlink(path);
    mesa_free(path);
}

static void
test_abort_leaves_nothing(void **state)
{
    struct mesa_file *f;

    (void)state;
    assert_ok(mesa_file_open(&f, folder, "gone", err));
    mesa_file_write(f, "x", 1);
    mesa_file_abort(f);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void
test_file_refusals(void **state)
{
    char *text, *path = mesa_asprintf("%s/f", folder), *message;
    size_t n;

    (void)state;
    assert_error(mesa_file_put("/nowhere", "f", "x", err), MESA_EIO,
                 "cannot write /nowhere/f: No such file or directory");
    assert_error(mesa_file_get("/nowhere/f", 10, &text, &n, err),
                 MESA_ENOTFOUND,
                 "cannot read /nowhere/f: No such file or directory");
    assert_error(mesa_file_get("/", 10, &text, &n, err), MESA_EIO,
                 "cannot read /: Is a directory");
    assert_error(mesa_file_get_regular("/", 10, &text, &n, err), MESA_EIO,
                 "cannot read /: Is a directory");
    assert_error(mesa_file_get_regular("/dev/zero", 10, &text, &n, err),
                 MESA_EIO, "cannot read /dev/zero: Not a regular file");
    assert_error(mesa_file_get_regular("/nowhere/f", 10, &text, &n, err),
                 MESA_ENOTFOUND,
                 "cannot read /nowhere/f: No such file or directory");
    assert_ok(mesa_file_put(folder, "f", "12345", err));
    assert_ok(mesa_file_get_regular(path, 5, &text, &n, err));
    assert_string_equal(text, "12345");
    mesa_free(text);
    message = mesa_asprintf("%s has 5 bytes, more than the 4 allowed", path);
    assert_error(mesa_file_get(path, 4, &text, &n, err), MESA_EPARSE,
                 message);
    mesa_free(message);
    message = mesa_asprintf("cannot create %s: Not a directory", path);
    assert_error(mesa_make_folders(path, err), MESA_EIO, message);
    mesa_free(message);
    unlink(path);
    mesa_free(path);
}

static void
test_make_folders(void **state)
{
    char *path = mesa_asprintf("%s/a/b/c", folder);
    struct stat s;

    (void)state;
    assert_ok(mesa_make_folders(path, err));
    assert_ok(mesa_make_folders(path, err));
    assert_int_equal(stat(path, &s), 0);
    for (int i = 0; i < 3; i++) {
        rmdir(path);
        *strrchr(path, '/') = '\0';
    }
    mesa_free(path);
}

static void
test_json_writer(void **state)
{
    struct mesa_text t = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&t);
    char *text;

    (void)state;
    mesa_json_open(&w, '{');
    mesa_json_key(&w, "a\"\\\n\001");
    mesa_json_uint(&w, UINT64_MAX);
    mesa_json_key(&w, "list");
    mesa_json_open(&w, '[');
    mesa_json_double(&w, 0.1);
    mesa_json_double(&w, NAN);
    mesa_json_string(&w, "x");
    mesa_json_close(&w, ']');
    mesa_json_key(&w, "empty");
    mesa_json_open(&w, '{');
    mesa_json_close(&w, '}');
    mesa_json_close(&w, '}');
    text = mesa_text_take(&t);
    assert_string_equal(text, "{\n"
                              "  \"a\\\"\\\\\\n\\u0001\": "
                              "18446744073709551615,\n"
                              "  \"list\": [\n"
                              "    0.1,\n"
                              "    null,\n"
                              "    \"x\"\n"
                              "  ],\n"
                              "  \"empty\": {}\n"
                              "}");
    mesa_free(text);
}

static void
test_json_strings(void **state)
{
    static const struct {
        const char *json, *expected;
    } cases[] = {
        { "\"abc\"", "abc" },
        { " \"a\\tb\\/\\\"\" ", "a\tb/\"" },
        { "\"\\u00e9\\u20AC\"", "\xC3\xA9\xE2\x82\xAC" },
        { "\"\\uD83D\\uDE00\"", "\xF0\x9F\x98\x80" },
        { "\"\xF0\x9F\x98\x80\"", "\xF0\x9F\x98\x80" },
        { "\"\"", "" },
        { "\"\\u0000\"", NULL },  { "\"\\uDE00\"", NULL },
        { "\"\\uD83Dx\"", NULL }, { "\"\\x\"", NULL },
        { "\"\\", NULL },         { "\"\xED\xA0\x80\"", NULL },
        { "\"\xF5\x80\x80\x80\"", NULL }, { "\"\n\"", NULL },
        { "\"\xE2\x82", NULL },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        const char *j = cases[i].json;
        struct mesa_json_reader r = { j, j, j + strlen(j), NULL };
        char *got;
        bool ok = mesa_json_read_string(&r, &got);

        assert_int_equal(ok, cases[i].expected != NULL);
        if (ok)
            assert_string_equal(got, cases[i].expected);
        else
            assert_non_null(r.error);
        mesa_free(got);
    }
}

static void
test_csv_fields(void **state)
{
    static const char *const in[] = { "plain", "a,b", "say \"x\"", " x",
                                      "line\nbreak", "" };
    struct mesa_text t = { 0 };
    char *text;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(in); i++)
        mesa_csv_put(&t, i ? "," : "", in[i]);
    text = mesa_text_take(&t);
    assert_string_equal(text, "plain,\"a,b\",\"say \"\"x\"\"\",\" x\","
                              "\"line\nbreak\",");
    mesa_free(text);
}

/* This very program is position independent, so it passes as an object; cut
 * anywhere it must not. */
static void
test_elf_truncated(void **state)
{
    char *data, *path = mesa_asprintf("%s/object", folder), *message;
    struct mesa_file *f;
    size_t n, refused = 0;

    (void)state;
    assert_ok(mesa_file_get("/proc/self/exe", 1 << 28, &data, &n, err));
    for (size_t i = 0; i < 64; i++) {
        struct mesa_error why;

        assert_ok(mesa_file_open(&f, folder, "object", err));
        mesa_file_write(f, data, n * i / 64);
        assert_ok(mesa_file_commit(f, err));
        refused += mesa_elf_check(path, &why) == MESA_EABI;
    }
    assert_int_equal(refused, 64);
    assert_ok(mesa_file_put(folder, "object", "not an object", err));
    message = mesa_asprintf("%s is not an ELF file", path);
    assert_error(mesa_elf_check(path, err), MESA_EABI, message);
    mesa_free(message);
    message = mesa_asprintf("%s is not a regular file", folder);
    assert_error(mesa_elf_check(folder, err), MESA_EABI, message);
    mesa_free(message);
    assert_error(mesa_elf_check("/nowhere.so", err), MESA_ENOTFOUND,
                 "/nowhere.so: No such file or directory");
    unlink(path);
    mesa_free(path);
    mesa_free(data);
}

static int
make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_relative_to_here),
        cmocka_unit_test(test_put_and_get),
        cmocka_unit_test(test_large_file),
        cmocka_unit_test(test_abort_leaves_nothing),
        cmocka_unit_test(test_file_refusals),
        cmocka_unit_test(test_make_folders),
        cmocka_unit_test(test_json_writer),
        cmocka_unit_test(test_json_strings),
        cmocka_unit_test(test_csv_fields),
        cmocka_unit_test(test_elf_truncated),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
