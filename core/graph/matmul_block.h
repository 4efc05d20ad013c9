/* SPDX-License-Identifier: MIT */
/*
 * matmul_block.h - blocks of matrix products for one type and vector length.
 *
 * Included by matmul_block.c, once for every combination, with
 *
 *     ELEMENT             float or double
 *     BYTES               bytes of a vector
 *     TARGET              attributes of the functions
 *     MULTIPLY_ADD        how to add a product to a vector, fused
 *     NAME(x)             a name of its own for x
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

struct NAME(sums) {
    NAME(vector) v[8][MESA_BLOCK_WIDTH / 2];
    NAME(half)   h[8];
};

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

    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            s->v[i][j] = (NAME(vector)){ 0 };
        s->h[i] = (NAME(half)){ 0 };
    }
    if (!t->resume)
        return;
    UNROLL
    for (int i = 0; i < rows; i++, c += t->ldc) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            s->v[i][j] = VECTOR_AT(c + NAME(column)(t, j, vectors, half));
        if (half)
            s->h[i] = HALF_AT(c + t->last);
    }
}

INLINE void
NAME(store)(const struct mesa_block *t, int rows, int vectors, int half,
            const struct NAME(sums) *s)
{
    ELEMENT *c = t->c;

    UNROLL
    for (int i = 0; i < rows; i++, c += t->ldc) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            memcpy(c + NAME(column)(t, j, vectors, half), &s->v[i][j], BYTES);
        if (half)
            memcpy(c + t->last, &s->h[i], BYTES / 2);
    }
}

/* Apply a value in terms of a vector c and x, the operand's: a vector that is
 * loaded if it is dense, else a number. */
#define EACH(load, load_half, value)                                      \
    UNROLL                                                                \
    for (int i = 0; i < rows; i++, x += f->row) {                         \
        UNROLL                                                            \
        for (int j = 0; j < vectors; j++) {                               \
            const size_t at = NAME(column)(t, j, vectors, half);          \
            const NAME(vector) c = s->v[i][j];                            \
                                                                          \
            (void)at;                                                     \
            s->v[i][j] = value(NAME(vector), load);                       \
        }                                                                 \
        if (half) {                                                       \
            const NAME(half) c = s->h[i];                                 \
                                                                          \
            s->h[i] = value(NAME(half), load_half);                       \
        }                                                                 \
    }
#define PLUS(type, x) (c + (x))
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
        if (f->op == MESA_TILE_RELU)
            EACH(0, 0, BELOW)
        else if (f->op == MESA_TILE_GATE)
            EACH(VECTOR_AT(x + at), HALF_AT(x + t->last), WHERE)
        else if (f->column)
            EACH(VECTOR_AT(x + at), HALF_AT(x + t->last), PLUS)
        else
            EACH(*x, *x, PLUS)
    }
}

INLINE void
NAME(block)(const struct mesa_block *t, int rows, int vectors, int half)
{
    const ELEMENT *a = t->a, *b = t->b;
    struct NAME(sums) s;
    NAME(vector) x[MESA_BLOCK_WIDTH / 2];
    NAME(half) y = { 0 };

    NAME(start)(t, rows, vectors, half, &s);
    for (size_t p = t->k; p > 0; p--, a += t->a_step, b += t->ldb) {
        UNROLL
        for (int j = 0; j < vectors; j++)
            x[j] = VECTOR_AT(b + NAME(column)(t, j, vectors, half));
        if (half)
            y = HALF_AT(b + t->last);
        UNROLL
        for (int i = 0; i < rows; i++) {
            ELEMENT factor = a[(size_t)i * t->a_row];

            UNROLL
            for (int j = 0; j < vectors; j++)
                MULTIPLY_ADD(NAME(vector), LANES, s.v[i][j], factor, x[j]);
            if (half)
                MULTIPLY_ADD(NAME(half), LANES / 2, s.h[i], factor, y);
        }
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
BLOCK(8, 1)
BLOCK(8, 2)
#if MANY_REGISTERS
BLOCK(8, 3)
BLOCK(8, 4)
BLOCK(8, 5)
BLOCK(8, 6)
#define ROW_OF(width)                                             \
    {                                                             \
        NAME(1_##width), NAME(2_##width), NAME(4_##width),        \
        NAME(8_##width)                                           \
    }
#else
#define ROW_OF(width) \
    { NAME(1_##width), NAME(2_##width), NAME(4_##width), NULL }
#endif

static const struct mesa_matmul_set NAME(set) = {
    .half = LANES / 2,
    .block = { { NAME(1_1), NAME(2_1), NAME(4_1), NAME(8_1) },
               { NAME(1_2), NAME(2_2), NAME(4_2), NAME(8_2) },
               ROW_OF(3), ROW_OF(4), ROW_OF(5), ROW_OF(6) }
};

#undef LANES
#undef INLINE
#undef EACH
#undef PLUS
#undef BELOW
#undef WHERE
#undef VECTOR_AT
#undef HALF_AT
#undef BLOCK
#undef COLUMN
#undef ROW_OF
#undef ELEMENT
#undef BYTES
#undef TARGET
#undef MULTIPLY_ADD
#undef NAME
#undef UNROLL
#undef MANY_REGISTERS
