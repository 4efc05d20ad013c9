/* SPDX-License-Identifier: MIT */
/*
 * split.c - stratified splits and folds.
 *
 * Each class's rows are listed, shuffled, and dealt out; which rows go where
 * depends on the labels and the stream alone.
 */
#include "split.h"

#include <math.h>
#include <string.h>

/* The rows of each class, one class after the other; a row without a label
 * is in none. */
struct strata {
    size_t *row;   /* n rows, by class, ascending within */
    size_t *start; /* n_classes + 1 offsets into row     */
};

/* Rows without classes are one class. */
static inline uint32_t
n_strata(const struct mesa_dataset *d)
{
    return d->y ? d->n_classes : 1;
}

static inline int32_t
stratum(const struct mesa_dataset *d, size_t r)
{
    return d->y ? d->y[r] : 0;
}

static mesa_status
list_strata(const struct mesa_dataset *d, struct strata *out,
            struct mesa_error *err)
{
    const uint32_t n = n_strata(d);
    size_t *next;

    out->row = mesa_alloc_raw(d->x.rows, sizeof *out->row);
    out->start = mesa_alloc_array((size_t)n + 1,
                                  2 * sizeof *out->start);
    if (!out->row || !out->start)
        return mesa_nomem(err, d->x.rows, "row numbers");
    next = out->start + n + 1;
    for (size_t r = 0; r < d->x.rows; r++)
        if (stratum(d, r) >= 0)
            out->start[stratum(d, r) + 1]++;
    for (uint32_t c = 0; c < n; c++)
        out->start[c + 1] += out->start[c];
    memcpy(next, out->start, n * sizeof *next);
    for (size_t r = 0; r < d->x.rows; r++)
        if (stratum(d, r) >= 0)
            out->row[next[stratum(d, r)]++] = r;
    return MESA_OK;
}

static void
free_strata(struct strata *s)
{
    mesa_free(s->row);
    mesa_free(s->start);
}

static void
shuffle(size_t *row, size_t n, struct mesa_rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = mesa_rng_below(rng, i), held = row[i - 1];

        row[i - 1] = row[j];
        row[j] = held;
    }
}

static const char *
class_name(const struct mesa_dataset *d, uint32_t c, char buffer[16])
{
    if (d->schema && d->schema->class_name)
        return d->schema->class_name[c];
    buffer[0] = '\0';
    for (uint32_t v = c, n = 1; n < 11; n++, v /= 10) {
        memmove(buffer + 1, buffer, n);
        buffer[0] = (char)('0' + v % 10);
        if (v < 10)
            break;
    }
    return buffer;
}

/* Rows per part for a class of n rows: floors, then one more to the largest
 * remainders, the first part winning ties. */
static void
apportion(size_t n, const double *share, size_t n_parts, bool all,
          size_t *count)
{
    double sum = 0.0;
    size_t given = 0, total;

    for (size_t p = 0; p < n_parts; p++) {
        count[p] = (size_t)floor((double)n * share[p] * (1 + 1e-12));
        given += count[p];
        sum += share[p];
    }
    total = all ? n : MESA_MIN(n, (size_t)floor((double)n * sum + 0.5));
    while (given < total) {
        size_t best = 0;
        double most = -INFINITY;

        for (size_t p = 0; p < n_parts; p++) {
            double rest = (double)n * share[p] - (double)count[p];

            if (rest > most + 1e-9) {
                most = rest;
                best = p;
            }
        }
        count[best]++;
        given++;
    }
}

static mesa_status
check_shares(const double *share, size_t n_parts, bool *all,
             struct mesa_error *err)
{
    double sum = 0.0;

    for (size_t p = 0; p < n_parts; p++) {
        if (!(share[p] > 0))
            return mesa_fail(err, MESA_EINVAL, "share %zu is %g", p,
                             share[p]);
        sum += share[p];
    }
    if (sum > 1 + 1e-9)
        return mesa_fail(err, MESA_EINVAL, "the shares add up to %g, more "
                         "than 1", sum);
    *all = sum > 1 - 1e-9;
    return MESA_OK;
}

mesa_status
mesa_split_shares(const struct mesa_dataset *d, const double *share,
                  size_t n_parts, struct mesa_rng *rng, uint32_t *part,
                  struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(n_parts, sizeof *count);
    struct strata s = { NULL, NULL };
    bool all = false;
    mesa_status st = count ? check_shares(share, n_parts, &all, err)
                           : mesa_nomem(err, n_parts, "counts");

    if (st == MESA_OK)
        st = list_strata(d, &s, err);
    /* What has no label yet cannot be tested with. */
    for (size_t r = 0; r < d->x.rows; r++)
        part[r] = 0;
    for (uint32_t c = 0; c < n_strata(d) && st == MESA_OK; c++) {
        size_t *row = s.row + s.start[c], n = s.start[c + 1] - s.start[c];
        size_t at = 0;

        shuffle(row, n, rng);
        apportion(n, share, n_parts, all, count);
        for (size_t p = 0; p < n_parts; p++)
            for (size_t i = 0; i < count[p] && at < n; i++)
                part[row[at++]] = (uint32_t)p;
        while (at < n)
            part[row[at++]] = (uint32_t)n_parts;
    }
    free_strata(&s);
    mesa_free(count);
    return st;
}

static mesa_status
check_folds(const struct mesa_dataset *d, const struct strata *s,
            size_t n_folds, struct mesa_error *err)
{
    char buffer[16];

    for (uint32_t c = 0; c < n_strata(d); c++) {
        size_t n = s->start[c + 1] - s->start[c];

        if (n > 0 && n < n_folds && !d->y)
            return mesa_fail(err, MESA_EDATA,
                             "there are %zu rows but %zu folds", n, n_folds);
        if (n > 0 && n < n_folds)
            return mesa_fail(err, MESA_EDATA,
                             "class '%s' has %zu rows but there are %zu "
                             "folds",
                             class_name(d, c, buffer), n, n_folds);
    }
    return MESA_OK;
}

/*
 * scikit-learn lines the labels up by class, classes in the order in which
 * they first appear, and deals them out to the folds in turn; how many of a
 * class a fold gets is what counts.  Into place[c]: where class c starts.
 */
static void
line_up(const struct mesa_dataset *d, const struct strata *s, size_t *place)
{
    size_t at = 0;

    for (uint32_t c = 0; c < n_strata(d); c++)
        place[c] = SIZE_MAX;
    for (size_t r = 0; r < d->x.rows; r++) {
        int32_t c = stratum(d, r);

        if (place[c] != SIZE_MAX)
            continue;
        place[c] = at;
        at += s->start[c + 1] - s->start[c];
    }
}

/* Of labels at start ... end-1 of the line, those at places congruent to f. */
static size_t
dealt(size_t start, size_t end, size_t f, size_t n_folds)
{
    size_t before = start > f ? (start - f + n_folds - 1) / n_folds : 0;
    size_t until = end > f ? (end - f + n_folds - 1) / n_folds : 0;

    return until - before;
}

mesa_status
mesa_split_folds(const struct mesa_dataset *d, size_t n_folds,
                 struct mesa_rng *rng, uint32_t *fold, struct mesa_error *err)
{
    struct strata s = { NULL, NULL };
    size_t *place;
    mesa_status st;

    if (n_folds < 2)
        return mesa_fail(err, MESA_EINVAL, "%zu folds, expected 2 or more",
                         n_folds);
    place = mesa_alloc_array(n_strata(d), sizeof *place);
    st = place ? list_strata(d, &s, err)
               : mesa_nomem(err, n_strata(d), "classes");
    if (st == MESA_OK)
        st = check_folds(d, &s, n_folds, err);
    if (st == MESA_OK)
        line_up(d, &s, place);
    for (uint32_t c = 0; c < n_strata(d) && st == MESA_OK; c++) {
        size_t *row = s.row + s.start[c], n = s.start[c + 1] - s.start[c];

        if (rng)
            shuffle(row, n, rng);
        for (size_t f = 0; f < n_folds; f++) {
            size_t k = n ? dealt(place[c], place[c] + n, f, n_folds) : 0;

            while (k-- > 0)
                fold[*row++] = (uint32_t)f;
        }
    }
    mesa_free(place);
    free_strata(&s);
    return st;
}
