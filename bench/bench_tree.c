/* SPDX-License-Identifier: MIT */
/*
 * bench_tree - how long the tree plugin takes.
 *
 * Medians over repetitions, one thread unless said otherwise:
 *
 *     exact    100,000 rows of 30 columns, 1 % of them positive, full depth
 *     small    312 rows of 6 columns, half of them positive, full depth
 *     predict  6,709 rows of 6 columns by such a tree, without and with index
 *     hist     1,000,000 rows of 30 columns, one thread and two
 *
 * Data are two overlapping clouds from a fixed stream.  bench_tree X Y COLS
 * takes raw files instead, float64 rows and int32 classes, for exact, hist and
 * the classes' balance in small.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mesa/mesa.h>

const struct mesa_plugin *mesa_plugin(void);

struct data {
    double *x;
    int32_t *y;
    size_t  n, d;
};

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *t, size_t n)
{
    qsort(t, n, sizeof *t, compare);
    return t[n / 2];
}

static void
die(const char *what)
{
    fprintf(stderr, "bench_tree: %s\n", what);
    exit(1);
}

/* An instance with the default parameters, as the core would fill them. */
static struct mesa_estimator_class
class_of_tree(void)
{
    const struct mesa_class *head = mesa_plugin()->classes[0];
    struct mesa_estimator_class c;

    memcpy(&c, head, sizeof c);
    return c;
}

static char *
new_tree(const struct mesa_estimator_class *c, bool hist)
{
    char *self = calloc(1, c->head.self_size);

    if (!self)
        die("out of memory");
    for (const struct mesa_param *p = c->head.params; p->type; p++) {
        if (p->type == MESA_TYPE_INT)
            memcpy(self + p->offset, &p->dflt.i, sizeof p->dflt.i);
        if (p->type == MESA_TYPE_REAL)
            memcpy(self + p->offset, &p->dflt.r, sizeof p->dflt.r);
        if (p->type == MESA_TYPE_CHOICE) {
            int v = (int)p->dflt.i;

            if (strcmp(p->name, "method") == 0)
                v = hist;
            memcpy(self + p->offset, &v, sizeof v);
        }
    }
    return self;
}

/* Rows of two normal clouds a little apart in a third of the columns, a share
 * of them positive, one in a hundred labelled at random. */
static struct data
make_data(size_t n, size_t d, double share)
{
    struct data out = { malloc(n * d * sizeof *out.x),
                        malloc(n * sizeof *out.y), n, d };
    struct mesa_rng rng;

    if (!out.x || !out.y)
        die("out of memory");
    mesa_rng_seed(&rng, 1);
    for (size_t r = 0; r < n; r++) {
        int32_t c = mesa_rng_uniform(&rng) < share;

        for (size_t j = 0; j < d; j++)
            out.x[r * d + j] = mesa_rng_normal(&rng)
                               + (j < d / 3 + 1 && c ? 1.0 : 0.0);
        if (mesa_rng_below(&rng, 100) == 0)
            c = mesa_rng_below(&rng, 2) != 0;
        out.y[r] = c;
    }
    return out;
}

static void *
read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    void *block;
    long end;

    if (!f || fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0)
        die(path);
    rewind(f);
    block = malloc((size_t)end + 1);
    if (!block || fread(block, 1, (size_t)end, f) != (size_t)end)
        die(path);
    fclose(f);
    *size = (size_t)end;
    return block;
}

static struct mesa_dataset
view(const struct data *d)
{
    return (struct mesa_dataset){
        .struct_size = sizeof(struct mesa_dataset),
        .x = { d->x, d->n, d->d, d->d, NULL }, .y = d->y, .n_classes = 2
    };
}

/* Fit and predict the training rows; the median time of a fit. */
static double
time_fit(const struct data *d, bool hist, size_t repeats, double *right)
{
    struct mesa_estimator_class c = class_of_tree();
    struct mesa_dataset train = view(d);
    double *t = malloc(repeats * sizeof *t);
    double *proba = malloc(2 * d->n * sizeof *proba), m;
    char *self = new_tree(&c, hist);
    struct mesa_rng rng;
    struct mesa_error err;

    mesa_rng_seed(&rng, 0);
    if (!t || !proba || c.head.init(self, &err) != MESA_OK)
        die("out of memory");
    for (size_t i = 0; i < repeats; i++) {
        double start = now();

        if (c.fit(self, &train, NULL, &rng, &err) != MESA_OK)
            die(err.message);
        t[i] = now() - start;
    }
    m = median(t, repeats);
    c.predict_proba(self, &train.x, proba, &err);
    *right = 0;
    for (size_t r = 0; r < d->n; r++)
        *right += (proba[2 * r + 1] > 0.5) == (d->y[r] == 1);
    *right /= (double)d->n;
    c.head.fini(self);
    free(self);
    free(proba);
    free(t);
    return m;
}

/* All positive rows and as many others, with their classes. */
static size_t
pick_balanced(const struct data *d, struct mesa_rng *rng, size_t *pick,
              int32_t *y)
{
    size_t n = 0, want;

    for (size_t r = 0; r < d->n; r++)
        if (d->y[r] == 1)
            pick[n++] = r;
    for (want = 2 * n; n < want;) {
        size_t r = mesa_rng_below(rng, d->n);

        if (d->y[r] == 0)
            pick[n++] = r;
    }
    for (size_t r = 0; r < n; r++)
        y[r] = d->y[pick[r]];
    return n;
}

/* One tree after another on balanced subsets, as under-sampling does. */
static void
bench_small(const struct data *d)
{
    enum { TREES = 400, ROUNDS = 5 };
    struct mesa_estimator_class c = class_of_tree();
    struct mesa_dataset all = view(d);
    struct mesa_cmatrix indexed = all.x;
    size_t *pick = malloc(d->n * sizeof *pick);
    size_t *rows = malloc(d->n * sizeof *rows);
    double *proba = malloc(2 * d->n * sizeof *proba);
    double t[ROUNDS * TREES], plain[ROUNDS * TREES], through[ROUNDS * TREES];
    int32_t *y = malloc(d->n * sizeof *y);
    char *self = new_tree(&c, false);
    struct mesa_rng rng;
    struct mesa_error err;
    size_t n1 = 0;

    if (!pick || !rows || !proba || !y)
        die("out of memory");
    for (size_t r = 0; r < d->n; r++)
        rows[r] = r;
    indexed.index = rows;
    mesa_rng_seed(&rng, 0);
    for (size_t i = 0; i < ROUNDS * TREES; i++) {
        struct mesa_dataset sub = all;
        size_t n;
        double start;

        n = pick_balanced(d, &rng, pick, y);
        n1 = n / 2;
        sub.x.index = pick;
        sub.x.rows = n;
        sub.y = y;
        start = now();
        if (c.fit(self, &sub, NULL, &rng, &err) != MESA_OK)
            die(err.message);
        t[i] = now() - start;
        start = now();
        c.predict_proba(self, &all.x, proba, &err);
        plain[i] = now() - start;
        start = now();
        c.predict_proba(self, &indexed, proba, &err);
        through[i] = now() - start;
    }
    printf("small    %zu x %zu: %.1f us a tree\n", 2 * n1, d->d,
           1e6 * median(t, ROUNDS * TREES));
    printf("predict  %zu x %zu: %.1f us, through an index %.1f us\n", d->n,
           d->d, 1e6 * median(plain, ROUNDS * TREES),
           1e6 * median(through, ROUNDS * TREES));
    c.head.fini(self);
    free(self);
    free(pick);
    free(rows);
    free(proba);
    free(y);
}

static void
bench_large(const char *name, const struct data *d, bool hist, size_t repeats)
{
    double right, t = time_fit(d, hist, repeats, &right);

    printf("%-8s %zu x %zu, %zu threads: %.3f s, training accuracy %.5f\n",
           name, d->n, d->d, mesa_parallel_threads(), t, right);
}

int
main(int argc, char **argv)
{
    struct data d;
    struct mesa_error err;

    if (argc > 3) {
        size_t bytes;

        d.x = read_file(argv[1], &bytes);
        d.d = (size_t)atol(argv[3]);
        d.n = bytes / sizeof *d.x / d.d;
        d.y = read_file(argv[2], &bytes);
        if (d.n < 10000) {
            bench_small(&d);
            return 0;
        }
        bench_large("exact", &d, false, 5);
        bench_large("hist", &d, true, 5);
        mesa_parallel_set_threads(2, &err);
        bench_large("exact", &d, false, 5);
        bench_large("hist", &d, true, 5);
        return 0;
    }
    d = make_data(100000, 30, 0.01);
    bench_large("exact", &d, false, 5);
    free(d.x);
    free(d.y);
    d = make_data(6709, 6, 0.023);
    bench_small(&d);
    free(d.x);
    free(d.y);
    d = make_data(1000000, 30, 0.01);
    for (size_t threads = 1; threads <= 2; threads++) {
        mesa_parallel_set_threads(threads, &err);
        bench_large("hist", &d, true, 3);
    }
    free(d.x);
    free(d.y);
    return 0;
}
