/* SPDX-License-Identifier: MIT */
/*
 * parallel.c - loops over a pool of threads, and sums of a fixed shape.
 *
 * The pool starts with the first loop that can use it and waits on a
 * condition variable between loops.  Loops hand out runs of indices, lowest
 * first, through an atomic counter; the caller takes part.  A loop finds the
 * pool busy when it is inside another loop, or beside one of another thread,
 * and then runs on its caller's thread: that needs no thread-local state.
 *
 * Since indices are handed out in order, all those below a failing one have
 * been handed out before it, and will run: so the lowest failure is found
 * although later indices are skipped.
 */
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum {
    MAX_THREADS = 1024,
    RUNS_PER_THREAD = 16, /* that a loop is cut into, to even out the load */
    SPINS = 2000,         /* looks for news before sleeping: some 20 us    */
    MAX_LEAVES = 64       /* of the part of a sum's tree that is parallel  */
};

typedef mesa_status loop_body(void *context, size_t i, struct mesa_error *err);

struct loop {
    loop_body        *body;
    void             *context;
    size_t            n, run;
    atomic_size_t     next;    /* first index not handed out              */
    atomic_size_t     failed;  /* lowest index that failed, n if none     */
    struct mesa_error err;     /* of that index; under pool.lock          */
    mesa_status       status;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t  work;      /* a loop has begun, or stop is set        */
    pthread_cond_t  idle;      /* running has become 0                    */
    struct loop    *loop;      /* NULL: none that can be joined           */
    uint64_t        serial;    /* of the loop                             */
    atomic_size_t   posted;    /* news so far: loops, and stops           */
    atomic_size_t   running;   /* pool threads at work in it              */
    bool            stop;
    bool            started;   /* and so is not to be tried again         */
    bool            at_fork;   /* handlers are in place                   */
    size_t          n_workers;
    pthread_t       worker[MAX_THREADS];
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .idle = PTHREAD_COND_INITIALIZER
};

static atomic_bool busy; /* a loop has the pool */
static atomic_bool patient; /* every thread has a processor: spinning pays */
static atomic_size_t n_threads = 1;

/* One index failed: keep the error if there is none of a lower index. */
static void
record_failure(struct loop *loop, size_t i, mesa_status st,
               const struct mesa_error *err)
{
    pthread_mutex_lock(&pool.lock);
    if (i < atomic_load(&loop->failed)) {
        atomic_store(&loop->failed, i);
        loop->status = st;
        loop->err = *err;
    }
    pthread_mutex_unlock(&pool.lock);
}

/* Work off runs of indices until there are none, or only such as lie above a
 * failure. */
static void
take_part(struct loop *loop)
{
    struct mesa_error err = { MESA_OK, 0, "", "" };

    for (;;) {
        size_t i = atomic_fetch_add(&loop->next, loop->run), end;

        if (i >= loop->n)
            return;
        end = loop->n - i < loop->run ? loop->n : i + loop->run;
        for (; i < end; i++) {
            mesa_status st;

            if (i >= atomic_load_explicit(&loop->failed,
                                          memory_order_relaxed))
                return;
            st = loop->body(loop->context, i, &err);
            if (st != MESA_OK) {
                record_failure(loop, i, st, &err);
                return;
            }
        }
    }
}

/* Look at *watched for a while, as waking up takes longer than many loops do;
 * true once it is no longer old. */
static bool
changes_soon(atomic_size_t *watched, size_t old)
{
    for (int i = 0; i < SPINS && atomic_load(&patient); i++) {
        if (atomic_load(watched) != old)
            return true;
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    }
    return false;
}

/* With pool.lock held: return when there may be news, which were not there
 * when the lock was taken. */
static void
wait_for_news(void)
{
    size_t posted = atomic_load(&pool.posted);

    pthread_mutex_unlock(&pool.lock);
    changes_soon(&pool.posted, posted);
    pthread_mutex_lock(&pool.lock);
    if (atomic_load(&pool.posted) == posted)
        pthread_cond_wait(&pool.work, &pool.lock);
}

/* Sleep until there is a loop that this thread has not yet been part of, work
 * in it, sleep again.  The loop lives on its caller's stack: it is safe to
 * use from when running counts this thread until it no longer does. */
static void *
worker_main(void *unused)
{
    uint64_t seen = 0;

    pthread_mutex_lock(&pool.lock);
    while (!pool.stop) {
        struct loop *loop = pool.loop;

        if (!loop || pool.serial == seen) {
            wait_for_news();
            continue;
        }
        seen = pool.serial;
        atomic_fetch_add(&pool.running, 1);
        pthread_mutex_unlock(&pool.lock);
        take_part(loop);
        pthread_mutex_lock(&pool.lock);
        if (atomic_fetch_sub(&pool.running, 1) == 1)
            pthread_cond_signal(&pool.idle);
    }
    pthread_mutex_unlock(&pool.lock);
    return unused;
}

/* fork() copies only the thread that calls it: the child starts without
 * workers, and makes its own when it needs them. */
static void
before_fork(void)
{
    pthread_mutex_lock(&pool.lock);
}

static void
after_fork_in_parent(void)
{
    pthread_mutex_unlock(&pool.lock);
}

static void
after_fork_in_child(void)
{
    /* The copies still count the parent's workers as waiting. */
    pthread_cond_init(&pool.work, NULL);
    pthread_cond_init(&pool.idle, NULL);
    pool.loop = NULL;
    pool.running = 0;
    pool.started = false;
    pool.n_workers = 0;
    atomic_store(&busy, false);
    pthread_mutex_unlock(&pool.lock);
}

/* With busy held.  When the system gives fewer threads than asked for, the
 * loops make do with them: results do not depend on it.  Signals are left to
 * the program's own threads. */
static void
start_workers(void)
{
    size_t want = atomic_load(&n_threads) - 1;
    sigset_t all, old;

    pool.started = true;
    if (!pool.at_fork)
        pool.at_fork = pthread_atfork(before_fork, after_fork_in_parent,
                                      after_fork_in_child) == 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    while (pool.n_workers < want
           && pthread_create(&pool.worker[pool.n_workers], NULL, worker_main,
                             NULL) == 0)
        pool.n_workers++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* With busy held, so that no worker is inside a loop. */
static void
stop_workers(void)
{
    pthread_mutex_lock(&pool.lock);
    pool.stop = true;
    atomic_fetch_add(&pool.posted, 1);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (size_t i = 0; i < pool.n_workers; i++)
        pthread_join(pool.worker[i], NULL);
    pool.n_workers = 0;
    pool.started = false;
    pool.stop = false;
}

/* Unloading the library, or leaving the program, must not leave threads
 * behind in its code. */
__attribute__((destructor)) static void
fini(void)
{
    if (!atomic_exchange(&busy, true))
        stop_workers();
}

/* Processors that the process may run on; all that are there when they are
 * more than a cpu_set_t can name. */
static size_t
available(void)
{
    cpu_set_t set;
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    return (size_t)MESA_MAX(n, 1);
}

mesa_status
mesa_parallel_set_threads(size_t n, struct mesa_error *err)
{
    if (n > MAX_THREADS)
        return mesa_fail(err, MESA_EINVAL, "threads is %zu, at most %d", n,
                         MAX_THREADS);
    if (n == 0)
        n = MESA_MIN(available(), (size_t)MAX_THREADS);
    if (atomic_exchange(&busy, true))
        return mesa_fail(err, MESA_ESTATE,
                         "threads set to %zu inside a parallel loop", n);
    if (n != atomic_load(&n_threads))
        stop_workers();
    atomic_store(&n_threads, n);
    atomic_store(&patient, n <= available());
    atomic_store(&busy, false);
    return MESA_OK;
}

size_t
mesa_parallel_threads(void)
{
    return atomic_load(&n_threads);
}

/* The first failure ends it, and is the lowest. */
static mesa_status
run_inline(size_t n, loop_body *body, void *context, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = body(context, i, err);
    return st;
}

/* With busy held. */
static void
run_in_pool(struct loop *loop)
{
    size_t running;

    pthread_mutex_lock(&pool.lock);
    pool.loop = loop;
    pool.serial++;
    atomic_fetch_add(&pool.posted, 1);
    /* Wake no more threads than there are indices for. */
    if (loop->n > pool.n_workers)
        pthread_cond_broadcast(&pool.work);
    else
        for (size_t i = 1; i < loop->n; i++)
            pthread_cond_signal(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    take_part(loop);
    /* Threads that wake up only now find nothing; wait for the others. */
    pthread_mutex_lock(&pool.lock);
    pool.loop = NULL;
    while ((running = atomic_load(&pool.running)) > 0) {
        pthread_mutex_unlock(&pool.lock);
        changes_soon(&pool.running, running);
        pthread_mutex_lock(&pool.lock);
        if (atomic_load(&pool.running) == running)
            pthread_cond_wait(&pool.idle, &pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
}

mesa_status
mesa_parallel_for(size_t n, loop_body *body, void *context,
                  struct mesa_error *err)
{
    size_t threads = atomic_load(&n_threads);
    struct loop loop = { .body = body, .context = context, .n = n };

    if (n < 2 || threads < 2 || atomic_exchange(&busy, true))
        return run_inline(n, body, context, err);
    if (!pool.started)
        start_workers();
    loop.run = MESA_MAX(n / (threads * RUNS_PER_THREAD), 1);
    atomic_init(&loop.next, 0);
    atomic_init(&loop.failed, n);
    run_in_pool(&loop);
    atomic_store(&busy, false);
    if (loop.status != MESA_OK && err)
        *err = loop.err;
    return loop.status;
}

/* Eight lanes: one vector register of the widest instruction set, several of
 * the others; the compiler splits it. */
typedef double lanes __attribute__((vector_size(64)));

static inline __attribute__((always_inline)) double
fold(const double s[8])
{
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/* One chunk: lane j % 8 adds element j, in order, then the lanes fold. */
MESA_CLONES static double
chunk_sum(const double *x, size_t n)
{
    lanes s = { 0 }, v;
    double part[8];
    size_t i;

    for (i = 0; i + 8 <= n; i += 8) {
        __builtin_memcpy(&v, x + i, sizeof v);
        s += v;
    }
    __builtin_memcpy(part, &s, sizeof part);
    for (size_t l = 0; i + l < n; l++)
        part[l] += x[i + l];
    return fold(part);
}

/* The same of products; each is rounded before it is added, since only some
 * instruction sets could do it in one step. */
MESA_CLONES static double
chunk_dot(const double *x, const double *y, size_t n)
{
    lanes s = { 0 }, v, w;
    double part[8];
    size_t i;

    for (i = 0; i + 8 <= n; i += 8) {
        __builtin_memcpy(&v, x + i, sizeof v);
        __builtin_memcpy(&w, y + i, sizeof w);
        s += v * w;
    }
    __builtin_memcpy(part, &s, sizeof part);
    for (size_t l = 0; i + l < n; l++)
        part[l] += x[i + l] * y[i + l];
    return fold(part);
}

/*
 * Adds terms as a balanced tree would, while they come in: level l holds the
 * sum of 2^l of them whenever bit l of the count is set.
 */
struct tree {
    uint64_t count;
    double   level[64];
};

static void
tree_add(struct tree *t, double term)
{
    int l = 0;

    for (uint64_t bits = t->count++; bits & 1; bits >>= 1)
        term = t->level[l++] + term;
    t->level[l] = term;
}

/* What is left over is added from the smallest subtree up. */
static double
tree_total(const struct tree *t)
{
    double total = 0;
    bool any = false;

    for (int l = 0; l < 64 && t->count >> l; l++) {
        if (!(t->count >> l & 1))
            continue;
        total = any ? t->level[l] + total : t->level[l];
        any = true;
    }
    return total;
}

struct sum {
    const double *x, *y; /* y: NULL for a plain sum                     */
    size_t        n;
    size_t        leaf;  /* elements below a leaf: 2^s chunks, so that  */
    double       *total; /* each leaf is a complete subtree             */
};

static mesa_status
sum_leaf(void *context, size_t i, struct mesa_error *err)
{
    const struct sum *s = context;
    size_t end = MESA_MIN(s->n, (i + 1) * s->leaf);
    struct tree tree;

    (void)err;
    tree.count = 0;
    for (size_t at = i * s->leaf; at < end; at += MESA_CHUNK) {
        size_t m = MESA_MIN(end - at, MESA_CHUNK);

        tree_add(&tree, s->y ? chunk_dot(s->x + at, s->y + at, m)
                             : chunk_sum(s->x + at, m));
    }
    s->total[i] = tree_total(&tree);
    return MESA_OK;
}

/*
 * The leaves depend on n alone, so that the shape does not depend on the
 * threads that share them; no memory is needed, so that sums cannot fail.
 */
static double
fixed_sum(const double *x, const double *y, size_t n)
{
    double total[MAX_LEAVES];
    struct sum s = { x, y, n, 16 * MESA_CHUNK, total };
    struct tree tree;
    size_t leaves;

    while (n / s.leaf >= MAX_LEAVES)
        s.leaf *= 2;
    leaves = n / s.leaf + (n % s.leaf != 0);
    mesa_parallel_for(leaves, sum_leaf, &s, NULL);
    tree.count = 0;
    for (size_t i = 0; i < leaves; i++)
        tree_add(&tree, total[i]);
    return tree_total(&tree);
}

double
mesa_vsum(const double *x, size_t n)
{
    return fixed_sum(x, NULL, n);
}

double
mesa_vdot(const double *x, const double *y, size_t n)
{
    return fixed_sum(x, y, n);
}
