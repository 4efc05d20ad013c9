/* SPDX-License-Identifier: MIT */
/* evaluate_plane.h - rows of any number of columns, seen in a plane. */
#ifndef MESA_CORE_EVALUATE_PLANE_H
#define MESA_CORE_EVALUATE_PLANE_H

#include "internal.h"

/* Two columns as they are, or two principal components of standardised ones:
 * place i of row x is the sum of axis[i][j] * (x[j] - mean[j]) / scale[j]. */
struct mesa_plane {
    size_t  cols;
    bool    direct;   /* the first two columns are the axes              */
    double  share[2]; /* of the variance of all columns                  */
    double *mean, *scale, *axis[2], *block_;
};

/* Free even after failure. */
MESA_INTERNAL mesa_status mesa_plane_init(struct mesa_plane *out,
                                          const struct mesa_cmatrix *x,
                                          struct mesa_error *err);
/* False if rows do not vary in two directions, or values are too large. */
MESA_INTERNAL bool mesa_plane_is_sound(const struct mesa_plane *plane);
MESA_INTERNAL void mesa_plane_free(struct mesa_plane *plane);

/* Where a row is; missing values are at the mean.  The row of a place. */
MESA_INTERNAL void mesa_plane_place(const struct mesa_plane *plane,
                                    const double *x, double place[2]);
MESA_INTERNAL void mesa_plane_row(const struct mesa_plane *plane,
                                  const double place[2], double *x);

#endif
