/* SPDX-License-Identifier: MIT */
/*
 * over.h - what over-samplers share: classes one by one, each with a stream
 * of its own; neighbours by row of the data; rows made between two rows.
 */
#ifndef MESA_SAMPLERS_OVER_H
#define MESA_SAMPLERS_OVER_H

#include <mesa/mesa.h>

/* Rows of the data, ascending. */
struct over_rows {
    size_t  n;
    size_t *row;
};

/* One call of resample, at the class whose turn it is. */
struct over {
    const char                *name; /* of the sampler, for messages */
    const void                *self;
    const struct mesa_dataset *data;
    struct mesa_sample        *out;
    uint32_t                   label;
    struct over_rows           own;    /* the class's rows */
    size_t                     wanted; /* rows to make of it */
    struct mesa_rng            rng;    /* the class's stream */
    struct mesa_neighbors     *all;    /* every row; made when first needed */
    bool                       categories; /* columns of them are fine */
    struct mesa_error         *err;
};

/* Neighbours that rows to be made may lie towards: of base row i those at
 * toward[i * k]. */
struct over_ends {
    const struct over_rows *base;
    size_t                  k;
    size_t                 *toward;
};

/* The word "auto" of neighbour counts, and their help. */
extern const struct mesa_choice over_auto[];
#define OVER_K_HELP                                                     \
    "Rows of the class, nearest to one of its rows, that new rows may " \
    "lie towards; auto takes fewer where the class is small"
#define OVER_M_HELP                                                   \
    "Nearest rows of any class that tell what is at the border; rows " \
    "tied for the last places share them in proportion, to whole rows"

/* Keep all rows, then call make for each class that is to grow. */
mesa_status over_sample(struct over *o, const char *strategy,
                        const struct mesa_rng *rng,
                        mesa_status (*make)(struct over *o));

/* k_neighbors among the class's own rows, 5 usually. */
mesa_status over_k(struct over *o, const char *key, int64_t wanted,
                   size_t *k);

/* Neighbours among rows of any class: usual for 0 (auto), or how many there
 * are, with a warning. */
mesa_status over_m(struct over *o, const char *key, int64_t wanted,
                   size_t usual, size_t *m);

/* The k nearest of base among those rows (NULL: among all rows); a row is not
 * its own.  Free ends->toward, even after failure. */
mesa_status over_find(struct over *o, const struct over_rows *base,
                      const struct over_rows *among, size_t k,
                      struct over_ends *ends);

/* How many of the m nearest of each base row are of another class, into
 * *others, which mesa_free frees, even after failure. */
mesa_status over_others(struct over *o, const struct over_rows *base,
                        size_t m, double **others);

/* What a row is like, of whose m nearest so many are of other classes: all,
 * at least half, or fewer.  Shares of tied rows are rounded to whole rows. */
enum over_place { OVER_NOISE, OVER_DANGER, OVER_SAFE };
enum over_place over_place(double others, size_t m);

/* Report n rows, each between a base row and one of its ends, both drawn at
 * random: step is drawn from [0, scale). */
mesa_status over_between(struct over *o, const struct over_ends *ends,
                         size_t n, double scale);

/* What messages call the class; buffer is for one without a name. */
const char *over_class(const struct over *o, char buffer[16]);

#endif
