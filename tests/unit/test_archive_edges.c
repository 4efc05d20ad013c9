/* SPDX-License-Identifier: MIT */
/* test_archive_edges.c - archives at their limits, others' files. */
#include "test.h"

#include <unistd.h>

#include "archive_internal.h"
#include "files.h"

static char folder[] = "/tmp/mesa-edges-XXXXXX";
static char path[sizeof folder + 8];

static const unsigned char bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8,
                                       9, 10, 11, 12, 13, 14, 15, 16 };

/* header, padded with blanks to n bytes, and n_data bytes 1, 2, ... */
static void
write_raw(const char *header, size_t n, size_t n_data)
{
    unsigned char length[8] = { (unsigned char)n, (unsigned char)(n >> 8),
                                (unsigned char)(n >> 16),
                                (unsigned char)(n >> 24) };
    struct mesa_file *f = NULL;

    assert_ok(mesa_file_open(&f, folder, "f", err));
    mesa_file_write(f, length, sizeof length);
    mesa_file_write(f, header, strlen(header));
    for (size_t i = strlen(header); i < n; i++)
        mesa_file_write(f, " ", 1);
    assert_true(n_data <= sizeof bytes);
    mesa_file_write(f, bytes, n_data);
    assert_ok(mesa_file_commit(f, err));
}

static struct mesa_archive *
written_and_read(const struct mesa_archive *a)
{
    struct mesa_archive *back = NULL;

    assert_ok(mesa_archive_write(a, path, err));
    assert_ok(mesa_archive_read(path, &back, err));
    return back;
}

static void
check_refused(const char *header, size_t n_data, const char *why)
{
    struct mesa_archive *a;
    struct mesa_error err;

    write_raw(header, (strlen(header) + 7) / 8 * 8, n_data);
    assert_int_equal(mesa_archive_read(path, &a, &err), MESA_EPARSE);
    assert_null(a);
    if (!strstr(err.message, why))
        fail_msg("%s: '%s' instead of '%s'", header, err.message, why);
}

/* Each type at each rank; each aligned for its type when it comes back. */
static void
test_all_types_and_ranks(void **state)
{
    struct mesa_archive *a = mesa_archive_new(), *back;
    char name[] = "t00";

    (void)state;
    for (int type = 0; type < MESA_DTYPE_COUNT_; type++)
        for (uint32_t rank = 0; rank <= MESA_MAX_DIMS; rank++) {
            struct mesa_tensor t = { (enum mesa_dtype)type, rank,
                                     { 1, 1, 1, 1 }, bytes };

            if (rank > 0)
                t.shape[rank - 1] = 2;
            name[1] = (char)('0' + type);
            name[2] = (char)('0' + rank);
            assert_ok(mesa_archive_put(a, name, &t, err));
        }
    back = written_and_read(a);
    for (int type = 0; type < MESA_DTYPE_COUNT_; type++)
        for (uint32_t rank = 0; rank <= MESA_MAX_DIMS; rank++) {
            size_t size = mesa_dtype_size((enum mesa_dtype)type);
            size_t shape[] = { 1, 1, 1, 1 };
            const void *data = NULL;

            if (rank > 0)
                shape[rank - 1] = 2;
            name[1] = (char)('0' + type);
            name[2] = (char)('0' + rank);
            assert_ok(mesa_archive_expect(back, name, (enum mesa_dtype)type,
                                          rank, shape, &data, err));
            assert_memory_equal(data, bytes, rank ? 2 * size : size);
            assert_int_equal((uintptr_t)data % size, 0);
        }
    mesa_archive_free(a);
    mesa_archive_free(back);
}

static void
test_nothing_in_it(void **state)
{
    struct mesa_archive *a = mesa_archive_new(), *back = written_and_read(a);
    struct mesa_tensor t;

    (void)state;
    assert_error(mesa_archive_get(back, "x", &t, err), MESA_ENOTFOUND,
                 "there is no tensor 'x'");
    assert_null(mesa_archive_get_note(back, ""));
    mesa_archive_free(a);
    mesa_archive_free(back);
}

/* An extent of zero makes no bytes, however large the others are. */
static void
test_zero_extents(void **state)
{
    const struct mesa_tensor empty[] = {
        { MESA_F64, 1, { 0 }, NULL },
        { MESA_F64, 2, { 5, 0 }, NULL },
        { MESA_F32, 3, { SIZE_MAX, SIZE_MAX, 0 }, NULL },
        { MESA_U8, 2, { 0, 7 }, NULL },
    };
    struct mesa_archive *a = mesa_archive_new(), *back;
    char name[] = "e0";

    (void)state;
    for (size_t with_data = 0; with_data < 2; with_data++) {
        for (int i = 0; i < 4; i++) {
            name[1] = (char)(i + (with_data ? 'a' : '0'));
            assert_ok(mesa_archive_put(a, name, &empty[i], err));
        }
        back = written_and_read(a);
        for (int i = 0; i < 4; i++) {
            const void *data;

            name[1] = (char)(i + (with_data ? 'a' : '0'));
            assert_ok(mesa_archive_expect(back, name, empty[i].dtype,
                                          empty[i].n_dims, empty[i].shape,
                                          &data, err));
        }
        mesa_archive_free(back);
        assert_ok(mesa_archive_put_vector(a, with_data ? "y" : "f", MESA_U8,
                                          3, bytes, err));
    }
    mesa_archive_free(a);
}

static void
test_names_refused(void **state)
{
    struct mesa_archive *a = mesa_archive_new(), child;
    const struct mesa_tensor missing = { MESA_U8, 1, { 3 }, NULL };

    (void)state;
    assert_error(mesa_archive_put_vector(a, "", MESA_U8, 3, bytes, err),
                 MESA_EINVAL, "a tensor without a name");
    assert_ok(mesa_archive_child(a, "m", 0, &child, err));
    assert_error(mesa_archive_put_vector(&child, "", MESA_U8, 3, bytes, err),
                 MESA_EINVAL, "a tensor without a name");
    assert_error(mesa_archive_put_vector(a, "__metadata__", MESA_U8, 3, bytes,
                                         err),
                 MESA_EINVAL, "no tensor can be named '__metadata__'");
    assert_error(mesa_archive_put_vector(a, "x\xff", MESA_U8, 3, bytes, err),
                 MESA_EINVAL,
                 "tensor name 'x\xff' is not UTF-8 at byte 1");
    assert_error(mesa_archive_put(a, "x", &missing, err), MESA_EINVAL,
                 "tensor 'x' has no data");
    assert_error(mesa_archive_note(a, "\xe9", "", err), MESA_EINVAL,
                 "note key '\xe9' is not UTF-8 at byte 0");
    assert_error(mesa_archive_note(a, "classes", "caf\xe9", err), MESA_EINVAL,
                 "note 'classes' is not UTF-8 at byte 3");
    mesa_archive_free(a);
}

/* No length of a name is special. */
static void
test_long_names(void **state)
{
    static char name[100001];
    struct mesa_archive *a = mesa_archive_new(), *back;
    struct mesa_tensor t;

    (void)state;
    memset(name, 'n', sizeof name - 1);
    assert_ok(mesa_archive_put_vector(a, name, MESA_U8, 3, bytes, err));
    assert_ok(mesa_archive_note(a, name, name, err));
    back = written_and_read(a);
    assert_ok(mesa_archive_get(back, name, &t, err));
    assert_memory_equal(t.data, bytes, 3);
    assert_string_equal(mesa_archive_get_note(back, name), name);
    mesa_archive_free(a);
    mesa_archive_free(back);
}

/* Enough names in three orders, around the places where prefixes sort. */
static void
test_lookup_in_any_order(void **state)
{
    static const char *const names[] = { "a", "a.", "a.0", "a.0.", "a.0.x",
                                         "a.0.y", "a.1.x", "a.10.x", "a.2.x",
                                         "a/", "b", "\xc3\xa9", "z", "A" };
    enum { N = sizeof names / sizeof *names };

    (void)state;
    for (size_t step = 1; step < 6; step += 2) {
        struct mesa_archive *a = mesa_archive_new(), child;
        struct mesa_tensor t;

        for (size_t i = 0; i < N; i++)
            assert_ok(mesa_archive_put_vector(a, names[i * step % N], MESA_U8,
                                              i * step % N, bytes, err));
        for (size_t i = 0; i < N; i++) {
            assert_ok(mesa_archive_get(a, names[i], &t, err));
            assert_int_equal(t.shape[0], i);
        }
        assert_ok(mesa_archive_child(a, "a", 1, &child, err));
        assert_ok(mesa_archive_get(&child, "x", &t, err));
        assert_int_equal(t.shape[0], 6);
        assert_error(mesa_archive_get(&child, "0.x", &t, err), MESA_ENOTFOUND,
                     "there is no tensor 'a.1.0.x'");
        mesa_archive_free(a);
    }
}

/* What is written through a child is an archive of its own. */
static void
test_write_child(void **state)
{
    struct mesa_archive *a = mesa_archive_new(), child, *back;
    struct mesa_tensor t;

    (void)state;
    assert_ok(mesa_archive_child(a, "m", 3, &child, err));
    assert_ok(mesa_archive_put_vector(a, "x", MESA_U8, 4, bytes, err));
    assert_ok(mesa_archive_put_vector(&child, "x", MESA_F32, 2, bytes, err));
    assert_ok(mesa_archive_note(a, "n", "outer", err));
    assert_ok(mesa_archive_note(&child, "n", "inner", err));
    back = written_and_read(&child);
    assert_ok(mesa_archive_get(back, "x", &t, err));
    assert_int_equal(t.dtype, MESA_F32);
    assert_string_equal(mesa_archive_get_note(back, "n"), "inner");
    assert_int_equal(back->store->n_tensors, 1);
    assert_int_equal(back->store->n_notes, 1);
    mesa_archive_free(back);
    mesa_archive_free(a);
}

/* Other writers pad differently and order as they like. */
static void
test_misaligned_files(void **state)
{
    static const char header[] =
        "{\"u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"w\":{\"data_offsets\":[1,9],\"dtype\":\"F64\",\"shape\":[]},"
        "\"v\":{\"shape\":[1],\"dtype\":\"I32\",\"data_offsets\":[9,13]}}";

    (void)state;
    for (size_t pad = 0; pad < 8; pad++) {
        struct mesa_archive *a = NULL;
        struct mesa_tensor t;

        write_raw(header, sizeof header - 1 + pad, 13);
        assert_ok(mesa_archive_read(path, &a, err));
        assert_ok(mesa_archive_get(a, "u", &t, err));
        assert_memory_equal(t.data, bytes, 1);
        assert_ok(mesa_archive_get(a, "w", &t, err));
        assert_int_equal((uintptr_t)t.data % 8, 0);
        assert_memory_equal(t.data, bytes + 1, 8);
        assert_ok(mesa_archive_get(a, "v", &t, err));
        assert_int_equal((uintptr_t)t.data % 4, 0);
        assert_memory_equal(t.data, bytes + 9, 4);
        mesa_archive_free(a);
    }
}

static void
test_more_hostile_headers(void **state)
{
    (void)state;
    check_refused("{\"\":{\"dtype\":\"U8\",\"shape\":[],"
                  "\"data_offsets\":[0,1]}}",
                  1, "a tensor without a name");
    check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0,
                  "__metadata__ is there twice");
    check_refused("{\"__metadata__\":{\"b\":\"\",\"a\":\"\",\"b\":\"\"}}", 0,
                  "a note is there twice: 'b'");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[],"
                  "\"data_offsets\":[1,0]}}",
                  1, "shape and data_offsets do not fit");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[],"
                  "\"data_offsets\":[1,2]}}",
                  1, "byte 59: the file ends before this tensor does");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],"
                  "\"data_offsets\":[0]}}",
                  1, "byte 57: data_offsets are not two numbers");
    check_refused("{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967296,"
                  "4294967296,1],\"data_offsets\":[0,0]}}",
                  0, "shape and data_offsets do not fit");
    check_refused("{},", 0, "text after the end");
    check_refused("{,}", 0, "expected a string");
    check_refused("", 0, "expected '{'");
}

/* 40,000 names in the worst order: sorted once, not inserted one by one. */
static void
test_many_names(void **state)
{
    enum { N = 40000 };
    struct mesa_archive *a;
    struct mesa_tensor t;
    size_t n = 1;
    char *text = malloc(N * 130);

    (void)state;
    text[0] = '{';
    n += (size_t)sprintf(text + n, "\"__metadata__\":{");
    for (int i = N; i-- > 0;)
        n += (size_t)sprintf(text + n, "\"%06d\":\"\"%s", i, i ? "," : "}");
    for (int i = N; i-- > 0;)
        n += (size_t)sprintf(text + n, ",\"%06d\":{\"dtype\":\"U8\","
                             "\"shape\":[0],\"data_offsets\":[0,0]}", i);
    sprintf(text + n, "}");
    write_raw(text, n + 1, 0);
    free(text);
    assert_ok(mesa_archive_read(path, &a, err));
    assert_ok(mesa_archive_get(a, "000000", &t, err));
    assert_ok(mesa_archive_get(a, "039999", &t, err));
    assert_non_null(mesa_archive_get_note(a, "020000"));
    mesa_archive_free(a);
}

/* Whatever allocation fails while a misaligned file is read. */
static void
test_memory_runs_out(void **state)
{
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"},"
        "\"u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        "\"w\":{\"data_offsets\":[1,9],\"dtype\":\"F64\",\"shape\":[]}}";
    uint64_t live = mesa_memory_live(), k;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    write_raw(header, sizeof header - 1, 9);
    for (k = 0; st != MESA_OK; k++) {
        struct mesa_archive *a;

        mesa_memory_fail_at(k);
        st = mesa_archive_read(path, &a, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(a != NULL, st == MESA_OK);
        mesa_archive_free(a);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_true(k > 10);
}

static int
make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/f", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_types_and_ranks),
        cmocka_unit_test(test_nothing_in_it),
        cmocka_unit_test(test_zero_extents),
        cmocka_unit_test(test_names_refused),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_lookup_in_any_order),
        cmocka_unit_test(test_write_child),
        cmocka_unit_test(test_misaligned_files),
        cmocka_unit_test(test_more_hostile_headers),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
