/* SPDX-License-Identifier: MIT */
/*
 * test_kernels.c - operations on tiles: values, limits, fixed bits.
 *
 * The reference for floats is libm in double; for doubles, the scalar
 * functions of mesa/vmath.h, bit for bit.  The checksums at the end are what
 * every compiler and instruction set must arrive at.
 */
#include "test.h"

#include "graph/kernels.h"

#include <math.h>

#define INF INFINITY

/* Elements of the tiles here, which checksums depend on; the longest that
 * programs use may change. */
enum { N = 256 };

static double
ref_sigmoid(double x)
{
    return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double
ref_softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double
ref_elu(double x)
{
    return x > 0 ? x : expm1(x);
}

static double
ours_elu(double x)
{
    return x > 0 ? x : mesa_math_expm1(x);
}

static double
ref_sqrt(double x)
{
    return sqrt(x);
}

/* Functions of one number: for floats the reference is in doubles. */
static const struct {
    const char *name;
    uint16_t    op;
    double    (*reference)(double x);
    double    (*ours)(double x); /* the same bits as the f64 tile */
    double      low, high;
    uint64_t    checksum;
} functions[] = {
    { "exp", MESA_TILE_EXP, exp, mesa_math_exp, -104, 89,
      0xfc4d2bf023bd08c4 },
    { "log", MESA_TILE_LOG, log, mesa_math_log, 0, 10,
      0x5b74846584fbd19b },
    { "sqrt", MESA_TILE_SQRT, ref_sqrt, ref_sqrt, 0, 100,
      0xfe418f66fa0f25c7 },
    { "sin", MESA_TILE_SIN, sin, mesa_math_sin, -100, 100,
      0xc463d3cd742573ad },
    { "cos", MESA_TILE_COS, cos, mesa_math_cos, -100, 100,
      0xba900d4f017a8260 },
    { "tanh", MESA_TILE_TANH, tanh, mesa_math_tanh, -10, 10,
      0xff3affe085dd8466 },
    { "sigmoid", MESA_TILE_SIGMOID, ref_sigmoid, mesa_math_sigmoid, -104, 20,
      0xae22b62e101284b2 },
    { "softplus", MESA_TILE_SOFTPLUS, ref_softplus, mesa_math_softplus, -104,
      20,
      0x48acc1e955fc37d6 },
    { "elu", MESA_TILE_ELU, ref_elu, ours_elu, -20, 2,
      0xfdb97b87493da378 },
};

static uint64_t
next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static float
float_of_bits(uint32_t u)
{
    float x;

    memcpy(&x, &u, sizeof x);
    return x;
}

/* Half of the arguments in the interesting range, a quarter around 0 at all
 * scales, a quarter any bits. */
static float
argument(size_t f, uint64_t *s)
{
    uint64_t kind = next(s) % 4;
    double u = (double)(next(s) >> 11) * 0x1p-53;

    if (kind == 0)
        return float_of_bits((uint32_t)next(s));
    if (kind == 1)
        return (float)ldexp(u - 0.5, -(int)(next(s) % 40));
    return (float)(functions[f].low
                   + u * (functions[f].high - functions[f].low));
}

/* The distance in units of the last place of the exact value. */
static double
ulps(float got, double exact)
{
    float rounded = (float)exact;
    int exponent;

    if (isnan(got) || isnan(rounded))
        return isnan(got) && isnan(rounded) ? 0 : INF;
    if (isinf(got) || isinf(rounded))
        return got == rounded ? 0 : INF;
    frexp(rounded, &exponent);
    exponent = exponent < -125 ? -125 : exponent;
    return fabs((double)got - exact) / ldexp(1, exponent - 24);
}

/* Apply one operation to any number of elements, by way of copies; unused
 * operands are named all the same. */
#define RUN(name, type)                                                   \
    static void                                                           \
    run_##name(uint16_t op, const type *a, const type *b, const type *c,  \
               type *out, double u, double v, size_t count)               \
    {                                                                     \
        type copy[4][N] = { { 0 } };                                      \
        void *const registers[] = { copy[0], copy[1], copy[2], copy[3] }; \
        const struct mesa_tile_op ops = { op, 3, 0, 1, 2, { u, v } };     \
                                                                          \
        memcpy(copy[0], a, count * sizeof *a);                            \
        memcpy(copy[1], b, count * sizeof *b);                            \
        memcpy(copy[2], c, count * sizeof *c);                            \
        mesa_tile_run_##name(&ops, 1, registers,                          \
                             (count + MESA_TILE_STEP - 1) /               \
                                 MESA_TILE_STEP * MESA_TILE_STEP);        \
        memcpy(out, copy[3], count * sizeof *out);                        \
    }
RUN(f32, float)
RUN(f64, double)

static void
test_functions_f32(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        uint64_t s = 1;

        for (int round = 0; round < 200; round++) {
            float x[N], y[N];

            for (int i = 0; i < N; i++)
                x[i] = argument(f, &s);
            run_f32(functions[f].op, x, x, x, y, 0, 0, N);
            for (int i = 0; i < N; i++) {
                double exact = functions[f].reference(x[i]);

                if (!(ulps(y[i], exact) <= 0.54))
                    fail_msg("%s(%a) = %a, not %a", functions[f].name, x[i],
                             y[i], exact);
            }
        }
    }
}

static void
test_functions_f64(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        double x[N], y[N];
        uint64_t s = 2;

        for (int i = 0; i < N; i++)
            x[i] = argument(f, &s) * (1 + 0x1p-40);
        run_f64(functions[f].op, x, x, x, y, 0, 0, N);
        for (int i = 0; i < N; i++)
            if (!isnan(y[i]) || !isnan(functions[f].ours(x[i])))
                assert_bits_equal(y[i], functions[f].ours(x[i]));
    }
}

/* All 8 orders of magnitude of integers and then some. */
static void
test_powers_f32(void **state)
{
    static const double exponents[] = { 0, 1, 2, -1, 3, 0.5, -0.5, 0.1, -2.5,
                                        20, -20, 1e300, INF, -INF };

    (void)state;
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; e++) {
        uint64_t s = 3;

        for (int round = 0; round < 50; round++) {
            float x[N], y[N];

            for (int i = 0; i < N; i++)
                x[i] = i % 2 ? float_of_bits((uint32_t)next(&s))
                             : (float)next(&s) * 0x1p-62f - 2;
            run_f32(MESA_TILE_POW, x, x, x, y, exponents[e], 0, N);
            for (int i = 0; i < N; i++)
                if (!(ulps(y[i], pow(x[i], exponents[e])) <= 0.54))
                    fail_msg("%a^%g = %a", x[i], exponents[e], y[i]);
        }
    }
}

static void
test_powers_f64(void **state)
{
    double x[] = { -2, -0.0, 0.5, 3, INF, -INF }, y[6];

    (void)state;
    for (double e = -3; e <= 3; e += 0.5) {
        run_f64(MESA_TILE_POW, x, x, x, y, e, 0, 6);
        for (int i = 0; i < 6; i++)
            if (!isnan(y[i]) || !isnan(pow(x[i], e)))
                assert_bits_equal(y[i], mesa_math_pow(x[i], e));
    }
}

/* Operation, operands, immediates, result: also the results of f32. */
static const struct {
    uint16_t op;
    double   a, b, c, u, v, result;
} cases[] = {
    { MESA_TILE_ADD, 1, 2, 0, 0, 0, 3 },
    { MESA_TILE_SUB, 1, 2, 0, 0, 0, -1 },
    { MESA_TILE_MUL, 3, -2, 0, 0, 0, -6 },
    { MESA_TILE_DIV, 1, -0.0, 0, 0, 0, -INF },
    { MESA_TILE_DIV, 3, 2, 0, 0, 0, 1.5 },
    { MESA_TILE_MIN, 1, 2, 0, 0, 0, 1 },
    { MESA_TILE_MIN, 2, 1, 0, 0, 0, 1 },
    { MESA_TILE_MIN, 0.0, -0.0, 0, 0, 0, 0.0 },
    { MESA_TILE_MIN, -0.0, 0.0, 0, 0, 0, -0.0 },
    { MESA_TILE_MIN, NAN, 1, 0, 0, 0, NAN },
    { MESA_TILE_MIN, 1, NAN, 0, 0, 0, 1 },
    { MESA_TILE_MAX, 1, 2, 0, 0, 0, 2 },
    { MESA_TILE_MAX, 2, 1, 0, 0, 0, 2 },
    { MESA_TILE_MAX, -0.0, 0.0, 0, 0, 0, -0.0 },
    { MESA_TILE_MAX, NAN, INF, 0, 0, 0, NAN },
    { MESA_TILE_MAX, -INF, NAN, 0, 0, 0, -INF },
    { MESA_TILE_NEG, 1, 0, 0, 0, 0, -1 },
    { MESA_TILE_NEG, 0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_EXP, -INF, 0, 0, 0, 0, 0 },
    { MESA_TILE_EXP, INF, 0, 0, 0, 0, INF },
    { MESA_TILE_EXP, -0.0, 0, 0, 0, 0, 1 },
    { MESA_TILE_EXP, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_LOG, 0, 0, 0, 0, 0, -INF },
    { MESA_TILE_LOG, -0.0, 0, 0, 0, 0, -INF },
    { MESA_TILE_LOG, 1, 0, 0, 0, 0, 0 },
    { MESA_TILE_LOG, INF, 0, 0, 0, 0, INF },
    { MESA_TILE_LOG, -1, 0, 0, 0, 0, NAN },
    { MESA_TILE_LOG, -INF, 0, 0, 0, 0, NAN },
    { MESA_TILE_LOG, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_SQRT, 4, 0, 0, 0, 0, 2 },
    { MESA_TILE_SQRT, -0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_SQRT, -1, 0, 0, 0, 0, NAN },
    { MESA_TILE_SQRT, INF, 0, 0, 0, 0, INF },
    { MESA_TILE_SIN, -0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_SIN, INF, 0, 0, 0, 0, NAN },
    { MESA_TILE_COS, 0, 0, 0, 0, 0, 1 },
    { MESA_TILE_COS, -INF, 0, 0, 0, 0, NAN },
    { MESA_TILE_TANH, INF, 0, 0, 0, 0, 1 },
    { MESA_TILE_TANH, -INF, 0, 0, 0, 0, -1 },
    { MESA_TILE_TANH, -0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_TANH, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_SIGMOID, 0, 0, 0, 0, 0, 0.5 },
    { MESA_TILE_SIGMOID, -INF, 0, 0, 0, 0, 0 },
    { MESA_TILE_SIGMOID, INF, 0, 0, 0, 0, 1 },
    { MESA_TILE_SIGMOID, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_SOFTPLUS, -INF, 0, 0, 0, 0, 0 },
    { MESA_TILE_SOFTPLUS, INF, 0, 0, 0, 0, INF },
    { MESA_TILE_SOFTPLUS, 1000, 0, 0, 0, 0, 1000 },
    { MESA_TILE_SOFTPLUS, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_RELU, 2, 0, 0, 0, 0, 2 },
    { MESA_TILE_RELU, -2, 0, 0, 0, 0, 0 },
    { MESA_TILE_RELU, -0.0, 0, 0, 0, 0, 0.0 },
    { MESA_TILE_RELU, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_ELU, 3, 0, 0, 0, 0, 3 },
    { MESA_TILE_ELU, -INF, 0, 0, 0, 0, -1 },
    { MESA_TILE_ELU, INF, 0, 0, 0, 0, INF },
    { MESA_TILE_ELU, -0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_ELU, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_ABS, -2, 0, 0, 0, 0, 2 },
    { MESA_TILE_ABS, -0.0, 0, 0, 0, 0, 0.0 },
    { MESA_TILE_SIGN, -2, 0, 0, 0, 0, -1 },
    { MESA_TILE_SIGN, 0x1p-140, 0, 0, 0, 0, 1 },
    { MESA_TILE_SIGN, 0.0, 0, 0, 0, 0, 0.0 },
    { MESA_TILE_SIGN, NAN, 0, 0, 0, 0, NAN },
    { MESA_TILE_POW, 3, 0, 0, 2, 0, 9 },
    { MESA_TILE_POW, 4, 0, 0, -1, 0, 0.25 },
    { MESA_TILE_POW, 4, 0, 0, 1, 0, 4 },
    { MESA_TILE_POW, 4, 0, 0, 0, 0, 1 },
    { MESA_TILE_POW, -2, 0, 0, 3, 0, -8 },
    { MESA_TILE_POW, -2, 0, 0, 0.5, 0, NAN },
    { MESA_TILE_POW, 0, 0, 0, -0.5, 0, INF },
    { MESA_TILE_POW, NAN, 0, 0, 0.5, 0, NAN },
    { MESA_TILE_POW, 2, 0, 0, NAN, 0, NAN },
    { MESA_TILE_CLAMP, 5, 0, 0, -1, 1, 1 },
    { MESA_TILE_CLAMP, -5, 0, 0, -1, 1, -1 },
    { MESA_TILE_CLAMP, 0.5, 0, 0, -1, 1, 0.5 },
    { MESA_TILE_CLAMP, NAN, 0, 0, -1, 1, NAN },
    { MESA_TILE_LESS, 1, 2, 0, 0, 0, 1 },
    { MESA_TILE_LESS, 2, 2, 0, 0, 0, 0 },
    { MESA_TILE_LESS, NAN, 2, 0, 0, 0, 0 },
    { MESA_TILE_EQUAL, 2, 2, 0, 0, 0, 1 },
    { MESA_TILE_EQUAL, 0.0, -0.0, 0, 0, 0, 1 },
    { MESA_TILE_EQUAL, NAN, NAN, 0, 0, 0, 0 },
    { MESA_TILE_SELECT, 1, 2, 3, 0, 0, 2 },
    { MESA_TILE_SELECT, -0.0, 2, 3, 0, 0, 3 },
    { MESA_TILE_SELECT, NAN, 2, 3, 0, 0, 2 },
    { MESA_TILE_GATE, 0x1p-140, -2, 0, 0, 0, -2 },
    { MESA_TILE_GATE, 0, 2, 0, 0, 0, 0 },
    { MESA_TILE_GATE, -1, NAN, 0, 0, 0, 0 },
    { MESA_TILE_GATE, NAN, 2, 0, 0, 0, 0 },
    { MESA_TILE_GATE, INF, NAN, 0, 0, 0, NAN },
    { MESA_TILE_COPY, -0.0, 0, 0, 0, 0, -0.0 },
    { MESA_TILE_FILL, 7, 0, 0, 2.5, 0, 2.5 },
};

/* At every place of a tile that is not whole. */
static void
test_cases(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
        double a[35], b[35], c[35], out[35];
        float fa[35], fb[35], fc[35], fout[35];

        for (int i = 0; i < 35; i++) {
            fa[i] = (float)(a[i] = cases[t].a);
            fb[i] = (float)(b[i] = cases[t].b);
            fc[i] = (float)(c[i] = cases[t].c);
        }
        run_f64(cases[t].op, a, b, c, out, cases[t].u, cases[t].v, 35);
        run_f32(cases[t].op, fa, fb, fc, fout, cases[t].u, cases[t].v, 35);
        for (int i = 0; i < 35; i++)
            if (isnan(cases[t].result)) {
                assert_true(isnan(out[i]) && isnan(fout[i]));
            } else {
                assert_bits_equal(out[i], cases[t].result);
                assert_bits_equal(fout[i], cases[t].result);
            }
    }
}

static void
test_every_operation_has_a_case(void **state)
{
    (void)state;
    for (int op = 0; op < MESA_TILE_N_OPS; op++) {
        size_t t = 0;

        while (t < sizeof cases / sizeof *cases && cases[t].op != op)
            t++;
        assert_true(t < sizeof cases / sizeof *cases);
    }
}

/* Immediates are floats for floats, but for the exponent. */
static void
test_immediates(void **state)
{
    float x[] = { 7 }, y[1];

    (void)state;
    run_f32(MESA_TILE_FILL, x, x, x, y, 0.1, 0, 1);
    assert_bits_equal(y[0], 0.1f);
    run_f32(MESA_TILE_CLAMP, x, x, x, y, 0, 0.1, 1);
    assert_bits_equal(y[0], 0.1f);
    x[0] = 0x1p100f;
    run_f32(MESA_TILE_POW, x, x, x, y, 0.1, 0, 1);
    assert_bits_equal(y[0], 1024);
}

/* The result for an element depends neither on the count nor on its place,
 * and what lies behind stays as it is. */
static void
test_counts(void **state)
{
    static const size_t counts[] = { 0, 32, 64, 96, 224, 256 };

    (void)state;
    for (uint16_t op = 0; op < MESA_TILE_N_OPS; op++) {
        float x[3][N], whole[N], part[N + 1];
        double d[3][N], d_whole[N], d_part[N + 1];
        void *const registers[] = { x[0], x[1], x[2], part };
        void *const d_registers[] = { d[0], d[1], d[2], d_part };
        const struct mesa_tile_op ops = { op, 3, 0, 1, 2, { 0.25, 2 } };
        uint64_t s = op;

        for (int i = 0; i < 3 * N; i++)
            d[i / N][i % N] = x[i / N][i % N] = argument(5, &s);
        run_f32(op, x[0], x[1], x[2], whole, 0.25, 2, N);
        run_f64(op, d[0], d[1], d[2], d_whole, 0.25, 2, N);
        for (size_t t = 0; t < sizeof counts / sizeof *counts; t++) {
            size_t n = counts[t];

            part[n] = 42;
            d_part[n] = 42;
            mesa_tile_run_f32(&ops, 1, registers, n);
            mesa_tile_run_f64(&ops, 1, d_registers, n);
            assert_memory_equal(part, whole, n * sizeof *part);
            assert_memory_equal(d_part, d_whole, n * sizeof *d_part);
            assert_true(part[n] == 42 && d_part[n] == 42);
        }
    }
}

/* The result may replace any operand. */
static void
test_in_place(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < MESA_TILE_N_OPS; op++)
        for (uint16_t where = 0; where < 3; where++) {
            float x[3][N], out[N];
            void *const registers[] = { x[0], x[1], x[2] };
            const struct mesa_tile_op ops = { op, where, 0, 1, 2, { 0, 1 } };
            uint64_t s = op;

            for (int i = 0; i < 3 * N; i++)
                x[i / N][i % N] = argument(5, &s);
            run_f32(op, x[0], x[1], x[2], out, 0, 1, N);
            mesa_tile_run_f32(&ops, 1, registers, N);
            assert_memory_equal(x[where], out, sizeof out);
        }
}

/* out = relu(a * b + c), squared: each operation sees the one before. */
static void
test_chain(void **state)
{
    static const struct mesa_tile_op ops[] = {
        { MESA_TILE_MUL, 3, 0, 1, 0, { 0, 0 } },
        { MESA_TILE_ADD, 3, 3, 2, 0, { 0, 0 } },
        { MESA_TILE_RELU, 3, 3, 0, 0, { 0, 0 } },
        { MESA_TILE_MUL, 4, 3, 3, 0, { 0, 0 } },
    };
    double a[MESA_TILE_STEP] = { 1, 2, 3 }, b[MESA_TILE_STEP] = { 2, -2, 0.5 };
    double c[MESA_TILE_STEP] = { 1, 1, 1 }, t[MESA_TILE_STEP];
    double out[MESA_TILE_STEP];
    void *const registers[] = { a, b, c, t, out };

    (void)state;
    mesa_tile_run_f64(ops, 4, registers, MESA_TILE_STEP);
    assert_bits_equal(out[0], 9);
    assert_bits_equal(out[1], 0);
    assert_bits_equal(out[2], 6.25);
    mesa_tile_run_f64(ops, 0, registers, MESA_TILE_STEP);
    assert_bits_equal(out[2], 6.25);
}

static uint64_t
hash(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3;
    return h;
}

/* One NaN stands for all here. */
static void
test_same_bits_everywhere(void **state)
{
    bool same = true;

    (void)state;
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
        uint64_t s = 4, h = 0xcbf29ce484222325;

        for (int round = 0; round < 100; round++) {
            float x[N], y[N];

            for (int i = 0; i < N; i++)
                x[i] = argument(f, &s);
            run_f32(functions[f].op, x, x, x, y, 0, 0, N);
            for (int i = 0; i < N; i++)
                if (!isnan(y[i]))
                    h = hash(h, &y[i], sizeof y[i]);
        }
        if (h == functions[f].checksum)
            continue;
        print_error("%s: 0x%016llx\n", functions[f].name,
                    (unsigned long long)h);
        same = false;
    }
    assert_true(same);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_f32),
        cmocka_unit_test(test_functions_f64),
        cmocka_unit_test(test_powers_f32),
        cmocka_unit_test(test_powers_f64),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_every_operation_has_a_case),
        cmocka_unit_test(test_immediates),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_same_bits_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
