/* SPDX-License-Identifier: MIT */
/*
 * clean_model.h - rows on a grid, where nearly every distance is tied, and
 * what their neighbours say of them, in whole numbers.
 */
#ifndef MESA_TESTS_CLEAN_MODEL_H
#define MESA_TESTS_CLEAN_MODEL_H

#include "undersample_fixture.h"

enum { MOST = 70, COLS = 2, CLASSES = 5 };

/* A grid of rows, and those that are left of it. */
struct model {
    struct mesa_dataset d;
    double              x[MOST * COLS];
    int32_t             y[MOST];
    size_t              count[CLASSES];
    uint32_t            smallest;
    bool                target[CLASSES], left[MOST], drop[MOST];
};

/* Votes times `whole`, which makes them whole numbers. */
struct votes {
    int64_t of[CLASSES], whole;
};

static inline int64_t
apart(const struct model *m, size_t a, size_t b)
{
    int64_t sum = 0;

    for (size_t j = 0; j < COLS; j++) {
        int64_t d = (int64_t)(m->x[a * COLS + j] - m->x[b * COLS + j]);

        sum += d * d;
    }
    return sum;
}

static inline size_t
count_left(const struct model *m)
{
    size_t n = 0;

    for (size_t r = 0; r < m->d.x.rows; r++)
        n += m->left[r];
    return n;
}

/* The squared distance of the k-th nearest of those that are left. */
static inline int64_t
reach(const struct model *m, size_t row, size_t k)
{
    for (int64_t at = 0;; at++) {
        size_t n = 0;

        for (size_t r = 0; r < m->d.x.rows; r++)
            n += r != row && m->left[r] && apart(m, row, r) <= at;
        if (n >= k)
            return at;
    }
}

static inline struct votes
vote(const struct model *m, size_t row, size_t k)
{
    const int64_t last = reach(m, row, k);
    int64_t near[CLASSES] = { 0 }, tied[CLASSES] = { 0 };
    int64_t places = (int64_t)k;
    struct votes v = { { 0 }, 0 };

    for (size_t r = 0; r < m->d.x.rows; r++) {
        int64_t d = apart(m, row, r);

        if (r == row || !m->left[r] || d > last)
            continue;
        if (d < last) {
            near[m->y[r]]++;
            places--;
        } else {
            tied[m->y[r]]++;
            v.whole++;
        }
    }
    for (size_t c = 0; c < CLASSES; c++)
        v.of[c] = near[c] * v.whole + places * tied[c];
    return v;
}

/* Half a vote of others at most; or the most votes, the lower of equals. */
static inline bool
stays(const struct votes *v, int32_t own, bool mode)
{
    int64_t others = 0;
    int32_t most = 0;

    for (int32_t c = 0; c < CLASSES; c++) {
        others += c == own ? 0 : v->of[c];
        most = v->of[c] > v->of[most] ? c : most;
    }
    return mode ? most == own : 2 * others <= v->whole;
}

static inline void
apply(struct model *m)
{
    for (size_t r = 0; r < m->d.x.rows; r++) {
        m->left[r] &= !m->drop[r];
        m->drop[r] = false;
    }
}

/* Two are linked if each is a nearest of the other; a row whose nearest are
 * others by half or less is not. */
static inline void
mark_linked(struct model *m)
{
    for (size_t r = 0; r < m->d.x.rows; r++) {
        struct votes v;
        int64_t first;

        if (!m->left[r] || !m->target[m->y[r]])
            continue;
        v = vote(m, r, 1);
        first = reach(m, r, 1);
        if (stays(&v, m->y[r], false))
            continue;
        for (size_t p = 0; p < m->d.x.rows; p++)
            if (m->left[p] && m->y[p] != m->y[r] &&
                apart(m, r, p) == first && reach(m, p, 1) == first)
                m->drop[r] = true;
    }
}

/* n rows on a grid of g by g, of those classes; class 1 has none. */
static inline void
fill(struct model *m, uint64_t seed, size_t n, uint64_t g, bool all)
{
    static const int32_t classes[] = { 0, 2, 3, 4 };
    char digits[MOST + 1];
    struct mesa_rng rng;

    memset(m, 0, sizeof *m);
    mesa_rng_seed(&rng, seed);
    for (size_t r = 0; r < n; r++) {
        const int32_t c = classes[r < 8 ? r % 4 : mesa_rng_below(&rng, 4)];

        for (size_t j = 0; j < COLS; j++)
            m->x[r * COLS + j] = (double)mesa_rng_below(&rng, g);
        digits[r] = (char)('0' + (mesa_rng_below(&rng, 3) ? 3 * (c > 2) : c));
        m->left[r] = true;
    }
    digits[0] = digits[1] = '0';
    digits[2] = digits[3] = '3';
    digits[n] = '\0';
    m->d = sampler_data(m->x, COLS, digits, m->y, CLASSES);
    for (size_t r = 0; r < n; r++)
        m->count[m->y[r]]++;
    for (uint32_t c = 1; c < CLASSES; c++)
        if (m->count[c] > 0 && m->count[c] < m->count[m->smallest])
            m->smallest = c;
    for (uint32_t c = 0; c < CLASSES; c++)
        m->target[c] = m->count[c] > 0 && (all || c != m->smallest);
}

#endif
