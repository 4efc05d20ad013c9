/* SPDX-License-Identifier: MIT */
/*
 * counts.c - what estimators are made of: nodes, leaves, support vectors.
 *
 * Only a plugin knows what its tensors mean.  It says numbers by their names;
 * here those of an ensemble's members come together, however deep they are.
 */
#include "counts.h"

#include "instance.h"

#include <mesa/fitting.h>
#include <mesa/ensemble.h>

#include <stdio.h>
#include <string.h>

enum { DEPTH = 4 }; /* of ensembles of ensembles */

struct mesa_counts *
mesa_counts_new(void)
{
    return mesa_alloc_array(1, sizeof(struct mesa_counts));
}

void
mesa_counts_free(struct mesa_counts *counts)
{
    mesa_free(counts);
}

void
mesa_count(struct mesa_counts *to, const char *name, uint64_t value)
{
    struct mesa_counted *c = to->at;
    char key[sizeof c->name] = ""; /* zeros behind the name, too */

    snprintf(key, sizeof key, "%s", name);
    while (c < to->at + to->n && strcmp(c->name, key) != 0)
        c++;
    if (c == to->at + MESA_MAX_COUNTS)
        return;
    if (c == to->at + to->n) {
        memcpy(c->name, key, sizeof key);
        c->least = UINT64_MAX;
        to->n++;
    }
    c->n++;
    c->least = MESA_MIN(c->least, value);
    c->largest = MESA_MAX(c->largest, value);
    c->total += value;
}

static mesa_status
count(const struct mesa_instance *e, unsigned depth, struct mesa_counts *out,
      struct mesa_error *err)
{
    static const char *const name[DEPTH] = {
        "members", "members_of_members", "third_members", "fourth_members"
    };
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(e);
    const struct mesa_ensemble *members = mesa_estimator_members(e);
    mesa_status st = MESA_OK;

    if (c->head.kind != MESA_KIND_ESTIMATOR ||
        mesa_estimator_n_columns(e) == 0)
        return mesa_fail(err, MESA_ESTATE, "%s has not been fitted",
                         c->head.name);
    if (c->counts)
        st = c->counts(mesa_instance_view(e), out, err);
    if (!members || depth == DEPTH || st != MESA_OK)
        return st;
    mesa_count(out, name[depth], members->n);
    for (size_t i = 0; i < members->n && st == MESA_OK; i++)
        st = count(members->member[i], depth + 1, out, err);
    return st;
}

mesa_status
mesa_estimator_counts(const struct mesa_instance *estimator,
                      struct mesa_counts *out, struct mesa_error *err)
{
    return count(estimator, 0, out, err);
}
