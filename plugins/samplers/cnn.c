/* SPDX-License-Identifier: MIT */
/*
 * cnn - condensed nearest neighbours (Hart 1968).
 *
 * For each targeted class by itself: a set is started with the rows of the
 * smallest class and some seeds of this one, then this class's rows are gone
 * through in order, and each that its n_neighbors nearest in the set
 * misjudge joins the set.  Seeds and rows that joined are what stays; the
 * smallest class stays whole, whether targeted or not.
 *
 * imbalanced-learn tells rows that need not be looked at by their place in
 * the class, but puts the row numbers of those in the set among these places:
 * it passes over the row at place p of the class if row p of the data is in
 * the set and of this class.  skip = reference does the same, so that from
 * the same seeds rows are the same; skip = none is Hart's rule.
 *
 * Rows of the set that are equally far away share the places left, as in
 * clean.h: a clump of equal rows of both classes joins until it is judged
 * rightly, by few of its rows.  Of equally many votes the lower class wins.
 *
 * The nearest are kept for each row and brought up to date when a row joins,
 * at a cost of O(rows x columns).
 */
#include "seeds.h"

#include <math.h>
#include <string.h>

enum cnn_skip { SKIP_REFERENCE, SKIP_NONE };

struct cnn {
    const char  *sampling_strategy;
    int64_t      n_neighbors;
    struct seeds seeds;
    int          skip;
};

static const struct mesa_choice cnn_skips[] = {
    { "reference", SKIP_REFERENCE, "the row at place p of its class, if row p "
                                   "of the data was chosen from the class, "
                                   "as imbalanced-learn" },
    { "none", SKIP_NONE, "no row, as Hart" },
    { NULL, 0, NULL }
};

static const struct mesa_param cnn_params[] = {
    MESA_STRING(struct cnn, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct cnn, n_neighbors, "n_neighbors", 1, 1, 1000000,
             "Chosen rows that judge a row; equally far ones share the "
             "places left"),
    MESA_INT(struct cnn, seeds.n, "n_seeds_s", 1, 1, INT64_MAX, SEEDS_N_HELP),
    MESA_LIST(struct cnn, seeds.rows, "seed_rows", NULL, SEEDS_ROWS_HELP,
              .min.r = 0, .max.r = 9e15),
    MESA_CHOICE(struct cnn, skip, "skip", SKIP_REFERENCE, cnn_skips,
                "Which rows are passed over", .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

/* The rows of one class, and the nearest of the set to each. */
struct set {
    const struct clean *clean;
    uint32_t            class_;
    size_t             *row, n, k;
    bool               *chosen; /* per row of the data; of this class */
    double             *near;   /* n by k squared distances, ascending */
    bool               *own;    /* which of those are of this class */
    size_t             *tied;   /* n by 2: as far as the k-th, others and own */
    size_t              joins;  /* the row that joins ... */
    size_t              from;   /* ... and the first place that needs to know */
};

static double
square(const double *a, const double *b, size_t cols)
{
    double sum = 0;

    for (size_t j = 0; j < cols; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* A row of the set at that distance, for the row at place i. */
static void
admit(const struct set *s, size_t i, double d, bool own)
{
    double *near = s->near + i * s->k, last = near[s->k - 1];
    bool *of = s->own + i * s->k;
    size_t *tied = s->tied + 2 * i, at = s->k - 1;

    if (!(d < last)) {
        tied[own] += d <= last;
        return;
    }
    for (; at > 0 && near[at - 1] > d; at--) {
        near[at] = near[at - 1];
        of[at] = of[at - 1];
    }
    near[at] = d;
    of[at] = own;
    if (!(near[s->k - 1] < last))
        return;
    /* All that are nearer than the k-th has been are here. */
    tied[0] = tied[1] = 0;
    for (size_t j = 0; j < s->k; j++)
        tied[of[j]] += !(near[j] < near[s->k - 1]);
}

static mesa_status
join_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct set *s = context;
    const struct mesa_dataset *d = s->clean->data;
    const double *x = mesa_row(&d->x, s->joins);
    const bool own = d->y[s->joins] == (int32_t)s->class_;
    size_t first = s->from + chunk * MESA_CHUNK;
    size_t end = smaller(s->n, first + MESA_CHUNK);

    (void)err;
    for (size_t i = first; i < end; i++)
        admit(s, i, square(mesa_row(&d->x, s->row[i]), x, d->x.cols), own);
    return MESA_OK;
}

/* From the place `from` on, rows know of the one that joins. */
static mesa_status
join(struct set *s, size_t joins, size_t from, struct mesa_error *err)
{
    s->joins = joins;
    s->from = from;
    return mesa_parallel_for(MESA_CHUNKS(s->n - from), join_chunk, s, err);
}

/* Is the row at place i judged rightly?  Shared places have a common
 * denominator, so whole numbers will do. */
static bool
is_right(const struct set *s, size_t i)
{
    const double *near = s->near + i * s->k;
    const bool *own = s->own + i * s->k;
    const size_t *tied = s->tied + 2 * i;
    int64_t ahead = 0, places = (int64_t)s->k;

    for (size_t j = 0; j < s->k && near[j] < near[s->k - 1]; j++) {
        ahead += own[j] ? 1 : -1;
        places--;
    }
    ahead = ahead * (int64_t)(tied[0] + tied[1]) +
            places * ((int64_t)tied[1] - (int64_t)tied[0]);
    return ahead > 0 || (ahead == 0 && s->class_ < s->clean->smallest);
}

/* Go through the class; what is not chosen at the end is marked. */
static mesa_status
condense(const struct cnn *cnn, struct set *s, bool *drop,
         struct mesa_error *err)
{
    const struct mesa_dataset *d = s->clean->data;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < s->n * s->k; i++)
        s->near[i] = INFINITY;
    memset(s->tied, 0, 2 * s->n * sizeof *s->tied);
    for (size_t r = 0; r < d->x.rows && st == MESA_OK; r++)
        if (d->y[r] == (int32_t)s->clean->smallest || s->chosen[r])
            st = join(s, r, 0, err);
    for (size_t i = 0; i < s->n && st == MESA_OK; i++) {
        bool skip = cnn->skip == SKIP_REFERENCE && s->chosen[i];

        if (skip || s->chosen[s->row[i]] || is_right(s, i))
            continue;
        s->chosen[s->row[i]] = true;
        st = join(s, s->row[i], i + 1, err);
    }
    for (size_t i = 0; i < s->n && st == MESA_OK; i++)
        drop[s->row[i]] = !s->chosen[s->row[i]];
    return st;
}

static mesa_status
condense_class(const struct cnn *cnn, struct clean *c, uint32_t class_,
               const struct mesa_rng *rng, struct mesa_error *err)
{
    struct set s = { .clean = c, .class_ = class_, .n = c->count[class_],
                     .k = (size_t)cnn->n_neighbors };
    size_t n_seeds = 0;
    mesa_status st;

    s.row = mesa_alloc_raw(s.n, sizeof *s.row);
    s.chosen = mesa_alloc_array(c->data->x.rows, sizeof *s.chosen);
    if (!s.row || !s.chosen) {
        st = mesa_nomem(err, s.n, "row numbers");
        goto out;
    }
    mesa_class_rows(c->data, class_, s.row);
    st = seeds_choose(&cnn->seeds, c, class_, s.row, s.n, rng, s.chosen,
                      &n_seeds, err);
    if (st == MESA_OK)
        st = seeds_k(c, cnn->n_neighbors, n_seeds, err);
    if (st != MESA_OK)
        goto out;
    s.near = mesa_alloc_raw(s.n, s.k * sizeof *s.near);
    s.own = mesa_alloc_array(s.n, s.k * sizeof *s.own);
    s.tied = mesa_alloc_raw(s.n, 2 * sizeof *s.tied);
    st = s.near && s.own && s.tied ? condense(cnn, &s, c->drop, err)
                                   : mesa_nomem(err, s.n, "neighbours");
out:
    mesa_free(s.row);
    mesa_free(s.chosen);
    mesa_free(s.near);
    mesa_free(s.own);
    mesa_free(s.tied);
    return st;
}

static mesa_status
cnn_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    const struct cnn *cnn = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, cnn->sampling_strategy, err);

    (void)feedback;
    if (st == MESA_OK)
        st = seeds_check(&cnn->seeds, &c, err);
    for (uint32_t k = 0; k < data->n_classes && st == MESA_OK; k++)
        if (c.target[k] && k != c.smallest)
            st = condense_class(cnn, &c, k, rng, err);
    if (st == MESA_OK) {
        clean_drop(&c);
        st = clean_report(&c, out, err);
    }
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class cnn = {
    MESA_SAMPLER(struct cnn),
    .head.name   = "cnn",
    .head.title  = "Condensed nearest neighbours: the rows that are needed",
    .head.cite   = "Hart 1968, IEEE Transactions on Information Theory 14",
    .head.params = cnn_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = cnn_resample,
};

MESA_PLUGIN(.name = "cnn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&cnn.head));
