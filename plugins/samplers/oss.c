/* SPDX-License-Identifier: MIT */
/*
 * oss - one-sided selection (Kubat and Matwin 1997).
 *
 * For each targeted class by itself: from the rows of the smallest class and
 * some seeds of this one, its other rows are judged by their n_neighbors
 * nearest; those judged rightly are redundant and go.  Then the rows of
 * targeted classes go that are in a Tomek link with what is left.  The
 * smallest class stays whole, but for Tomek links if it is targeted.
 *
 * Rows that are equally far away share the places left (clean.h, links.c), and
 * of equally many votes the lower class wins.  From the same seeds, and
 * without ties, rows are imbalanced-learn's.  The cost is that of one search
 * among the smallest class, and one among what it leaves, for each row of a
 * targeted class.
 */
#include "seeds.h"

enum { BATCH = 16384 };

struct oss {
    const char  *sampling_strategy;
    int64_t      n_neighbors;
    struct seeds seeds;
};

static const struct mesa_param oss_params[] = {
    MESA_STRING(struct oss, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct oss, n_neighbors, "n_neighbors", 1, 1, 1000000,
             "Rows of the smallest class and seeds that judge a row; equally "
             "far ones share the places left"),
    MESA_INT(struct oss, seeds.n, "n_seeds_s", 1, 1, INT64_MAX, SEEDS_N_HELP),
    MESA_LIST(struct oss, seeds.rows, "seed_rows", NULL, SEEDS_ROWS_HELP,
              .min.r = 0, .max.r = 9e15),
    MESA_PARAM_END
};

/* One class: the set that judges its rows, and those. */
struct side {
    struct clean          *clean;
    uint32_t               class_;
    size_t                 k;
    bool                  *seed; /* per row of the data */
    size_t                *row;  /* of the set, then those to judge */
    struct mesa_subset     set;
    struct mesa_neighbors *neighbors;
};

/* Mark those of n rows that the set judges rightly. */
static mesa_status
judge_rows(struct side *s, const size_t *row, size_t n, double *votes,
           struct mesa_error *err)
{
    struct clean *c = s->clean;
    const uint32_t classes = c->data->n_classes;
    struct mesa_cmatrix x;
    size_t *index;
    mesa_status st = clean_view(c->data, row, n, &x, &index, err);

    if (st == MESA_OK)
        st = mesa_neighbors_votes(s->neighbors,
                                  &(struct mesa_query){
                                      sizeof(struct mesa_query), &x, NULL,
                                      s->k },
                                  votes, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        c->drop[row[i]] = clean_stays(votes + i * classes, classes,
                                      (int32_t)s->class_, CLEAN_MODE);
    mesa_free(index);
    return st;
}

static mesa_status
judge_class(struct side *s, struct mesa_error *err)
{
    const struct mesa_dataset *d = s->clean->data;
    const size_t batch = smaller(BATCH, d->x.rows);
    double *votes = mesa_alloc_raw(batch, d->n_classes * sizeof *votes);
    mesa_status st = votes ? MESA_OK : mesa_nomem(err, batch, "votes");
    size_t next = 0;

    while (next < d->x.rows && st == MESA_OK) {
        size_t n = 0;

        for (; next < d->x.rows && n < batch; next++)
            if (d->y[next] == (int32_t)s->class_ && !s->seed[next])
                s->row[n++] = next;
        if (n > 0)
            st = judge_rows(s, s->row, n, votes, err);
    }
    mesa_free(votes);
    return st;
}

/* The rows of the smallest class and the seeds, ready to search. */
static mesa_status
look_at_set(struct side *s, struct mesa_error *err)
{
    const struct clean *c = s->clean;
    size_t n = 0;
    mesa_status st;

    for (size_t r = 0; r < c->data->x.rows; r++)
        if (s->seed[r] || c->data->y[r] == (int32_t)c->smallest)
            s->row[n++] = r;
    st = mesa_subset_init(&s->set, c->data, s->row, n, err);
    return st == MESA_OK ? mesa_neighbors_new(&s->set.data, MESA_EUCLIDEAN,
                                              &s->neighbors, err)
                         : st;
}

static mesa_status
select_class(const struct oss *oss, struct clean *c, uint32_t class_,
             const struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t rows = c->data->x.rows;
    struct side s = { .clean = c, .class_ = class_,
                      .k = (size_t)oss->n_neighbors };
    size_t n, n_seeds = 0;
    mesa_status st;

    s.row = mesa_alloc_raw(rows, sizeof *s.row);
    s.seed = mesa_alloc_array(rows, sizeof *s.seed);
    if (!s.row || !s.seed) {
        st = mesa_nomem(err, rows, "row numbers");
        goto out;
    }
    n = mesa_class_rows(c->data, class_, s.row);
    st = seeds_choose(&oss->seeds, c, class_, s.row, n, rng, s.seed, &n_seeds,
                      err);
    if (st == MESA_OK)
        st = seeds_k(c, oss->n_neighbors, n_seeds, err);
    if (st == MESA_OK)
        st = look_at_set(&s, err);
    if (st == MESA_OK)
        st = judge_class(&s, err);
out:
    mesa_neighbors_free(s.neighbors);
    mesa_subset_free(&s.set);
    mesa_free(s.row);
    mesa_free(s.seed);
    return st;
}

/* Drop what is marked, and then what is in Tomek links. */
static mesa_status
drop_links(struct clean *c, struct mesa_error *err)
{
    mesa_status st;

    clean_drop(c);
    st = clean_look(c, err);
    if (st == MESA_OK)
        st = clean_links(c, err);
    if (st == MESA_OK)
        clean_drop(c);
    return st;
}

static mesa_status
oss_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    const struct oss *oss = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, oss->sampling_strategy, err);

    (void)feedback;
    if (st == MESA_OK)
        st = seeds_check(&oss->seeds, &c, err);
    for (uint32_t k = 0; k < data->n_classes && st == MESA_OK; k++)
        if (c.target[k] && k != c.smallest)
            st = select_class(oss, &c, k, rng, err);
    if (st == MESA_OK)
        st = drop_links(&c, err);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class oss = {
    MESA_SAMPLER(struct oss),
    .head.name   = "oss",
    .head.title  = "One-sided selection: no redundant rows, no Tomek links",
    .head.cite   = "Kubat and Matwin 1997, ICML",
    .head.params = oss_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = oss_resample,
};

MESA_PLUGIN(.name = "oss", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&oss.head));
