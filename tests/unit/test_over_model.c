/* SPDX-License-Identifier: MIT */
/*
 * test_over_model.c - where over-samplers may make rows, written down once
 * more by comparing all rows with all, on data full of ties: which rows they
 * start from, which they go towards, and how far.
 */
#include "over_fixture.h"

#include <math.h>

#include "warn.h"

const struct mesa_plugin *adasyn_plugin(void);
const struct mesa_plugin *borderline_smote_plugin(void);
const struct mesa_plugin *g_smote_plugin(void);
const struct mesa_plugin *ramo_plugin(void);
const struct mesa_plugin *random_over_plugin(void);
const struct mesa_plugin *smote_plugin(void);

enum { ROWS = 90, COLS = 2, CLASSES = 3 };

static double x[ROWS * COLS];
static int32_t y[ROWS];

/* A grid on which many rows are equal, of three classes that overlap. */
static struct mesa_dataset
grid(uint64_t seed, uint64_t width)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    for (size_t r = 0; r < ROWS; r++) {
        uint64_t draw = mesa_rng_below(&rng, 10);

        y[r] = r < 12 ? (int32_t)(r % 3) : draw < 6 ? 0 : draw < 8 ? 1 : 2;
        for (size_t j = 0; j < COLS; j++)
            x[r * COLS + j] = (double)mesa_rng_below(&rng, width) +
                              (y[r] == 2 && j == 0 ? 2 : 0);
    }
    return (struct mesa_dataset){ .struct_size = sizeof(struct mesa_dataset),
                                  .x = { x, ROWS, COLS, COLS, NULL },
                                  .y = y,
                                  .n_classes = CLASSES };
}

static int64_t
apart(size_t a, size_t b)
{
    int64_t sum = 0;

    for (size_t j = 0; j < COLS; j++) {
        int64_t d = (int64_t)(x[a * COLS + j] - x[b * COLS + j]);

        sum += d * d;
    }
    return sum;
}

/* Which rows may be neighbours. */
enum among { OWN, OTHERS, ALL };

/* How many of those come before b as seen from a; of equally far ones the
 * lower row is first. */
static size_t
rank_of(size_t a, size_t b, enum among among)
{
    size_t n = 0;

    for (size_t r = 0; r < ROWS; r++) {
        int64_t d = apart(a, r), limit = apart(a, b);

        if (r == a || (among == OWN && y[r] != y[a]) ||
            (among == OTHERS && y[r] == y[a]))
            continue;
        n += d < limit || (d == limit && r < b);
    }
    return n;
}

/* How many of the m nearest are of other classes; tied rows share places. */
static double
others_of(size_t a, size_t m)
{
    size_t nearer = 0, tied[2] = { 0 }, sure = 0;
    int64_t last = 0;

    for (; nearer + tied[0] + tied[1] < m; last++) {
        sure += tied[1];
        nearer += tied[0] + tied[1];
        tied[0] = tied[1] = 0;
        for (size_t r = 0; r < ROWS; r++)
            if (r != a && apart(a, r) == last)
                tied[y[r] != y[a]]++;
    }
    return (double)sure + (double)(tied[1] * (m - nearer)) /
                              (double)(tied[0] + tied[1]);
}

static bool
in_danger(size_t a, size_t m)
{
    double whole = rint(others_of(a, m));

    return whole < (double)m && whole >= (double)m / 2;
}

static void
be_silent(void *context, const char *line)
{
    (void)context;
    (void)line;
}

/* What was made of the grid; how many children each row has. */
struct made {
    struct fixture fx;
    size_t         children[ROWS], n;
};

static void
make(struct made *m, const struct mesa_plugin *plugin, const char *lines,
     const struct mesa_dataset *d)
{
    memset(m->children, 0, sizeof m->children);
    mesa_warn_to(be_silent, NULL);
    assert_ok(over_run(&m->fx, plugin, lines, NULL, d, 3, err));
    mesa_warn_to(NULL, NULL);
    m->n = m->fx.rows->x.rows;
    for (size_t i = 0; i < m->n; i++) {
        const struct mesa_origin o = mesa_sample_origin(m->fx.sample, i);

        if (i < ROWS) {
            assert_int_equal(o.kept, i);
            continue;
        }
        assert_int_equal(o.kept, SIZE_MAX);
        assert_int_equal(y[o.parent_a], m->fx.rows->y[i]);
        m->children[o.parent_a]++;
    }
}

/* Each made row goes from one of its class towards one of the k nearest, and
 * with enough of them every such pair is met. */
static void
check_ends(const struct made *m, size_t k, enum among among, double most)
{
    static bool met[ROWS][ROWS];

    memset(met, 0, sizeof met);
    for (size_t i = ROWS; i < m->n; i++) {
        const struct mesa_origin o = mesa_sample_origin(m->fx.sample, i);
        size_t a = o.parent_a, b = o.parent_b;
        bool other = y[a] != y[b];

        if (a == b || rank_of(a, b, among) >= k)
            fail_msg("row %zu goes from %zu to %zu", i, a, b);
        assert_false(among == OWN && other);
        assert_true(o.step >= 0 && o.step < (other ? most : 1.0));
        met[a][b] = true;
    }
    for (size_t a = 0; a < ROWS; a++)
        for (size_t b = 0; b < ROWS && m->children[a] > 200; b++)
            if (b != a && (among == ALL || y[a] == y[b]) &&
                rank_of(a, b, among) < k && !met[a][b])
                fail_msg("nothing goes from %zu to %zu", a, b);
}

static void
test_smote(void **state)
{
    static const struct {
        const char *lines;
        size_t      k;
    } cases[] = { { "k_neighbors = 1\n", 1 },
                  { "", 5 },
                  { "k_neighbors = auto\n", 5 },
                  { "k_neighbors = 3\nsampling_strategy = all\n", 3 },
                  { "k_neighbors = 3\nsampling_strategy = 1:+9000\n", 3 } };
    struct made m;

    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        const struct mesa_dataset d = grid(seed, 3 + seed);
        size_t n[CLASSES] = { 0 };

        mesa_class_counts(&d, n);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            make(&m, smote_plugin(), cases[i].lines, &d);
            check_ends(&m, cases[i].k, OWN, 1);
            assert_int_equal(m.n, i == 4 ? ROWS + 9000 : 3 * n[0]);
            over_done(&m.fx);
        }
    }
}

/* Only rows in danger have children, and all of them. */
static void
check_danger(const struct made *m, size_t m_neighbors)
{
    for (size_t r = 0; r < ROWS; r++)
        if ((m->children[r] > 0) != (y[r] && in_danger(r, m_neighbors)))
            fail_msg("row %zu: %.17g others of %zu, %zu children", r,
                     others_of(r, m_neighbors), m_neighbors, m->children[r]);
}

static void
test_borderline(void **state)
{
    static const size_t m_neighbors[] = { 1, 2, 5, 10, 89 };
    struct made m;
    char lines[200];

    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++)
        for (size_t i = 0; i < 5; i++) {
            const struct mesa_dataset d = grid(seed, 3 + seed);

            snprintf(lines, sizeof lines,
                     "sampling_strategy = 1:+4000, 2:+4000\n"
                     "k_neighbors = 2\nm_neighbors = %zu\n", m_neighbors[i]);
            make(&m, borderline_smote_plugin(), lines, &d);
            check_danger(&m, m_neighbors[i]);
            check_ends(&m, 2, OWN, 1);
            over_done(&m.fx);
            strcat(lines, "kind = borderline-2\n");
            make(&m, borderline_smote_plugin(), lines, &d);
            check_danger(&m, m_neighbors[i]);
            check_ends(&m, 2, ALL, 0.5);
            over_done(&m.fx);
        }
}

/* Each row has its share, rounded, of what is wanted. */
static void
test_adasyn(void **state)
{
    static const size_t ks[] = { 1, 3, 5, 8 };
    struct made m;
    char lines[200];

    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        for (size_t i = 0; i < 4; i++) {
            const struct mesa_dataset d = grid(seed, 4 + seed);
            double sum[CLASSES] = { 0 };

            for (size_t r = 0; r < ROWS; r++)
                sum[y[r]] += others_of(r, ks[i]);
            snprintf(lines, sizeof lines,
                     "sampling_strategy = 1:+500, 2:+3000\n"
                     "n_neighbors = %zu\n", ks[i]);
            make(&m, adasyn_plugin(), lines, &d);
            check_ends(&m, ks[i], OWN, 1);
            for (size_t r = 0; r < ROWS; r++) {
                double share = others_of(r, ks[i]) *
                               (y[r] == 1 ? 500 : 3000) / sum[y[r]];

                if (y[r] && fabs((double)m.children[r] - share) > 0.5 + 1e-6)
                    fail_msg("row %zu: %zu children, expected %g", r,
                             m.children[r], share);
                assert_false(y[r] == 0 && m.children[r]);
            }
            over_done(&m.fx);
        }
}

/* Children are in proportion to weight times logistic of others. */
static void
check_ramo(const struct mesa_dataset *d, double alpha, size_t k1)
{
    enum { MANY = 20000 };
    struct made m;
    double sum[CLASSES] = { 0 }, want[ROWS];
    char lines[200];

    for (size_t r = 0; r < ROWS; r++) {
        want[r] = 1 / (1 + exp(-alpha * others_of(r, k1)));
        want[r] *= d->weight ? d->weight[r] : 1;
        sum[y[r]] += want[r];
    }
    snprintf(lines, sizeof lines,
             "sampling_strategy = 1:+%d, 2:+%d\nalpha = %g\n"
             "k_neighbors_1 = %zu\nk_neighbors_2 = 2\n", MANY, MANY, alpha,
             k1);
    make(&m, ramo_plugin(), lines, d);
    check_ends(&m, 2, OWN, 1);
    for (size_t r = 0; r < ROWS; r++) {
        double p = want[r] / sum[y[r]];

        /* Six standard deviations. */
        if (y[r] && fabs((double)m.children[r] - MANY * p) >
                        6 * sqrt(MANY * p * (1 - p)))
            fail_msg("alpha %g, row %zu: %zu children, expected %g", alpha, r,
                     m.children[r], MANY * p);
    }
    over_done(&m.fx);
}

static void
test_ramo(void **state)
{
    static const double alphas[] = { 0, 0.3, 50, 1e300 };
    double weight[ROWS];
    struct mesa_dataset d = grid(4, 6);

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        d.weight = NULL;
        check_ramo(&d, alphas[i], 5);
        /* A row without weight has no children, one with much nearly all. */
        for (size_t r = 0; r < ROWS; r++)
            weight[r] = r % 4 == 0 ? 0 : r == 13 ? 500 : 0.5;
        d.weight = weight;
        check_ramo(&d, alphas[i], 1 + 29 * i);
    }
}

/* Row i lies in the ball around its centre: how far along the axis, how far
 * from the centre, in radii. */
static void
measure(const struct fixture *fx, size_t i, double *along, double *far)
{
    const struct mesa_origin o = mesa_sample_origin(fx->sample, i);
    const double *row = mesa_row(&fx->rows->x, i);
    double dot = 0, square = 0;

    for (size_t j = 0; j < COLS; j++) {
        double a = x[o.parent_a * COLS + j], b = x[o.parent_b * COLS + j];

        dot += (row[j] - a) * (b - a);
        square += (row[j] - a) * (row[j] - a);
    }
    *along = dot / (double)apart(o.parent_a, o.parent_b);
    *far = sqrt(square / (double)apart(o.parent_a, o.parent_b));
    assert_true(fabs(*along - o.step) < 1e-9);
}

/* The end of each ball is what selection_strategy says; the shape what the
 * two factors say. */
static void
check_ball(const char *selection, double truncation, double deformation)
{
    const struct mesa_dataset d = grid(6, 7);
    char lines[300];
    struct made m;

    snprintf(lines, sizeof lines,
             "sampling_strategy = 1:+5000, 2:+900\nk_neighbors = 3\n"
             "selection_strategy = %s\ntruncation_factor = %g\n"
             "deformation_factor = %g\n", selection, truncation, deformation);
    make(&m, g_smote_plugin(), lines, &d);
    for (size_t i = ROWS; i < m.n; i++) {
        const struct mesa_origin o = mesa_sample_origin(m.fx.sample, i);
        bool own = y[o.parent_a] == y[o.parent_b];
        double along, far, across;

        assert_true(strcmp(selection, "minority") != 0 || own);
        assert_true(strcmp(selection, "majority") != 0 || !own);
        assert_true(rank_of(o.parent_a, o.parent_b, own ? OWN : OTHERS) <
                    (own ? 3 : 1));
        if (apart(o.parent_a, o.parent_b) == 0) {
            assert_bits_equal(mesa_row(&m.fx.rows->x, i)[0],
                              x[o.parent_a * COLS]);
            continue;
        }
        measure(&m.fx, i, &along, &far);
        across = sqrt(fmax(far * far - along * along, 0));
        assert_true(far < 1 + 1e-9);
        assert_true(across <= 1 - deformation + 1e-6);
        assert_true(truncation > -1 || along < 1e-9);
        assert_true(truncation < 1 || along > -1e-9);
        assert_true(fabs(truncation - along) < 1 + 1e-9);
    }
    over_done(&m.fx);
}

static void
test_balls(void **state)
{
    static const char *const selections[] = { "minority", "majority",
                                              "combined" };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int t = -2; t <= 2; t++)
            for (int f = 0; f <= 2; f++)
                check_ball(selections[i], t / 2.0, f / 2.0);
}

/* Combined: never an end that is farther than the other candidate. */
static void
test_nearer_end(void **state)
{
    const struct mesa_dataset d = grid(2, 6);
    struct made m;

    (void)state;
    make(&m, g_smote_plugin(), "sampling_strategy = 1:+3000\n", &d);
    for (size_t i = ROWS; i < m.n; i++) {
        const struct mesa_origin o = mesa_sample_origin(m.fx.sample, i);

        for (size_t r = 0; r < ROWS; r++)
            if (y[o.parent_a] == y[o.parent_b] && y[r] != y[o.parent_a])
                assert_true(apart(o.parent_a, r) >=
                            apart(o.parent_a, o.parent_b));
    }
    over_done(&m.fx);
}

/* Repeats are rows of their class, all about as often; the noise has the
 * width that the rule of thumb gives it. */
static void
test_random_over(void **state)
{
    enum { MANY = 9000 };
    const struct mesa_dataset d = grid(5, 20);
    size_t n[CLASSES], often[ROWS] = { 0 };
    double sum = 0, square = 0, mean = 0, width, h;
    struct fixture fx;

    (void)state;
    mesa_class_counts(&d, n);
    assert_ok(over_run(&fx, random_over_plugin(),
                       "sampling_strategy = 1:+9000\n", NULL, &d, 1, err));
    for (size_t i = ROWS; i < ROWS + MANY; i++)
        often[mesa_sample_origin(fx.sample, i).kept]++;
    over_done(&fx);
    for (size_t r = 0; r < ROWS; r++) {
        double p = 1 / (double)n[1];

        if (y[r] != 1)
            assert_int_equal(often[r], 0);
        else
            assert_true(fabs((double)often[r] - MANY * p) <
                        6 * sqrt(MANY * p));
    }
    assert_ok(over_run(&fx, random_over_plugin(),
                       "sampling_strategy = 1:+9000\nshrinkage = 2\n", NULL,
                       &d, 1, err));
    for (size_t i = ROWS; i < ROWS + MANY; i++) {
        size_t a = mesa_sample_origin(fx.sample, i).parent_a;
        double noise = mesa_row(&fx.rows->x, i)[1] - x[a * COLS + 1];

        assert_int_equal(y[a], 1);
        sum += noise;
        square += noise * noise;
    }
    over_done(&fx);
    for (size_t r = 0; r < ROWS; r++)
        mean += y[r] == 1 ? x[r * COLS + 1] / (double)n[1] : 0;
    width = 0;
    for (size_t r = 0; r < ROWS; r++)
        if (y[r] == 1)
            width += pow(x[r * COLS + 1] - mean, 2) / (double)n[1];
    h = pow(4.0 / ((COLS + 2.0) * ROWS), 1.0 / (COLS + 4.0));
    width = 2 * h * sqrt(width);
    assert_true(fabs(sum / MANY) < 6 * width / sqrt(MANY));
    assert_close(sqrt(square / MANY), width, 0.04);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smote),
        cmocka_unit_test(test_borderline),
        cmocka_unit_test(test_adasyn),
        cmocka_unit_test(test_ramo),
        cmocka_unit_test(test_balls),
        cmocka_unit_test(test_nearer_end),
        cmocka_unit_test(test_random_over),
    };

    return cmocka_run_group_tests_name("over_model", tests, NULL, NULL);
}
