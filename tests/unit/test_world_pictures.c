/* SPDX-License-Identifier: MIT */
/* test_world_pictures.c - paths and distances of episodes, as ml3_policy and
 * others draw them. */
#include "ml3_policy_fixture.h"

#include "ml3/world_pictures.h"

#include "report.h"

static const struct mesa_plot *
plot_of(const struct mesa_report *r, const char *name)
{
    for (size_t i = 0; i < r->n_plots; i++)
        if (strcmp(r->plot[i]->name, name) == 0)
            return r->plot[i];
    return NULL;
}

static const struct mesa_plot_series *
series_of(const struct mesa_plot *p, size_t panel, enum mesa_mark mark,
          const char *label)
{
    assert_non_null(p);
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].panel == panel && p->series[i].mark == mark &&
            strcmp(p->series[i].label, label) == 0)
            return &p->series[i];
    fail_msg("%s has no series %s in panel %zu", p->name, label, panel);
    return NULL;
}

/* Method 0 goes right, a step each time; method 1 is lost in episode 1. */
static void
walk(const void *context, size_t method, size_t group, size_t episode,
     size_t t, double *out)
{
    (void)context, (void)group;
    memset(out, 0, 4 * sizeof *out);
    out[0] = (double)t;
    out[1] = (double)episode;
    if (method == 1 && episode == 1)
        out[0] = (double)NAN;
}

static const double *
goal(const void *context, size_t group, size_t episode)
{
    (void)group, (void)episode;
    return context;
}

/* A view of a point in a plane of 3 steps, with a world that measures. */
static struct world_view
view_of(const struct world *w, struct mesa_space *space, const double *at)
{
    *space = w->policy->world.space;
    space->horizon = 3;
    return (struct world_view){
        .environment = w->policy->world.environment,
        .space = space,
        .n_methods = 2,
        .n_groups = 1,
        .method = { "right", "lost" },
        .group = { { "test", 2, 2 } },
        .what = "walks",
        .context = at,
        .state = walk,
        .goal = goal
    };
}

static void
test_plane(void **state)
{
    static const double at[4] = { 3, 0, 0, 0 };
    struct mesa_report r = { .draws = true };
    struct mesa_space space;
    struct world_view v;
    const struct mesa_plot *p;
    const struct mesa_plot_series *s;
    struct world w;

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "", err));
    v = view_of(&w, &space, at);
    assert_ok(world_draw(&v, &r, err));
    p = plot_of(&r, "trajectory");
    assert_non_null(p);
    assert_int_equal(p->flags, MESA_PLOT_ANIMATE | MESA_PLOT_SHARED);
    assert_string_equal(p->x_label, "x in m");
    assert_string_equal(p->y_label, "y in m");
    assert_string_equal(p->panel[1], "test, episode 1");
    s = series_of(p, 1, MESA_MARK_LINE, "right");
    assert_int_equal(s->n, 4);
    assert_true(s->value[6] == 3 && s->value[7] == 1);
    s = series_of(p, 0, MESA_MARK_CROSS, "goal");
    assert_true(s->value[0] == 3 && s->value[1] == 0);
    assert_null(plot_of(&r, "states"));
    p = plot_of(&r, "distance");
    assert_string_equal(p->y_label, "distance to the goal in m");
    s = series_of(p, 0, MESA_MARK_LINE, "right");
    assert_close(s->value[1], (3 + sqrt(10)) / 2, 1e-12);
    assert_close(s->value[6], 3 * space.dt, 1e-12);
    mesa_report_free(&r);
    world_close(&w);
}

/* A state of numbers of several kinds: over time, and one over the other. */
static void
test_time(void **state)
{
    static const char *const unit[] = { "m", "m/s", "", "" };
    static const double at[4] = { 2, 0, 0, 0 };
    struct mesa_report r = { .draws = true };
    struct mesa_space space;
    struct world_view v;
    const struct mesa_plot *p;
    struct world w;

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "", err));
    v = view_of(&w, &space, at);
    space.unit = unit;
    space.distance_unit = NULL;
    assert_ok(world_draw(&v, &r, err));
    p = plot_of(&r, "trajectory");
    assert_string_equal(p->x_label, "time in s");
    assert_string_equal(p->y_label, "x in m");
    assert_true(series_of(p, 0, MESA_MARK_REFERENCE, "goal")->value[3] == 2);
    p = plot_of(&r, "states");
    assert_string_equal(p->y_label, "y in m/s");
    assert_string_equal(plot_of(&r, "distance")->y_label,
                        "distance to the goal");
    mesa_report_free(&r);
    r = (struct mesa_report){ .draws = true };
    space.n_states = 65; /* more than anybody looks at */
    assert_ok(world_draw(&v, &r, err));
    assert_int_equal(r.n_plots, 0);
    mesa_report_free(&r);
    world_close(&w);
}

/* A run: scores as the table has them. */
static void
test_run(void **state)
{
    struct mesa_report r = { .draws = true };
    const struct mesa_plot_series *s;
    struct world w;

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "iterations = 2\n", err));
    assert_ok(steps(&w, 0, 2, err));
    assert_ok(policy_draw(w.policy, &r, err));
    assert_int_equal(r.n_plots, 0); /* nothing has been scored */
    assert_ok(steps(&w, 2, 3, err));
    assert_ok(policy_draw(w.policy, &r, err));
    s = series_of(plot_of(&r, "distance"), 0, MESA_MARK_LINE, "PPO");
    assert_int_equal(s->n, 5);
    series_of(plot_of(&r, "trajectory"), 1, MESA_MARK_LINE, "learned loss");
    for (size_t i = 0; i < r.n_plots; i++) /* the first of them is a probe */
        if (r.plot[i]->n_series > 0 &&
            strcmp(r.plot[i]->name, "adaptation") == 0)
            s = series_of(r.plot[i], 0, MESA_MARK_LINE, "PPO");
    assert_int_equal(s->n, 3);
    for (size_t k = 0; k < 3; k++) {
        const double *value = policy_values(&w.policy->score, POLICY_PPO,
                                            POLICY_RETURN, k);

        assert_close(s->value[2 * k + 1], (value[0] + value[1]) / 2, 1e-12);
    }
    mesa_report_free(&r);
    r = (struct mesa_report){ .draws = false };
    assert_ok(policy_draw(w.policy, &r, err));
    assert_int_equal(r.n_plots, 0);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plane),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
