/* SPDX-License-Identifier: MIT */
/*
 * test_recipe.c - sections and plugins that refer to each other, and a recipe
 * as text again.
 */
#include "recipe_fixture.h"

#define FILE_NAME "t.ini"

static char folder[] = "/tmp/mesa-recipe-XXXXXX";

static int
enter(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int
leave(void **state)
{
    (void)state;
    unlink(FILE_NAME);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* The text as a file, bound as the program would. */
static mesa_status
init(struct world *w, const char *text, const char *const *set, size_t n_set,
     struct mesa_error *err)
{
    FILE *to = fopen(FILE_NAME, "w");

    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
    memset(w, 0, sizeof *w);
    w->registry.builtins = plugins;
    return mesa_recipe_init(&w->recipe, &w->registry, FILE_NAME, set, n_set,
                            err);
}

static struct mesa_component *
component(const struct world *w, const char *section)
{
    for (struct mesa_component *c = w->recipe.components; c; c = c->next)
        if (strcmp(c->section, section) == 0)
            return c;
    fail_msg("there is no [%s]", section);
    return NULL;
}

static const char several[] =
    "[run]\nseed = 4\n"
    "[data]\ntype = rows\n"
    "[estimator]\ntype = box\ninner = mine\n"
    "parts = mine, leaf, leaf(depth=7, rate=1), box(parts=leaf)\n"
    "[mine]\ntype = leaf\ntext = a, b (c\n"
    "[sampler]\ntype = pick\ndepth = 9\n";

static void
test_references(void **state)
{
    const struct mesa_component *estimator, *mine, *leaf, *inline_;
    struct world w;

    (void)state;
    assert_ok(init(&w, several, NULL, 0, err));
    estimator = w.recipe.estimator;
    mine = component(&w, "mine");
    leaf = component(&w, "leaf");
    inline_ = component(&w, "leaf(depth=7, rate=1)");
    assert_string_equal(w.recipe.name, "t");
    assert_int_equal(w.recipe.run.seed, 4);
    assert_ptr_equal(estimator->settings.bound[0].component, mine);
    assert_int_equal(estimator->settings.bound[1].components.n, 4);
    assert_ptr_equal(estimator->settings.bound[1].components.item[0], mine);
    assert_ptr_equal(estimator->settings.bound[1].components.item[1], leaf);
    assert_ptr_equal(estimator->settings.bound[1].components.item[2],
                     inline_);
    /* The same name is the same component, wherever it stands. */
    assert_ptr_equal(component(&w, "box(parts=leaf)")
                         ->settings.bound[1].components.item[0], leaf);
    assert_string_equal(mine->settings.bound[2].value.s, "a, b (c");
    assert_int_equal(inline_->settings.bound[0].value.i, 7);
    assert_string_equal(inline_->settings.bound[0].origin, "t.ini:8");
    assert_int_equal(leaf->settings.bound[0].value.i, 3);
    world_close(&w);
}

/* A sampler is free for all rows unless somebody refers to it. */
static void
test_whose_sampler(void **state)
{
    static const char *const taken[] = { "estimator.sampler=sampler" };
    struct world w;

    (void)state;
    assert_ok(init(&w, several, NULL, 0, err));
    assert_non_null(w.recipe.sampler);
    assert_ptr_equal(mesa_recipe_row_sampler(&w.recipe), w.recipe.sampler);
    assert_ptr_equal(mesa_recipe_free_sampler(&w.recipe), w.recipe.sampler);
    assert_ptr_equal(mesa_recipe_fitted(&w.recipe), w.recipe.estimator);
    w.recipe.result = w.recipe.sampler;
    assert_ptr_equal(mesa_recipe_fitted(&w.recipe), w.recipe.sampler);
    world_close(&w);
    assert_ok(init(&w, several, taken, 1, err));
    assert_null(mesa_recipe_row_sampler(&w.recipe));
    assert_null(mesa_recipe_free_sampler(&w.recipe));
    world_close(&w);
}

/* What is written can be read, and is then written the same. */
static void
test_text_again(void **state)
{
    char *text, *again, *origins;
    struct world w;

    (void)state;
    assert_ok(init(&w, several, NULL, 0, err));
    text = mesa_recipe_text(&w.recipe, false);
    origins = mesa_recipe_text(&w.recipe, true);
    assert_non_null(text);
    assert_non_null(strstr(text, "\n[leaf(depth=7, rate=1)]\ntype = leaf\n"
                                 "depth = 7\nrate = 1\n"));
    assert_non_null(strstr(text, "\nparts = mine, leaf, leaf(depth=7, "
                                 "rate=1), box(parts=leaf)\n"));
    assert_non_null(strstr(text, "[run]\nseed = 4\n\n[data]\n"));
    assert_non_null(strstr(origins, "\nthreads = 0               "
                                    "              ; default\n"));
    assert_non_null(strstr(origins, "\nseed = 4"));
    world_close(&w);
    assert_ok(init(&w, text, NULL, 0, err));
    again = mesa_recipe_text(&w.recipe, false);
    assert_string_equal(text, again);
    mesa_free(again);
    world_close(&w);
    assert_ok(init(&w, origins, NULL, 0, err));
    again = mesa_recipe_text(&w.recipe, false);
    assert_string_equal(text, again);
    mesa_free(again);
    mesa_free(origins);
    mesa_free(text);
    world_close(&w);
}

/* One component with those it refers to, each once. */
static void
test_text_of_a_component(void **state)
{
    struct world w;
    char *text;

    (void)state;
    assert_ok(init(&w, several, NULL, 0, err));
    text = mesa_component_text(&w.recipe, w.recipe.estimator);
    assert_string_equal(
        text,
        "\n[estimator]\ntype = box\ninner = mine\n"
        "parts = mine, leaf, leaf(depth=7, rate=1), box(parts=leaf)\n"
        "sampler =\n"
        "\n[mine]\ntype = leaf\ndepth = 3\nrate = 0.5\ntext = a, b (c\n"
        "file =\n"
        "\n[leaf]\ntype = leaf\ndepth = 3\nrate = 0.5\ntext = none\nfile =\n"
        "\n[leaf(depth=7, rate=1)]\ntype = leaf\ndepth = 7\nrate = 1\n"
        "text = none\nfile =\n"
        "\n[box(parts=leaf)]\ntype = box\ninner = leaf\nparts = leaf\n"
        "sampler =\n");
    mesa_free(text);
    world_close(&w);
}

/* Assignments replace what the file says, also of components in place. */
static void
test_assignments(void **state)
{
    static const char *const set[] = {
        "run.seed=9", "estimator.inner=leaf(depth=2)", "mine.rate=0.25",
        "estimator.parts = mine", "new.type=leaf",
        "sampler.depth = 1", "estimator.parts= mine,new",
    };
    const struct mesa_component *c;
    struct world w;

    (void)state;
    assert_ok(init(&w, several, set, sizeof set / sizeof *set, err));
    assert_int_equal(w.recipe.run.seed, 9);
    c = w.recipe.estimator->settings.bound[0].component;
    assert_string_equal(c->section, "leaf(depth=2)");
    assert_string_equal(c->settings.bound[0].origin, "--set");
    c = component(&w, "mine");
    assert_bits_equal(c->settings.bound[1].value.r, 0.25);
    assert_int_equal(w.recipe.estimator->settings.bound[1].components.n, 2);
    world_close(&w);
}

#define DATA "[data]\ntype = rows\n[estimator]\ntype = box\n"

static const struct {
    const char *text, *message;
} refusals[] = {
    { DATA "inner = a\n[a]\ntype = box\ninner = b\n[b]\ntype = box\n"
      "inner = a\n",
      "t.ini:11: [a] refers to itself through estimator" },
    { DATA "inner = estimator\n",
      "t.ini:5: [estimator] refers to itself through estimator" },
    { DATA "parts = leaf, estimator\n",
      "t.ini:5: [estimator] refers to itself through estimator" },
    { DATA "inner = pick\n",
      "t.ini:5: there is no estimator 'pick' (mesa-core --list estimator "
      "shows what there is)" },
    { DATA "inner = leag\n",
      "t.ini:5: there is no estimator 'leag'; did you mean 'leaf'?" },
    { DATA "inner = leag(depth=1)\n",
      "t.ini:5: there is no estimator 'leag'; did you mean 'leaf'?" },
    { DATA "inner = mien\n[mine]\ntype = leaf\n",
      "t.ini:5: there is no section and no estimator 'mien'; did you "
      "mean [mine]?" },
    { DATA "parts = leaf(depth=1, rate=2), leaf\n",
      "t.ini:5: [leaf(depth=1, rate=2)] rate is '2', expected a number "
      ">= 0 and <= 1" },
    { DATA "parts = leaf(depth=1, rate=0), leaf(depth=1, rate=0)\n",
      "t.ini:5: [estimator] parts has 'leaf(depth=1, rate=0)' twice" },
    { DATA "parts = leaf(depth=1, rate=0, leaf\n",
      "t.ini:5: 'leaf(depth=1, rate=0, leaf' is not NAME(KEY=VALUE, "
      "...)" },
    { DATA "parts = leaf(depth=1),\n",
      "t.ini:5: [estimator] parts is 'leaf(depth=1),', expected a "
      "comma-separated list of sections or plugins" },
    { DATA "inner = leaf(depht=1)\n",
      "t.ini:5: [leaf(depht=1)] has no key 'depht'; did you mean "
      "'depth'?" },
    { DATA "inner = box(inner=leaf(rate=x))\n",
      "t.ini:5: [leaf(rate=x)] rate is 'x', expected a number >= 0 and "
      "<= 1" },
    { DATA "[mine]\ntype = leaf\n",
      "t.ini:5: unknown section [mine]: no parameter refers to it" },
    { DATA "[loss]\ntype = mse\n",
      "t.ini:5: [loss] is used by nothing; an estimator that has a loss "
      "takes it with loss = loss" },
    { DATA "[run]\ntype = box\n", "t.ini:6: [run] has no key 'type'" },
    { DATA "[evaluate]\ntype = box\n",
      "t.ini:6: [evaluate] has no key 'type'" },
    { "[data]\ntpye = rows\n",
      "t.ini:2: [data] has no key 'tpye'; did you mean 'type'?" },
    { "[data]\nfile = x\n",
      "t.ini:1: [data] needs a type (mesa-core --list data shows what "
      "there is)" },
    { "[estimator]\ntype = leaf\n",
      "t.ini: there is no [data] section: where do rows come from?" },
    { "[dat]\ntype = rows\n",
      "t.ini:1: unknown section [dat]; did you mean [data]?" },
};

static void
test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct mesa_error err = { MESA_OK, 0, "", "" };
        struct world w;

        if (init(&w, refusals[i].text, NULL, 0, &err) == MESA_OK)
            fail_msg("accepted:\n%s", refusals[i].text);
        assert_string_equal(err.message, refusals[i].message);
        world_close(&w);
    }
}

static void
test_nothing_to_do(void **state)
{
    struct world w;

    (void)state;
    assert_ok(init(&w, "[data]\ntype = rows\n", NULL, 0, err));
    assert_error(mesa_recipe_check_run(&w.recipe, err), MESA_EINVAL,
                 "t.ini: there is neither an [estimator] nor a "
                 "[metalearner] section: nothing to do");
    world_close(&w);
    assert_ok(init(&w, DATA, NULL, 0, err));
    assert_ok(mesa_recipe_check_run(&w.recipe, err));
    assert_null(w.recipe.sampler);
    assert_null(mesa_recipe_row_sampler(&w.recipe));
    world_close(&w);
}

/* Boxes within boxes, by sections. */
static mesa_status
init_deep(struct world *w, int deep, struct mesa_error *err)
{
    static char text[300 * 60];
    size_t n = (size_t)snprintf(text, sizeof text, DATA "inner = b0\n");

    for (int i = 0; i < deep; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "[b%d]\ntype = box\ninner = b%d\n"
                              "parts = leaf, b%d\n", i, i + 1, i + 1);
    snprintf(text + n, sizeof text - n, "[b%d]\ntype = leaf\n", deep);
    return init(w, text, NULL, 0, err);
}

/* Each is bound once, and there is an end to it before that of the stack. */
static void
test_deep(void **state)
{
    enum { DEEP = 254 };
    struct world w;
    size_t components = 0;

    (void)state;
    assert_ok(init_deep(&w, DEEP, err));
    for (struct mesa_component *c = w.recipe.components; c; c = c->next)
        components++;
    /* [data], [estimator], [evaluate], leaf and the boxes */
    assert_int_equal(components, 4 + DEEP + 1);
    world_close(&w);
    assert_error(init_deep(&w, DEEP + 1, err), MESA_EINVAL,
                 "t.ini:1024: 'b255' is within 256 others: no more are "
                 "taken");
    world_close(&w);
}

static void
test_memory(void **state)
{
    mesa_status st = MESA_ENOMEM;
    uint64_t k = 0;

    (void)state;
    for (; st != MESA_OK; k++) {
        uint64_t live = mesa_memory_live();
        struct mesa_error err = { MESA_OK, 0, "", "" };
        char *text = NULL;
        struct world w;

        mesa_memory_fail_at(k);
        st = init(&w, several, NULL, 0, &err);
        if (st == MESA_OK) {
            text = mesa_recipe_text(&w.recipe, false);
            st = text ? MESA_OK : MESA_ENOMEM;
        }
        if (st == MESA_OK) {
            mesa_free(text);
            text = mesa_component_text(&w.recipe, w.recipe.estimator);
            st = text ? MESA_OK : MESA_ENOMEM;
        }
        mesa_memory_fail_at(UINT64_MAX);
        mesa_free(text);
        world_close(&w);
        if (st != MESA_OK && st != MESA_ENOMEM)
            fail_msg("allocation %llu: %s", (unsigned long long)k,
                     err.message);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 5000);
    }
    assert_true(k > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_whose_sampler),
        cmocka_unit_test(test_text_again),
        cmocka_unit_test(test_text_of_a_component),
        cmocka_unit_test(test_assignments),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("recipe", tests, enter, leave);
}
