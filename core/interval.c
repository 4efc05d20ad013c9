/* SPDX-License-Identifier: MIT */
/*
 * interval.c - Student's t by bisection of its probability, which is a finite
 * sum for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4),
 * and Wilson's score interval (1927) of a share.
 */
#include "interval.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* How likely |t| is to be below sqrt(v) tan(angle). */
static double
probability(size_t v, double angle)
{
    const double c = mesa_math_cos(angle), s = mesa_math_sin(angle);
    double term = v % 2 ? c : 1.0, sum = 0.0;

    for (size_t i = v % 2 ? 1 : 0; i + 2 <= v; i += 2) {
        sum += term;
        term *= c * c * (double)(i + 1) / (double)(i + 2);
    }
    return v % 2 ? 2.0 / pi * (angle + s * sum) : s * sum;
}

double
mesa_student_975(size_t degrees)
{
    /* From here on it changes by less than 1e-4. */
    const size_t v = MESA_MIN(degrees, (size_t)5000);
    double low = 0.0, high = pi / 2;

    if (v == 0)
        return NAN;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);

        if (probability(v, middle) < 0.95)
            low = middle;
        else
            high = middle;
    }
    return sqrt((double)v) * mesa_math_sin(low) / mesa_math_cos(low);
}

void
mesa_wilson(size_t k, size_t n, double *low, double *high)
{
    const double z = 1.959963984540054, m = (double)n;
    const double share = (double)k / m, scale = 1.0 / (1.0 + z * z / m);
    const double centre = scale * (share + 0.5 * z * z / m);
    const double half = scale * z *
                        sqrt(share * (1.0 - share) / m +
                             0.25 * z * z / (m * m));

    *low = fmax(0.0, centre - half);
    *high = fmin(1.0, centre + half);
}
