/* SPDX-License-Identifier: MIT */
/*
 * test_paced_limits.c - self_paced and cascade with several classes, with
 * probabilities of 0 and 1, in first, last and only rounds, for targets of
 * nothing, and without memory.
 */
#include "maker.h"

#include <math.h>

const struct mesa_plugin *cascade_plugin(void);
const struct mesa_plugin *self_paced_plugin(void);

enum { ROWS = 210, CLASSES = 5 };

static const struct mesa_builtin plugins[] = {
    { "samplers", "cascade", cascade_plugin },
    { "samplers", "self_paced", self_paced_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static double  x[ROWS], proba[CLASSES * ROWS];
static int32_t y[ROWS];

/* Class 1 has 120 rows, class 2 has 60, class 4 has 30; 0 and 3 have none.
 * The probability of the row's own class is ease(i), i its place there. */
static struct mesa_dataset
rows(double (*ease)(size_t i))
{
    size_t seen[CLASSES] = { 0 };

    memset(proba, 0, sizeof proba);
    for (size_t r = 0; r < ROWS; r++) {
        int32_t c = (const int32_t[]){ 1, 2, 1, 4, 1, 2, 1 }[r % 7];
        double p = ease(seen[c]++);

        x[r] = (double)r;
        y[r] = c;
        proba[r * CLASSES + (size_t)c] = p;
        proba[r * CLASSES + (c == 4 ? 1 : 4)] = 1 - p;
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, ROWS, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = CLASSES };
}

/* Rows of every ease, none of them twice in a class. */
static double
spread(size_t i)
{
    return (double)(i * 37 % 121) / 121;
}

static double
right_or_wrong(size_t i)
{
    return i % 3 == 0;
}

static double
nearly_equal(size_t i)
{
    return 0.5 + (i % 2 ? 1e-16 : 0);
}

static double
equal(size_t i)
{
    (void)i;
    return 0.25;
}

static struct mesa_feedback
told(size_t round, size_t n_rounds)
{
    return (struct mesa_feedback){ .struct_size = sizeof(struct mesa_feedback),
                                   .n_classes = CLASSES,
                                   .round = round,
                                   .n_rounds = n_rounds,
                                   .proba = round ? proba : NULL };
}

/* The rows that are kept, and how many of each class. */
struct kept {
    bool   row[ROWS];
    size_t n[CLASSES];
};

static mesa_status
resample(struct maker *m, const struct mesa_dataset *d,
         const struct mesa_feedback *f, uint64_t seed, struct kept *kept,
         struct mesa_error *err)
{
    struct mesa_sample *s = mesa_sample_new(d);
    struct mesa_rng rng;
    mesa_status st;

    memset(kept, 0, sizeof *kept);
    if (!s)
        return mesa_nomem(err, 1, "sample");
    mesa_rng_seed(&rng, seed);
    st = mesa_sampler_resample(m->made, d, f, s, &rng, err);
    for (size_t i = 0; i < mesa_sample_rows(s) && st == MESA_OK; i++) {
        size_t r = mesa_sample_origin(s, i).kept;

        assert_false(kept->row[r]);
        kept->row[r] = true;
        kept->n[y[r]]++;
    }
    mesa_sample_free(s);
    return st;
}

static const char *const settings[][2] = {
    { "self_paced", "" },
    { "self_paced", "k_bins=1" },
    { "self_paced", "k_bins=5000" },
    { "self_paced", "hardness=squared_error k_bins=7" },
    { "self_paced", "hardness=cross_entropy" },
    { "self_paced", "hardness=absolute_error k_bins=auto" },
    { "cascade", "" },
    { "cascade", "variant=mesa" },
};

enum { N_SETTINGS = sizeof settings / sizeof *settings };

/* Each class but the smallest has as many rows as that in every round; the
 * smallest all of its own. */
static void
test_counts(void **state)
{
    static double (*const eases[])(size_t) = { spread, right_or_wrong,
                                               nearly_equal, equal };
    static const size_t rounds[] = { 1, 2, 3, 10 };

    (void)state;
    for (size_t e = 0; e < 4; e++)
        for (size_t i = 0; i < N_SETTINGS * 4; i++) {
            const struct mesa_dataset d = rows(eases[e]);
            const size_t n = rounds[i % 4];
            struct maker m = empty;
            struct kept kept;

            assert_ok(maker_make(&m, MESA_KIND_SAMPLER, settings[i / 4][0],
                                 settings[i / 4][1], err));
            assert_ok(mesa_sampler_begin(m.made, &d, err));
            /* One round too many is like the last. */
            for (size_t r = 0; r <= n; r++) {
                const struct mesa_feedback f = told(r, n);

                assert_ok(resample(&m, &d, &f, r, &kept, err));
                if (kept.n[1] != 30 || kept.n[2] != 30 || kept.n[4] != 30)
                    fail_msg("%s %s, round %zu of %zu: %zu %zu %zu",
                             settings[i / 4][0], settings[i / 4][1], r, n,
                             kept.n[1], kept.n[2], kept.n[4]);
            }
            maker_free(&m);
        }
}

/* MESA's rounding: a row more than the share of each bin that has one. */
static void
test_mesa_counts(void **state)
{
    const struct mesa_dataset d = rows(spread);
    struct maker m = empty;
    struct kept kept;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "self_paced",
                         "variant=mesa k_bins=6", err));
    for (size_t round = 1; round < 9; round++) {
        const struct mesa_feedback f = told(round, 9);

        assert_ok(resample(&m, &d, &f, 1, &kept, err));
        assert_in_range(kept.n[1], 6, 36);
        assert_in_range(kept.n[2], 6, 36);
        assert_int_equal(kept.n[4], 30);
    }
    maker_free(&m);
}

/* Nothing, one row, all rows of a class; others as they are. */
static void
test_targets(void **state)
{
    static const struct {
        const char *strategy;
        size_t      n[CLASSES];
    } cases[] = {
        { "1:0", { 0, 0, 60, 0, 30 } },
        { "1:0,2:0", { 0, 0, 0, 0, 30 } },
        { "1:1,4:1", { 0, 1, 60, 0, 1 } },
        { "1:120,2:60,4:30", { 0, 120, 60, 0, 30 } },
        { "1:119,2:59,4:29", { 0, 119, 59, 0, 29 } },
        { "majority", { 0, 30, 60, 0, 30 } },
        { "all", { 0, 30, 30, 0, 30 } },
    };
    const struct mesa_dataset d = rows(spread);

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t i = 0; i < N_SETTINGS; i++) {
            struct maker m = empty;
            struct kept kept;
            char words[100];

            snprintf(words, sizeof words, "sampling_strategy=%s%s%s",
                     cases[c].strategy, *settings[i][1] ? " " : "",
                     settings[i][1]);
            assert_ok(maker_make(&m, MESA_KIND_SAMPLER, settings[i][0],
                                 words, err));
            for (size_t round = 0; round < 3; round++) {
                const struct mesa_feedback f = told(round, 3);

                assert_ok(resample(&m, &d, &f, 3, &kept, err));
                for (size_t k = 0; k < CLASSES; k++)
                    if (kept.n[k] != cases[c].n[k])
                        fail_msg("%s %s %s, round %zu: %zu rows of class %zu",
                                 settings[i][0], settings[i][1],
                                 cases[c].strategy, round, kept.n[k], k);
            }
            maker_free(&m);
        }
}

/* What cascade drops in one round is easier than what stays, in each class by
 * itself, and does not come back until an ensemble starts. */
static void
test_cascade_drops(void **state)
{
    const struct mesa_dataset d = rows(spread);
    const struct mesa_feedback f = told(2, 4);
    struct maker m = empty;
    bool seen[ROWS] = { false }, after[ROWS] = { false };
    struct kept kept;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "cascade", "", err));
    assert_ok(mesa_sampler_begin(m.made, &d, err));
    for (uint64_t seed = 0; seed < 300; seed++) {
        assert_ok(resample(&m, &d, &f, seed, &kept, err));
        for (size_t r = 0; r < ROWS; r++)
            seen[r] |= kept.row[r];
    }
    /* In round 2 of 4, N (P / N)^(2/3): of 120 rows 47.6, of 60 37.8. */
    for (size_t r = 0; r < ROWS; r++) {
        size_t harder = 0, stay = y[r] == 1 ? 48 : y[r] == 2 ? 38 : 30;

        for (size_t q = 0; q < ROWS; q++)
            harder += y[q] == y[r] && proba[q * CLASSES + (size_t)y[q]] <
                                          proba[r * CLASSES + (size_t)y[r]];
        if (seen[r] != (harder < stay))
            fail_msg("row %zu of class %d, %zu harder", r, (int)y[r], harder);
    }
    for (size_t again = 0; again < 2; again++) {
        /* A round without an ensemble starts anew, as begin does. */
        if (again)
            assert_ok(resample(&m, &d, NULL, 0, &kept, err));
        else
            assert_ok(mesa_sampler_begin(m.made, &d, err));
        memset(after, 0, sizeof after);
        for (uint64_t seed = 0; seed < 100; seed++) {
            const struct mesa_feedback first = told(0, 4);

            assert_ok(resample(&m, &d, &first, seed, &kept, err));
            for (size_t r = 0; r < ROWS; r++)
                after[r] |= kept.row[r];
        }
        for (size_t r = 0; r < ROWS; r++)
            assert_true(after[r]);
    }
    maker_free(&m);
}

/* Data of another size are other data. */
static void
test_cascade_of_other_data(void **state)
{
    const struct mesa_dataset d = rows(spread);
    const struct mesa_feedback last = told(3, 4);
    struct mesa_dataset fewer = d;
    struct maker m = empty, fresh = empty;
    struct kept kept, expected;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "cascade", "", err));
    assert_ok(maker_make(&fresh, MESA_KIND_SAMPLER, "cascade", "", err));
    assert_ok(resample(&m, &d, &last, 1, &kept, err));
    fewer.x.rows = 70;
    assert_ok(resample(&m, &fewer, &last, 1, &kept, err));
    assert_ok(resample(&fresh, &fewer, &last, 1, &expected, err));
    assert_memory_equal(&kept, &expected, sizeof kept);
    maker_free(&m);
    maker_free(&fresh);
}

/* Within a bin all rows are drawn alike: here by right and wrong. */
static void
test_alike_in_bins(void **state)
{
    const struct mesa_dataset d = rows(right_or_wrong);
    const struct mesa_feedback f = told(5, 10);
    size_t often[ROWS] = { 0 }, sum[2] = { 0 };
    struct maker m = empty;
    struct kept kept;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "self_paced",
                         "sampling_strategy=1:30", err));
    for (uint64_t seed = 0; seed < 1000; seed++) {
        assert_ok(resample(&m, &d, &f, seed, &kept, err));
        for (size_t r = 0; r < ROWS; r++)
            often[r] += kept.row[r];
    }
    /* alpha = 1: bins of hardness 0 and 1 share 20 to 10, of 40 and 80
     * rows: 500 and 125 of 1000 times, +- 16 and 11. */
    for (size_t r = 0; r < ROWS; r++) {
        bool right = proba[r * CLASSES + 1] > 0.5;

        if (y[r] != 1)
            continue;
        assert_in_range(often[r], right ? 420 : 70, right ? 580 : 180);
        sum[right] += often[r];
    }
    assert_int_equal(sum[1], 20000);
    assert_int_equal(sum[0], 10000);
    maker_free(&m);
}

static void
test_memory_running_out(void **state)
{
    const struct mesa_dataset d = rows(spread);
    const struct mesa_feedback f = told(2, 4);

    (void)state;
    for (size_t i = 0; i < N_SETTINGS; i++) {
        struct maker m = empty;
        struct kept kept, expected;
        uint64_t k = 0, live;
        mesa_status st;

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, settings[i][0],
                             settings[i][1], err));
        live = mesa_memory_live();
        assert_ok(resample(&m, &d, &f, 5, &expected, err));
        do {
            struct mesa_error e = { MESA_OK, 0, "", "" };

            assert_ok(mesa_sampler_begin(m.made, &d, err));
            assert_int_equal(mesa_memory_live(), live);
            mesa_memory_fail_at(k++);
            st = resample(&m, &d, &f, 5, &kept, &e);
            mesa_memory_fail_at(UINT64_MAX);
            if (st != MESA_OK && (st != MESA_ENOMEM ||
                                  !strstr(e.message, "out of memory: ")))
                fail_msg("%s %s, allocation %d: %s", settings[i][0],
                         settings[i][1], (int)k, e.message);
        } while (st != MESA_OK);
        assert_memory_equal(&kept, &expected, sizeof kept);
        assert_true(k > 6);
        maker_free(&m);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_mesa_counts),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_cascade_drops),
        cmocka_unit_test(test_cascade_of_other_data),
        cmocka_unit_test(test_alike_in_bins),
        cmocka_unit_test(test_memory_running_out),
    };

    return cmocka_run_group_tests_name("paced_limits", tests, NULL, NULL);
}
