/* SPDX-License-Identifier: MIT */
/* run_times.c - where time went: timings.json, and lines for the curious. */
#include "run_state.h"

#include "files.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>

double
mesa_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Calls of one component, or what the core did itself. */
struct part {
    char     name[200];
    uint64_t nanoseconds, calls;
};

struct parts {
    size_t       n;
    struct part *part; /* the longest first */
    uint64_t     nanoseconds; /* of all */
};

/* Components that are called the same are told of as one. */
static void
add_part(struct parts *all, const char *name, uint64_t nanoseconds,
         uint64_t calls)
{
    struct part *at = all->part;

    if (calls == 0)
        return;
    while (at < all->part + all->n && strcmp(at->name, name) != 0)
        at++;
    if (at == all->part + all->n) {
        *at = (struct part){ .calls = 0 };
        snprintf(at->name, sizeof at->name, "%s", name);
        all->n++;
    }
    at->nanoseconds += nanoseconds;
    at->calls += calls;
    all->nanoseconds += nanoseconds;
}

static void
add_component(struct parts *all, const struct mesa_component *c)
{
    const char *type = c->class_->name;
    const bool same = strcmp(type, c->section) == 0;
    char name[sizeof all->part->name];

    for (size_t i = 0; i < MESA_CALL_COUNT_; i++) {
        snprintf(name, sizeof name, "[%.80s]%s%.80s: %s", c->section,
                 same ? "" : " ", same ? "" : type, mesa_call_names[i]);
        add_part(all, name, atomic_load(&c->timers[i].nanoseconds),
                 atomic_load(&c->timers[i].calls));
    }
}

static int
longer_first(const void *a, const void *b)
{
    const struct part *x = a, *y = b;

    return x->nanoseconds < y->nanoseconds   ? 1
           : x->nanoseconds > y->nanoseconds ? -1
                                             : strcmp(x->name, y->name);
}

/* False if memory ran out.  What belongs to nothing else is the run's own. */
static bool
collect(const struct run *run, struct parts *out)
{
    size_t n = MESA_PHASE_COUNT_;

    for (const struct mesa_component *c = run->recipe->components; c;
         c = c->next)
        n += MESA_CALL_COUNT_;
    *out = (struct parts){ .part = mesa_alloc_array(n, sizeof *out->part) };
    if (!out->part)
        return false;
    for (const struct mesa_component *c = run->recipe->components; c;
         c = c->next)
        add_component(out, c);
    for (int i = 0; i < MESA_PHASE_OTHER; i++) {
        const struct mesa_timer *t = mesa_phase_timer((enum mesa_phase)i);

        add_part(out, mesa_phase_names[i], atomic_load(&t->nanoseconds),
                 atomic_load(&t->calls));
    }
    add_part(out, mesa_phase_names[MESA_PHASE_OTHER],
             mesa_lap_so_far(&run->whole), 1);
    qsort(out->part, out->n, sizeof *out->part, longer_first);
    return true;
}

static mesa_status
put_parts(struct mesa_json_writer *w, const struct run *run,
          struct mesa_error *err)
{
    struct parts all;

    if (!collect(run, &all))
        return mesa_nomem(err, 1, "timings");
    mesa_json_key(w, "parts");
    mesa_json_open(w, '{');
    for (size_t i = 0; i < all.n; i++) {
        mesa_json_key(w, all.part[i].name);
        mesa_json_open(w, '{');
        mesa_json_key(w, "seconds");
        mesa_json_double(w, 1e-9 * (double)all.part[i].nanoseconds);
        mesa_json_key(w, "calls");
        mesa_json_uint(w, all.part[i].calls);
        mesa_json_close(w, '}');
    }
    mesa_json_close(w, '}');
    mesa_free(all.part);
    return MESA_OK;
}

static void
print_time(uint64_t nanoseconds, uint64_t of)
{
    fprintf(stderr, "%7.1f %% %10.3f s",
            of ? 100.0 * (double)nanoseconds / (double)of : 0.0,
            1e-9 * (double)nanoseconds);
}

/* What is worth less than a thousandth is told of with the rest. */
void
mesa_run_print_times(const struct run *run)
{
    const size_t threads = mesa_parallel_threads();
    uint64_t rest = 0;
    struct parts all;

    if (!collect(run, &all))
        return;
    fprintf(stderr, "%.3f s", 1e-9 * (double)all.nanoseconds);
    if (threads > 1)
        fprintf(stderr, " of %zu threads", threads);
    fprintf(stderr, " went to\n");
    for (size_t i = 0; i < all.n; i++) {
        const struct part *p = &all.part[i];

        if (p->nanoseconds * 1000 < all.nanoseconds ||
            strcmp(p->name, mesa_phase_names[MESA_PHASE_OTHER]) == 0) {
            rest += p->nanoseconds;
            continue;
        }
        print_time(p->nanoseconds, all.nanoseconds);
        fprintf(stderr, " %10llu call%s  %s\n", (unsigned long long)p->calls,
                p->calls == 1 ? " " : "s", p->name);
    }
    print_time(rest, all.nanoseconds);
    fprintf(stderr, "%18s%s\n", "",
            mesa_phase_names[MESA_PHASE_OTHER]);
    mesa_free(all.part);
}

mesa_status
mesa_run_write_timings(struct run *run, struct mesa_error *err)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);
    struct rusage usage;
    struct utsname host;
    char *result;
    mesa_status st;

    getrusage(RUSAGE_SELF, &usage);
    mesa_json_open(&w, '{');
    mesa_json_key(&w, "wall_seconds");
    mesa_json_double(&w, mesa_now() - run->started);
    mesa_json_key(&w, "cpu_seconds");
    mesa_json_double(&w, (double)usage.ru_utime.tv_sec +
                             1e-6 * (double)usage.ru_utime.tv_usec);
    mesa_json_key(&w, "peak_memory_kib");
    mesa_json_uint(&w, (uint64_t)usage.ru_maxrss);
    mesa_json_key(&w, "threads");
    mesa_json_uint(&w, mesa_parallel_threads());
    mesa_json_key(&w, "host");
    mesa_json_string(&w, uname(&host) == 0 ? host.nodename : "");
    if (run->report.n_times) {
        mesa_json_key(&w, "seconds");
        mesa_json_open(&w, '{');
        for (size_t i = 0; i < run->report.n_times; i++) {
            mesa_json_key(&w, run->report.time[i].key);
            mesa_json_double(&w, run->report.time[i].value);
        }
        mesa_json_close(&w, '}');
    }
    st = put_parts(&w, run, err);
    mesa_json_close(&w, '}');
    mesa_text_printf(&text, "\n");
    result = mesa_text_take(&text);
    if (st == MESA_OK)
        st = result ? mesa_file_put(run->folder, "timings.json", result, err)
                    : mesa_nomem(err, 1, "timings");
    mesa_free(result);
    return st;
}
