/* SPDX-License-Identifier: MIT */
/*
 * borderline_smote - SMOTE from the rows in danger only.
 *
 * A row is in danger if of its m nearest rows at least half, but not all, are
 * of other classes.  borderline-1 makes rows between rows in danger and the k
 * rows of their class nearest to them, as smote does.  borderline-2 takes the
 * k nearest of all rows; towards one of another class the step u is
 * multiplied by a second one, uniform in [0, 0.5), as imbalanced-learn does
 * since 0.12 (the paper has one step, uniform in [0, 0.5)).
 *
 * Rows tied for the last of the m places share them in proportion to their
 * classes, rounded to whole rows; imbalanced-learn takes whichever comes first.
 * A minority row among many equal ones of the majority is noise.  A class
 * without rows in danger does not grow; a warning says so.
 */
#include "over.h"

enum { BORDERLINE_1 = 1, BORDERLINE_2 };

struct borderline {
    const char *sampling_strategy;
    int64_t     k_neighbors, m_neighbors;
    int         kind;
};

static const struct mesa_choice borderline_kinds[] = {
    { "borderline-1", BORDERLINE_1, "towards rows of the same class" },
    { "borderline-2", BORDERLINE_2,
      "towards rows of any class, less far if it is another one" },
    { NULL, 0, NULL }
};

static const struct mesa_param borderline_params[] = {
    MESA_STRING(struct borderline, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct borderline, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_INT(struct borderline, m_neighbors, "m_neighbors", 10, 1, INT32_MAX,
             OVER_M_HELP, .choices = over_auto),
    MESA_CHOICE(struct borderline, kind, "kind", BORDERLINE_1,
                borderline_kinds, "Where new rows lie"),
    MESA_PARAM_END
};

/* The class's rows in danger: at least half of the m nearest, but not all,
 * are of other classes. */
static mesa_status
find_danger(struct over *o, int64_t m_neighbors, struct over_rows *danger)
{
    double *others = NULL;
    size_t m;
    mesa_status st = over_m(o, "m_neighbors", m_neighbors, 10, &m);

    if (st == MESA_OK)
        st = over_others(o, &o->own, m, &others);
    danger->n = 0;
    danger->row = mesa_alloc_raw(o->own.n, sizeof *danger->row);
    if (st == MESA_OK && !danger->row)
        st = MESA_ENOMEM;
    for (size_t i = 0; i < o->own.n && st == MESA_OK; i++)
        if (over_place(others[i], m) == OVER_DANGER)
            danger->row[danger->n++] = o->own.row[i];
    mesa_free(others);
    return st;
}

static mesa_status
make_towards_any(struct over *o, const struct over_ends *ends)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < o->wanted && st == MESA_OK; i++) {
        size_t pair = mesa_rng_below(&o->rng, ends->base->n * ends->k);
        size_t b = ends->toward[pair];
        double step = mesa_rng_uniform(&o->rng);

        if ((uint32_t)o->data->y[b] != o->label)
            step *= 0.5 * mesa_rng_uniform(&o->rng);
        st = mesa_sample_make(o->out, ends->base->row[pair / ends->k], b,
                              step, NULL);
    }
    return st;
}

static mesa_status
borderline_class(struct over *o)
{
    const struct borderline *b = o->self;
    struct over_rows danger;
    struct over_ends ends = { NULL, 0, NULL };
    char number[16];
    bool own = b->kind == BORDERLINE_1;
    size_t k = 0;
    mesa_status st = own ? over_k(o, "k_neighbors", b->k_neighbors, &k)
                         : over_m(o, "k_neighbors", b->k_neighbors, 5, &k);

    if (st != MESA_OK)
        return st;
    st = find_danger(o, b->m_neighbors, &danger);
    if (st == MESA_OK && danger.n == 0) {
        mesa_warn("borderline_smote: class %s has no row in danger, so none "
                  "is made of it",
                  over_class(o, number));
        goto out;
    }
    if (st == MESA_OK)
        st = over_find(o, &danger, own ? &o->own : NULL, k, &ends);
    if (st == MESA_OK)
        st = own ? over_between(o, &ends, o->wanted, 1.0)
                 : make_towards_any(o, &ends);
out:
    mesa_free(ends.toward);
    mesa_free(danger.row);
    return st;
}

static mesa_status
borderline_resample(void *self, const struct mesa_dataset *data,
                    const struct mesa_feedback *feedback,
                    struct mesa_sample *out, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    const struct borderline *b = self;
    struct over o = { .name = "borderline_smote", .self = b, .data = data,
                      .out = out, .err = err };

    (void)feedback;
    return over_sample(&o, b->sampling_strategy, rng, borderline_class);
}

static const struct mesa_sampler_class borderline_smote = {
    MESA_SAMPLER(struct borderline),
    .head.name   = "borderline_smote",
    .head.title  = "SMOTE from rows near other classes",
    .head.cite   = "Han, Wang and Mao 2005, Advances in Intelligent "
                   "Computing",
    .head.params = borderline_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = borderline_resample,
};

MESA_PLUGIN(.name = "borderline_smote", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&borderline_smote.head));
