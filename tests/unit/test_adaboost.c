/* SPDX-License-Identifier: MIT */
/*
 * test_adaboost.c - the learners that boost: scikit-learn's numbers, and what
 * their variants are.
 */
#include "maker.h"

#include "../golden/boosting.h"

const struct mesa_plugin *adaboost_plugin(void);
const struct mesa_plugin *smoteboost_plugin(void);
const struct mesa_plugin *tree_plugin(void);

/* Against scikit-learn, whose sums have another order. */
#define TOLERANCE 1e-9

struct between {
    int nothing;
};

/* Keeps all rows and makes three between rows 1 and 2. */
static mesa_status
between_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *f, struct mesa_sample *out,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = mesa_sample_keep_rows(out, NULL, data->x.rows);

    (void)self;
    (void)f;
    (void)rng;
    (void)err;
    for (int i = 1; i < 4 && st == MESA_OK; i++)
        st = mesa_sample_make(out, 1, 2, i / 4.0, NULL);
    return st;
}

static const struct mesa_sampler_class between = {
    MESA_SAMPLER(struct between),
    .head.name  = "between",
    .head.title = "Three made rows",
    .resample   = between_resample,
};

#undef MESA_PLUGIN_ENTRY
#define MESA_PLUGIN_ENTRY between_plugin
MESA_PLUGIN(.name = "between", .version = "1", .license = "MIT",
            .classes = MESA_CLASSES(&between.head));

static const struct mesa_builtin plugins[] = {
    { "learners", "adaboost", adaboost_plugin },
    { "learners", "smoteboost", smoteboost_plugin },
    { "learners", "tree", tree_plugin },
    { "samplers", "between", between_plugin },
    { NULL, NULL, NULL },
};

static uint64_t
next_draw(uint64_t *state)
{
    *state = *state * 48271 % 2147483647;
    return *state;
}

/* The generator's rows. */
static void
golden_rows(const struct boost_case *c, double *at, int32_t *label)
{
    uint64_t state = c->seed;

    for (size_t i = 0; i < c->n; i++) {
        double *row = at + i * BOOST_COLUMNS;
        uint64_t mark, drawn;

        for (size_t j = 0; j < BOOST_COLUMNS; j++)
            row[j] = (double)(next_draw(&state) % 65536) / 1024;
        mark = (uint64_t)(row[0] + row[1] / 2 + row[2] / 4);
        label[i] = (int32_t)(mark / (112 / c->k + 1));
        drawn = next_draw(&state);
        mark = next_draw(&state);
        if (drawn % 6 == 0)
            label[i] = (int32_t)(mark % c->k);
    }
}

static void
check_golden(const struct boost_case *c)
{
    static double at[200 * BOOST_COLUMNS], p[200 * 3];
    static int32_t label[200];
    struct maker m = { .registry.builtins = plugins };
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { at, c->n, BOOST_COLUMNS, BOOST_COLUMNS,
                                     NULL },
                              .y = label,
                              .n_classes = (uint32_t)c->k };
    struct mesa_archive *a = mesa_archive_new();
    const void *votes;
    struct mesa_rng rng;

    golden_rows(c, at, label);
    mesa_rng_seed(&rng, 1);
    assert_ok(maker_make(&m, MESA_KIND_ESTIMATOR, "adaboost", c->set, err));
    assert_ok(mesa_estimator_fit(m.made, &d, NULL, &rng, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &d.x, p, err));
    for (size_t i = 0; i < BOOST_SHOWN * c->k; i++)
        assert_close(p[i], c->proba[i], TOLERANCE);
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    assert_ok(mesa_archive_expect(a, "it.0.votes", MESA_F64, 1, &c->n_votes,
                                  &votes, err));
    for (size_t i = 0; i < c->n_votes; i++)
        assert_close(((const double *)votes)[i], c->vote[i], TOLERANCE);
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof boost_cases / sizeof *boost_cases; i++)
        check_golden(&boost_cases[i]);
}

/* How many members and rows variant = mesa and its parts give. */
static void
test_variants(void **state)
{
    static const struct {
        const char *set;
        bool        all; /* members that the loop may have */
    } cases[] = {
        { "", false },
        { "variant=mesa", true },
        { "variant=mesa early_termination=yes", false },
        { "early_termination=no", true },
        { "variant=mesa algorithm=samme n_samples=3 accumulate=no", true },
        { "variant=mesa n_samples=all accumulate=yes", true },
    };
    struct maker m = { .registry.builtins = plugins };
    double at[40];
    int32_t label[40];
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { at, 40, 1, 1, NULL },
                              .y = label,
                              .n_classes = 2 };
    size_t one = 6;

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        at[i] = (double)i;
        label[i] = i >= 32;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_archive *a = mesa_archive_new();
        struct mesa_error why;
        const void *votes;
        struct mesa_rng rng;
        char set[200];

        mesa_rng_seed(&rng, 1);
        snprintf(set, sizeof set,
                 "n_estimators=6 sampler=between %s",
                 cases[i].set);
        assert_ok(maker_make(&m, MESA_KIND_ESTIMATOR, "smoteboost", set,
                             err));
        assert_ok(mesa_estimator_fit(m.made, &d, NULL, &rng, err));
        assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
        assert_int_equal(mesa_archive_expect(a, "it.0.votes", MESA_F64, 1,
                                             &one, &votes, &why) == MESA_OK,
                         cases[i].all);
        mesa_archive_free(a);
    }
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_variants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
