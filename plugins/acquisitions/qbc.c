/* SPDX-License-Identifier: MIT */
/*
 * qbc - query by committee: rows of which an ensemble's members disagree.
 *
 * vote_entropy (Dagan and Engelson 1995): the entropy of the shares of votes,
 * a member's vote being its likeliest class, the lower one of several.
 * consensus_kl (McCallum and Nigam 1998): the mean divergence of what the
 * members say from the mean of it, sum p log(p / mean).  Natural logarithms;
 * members count alike, also where an ensemble weighs them.
 * O(n * n_members * n_classes), memory for the classes of some rows.
 */
#include "uncertainty.h"

#include <string.h>

enum { VOTE_ENTROPY, CONSENSUS_KL };

struct qbc {
    int disagreement;
};

static const struct mesa_choice qbc_disagreements[] = {
    { "vote_entropy", VOTE_ENTROPY, "entropy of the members' votes" },
    { "consensus_kl", CONSENSUS_KL,
      "mean divergence of a member from all of them" },
    { NULL, 0, NULL }
};

static const struct mesa_param qbc_params[] = {
    MESA_CHOICE(struct qbc, disagreement, "disagreement", VOTE_ENTROPY,
                qbc_disagreements, "How disagreement is measured"),
    MESA_PARAM_END
};

static size_t
likeliest(const double *p, size_t n)
{
    size_t best = 0;

    for (size_t c = 1; c < n; c++)
        best = p[c] > p[best] ? c : best;
    return best;
}

enum { VOTERS_ROWS = 256 }; /* at a time */

/* count[i * n_classes + c] of n rows. */
static void
count_votes(const struct mesa_pool *pool, size_t first, size_t n,
            size_t *count)
{
    const size_t k = pool->n_classes;

    memset(count, 0, n * k * sizeof *count);
    for (size_t m = 0; m < pool->n_members; m++) {
        const double *p = pool->committee + (m * pool->n + first) * k;

        for (size_t i = 0; i < n; i++)
            count[i * k + likeliest(p + i * k, k)]++;
    }
}

/* worth[v]: what a class adds to the entropy that has v of n votes. */
static double *
worth_of_votes(size_t n, struct mesa_error *err)
{
    double *worth = mesa_alloc_raw(n + 1, sizeof *worth);

    if (!worth) {
        mesa_nomem(err, n, "numbers of votes");
        return NULL;
    }
    worth[0] = 0.0;
    for (size_t v = 1; v <= n; v++) {
        double share = (double)v / (double)n;

        worth[v] = -share * mesa_math_log(share);
    }
    return worth;
}

static mesa_status
vote_entropy(const struct mesa_pool *pool, double *utility,
             struct mesa_error *err)
{
    const size_t k = pool->n_classes;
    double *worth = worth_of_votes(pool->n_members, err);
    size_t *count = mesa_alloc_raw(k, VOTERS_ROWS * sizeof *count);
    mesa_status st = !worth   ? MESA_ENOMEM
                     : !count ? mesa_nomem(err, k, "classes")
                              : MESA_OK;

    for (size_t at = 0; at < pool->n && st == MESA_OK; at += VOTERS_ROWS) {
        const size_t n = at_most(pool->n - at, VOTERS_ROWS);

        count_votes(pool, at, n, count);
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;

            for (size_t c = 0; c < k; c++)
                sum += worth[count[i * k + c]];
            utility[at + i] = not_negative(sum);
        }
    }
    mesa_free(worth);
    mesa_free(count);
    return st;
}

/* The mean over members of n values, those of the first at p. */
static void
average(const struct mesa_pool *pool, const double *p, size_t n, double *mean)
{
    const size_t each = pool->n * pool->n_classes;

    memcpy(mean, p, n * sizeof *mean);
    for (size_t m = 1; m < pool->n_members; m++)
        for (size_t i = 0; i < n; i++)
            mean[i] += p[m * each + i];
    for (size_t i = 0; i < n; i++)
        mean[i] /= (double)pool->n_members;
}

/* Sum over members of p log(p / mean), divided by how many there are. */
static void
diverge(const struct mesa_pool *pool, const double *p, size_t n, double *out)
{
    const size_t each = pool->n * pool->n_classes;
    double mean[PIECE], log_mean[PIECE], log_p[PIECE];

    average(pool, p, n, mean);
    log_of_proba(mean, log_mean, n);
    memset(out, 0, n * sizeof *out);
    for (size_t m = 0; m < pool->n_members; m++, p += each) {
        log_of_proba(p, log_p, n);
        for (size_t i = 0; i < n; i++)
            out[i] += p[i] * (log_p[i] - log_mean[i]);
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= (double)pool->n_members;
}

static void
consensus_kl(const struct mesa_pool *pool, double *utility)
{
    const size_t n = pool->n * pool->n_classes;
    struct row_sums rows = { .k = pool->n_classes, .out = utility };
    double value[PIECE];

    for (size_t at = 0; at < n; at += PIECE) {
        const size_t m = at_most(n - at, PIECE);

        diverge(pool, pool->committee + at, m, value);
        add_to_rows(&rows, value, m);
    }
}

static mesa_status
qbc_score(const void *self, const struct mesa_pool *pool, double *utility,
          struct mesa_rng *rng, struct mesa_error *err)
{
    const struct qbc *q = self;

    (void)rng;
    if (!pool->committee || pool->n_members == 0)
        return mesa_fail(err, MESA_ENOTSUP,
                         "the estimator has no members that could disagree; "
                         "use an ensemble such as forest or bagging");
    if (q->disagreement == VOTE_ENTROPY)
        return vote_entropy(pool, utility, err);
    consensus_kl(pool, utility);
    return MESA_OK;
}

static uint32_t
qbc_needs(const void *self)
{
    (void)self;
    return MESA_POOL_COMMITTEE;
}

static const struct mesa_acquisition_class qbc = {
    MESA_ACQUISITION(struct qbc),
    .head.name   = "qbc",
    .head.title  = "Rows of which the members of an ensemble disagree",
    .head.cite   = "Dagan and Engelson 1995, Committee-based sampling for "
                   "training probabilistic classifiers, ICML; McCallum and "
                   "Nigam 1998, ICML",
    .head.params = qbc_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score       = qbc_score,
    .needs       = qbc_needs,
};

MESA_PLUGIN(.name = "qbc", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&qbc.head));
