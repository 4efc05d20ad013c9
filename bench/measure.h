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

#endif
