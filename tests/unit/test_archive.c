/* SPDX-License-Identifier: MIT */
/* test_archive.c - archives: round trips, hostile files, failing memory. */
#include "test.h"

#include "archive_internal.h"
#include "files.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/mesa-archive-XXXXXX";

static const double   doubles[] = { 1.5, -2.25, 1e300, 0.0, -0.0, 3.0 };
static const float    floats[] = { 0.5f, 2.0f };
static const int32_t  ints[] = { -1, 0, 2147483647 };
static const uint8_t  bytes[] = { 1, 2, 255 };
static const uint64_t large[] = { UINT64_MAX };

static char *
path_of(const char *name)
{
    return mesa_asprintf("%s/%s", folder, name);
}

static mesa_status
fill(struct mesa_archive *a, bool backwards, struct mesa_error *err)
{
    const struct mesa_tensor matrix = { MESA_F64, 2, { 2, 3 }, doubles };
    const struct mesa_tensor scalar = { MESA_U64, 0, { 0 }, large };
    mesa_status st = MESA_OK;

    for (int i = 0; i < 6 && st == MESA_OK; i++) {
        switch (backwards ? 5 - i : i) {
        case 0:
            st = mesa_archive_put(a, "matrix", &matrix, err);
            break;
        case 1:
            st = mesa_archive_put_vector(a, "bytes", MESA_U8, 3, bytes, err);
            break;
        case 2:
            st = mesa_archive_put_vector(a, "a \"quoted\"\n name", MESA_I32,
                                         3, ints, err);
            break;
        case 3:
            st = mesa_archive_put(a, "scalar", &scalar, err);
            break;
        case 4:
            st = mesa_archive_put_vector(a, "floats", MESA_F32, 2, floats,
                                         err);
            break;
        default:
            st = mesa_archive_put_vector(a, "empty", MESA_F64, 0, NULL, err);
            if (st == MESA_OK)
                st = mesa_archive_note(a, "ini", "[x]\ny = \xC3\xA9\n", err);
            if (st == MESA_OK)
                st = mesa_archive_note(a, "a", "b", err);
        }
    }
    return st;
}

static void
check_contents(const struct mesa_archive *a)
{
    const size_t shape[] = { 2, SIZE_MAX }, three = 3, none = 0;
    struct mesa_tensor t;
    const void *data;

    assert_ok(mesa_archive_expect(a, "matrix", MESA_F64, 2, shape, &data,
                                  err));
    assert_memory_equal(data, doubles, sizeof doubles);
    assert_int_equal((uintptr_t)data % 8, 0);
    assert_ok(mesa_archive_expect(a, "a \"quoted\"\n name", MESA_I32, 1,
                                  &three, &data, err));
    assert_memory_equal(data, ints, sizeof ints);
    assert_ok(mesa_archive_expect(a, "bytes", MESA_U8, 1, &three, &data,
                                  err));
    assert_memory_equal(data, bytes, sizeof bytes);
    assert_ok(mesa_archive_expect(a, "empty", MESA_F64, 1, &none, &data,
                                  err));
    assert_ok(mesa_archive_get(a, "scalar", &t, err));
    assert_int_equal(t.n_dims, 0);
    assert_memory_equal(t.data, large, sizeof large);
    assert_string_equal(mesa_archive_get_note(a, "ini"),
                        "[x]\ny = \xC3\xA9\n");
    assert_null(mesa_archive_get_note(a, "absent"));
}

static void
test_round_trip(void **state)
{
    char *path = path_of("round"), *other = path_of("other");
    struct mesa_archive *a = mesa_archive_new(), *b = mesa_archive_new();
    struct mesa_archive *back;
    char *x, *y;
    size_t nx, ny;

    (void)state;
    assert_ok(fill(a, false, err));
    assert_ok(fill(b, true, err));
    check_contents(a);
    assert_ok(mesa_archive_write(a, path, err));
    assert_ok(mesa_archive_write(b, other, err));
    assert_ok(mesa_archive_read(path, &back, err));
    check_contents(back);
    /* The bytes depend on the contents, not on the order of insertion. */
    assert_ok(mesa_file_get(path, 1 << 20, &x, &nx, err));
    assert_ok(mesa_file_get(other, 1 << 20, &y, &ny, err));
    assert_int_equal(nx, ny);
    assert_memory_equal(x, y, nx);
    mesa_free(x);
    mesa_free(y);
    mesa_archive_free(a);
    mesa_archive_free(b);
    mesa_archive_free(back);
    mesa_free(path);
    mesa_free(other);
}

static void
test_refusals(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    const size_t four = 4, any[2] = { SIZE_MAX, 7 };
    const struct mesa_tensor huge = { MESA_F64, 2, { SIZE_MAX, 2 }, doubles };
    const struct mesa_tensor deep = { MESA_F64, 5, { 1, 1, 1, 1 }, doubles };
    const void *data;

    (void)state;
    assert_ok(fill(a, false, err));
    assert_error(mesa_archive_put_vector(a, "bytes", MESA_U8, 3, bytes, err),
                 MESA_EINVAL, "tensor 'bytes' is there already");
    assert_error(mesa_archive_put(a, "huge", &huge, err), MESA_EINVAL,
                 "a tensor too large");
    assert_error(mesa_archive_put(a, "deep", &deep, err), MESA_EINVAL,
                 "a tensor of type 0 and rank 5");
    assert_error(mesa_archive_note(a, "a", "c", err), MESA_EINVAL,
                 "note 'a' is there already");
    assert_error(mesa_archive_expect(a, "none", MESA_U8, 1, &four, &data,
                                     err),
                 MESA_EPARSE, "there is no tensor 'none'");
    assert_error(mesa_archive_expect(a, "bytes", MESA_U8, 1, &four, &data,
                                     err),
                 MESA_EPARSE, "tensor 'bytes' is U8 of 3, expected U8 of 4");
    assert_error(mesa_archive_expect(a, "bytes", MESA_F64, 1, &four, &data,
                                     err),
                 MESA_EPARSE, "tensor 'bytes' is U8 of 3, expected F64 of 4");
    assert_error(mesa_archive_expect(a, "bytes", MESA_U8, 2, any, &data, err),
                 MESA_EPARSE,
                 "tensor 'bytes' is U8 of 3, expected U8 of any by 7");
    assert_error(mesa_archive_expect(a, "bytes", MESA_I64, 0, NULL, &data,
                                     err),
                 MESA_EPARSE, "tensor 'bytes' is U8 of 3, expected I64");
    mesa_archive_free(a);
}

static void
test_children(void **state)
{
    struct mesa_archive *a = mesa_archive_new(), child, grandchild;
    struct mesa_tensor t;

    (void)state;
    assert_ok(mesa_archive_child(a, "member", 7, &child, err));
    assert_ok(mesa_archive_child(&child, "tree", 0, &grandchild, err));
    assert_ok(mesa_archive_put_vector(&grandchild, "x", MESA_U8, 3, bytes,
                                      err));
    assert_ok(mesa_archive_note(&child, "n", "note", err));
    assert_ok(mesa_archive_get(a, "member.7.tree.0.x", &t, err));
    assert_string_equal(mesa_archive_get_note(a, "member.7.n"), "note");
    assert_error(mesa_archive_get(&child, "x", &t, err), MESA_ENOTFOUND,
                 "there is no tensor 'member.7.x'");
    for (int i = 0; i < 40; i++) {
        struct mesa_error why;

        if (mesa_archive_child(&child, "deeper", 1, &grandchild, &why) !=
            MESA_OK) {
            assert_true(i > 10);
            break;
        }
        child = grandchild;
    }
    mesa_archive_free(a);
}

/* Write raw bytes and read them as an archive. */
static mesa_status
read_bytes(const char *data, size_t n, struct mesa_error *err)
{
    char *path = path_of("raw");
    struct mesa_archive *a = NULL;
    struct mesa_file *f;
    mesa_status st = mesa_file_open(&f, folder, "raw", err);

    mesa_file_write(f, data, n);
    if (st == MESA_OK)
        st = mesa_file_commit(f, err);
    if (st == MESA_OK)
        st = mesa_archive_read(path, &a, err);
    mesa_archive_free(a);
    mesa_free(path);
    return st;
}

/* Cut anywhere: refused.  Any bit flipped: refused, or a harmless change in
 * a value or name. */
static void
test_damaged_files(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    char *path = path_of("damaged"), *data;
    size_t n;

    (void)state;
    assert_ok(fill(a, false, err));
    assert_ok(mesa_archive_write(a, path, err));
    assert_ok(mesa_file_get(path, 1 << 20, &data, &n, err));
    for (size_t cut = 0; cut < n; cut++) {
        struct mesa_error err;

        assert_int_equal(read_bytes(data, cut, &err), MESA_EPARSE);
    }
    for (size_t bit = 0; bit < 8 * n; bit++) {
        struct mesa_error err;
        mesa_status st;

        data[bit / 8] ^= (char)(1 << bit % 8);
        st = read_bytes(data, n, &err);
        assert_true(st == MESA_OK || st == MESA_EPARSE);
        data[bit / 8] ^= (char)(1 << bit % 8);
    }
    mesa_free(data);
    mesa_free(path);
    mesa_archive_free(a);
}

static void
test_hostile_headers(void **state)
{
    static const struct {
        const char *header, *why;
    } cases[] = {
        { "[]", "expected '{'" },
        { "{} x", "text after the end" },
        { "{\"a\":{}}", "a tensor lacks dtype, shape or data_offsets" },
        { "{\"a\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[0,2]}}",
          "an unknown dtype" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1],"
          "\"data_offsets\":[0,1]}}",
          "too many numbers" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}",
          "expected a non-negative integer" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],"
          "\"data_offsets\":[0,1]}}",
          "expected an integer" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],"
          "\"data_offsets\":[0,1]}}",
          "the number is too large" },
        { "{\"a\":{\"dtype\":\"F64\",\"shape\":[18446744073709551615,8],"
          "\"data_offsets\":[0,8]}}",
          "shape and data_offsets do not fit" },
        { "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[8],"
          "\"data_offsets\":[0,8]}}",
          "an unknown or repeated member of a tensor" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
          "\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}",
          "a tensor is there twice" },
        { "{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}",
          "a note is there twice" },
        { "{\"__metadata__\":{\"x\":1}}", "expected a string" },
        { "{\"\\ud800\":1}", "a malformed escape" },
        { "{\"\xC0\x80\":1}", "malformed UTF-8" },
        { "{\"a", "a string without end" },
    };
    char file[600];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct mesa_error err;
        size_t n = strlen(cases[i].header), padded = (n + 7) / 8 * 8;

        memset(file, 0, sizeof file);
        file[0] = (char)padded;
        file[1] = (char)(padded >> 8);
        memset(file + 8, ' ', padded);
        memcpy(file + 8, cases[i].header, n);
        assert_int_equal(read_bytes(file, 8 + padded + 8, &err),
                         MESA_EPARSE);
        if (!strstr(err.message, cases[i].why))
            fail_msg("%s: got '%s', expected '%s'", cases[i].header,
                     err.message, cases[i].why);
    }
}

/* Holes and overlaps between tensors. */
static void
test_cover(void **state)
{
    static const char *const headers[] = {
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
        ("{\"a\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[0,6]},"
         "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}"),
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
    };
    char file[400];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(headers); i++) {
        struct mesa_error err;
        size_t n = strlen(headers[i]), padded = (n + 7) / 8 * 8;

        memset(file, 0, sizeof file);
        file[0] = (char)padded;
        memset(file + 8, ' ', padded);
        memcpy(file + 8, headers[i], n);
        assert_int_equal(read_bytes(file, 8 + padded + 8, &err),
                         MESA_EPARSE);
        assert_non_null(strstr(err.message, "the tensors cover"));
    }
}

static void
test_allocation_failures(void **state)
{
    char *path = path_of("memory");
    uint64_t live = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        struct mesa_error err;
        struct mesa_archive *a, *b = NULL;

        assert_true(k < 1000);
        mesa_memory_fail_at(k);
        a = mesa_archive_new();
        st = a ? fill(a, false, &err) : MESA_ENOMEM;
        if (st == MESA_OK)
            st = mesa_archive_write(a, path, &err);
        if (st == MESA_OK)
            st = mesa_archive_read(path, &b, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_archive_free(a);
        mesa_archive_free(b);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
    mesa_free(path);
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
    static const char *const names[] = { "round", "other", "damaged", "raw",
                                         "memory" };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        char *path = path_of(names[i]);

        unlink(path);
        mesa_free(path);
    }
    /* Fails if a temporary file was left behind. */
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_children),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_cover),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
