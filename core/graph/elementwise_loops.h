/* SPDX-License-Identifier: MIT */
/*
 * elementwise_loops.h - a loop for every operation on elements of one type.
 *
 * Included by elementwise.c, for float and double, with
 *
 *     ELEMENT         the type
 *     NAME(x)         a name of its own for x
 *     BODY(f)         the function f of a number, free of branches
 *     PICK(c, a, b)   a if c, else b, by masks
 *     MAGNITUDE(x)    |x|
 *     SQRT(x)         the square root
 *     NOT_A_NUMBER    the NaN
 *
 * and with loops for sine, cosine and powers before it.  Lengths are
 * multiples of CHUNK, and out is one of the operands or disjoint from all:
 * then compilers make vector code of it without further ado.
 */

typedef void NAME(loop)(const struct mesa_tile_op *op, const ELEMENT *a,
                        const ELEMENT *b, const ELEMENT *c, ELEMENT *out,
                        size_t n);

/* out[i] = the value in terms of x, y, z and the immediates u and v. */
#define LOOP(name, value)                                                  \
    MESA_CLONES static void                                                \
    NAME(name)(const struct mesa_tile_op *op, const ELEMENT *a,            \
               const ELEMENT *b, const ELEMENT *c, ELEMENT *out, size_t n) \
    {                                                                      \
        const ELEMENT u = (ELEMENT)op->immediate[0];                       \
        const ELEMENT v = (ELEMENT)op->immediate[1];                       \
                                                                           \
        for (; n > 0; n -= CHUNK) {                                        \
            INDEPENDENT                                                    \
            for (int i = 0; i < CHUNK; i++) {                              \
                const ELEMENT x = a[i], y = b[i], z = c[i];                \
                                                                           \
                (void)x, (void)y, (void)z, (void)u, (void)v;               \
                out[i] = value;                                            \
            }                                                              \
            a += CHUNK, b += CHUNK, c += CHUNK, out += CHUNK;              \
        }                                                                  \
    }

LOOP(add, x + y)
LOOP(sub, x - y)
LOOP(mul, x * y)
LOOP(div, x / y)
LOOP(min, PICK(y < x, y, x))
LOOP(max, PICK(y > x, y, x))
LOOP(neg, -x)
LOOP(exp, BODY(exp)(x))
LOOP(log, BODY(log)(x))
LOOP(sqrt, PICK(x < 0, NOT_A_NUMBER, SQRT(x)))
LOOP(tanh, BODY(tanh)(x))
LOOP(sigmoid, BODY(sigmoid)(x))
LOOP(softplus, BODY(softplus)(x))
LOOP(relu, PICK(x <= 0, 0, x))
LOOP(elu, PICK(x > 0, x, BODY(expm1)(x)))
LOOP(abs, MAGNITUDE(x))
LOOP(sign, PICK(x > 0, 1, PICK(x < 0, -1, x)))
LOOP(square, x * x)
LOOP(reciprocal, 1 / x)
LOOP(clamp, PICK(x < u, u, PICK(x > v, v, x)))
LOOP(less, PICK(x < y, 1, 0))
LOOP(equal, PICK(x == y, 1, 0))
LOOP(select, PICK(x != 0, y, z))
LOOP(gate, PICK(x > 0, y, 0))
LOOP(copy, x)
LOOP(fill, u)

/* The common exponents need no logarithm. */
static void
NAME(pow)(const struct mesa_tile_op *op, const ELEMENT *a, const ELEMENT *b,
          const ELEMENT *c, ELEMENT *out, size_t n)
{
    if (op->immediate[0] == 2)
        NAME(square)(op, a, b, c, out, n);
    else if (op->immediate[0] == 1)
        NAME(copy)(op, a, b, c, out, n);
    else if (op->immediate[0] == -1)
        NAME(reciprocal)(op, a, b, c, out, n);
    else
        NAME(any_pow)(a, op->immediate[0], out, n);
}

/* The chains. */
#define FROM(i, x) ((const ELEMENT *)registers[op[i].x])
#define TO(i) ((ELEMENT *)registers[op[i].out])

MESA_CLONES static void
NAME(adam)(const struct mesa_tile_op *op, void *const *registers, size_t n)
{
    const ELEMENT *g = FROM(0, b), *m = FROM(1, b), *v = FROM(5, b);
    const ELEMENT *p = FROM(12, a);
    const ELEMENT c = *FROM(0, a), b = *FROM(1, a), c2 = *FROM(4, a);
    const ELEMENT b2 = *FROM(5, a), correction = *FROM(8, b);
    const ELEMENT epsilon = *FROM(9, b), rate = *FROM(10, a);
    ELEMENT *mean = TO(2), *square = TO(6), *weight = TO(12);

    for (; n > 0; n -= CHUNK) {
        INDEPENDENT
        for (int i = 0; i < CHUNK; i++) {
            const ELEMENT x = b * m[i] + c * g[i];
            const ELEMENT y = b2 * v[i] + c2 * (g[i] * g[i]);
            const ELEMENT root = PICK(y < 0, NOT_A_NUMBER, SQRT(y));

            mean[i] = x;
            square[i] = y;
            weight[i] = p[i] - rate * x / (root * correction + epsilon);
        }
        g += CHUNK, m += CHUNK, v += CHUNK, p += CHUNK;
        mean += CHUNK, square += CHUNK, weight += CHUNK;
    }
}

MESA_CLONES static void
NAME(follow)(const struct mesa_tile_op *op, void *const *registers, size_t n)
{
    const ELEMENT *x = FROM(0, a), *y = FROM(0, b), *z = FROM(2, a);
    const ELEMENT part = *FROM(1, a);
    ELEMENT *out = TO(2);

    for (; n > 0; n -= CHUNK) {
        INDEPENDENT
        for (int i = 0; i < CHUNK; i++)
            out[i] = z[i] + part * (x[i] - y[i]);
        x += CHUNK, y += CHUNK, z += CHUNK, out += CHUNK;
    }
}

#undef FROM
#undef TO

#define ENTRY(id, name, operands, immediates) NAME(name),
static NAME(loop) *const NAME(loops)[] = { MESA_TILE_OPS(ENTRY) };
#undef ENTRY

static void
NAME(run)(const struct mesa_tile_op *ops, size_t n_ops,
          void *const *registers, size_t count)
{
    for (const struct mesa_tile_op *op = ops; op < ops + n_ops; op++) {
        if (op->op == MESA_TILE_ADAM) {
            NAME(adam)(op, registers, count);
            op += MESA_ADAM_OPS - 1;
        } else if (op->op == MESA_TILE_FOLLOW) {
            NAME(follow)(op, registers, count);
            op += MESA_FOLLOW_OPS - 1;
        } else {
            NAME(loops)[op->op](op, registers[op->a], registers[op->b],
                                registers[op->c], registers[op->out], count);
        }
    }
}

#undef LOOP
#undef ELEMENT
#undef NAME
#undef BODY
#undef PICK
#undef MAGNITUDE
#undef SQRT
#undef NOT_A_NUMBER
