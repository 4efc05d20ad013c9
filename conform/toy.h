/* SPDX-License-Identifier: MIT */
/* toy.h - small datasets, drawn from the bench's streams. */
#ifndef MESA_CONFORM_TOY_H
#define MESA_CONFORM_TOY_H

#include "bench.h"

/*
 * Gaussian clouds, one per class, rows of all classes mixed.  distance is
 * that between neighbouring centres in standard deviations: 8 is separable,
 * 1.5 is not.
 */
struct toy {
    size_t   rows, cols;
    uint32_t n_classes;
    double   distance;
    double   share; /* of each class but the first, of all rows */
    uint64_t seed;
};

/* A dataset of the bench's; its matrix and labels may be changed. */
struct mesa_dataset *toy_data(struct bench *b, const struct toy *toy);

/* The ones that most checks use: 120 rows of 3 columns, two classes. */
struct mesa_dataset *toy_separable(struct bench *b, uint64_t seed);
struct mesa_dataset *toy_overlapping(struct bench *b, uint64_t seed);
/* Few rows, for what is done many times. */
struct mesa_dataset *toy_small(struct bench *b);

double *toy_x(struct mesa_dataset *d);
int32_t *toy_y(struct mesa_dataset *d);

/* The same rows in another layout: a wider stride, and an index into rows
 * that lie in another order with others between them. */
struct mesa_dataset *toy_scattered(struct bench *b,
                                   const struct mesa_dataset *d);

/* NaN into every fifth value, and the flag that says so. */
void toy_make_missing(struct mesa_dataset *d);

/* Names for up to three columns of rows of two classes; and the last of them
 * holds three categories. */
void toy_make_names(struct bench *b, struct mesa_dataset *d);
void toy_make_categories(struct bench *b, struct mesa_dataset *d);

/* Probabilities as an ensemble might give them, of two classes or more; each
 * step gives others. */
double *toy_proba(struct bench *b, const struct mesa_dataset *d, size_t step);

/* Everything that a method might write to by mistake. */
uint64_t toy_checksum(const struct mesa_dataset *d);

#endif
