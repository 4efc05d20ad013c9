/* SPDX-License-Identifier: MIT */
/*
 * test_learner_files.c - what every learner saves and loads: the same bits
 * come back, and what is no model of its is refused in one line, or gives
 * probabilities all the same.
 */
#include "learner_fixture.h"

#include "archive_internal.h"

static struct maker maker;

static size_t
size_of(enum mesa_dtype type)
{
#define SIZE(id, ctype) sizeof(ctype),
    static const size_t size[] = { MESA_DTYPE_MAP(SIZE) };
#undef SIZE
    return size[type];
}

/* A change to one tensor of an archive. */
struct change {
    size_t      tensor;
    enum {
        DROP,
        ANOTHER_TYPE,
        ONE_LESS,
        NONE,
        ONE_DIM_MORE,
        VALUE
    } what;
    size_t      at;   /* of VALUE: which value */
    const void *byte; /* and what is put there */
};

static void
apply(struct mesa_tensor *t, const struct change *c)
{
    const uint32_t last = t->n_dims - 1;

    switch (c->what) {
    case ANOTHER_TYPE:
        /* Of the same size, or of a smaller one. */
        t->dtype = t->dtype == MESA_F64   ? MESA_I64
                   : t->dtype == MESA_I64 ? MESA_F64
                   : t->dtype == MESA_U64 ? MESA_I64
                                          : MESA_U8;
        break;
    case ONE_LESS:
        if (t->shape[last] > 0)
            t->shape[last]--;
        break;
    case NONE:
        t->shape[0] = 0;
        break;
    case ONE_DIM_MORE:
        t->shape[t->n_dims++] = 1;
        break;
    case DROP:
    case VALUE:
        break;
    }
}

/* A copy of all tensors, one of them changed. */
static struct mesa_archive *
changed(const struct mesa_archive *from, const struct change *c)
{
    struct mesa_archive *to = mesa_archive_new();

    assert_non_null(to);
    for (size_t i = 0; i < from->store->n_tensors; i++) {
        const struct mesa_stored_tensor *s = &from->store->tensor[i];
        struct mesa_tensor t = s->tensor;

        if (i == c->tensor && c->what == DROP)
            continue;
        if (i == c->tensor)
            apply(&t, c);
        assert_ok(mesa_archive_put(to, s->name, &t, err));
        if (i == c->tensor && c->what == VALUE) {
            size_t size = size_of(t.dtype);

            assert_ok(mesa_archive_get(to, s->name, &t, err));
            memcpy((uint8_t *)(uintptr_t)t.data + c->at * size, c->byte,
                   size);
        }
    }
    return to;
}

enum { MOST = 16, GUARD = 64 };

/* Numbers, and behind them some that nobody may touch. */
static double *
guarded(size_t n)
{
    double *p = calloc(n + GUARD, sizeof *p);

    assert_non_null(p);
    for (size_t i = 0; i < GUARD; i++)
        p[n + i] = 42;
    return p;
}

static void
free_guarded(double *p, size_t n, const struct learner *l)
{
    for (size_t i = 0; i < GUARD; i++)
        if (p[n + i] != 42)
            fail_msg("%s %s: more is written than there is room for",
                     l->name, l->words);
    free(p);
}

/* Whatever was loaded keeps within the room that its shape asks for. */
static void
use(const struct learner *l, const struct mesa_instance *e,
    const struct mesa_cmatrix *x)
{
    size_t cols = mesa_estimator_n_columns(e);
    size_t classes = mesa_estimator_n_classes(e);
    double other[LEARN_ROWS * MOST] = { 0 }, *p, *importance;
    struct mesa_cmatrix rows = { other, LEARN_ROWS, cols, cols, NULL };
    struct mesa_error said;
    mesa_status st;

    if (cols == 0 || cols > MOST || classes > MOST)
        return;
    p = guarded(LEARN_ROWS * classes);
    importance = guarded(cols);
    st = mesa_estimator_predict_proba(e, cols == x->cols ? x : &rows, p,
                                      &said);
    if (st == MESA_OK)
        expect_proba(l, p, LEARN_ROWS, classes);
    else if (st != MESA_ENUMERIC)
        fail_msg("%s %s: %s", l->name, l->words, said.message);
    mesa_estimator_importance(e, importance, &said);
    free_guarded(p, LEARN_ROWS * classes, l);
    free_guarded(importance, cols, l);
}

/* Load: refused with a message, or as good as any other model. */
static mesa_status
load_changed(const struct learner *l, const struct mesa_archive *a,
             const struct mesa_cmatrix *x)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct mesa_instance *other;
    mesa_status st;

    assert_ok(learner_another(&maker, &other, err));
    st = mesa_instance_load(other, a, "it", 0, &e);
    if (st == MESA_OK) {
        use(l, other, x);
    } else {
        if (st != MESA_EPARSE && st != MESA_ENOTFOUND && st != MESA_ENUMERIC)
            fail_msg("%s: %s", l->words, e.message);
        assert_true(e.message[0] != '\0');
        assert_null(strchr(e.message, '\n'));
    }
    mesa_instance_free(other);
    return st;
}

/* What is fitted and saved; the archive is the caller's. */
static struct mesa_archive *
fit_and_save(const struct learner *l, struct learn_rows *r)
{
    struct mesa_archive *a = mesa_archive_new();

    learn_rows_make(r, LEARN_ROWS, 3);
    assert_ok(learner_fit(&maker, l, &r->data, err));
    assert_ok(mesa_instance_save(maker.made, a, "it", 0, err));
    return a;
}

static void
test_same_bits(void **state)
{
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];
    double one[LEARN_COLS], two[LEARN_COLS];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        struct mesa_archive *a = fit_and_save(&learners[i], &r), *b;
        struct mesa_instance *again;
        struct mesa_error e;

        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                               err));
        assert_ok(learner_another(&maker, &again, err));
        assert_ok(mesa_instance_load(again, a, "it", 0, err));
        assert_ok(mesa_estimator_predict_proba(again, &r.data.x, q, err));
        assert_memory_equal(p, q, sizeof p);
        if (mesa_estimator_importance(maker.made, one, &e) == MESA_OK) {
            assert_ok(mesa_estimator_importance(again, two, err));
            assert_memory_equal(one, two, sizeof one);
        }
        /* And saved again it is the same file. */
        b = mesa_archive_new();
        assert_ok(mesa_instance_save(again, b, "it", 0, err));
        assert_int_equal(a->store->n_tensors, b->store->n_tensors);
        for (size_t t = 0; t < a->store->n_tensors; t++) {
            const struct mesa_stored_tensor *s = &a->store->tensor[t];
            const struct mesa_stored_tensor *u = &b->store->tensor[t];

            assert_string_equal(s->name, u->name);
            assert_int_equal(s->bytes, u->bytes);
            assert_memory_equal(s->tensor.data, u->tensor.data, s->bytes);
        }
        mesa_instance_free(again);
        mesa_archive_free(a);
        mesa_archive_free(b);
    }
}

/* A curve with one point less is a curve. */
static bool
of_any_length(const struct mesa_stored_tensor *s)
{
    return strstr(s->name, ".curve.") != NULL;
}

/* A tensor that is absent, of another type or dimension is always missed;
 * one that is shorter might not be, if others are as short. */
static void
test_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        struct mesa_archive *a = fit_and_save(&learners[i], &r);

        for (size_t t = 0; t < a->store->n_tensors; t++)
            for (int what = DROP; what <= ONE_DIM_MORE; what++) {
                struct change c = { .tensor = t };
                struct mesa_archive *b;
                mesa_status st;

                if (what == ANOTHER_TYPE &&
                    a->store->tensor[t].tensor.dtype == MESA_U8)
                    continue; /* there is no other of one byte */
                c.what = what;
                b = changed(a, &c);
                st = load_changed(&learners[i], b, &r.data.x);
                if (st == MESA_OK &&
                    !(what == ONE_LESS && of_any_length(&a->store->tensor[t])))
                    fail_msg("%s %s: %s, change %d is not seen",
                             learners[i].name, learners[i].words,
                             a->store->tensor[t].name, what);
                mesa_archive_free(b);
            }
        mesa_archive_free(a);
    }
}

/* The places of a tensor that are tried: ends and middle. */
static size_t
places(size_t n, size_t *at)
{
    size_t k = 0;

    if (n > 0)
        at[k++] = 0;
    if (n > 2)
        at[k++] = n / 2;
    if (n > 1)
        at[k++] = n - 1;
    return k;
}

static void
try_values(const struct learner *l, const struct learn_rows *r,
           const struct mesa_archive *a, size_t tensor)
{
    static const double reals[] = { NAN, INFINITY, -INFINITY, -1, 0, 1e300,
                                    -1e308, 1e-310 };
    static const int64_t wide[] = { -1, 0, 1, 2, INT64_MAX, INT64_MIN };
    static const int32_t narrow[] = { -1, 0, 1, 2, INT32_MAX, INT32_MIN };
    static const uint8_t bytes[] = { 0, 1, 2, 255 };
    const struct mesa_stored_tensor *s = &a->store->tensor[tensor];
    const size_t size = size_of(s->tensor.dtype);
    size_t at[3], n = places(s->bytes / size, at);
    size_t tried = s->tensor.dtype == MESA_F64 ? MESA_COUNT(reals)
                   : size == 8                 ? MESA_COUNT(wide)
                   : size == 4                 ? MESA_COUNT(narrow)
                                               : MESA_COUNT(bytes);
    const void *table = s->tensor.dtype == MESA_F64 ? (const void *)reals
                        : size == 8                 ? (const void *)wide
                        : size == 4                 ? (const void *)narrow
                                                    : (const void *)bytes;

    for (size_t k = 0; k < n; k++)
        for (size_t v = 0; v < tried; v++) {
            struct change c = { tensor, VALUE, at[k],
                                (const uint8_t *)table + v * size };
            struct mesa_archive *b = changed(a, &c);

            load_changed(l, b, &r->data.x);
            mesa_archive_free(b);
        }
}

static void
test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        struct mesa_archive *a = fit_and_save(&learners[i], &r);

        for (size_t t = 0; t < a->store->n_tensors; t++)
            try_values(&learners[i], &r, a, t);
        mesa_archive_free(a);
    }
}

/* Each learner is offered every other one's file. */
static void
test_files_of_others(void **state)
{
    struct mesa_archive *a[LEARNERS];
    struct learn_rows r;
    double p[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++)
        a[i] = fit_and_save(&learners[i], &r);
    for (size_t i = 0; i < LEARNERS; i++) {
        assert_ok(learner_fit(&maker, &learners[i], &r.data, err));
        for (size_t j = 0; j < LEARNERS; j++)
            load_changed(&learners[i], a[j], &r.data.x);
        /* What was tried elsewhere has left no trace. */
        assert_ok(mesa_instance_load(maker.made, a[i], "it", 0, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                               err));
        expect_proba(&learners[i], p, LEARN_ROWS, 3);
    }
    for (size_t i = 0; i < LEARNERS; i++)
        mesa_archive_free(a[i]);
}

/* The index of a tensor. */
static size_t
find(const struct mesa_archive *a, const char *name)
{
    size_t i = 0;

    while (strcmp(a->store->tensor[i].name, name) != 0)
        i++;
    return i;
}

/* Shapes that parts of a file do not agree on. */
static const struct {
    struct learner learner;
    const char    *tensor;
    size_t         at;
    uint64_t       value;
    const char    *message;
} disagreements[] = {
    { { "tree", "max_depth=2", true, false }, "it.0.mesa.shape", 1, 2,
      "[estimator] tree: a tree of 3 columns and 3 classes in a model of "
      "2 and 3" },
    { { "tree", "max_depth=2", true, false }, "it.0.mesa.shape", 2, 7,
      "[estimator] tree: a tree of 3 columns and 3 classes in a model of "
      "3 and 7" },
    { { "gradient_boosting", "max_iter=2", true, false }, "it.0.mesa.shape",
      1, 2, "[estimator] gradient_boosting: a tree of 3 columns and 3 "
      "classes in a model of 2 and 3" },
    { { "gradient_boosting", "max_iter=2", true, false }, "it.0.mesa.shape",
      2, 4, "[estimator] gradient_boosting: a tree of 3 columns and 3 "
      "classes in a model of 3 and 4" },
    { { "knn", "", false, false }, "it.0.mesa.shape", 1, UINT64_MAX,
      "[estimator] knn: a model of 18446744073709551615 columns and 3 "
      "classes" },
    { { "knn", "", false, false }, "it.0.mesa.shape", 2,
      UINT64_C(1) << 32,
      "[estimator] knn: a model of 3 columns and 4294967296 classes" },
    { { "bagging", "n_estimators=2", true, true },
      "it.0.member.1.mesa.shape", 0, 0,
      "[estimator] bagging: members of 3 columns and 3 classes and of 0 "
      "and 0" },
    { { "bagging", "n_estimators=2", true, true },
      "it.0.member.0.mesa.shape", 0, 0,
      "[estimator] bagging: members of 0 columns and 0 classes and of 3 "
      "and 3" },
    { { "bagging", "n_estimators=2 estimator=gnb", true, true },
      "it.0.mesa.shape", 1, 4,
      "[estimator] bagging: members of 3 columns and 3 classes in an "
      "ensemble of 4 and 3" },
    { { "bagging", "n_estimators=2", true, true }, "it.0.n_members", 0, 0,
      "[estimator] bagging: n_members is 0" },
    { { "adaboost", "n_estimators=2", true, false }, "it.0.n_members", 0,
      1000001, "[estimator] adaboost: n_members is 1000001" },
    { { "resampled", "", true, true }, "it.0.estimator.0.mesa.shape", 0,
      0,
      "[estimator] resampled: an estimator of 0 columns and 0 classes in "
      "a model of 3 and 3" },
    { { "svm", "", true, false }, "it.0.classes", 1, 0,
      "[estimator] svm: class 1 is 0" },
    { { "logistic", "", true, false }, "it.0.classes", 2, 3,
      "[estimator] logistic: class 2 is 3" },
};

static void
test_disagreements(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(disagreements); i++) {
        struct learn_rows r;
        struct mesa_archive *b,
            *a = fit_and_save(&disagreements[i].learner, &r);
        struct change c = { find(a, disagreements[i].tensor), VALUE,
                            disagreements[i].at, &disagreements[i].value };
        struct mesa_instance *other;

        b = changed(a, &c);
        assert_ok(learner_another(&maker, &other, err));
        assert_error(mesa_instance_load(other, b, "it", 0, err), MESA_EPARSE,
                     disagreements[i].message);
        mesa_instance_free(other);
        mesa_archive_free(a);
        mesa_archive_free(b);
    }
}

/* After a file that is refused, the learner can be fitted and loaded. */
static void
test_after_refusal(void **state)
{
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct learn_rows r;
        struct mesa_archive *a = fit_and_save(&learners[i], &r);
        struct change c = { .what = DROP };
        struct mesa_error e;
        struct mesa_rng rng;

        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                               err));
        for (c.tensor = 0; c.tensor < a->store->n_tensors; c.tensor++) {
            struct mesa_archive *b = changed(a, &c);

            assert_true(mesa_instance_load(maker.made, b, "it", 0, &e) !=
                        MESA_OK);
            mesa_archive_free(b);
        }
        mesa_rng_seed(&rng, 7);
        assert_ok(mesa_estimator_fit(maker.made, &r.data, NULL, &rng, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, q,
                                               err));
        assert_memory_equal(p, q, sizeof p);
        assert_ok(mesa_instance_load(maker.made, a, "it", 0, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, q,
                                               err));
        assert_memory_equal(p, q, sizeof p);
        mesa_archive_free(a);
    }
}

static int
set_up(void **state)
{
    (void)state;
    learner_open(&maker);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    maker_free(&maker);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_files_of_others),
        cmocka_unit_test(test_disagreements),
        cmocka_unit_test(test_after_refusal),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
