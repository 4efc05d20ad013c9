/* SPDX-License-Identifier: MIT */
/* mesa/parallel.h - loops over threads whose results do not depend on them. */
#ifndef MESA_PARALLEL_H
#define MESA_PARALLEL_H

#include <mesa/status.h>

MESA_BEGIN

/*
 * Threads that parallel loops may use, the caller's included; 0 means all
 * processors of the machine (the process's affinity).  The default is 1.
 * Only the program sets this, before the first loop or between loops.
 */
MESA_API mesa_status mesa_parallel_set_threads(size_t n,
                                               struct mesa_error *err);
MESA_API size_t mesa_parallel_threads(void);

/*
 * Calls body(context, i, err) for i = 0 ... n-1, each exactly once, in any
 * order and on any thread, and returns when all are done.  Bodies must write
 * to places of their own (indexed by i) and combine afterwards in the order
 * of i.  When bodies fail, the failure with the lowest i is the result, and
 * indices above it may not be run.  A loop inside a loop runs on its caller's
 * thread.
 */
MESA_API mesa_status
mesa_parallel_for(size_t n,
                  mesa_status (*body)(void *context, size_t i,
                                      struct mesa_error *err),
                  void *context, struct mesa_error *err);

/*
 * Loops over many small elements: chunks of MESA_CHUNK elements, whatever
 * the number of threads.  Chunk i covers elements
 * i * MESA_CHUNK ... min(n, (i + 1) * MESA_CHUNK) - 1.
 */
#define MESA_CHUNK ((size_t)4096)
#define MESA_CHUNKS(n) (((n) + MESA_CHUNK - 1) / MESA_CHUNK)

/*
 * Sums of a fixed shape: eight interleaved partial sums per chunk of
 * MESA_CHUNK elements, chunks combined in a balanced tree.  The same bits for
 * any number of threads and any vector width.
 */
MESA_API double mesa_vsum(const double *x, size_t n);
MESA_API double mesa_vdot(const double *x, const double *y, size_t n);

MESA_END

#endif
