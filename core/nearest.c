/* SPDX-License-Identifier: MIT */
/*
 * nearest.c - "did you mean": the edit distance (insert, delete, replace,
 * swap neighbours) between what was typed and what exists.
 */
#include "settings.h"

#include <string.h>

#define LONGEST 64

static size_t
least(size_t a, size_t b, size_t c)
{
    return MESA_MIN(MESA_MIN(a, b), c);
}

/* Optimal string alignment distance; SIZE_MAX for over-long strings. */
static size_t
distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t row[3][LONGEST + 1];
    size_t *before = row[0], *last = row[1], *now = row[2];

    if (n > LONGEST || m > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(last[j] + 1, now[j - 1] + 1,
                           last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1])
                now[j] = MESA_MIN(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

void
mesa_nearest_offer(struct mesa_nearest *nearest, const char *candidate)
{
    size_t d = distance(nearest->typed, candidate);
    size_t length = strlen(nearest->typed);
    size_t limit = length <= 4 ? 1 : length <= 8 ? 2 : 3;

    if (d <= limit && (!nearest->best || d < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = d;
    }
}
