/* SPDX-License-Identifier: MIT */
/*
 * test_bagging.c - ensembles that draw their own rows: how many of which
 * class each member sees, and from where.
 */
#include "maker.h"

const struct mesa_plugin *bagging_plugin(void);
const struct mesa_plugin *balanced_forest_plugin(void);
const struct mesa_plugin *smotebagging_plugin(void);

enum { ROWS = 200, CLASSES = 3, MEMBERS = 20 };

/* What members were fitted on, by what they said they were fitted on. */
static struct {
    size_t n, count[MEMBERS][CLASSES], made[MEMBERS], repeated[MEMBERS];
} seen;

static mesa_status
counter_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    size_t t = seen.n++;
    bool   whole[ROWS] = { false };

    (void)self;
    (void)valid;
    (void)rng;
    (void)err;
    mesa_class_counts(train, seen.count[t]);
    for (size_t r = 0; r < train->x.rows; r++) {
        double at = mesa_row(&train->x, r)[0];
        size_t row = (size_t)at;

        if (at > (double)row)
            seen.made[t]++;
        else if (whole[row])
            seen.repeated[t]++;
        else
            whole[row] = true;
    }
    return MESA_OK;
}

static mesa_status
counter_predict_proba(const void *self, const struct mesa_cmatrix *x,
                      double *proba, struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t i = 0; i < x->rows * CLASSES; i++)
        proba[i] = 1.0 / CLASSES;
    return MESA_OK;
}

struct counter {
    int nothing;
};

static const struct mesa_estimator_class counter = {
    MESA_ESTIMATOR(struct counter),
    .head.name     = "counter",
    .head.title    = "Counts its rows",
    .head.flags    = MESA_CLASS_MULTICLASS,
    .fit           = counter_fit,
    .predict_proba = counter_predict_proba,
};

/* Balances every class with rows a half above its first row. */
static mesa_status
halves_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *f, struct mesa_sample *out,
                struct mesa_rng *rng, struct mesa_error *err)
{
    size_t count[CLASSES], most = 0;
    mesa_status st = mesa_sample_keep_rows(out, NULL, data->x.rows);

    (void)self;
    (void)f;
    (void)rng;
    (void)err;
    mesa_class_counts(data, count);
    for (int c = 0; c < CLASSES; c++)
        most = count[c] > most ? count[c] : most;
    for (int32_t c = 0; c < CLASSES; c++) {
        size_t first = 0;
        double x;

        while (first < data->x.rows && data->y[first] != c)
            first++;
        if (first == data->x.rows)
            continue;
        x = mesa_row(&data->x, first)[0] + 0.5;
        for (; count[c] < most && st == MESA_OK; count[c]++)
            st = mesa_sample_make(out, first, first, 0.5, &x);
    }
    return st;
}

static const struct mesa_sampler_class halves = {
    MESA_SAMPLER(struct counter),
    .head.name  = "halves",
    .head.title = "Rows and a half",
    .head.flags = MESA_CLASS_MULTICLASS,
    .resample   = halves_resample,
};

#undef MESA_PLUGIN_ENTRY
#define MESA_PLUGIN_ENTRY stub_plugin
MESA_PLUGIN(.name = "stub", .version = "1", .license = "MIT",
            .classes = MESA_CLASSES(&counter.head, &halves.head));

static const struct mesa_builtin plugins[] = {
    { "learners", "bagging", bagging_plugin },
    { "learners", "balanced_forest", balanced_forest_plugin },
    { "learners", "counter", stub_plugin },
    { "learners", "smotebagging", smotebagging_plugin },
    { "samplers", "halves", stub_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static double  x[ROWS];
static int32_t y[ROWS];

/* Rows 0 ... n-1, the last of them of classes 1 and 2. */
static struct mesa_dataset
rows(size_t n, size_t of_1, size_t of_2)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = i + of_2 >= n ? 2 : i + of_2 + of_1 >= n;
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, n, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = CLASSES };
}

static mesa_status
fit(struct maker *m, const char *name, const char *words,
    const struct mesa_dataset *d, struct mesa_error *err)
{
    char set[200];
    struct mesa_rng rng;
    mesa_status st;

    memset(&seen, 0, sizeof seen);
    mesa_rng_seed(&rng, 5);
    snprintf(set, sizeof set, "estimator=counter %s", words);
    st = maker_make(m, MESA_KIND_ESTIMATOR, name, set, err);
    return st == MESA_OK ? mesa_estimator_fit(m->made, d, NULL, &rng, err)
                         : st;
}

static size_t
total(size_t t)
{
    return seen.count[t][0] + seen.count[t][1] + seen.count[t][2];
}

static void
test_bootstrap(void **state)
{
    struct mesa_dataset d = rows(100, 20, 10);
    struct maker m = empty;

    (void)state;
    assert_ok(fit(&m, "bagging", "", &d, err));
    assert_int_equal(seen.n, 10);
    for (size_t t = 0; t < 10; t++) {
        assert_int_equal(total(t), 100);
        /* A third of the rows is left out: 37 +- 3. */
        assert_in_range(seen.repeated[t], 25, 49);
    }
    assert_ok(fit(&m, "bagging", "n_estimators=1 max_samples=0.255", &d,
                  err));
    assert_int_equal(total(0), 25);
    assert_ok(fit(&m, "bagging", "n_estimators=1 max_samples=40 bootstrap=no",
                  &d, err));
    assert_int_equal(total(0), 40);
    assert_int_equal(seen.repeated[0], 0);
    assert_ok(fit(&m, "bagging", "n_estimators=1 max_samples=1e-9", &d, err));
    assert_int_equal(total(0), 1);
    assert_error(fit(&m, "bagging", "max_samples=101", &d, err), MESA_EINVAL,
                 "[estimator] bagging: max_samples is 101 but there are 100 "
                 "rows");
    maker_free(&m);
}

static void
test_balanced(void **state)
{
    struct mesa_dataset d = rows(100, 20, 10);
    struct maker m = empty;

    (void)state;
    assert_ok(fit(&m, "balanced_forest", "n_estimators=5", &d, err));
    for (size_t t = 0; t < 5; t++) {
        for (int c = 0; c < CLASSES; c++)
            assert_int_equal(seen.count[t][c], 10);
        assert_true(seen.repeated[t] > 0);
    }
    assert_ok(fit(&m, "balanced_forest", "n_estimators=1 replacement=no", &d,
                  err));
    assert_int_equal(seen.repeated[0], 0);
    assert_ok(fit(&m, "balanced_forest",
                  "n_estimators=1 sampling_strategy=majority", &d, err));
    assert_int_equal(seen.count[0][0], 10);
    assert_int_equal(seen.count[0][1], 20);
    d = rows(100, 20, 0);
    assert_ok(fit(&m, "balanced_forest", "n_estimators=1", &d, err));
    assert_int_equal(seen.count[0][0], 20);
    assert_int_equal(seen.count[0][2], 0);
    maker_free(&m);
}

/* Always balanced; b percent drawn, the rest made. */
static void
test_smotebagging(void **state)
{
    struct mesa_dataset d = rows(150, 30, 0);
    struct maker m = empty;

    (void)state;
    assert_ok(fit(&m, "smotebagging", "n_estimators=12 sampler=halves", &d,
                  err));
    for (size_t t = 0; t < 12; t++) {
        assert_int_equal(seen.count[t][0], 120);
        assert_int_equal(seen.count[t][1], 120);
        assert_int_equal(seen.made[t], 120 - 12 * (t % 10 + 1));
    }
    /* More than a sampler would make of the rows as they are. */
    d = rows(190, 90, 0);
    assert_ok(fit(&m, "smotebagging", "n_estimators=1 sampler=halves", &d,
                  err));
    assert_int_equal(seen.count[0][0], 100);
    assert_int_equal(seen.count[0][1], 100);
    assert_int_equal(seen.made[0], 90);
    /* Each class is brought to the size of the largest. */
    d = rows(130, 20, 10);
    assert_ok(fit(&m, "smotebagging", "n_estimators=1 sampler=halves", &d,
                  err));
    for (int c = 0; c < CLASSES; c++)
        assert_int_equal(seen.count[0][c], 100);
    assert_int_equal(seen.made[0], 180);
    maker_free(&m);
}

/* A percentage taken for a number: 100 / b (1 - b) rows for each b. */
static void
test_smotebagging_of_mesa(void **state)
{
    struct mesa_dataset d = rows(190, 10, 0);
    struct maker m = empty;

    (void)state;
    assert_ok(fit(&m, "smotebagging", "sampler=halves variant=mesa", &d,
                  err));
    for (size_t t = 0; t < 10; t++) {
        const double b = (double)(t + 1) / 10;
        const size_t drawn = 18 * (t + 1);
        double n = 180.0 / (double)drawn * (1 - b) * 100;
        size_t most = 180 - drawn, made = n < (double)most ? (size_t)n : most;

        assert_int_equal(seen.count[t][0], 180);
        assert_int_equal(seen.made[t], made);
        assert_int_equal(seen.count[t][1], drawn + made);
    }
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_balanced),
        cmocka_unit_test(test_smotebagging),
        cmocka_unit_test(test_smotebagging_of_mesa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
