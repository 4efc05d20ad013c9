/* SPDX-License-Identifier: MIT */
/* clean.c - rows, those of them that are left, and their neighbours. */
#include "clean.h"

#include <string.h>

/* Rows asked about at a time: bounds the memory, not the result. */
enum { BATCH = 16384 };

const struct mesa_choice clean_kinds[] = {
    { "all", CLEAN_ALL, "a row stays if all of its neighbours are of its "
                        "class: votes of others below half a row count as "
                        "none" },
    { "mode", CLEAN_MODE, "a row stays if its class has the most votes; of "
                          "equals the lower class" },
    { NULL, 0, NULL }
};

const struct mesa_choice clean_auto[] = {
    { "auto", 0, "the default, or as many as there are" },
    { NULL, 0, NULL }
};

mesa_status
clean_init(struct clean *c, const struct mesa_dataset *data,
           const char *sampling_strategy, struct mesa_error *err)
{
    size_t rows = data->x.rows, fewest = SIZE_MAX;

    memset(c, 0, sizeof *c);
    c->data = data;
    c->n = rows;
    c->target = mesa_alloc_array(data->n_classes, 2 * sizeof *c->target);
    c->row = mesa_alloc_raw(rows, sizeof *c->row);
    c->drop = mesa_alloc_array(rows, sizeof *c->drop);
    if (!c->target || !c->row || !c->drop)
        return mesa_nomem(err, rows, "row numbers");
    for (size_t r = 0; r < rows; r++)
        c->row[r] = r;
    c->count = c->target + data->n_classes;
    mesa_class_counts(data, c->count);
    for (uint32_t k = 0; k < data->n_classes; k++)
        if (c->count[k] > 0 && c->count[k] < fewest) {
            fewest = c->count[k];
            c->smallest = k;
        }
    return mesa_strategy_resolve(sampling_strategy, MESA_STRATEGY_CLEAN,
                                 data, c->target, err);
}

static void
look_away(struct clean *c)
{
    mesa_neighbors_free(c->neighbors);
    mesa_subset_free(&c->subset);
    memset(&c->subset, 0, sizeof c->subset);
    c->neighbors = NULL;
    c->left = NULL;
}

void
clean_free(struct clean *c)
{
    look_away(c);
    mesa_free(c->target);
    mesa_free(c->row);
    mesa_free(c->drop);
}

mesa_status
clean_k(const struct clean *c, int64_t wanted, size_t *k,
        struct mesa_error *err)
{
    const size_t usual = 3, rows = c->data->x.rows;

    *k = wanted > 0 ? (size_t)wanted : smaller(usual, rows - 1);
    if (*k > rows - 1)
        return mesa_fail(err, MESA_EINVAL, "n_neighbors is %zu but there are "
                         "%zu rows: %zu at most, or auto",
                         *k, rows, rows - 1);
    if (wanted == 0 && *k < usual)
        mesa_warn("n_neighbors is %zu, as there are %zu rows", *k, rows);
    return MESA_OK;
}

mesa_status
clean_look(struct clean *c, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    look_away(c);
    if (c->n == c->data->x.rows) {
        c->left = c->data;
    } else {
        st = mesa_subset_init(&c->subset, c->data, c->row, c->n, err);
        c->left = &c->subset.data;
    }
    return st == MESA_OK ? mesa_neighbors_new(c->left, MESA_EUCLIDEAN,
                                              &c->neighbors, err)
                         : st;
}

mesa_status
clean_view(const struct mesa_dataset *data, const size_t *row, size_t n,
           struct mesa_cmatrix *x, size_t **index, struct mesa_error *err)
{
    *x = data->x;
    x->rows = n;
    x->index = *index = mesa_alloc_raw(n, sizeof **index);
    if (!*index)
        return mesa_nomem(err, n, "row numbers");
    for (size_t i = 0; i < n; i++)
        (*index)[i] = data->x.index ? data->x.index[row[i]] : row[i];
    return MESA_OK;
}

mesa_status
clean_votes(const struct clean *c, const size_t *place, size_t n, size_t k,
            double *votes, struct mesa_error *err)
{
    struct mesa_cmatrix x;
    size_t *index;
    mesa_status st = clean_view(c->left, place, n, &x, &index, err);

    if (st == MESA_OK)
        st = mesa_neighbors_votes(c->neighbors,
                                  &(struct mesa_query){
                                      sizeof(struct mesa_query), &x, place,
                                      k },
                                  votes, err);
    mesa_free(index);
    return st;
}

mesa_status
clean_find(const struct clean *c, const size_t *place, size_t n, size_t k,
           size_t *found, double *distance, struct mesa_error *err)
{
    struct mesa_cmatrix x;
    size_t *index;
    mesa_status st = clean_view(c->left, place, n, &x, &index, err);

    if (st == MESA_OK)
        st = mesa_neighbors_find(c->neighbors,
                                 &(struct mesa_query){
                                     sizeof(struct mesa_query), &x, place,
                                     k },
                                 found, distance, err);
    mesa_free(index);
    return st;
}

/* Shared places are fractions, and sums of them are rounded: votes that are
 * equal may differ by less than this, others differ by more. */
static const double rounding = 1e-9;

bool
clean_stays(const double *votes, uint32_t n_classes, int32_t own,
            enum clean_kind kind)
{
    double others = 0;
    uint32_t most = 0;

    for (uint32_t k = 0; k < n_classes; k++) {
        if (k != (uint32_t)own)
            others += votes[k];
        if (votes[k] > votes[most] + rounding)
            most = k;
    }
    return kind == CLEAN_ALL ? others <= 0.5 + rounding
                             : most == (uint32_t)own;
}

mesa_status
clean_edit(struct clean *c, size_t k, enum clean_kind kind,
           struct mesa_error *err)
{
    const struct mesa_dataset *left = c->left;
    size_t batch = smaller(BATCH, c->n), next = 0;
    size_t *place = mesa_alloc_raw(batch, sizeof *place);
    double *votes = mesa_alloc_raw(batch, left->n_classes * sizeof *votes);
    mesa_status st = place && votes ? MESA_OK
                                    : mesa_nomem(err, batch, "votes");

    k = smaller(k, c->n - 1);
    while (next < c->n && k > 0 && st == MESA_OK) {
        size_t n = 0;

        for (; next < c->n && n < batch; next++)
            if (c->target[left->y[next]])
                place[n++] = next;
        if (n > 0)
            st = clean_votes(c, place, n, k, votes, err);
        for (size_t i = 0; i < n && st == MESA_OK; i++)
            c->drop[place[i]] = !clean_stays(votes + i * left->n_classes,
                                             left->n_classes,
                                             left->y[place[i]], kind);
    }
    mesa_free(place);
    mesa_free(votes);
    return st;
}

void
clean_drop(struct clean *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        if (!c->drop[i])
            c->row[n++] = c->row[i];
    c->n = n;
    memset(c->drop, 0, c->data->x.rows * sizeof *c->drop);
    look_away(c);
}

mesa_status
clean_pass(struct clean *c, size_t k, enum clean_kind kind,
           struct mesa_error *err)
{
    mesa_status st = clean_look(c, err);

    if (st == MESA_OK)
        st = clean_edit(c, k, kind, err);
    if (st == MESA_OK)
        clean_drop(c);
    return st;
}

/* Rows left of a class. */
static size_t
left_of(const struct clean *c, uint32_t class_)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->data->y[c->row[i]] == (int32_t)class_;
    return n;
}

bool
clean_emptied(const struct clean *c)
{
    for (uint32_t k = 0; k < c->data->n_classes; k++)
        if (c->count[k] > 0 && left_of(c, k) == 0)
            return true;
    return false;
}

bool
clean_outnumbered(const struct clean *c)
{
    for (uint32_t k = 0; k < c->data->n_classes; k++)
        if (k != c->smallest && c->count[k] > 0 &&
            left_of(c, k) < c->count[c->smallest])
            return true;
    return false;
}

static void
warn_of_lost(const struct clean *c)
{
    char buffer[16];

    for (uint32_t k = 0; k < c->data->n_classes; k++)
        if (c->count[k] > 0 && left_of(c, k) == 0)
            mesa_warn("class %s has lost all of its %zu rows to neighbours of "
                      "other classes; name only other classes in "
                      "sampling_strategy to keep them",
                      class_name(c->data, k, buffer), c->count[k]);
}

mesa_status
clean_report(const struct clean *c, struct mesa_sample *out,
             struct mesa_error *err)
{
    mesa_status st = mesa_sample_keep_rows(out, c->row, c->n);

    warn_of_lost(c);
    return st == MESA_ENOMEM ? mesa_nomem(err, c->n, "sampled rows") : st;
}
