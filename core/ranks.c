/* SPDX-License-Identifier: MIT */
/*
 * ranks.c - the columns of a matrix as ranks of 16 bits.
 *
 * A column's values are radix-sorted together with their rows, least
 * significant byte first: O(n) for each column, once for as many trees as are
 * going to compare them.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

#ifdef __GNUC__
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif

/* Ranks in the widest vector: no load of one meets two lines of the cache. */
#define ALIGNED ((size_t)32)

struct ranks_column {
    double *value; /* ascending, that of rank 1 first; then NaN */
    size_t  n;     /* with NaN */
    bool    full;  /* there are more than ranks: no values */
};

struct mesa_ranks {
    size_t               rows, cols, stride;
    size_t               step; /* the largest power of 2 among n */
    struct ranks_column *column;
    uint16_t            *rank; /* cols by stride, within block */
    void                *block;
};

/* A value as an integer of the same order, and where it stands. */
struct entry {
    uint64_t key;
    size_t   row;
};

/* Above those of all values. */
#define KEY_MISSING UINT64_MAX

/* Both zeros are one value. */
static uint64_t
key_of(double x)
{
    uint64_t bits;

    if (x != x)
        return KEY_MISSING;
    x += 0.0;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* By one byte of the key, into out; false if all keys share it. */
static bool
sort_byte(const struct entry *entry, struct entry *out, size_t n, int shift,
          size_t start[256])
{
    size_t at = 0;

    if (start[entry[0].key >> shift & 255] == n)
        return false;
    for (int b = 0; b < 256; b++) {
        size_t size = start[b];

        start[b] = at;
        at += size;
    }
    for (size_t i = 0; i < n; i++)
        out[start[entry[i].key >> shift & 255]++] = entry[i];
    return true;
}

/* Ascending, rows of equal keys too; returns where they are. */
static struct entry *
sort_entries(struct entry *entry, struct entry *spare, size_t n)
{
    size_t count[8][256];

    memset(count, 0, sizeof count);
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < 8; b++)
            count[b][entry[i].key >> 8 * b & 255]++;
    for (int b = 0; b < 8 && n > 0; b++)
        if (sort_byte(entry, spare, n, 8 * b, count[b])) {
            struct entry *swap = entry;

            entry = spare;
            spare = swap;
        }
    return entry;
}

static size_t
count_values(const struct entry *sorted, size_t n)
{
    size_t values = 0;

    for (size_t i = 0; i < n && sorted[i].key != KEY_MISSING; i++)
        values += i == 0 || sorted[i].key != sorted[i - 1].key;
    return values;
}

static mesa_status
fill_column(struct ranks_column *c, uint16_t *rank,
            const struct mesa_cmatrix *x, size_t column,
            const struct entry *sorted, struct mesa_error *err)
{
    size_t n = count_values(sorted, x->rows), last = 0;

    c->full = n > MESA_RANKS_MAX;
    if (c->full)
        return MESA_OK;
    c->n = n + 1;
    c->value = mesa_alloc_raw(c->n, sizeof *c->value);
    if (!c->value)
        return mesa_nomem(err, c->n, "values of a column");
    c->value[n] = NAN;
    for (size_t i = 0; i < x->rows && sorted[i].key != KEY_MISSING; i++) {
        if (i == 0 || sorted[i].key != sorted[i - 1].key)
            c->value[last++] = mesa_row(x, sorted[i].row)[column];
        rank[sorted[i].row] = (uint16_t)last;
    }
    return MESA_OK;
}

struct job {
    struct mesa_ranks         *ranks;
    const struct mesa_cmatrix *x;
};

static mesa_status
rank_column(void *context, size_t column, struct mesa_error *err)
{
    const struct job *job = context;
    const struct mesa_cmatrix *x = job->x;
    struct mesa_ranks *ranks = job->ranks;
    struct entry *entry = mesa_alloc_raw(x->rows, 2 * sizeof *entry);
    mesa_status st;

    if (!entry)
        return mesa_nomem(err, x->rows, "values to rank");
    for (size_t r = 0; r < x->rows; r++)
        entry[r] = (struct entry){ key_of(mesa_row(x, r)[column]), r };
    st = fill_column(&ranks->column[column],
                     ranks->rank + column * ranks->stride, x, column,
                     sort_entries(entry, entry + x->rows, x->rows), err);
    mesa_free(entry);
    return st;
}

static mesa_status
alloc_ranks(const struct mesa_cmatrix *x, struct mesa_ranks **out,
            struct mesa_error *err)
{
    struct mesa_ranks *made = mesa_alloc_array(1, sizeof *made);

    *out = made;
    if (!made)
        return mesa_nomem(err, 1, "table of ranks");
    made->rows = x->rows;
    made->step = 1;
    made->stride = (x->rows + MESA_RANKS_AHEAD + ALIGNED - 1) / ALIGNED
                   * ALIGNED;
    made->column = mesa_alloc_array(x->cols, sizeof *made->column);
    if (!made->column)
        return mesa_nomem(err, x->cols, "columns to rank");
    made->cols = x->cols;
    made->block = mesa_alloc_array(x->cols * made->stride + ALIGNED,
                                   sizeof *made->rank);
    if (!made->block)
        return mesa_nomem(err, x->rows, "rows of ranks");
    made->rank = made->block;
    while ((uintptr_t)made->rank % (ALIGNED * sizeof *made->rank) != 0)
        made->rank++;
    return MESA_OK;
}

mesa_status
mesa_ranks_new(const struct mesa_cmatrix *x, struct mesa_ranks **out,
               struct mesa_error *err)
{
    struct job job = { .x = x };
    mesa_status st = alloc_ranks(x, &job.ranks, err);
    bool full = false;

    *out = NULL;
    if (st == MESA_OK)
        st = mesa_parallel_for(x->cols, rank_column, &job, err);
    for (size_t c = 0; st == MESA_OK && c < x->cols; c++) {
        full = full || job.ranks->column[c].full;
        while (2 * job.ranks->step <= job.ranks->column[c].n)
            job.ranks->step *= 2;
    }
    if (st == MESA_OK && !full)
        *out = job.ranks;
    else
        mesa_ranks_free(job.ranks);
    return st;
}

void
mesa_ranks_free(struct mesa_ranks *ranks)
{
    if (!ranks)
        return;
    for (size_t c = 0; c < ranks->cols; c++)
        mesa_free(ranks->column[c].value);
    mesa_free(ranks->column);
    mesa_free(ranks->block);
    mesa_free(ranks);
}

size_t
mesa_ranks_rows(const struct mesa_ranks *ranks)
{
    return ranks->rows;
}

size_t
mesa_ranks_cols(const struct mesa_ranks *ranks)
{
    return ranks->cols;
}

const uint16_t *
mesa_ranks_column(const struct mesa_ranks *ranks, size_t column)
{
    return ranks->rank + column * ranks->stride;
}

/* Searches under way at a time, so that their waits overlap. */
#define SEARCHES ((size_t)8)

/* By steps that halve, as many in all columns, and without a branch: there is
 * none to guess wrong. */
static void
search(const struct mesa_ranks *ranks, const size_t *column,
       const double *threshold, uint16_t *below)
{
    const struct ranks_column *c[SEARCHES];
    size_t at[SEARCHES] = { 0 };

    for (size_t i = 0; i < SEARCHES; i++)
        c[i] = &ranks->column[column[i]];
    for (size_t step = ranks->step; step > 0; step /= 2)
        UNROLL for (size_t i = 0; i < SEARCHES; i++) {
            size_t to = at[i] + step, seen = MESA_MIN(to, c[i]->n);

            at[i] += step & (0 - (size_t)((c[i]->value[seen - 1]
                                           <= threshold[i])
                                          & (to == seen)));
        }
    for (size_t i = 0; i < SEARCHES; i++)
        below[i] = (uint16_t)at[i];
}

void
mesa_ranks_below(const struct mesa_ranks *ranks, size_t n,
                 const size_t *column, const double *threshold,
                 uint16_t *below)
{
    size_t columns[SEARCHES] = { 0 };
    double thresholds[SEARCHES] = { 0 };
    uint16_t found[SEARCHES];
    size_t i = 0;

    for (; i + SEARCHES <= n; i += SEARCHES)
        search(ranks, column + i, threshold + i, below + i);
    if (i == n)
        return;
    memcpy(columns, column + i, (n - i) * sizeof *column);
    memcpy(thresholds, threshold + i, (n - i) * sizeof *threshold);
    search(ranks, columns, thresholds, found);
    memcpy(below + i, found, (n - i) * sizeof *below);
}
