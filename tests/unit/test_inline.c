/* SPDX-License-Identifier: MIT */
/*
 * test_inline.c - components written in place: what they mean, what is wrong
 * with them, and any text at all.
 */
#include "recipe_fixture.h"

#include <math.h>

/* The keys and values of a parsed component, as "key=value;..." in order of
 * their keys. */
static void
print_entries(const struct mesa_section *s, char *out, size_t size)
{
    const char *last = "";
    size_t n = 0;

    *out = '\0';
    for (size_t i = 0; s && i < s->n; i++) {
        const struct mesa_entry *least = NULL;

        for (size_t j = 0; j < s->n; j++)
            if (strcmp(s->entry[j].key, last) > 0 &&
                (!least || strcmp(s->entry[j].key, least->key) < 0))
                least = &s->entry[j];
        assert_non_null(least); /* no key is there twice */
        n += (size_t)snprintf(out + n, size - n, "%s=%s;", least->key,
                              least->value);
        last = least->key;
    }
}

static void
test_what_is_understood(void **state)
{
    static const struct {
        const char *text, *type, *entries;
    } cases[] = {
        { "tree()", "tree", "" },
        { "tree(a=1)", "tree", "a=1;" },
        { "tree(a=1,b=2)", "tree", "a=1;b=2;" },
        { "tree(b=2, a=1)", "tree", "a=1;b=2;" },
        { "tree( a = 1 ,\tb =2 )", "tree", "a=1;b=2;" },
        { "tree(a=1,)", "tree", "a=1;" },
        { "tree(a=)", "tree", "a=;" },
        { "tree(a=b=c)", "tree", "a=b=c;" },
        { "tree(a==)", "tree", "a==;" },
        { "tree(a=\"x y\")", "tree", "a=\"x y\";" },
        { "tree(a.b=1)", "tree", "a.b=1;" },
        { "tree(a=#1)", "tree", "a=#1;" },
        { "box(inner=tree(a=1,b=2))", "box", "inner=tree(a=1,b=2);" },
        { "box(inner=tree(a=(1,2),b=2), c=3)", "box",
          "c=3;inner=tree(a=(1,2),b=2);" },
        { "box(inner=a(b=c(d=e(f=1,g=2),h=3),i=4))", "box",
          "inner=a(b=c(d=e(f=1,g=2),h=3),i=4);" },
        { "tree(a=1))", "tree", "a=1);" },
        { "tree(type_=1)", "tree", "type_=1;" },
        { "\xC3\xA9t\xC3\xA9(a=\xC3\xBC)", "\xC3\xA9t\xC3\xA9",
          "a=\xC3\xBC;" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_inline in = { .block = NULL };
        char entries[200];

        assert_ok(mesa_inline_parse(cases[i].text, "t.ini:3", ".", &in, err));
        assert_string_equal(in.type, cases[i].type);
        print_entries(in.section, entries, sizeof entries);
        assert_string_equal(entries, cases[i].entries);
        mesa_inline_free(&in);
    }
}

static void
test_what_is_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "tree(", "t.ini:3: 'tree(' is not NAME(KEY=VALUE, ...)" },
        { "(", "t.ini:3: '(' is not NAME(KEY=VALUE, ...)" },
        { "()", "t.ini:3: '()' is not NAME(KEY=VALUE, ...)" },
        { "(a=1)", "t.ini:3: '(a=1)' is not NAME(KEY=VALUE, ...)" },
        { "tree(a=1", "t.ini:3: 'tree(a=1' is not NAME(KEY=VALUE, ...)" },
        { "tree(a=1)x", "t.ini:3: 'tree(a=1)x' is not NAME(KEY=VALUE, ...)" },
        { "a(),b()", "t.ini:3: 'a(),b()' is not NAME(KEY=VALUE, ...)" },
        { "a,b(c=1)", "t.ini:3: 'a,b(c=1)' is not NAME(KEY=VALUE, ...)" },
        { "tree(b(c=1)", "t.ini:3: in 'tree(b(c=1)', 'b(c=1' sets a key that "
                         "has parentheses" },
        { "tree(a)", "t.ini:3: in 'tree(a)', 'a' is not KEY=VALUE" },
        { "tree( )", "t.ini:3: in 'tree( )', '' is not KEY=VALUE" },
        { "tree(,)", "t.ini:3: in 'tree(,)', '' is not KEY=VALUE" },
        { "tree(a=1,,b=2)",
          "t.ini:3: in 'tree(a=1,,b=2)', '' is not KEY=VALUE" },
        { "tree()()", "t.ini:3: in 'tree()()', ')(' is not KEY=VALUE" },
        { "tree(=1)", "t.ini:3: in 'tree(=1)', '=1' sets a key without a "
                      "name" },
        { "tree( =1)", "t.ini:3: in 'tree( =1)', '=1' sets a key without a "
                       "name" },
        { "tree(type=box)", "t.ini:3: in 'tree(type=box)', 'type=box' sets "
                            "type, which is what stands before the "
                            "parenthesis" },
        { "tree(a=1, type =box)",
          "t.ini:3: in 'tree(a=1, type =box)', 'type =box' sets type, which "
          "is what stands before the parenthesis" },
        { "tree(a=1, a =2)",
          "t.ini:3: in 'tree(a=1, a =2)', 'a =2' sets a key twice" },
        { "tree(a=])", "t.ini:3: 'tree(a=])' has a ']', which the name of a "
                       "section cannot have; give it a section of its own" },
        { "tree(a=;)", "t.ini:3: 'tree(a=;)' has a ';', which the name of a "
                       "section cannot have; give it a section of its own" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_inline in = { .block = NULL };

        assert_error(mesa_inline_parse(cases[i].text, "t.ini:3", ".", &in,
                                       err),
                     MESA_EINVAL, cases[i].message);
        mesa_inline_free(&in);
    }
}

/* As long as the name of a section may be, for config.ini makes it one. */
static void
test_lengths(void **state)
{
    const char *longest = "tree(a=12345678901234567890123456789012345678901)";
    const char *longer = "tree(a=123456789012345678901234567890123456789012)";
    struct mesa_inline in = { .block = NULL };

    (void)state;
    assert_int_equal(strlen(longest), 49);
    assert_ok(mesa_inline_parse(longest, "o", ".", &in, err));
    mesa_inline_free(&in);
    memset(&in, 0, sizeof in);
    assert_ok(mesa_inline_parse(longer + 1, "o", ".", &in, err));
    assert_string_equal(in.type, "ree");
    mesa_inline_free(&in);
    memset(&in, 0, sizeof in);
    assert_error(mesa_inline_parse(longer, "o", ".", &in, err), MESA_EINVAL,
                 "o: 'tree(a=123456789012345678901234567890123456789012)' "
                 "has 50 characters, of at most 49; give it a section of its "
                 "own");
    mesa_inline_free(&in);
}

/* Entries are from where the component stands, paths too. */
static void
test_origins(void **state)
{
    struct mesa_inline in = { .block = NULL };
    struct mesa_component *c;
    struct world w;

    (void)state;
    assert_ok(mesa_inline_parse("leaf(depth=2, rate=1)", "a.ini:7",
                                "/somewhere/", &in, err));
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(in.section->entry[i].origin, "a.ini:7");
        assert_string_equal(in.section->entry[i].folder, "/somewhere/");
    }
    mesa_inline_free(&in);
    world_open(&w, "");
    assert_ok(world_resolve(&w, "box(inner=leaf(file=../x.csv))", &c, err));
    c = c->settings.bound[0].component;
    assert_string_equal(c->section, "leaf(file=../x.csv)");
    assert_string_equal(c->settings.bound[3].value.s, "/data/x.csv");
    assert_string_equal(c->settings.bound[3].origin, "t.ini:9");
    assert_string_equal(c->settings.bound[0].origin, "default");
    world_close(&w);
}

/* Whatever stands there, it is understood or refused, and nothing is lost. */
static void
test_any_text(void **state)
{
    static const char alphabet[] = "()(),,== ab;]\tleaf";
    size_t understood = 0, refused = 0;
    uint64_t live = mesa_memory_live();
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 8);
    for (size_t i = 0; i < 40000; i++) {
        size_t n = 1 + mesa_rng_below(&rng, 14);
        struct mesa_inline in = { .block = NULL };
        struct mesa_error err = { MESA_OK, 0, "", "" };
        char text[64] = "l(";
        mesa_status st;

        for (size_t j = 1; j <= n; j++)
            text[j + 1] = alphabet[mesa_rng_below(&rng,
                                                  sizeof alphabet - 1)];
        if (i % 2)
            strcat(text, ")");
        st = mesa_inline_parse(text, "o", ".", &in, &err);
        understood += st == MESA_OK;
        refused += st == MESA_EINVAL;
        if (st == MESA_OK) {
            for (size_t j = 0; in.section && j < in.section->n; j++) {
                const char *key = in.section->entry[j].key;
                size_t end = strlen(key) - 1;

                assert_true(*key && !strpbrk(key, "=()"));
                assert_true(key[0] != ' ' && key[end] != ' ');
            }
        } else {
            assert_int_equal(strncmp(err.message, "o: ", 3), 0);
        }
        mesa_inline_free(&in);
    }
    assert_int_equal(understood + refused, 40000);
    assert_true(understood > 50 && refused > 1000);
    assert_int_equal(mesa_memory_live(), live);
}

/* The same through a recipe: of what binds, config.ini can be read again. */
static void
test_any_text_in_a_recipe(void **state)
{
    static const char *const word[] = {
        "leaf",    "box",  "(",     ")",       ",",     "depth=2", "inner=",
        "parts=",  "rate=0.25", "text=", "(x", "leaf()", "box(inner=", " ",
        "sampler=pick",
    };
    size_t bound = 0;
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 9);
    for (size_t i = 0; i < 20000; i++) {
        char text[200] = "";
        struct mesa_component *c;
        struct world w;

        for (size_t n = 1 + mesa_rng_below(&rng, 6); n > 0; n--)
            strcat(text, word[mesa_rng_below(&rng,
                                             sizeof word / sizeof *word)]);
        world_open(&w, "");
        if (world_resolve(&w, text, &c, NULL) == MESA_OK) {
            char *ini = mesa_component_text(&w.recipe, c);
            struct world again;

            bound++;
            assert_non_null(ini);
            world_open(&again, ini);
            assert_ok(world_resolve(&again, text, &c, err));
            mesa_free(ini);
            world_close(&again);
        }
        world_close(&w);
    }
    assert_true(bound > 100);
}

static void
test_memory(void **state)
{
    mesa_status st = MESA_ENOMEM;
    uint64_t k;

    (void)state;
    for (k = 0; st != MESA_OK; k++) {
        uint64_t live = mesa_memory_live();
        struct mesa_error err = { MESA_OK, 0, "", "" };
        struct mesa_component *c;
        struct world w;

        world_open(&w, "");
        mesa_memory_fail_at(k);
        st = world_resolve(&w, "box(parts=leaf(depth=2, rate=1))", &c, &err);
        mesa_memory_fail_at(UINT64_MAX);
        world_close(&w);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        if (st == MESA_ENOMEM)
            assert_non_null(strstr(err.message, "out of memory: "));
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_true(k > 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_understood),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_any_text),
        cmocka_unit_test(test_any_text_in_a_recipe),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("inline", tests, NULL, NULL);
}
