/* SPDX-License-Identifier: MIT */
/*
 * memory.c - allocation that is checked for overflow, counted, and can be
 * made to fail at a chosen call.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)1 << 21)

static atomic_uint_fast64_t n_calls, n_live;
static atomic_uint_fast64_t first_failure = UINT64_MAX;

void
mesa_memory_fail_at(uint64_t k)
{
    uint64_t now = atomic_load(&n_calls);

    atomic_store(&first_failure, k > UINT64_MAX - now ? UINT64_MAX : now + k);
}

uint64_t
mesa_memory_live(void)
{
    return atomic_load(&n_live);
}

uint64_t
mesa_memory_calls(void)
{
    return atomic_load(&n_calls);
}

/* Count this call; true if it is to fail. */
static bool
refused(void)
{
    uint64_t call = atomic_fetch_add_explicit(&n_calls, 1,
                                              memory_order_relaxed);

    return call >= atomic_load_explicit(&first_failure, memory_order_relaxed);
}

static void *
counted(void *block)
{
    if (block)
        atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed);
    return block;
}

void *
mesa_alloc_array(size_t n, size_t size)
{
    if (refused() || (size && n > SIZE_MAX / size))
        return NULL;
    return counted(calloc(n ? n : 1, size ? size : 1));
}

/*
 * A large block on pages of 2 MiB where the system has them to give: writing
 * to it for the first time is several times as fast, which is most of what
 * copying rows costs.  Aligned, as no page is huge otherwise.
 */
static void *
large_block(size_t bytes)
{
#ifdef MADV_HUGEPAGE
    void *block;

    if (posix_memalign(&block, HUGE_PAGE, bytes) != 0)
        return NULL;
    madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    return block;
#else
    return malloc(bytes);
#endif
}

void *
mesa_alloc_raw(size_t n, size_t size)
{
    if (refused() || (size && n > SIZE_MAX / size))
        return NULL;
    if (n * size >= 4 * HUGE_PAGE)
        return counted(large_block(n * size));
    return counted(malloc(MESA_MAX(n * size, 1)));
}

void *
mesa_realloc_array(void *block, size_t n, size_t size)
{
    void *moved;

    if (refused() || (size && n > SIZE_MAX / size))
        return NULL;
    moved = realloc(block, MESA_MAX(n * size, 1));
    return block ? moved : counted(moved);
}

void
mesa_free(void *block)
{
    if (!block)
        return;
    atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
    free(block);
}

char *
mesa_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = mesa_alloc_raw(n, 1);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}

char *
mesa_asprintf(const char *fmt, ...)
{
    va_list args, again;
    char *text = NULL;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0)
        text = mesa_alloc_raw((size_t)n + 1, 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}

mesa_status
mesa_nomem(struct mesa_error *err, size_t count, const char *what)
{
    return mesa_fail(err, MESA_ENOMEM, "out of memory: %zu %s", count, what);
}
