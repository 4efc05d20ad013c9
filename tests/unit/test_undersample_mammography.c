/* SPDX-License-Identifier: MIT */
/*
 * test_undersample_mammography.c - samplers that drop rows, on data of which
 * a third of the rows are one and the same: all other rows are those that
 * imbalanced-learn keeps, and the equal ones do not vanish.
 */
#include "undersample_fixture.h"

#include "../golden/undersample_mammography.h"

enum { COLS = 6 };

static double x[MAMMOGRAPHY_ROWS * COLS];
static int32_t y[MAMMOGRAPHY_ROWS];
static struct mesa_dataset data = { sizeof data, 0,
                                    { x, MAMMOGRAPHY_ROWS, COLS, COLS, NULL },
                                    y, NULL, { NULL, 0, 0, 0, NULL }, 2,
                                    NULL };

/* The file of the rows, or NULL. */
static FILE *
open_data(void)
{
    const char *folder = getenv("MESA_DATA_DIR");
    char path[1000];

    if (!folder)
        return NULL;
    snprintf(path, sizeof path, "%s/Mammo_train.csv", folder);
    return fopen(path, "r");
}

static void
read_data(FILE *from)
{
    char line[1000], *at;

    assert_non_null(fgets(line, sizeof line, from));
    for (size_t r = 0; r < MAMMOGRAPHY_ROWS; r++) {
        assert_non_null(fgets(line, sizeof line, from));
        at = line;
        for (size_t j = 0; j < COLS; j++, at++)
            x[r * COLS + j] = strtod(at, &at);
        y[r] = (int32_t)strtol(at, NULL, 10);
    }
}

static bool
is_equal_one(size_t r)
{
    return memcmp(x + r * COLS, x + MAMMOGRAPHY_EQUAL * COLS,
                  COLS * sizeof *x) == 0;
}

/* Does the row stay in the peer's result? */
static bool
stays(const struct golden_mammography *g, size_t r)
{
    for (size_t i = 0; i < g->n; i++)
        if ((size_t)g->row[i] == r)
            return g->stay;
    return !g->stay || y[r] == 1;
}

/* What is left of the 2,026 and the 4 equal rows. */
static void
check_equal_ones(const char *sampler, const char *words, const char *kept)
{
    size_t left[2] = { 0, 0 };
    bool all = strcmp(words, "sampling_strategy=all") == 0;

    for (size_t r = 0; r < MAMMOGRAPHY_ROWS; r++)
        if (is_equal_one(r) && kept[r] == '1')
            left[y[r]]++;
    assert_int_equal(left[1], all ? 0 : 4);
    if (strcmp(sampler, "cnn") == 0)
        assert_int_equal(left[0], 4);
    else if (strcmp(sampler, "near_miss") == 0)
        assert_int_equal(left[0], strcmp(words, "version=1") ? 0 : 156);
    else
        assert_int_equal(left[0], 2026);
}

static void
test_rows_are_the_peers(void **state)
{
    const size_t n = sizeof golden_mammography / sizeof *golden_mammography;
    static char kept[MAMMOGRAPHY_ROWS + 1];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct golden_mammography *g = &golden_mammography[i];
        struct maker m = empty;

        assert_ok(sampler_run(&m, g->sampler, g->words, &data, 1, kept, err));
        maker_free(&m);
        for (size_t r = 0; r < MAMMOGRAPHY_ROWS; r++)
            if (!is_equal_one(r) && (kept[r] == '1') != stays(g, r))
                fail_msg("%s %s: row %zu %s", g->sampler, g->words, r,
                         kept[r] == '1' ? "stays" : "goes");
        check_equal_ones(g->sampler, g->words, kept);
    }
}

/* From any seeds, equal ones among them, what has few rows stays and what is
 * most of the data does not vanish. */
static void
test_any_seeds(void **state)
{
    static char kept[MAMMOGRAPHY_ROWS + 1];
    struct maker m = empty;

    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        size_t left[2] = { 0, 0 };

        assert_ok(sampler_run(&m, "cnn", "", &data, seed, kept, err));
        check_equal_ones("cnn", "", kept);
        for (size_t r = 0; r < MAMMOGRAPHY_ROWS; r++)
            left[y[r]] += kept[r] == '1';
        assert_int_equal(left[1], 156);
        assert_in_range(left[0], 200, 300);
    }
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_the_peers),
        cmocka_unit_test(test_any_seeds),
    };

    FILE *from = open_data();

    /* Without the data there is nothing to see. */
    if (!from) {
        printf("1..0 # SKIP no Mammo_train.csv; set MESA_DATA_DIR\n");
        return EXIT_SUCCESS;
    }
    read_data(from);
    fclose(from);
    return cmocka_run_group_tests_name("undersample_mammography", tests,
                                       NULL, NULL);
}
