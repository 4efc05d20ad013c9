/* SPDX-License-Identifier: MIT */
/*
 * clean.h - what the samplers share that drop rows by their neighbours.
 *
 * Rows that are equally far away share the places left among the k nearest in
 * proportion (mesa_neighbors_votes), so a clump of equal rows is judged by
 * what it consists of: neither which of them comes first nor which the search
 * meets first matters.  What is left comes out in the order of the data.
 */
#ifndef CLEAN_H
#define CLEAN_H

#include <mesa/mesa.h>

#include "common.h"

enum clean_kind {
    CLEAN_ALL, /* a row stays if no neighbour is of another class        */
    CLEAN_MODE /* a row stays if no class has more of them than its own  */
};

extern const struct mesa_choice clean_kinds[];
extern const struct mesa_choice clean_auto[]; /* instead of a number */

#define CLEAN_N_NEIGHBORS_HELP                                              \
    "Neighbours of a row that judge it; equally far ones share the places " \
    "left"

/* A cleaning under way: the rows that are left, and their neighbours. */
struct clean {
    const struct mesa_dataset *data;
    size_t                    *target; /* per class: 1 if it may lose rows */
    size_t                    *count;  /* rows per class at first          */
    size_t                    *row;    /* the n that are left, ascending   */
    size_t                     n;
    bool                      *drop;   /* marks among them, by place       */
    uint32_t                   smallest; /* class of fewest rows at first  */
    struct mesa_subset         subset;
    const struct mesa_dataset *left;   /* the n rows                       */
    struct mesa_neighbors     *neighbors; /* among them                    */
};

/* Starts with all rows; free it whatever this returns. */
mesa_status clean_init(struct clean *c, const struct mesa_dataset *data,
                       const char *sampling_strategy, struct mesa_error *err);
void clean_free(struct clean *c);

/*
 * Neighbours to look for among the rows, when n_neighbors says wanted: wanted
 * itself, or for 0 (auto) 3 or as many as there are.  MESA_EINVAL if wanted
 * is too many.
 */
mesa_status clean_k(const struct clean *c, int64_t wanted, size_t *k,
                    struct mesa_error *err);

/* Search among the n rows that are left from now on. */
mesa_status clean_look(struct clean *c, struct mesa_error *err);

/* Mark the rows of targeted classes that their k nearest (or all others, if
 * there are not as many) speak against. */
mesa_status clean_edit(struct clean *c, size_t k, enum clean_kind kind,
                       struct mesa_error *err);

/* Mark the rows of targeted classes that are in a Tomek link. */
mesa_status clean_links(struct clean *c, struct mesa_error *err);

/* Drop what is marked; look again before the next search. */
void clean_drop(struct clean *c);

/* Edit, and drop what that marks. */
mesa_status clean_pass(struct clean *c, size_t k, enum clean_kind kind,
                       struct mesa_error *err);

/* Has a class gone, or another than the smallest become smaller than that was
 * at first? */
bool clean_emptied(const struct clean *c);
bool clean_outnumbered(const struct clean *c);

/* Report what is left; a class that has lost all rows is warned of. */
mesa_status clean_report(const struct clean *c, struct mesa_sample *out,
                         struct mesa_error *err);

/* The votes of, or the rows nearest to, n of the rows left, by place. */
mesa_status clean_votes(const struct clean *c, const size_t *place, size_t n,
                        size_t k, double *votes, struct mesa_error *err);
mesa_status clean_find(const struct clean *c, const size_t *place, size_t n,
                       size_t k, size_t *index, double *distance,
                       struct mesa_error *err);

/* Some rows as the x of a query; free *index, whatever this returns. */
mesa_status clean_view(const struct mesa_dataset *data, const size_t *row,
                       size_t n, struct mesa_cmatrix *x, size_t **index,
                       struct mesa_error *err);

/* Does a row of that class stay with these votes? */
bool clean_stays(const double *votes, uint32_t n_classes, int32_t own,
                 enum clean_kind kind);

#endif
