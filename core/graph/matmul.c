/* SPDX-License-Identifier: MIT */
/*
 * matmul.c - matrix products, cut into blocks that fit registers and caches.
 *
 * Elements of c are sums over p in order, whatever the blocks: vectors lie
 * along the columns of c, never along p.  The rows of op(b) must therefore
 * be contiguous; a transposed b is copied, panel by panel, and so is one that
 * is too large for the first-level cache.  Where c is narrower than a vector,
 * its transpose, op(b)^T op(a)^T, is computed instead.
 *
 * (Blocks and panels after Goto and van de Geijn, Anatomy of High-Performance
 * Matrix Multiplication, 2008.)
 */
#include "graph/matmul.h"
#include "graph/transpose.h"

#include <string.h>

/* Most products that a block adds at a time, so that the panel of b that it
 * walks through stays in the second-level cache. */
#define PANEL_DEPTH 256
#define PANEL_BYTES (MESA_BLOCK_WIDTH * (size_t)32)

/* Rows of a narrow product that are turned at a time; less than twice as
 * many if they are the last. */
#define MOST_TALL ((size_t)96)

/* Of b, in bytes, that is used where it lies. */
#define NEAR_BYTES (48 * (size_t)1024)

/* A matrix by the distances, in elements, between rows and columns. */
struct view {
    const char *at;
    size_t      row, column;
};

struct task {
    const struct mesa_matmul_set *set;
    size_t                        size, m, n, k;
    struct view                   a, b; /* op(a), op(b) */
    char                         *c, *panel, *kept; /* and what is scratch */
    size_t                        ldc, n_after;
    bool                          resume;
    const struct mesa_after      *after;
    size_t                        first; /* row of c, for what comes after */
};

/* out = the transpose of x, which has the given rows and columns; the last
 * blocks overlap their neighbours rather than stick out. */
#define TRANSPOSE(type, name, by_4, by_8)                                 \
    MESA_CLONES static void                                               \
    name(const type *x, size_t ldx, size_t rows, size_t columns,          \
         type *out, size_t ldout)                                         \
    {                                                                     \
        const size_t high = rows < 8 ? 4 : 8;                             \
                                                                          \
        for (size_t i = 0; i < rows && (rows < 4 || columns < 4); i++)    \
            for (size_t j = 0; j < columns; j++)                          \
                out[j * ldout + i] = x[i * ldx + j];                      \
        for (size_t i = 0; i < rows && rows >= 4; i += high) {            \
            const size_t r = MESA_MIN(i, rows - high);                    \
                                                                          \
            for (size_t j = 0; j < columns && columns >= 4; j += 4) {     \
                const size_t c = MESA_MIN(j, columns - 4);                \
                const type *from = x + r * ldx + c;                       \
                                                                          \
                if (high == 8)                                            \
                    by_8(from, ldx, out + c * ldout + r, ldout);          \
                else                                                      \
                    by_4(from, ldx, out + c * ldout + r, ldout);          \
            }                                                             \
        }                                                                 \
    }
TRANSPOSE(float, transpose_f32, transpose_4_f32, transpose_8_f32)
TRANSPOSE(double, transpose_f64, transpose_4_f64, transpose_8_f64)

static void
transpose(const void *x, size_t ldx, size_t rows, size_t columns, void *out,
          size_t ldout, size_t size)
{
    if (size == sizeof(float))
        transpose_f32(x, ldx, rows, columns, out, ldout);
    else
        transpose_f64(x, ldx, rows, columns, out, ldout);
}

static const char *
element(const struct view *v, size_t i, size_t j, size_t size)
{
    return v->at + (i * v->row + j * v->column) * size;
}

/* Rows p ... p + depth - 1 of n columns of op(b), contiguous. */
static void
fill_panel(const struct task *t, size_t p, size_t depth, size_t j, size_t n)
{
    const char *from = element(&t->b, p, j, t->size);

    if (t->b.column != 1) {
        transpose(from, t->b.column, n, depth, t->panel, n, t->size);
        return;
    }
    for (size_t i = 0; i < depth; i++)
        memcpy(t->panel + i * n * t->size, from + i * t->b.row * t->size,
               n * t->size);
}

/* The number of the height of the next block: two of five rows are sooner
 * done than one of eight and one of two, and one of five than of four and
 * one. */
static size_t
next_height(size_t left, mesa_block_function *const *by_height)
{
    if ((left == 5 || left == 7 || left == 9 || left == 10) && by_height[3])
        return 3;
    if (left >= 8 && by_height[4])
        return 4;
    return left >= 4 ? 2 : left >= 2;
}

/* All rows of a strip of c, width half vectors wide. */
static void
run_strip(const struct task *t, struct mesa_block *block, size_t width)
{
    static const size_t rows[MESA_BLOCK_HEIGHTS] = { 1, 2, 4, 5, 8 };
    mesa_block_function *const *by_height = t->set->block[width - 1];
    const char *a = block->a;
    char *c = block->c;
    size_t height;

    for (size_t i = 0; i < t->m; i += rows[height]) {
        height = next_height(t->m - i, by_height);
        block->a = a + i * t->a.row * t->size;
        block->c = c + i * t->ldc * t->size;
        block->row = t->first + i;
        by_height[height](block);
    }
}

/* Columns j ... j + n - 1 of c, and the next depth products. */
static void
run_panel(const struct task *t, size_t p, size_t depth, size_t j, size_t n,
          size_t width)
{
    const bool copy = t->b.column != 1
        || (t->m >= 32 && depth * t->b.row * t->size > NEAR_BYTES);
    struct mesa_block block = {
        .a = element(&t->a, 0, p, t->size),
        .b = copy ? t->panel : element(&t->b, p, j, t->size),
        .c = t->c + j * t->size,
        .a_row = t->a.row,
        .a_step = t->a.column,
        .ldb = copy ? n : t->b.row,
        .ldc = t->ldc,
        .k = depth,
        .last = n - (width % 2 ? 1 : 2) * t->set->half,
        .resume = t->resume || p > 0,
        .column = j,
        .after = t->after,
        .n_after = p + depth == t->k ? t->n_after : 0
    };

    if (copy)
        fill_panel(t, p, depth, j, n);
    run_strip(t, &block, width);
}

/* The width of the next strip, so that no strip is very narrow. */
static size_t
next_width(size_t left)
{
    if (left <= MESA_BLOCK_WIDTH)
        return left;
    return left <= MESA_BLOCK_WIDTH + 2 ? 4 : MESA_BLOCK_WIDTH;
}

/*
 * Columns j ... j + n - 1 of c, all products: a strip must be finished before
 * one that overlaps it is begun.
 */
static void
run_columns(const struct task *t, size_t j, size_t n, size_t width)
{
    size_t p = 0;

    do {
        const size_t depth = MESA_MIN(t->k - p, (size_t)PANEL_DEPTH);

        run_panel(t, p, depth, j, n, width);
        p += depth;
    } while (p < t->k);
}

/* Columns j ... j + n - 1 of c to where they are kept, or back. */
static void
keep(const struct task *t, size_t j, size_t n, char *kept, bool back)
{
    for (size_t i = 0; i < t->m; i++, kept += n * t->size) {
        char *c = t->c + (i * t->ldc + j) * t->size;

        memcpy(back ? c : kept, back ? kept : c, n * t->size);
    }
}

/* Too narrow for a vector, even for one that overlaps: two strips of half a
 * vector, which both begin with what c holds where they overlap. */
static void
run_narrow(const struct task *t)
{
    const size_t half = t->set->half, j = t->n - half, n = half - j;

    if (t->resume && j > 0)
        keep(t, j, n, t->kept, false);
    run_columns(t, 0, half, 1);
    if (t->resume && j > 0)
        keep(t, j, n, t->kept, true);
    if (j > 0)
        run_columns(t, j, half, 1);
}

/* c at least half a vector wide. */
static void
run_wide(const struct task *t)
{
    const size_t half = t->set->half;
    size_t width, n;

    if (t->n < 2 * half) {
        run_narrow(t);
        return;
    }
    for (size_t j = 0; j < t->n; j += n) {
        width = next_width((t->n - j + half - 1) / half);
        n = MESA_MIN(t->n - j, width * half);
        run_columns(t, j, n, width);
    }
}

/* Rows of c by way of its transpose, which is at least half a vector wide; a
 * column is its own transpose. */
static void
run_tall_rows(const struct task *t, size_t first, size_t m)
{
    const bool is_column = t->n == 1 && t->ldc == 1;
    char *c = t->c + first * t->ldc * t->size;
    const struct task swapped = {
        .set = t->set, .size = t->size, .m = t->n, .n = m, .k = t->k,
        .a = { t->b.at, t->b.column, t->b.row },
        .b = { element(&t->a, first, 0, t->size), t->a.column, t->a.row },
        .c = is_column ? c : t->kept,
        .panel = t->panel,
        .kept = t->kept + t->n * m * t->size,
        .ldc = m,
        .resume = t->resume
    };

    if (t->resume && !is_column)
        transpose(c, t->ldc, m, t->n, swapped.c, m, t->size);
    run_wide(&swapped);
    if (!is_column)
        transpose(swapped.c, m, t->n, m, c, t->ldc, t->size);
}

/* So many at a time that scratch need not grow with them. */
static void
run_tall(const struct task *t)
{
    size_t m;

    for (size_t i = 0; i < t->m; i += m) {
        m = t->m - i;
        if (m >= 2 * MOST_TALL)
            m = MOST_TALL;
        run_tall_rows(t, i, m);
    }
}

/* Rows of a times one column. */
static bool
run_dots(const struct task *t)
{
    const struct mesa_dots dots = {
        .a = t->a.at, .b = t->b.at, .out = t->c, .a_row = t->a.row,
        .b_step = t->b.row, .m = t->m, .k = t->k, .resume = t->resume
    };

    if (t->n != 1 || t->ldc != 1 || t->a.column != 1 || !t->set->dots)
        return false;
    t->set->dots(&dots);
    return true;
}

/* Fewer rows and columns than half a vector has elements. */
#define RUN_SMALL(type, fma, name)                                        \
    MESA_CLONES static void                                               \
    name(const struct task *t)                                            \
    {                                                                     \
        const type *a = (const void *)t->a.at, *b = (const void *)t->b.at; \
        type *c = (void *)t->c;                                           \
                                                                          \
        for (size_t i = 0; i < t->m; i++)                                 \
            for (size_t j = 0; j < t->n; j++) {                           \
                const type *x = a + i * t->a.row, *y = b + j * t->b.column; \
                type sum = t->resume ? c[i * t->ldc + j] : 0;             \
                                                                          \
                for (size_t p = 0; p < t->k; p++)                         \
                    sum = fma(x[p * t->a.column], y[p * t->b.row], sum);  \
                c[i * t->ldc + j] = sum;                                  \
            }                                                             \
    }
RUN_SMALL(float, __builtin_fmaf, run_small_f32)
RUN_SMALL(double, __builtin_fma, run_small_f64)

/* What comes after the sums where c is too narrow for blocks. */
#define EACH(value)                                                       \
    for (size_t i = 0; i < m; i++, c += ldc, x += row)                    \
        for (size_t j = 0; j < n; j++)                                    \
            c[j] = value;

#define FINISH(type, name)                                                \
    static void                                                           \
    name(const struct task *t, const struct mesa_after *f)                \
    {                                                                     \
        const size_t m = t->m, n = t->n, ldc = t->ldc;                    \
        const bool alone = f->op == MESA_TILE_RELU;                       \
        const size_t row = alone ? 0 : f->row, column = f->column;        \
        const type *x = f->x;                                             \
        type *c = (void *)t->c;                                           \
                                                                          \
        x = alone ? c : x + t->first * row;                               \
        if (alone) {                                                      \
            EACH(c[j] <= 0 ? 0 : c[j])                                    \
        } else if (f->op == MESA_TILE_GATE) {                             \
            EACH(x[j * column] > 0 ? c[j] : 0)                            \
        } else if (f->op == MESA_TILE_ADD) {                              \
            EACH(c[j] + x[j * column])                                    \
        } else if (f->op == MESA_TILE_MUL) {                              \
            EACH(c[j] * x[j * column])                                    \
        } else {                                                          \
            EACH(x[j * column] - c[j])                                    \
        }                                                                 \
    }
FINISH(float, finish_f32)
FINISH(double, finish_f64)

static void
finish_narrow(const struct task *t)
{
    for (size_t i = 0; i < t->n_after; i++)
        if (t->size == sizeof(float))
            finish_f32(t, &t->after[i]);
        else
            finish_f64(t, &t->after[i]);
}

void
mesa_matmul_with(const struct mesa_matmul_set *set,
                 const struct mesa_product *p, size_t size, size_t first,
                 size_t end)
{
    struct task t = {
        .set = set, .size = size, .m = end - first, .n = p->n, .k = p->k,
        .a = { p->a, p->ta ? 1 : p->lda, p->ta ? p->lda : 1 },
        .b = { p->b, p->tb ? 1 : p->ldb, p->tb ? p->ldb : 1 },
        .c = (char *)p->c + first * p->ldc * size,
        .panel = p->scratch,
        .kept = (char *)p->scratch + PANEL_DEPTH * PANEL_BYTES,
        .ldc = p->ldc,
        .n_after = p->n_after,
        .resume = p->resume,
        .after = p->after,
        .first = first
    };

    if (end <= first || t.n == 0)
        return;
    t.a.at = element(&t.a, first, 0, size);
    if (t.n >= set->half) {
        run_wide(&t);
        return;
    }
    if (run_dots(&t))
        ;
    else if (t.m >= set->half)
        run_tall(&t);
    else if (size == sizeof(float))
        run_small_f32(&t);
    else
        run_small_f64(&t);
    finish_narrow(&t);
}

size_t
mesa_matmul_scratch(const struct mesa_product *p, size_t size)
{
    const size_t widest = 32 / size, n = MESA_MIN(p->n, widest);
    size_t kept = n * 2 * MOST_TALL + widest * widest;

    kept = MESA_MAX(kept, n * p->m);
    return PANEL_DEPTH * PANEL_BYTES + (p->n < 2 * widest ? kept * size : 0);
}

void
mesa_matmul_rows_f32(const struct mesa_product *p, size_t first, size_t end)
{
    mesa_matmul_with(mesa_matmul_set(0, sizeof(float)), p, sizeof(float),
                     first, end);
}

void
mesa_matmul_rows_f64(const struct mesa_product *p, size_t first, size_t end)
{
    mesa_matmul_with(mesa_matmul_set(0, sizeof(double)), p, sizeof(double),
                     first, end);
}

void
mesa_matmul_f32(const struct mesa_product *p)
{
    mesa_matmul_rows_f32(p, 0, p->m);
}

void
mesa_matmul_f64(const struct mesa_product *p)
{
    mesa_matmul_rows_f64(p, 0, p->m);
}
