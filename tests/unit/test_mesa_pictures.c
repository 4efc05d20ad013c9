/* SPDX-License-Identifier: MIT */
/* test_mesa_pictures.c - pictures of what the metalearner mesa has taught. */
#include "mesa_fixture.h"

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

/* Drawn after the last episode, the same by who has loaded it. */
static void
test_pictures(void **state)
{
    struct mesa_instance *after;
    struct mesa_archive *a;
    struct mesa_text one, other;
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
    a = saved(s.instance);
    assert_ok(mesa_instance_new(&s.meta, &after, err));
    assert_ok(s.class_->begin(mesa_instance_self(after), &s.host, err));
    assert_ok(mesa_instance_load(after, a, "model", 0, err));
    other = drawn(&s, after);
    assert_string_equal(one.at, other.at);
    mesa_free(one.at);
    mesa_free(other.at);
    mesa_archive_free(a);
    mesa_instance_free(after);
    strike(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
