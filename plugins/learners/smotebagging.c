/* SPDX-License-Identifier: MIT */
/*
 * smotebagging - bags with more and more repeated and fewer made rows.
 *
 * Each bag has as many rows of every class as the largest class has.  Its own
 * rows are drawn with replacement.  Of a smaller class, b % are its rows drawn
 * with replacement and the rest is made by the sampler, b being 10, 20, ...
 * 100 in turn, so that bags differ (Wang and Yao 2009).  Probabilities are
 * averaged; bags are fitted in parallel.  A bag costs the sampler, and a fit
 * on as many rows as the largest class has times the classes.
 *
 * variant = mesa is what MESA was compared with: rows are made from the bag in
 * place of the data, and as many as the paper's percentage says (100 means
 * 100 rows), so that most bags are less than balanced.
 */
#include "average.h"

enum { SMOTEBAGGING_PAPER, SMOTEBAGGING_MESA };

struct smotebagging {
    struct average average;
    int            variant;
};

static const struct mesa_choice smotebagging_variants[] = {
    { "paper", SMOTEBAGGING_PAPER, "as published" },
    { "mesa", SMOTEBAGGING_MESA, "as MESA's code has it for comparison" },
    { NULL, 0, NULL }
};

static const struct mesa_param smotebagging_params[] = {
    AVERAGE_COUNT(struct smotebagging, 10),
    AVERAGE_ESTIMATOR(struct smotebagging, "tree"),
    AVERAGE_SAMPLER(struct smotebagging, "smote",
                    "What makes rows of the smaller classes"),
    MESA_CHOICE(struct smotebagging, variant, "variant", SMOTEBAGGING_PAPER,
                smotebagging_variants, "How many rows are made, and of what"),
    MESA_PARAM_END
};

/* One bag: rows per class, and how many of them are drawn and made. */
struct bag {
    const struct smotebagging *how;
    const struct mesa_dataset *train;
    double                     share; /* b */
    size_t                    *count, *drawn, *made;
    size_t                     largest;
    size_t                    *row; /* what was drawn; later: to make from */
    size_t                     n;
    struct mesa_sample        *out;
    struct mesa_rng           *rng;
    struct mesa_error         *err;
};

/* Returns whether rows are to be made. */
static bool
plan(struct bag *b)
{
    bool any = false;

    mesa_class_counts(b->train, b->count);
    for (uint32_t c = 0; c < b->train->n_classes; c++)
        if (b->count[c] > b->largest)
            b->largest = b->count[c];
    for (uint32_t c = 0; c < b->train->n_classes; c++) {
        const double own = b->share * (double)b->largest;
        size_t drawn = own < 1 ? 1 : (size_t)(own + 0.5), most;

        if (b->count[c] == b->largest || b->count[c] == 0)
            drawn = b->count[c];
        most = b->count[c] ? b->largest - drawn : 0;
        b->drawn[c] = drawn;
        b->made[c] = most;
        if (b->how->variant == SMOTEBAGGING_MESA && most > 0) {
            double percent = (double)b->largest / (double)drawn *
                             (1.0 - b->share) * 100.0;

            if (percent < (double)most)
                b->made[c] = (size_t)percent;
        }
        any |= b->made[c] > 0;
    }
    return any;
}

/* Draw every class's rows into row[]. */
static mesa_status
draw_classes(struct bag *b)
{
    size_t *rows = mesa_alloc_raw(b->train->x.rows, sizeof *rows);
    mesa_status st = MESA_OK;

    if (!rows)
        return mesa_nomem(b->err, b->train->x.rows, "row numbers");
    for (uint32_t c = 0; c < b->train->n_classes && st == MESA_OK; c++) {
        size_t n = mesa_class_rows(b->train, c, rows);
        size_t *into = b->row + b->n;

        st = mesa_rng_choice(b->rng, n, b->drawn[c], true, into, b->err);
        for (size_t i = 0; i < b->drawn[c] && st == MESA_OK; i++)
            into[i] = rows[into[i]];
        b->n += b->drawn[c];
    }
    mesa_free(rows);
    return st;
}

/*
 * The rows to make others from, into row[]: the data.  A sampler balances, so
 * where it would make too few, the largest class is repeated.
 */
static mesa_status
list_data(struct bag *b)
{
    size_t n = b->train->x.rows, goal = b->largest, next = 0, *grown;
    uint32_t big = 0;

    for (uint32_t c = 0; c < b->train->n_classes; c++) {
        if (b->count[c] + b->made[c] > goal)
            goal = b->count[c] + b->made[c];
        if (b->count[c] > b->count[big])
            big = c;
    }
    grown = mesa_alloc_raw(n + goal - b->largest, sizeof *grown);
    if (!grown)
        return mesa_nomem(b->err, n, "row numbers");
    mesa_free(b->row);
    b->row = grown;
    b->n = n;
    for (size_t i = 0; i < n; i++)
        b->row[i] = i;
    for (size_t i = b->largest; i < goal; i++, next++) {
        while ((uint32_t)b->train->y[next % n] != big)
            next++;
        b->row[b->n++] = next % n;
    }
    return MESA_OK;
}

/* Report the first made rows of each class, made[c] of them. */
static mesa_status
report(struct bag *b, const struct mesa_sample *sample,
       const struct mesa_dataset *rows)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < rows->x.rows && st == MESA_OK; i++) {
        const struct mesa_origin o = mesa_sample_origin(sample, i);

        if (o.kept != SIZE_MAX || b->made[rows->y[i]] == 0)
            continue;
        b->made[rows->y[i]]--;
        st = mesa_sample_make(b->out, b->row[o.parent_a],
                              b->row[o.parent_b], o.step,
                              mesa_row(&rows->x, i));
    }
    return st == MESA_OK ? st
                         : mesa_nomem(b->err, rows->x.rows, "made rows");
}

/* Let the sampler make rows from those in row[]. */
static mesa_status
make_rows(struct bag *b)
{
    struct mesa_instance *sampler = NULL;
    struct mesa_sample *sample = NULL;
    const struct mesa_dataset *rows;
    struct mesa_subset from;
    mesa_status st = mesa_subset_init(&from, b->train, b->row, b->n, b->err);

    if (st == MESA_OK)
        st = mesa_instance_new(b->how->average.sampler, &sampler, b->err);
    if (st == MESA_OK)
        st = mesa_sampler_begin(sampler, &from.data, b->err);
    if (st == MESA_OK) {
        sample = mesa_sample_new(&from.data);
        st = sample ? mesa_sampler_resample(sampler, &from.data, NULL, sample,
                                            b->rng, b->err)
                    : mesa_nomem(b->err, 1, "sample");
    }
    if (st == MESA_OK)
        st = mesa_sample_dataset(sample, &rows, b->err);
    if (st == MESA_OK)
        st = report(b, sample, rows);
    mesa_sample_free(sample);
    mesa_instance_free(sampler);
    mesa_subset_free(&from);
    return st;
}

static mesa_status
fill_bag(struct bag *b)
{
    const bool making = plan(b);
    size_t room = 0;
    mesa_status st;

    for (uint32_t c = 0; c < b->train->n_classes; c++)
        room += b->drawn[c];
    b->row = mesa_alloc_raw(room, sizeof *b->row);
    if (!b->row)
        return mesa_nomem(b->err, room, "row numbers");
    st = draw_classes(b);
    if (st != MESA_OK)
        return st;
    if (mesa_sample_keep_rows(b->out, b->row, b->n) != MESA_OK)
        return mesa_nomem(b->err, b->n, "drawn rows");
    if (making && b->how->variant == SMOTEBAGGING_PAPER)
        st = list_data(b);
    return st == MESA_OK && making ? make_rows(b) : st;
}

static mesa_status
smotebagging_draw(const void *context, size_t member,
                  const struct mesa_dataset *train, struct mesa_sample *out,
                  struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t k = train->n_classes;
    size_t *counts = mesa_alloc_array(k, 3 * sizeof *counts);
    struct bag b = {
        .how = context,
        .train = train,
        .share = (double)(member % 10 + 1) / 10.0,
        .out = out,
        .rng = rng,
        .err = err,
    };
    mesa_status st;

    if (!counts)
        return mesa_nomem(err, k, "classes");
    b.count = counts;
    b.drawn = counts + k;
    b.made = counts + 2 * k;
    st = fill_bag(&b);
    mesa_free(b.row);
    mesa_free(counts);
    return st;
}

static mesa_status
smotebagging_fit(void *self, const struct mesa_dataset *train,
                 const struct mesa_dataset *valid, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    return average_fit_bags(self,
                            (struct mesa_bagging_job){
                                .draw = smotebagging_draw,
                                .train = train,
                                .valid = valid,
                                .rng = rng },
                            err);
}

static const struct mesa_estimator_class smotebagging = {
    AVERAGE_SLOTS(struct smotebagging),
    .head.name   = "smotebagging",
    .head.title  = "Bags with more repeated and fewer made rows in turn",
    .head.cite   = "Wang and Yao 2009, IEEE Symposium on Computational "
                   "Intelligence and Data Mining",
    .head.params = smotebagging_params,
    .fit         = smotebagging_fit,
};

MESA_PLUGIN(.name = "smotebagging", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&smotebagging.head));
