/* SPDX-License-Identifier: MIT */
/*
 * fit.c - the rounds: derivatives, trees, new scores, and when to stop.
 */
#include <math.h>
#include <string.h>

#include "gradient_boosting.h"

/* Rows from which early_stopping = auto stops early. */
#define AUTO_ROWS 10000

struct boosting {
    const struct gb           *b;
    struct gb_model            m;
    struct gb_rows             rows;
    struct gb_limits           limits;
    struct gb_grow             grow;
    struct gb_scale           *scale; /* of each output */
    struct mesa_rng            rng;
    double                    *factor; /* of each class's weight */
    struct mesa_subset         part[2];
    const struct mesa_dataset *held;  /* rows to stop by, or NULL */
    uint8_t                   *code;  /* their bins, if not those of rows */
    double                    *raw;   /* their scores */
    double                    *score; /* their loss before each round */
};

static void
free_boosting(struct boosting *f)
{
    gb_model_free(&f->m);
    gb_grow_free(&f->grow);
    tree_bins_free(&f->rows.bins);
    mesa_free(f->rows.w);
    mesa_free(f->rows.missing);
    mesa_free(f->rows.raw);
    mesa_free(f->rows.lse);
    mesa_free(f->rows.gh);
    mesa_free(f->scale);
    mesa_free(f->factor);
    mesa_free(f->code);
    mesa_free(f->raw);
    mesa_free(f->score);
    mesa_subset_free(&f->part[0]);
    mesa_subset_free(&f->part[1]);
}

/* A share of the rows of each class to the end of pick, rows in order in both
 * parts; returns how many stay. */
static size_t
choose_held(const struct boosting *f, const struct mesa_dataset *d,
            size_t *pick, uint8_t *held, size_t *order)
{
    size_t kept = 0, n = 0;

    for (uint32_t c = 0; c < d->n_classes; c++) {
        struct mesa_rng rng = mesa_rng_derive(&f->rng, "held", c);
        size_t count = mesa_class_rows(d, c, pick);
        size_t wanted = (size_t)floor(f->b->validation_fraction
                                      * (double)count + 0.5);

        mesa_rng_permutation(&rng, count, order);
        for (size_t i = 0; i < wanted; i++)
            held[pick[order[i]]] = 1;
    }
    for (size_t r = 0; r < d->x.rows; r++)
        if (!held[r])
            pick[kept++] = r;
    n = kept;
    for (size_t r = 0; r < d->x.rows; r++)
        if (held[r])
            pick[n++] = r;
    return kept;
}

static mesa_status
hold_out(struct boosting *f, const struct mesa_dataset *d,
         struct mesa_error *err)
{
    size_t n = d->x.rows, kept;
    size_t *pick = mesa_alloc_raw(2 * n, sizeof *pick);
    uint8_t *held = mesa_alloc_array(n, sizeof *held);
    mesa_status st = MESA_OK;

    if (!pick || !held) {
        st = mesa_nomem(err, n, "rows to hold out");
        goto out;
    }
    kept = choose_held(f, d, pick, held, pick + n);
    if (kept == 0 || kept == n)
        st = mesa_fail(err, MESA_EDATA, "validation_fraction %g of %zu rows "
                       "leaves %zu to learn from and %zu to stop by",
                       f->b->validation_fraction, n, kept, n - kept);
    if (st == MESA_OK)
        st = mesa_subset_init(&f->part[0], d, pick, kept, err);
    if (st == MESA_OK)
        st = mesa_subset_init(&f->part[1], d, pick + kept, n - kept, err);
    f->rows.data = &f->part[0].data;
    f->held = &f->part[1].data;
out:
    mesa_free(pick);
    mesa_free(held);
    return st;
}

/* Which rows are learnt from, and which decide when to stop. */
static mesa_status
choose_rows(struct boosting *f, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_error *err)
{
    int stop = f->b->early_stopping;

    f->rows.data = train;
    if (stop == GB_FALSE || train->n_classes < 2
        || (stop == GB_AUTO && train->x.rows <= AUTO_ROWS))
        return MESA_OK;
    if (f->b->validation_fraction == (double)GB_NONE) {
        f->held = train;
        return MESA_OK;
    }
    if (!valid || valid->x.rows == 0)
        return hold_out(f, train, err);
    f->held = valid;
    return MESA_OK;
}

/* Weights of rows times those of their classes. */
static mesa_status
set_weights(struct boosting *f, struct mesa_error *err)
{
    struct gb_rows *r = &f->rows;
    bool plain = !r->data->weight;

    for (uint32_t c = 0; c < r->data->n_classes; c++)
        plain = plain && f->factor[c] == 1;
    r->total_w = (double)r->n;
    r->max_w = 1;
    if (plain)
        return MESA_OK;
    r->w = mesa_alloc_raw(r->n, sizeof *r->w);
    if (!r->w)
        return mesa_nomem(err, r->n, "rows");
    r->max_w = 0;
    for (size_t i = 0; i < r->n; i++) {
        r->w[i] = (r->data->weight ? r->data->weight[i] : 1)
                  * f->factor[r->data->y[i]];
        r->max_w = r->w[i] > r->max_w ? r->w[i] : r->max_w;
    }
    r->total_w = mesa_vsum(r->w, r->n);
    if (!(r->total_w > 0))
        return mesa_fail(err, MESA_EDATA, "none of %zu rows has a weight "
                         "above 0", r->n);
    if (!isfinite(r->total_w))
        return mesa_fail(err, MESA_EDATA, "the weights of %zu rows add up to "
                         "more than a number can hold", r->n);
    return MESA_OK;
}

/* Columns in which some row has no value. */
static void
find_missing(struct gb_rows *r)
{
    const uint8_t *code = r->bins.code;

    if (!(r->data->flags & MESA_DATA_MISSING))
        return;
    for (size_t i = 0; i < r->n; i++, code += r->d)
        for (size_t c = 0; c < r->d; c++)
            r->missing[c] |= code[c] == TREE_MISSING;
}

/* Bins, first scores, and room for what changes every round. */
static mesa_status
set_rows(struct boosting *f, struct mesa_error *err)
{
    struct gb_rows *r = &f->rows;
    struct tree_problem p = { .x = &r->data->x, .n = r->n, .d = r->d };
    mesa_status st = set_weights(f, err);

    if (st == MESA_OK && r->n > INT32_MAX)
        st = mesa_fail(err, MESA_EDATA, "%zu rows: at most %d", r->n,
                       INT32_MAX);
    if (st == MESA_OK)
        st = tree_bins_init(&r->bins, &p, (size_t)f->b->max_bins,
                            TREE_QUANTILES, err);
    if (st != MESA_OK)
        return st;
    r->missing = mesa_alloc_array(r->d, sizeof *r->missing);
    r->raw = mesa_alloc_raw(r->n * r->n_outputs, sizeof *r->raw);
    r->gh = mesa_alloc_raw(r->n, sizeof *r->gh);
    if (r->n_outputs > 1)
        r->lse = mesa_alloc_raw(r->n, sizeof *r->lse);
    if (!r->missing || !r->raw || !r->gh || (r->n_outputs > 1 && !r->lse))
        return mesa_nomem(err, r->n, "rows");
    find_missing(r);
    return gb_base(r, f->m.base, err);
}

/* The bins of the rows to stop by, and room for their scores. */
static mesa_status
set_held(struct boosting *f, struct mesa_error *err)
{
    size_t n, d = f->rows.d, k = f->rows.n_outputs;

    if (!f->held)
        return MESA_OK;
    f->score = mesa_alloc_raw((size_t)f->b->max_iter + 1, sizeof *f->score);
    if (!f->score)
        return mesa_nomem(err, (size_t)f->b->max_iter + 1, "scores");
    if (f->held == f->rows.data)
        return MESA_OK;
    n = f->held->x.rows;
    if (f->held->x.cols != d || f->held->n_classes != f->rows.data->n_classes)
        return mesa_fail(err, MESA_ESHAPE, "the validation rows have %zu "
                         "columns and %zu classes, expected %zu and %zu",
                         f->held->x.cols, (size_t)f->held->n_classes, d,
                         (size_t)f->rows.data->n_classes);
    f->code = mesa_alloc_raw(n, d);
    f->raw = mesa_alloc_raw(n * k, sizeof *f->raw);
    if (!f->code || !f->raw)
        return mesa_nomem(err, n, "validation rows");
    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < d; c++)
            f->code[r * d + c] = tree_code(f->rows.bins.edge + c * TREE_BINS,
                                           mesa_row(&f->held->x, r)[c]);
    for (size_t i = 0; i < n * k; i++)
        f->raw[i] = f->m.base[i / n];
    return MESA_OK;
}

static mesa_status
begin(struct boosting *f, const struct mesa_dataset *train,
      const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct gb_rows *r = &f->rows;
    const struct gb *b = f->b;
    size_t k = train->n_classes;
    mesa_status st;

    f->factor = mesa_alloc_raw(k, sizeof *f->factor);
    f->m.base = mesa_alloc_raw(k, sizeof *f->m.base);
    f->scale = mesa_alloc_array(k, sizeof *f->scale);
    if (!f->factor || !f->m.base || !f->scale)
        return mesa_nomem(err, k, "classes");
    st = tree_class_weights(&b->class_weight, train, f->factor, err);
    if (st == MESA_OK)
        st = choose_rows(f, train, valid, err);
    if (st != MESA_OK)
        return st;
    r->n = r->data->x.rows;
    f->m.n_columns = r->d = train->x.cols;
    f->m.n_classes = k;
    f->m.n_outputs = r->n_outputs = k > 2 ? k : 1;
    f->limits = (struct gb_limits){
        .max_leaves = b->max_leaf_nodes == GB_NONE ? SIZE_MAX
                                                   : (size_t)b->max_leaf_nodes,
        .max_depth = b->max_depth == GB_NONE ? SIZE_MAX : (size_t)b->max_depth,
        .min_leaf = (size_t)b->min_samples_leaf,
        .l2 = b->l2_regularization,
        .rate = b->learning_rate
    };
    st = set_rows(f, err);
    if (st == MESA_OK)
        st = set_held(f, err);
    if (st == MESA_OK)
        st = gb_grow_init(&f->grow, r, &f->limits, err);
    for (size_t i = 0; i < r->n * r->n_outputs && st == MESA_OK; i++)
        r->raw[i] = f->m.base[i / r->n];
    for (size_t o = 0; o < r->n_outputs; o++)
        f->scale[o].total_h = r->total_w / 4;
    return st;
}

/* The rows of a round: each with probability subsample. */
static void
draw_rows(struct boosting *f, const struct mesa_rng *rng)
{
    struct gb_grow *g = &f->grow;
    double share = f->b->subsample;

    g->n = 0;
    for (size_t r = 0; r < f->rows.n; r++)
        if (share == 1 || mesa_rng_uniform_at(rng, r) < share)
            g->row[g->n++] = (uint32_t)r;
}

/* The columns of a tree: the share's number, at least one, in order. */
static mesa_status
draw_columns(struct boosting *f, size_t tree, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(&f->rng, "columns", tree);
    size_t d = f->rows.d, n = (size_t)(f->b->colsample * (double)d + 0.5);
    size_t *pick;

    n = n < 1 ? 1 : n;
    f->grow.n_columns = n;
    if (n == d) {
        for (size_t c = 0; c < d; c++)
            f->grow.column[c] = (uint32_t)c;
        return MESA_OK;
    }
    pick = mesa_alloc_raw(d, sizeof *pick);
    if (!pick)
        return mesa_nomem(err, d, "columns");
    mesa_rng_permutation(&rng, d, pick);
    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        for (; at > 0 && f->grow.column[at - 1] > pick[i]; at--)
            f->grow.column[at] = f->grow.column[at - 1];
        f->grow.column[at] = (uint32_t)pick[i];
    }
    mesa_free(pick);
    return MESA_OK;
}

/* One node of a grown tree.  Its right child is not known yet. */
static struct gb_node
make_node(const struct boosting *f, const struct gb_open *open)
{
    if (open->left == 0)
        return (struct gb_node){
            .value = gb_leaf_value(&f->grow, &open->sum) * f->limits.rate
        };
    return (struct gb_node){ .gain = open->cut.gain,
                             .column = open->cut.column,
                             .bin = open->cut.bin,
                             .missing_left = open->cut.missing_left };
}

/* A grown tree into the model, nodes depth first; the largest step of a score
 * into *step.  Where nodes waited to be cut, nodes now wait to be copied; the
 * right ones of siblings, which have even numbers, tell their parent. */
static mesa_status
keep_tree(struct boosting *f, double *step, struct mesa_error *err)
{
    struct gb_grow *g = &f->grow;
    mesa_status st = gb_model_add(&f->m, g->n_open, err);
    struct gb_node *node;
    size_t *wait = g->heap, n = 0;

    if (st != MESA_OK)
        return st;
    node = f->m.node + f->m.n_nodes - g->n_open;
    wait[n++] = 0;
    for (uint32_t i = 0; n > 0; i++) {
        size_t at = wait[--n];
        struct gb_open *open = &g->open[at];

        node[i] = make_node(f, open);
        if (fabs(node[i].value) > *step)
            *step = fabs(node[i].value);
        if (at > 0 && at % 2 == 0)
            node[open->parent].right = i;
        if (open->left == 0)
            continue;
        g->open[open->left + 1].parent = i;
        wait[n++] = open->left + 1;
        wait[n++] = open->left;
    }
    return MESA_OK;
}

struct moving_scores {
    const struct boosting *f;
    double                *raw;
};

/* The leaf's value to each row of a chunk; the leaf is where rows are. */
static mesa_status
move_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct moving_scores *t = context;
    const struct gb_grow *g = &t->f->grow;
    size_t at = chunk * MESA_CHUNK, end = at + MESA_CHUNK;

    (void)err;
    if (end > g->n)
        end = g->n;
    while (at < end) {
        const struct gb_open *leaf = g->open;
        size_t stop;
        double value;

        while (leaf->left != 0) {
            leaf = g->open + leaf->left;
            leaf += leaf->start + leaf->count <= at;
        }
        stop = leaf->start + leaf->count;
        value = make_node(t->f, leaf).value;
        for (; at < stop && at < end; at++)
            t->raw[g->row[at]] += value;
    }
    return MESA_OK;
}

/* One tree of a round, of one output. */
static mesa_status
grow_output(struct boosting *f, size_t round, size_t output, double *step,
            struct mesa_error *err)
{
    struct gb_rows *r = &f->rows;
    struct mesa_rng rng = mesa_rng_derive(&f->rng, "rows", round);
    struct moving_scores t = { f, r->raw + output * r->n };
    mesa_status st = gb_derive(r, output, &f->scale[output], err);

    if (st == MESA_OK)
        st = draw_columns(f, round * r->n_outputs + output, err);
    if (st != MESA_OK)
        return st;
    draw_rows(f, &rng);
    f->grow.units = f->scale[output].units;
    st = gb_grow_tree(&f->grow, err);
    if (st == MESA_OK)
        st = keep_tree(f, step, err);
    if (st != MESA_OK || f->b->subsample < 1)
        return st;
    return mesa_parallel_for(MESA_CHUNKS(r->n), move_chunk, &t, err);
}

/* All trees of a round; rows that none of them saw are scored with the
 * others. */
static mesa_status
grow_round(struct boosting *f, size_t round, struct mesa_error *err)
{
    struct gb_rows *r = &f->rows;
    double step = 0;
    mesa_status st = gb_normalize(r, err);

    for (size_t o = 0; o < r->n_outputs && st == MESA_OK; o++)
        st = grow_output(f, round, o, &step, err);
    if (st == MESA_OK && f->b->subsample < 1)
        st = gb_add_round(&f->m, r->bins.code, r->n, r->raw, err);
    if (st == MESA_OK && f->code)
        st = gb_add_round(&f->m, f->code, f->held->x.rows, f->raw, err);
    for (size_t o = 0; o < r->n_outputs; o++)
        gb_rescale(r, step, &f->scale[o]);
    return st;
}

/* Whether the loss has not been lower by tol than n_iter_no_change + 1 rounds
 * ago in any round since. */
static mesa_status
judge(struct boosting *f, size_t rounds, bool *stop, struct mesa_error *err)
{
    size_t patience = (size_t)f->b->n_iter_no_change;
    const double *raw = f->code ? f->raw : f->rows.raw;
    mesa_status st;

    *stop = false;
    if (!f->held)
        return MESA_OK;
    st = gb_loss(&f->m, raw, f->held, f->factor, &f->score[rounds], err);
    if (st != MESA_OK || rounds < patience)
        return st;
    *stop = true;
    for (size_t i = rounds - patience + 1; i <= rounds; i++)
        if (f->score[i] < f->score[rounds - patience] - f->b->tol)
            *stop = false;
    return MESA_OK;
}

static mesa_status
run_rounds(struct boosting *f, struct mesa_error *err)
{
    size_t rounds = f->m.n_classes > 1 ? (size_t)f->b->max_iter : 0;
    bool stop = false;
    mesa_status st = judge(f, 0, &stop, err);

    for (size_t i = 0; i < rounds && !stop && st == MESA_OK; i++) {
        st = grow_round(f, i, err);
        if (st == MESA_OK)
            st = judge(f, i + 1, &stop, err);
    }
    return st;
}

mesa_status
gb_fit(void *self, const struct mesa_dataset *train,
       const struct mesa_dataset *valid, struct mesa_rng *rng,
       struct mesa_error *err)
{
    struct gb *b = self;
    struct boosting f = { .b = b, .rng = *rng };
    mesa_status st;

    gb_model_free(&b->model);
    st = begin(&f, train, valid, err);
    if (st == MESA_OK)
        st = run_rounds(&f, err);
    if (st == MESA_OK) {
        f.m.edge = f.rows.bins.edge;
        f.rows.bins.edge = NULL;
        st = gb_pack(&f.m, err);
    }
    if (st == MESA_OK) {
        b->model = f.m;
        f.m = (struct gb_model){ 0 };
    }
    free_boosting(&f);
    return st;
}
