/* SPDX-License-Identifier: MIT */
/*
 * test_undersample.c - samplers that drop rows: the rows that stay are those
 * of imbalanced-learn, and where distances are tied what the headers say.
 */
#include "undersample_fixture.h"

#include "warn.h"

#include "../golden/undersample.h"

static void
test_rows_are_the_peers(void **state)
{
    const size_t n = sizeof golden_undersamples / sizeof *golden_undersamples;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct golden_undersample *g = &golden_undersamples[i];
        int32_t y[GOLDEN_ROWS];
        char kept[GOLDEN_ROWS + 1];
        struct mesa_dataset d =
            g->data == 0
                ? sampler_data(golden_x0, 3, golden_y0, y, 2)
                : sampler_data(golden_x1, 4, golden_y1, y, 3);
        struct maker m = empty;

        assert_ok(sampler_run(&m, g->sampler, g->words, &d, 1, kept, err));
        if (strcmp(kept, g->kept) != 0)
            fail_msg("%s %s of data %d:\n%s\n%s", g->sampler, g->words,
                     g->data, kept, g->kept);
        maker_free(&m);
    }
}

static double x[40];
static int32_t y[40];

/* n rows on a line, classes by digit. */
static struct mesa_dataset
line(const char *digits, uint32_t n_classes)
{
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        x[i] = (double)(i * i);
    return sampler_data(x, 1, digits, y, n_classes);
}

static void
check_refusal(const char *name, const char *words, const char *digits,
              const char *message)
{
    struct mesa_dataset d = line(digits, 3);
    struct maker m = empty;
    char kept[41], text[300];

    snprintf(text, sizeof text, "[sampler] %s: %s", name, message);
    assert_error(sampler_run(&m, name, words, &d, 1, kept, err),
                 MESA_EINVAL, text);
    maker_free(&m);
}

/* More neighbours than rows, and what cannot be seeds. */
static void
test_refusals(void **state)
{
    static const char *const cleaners[] = { "enn", "renn", "all_knn", "ncr" };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        check_refusal(cleaners[i], "n_neighbors=6", "000011",
                      "n_neighbors is 6 but there are 6 rows: 5 at most, or "
                      "auto");
    check_refusal("near_miss", "", "000011",
                  "n_neighbors is 3 but class 1 has 2 rows: as many at most, "
                  "or auto");
    check_refusal("near_miss", "n_neighbors=2", "000001",
                  "n_neighbors is 2 but class 1 has 1 row: as many at most, "
                  "or auto");
    check_refusal("near_miss",
                  "n_neighbors=auto version=3 n_neighbors_ver3=5", "000011",
                  "n_neighbors_ver3 is 5 but class 0 has 4 rows: as many at "
                  "most, or auto");
    check_refusal("cnn", "seed_rows=6", "000011",
                  "seed_rows has 6, expected a whole number below 6, the "
                  "number of rows");
    check_refusal("oss", "seed_rows=1.5", "000011",
                  "seed_rows has 1.5, expected a whole number below 6, the "
                  "number of rows");
    check_refusal("cnn", "seed_rows=0,4", "000011",
                  "seed_rows has row 4 of class 1, which stays whole");
    check_refusal("oss", "seed_rows=4 sampling_strategy=0", "0000112222",
                  "seed_rows has row 4 of class 1, which stays whole");
    check_refusal("oss", "seed_rows=0", "0000112222",
                  "seed_rows has no row of class 2");
    check_refusal("cnn", "n_seeds_s=5", "000011",
                  "n_seeds_s is 5 but class 0 has 4 rows");
    check_refusal("cnn", "n_neighbors=4", "000011",
                  "n_neighbors is 4 but class 1 and the seeds are 3 rows");
    check_refusal("oss", "n_neighbors=5 n_seeds_s=2", "000011",
                  "n_neighbors is 5 but class 1 and the seeds are 4 rows");
}

static char said[500];

static void
hear(void *context, const char *text)
{
    (void)context;
    strcat(strcat(said, text), "\n");
}

static void
check_warning(const char *name, const char *words, const char *digits,
              const char *warning)
{
    struct mesa_dataset d = line(digits, 3);
    struct maker m = empty;
    char kept[41];

    said[0] = '\0';
    mesa_warn_to(hear, NULL);
    assert_ok(sampler_run(&m, name, words, &d, 1, kept, err));
    mesa_warn_to(NULL, NULL);
    maker_free(&m);
    assert_string_equal(said, warning);
}

/* auto makes do with what there is, and says so. */
static void
test_warnings(void **state)
{
    (void)state;
    check_warning("enn", "n_neighbors=auto", "001",
                  "n_neighbors is 2, as there are 3 rows\n"
                  "class 0 has lost all of its 2 rows to neighbours of other "
                  "classes; name only other classes in sampling_strategy to "
                  "keep them\n");
    check_warning("enn", "n_neighbors=auto", "00001111", "");
    check_warning("near_miss", "n_neighbors=auto", "000001",
                  "n_neighbors is 1, as class 1 has 1 row\n");
    check_warning("near_miss",
                  "version=3 n_neighbors=auto n_neighbors_ver3=1", "0000111",
                  "near_miss keeps 1 rows of class 0 instead of 3: "
                  "n_neighbors_ver3 finds no more\n");
    check_warning("near_miss",
                  "version=3 n_neighbors=auto n_neighbors_ver3=auto",
                  "001",
                  "n_neighbors is 1, as class 1 has 1 row\n"
                  "n_neighbors_ver3 is 2, as class 0 has 2 rows\n");
}

/* Drawn seeds depend on the seed alone, and on the class; a class keeps at
 * least as many rows. */
static void
test_drawn_seeds(void **state)
{
    static const char digits[] = "0001222200001111222200001222200000001111";
    struct mesa_dataset d = line(digits, 3);
    char first[41], again[41], other[41];
    size_t differ = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "oss" : "cnn";
        struct maker m = empty;

        assert_ok(sampler_run(&m, name, "n_seeds_s=3", &d, 1, first, err));
        assert_ok(sampler_again(&m, &d, 1, again, err));
        assert_string_equal(first, again);
        for (uint64_t seed = 2; seed < 9; seed++) {
            assert_ok(sampler_again(&m, &d, seed, other, err));
            differ += strcmp(first, other) != 0;
        }
        maker_free(&m);
    }
    assert_true(differ > 7);
}

/* Hart's rule, written down once more: a row joins unless it is nearest to a
 * row of its class. */
static void
hart(const double *at, size_t cols, size_t seed, char smallest, char *kept)
{
    size_t n = GOLDEN_ROWS;

    memset(kept, '0', n);
    kept[n] = '\0';
    kept[seed] = '1';
    for (size_t r = 0; r < n; r++)
        if (golden_y0[r] == smallest)
            kept[r] = '1';
    for (size_t r = 0; r < n; r++) {
        double best = 1e300;
        size_t who = 0;

        for (size_t o = 0; o < n; o++) {
            double sum = 0;

            for (size_t j = 0; j < cols; j++)
                sum += (at[r * cols + j] - at[o * cols + j]) *
                       (at[r * cols + j] - at[o * cols + j]);
            if (kept[o] == '1' && sum < best) {
                best = sum;
                who = o;
            }
        }
        if (golden_y0[who] != golden_y0[r])
            kept[r] = '1';
    }
}

static void
test_cnn_without_skipping(void **state)
{
    char kept[GOLDEN_ROWS + 1], expected[GOLDEN_ROWS + 1];
    int32_t labels[GOLDEN_ROWS];
    struct mesa_dataset d = sampler_data(golden_x0, 3, golden_y0, labels, 2);
    struct maker m = empty;

    (void)state;
    assert_int_equal(golden_y0[3], '0');
    hart(golden_x0, 3, 3, '1', expected);
    assert_ok(sampler_run(&m, "cnn", "skip=none seed_rows=3", &d, 1, kept,
                          err));
    assert_string_equal(kept, expected);
    assert_ok(sampler_run(&m, "cnn", "seed_rows=3 skip=reference", &d, 1,
                          kept, err));
    assert_string_not_equal(kept, expected);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_the_peers),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_drawn_seeds),
        cmocka_unit_test(test_cnn_without_skipping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
