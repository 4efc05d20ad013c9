/* SPDX-License-Identifier: MIT */
/* pool.h - rows without a label, and asking acquisitions about them. */
#ifndef MESA_CONFORM_POOL_H
#define MESA_CONFORM_POOL_H

#include "bench.h"

enum pool_look {
    POOL_MIXED,   /* no two rows are alike                    */
    POOL_CERTAIN, /* every probability is 0 or 1              */
    POOL_ALIKE,   /* all rows are the same one                */
    POOL_BLANK    /* and that is all zeros, its classes equal */
};

enum {
    POOL_PARTS = MESA_POOL_COMMITTEE | MESA_POOL_EMBEDDING |
                 MESA_POOL_LABELLED,
    POOL_KNOWN = POOL_PARTS | MESA_POOL_WHOLE
};

/* As a run makes it: of the parts that there are, those that are needed; but
 * the classes of labelled rows are always there. */
struct pool_plan {
    size_t         rows, n_classes;
    enum pool_look look;
    uint32_t       parts, needs; /* enum mesa_pool_part */
    uint64_t       seed;
};

/* A pool of the bench's.  Numbers of rows have gaps. */
struct mesa_pool *toy_pool(struct bench *b, const struct pool_plan *plan);

/* The rows at these places, with their numbers. */
struct mesa_pool *pool_rows(struct bench *b, const struct mesa_pool *pool,
                            const size_t *place, size_t n);

/* The same, its matrices with a wider stride and an index. */
struct mesa_pool *pool_scattered(struct bench *b,
                                 const struct mesa_pool *pool);

/* Everything that an acquisition might write to by mistake. */
uint64_t pool_checksum(const struct mesa_pool *pool);

/* Rows of two classes, with all that the acquisition needs. */
struct mesa_pool *pool_for(struct bench *b, const struct mesa_instance *a,
                           size_t rows, enum pool_look look);

/* Numbers that are NaN until they are written: the core refuses that. */
double *bench_blank(struct bench *b, size_t n);

/* What is written behind the last row is seen there. */
enum { BEHIND = 8 };

mesa_status try_score(struct bench *b, const struct mesa_instance *a,
                      const struct mesa_pool *pool, double *utility,
                      uint64_t seed, struct mesa_error *err);
double *must_score(struct bench *b, const struct mesa_instance *a,
                   const struct mesa_pool *pool, uint64_t seed);

/* k rows, and BEHIND after them that are SIZE_MAX and NaN. */
struct choice {
    size_t *pick;
    double *utility;
};

struct choice must_select(struct bench *b, const struct mesa_instance *a,
                          const struct mesa_pool *pool, size_t k,
                          uint64_t seed);
void expect_same_choice(struct bench *b, const struct choice *one,
                        const struct choice *other, size_t k,
                        const char *what);

/* Scores, and choices where there are such. */
void use(struct bench *b, const struct mesa_instance *a,
         const struct mesa_pool *pool);

#endif
