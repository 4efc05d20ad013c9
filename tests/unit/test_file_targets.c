/* SPDX-License-Identifier: MIT */
/* test_file_targets.c - what writing replaces, and what it leaves alone. */
#include "config.h" /* for POSIX beside C11 */

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

static char folder[PATH_MAX];

static int
enter(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/mesa-files-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void
remove_tree(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        char *child = mesa_asprintf("%s/%s", path, e->d_name);

        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            if (unlink(child) != 0)
                remove_tree(child);
        }
        mesa_free(child);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static int
leave(void **state)
{
    (void)state;
    mesa_memory_fail_at(UINT64_MAX);
    remove_tree(folder);
    return 0;
}

static size_t
count_entries(void)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

/* folder/name, good until the next call. */
static const char *
in_folder(const char *name)
{
    static char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);

    assert_true(n > 0 && (size_t)n < sizeof path);
    return path;
}

static void
check_content(const char *path, const char *expected, size_t expected_n)
{
    char *data;
    size_t n = 0;

    assert_ok(mesa_file_get(path, 1 << 24, &data, &n, err));
    assert_int_equal(n, expected_n);
    assert_memory_equal(data, expected, n);
    assert_int_equal(data[n], 0);
    mesa_free(data);
}

static void
test_put_and_replace(void **state)
{
    struct stat s;
    mode_t mask = umask(027);

    (void)state;
    assert_ok(mesa_file_put(folder, "a.txt", "one", err));
    umask(mask);
    check_content(in_folder("a.txt"), "one", 3);
    assert_int_equal(stat(in_folder("a.txt"), &s), 0);
    assert_int_equal(s.st_mode & 0777, 0640);
    assert_ok(mesa_file_put(folder, "a.txt", "", err));
    check_content(in_folder("a.txt"), "", 0);
    assert_int_equal(count_entries(), 1);
}

/* The old bytes are there until commit, and after abort. */
static void
test_nothing_shows_before_commit(void **state)
{
    struct mesa_file *f = NULL;

    (void)state;
    assert_ok(mesa_file_put(folder, "a", "old", err));
    assert_ok(mesa_file_open(&f, folder, "a", err));
    mesa_file_write(f, "new", 3);
    check_content(in_folder("a"), "old", 3);
    mesa_file_abort(f);
    check_content(in_folder("a"), "old", 3);
    assert_int_equal(count_entries(), 1);
    assert_ok(mesa_file_open(&f, folder, "a", err));
    mesa_file_write(f, "new", 3);
    assert_ok(mesa_file_commit(f, err));
    check_content(in_folder("a"), "new", 3);
    assert_int_equal(count_entries(), 1);
}

/* Pieces below, at and above the size of the buffer, in order. */
static void
test_pieces_of_all_sizes(void **state)
{
    static const size_t piece[] = { 1, 65535, 65536, 1, 65537, 7, 200000, 0,
                                    65536, 3 };
    struct mesa_file *f = NULL;
    char *all = malloc(1 << 20);
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 1 << 20; i++)
        all[i] = (char)(i * 2654435761u >> 13);
    assert_ok(mesa_file_open(&f, folder, "big", err));
    for (size_t i = 0; i < sizeof piece / sizeof *piece; i++) {
        mesa_file_write(f, all + n, piece[i]);
        n += piece[i];
    }
    assert_ok(mesa_file_commit(f, err));
    check_content(in_folder("big"), all, n);
    free(all);
}

/* Two writers of one name do not disturb each other; the later commit wins. */
static void
test_two_writers(void **state)
{
    struct mesa_file *f = NULL, *g = NULL;

    (void)state;
    assert_ok(mesa_file_open(&f, folder, "x", err));
    assert_ok(mesa_file_open(&g, folder, "x", err));
    mesa_file_write(f, "first", 5);
    mesa_file_write(g, "second", 6);
    assert_ok(mesa_file_commit(g, err));
    assert_ok(mesa_file_commit(f, err));
    check_content(in_folder("x"), "first", 5);
    assert_int_equal(count_entries(), 1);
}

static void
test_failures_are_told(void **state)
{
    struct mesa_file *f;
    char expected[PATH_MAX + 100];

    (void)state;
    assert_error(mesa_file_open(&f, "/nonexistent", "a", err), MESA_EIO,
                 "cannot write /nonexistent/a: No such file or directory");
    assert_null(f);
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    snprintf(expected, sizeof expected, "cannot write %s/sub: Is a directory",
             folder);
    assert_error(mesa_file_put(folder, "sub", "x", err), MESA_EIO, expected);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(mesa_file_put(folder, "sub", "x", NULL), MESA_EIO);
}

/* A name of 255 bytes is fine; the temporary one must not be longer. */
static void
test_long_names(void **state)
{
    char name[257];

    (void)state;
    memset(name, 'n', sizeof name);
    name[255] = '\0';
    assert_ok(mesa_file_put(folder, name, "x", err));
    assert_int_equal(count_entries(), 1);
    name[255] = 'n';
    name[256] = '\0';
    assert_int_equal(mesa_file_put(folder, name, "x", NULL), MESA_EIO);
    assert_int_equal(count_entries(), 1);
}

/* A device is written to, not replaced by a file of its name. */
static void
test_devices_are_written_directly(void **state)
{
    struct stat s;

    (void)state;
    assert_ok(mesa_file_put("/dev", "null", "x", err));
    assert_int_equal(stat("/dev/null", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
    if (stat("/dev/full", &s) != 0 || !S_ISCHR(s.st_mode))
        return;
    assert_error(mesa_file_put("/dev", "full", "x", err), MESA_EIO,
                 "cannot write /dev/full: No space left on device");
    assert_int_equal(stat("/dev/full", &s), 0);
    assert_true(S_ISCHR(s.st_mode));
}

static void
test_links_stay_links(void **state)
{
    struct stat s;

    (void)state;
    assert_ok(mesa_file_put(folder, "target", "old", err));
    assert_int_equal(symlink("target", in_folder("link")), 0);
    assert_ok(mesa_file_put(folder, "link", "new", err));
    assert_int_equal(lstat(in_folder("link"), &s), 0);
    assert_true(S_ISLNK(s.st_mode));
    check_content(in_folder("target"), "new", 3);
    assert_int_equal(count_entries(), 2);
}

/* The disk fills: an error, the old file, and nothing left behind. */
static void
test_full_disk(void **state)
{
    struct rlimit old, small;
    struct mesa_file *f = NULL;
    char block[5000] = { 0 }, expected[PATH_MAX + 100];
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

    (void)state;
    assert_ok(mesa_file_put(folder, "a", "old", err));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 100000;
    snprintf(expected, sizeof expected, "cannot write %s/a: File too large",
             folder);
    assert_ok(mesa_file_open(&f, folder, "a", err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 100; i++)
        mesa_file_write(f, block, sizeof block);
    assert_error(mesa_file_commit(f, err), MESA_EIO, expected);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    check_content(in_folder("a"), "old", 3);
    assert_int_equal(count_entries(), 1);
}

static void
test_get_failures(void **state)
{
    char *data, expected[PATH_MAX + 100];
    size_t n;

    (void)state;
    assert_error(mesa_file_get("/nonexistent", 10, &data, &n, err),
                 MESA_ENOTFOUND,
                 "cannot read /nonexistent: No such file or directory");
    assert_null(data);
    snprintf(expected, sizeof expected, "cannot read %s: Is a directory",
             folder);
    assert_error(mesa_file_get(folder, 10, &data, &n, err), MESA_EIO,
                 expected);
    assert_ok(mesa_file_put(folder, "a", "12345", err));
    assert_ok(mesa_file_get(in_folder("a"), 5, &data, &n, err));
    mesa_free(data);
    snprintf(expected, sizeof expected,
             "%s/a has 5 bytes, more than the 4 allowed", folder);
    assert_error(mesa_file_get(in_folder("a"), 4, &data, &n, err),
                 MESA_EPARSE, expected);
    assert_null(data);
}

/* Sizes that stat does not tell: a pipe, an endless device, /proc. */
static void
test_get_streams(void **state)
{
    char *block = malloc(60000), path[32], *data;
    int ends[2];
    size_t n;

    (void)state;
    memset(block, 'p', 60000);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], block, 60000), 60000);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    if (access(path, R_OK) == 0)
        check_content(path, block, 60000);
    close(ends[0]);
    free(block);
    assert_error(mesa_file_get("/dev/zero", 1000, &data, &n, err),
                 MESA_EPARSE,
                 "/dev/zero has more than the 1000 bytes allowed");
    assert_null(data);
    check_content("/dev/null", "", 0);
}

static void
test_folders(void **state)
{
    struct stat s;
    char expected[PATH_MAX + 100];

    (void)state;
    assert_ok(mesa_make_folders(in_folder("a/b//c/"), err));
    assert_ok(mesa_make_folders(in_folder("a/b/c"), err));
    assert_int_equal(stat(in_folder("a/b/c"), &s), 0);
    assert_true(S_ISDIR(s.st_mode));
    assert_ok(mesa_make_folders("/", err));
    assert_ok(mesa_file_put(folder, "file", "", err));
    snprintf(expected, sizeof expected,
             "cannot create %s/file: Not a directory", folder);
    assert_error(mesa_make_folders(in_folder("file/x"), err), MESA_EIO,
                 expected);
    assert_error(mesa_make_folders(in_folder("file"), err), MESA_EIO,
                 expected);
    assert_error(mesa_make_folders("", err), MESA_EIO,
                 "cannot create : No such file or directory");
}

/* Whatever allocation fails: MESA_ENOMEM, no leak, no file left behind. */
static void
test_memory_runs_out(void **state)
{
    uint64_t live = mesa_memory_live();
    char *data;
    size_t n;
    mesa_status st = MESA_ENOMEM;
    uint64_t k;

    (void)state;
    assert_ok(mesa_file_put(folder, "target", "old", err));
    assert_int_equal(symlink("target", in_folder("a")), 0);
    for (k = 0; st != MESA_OK; k++) {
        mesa_memory_fail_at(k);
        st = mesa_file_put(folder, "a", "new", NULL);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_int_equal(mesa_memory_live(), live);
        assert_int_equal(count_entries(), 2);
    }
    assert_true(k > 3);
    mesa_memory_fail_at(0);
    assert_int_equal(mesa_file_get(in_folder("a"), 99, &data, &n, NULL),
                     MESA_ENOMEM);
    assert_null(data);
    mesa_memory_fail_at(0);
    assert_int_equal(mesa_make_folders("/tmp", NULL), MESA_ENOMEM);
    mesa_memory_fail_at(0);
    assert_null(mesa_path_absolute("r", "s"));
    mesa_memory_fail_at(1);
    assert_null(mesa_path_absolute("r", "s"));
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_live(), live);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_and_replace),
        TEST(test_nothing_shows_before_commit),
        TEST(test_pieces_of_all_sizes),
        TEST(test_two_writers),
        TEST(test_failures_are_told),
        TEST(test_long_names),
        TEST(test_devices_are_written_directly),
        TEST(test_links_stay_links),
        TEST(test_full_disk),
        TEST(test_get_failures),
        TEST(test_get_streams),
        TEST(test_folders),
        TEST(test_memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
