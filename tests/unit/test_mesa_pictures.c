/* SPDX-License-Identifier: MIT */
/* test_mesa_pictures.c - pictures of what the metalearner mesa has taught. */
#include "mesa_fixture.h"

enum { SHOWN = 25 }; /* numbers, one more than there are for a member */

/* All tables of the pictures that are reported, one after the other. */
static struct mesa_text
drawn(struct stage *s, struct mesa_instance *m)
{
    struct mesa_report r = { .draws = true };
    struct mesa_text text = { 0 };

    assert_ok(s->class_->report(mesa_instance_self(m), &s->host, &r, err));
    for (size_t i = 0; i < r.n_plots; i++) {
        mesa_text_printf(&text, "%s\n", r.plot[i]->name);
        mesa_plot_data(r.plot[i], &text);
    }
    mesa_report_free(&r);
    return text;
}

/* Whoever has loaded it draws the same. */
static void
expect_same_after_load(struct stage *s)
{
    struct mesa_archive *a = saved(s->instance);
    struct mesa_text one = drawn(s, s->instance), other;
    struct mesa_instance *after;

    assert_ok(mesa_instance_new(&s->meta, &after, err));
    assert_ok(s->class_->begin(mesa_instance_self(after), &s->host, err));
    assert_ok(mesa_instance_load(after, a, "model", 0, err));
    other = drawn(s, after);
    assert_string_equal(one.at, other.at);
    mesa_free(one.at);
    mesa_free(other.at);
    mesa_archive_free(a);
    mesa_instance_free(after);
}

/* Of several classes the last episode is about one. */
static void
test_several_classes(void **state)
{
    struct stage s;

    (void)state;
    set_stage(&s, 3, "[test]\nmax_estimators = 3\nstart_steps = 2\n"
                     "update_steps = 2\n");
    assert_false(step(&s, 0));
    assert_true(step(&s, 1));
    expect_same_after_load(&s);
    strike(&s);
}

/* A file may say anything. */
static void
test_hostile(void **state)
{
    static const double some[SHOWN] = { 0 };
    static const uint64_t counts[3] = { 0 };
    struct mesa_archive *a = mesa_archive_new();
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\nmeta_verbose_mean_episodes = 1\n");
    assert_ok(mesa_archive_put_vector(a, "model.0.mesa.shape", MESA_U64, 3,
                                      counts, err));
    assert_ok(mesa_archive_put_vector(a, "model.0.counts", MESA_U64, 2, counts,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "model.0.recent", MESA_F64, 3, some,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "model.0.shown", MESA_F64, SHOWN,
                                      some, err));
    assert_error(mesa_instance_load(s.instance, a, "model", 0, err),
                 MESA_EPARSE,
                 "[test] mesa: tensor 'shown' is no list of at most 100 times "
                 "24 numbers");
    mesa_archive_free(a);
    strike(&s);
}

/* Learning starts in the episode of the first member that is learnt from. */
static void
test_start(void **state)
{
    struct mesa_report r = { .draws = true };
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 3\nstart_steps = 3\n"
                     "update_steps = 3\n");
    for (uint64_t i = 0; i < 3; i++)
        step(&s, i);
    assert_ok(s.class_->report(mesa_instance_self(s.instance), &s.host, &r,
                               err));
    assert_int_equal(r.n_events, 1);
    assert_int_equal(r.event[0].step, 1);
    assert_string_equal(r.event[0].label, "learning starts");
    mesa_report_free(&r);
    strike(&s);
}

/* Members are whole, and what the bins make of hard rows is said. */
static void
expect_members(struct stage *s)
{
    struct mesa_report r = { .draws = true };
    size_t ticks = 0;

    assert_ok(s->class_->report(mesa_instance_self(s->instance), &s->host, &r,
                                err));
    for (size_t i = 0; i < r.n_plots; i++) {
        const struct mesa_plot *p = r.plot[i];

        if (strcmp(p->name, "errors") == 0)
            ticks = p->n_words;
        else
            assert_non_null(strstr(p->caption, "errors of 0.5 and above"));
    }
    assert_int_equal(ticks, 3);
    mesa_report_free(&r);
}

/* Drawn after the last episode. */
static void
test_pictures(void **state)
{
    struct mesa_text one;
    struct stage s;

    (void)state;
    set_stage(&s, 2, "[test]\nmax_estimators = 3\nstart_steps = 2\n"
                     "update_steps = 2\n");
    assert_false(step(&s, 0));
    one = drawn(&s, s.instance);
    assert_null(strstr(one.at, "mu of the next")); /* nothing looked at */
    mesa_free(one.at);
    assert_true(step(&s, 1));
    one = drawn(&s, s.instance);
    /* All rows' errors are 0.3 x (0.5 ... 0.56) after each member. */
    assert_non_null(strstr(one.at, "errors\npanel,series,x,y,value\n"
                                   "training rows,,1,0.05,nan\n"
                                   "training rows,,2,0.05,nan\n"
                                   "training rows,,3,0.05,nan\n"
                                   "training rows,,1,0.15,0\n"));
    /* Made up errors of 0.1, but for one row in 40; low, high. */
    assert_non_null(strstr(one.at, "policy\nseries,x,y,low,high,value\n"
                                   "policy,0.0125,,0.1"));
    assert_non_null(strstr(one.at, "states of the last episode,0,0.1"));
    mesa_free(one.at);
    expect_members(&s);
    expect_same_after_load(&s);
    strike(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_several_classes),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
