/* SPDX-License-Identifier: MIT */
/* check_acquisition.c - what promises who chooses the rows to label. */
#include "pool.h"

#include <math.h>
#include <string.h>

enum { ROWS = 60, FEW = 12, MANY = 5000 };

static const struct mesa_acquisition_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

static bool
looks_at_all(const struct mesa_instance *a)
{
    return mesa_acquisition_needs(a) & MESA_POOL_WHOLE;
}

static void
needs(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_instance *other = bench_instance(b);
    uint32_t said = going(b) ? mesa_acquisition_needs(a) : 0;

    if (said & ~(uint32_t)POOL_KNOWN)
        fail(b, "needs has the bits %#x, of which %#x are known",
             (unsigned)said, (unsigned)POOL_KNOWN);
    use(b, a, pool_for(b, a, ROWS, POOL_MIXED));
    if (going(b) && mesa_acquisition_needs(a) != said)
        fail(b, "needs says %#x, and after score %#x", (unsigned)said,
             (unsigned)mesa_acquisition_needs(a));
    if (going(b) && mesa_acquisition_needs(other) != said)
        fail(b, "needs says %#x, and of another instance %#x",
             (unsigned)said, (unsigned)mesa_acquisition_needs(other));
}

static void
utilities(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);

    use(b, a, pool_for(b, a, ROWS, POOL_MIXED));
}

/* Utilities, or where they cannot be had, a word about what is missing. */
static void
lacking(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const uint32_t needed = going(b) ? mesa_acquisition_needs(a) : 0;

    for (uint32_t parts = 0; parts < POOL_PARTS && going(b);
         parts += MESA_POOL_COMMITTEE) {
        const struct mesa_pool *pool =
            toy_pool(b, &(struct pool_plan){ FEW, 2, POOL_MIXED, parts,
                                             needed, 1 });
        double utility[FEW + BEHIND];
        struct mesa_error err = { .message = "" };
        mesa_status st;

        if (!pool)
            return;
        st = try_score(b, a, pool, utility, 1, &err);
        if (st == MESA_ENOTSUP && !(needed & ~parts & POOL_PARTS))
            fail(b, "score has all that it needs: %s", err.message);
        else if (st == MESA_ENOTSUP && !*err.message)
            fail(b, "score refuses a pool and does not say why");
        else if (st != MESA_ENOTSUP &&
                 succeeded(b, st, &err, "score, of a pool that lacks parts"))
            use(b, a, pool);
    }
}

/* One row, and none beside it. */
static void
one_row(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);

    use(b, a, pool_for(b, a, 1, POOL_MIXED));
    use(b, a, pool_for(b, a, 1, POOL_CERTAIN));
    use(b, a, pool_for(b, a, 1, POOL_BLANK));
}

/* Distances are 0, norms too: what divides by them must look before. */
static void
alike(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);

    use(b, a, pool_for(b, a, ROWS, POOL_ALIKE));
    use(b, a, pool_for(b, a, ROWS, POOL_BLANK));
}

/* Trees say so all the time. */
static void
certain(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);

    use(b, a, pool_for(b, a, ROWS, POOL_CERTAIN));
}

/* The core keeps pools of more classes from those who take two. */
static void
classes(struct bench *b)
{
    const bool many = b->class_->flags & MESA_CLASS_MULTICLASS;
    const struct mesa_instance *a = bench_instance(b);
    const uint32_t needed = going(b) ? mesa_acquisition_needs(a) : 0;

    for (int look = POOL_MIXED; look <= POOL_BLANK && going(b); look++) {
        const struct mesa_pool *pool =
            toy_pool(b, &(struct pool_plan){ ROWS, 5, (enum pool_look)look,
                                             POOL_PARTS, needed, 1 });
        double utility[ROWS];
        struct mesa_error err;

        if (many)
            use(b, a, pool);
        else if (pool)
            expect_status(b, try_score(b, a, pool, utility, 1, &err),
                          MESA_EDATA, &err, "a pool of five classes");
    }
}

/* Rows of a run are an index into a larger matrix. */
static void
layout(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const struct mesa_pool *scattered = going(b) ? pool_scattered(b, pool)
                                                 : NULL;
    const double *dense = must_score(b, a, pool, 1);
    const double *other = must_score(b, a, scattered, 1);
    struct choice one, two;

    if (going(b))
        expect_bytes(b, dense, other, ROWS * sizeof *dense,
                     "an index of rows or a wider stride changes utilities");
    one = must_select(b, a, pool, 5, 1);
    two = must_select(b, a, scattered, 5, 1);
    expect_same_choice(b, &one, &two, 5,
                       "an index of rows or a wider stride changes what is "
                       "selected");
}

/* The rows at these places, scored by themselves. */
static void
expect_same_alone(struct bench *b, const struct mesa_instance *a,
                  const struct mesa_pool *pool, const double *all,
                  const size_t *place, size_t n)
{
    const struct mesa_pool *some = pool_rows(b, pool, place, n);
    const double *alone = must_score(b, a, some, 1);

    for (size_t i = 0; i < n && going(b); i++)
        if (memcmp(&alone[i], &all[place[i]], sizeof *alone) != 0)
            fail(b, "row %zu is worth %.17g among %zu rows, and %.17g among "
                 "%zu", pool->row[place[i]], all[place[i]], pool->n, alone[i],
                 n);
}

static void
blocks_of(struct bench *b, const struct mesa_instance *a, size_t n_classes)
{
    const struct mesa_pool *pool =
        going(b) ? toy_pool(b, &(struct pool_plan){
                                   ROWS, n_classes, POOL_MIXED, POOL_PARTS,
                                   mesa_acquisition_needs(a), 1 })
                 : NULL;
    const double *all = must_score(b, a, pool, 1);
    size_t place[ROWS], n = 0;

    for (size_t first = 0; first < ROWS; first += 25) {
        n = 0;
        for (size_t i = first; i < ROWS && i < first + 25; i++)
            place[n++] = i;
        expect_same_alone(b, a, pool, all, place, n);
    }
    n = 0;
    for (size_t i = 1; i < ROWS; i += 3)
        place[n++] = i;
    expect_same_alone(b, a, pool, all, place, n);
    for (size_t i = 2; i < ROWS; i += 19)
        expect_same_alone(b, a, pool, all, &i, 1);
}

/* Blocks of rows, some rows, single ones.  What is random goes with the
 * number of a row, so that nothing changes but its place. */
static void
blocks(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);

    if (going(b) && looks_at_all(a))
        skip(b, "%s looks at the whole pool", b->class_->name);
    blocks_of(b, a, 2);
    if (b->class_->flags & MESA_CLASS_MULTICLASS)
        blocks_of(b, a, 5);
}

/* Sums over the whole pool come out otherwise in their last digits. */
static void
expect_same_order(struct bench *b, const struct mesa_instance *a,
                  const struct mesa_pool *pool, const struct mesa_pool *turned,
                  const size_t *place)
{
    const double *straight = must_score(b, a, pool, 1);
    const double *other = must_score(b, a, turned, 1);
    const double slack = going(b) && looks_at_all(a) ? 1e-9 : 0.0;

    for (size_t i = 0; i < pool->n && going(b); i++) {
        const double u = straight[place[i]];

        if (!(fabs(other[i] - u) <= slack * (1.0 + u)))
            fail(b, "in another order of rows one is worth %.17g that was "
                 "worth %.17g", other[i], u);
    }
}

/* Are two rows worth the same?  Then which of them is first may decide. */
static bool
is_tied(struct bench *b, const struct mesa_instance *a,
        const struct mesa_pool *pool)
{
    const double *utility = must_score(b, a, pool, 1);

    for (size_t i = 0; i < pool->n && going(b); i++)
        for (size_t j = 0; j < i; j++)
            if (utility[i] == utility[j])
                return true;
    return !going(b);
}

static void
permuted(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    struct mesa_rng rng = bench_rng(b, "order", 0);
    struct mesa_pool *turned;
    struct choice one, two;
    size_t place[ROWS];

    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC))
        skip(b, "%s may draw by the number of a row", b->class_->name);
    mesa_rng_permutation(&rng, ROWS, place);
    turned = pool_rows(b, pool, place, ROWS);
    if (!going(b))
        return;
    turned->row = pool->row;
    expect_same_order(b, a, pool, turned, place);
    if (!going(b) || !class_of(b)->select || is_tied(b, a, pool))
        return;
    one = must_select(b, a, pool, 5, 1);
    two = must_select(b, a, turned, 5, 1);
    for (size_t i = 0; i < 5 && going(b); i++)
        if (one.pick[i] != place[two.pick[i]])
            fail(b, "in another order of rows others are selected");
}

/* Each with an instance of its own. */
static void
expect_same_seeds(struct bench *b, uint64_t seed, uint64_t other,
                  const char *what)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_instance *again = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const double *first = must_score(b, a, pool, seed);
    const double *second = must_score(b, again, pool, other);
    struct choice one, two;

    if (going(b))
        expect_bytes(b, first, second, ROWS * sizeof *first, what);
    one = must_select(b, a, pool, 5, seed);
    two = must_select(b, again, pool, 5, other);
    expect_same_choice(b, &one, &two, 5, what);
}

static void
same_seed(struct bench *b)
{
    expect_same_seeds(b, 1, 1, "asked twice from the same seed, answers "
                      "differ");
}

static void
any_seed(struct bench *b)
{
    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC)) {
        skip(b, "%s uses its random stream", b->class_->name);
        return;
    }
    expect_same_seeds(b, 1, 2, "flagged as deterministic, but the seed "
                      "matters");
}

/* One instance is asked all through a run, and lent as a constant. */
static void
again(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const double *first = must_score(b, a, pool, 1), *second;

    use(b, a, pool_for(b, a, FEW, POOL_MIXED));
    second = must_score(b, a, pool, 1);
    if (going(b))
        expect_bytes(b, first, second, ROWS * sizeof *first,
                     "it remembers what it was asked before");
}

static void
two_instances(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b), *disturber;
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const double *alone = must_score(b, a, pool, 1), *beside;

    disturber = bench_instance(b);
    use(b, disturber, pool_for(b, disturber, FEW, POOL_MIXED));
    beside = must_score(b, a, pool, 1);
    if (going(b))
        expect_bytes(b, alone, beside, ROWS * sizeof *alone,
                     "another instance changes what this one says");
}

static void
set_threads(struct bench *b, size_t n)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_parallel_set_threads(n, &err), &err, "threads");
}

/* More rows than a chunk of the core's loops, so that threads do meet. */
static void
threads(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, MANY, POOL_MIXED);
    const double *one = must_score(b, a, pool, 1), *four;
    struct choice of_one = must_select(b, a, pool, 9, 1), of_four;

    set_threads(b, 4);
    four = must_score(b, a, pool, 1);
    of_four = must_select(b, a, pool, 9, 1);
    if (going(b))
        expect_bytes(b, one, four, MANY * sizeof *one,
                     "4 threads score otherwise than one");
    expect_same_choice(b, &of_one, &of_four, 9,
                       "4 threads select otherwise than one");
}

/* Askers that work at the same time. */
struct asking {
    struct bench               *bench;
    const struct mesa_instance *acquisition;
    const struct mesa_pool     *pool;
    double                     *utility;
};

static mesa_status
ask_at_once(void *context, size_t i, struct mesa_error *err)
{
    const struct asking *at = context;

    return try_score(at->bench, at->acquisition, at->pool,
                     at->utility + i * at->pool->n, 1, err);
}

static void
at_once(struct bench *b)
{
    enum { ASKERS = 8, TIMES = 5 };
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const double *alone = must_score(b, a, pool, 1);
    struct asking at = { b, a, pool, bench_blank(b, (size_t)ASKERS * ROWS) };
    struct mesa_error err;

    set_threads(b, 4);
    for (size_t i = 0; i < TIMES && going(b); i++)
        if (succeeded(b, mesa_parallel_for(ASKERS, ask_at_once, &at, &err),
                      &err, "score by several threads"))
            for (size_t t = 0; t < ASKERS; t++)
                expect_bytes(b, alone, at.utility + t * ROWS,
                             ROWS * sizeof *alone,
                             "several threads that ask at once hear "
                             "something else than one");
}

static void
input_untouched(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    uint64_t before = going(b) ? pool_checksum(pool) : 0;

    must_score(b, a, pool, 1);
    if (going(b) && pool_checksum(pool) != before)
        fail(b, "score changes the pool");
    must_select(b, a, pool, 5, 1);
    if (going(b) && pool_checksum(pool) != before)
        fail(b, "select changes the pool");
}

/* What is behind the end belongs to others. */
static void
within(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);
    const double *utility = must_score(b, a, pool, 1);
    struct choice made;

    for (size_t i = ROWS; i < ROWS + BEHIND && going(b); i++)
        if (!isnan(utility[i]))
            fail(b, "score writes utility %zu of %d rows", i, (int)ROWS);
    made = must_select(b, a, pool, 5, 1);
    for (size_t i = 5; i < 5 + BEHIND && going(b); i++)
        if (made.pick[i] != SIZE_MAX || !isnan(made.utility[i]))
            fail(b, "select writes row %zu of 5", i);
}

static bool
selects(struct bench *b)
{
    if (!class_of(b)->select)
        skip(b, "%s has no select: the core takes the rows that score finds "
             "worth most", b->class_->name);
    return going(b);
}

/* The core looks whether rows are there, different, and worth something. */
static void
select_rows(struct bench *b)
{
    static const size_t some[] = { 1, 2, 7, ROWS - 1, ROWS };
    const struct mesa_instance *a = bench_instance(b);
    const struct mesa_pool *pool = pool_for(b, a, ROWS, POOL_MIXED);

    for (size_t i = 0; i < MESA_COUNT(some) && selects(b); i++)
        must_select(b, a, pool, some[i], 1);
    pool = pool_for(b, a, ROWS, POOL_ALIKE);
    if (going(b))
        must_select(b, a, pool, ROWS, 1);
}

static mesa_status
work_query(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_pool *pool = context;
    struct mesa_rng rng = bench_rng(b, "query", 1);
    struct mesa_instance *a;
    double utility[FEW + BEHIND];
    size_t pick[5 + BEHIND];
    mesa_status st = mesa_instance_new(b->component, &a, err);

    if (st == MESA_OK)
        st = mesa_acquisition_score(a, pool, utility, &rng, err);
    if (st == MESA_OK)
        st = mesa_acquisition_select(a, pool, 5, pick, utility, &rng, err);
    mesa_instance_free(a);
    return st;
}

static void
memory(struct bench *b)
{
    const struct mesa_instance *a = bench_instance(b);
    struct mesa_pool *pool = pool_for(b, a, FEW, POOL_MIXED);

    sweep_memory(b, &(struct trial){ pool, work_query }, "score and select");
}

#define ACQUISITION(name, run, what) \
    { name, MESA_KIND_ACQUISITION, run, what }

const struct check acquisition_checks[] = {
    ACQUISITION("needs", needs, "are known parts of a pool, always the same"),
    ACQUISITION("utilities", utilities, "are finite and not negative"),
    ACQUISITION("classes", classes, "and so with five, just where flagged"),
    ACQUISITION("one_row", one_row, "and so of a single row"),
    ACQUISITION("alike", alike, "and so where all rows are the same"),
    ACQUISITION("certain", certain, "and so for probabilities of 0 and 1"),
    ACQUISITION("lacking", lacking, "or ENOTSUP if a part is not there"),
    ACQUISITION("layout", layout, "stride and index do not change a bit"),
    ACQUISITION("blocks", blocks, "what a row is worth depends on it alone"),
    ACQUISITION("permuted", permuted, "the order of rows does not matter"),
    ACQUISITION("same_seed", same_seed, "the same seed, the same bytes"),
    ACQUISITION("any_seed", any_seed, "deterministic means: for any seed"),
    ACQUISITION("again", again, "it keeps no memory of what was asked"),
    ACQUISITION("two_instances", two_instances, "do not share anything"),
    ACQUISITION("threads", threads, "do not change a bit"),
    ACQUISITION("at_once", at_once, "several threads may ask at once"),
    ACQUISITION("input_untouched", input_untouched, "a pool is only read"),
    ACQUISITION("within", within, "nothing is written behind the last row"),
    ACQUISITION("select", select_rows, "chooses as many rows as are wanted"),
    ACQUISITION("memory", memory, "ENOMEM wherever memory runs out"),
    { NULL, 0, NULL, NULL }
};
