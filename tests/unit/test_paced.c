/* SPDX-License-Identifier: MIT */
/*
 * test_paced.c - the samplers of the self-paced ensemble and BalanceCascade:
 * how many rows of each hardness, and which are dropped for good.
 */
#include "maker.h"

#include "../golden/paced.h"

#include <math.h>

const struct mesa_plugin *cascade_plugin(void);
const struct mesa_plugin *self_paced_plugin(void);

enum { MAJORITY = 120, MINORITY = 30, ROWS = MAJORITY + MINORITY };

static const struct mesa_builtin plugins[] = {
    { "samplers", "cascade", cascade_plugin },
    { "samplers", "self_paced", self_paced_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static double  x[ROWS], proba[2 * ROWS];
static int32_t y[ROWS];

/* The generator's rows, their minority in front. */
static struct mesa_dataset
rows(void)
{
    for (size_t r = 0; r < ROWS; r++) {
        const size_t i = r >= MINORITY ? r - MINORITY : 0;
        const double root = (double)(37 * i % 121) / 121;

        x[r] = (double)r;
        y[r] = r < MINORITY;
        proba[2 * r + 1] = r < MINORITY ? 0.5 : root * root;
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, ROWS, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = 2 };
}

static struct mesa_feedback
told(size_t round, size_t n_rounds)
{
    return (struct mesa_feedback){ .struct_size = sizeof(struct mesa_feedback),
                                   .n_classes = 2,
                                   .round = round,
                                   .n_rounds = n_rounds,
                                   .proba = round ? proba : NULL };
}

/* How often each row is kept, into kept[]; how many in all. */
static size_t
resample(struct maker *m, const struct mesa_dataset *d,
         const struct mesa_feedback *f, uint64_t seed, size_t *kept)
{
    struct mesa_sample *s = mesa_sample_new(d);
    struct mesa_rng rng;
    size_t n;

    mesa_rng_seed(&rng, seed);
    assert_ok(mesa_sampler_resample(m->made, d, f, s, &rng, err));
    memset(kept, 0, ROWS * sizeof *kept);
    n = mesa_sample_rows(s);
    for (size_t i = 0; i < n; i++)
        kept[mesa_sample_origin(s, i).kept]++;
    mesa_sample_free(s);
    for (size_t r = 0; r < ROWS; r++)
        assert_in_range(kept[r], r < MINORITY, 1);
    return n;
}

static void
test_golden(void **state)
{
    const struct mesa_dataset d = rows();
    size_t kept[ROWS];

    (void)state;
    for (size_t i = 0; i < sizeof paced_cases / sizeof *paced_cases; i++) {
        const struct paced_case *c = &paced_cases[i];
        const struct mesa_feedback f = told(c->round, c->n_rounds);
        struct maker m = empty;
        size_t got[20] = { 0 };

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "self_paced", c->set,
                             err));
        resample(&m, &d, &f, 7, kept);
        for (size_t r = MINORITY; r < ROWS; r++)
            got[c->bin[r - MINORITY]] += kept[r];
        for (size_t l = 0; l < c->k; l++)
            assert_int_equal(got[l], c->got[l]);
        maker_free(&m);
    }
}

/* Without an ensemble, and where all rows are alike, rows are drawn alike. */
static void
test_alike(void **state)
{
    static const char *const names[] = { "self_paced", "cascade" };
    const struct mesa_dataset d = rows();
    const struct mesa_feedback first = told(0, 10), later = told(3, 10);
    size_t kept[ROWS], often[ROWS] = { 0 };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct maker m = empty;

        assert_ok(maker_make(&m, MESA_KIND_SAMPLER, names[i], "", err));
        assert_int_equal(resample(&m, &d, NULL, 1, kept), 2 * MINORITY);
        assert_int_equal(resample(&m, &d, &first, 1, kept), 2 * MINORITY);
        for (size_t r = 0; r < ROWS; r++)
            proba[2 * r] = proba[2 * r + 1] = 0.5;
        for (uint64_t seed = 0; seed < 400; seed++) {
            assert_ok(mesa_sampler_begin(m.made, &d, err));
            assert_int_equal(resample(&m, &d, &later, seed, kept),
                             2 * MINORITY);
            for (size_t r = 0; r < ROWS; r++)
                often[r] += kept[r];
        }
        /* 100 +- 9 for each instance. */
        for (size_t r = MINORITY; r < ROWS; r++)
            assert_in_range(often[r], 100 * i + 60, 100 * i + 140 + 40 * i);
        rows();
        maker_free(&m);
    }
}

/* A sampler that is asked to keep every row of a class does. */
static void
test_strategies(void **state)
{
    const struct mesa_dataset d = rows();
    const struct mesa_feedback f = told(4, 10);
    size_t kept[ROWS];
    struct maker m = empty;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "self_paced",
                         "sampling_strategy=0:100", err));
    assert_int_equal(resample(&m, &d, &f, 1, kept), 100 + MINORITY);
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "self_paced",
                         "sampling_strategy=0:120", err));
    assert_int_equal(resample(&m, &d, &f, 1, kept), ROWS);
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "cascade",
                         "sampling_strategy=0:120", err));
    assert_int_equal(resample(&m, &d, &f, 1, kept), ROWS);
    maker_free(&m);
}

/* The best rows go, and never come back: in round i of n at least those that
 * are beyond N f^i. */
static void
test_cascade(void **state)
{
    const struct mesa_dataset d = rows();
    struct maker m = empty;
    size_t kept[ROWS];

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "cascade", "", err));
    assert_ok(mesa_sampler_begin(m.made, &d, err));
    for (size_t i = 0; i < 5; i++) {
        const struct mesa_feedback f = told(i, 5);
        const double stay = MAJORITY * pow(0.25, (double)i / 4);

        assert_int_equal(resample(&m, &d, &f, i, kept), 2 * MINORITY);
        for (size_t r = MINORITY; r < ROWS && i > 0; r++) {
            size_t harder = 0;

            for (size_t q = MINORITY; q < ROWS; q++)
                harder += proba[2 * q + 1] > proba[2 * r + 1];
            if (kept[r])
                assert_true((double)harder < stay + 0.5);
        }
    }
    /* The last round has no choice: the hardest, but none that was dropped. */
    for (size_t r = 0; r < ROWS; r++)
        proba[2 * r] = proba[2 * r + 1] = 0.5;
    for (uint64_t seed = 0; seed < 5; seed++) {
        const struct mesa_feedback f = told(4, 5);
        size_t again[ROWS];

        resample(&m, &d, &f, seed, again);
        assert_memory_equal(kept, again, sizeof kept);
    }
    maker_free(&m);
}

/* MESA's ranks by class: all that is predicted wrongly stays. */
static void
test_cascade_of_mesa(void **state)
{
    const struct mesa_dataset d = rows();
    struct maker m = empty;
    size_t kept[ROWS], wrong = 0, drawn = 0;

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_SAMPLER, "cascade", "variant=mesa",
                         err));
    for (size_t r = MINORITY; r < ROWS; r++)
        wrong += proba[2 * r + 1] > 0.5;
    assert_in_range(wrong, MINORITY, 60);
    for (size_t i = 0; i < 9; i++) {
        const struct mesa_feedback f = told(i, 9);

        resample(&m, &d, &f, i, kept);
        for (size_t r = MINORITY; r < ROWS && i == 8; r++)
            drawn += kept[r] && proba[2 * r + 1] > 0.5;
    }
    /* 120 (1/4)^(8/9) and a little: hardly more than are wrong. */
    assert_in_range(drawn, 25, MINORITY);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_strategies),
        cmocka_unit_test(test_cascade),
        cmocka_unit_test(test_cascade_of_mesa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
