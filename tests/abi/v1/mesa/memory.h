/* SPDX-License-Identifier: MIT */
/* mesa/memory.h - the one way to allocate, which tests can make fail. */
#ifndef MESA_MEMORY_H
#define MESA_MEMORY_H

#include <mesa/status.h>

MESA_BEGIN

/*
 * n elements of size bytes each, all zero, aligned as malloc does.  NULL when
 * memory is out or n * size overflows; never NULL for n = 0.  Free with
 * mesa_free.  Callable from any thread.
 */
MESA_API void *mesa_alloc_array(size_t n, size_t size);

/* Like mesa_alloc_array, but the contents are undefined: for large arrays
 * that are written in full before they are read. */
MESA_API void *mesa_alloc_raw(size_t n, size_t size);

/* Grow or shrink to n elements.  What is new is undefined.  On failure NULL,
 * and the old block is still there. */
MESA_API void *mesa_realloc_array(void *block, size_t n, size_t size);

/* A copy of text, or NULL.  printf into fresh memory, or NULL. */
MESA_API char *mesa_strdup(const char *text);
MESA_API char *mesa_asprintf(const char *fmt, ...) MESA_PRINTF(1, 2);

/* NULL is fine. */
MESA_API void mesa_free(void *block);

/* "out of memory: COUNT WHAT", ready to return. */
MESA_API mesa_status mesa_nomem(struct mesa_error *err, size_t count,
                                const char *what);

/*
 * For tests.  After mesa_memory_fail_at(k) the k-th allocation from now
 * (k = 0 is the next) and all that follow it fail; UINT64_MAX turns this off.
 * mesa_memory_live counts the blocks not yet freed, mesa_memory_calls every
 * allocation since the start of the process.
 */
MESA_API void mesa_memory_fail_at(uint64_t k);
MESA_API uint64_t mesa_memory_live(void);
MESA_API uint64_t mesa_memory_calls(void);

MESA_END

#endif
