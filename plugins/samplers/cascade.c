/* SPDX-License-Identifier: MIT */
/*
 * cascade - majority rows that the ensemble does not yet do well.
 *
 * The sampling step of BalanceCascade (Liu, Wu and Zhou 2009).  Of a targeted
 * class with N rows, of which P are to be kept, each round after the first
 * leaves a share f = (P / N)^(1 / (n - 1)) of the rows for the rounds that
 * follow, the ones that the ensemble does worst, and drops the others for
 * good: after n - 1 rounds P are left.  From what is left P rows are drawn
 * without replacement.  Rows that the ensemble does alike are dropped at
 * random.  Cost O(rows).
 *
 * Deviations: the paper ranks rows by the learner fitted last, here it is the
 * ensemble's mean, as in all implementations; and any number of classes will
 * do, a row's score being the probability of its own class.
 */
#include <mesa/mesa.h>

#include <string.h>

enum { CASCADE_PAPER, CASCADE_MESA };

struct cascade {
    const char    *sampling_strategy;
    int            variant;
    unsigned char *dropped; /* of each row; NULL: none yet */
    size_t         rows;
};

static const struct mesa_choice cascade_variants[] = {
    { "paper", CASCADE_PAPER, "as published" },
    { "mesa", CASCADE_MESA,
      "as MESA's code has it for comparison: rows are ranked by predicted "
      "class, and f = (P / N)^(1 / n)" },
    { NULL, 0, NULL }
};

static const struct mesa_param cascade_params[] = {
    MESA_STRING(struct cascade, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_CHOICE(struct cascade, variant, "variant", CASCADE_PAPER,
                cascade_variants, "How rows are ranked, and how many stay"),
    MESA_PARAM_END
};

/* One class in one round. */
struct step {
    struct cascade             *self;
    const struct mesa_dataset  *data;
    const struct mesa_feedback *feedback;
    uint32_t                    label;
    size_t                      target, total; /* P, N */
    size_t                      n;     /* rows that are left      */
    size_t                     *row;   /* n                       */
    double                     *error; /* n, twice: a copy to cut */
    struct mesa_sample         *out;
    struct mesa_rng            *rng;
    struct mesa_error          *err;
};

static void
cascade_forget(struct cascade *c)
{
    mesa_free(c->dropped);
    c->dropped = NULL;
    c->rows = 0;
}

static mesa_status
cascade_begin(void *self, const struct mesa_dataset *data,
              struct mesa_error *err)
{
    (void)data;
    (void)err;
    cascade_forget(self);
    return MESA_OK;
}

static void
cascade_fini(void *self)
{
    cascade_forget(self);
}

static void
list_rows(struct step *s)
{
    s->n = 0;
    for (size_t r = 0; r < s->data->x.rows; r++)
        if ((uint32_t)s->data->y[r] == s->label &&
            !(s->self->dropped && s->self->dropped[r]))
            s->row[s->n++] = r;
}

/* How many rows stay after this round's step. */
static size_t
rows_that_stay(const struct step *s)
{
    const double share = (double)s->target / (double)s->total;
    const double i = (double)s->feedback->round;
    const double n = (double)s->feedback->n_rounds;
    double stay;

    if (s->self->variant == CASCADE_MESA)
        stay = mesa_math_pow(share, 1.0 / n) * (double)s->n + 1.0;
    else if (n > i + 1)
        stay = mesa_math_pow(share, i / (n - 1.0)) * (double)s->total + 0.5;
    else
        stay = (double)s->target;
    if (stay < (double)s->target)
        stay = (double)s->target;
    if (stay < 1)
        stay = 1;
    return stay < (double)s->n ? (size_t)stay : s->n;
}

static void
measure(struct step *s)
{
    const size_t k = s->data->n_classes;

    for (size_t i = 0; i < s->n; i++) {
        const double *p = s->feedback->proba + s->row[i] * k;
        size_t best = 0;

        for (size_t c = 1; c < k; c++)
            if (p[c] > p[best])
                best = c;
        s->error[i] = s->self->variant == CASCADE_MESA
                          ? best != s->label
                          : 1.0 - p[s->label];
    }
}

static void
swap(double *a, double *b)
{
    double t = *a;

    *a = *b;
    *b = t;
}

/* The k-th largest of n values, k from 0; they are reordered.  In three parts,
 * as many values are alike. */
static double
select_largest(double *v, size_t n, size_t k)
{
    for (;;) {
        const double pivot = v[n / 2];
        size_t above = 0, i = 0, end = n;

        while (i < end)
            if (v[i] > pivot)
                swap(&v[above++], &v[i++]);
            else if (v[i] < pivot)
                swap(&v[i], &v[--end]);
            else
                i++;
        if (k >= above && k < end)
            return pivot;
        if (k < above) {
            n = above;
        } else {
            v += end;
            k -= end;
            n -= end;
        }
    }
}

/* Drop row[i], i in at[]. */
static mesa_status
drop(struct step *s, const size_t *at, size_t n)
{
    struct cascade *c = s->self;

    if (!c->dropped) {
        c->dropped = mesa_alloc_array(s->data->x.rows, 1);
        c->rows = s->data->x.rows;
    }
    if (!c->dropped)
        return mesa_nomem(s->err, s->data->x.rows, "marks");
    for (size_t i = 0; i < n; i++)
        c->dropped[s->row[at[i]]] = 1;
    return MESA_OK;
}

/* All rows below the error of the last that stays go, and of those at it as
 * many as it takes. */
static mesa_status
drop_best(struct step *s, size_t stay)
{
    size_t *at = mesa_alloc_raw(s->n, 2 * sizeof *at), *tied;
    size_t n = 0, n_tied = 0, more;
    double *copy = s->error + s->n, cut;
    mesa_status st;

    if (!at)
        return mesa_nomem(s->err, s->n, "row numbers");
    tied = at + s->n;
    memcpy(copy, s->error, s->n * sizeof *copy);
    cut = select_largest(copy, s->n, stay - 1);
    for (size_t i = 0; i < s->n; i++)
        if (s->error[i] < cut)
            at[n++] = i;
        else if (s->error[i] == cut)
            tied[n_tied++] = i;
    more = s->n - stay - n;
    st = mesa_rng_choice(s->rng, n_tied, more, false, at + n, s->err);
    for (size_t i = 0; i < more && st == MESA_OK; i++)
        at[n + i] = tied[at[n + i]];
    if (st == MESA_OK)
        st = drop(s, at, n + more);
    mesa_free(at);
    return st;
}

static mesa_status
step_class(struct step *s)
{
    mesa_status st = MESA_OK;
    size_t stay;

    list_rows(s);
    if (s->feedback && s->feedback->proba && s->target < s->total) {
        stay = rows_that_stay(s);
        measure(s);
        if (stay < s->n)
            st = drop_best(s, stay);
        list_rows(s);
    }
    if (st == MESA_OK && s->target < s->n)
        return mesa_bagging_draw(s->row, s->n, s->target, false, s->out,
                                 s->rng, s->err);
    if (st == MESA_OK)
        st = mesa_sample_keep_rows(s->out, s->row, s->n);
    return st == MESA_OK ? st : mesa_nomem(s->err, s->n, "sampled rows");
}

static mesa_status
cascade_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    struct cascade *c = self;
    const size_t k = data->n_classes;
    size_t *target = mesa_alloc_array(k, 2 * sizeof *target);
    struct step s = { .self = c, .data = data, .feedback = feedback,
                      .out = out, .rng = rng, .err = err };
    mesa_status st;

    if (!feedback || !feedback->proba || c->rows != data->x.rows)
        cascade_forget(c);
    s.row = mesa_alloc_raw(data->x.rows, sizeof *s.row);
    s.error = mesa_alloc_raw(data->x.rows, 2 * sizeof *s.error);
    if (target && s.row && s.error)
        st = mesa_strategy_resolve(c->sampling_strategy, MESA_STRATEGY_UNDER,
                                   data, target, err);
    else
        st = mesa_nomem(err, data->x.rows, "row numbers");
    if (st == MESA_OK)
        mesa_class_counts(data, target + k);
    for (; s.label < k && st == MESA_OK; s.label++) {
        s.target = target[s.label];
        s.total = target[k + s.label];
        st = step_class(&s);
    }
    mesa_free(target);
    mesa_free(s.row);
    mesa_free(s.error);
    return st;
}

static const struct mesa_sampler_class cascade = {
    MESA_SAMPLER(struct cascade),
    .head.name   = "cascade",
    .head.title  = "Majority rows that the ensemble does not yet do well",
    .head.cite   = "Liu, Wu and Zhou 2009, IEEE Transactions on Systems, "
                   "Man and Cybernetics B 39 (BalanceCascade)",
    .head.params = cascade_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                   MESA_CLASS_FEEDBACK,
    .head.fini   = cascade_fini,
    .resample    = cascade_resample,
    .begin       = cascade_begin,
};

MESA_PLUGIN(.name = "cascade", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&cascade.head));
