/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - the loops that programs spend their time in.
 *
 * Plain functions on arrays; they know nothing of graphs.  All give the same
 * bits on every instruction set, by every compiler, except that one NaN may
 * come for another.  None allocates.
 */
#ifndef MESA_GRAPH_KERNELS_H
#define MESA_GRAPH_KERNELS_H

#include "internal.h"

/*
 * c = op(a) op(b), c being m by n and row-major; what op(a), m by k, and
 * op(b), k by n, transpose is said by ta and tb.  ld*: elements from one row
 * of the array as it lies in memory to the next.  An element of c is the sum
 * of its k products in order, each added by a fused multiply-add to what
 * starts as 0, or as what c holds if the product is to resume.  c overlaps
 * neither a nor b.
 *
 * Then, while they are still near, each of n_after operations is applied to
 * c in turn: c + x (MESA_TILE_ADD), c x (MESA_TILE_MUL), x - c
 * (MESA_TILE_SUB), c where x is above 0 and 0 elsewhere (MESA_TILE_GATE), relu
 * of c (MESA_TILE_RELU).  x is as large as c, row elements from one of its
 * rows to the next and column (1; or 0, but not to gate) from one element of
 * a row to the next.
 */
struct mesa_after {
    uint16_t    op;
    const void *x;
    size_t      row, column;
};

enum { MESA_MOST_AFTER = 3 };

struct mesa_product {
    size_t      m, n, k;
    const void *a, *b;
    void       *c;
    size_t      lda, ldb, ldc;
    bool        ta, tb, resume;
    void       *scratch; /* mesa_matmul_scratch() bytes */
    size_t      n_after;
    struct mesa_after after[MESA_MOST_AFTER];
};

/* Bytes of scratch for elements of the size given; 0 if none is needed.
 * Depends on m, n, k, ta and tb of p only, and covers any range of rows; and
 * any m, unless the product is to resume. */
size_t mesa_matmul_scratch(const struct mesa_product *p, size_t size);
void mesa_matmul_f32(const struct mesa_product *p);
void mesa_matmul_f64(const struct mesa_product *p);
/* Rows first ... end - 1 of c only.  Calls that run at the same time need a
 * scratch each. */
void mesa_matmul_rows_f32(const struct mesa_product *p, size_t first,
                          size_t end);
void mesa_matmul_rows_f64(const struct mesa_product *p, size_t first,
                          size_t end);

/*
 * Operations on single elements: name, number of operands (a, then b, then
 * c), number of immediates.  Functions are those of mesa/vmath.h, and for
 * f32 within 0.54 ulp.  In terms of x = a and y = b:
 *
 * min, max     the first operand at a tie, and if one of the two is NaN
 * relu         0 for x <= 0, x otherwise, so NaN stays
 * elu          x for x > 0, expm1(x) otherwise
 * sign         -1 or 1; zeros and NaN stay
 * pow          x to the power of immediate 0, a double also for f32
 * clamp        immediate 0 for x below it, 1 for x above it; NaN stays
 * less, equal  1 where it holds and 0 elsewhere, hence 0 with NaN
 * select       b where a is not 0 (NaN is not), c elsewhere
 * gate         b where a is above 0, 0 elsewhere, hence 0 with NaN
 * fill         immediate 0
 */
#define MESA_TILE_OPS(X)        \
    X(ADD, add, 2, 0)           \
    X(SUB, sub, 2, 0)           \
    X(MUL, mul, 2, 0)           \
    X(DIV, div, 2, 0)           \
    X(MIN, min, 2, 0)           \
    X(MAX, max, 2, 0)           \
    X(NEG, neg, 1, 0)           \
    X(EXP, exp, 1, 0)           \
    X(LOG, log, 1, 0)           \
    X(SQRT, sqrt, 1, 0)         \
    X(SIN, sin, 1, 0)           \
    X(COS, cos, 1, 0)           \
    X(TANH, tanh, 1, 0)         \
    X(SIGMOID, sigmoid, 1, 0)   \
    X(SOFTPLUS, softplus, 1, 0) \
    X(RELU, relu, 1, 0)         \
    X(ELU, elu, 1, 0)           \
    X(ABS, abs, 1, 0)           \
    X(SIGN, sign, 1, 0)         \
    X(POW, pow, 1, 1)           \
    X(CLAMP, clamp, 1, 2)       \
    X(LESS, less, 2, 0)         \
    X(EQUAL, equal, 2, 0)       \
    X(SELECT, select, 3, 0)     \
    X(GATE, gate, 2, 0)         \
    X(COPY, copy, 1, 0)         \
    X(FILL, fill, 0, 1)

enum mesa_tile_op_code {
#define MESA_TILE_ENUM_(id, name, operands, immediates) MESA_TILE_##id,
    MESA_TILE_OPS(MESA_TILE_ENUM_)
#undef MESA_TILE_ENUM_
    MESA_TILE_N_OPS
};

/* Elements that a program works on at a time: a few registers of so many
 * stay in the first-level cache.  A step is some vectors of any length. */
enum { MESA_TILE = 512, MESA_TILE_STEP = 32 };

/* registers[out] = op(registers[a], registers[b], registers[c]); where an
 * operation has fewer operands, the others name any register. */
struct mesa_tile_op {
    uint16_t op; /* enum mesa_tile_op_code, or mesa_tile_chain */
    uint16_t out, a, b, c;
    double   immediate[2]; /* rounded first for f32 */
};

/*
 * Chains of operations that one loop does, element by element, with all that
 * lies between in registers; in the order of their values.  The code stands
 * in place of the first operation's, and all of the chain follow, to name
 * their registers.  The bits are those of one operation after the other.
 * What is uniform is read once.
 *
 * adam    0: c g        7: sqrt(6)   with uniform c, b, c2, b2 and
 *         1: b m        8: 7 z       numbers z, e, r; kept, and so
 *         2: 1 + 0      9: 8 + e     written, are 2, the mean, 6,
 *         3: g g       10: r 2       the square, and 12, the weight;
 *         4: c2 3      11: 10 / 9    nothing else is
 *         5: b2 v      12: p - 11
 *         6: 5 + 4
 * follow  0: x - y, 1: t 0 with uniform t, 2: z + 1, which is kept
 */
enum mesa_tile_chain {
    MESA_TILE_ADAM = MESA_TILE_N_OPS,
    MESA_TILE_FOLLOW,
    MESA_TILE_END_CHAINS
};

/* Operations in each. */
enum { MESA_ADAM_OPS = 13, MESA_FOLLOW_OPS = 3 };

/* Apply each op in turn to the first count elements of its registers, a
 * multiple of MESA_TILE_STEP; others are neither read nor written.  Registers
 * may be any arrays of float or double; two of them are the same array or
 * disjoint. */
void mesa_tile_run_f32(const struct mesa_tile_op *ops, size_t n_ops,
                       void *const *registers, size_t count);
void mesa_tile_run_f64(const struct mesa_tile_op *ops, size_t n_ops,
                       void *const *registers, size_t count);

/*
 * Of a rows by n matrix whose rows are stride elements apart: out[i] from
 * row i (last), out[j] from column j (first).  Sums have a shape that depends
 * on the length only, a tree over short runs, so that even long ones lose
 * little.  Of nothing, the sum is 0 and the largest -infinity; NaN anywhere
 * makes either NaN.  out overlaps x nowhere.
 */
void mesa_reduce_sum_last_f32(const void *x, size_t rows, size_t n,
                              size_t stride, void *out);
void mesa_reduce_sum_last_f64(const void *x, size_t rows, size_t n,
                              size_t stride, void *out);
void mesa_reduce_max_last_f32(const void *x, size_t rows, size_t n,
                              size_t stride, void *out);
void mesa_reduce_max_last_f64(const void *x, size_t rows, size_t n,
                              size_t stride, void *out);
void mesa_reduce_sum_first_f32(const void *x, size_t rows, size_t n,
                               size_t stride, void *out);
void mesa_reduce_sum_first_f64(const void *x, size_t rows, size_t n,
                               size_t stride, void *out);
void mesa_reduce_max_first_f32(const void *x, size_t rows, size_t n,
                               size_t stride, void *out);
void mesa_reduce_max_first_f64(const void *x, size_t rows, size_t n,
                               size_t stride, void *out);

/* out[j] = the sum of column j of so many rows of n, in order; or what it is
 * plus the first, the second, ... if that is to resume. */
void mesa_add_rows_f32(const void *x, size_t rows, size_t n, bool resume,
                       void *out);
void mesa_add_rows_f64(const void *x, size_t rows, size_t n, bool resume,
                       void *out);

#endif
