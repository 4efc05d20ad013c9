/* SPDX-License-Identifier: MIT */
/*
 * test_pipeline.c - models of the run that metalearners fit, go on with,
 * keep, and ask about rows without a label.
 */
#include "pipeline_fixture.h"

/* What the pipeline says of rows is what its parts say one after the other. */
static void
test_predict(void **state)
{
    struct mesa_applied applied;
    struct mesa_pipeline *p;
    struct world w;
    double proba[2 * FEW], again[2 * FEW];

    (void)state;
    open_world(&w, "[transform]\ntype = standard\n[estimator]\ntype = deep\n");
    fit(&w, FEW, &p);
    assert_ok(mesa_pipeline_predict_proba(p, few(&w), proba, err));
    assert_ok(mesa_pipeline_apply(p, few(&w), &applied, err));
    assert_int_equal(applied.data.x.rows, FEW);
    assert_ptr_not_equal(applied.data.x.data, w.x);
    assert_ok(mesa_estimator_predict_proba(mesa_pipeline_estimator(p),
                                           &applied.data.x, again, err));
    assert_memory_equal(proba, again, sizeof proba);
    mesa_applied_free(&applied);
    assert_null(applied.data.x.data);
    mesa_applied_free(&applied);
    mesa_pipeline_free(p);
    close_world(&w);
    mesa_pipeline_free(NULL);
}

/* Without a transform rows are what they are. */
static void
test_apply_nothing(void **state)
{
    struct mesa_applied applied;
    struct mesa_pipeline *p;
    struct world w;

    (void)state;
    open_world(&w, "[estimator]\ntype = deep\n");
    fit(&w, FEW, &p);
    assert_ok(mesa_pipeline_apply(p, few(&w), &applied, err));
    assert_ptr_equal(applied.data.x.data, w.x);
    mesa_applied_free(&applied);
    w.data.flags |= MESA_DATA_MISSING;
    w.x[1] = NAN;
    assert_error(mesa_pipeline_apply(p, few(&w), &applied, err), MESA_EDATA,
                 "deep takes no missing values, but column 1 has some");
    mesa_applied_free(&applied);
    mesa_pipeline_free(p);
    close_world(&w);
}

/* A model is a function of rows and stream; another estimator may be given. */
static void
test_streams(void **state)
{
    struct mesa_pipeline *p[3];
    struct world w;

    (void)state;
    open_world(&w, "[estimator]\ntype = deep\n[other]\ntype = deep\n"
                   "shift = 2\n");
    fit(&w, FEW, &p[0]);
    fit(&w, FEW, &p[1]);
    assert_bits_equal(deep_of(p[0])->drawn, deep_of(p[1])->drawn);
    mesa_pipeline_free(p[1]);
    w.rng = mesa_rng_derive(&w.rng, "other", 0);
    fit(&w, FEW, &p[1]);
    assert_true(deep_of(p[0])->drawn != deep_of(p[1])->drawn);
    resolve(&w, MESA_KIND_ESTIMATOR, "other", &w.other);
    fit(&w, FEW, &p[2]);
    assert_bits_equal(deep_of(p[0])->shift, 0.0);
    assert_bits_equal(deep_of(p[2])->shift, 2.0);
    assert_bits_equal(deep_of(p[1])->drawn, deep_of(p[2])->drawn);
    for (size_t i = 0; i < 3; i++)
        mesa_pipeline_free(p[i]);
    close_world(&w);
}

/* A sampler that does not take the rows is a failure, or is done without. */
static void
test_sampler(void **state)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    struct mesa_pipeline *p;
    struct world w;
    bool resampled = false;

    (void)state;
    open_world(&w, "[estimator]\ntype = deep\n[sampler]\ntype = half\n");
    fit(&w, FEW, &p);
    assert_int_equal(deep_of(p)->n, FEW / 2);
    mesa_pipeline_free(p);
    assert_error(try_fit(&w, 3, &p, err), MESA_EDATA,
                 "[sampler] half: 3 rows are too few");
    assert_null(p);
    w.resampled = &resampled;
    assert_int_equal(try_fit(&w, 3, &p, &e), MESA_OK);
    assert_false(resampled);
    assert_string_equal(e.message, "[sampler] half: 3 rows are too few");
    assert_int_equal(deep_of(p)->n, 3);
    assert_ok(go_on(&w, p, FEW, err));
    assert_true(resampled);
    assert_int_equal(deep_of(p)->n, 3 + FEW / 2);
    assert_int_equal(go_on(&w, p, 2, &e), MESA_OK);
    assert_false(resampled);
    mesa_pipeline_free(p);
    close_world(&w);
}

/* What the estimator has learnt stays, the transform is fitted anew. */
static void
test_continue(void **state)
{
    struct mesa_pipeline *p;
    struct world w;
    double before[2 * FEW], after[2 * FEW];

    (void)state;
    open_world(&w, "[transform]\ntype = standard\n[estimator]\ntype = deep\n");
    fit(&w, FEW, &p);
    assert_ok(mesa_pipeline_predict_proba(p, few(&w), before, err));
    assert_ok(go_on(&w, p, ROWS, err));
    assert_int_equal(deep_of(p)->n, FEW + ROWS);
    assert_ok(mesa_pipeline_predict_proba(p, few(&w), after, err));
    assert_memory_not_equal(before, after, sizeof before);
    w.data.x.cols = 1;
    assert_error(go_on(&w, p, FEW, err), MESA_ESHAPE,
                 "deep was fitted on 2 columns but these rows have 1");
    mesa_pipeline_free(p);
    close_world(&w);
    open_world(&w, "[estimator]\ntype = bagging\nestimator = deep\n");
    fit(&w, FEW, &p);
    assert_error(go_on(&w, p, FEW, err), MESA_ENOTSUP,
                 "bagging cannot go on from what it has learnt");
    mesa_pipeline_free(p);
    close_world(&w);
}

static void
test_save(void **state)
{
    struct mesa_archive *file = mesa_archive_new(), *none = mesa_archive_new();
    struct mesa_pipeline *p, *q;
    double proba[2 * FEW], again[2 * FEW];
    struct world w;

    (void)state;
    open_world(&w, "[transform]\ntype = standard\n[estimator]\ntype = deep\n"
                   "[other]\ntype = deep\n");
    fit(&w, FEW, &p);
    assert_ok(mesa_pipeline_save(p, file, err));
    assert_ok(mesa_pipeline_predict_proba(p, few(&w), proba, err));
    mesa_pipeline_free(p);
    resolve(&w, MESA_KIND_ESTIMATOR, "other", &w.other);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mesa_pipeline_load(&w.host, i ? w.other : NULL, file, &q,
                                     err));
        assert_ok(mesa_pipeline_predict_proba(q, few(&w), again, err));
        assert_memory_equal(proba, again, sizeof proba);
        mesa_pipeline_free(q);
    }
    assert_error(mesa_pipeline_load(&w.host, NULL, none, &q, err),
                 MESA_EPARSE, "there is no tensor 'transform.0.mesa.shape'");
    assert_null(q);
    mesa_archive_free(file);
    mesa_archive_free(none);
    close_world(&w);
}

/* All rows but every seventh, to be asked about. */
static size_t
unlabelled(size_t *row)
{
    size_t n = 0;

    for (size_t i = 0; i < ROWS; i++)
        if (i % 7 != 0)
            row[n++] = i;
    return n;
}

static const char committee[] =
    "[transform]\ntype = standard\n"
    "[estimator]\ntype = bagging\nestimator = deep\nn_estimators = 3\n"
    "[acquisition]\ntype = spy\nneeds = %d\n";

static const char network[] =
    "[transform]\ntype = standard\n[estimator]\ntype = deep\n"
    "[acquisition]\ntype = spy\nneeds = %d\n";

/* Block by block and at once: the same rows, utilities, probabilities. */
static void
assert_same_answer(const char *text, int needs)
{
    enum { K = 50 };
    static size_t row[ROWS];
    size_t pick[2][K], n = unlabelled(row), calls[2] = { 3, 1 };
    double utility[2][K], proba[2][2 * K], all[2 * ROWS];

    for (int whole = 0; whole < 2; whole++) {
        struct mesa_pipeline *p;
        struct world w;

        open_world_asking(&w, text, needs | (whole ? MESA_POOL_WHOLE : 0));
        fit(&w, FEW, &p);
        w.query = (struct mesa_query_job){ .row = row, .n = n, .k = K,
                                           .pick = pick[whole],
                                           .utility = utility[whole],
                                           .proba = proba[whole] };
        assert_ok(query(&w, p, err));
        assert_int_equal(seen.calls, calls[whole]);
        assert_int_equal(seen.rows, n);
        assert_ok(mesa_pipeline_predict_proba(p, &w.data, all, err));
        for (size_t i = 0; i < K; i++)
            assert_memory_equal(proba[whole] + 2 * i, all + 2 * pick[whole][i],
                                2 * sizeof *all);
        mesa_pipeline_free(p);
        close_world(&w);
    }
    assert_memory_equal(pick[0], pick[1], sizeof *pick);
    assert_memory_equal(utility[0], utility[1], sizeof *utility);
    for (size_t i = 0; i < K; i++) {
        assert_true(pick[0][i] % 7 != 0);
        if (i > 0)
            assert_true(utility[0][i] < utility[0][i - 1] ||
                        (utility[0][i] == utility[0][i - 1] &&
                         pick[0][i] > pick[0][i - 1]));
    }
}

static void
test_blocks(void **state)
{
    (void)state;
    assert_same_answer(network, 0);
    assert_same_answer(network, MESA_POOL_EMBEDDING | MESA_POOL_LABELLED);
    assert_same_answer(committee, MESA_POOL_COMMITTEE);
}

/* Rows of a part that is itself a choice of rows, in another order. */
static void
test_index(void **state)
{
    static size_t index[ROWS], row[ROWS];
    size_t pick[2][20], n = unlabelled(row);
    double utility[2][20];
    struct mesa_pipeline *p;
    struct world w;

    (void)state;
    open_world_asking(&w, network, 0);
    fit(&w, FEW, &p);
    for (size_t i = 0; i < ROWS; i++)
        index[i] = ROWS - 1 - i;
    w.query = (struct mesa_query_job){ .row = row, .n = n, .k = 20,
                                       .pick = pick[0],
                                       .utility = utility[0] };
    w.data.x.index = index;
    assert_ok(query(&w, p, err));
    w.data.x.index = NULL;
    for (size_t i = 0; i < n; i++)
        row[i] = ROWS - 1 - row[i];
    for (size_t i = 0; i < n / 2; i++) {
        size_t last = row[n - 1 - i];

        row[n - 1 - i] = row[i];
        row[i] = last;
    }
    w.query.pick = pick[1];
    w.query.utility = utility[1];
    assert_ok(query(&w, p, err));
    /* Ties go to the other end. */
    assert_memory_equal(utility[0], utility[1], sizeof utility[0]);
    assert_int_equal(pick[1][0], ROWS - 1 - pick[0][0]);
    mesa_pipeline_free(p);
    close_world(&w);
}

/* What an acquisition is shown: what it needs, if there is any of it. */
static void
test_parts(void **state)
{
    static const struct {
        const char *text;
        int needs;
        size_t n_members, width, labelled, labelled_width;
    } part[] = {
        { network, 0, 0, 0, 0, 0 },
        { network, MESA_POOL_COMMITTEE, 0, 0, 0, 0 },
        { network, MESA_POOL_EMBEDDING, 0, 2, 0, 0 },
        { network, MESA_POOL_LABELLED, 0, 0, FEW, 0 },
        { network, MESA_POOL_LABELLED | MESA_POOL_EMBEDDING, 0, 2, FEW, 2 },
        { committee, MESA_POOL_COMMITTEE, 3, 0, 0, 0 },
        { committee, MESA_POOL_EMBEDDING, 0, 0, 0, 0 },
        { committee, MESA_POOL_LABELLED | MESA_POOL_EMBEDDING, 0, 0, FEW, 0 },
    };
    static size_t row[ROWS];
    size_t pick, n = unlabelled(row);
    double utility;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(part); i++) {
        struct mesa_pipeline *p;
        struct world w;

        open_world_asking(&w, part[i].text, part[i].needs);
        fit(&w, FEW, &p);
        w.query = (struct mesa_query_job){ .row = row, .n = n, .k = 1,
                                           .pick = &pick,
                                           .utility = &utility };
        assert_ok(query(&w, p, err));
        assert_int_equal(seen.n_members, part[i].n_members);
        assert_int_equal(seen.width, part[i].width);
        assert_int_equal(seen.labelled, part[i].labelled);
        assert_int_equal(seen.labelled_width, part[i].labelled_width);
        assert_int_equal(seen.n_labelled, FEW);
        assert_true(seen.labels);
        w.without_labelled = true;
        assert_ok(query(&w, p, err));
        assert_int_equal(seen.labelled, 0);
        assert_int_equal(seen.n_labelled, 0);
        assert_false(seen.labels);
        mesa_pipeline_free(p);
        close_world(&w);
    }
}

static void
test_refused(void **state)
{
    static const size_t row[] = { 3, 5, ROWS };
    struct mesa_pipeline *p;
    size_t pick[4];
    double utility[4];
    struct world w;

    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        open_world_asking(&w, network, whole ? MESA_POOL_WHOLE : 0);
        fit(&w, FEW, &p);
        w.query = (struct mesa_query_job){ .row = row, .n = 2, .k = 3,
                                           .pick = pick, .utility = utility };
        assert_error(query(&w, p, err), MESA_EINVAL,
                     "3 of 2 rows are wanted");
        w.query.k = 0;
        seen.calls = 0;
        assert_ok(query(&w, p, err));
        assert_int_equal(seen.calls, 0);
        w.query.n = 3;
        w.query.k = 1;
        assert_error(query(&w, p, err), MESA_EINVAL, "row 40000 of 40000");
        w.query.n = 2;
        seen.fails = true;
        assert_error(query(&w, p, err), MESA_EDATA,
                     "[acquisition] spy: 2 rows seen");
        seen.fails = false;
        w.data.x.cols = 1;
        assert_error(query(&w, p, err), MESA_ESHAPE,
                     "standard was fitted on 2 columns but these rows have 1");
        mesa_pipeline_free(p);
        close_world(&w);
    }
}

/* Distances need every value, whatever the model makes of it. */
static void
test_missing(void **state)
{
    static const char text[] = "[estimator]\ntype = patient\n"
                               "[acquisition]\ntype = spy\nneeds = %d\n";
    static const struct {
        int    needs;
        size_t at; /* the row that lacks its second value */
        bool   refused;
    } cases[] = {
        { 0, FEW, false },
        { MESA_POOL_COMMITTEE, FEW, false },
        { MESA_POOL_WHOLE, FEW, true },
        { MESA_POOL_EMBEDDING, FEW, true },
        { MESA_POOL_LABELLED, 0, true },
        { MESA_POOL_WHOLE, 0, false }, /* not shown */
    };
    static const size_t row[] = { FEW, FEW + 1 };
    size_t pick[1];
    double utility[1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_pipeline *p;
        struct world w;

        open_world_asking(&w, text, cases[i].needs);
        w.data.flags |= MESA_DATA_MISSING;
        fit(&w, FEW, &p);
        w.x[2 * cases[i].at + 1] = NAN;
        w.query = (struct mesa_query_job){ .row = row, .n = 2, .k = 1,
                                           .pick = pick, .utility = utility };
        if (cases[i].refused)
            assert_error(query(&w, p, err), MESA_EDATA,
                         "[acquisition] spy takes no missing values, but "
                         "column 1 has some: fill them in with [transform] "
                         "impute");
        else if (cases[i].at == 0)
            assert_ok(query(&w, p, err));
        else /* nobody looked before */
            assert_error(query(&w, p, err), MESA_ENUMERIC,
                         "[acquisition] spy: the utility of row 30 is nan, "
                         "expected a number from 0");
        mesa_pipeline_free(p);
        close_world(&w);
    }
}

static void
test_embed(void **state)
{
    struct mesa_cmatrix x;
    struct mesa_instance *fresh;
    struct mesa_pipeline *p;
    double out[2 * FEW];
    size_t width = 9;
    struct world w;

    (void)state;
    open_world(&w, "[estimator]\ntype = deep\n[sampler]\ntype = half\n");
    x = few(&w)->x;
    assert_ok(mesa_instance_new(w.recipe.sampler, &fresh, err));
    assert_ok(mesa_estimator_embed(fresh, &x, NULL, &width, err));
    assert_int_equal(width, 0);
    mesa_instance_free(fresh);
    assert_ok(mesa_instance_new(w.recipe.estimator, &fresh, err));
    assert_error(mesa_estimator_embed(fresh, &x, NULL, &width, err),
                 MESA_ESTATE, "deep is not fitted yet");
    assert_int_equal(width, 0);
    mesa_instance_free(fresh);
    fit(&w, FEW, &p);
    assert_ok(mesa_estimator_embed(mesa_pipeline_estimator(p), &x, NULL,
                                   &width, err));
    assert_int_equal(width, 2);
    assert_ok(mesa_estimator_embed(mesa_pipeline_estimator(p), &x, out,
                                   &width, err));
    assert_bits_equal(out[2], w.x[2]);
    assert_bits_equal(out[3], -w.x[2]);
    x.cols = 1;
    assert_error(mesa_estimator_embed(mesa_pipeline_estimator(p), &x, out,
                                      &width, err),
                 MESA_ESHAPE,
                 "deep was fitted on 2 columns but these rows have 1");
    mesa_pipeline_free(p);
    close_world(&w);
}

/* Fit, go on, ask, save, load. */
static mesa_status
all_of_it(struct world *w, struct mesa_error *err)
{
    static const size_t row[] = { 3, 5, 8, 20 };
    struct mesa_archive *file = mesa_archive_new();
    struct mesa_pipeline *p = NULL, *q = NULL;
    size_t pick[2];
    double utility[2], proba[4];
    mesa_status st = file ? try_fit(w, FEW, &p, err)
                          : mesa_nomem(err, 1, "archive");

    w->query = (struct mesa_query_job){ .row = row, .n = 4, .k = 2,
                                        .pick = pick, .utility = utility,
                                        .proba = proba };
    if (st == MESA_OK)
        st = query(w, p, err);
    if (st == MESA_OK && deep_of(p))
        st = go_on(w, p, FEW, err);
    if (st == MESA_OK)
        st = mesa_pipeline_save(p, file, err);
    if (st == MESA_OK)
        st = mesa_pipeline_load(&w->host, NULL, file, &q, err);
    mesa_pipeline_free(p);
    mesa_pipeline_free(q);
    mesa_archive_free(file);
    return st;
}

/* What is said of memory that the pipeline itself asks for. */
static const char *const shortage[] = {
    "out of memory: 1 pipeline",
    "out of memory: 4 predictions",
    "out of memory: 4 rows",
    "out of memory: 2 rows",
    "out of memory: 4 utilities",
    "out of memory: 24 members' predictions",
    "out of memory: 8 values of hidden layers",
    "out of memory: 60 values of hidden layers",
};

static void
note_shortage(const char *message, bool *noted)
{
    assert_non_null(strstr(message, "out of memory: "));
    for (size_t i = 0; i < MESA_COUNT(shortage); i++)
        noted[i] |= strcmp(message, shortage[i]) == 0;
}

static void
test_memory(void **state)
{
    static const char *const text[] = { network, committee };
    bool noted[MESA_COUNT(shortage)] = { false };
    const int needs = MESA_POOL_COMMITTEE | MESA_POOL_EMBEDDING |
                      MESA_POOL_LABELLED;

    (void)state;
    for (int i = 0; i < 4; i++) {
        mesa_status st = MESA_ENOMEM;
        struct mesa_error err;
        struct world w;
        uint64_t live, k;

        open_world_asking(&w, text[i / 2],
                          needs | (i % 2 ? MESA_POOL_WHOLE : 0));
        live = mesa_memory_live();
        for (k = 0; st == MESA_ENOMEM; k++) {
            mesa_memory_fail_at(k);
            st = all_of_it(&w, &err);
            mesa_memory_fail_at(UINT64_MAX);
            assert_int_equal(mesa_memory_live(), live);
            if (st == MESA_ENOMEM)
                note_shortage(err.message, noted);
        }
        if (st != MESA_OK)
            fail_msg("%s: %s", mesa_status_name(st), err.message);
        assert_true(k > 30);
        close_world(&w);
    }
    for (size_t i = 0; i < MESA_COUNT(shortage); i++)
        if (!noted[i])
            fail_msg("nobody said: %s", shortage[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_apply_nothing),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_sampler),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_save),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_embed),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
