/* SPDX-License-Identifier: MIT */
/*
 * test_environment_space.c - what the core asks of an environment's space, and
 * how much of one it writes.
 */
#include "maker.h"

#include <mesa/acting.h>

#include <math.h>

struct room {
    double unused;
};

static struct mesa_space offered; /* what the environment says next */

static void
room_space(const void *self, struct mesa_space *out)
{
    (void)self;
    *out = offered;
}

static void
room_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self, (void)state, (void)rng;
}

static void
room_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self, (void)n, (void)state, (void)action, (void)next;
}

static const struct mesa_plugin *
room_plugin(void)
{
    static const struct mesa_environment_class room = {
        MESA_ENVIRONMENT(struct room), .head.name = "room",
        .head.title = "A room", .space = room_space, .reset = room_reset,
        .step = room_step,
    };
    static const struct mesa_class *const classes[] = { &room.head, NULL };
    static const struct mesa_plugin plugin = {
        .magic = MESA_PLUGIN_MAGIC, .abi_major = MESA_ABI_MAJOR,
        .abi_minor = MESA_ABI_MINOR, .struct_size = sizeof plugin,
        .layout = MESA_LAYOUT, .name = "room", .version = "1.0",
        .license = "MIT", .classes = classes,
    };

    return &plugin;
}

static const struct mesa_builtin linked[] = {
    { "environments", "room", room_plugin },
    { NULL, NULL, NULL },
};

static const char *name[] = { "x", "y" };
static double scale[] = { 1, 2 }, low[] = { -1 }, high[] = { 3 };

static void
offer(void)
{
    offered = (struct mesa_space){
        .struct_size = sizeof offered, .n_states = 2, .n_actions = 1,
        .horizon = 7, .dt = 0.5, .state = name, .action = name, .unit = name,
        .scale = scale, .action_low = low, .action_high = high,
    };
}

static struct maker m;

static int
open_room(void **state)
{
    (void)state;
    m.registry.builtins = linked;
    assert_ok(maker_make(&m, MESA_KIND_ENVIRONMENT, "room", "", err));
    return 0;
}

static int
close_room(void **state)
{
    (void)state;
    maker_free(&m);
    return 0;
}

/* Callers that know less of a space get that much, and those that know more
 * zeros. */
static void
sizes(void **state)
{
    struct {
        struct mesa_space space;
        double            more;
    } longer = { .space.struct_size = sizeof longer, .more = 4 };
    struct mesa_space space = {
        .struct_size = offsetof(struct mesa_space, dt), .dt = 9
    };

    (void)state;
    offer();
    assert_ok(mesa_environment_space(m.made, &space, err));
    assert_int_equal(space.struct_size, offsetof(struct mesa_space, dt));
    assert_int_equal(space.n_states, 2);
    assert_int_equal(space.horizon, 7);
    assert_true(space.dt > 8);
    assert_null(space.state);
    assert_ok(mesa_environment_space(m.made, &longer.space, err));
    assert_int_equal(longer.space.struct_size, sizeof longer);
    assert_ptr_equal(longer.space.action_high, high);
    assert_true(longer.more >= 0 && longer.more <= 0);
}

/* The message, less "environment room: ", about what is offered. */
static void
refused(const char *message)
{
    struct mesa_space space = { .struct_size = sizeof space };
    char text[200];

    snprintf(text, sizeof text, "environment room: %s", message);
    assert_error(mesa_environment_space(m.made, &space, err), MESA_EINVAL,
                 text);
    offer();
}

static void
missing(void **state)
{
    (void)state;
    offer();
    offered.n_states = 0;
    refused("a state has 0 numbers and an action 1");
    offered.n_actions = 0;
    refused("a state has 2 numbers and an action 0");
    offered.horizon = 0;
    refused("an episode has no steps");
    offered.state = NULL;
    refused("some names are missing");
    offered.action = NULL;
    refused("some actions are missing");
    offered.unit = NULL;
    refused("some units are missing");
    offered.unit = (const char *const[]){ "m", NULL };
    refused("some units are missing");
    offered.scale = NULL;
    refused("some scales are missing");
    offered.action_low = NULL;
    refused("some bounds are missing");
    offered.action_high = NULL;
    refused("some bounds are missing");
}

static void
numbers(void **state)
{
    static const double most[] = { INFINITY }, least[] = { -INFINITY };

    (void)state;
    offer();
    offered.dt = 0;
    refused("dt is 0, expected seconds");
    offered.dt = INFINITY;
    refused("dt is inf, expected seconds");
    offered.scale = (const double[]){ 1, 0 };
    refused("the scale of 'y' is 0");
    offered.scale = most;
    refused("the scale of 'x' is inf");
    offered.action_high = most;
    refused("'x' is from -1 to inf");
    offered.action_low = least;
    refused("'x' is from -inf to 3");
    offered.action_high = low;
    refused("'x' is from -1 to -1");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes), cmocka_unit_test(missing),
        cmocka_unit_test(numbers),
    };

    unsetenv("MESA_PLUGIN_PATH");
    return cmocka_run_group_tests(tests, open_room, close_room);
}
