/* SPDX-License-Identifier: MIT */
/*
 * ncr - neighbourhood cleaning rule (Laurikkala 2001).
 *
 * Two groups go: rows of targeted classes of which another class has more
 * among their n_neighbors nearest (enn with mode); and, where that many are
 * nearest to a row of the smallest class that is itself misjudged, those of
 * targeted classes that are not too small.  What misjudged means is kind_sel:
 *
 *     classify   by its n_neighbors nearest, itself among them: what
 *                imbalanced-learn does since 0.12, and the default.  A class
 *                is too small with threshold_cleaning times the rows of the
 *                smallest class, or less.
 *     mode, all  by its n_neighbors nearest, itself not among them: as
 *                imbalanced-learn 0.10.  A class is too small with
 *                threshold_cleaning times all rows, or less.  For all,
 *                0.10 takes any class but 0 for the smallest, we do not.
 *
 * Votes are shared where distances are tied (clean.h); and of the rows that
 * are tied for fewer places than they are, none is dropped as a neighbour:
 * the rows equal to a misjudged one stay if there are many.
 *
 * The cost is that of one neighbour search for each row of a targeted class
 * and two for each row of the smallest.
 */
#include "clean.h"

#include <math.h>

enum ncr_kind { NCR_CLASSIFY, NCR_MODE, NCR_ALL };

struct ncr {
    const char *sampling_strategy;
    int64_t     n_neighbors;
    int         kind_sel;
    double      threshold_cleaning;
};

static const struct mesa_choice ncr_kinds[] = {
    { "classify", NCR_CLASSIFY, "the nearest rows, itself the first of them, "
                                "have more of another class" },
    { "mode", NCR_MODE, "its neighbours have more of another class" },
    { "all", NCR_ALL, "any of its neighbours is of another class" },
    { NULL, 0, NULL }
};

static const struct mesa_param ncr_params[] = {
    MESA_STRING(struct ncr, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct ncr, n_neighbors, "n_neighbors", 3, 1, 1000000,
             CLEAN_N_NEIGHBORS_HELP, .choices = clean_auto),
    MESA_CHOICE(struct ncr, kind_sel, "kind_sel", NCR_CLASSIFY, ncr_kinds,
                "When the neighbours of a row of the smallest class go"),
    MESA_REAL(struct ncr, threshold_cleaning, "threshold_cleaning", 0.5, 0.0,
              INFINITY,
              "Classes up to this share of the smallest class (mode and all: "
              "of all rows) lose no neighbours of the smallest class"),
    MESA_PARAM_END
};

/* The rows of the smallest class that are misjudged, to the front of place;
 * how many. */
static mesa_status
ncr_misjudged(const struct ncr *ncr, const struct clean *c, size_t k,
              size_t *place, size_t *n, struct mesa_error *err)
{
    const uint32_t classes = c->data->n_classes;
    const bool with_itself = ncr->kind_sel == NCR_CLASSIFY;
    size_t all = mesa_class_rows(c->data, c->smallest, place);
    double *votes = mesa_alloc_array(all, classes * sizeof *votes);
    mesa_status st = votes ? MESA_OK : mesa_nomem(err, all, "votes");

    *n = 0;
    if (st == MESA_OK && k > with_itself)
        st = clean_votes(c, place, all, k - with_itself, votes, err);
    for (size_t i = 0; i < all && st == MESA_OK; i++) {
        double *of = votes + i * classes;

        of[c->smallest] += with_itself;
        if (!clean_stays(of, classes, (int32_t)c->smallest,
                         ncr->kind_sel == NCR_ALL ? CLEAN_ALL : CLEAN_MODE))
            place[(*n)++] = place[i];
    }
    mesa_free(votes);
    return st;
}

/* May rows of the class go as neighbours? */
static bool
ncr_is_large(const struct ncr *ncr, const struct clean *c, int32_t class_)
{
    size_t base = ncr->kind_sel == NCR_CLASSIFY ? c->count[c->smallest]
                                                : c->data->x.rows;

    return c->target[class_] && (double)c->count[class_] >
                                    (double)base * ncr->threshold_cleaning;
}

/* Mark the k nearest of n rows, without those for which there are not enough
 * places. */
static mesa_status
ncr_mark(const struct ncr *ncr, struct clean *c, size_t k,
         const size_t *place, size_t n, struct mesa_error *err)
{
    const size_t more = smaller(k + 1, c->n - 1);
    size_t *index = mesa_alloc_raw(n, more * sizeof *index);
    double *distance = mesa_alloc_raw(n, more * sizeof *distance);
    mesa_status st = index && distance ? MESA_OK
                                       : mesa_nomem(err, n, "neighbours");

    if (st == MESA_OK && n > 0)
        st = clean_find(c, place, n, more, index, distance, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        const double *d = distance + i * more;

        for (size_t j = 0; j < k && (more == k || d[j] < d[k]); j++) {
            size_t r = index[i * more + j];

            if (ncr_is_large(ncr, c, c->data->y[r]))
                c->drop[r] = true;
        }
    }
    mesa_free(index);
    mesa_free(distance);
    return st;
}

static mesa_status
ncr_clean(const struct ncr *ncr, struct clean *c, struct mesa_error *err)
{
    size_t *place = mesa_alloc_raw(c->count[c->smallest], sizeof *place);
    size_t n = 0, k = 0;
    mesa_status st = place ? clean_k(c, ncr->n_neighbors, &k, err)
                           : mesa_nomem(err, c->n, "row numbers");

    if (st == MESA_OK)
        st = clean_look(c, err);
    if (st == MESA_OK)
        st = clean_edit(c, k, CLEAN_MODE, err);
    if (st == MESA_OK)
        st = ncr_misjudged(ncr, c, k, place, &n, err);
    if (st == MESA_OK)
        st = ncr_mark(ncr, c, k, place, n, err);
    if (st == MESA_OK)
        clean_drop(c);
    mesa_free(place);
    return st;
}

static mesa_status
ncr_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    const struct ncr *ncr = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, ncr->sampling_strategy, err);

    (void)feedback;
    (void)rng;
    if (st == MESA_OK)
        st = ncr_clean(ncr, &c, err);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class ncr = {
    MESA_SAMPLER(struct ncr),
    .head.name   = "ncr",
    .head.title  = "Neighbourhood cleaning rule",
    .head.cite   = "Laurikkala 2001, Artificial Intelligence in Medicine, "
                   "LNAI 2101",
    .head.params = ncr_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = ncr_resample,
};

MESA_PLUGIN(.name = "ncr", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&ncr.head));
