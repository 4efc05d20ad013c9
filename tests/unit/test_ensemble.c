/* SPDX-License-Identifier: MIT */
/*
 * test_ensemble.c - the sequential loop one round at a time: what the sampler
 * is told, when members are asked, and that both ways give the same ensemble.
 */
#include "test.h"

#include "recipe.h"

#include <math.h>

enum { ROWS = 8, VALID = 5, MANY = 5003 };

/* Says of each row how many rows it was fitted on, as a share of ROWS. */
struct counting {
    double share;
};

static size_t predictions; /* calls of predict_proba */

static mesa_status
counting_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct counting *c = self;

    (void)valid;
    (void)rng;
    if (train->x.rows == 6)
        return mesa_fail(err, MESA_EDATA, "six rows");
    c->share = (double)train->x.rows / ROWS;
    return MESA_OK;
}

static mesa_status
counting_predict_proba(const void *self, const struct mesa_cmatrix *x,
                       double *proba, struct mesa_error *err)
{
    const struct counting *c = self;

    (void)err;
    predictions++;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r] = 1 - c->share;
        proba[2 * r + 1] = c->share;
    }
    return MESA_OK;
}

static const struct mesa_estimator_class counting = {
    MESA_ESTIMATOR(struct counting),
    .head.name     = "counting",
    .head.title    = "Share of the rows",
    .fit           = counting_fit,
    .predict_proba = counting_predict_proba,
};

/* Says of each row what its first column is, less a little. */
static mesa_status
echo_predict_proba(const void *self, const struct mesa_cmatrix *x,
                   double *proba, struct mesa_error *err)
{
    const struct counting *c = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r + 1] = mesa_row(x, r)[0] * c->share / 3;
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return MESA_OK;
}

/* Calls by ranks, and one in how many of them is refused. */
static size_t ranked_calls, refused_every = 1000;

/* The same of a column of MANY numbers 0, 1 / MANY, 2 / MANY and so on. */
static mesa_status
echo_add_ranked(const void *self, const struct mesa_ranks *ranks,
                size_t first, size_t n, double *sum, struct mesa_error *err)
{
    const struct counting *c = self;
    const uint16_t *rank = mesa_ranks_column(ranks, 0) + first;

    if (++ranked_calls % refused_every == 0)
        return mesa_fail(err, MESA_ENOTSUP, "not this time");
    for (size_t r = 0; r < n; r++) {
        double one = (double)(rank[r] - 1) / MANY * c->share / 3;

        sum[2 * r] += 1 - one;
        sum[2 * r + 1] += one;
    }
    return MESA_OK;
}

static const struct mesa_estimator_class echo = {
    MESA_ESTIMATOR(struct counting),
    .head.name     = "echo",
    .head.title    = "The row",
    .fit           = counting_fit,
    .predict_proba = echo_predict_proba,
    .add_ranked    = echo_add_ranked,
};

/* Keeps two rows more each round; remembers what it was told. */
struct growing {
    size_t begins, rewards;
};

static struct {
    size_t                 n, round[8], n_rounds[8];
    bool                   valid[8];
    double                 mean[8], valid_mean[8];
    enum mesa_sampler_mode mode[8];
} told;

static mesa_status
growing_begin(void *self, const struct mesa_dataset *data,
              struct mesa_error *err)
{
    struct growing *g = self;

    (void)data;
    (void)err;
    g->begins++;
    return MESA_OK;
}

static mesa_status
growing_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *f, struct mesa_sample *out,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    size_t t = told.n++;

    (void)self;
    (void)data;
    (void)rng;
    (void)err;
    told.round[t] = f->round;
    told.n_rounds[t] = f->n_rounds;
    told.mode[t] = f->mode;
    told.valid[t] = f->valid != NULL;
    told.mean[t] = f->proba ? f->proba[2 * ROWS - 1] : NAN;
    told.valid_mean[t] = f->valid_proba ? f->valid_proba[2 * VALID - 1] : NAN;
    for (size_t r = 0; r < 2 * (f->round + 1) && st == MESA_OK; r++)
        st = mesa_sample_keep(out, r);
    return st;
}

static mesa_status
growing_reward(void *self, double value, bool done,
               const struct mesa_dataset *data,
               const struct mesa_feedback *now, struct mesa_rng *rng,
               struct mesa_error *err)
{
    struct growing *g = self;

    (void)done;
    (void)data;
    (void)now;
    (void)rng;
    g->rewards++;
    return value < 0 ? mesa_fail(err, MESA_ENUMERIC, "reward %g", value)
                     : MESA_OK;
}

static const struct mesa_sampler_class growing = {
    MESA_SAMPLER(struct growing),
    .head.name  = "growing",
    .head.title = "More rows each round",
    .head.flags = MESA_CLASS_FEEDBACK,
    .resample   = growing_resample,
    .begin      = growing_begin,
    .reward     = growing_reward,
};

/* The same without feedback and without a reward. */
static const struct mesa_sampler_class blind = {
    MESA_SAMPLER(struct growing),
    .head.name  = "blind",
    .head.title = "More rows each round",
    .resample   = growing_resample,
};

static struct mesa_component
component_of(const struct mesa_class *c)
{
    static char section[] = "test";

    return (struct mesa_component){ .class_ = c, .section = section,
                                    .complete = true };
}

static double x[ROWS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
static int32_t y[ROWS] = { 0, 1, 0, 1, 0, 1, 0, 1 };

static struct mesa_dataset
rows(size_t n)
{
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, n, 1, 1, NULL },
                                  .y = y,
                                  .n_classes = 2 };
}

/* An ensemble under way, with everything it borrows. */
struct scene {
    struct mesa_component      estimator, sampler;
    struct mesa_dataset        train, valid;
    struct mesa_rng            rng;
    struct mesa_instance      *live;
    struct mesa_ensemble       e;
    struct mesa_ensemble_loop *loop;
};

static void
set_up(struct scene *s, const struct mesa_sampler_class *sampler, size_t n,
       bool with_valid)
{
    *s = (struct scene){ .loop = NULL };
    memset(&told, 0, sizeof told);
    predictions = 0;
    s->estimator = component_of(&counting.head);
    s->sampler = component_of(&sampler->head);
    s->train = rows(ROWS);
    s->valid = rows(VALID);
    mesa_rng_seed(&s->rng, 3);
    assert_ok(mesa_instance_new(&s->sampler, &s->live, err));
    assert_ok(mesa_ensemble_begin(
        &s->e,
        &(struct mesa_ensemble_job){ sizeof(struct mesa_ensemble_job), n,
                                     &s->estimator, s->live, &s->train,
                                     with_valid ? &s->valid : NULL, &s->rng,
                                     NULL, NULL },
        &s->loop, err));
}

static void
tear_down(struct scene *s)
{
    mesa_ensemble_end(s->loop);
    mesa_ensemble_free(&s->e);
    mesa_instance_free(s->live);
}

static void
test_rounds(void **state)
{
    struct mesa_feedback now;
    struct scene s;

    (void)state;
    set_up(&s, &growing, 2, true);
    assert_ok(mesa_ensemble_feedback(s.loop, &now, err));
    assert_null(now.proba);
    assert_null(now.valid_proba);
    assert_int_equal(now.round, 0);
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_int_equal(s.e.n, 1);
    assert_int_equal(predictions, 0);
    assert_ok(mesa_ensemble_feedback(s.loop, &now, err));
    assert_int_equal(predictions, 2);
    assert_int_equal(now.round, 1);
    assert_int_equal(now.n_rounds, 2);
    assert_bits_equal(now.proba[1], 0.25);
    assert_bits_equal(now.valid_proba[2 * VALID - 1], 0.25);
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_EXPLORE, err));
    assert_int_equal(predictions, 2);
    assert_ok(mesa_ensemble_feedback(s.loop, &now, err));
    assert_int_equal(predictions, 4);
    assert_bits_equal(now.proba[1], 0.375);
    assert_bits_equal(now.proba[0], 0.625);
    assert_int_equal(told.mode[0], MESA_SAMPLER_USE);
    assert_int_equal(told.mode[1], MESA_SAMPLER_EXPLORE);
    assert_bits_equal(told.mean[1], 0.25);
    assert_error(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err),
                 MESA_ESTATE, "all 2 members are fitted");
    tear_down(&s);
}

/* Round by round is what mesa_ensemble_fit does. */
static void
test_as_fit(void **state)
{
    struct mesa_ensemble whole = { 0, NULL };
    double p[2 * ROWS], q[2 * ROWS];
    struct scene s;

    (void)state;
    set_up(&s, &growing, 2, true);
    for (int i = 0; i < 2; i++)
        assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_ok(mesa_ensemble_predict_proba(&s.e, &s.train.x, p, err));
    memset(&told, 0, sizeof told);
    predictions = 0;
    assert_ok(mesa_ensemble_fit(&whole, 2, &s.estimator, &s.sampler, &s.train,
                                &s.valid, &s.rng, err));
    /* Nobody asks the last member. */
    assert_int_equal(predictions, 2);
    assert_int_equal(told.n, 2);
    assert_int_equal(told.n_rounds[1], 2);
    assert_bits_equal(told.valid_mean[1], 0.25);
    assert_ok(mesa_ensemble_predict_proba(&whole, &s.train.x, q, err));
    assert_memory_equal(p, q, sizeof p);
    assert_true(mesa_ensemble_rows(&whole) > 0);
    assert_int_equal(mesa_ensemble_rows(&whole), mesa_ensemble_rows(&s.e));
    mesa_ensemble_free(&whole);
    assert_int_equal(mesa_ensemble_rows(&whole), 0);
    tear_down(&s);
}

/* An ensemble can be used before it has all members. */
static void
test_unfinished(void **state)
{
    double p[2 * ROWS];
    struct scene s;

    (void)state;
    set_up(&s, &growing, 1000000, true);
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_LEARN, err));
    assert_int_equal(told.mode[0], MESA_SAMPLER_LEARN);
    assert_ok(mesa_ensemble_predict_proba(&s.e, &s.train.x, p, err));
    assert_bits_equal(p[1], 0.25);
    tear_down(&s);
}

static void
test_without_valid(void **state)
{
    struct mesa_feedback now;
    struct scene s;

    (void)state;
    set_up(&s, &growing, 2, false);
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_ok(mesa_ensemble_feedback(s.loop, &now, err));
    assert_false(told.valid[1]);
    assert_true(isnan(told.valid_mean[1]));
    assert_null(now.valid_proba);
    assert_bits_equal(now.proba[1], 0.375);
    tear_down(&s);
}

/* A sampler that reads no feedback costs no predictions. */
static void
test_blind(void **state)
{
    struct mesa_rng rng;
    struct scene s;

    (void)state;
    set_up(&s, &blind, 2, true);
    for (int i = 0; i < 2; i++)
        assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_int_equal(predictions, 0);
    assert_true(isnan(told.mean[1]));
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_sampler_reward(s.live, -1, true, &s.train, NULL, &rng,
                                  err));
    tear_down(&s);
}

/* A round that fails leaves the ensemble as it was. */
static void
test_a_failing_round(void **state)
{
    struct mesa_rng rng;
    struct scene s;

    (void)state;
    set_up(&s, &growing, 4, true);
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_ok(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err));
    assert_error(mesa_ensemble_round(s.loop, MESA_SAMPLER_USE, err),
                 MESA_EDATA, "[test] counting: six rows");
    assert_int_equal(s.e.n, 2);
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_sampler_reward(s.live, 1, false, &s.train, NULL, &rng,
                                  err));
    assert_error(mesa_sampler_reward(s.live, -1, false, &s.train, NULL, &rng,
                                     err),
                 MESA_ENUMERIC, "[test] growing: reward -1");
    assert_error(mesa_sampler_reward(s.e.member[0], 1, false, &s.train, NULL,
                                     &rng, err),
                 MESA_EINVAL, "counting is no sampler");
    tear_down(&s);
}

/* Means of two members, and of three, are those of whoever asks for all. */
static void
expect_means(const struct mesa_dataset *d, const struct mesa_ranks *ranks)
{
    struct mesa_component estimator = component_of(&echo.head);
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_ensemble_loop *loop;
    struct mesa_feedback now;
    struct mesa_rng rng;
    const struct mesa_ensemble_job job = { sizeof job, 3, &estimator, NULL, d,
                                           d, &rng, ranks, ranks };
    double *all = malloc(2 * d->x.rows * sizeof *all);

    assert_non_null(all);
    mesa_rng_seed(&rng, 3);
    assert_ok(mesa_ensemble_begin(&e, &job, &loop, err));
    assert_ok(mesa_ensemble_round(loop, MESA_SAMPLER_USE, err));
    for (int i = 0; i < 2; i++) {
        assert_ok(mesa_ensemble_round(loop, MESA_SAMPLER_USE, err));
        assert_ok(mesa_ensemble_feedback(loop, &now, err));
        assert_ok(mesa_ensemble_predict_proba(&e, &d->x, all, err));
        assert_memory_equal(now.proba, all, 2 * d->x.rows * sizeof *all);
        assert_memory_equal(now.valid_proba, all,
                            2 * d->x.rows * sizeof *all);
        assert_ok(mesa_ensemble_predict_ranked(&e, &d->x, ranks, all, err));
        assert_memory_equal(now.proba, all, 2 * d->x.rows * sizeof *all);
    }
    mesa_ensemble_end(loop);
    mesa_ensemble_free(&e);
    free(all);
}

/* Without ranks, with them, and where some members do without. */
static void
expect_means_by_ranks(const struct mesa_dataset *d)
{
    struct mesa_ranks *ranks;

    assert_ok(mesa_ranks_new(&d->x, &ranks, err));
    assert_non_null(ranks);
    ranked_calls = 0;
    expect_means(d, NULL);
    assert_int_equal(ranked_calls, 0);
    expect_means(d, ranks);
    assert_true(ranked_calls >= 11);
    refused_every = 3;
    expect_means(d, ranks);
    refused_every = 1000;
    mesa_ranks_free(ranks);
}

/* Rows are predicted by blocks and added by runs, also where they are picked
 * from others. */
static void
test_many_rows(void **state)
{
    static double number[MANY];
    static int32_t label[MANY];
    static size_t backwards[MANY];
    struct mesa_dataset d = rows(ROWS);

    (void)state;
    for (size_t r = 0; r < MANY; r++) {
        number[r] = (double)r / MANY;
        backwards[r] = MANY - 1 - r;
    }
    d.x = (struct mesa_cmatrix){ number, MANY, 1, 1, NULL };
    d.y = label;
    expect_means_by_ranks(&d);
    d.x.index = backwards;
    expect_means_by_ranks(&d);
    d.x.rows = 1024;
    expect_means(&d, NULL);
}

static void
test_bad_ranks(void **state)
{
    struct mesa_component echoing = component_of(&echo.head);
    struct mesa_component other = component_of(&counting.head);
    struct mesa_instance *e, *deaf;
    struct mesa_dataset train = rows(ROWS);
    const struct mesa_cmatrix two = { x, 4, 2, 2, NULL };
    struct mesa_ranks *ranks, *wide;
    double sum[2 * ROWS] = { 0 };
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 3);
    assert_ok(mesa_ranks_new(&train.x, &ranks, err));
    assert_ok(mesa_ranks_new(&two, &wide, err));
    assert_ok(mesa_instance_new(&echoing, &e, err));
    assert_error(mesa_estimator_add_ranked(e, ranks, 0, 1, sum, err),
                 MESA_ESTATE, "echo is not fitted yet");
    assert_ok(mesa_estimator_fit(e, &train, NULL, &rng, err));
    assert_ok(mesa_estimator_add_ranked(e, ranks, ROWS, 0, sum, err));
    assert_error(mesa_estimator_add_ranked(e, ranks, 3, 6, sum, err),
                 MESA_ESHAPE,
                 "6 rows from row 3 on, but there are ranks of 8");
    assert_error(mesa_estimator_add_ranked(e, ranks, 9, 0, sum, err),
                 MESA_ESHAPE,
                 "0 rows from row 9 on, but there are ranks of 8");
    assert_error(mesa_estimator_add_ranked(e, wide, 0, 1, sum, err),
                 MESA_ESHAPE, "echo was fitted on 1 columns but these rows "
                 "have 2");
    assert_ok(mesa_instance_new(&other, &deaf, err));
    assert_ok(mesa_estimator_fit(deaf, &train, NULL, &rng, err));
    assert_error(mesa_estimator_add_ranked(deaf, ranks, 0, 1, sum, err),
                 MESA_ENOTSUP, "counting does not predict from ranks");
    mesa_instance_free(deaf);
    mesa_instance_free(e);
    mesa_ranks_free(wide);
    mesa_ranks_free(ranks);
}

static void
test_allocation_failures(void **state)
{
    struct mesa_component estimator = component_of(&counting.head);
    struct mesa_component sampler = component_of(&growing.head);
    struct mesa_dataset train = rows(ROWS), valid = rows(VALID);
    struct mesa_instance *live;
    struct mesa_rng rng;
    mesa_status st = MESA_ENOMEM;
    uint64_t before;

    (void)state;
    mesa_rng_seed(&rng, 3);
    assert_ok(mesa_instance_new(&sampler, &live, err));
    before = mesa_memory_live();
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        const struct mesa_ensemble_job job = { sizeof job, 2, &estimator, live,
                                               &train, &valid, &rng,
                                               NULL, NULL };
        struct mesa_ensemble e = { 0, NULL };
        struct mesa_ensemble_loop *loop = NULL;
        struct mesa_feedback now;
        struct mesa_error err;

        assert_true(k < 1000);
        told.n = 0;
        mesa_memory_fail_at(k);
        st = mesa_ensemble_begin(&e, &job, &loop, &err);
        for (int i = 0; i < 2 && st == MESA_OK; i++)
            st = mesa_ensemble_round(loop, MESA_SAMPLER_USE, &err);
        if (st == MESA_OK)
            st = mesa_ensemble_feedback(loop, &now, &err);
        mesa_memory_fail_at(UINT64_MAX);
        mesa_ensemble_end(loop);
        mesa_ensemble_free(&e);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
    mesa_instance_free(live);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_as_fit),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_without_valid),
        cmocka_unit_test(test_blind),
        cmocka_unit_test(test_a_failing_round),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_bad_ranks),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
