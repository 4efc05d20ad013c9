/* SPDX-License-Identifier: MIT */
/* array.h - arrays in files of NumPy's format. */
#ifndef MESA_SOURCES_NPY_ARRAY_H
#define MESA_SOURCES_NPY_ARRAY_H

#include "../csv/csv.h"

struct npy_type;

/* An array of one or two dimensions; one counts as a single column. */
struct npy_array {
    struct csv_input       in;
    const struct npy_type *type;
    char                   descr[24];
    bool                   fortran;
    size_t                 dimensions, rows, cols;
    uint64_t               start; /* of the first element */
};

/* Open the file and read its header; everything that can be wrong with it.
 * in.fd must be -1 before.  Close even after failure. */
mesa_status npy_array_open(struct npy_array *a, const char *path,
                           struct mesa_error *err);
void npy_array_close(struct npy_array *a);

/* Column `apart` of no column. */
#define NPY_NONE SIZE_MAX

/*
 * Rows first ... first + n - 1 as doubles: column `apart` into column, the
 * others, next to each other, into x.  Either may be NULL.
 */
mesa_status npy_array_read(const struct npy_array *a, size_t first, size_t n,
                           size_t apart, double *x, double *column,
                           struct mesa_error *err);

/* Rows that make a piece of work. */
size_t npy_array_block(const struct npy_array *a);

#endif
