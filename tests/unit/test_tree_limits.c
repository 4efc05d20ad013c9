/* SPDX-License-Identifier: MIT */
/*
 * test_tree_limits.c - what must hold for every tree, whatever its parameters.
 *
 * Walking the training rows through a tree has to find in each node the rows
 * and weights that growing put there: that ties thresholds, bins and the sides
 * of missing values to how rows were divided.  Limits have to hold in every
 * node, and bins to order values as their edges do.  Prediction by masks has
 * to end where one step after another does.
 */
#include "tree_fixture.h"

/* Rows and weight that reach each node. */
struct census {
    int64_t *rows;
    double  *weight, *share;
};

static void
take_census(const struct tree_model *m, const struct rows *r,
            struct census *c)
{
    size_t d = r->data.x.cols, k = m->n_classes;

    c->rows = mesa_alloc_array(m->n_nodes, sizeof *c->rows);
    c->weight = mesa_alloc_array(m->n_nodes, sizeof *c->weight);
    c->share = mesa_alloc_array(m->n_nodes * k, sizeof *c->share);
    for (size_t i = 0; i < r->data.x.rows; i++) {
        double w = r->data.weight ? r->data.weight[i] : 1;
        size_t at = 0;

        if (!(w > 0))
            continue;
        for (;;) {
            const struct tree_node *t = &m->node[at];
            double x;
            bool left;

            c->rows[at]++;
            c->weight[at] += w;
            c->share[at * k + (size_t)r->y[i]] += w;
            if (t->feature < 0)
                break;
            x = r->x[i * d + (size_t)t->feature];
            left = isnan(x) ? t->missing_left != 0 : x <= t->threshold;
            at = (size_t)(left ? t->left : t->right);
        }
    }
}

static void
free_census(struct census *c)
{
    mesa_free(c->rows);
    mesa_free(c->weight);
    mesa_free(c->share);
}

/* Nodes hold what reaches them, and come in order. */
static void
check_nodes(const struct tree_model *m, const struct rows *r)
{
    struct census c;
    size_t k = m->n_classes;

    take_census(m, r, &c);
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];

        assert_int_equal(c.rows[i], t->n_rows);
        assert_close(t->weight, c.weight[i], 1e-12);
        for (size_t j = 0; j < k; j++)
            assert_true(fabs(m->value[i * k + j]
                             - c.share[i * k + j] / c.weight[i]) < 1e-12);
        if (t->feature < 0)
            continue;
        assert_int_equal(t->left, i + 1);
        assert_true(t->right > t->left);
        assert_true((size_t)t->right < m->n_nodes);
        assert_true(t->impurity > 0);
    }
    free_census(&c);
}

static void
test_rows_of_nodes(void **state)
{
    static const char *const sets[][4] = {
        { "method=exact", NULL },
        { "method=hist", NULL },
        { "method=hist", "max_bins=7", NULL },
        { "method=hist", "max_bins=2", "max_leaf_nodes=200", NULL },
        { "max_features=1", "criterion=entropy", NULL },
        { "splitter=random", "min_samples_leaf=3", NULL },
        { "max_leaf_nodes=77", NULL },
        { "ccp_alpha=0.002", NULL },
    };

    (void)state;
    for (size_t v = 0; v < sizeof sets / sizeof sets[0]; v++)
        for (uint32_t seed = 1; seed <= 6; seed++) {
            struct instance s;
            struct rows r;

            random_rows(&r, seed % 2 ? 5000 : 700, 4, 2 + seed % 3, 997,
                        seed % 3 * 10, seed);
            if (seed > 3)
                r.data.weight = r.w;
            make(&s, sets[v]);
            assert_ok(fit(&s, &r.data, seed, err));
            check_nodes(&s.t.model, &r);
            drop(&s);
            free_rows(&r);
        }
}

/* The weighted fall of impurity at a node. */
static double
fall(const struct tree_model *m, size_t i)
{
    const struct tree_node *t = &m->node[i], *l = &m->node[t->left];
    const struct tree_node *r = &m->node[t->right];

    return (t->weight * t->impurity - l->weight * l->impurity
            - r->weight * r->impurity) / m->node[0].weight;
}

/* Each limit, in every node; and somewhere the tree comes close to it. */
static void
check_limits(const struct tree_model *m, const char *set)
{
    double total = m->node[0].weight;
    size_t leaves = 0;

    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        bool leaf = t->feature < 0;

        leaves += leaf;
        if (strcmp(set, "min_samples_leaf=9") == 0)
            assert_true(t->n_rows >= 9);
        if (strcmp(set, "min_samples_leaf=0.031") == 0)
            assert_true(t->n_rows >= 19); /* of 600, rounded up */
        if (strcmp(set, "min_samples_split=40") == 0)
            assert_true(leaf || t->n_rows >= 40);
        if (strcmp(set, "min_samples_split=0.101") == 0)
            assert_true(leaf || t->n_rows >= 61);
        if (strcmp(set, "min_weight_fraction_leaf=0.05") == 0)
            assert_true(t->weight >= 0.05 * total);
        if (strcmp(set, "min_impurity_decrease=0.004") == 0)
            assert_true(leaf || fall(m, i) > 0.004 - 1e-12);
    }
    if (strcmp(set, "max_leaf_nodes=13") == 0)
        assert_int_equal(leaves, 13);
    assert_true(leaves > 3);
}

static void
test_limits(void **state)
{
    static const char *const limits[] = {
        "min_samples_leaf=9", "min_samples_leaf=0.031",
        "min_samples_split=40", "min_samples_split=0.101",
        "min_weight_fraction_leaf=0.05", "min_impurity_decrease=0.004",
        "max_leaf_nodes=13",
    };

    (void)state;
    for (size_t v = 0; v < sizeof limits / sizeof limits[0]; v++)
        for (uint32_t seed = 1; seed <= 8; seed++) {
            const char *set[] = { limits[v], seed % 2 ? "method=hist" : NULL,
                                  NULL };
            struct instance s;
            struct rows r;

            random_rows(&r, 600, 5, 2 + seed % 2, 90, seed % 4 * 4, seed);
            if (seed > 4)
                for (size_t i = 0; i < 600; i++)
                    r.w[i] += 0.25; /* rows are counted: none of weight 0 */
            r.data.weight = seed > 4 ? r.w : NULL;
            make(&s, set);
            assert_ok(fit(&s, &r.data, seed, err));
            check_limits(&s.t.model, limits[v]);
            check_nodes(&s.t.model, &r);
            drop(&s);
            free_rows(&r);
        }
}

/* Fewer leaves make a smaller tree of the same cuts: growth is best first. */
static void
test_best_first(void **state)
{
    struct rows r;
    double before = INFINITY;

    (void)state;
    random_rows(&r, 500, 4, 2, 200, 0, 17);
    for (size_t leaves = 2; leaves <= 20; leaves++) {
        char text[32];
        const char *set[] = { text, NULL };
        struct instance s;
        double risk = 0;

        snprintf(text, sizeof text, "max_leaf_nodes=%zu", leaves);
        make(&s, set);
        assert_ok(fit(&s, &r.data, 0, err));
        assert_int_equal(s.t.model.n_nodes, 2 * leaves - 1);
        for (size_t i = 0; i < s.t.model.n_nodes; i++)
            if (s.t.model.node[i].feature < 0)
                risk += s.t.model.node[i].impurity * s.t.model.node[i].weight;
        assert_true(risk < before);
        before = risk;
        drop(&s);
    }
    free_rows(&r);
}

/* Risk + alpha x leaves of a tree. */
static double
cost_of(const struct tree_model *m, double alpha)
{
    double sum = 0;

    for (size_t i = 0; i < m->n_nodes; i++)
        if (m->node[i].feature < 0)
            sum += m->node[i].impurity * m->node[i].weight
                   / m->node[0].weight + alpha;
    return sum;
}

/* Each pruned tree costs least at its own alpha, among all of them. */
static void
test_pruning(void **state)
{
    enum { STEPS = 12 };
    struct instance s[STEPS];
    struct rows r;

    (void)state;
    random_rows(&r, 600, 4, 3, 200, 0, 23);
    for (size_t i = 0; i < STEPS; i++) {
        char text[32];
        const char *set[] = { text, NULL };

        snprintf(text, sizeof text, "ccp_alpha=%g",
                 0.0001 * (double)(i * i * i * i));
        make(&s[i], set);
        assert_ok(fit(&s[i], &r.data, 0, err));
        if (i > 0)
            assert_true(s[i].t.model.n_nodes <= s[i - 1].t.model.n_nodes);
    }
    assert_int_equal(s[STEPS - 1].t.model.n_nodes, 1);
    for (size_t i = 0; i < STEPS; i++)
        for (size_t j = 0; j < STEPS; j++)
            assert_true(cost_of(&s[i].t.model, s[i].t.ccp_alpha)
                        <= cost_of(&s[j].t.model, s[i].t.ccp_alpha) + 1e-12);
    for (size_t i = 0; i < STEPS; i++)
        drop(&s[i]);
    free_rows(&r);
}

/* Bins rise with the values, do not overlap, and none has too few rows. */
static void
check_bins(const struct rows *r, size_t max_bins, bool all)
{
    struct tree_problem p = { .x = &r->data.x, .n = r->data.x.rows,
                              .d = r->data.x.cols };
    struct tree_bins b;

    assert_ok(tree_bins_init(&b, &p, max_bins, TREE_EVEN, err));
    for (size_t c = 0; c < p.d; c++) {
        const double *low = b.low + c * TREE_BINS;
        const double *high = b.high + c * TREE_BINS;

        assert_true(b.n[c] <= max_bins);
        for (size_t i = 0; i < b.n[c]; i++) {
            assert_true(low[i] <= high[i]);
            assert_true(i == 0 || high[i - 1] < low[i]);
        }
        for (size_t i = 0; i < p.n; i++) {
            double x = r->x[i * p.d + c];
            size_t code = b.code[i * p.d + c];

            if (isnan(x)) {
                assert_int_equal(code, TREE_MISSING);
                continue;
            }
            assert_true(code < b.n[c]);
            assert_true(code == 0 || x > high[code - 1]);
            assert_true(code + 1 == b.n[c] || x < low[code + 1]);
            if (all)
                assert_true(x >= low[code] && x <= high[code]);
        }
    }
    tree_bins_free(&b);
}

static void
test_bins(void **state)
{
    static const uint32_t levels[] = { 1, 2, 100, 255, 256, 3000, 1000000 };
    struct rows r;

    (void)state;
    for (size_t v = 0; v < sizeof levels / sizeof levels[0]; v++)
        for (uint32_t seed = 1; seed < 4; seed++) {
            random_rows(&r, 4000, 3, 2, levels[v], seed * 7, seed);
            check_bins(&r, 255, true);
            check_bins(&r, 2, true);
            check_bins(&r, 31, true);
            free_rows(&r);
        }
    /* so many rows that bins come from a sample */
    random_rows(&r, 300000, 2, 2, 1000000, 1, 9);
    check_bins(&r, 255, false);
    free_rows(&r);
}

/* Bins of about as many rows each, where values allow it. */
static void
test_equal_bins(void **state)
{
    enum { N = 5000, BINS = 50 };
    struct tree_bins b;
    struct rows r;
    size_t count[BINS] = { 0 };
    struct tree_problem p = { .n = N, .d = 1 };

    (void)state;
    new_rows(&r, N, 1, 2);
    for (size_t i = 0; i < N; i++)
        r.x[i] = (double)(i * 1237 % N) / 7;
    p.x = &r.data.x;
    assert_ok(tree_bins_init(&b, &p, BINS, TREE_EVEN, err));
    assert_int_equal(b.n[0], BINS);
    for (size_t i = 0; i < N; i++)
        count[b.code[i]]++;
    for (size_t i = 0; i < BINS; i++)
        assert_int_equal(count[i], N / BINS);
    tree_bins_free(&b);
    free_rows(&r);
}

/* Numbers that floats tell apart and numbers that they do not, whole ones, and
 * those that no float holds. */
static double
odd_number(uint32_t *state)
{
    static const double odd[] = { 0.0, -0.0, INFINITY, -INFINITY, DBL_MAX,
                                  -DBL_MAX, 1e300, 1e-310, -1e-310, 1e-46,
                                  3e-46, 16777216, 16777217, 0.1 };
    uint32_t kind = draw(state) % 8;

    if (kind == 0)
        return odd[draw(state) % (sizeof odd / sizeof odd[0])];
    if (kind < 3)
        return 1 + (draw(state) % 64) * 0x1p-28;
    if (kind < 5)
        return draw(state) % 8;
    return draw(state) / 1e9 - 1;
}

/* A tree of so many leaves below node i of an empty model, its nodes depth
 * first; shape 0 halves them at random, others make chains. */
static size_t
plant(struct tree_model *m, size_t leaves, uint32_t shape, uint32_t *state)
{
    size_t i = m->n_nodes, n = 1 + draw(state) % (leaves > 1 ? leaves - 1 : 1);
    struct tree_node *t;

    assert_ok(tree_model_add(m, 1, err));
    m->node[i] = (struct tree_node){ .feature = -1, .left = -1, .right = -1 };
    for (size_t c = 0; c < m->n_classes; c++)
        m->value[i * m->n_classes + c] = (double)(i * 3 + c);
    if (leaves == 1)
        return i;
    if (shape > 0)
        n = shape == 1 ? 1 : leaves - 1;
    plant(m, n, shape, state);
    n = plant(m, leaves - n, shape, state);
    t = &m->node[i];
    t->feature = (int32_t)(draw(state) % m->n_columns);
    t->threshold = odd_number(state);
    t->missing_left = draw(state) % 2;
    t->left = (int32_t)i + 1;
    t->right = (int32_t)n;
    return i;
}

static void
check_planted(struct tree *t, const struct mesa_cmatrix *x)
{
    size_t k = t->model.n_classes;
    double *p = mesa_alloc_array(x->rows * k, sizeof *p);

    assert_ok(tree_predict_proba(t, x, p, err));
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);
        const struct tree_node *at = t->model.node;

        while (at->feature >= 0) {
            double v = row[at->feature];
            bool left = isnan(v) ? at->missing_left != 0 : v <= at->threshold;

            at = &t->model.node[left ? at->left : at->right];
        }
        for (size_t c = 0; c < k; c++)
            assert_bits_equal(p[r * k + c],
                              (double)(at - t->model.node) * 3 + (double)c);
    }
    mesa_free(p);
}

/* Trees of any shape and size, on rows of odd numbers and missing ones; some
 * rows hold thresholds.  They are planted, as no fit would cut so. */
static void
test_bits(void **state)
{
    enum { ROWS = 600 };
    static const size_t columns[] = { 1, 2, 3, 4, 5, 6, 9, 64, 600 };
    uint32_t seed = 5;
    size_t walked = 0;

    (void)state;
    for (size_t leaves = 1; leaves <= 290; leaves += leaves < 130 ? 1 : 7) {
        struct tree t = { 0 };
        struct tree_model *m = &t.model;
        size_t index[ROWS];
        struct rows r;

        m->n_columns = columns[leaves % 9];
        m->n_classes = 2 + leaves % 2;
        plant(m, leaves, leaves % 5 < 3 ? 0 : (uint32_t)leaves % 5 - 2,
              &seed);
        assert_ok(tree_model_pack(m, err));
        assert_true(leaves == 1 || leaves > TREE_LEAVES || leaves % 9 == 8
                    || m->n_tests == leaves - 1);
        walked += m->n_tests == 0;
        new_rows(&r, ROWS, m->n_columns, 2);
        for (size_t i = 0; i < ROWS * m->n_columns; i++) {
            r.x[i] = draw(&seed) % 9 ? odd_number(&seed) : NAN;
            if (draw(&seed) % 4 == 0)
                r.x[i] = m->node[draw(&seed) % m->n_nodes].threshold;
        }
        for (size_t i = 0; i < ROWS; i++)
            index[i] = draw(&seed) % ROWS;
        check_planted(&t, &r.data.x);
        r.data.x.index = index;
        check_planted(&t, &r.data.x);
        free_rows(&r);
        tree_model_free(m);
    }
    assert_true(walked > 5 && walked < 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_of_nodes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_best_first),
        cmocka_unit_test(test_pruning),
        cmocka_unit_test(test_bins),
        cmocka_unit_test(test_equal_bins),
        cmocka_unit_test(test_bits),
    };

    return cmocka_run_group_tests_name("tree_limits", tests, NULL, NULL);
}
