/* SPDX-License-Identifier: MIT */
/* test_ranking.c - average precision and ROC AUC against plain counting. */
#include "test.h"

#include <math.h>

/* Rows to be made: one in rare is not of class 0. */
struct wanted {
    size_t   n;
    uint32_t n_classes;
    uint64_t rare, levels, seed;
};

static const struct wanted scarce = { 2237, 2, 43, 50, 2 };

/* SplitMix64. */
static uint64_t
below(uint64_t *state, uint64_t n)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % n;
}

static void
draw_row(const struct wanted *g, uint64_t *state, int32_t *y, double *p)
{
    const uint32_t k = g->n_classes;
    uint64_t weight[8], sum = 0;

    *y = 0;
    if (below(state, g->rare) == 0)
        *y = (int32_t)(1 + below(state, k - 1));
    for (uint32_t c = 0; c < k; c++)
        sum += weight[c] = below(state, g->levels);
    weight[*y] += below(state, g->levels) + (sum == 0);
    sum = 0;
    for (uint32_t c = 0; c < k; c++)
        sum += weight[c];
    for (uint32_t c = 0; c < k; c++)
        p[c] = (double)weight[c] / (double)sum;
    if (k == 2)
        p[0] = 1 - p[1];
}

/* Rows as wanted, and their owner. */
struct made {
    int32_t            *y;
    double             *p;
    struct mesa_outcome o;
};

static struct made
make_outcome(const struct wanted *g)
{
    struct made m = { malloc(g->n * sizeof(int32_t)),
                      malloc(g->n * g->n_classes * sizeof(double)),
                      { sizeof m.o, g->n_classes, g->n, NULL, NULL, 1 } };
    uint64_t state = g->seed;

    assert_non_null(m.y);
    assert_non_null(m.p);
    for (size_t r = 0; r < g->n; r++)
        draw_row(g, &state, m.y + r, m.p + r * g->n_classes);
    m.o.y = m.y;
    m.o.proba = m.p;
    return m;
}

static void
free_outcome(struct made *m)
{
    free(m->y);
    free(m->p);
}

static double
score(const char *name, const struct mesa_outcome *o)
{
    double value = NAN;

    assert_non_null(mesa_metric_find(name));
    assert_ok(mesa_metric_value(mesa_metric_find(name), o, &value, err));
    return value;
}

/* Every pair and every threshold looked at, in the plainest way. */
static double
plain_roc(const struct mesa_outcome *o, uint32_t c)
{
    double halves = 0, pairs = 0;

    for (size_t i = 0; i < o->n; i++)
        for (size_t j = 0; j < o->n; j++)
            if ((uint32_t)o->y[i] == c && (uint32_t)o->y[j] != c) {
                double a = o->proba[i * o->n_classes + c];
                double b = o->proba[j * o->n_classes + c];

                halves += (a > b) * 2.0 + (a == b);
                pairs++;
            }
    return halves / (2 * pairs);
}

static double
plain_precision(const struct mesa_outcome *o, uint32_t c)
{
    double sum = 0, n_positive = 0;

    for (size_t i = 0; i < o->n; i++) {
        double t = o->proba[i * o->n_classes + c], above = 0, hits = 0;

        if ((uint32_t)o->y[i] != c)
            continue;
        for (size_t j = 0; j < o->n; j++)
            if (o->proba[j * o->n_classes + c] >= t) {
                above++;
                hits += (uint32_t)o->y[j] == c;
            }
        sum += hits / above;
        n_positive++;
    }
    return sum / n_positive;
}

/* Around 256 positives the way of counting changes; 48 is where the sort
 * does.  No step may be seen. */
static void
test_rankings_against_plain_counting(void **state)
{
    static const struct wanted cases[] = {
        { 7, 2, 2, 3, 11 },      { 94, 2, 2, 4000, 12 },
        { 100, 2, 2, 9, 13 },    { 500, 2, 2, 100000, 14 },
        { 530, 2, 2, 40, 15 },  { 3000, 2, 1, 100, 16 },
        { 2500, 2, 50, 100, 17 },
        /* Few scores, of many positives and of rows that do not fill a
         * vector; then about as many as are compared with all rows. */
        { 2500, 2, 2, 4, 18 },   { 1151, 2, 3, 3, 19 },
        { 1152, 2, 9, 3, 20 },   { 1281, 2, 1, 3, 21 },
        { 2600, 2, 2, 6, 22 },   { 2600, 2, 2, 7, 23 },
        { 300, 2, 2, 6, 24 },    { 300, 2, 2, 7, 25 },
    };

    (void)state;
    for (size_t g = 0; g < sizeof cases / sizeof *cases; g++) {
        struct made m = make_outcome(&cases[g]);

        /* One row each of both classes, whatever was drawn. */
        m.y[0] = 0;
        m.y[1] = 1;
        for (uint32_t c = 0; c < 2; c++) {
            m.o.positive = c;
            assert_bits_equal(score("rocauc", &m.o), plain_roc(&m.o, c));
            assert_close(score("aucprc", &m.o), plain_precision(&m.o, c),
                         1e-13);
        }
        free_outcome(&m);
    }
}

/* As many scores as are compared with all rows, and one more. */
static void
test_number_of_scores(void **state)
{
    enum { N = 700 };
    static int32_t y[N];
    static double p[2 * N];
    struct mesa_outcome o = { sizeof o, 2, N, y, p, 1 };

    (void)state;
    for (size_t levels = 31; levels <= 34; levels++) {
        for (size_t r = 0; r < N; r++) {
            y[r] = r % 3 == 0;
            p[2 * r + 1] = (double)(r * 37 % levels) / 64 + 0.125;
            p[2 * r] = 1 - p[2 * r + 1];
            if (r % 5 == 1)
                p[2 * r + 1] = (double)r / N;
        }
        assert_bits_equal(score("rocauc", &o), plain_roc(&o, 1));
        assert_close(score("aucprc", &o), plain_precision(&o, 1), 1e-13);
    }
}

static void
test_order_of_rows_does_not_matter_to_rankings(void **state)
{
    struct made a = make_outcome(&scarce);
    struct made b = make_outcome(&scarce);

    (void)state;
    for (size_t r = 0; r < a.o.n; r++) {
        b.y[r] = a.y[a.o.n - 1 - r];
        for (int c = 0; c < 2; c++)
            b.p[2 * r + c] = a.p[2 * (a.o.n - 1 - r) + c];
    }
    assert_bits_equal(score("aucprc", &a.o), score("aucprc", &b.o));
    assert_bits_equal(score("rocauc", &a.o), score("rocauc", &b.o));
    assert_bits_equal(score("mcc", &a.o), score("mcc", &b.o));
    free_outcome(&a);
    free_outcome(&b);
}

/* One block for all classes, whatever their number. */
static void
test_one_allocation_per_score(void **state)
{
    static const struct wanted five = { 500, 5, 3, 1000, 6 };
    struct made m = make_outcome(&five);
    uint64_t before = mesa_memory_calls();

    (void)state;
    score("aucprc", &m.o);
    assert_int_equal(mesa_memory_calls(), before + 1);
    free_outcome(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rankings_against_plain_counting),
        cmocka_unit_test(test_number_of_scores),
        cmocka_unit_test(test_order_of_rows_does_not_matter_to_rankings),
        cmocka_unit_test(test_one_allocation_per_score),
    };

    return cmocka_run_group_tests_name("ranking", tests, NULL, NULL);
}
