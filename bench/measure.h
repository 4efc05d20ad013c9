/* SPDX-License-Identifier: MIT */
/* measure.h - what the benchmarks share: a clock, medians, plugins. */
#ifndef MESA_BENCH_MEASURE_H
#define MESA_BENCH_MEASURE_H

#include "recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct mesa_recipe   recipe;
static struct mesa_registry registry;
static struct mesa_error    failure;

static inline void
check(mesa_status st)
{
    if (st == MESA_OK)
        return;
    fprintf(stderr, "bench: %s\n", failure.message);
    exit(1);
}

static inline double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts the measurements. */
static inline double
median(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, by_value);
    return seconds[n / 2];
}

/* A component of the plugin with settings "section.key=value". */
static inline const struct mesa_component *
component(enum mesa_kind kind, const char *name, const char *section,
          const char *const *set)
{
    const struct mesa_class *c;
    struct mesa_component *out;

    for (; set && *set; set++)
        check(mesa_ini_set(&recipe.ini, *set, &failure));
    check(mesa_registry_find(&registry, kind, name, &c, &failure));
    check(mesa_recipe_bind_class(&recipe, c, section, &out, &failure));
    return out;
}

/* One line of what run.sh puts into its table. */
static inline void
report(const char *name, double *seconds, size_t n, const char *note)
{
    printf("%s\t%.9g\t%s\n", name, median(seconds, n), note);
    fflush(stdout);
}

static inline void
set_threads(size_t n)
{
    check(mesa_parallel_set_threads(n, &failure));
}

static inline void
open_registry(void)
{
    check(mesa_registry_init(&registry, NULL, &failure));
    recipe.registry = &registry;
}

static inline void
close_registry(void)
{
    mesa_recipe_free(&recipe);
    mesa_registry_free(&registry);
}

static inline struct mesa_bundle *
open_source(const struct mesa_component *source)
{
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_instance *s;
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 0);
    check(mesa_instance_new(source, &s, &failure));
    check(mesa_source_open(s, bundle, &rng, &failure));
    mesa_instance_free(s);
    return bundle;
}

/* The source `classification` with 1 % minority and 30 columns. */
static inline struct mesa_bundle *
open_rows(const char *rows, const char *section)
{
    char set[4][80];
    const char *all[] = { set[0], set[1], set[2], set[3], NULL };

    snprintf(set[0], sizeof set[0], "%s.n_samples=%s", section, rows);
    snprintf(set[1], sizeof set[1], "%s.n_features=30", section);
    snprintf(set[2], sizeof set[2], "%s.weights=0.99", section);
    snprintf(set[3], sizeof set[3], "%s.flip_y=0.01", section);
    return open_source(component(MESA_KIND_SOURCE, "classification", section,
                                 all));
}

static inline void
leave_file(const char *folder, const char *name, const char *suffix,
           const void *data, size_t bytes)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s.%s", folder, name, suffix);
    f = fopen(path, "wb");
    if (!f || fwrite(data, 1, bytes, f) != bytes || fclose(f) != 0)
        exit((perror(path), 1));
}

/* Rows as raw float64 and labels as int32, for the peers. */
static inline void
leave(const char *folder, const char *name, const struct mesa_dataset *d)
{
    leave_file(folder, name, "f64", d->x.data,
               d->x.rows * d->x.cols * sizeof(double));
    leave_file(folder, name, "i32", d->y, d->x.rows * sizeof *d->y);
}

#endif
