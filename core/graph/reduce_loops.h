/* SPDX-License-Identifier: MIT */
/*
 * reduce_loops.h - reductions by one operation, of one type of element.
 *
 * Included by reduce.c, once for every combination, with
 *
 *     ELEMENT        float or double
 *     NAME(x)        a name of its own for x
 *     COMBINE(a, b)  the operation, by masks, for vectors
 *     CHOOSE(a, b)   the operation, for one pair
 *     NEUTRAL        what leaves the other operand as it is
 */

/* FEW < n <= CHUNK elements, in LANES chains. */
MESA_CLONES static ELEMENT
NAME(chunk)(const ELEMENT *x, size_t n)
{
    ELEMENT part[LANES], rest[LANES];

    for (int i = 0; i < LANES; i++)
        part[i] = rest[i] = NEUTRAL;
    for (; n >= LANES; n -= LANES, x += LANES)
        for (int i = 0; i < LANES; i++)
            part[i] = COMBINE(part[i], x[i]);
    memcpy(rest, x, n * sizeof *x);
    for (int i = 0; i < LANES; i++)
        part[i] = COMBINE(part[i], rest[i]);
    for (int i = 0; i < 16; i++)
        part[i] = COMBINE(part[i], part[i + 16]);
    for (int i = 0; i < 8; i++)
        part[i] = COMBINE(part[i], part[i + 8]);
    for (int i = 0; i < 4; i++)
        part[i] = COMBINE(part[i], part[i + 4]);
    part[0] = COMBINE(part[0], part[2]);
    part[1] = COMBINE(part[1], part[3]);
    return COMBINE(part[0], part[1]);
}

/* Any number of them, by a tree. */
static ELEMENT
NAME(row)(const ELEMENT *x, size_t n)
{
    size_t half = CHUNK;
    ELEMENT left, right;

    if (n <= CHUNK)
        return NAME(chunk)(x, n);
    while (half < n - half)
        half *= 2;
    left = NAME(row)(x, half);
    right = NAME(row)(x + half, n - half);
    return COMBINE(left, right);
}

static void
NAME(last)(const ELEMENT *x, size_t rows, size_t n, size_t stride,
           ELEMENT *out)
{
    for (size_t i = 0; i < rows; i++, x += stride) {
        ELEMENT result = NEUTRAL;

        if (n > FEW)
            result = NAME(row)(x, n);
        else
            for (size_t j = 0; j < n; j++)
                result = CHOOSE(result, x[j]);
        out[i] = result;
    }
}

/* Up to RUN rows in order; width is NARROW or WIDE. */
KERNEL void
NAME(run)(const ELEMENT *x, size_t rows, size_t stride, ELEMENT *out,
          int width)
{
    ELEMENT result[WIDE];

    for (int j = 0; j < width; j++)
        result[j] = NEUTRAL;
    for (; rows > 0; rows--, x += stride)
        for (int j = 0; j < width; j++)
            result[j] = COMBINE(result[j], x[j]);
    memcpy(out, result, (size_t)width * sizeof *out);
}

MESA_CLONES static void
NAME(run_any)(const ELEMENT *x, size_t rows, size_t stride, ELEMENT *out,
              size_t width)
{
    if (width == WIDE)
        NAME(run)(x, rows, stride, out, WIDE);
    else if (width == NARROW)
        NAME(run)(x, rows, stride, out, NARROW);
    else
        for (*out = NEUTRAL; rows > 0; rows--, x += stride)
            *out = CHOOSE(*out, *x);
}

/* Any number of rows, by a tree. */
static void
NAME(strip)(const ELEMENT *x, size_t rows, size_t stride, ELEMENT *out,
            size_t width)
{
    size_t half = RUN;
    ELEMENT right[WIDE];

    if (rows <= RUN) {
        NAME(run_any)(x, rows, stride, out, width);
        return;
    }
    while (half < rows - half)
        half *= 2;
    NAME(strip)(x, half, stride, out, width);
    NAME(strip)(x + half * stride, rows - half, stride, right, width);
    for (size_t j = 0; j < width; j++)
        out[j] = COMBINE(out[j], right[j]);
}

static void
NAME(first)(const ELEMENT *x, size_t rows, size_t n, size_t stride,
            ELEMENT *out)
{
    size_t width;

    for (size_t j = 0; j < n; j += width) {
        width = n - j >= WIDE ? WIDE : n >= NARROW ? NARROW : 1;
        /* The last strip overlaps its neighbour rather than stick out. */
        j = MESA_MIN(j, n - width);
        NAME(strip)(x + j, rows, stride, out + j, width);
    }
}

#undef ELEMENT
#undef NAME
#undef COMBINE
#undef CHOOSE
#undef NEUTRAL
