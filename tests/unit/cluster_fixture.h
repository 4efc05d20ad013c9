/* SPDX-License-Identifier: MIT */
/* cluster_fixture.h - the golden rows, and centres in a known order. */
#ifndef MESA_TESTS_CLUSTER_FIXTURE_H
#define MESA_TESTS_CLUSTER_FIXTURE_H

#include "test.h"

#include "../golden/cluster.h"

static inline struct mesa_dataset
cluster_data(void)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .x = { cluster_x, CLUSTER_ROWS, CLUSTER_COLS, CLUSTER_COLS, NULL },
        .y = cluster_y,
        .n_classes = 2
    };
}

static inline int
compare_centers(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* The four groups' centres, sorted, are those expected. */
static inline void
assert_centers(const double *center, const double *expected)
{
    double sorted[CLUSTER_GROUPS * CLUSTER_COLS];

    memcpy(sorted, center, sizeof sorted);
    qsort(sorted, CLUSTER_GROUPS, CLUSTER_COLS * sizeof *sorted,
          compare_centers);
    for (size_t i = 0; i < CLUSTER_GROUPS * CLUSTER_COLS; i++)
        assert_close(sorted[i], expected[i], 1e-12);
}

#endif
