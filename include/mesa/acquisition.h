/* SPDX-License-Identifier: MIT */
/* mesa/acquisition.h - which rows to have labelled next: [acquisition]. */
#ifndef MESA_ACQUISITION_H
#define MESA_ACQUISITION_H

#include <mesa/component.h>
#include <mesa/data.h>
#include <mesa/random.h>

/* What of a pool an acquisition looks at, besides proba and x. */
enum mesa_pool_part {
    MESA_POOL_WHOLE     = 1 << 0, /* all rows at once, not block by block   */
    MESA_POOL_COMMITTEE = 1 << 1, /* what the members of an ensemble say    */
    MESA_POOL_EMBEDDING = 1 << 2, /* what the last hidden layer makes of it */
    MESA_POOL_LABELLED  = 1 << 3  /* the rows labelled so far               */
};

/*
 * What is known of the rows without a label, or of a block of them.  Features
 * are those that the model sees, [transform] applied, and finite.
 */
struct mesa_pool {
    uint32_t            struct_size;
    size_t              n, n_classes;
    const double       *proba;     /* n by n_classes, rows sum to 1          */
    struct mesa_cmatrix x;         /* n rows, for density and diversity      */
    const double       *committee; /* n_members by n by n_classes, or NULL   */
    struct mesa_cmatrix embedding; /* n rows; no rows if there is none       */
    struct mesa_cmatrix labelled;  /* features of rows labelled so far       */
    const size_t       *row;       /* numbers of the n rows, ascending       */
    size_t              n_members;
    const int32_t      *label;     /* n_labelled classes, of those labelled  */
    size_t              n_labelled;
    struct mesa_cmatrix labelled_embedding; /* of those; or no rows          */
};

struct mesa_acquisition_class {
    struct mesa_class head;

    /*
     * Required.  Into utility[n], finite and >= 0, how much the label of each
     * row is worth: larger is queried first, ties go to the lower row.  What
     * is said of a row depends on nothing else of the block, unless `needs`
     * has MESA_POOL_WHOLE; what is random, on its number: the same stream
     * comes with every block, see mesa_rng_uniform_at.
     */
    mesa_status (*score)(const void *self, const struct mesa_pool *pool,
                         double *utility, struct mesa_rng *rng,
                         struct mesa_error *err);

    /*
     * Optional, for batches that are more than the k best rows.  The whole
     * pool; k <= n different ones of its places 0 ... n-1 into pick, those to
     * query first at the front, and what each was worth when it was chosen
     * into utility.
     */
    mesa_status (*select)(const void *self, const struct mesa_pool *pool,
                          size_t k, size_t *pick, double *utility,
                          struct mesa_rng *rng, struct mesa_error *err);

    /* Optional.  What it looks at: bits of enum mesa_pool_part.  A pool may
     * have no committee or embedding for all that, if the model has none. */
    uint32_t (*needs)(const void *self);
};

#define MESA_ACQUISITION(T) \
    MESA_HEAD_(struct mesa_acquisition_class, MESA_KIND_ACQUISITION, 1, T)

MESA_BEGIN

/* The same on an instance, and MESA_ENUMERIC for a utility that is none. */
MESA_API mesa_status
mesa_acquisition_score(const struct mesa_instance *acquisition,
                       const struct mesa_pool *pool, double *utility,
                       struct mesa_rng *rng, struct mesa_error *err);

/* By `select`, or the k rows that `score` finds worth most.  MESA_EINVAL for
 * more rows than there are, or if what was selected is no choice of rows. */
MESA_API mesa_status
mesa_acquisition_select(const struct mesa_instance *acquisition,
                        const struct mesa_pool *pool, size_t k, size_t *pick,
                        double *utility, struct mesa_rng *rng,
                        struct mesa_error *err);

/* What `needs` says, and MESA_POOL_WHOLE for those that select. */
MESA_API uint32_t
mesa_acquisition_needs(const struct mesa_instance *acquisition);

/* Places of the k <= n largest, the largest first, ties to the lower place. */
MESA_API mesa_status mesa_top_k(const double *utility, size_t n, size_t k,
                                size_t *pick, struct mesa_error *err);

MESA_END

#endif
