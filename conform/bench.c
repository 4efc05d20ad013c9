/* SPDX-License-Identifier: MIT */
/* bench.c - verdicts, things that are released by themselves, components. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
going(const struct bench *b)
{
    return b->report->verdict == PASSED;
}

/* The first verdict stands: what comes after a failure proves nothing. */
static void
decide(struct bench *b, enum verdict verdict, const char *fmt, va_list args)
{
    if (!going(b))
        return;
    vsnprintf(b->report->reason, sizeof b->report->reason, fmt, args);
    b->report->verdict = verdict;
}

void
fail(struct bench *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    decide(b, FAILED, fmt, args);
    va_end(args);
}

void
skip(struct bench *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    decide(b, SKIPPED, fmt, args);
    va_end(args);
}

bool
succeeded(struct bench *b, mesa_status st, const struct mesa_error *err,
          const char *what)
{
    if (!going(b))
        return false;
    if (st != MESA_OK)
        fail(b, "%s: %s: %s", what, mesa_status_name(st), err->message);
    return st == MESA_OK;
}

void
expect_status(struct bench *b, mesa_status st, mesa_status expected,
              const struct mesa_error *err, const char *what)
{
    if (st != expected)
        fail(b, "%s: %s%s%s, expected %s", what, mesa_status_name(st),
             st == MESA_OK ? "" : ": ", st == MESA_OK ? "" : err->message,
             mesa_status_name(expected));
}

bool
taken_or_refused(struct bench *b, mesa_status st,
                 const struct mesa_error *err, const char *what)
{
    if (st != MESA_OK && st != MESA_EDATA)
        fail(b, "%s: %s: %s, expected OK or EDATA", what,
             mesa_status_name(st), err->message);
    return going(b) && st == MESA_OK;
}

void
expect_bytes(struct bench *b, const void *a, const void *c, size_t size,
             const char *what)
{
    if (going(b) && memcmp(a, c, size) != 0)
        fail(b, "%s", what);
}

bool
uses_components(const struct bench *b)
{
    size_t n = mesa_param_count(b->class_->params);

    for (size_t i = 0; i < n; i++)
        if (b->class_->params[i].type == MESA_TYPE_COMPONENT ||
            b->class_->params[i].type == MESA_TYPE_COMPONENTS)
            return true;
    return false;
}

void
own(struct bench *b, void *thing, void (*release)(void *))
{
    if (!thing) {
        fail(b, "mesa-conform is out of memory");
        return;
    }
    if (b->n == BENCH_THINGS) {
        release(thing);
        fail(b, "mesa-conform holds more than %d things", BENCH_THINGS);
        return;
    }
    b->owned[b->n].thing = thing;
    b->owned[b->n++].release = release;
}

/* Through the counted allocator: what a check takes is in its balance. */
void *
bench_array(struct bench *b, size_t n, size_t size)
{
    void *block = going(b) ? mesa_alloc_array(n, size) : NULL;

    if (going(b))
        own(b, block, mesa_free);
    return going(b) ? block : NULL;
}

static void
release_instance(void *instance)
{
    mesa_instance_free(instance);
}

struct mesa_instance *
bench_instance(struct bench *b)
{
    struct mesa_error err;
    struct mesa_instance *made = NULL;

    if (going(b) && succeeded(b, mesa_instance_new(b->component, &made, &err),
                              &err, "create"))
        own(b, made, release_instance);
    return going(b) ? made : NULL;
}

static void
release_archive(void *archive)
{
    mesa_archive_free(archive);
}

struct mesa_archive *
bench_archive(struct bench *b)
{
    struct mesa_archive *made = going(b) ? mesa_archive_new() : NULL;

    if (going(b))
        own(b, made, release_archive);
    return going(b) ? made : NULL;
}

static void
release_recipe(void *recipe)
{
    mesa_recipe_free(recipe);
    mesa_free(recipe);
}

static mesa_status
assign(struct mesa_recipe *r, const char *section, const char *key,
       const char *value, struct mesa_error *err)
{
    char *text = mesa_asprintf("%s.%s=%s", section, key, value);
    mesa_status st;

    if (!text)
        return mesa_nomem(err, 1, "assignment");
    st = mesa_ini_set(&r->ini, text, err);
    mesa_free(text);
    return st;
}

static bool
has_key(const struct mesa_class *c, const char *key, size_t length)
{
    size_t n = mesa_param_count(c->params);

    for (size_t i = 0; i < n; i++)
        if (strncmp(c->params[i].name, key, length) == 0 &&
            c->params[i].name[length] == '\0')
            return true;
    return false;
}

bool
may_set(const struct bench *b, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < b->n_set; i++)
        if (strncmp(b->set[i], key, length) == 0 && b->set[i][length] == '=')
            return false;
    return has_key(b->class_, key, length);
}

/* What --set gave, as far as this class has such keys. */
static mesa_status
assign_given(const struct bench *b, struct mesa_recipe *r,
             const char *section, const char *except, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < b->n_set && st == MESA_OK; i++) {
        size_t length = strcspn(b->set[i], "=");
        char *key;

        if (!has_key(b->class_, b->set[i], length) ||
            (except && strlen(except) == length &&
             strncmp(except, b->set[i], length) == 0))
            continue;
        key = mesa_asprintf("%.*s", (int)length, b->set[i]);
        st = key ? assign(r, section, key, b->set[i] + length + 1, err)
                 : mesa_nomem(err, 1, "key");
        mesa_free(key);
    }
    return st;
}

struct mesa_component *
bench_component(struct bench *b, const char *key, const char *value,
                mesa_status *st, struct mesa_error *err)
{
    const char *section = mesa_kind_info(b->class_->kind)->section;
    struct mesa_recipe *r = bench_array(b, 1, sizeof *r);
    struct mesa_component *made = NULL;

    *st = MESA_ENOMEM;
    if (!r)
        return NULL;
    b->owned[b->n - 1].release = release_recipe;
    b->recipe = r;
    r->registry = b->registry;
    *st = assign_given(b, r, section, key, err);
    if (*st == MESA_OK && key)
        *st = assign(r, section, key, value, err);
    if (*st == MESA_OK)
        *st = mesa_recipe_bind_class(r, b->class_, section, &made, err);
    return *st == MESA_OK ? made : NULL;
}

struct mesa_rng
bench_rng(const struct bench *b, const char *name, uint64_t i)
{
    return mesa_rng_derive(&b->root, name, i);
}

/* A component that needs a value or a plugin that is not there is no fault. */
bool
bench_open(struct bench *b)
{
    struct mesa_error err;
    mesa_status st;

    mesa_rng_seed(&b->root, 20260101);
    b->component = bench_component(b, NULL, NULL, &st, &err);
    if (b->component || !going(b))
        return going(b);
    if (st == MESA_ENOTFOUND || st == MESA_EINVAL)
        skip(b, "%s", err.message);
    else
        fail(b, "%s: %s", mesa_status_name(st), err.message);
    return false;
}

/* Instances go before the components they were made from. */
void
bench_close(struct bench *b)
{
    while (b->n > 0) {
        b->n--;
        b->owned[b->n].release(b->owned[b->n].thing);
    }
}

/* Of many allocations all of the first are tried, then ever fewer: what goes
 * wrong late in a loop goes wrong early in it, too. */
static uint64_t
next_trial(uint64_t k)
{
    return k < 64 ? k + 1 : k + k / 16;
}

void
sweep_memory(struct bench *b, const struct trial *trial, const char *what)
{
    struct mesa_error err;
    uint64_t calls = mesa_memory_calls(), live = mesa_memory_live();
    mesa_status st = going(b) ? trial->work(b, trial->context, &err)
                              : MESA_ENOMEM;

    if (!succeeded(b, st, &err, what))
        return;
    calls = mesa_memory_calls() - calls;
    if (mesa_memory_live() != live)
        fail(b, "%s leaves %lld blocks behind", what,
             (long long)(mesa_memory_live() - live));
    for (uint64_t k = 0; k < calls && going(b); k = next_trial(k)) {
        mesa_memory_fail_at(k);
        st = trial->work(b, trial->context, &err);
        mesa_memory_fail_at(UINT64_MAX);
        if (st != MESA_OK && st != MESA_ENOMEM)
            fail(b, "%s, allocation %llu of %llu fails: %s: %s, expected "
                 "ENOMEM", what, (unsigned long long)k,
                 (unsigned long long)calls, mesa_status_name(st),
                 err.message);
        /* Fewer: what was kept for the next call is gone. */
        if (mesa_memory_live() > live)
            fail(b, "%s, allocation %llu of %llu fails: %lld blocks stay",
                 what, (unsigned long long)k, (unsigned long long)calls,
                 (long long)(mesa_memory_live() - live));
    }
}
