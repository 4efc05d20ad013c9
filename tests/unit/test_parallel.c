/* SPDX-License-Identifier: MIT */
/* test_parallel.c - loops over threads, and sums of a fixed shape. */
#define _GNU_SOURCE /* usleep, setrlimit */
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#define HAS_FEATURE(f) __has_feature(f)
#else
#define HAS_FEATURE(f) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) \
    || HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const size_t thread_counts[] = { 1, 2, 5, 16 };
enum { N_COUNTS = sizeof thread_counts / sizeof *thread_counts };

static void
use_threads(size_t n)
{
    assert_ok(mesa_parallel_set_threads(n, err));
}

static mesa_status
count_one(void *context, size_t i, struct mesa_error *err)
{
    (void)err;
    atomic_fetch_add(&((atomic_int *)context)[i], 1);
    return MESA_OK;
}

static void
test_each_index_once(void **state)
{
    static const size_t lengths[] = { 0, 1, 2, 3, 17, 1000, 5000 };
    static atomic_int count[5001];

    (void)state;
    for (int t = 0; t < N_COUNTS; t++) {
        use_threads(thread_counts[t]);
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            memset(count, 0, sizeof count);
            assert_ok(mesa_parallel_for(lengths[l], count_one, count, err));
            for (size_t i = 0; i <= 5000; i++)
                assert_int_equal(count[i], i < lengths[l]);
        }
    }
}

static mesa_status
fail_some(void *context, size_t i, struct mesa_error *err)
{
    const size_t *first = context;

    /* Later failures are quicker, and would win a race. */
    if (i == *first)
        usleep(2000);
    if (i >= *first && (i - *first) % 3 == 0)
        return mesa_fail(err, i % 2 ? MESA_EDATA : MESA_EIO, "row %zu", i);
    return MESA_OK;
}

static void
test_lowest_failure_wins(void **state)
{
    static const size_t firsts[] = { 0, 1, 7, 500, 999 };

    (void)state;
    for (int t = 0; t < N_COUNTS; t++) {
        use_threads(thread_counts[t]);
        for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++) {
            size_t first = firsts[f];
            mesa_status expected = first % 2 ? MESA_EDATA : MESA_EIO;
            char text[32];

            snprintf(text, sizeof text, "row %zu", first);
            assert_error(mesa_parallel_for(1000, fail_some, &first, err),
                         expected, text);
            assert_int_equal(mesa_parallel_for(1000, fail_some, &first, NULL),
                             expected);
        }
    }
}

/* Indices below a failure all run, whoever fails. */
static mesa_status
fail_and_count(void *context, size_t i, struct mesa_error *err)
{
    atomic_fetch_add(&((atomic_int *)context)[i], 1);
    if (i == 640)
        return mesa_fail(err, MESA_EDATA, "row %zu", i);
    return MESA_OK;
}

static void
test_everything_below_a_failure_runs(void **state)
{
    static atomic_int count[10000];

    (void)state;
    for (int t = 0; t < N_COUNTS; t++) {
        use_threads(thread_counts[t]);
        memset(count, 0, sizeof count);
        assert_error(mesa_parallel_for(10000, fail_and_count, count, err),
                     MESA_EDATA, "row 640");
        for (size_t i = 0; i < 10000; i++)
            assert_in_range(count[i], i <= 640, 1);
    }
}

static mesa_status
loop_inside(void *context, size_t i, struct mesa_error *err)
{
    return mesa_parallel_for(50, count_one, (atomic_int *)context + i * 50,
                             err);
}

static mesa_status
set_inside(void *context, size_t i, struct mesa_error *err)
{
    (void)context;
    return i == 3 ? mesa_parallel_set_threads(2, err) : MESA_OK;
}

static void
test_nesting(void **state)
{
    static atomic_int count[40 * 50];

    (void)state;
    for (int t = 0; t < N_COUNTS; t++) {
        use_threads(thread_counts[t]);
        memset(count, 0, sizeof count);
        assert_ok(mesa_parallel_for(40, loop_inside, count, err));
        for (size_t i = 0; i < 40 * 50; i++)
            assert_int_equal(count[i], 1);
    }
    assert_error(mesa_parallel_for(8, set_inside, NULL, err), MESA_ESTATE,
                 "threads set to 2 inside a parallel loop");
    assert_int_equal(mesa_parallel_threads(), 16);
}

static void
test_thread_counts(void **state)
{
    (void)state;
    use_threads(3);
    assert_int_equal(mesa_parallel_threads(), 3);
    assert_error(mesa_parallel_set_threads(1025, err), MESA_EINVAL,
                 "threads is 1025, at most 1024");
    assert_int_equal(mesa_parallel_threads(), 3);
    use_threads(0);
    assert_in_range(mesa_parallel_threads(), 1,
                    sysconf(_SC_NPROCESSORS_CONF));
}

static void
test_many_loops_in_a_row(void **state)
{
    atomic_int count[8];

    (void)state;
    for (int t = 0; t < N_COUNTS; t++) {
        use_threads(thread_counts[t]);
        memset(count, 0, sizeof count);
        for (int i = 0; i < 10000; i++)
            assert_ok(mesa_parallel_for(8, count_one, count, err));
        for (int i = 0; i < 8; i++)
            assert_int_equal(count[i], 10000);
    }
}

static void *
loops_of_another_thread(void *context)
{
    for (int i = 0; i < 200; i++)
        assert_ok(mesa_parallel_for(50, count_one, context, err));
    return NULL;
}

static void
test_loops_side_by_side(void **state)
{
    static atomic_int count[4][50];
    pthread_t thread[4];

    (void)state;
    use_threads(4);
    memset(count, 0, sizeof count);
    for (int t = 0; t < 4; t++)
        assert_int_equal(pthread_create(&thread[t], NULL,
                                        loops_of_another_thread, count[t]),
                         0);
    for (int t = 0; t < 4; t++)
        pthread_join(thread[t], NULL);
    for (int t = 0; t < 4; t++)
        for (int i = 0; i < 50; i++)
            assert_int_equal(count[t][i], 200);
}

static bool
under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded && strstr(preloaded, "vgpreload");
}

/* Runs in a child: 0 if a loop and a sum work there. */
static int
works(void)
{
    static atomic_int count[1000];
    struct mesa_error err;

    memset(count, 0, sizeof count);
    if (mesa_parallel_for(1000, count_one, count, &err) != MESA_OK)
        return 1;
    for (int i = 0; i < 1000; i++)
        if (count[i] != 1)
            return 2;
    if (mesa_parallel_set_threads(3, &err) != MESA_OK
        || mesa_parallel_for(1000, count_one, count, &err) != MESA_OK)
        return 3;
    return count[999] == 2 ? 0 : 4;
}

static void
expect_success(pid_t child)
{
    int status;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_after_fork(void **state)
{
    static atomic_int count[100];
    pid_t child;

    (void)state;
    if (SANITIZED || under_valgrind())
        return; /* they do not follow threads across a fork */
    use_threads(5);
    assert_ok(mesa_parallel_for(100, count_one, count, err));
    child = fork();
    if (child == 0)
        _exit(works());
    expect_success(child);
    assert_ok(mesa_parallel_for(100, count_one, count, err));
    assert_int_equal(count[99], 2);
}

/* No address space for stacks: the loop makes do with its caller. */
static void
test_without_threads(void **state)
{
    pid_t child;

    (void)state;
    if (SANITIZED || under_valgrind())
        return; /* they need the address space themselves */
    use_threads(1);
    child = fork();
    if (child == 0) {
        struct rlimit limit = { 1 << 20, 1 << 20 };

        if (setrlimit(RLIMIT_AS, &limit) != 0
            || mesa_parallel_set_threads(64, NULL) != MESA_OK)
            _exit(10);
        _exit(works());
    }
    expect_success(child);
}

/* The shape of mesa/parallel.h, spelt out. */
static double
lane_sum(const double *x, const double *y, size_t n)
{
    double s[8] = { 0 };

    for (size_t i = 0; i < n; i++)
        s[i % 8] += y ? x[i] * y[i] : x[i];
    for (int width = 4; width > 0; width /= 2)
        for (int l = 0; l < width; l++)
            s[l] = s[2 * l] + s[2 * l + 1];
    return s[0];
}

/* The left subtree of n > 1 chunks is the largest complete one. */
static double
tree_sum(const double *x, const double *y, size_t n)
{
    size_t left = MESA_CHUNK;

    if (n <= MESA_CHUNK)
        return lane_sum(x, y, n);
    while (left * 2 < n)
        left *= 2;
    return tree_sum(x, y, left)
         + tree_sum(x + left, y ? y + left : NULL, n - left);
}

static void
fill(double *x, size_t n, const char *name)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    rng = mesa_rng_derive(&rng, name, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = mesa_rng_normal(&rng) * (i % 100 ? 1 : 1e9);
}

static void
test_sums_have_one_shape(void **state)
{
    static const size_t lengths[] = {
        0, 1, 7, 8, 9, 4095, 4096, 4097, 8192, 12289, 65536, 65537, 200000,
        262144, 500001, 3 * 262144 + 5, 4200000
    };
    size_t most = 4200001;
    double *x = mesa_alloc_raw(most, sizeof *x),
           *y = mesa_alloc_raw(most, sizeof *y);

    (void)state;
    assert_non_null(x);
    assert_non_null(y);
    fill(x, most, "x");
    fill(y, most, "y");
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        size_t n = lengths[l];
        double sum = tree_sum(x + 1, NULL, n), dot = tree_sum(x + 1, y, n);

        for (int t = 0; t < N_COUNTS; t++) {
            use_threads(thread_counts[t]);
            assert_bits_equal(mesa_vsum(x + 1, n), sum);
            assert_bits_equal(mesa_vdot(x + 1, y, n), dot);
        }
    }
    mesa_free(x);
    mesa_free(y);
}

static mesa_status
sum_inside(void *context, size_t i, struct mesa_error *err)
{
    const double *x = context;
    double sum = mesa_vsum(x, 100000);

    (void)err;
    return sum == x[100000] ? MESA_OK : mesa_fail(err, MESA_ENUMERIC, "%zu", i);
}

static void
test_sums_inside_loops(void **state)
{
    double *x = mesa_alloc_raw(100001, sizeof *x);

    (void)state;
    assert_non_null(x);
    use_threads(4);
    fill(x, 100000, "x");
    x[100000] = mesa_vsum(x, 100000);
    assert_ok(mesa_parallel_for(30, sum_inside, x, err));
    mesa_free(x);
}

static void
test_sums_of_specials(void **state)
{
    double x[20];

    (void)state;
    for (int i = 0; i < 20; i++)
        x[i] = i;
    assert_true(mesa_vsum(x, 20) == 190.0);
    assert_true(mesa_vdot(x, x, 20) == 2470.0);
    assert_bits_equal(mesa_vsum(x, 0), 0.0);
    x[13] = INFINITY;
    assert_true(mesa_vsum(x, 20) == INFINITY);
    x[3] = -INFINITY;
    assert_true(isnan(mesa_vsum(x, 20)));
    assert_true(mesa_vdot(x, x, 20) == INFINITY);
}

/* Pairwise sums: the error grows with log n, not with n. */
static void
test_sums_are_accurate(void **state)
{
    size_t n = 3000000;
    double *x = mesa_alloc_raw(n, sizeof *x);

    (void)state;
    assert_non_null(x);
    use_threads(2);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.1;
    assert_close(mesa_vsum(x, n), 300000.0, 1e-13);
    assert_close(mesa_vdot(x, x, n), 30000.0, 1e-13);
    mesa_free(x);
}

/* The pool itself takes no memory that a test could see or make fail. */
static void
test_no_memory_needed(void **state)
{
    static atomic_int count[100];
    uint64_t calls = mesa_memory_calls();

    (void)state;
    use_threads(7);
    mesa_memory_fail_at(0);
    assert_ok(mesa_parallel_for(100, count_one, count, err));
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(mesa_memory_calls(), calls);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_index_once),
        cmocka_unit_test(test_lowest_failure_wins),
        cmocka_unit_test(test_everything_below_a_failure_runs),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_thread_counts),
        cmocka_unit_test(test_many_loops_in_a_row),
        cmocka_unit_test(test_loops_side_by_side),
        cmocka_unit_test(test_after_fork),
        cmocka_unit_test(test_without_threads),
        cmocka_unit_test(test_sums_have_one_shape),
        cmocka_unit_test(test_sums_inside_loops),
        cmocka_unit_test(test_sums_of_specials),
        cmocka_unit_test(test_sums_are_accurate),
        cmocka_unit_test(test_no_memory_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
