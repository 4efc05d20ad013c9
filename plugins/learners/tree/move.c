/* SPDX-License-Identifier: MIT */
/*
 * move.c - rows of a node to the sides of a cut between bins, in order.
 *
 * Rows are moved in chunks: each sorts its own into left and right, in spare,
 * and then copies both to where the chunks before it leave off.
 */
#include <string.h>

#include "tree.h"

struct moving {
    const struct tree_move *v;
    size_t                 *n_left; /* of each chunk; then, of those before */
};

/* Step one: left rows to the front of the chunk, right ones behind. */
static mesa_status
part_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct moving *m = context;
    const struct tree_move *v = m->v;
    size_t from = chunk * MESA_CHUNK, k = 0;
    size_t n = v->n - from < MESA_CHUNK ? v->n - from : MESA_CHUNK;
    uint32_t *left = v->spare + from, right[MESA_CHUNK];

    (void)err;
    for (size_t i = 0; i < n; i++) {
        uint32_t entry = v->row[from + i];

        left[k] = entry;
        right[i - k] = entry;
        k += v->goes[v->code[(entry >> v->shift) * v->stride]];
    }
    /* cppcheck-suppress uninitvar; what is read here has been written */
    memcpy(left + k, right, (n - k) * sizeof *right);
    m->n_left[chunk] = k;
    return MESA_OK;
}

/* Step two, when all chunks are known: each part to its place. */
static mesa_status
place_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct moving *m = context;
    const struct tree_move *v = m->v;
    const uint32_t *from = v->spare + chunk * MESA_CHUNK;
    size_t before = chunk * MESA_CHUNK, chunks = MESA_CHUNKS(v->n);
    size_t n = v->n - before < MESA_CHUNK ? v->n - before : MESA_CHUNK;
    size_t at = m->n_left[chunk], k = m->n_left[chunk + 1] - at;
    size_t all = m->n_left[chunks];

    (void)err;
    memcpy(v->row + at, from, k * sizeof *from);
    memcpy(v->row + all + before - at, from + k, (n - k) * sizeof *from);
    return MESA_OK;
}

mesa_status
tree_move_rows(const struct tree_move *v, struct mesa_error *err)
{
    struct moving m = { .v = v };
    size_t chunks = MESA_CHUNKS(v->n), sum = 0;
    mesa_status st;

    m.n_left = mesa_alloc_raw(chunks + 1, sizeof *m.n_left);
    if (!m.n_left)
        return mesa_nomem(err, chunks + 1, "chunks of rows");
    st = mesa_parallel_for(chunks, part_chunk, &m, err);
    for (size_t i = 0; i <= chunks; i++) {
        size_t k = i < chunks ? m.n_left[i] : 0;

        m.n_left[i] = sum;
        sum += k;
    }
    if (st == MESA_OK)
        st = mesa_parallel_for(chunks, place_chunk, &m, err);
    mesa_free(m.n_left);
    return st;
}
