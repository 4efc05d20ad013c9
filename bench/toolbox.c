/* SPDX-License-Identifier: MIT */
/*
 * toolbox.c - how long samplers, neighbours and ensembles take.
 *
 *     toolbox FOLDER [PART]
 *
 * Data, lines and FOLDER as for bench; PART is the beginning of the names to
 * measure (all).  Leaves its data of 20,000 and 200,000 rows in FOLDER.
 */
#include "measure.h"

#include <string.h>
#include <unistd.h>

enum { MOST_RUNS = 50 };

static const char *part = "";

static bool
wanted(const char *name)
{
    return strncmp(name, part, strlen(part)) == 0;
}

static void
bench_sampler(const char *name, const char *type, const struct mesa_dataset *d,
              size_t runs)
{
    const struct mesa_component *sampler =
        component(MESA_KIND_SAMPLER, type, type, NULL);
    double seconds[MOST_RUNS];
    char note[80];
    size_t rows = 0;

    for (size_t i = 0; i < runs && wanted(name); i++) {
        double start = now();
        struct mesa_sample *s = mesa_sample_new(d);
        const struct mesa_dataset *sample;
        struct mesa_instance *u;
        struct mesa_rng rng;

        mesa_rng_seed(&rng, 0);
        check(mesa_instance_new(sampler, &u, &failure));
        check(mesa_sampler_resample(u, d, NULL, s, &rng, &failure));
        check(mesa_sample_dataset(s, &sample, &failure));
        seconds[i] = now() - start;
        rows = sample->x.rows;
        mesa_instance_free(u);
        mesa_sample_free(s);
    }
    if (!wanted(name))
        return;
    snprintf(note, sizeof note, "%zu rows become %zu", d->x.rows, rows);
    report(name, seconds, runs, note);
}

/* set: "NAME.key=value", ... as the section is named like the class. */
static void
bench_fit(const char *name, const char *type, const char *const *set,
          const struct mesa_dataset *d, size_t threads, size_t runs)
{
    const struct mesa_component *learner =
        component(MESA_KIND_ESTIMATOR, type, type, set);
    double seconds[MOST_RUNS];
    struct mesa_instance *e;
    char note[80];

    if (!wanted(name))
        return;
    set_threads(threads);
    for (size_t i = 0; i < runs; i++) {
        double start = now();
        struct mesa_rng rng;

        mesa_rng_seed(&rng, 0);
        check(mesa_instance_new(learner, &e, &failure));
        check(mesa_estimator_fit(e, d, NULL, &rng, &failure));
        seconds[i] = now() - start;
        mesa_instance_free(e);
    }
    set_threads(1);
    snprintf(note, sizeof note, "fit on %zu rows", d->x.rows);
    report(name, seconds, runs, note);
}

/* The k nearest of all rows, the search built anew. */
static void
bench_neighbors(const char *name, const struct mesa_dataset *d,
                size_t threads, size_t runs)
{
    const struct mesa_query query = { sizeof query, NULL, NULL, 5 };
    size_t *index = malloc(d->x.rows * query.k * sizeof *index);
    double seconds[MOST_RUNS];
    struct mesa_neighbors *nb;
    char note[80];

    set_threads(threads);
    for (size_t i = 0; i < runs && wanted(name); i++) {
        double start = now();

        check(mesa_neighbors_new(d, MESA_EUCLIDEAN, &nb, &failure));
        check(mesa_neighbors_find(nb, &query, index, NULL, &failure));
        mesa_neighbors_free(nb);
        seconds[i] = now() - start;
    }
    set_threads(1);
    snprintf(note, sizeof note, "%zu nearest of all %zu rows", query.k,
             d->x.rows);
    if (wanted(name))
        report(name, seconds, runs, note);
    free(index);
}

/* Of a fitted learner, for as many rows as it was fitted on. */
static void
bench_predict(const char *name, const char *type, const char *const *set,
              const struct mesa_dataset *d, size_t runs)
{
    double *p;
    double seconds[MOST_RUNS];
    struct mesa_instance *e;
    struct mesa_rng rng;
    char note[80];

    if (!wanted(name))
        return;
    p = malloc(d->x.rows * d->n_classes * sizeof *p);
    mesa_rng_seed(&rng, 0);
    check(mesa_instance_new(component(MESA_KIND_ESTIMATOR, type, type, set),
                            &e, &failure));
    check(mesa_estimator_fit(e, d, NULL, &rng, &failure));
    for (size_t i = 0; i < runs; i++) {
        double start = now();

        check(mesa_estimator_predict_proba(e, &d->x, p, &failure));
        seconds[i] = now() - start;
    }
    snprintf(note, sizeof note, "%zu rows, fitted on them", d->x.rows);
    report(name, seconds, runs, note);
    mesa_instance_free(e);
    free(p);
}

static void
bench_small(const char *folder)
{
    struct mesa_bundle *b = open_rows("20000", "small");
    const struct mesa_dataset *d = mesa_bundle_dataset(b, MESA_PART_ALL);

    leave(folder, "small", d);
    bench_sampler("tomek, 20000 rows", "tomek", d, 3);
    bench_sampler("enn, 20000 rows", "enn", d, 3);
    bench_fit("forest of 100", "forest", NULL, d, 1, 3);
    bench_fit("forest of 100, 2 threads", "forest", NULL, d, 2, 3);
    bench_neighbors("neighbours", d, 1, 3);
    bench_neighbors("neighbours, 2 threads", d, 2, 3);
    bench_predict("knn predict", "knn", NULL, d, 3);
    mesa_bundle_free(b);
}

static void
bench_large(void)
{
    struct mesa_bundle *b = open_rows("100000", "large");
    const struct mesa_dataset *d = mesa_bundle_dataset(b, MESA_PART_ALL);
    static const char *const ten[] = { "self_paced_ensemble.n_estimators=10",
                                       NULL };

    bench_sampler("tomek, 106 s by imbalanced-learn 0.10", "tomek", d, 3);
    bench_sampler("enn, 109 s by imbalanced-learn 0.10", "enn", d, 3);
    bench_sampler("smote", "smote", d, 15);
    bench_sampler("g_smote", "g_smote", d, 3);
    bench_fit("self-paced ensemble of 10, 1.35 s by the published code",
              "self_paced_ensemble", ten, d, 1, 9);
    mesa_bundle_free(b);
}

static void
bench_gradient(const char *folder)
{
    static const char *const set[] = { "gradient_boosting.early_stopping=false",
                                       NULL };
    struct mesa_bundle *b;

    b = open_rows("200000", "huge");
    leave(folder, "huge", mesa_bundle_dataset(b, MESA_PART_ALL));
    bench_fit("gradient_boosting of 100", "gradient_boosting", set,
              mesa_bundle_dataset(b, MESA_PART_ALL), 1, 3);
    bench_predict("gradient_boosting predict", "gradient_boosting", set,
                  mesa_bundle_dataset(b, MESA_PART_ALL), 5);
    mesa_bundle_free(b);
}

/* n rows of k probabilities; those of each row sum to 1. */
static double *
made_proba(size_t n, size_t k)
{
    double *p = malloc(n * k * sizeof *p);
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 0);
    for (size_t i = 0; p && i < n; i++) {
        double *row = p + i * k, sum = 0;

        for (size_t c = 0; c < k; c++)
            sum += row[c] = mesa_rng_uniform(&rng);
        for (size_t c = 0; c < k; c++)
            row[c] /= sum;
    }
    return p;
}

/* The 100 best of a pool that is predicted already. */
static void
bench_acquisition(const char *name, const char *type,
                  const struct mesa_pool *pool)
{
    enum { K = 100, RUNS = 15 };
    size_t pick[K];
    double utility[K], seconds[RUNS];
    struct mesa_instance *a;
    char note[80];

    check(mesa_instance_new(component(MESA_KIND_ACQUISITION, type, type,
                                      NULL),
                            &a, &failure));
    for (size_t i = 0; i < RUNS; i++) {
        struct mesa_rng rng;
        double start = now();

        mesa_rng_seed(&rng, 0);
        check(mesa_acquisition_select(a, pool, K, pick, utility, &rng,
                                      &failure));
        seconds[i] = now() - start;
    }
    snprintf(note, sizeof note, "%d of %zu rows with %zu classes", K, pool->n,
             pool->n_classes);
    report(name, seconds, RUNS, note);
    mesa_instance_free(a);
}

static void
bench_pool(void)
{
    enum { ROWS = 2000000, CLASSES = 10 };
    double *proba = NULL;
    size_t *row = NULL;
    struct mesa_pool pool = { .struct_size = sizeof pool, .n = ROWS,
                              .n_classes = CLASSES };

    if (!wanted("acquire"))
        return;
    proba = made_proba(ROWS, CLASSES);
    row = malloc(ROWS * sizeof *row);
    if (!proba || !row)
        exit(1);
    for (size_t i = 0; i < ROWS; i++)
        row[i] = i;
    pool.proba = proba;
    pool.row = row;
    bench_acquisition("acquire by breaking_ties", "breaking_ties", &pool);
    bench_acquisition("acquire by entropy", "entropy", &pool);
    free(proba);
    free(row);
}

static void
bench_mammography(const char *folder)
{
    static const char *const boost[] = { "smoteboost.n_estimators=10",
                                         "smoteboost.variant=mesa", NULL };
    char path[4096], file[4200];
    const char *set[] = { file, NULL };
    struct mesa_bundle *b;

    snprintf(path, sizeof path, "%s/Mammo_train.csv", folder);
    if (access(path, R_OK) != 0)
        return;
    snprintf(file, sizeof file, "mammography.train=%s", path);
    b = open_source(component(MESA_KIND_SOURCE, "csv", "mammography", set));
    bench_fit("SMOTEBoost of 10, 382 ms by the published code", "smoteboost",
              boost, mesa_bundle_dataset(b, MESA_PART_TRAIN), 1, MOST_RUNS);
    mesa_bundle_free(b);
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: toolbox FOLDER [PART]\n", stderr);
        return 2;
    }
    if (argc > 2)
        part = argv[2];
    open_registry();
    bench_mammography(argv[1]);
    bench_small(argv[1]);
    bench_large();
    bench_gradient(argv[1]);
    bench_pool();
    close_registry();
    return 0;
}
