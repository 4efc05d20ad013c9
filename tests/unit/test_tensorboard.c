/* SPDX-License-Identifier: MIT */
/* test_tensorboard.c - event files: checksums, records, histograms, cuts. */
#include "test.h"

#include "files.h"
#include "run_state.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_PROTOBUF_C
#include "tensorboard.pb-c.h"
#endif

/* RFC 3720, B.4; and that of "123456789", which all such sums are known by. */
static void
test_checksum(void **state)
{
    unsigned char bytes[32];

    (void)state;
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(mesa_crc32c(bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(mesa_crc32c(bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(mesa_crc32c(bytes, 32), 0x46dd794e);
    assert_int_equal(mesa_crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(mesa_crc32c("", 0), 0);
    /* What files begin with: the length of their version, and its sum. */
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 24;
    assert_int_equal(mesa_crc32c_masked(bytes, 8), 0x224b7fa3);
}

static void
test_histogram(void **state)
{
    static const double value[] = { 3, 0, NAN, 1.5, 3, INFINITY, 0.05, -0.0 };
    static const double far[] = { -DBL_MAX, 0, DBL_MAX };
    static const double near[] = { 0, 4.9e-324, 0 };
    struct mesa_histogram h;

    (void)state;
    mesa_histogram_of(value, MESA_COUNT(value), &h);
    assert_int_equal(h.n, 6);
    assert_int_equal(h.left_out, 2);
    assert_true(h.min == 0 && h.max == 3);
    assert_close(h.sum, 7.55, 1e-15);
    assert_close(h.sum_squares, 9 + 9 + 2.25 + 0.0025, 1e-15);
    assert_int_equal(h.n_buckets, MESA_BUCKETS);
    assert_true(h.count[0] == 3);  /* 0, -0, 0.05 */
    assert_true(h.count[15] == 1); /* its lower end is 1.5 */
    assert_true(h.count[29] == 2);
    assert_close(h.limit[14], 1.5, 1e-15);
    assert_true(h.limit[29] == 3);
    mesa_histogram_of(far, 3, &h);
    assert_true(h.count[0] == 1 && h.count[15] == 1 && h.count[29] == 1);
    for (size_t i = 0; i < h.n_buckets; i++)
        assert_true(isfinite(h.limit[i]) &&
                    (i == 0 || h.limit[i] > h.limit[i - 1]));
    mesa_histogram_of(near, 3, &h);
    assert_true(h.n_buckets == 1 && h.count[0] == 3 && h.limit[0] == h.max);
    mesa_histogram_of(value + 2, 1, &h);
    assert_true(h.n == 0 && h.n_buckets == 0 && h.left_out == 1);
}

/* About a hundred of however many steps, the first among them, and the last
 * where it is known; fewer and fewer where it is not. */
static void
test_shown(void **state)
{
    static const uint64_t total[] = { 1, 7, 100, 101, 199, 4711, 70001 };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(total); i++) {
        size_t n = 0;

        for (uint64_t s = 0; s < total[i]; s++)
            n += mesa_run_shows_histograms(s, total[i]);
        assert_true(n >= MESA_MIN(total[i], 50) && n <= 101);
        assert_true(mesa_run_shows_histograms(0, total[i]));
        assert_true(mesa_run_shows_histograms(total[i] - 1, total[i]));
    }
    for (uint64_t s = 0; s < 16; s++)
        assert_true(mesa_run_shows_histograms(s, 0));
    for (uint64_t from = 16; from < 100000; from *= 2) {
        size_t n = 0;

        for (uint64_t s = from; s < 2 * from; s++)
            n += mesa_run_shows_histograms(s, 0);
        assert_int_equal(n, 8);
    }
}

#ifdef HAVE_PROTOBUF_C

static char folder[] = "/tmp/mesa-events.XXXXXX";

static int
make_folder(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
    (void)state;
    mesa_events_remove(folder, NULL);
    return rmdir(folder);
}

static uint64_t
low_first(const char *from, size_t n)
{
    uint64_t out = 0;

    for (size_t i = n; i-- > 0;)
        out = out << 8 | (unsigned char)from[i];
    return out;
}

/* All records of a file, in order; how many there are. */
static size_t
read_events(const char *name, Mesa__Event **event, size_t capacity)
{
    char path[200], *at;
    size_t n, used = 0, n_events = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_ok(mesa_file_get(path, 1 << 20, &at, &n, err));
    while (used < n) {
        const uint64_t length = low_first(at + used, 8);
        const char *message = at + used + 12;

        assert_true(used + 16 <= n && length <= n - used - 16);
        assert_int_equal(mesa_crc32c_masked(at + used, 8),
                         low_first(at + used + 8, 4));
        assert_int_equal(mesa_crc32c_masked(message, length),
                         low_first(message + length, 4));
        assert_true(n_events < capacity);
        event[n_events] = mesa__event__unpack(NULL, length,
                                              (const uint8_t *)message);
        assert_non_null(event[n_events++]);
        used += length + 16;
    }
    mesa_free(at);
    return n_events;
}

static void
free_events(Mesa__Event **event, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mesa__event__free_unpacked(event[i], NULL);
}

static void
expect_scalar(const Mesa__Event *event, size_t i, const char *tag,
              double value)
{
    const Mesa__SummaryValue *v;

    assert_int_equal(event->what_case, MESA__EVENT__WHAT_SUMMARY);
    assert_true(i < event->summary->n_value);
    v = event->summary->value[i];
    assert_string_equal(v->tag, tag);
    assert_int_equal(v->value_case, MESA__SUMMARY_VALUE__VALUE_SIMPLE_VALUE);
    assert_true(v->simple_value == (float)value ||
                (isnan(value) && isnan(v->simple_value)));
}

static void
put(struct mesa_events *e, uint64_t step)
{
    assert_ok(mesa_events_put(e, step, err));
}

/* Three steps, one of which has not been: what is read is what was told. */
static void
test_records(void **state)
{
    const double value[] = { 0, 1, 1, NAN };
    struct mesa_events *e;
    Mesa__Event *event[9];
    const Mesa__Histogram *h;
    const char *name;
    char kept[100];
    size_t n;

    (void)state;
    assert_ok(mesa_events_new(&e, folder, &name, err));
    snprintf(kept, sizeof kept, "%s", name);
    assert_int_equal(strncmp(kept, "events.out.tfevents.", 20), 0);
    mesa_events_scalar(e, "train", "loss", 0.0);
    mesa_events_scalar(e, "", "reward", NAN);
    put(e, 0);
    mesa_events_scalar(e, "train", "loss", 8.0);
    mesa_events_histogram(e, "train", "what", value, 4);
    mesa_events_drop(e);
    put(e, 5); /* nothing */
    mesa_events_scalar(e, "", "bad \xff name", 2.0);
    mesa_events_histogram(e, "", "mu", value, 4);
    mesa_events_histogram(e, "", "never", value + 3, 1);
    mesa_events_scalar(e, "", "bad \xff name", -3.25);
    put(e, UINT64_C(1) << 40);
    mesa_events_free(e);
    n = read_events(kept, event, MESA_COUNT(event));
    assert_int_equal(n, 3);
    assert_int_equal(event[0]->what_case, MESA__EVENT__WHAT_FILE_VERSION);
    assert_string_equal(event[0]->file_version, "brain.Event:2");
    assert_true(event[0]->wall_time > 1.7e9);
    expect_scalar(event[1], 0, "train/loss", 0.0);
    expect_scalar(event[1], 1, "reward", NAN);
    assert_int_equal(event[1]->summary->n_value, 2);
    assert_true(event[2]->step == INT64_C(1) << 40);
    assert_int_equal(event[2]->summary->n_value, 5);
    expect_scalar(event[2], 0, "bad ? name", 2.0);
    expect_scalar(event[2], 1, "mu, not finite", 1.0);
    expect_scalar(event[2], 3, "never, not finite", 1.0);
    expect_scalar(event[2], 4, "bad ? name", -3.25);
    assert_int_equal(event[2]->summary->value[2]->value_case,
                     MESA__SUMMARY_VALUE__VALUE_HISTO);
    h = event[2]->summary->value[2]->histo;
    assert_true(h->min == 0 && h->max == 1 && h->num == 3 && h->sum == 2 &&
                h->sum_squares == 2);
    assert_int_equal(h->n_bucket, MESA_BUCKETS);
    assert_int_equal(h->n_bucket_limit, MESA_BUCKETS);
    assert_true(h->bucket[0] == 1 && h->bucket[29] == 2);
    free_events(event, n);
}

/* What was written behind the checkpoint is gone, half a record with it. */
static void
test_continue(void **state)
{
    struct mesa_events *e, *other;
    Mesa__Event *event[9];
    const char *name;
    char kept[100], second[100], text[300];
    uint64_t bytes;
    size_t n;

    (void)state;
    assert_ok(mesa_events_new(&e, folder, &name, err));
    snprintf(kept, sizeof kept, "%s", name);
    mesa_events_scalar(e, "", "loss", 1.0);
    put(e, 0);
    bytes = mesa_events_bytes(e);
    mesa_events_scalar(e, "", "loss", 2.0);
    put(e, 1);
    mesa_events_free(e);
    snprintf(text, sizeof text, "%s/%s", folder, kept);
    assert_int_equal(truncate(text, (off_t)bytes + 5), 0);
    assert_ok(mesa_events_continue(&e, folder, kept, bytes, err));
    mesa_events_scalar(e, "", "loss", 3.0);
    put(e, 1);
    bytes = mesa_events_bytes(e);
    /* A new one has another name, and a later one. */
    assert_ok(mesa_events_new(&other, folder, &name, err));
    snprintf(second, sizeof second, "%s", name);
    assert_true(strcmp(second, kept) > 0);
    mesa_events_free(other);
    mesa_events_free(e);
    n = read_events(kept, event, MESA_COUNT(event));
    assert_int_equal(n, 3);
    expect_scalar(event[1], 0, "loss", 1.0);
    expect_scalar(event[2], 0, "loss", 3.0);
    free_events(event, n);
    snprintf(text, sizeof text, "%s/%s is shorter than the checkpoint says",
             folder, kept);
    assert_error(mesa_events_continue(&e, folder, kept, bytes + 1, err),
                 MESA_ENOTFOUND, text);
    assert_null(e);
    mesa_events_remove(folder, second);
    snprintf(text, sizeof text, "%s/%s is gone", folder, kept);
    assert_error(mesa_events_continue(&e, folder, kept, 0, err),
                 MESA_ENOTFOUND, text);
    assert_error(mesa_events_continue(&e, folder, "metrics.csv", 0, err),
                 MESA_ENOTFOUND, "'metrics.csv' is no event file");
    assert_error(mesa_events_continue(&e, folder, "events.out.tfevents./../x",
                                      0, err),
                 MESA_ENOTFOUND,
                 "'events.out.tfevents./../x' is no event file");
    assert_ok(mesa_events_continue(&e, folder, second, 0, err));
    mesa_events_free(e);
}

/* Only event files go, and of these only those that nobody keeps. */
static void
test_remove(void **state)
{
    static const char *const name[] = { "events.out.tfevents.1",
                                        "events.out.tfevents.12",
                                        "events.out.tfevents.2", "events" };
    static const bool stays[] = { false, true, true, true };
    char path[100];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(name); i++)
        assert_ok(mesa_file_put(folder, name[i], "", err));
    mesa_events_remove(folder,
                       "events.out.tfevents.12\nevents.out.tfevents.2");
    mesa_events_remove("/nowhere", NULL);
    for (size_t i = 0; i < MESA_COUNT(name); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        assert_int_equal(access(path, F_OK) == 0, stays[i]);
    }
    unlink(path);
}

/* A full disk: the file ends with the last whole record. */
static void
test_full(void **state)
{
    struct rlimit limit, small;
    struct mesa_events *e;
    Mesa__Event *event[9];
    const char *name;
    char kept[100], text[300];
    size_t n;

    (void)state;
    assert_ok(mesa_events_new(&e, folder, &name, err));
    snprintf(kept, sizeof kept, "%s", name);
    snprintf(text, sizeof text, "cannot write %s/%s: File too large", folder,
             kept);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = mesa_events_bytes(e) + 10;
    setrlimit(RLIMIT_FSIZE, &small);
    mesa_events_scalar(e, "", "loss", 1.0);
    assert_error(mesa_events_put(e, 0, err), MESA_EIO, text);
    setrlimit(RLIMIT_FSIZE, &limit);
    mesa_events_free(e);
    n = read_events(kept, event, MESA_COUNT(event));
    assert_int_equal(n, 1);
    free_events(event, n);
    snprintf(text, sizeof text, "%s/none", folder);
    assert_int_not_equal(mesa_events_new(&e, text, &name, NULL), MESA_OK);
    assert_null(e);
}

/* Whatever is refused, nothing leaks, and put says so. */
static void
test_memory(void **state)
{
    const double value[] = { 0, 1, NAN };
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK; k++) {
        const uint64_t live = mesa_memory_live();
        struct mesa_error err;
        struct mesa_events *e;
        const char *name;

        mesa_memory_fail_at(k);
        st = mesa_events_new(&e, folder, &name, &err);
        mesa_events_scalar(e, "train", "loss", 1.0);
        mesa_events_histogram(e, "train", "error", value, 3);
        if (st == MESA_OK)
            st = mesa_events_put(e, 0, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_events_free(e);
        mesa_events_remove(folder, NULL); /* its name is free again */
        assert_int_equal(mesa_memory_live(), live);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        if (st == MESA_ENOMEM)
            assert_non_null(strstr(err.message, "event"));
    }
}

/* Plugins' histograms: at steps that are shown, not of loops within a loop. */
static void
test_metrics(void **state)
{
    struct mesa_text rows = { 0 };
    struct mesa_metrics metrics = { .rows = &rows, .step = 7 };
    const double one = 1.0;
    Mesa__Event *event[9];
    const char *name;
    char kept[100];
    size_t n;

    (void)state;
    assert_false(mesa_metrics_shows(&metrics));
    mesa_metrics_histogram(&metrics, "", "nobody looks", &one, 1);
    assert_ok(mesa_events_new(&metrics.events, folder, &name, err));
    snprintf(kept, sizeof kept, "%s", name);
    assert_false(mesa_metrics_shows(&metrics));
    mesa_metrics_histogram(&metrics, "", "not shown", &one, 1);
    metrics.shows = true;
    assert_true(mesa_metrics_shows(&metrics));
    mesa_metrics_histogram(&metrics, "test", "shown", &one, 1);
    assert_int_equal(mesa_metrics_add(&metrics, "test", "loss", 0.5),
                     MESA_OK);
    put(metrics.events, metrics.step);
    mesa_events_free(metrics.events);
    n = read_events(kept, event, MESA_COUNT(event));
    assert_int_equal(n, 2);
    assert_int_equal(event[1]->summary->n_value, 2);
    assert_string_equal(event[1]->summary->value[0]->tag, "test/shown");
    expect_scalar(event[1], 1, "test/loss", 0.5);
    assert_string_equal(rows.at, "7,test,loss,0.5\n");
    free_events(event, n);
    mesa_free(rows.at);
}

#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_shown),
#ifdef HAVE_PROTOBUF_C
#define in_folder(test) \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        in_folder(test_records),
        in_folder(test_continue),
        in_folder(test_remove),
        in_folder(test_full),
        in_folder(test_memory),
        in_folder(test_metrics),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
