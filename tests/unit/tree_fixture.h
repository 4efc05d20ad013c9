/* SPDX-License-Identifier: MIT */
/* tree_fixture.h - instances of the tree plugin and data for its tests. */
#ifndef MESA_TREE_FIXTURE_H
#define MESA_TREE_FIXTURE_H

#include <float.h>
#include <math.h>

#include "test.h"
#include "tree.h"

const struct mesa_plugin *mesa_plugin(void);

static const struct mesa_estimator_class *
tree_class(void)
{
    return (const struct mesa_estimator_class *)
        (const void *)mesa_plugin()->classes[0];
}

/* An instance with its own copy of a list, which the core would keep. */
struct instance {
    struct tree t;
    char        text[64];
    const char *item[8];
};

static void
set_list(struct instance *s, const char *value)
{
    struct mesa_list *list = &s->t.class_weight;

    snprintf(s->text, sizeof s->text, "%s", value);
    list->item = s->item;
    list->n = 0;
    for (char *at = strtok(s->text, ","); at; at = strtok(NULL, ","))
        s->item[list->n++] = at;
}

static void
set_row(struct instance *s, const struct mesa_param *p, const char *value)
{
    char *field = (char *)&s->t + p->offset;
    const struct mesa_choice *word = p->choices;
    double r = p->dflt.r;
    int64_t i = p->dflt.i;
    int choice;

    if (value && p->type == MESA_TYPE_LIST) {
        set_list(s, value);
        return;
    }
    while (value && word && word->name && strcmp(word->name, value) != 0)
        word++;
    if (value && word && word->name) {
        r = word->value;
        i = word->value;
    } else if (value) {
        r = atof(value);
        i = atoll(value);
    }
    choice = (int)i;
    if (p->type == MESA_TYPE_INT)
        memcpy(field, &i, sizeof i);
    if (p->type == MESA_TYPE_REAL)
        memcpy(field, &r, sizeof r);
    if (p->type == MESA_TYPE_CHOICE)
        memcpy(field, &choice, sizeof choice);
}

/* Parameters as "key=value", NULL last, beside the defaults; then init. */
static mesa_status
try_make(struct instance *s, const char *const *set, struct mesa_error *err)
{
    memset(s, 0, sizeof *s);
    for (const struct mesa_param *p = tree_class()->head.params;
         p->type != MESA_TYPE_END; p++) {
        set_row(s, p, NULL);
        for (size_t i = 0; set && set[i]; i++) {
            size_t n = strlen(p->name);

            if (strncmp(set[i], p->name, n) == 0 && set[i][n] == '=')
                set_row(s, p, set[i] + n + 1);
        }
    }
    return tree_class()->head.init(&s->t, err);
}

static void
make(struct instance *s, const char *const *set)
{
    assert_ok(try_make(s, set, err));
}

static void
drop(struct instance *s)
{
    tree_class()->head.fini(&s->t);
}

static mesa_status
fit(struct instance *s, const struct mesa_dataset *data, uint64_t seed,
    struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return tree_class()->fit(&s->t, data, NULL, &rng, err);
}

/* Rows, classes and weights that a test owns. */
struct rows {
    struct mesa_dataset data;
    double             *x, *w;
    int32_t            *y;
};

static void
new_rows(struct rows *r, size_t n, size_t d, uint32_t k)
{
    memset(r, 0, sizeof *r);
    r->x = mesa_alloc_array(n * d, sizeof *r->x);
    r->y = mesa_alloc_array(n, sizeof *r->y);
    r->w = mesa_alloc_array(n, sizeof *r->w);
    r->data.struct_size = sizeof r->data;
    r->data.flags = MESA_DATA_MISSING;
    r->data.x = (struct mesa_cmatrix){ r->x, n, d, d, NULL };
    r->data.y = r->y;
    r->data.n_classes = k;
}

static void
free_rows(struct rows *r)
{
    mesa_free(r->x);
    mesa_free(r->y);
    mesa_free(r->w);
}

/* Lehmer's generator, multiplier 48271. */
static uint32_t
draw(uint32_t *state)
{
    *state = (uint32_t)((uint64_t)*state * 48271 % 2147483647);
    return *state;
}

/* Whole numbers below levels in d columns, a share of them missing, and
 * classes that depend on the first and the last. */
static void
random_rows(struct rows *r, size_t n, size_t d, uint32_t k, uint32_t levels,
            uint32_t missing_percent, uint32_t seed)
{
    uint32_t state = seed;

    new_rows(r, n, d, k);
    for (size_t i = 0; i < n; i++) {
        double *x = r->x + i * d;

        for (size_t j = 0; j < d; j++)
            x[j] = draw(&state) % levels;
        r->y[i] = (x[0] + x[d - 1] > levels) % (int)k;
        if (draw(&state) % 4 == 0)
            r->y[i] = (int32_t)(draw(&state) % k);
        for (size_t j = 0; j < d; j++)
            if (draw(&state) % 100 < missing_percent)
                x[j] = NAN;
        r->w[i] = draw(&state) % 4;
    }
}

static inline bool
same_model(const struct tree_model *a, const struct tree_model *b)
{
    return a->n_nodes == b->n_nodes
           && memcmp(a->node, b->node, a->n_nodes * sizeof *a->node) == 0
           && memcmp(a->value, b->value,
                     a->n_nodes * a->n_classes * sizeof *a->value) == 0;
}

#endif
