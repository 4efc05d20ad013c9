/* SPDX-License-Identifier: MIT */
/*
 * build.c - puts equal rows together, and rows near each other into tiles.
 *
 * Equal rows are found by hashing, as data may hold one row thousands of
 * times.  Distinct rows are split as in a k-d tree (Bentley 1975, CACM 18),
 * at the column in which they spread most, into halves of whole tiles:
 * O(rows log rows).  How they are split does not matter to what is found.
 */
#include "neighbors/neighbors.h"

#include <string.h>

enum { SAMPLE = 128 /* rows looked at to choose a column */ };

/* A distinct row, and its value in the column that is split. */
struct key {
    double   value;
    uint32_t which;
};

struct builder {
    const struct mesa_neighbors *nb;
    struct mesa_tiles            *part;
    uint32_t   *row;  /* rows of the part, ascending      */
    size_t      n;    /* how many                         */
    uint32_t   *same; /* of row[i]: which distinct row    */
    uint32_t   *lead; /* distinct row: a row that is it   */
    struct key *key;  /* distinct rows, in order of tiles */
    size_t      half; /* tiles that are split off at most */
};

static const double *
distinct_row(const struct builder *b, uint32_t which)
{
    return mesa_row(&b->nb->data->x, b->lead[which]);
}

static uint64_t
hash_of(const double *x, size_t cols, uint64_t class_)
{
    uint64_t h = class_ + 1, bits;

    for (size_t j = 0; j < cols; j++) {
        memcpy(&bits, x + j, sizeof bits);
        h = (h ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 32;
    }
    return h;
}

/* Rows of one class and the same bytes. */
static bool
are_equal(const struct mesa_dataset *data, uint32_t a, uint32_t b)
{
    return (!data->y || data->y[a] == data->y[b]) &&
           memcmp(mesa_row(&data->x, a), mesa_row(&data->x, b),
                  data->x.cols * sizeof(double)) == 0;
}

/* Number the distinct rows as they first appear. */
static mesa_status
find_equal(struct builder *b, struct mesa_error *err)
{
    const struct mesa_dataset *data = b->nb->data;
    size_t room = 16, n = 0;
    uint32_t *table; /* 1 + number, at or behind the hash */

    while (room < b->n + b->n / 2)
        room *= 2;
    table = mesa_alloc_array(room, sizeof *table);
    if (!table)
        return mesa_nomem(err, b->n, "rows to search");
    for (size_t i = 0; i < b->n; i++) {
        uint32_t r = b->row[i];
        size_t at = hash_of(mesa_row(&data->x, r), data->x.cols,
                            data->y ? (uint64_t)data->y[r] : 0);

        for (at &= room - 1; table[at]; at = (at + 1) & (room - 1))
            if (are_equal(data, b->lead[table[at] - 1], r))
                break;
        if (!table[at]) {
            b->lead[n++] = r;
            table[at] = (uint32_t)n;
        }
        b->same[i] = table[at] - 1;
    }
    mesa_free(table);
    b->part->n = n;
    return MESA_OK;
}

/* The column of largest variance, among a sample of rows; SIZE_MAX if there
 * is none. */
static size_t
widest_column(const struct builder *b, const struct key *key, size_t n)
{
    const struct mesa_neighbors *nb = b->nb;
    size_t step = (n + SAMPLE - 1) / SAMPLE, widest = SIZE_MAX;
    double most = 0;

    for (size_t j = 0; j < nb->data->x.cols; j++) {
        double sum = 0, square = 0, count = 0, spread;
        double origin = distinct_row(b, key[0].which)[j];

        if (nb->loose && nb->loose[j])
            continue;
        for (size_t i = 0; i < n; i += step) {
            double d = distinct_row(b, key[i].which)[j] - origin;

            d = nb->scale ? d / nb->scale[j] : d;
            sum += d;
            square += d * d;
            count += 1;
        }
        spread = square - sum * sum / count;
        if (spread > most) {
            most = spread;
            widest = j;
        }
    }
    return widest;
}

static bool
comes_before(const struct key *a, const struct key *b)
{
    return a->value < b->value ||
           (!(b->value < a->value) && a->which < b->which);
}

/* The first `left` of n keys are before all others (Hoare 1961, CACM 4, with
 * pivots from where a hash of the bounds says). */
static void
select_first(struct key *key, size_t n, size_t left)
{
    size_t lo = 0, hi = n;

    while (hi - lo > 1) {
        uint64_t h = (lo + 3 * hi) * UINT64_C(0x9e3779b97f4a7c15) >> 33;
        struct key pivot = key[lo + h % (hi - lo)];
        size_t i = lo, j = hi; /* before i: not after pivot; from j on: not
                                  before it */
        while (i < j) {
            struct key swap;

            while (comes_before(&key[i], &pivot))
                i++;
            while (comes_before(&pivot, &key[j - 1]))
                j--;
            if (i >= j)
                break;
            swap = key[i];
            key[i++] = key[j - 1];
            key[--j] = swap;
        }
        if (left < j)
            hi = j;
        else if (left > i)
            lo = i;
        else
            return;
    }
}

static mesa_status
split_range(void *context, size_t i, struct mesa_error *err)
{
    const struct builder *b = context;
    size_t start = 2 * i * b->half * TILE, left = b->half * TILE, column, n;
    struct key *key = b->key + start;

    (void)err;
    if (b->part->n - start <= left)
        return MESA_OK;
    n = MESA_MIN(b->part->n - start, 2 * left);
    column = widest_column(b, key, n);
    if (column == SIZE_MAX)
        return MESA_OK;
    for (size_t k = 0; k < n; k++)
        key[k].value = distinct_row(b, key[k].which)[column];
    select_first(key, n, left);
    return MESA_OK;
}

/* Halves, quarters and so on, down to tiles; complete but at the end, so that
 * ranges begin at multiples of their length. */
static mesa_status
split_rows(struct builder *b, struct mesa_error *err)
{
    size_t n = b->part->n, tiles = (n + TILE - 1) / TILE;
    mesa_status st = MESA_OK;

    b->key = mesa_alloc_raw(n, sizeof *b->key);
    if (!b->key)
        return mesa_nomem(err, n, "rows to search");
    for (size_t i = 0; i < n; i++)
        b->key[i].which = (uint32_t)i;
    for (b->half = 1; 2 * b->half < tiles;)
        b->half *= 2;
    for (; b->half > 0 && st == MESA_OK; b->half /= 2)
        st = mesa_parallel_for((tiles + 2 * b->half - 1) / (2 * b->half),
                               split_range, b, err);
    return st;
}

/* Which rows are equal to each distinct one, in order of tiles. */
static mesa_status
list_equal(struct builder *b, struct mesa_error *err)
{
    struct mesa_tiles *p = b->part;
    uint32_t *place = mesa_alloc_array(p->n, sizeof *place), sum = 0;

    p->first = mesa_alloc_raw(p->n + 1, sizeof *p->first);
    p->row = mesa_alloc_raw(b->n, sizeof *p->row);
    if (!place || !p->first || !p->row) {
        mesa_free(place);
        return mesa_nomem(err, b->n, "rows to search");
    }
    for (size_t i = 0; i < b->n; i++)
        place[b->same[i]]++;
    for (size_t i = 0; i < p->n; i++) {
        uint32_t *of = &place[b->key[i].which], count = *of;

        *of = p->first[i] = sum;
        sum += count;
    }
    p->first[p->n] = sum;
    for (size_t i = 0; i < b->n; i++)
        p->row[place[b->same[i]]++] = b->row[i];
    mesa_free(place);
    return MESA_OK;
}

static mesa_status
fill_tile(void *context, size_t t, struct mesa_error *err)
{
    const struct mesa_neighbors *nb = ((struct builder *)context)->nb;
    const struct mesa_tiles *p = ((struct builder *)context)->part;
    size_t cols = nb->data->x.cols, n = MESA_MIN(p->n - t * TILE, TILE);
    double *tile = p->tile + t * cols * TILE;
    double *box = p->box[0] + t / FAN * cols * 2 * FAN + t % FAN;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        const double *x = mesa_row(&nb->data->x,
                                   p->row[p->first[t * TILE + i]]);

        for (size_t j = 0; j < cols; j++)
            tile[j * TILE + i] = x[j];
    }
    if (p->coarse)
        mesa_screen_fill(nb, tile, p->coarse + t * cols * TILE);
    for (size_t j = 0; j < cols; j++, box += 2 * FAN, tile += TILE) {
        box[0] = box[FAN] = tile[0];
        for (size_t i = 1; i < n; i++) {
            box[0] = MESA_MIN(box[0], tile[i]);
            box[FAN] = MESA_MAX(box[FAN], tile[i]);
        }
    }
    return MESA_OK;
}

/* The boxes around FAN boxes each of the level below. */
static void
fill_boxes(struct mesa_tiles *p, int level, size_t cols)
{
    for (size_t node = 0; node < p->nodes[level]; node++)
        for (size_t j = 0; j < cols; j++) {
            const double *in = p->box[level - 1] + (node * cols + j) * 2 * FAN;
            double *out = p->box[level] +
                          (node / FAN * cols + j) * 2 * FAN + node % FAN;
            size_t n = MESA_MIN(p->nodes[level - 1] - node * FAN, FAN);

            out[0] = in[0];
            out[FAN] = in[FAN];
            for (size_t i = 1; i < n; i++) {
                out[0] = MESA_MIN(out[0], in[i]);
                out[FAN] = MESA_MAX(out[FAN], in[FAN + i]);
            }
        }
}

static mesa_status
make_tiles(struct builder *b, struct mesa_error *err)
{
    struct mesa_tiles *p = b->part;
    size_t cols = b->nb->data->x.cols;
    mesa_status st;

    p->nodes[0] = (p->n + TILE - 1) / TILE;
    p->tile = mesa_alloc_array(p->nodes[0] * TILE, cols * sizeof *p->tile);
    if (b->nb->center)
        p->coarse = mesa_alloc_raw(p->nodes[0] * TILE,
                                   cols * sizeof *p->coarse);
    if (!p->tile || (b->nb->center && !p->coarse))
        return mesa_nomem(err, p->n, "rows to search");
    for (int l = 0;; l++) {
        size_t above = (p->nodes[l] + FAN - 1) / FAN;

        p->box[l] = mesa_alloc_array(above * 2 * FAN,
                                     cols * sizeof *p->box[l]);
        if (!p->box[l])
            return mesa_nomem(err, above, "boxes");
        if (p->nodes[l] == 1) {
            p->top = l;
            break;
        }
        p->nodes[l + 1] = above;
    }
    st = mesa_parallel_for(p->nodes[0], fill_tile, b, err);
    for (int l = 1; l <= p->top; l++)
        fill_boxes(p, l, cols);
    return st;
}

/* The rows of the class most are of, or all others; all without classes. */
static void
choose_rows(struct builder *b, const size_t *count, size_t which)
{
    const struct mesa_dataset *data = b->nb->data;
    int32_t most = 0;

    for (uint32_t c = 1; count && c < data->n_classes; c++)
        if (count[c] > count[most])
            most = (int32_t)c;
    for (size_t r = 0; r < data->x.rows; r++)
        if (which == (count && data->y[r] != most))
            b->row[b->n++] = (uint32_t)r;
}

static mesa_status
build(struct builder *b, struct mesa_error *err)
{
    mesa_status st = find_equal(b, err);

    if (st == MESA_OK)
        st = split_rows(b, err);
    if (st == MESA_OK)
        st = list_equal(b, err);
    mesa_free(b->key);
    b->key = NULL;
    return st == MESA_OK ? make_tiles(b, err) : st;
}

mesa_status
mesa_tiles_init(struct mesa_neighbors *nb, const size_t *count, size_t which,
               struct mesa_error *err)
{
    size_t rows = nb->data->x.rows;
    struct builder b = { .nb = nb, .part = &nb->part[which] };
    mesa_status st = MESA_OK;

    b.row = mesa_alloc_raw(rows, sizeof *b.row);
    b.same = mesa_alloc_raw(rows, sizeof *b.same);
    b.lead = mesa_alloc_raw(rows, sizeof *b.lead);
    if (!b.row || !b.same || !b.lead)
        st = mesa_nomem(err, rows, "rows to search");
    else
        choose_rows(&b, count, which);
    if (b.n > 0)
        st = build(&b, err);
    mesa_free(b.row);
    mesa_free(b.same);
    mesa_free(b.lead);
    return st;
}

void
mesa_tiles_free(struct mesa_tiles *p)
{
    mesa_free(p->tile);
    mesa_free(p->coarse);
    mesa_free(p->first);
    mesa_free(p->row);
    for (int l = 0; l < LEVELS; l++)
        mesa_free(p->box[l]);
}
