/* SPDX-License-Identifier: MIT */
/*
 * neighbors.c - how long the search for neighbours takes.
 *
 *     neighbors [ROWS [COLUMNS]]
 *
 * On the source `classification` with 1 % minority.  Prints a line per
 * measurement: name, tab, median seconds, tab, note.
 */
#include "measure.h"

#include <string.h>

enum { RUNS = 3 };

static struct mesa_bundle *
open_data(const char *rows, const char *cols)
{
    char n[64], m[64];
    const char *set[] = { n, m, "d.weights=0.99", "d.flip_y=0.01", NULL };
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_instance *s;
    struct mesa_rng rng;

    snprintf(n, sizeof n, "d.n_samples=%s", rows);
    snprintf(m, sizeof m, "d.n_features=%s", cols);
    mesa_rng_seed(&rng, 0);
    check(mesa_instance_new(
        component(MESA_KIND_SOURCE, "classification", "d", set), &s,
        &failure));
    check(mesa_source_open(s, bundle, &rng, &failure));
    mesa_instance_free(s);
    return bundle;
}

/* Of the given rows: their votes, or who their neighbours are. */
static void
bench_search(const char *name, const struct mesa_dataset *d, const size_t *row,
             size_t n, size_t k, bool votes)
{
    const struct mesa_cmatrix x = { d->x.data, n, d->x.cols, d->x.stride,
                                    row };
    const struct mesa_query query = { sizeof query, &x, row, k };
    double seconds[RUNS];
    size_t *index = calloc(n * k, sizeof *index);
    double *vote = calloc(n * d->n_classes, sizeof *vote), sum = 0;

    for (size_t i = 0; i < RUNS; i++) {
        double start = now();
        struct mesa_neighbors *nb;

        check(mesa_neighbors_new(d, MESA_EUCLIDEAN, &nb, &failure));
        check(votes ? mesa_neighbors_votes(nb, &query, vote, &failure)
                    : mesa_neighbors_find(nb, &query, index, NULL, &failure));
        mesa_neighbors_free(nb);
        seconds[i] = now() - start;
    }
    for (size_t i = 0; i < n; i++)
        sum += votes ? vote[i * d->n_classes] : (double)index[i * k];
    printf("%s\t%.9g\tk = %zu, %zu of %zu rows, %zu columns, sum %.17g\n",
           name, median(seconds, RUNS), k, n, d->x.rows, d->x.cols, sum);
    fflush(stdout);
    free(index);
    free(vote);
}

static void
bench_all(const struct mesa_dataset *d, const char *threads)
{
    size_t *row = malloc(d->x.rows * sizeof *row), n = 0;
    char name[64];

    check(mesa_parallel_set_threads((size_t)atoi(threads), &failure));
    n = mesa_class_rows(d, 1, row);
    snprintf(name, sizeof name, "neighbours of the minority, %s", threads);
    bench_search(name, d, row, n, 1, false);
    n = mesa_class_rows(d, 0, row);
    snprintf(name, sizeof name, "votes on the majority, %s", threads);
    bench_search(name, d, row, n, 3, true);
    for (n = 0; n < d->x.rows; n++)
        row[n] = n;
    snprintf(name, sizeof name, "neighbours of all, %s", threads);
    bench_search(name, d, row, n, 5, false);
    free(row);
}

int
main(int argc, char **argv)
{
    struct mesa_bundle *b;

    open_registry();
    b = open_data(argc > 1 ? argv[1] : "100000", argc > 2 ? argv[2] : "30");
    bench_all(mesa_bundle_dataset(b, MESA_PART_ALL), "1");
    bench_all(mesa_bundle_dataset(b, MESA_PART_ALL), "2");
    mesa_bundle_free(b);
    close_registry();
    return 0;
}
