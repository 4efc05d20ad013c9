/* SPDX-License-Identifier: MIT */
/*
 * bench.c - how long the hot pieces take: trees, MESA and CSV files.
 *
 *     bench FOLDER [ROWS_EXACT [ROWS_LARGE]]
 *
 * Makes its data with the source `classification` (30 columns, 1 % minority),
 * leaves them in FOLDER for the peers (bench/peers.py), and prints a line per
 * measurement: name, tab, median seconds, tab, note.  One thread unless the
 * name says otherwise.  Mammography too, if FOLDER holds Mammo_train.csv.
 */
#include "measure.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_RUNS 1000

static double
accuracy(const struct mesa_instance *tree, const struct mesa_dataset *d)
{
    double *p = malloc(d->x.rows * d->n_classes * sizeof *p);
    const struct mesa_outcome o = { sizeof o, d->n_classes, d->x.rows, d->y,
                                    p, 1 };
    double v;

    check(mesa_estimator_predict_proba(tree, &d->x, p, &failure));
    check(mesa_metric_value(mesa_metric_find("accuracy"), &o, &v, &failure));
    free(p);
    return v;
}

/* Nodes of a fitted tree, as its model file has them. */
static size_t
count_nodes(const struct mesa_instance *tree)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_tensor t;
    size_t n;

    check(mesa_instance_save(tree, a, "tree", 0, &failure));
    check(mesa_archive_get(a, "tree.0.feature", &t, &failure));
    n = t.shape[0];
    mesa_archive_free(a);
    return n;
}

static void
bench_fit(const char *name, const struct mesa_component *tree,
          const struct mesa_dataset *d, size_t runs)
{
    double seconds[MOST_RUNS];
    struct mesa_instance *t;
    struct mesa_rng rng;
    char note[80];

    mesa_rng_seed(&rng, 0);
    check(mesa_instance_new(tree, &t, &failure));
    for (size_t i = 0; i < runs; i++) {
        double start = now();

        check(mesa_estimator_fit(t, d, NULL, &rng, &failure));
        seconds[i] = now() - start;
    }
    snprintf(note, sizeof note,
             "%zu rows, %zu nodes, training accuracy %.6f", d->x.rows,
             count_nodes(t), accuracy(t, d));
    report(name, seconds, runs, note);
    mesa_instance_free(t);
}

static void
bench_exact(const char *folder, const char *rows)
{
    struct mesa_bundle *b = open_rows(rows, "d1");

    leave(folder, "exact", mesa_bundle_dataset(b, MESA_PART_ALL));
    bench_fit("tree exact", component(MESA_KIND_ESTIMATOR, "tree", "t1", NULL),
              mesa_bundle_dataset(b, MESA_PART_ALL), 3);
    mesa_bundle_free(b);
}

static void
bench_hist(const char *rows)
{
    static const char *const hist[] = { "t2.method=hist", NULL };
    const struct mesa_component *tree =
        component(MESA_KIND_ESTIMATOR, "tree", "t2", hist);
    struct mesa_bundle *b = open_rows(rows, "d2");

    bench_fit("tree hist", tree, mesa_bundle_dataset(b, MESA_PART_ALL), 3);
    set_threads(2);
    bench_fit("tree hist, 2 threads", tree,
              mesa_bundle_dataset(b, MESA_PART_ALL), 3);
    set_threads(1);
    mesa_bundle_free(b);
}

/* All positives and as many negatives, drawn anew for each tree. */
static void
bench_small(const struct mesa_dataset *d)
{
    const struct mesa_component *tree =
        component(MESA_KIND_ESTIMATOR, "tree", "t3", NULL);
    const struct mesa_component *under =
        component(MESA_KIND_SAMPLER, "random_under", "u3", NULL);
    static double fit[MOST_RUNS], predict[MOST_RUNS];
    double *p = malloc(d->x.rows * d->n_classes * sizeof *p);
    struct mesa_instance *t, *u;
    struct mesa_rng rng;
    char note[80];
    size_t rows = 0;

    mesa_rng_seed(&rng, 1);
    check(mesa_instance_new(tree, &t, &failure));
    check(mesa_instance_new(under, &u, &failure));
    for (size_t i = 0; i < MOST_RUNS; i++) {
        struct mesa_sample *s = mesa_sample_new(d);
        const struct mesa_dataset *sample;
        double start;

        check(mesa_sampler_resample(u, d, NULL, s, &rng, &failure));
        check(mesa_sample_dataset(s, &sample, &failure));
        start = now();
        check(mesa_estimator_fit(t, sample, NULL, &rng, &failure));
        fit[i] = now() - start;
        start = now();
        check(mesa_estimator_predict_proba(t, &d->x, p, &failure));
        predict[i] = now() - start;
        rows = sample->x.rows;
        mesa_sample_free(s);
    }
    snprintf(note, sizeof note, "%zu rows of %zu columns", rows, d->x.cols);
    report("tree small", fit, MOST_RUNS, note);
    snprintf(note, sizeof note, "%zu rows by such a tree", d->x.rows);
    report("tree predict", predict, MOST_RUNS, note);
    free(p);
    mesa_instance_free(t);
    mesa_instance_free(u);
}

/* Ensembles of ten trees, as an evaluation fits them. */
static void
bench_ensembles(const struct mesa_dataset *train,
                const struct mesa_dataset *valid)
{
    const struct mesa_component *tree =
        component(MESA_KIND_ESTIMATOR, "tree", "t4", NULL);
    const struct mesa_component *hardness =
        component(MESA_KIND_SAMPLER, "hardness", "h4", NULL);
    static double fit[MOST_RUNS];
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_rng root, rng;

    mesa_rng_seed(&root, 1);
    for (size_t i = 0; i < MOST_RUNS; i++) {
        double start = now();

        rng = mesa_rng_derive(&root, "fit", i);
        check(mesa_ensemble_fit(&e, 10, tree, hardness, train, valid, &rng,
                                &failure));
        fit[i] = now() - start;
    }
    report("mesa ensemble", fit, MOST_RUNS, "10 trees, sampler hardness");
    mesa_ensemble_free(&e);
}

/* One rewarded member: sample, tree, predictions, score, update. */
static double
learn(struct mesa_ensemble_loop *loop, struct mesa_instance *sampler,
      const struct mesa_dataset *train, double *score, bool done,
      struct mesa_rng *rng)
{
    double start = now(), before = *score;
    struct mesa_feedback f;

    check(mesa_ensemble_round(loop, MESA_SAMPLER_LEARN, &failure));
    check(mesa_ensemble_feedback(loop, &f, &failure));
    f.mode = MESA_SAMPLER_LEARN;
    check(mesa_metric_value(mesa_metric_find("aucprc"),
                            &(struct mesa_outcome){
                                sizeof(struct mesa_outcome), 2,
                                f.valid->x.rows, f.valid->y, f.valid_proba, 1 },
                            score, &failure));
    check(mesa_sampler_reward(sampler, *score - before, done, train, &f, rng,
                              &failure));
    return now() - start;
}

/* Steps of meta-training, as the metalearner mesa makes them. */
static void
bench_steps(const struct mesa_dataset *train, const struct mesa_dataset *valid)
{
    const struct mesa_component *tree =
        component(MESA_KIND_ESTIMATOR, "tree", "t5", NULL);
    const struct mesa_component *sac =
        component(MESA_KIND_SAMPLER, "sac", "s5", NULL);
    static double seconds[MOST_RUNS];
    struct mesa_ensemble e = { 0, NULL };
    struct mesa_instance *s;
    struct mesa_ranks *ranks[2];
    struct mesa_rng root;
    size_t n = 0;

    mesa_rng_seed(&root, 1);
    check(mesa_instance_new(sac, &s, &failure));
    check(mesa_ranks_new(&train->x, &ranks[0], &failure));
    check(mesa_ranks_new(&valid->x, &ranks[1], &failure));
    while (n + 9 <= MOST_RUNS) {
        struct mesa_rng rng = mesa_rng_derive(&root, "episode", n);
        const struct mesa_ensemble_job job = {
            sizeof job, 10, tree, s, train, valid, &rng, ranks[0], ranks[1]
        };
        struct mesa_ensemble_loop *loop;
        double score = 0;

        check(mesa_ensemble_begin(&e, &job, &loop, &failure));
        check(mesa_ensemble_round(loop, MESA_SAMPLER_USE, &failure));
        for (size_t i = 1; i < 10; i++) {
            struct mesa_rng draw = mesa_rng_derive(&rng, "reward", i);

            seconds[n++] = learn(loop, s, train, &score, i == 9, &draw);
        }
        mesa_ensemble_end(loop);
    }
    report("mesa step", seconds, n, "a rewarded tree and an update of sac");
    mesa_ranks_free(ranks[0]);
    mesa_ranks_free(ranks[1]);
    mesa_ensemble_free(&e);
    mesa_instance_free(s);
}

static void
bench_mammography(const char *folder)
{
    char path[4096], set_train[4200], set_valid[4200];
    const char *set[] = { set_train, set_valid, NULL };
    const struct mesa_dataset *train, *valid;
    struct mesa_bundle *b;

    snprintf(path, sizeof path, "%s/Mammo_train.csv", folder);
    if (access(path, R_OK) != 0)
        return;
    snprintf(set_train, sizeof set_train, "m.train=%s", path);
    snprintf(set_valid, sizeof set_valid, "m.valid=%s/Mammo_valid.csv",
             folder);
    b = open_source(component(MESA_KIND_SOURCE, "csv", "m", set));
    train = mesa_bundle_dataset(b, MESA_PART_TRAIN);
    valid = mesa_bundle_dataset(b, MESA_PART_VALID);
    bench_small(train);
    bench_ensembles(train, valid);
    bench_steps(train, valid);
    mesa_bundle_free(b);
}

/* A table of 30 numbers of nine digits per row, and a label. */
static size_t
write_csv(const char *path, size_t rows)
{
    FILE *f = fopen(path, "w");
    struct mesa_rng rng;
    long size;

    if (!f)
        exit((perror(path), 1));
    mesa_rng_seed(&rng, 2);
    for (int j = 0; j < 30; j++)
        fprintf(f, "x%d,", j);
    fputs("label\n", f);
    for (size_t r = 0; r < rows; r++) {
        for (int j = 0; j < 30; j++)
            fprintf(f, "%.9g,", mesa_rng_normal(&rng));
        fprintf(f, "%d\n", r % 100 == 0);
    }
    size = ftell(f);
    if (fclose(f) != 0)
        exit((perror(path), 1));
    return (size_t)size;
}

/* In a process of its own, so that its peak memory is its own. */
static void
bench_csv(const char *folder, const char *rows)
{
    char path[4096], set_file[4200], note[120];
    const char *set[] = { set_file, NULL };
    size_t n = strtoul(rows, NULL, 10), bytes;
    double seconds[3];
    struct rusage usage;
    pid_t child;

    snprintf(path, sizeof path, "%s/large.csv", folder);
    bytes = write_csv(path, n);
    snprintf(set_file, sizeof set_file, "c.train=%s", path);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        const struct mesa_component *csv =
            component(MESA_KIND_SOURCE, "csv", "c", set);

        for (size_t i = 0; i < 3; i++) {
            double start = now();

            mesa_bundle_free(open_source(csv));
            seconds[i] = now() - start;
        }
        getrusage(RUSAGE_SELF, &usage);
        qsort(seconds, 3, sizeof *seconds, by_value);
        snprintf(note, sizeof note,
                 "%.0f MB/s, peak memory %.2f of the matrix",
                 (double)bytes / seconds[1] / 1e6,
                 (double)usage.ru_maxrss * 1024 / ((double)n * 30 * 8));
        report("csv read", seconds, 3, note);
        exit(0);
    }
    waitpid(child, NULL, 0);
}

int
main(int argc, char **argv)
{
    const char *exact = argc > 2 ? argv[2] : "100000";
    const char *large = argc > 3 ? argv[3] : "1000000";

    if (argc < 2) {
        fputs("usage: bench FOLDER [ROWS_EXACT [ROWS_LARGE]]\n", stderr);
        return 2;
    }
    open_registry();
    bench_csv(argv[1], large);
    bench_mammography(argv[1]);
    bench_exact(argv[1], exact);
    bench_hist(large);
    close_registry();
    return 0;
}
