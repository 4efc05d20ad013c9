/* SPDX-License-Identifier: MIT */
/* test_sac_store.c - what was learnt goes on elsewhere, or is refused. */
#include "sac_world.h"

#include <math.h>

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
    expect_misfit("num_bins = 10\nmax_train_ir = 4\n",
                  "max_train_ir is given but the state was learnt without "
                  "it");
    expect_misfit("num_bins = 10\nerror_range = data\n",
                  "error_range is data but the state was learnt with unit");
    expect_misfit("num_bins = 10\nerror_rows = all\n",
                  "error_rows is all but the state was learnt with majority");
    expect_misfit("num_bins = 10\nstate_scale = frequency\n",
                  "state_scale is frequency but the state was learnt with "
                  "bins");
}

/* The learner is made much later than a state is read, which looks at what
 * it will start from. */
static void
expect_damaged_moment(struct sac *s, const char *name, size_t size,
                      const char *text)
{
    const double nan_d = NAN;
    const float nan_f = NAN;
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_tensor t;
    char kept[sizeof nan_d];
    void *at;

    assert_ok(sac_save(s, a, err));
    assert_ok(mesa_archive_get(a, name, &t, err));
    at = (void *)(uintptr_t)t.data;
    memcpy(kept, at, size);
    memcpy(at, size == sizeof nan_d ? (const void *)&nan_d : &nan_f, size);
    assert_error(sac_load(s, a, err), MESA_EPARSE, text);
    memcpy(at, kept, size);
    assert_ok(sac_load(s, a, err));
    mesa_archive_free(a);
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
    expect_damaged_moment(s, "policy_adam.0", sizeof(float),
                          "policy_adam.0 has values that are not finite");
    expect_damaged_moment(s, "critic_adam.scale", sizeof(double),
                          "critic_adam.scale has values that are not finite");
    free_sac(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
