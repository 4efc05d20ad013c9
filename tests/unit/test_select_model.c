/* SPDX-License-Identifier: MIT */
/*
 * test_select_model.c - the rules of the samplers that choose the rows to
 * keep, written down once more: cnn and oss in whole numbers, near_miss by
 * sorting all distances.
 */
#include "clean_model.h"

#include <math.h>

#include "warn.h"

/* What a sampler keeps, compared with what the model has left. */
static void
compare(const struct model *m, const char *name, const char *words,
        uint64_t seed)
{
    char kept[MOST + 1];
    struct maker maker = empty;

    assert_ok(sampler_run(&maker, name, words, &m->d, 1, kept, err));
    maker_free(&maker);
    for (size_t r = 0; r < m->d.x.rows; r++)
        if ((kept[r] == '1') != m->left[r])
            fail_msg("%s %s, seed %d, %zu rows: row %zu of class %d is %s",
                     name, words, (int)seed, m->d.x.rows, r, (int)m->y[r],
                     m->left[r] ? "gone" : "there");
}

/* Judged by k of those that are in[] (and never by itself): the most votes,
 * the lower of equals. */
static bool
is_right(struct model *m, const bool *in, size_t row, size_t k)
{
    bool left[MOST];
    struct votes v;

    memcpy(left, m->left, sizeof left);
    memcpy(m->left, in, sizeof left);
    v = vote(m, row, k);
    memcpy(m->left, left, sizeof left);
    return stays(&v, m->y[row], true);
}

/* The first n rows of each targeted class that are not at a place which `of`
 * divides; their numbers are appended to words. */
static void
choose_seeds(const struct model *m, size_t n, size_t of, bool *seed,
             char *words)
{
    size_t found[CLASSES] = { 0 };
    const char *comma = "";

    strcat(words, " seed_rows=");
    for (size_t r = 0; r < m->d.x.rows; r++) {
        const int32_t c = m->y[r];

        seed[r] = false;
        if (c == (int32_t)m->smallest || found[c] == n ||
            (r % of == 0 && m->count[c] > n + r / of + 1))
            continue;
        seed[r] = true;
        found[c]++;
        sprintf(words + strlen(words), "%s%zu", comma, r);
        comma = ",";
    }
}

/* The rows of class c, in order; how many. */
static size_t
rows_of(const struct model *m, uint32_t c, size_t *row)
{
    return mesa_class_rows(&m->d, c, row);
}

/* Hart's rule for one class, from the smallest class and the seeds. */
static void
condense(struct model *m, uint32_t c, const bool *seed, size_t k,
         bool reference)
{
    bool in[MOST];
    size_t row[MOST], n = rows_of(m, c, row);

    for (size_t r = 0; r < MOST; r++)
        in[r] = r < m->d.x.rows && (m->y[r] == (int32_t)m->smallest ||
                                    (seed[r] && m->y[r] == (int32_t)c));
    for (size_t i = 0; i < n; i++) {
        /* The peer takes the place in the class for a row of the data. */
        bool over = reference && in[i] && m->y[i] == (int32_t)c;

        if (!over && !in[row[i]] && !is_right(m, in, row[i], k))
            in[row[i]] = true;
    }
    for (size_t i = 0; i < n; i++)
        m->drop[row[i]] = !in[row[i]];
}

static void
test_cnn(void **state)
{
    static struct model m;

    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        const bool reference = seed % 2;
        size_t k;
        bool seeds[MOST];
        char words[900];

        fill(&m, seed, 20 + (size_t)(seed * 7) % (MOST - 19), 2 + seed % 9,
             false);
        k = 1 + seed % 4 % (m.count[m.smallest] + 1);
        sprintf(words, "skip=%s n_neighbors=%zu",
                reference ? "reference" : "none", k);
        choose_seeds(&m, 2, 3 + seed % 4, seeds, words);
        for (uint32_t c = 0; c < CLASSES; c++)
            if (m.target[c])
                condense(&m, c, seeds, k, reference);
        apply(&m);
        compare(&m, "cnn", words, seed);
    }
}

/* What the smallest class and the seeds judge rightly goes, then links. */
static void
test_oss(void **state)
{
    static struct model m;

    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        size_t k;
        bool seeds[MOST], in[MOST];
        char words[900];

        fill(&m, seed, 20 + (size_t)(seed * 7) % (MOST - 19), 2 + seed % 9,
             seed % 2);
        k = 1 + seed % 4 % (m.count[m.smallest] + 1);
        sprintf(words, "sampling_strategy=%s n_neighbors=%zu",
                seed % 2 ? "all" : "auto", k);
        choose_seeds(&m, 2, 3 + seed % 4, seeds, words);
        for (size_t r = 0; r < m.d.x.rows; r++) {
            if (m.y[r] == (int32_t)m.smallest || seeds[r])
                continue;
            for (size_t p = 0; p < MOST; p++)
                in[p] = p < m.d.x.rows &&
                        (m.y[p] == (int32_t)m.smallest ||
                         (seeds[p] && m.y[p] == m.y[r]));
            m.drop[r] = is_right(&m, in, r, k);
        }
        apply(&m);
        mark_linked(&m);
        apply(&m);
        compare(&m, "oss", words, seed);
    }
}

static int
by_value(const void *a, const void *b)
{
    const double *p = a, *q = b;

    return *p < *q ? -1 : *p > *q;
}

/* The sum of the k shortest, or longest, distances to the smallest class, in
 * ascending order. */
static double
score(const struct model *m, size_t row, size_t k, bool longest)
{
    double d[MOST], sum = 0;
    size_t n = 0, first;

    for (size_t r = 0; r < m->d.x.rows; r++)
        if (m->y[r] == (int32_t)m->smallest)
            d[n++] = sqrt((double)apart(m, row, r));
    qsort(d, n, sizeof *d, by_value);
    first = longest ? n - k : 0;
    for (size_t i = first; i < first + k; i++)
        sum += d[i];
    return sum;
}

/* Is the row among the k nearest of its class to a row of the smallest? */
static bool
is_near(const struct model *m, size_t row, size_t k)
{
    for (size_t f = 0; f < m->d.x.rows; f++) {
        size_t nearer = 0;

        if (m->y[f] != (int32_t)m->smallest)
            continue;
        for (size_t r = 0; r < m->d.x.rows; r++) {
            int64_t d = apart(m, f, r), limit = apart(m, f, row);

            nearer += m->y[r] == m->y[row] &&
                      (d < limit || (d == limit && r < row));
        }
        if (nearer < k)
            return true;
    }
    return false;
}

struct near {
    int    version;
    size_t k, k3;
};

/* Keep `want` of class c: those for which fewer candidates are better. */
static void
keep_best(struct model *m, uint32_t c, size_t want, const struct near *how)
{
    size_t row[MOST], n = rows_of(m, c, row);
    double value[MOST];
    bool can[MOST];

    for (size_t i = 0; i < n; i++) {
        value[i] = score(m, row[i], how->k, how->version == 2);
        value[i] = how->version == 3 ? -value[i] : value[i];
        can[i] = how->version != 3 || is_near(m, row[i], how->k3);
    }
    for (size_t i = 0; i < n && want < n; i++) {
        size_t better = 0;

        for (size_t j = 0; j < n; j++)
            better += can[j] && (value[j] < value[i] ||
                                 (value[j] <= value[i] && j < i));
        m->drop[row[i]] = !can[i] || better >= want;
    }
}

/* `want` rows of the largest class; 0: of each as many as of the smallest. */
static void
check_near(const struct near *how, size_t want)
{
    static struct model m;
    char words[200], number[30];

    snprintf(number, sizeof number, "majority:%zu", want);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct near now = *how;
        uint32_t largest = 0;
        size_t few;

        fill(&m, seed, 24 + (size_t)(seed * 7) % (MOST - 23), 2 + seed % 9,
             false);
        few = m.count[m.smallest];
        for (uint32_t c = 1; c < CLASSES; c++)
            largest = m.count[c] > m.count[largest] ? c : largest;
        now.k = how->k < few ? how->k : few;
        snprintf(words, sizeof words,
                 "version=%d n_neighbors=%zu n_neighbors_ver3=%zu "
                 "sampling_strategy=%s",
                 how->version, now.k, now.k3, want ? number : "auto");
        for (uint32_t c = 0; c < CLASSES; c++)
            if (m.target[c] && (want == 0 || c == largest))
                keep_best(&m, c, want ? want : few, &now);
        apply(&m);
        compare(&m, "near_miss", words, seed);
    }
}

static void
be_silent(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static void
test_near_miss(void **state)
{
    static const struct near cases[] = { { 1, 1, 1 }, { 1, 3, 1 },
                                         { 2, 1, 1 }, { 2, 3, 1 },
                                         { 3, 1, 1 }, { 3, 2, 2 },
                                         { 3, 3, 2 } };

    (void)state;
    mesa_warn_to(be_silent, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t want = 0; want < 3; want++)
            check_near(&cases[i], want);
    mesa_warn_to(NULL, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cnn),
        cmocka_unit_test(test_oss),
        cmocka_unit_test(test_near_miss),
    };

    return cmocka_run_group_tests_name("select_model", tests, NULL, NULL);
}
