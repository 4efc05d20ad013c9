/* SPDX-License-Identifier: MIT */
/*
 * test_clean_model.c - the rules of the samplers that drop rows, written down
 * once more in whole numbers, on grids where nearly every distance is tied.
 */
#include "clean_model.h"

static void
mark_edited(struct model *m, size_t k, bool mode)
{
    const size_t most = count_left(m) - 1;

    for (size_t r = 0; r < m->d.x.rows; r++)
        if (m->left[r] && m->target[m->y[r]]) {
            struct votes v = vote(m, r, k < most ? k : most);

            m->drop[r] = !stays(&v, m->y[r], mode);
        }
}

/* A class has gone; another has less rows than the smallest had. */
static bool
is_over(const struct model *m, bool allow_fewer)
{
    size_t n[CLASSES] = { 0 };
    bool over = false;

    for (size_t r = 0; r < m->d.x.rows; r++)
        n[m->y[r]] += m->left[r];
    for (size_t c = 0; c < CLASSES; c++) {
        over |= m->count[c] > 0 && n[c] == 0;
        over |= !allow_fewer && c != m->smallest &&
                n[c] < m->count[m->smallest] && m->count[c] > 0;
    }
    return over;
}

/* What a case asks for. */
struct how {
    const char *sampler, *words;
    size_t      k;
    bool        mode, all; /* kind_sel; sampling_strategy */
    size_t      passes;
    bool        minority;
};

static void
model_enn(struct model *m, const struct how *h)
{
    mark_edited(m, h->k, h->mode);
    apply(m);
}

static void
model_renn(struct model *m, const struct how *h)
{
    size_t before = SIZE_MAX;

    for (size_t i = 0; i < h->passes; i++) {
        if (count_left(m) == before || is_over(m, false))
            return;
        before = count_left(m);
        model_enn(m, h);
    }
}

static void
model_all_knn(struct model *m, const struct how *h)
{
    for (size_t k = 1; k <= h->k && !is_over(m, h->minority); k++) {
        mark_edited(m, k, h->mode);
        apply(m);
    }
}

static void
model_tomek(struct model *m, const struct how *h)
{
    (void)h;
    mark_linked(m);
    apply(m);
}

/* kind_sel = classify: the row itself is the first to vote. */
static void
model_ncr(struct model *m, const struct how *h)
{
    const size_t rows = m->d.x.rows;

    mark_edited(m, h->k, true);
    for (size_t r = 0; r < rows; r++) {
        struct votes v = { { 0 }, 1 };
        int64_t last, beyond;

        if (m->y[r] != (int32_t)m->smallest)
            continue;
        if (h->k > 1)
            v = vote(m, r, h->k - 1);
        v.of[m->smallest] += v.whole;
        if (stays(&v, m->y[r], true))
            continue;
        last = reach(m, r, h->k);
        beyond = h->k < rows - 1 ? reach(m, r, h->k + 1) : INT64_MAX;
        for (size_t p = 0; p < rows; p++) {
            bool large = 2 * m->count[m->y[p]] > m->count[m->smallest];
            int64_t d = apart(m, r, p);

            if (p != r && m->target[m->y[p]] && large &&
                (d < last || (d == last && beyond > last)))
                m->drop[p] = true;
        }
    }
    apply(m);
}

static void
compare(struct model *m, const struct how *h, uint64_t seed)
{
    char kept[MOST + 1], text[100];
    struct maker maker = empty;

    snprintf(text, sizeof text, "sampling_strategy=%s%s%s",
             h->all ? "all" : "auto", *h->words ? " " : "", h->words);
    if (count_left(m) == 0) {
        char message[60];

        snprintf(message, sizeof message, "[sampler] %s kept no row",
                 h->sampler);
        assert_error(sampler_run(&maker, h->sampler, text, &m->d, 1, kept,
                                 err),
                     MESA_EDATA, message);
        maker_free(&maker);
        return;
    }
    assert_ok(sampler_run(&maker, h->sampler, text, &m->d, 1, kept, err));
    maker_free(&maker);
    for (size_t r = 0; r < m->d.x.rows; r++)
        if ((kept[r] == '1') != m->left[r])
            fail_msg("%s %s, seed %d, %zu rows: row %zu of class %d is %s",
                     h->sampler, text, (int)seed, m->d.x.rows, r,
                     (int)m->y[r], m->left[r] ? "gone" : "there");
}

static void
check_all(void (*run)(struct model *, const struct how *),
          const struct how *cases, size_t n)
{
    static struct model m;

    for (size_t i = 0; i < 2 * n; i++)
        for (uint64_t seed = 0; seed < 30; seed++) {
            struct how h = cases[i / 2];

            h.all = i % 2;
            fill(&m, seed, 8 + (size_t)(seed * 7) % (MOST - 7),
                 2 + seed % 9, h.all);
            run(&m, &h);
            compare(&m, &h, seed);
        }
}

static void
test_enn(void **state)
{
    static const struct how cases[] = {
        { "enn", "n_neighbors=1", 1, false, false, 0, false },
        { "enn", "n_neighbors=2 kind_sel=mode", 2, true, false, 0, false },
        { "enn", "", 3, false, false, 0, false },
        { "enn", "kind_sel=mode", 3, true, false, 0, false },
        { "enn", "n_neighbors=5 kind_sel=mode", 5, true, false, 0, false },
        { "enn", "n_neighbors=7 kind_sel=all", 7, false, false, 0, false },
    };

    (void)state;
    check_all(model_enn, cases, sizeof cases / sizeof *cases);
}

static void
test_renn(void **state)
{
    static const struct how cases[] = {
        { "renn", "", 3, false, false, 100, false },
        { "renn", "kind_sel=mode", 3, true, false, 100, false },
        { "renn", "max_iter=1 n_neighbors=4 kind_sel=mode", 4, true, false, 1,
          false },
        { "renn", "max_iter=2 n_neighbors=1", 1, false, false, 2, false },
        { "renn", "n_neighbors=6 kind_sel=mode", 6, true, false, 100, false },
    };

    (void)state;
    check_all(model_renn, cases, sizeof cases / sizeof *cases);
}

static void
test_all_knn(void **state)
{
    static const struct how cases[] = {
        { "all_knn", "", 3, false, false, 0, false },
        { "all_knn", "kind_sel=mode", 3, true, false, 0, false },
        { "all_knn", "kind_sel=mode n_neighbors=6", 6, true, false, 0,
          false },
        { "all_knn", "allow_minority=true kind_sel=mode n_neighbors=5", 5,
          true, false, 0, true },
        { "all_knn", "allow_minority=true", 3, false, false, 0, true },
    };

    (void)state;
    check_all(model_all_knn, cases, sizeof cases / sizeof *cases);
}

static void
test_tomek(void **state)
{
    static const struct how cases[] = {
        { "tomek", "", 0, false, false, 0, false },
    };

    (void)state;
    check_all(model_tomek, cases, 1);
}

static void
test_ncr(void **state)
{
    static const struct how cases[] = {
        { "ncr", "n_neighbors=1", 1, false, false, 0, false },
        { "ncr", "n_neighbors=2", 2, false, false, 0, false },
        { "ncr", "", 3, false, false, 0, false },
        { "ncr", "n_neighbors=5", 5, false, false, 0, false },
        { "ncr", "n_neighbors=7", 7, false, false, 0, false },
    };

    (void)state;
    check_all(model_ncr, cases, sizeof cases / sizeof *cases);
}

/* Six rows at the same distance for two places, four of class 0 and one of
 * class 1; of class 0 one is nearer, of class 1 two are.  Both have seven
 * thirds, to which binary fractions add up in different ways: the lower class
 * is to win. */
static void
test_thirds(void **state)
{
    static const double x[] = { 0, 0, 1, 0, -1, 0, 0, 1, 2, 0, -2, 0, 0, 2,
                                0, -2, 2, 0, -2, 0, 90, 0, 91, 0, 92, 0 };
    int32_t y[13];
    struct mesa_dataset d = sampler_data(x, 2, "0011000012122", y, 3);
    struct maker m = empty;
    char kept[14];

    (void)state;
    assert_ok(sampler_run(&m, "enn",
                          "kind_sel=mode sampling_strategy=0 n_neighbors=5",
                          &d, 1, kept, err));
    assert_int_equal(kept[0], '1');
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enn),
        cmocka_unit_test(test_renn),
        cmocka_unit_test(test_all_knn),
        cmocka_unit_test(test_tomek),
        cmocka_unit_test(test_ncr),
        cmocka_unit_test(test_thirds),
    };

    return cmocka_run_group_tests_name("clean_model", tests, NULL, NULL);
}
