/* SPDX-License-Identifier: MIT */
/*
 * test_instance_hardness.c - instance_hardness_threshold with a learner whose
 * probabilities are known: thresholds are numpy's, folds are fair.
 */
#include "sampler_fixture.h"

const struct mesa_plugin *instance_hardness_threshold_plugin(void);

#define SAMPLER "[sampler] instance_hardness_threshold: "

enum { MAX_FITS = 20, ROWS = 60 };

/* What the learners were given.  Folds run on one thread here. */
static struct {
    size_t n, rows[MAX_FITS], ones[MAX_FITS];
} fits;

/* The probability of class 1 is the first column. */
struct oracle {
    double unused;
};

static mesa_status
oracle_fit(void *self, const struct mesa_dataset *train,
           const struct mesa_dataset *valid, struct mesa_rng *rng,
           struct mesa_error *err)
{
    (void)self;
    (void)rng;
    assert_null(valid);
    if (train->x.rows == 33)
        return mesa_fail(err, MESA_EDATA, "%zu rows", train->x.rows);
    fits.rows[fits.n] = train->x.rows;
    fits.ones[fits.n++] = mesa_class_rows(train, 1, NULL);
    return MESA_OK;
}

static mesa_status
oracle_predict_proba(const void *self, const struct mesa_cmatrix *x,
                     double *proba, struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r + 1] = mesa_row(x, r)[0];
        proba[2 * r] = 1 - mesa_row(x, r)[0];
    }
    return MESA_OK;
}

static const struct mesa_estimator_class oracle = {
    MESA_ESTIMATOR(struct oracle),
    .head.name     = "oracle",
    .head.title    = "The first column as the probability of class 1",
    .fit           = oracle_fit,
    .predict_proba = oracle_predict_proba,
};

static const struct mesa_plugin *
oracle_plugin(void)
{
    static const struct mesa_class *const classes[] = { &oracle.head, NULL };
    static const struct mesa_plugin plugin = {
        .magic = MESA_PLUGIN_MAGIC, .abi_major = MESA_ABI_MAJOR,
        .abi_minor = MESA_ABI_MINOR, .struct_size = sizeof plugin,
        .layout = MESA_LAYOUT, .name = "oracle", .version = "1",
        .license = "MIT", .classes = classes,
    };

    return &plugin;
}

static const struct mesa_builtin plugins[] = {
    { "learners", "oracle", oracle_plugin },
    { "samplers", "instance_hardness_threshold",
      instance_hardness_threshold_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static double x[ROWS];
static int32_t y[ROWS];

/* Every fifth row of class 1; easiness of the others by number. */
static struct mesa_dataset
rows(size_t n, double (*easiness)(size_t i))
{
    struct mesa_dataset d = { sizeof d, 0, { x, n, 1, 1, NULL }, y, NULL,
                              { NULL, 0, 0, 0, NULL }, 2, NULL };

    for (size_t i = 0; i < n; i++) {
        y[i] = i % 5 == 0;
        x[i] = y[i] ? 0.9 : 1 - easiness(i);
    }
    return d;
}

static mesa_status
run(const struct mesa_dataset *d, const char *words, uint64_t seed,
    char *kept, struct mesa_error *err)
{
    struct maker m = empty;
    char text[100];
    mesa_status st;

    snprintf(text, sizeof text, "estimator=oracle %s", words);
    fits.n = 0;
    st = sampler_run(&m, "instance_hardness_threshold", text, d, seed, kept,
                     err);
    maker_free(&m);
    return st;
}

static double
rising(size_t i)
{
    return (double)i / 64;
}

/* 30 of the 48 rows of class 0 are 1, the others less. */
static double
tied(size_t i)
{
    return i >= 23 ? 1 : (double)i / 64;
}

/* How many of class 0 stay, which are to be the last ones. */
static size_t
count_last(const struct mesa_dataset *d, const char *kept)
{
    size_t n = 0;

    for (size_t r = 0; r < d->x.rows; r++) {
        assert_true(!y[r] || kept[r] == '1');
        assert_true(y[r] || n == 0 || kept[r] == '1');
        n += !y[r] && kept[r] == '1';
    }
    return n;
}

/* The easiest stay: as many as wanted, or all that are tied with those. */
static void
test_easiest_stay(void **state)
{
    struct mesa_dataset d = rows(ROWS, rising);
    char kept[ROWS + 1];

    (void)state;
    assert_ok(run(&d, "", 1, kept, err));
    assert_int_equal(count_last(&d, kept), 12);
    for (size_t n = 1; n <= 48; n++) {
        char words[60];

        snprintf(words, sizeof words, "sampling_strategy=0:%zu", n);
        assert_ok(run(&d, words, 1, kept, err));
        assert_int_equal(count_last(&d, kept), n);
    }
    d = rows(ROWS, tied);
    assert_ok(run(&d, "", 1, kept, err));
    assert_int_equal(count_last(&d, kept), 30);
    assert_ok(run(&d, "sampling_strategy=0:31", 1, kept, err));
    assert_int_equal(count_last(&d, kept), 31);
}

/* Each learner sees all rows but its fold's, of each class alike. */
static void
test_folds(void **state)
{
    struct mesa_dataset d = rows(ROWS, rising);
    char kept[ROWS + 1];

    (void)state;
    assert_ok(run(&d, "", 1, kept, err));
    assert_int_equal(fits.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(fits.rows[i], 48);
        assert_in_range(fits.ones[i], 9, 10);
    }
    assert_ok(run(&d, "cv=2", 1, kept, err));
    assert_int_equal(fits.n, 2);
    assert_int_equal(fits.rows[0], 30);
    assert_int_equal(fits.ones[1], 6);
}

/* Nobody names a learner: imbalanced-learn's. */
static void
test_default_learner(void **state)
{
    const struct mesa_class *c =
        instance_hardness_threshold_plugin()->classes[0];
    const struct mesa_param *p = c->params;

    (void)state;
    while (strcmp(p->name, "estimator") != 0)
        p++;
    assert_string_equal(p->dflt.s, "forest(n_estimators=100)");
}

static void
test_refusals(void **state)
{
    struct mesa_dataset d = rows(ROWS, rising);
    char kept[ROWS + 1];

    (void)state;
    assert_error(run(&d, "cv=13", 1, kept, err), MESA_EDATA,
                 SAMPLER "class 1 has 12 rows but cv is 13: each fold needs "
                         "one");
    d = rows(5, rising);
    assert_error(run(&d, "cv=2", 1, kept, err), MESA_EDATA,
                 SAMPLER "class 1 has 1 row but cv is 2: each fold needs one");
    assert_error(run(&d, "sampling_strategy=0:9", 1, kept, err), MESA_EINVAL,
                 SAMPLER "sampling_strategy 0:9 would keep 9 rows of class "
                         "'0' but there are 4");
    d = rows(50, rising);
    assert_error(run(&d, "cv=3", 1, kept, err), MESA_EDATA,
                 SAMPLER "[oracle] oracle: 33 rows");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_easiest_stay),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_default_learner),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
