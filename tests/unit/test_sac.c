/* SPDX-License-Identifier: MIT */
/* test_sac.c - what the sampler sees, remembers, does, and saves. */
#include "sac_fixture.h"

#include <math.h>

#include "../golden/sac.h"

enum { ROWS = 60, MINORITY = 6, OTHERS = 20 };

/* Every tenth row is of class 1; errors of the others are multiples of 1/60.
 * Held-out rows: every fourth, and all are a little wrong. */
struct world {
    double  x[ROWS], proba[2 * ROWS], valid_proba[2 * OTHERS];
    int32_t y[ROWS], valid_y[OTHERS];
    struct mesa_dataset  data, valid;
    struct mesa_feedback told;
};

static struct mesa_dataset
rows(const struct world *w, const int32_t *y, size_t n)
{
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { w->x, n, 1, 1, NULL }, .y = y,
                                  .n_classes = 2 };
}

static void
make_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    for (size_t r = 0; r < ROWS; r++) {
        w->y[r] = r % 10 == 9;
        w->proba[2 * r + 1] = (double)r / ROWS;
        w->proba[2 * r] = 1 - w->proba[2 * r + 1];
    }
    for (size_t r = 0; r < OTHERS; r++) {
        w->valid_y[r] = r % 4 == 0;
        w->valid_proba[2 * r + 1] = w->valid_y[r] ? 0.7 : 0.1;
        w->valid_proba[2 * r] = 1 - w->valid_proba[2 * r + 1];
    }
    w->data = rows(w, w->y, ROWS);
    w->valid = rows(w, w->valid_y, OTHERS);
    w->told = (struct mesa_feedback){
        sizeof w->told, 2, 1, 10, w->proba, &w->valid, w->valid_proba,
        MESA_SAMPLER_LEARN
    };
}

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

static mesa_status
resample(struct sac *s, const struct world *w,
         const struct mesa_feedback *feedback, uint64_t seed,
         struct mesa_sample **out, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    *out = mesa_sample_new(&w->data);
    return sac_class()->resample(s, &w->data, feedback, *out, &rng, err);
}

static mesa_status
reward(struct sac *s, const struct world *w, double value, bool done,
       uint64_t seed, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return sac_class()->reward(s, value, done, &w->data, &w->told, &rng, err);
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

static void
teach(struct sac *s, struct world *w, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        struct mesa_sample *out;

        if (i % 9 == 0)
            assert_ok(sac_class()->begin(s, &w->data, err));
        assert_ok(resample(s, w, &w->told, i, &out, err));
        mesa_sample_free(out);
        assert_ok(reward(s, w, 0.01 * (double)(i % 5), i % 9 == 8, i, err));
    }
}

/* Where a and b disagree, by name; both were saved from the same class. */
static void
expect_same(const struct sac *a, const struct sac *b)
{
    const char *const name[] = {
        "counters",      "policy.mean.weight", "critic.hidden2.weight",
        "target.value.weight", "policy_adam.0", "critic_adam.13",
        "policy_adam.step", "replay.state",    "replay.action",
        "replay.reward", "replay.next",        "last.state",
    };
    struct mesa_archive *of_a = mesa_archive_new();
    struct mesa_archive *of_b = mesa_archive_new();

    assert_ok(sac_save(a, of_a, err));
    assert_ok(sac_save(b, of_b, err));
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct mesa_tensor x, y;
        size_t n = 4;

        assert_ok(mesa_archive_get(of_a, name[i], &x, err));
        assert_ok(mesa_archive_get(of_b, name[i], &y, err));
        for (uint32_t d = 0; d < x.n_dims; d++) {
            assert_int_equal(x.shape[d], y.shape[d]);
            n *= x.shape[d];
        }
        if (memcmp(x.data, y.data, n) != 0)
            fail_msg("%s differs", name[i]);
    }
    mesa_archive_free(of_a);
    mesa_archive_free(of_b);
}

/* Stopped after any number of rewards, the ring full and not, and gone on
 * with elsewhere; also between an action and its reward. */
static void
resume(const char *settings)
{
    static const uint64_t cut[] = { 0, 1, 13, 40 };
    struct world w;
    struct fixture whole;
    struct sac *s = make_sac(&whole, "%s", settings);

    make_world(&w);
    teach(s, &w, 0, 60);
    for (size_t k = 0; k < sizeof cut / sizeof *cut; k++) {
        struct fixture first, second;
        struct sac *a = make_sac(&first, "%s", settings);
        struct sac *b = make_sac(&second, "%s", settings);
        struct mesa_archive *saved = mesa_archive_new();
        struct mesa_sample *out;

        teach(a, &w, 0, cut[k]);
        if (cut[k] % 9 == 0)
            assert_ok(sac_class()->begin(a, &w.data, err));
        assert_ok(resample(a, &w, &w.told, cut[k], &out, err));
        mesa_sample_free(out);
        assert_ok(sac_save(a, saved, err));
        assert_ok(sac_load(b, saved, err));
        assert_ok(reward(b, &w, 0.01 * (double)(cut[k] % 5), cut[k] % 9 == 8,
                         cut[k], err));
        teach(b, &w, cut[k] + 1, 60);
        expect_same(s, b);
        mesa_archive_free(saved);
        free_sac(&first);
        free_sac(&second);
    }
    free_sac(&whole);
}

static void
test_resume(void **state)
{
    (void)state;
    resume("batch_size = 8\nreplay_size = 30\n");
    resume("batch_size = 8\nreplay_size = 30\nprefill = published\n");
    resume("batch_size = 8\nautomatic_entropy_tuning = true\n"
           "target_update_interval = 3\n");
    resume("batch_size = 8\npolicy = deterministic\n");
}

static void
expect_misfit(const char *mine, const char *text)
{
    struct fixture learnt, other;
    struct mesa_archive *a = mesa_archive_new();
    struct sac *from = make_sac(&learnt, "num_bins = 10\nbatch_size = 2\n");
    struct sac *into = make_sac(&other, "%s", mine);
    struct world w;

    make_world(&w);
    teach(from, &w, 0, 4);
    assert_ok(sac_save(from, a, err));
    assert_error(sac_load(into, a, err), MESA_EPARSE, text);
    mesa_archive_free(a);
    free_sac(&learnt);
    free_sac(&other);
}

static void
test_misfits(void **state)
{
    (void)state;
    expect_misfit("", "num_bins is 5 but the state was learnt with 10");
    expect_misfit("num_bins = 10\nhidden_size = 7\n",
                  "hidden_size is 7 but the state was learnt with 50");
    expect_misfit("num_bins = 10\npolicy = deterministic\n",
                  "policy is deterministic but the state was learnt with "
                  "gaussian");
    expect_misfit("num_bins = 10\nautomatic_entropy_tuning = true\n",
                  "automatic_entropy_tuning is true but the state was learnt "
                  "with false");
    expect_misfit("num_bins = 10\nbatch_size = 2\nreplay_size = 3\n",
                  "replay_size is 3 but the state has 4 transitions");
}

/* One number of a saved state that is none. */
static void
expect_damage(float *at, struct sac *s, const char *text)
{
    struct mesa_archive *a = mesa_archive_new();
    float kept = *at;

    *at = NAN;
    assert_ok(sac_save(s, a, err));
    *at = kept;
    assert_error(sac_load(s, a, err), MESA_EPARSE, text);
    mesa_archive_free(a);
}

static void
test_damage(void **state)
{
    struct fixture f;
    struct sac *s = make_sac(&f, "batch_size = 2\nprefill = none\n");
    struct world w;

    (void)state;
    make_world(&w);
    teach(s, &w, 0, 4);
    expect_damage(s->replay.next, s,
                  "replay.next has values that are not finite");
    expect_damage(s->last.state, s,
                  "last.state has values that are not finite");
    expect_damage(mesa_weights_data(s->target, 6), s,
                  "target.value.bias has values that are not finite");
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
        cmocka_unit_test(test_minority),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_prefill),
        cmocka_unit_test(test_rewards),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
