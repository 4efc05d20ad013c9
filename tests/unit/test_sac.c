/* SPDX-License-Identifier: MIT */
/* test_sac.c - what the sampler sees, remembers and does. */
#include "sac_world.h"

#include <math.h>

#include "../golden/sac.h"

static void
expect_counts(double low, double high, const double *error, size_t n,
              size_t bins, const size_t *golden)
{
    size_t count[10] = { 0 };

    sac_histogram(error, n, low, high, bins, count);
    for (size_t b = 0; b < bins; b++)
        if (count[b] != golden[b])
            fail_msg("bin %zu of %zu has %zu, expected %zu", b, bins,
                     count[b], golden[b]);
}

static void
test_histogram(void **state)
{
    static const double alike[7] = { 0.25, 0.25, 0.25, 0.25, 0.25, 0.25,
                                     0.25 };
    static const struct {
        size_t bins;
        const size_t *unit, *data, *alike;
    } golden[] = {
        { 1, golden_unit_1, golden_data_1, golden_alike_1 },
        { 3, golden_unit_3, golden_data_3, golden_alike_3 },
        { 5, golden_unit_5, golden_data_5, golden_alike_5 },
        { 10, golden_unit_10, golden_data_10, golden_alike_10 },
    };
    size_t n = sizeof golden_errors / sizeof *golden_errors;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        size_t bins = golden[i].bins;

        expect_counts(0, 1, golden_errors, n, bins, golden[i].unit);
        expect_counts(golden_errors[3], golden_errors[24], golden_errors + 3,
                      22, bins, golden[i].data);
        expect_counts(0.25, 0.25, alike, 7, bins, golden[i].alike);
    }
}

/* A probability may be off 0 or 1 by a rounding error. */
static void
test_beyond(void **state)
{
    static const double error[4] = { -1e-17, 1 + 1e-15, -1e-3, 1.01 };
    static const size_t expected[2] = { 2, 2 };

    (void)state;
    expect_counts(0, 1, error, 4, 2, expected);
}

static void
expect_state(const char *settings, const double *expected)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "num_bins = 2\n%s", settings);
    float x[4];

    make_world(&w);
    assert_ok(sac_state(s, &w.data, &w.told, x, err));
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs((double)x[i] - expected[i]) < 1e-6);
    free_sac(&f);
}

/* 27 majority rows are wrong by less than 1/2, 27 by more; of the minority 3
 * and 3.  Held out: all 15 by 0.1, the other 5 by 0.3. */
static void
test_state(void **state)
{
    static const double bins[4] = { 1, 1, 2, 0 };
    static const double frequency[4] = { 0.5, 0.5, 1, 0 };
    static const double range[4] = { 1, 1, 0, 2 };
    static const double all[4] = { 60.0 / 60, 60.0 / 60, 1.5, 0.5 };

    (void)state;
    expect_state("", bins);
    expect_state("state_scale = frequency\n", frequency);
    expect_state("error_range = data\n", range);
    expect_state("error_range = data\nerror_rows = all\n", all);
}

/* Errors of many rows, against one look at each. */
static void
expect_many(const char *settings, size_t n, bool all)
{
    enum { MOST = 2200 };
    static double x[MOST], proba[2 * MOST];
    static int32_t y[MOST];
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { x, n, 1, 1, NULL }, .y = y,
                              .n_classes = 2 };
    struct mesa_feedback told = { sizeof told, 2, 1, 10, proba, &d, proba,
                                  MESA_SAMPLER_LEARN };
    double expected[4] = { 0 }, counted = 0;
    struct fixture f;
    struct sac *s = make_sac(&f, "num_bins = 4\nstate_scale = frequency\n%s",
                             settings);
    float seen[8];

    for (size_t r = 0; r < n; r++) {
        double p = (double)(r * 61 % 101) / 100, error;

        y[r] = r % 9 == 8;
        proba[2 * r] = 1 - p;
        proba[2 * r + 1] = p;
        error = y[r] ? 1 - p : p;
        if (y[r] && !all)
            continue;
        counted++;
        expected[error >= 0.75 ? 3 : error >= 0.5 ? 2 : error >= 0.25]++;
    }
    assert_ok(sac_state(s, &d, &told, seen, err));
    for (size_t i = 0; i < 8; i++)
        assert_true((double)seen[i] ==
                    (double)(float)(expected[i % 4] / counted));
    free_sac(&f);
}

/* Around whole runs and blocks of rows. */
static void
test_many(void **state)
{
    static const size_t n[] = { 127, 128, 129, 1023, 1024, 1025, 2200 };

    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
        expect_many("", n[i], false);
        expect_many("error_rows = all\n", n[i], true);
    }
}

/* The class with fewer rows is the hard one, whatever its number. */
static void
test_minority(void **state)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "num_bins = 5\n");
    float one[10], other[10];

    (void)state;
    make_world(&w);
    assert_ok(sac_state(s, &w.data, &w.told, one, err));
    for (size_t r = 0; r < ROWS; r++) {
        double p = w.proba[2 * r];

        w.y[r] = !w.y[r];
        w.proba[2 * r] = w.proba[2 * r + 1];
        w.proba[2 * r + 1] = p;
    }
    for (size_t r = 0; r < OTHERS; r++) {
        double p = w.valid_proba[2 * r];

        w.valid_y[r] = !w.valid_y[r];
        w.valid_proba[2 * r] = w.valid_proba[2 * r + 1];
        w.valid_proba[2 * r + 1] = p;
    }
    assert_ok(sac_state(s, &w.data, &w.told, other, err));
    assert_memory_equal(one, other, sizeof one);
    free_sac(&f);
}

/* Actions of a mode over some seeds: how many differ from the first. */
static size_t
count_actions(const char *settings, enum mesa_sampler_mode mode, float *first)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "%s", settings);
    struct mesa_rng rng;
    size_t n = 0;

    make_world(&w);
    mesa_rng_seed(&rng, 77);
    sac_draw_weights(s, &rng);
    w.told.mode = mode;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct mesa_sample *out;

        assert_ok(resample(s, &w, &w.told, seed, &out, err));
        assert_int_equal(mesa_sample_rows(out), 2 * MINORITY);
        mesa_sample_free(out);
        assert_true(s->last.action[0] >= 0 && s->last.action[0] <= 1);
        if (seed == 0)
            *first = s->last.action[0];
        n += s->last.action[0] != *first;
    }
    free_sac(&f);
    return n;
}

static void
test_modes(void **state)
{
    float mean, other;

    (void)state;
    assert_int_equal(count_actions("", MESA_SAMPLER_USE, &mean), 0);
    assert_int_equal(count_actions("", MESA_SAMPLER_LEARN, &other), 19);
    assert_int_equal(count_actions("", MESA_SAMPLER_EXPLORE, &other), 19);
    assert_int_equal(count_actions("action = sample\n", MESA_SAMPLER_USE,
                                   &other), 19);
    /* Clipped actions may be the same. */
    assert_true(count_actions("policy = deterministic\n",
                              MESA_SAMPLER_LEARN, &other) > 5);
    assert_true(fabs((double)(other - mean)) < 0.251);
}

/* What it would do, and how far around that it may go while it learns. */
static void
expect_aim(const char *settings, bool clipped)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "%s", settings);
    double aim[3] = { NAN, NAN, NAN };
    struct mesa_rng rng;
    struct mesa_sample *out;

    make_world(&w);
    assert_ok(sac_class()->aim(s, &w.data, &w.told, aim, err));
    assert_true(isnan(aim[0])); /* there are no weights yet */
    w.told.mode = MESA_SAMPLER_USE;
    mesa_rng_seed(&rng, 77);
    sac_draw_weights(s, &rng);
    assert_ok(sac_class()->aim(s, &w.data, NULL, aim, err));
    assert_true(isnan(aim[0]));
    assert_ok(sac_class()->aim(s, &w.data, &w.told, aim, err));
    assert_ok(resample(s, &w, &w.told, 1, &out, err));
    mesa_sample_free(out);
    assert_true((float)aim[0] == s->last.action[0]);
    assert_true(aim[0] > aim[1] && aim[0] < aim[2]);
    assert_true(aim[1] >= 0 && aim[2] <= 1);
    /* A deviation of about 1 before tanh, or 0.1 within 0 ... 1 behind. */
    assert_true(clipped ? aim[2] - aim[1] < 0.2001 : aim[2] - aim[1] > 0.3);
    free_sac(&f);
}

static void
test_aim(void **state)
{
    (void)state;
    expect_aim("", false);
    expect_aim("policy = deterministic\n", true);
}

/* The rows are those of mesa/hardness.h around the action; in the first
 * round any. */
static void
test_rows(void **state)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "sigma = 0.1\ntrain_ir = 2\n");
    const struct mesa_feedback *feedback[3] = { &w.told, NULL, NULL };
    struct mesa_feedback first;

    (void)state;
    make_world(&w);
    first = w.told;
    first.proba = first.valid_proba = NULL;
    feedback[2] = &first;
    for (size_t k = 0; k < 3; k++) {
        struct mesa_sample *out, *same = mesa_sample_new(&w.data);
        struct mesa_hardness how = { 0, 0.1, 2 };
        struct mesa_rng rng;

        assert_ok(resample(s, &w, feedback[k], 5, &out, err));
        assert_true(s->last.acted == (k == 0));
        how.mu = (double)s->last.action[0];
        mesa_rng_seed(&rng, 5);
        assert_ok(mesa_hardness_resample(&w.data, feedback[k], &how, same,
                                         &rng, err));
        assert_int_equal(mesa_sample_rows(out), 3 * MINORITY);
        for (size_t i = 0; i < 3 * MINORITY; i++)
            assert_int_equal(mesa_sample_origin(out, i).kept,
                             mesa_sample_origin(same, i).kept);
        mesa_sample_free(out);
        mesa_sample_free(same);
    }
    free_sac(&f);
}

static void
test_ring(void **state)
{
    struct sac_replay r = { 0 };
    float x[2], a;

    (void)state;
    assert_ok(sac_replay_init(&r, 2, 1, 4, err));
    for (int i = 0; i < 7; i++) {
        x[0] = (float)i;
        x[1] = (float)-i;
        a = (float)i / 8;
        sac_replay_add(&r, x, &a, (float)(10 * i), x, i % 2);
        assert_int_equal(r.n, i < 4 ? i + 1 : 4);
        assert_true(r.reward[sac_replay_at(&r, r.n - 1)] == (float)(10 * i));
    }
    for (size_t i = 0; i < 4; i++) {
        size_t at = sac_replay_at(&r, i);

        assert_true(r.state[2 * at + 1] == -(float)(i + 3));
        assert_true(r.next[2 * at] == (float)(i + 3));
        assert_true(r.action[at] == (float)(i + 3) / 8);
        assert_true(r.done[at] == (float)((i + 3) % 2));
    }
    sac_replay_free(&r);
}

/* 333 of each kind, in order; one of each bump's bins is largest. */
static void
test_prefill(void **state)
{
    static const float action[3] = { 0.9f, 0.5f, 0.1f };
    struct sac_replay r = { 0 };
    struct mesa_rng rng;
    double sum = 0;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(sac_replay_init(&r, 10, 1, 1000, err));
    sac_replay_prefill(&r, 5, 5, &rng);
    assert_int_equal(r.n, 999);
    for (size_t i = 0; i < 999; i++) {
        const float *x = r.state + 10 * i, *next = r.next + 10 * i;

        assert_true(r.action[i] == action[i / 333]);
        assert_true(r.reward[i] == 5 && r.done[i] == 0);
        assert_true(x[0] != next[0]);
        for (size_t j = 0; j < 10; j++)
            sum += (double)x[j] / 999;
        if (i < 333)
            assert_true(x[4] > x[2] && x[9] > x[7]);
        else if (i < 666)
            assert_true(x[2] > x[0] && x[2] > x[4] && x[7] > x[5]);
        else
            assert_true(x[0] > x[2] && x[7] > x[5]);
    }
    /* 2 x 5, and noise of mean 1/4 in ten bins. */
    assert_close(sum, 12.5, 0.01);
    sac_replay_free(&r);
}

/* Rewards fill the ring; updates begin with a full batch, unless exploring. */
static void
test_rewards(void **state)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "batch_size = 4\nupdates_per_step = 3\n"
                                 "prefill = none\n");

    (void)state;
    make_world(&w);
    assert_ok(reward(s, &w, 1, false, 0, err));
    assert_int_equal(s->replay.n, 0);
    for (uint64_t i = 0; i < 8; i++) {
        struct mesa_sample *out;

        w.told.mode = i == 5 ? MESA_SAMPLER_EXPLORE : MESA_SAMPLER_LEARN;
        assert_ok(resample(s, &w, &w.told, i, &out, err));
        mesa_sample_free(out);
        assert_ok(reward(s, &w, 0.01 * (double)i, i == 7, i, err));
        assert_int_equal(s->replay.n, i + 1);
        assert_int_equal(s->n_updates, i < 3 ? 0 : i < 5 ? 3 * (i - 2)
                                                         : 3 * (i - 3));
        assert_true(s->replay.reward[i] == (float)(0.01 * (double)i * 100));
        assert_true(s->replay.done[i] == (i == 7));
        assert_true(s->replay.action[i] == s->last.action[0]);
    }
    /* Once more without an action in between: nothing. */
    assert_ok(reward(s, &w, 1, false, 9, err));
    assert_int_equal(s->replay.n, 8);
    free_sac(&f);
}

/* What the policy is shown when it is asked for an action. */
static const float *
shown(struct sac *s, const struct world *w)
{
    struct mesa_sample *out;

    assert_ok(resample(s, w, &w->told, 0, &out, err));
    mesa_sample_free(out);
    return s->last.state;
}

/* A state is worked out once for the reward and the next action, and again
 * for another round, other rows or another ensemble. */
static void
test_known(void **state)
{
    struct world w, other;
    struct fixture f;
    struct sac *s = make_sac(&f, "%s", "");

    (void)state;
    make_world(&w);
    make_world(&other);
    for (size_t r = 0; r < ROWS; r++)
        other.proba[2 * r + 1] = 0.9;
    shown(s, &w);
    assert_ok(reward(s, &w, 1, false, 0, err));
    s->next[0] = 77;
    assert_true(shown(s, &w)[0] == 77);
    assert_true(shown(s, &other)[4] == 5);
    assert_true(shown(s, &w)[0] == 77);
    w.told.round++;
    assert_true(shown(s, &w)[0] != 77);
    w.told.round--;
    assert_ok(sac_class()->begin(s, &w.data, err));
    assert_true(shown(s, &w)[0] != 77);
    free_sac(&f);
}

static void
test_data(void **state)
{
    struct world w;
    struct fixture f;
    struct sac *s = make_sac(&f, "%s", "");
    struct mesa_sample *out;

    (void)state;
    make_world(&w);
    w.told.valid_proba = NULL;
    assert_error(resample(s, &w, &w.told, 1, &out, err), MESA_EDATA,
                 "sac needs a validation part");
    mesa_sample_free(out);
    w.told.valid_proba = w.valid_proba;
    w.told.valid = NULL;
    assert_error(resample(s, &w, &w.told, 1, &out, err), MESA_EDATA,
                 "sac needs a validation part");
    mesa_sample_free(out);
    w.told.valid = &w.valid;
    s->train_ir = 50;
    assert_error(resample(s, &w, &w.told, 1, &out, err), MESA_EINVAL,
                 "train_ir is 50 but there are 9.0 majority rows per minority "
                 "row");
    mesa_sample_free(out);
    for (size_t r = 10; r < ROWS; r++)
        w.y[r] = 0;
    assert_error(resample(s, &w, &w.told, 1, &out, err), MESA_EDATA,
                 "1 of 60 rows are of the minority class, at least 2 are "
                 "needed");
    mesa_sample_free(out);
    free_sac(&f);
}

static void
expect_refusal(const char *settings, const char *text)
{
    struct fixture f;

    assert_error(try_sac(&f, settings, err), MESA_EINVAL, text);
    free_sac(&f);
}

static void
test_parameters(void **state)
{
    (void)state;
    expect_refusal("replay_size = 10\n",
                   "replay_size is 10 but batch_size is 64");
    expect_refusal("automatic_entropy_tuning = true\nalpha = 0\n",
                   "alpha is 0, which automatic_entropy_tuning cannot start "
                   "from");
    expect_refusal("automatic_entropy_tuning = true\n"
                   "policy = deterministic\n",
                   "automatic_entropy_tuning needs a gaussian policy");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_beyond),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_minority),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_aim),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_prefill),
        cmocka_unit_test(test_rewards),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
