/* SPDX-License-Identifier: MIT */
/* test_settings.c - from INI text to checked values, and back to words. */
#include "test.h"

#include "settings.h"

#include <math.h>

struct thing {
    bool                   flag;
    int64_t                count, depth;
    double                 rate, share, fade;
    const char            *text, *path;
    int                    colour;
    struct mesa_list       names, sizes;
    struct mesa_component *part;
};

static const struct mesa_choice colours[] = { { "red", 3, "as blood" },
                                              { "green", 5, NULL },
                                              { NULL, 0, NULL } };
static const struct mesa_choice none[] = { { "none", -1, "no limit" },
                                           { NULL, 0, NULL } };
static const struct mesa_choice off[] = { { "off", 0, "nothing" },
                                          { NULL, 0, NULL } };

static const struct mesa_param params[] = {
    MESA_BOOL(struct thing, flag, "flag", true, "A flag"),
    MESA_INT(struct thing, count, "count", 5, 1, 10, "A count"),
    MESA_INT(struct thing, depth, "depth", -1, 1, INT64_MAX, "A depth",
             .choices = none),
    MESA_REAL(struct thing, rate, "rate", 0.5, 0.0, 1.0, "A rate",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct thing, share, "share", 0.25, 0.0, INFINITY, "A share"),
    MESA_REAL(struct thing, fade, "fade", 0, 0.0, 1.0, "A word, or > 0",
              .choices = off, .flags = MESA_PARAM_OPEN_MIN),
    MESA_STRING(struct thing, text, "text", "hello", "A text"),
    MESA_STRING(struct thing, path, "path", NULL, "A path",
                .flags = MESA_PARAM_PATH),
    MESA_CHOICE(struct thing, colour, "colour", 3, colours, "A colour"),
    MESA_LIST(struct thing, names, "names", "a, b", "Names"),
    MESA_LIST(struct thing, sizes, "sizes", "1, 2.5", "Sizes", .min.r = 0.0,
              .max.r = 100.0),
    MESA_PARAM_END
};

static mesa_status
no_components(void *context, uint32_t kind, const char *name,
              const char *origin, const char *folder,
              struct mesa_component **out, struct mesa_error *err)
{
    (void)context;
    (void)kind;
    (void)folder;
    *out = NULL;
    return mesa_fail(err, MESA_ENOTFOUND, "%s: no component %s", origin,
                     name);
}

static const struct mesa_resolver resolver = { no_components, NULL, NULL };

/* Bind the lines, given without their [thing] header. */
static mesa_status
bind(struct mesa_settings *s, struct mesa_ini *ini, const char *lines,
     struct mesa_error *err)
{
    char text[1000];
    int n = snprintf(text, sizeof text, "[thing]\n%s", lines);
    mesa_status st = mesa_ini_parse(ini, text, (size_t)n, "t.ini",
                                    "/data/conf/", err);

    memset(s, 0, sizeof *s);
    return st == MESA_OK
               ? mesa_settings_bind(s, params, NULL,
                                    mesa_ini_section(ini, "thing"), "thing",
                                    &resolver, err)
               : st;
}

static void
test_defaults(void **state)
{
    struct mesa_settings s;
    struct thing t;

    (void)state;
    assert_ok(mesa_settings_bind(&s, params, NULL, NULL, "thing", &resolver,
                                 err));
    mesa_settings_fill(&s, &t);
    assert_true(t.flag);
    assert_int_equal(t.count, 5);
    assert_int_equal(t.depth, -1);
    assert_bits_equal(t.rate, 0.5);
    assert_string_equal(t.text, "hello");
    assert_null(t.path);
    assert_int_equal(t.colour, 3);
    assert_int_equal(t.names.n, 2);
    assert_string_equal(t.names.item[1], "b");
    assert_null(t.names.value);
    assert_int_equal(t.sizes.n, 2);
    assert_bits_equal(t.sizes.value[1], 2.5);
    assert_string_equal(s.bound[0].origin, "default");
    mesa_settings_free(&s);
}

static void
test_given_values(void **state)
{
    struct mesa_ini ini = { 0 };
    struct mesa_settings s;
    struct thing t;

    (void)state;
    assert_ok(bind(&s, &ini,
                   "flag = off\ncount = 10\ndepth = 3\nrate = 1\n"
                   "share = 1e3\ntext = a b\npath = ../x.csv\n"
                   "colour = green\nnames = x\nsizes = 3,4 , 5\n",
                   err));
    mesa_settings_fill(&s, &t);
    assert_false(t.flag);
    assert_int_equal(t.count, 10);
    assert_int_equal(t.depth, 3);
    assert_bits_equal(t.rate, 1.0);
    assert_bits_equal(t.share, 1000.0);
    assert_string_equal(t.text, "a b");
    assert_string_equal(t.path, "/data/x.csv");
    assert_int_equal(t.colour, 5);
    assert_int_equal(t.names.n, 1);
    assert_int_equal(t.sizes.n, 3);
    assert_bits_equal(t.sizes.value[2], 5.0);
    assert_string_equal(s.bound[1].origin, "t.ini:3");
    mesa_settings_free(&s);
    mesa_ini_free(&ini);
}

/* What is written back binds to the same values. */
static void
test_text_round_trip(void **state)
{
    static const char *const expected[] = {
        "true", "7", "none", "0.1", "0.25", "off", "hello", "", "green", "p, q",
        "1, 2.5"
    };
    struct mesa_ini ini = { 0 };
    struct mesa_settings s;

    (void)state;
    assert_ok(bind(&s, &ini,
                   "count = 7\ndepth = none\nrate = 0.10\ncolour = green\n"
                   "names = p,q\npath =\n",
                   err));
    for (size_t i = 0; i < s.n; i++) {
        char *text = mesa_settings_text(&s, i);

        assert_string_equal(text, expected[i]);
        mesa_free(text);
    }
    mesa_settings_free(&s);
    mesa_ini_free(&ini);
}

static void
test_refusals(void **state)
{
    static const struct {
        const char *lines, *message;
    } cases[] = {
        { "count = 0\n",
          "t.ini:2: [thing] count is '0', expected an integer >= 1 and <= "
          "10" },
        { "count = 11\n",
          "t.ini:2: [thing] count is '11', expected an integer >= 1 and <= "
          "10" },
        { "count = 2.5\n",
          "t.ini:2: [thing] count is '2.5', expected an integer >= 1 and <= "
          "10" },
        { "count =\n",
          "t.ini:2: [thing] count is '', expected an integer >= 1 and <= "
          "10" },
        { "depth = all\n",
          "t.ini:2: [thing] depth is 'all', expected an integer >= 1, or "
          "none" },
        { "rate = 0\n",
          "t.ini:2: [thing] rate is '0', expected a number > 0 and <= 1" },
        { "rate = nan\n",
          "t.ini:2: [thing] rate is 'nan', expected a number > 0 and <= 1" },
        { "share = -1\n",
          "t.ini:2: [thing] share is '-1', expected a number >= 0" },
        { "flag = maybe\n",
          "t.ini:2: [thing] flag is 'maybe', expected true or false" },
        { "colour = blue\n",
          "t.ini:2: [thing] colour is 'blue', expected one of red, green" },
        { "colour = gren\n",
          "t.ini:2: [thing] colour is 'gren', expected one of red, green; "
          "did you mean 'green'?" },
        { "sizes = 1, x\n",
          "t.ini:2: [thing] sizes is '1, x', expected a list of numbers >= 0 "
          "and <= 100" },
        { "coutn = 3\n",
          "t.ini:2: [thing] has no key 'coutn'; did you mean 'count'?" },
        { "zebra = 3\n", "t.ini:2: [thing] has no key 'zebra'" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct mesa_ini ini = { 0 };
        struct mesa_settings s;

        assert_error(bind(&s, &ini, cases[i].lines, err), MESA_EINVAL,
                     cases[i].message);
        mesa_settings_free(&s);
        mesa_ini_free(&ini);
    }
}

static void
test_required(void **state)
{
    static const struct mesa_param one[] = {
        MESA_STRING(struct thing, text, "text", NULL, "What to say",
                    .flags = MESA_PARAM_REQUIRED),
        MESA_PARAM_END
    };
    struct mesa_settings s;

    (void)state;
    assert_error(mesa_settings_bind(&s, one, NULL, NULL, "thing", &resolver,
                                    err),
                 MESA_EINVAL, "[thing] needs text: What to say");
    mesa_settings_free(&s);
}

/* Tables that a plugin must not ship. */
static void
test_unsound_tables(void **state)
{
    static const struct mesa_param good = MESA_INT(
        struct thing, count, "count", 5, 1, 10, "A count");
    struct mesa_param table[3] = { good, good, MESA_PARAM_END };

    (void)state;
    assert_ok(mesa_params_check(params, sizeof(struct thing), err));
    assert_ok(mesa_params_check(NULL, 0, err));
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI, "parameter count is there twice");
    table[1].name = "Count";
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI,
                 "parameter 1 has the name 'Count', expected "
                 "lower_snake_case");
    table[1].name = "type";
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI,
                 "parameter 1 has the name 'type', expected "
                 "lower_snake_case");
    table[1].name = "other";
    table[1].dflt.i = 11;
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI,
                 "parameter other has a default out of its range");
    table[1].dflt.i = 1;
    table[1].help = "";
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI, "parameter other has no help text");
    table[1].help = "x";
    table[1].offset = sizeof(struct thing) - 4;
    assert_error(mesa_params_check(table, 8, err), MESA_EABI,
                 "parameter count lies outside the 8 bytes of self");
    table[1].type = 99;
    assert_error(mesa_params_check(table, sizeof(struct thing), err),
                 MESA_EABI, "parameter other has the unknown type 99");
}

static void
test_nearest(void **state)
{
    static const struct {
        const char *typed, *candidate;
        bool close;
    } cases[] = {
        { "max_dept", "max_depth", true },  { "max_dpeth", "max_depth", true },
        { "maxdepth", "max_depth", true },  { "seeds", "seed", true },
        { "abc", "xyz", false },            { "tree", "forest", false },
        { "a", "b", true },                 { "n_estimator", "n_estimators",
                                              true },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        struct mesa_nearest n = { cases[i].typed, NULL, 0 };

        mesa_nearest_offer(&n, cases[i].candidate);
        assert_int_equal(n.best != NULL, cases[i].close);
    }
}

/* A row of several components; each name gives one of these. */
struct several {
    struct mesa_components parts, spare;
};

static const struct mesa_param several_params[] = {
    MESA_COMPONENTS(struct several, parts, "parts", MESA_KIND_SAMPLER, NULL,
                    "Parts", .flags = MESA_PARAM_REQUIRED),
    MESA_COMPONENTS(struct several, spare, "spare", MESA_KIND_SAMPLER, NULL,
                    "Spare parts"),
    MESA_PARAM_END
};

static char one_of_them[26];

static mesa_status
by_first_letter(void *context, uint32_t kind, const char *name,
                const char *origin, const char *folder,
                struct mesa_component **out,
                struct mesa_error *err)
{
    (void)context;
    (void)origin;
    (void)folder;
    (void)err;
    assert_int_equal(kind, MESA_KIND_SAMPLER);
    *out = (struct mesa_component *)(void *)&one_of_them[name[0] - 'a'];
    return MESA_OK;
}

static mesa_status
bind_several(const char *text, struct mesa_settings *s,
             struct mesa_error *err)
{
    const struct mesa_resolver r = { by_first_letter, NULL, NULL };
    struct mesa_ini ini = { 0 };
    mesa_status st = mesa_ini_parse(&ini, text, strlen(text), "t.ini", ".",
                                    err);

    if (st == MESA_OK)
        st = mesa_settings_bind(s, several_params, NULL,
                                mesa_ini_section(&ini, "thing"), "thing", &r,
                                err);
    mesa_ini_free(&ini);
    return st;
}

static void
test_components(void **state)
{
    struct mesa_settings s;
    struct several got;
    char *text;

    (void)state;
    assert_ok(bind_several("[thing]\nparts = b ,a\n", &s, err));
    mesa_settings_fill(&s, &got);
    assert_int_equal(got.parts.n, 2);
    assert_ptr_equal(got.parts.item[0], &one_of_them[1]);
    assert_ptr_equal(got.parts.item[1], &one_of_them[0]);
    assert_int_equal(got.spare.n, 0);
    text = mesa_settings_text(&s, 0);
    assert_string_equal(text, "b, a");
    mesa_free(text);
    text = mesa_settings_text(&s, 1);
    assert_string_equal(text, "");
    mesa_free(text);
    mesa_settings_free(&s);
}

static void
test_refused_components(void **state)
{
    static const struct {
        const char *lines, *message;
    } cases[] = {
        { "parts = a,b,a", "t.ini:2: [thing] parts has 'a' twice" },
        { "parts = a,,b", "t.ini:2: [thing] parts is 'a,,b', expected a "
                          "comma-separated list of sections or plugins" },
        { "parts =", "t.ini:2: [thing] parts is '', expected a "
                     "comma-separated list of sections or plugins" },
        { "spare = a", "t.ini:1: [thing] needs parts: Parts" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_settings s;
        char text[100];

        snprintf(text, sizeof text, "[thing]\n%s\n", cases[i].lines);
        assert_error(bind_several(text, &s, err), MESA_EINVAL,
                     cases[i].message);
        mesa_settings_free(&s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_given_values),
        cmocka_unit_test(test_text_round_trip),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_unsound_tables),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_components),
        cmocka_unit_test(test_refused_components),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
