/* SPDX-License-Identifier: MIT */
/*
 * matmul_block.h - blocks of matrix products for one type and vector length.
 *
 * Included by matmul_block.c, once for every combination, with
 *
 *     ELEMENT             float or double
 *     BYTES               bytes of a vector
 *     TARGET              attributes of the functions
 *     MULTIPLY_ADD, _HALF how to add a product to a vector, fused
 *     NAME(x)             a name of its own for x
 *     COLUMNS             of transpose.h, for vectors of 32 bytes
 *     UNROLL              how to have a short loop unrolled
 *     MANY_REGISTERS      whether 8 rows of three vectors fit them (0 or 1)
 *
 * Sums stay in registers while p runs from 0 to k.  Vectors lie along a row
 * of c, so that no sum is split.
 */

#define LANES ((int)(BYTES / sizeof(ELEMENT)))
#define INLINE TARGET static inline __attribute__((always_inline))

typedef ELEMENT NAME(vector) __attribute__((vector_size(BYTES)));
typedef ELEMENT NAME(half) __attribute__((vector_size(BYTES / 2)));

/* The same in memory, at any element. */
typedef ELEMENT NAME(loose_vector)
    __attribute__((vector_size(BYTES), aligned(sizeof(ELEMENT)), may_alias));
typedef ELEMENT NAME(loose_half) __attribute__((
    vector_size(BYTES / 2), aligned(sizeof(ELEMENT)), may_alias));
#define VECTOR_AT(p) (*(const NAME(loose_vector) *)(p))
#define HALF_AT(p) (*(const NAME(loose_half) *)(p))

/* Of all rows, one after the other. */
struct NAME(sums) {
    NAME(vector) v[8 * (MESA_BLOCK_WIDTH / 2)];
    NAME(half)   h[8];
};

/*
 * For each vector e of a block: its row i, and the column `at` where it
 * begins.  In one loop, because gcc keeps an array in registers only if it
 * is indexed by nothing but an innermost loop that it unrolls.
 */
#define EACH_VECTOR(body)                                                 \
    UNROLL                                                                \
    for (int e = 0; e < rows * vectors; e++) {                            \
        const size_t i = (size_t)(e / vectors);                           \
        const size_t at = NAME(column)(t, e % vectors, vectors, half);    \
                                                                          \
        (void)i, (void)at;                                                \
        body;                                                             \
    }
#define EACH_HALF(body)                                                   \
    UNROLL                                                                \
    for (int e = 0; e < half * rows; e++) {                               \
        const size_t i = (size_t)e, at = t->last;                         \
                                                                          \
        (void)i, (void)at;                                                \
        body;                                                             \
    }

/* Where vector j of a block begins. */
INLINE size_t
NAME(column)(const struct mesa_block *t, int j, int vectors, int half)
{
    return !half && j == vectors - 1 ? t->last : (size_t)(j * LANES);
}

INLINE void
NAME(start)(const struct mesa_block *t, int rows, int vectors, int half,
            struct NAME(sums) *s)
{
    const ELEMENT *c = t->c;

    EACH_VECTOR(s->v[e] = (NAME(vector)){ 0 })
    EACH_HALF(s->h[e] = (NAME(half)){ 0 })
    if (!t->resume)
        return;
    EACH_VECTOR(s->v[e] = VECTOR_AT(c + i * t->ldc + at))
    EACH_HALF(s->h[e] = HALF_AT(c + i * t->ldc + at))
}

INLINE void
NAME(store)(const struct mesa_block *t, int rows, int vectors, int half,
            const struct NAME(sums) *s)
{
    ELEMENT *c = t->c;

    EACH_VECTOR(memcpy(c + i * t->ldc + at, &s->v[e], BYTES))
    EACH_HALF(memcpy(c + i * t->ldc + at, &s->h[e], BYTES / 2))
}

/* Apply a value in terms of a vector c and x, the operand's: a vector that is
 * loaded if it is dense, else a number. */
#define APPLY(load, load_half, value)                                     \
    do {                                                                  \
        EACH_VECTOR(const NAME(vector) c = s->v[e];                       \
                    s->v[e] = value(NAME(vector), load))                  \
        EACH_HALF(const NAME(half) c = s->h[e];                           \
                  s->h[e] = value(NAME(half), load_half))                 \
    } while (0)
#define APPLY_X(value)                                                    \
    do {                                                                  \
        if (f->column)                                                    \
            APPLY(VECTOR_AT(x + i * f->row + at),                         \
                  HALF_AT(x + i * f->row + at), value);                   \
        else                                                              \
            APPLY(x[i * f->row], x[i * f->row], value);                   \
    } while (0)
#define PLUS(type, x) (c + (x))
#define TIMES(type, x) (c * (x))
#define FROM(type, x) ((x) - c)
#define BELOW(type, x) ((type)(~(c <= 0) & (__typeof__(c <= 0))c))
#define WHERE(type, x) ((type)(((x) > 0) & (__typeof__(c <= 0))c))

/* What comes after the sums, while they are in registers. */
INLINE void
NAME(finish)(const struct mesa_block *t, int rows, int vectors, int half,
             struct NAME(sums) *s)
{
    for (size_t k = 0; k < t->n_after; k++) {
        const struct mesa_after *f = &t->after[k];
        const ELEMENT *x = f->x;

        if (f->op != MESA_TILE_RELU)
            x += t->row * f->row + t->column * f->column;
        switch (f->op) {
        case MESA_TILE_RELU:
            APPLY(0, 0, BELOW);
            break;
        case MESA_TILE_GATE:
            APPLY(VECTOR_AT(x + i * f->row + at),
                  HALF_AT(x + i * f->row + at), WHERE);
            break;
        case MESA_TILE_ADD:
            APPLY_X(PLUS);
            break;
        case MESA_TILE_MUL:
            APPLY_X(TIMES);
            break;
        default:
            APPLY_X(FROM);
        }
    }
}

INLINE void
NAME(block)(const struct mesa_block *t, int rows, int vectors, int half)
{
    const ELEMENT *a = t->a, *b = t->b;
    struct NAME(sums) s;

    NAME(start)(t, rows, vectors, half, &s);
    for (size_t p = t->k; p > 0; p--, a += t->a_step, b += t->ldb) {
        EACH_VECTOR(MULTIPLY_ADD(s.v[e], a[i * t->a_row], VECTOR_AT(b + at)))
        EACH_HALF(MULTIPLY_ADD_HALF(s.h[e], a[i * t->a_row],
                                    HALF_AT(b + at)))
    }
    NAME(finish)(t, rows, vectors, half, &s);
    NAME(store)(t, rows, vectors, half, &s);
}

#define BLOCK(rows, width)                                            \
    TARGET static void                                                \
    NAME(rows##_##width)(const struct mesa_block *t)                  \
    {                                                                 \
        NAME(block)(t, rows, width / 2, width % 2);                   \
    }
#define COLUMN(width) BLOCK(1, width) BLOCK(2, width) BLOCK(4, width)

COLUMN(1)
COLUMN(2)
COLUMN(3)
COLUMN(4)
COLUMN(5)
COLUMN(6)
BLOCK(5, 1)
BLOCK(5, 2)
BLOCK(5, 3)
BLOCK(5, 4)
BLOCK(8, 1)
BLOCK(8, 2)
#define HEIGHTS(width, five, eight)                               \
    {                                                             \
        NAME(1_##width), NAME(2_##width), NAME(4_##width), five, eight \
    }
#if MANY_REGISTERS
BLOCK(5, 5)
BLOCK(5, 6)
BLOCK(8, 3)
BLOCK(8, 4)
BLOCK(8, 5)
BLOCK(8, 6)
#define MANY(x) NAME(x)
#else
#define MANY(x) NULL
#endif

#ifdef HAVE_SHUFFLE
#if BYTES == 64
#define MULTIPLY_ADD_32 MULTIPLY_ADD_HALF
#else
#define MULTIPLY_ADD_32 MULTIPLY_ADD
#endif
#define GROUP ((size_t)(32 / sizeof(ELEMENT)))

/* n rows from row i on, in groups of a vector: their elements of four columns
 * at a time are turned, so that again no sum is split.  Of rows beyond the
 * last, the last is taken. */
INLINE void
NAME(dots_of)(const struct mesa_dots *t, size_t i, size_t n, int groups)
{
    const ELEMENT *row[2 * GROUP], *b = t->b;
    ELEMENT result[2 * GROUP] = { 0 }, *out = (ELEMENT *)t->out + i;
    ELEMENT __attribute__((vector_size(32))) sum[2], column[4];
    size_t p = 0;

    for (size_t l = 0; l < 2 * GROUP; l++)
        row[l] = (const ELEMENT *)t->a + (i + MESA_MIN(l, n - 1)) * t->a_row;
    if (t->resume)
        memcpy(result, out, n * sizeof *out);
    memcpy(sum, result, sizeof sum);
    for (; p + 4 <= t->k; p += 4)
        UNROLL
        for (int g = 0; g < groups; g++) {
            COLUMNS(row + (size_t)g * GROUP, p, column);
            UNROLL
            for (size_t q = 0; q < 4; q++)
                MULTIPLY_ADD_32(sum[g], b[(p + q) * t->b_step], column[q]);
        }
    for (; p < t->k; p++)
        for (int g = 0; g < groups; g++) {
            for (size_t l = 0; l < GROUP; l++)
                result[l] = row[(size_t)g * GROUP + l][p];
            memcpy(column, result, sizeof *column);
            MULTIPLY_ADD_32(sum[g], b[p * t->b_step], column[0]);
        }
    memcpy(result, sum, sizeof sum);
    memcpy(out, result, n * sizeof *out);
}

TARGET static void
NAME(dots)(const struct mesa_dots *t)
{
    for (size_t i = 0; i < t->m; i += 2 * GROUP) {
        const size_t n = MESA_MIN(t->m - i, 2 * GROUP);

        if (n > GROUP)
            NAME(dots_of)(t, i, n, 2);
        else
            NAME(dots_of)(t, i, n, 1);
    }
}
#define DOTS NAME(dots)
#else
#define DOTS NULL
#endif

static const struct mesa_matmul_set NAME(set) = {
    .half = LANES / 2,
    .block = { HEIGHTS(1, NAME(5_1), NAME(8_1)),
               HEIGHTS(2, NAME(5_2), NAME(8_2)),
               HEIGHTS(3, NAME(5_3), MANY(8_3)),
               HEIGHTS(4, NAME(5_4), MANY(8_4)),
               HEIGHTS(5, MANY(5_5), MANY(8_5)),
               HEIGHTS(6, MANY(5_6), MANY(8_6)) },
    .dots = DOTS
};

#undef LANES
#undef COLUMNS
#undef DOTS
#undef GROUP
#undef MULTIPLY_ADD_32
#undef INLINE
#undef EACH_VECTOR
#undef EACH_HALF
#undef APPLY
#undef APPLY_X
#undef PLUS
#undef TIMES
#undef FROM
#undef BELOW
#undef WHERE
#undef VECTOR_AT
#undef HALF_AT
#undef BLOCK
#undef COLUMN
#undef HEIGHTS
#undef MANY
#undef ELEMENT
#undef BYTES
#undef TARGET
#undef MULTIPLY_ADD
#undef MULTIPLY_ADD_HALF
#undef NAME
#undef UNROLL
#undef MANY_REGISTERS
