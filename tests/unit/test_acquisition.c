/* SPDX-License-Identifier: MIT */
/*
 * test_acquisition.c - the k best of a pool, and what the core thinks of
 * acquisitions that keep their promises and that do not.
 */
#include "acquisition_fixture.h"

/* Utilities and choices as it is told. */
struct odd {
    int64_t how, first, second;
    double  utility;
};

enum { KEEP, FAIL };

static const struct mesa_param odd_params[] = {
    MESA_INT(struct odd, how, "how", KEEP, 0, 1, "0 or 1: fails"),
    MESA_INT(struct odd, first, "first", 2, 0, 100, "Place it likes best"),
    MESA_INT(struct odd, second, "second", 0, 0, 100, "And the next"),
    MESA_REAL(struct odd, utility, "utility", 3.0, -1e9, 1e9,
              "What the former is worth; 99: nothing that is known; -99: "
              "infinitely much"),
    MESA_PARAM_END
};

static double
utility_of(const struct odd *o)
{
    return o->utility == 99 ? -NAN : o->utility == -99 ? INFINITY : o->utility;
}

/* All rows are worth 1 but one. */
static mesa_status
odd_score(const void *self, const struct mesa_pool *pool, double *utility,
          struct mesa_rng *rng, struct mesa_error *err)
{
    const struct odd *o = self;

    (void)rng;
    if (o->how == FAIL)
        return mesa_fail(err, MESA_EDATA, "%zu rows are no fun", pool->n);
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = (int64_t)i == o->first ? utility_of(o) : 1.0;
    return MESA_OK;
}

static mesa_status
odd_select(const void *self, const struct mesa_pool *pool, size_t k,
           size_t *pick, double *utility, struct mesa_rng *rng,
           struct mesa_error *err)
{
    const struct odd *o = self;

    (void)rng;
    if (o->how == FAIL)
        return mesa_fail(err, MESA_EDATA, "%zu rows of %zu are no fun", k,
                         pool->n);
    for (size_t i = 0; i < k; i++) {
        pick[i] = (size_t)(i == 0 ? o->first : o->second);
        utility[i] = i == 0 ? utility_of(o) : 0.0;
    }
    return MESA_OK;
}

static uint32_t
odd_needs(const void *self)
{
    (void)self;
    return MESA_POOL_LABELLED;
}

static const struct mesa_acquisition_class scorer = {
    MESA_ACQUISITION(struct odd),
    .head.name = "scorer",
    .head.title = "Scores",
    .head.params = odd_params,
    .score = odd_score,
};

static const struct mesa_acquisition_class chooser = {
    MESA_ACQUISITION(struct odd),
    .head.name = "chooser",
    .head.title = "Chooses",
    .head.params = odd_params,
    .score = odd_score,
    .select = odd_select,
    .needs = odd_needs,
};

static mesa_status
nothing_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    (void)self, (void)data, (void)feedback, (void)out, (void)rng, (void)err;
    return MESA_OK;
}

static const struct mesa_sampler_class stranger = {
    MESA_SAMPLER(char),
    .head.name = "stranger",
    .head.title = "A sampler",
    .resample = nothing_resample,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&scorer.head, &chooser.head,
                                    &stranger.head));

static const struct mesa_builtin plugins[] = {
    { "acquisitions", "scorer", mesa_plugin },
    { "acquisitions", "chooser", mesa_plugin },
    { "samplers", "stranger", mesa_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* What mesa_top_k is to give, by sorting. */
static const double *sorted_by;

static int
by_utility(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    if (sorted_by[x] != sorted_by[y])
        return sorted_by[x] > sorted_by[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void
assert_top_k(const double *utility, size_t n, size_t k)
{
    size_t *expected = calloc(n + 1, sizeof *expected);
    size_t *pick = calloc(n + 1, sizeof *pick);

    assert_non_null(expected);
    assert_non_null(pick);
    for (size_t i = 0; i < n; i++)
        expected[i] = i;
    pick[k] = SIZE_MAX; /* no more than k are written */
    sorted_by = utility;
    qsort(expected, n, sizeof *expected, by_utility);
    assert_ok(mesa_top_k(utility, n, k, pick, err));
    assert_memory_equal(pick, expected, k * sizeof *pick);
    assert_true(pick[k] == SIZE_MAX);
    free(expected);
    free(pick);
}

/* Few different values, so that most decisions are ties. */
static void
test_top_k_random(void **state)
{
    double utility[200];

    (void)state;
    for (uint64_t round = 0; round < 5000; round++) {
        struct mesa_rng rng = seeded(round);
        size_t n = mesa_rng_below(&rng, 200);
        size_t values = 1 + mesa_rng_below(&rng, 1 + round % 300);

        for (size_t i = 0; i < n; i++)
            utility[i] = (double)mesa_rng_below(&rng, values) / 7;
        assert_top_k(utility, n, mesa_rng_below(&rng, n + 1));
        assert_top_k(utility, n, n);
    }
}

static void
test_top_k_edges(void **state)
{
    static double utility[1000];
    double one = 1;
    size_t pick[2] = { 7, 7 };

    (void)state;
    assert_top_k(&one, 0, 0);
    assert_top_k(&one, 1, 0);
    assert_top_k(&one, 1, 1);
    for (size_t k = 0; k <= 1000; k += 50) {
        for (size_t i = 0; i < 1000; i++)
            utility[i] = (double)i;
        assert_top_k(utility, 1000, k);
        for (size_t i = 0; i < 1000; i++)
            utility[i] = 1000 - (double)i;
        assert_top_k(utility, 1000, k);
        for (size_t i = 0; i < 1000; i++)
            utility[i] = 0.25;
        assert_top_k(utility, 1000, k);
    }
    assert_error(mesa_top_k(&one, 1, 2, pick, err), MESA_EINVAL,
                 "2 of 1 rows are wanted");
    assert_int_equal(pick[0], 7);
}

/* The pool has rows 10, 11, ... of something larger. */
static struct mesa_pool
late_rows(size_t n)
{
    struct mesa_pool pool = pool_of(NULL, n, 2);

    pool.row += 10;
    return pool;
}

static mesa_status
choose(const struct maker *m, const struct mesa_pool *pool, size_t k,
       size_t *pick, double *utility, struct mesa_error *err)
{
    struct mesa_rng rng = seeded(1);

    return mesa_acquisition_select(m->made, pool, k, pick, utility, &rng,
                                   err);
}

static void
test_select_by_score(void **state)
{
    struct mesa_pool pool = late_rows(4);
    struct maker m = empty;
    size_t pick[4] = { 9, 9, 9, 9 };
    double utility[4];

    (void)state;
    make(&m, "scorer", "");
    assert_int_equal(mesa_acquisition_needs(m.made), 0);
    assert_ok(choose(&m, &pool, 0, NULL, NULL, err));
    assert_ok(choose(&m, &pool, 3, pick, utility, err));
    assert_int_equal(pick[0], 2);
    assert_int_equal(pick[1], 0);
    assert_int_equal(pick[2], 1);
    assert_int_equal(pick[3], 9);
    assert_bits_equal(utility[0], 3.0);
    assert_bits_equal(utility[1], 1.0);
    assert_error(choose(&m, &pool, 5, pick, utility, err), MESA_EINVAL,
                 "5 of 4 rows are wanted");
    make(&m, "scorer", "utility=0");
    assert_ok(choose(&m, &pool, 4, pick, utility, err));
    assert_int_equal(pick[2], 3);
    assert_int_equal(pick[3], 2);
    assert_bits_equal(utility[3], 0.0);
    maker_free(&m);
}

static void
test_select_own(void **state)
{
    struct mesa_pool pool = late_rows(4);
    struct maker m = empty;
    size_t pick[2];
    double utility[2];

    (void)state;
    make(&m, "chooser", "");
    assert_int_equal(mesa_acquisition_needs(m.made),
                     MESA_POOL_LABELLED | MESA_POOL_WHOLE);
    assert_ok(choose(&m, &pool, 2, pick, utility, err));
    assert_int_equal(pick[0], 2);
    assert_int_equal(pick[1], 0);
    assert_bits_equal(utility[0], 3.0);
    assert_bits_equal(utility[1], 0.0);
    assert_ok(choose(&m, &pool, 0, NULL, NULL, err));
    maker_free(&m);
}

/* Scoring a pool of four rows, or choosing two of them. */
static const struct {
    const char *name, *words;
    bool        chosen;
    mesa_status status;
    const char *text;
} bad[] = {
    { "scorer", "how=1", false, MESA_EDATA,
      "[acquisition] scorer: 4 rows are no fun" },
    { "scorer", "how=1", true, MESA_EDATA,
      "[acquisition] scorer: 4 rows are no fun" },
    { "scorer", "utility=99", false, MESA_ENUMERIC,
      "[acquisition] scorer: the utility of row 12 is nan, expected a number "
      "from 0" },
    { "scorer", "utility=-99 first=3", true, MESA_ENUMERIC,
      "[acquisition] scorer: the utility of row 13 is inf, expected a number "
      "from 0" },
    { "scorer", "utility=-0.5 first=0", false, MESA_ENUMERIC,
      "[acquisition] scorer: the utility of row 10 is -0.5, expected a number "
      "from 0" },
    { "chooser", "how=1", true, MESA_EDATA,
      "[acquisition] chooser: 2 rows of 4 are no fun" },
    { "chooser", "first=4", true, MESA_EINVAL,
      "[acquisition] chooser: select chose place 4 of 4 rows" },
    { "chooser", "second=2", true, MESA_EINVAL,
      "[acquisition] chooser: select chose place 2 twice" },
    { "chooser", "utility=-1 first=3", true, MESA_ENUMERIC,
      "[acquisition] chooser: the utility of row 13 is -1, expected a number "
      "from 0" },
};

static void
test_broken_promises(void **state)
{
    struct mesa_pool pool = late_rows(4);
    double utility[4];
    size_t pick[2];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(bad); i++) {
        struct maker m = empty;

        make(&m, bad[i].name, bad[i].words);
        if (bad[i].chosen)
            assert_error(choose(&m, &pool, 2, pick, utility, err),
                         bad[i].status, bad[i].text);
        else
            assert_error(score(&m, &pool, utility, err), bad[i].status,
                         bad[i].text);
        maker_free(&m);
    }
}

/* Who takes two classes would read the probabilities of other rows. */
static void
test_three_classes(void **state)
{
    static const char refused[] =
        "[acquisition] scorer takes two classes, but there are 3";
    struct mesa_pool pool = pool_of(NULL, 4, 3);
    struct maker m = empty;
    double utility[4];
    size_t pick[2];

    (void)state;
    make(&m, "scorer", "");
    assert_error(score(&m, &pool, utility, err), MESA_EDATA, refused);
    assert_error(choose(&m, &pool, 2, pick, utility, err), MESA_EDATA,
                 refused);
    pool.n_classes = 1;
    assert_ok(score(&m, &pool, utility, err));
    maker_free(&m);
}

/* Of no rows nothing is asked. */
static void
test_empty_pool(void **state)
{
    struct mesa_pool pool = late_rows(0);
    struct maker m = empty;

    (void)state;
    make(&m, "scorer", "how=1");
    assert_ok(score(&m, &pool, NULL, err));
    assert_ok(choose(&m, &pool, 0, NULL, NULL, err));
    assert_error(choose(&m, &pool, 1, NULL, NULL, err), MESA_EINVAL,
                 "1 of 0 rows are wanted");
    maker_free(&m);
}

static void
test_no_acquisition(void **state)
{
    struct mesa_pool pool = late_rows(4);
    struct maker m = empty;
    double utility[4];
    size_t pick[4];

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "stranger", "", err));
    assert_error(score(&m, &pool, utility, err), MESA_EINVAL,
                 "stranger is no acquisition");
    assert_error(choose(&m, &pool, 2, pick, utility, err), MESA_EINVAL,
                 "stranger is no acquisition");
    maker_free(&m);
}

static void
test_memory(void **state)
{
    static const char *const name[] = { "scorer", "chooser" };
    static const char *const text[] = { "out of memory: 4 utilities",
                                        "[acquisition] chooser: out of "
                                        "memory: 4 rows" };
    struct mesa_pool pool = late_rows(4);
    double utility[2];
    size_t pick[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct maker m = empty;
        struct mesa_error err;
        mesa_status st;

        make(&m, name[i], "");
        mesa_memory_fail_at(0);
        st = choose(&m, &pool, 2, pick, utility, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(st, MESA_ENOMEM);
        assert_string_equal(err.message, text[i]);
        maker_free(&m);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_top_k_random),
        cmocka_unit_test(test_top_k_edges),
        cmocka_unit_test(test_select_by_score),
        cmocka_unit_test(test_select_own),
        cmocka_unit_test(test_broken_promises),
        cmocka_unit_test(test_three_classes),
        cmocka_unit_test(test_empty_pool),
        cmocka_unit_test(test_no_acquisition),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("acquisition", tests, NULL, NULL);
}
