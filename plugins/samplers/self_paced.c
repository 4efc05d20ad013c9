/* SPDX-License-Identifier: MIT */
/*
 * self_paced - majority rows from every level of hardness.
 *
 * The sampling step of the self-paced ensemble (Liu et al. 2020, algorithm 1).
 * Each targeted class is cut into k_bins bins by how hard the ensemble finds
 * its rows; a bin's share of the rows to keep is 1 / (h + alpha), h its mean
 * hardness and alpha = tan(i pi / 2 n) in round i of n: at first all bins
 * contribute as much hardness, at last as many rows.  Rows are drawn without
 * replacement; what a bin lacks goes to the others.  Without an ensemble,
 * which is to say in round 0 too, all rows are alike.  Cost O(rows).
 *
 * The paper's rule for two classes, the minority's probability of error, is
 * that of the row's own class, so any number of classes will do.  Shares are
 * rounded down and what is left goes to the bins with most rows: the paper
 * does not say.
 */
#include <mesa/mesa.h>

enum { SELF_PACED_PAPER, SELF_PACED_MESA };
enum { HARDNESS_AUTO, HARDNESS_ABSOLUTE, HARDNESS_SQUARED, HARDNESS_ENTROPY };

/* Probabilities are kept this far from 0 and 1 in a logarithm. */
#define CLIP 1e-4
#define HALF_PI 1.57079632679489661923

struct self_paced {
    const char *sampling_strategy;
    int         variant, hardness;
    int64_t     k_bins; /* 0: auto */
};

static const struct mesa_choice self_paced_variants[] = {
    { "paper", SELF_PACED_PAPER, "as published" },
    { "mesa", SELF_PACED_MESA,
      "as MESA's code has it for comparison: bins over the hardness there "
      "is, alpha = tan(i pi / (2 n - 2)), shares rounded down and one more" },
    { NULL, 0, NULL }
};

static const struct mesa_choice self_paced_hardness[] = {
    { "auto", HARDNESS_AUTO, "absolute_error for paper, cross_entropy for "
                             "mesa" },
    { "absolute_error", HARDNESS_ABSOLUTE, "1 - p of the row's class" },
    { "squared_error", HARDNESS_SQUARED, "its square" },
    { "cross_entropy", HARDNESS_ENTROPY, "-log p" },
    { NULL, 0, NULL }
};

static const struct mesa_choice self_paced_bins[] = {
    { "auto", 0, "20 for paper, 10 for mesa" },
    { NULL, 0, NULL }
};

static const struct mesa_param self_paced_params[] = {
    MESA_STRING(struct self_paced, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_CHOICE(struct self_paced, variant, "variant", SELF_PACED_PAPER,
                self_paced_variants, "Whose rules"),
    MESA_CHOICE(struct self_paced, hardness, "hardness", HARDNESS_AUTO,
                self_paced_hardness, "How hard a row is"),
    MESA_INT(struct self_paced, k_bins, "k_bins", 0, 1, 1000000,
             "Levels of hardness; auto: 20 for paper, 10 for mesa",
             .choices = self_paced_bins),
    MESA_PARAM_END
};

struct bin {
    double hardness; /* sum, then mean */
    double share;
    size_t rows, start, want;
};

/* A class whose rows are drawn. */
struct pacing {
    const struct self_paced    *self;
    const struct mesa_dataset  *data;
    const struct mesa_feedback *feedback;
    uint32_t                    label;
    size_t                      n, k;
    size_t                     *row;    /* n, of the class         */
    double                     *value;  /* n: how hard             */
    size_t                     *sorted; /* n: row[] by bin         */
    struct bin                 *bin;    /* k                       */
    struct mesa_sample         *out;
    struct mesa_rng            *rng;
    struct mesa_error          *err;
};

static int
hardness_of(const struct self_paced *s)
{
    if (s->hardness != HARDNESS_AUTO)
        return s->hardness;
    return s->variant == SELF_PACED_MESA ? HARDNESS_ENTROPY
                                         : HARDNESS_ABSOLUTE;
}

static void
measure(struct pacing *p)
{
    const int hardness = hardness_of(p->self);
    const double *proba = p->feedback->proba + p->label;
    const size_t width = p->data->n_classes;

    for (size_t i = 0; i < p->n; i++) {
        double own = proba[p->row[i] * width];

        if (hardness == HARDNESS_ENTROPY) {
            own = own > CLIP ? own : CLIP;
            p->value[i] = own < 1 - CLIP ? own : 1 - CLIP;
        } else {
            p->value[i] = hardness == HARDNESS_SQUARED
                              ? (1 - own) * (1 - own)
                              : 1 - own;
        }
    }
    if (hardness != HARDNESS_ENTROPY)
        return;
    mesa_vlog(p->value, p->value, p->n);
    for (size_t i = 0; i < p->n; i++)
        p->value[i] = -p->value[i];
}

/* The range that is cut into bins; false where all rows are alike. */
static bool
find_range(const struct pacing *p, double *low, double *high)
{
    *low = *high = p->value[0];
    for (size_t i = 1; i < p->n; i++) {
        *low = p->value[i] < *low ? p->value[i] : *low;
        *high = p->value[i] > *high ? p->value[i] : *high;
    }
    if (*low == *high)
        return false;
    if (p->self->variant == SELF_PACED_PAPER &&
        hardness_of(p->self) != HARDNESS_ENTROPY) {
        *low = 0;
        *high = 1;
    }
    return true;
}

static inline size_t
bin_of(const struct pacing *p, size_t i, double low, double scale)
{
    double at = (p->value[i] - low) * scale;

    if (!(at > 0))
        return 0;
    return at < (double)p->k ? (size_t)at : p->k - 1;
}

/* Count and order the rows by bin, and take the means. */
static void
fill_bins(struct pacing *p, double low, double high)
{
    const double scale = (double)p->k / (high - low);
    size_t start = 0;

    for (size_t l = 0; l < p->k; l++)
        p->bin[l] = (struct bin){ 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < p->n; i++) {
        struct bin *b = &p->bin[bin_of(p, i, low, scale)];

        b->rows++;
        b->hardness += p->value[i];
    }
    for (size_t l = 0; l < p->k; l++) {
        p->bin[l].start = start;
        start += p->bin[l].rows;
        if (p->bin[l].rows)
            p->bin[l].hardness /= (double)p->bin[l].rows;
    }
    for (size_t i = 0; i < p->n; i++)
        p->sorted[p->bin[bin_of(p, i, low, scale)].start++] = p->row[i];
    for (size_t l = 0; l < p->k; l++)
        p->bin[l].start -= p->bin[l].rows;
}

/* Shares that sum to 1. */
static void
set_shares(struct pacing *p)
{
    const bool mesa = p->self->variant == SELF_PACED_MESA;
    const double i = (double)p->feedback->round;
    double n = (double)p->feedback->n_rounds - mesa, angle, alpha, sum = 0;

    angle = HALF_PI * (n > i ? i / n : 1.0);
    alpha = mesa_math_sin(angle) / mesa_math_cos(angle);
    for (size_t l = 0; l < p->k; l++)
        if (p->bin[l].rows) {
            p->bin[l].share = 1.0 / (p->bin[l].hardness + alpha);
            sum += p->bin[l].share;
        }
    for (size_t l = 0; l < p->k; l++)
        p->bin[l].share /= sum;
}

/* One more row from each bin that has one, the fullest first. */
static size_t
top_up(struct pacing *p, size_t left)
{
    size_t before = SIZE_MAX, at = p->k;

    while (left > 0) {
        size_t next = p->k;

        for (size_t l = 0; l < p->k; l++) {
            size_t rows = p->bin[l].rows;
            bool later = rows < before || (rows == before && l > at);

            /* Empty bins can be many more than rows. */
            if (later && p->bin[l].want < rows &&
                (next == p->k || rows > p->bin[next].rows))
                next = l;
        }
        if (next == p->k)
            break;
        at = next;
        before = p->bin[at].rows;
        p->bin[at].want++;
        left--;
    }
    return left;
}

/* How many rows of each bin, in all exactly `want`. */
static void
divide(struct pacing *p, size_t want)
{
    size_t left = want, given = 1;

    while (left > 0 && given > 0) {
        double sum = 0, wanted = (double)left;

        for (size_t l = 0; l < p->k; l++)
            if (p->bin[l].want < p->bin[l].rows)
                sum += p->bin[l].share;
        given = 0;
        for (size_t l = 0; l < p->k && sum > 0; l++) {
            struct bin *b = &p->bin[l];
            double quota = wanted * b->share / sum;
            size_t room = b->rows - b->want, more;

            more = quota < (double)room ? (size_t)quota : room;
            more = more < left ? more : left;
            b->want += more;
            left -= more;
            given += more;
        }
    }
    while (left > 0)
        left = top_up(p, left);
}

/* MESA's rounding: one row more than the share, as far as there are rows. */
static void
divide_as_mesa(struct pacing *p, size_t want)
{
    for (size_t l = 0; l < p->k; l++) {
        struct bin *b = &p->bin[l];
        size_t n = (size_t)((double)want * b->share) + 1;

        b->want = n < b->rows ? n : b->rows;
    }
}

static mesa_status
draw_by_hardness(struct pacing *p, size_t want)
{
    double low, high;
    mesa_status st = MESA_OK;

    measure(p);
    if (!find_range(p, &low, &high))
        return mesa_bagging_draw(p->row, p->n, want, false, p->out, p->rng,
                                 p->err);
    fill_bins(p, low, high);
    set_shares(p);
    if (p->self->variant == SELF_PACED_MESA)
        divide_as_mesa(p, want);
    else
        divide(p, want);
    for (size_t l = 0; l < p->k && st == MESA_OK; l++)
        if (p->bin[l].want)
            st = mesa_bagging_draw(p->sorted + p->bin[l].start,
                                   p->bin[l].rows, p->bin[l].want, false,
                                   p->out, p->rng, p->err);
    return st;
}

static mesa_status
draw_class(struct pacing *p, size_t want)
{
    p->n = mesa_class_rows(p->data, p->label, p->row);
    if (want < p->n && p->feedback && p->feedback->proba)
        return draw_by_hardness(p, want);
    if (want < p->n)
        return mesa_bagging_draw(p->row, p->n, want, false, p->out, p->rng,
                                 p->err);
    if (mesa_sample_keep_rows(p->out, p->row, p->n) != MESA_OK)
        return mesa_nomem(p->err, p->n, "sampled rows");
    return MESA_OK;
}

static mesa_status
self_paced_resample(void *self, const struct mesa_dataset *data,
                    const struct mesa_feedback *feedback,
                    struct mesa_sample *out, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    const struct self_paced *s = self;
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    struct pacing p = { .self = s, .data = data, .feedback = feedback,
                        .out = out, .rng = rng, .err = err };
    mesa_status st;

    p.k = s->k_bins ? (size_t)s->k_bins
                    : s->variant == SELF_PACED_MESA ? 10 : 20;
    p.row = mesa_alloc_raw(data->x.rows, 2 * sizeof *p.row);
    p.value = mesa_alloc_raw(data->x.rows, sizeof *p.value);
    p.bin = mesa_alloc_array(p.k, sizeof *p.bin);
    if (target && p.row && p.value && p.bin) {
        p.sorted = p.row + data->x.rows;
        st = mesa_strategy_resolve(s->sampling_strategy, MESA_STRATEGY_UNDER,
                                   data, target, err);
    } else {
        st = mesa_nomem(err, data->x.rows, "row numbers");
    }
    for (; p.label < data->n_classes && st == MESA_OK; p.label++)
        st = draw_class(&p, target[p.label]);
    mesa_free(target);
    mesa_free(p.row);
    mesa_free(p.value);
    mesa_free(p.bin);
    return st;
}

static const struct mesa_sampler_class self_paced = {
    MESA_SAMPLER(struct self_paced),
    .head.name   = "self_paced",
    .head.title  = "Majority rows from every level of hardness",
    .head.cite   = "Liu et al. 2020, ICDE 36 (self-paced ensemble)",
    .head.params = self_paced_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                   MESA_CLASS_FEEDBACK,
    .resample    = self_paced_resample,
};

MESA_PLUGIN(.name = "self_paced", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&self_paced.head));
