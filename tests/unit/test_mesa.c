/* SPDX-License-Identifier: MIT */
/*
 * test_mesa.c - the learner mesa and the metalearner mesa from inside: one
 * ensemble for each of several classes, what a file may not say, and what an
 * episode asks of the sampler.
 */
#include "mesa_fixture.h"

static struct mesa_instance *
fitted(const struct mesa_component *c, uint32_t n_classes)
{
    struct mesa_dataset d = rows(n_classes);
    struct mesa_instance *e;
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_instance_new(c, &e, err));
    assert_ok(mesa_estimator_fit(e, &d, NULL, &rng, err));
    return e;
}

static const char three[] = "[test]\nn_estimators = 3\n";

/* One against the rest, normalised; an absent class has probability 0. */
static void
test_several_classes(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);
    struct mesa_instance *e = fitted(&c, 4);
    struct mesa_dataset d = rows(4);
    double p[ROWS * 4];

    (void)state;
    assert_ok(mesa_estimator_predict_proba(e, &d.x, p, err));
    for (size_t r = 0; r < ROWS; r++) {
        assert_close(p[4 * r], 0.6, 1e-12);
        assert_close(p[4 * r + 1], 0.3, 1e-12);
        assert_close(p[4 * r + 2], 0.1, 1e-12);
        assert_bits_equal(p[4 * r + 3], 0.0);
    }
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

/* Scores that are all 0 say nothing. */
static void
test_no_class_likely(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);
    struct mesa_instance *e = fitted(&c, 3);
    double far = -500, p[3];
    struct mesa_cmatrix one = { &far, 1, 1, 1, NULL };

    (void)state;
    assert_ok(mesa_estimator_predict_proba(e, &one, p, err));
    for (int i = 0; i < 3; i++)
        assert_bits_equal(p[i], 1.0 / 3);
    mesa_instance_free(e);
    mesa_settings_free(&c.settings);
}

static void
test_save_and_load(void **state)
{
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);

    (void)state;
    for (uint32_t k = 2; k <= 4; k++) {
        struct mesa_instance *e = fitted(&c, k), *again;
        struct mesa_archive *a = saved(e);
        struct mesa_dataset d = rows(k);
        double p[ROWS * 4], q[ROWS * 4];

        assert_ok(mesa_instance_new(&c, &again, err));
        assert_ok(mesa_instance_load(again, a, "model", 0, err));
        assert_ok(mesa_estimator_predict_proba(e, &d.x, p, err));
        assert_ok(mesa_estimator_predict_proba(again, &d.x, q, err));
        assert_memory_equal(p, q, ROWS * k * sizeof *p);
        mesa_instance_free(e);
        mesa_instance_free(again);
        mesa_archive_free(a);
    }
    mesa_settings_free(&c.settings);
}

/* A file that may have another number of members, or of columns. */
static struct mesa_archive *
edited(uint32_t n_classes, size_t n, const uint64_t *n_members,
       uint64_t columns)
{
    static const double half = 0.5;
    struct mesa_archive *a = mesa_archive_new();
    const uint64_t shape[3] = { 1, 1, n_classes };
    const uint64_t member_shape[3] = { 1, columns, 2 };

    assert_ok(mesa_archive_put_vector(a, "model.0.n_members", MESA_U64, n,
                                      n_members, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.mesa.shape", MESA_U64, 3,
                                      shape, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.member.0.mesa.shape",
                                      MESA_U64, 3, member_shape, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.member.0.share", MESA_F64,
                                      1, &half, err));
    return a;
}

static mesa_status
load(const struct mesa_component *c, struct mesa_archive *a,
     struct mesa_error *err)
{
    struct mesa_instance *e;
    mesa_status st = mesa_instance_new(c, &e, err);

    if (st == MESA_OK)
        st = mesa_instance_load(e, a, "model", 0, err);
    mesa_instance_free(e);
    mesa_archive_free(a);
    return st;
}

static void
test_hostile_files(void **state)
{
    static const uint64_t members[] = { 1, 0, 0, 0, 1000001 };
    struct mesa_component c = bind(mesa_learner_plugin()->classes[0], three);

    (void)state;
    assert_ok(load(&c, edited(2, 1, members, 1), err));
    assert_ok(load(&c, edited(3, 3, members, 1), err));
    assert_error(load(&c, edited(2, 1, members + 1, 1), err), MESA_EPARSE,
                 "[test] mesa: n_members is 0");
    assert_error(load(&c, edited(2, 1, members + 4, 1), err), MESA_EPARSE,
                 "[test] mesa: n_members is 1000001");
    assert_error(load(&c, edited(3, 3, members + 1, 1), err), MESA_EPARSE,
                 "[test] mesa: no class has an ensemble");
    assert_error(load(&c, edited(2, 1, members, 2), err), MESA_EPARSE,
                 "[test] mesa: member 0 has 2 columns and 2 classes in an "
                 "ensemble of 1 and 2");
    mesa_settings_free(&c.settings);
}

/* The first member is not rewarded; exploring ends in mid-episode. */
static void
test_episodes(void **state)
{
    struct stage s;
    char *text;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 4\nstart_steps = 4\n"
                     "update_steps = 3\nmetric = aucprc\n");
    assert_int_equal(s.class_->total(mesa_instance_self(s.instance), &s.host),
                     3);
    assert_false(step(&s, 0));
    assert_false(step(&s, 1));
    assert_true(step(&s, 2));
    text = mesa_text_take(&diary_text);
    assert_non_null(text);
    text[strlen("begin 18/60\n0 of 4: use\n1 of 4: explore\nreward 0\n"
                "2 of 4: explore\nreward 0\n3 of 4: explore\n"
                "reward 0, done\nbegin 18/60\n0 of 4: use\n1 of 4: explore\n"
                "reward 0\n2 of 4: learn\n")] = '\0';
    assert_string_equal(text, "begin 18/60\n0 of 4: use\n1 of 4: explore\n"
                              "reward 0\n2 of 4: explore\nreward 0\n"
                              "3 of 4: explore\nreward 0, done\n"
                              "begin 18/60\n0 of 4: use\n1 of 4: explore\n"
                              "reward 0\n2 of 4: learn\n");
    mesa_free(text);
    strike(&s);
}

/* Episode i is about class i mod n_classes. */
static void
test_classes_in_turn(void **state)
{
    static const char *const begins[] = { "begin 36/60\n", "begin 18/60\n",
                                          "begin 6/60\n", "begin 36/60\n" };
    struct stage s;

    (void)state;
    set_stage(&s, 3, "[test]\nmax_estimators = 2\n");
    for (uint64_t i = 0; i < 4; i++) {
        char *text;

        step(&s, i);
        text = mesa_text_take(&diary_text);
        assert_memory_equal(text, begins[i], strlen(begins[i]));
        mesa_free(text);
    }
    strike(&s);
}

/* A share of each class, rounded up, and always the same. */
static void
test_train_ratio(void **state)
{
    struct stage s;
    char *text;

    (void)state;
    set_stage(&s, 3, "[test]\nmax_estimators = 2\ntrain_ratio = 0.3\n");
    step(&s, 2);
    text = mesa_text_take(&diary_text);
    /* 11 of 36, 6 of 18 and 2 of 6 rows. */
    assert_memory_equal(text, "begin 2/19\n", 11);
    mesa_free(text);
    strike(&s);
}

static void
test_load_needs_begin(void **state)
{
    struct mesa_instance *fresh;
    struct mesa_archive *a;
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\n");
    a = saved(s.instance);
    assert_ok(mesa_instance_new(&s.meta, &fresh, err));
    assert_error(mesa_instance_load(fresh, a, "model", 0, err), MESA_ESTATE,
                 "[test] mesa: load comes after begin");
    mesa_instance_free(fresh);
    mesa_archive_free(a);
    strike(&s);
}

/* What the sampler has learnt is where its component starts from then on. */
static void
test_finish(void **state)
{
    struct mesa_instance *next;
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 3\n");
    step(&s, 0);
    assert_ok(s.class_->finish(mesa_instance_self(s.instance), &s.host, err));
    assert_ok(mesa_instance_new(&diary_component, &next, err));
    assert_int_equal(((struct diary *)mesa_instance_self(next))->rewards, 2);
    mesa_instance_free(next);
    mesa_archive_free(diary_component.learnt);
    diary_component.learnt = NULL;
    strike(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_classes),
        cmocka_unit_test(test_no_class_likely),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_episodes),
        cmocka_unit_test(test_classes_in_turn),
        cmocka_unit_test(test_train_ratio),
        cmocka_unit_test(test_load_needs_begin),
        cmocka_unit_test(test_finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
