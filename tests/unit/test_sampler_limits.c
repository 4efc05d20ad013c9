/* SPDX-License-Identifier: MIT */
/*
 * test_sampler_limits.c - every sampler at the edge of what there can be: two
 * rows a class, constant columns, nothing but duplicates, values whose
 * squares are infinite, classes without rows, odd weights, any number of
 * threads, and memory running out.
 */
#include "maker.h"

#include <math.h>

#include "warn.h"

const struct mesa_plugin *adasyn_plugin(void);
const struct mesa_plugin *all_knn_plugin(void);
const struct mesa_plugin *borderline_smote_plugin(void);
const struct mesa_plugin *cascade_plugin(void);
const struct mesa_plugin *cnn_plugin(void);
const struct mesa_plugin *enn_plugin(void);
const struct mesa_plugin *g_smote_plugin(void);
const struct mesa_plugin *ncr_plugin(void);
const struct mesa_plugin *near_miss_plugin(void);
const struct mesa_plugin *oss_plugin(void);
const struct mesa_plugin *ramo_plugin(void);
const struct mesa_plugin *random_over_plugin(void);
const struct mesa_plugin *renn_plugin(void);
const struct mesa_plugin *self_paced_plugin(void);
const struct mesa_plugin *smote_enn_plugin(void);
const struct mesa_plugin *smote_plugin(void);
const struct mesa_plugin *smote_tomek_plugin(void);
const struct mesa_plugin *tomek_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "samplers", "adasyn", adasyn_plugin },
    { "samplers", "all_knn", all_knn_plugin },
    { "samplers", "borderline_smote", borderline_smote_plugin },
    { "samplers", "cascade", cascade_plugin },
    { "samplers", "cnn", cnn_plugin },
    { "samplers", "enn", enn_plugin },
    { "samplers", "g_smote", g_smote_plugin },
    { "samplers", "ncr", ncr_plugin },
    { "samplers", "near_miss", near_miss_plugin },
    { "samplers", "oss", oss_plugin },
    { "samplers", "ramo", ramo_plugin },
    { "samplers", "random_over", random_over_plugin },
    { "samplers", "renn", renn_plugin },
    { "samplers", "self_paced", self_paced_plugin },
    { "samplers", "smote", smote_plugin },
    { "samplers", "smote_enn", smote_enn_plugin },
    { "samplers", "smote_tomek", smote_tomek_plugin },
    { "samplers", "tomek", tomek_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* Settings under which each sampler takes the smallest data; makes: may
 * there be made rows? */
static const struct how {
    const char *name, *words;
    bool        makes;
} all[] = {
    { "smote", "k_neighbors=auto", true },
    { "smote", "k_neighbors=1 sampling_strategy=all", true },
    { "borderline_smote", "k_neighbors=auto m_neighbors=auto", true },
    { "borderline_smote",
      "kind=borderline-2 k_neighbors=auto m_neighbors=auto", true },
    { "adasyn", "n_neighbors=auto", true },
    { "ramo", "k_neighbors_1=auto k_neighbors_2=auto", true },
    { "ramo", "k_neighbors_1=1 k_neighbors_2=1 alpha=0", true },
    { "g_smote", "k_neighbors=auto", true },
    { "g_smote", "k_neighbors=auto selection_strategy=minority "
                 "truncation_factor=-1 deformation_factor=1", true },
    { "g_smote", "k_neighbors=auto selection_strategy=majority", true },
    { "random_over", "", false },
    { "random_over", "shrinkage=1", true },
    { "smote_enn", "smote=smote(k_neighbors=auto) "
                   "enn=enn(n_neighbors=auto,sampling_strategy=all)", true },
    { "smote_tomek", "smote=smote(k_neighbors=auto)", true },
    { "tomek", "", false },
    { "tomek", "sampling_strategy=all", false },
    { "enn", "n_neighbors=auto", false },
    { "enn", "n_neighbors=auto kind_sel=mode sampling_strategy=all", false },
    { "renn", "n_neighbors=auto", false },
    { "renn", "n_neighbors=1 sampling_strategy=all max_iter=3", false },
    { "all_knn", "n_neighbors=auto allow_minority=true", false },
    { "ncr", "n_neighbors=auto", false },
    { "ncr", "n_neighbors=auto kind_sel=mode threshold_cleaning=0", false },
    { "ncr", "n_neighbors=auto kind_sel=all threshold_cleaning=1e300",
      false },
    { "cnn", "", false },
    { "cnn", "skip=none n_neighbors=2", false },
    { "oss", "", false },
    { "oss", "n_neighbors=2 n_seeds_s=2", false },
    { "near_miss", "n_neighbors=auto", false },
    { "near_miss", "n_neighbors=auto version=2", false },
    { "near_miss", "n_neighbors=auto version=3 n_neighbors_ver3=auto",
      false },
    { "self_paced", "", false },
    { "self_paced", "variant=mesa k_bins=1", false },
    { "cascade", "", false },
    { "cascade", "variant=mesa", false },
};

enum { N_ALL = sizeof all / sizeof *all, MOST = 400 };

static double x[3 * MOST], weight[MOST];
static int32_t y[MOST];

/* Rows whose class is a digit of the text; values by the caller. */
static struct mesa_dataset
rows(const char *digits, size_t cols, uint32_t n_classes)
{
    size_t n = strlen(digits);

    assert_in_range(n, 1, MOST);
    memset(x, 0, sizeof x);
    for (size_t r = 0; r < n; r++)
        y[r] = digits[r] - '0';
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, n, cols, cols, NULL },
                                  .y = y,
                                  .n_classes = n_classes };
}

/* Three columns, three classes that overlap, in no order. */
static struct mesa_dataset
clouds(size_t n)
{
    struct mesa_rng rng;
    char digits[MOST + 1];
    struct mesa_dataset d;

    mesa_rng_seed(&rng, 11);
    for (size_t r = 0; r < n; r++)
        digits[r] = "0000120001"[mesa_rng_below(&rng, 10)];
    digits[n] = '\0';
    d = rows(digits, 3, 3);
    for (size_t i = 0; i < 3 * n; i++)
        x[i] = mesa_rng_normal(&rng) + (y[i / 3] == (int32_t)(i % 3));
    return d;
}

static mesa_status
resample(struct maker *m, const struct mesa_dataset *d,
         struct mesa_sample **sample, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 9);
    *sample = mesa_sample_new(d);
    if (!*sample)
        return mesa_nomem(err, 1, "sample");
    return mesa_sampler_resample(m->made, d, NULL, *sample, &rng, err);
}

/* What comes out is finite, has classes that were there, made rows only where
 * there can be some, and no class has lost all rows but by cleaning. */
static void
check_result(const struct how *how, const struct mesa_dataset *in,
             struct mesa_sample *s)
{
    const struct mesa_dataset *d;
    size_t before[10] = { 0 };

    for (size_t r = 0; r < in->x.rows; r++)
        before[in->y[r]]++;
    assert_ok(mesa_sample_dataset(s, &d, err));
    assert_true(d->x.rows > 0);
    for (size_t i = 0; i < d->x.rows; i++) {
        const struct mesa_origin o = mesa_sample_origin(s, i);

        assert_true(before[d->y[i]] > 0);
        if (o.kept == SIZE_MAX) {
            assert_true(how->makes);
            assert_true(o.parent_a < in->x.rows && o.parent_b < in->x.rows);
            assert_int_equal(in->y[o.parent_a], d->y[i]);
        } else {
            assert_int_equal(in->y[o.kept], d->y[i]);
        }
        for (size_t j = 0; j < d->x.cols; j++)
            if (!isfinite(mesa_row(&d->x, i)[j]))
                fail_msg("%s %s: row %zu, column %zu is %g", how->name,
                         how->words, i, j, mesa_row(&d->x, i)[j]);
    }
}

static void
be_silent(void *context, const char *line)
{
    (void)context;
    (void)line;
}

/* Each sampler does it, or says with one of these endings why it cannot. */
static void
check_all(const struct mesa_dataset *d, const char *const *excuses)
{
    mesa_warn_to(be_silent, NULL);
    for (size_t i = 0; i < N_ALL; i++) {
        struct maker m = empty;
        struct mesa_sample *s;
        struct mesa_error e;
        bool excused = false;
        mesa_status st;

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, all[i].name,
                             all[i].words, err));
        st = resample(&m, d, &s, &e);
        for (size_t k = 0; excuses[k] && st != MESA_OK; k++)
            excused |= strstr(e.message, excuses[k]) != NULL;
        if (st == MESA_OK)
            check_result(&all[i], d, s);
        else if (!excused)
            fail_msg("%s %s: %s", all[i].name, all[i].words, e.message);
        mesa_sample_free(s);
        maker_free(&m);
    }
    mesa_warn_to(NULL, NULL);
}

static const char *const few[] = {
    "has 1 row, which leaves no neighbour", "kept no row",
    "has a neighbour of another class", "are less than half a row",
    "n_seeds_s is 2 but class", NULL
};

static void
test_few_rows(void **state)
{
    static const char *const digits[] = { "01", "10", "001", "0110", "0011",
                                          "00011", "012", "010212",
                                          "2200110022" };

    (void)state;
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
        struct mesa_dataset d = rows(digits[i], 1, 3);

        for (size_t r = 0; r < d.x.rows; r++)
            x[r] = (double)(r * 5 % 7);
        check_all(&d, few);
    }
}

/* One value in all columns of all rows; and rows of which each exists thrice,
 * once with another class. */
static void
test_duplicates(void **state)
{
    struct mesa_dataset d = rows("000010000100010000010002200", 2, 3);

    (void)state;
    for (size_t i = 0; i < 2 * d.x.rows; i++)
        x[i] = -3.25;
    check_all(&d, few);
    for (size_t i = 0; i < 2 * d.x.rows; i++)
        x[i] = (double)(i / 6);
    check_all(&d, few);
    /* A column that says nothing, beside one that does. */
    for (size_t i = 0; i < 2 * d.x.rows; i++)
        x[i] = i % 2 ? 1e10 : (double)(i * 7 % 27);
    check_all(&d, few);
}

/* Squares and sums overflow, or all squares are 0. */
static void
test_extreme_values(void **state)
{
    static const double scales[] = { 1e300, -3e307, 1e160, 1e-160, 1e-300,
                                     5e-324 };
    static const char *const excuses[] = {
        "kept no row", "has a neighbour of another class",
        "are less than half a row", "is no number", NULL
    };

    (void)state;
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        struct mesa_dataset d = clouds(60);

        for (size_t j = 0; j < 3 * d.x.rows; j++)
            x[j] = rint(x[j] * 2 < -5 ? -5 : x[j] * 2 > 5 ? 5 : x[j] * 2) *
                   scales[i] / 2;
        check_all(&d, excuses);
    }
}

/* Classes 0, 2, 3 and 5 of 7 are declared and have no rows. */
static void
test_absent_classes(void **state)
{
    struct mesa_dataset d = rows("1111114411611146111411614111111", 1, 7);

    (void)state;
    for (size_t r = 0; r < d.x.rows; r++)
        x[r] = (double)(r * 11 % 31);
    check_all(&d, few);
}

/* All rows alike weighted 0 or hugely: weights travel, they decide nothing but
 * for ramo. */
static void
test_weights(void **state)
{
    static const double weights[] = { 0, 1e308, 1e-308 };
    static const char *const excuses[] = { "add up to", NULL };
    struct mesa_dataset d = clouds(80), plain = d;

    (void)state;
    for (size_t w = 0; w < 3; w++) {
        for (size_t r = 0; r < d.x.rows; r++)
            weight[r] = r % 3 ? weights[w] : 1;
        d.weight = weight;
        check_all(&d, excuses);
    }
    for (size_t i = 0; i < N_ALL; i++) {
        struct maker m = empty;
        struct mesa_sample *a, *b;

        if (strcmp(all[i].name, "ramo") == 0)
            continue;
        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, all[i].name,
                             all[i].words, err));
        assert_ok(resample(&m, &d, &a, err));
        assert_ok(resample(&m, &plain, &b, err));
        assert_int_equal(mesa_sample_rows(a), mesa_sample_rows(b));
        for (size_t r = 0; r < mesa_sample_rows(a); r++) {
            double p[3], q[3];

            mesa_sample_row(a, r, p);
            mesa_sample_row(b, r, q);
            assert_memory_equal(p, q, sizeof p);
        }
        mesa_sample_free(a);
        mesa_sample_free(b);
        maker_free(&m);
    }
}

/* The same rows on 1 and on 5 threads, from a new instance and a used one,
 * and from rows that lie elsewhere. */
static void
test_threads(void **state)
{
    struct mesa_dataset d = clouds(MOST), part;
    static double moved[3 * MOST];
    size_t index[MOST];

    (void)state;
    part = d;
    for (size_t r = 0; r < MOST; r++) {
        index[r] = MOST - 1 - r;
        memcpy(moved + 3 * index[r], x + 3 * r, 3 * sizeof *x);
    }
    part.x.data = moved;
    part.x.index = index;
    mesa_warn_to(be_silent, NULL);
    for (size_t i = 0; i < N_ALL; i++) {
        struct maker m = empty;
        struct mesa_sample *s[3];

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, all[i].name,
                             all[i].words, err));
        assert_ok(mesa_parallel_set_threads(1, err));
        assert_ok(resample(&m, &d, &s[0], err));
        assert_ok(mesa_parallel_set_threads(5, err));
        assert_ok(resample(&m, &d, &s[1], err));
        assert_ok(resample(&m, &part, &s[2], err));
        for (size_t k = 1; k < 3; k++) {
            assert_int_equal(mesa_sample_rows(s[0]), mesa_sample_rows(s[k]));
            for (size_t r = 0; r < mesa_sample_rows(s[0]); r++) {
                double a[3], b[3];

                mesa_sample_row(s[0], r, a);
                mesa_sample_row(s[k], r, b);
                if (memcmp(a, b, sizeof a) != 0)
                    fail_msg("%s %s: row %zu differs, case %zu", all[i].name,
                             all[i].words, r, k);
            }
        }
        for (size_t k = 0; k < 3; k++)
            mesa_sample_free(s[k]);
        maker_free(&m);
    }
    mesa_warn_to(NULL, NULL);
    assert_ok(mesa_parallel_set_threads(1, err));
}

/* Wherever it runs out, the sampler says so, frees what it had, and does what
 * it always does when there is memory again. */
static void
test_memory_running_out(void **state)
{
    struct mesa_dataset d = clouds(60);

    (void)state;
    mesa_warn_to(be_silent, NULL);
    for (size_t i = 0; i < N_ALL; i++) {
        struct maker m = empty;
        struct mesa_sample *s;
        uint64_t live, k = 0;
        size_t expected;
        mesa_status st;

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, all[i].name,
                             all[i].words, err));
        assert_ok(resample(&m, &d, &s, err));
        expected = mesa_sample_rows(s);
        mesa_sample_free(s);
        live = mesa_memory_live();
        do {
            struct mesa_error e = { MESA_OK, 0, "", "" };

            mesa_memory_fail_at(k++);
            st = resample(&m, &d, &s, &e);
            mesa_memory_fail_at(UINT64_MAX);
            if (st != MESA_OK && (st != MESA_ENOMEM ||
                                  !strstr(e.message, "out of memory: ")))
                fail_msg("%s %s: allocation %d: %s: %s", all[i].name,
                         all[i].words, (int)k, mesa_status_name(st),
                         e.message);
            if (st == MESA_OK)
                assert_int_equal(mesa_sample_rows(s), expected);
            mesa_sample_free(s);
            assert_int_equal(mesa_memory_live(), live);
        } while (st != MESA_OK);
        assert_true(k > 3);
        maker_free(&m);
    }
    mesa_warn_to(NULL, NULL);
}

/* More rows than any memory has are refused at once. */
static void
test_far_too_many(void **state)
{
    static const struct how over[] = {
        { "smote", "k_neighbors=auto", false },
        { "borderline_smote", "k_neighbors=auto m_neighbors=auto", false },
        { "adasyn", "n_neighbors=auto", false },
        { "ramo", "", false },
        { "g_smote", "k_neighbors=auto", false },
        { "random_over", "", false },
        { "random_over", "shrinkage=2", false },
    };
    static const char *const counts[] = {
        "1:9000000000000000", "1:+9223372036854775807",
        "0:+9223372036854775807,1:+9223372036854775807,2:100",
        "0:+9223372036854775807,2:+9223372036854775807",
    };
    struct mesa_dataset d = clouds(60);

    (void)state;
    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            struct maker m = empty;
            struct mesa_sample *s;
            char text[200], message[100];

            snprintf(text, sizeof text, "sampling_strategy=%s%s%s", counts[k],
                     *over[i].words ? " " : "", over[i].words);
            snprintf(message, sizeof message,
                     "[sampler] %s: out of memory: 60 sampled rows",
                     over[i].name);
            assert_ok(maker_make(&m, MESA_KIND_SAMPLER, over[i].name, text,
                                 err));
            assert_error(resample(&m, &d, &s, err), MESA_ENOMEM, message);
            mesa_sample_free(s);
            maker_free(&m);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_extreme_values),
        cmocka_unit_test(test_absent_classes),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory_running_out),
        cmocka_unit_test(test_far_too_many),
    };

    return cmocka_run_group_tests_name("sampler_limits", tests, NULL, NULL);
}
