/* SPDX-License-Identifier: MIT */
/*
 * test_undersample_ties.c - samplers that drop rows where distances are tied:
 * votes are shared, and the order of rows does not matter.
 */
#include "undersample_fixture.h"

#include "warn.h"

static char heard[300];
static size_t n_heard;

static void
hear(void *context, const char *line)
{
    (void)context;
    n_heard++;
    snprintf(heard, sizeof heard, "%s", line);
}

/* Run with words; which rows stay. */
static const char *
run(const char *name, const char *words, const struct mesa_dataset *d)
{
    static char kept[1000];
    struct maker m = empty;

    assert_ok(sampler_run(&m, name, words, d, 1, kept, err));
    maker_free(&m);
    return kept;
}

/* The same for rows of one column, and their classes. */
static const char *
run_line(const char *name, const char *words, const double *x,
         const char *digits)
{
    int32_t y[100];
    struct mesa_dataset d = sampler_data(x, 1, digits, y, 3);

    return run(name, words, &d);
}

/* Fourteen equal rows of two classes, and two others far away. */
static void
test_enn_weighs_clumps(void **state)
{
    static const double x[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                0, 0, 0, 0, 9, 9.5 };
    static const char few[] = "0000000000000111", many[] = "0000001111111122";
    static const char *const all[] = { "enn", "renn", "all_knn", "ncr" };

    (void)state;
    /* 3 of 13 places go to one row: 3/13 of a vote. */
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(run_line(all[i], "", x, few),
                            "1111111111111111");
    /* That row is outvoted, and so are the two that have but each other. */
    assert_string_equal(run_line("enn", "sampling_strategy=all", x, few),
                        "1111111111111000");
    /* 6 of class 0, 8 of class 1: each sees 3 * 8 / 13 or 3 * 6 / 13 of a
     * vote against itself; most votes decide for mode. */
    assert_string_equal(run_line("enn", "", x, many), "0000000000000011");
    assert_string_equal(run_line("enn", "kind_sel=mode", x, many),
                        "0000001111111111");
}

/* 40 and 20 equal rows: each of the 40 has a vote against it.  In an order of
 * its choice imbalanced-learn drops all of them, too, and says nothing. */
static void
test_class_that_goes(void **state)
{
    static const char *const losers[] = { "enn", "renn", "all_knn" };
    static const char *const keepers[][2] = {
        { "enn", "kind_sel=mode" }, { "renn", "kind_sel=mode" },
        { "all_knn", "kind_sel=mode" }, { "ncr", "" }, { "tomek", "" },
    };
    double x[60] = { 0 };
    char digits[61], left[61];

    (void)state;
    memset(digits, '0', 40);
    memset(digits + 40, '1', 20);
    digits[60] = '\0';
    memcpy(left, digits, sizeof left); /* the digits of what stays as well */
    for (size_t i = 0; i < sizeof losers / sizeof *losers; i++) {
        n_heard = 0;
        mesa_warn_to(hear, NULL);
        assert_string_equal(run_line(losers[i], "", x, digits), left);
        assert_int_equal(n_heard, 1);
        assert_string_equal(heard,
                            "class 0 has lost all of its 40 rows to "
                            "neighbours of other classes; name only other "
                            "classes in sampling_strategy to keep them");
    }
    n_heard = 0;
    mesa_warn_to(hear, NULL);
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++)
        assert_non_null(memchr(run_line(keepers[i][0], keepers[i][1], x,
                                        digits), '1', 40));
    mesa_warn_to(NULL, NULL);
    assert_int_equal(n_heard, 0);
}

/* Half a vote against a row is not enough, more is. */
static void
test_enn_rounds(void **state)
{
    static const double x[] = { 0, 1, -1, 7, 8, 9 };
    static const double y[] = { 0, 1, -1, -1, 7, 8, 9 };

    (void)state;
    assert_string_equal(run_line("enn", "n_neighbors=1 sampling_strategy=0",
                                 x, "001111"),
                        "111111");
    assert_string_equal(run_line("enn", "n_neighbors=1 sampling_strategy=0",
                                 y, "0011111"),
                        "0111111");
}

/* Mutually nearest; the one in the middle has a nearest row on both sides. */
static void
test_tomek_links(void **state)
{
    static const double x[] = { 0, 1, -1, -1.5, 5, 6, 6 };

    (void)state;
    /* 0 and 1 are linked; for -1 there is -1.5, which is nearer; the rows at
     * 6 are equal, so they are linked whatever is beside them. */
    assert_string_equal(run_line("tomek", "sampling_strategy=all", x,
                                 "1000001"),
                        "0011100");
    assert_string_equal(run_line("tomek", "", x, "1000001"), "1011101");
    /* Half of what is nearest to 0 is of its own class: it stays. */
    assert_string_equal(run_line("tomek", "sampling_strategy=all", x,
                                 "1010011"),
                        "1000111");
}

/* One row, and twelve as far from it in every direction; only the last of
 * them has no other that is nearer. */
static void
test_tomek_many_ties(void **state)
{
    enum { AXES = 6, ROWS = 4 * AXES + 1 };
    double x[ROWS * AXES] = { 0 };
    char digits[ROWS + 1] = "1", expected[ROWS + 1];
    int32_t y[ROWS];
    struct mesa_dataset d;

    (void)state;
    memset(digits + 1, '0', ROWS - 1);
    digits[ROWS] = '\0';
    for (size_t i = 0; i < 2 * AXES; i++)
        x[(1 + i) * AXES + i / 2] = i % 2 ? 1 : -1;
    for (size_t i = 0; i < 2 * AXES - 1; i++)
        x[(1 + 2 * AXES + i) * AXES + i / 2] = i % 2 ? 1.25 : -1.25;
    x[(ROWS - 1) * AXES] = 50;
    d = sampler_data(x, AXES, digits, y, 2);
    memset(expected, '1', ROWS);
    expected[ROWS] = '\0';
    expected[0] = expected[2 * AXES] = '0';
    assert_string_equal(run("tomek", "sampling_strategy=all", &d), expected);
    /* With one nearer to that one as well there is no link left. */
    x[(ROWS - 1) * AXES] = 0.125;
    x[(ROWS - 1) * AXES + AXES - 1] = 1;
    memset(expected, '1', ROWS);
    assert_string_equal(run("tomek", "sampling_strategy=all", &d), expected);
}

/* The row of class 1 has two near it and then four equal ones for one place:
 * those stay. */
static void
test_ncr_spares_ties(void **state)
{
    static const double x[] = { 0, 1, -1.5, 3, 3, 3, 3, 20, 20.5 };
    static const char y[] = "100000001";

    (void)state;
    assert_string_equal(run_line("ncr", "", x, y), "100111101");
    assert_string_equal(run_line("ncr", "kind_sel=mode", x, y), "100111101");
    /* With places for all of them they go. */
    assert_string_equal(run_line("ncr", "n_neighbors=6", x, y), "100000001");
    /* Every other row is a neighbour. */
    assert_string_equal(run_line("ncr", "n_neighbors=8", x, y), "100000001");
}

/* Two equal rows of class 1 in the set: as many of class 0 must join until
 * class 0, the lower, wins. */
static void
test_cnn_clump(void **state)
{
    static const double x[] = { 0, 0, 0, 0, 0, 0, 0, 5 };

    (void)state;
    assert_string_equal(run_line("cnn", "seed_rows=7", x, "11000000"),
                        "11110001");
    assert_string_equal(run_line("cnn", "seed_rows=7 skip=none", x,
                                 "00111111"),
                        "11111001");
    /* Rows 2 and 3 have joined: the rows at places 2 and 3 of the class are
     * not looked at, as by the peer. */
    assert_string_equal(run_line("cnn", "seed_rows=7", x, "00111111"),
                        "11110011");
    assert_string_equal(run_line("cnn", "seed_rows=7 n_neighbors=3", x,
                                 "11000000"),
                        "11110001");
    assert_string_equal(run_line("oss", "seed_rows=7", x, "11000000"),
                        "11111111");
}

/* Of the equally far the lower rows stay. */
static void
test_near_miss_lower_row(void **state)
{
    static const double x[] = { 1, 0, -1, 1, -1, 0, 4 };

    (void)state;
    assert_string_equal(run_line("near_miss", "n_neighbors=auto", x,
                                 "0100010"),
                        "1110010");
    assert_string_equal(run_line("near_miss", "n_neighbors=2 version=2", x,
                                 "0100010"),
                        "1110010");
    assert_string_equal(run_line("near_miss",
                                 "n_neighbors=2 n_neighbors_ver3=3 version=3",
                                 x, "0100010"),
                        "1110010");
}

/* On a grid nearly all is tied, and many rows are equal. */
static void
test_order_does_not_matter(void **state)
{
    enum { ROWS = 300, COLS = 2 };
    static const char *const how[][2] = {
        { "tomek", "sampling_strategy=all" }, { "tomek", "" },
        { "enn", "" }, { "enn", "kind_sel=mode sampling_strategy=all" },
        { "renn", "kind_sel=mode" }, { "all_knn", "" },
        { "all_knn", "kind_sel=mode n_neighbors=5" }, { "ncr", "" },
        { "ncr", "kind_sel=mode" }, { "ncr", "kind_sel=all" },
    };
    static double x[2][ROWS * COLS];
    char digits[2][ROWS + 1], kept[ROWS + 1];
    int32_t y[2][ROWS];
    size_t order[ROWS];
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 3);
    mesa_rng_permutation(&rng, ROWS, order);
    digits[0][ROWS] = digits[1][ROWS] = '\0';
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < COLS; j++)
            x[1][order[i] * COLS + j] = x[0][i * COLS + j] =
                (double)mesa_rng_below(&rng, 12);
        digits[0][i] = (char)('0' + (x[0][i * COLS] > 8) +
                              (mesa_rng_below(&rng, 4) == 0));
        digits[1][order[i]] = digits[0][i];
    }
    for (size_t h = 0; h < sizeof how / sizeof *how; h++) {
        struct mesa_dataset a = sampler_data(x[0], COLS, digits[0], y[0], 3);
        struct mesa_dataset b = sampler_data(x[1], COLS, digits[1], y[1], 3);
        const char *other;

        strcpy(kept, run(how[h][0], how[h][1], &a));
        other = run(how[h][0], how[h][1], &b);
        assert_non_null(strchr(kept, '0'));
        for (size_t i = 0; i < ROWS; i++)
            if (kept[i] != other[order[i]])
                fail_msg("%s %s: row %zu", how[h][0], how[h][1], i);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enn_weighs_clumps),
        cmocka_unit_test(test_class_that_goes),
        cmocka_unit_test(test_enn_rounds),
        cmocka_unit_test(test_tomek_links),
        cmocka_unit_test(test_tomek_many_ties),
        cmocka_unit_test(test_ncr_spares_ties),
        cmocka_unit_test(test_cnn_clump),
        cmocka_unit_test(test_near_miss_lower_row),
        cmocka_unit_test(test_order_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
