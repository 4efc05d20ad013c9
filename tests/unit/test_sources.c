/* SPDX-License-Identifier: MIT */
/* test_sources.c - generated data: counts, moments, shapes, streams. */
#include "source_fixture.h"

#include <math.h>

#include "../golden/sources.h"

const struct mesa_plugin *checkerboard_plugin(void);
const struct mesa_plugin *classification_plugin(void);
const struct mesa_plugin *moons_plugin(void);

typedef const struct mesa_plugin *(*entry)(void);

/* The rows that the lines and the seed give. */
static const struct mesa_dataset *
open_rows(struct fixture *fx, entry plugin, const char *lines, uint64_t seed)
{
    assert_ok(fixture_open(fx, plugin(), lines, seed, err));
    return fixture_part(fx, MESA_PART_ALL);
}

/* Class counts are scikit-learn's, with rows in order or not. */
static void
test_class_counts(void **state)
{
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(golden_counts); i++) {
        const struct golden_counts *g = &golden_counts[i];
        const struct mesa_dataset *d;
        char lines[400];
        size_t count[4];

        snprintf(lines, sizeof lines,
                 "n_samples = %d\nn_features = 6\nn_informative = 4\n"
                 "n_redundant = 0\nn_classes = %d\n"
                 "n_clusters_per_class = %d\nweights = %s\nflip_y = 0\n"
                 "shuffle = %s\n",
                 g->n_samples, g->n_classes, g->n_clusters, g->weights,
                 i % 2 ? "yes" : "no");
        d = open_rows(&fx, classification_plugin, lines, i);
        assert_int_equal(d->x.rows, g->n_samples);
        assert_int_equal(d->x.cols, 6);
        assert_int_equal(d->n_classes, g->n_classes);
        mesa_class_counts(d, count);
        for (int c = 0; c < g->n_classes; c++)
            assert_int_equal(count[c], g->count[c]);
    }
    fixture_free(&fx);
}

static void
test_names(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;
    char name[8];

    (void)state;
    fixture_init(&fx);
    d = open_rows(&fx, classification_plugin,
                  "n_features = 12\nn_informative = 5\nn_classes = 11\n", 1);
    for (size_t j = 0; j < 12; j++) {
        snprintf(name, sizeof name, "x%zu", j);
        assert_string_equal(d->schema->column[j].name, name);
    }
    for (size_t c = 0; c < 11; c++) {
        snprintf(name, sizeof name, "%zu", c);
        assert_string_equal(d->schema->class_name[c], name);
    }
    assert_string_equal(d->schema->label, "label");
    fixture_free(&fx);
}

/* Mean and spread of a statistic over seeds. */
struct running {
    double sum, square;
};

static void
add(struct running *r, double v)
{
    r->sum += v;
    r->square += v * v;
}

/* The column's mean square, root mean fourth power, and squared difference of
 * the class means. */
static void
column_statistics(const struct mesa_dataset *d, size_t j, double out[3])
{
    double mean[2] = { 0, 0 }, square = 0, fourth = 0;
    size_t count[2];

    mesa_class_counts(d, count);
    for (size_t r = 0; r < d->x.rows; r++) {
        double v = mesa_row(&d->x, r)[j];

        square += v * v;
        fourth += v * v * v * v;
        mean[d->y[r]] += v / (double)count[d->y[r]];
    }
    out[0] = square / (double)d->x.rows;
    out[1] = sqrt(fourth / (double)d->x.rows);
    out[2] = (mean[0] - mean[1]) * (mean[0] - mean[1]);
}

#define SEEDS 1000

static void
check_moment(const struct running *r, const struct golden_mean *golden,
             const char *what, size_t kind)
{
    double mean = r->sum / SEEDS;
    double variance = (r->square / SEEDS - mean * mean) / SEEDS;
    double limit = 4.5 * sqrt(variance + golden->error * golden->error);

    if (!(fabs(mean - golden->mean) < limit))
        fail_msg("%s, kind %zu: %g, expected %g +- %g", what, kind, mean,
                 golden->mean, limit);
}

/* Moments of all kinds of columns are scikit-learn's. */
static void
test_moments(void **state)
{
    static const size_t first[] = { 0, 3, 5, 6, 8 }; /* column of each kind */
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(golden_moments); i++) {
        struct running found[3][4] = { 0 };
        char lines[400];

        snprintf(lines, sizeof lines,
                 "n_samples = 200\nn_features = 8\nn_informative = 3\n"
                 "n_redundant = 2\nn_repeated = 1\nflip_y = 0\n"
                 "shuffle = no\n%s", golden_moments[i].lines);
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            const struct mesa_dataset *d =
                open_rows(&fx, classification_plugin, lines, seed);

            for (size_t kind = 0; kind < 4; kind++) {
                double n = (double)(first[kind + 1] - first[kind]);
                double mean[3] = { 0, 0, 0 }, of[3];

                for (size_t j = first[kind]; j < first[kind + 1]; j++) {
                    column_statistics(d, j, of);
                    for (size_t m = 0; m < 3; m++)
                        mean[m] += of[m] / n;
                }
                for (size_t m = 0; m < 3; m++)
                    add(&found[m][kind], mean[m]);
            }
        }
        for (size_t kind = 0; kind < 4; kind++) {
            const struct golden_moments *g = &golden_moments[i];

            check_moment(&found[0][kind], &g->square[kind], "square", kind);
            check_moment(&found[1][kind], &g->fourth[kind], "fourth", kind);
            check_moment(&found[2][kind], &g->between[kind], "between", kind);
        }
    }
    fixture_free(&fx);
}

/* A repeated column equals one before it; a redundant one is a combination of
 * the two informative ones, the same in every row. */
static void
test_dependent_columns(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    d = open_rows(&fx, classification_plugin,
                  "n_features = 6\nn_repeated = 2\nshuffle = no\n", 3);
    for (size_t j = 4; j < 6; j++) {
        size_t same = 0;

        for (size_t k = 0; k < 4; k++) {
            bool equal = true;

            for (size_t r = 0; r < d->x.rows && equal; r++)
                equal = mesa_row(&d->x, r)[j] == mesa_row(&d->x, r)[k];
            same += equal;
        }
        assert_true(same >= 1);
    }
    for (size_t j = 2; j < 4; j++) {
        const double *p = mesa_row(&d->x, 0), *q = mesa_row(&d->x, 1);
        double det = p[0] * q[1] - p[1] * q[0];
        double a = (p[j] * q[1] - p[1] * q[j]) / det;
        double b = (p[0] * q[j] - p[j] * q[0]) / det;

        assert_true(fabs(a) <= 1 + 1e-9 && fabs(b) <= 1 + 1e-9);
        for (size_t r = 2; r < d->x.rows; r++) {
            const double *v = mesa_row(&d->x, r);

            assert_true(fabs(a * v[0] + b * v[1] - v[j]) < 1e-8);
        }
    }
    fixture_free(&fx);
}

/* Shuffling moves rows and columns, and changes none. */
static void
test_shuffle_keeps_rows(void **state)
{
    struct fixture fx, moved;
    const struct mesa_dataset *d, *m;
    size_t n_moved = 0;

    (void)state;
    fixture_init(&fx);
    fixture_init(&moved);
    d = open_rows(&fx, classification_plugin, "shuffle = no\n", 9);
    m = open_rows(&moved, classification_plugin, "shuffle = yes\n", 9);
    for (size_t r = 0; r < d->x.rows; r++) {
        size_t found = SIZE_MAX;
        double sum = 0, other;

        for (size_t j = 0; j < 20; j++)
            sum += mesa_row(&d->x, r)[j];
        for (size_t k = 0; k < m->x.rows && found == SIZE_MAX; k++) {
            other = 0;
            for (size_t j = 0; j < 20; j++)
                other += mesa_row(&m->x, k)[j];
            if (fabs(sum - other) < 1e-9)
                found = k;
        }
        assert_true(found != SIZE_MAX);
        assert_int_equal(d->y[r], m->y[found]);
        n_moved += found != r;
    }
    assert_true(n_moved > 80);
    fixture_free(&fx);
    fixture_free(&moved);
}

/* flip_y draws classes again: half of the flips change one of two. */
static void
test_flips(void **state)
{
    struct fixture fx, flipped;
    const struct mesa_dataset *d, *f;
    size_t changed = 0;

    (void)state;
    fixture_init(&fx);
    fixture_init(&flipped);
    d = open_rows(&fx, classification_plugin,
                  "n_samples = 20000\nflip_y = 0\n", 4);
    f = open_rows(&flipped, classification_plugin,
                  "n_samples = 20000\nflip_y = 0.3\n", 4);
    assert_memory_equal(d->x.data, f->x.data,
                        d->x.rows * d->x.cols * sizeof(double));
    for (size_t r = 0; r < d->x.rows; r++)
        changed += d->y[r] != f->y[r];
    assert_true(changed > 2750 && changed < 3250);
    fixture_free(&fx);
    fixture_free(&flipped);
}

/* Many informative columns: corners still differ, nothing overflows. */
static void
test_many_columns(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    d = open_rows(&fx, classification_plugin,
                  "n_features = 80\nn_informative = 70\nn_redundant = 5\n"
                  "n_classes = 9\nn_clusters_per_class = 5\n", 1);
    assert_int_equal(d->x.cols, 80);
    d = open_rows(&fx, classification_plugin,
                  "n_features = 3\nn_informative = 3\nn_redundant = 0\n"
                  "n_classes = 4\nn_samples = 8\nflip_y = 0\nshuffle = no\n"
                  "class_sep = 1000\n", 1);
    for (size_t a = 0; a < 8; a++) /* eight clusters use all eight corners */
        for (size_t b = 0; b < a; b++) {
            size_t differing = 0;

            for (size_t j = 0; j < 3; j++)
                differing += (mesa_row(&d->x, a)[j] > 0) !=
                             (mesa_row(&d->x, b)[j] > 0);
            assert_true(differing > 0);
        }
    fixture_free(&fx);
}

static void
test_classification_errors(void **state)
{
    static const struct {
        const char *lines, *expected;
    } bad[] = {
        { "n_features = 3\n",
          "n_informative, n_redundant and n_repeated sum to 4 but n_features "
          "is 3" },
        { "n_classes = 3\n",
          "3 classes of 2 clusters need 6 corners but n_informative = 2 gives "
          "4" },
        { "weights = 0.1, 0.2, 0.3\n", "3 weights for 2 classes" },
        { "n_classes = 4\nn_clusters_per_class = 1\nweights = 0.1, 0.2\n",
          "2 weights for 4 classes" },
        { "n_classes = 3\nn_clusters_per_class = 1\nweights = 0.75, 0.5\n",
          "the weights leave -0.25 for the last class" },
        { "weights = 0.75, 0.5\n", "the weights ask for 124 rows of 100" },
    };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(bad); i++) {
        char expected[200];

        snprintf(expected, sizeof expected, "[data] classification: %s",
                 bad[i].expected);
        assert_error(fixture_open(&fx, classification_plugin(), bad[i].lines,
                                  1, err),
                     MESA_EINVAL, expected);
    }
    fixture_free(&fx);
}

static void
test_moons_are_scikit_learns(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;

    (void)state;
    fixture_init(&fx);
    d = open_rows(&fx, moons_plugin, "n_samples = 11\nshuffle = no\n", 1);
    assert_int_equal(d->x.rows, 11);
    for (size_t r = 0; r < 11; r++) {
        for (size_t j = 0; j < 2; j++)
            assert_true(fabs(mesa_row(&d->x, r)[j] - golden_moons[r][j]) <
                        1e-15);
        assert_int_equal(d->y[r], r >= 5);
    }
    d = open_rows(&fx, moons_plugin, "n_samples = 2\nshuffle = no\n", 1);
    assert_bits_equal(mesa_row(&d->x, 0)[0], 1);
    assert_bits_equal(mesa_row(&d->x, 1)[1], 0.5);
    fixture_free(&fx);
}

static void
test_moons_imbalance(void **state)
{
    static const struct {
        const char *ratio;
        size_t      n, outer;
    } example[] = { { "1", 100, 50 },   { "1", 101, 50 },   { "9", 100, 90 },
                    { "10", 100, 90 },  { "99", 100, 99 },  { "1e6", 100, 99 },
                    { "2.5", 70, 50 } };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(example); i++) {
        char lines[100];
        size_t count[2];

        snprintf(lines, sizeof lines, "n_samples = %zu\nimbalance_ratio = %s\n",
                 example[i].n, example[i].ratio);
        mesa_class_counts(open_rows(&fx, moons_plugin, lines, 1), count);
        assert_int_equal(count[0], example[i].outer);
        assert_int_equal(count[1], example[i].n - example[i].outer);
    }
    fixture_free(&fx);
}

/* Noise: every point moves by normal numbers times the deviation. */
static void
test_moons_noise(void **state)
{
    struct fixture fx, noisy;
    const struct mesa_dataset *d, *m;
    struct running moved = { 0, 0 };
    double n;

    (void)state;
    fixture_init(&fx);
    fixture_init(&noisy);
    d = open_rows(&fx, moons_plugin, "n_samples = 20000\n", 6);
    m = open_rows(&noisy, moons_plugin, "n_samples = 20000\nnoise = 0.25\n",
                  6);
    n = 2.0 * (double)d->x.rows;
    for (size_t i = 0; i < 2 * d->x.rows; i++)
        add(&moved, (m->x.data[i] - d->x.data[i]) / 0.25);
    assert_true(fabs(moved.sum / n) < 0.02);
    assert_true(fabs(moved.square / n - 1) < 0.03);
    assert_memory_equal(d->y, m->y, d->x.rows * sizeof *d->y);
    fixture_free(&fx);
    fixture_free(&noisy);
}

/* Each point belongs to a cell of its class, cells are equally full, and
 * their spread is what was asked for. */
static void
check_board(const struct mesa_dataset *d, size_t grid, double covariance)
{
    size_t *count = calloc(grid * grid, sizeof *count), in_class[2], cells[2];
    double square = 0;

    assert_non_null(count);
    mesa_class_counts(d, in_class);
    cells[0] = (grid * grid + 1) / 2;
    cells[1] = grid * grid / 2;
    for (size_t r = 0; r < d->x.rows; r++) {
        const double *x = mesa_row(&d->x, r);
        double a = rint(x[0]), b = rint(x[1]);

        assert_true(a >= 0 && a < (double)grid && b >= 0 && b < (double)grid);
        assert_int_equal(d->y[r], ((size_t)a + (size_t)b) % 2);
        count[(size_t)a * grid + (size_t)b]++;
        square += (x[0] - a) * (x[0] - a) + (x[1] - b) * (x[1] - b);
    }
    for (size_t i = 0; i < grid * grid; i++) {
        size_t c = (i / grid + i % grid) % 2;

        assert_true(count[i] == in_class[c] / cells[c] ||
                    count[i] == in_class[c] / cells[c] + 1);
    }
    assert_close(square / (2.0 * (double)d->x.rows), covariance, 0.05);
    free(count);
}

static void
test_checkerboard(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;
    size_t count[2];

    (void)state;
    fixture_init(&fx);
    for (size_t grid = 2; grid < 8; grid++) {
        char lines[100];

        /* so narrow that no point strays into another cell */
        snprintf(lines, sizeof lines, "grid = %zu\ncovariance = 0.005\n",
                 grid);
        check_board(open_rows(&fx, checkerboard_plugin, lines, grid), grid,
                    0.005);
    }
    d = open_rows(&fx, checkerboard_plugin, "", 1);
    mesa_class_counts(d, count);
    assert_int_equal(count[0], 10000);
    assert_int_equal(count[1], 1000);
    d = open_rows(&fx, checkerboard_plugin,
                  "n_minority = 3\nimbalance_ratio = 1.5\n", 1);
    mesa_class_counts(d, count);
    assert_int_equal(count[0], 5);
    assert_int_equal(count[1], 3);
    fixture_free(&fx);
}

/* A checkerboard of cells so wide that they are one cloud has the variance
 * of its cells and of their centres. */
static void
test_checkerboard_variance(void **state)
{
    struct fixture fx;
    const struct mesa_dataset *d;
    double mean = 0, square = 0, n;

    (void)state;
    fixture_init(&fx);
    d = open_rows(&fx, checkerboard_plugin,
                  "n_minority = 20000\nimbalance_ratio = 1\n", 2);
    n = 2.0 * (double)d->x.rows;
    for (size_t i = 0; i < 2 * d->x.rows; i++) {
        mean += d->x.data[i] / n;
        square += d->x.data[i] * d->x.data[i] / n;
    }
    assert_close(mean, 1.5, 0.01);
    assert_close(square - mean * mean, 1.25 + 0.1, 0.02);
    fixture_free(&fx);
}

/* The same seed gives the same bits with any number of threads, another seed
 * other rows. */
static void
test_streams(void **state)
{
    static const struct {
        entry       plugin;
        const char *lines;
    } source[] = {
        { checkerboard_plugin, "n_minority = 2000\n" },
        { classification_plugin,
          "n_samples = 20000\nshift = none\nscale = none\nhypercube = no\n" },
        { moons_plugin, "n_samples = 20000\nnoise = 0.1\n" },
    };
    static const size_t threads[] = { 1, 2, 5, 16 };
    struct fixture one, fx;

    (void)state;
    fixture_init(&one);
    fixture_init(&fx);
    for (size_t i = 0; i < MESA_COUNT(source); i++) {
        const struct mesa_dataset *d, *e;

        assert_ok(mesa_parallel_set_threads(1, err));
        d = open_rows(&one, source[i].plugin, source[i].lines, 7);
        for (size_t t = 0; t < MESA_COUNT(threads); t++) {
            assert_ok(mesa_parallel_set_threads(threads[t], err));
            e = open_rows(&fx, source[i].plugin, source[i].lines, 7);
            assert_same_data(d, e);
        }
        e = open_rows(&fx, source[i].plugin, source[i].lines, 8);
        assert_memory_not_equal(d->x.data, e->x.data, 100 * sizeof(double));
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    fixture_free(&fx);
    fixture_free(&one);
}

/* More rows of the same: what a row holds depends on its number alone. */
static void
test_rows_have_their_own_streams(void **state)
{
    struct fixture few, many;
    const struct mesa_dataset *a, *b;

    (void)state;
    fixture_init(&few);
    fixture_init(&many);
    a = open_rows(&few, classification_plugin,
                  "n_samples = 100\nn_classes = 1\nn_clusters_per_class = 1\n"
                  "shuffle = no\n", 5);
    b = open_rows(&many, classification_plugin,
                  "n_samples = 9000\nn_classes = 1\nn_clusters_per_class = 1\n"
                  "shuffle = no\n", 5);
    assert_memory_equal(a->x.data, b->x.data, 100 * 20 * sizeof(double));
    fixture_free(&few);
    fixture_free(&many);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_counts),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_dependent_columns),
        cmocka_unit_test(test_shuffle_keeps_rows),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_many_columns),
        cmocka_unit_test(test_classification_errors),
        cmocka_unit_test(test_moons_are_scikit_learns),
        cmocka_unit_test(test_moons_imbalance),
        cmocka_unit_test(test_moons_noise),
        cmocka_unit_test(test_checkerboard),
        cmocka_unit_test(test_checkerboard_variance),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_rows_have_their_own_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
