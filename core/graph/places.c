/* SPDX-License-Identifier: MIT */
/*
 * places.c - how tasks are cut into blocks, and where slots lie.
 *
 * A slot lives from the step that writes it to the last that reads it; slots
 * whose lives do not meet share memory (first fit in order of birth).  What
 * lives within one segment has a place in an area for one block, of which
 * each thread has one; everything else is in the arena.
 */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((size_t)64)

enum {
    MOST_CHUNKS = 16,          /* whose sums have to be kept               */
    WORTH_A_CHUNK = 6000000,   /* of arithmetic: some 60 us                */
    NEAR_BYTES = 512 * 1024    /* of a block, in the second-level cache    */
};

/* A slot to be placed, alive from step or segment `born` to `last`. */
struct piece {
    struct slot *slot;
    size_t       bytes, at;
    uint32_t     born, last;
};

static size_t
aligned(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int
compare_births(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;

    if (x->born != y->born)
        return x->born < y->born ? -1 : 1;
    return x->slot < y->slot ? -1 : 1;
}

/* Where among n pieces in order of place, none of which it may meet, a piece
 * has its lowest place; which is then piece->at. */
static size_t
place(const struct piece *placed, size_t n, struct piece *piece)
{
    size_t i = 0;

    piece->at = 0;
    for (; i < n && placed[i].at < piece->at + piece->bytes; i++)
        piece->at = MESA_MAX(piece->at,
                             aligned(placed[i].at + placed[i].bytes));
    return i;
}

/* Bytes that all pieces together need.  The array is used up: its beginning
 * holds those alive, in order of place. */
static size_t
place_all(struct piece *piece, size_t n)
{
    size_t live = 0, end = 0;

    if (n > 0)
        qsort(piece, n, sizeof *piece, compare_births);
    for (size_t i = 0; i < n; i++) {
        struct piece next = piece[i];
        size_t kept = 0, at;

        /* The dead need not be looked at again. */
        for (size_t k = 0; k < live; k++)
            if (piece[k].last >= next.born)
                piece[kept++] = piece[k];
        at = place(piece, kept, &next);
        memmove(piece + at + 1, piece + at, (kept - at) * sizeof *piece);
        piece[at] = next;
        live = kept + 1;
        next.slot->at = next.at;
        end = MESA_MAX(end, next.at + next.bytes);
    }
    return end;
}

/* Arithmetic for one task, roughly. */
static double
cost_of(const struct step *step)
{
    const struct mesa_product *p = &step->product;

    if (step->op == OP_MATMUL)
        return 2 * (double)p->m * (double)p->n * (double)p->k;
    return 8 * (double)step->count *
           (double)(step->tiles ? step->tiles->n_ops : 1);
}

static size_t
divided(size_t n, size_t by)
{
    return n / by + (n % by != 0);
}

/* Chunks of nearly as many tasks each, and blocks likewise, which depend on
 * nothing but the program. */
static void
cut_tasks(struct plan *plan, struct segment *segment, size_t task_bytes)
{
    size_t tasks = plan->n_tasks, fitting;
    double cost = 0;

    for (size_t i = 0; i < segment->n_steps; i++)
        cost += cost_of(&plan->step[segment->first + i]);
    cost *= (double)tasks / WORTH_A_CHUNK;
    segment->n_chunks = MESA_MIN((size_t)MOST_CHUNKS, tasks);
    if (cost < (double)segment->n_chunks)
        segment->n_chunks = (size_t)cost + 1;
    fitting = MESA_MAX(NEAR_BYTES / MESA_MAX(task_bytes, (size_t)1),
                       (size_t)1);
    tasks = divided(tasks, segment->n_chunks);
    segment->block = divided(tasks, divided(tasks, fitting));
    plan->most_chunks = MESA_MAX(plan->most_chunks, segment->n_chunks);
}

static bool
lives_in(const struct slot *slot, uint32_t position)
{
    return slot->task_bytes > 0 && !slot->is_input && slot->node != 0 &&
           slot->born == position && slot->last_use == position;
}

/* The places for one task, and then as far apart as a block's need. */
static void
place_local(struct plan *plan, size_t i, struct piece *piece)
{
    struct segment *segment = &plan->segment[i];
    size_t n = 0, end;

    for (size_t k = 0; k < plan->n_slots; k++) {
        struct slot *slot = &plan->slot[k];

        if (!lives_in(slot, (uint32_t)i + 1))
            continue;
        slot->is_local = true;
        piece[n++] = (struct piece){ slot, aligned(slot->task_bytes), 0,
                                     slot->first, slot->last };
    }
    end = place_all(piece, n);
    cut_tasks(plan, segment, end);
    for (size_t k = 0; k < plan->n_slots; k++)
        if (lives_in(&plan->slot[k], (uint32_t)i + 1))
            plan->slot[k].at *= segment->block;
    plan->area = MESA_MAX(plan->area, end * segment->block);
}

struct finding {
    struct plan    *plan;
    struct segment *segment;
};

static void
note_moving(void *context, uint32_t slot, bool written)
{
    struct finding *f = context;
    struct slot *x = &f->plan->slot[slot];

    (void)written;
    if (x->task_bytes == 0 || x->is_local)
        return;
    for (size_t i = 0; i < f->segment->n_moving; i++)
        if (f->segment->moving[i] == slot)
            return;
    f->segment->moving[f->segment->n_moving++] = slot;
}

/* What a block reads or writes somewhere in a whole; and the sums of chunks
 * are now known to be so many. */
static mesa_status
find_moving(struct plan *plan, struct segment *segment,
            struct mesa_error *err)
{
    struct finding f = { plan, segment };

    segment->moving = mesa_alloc_array(plan->n_slots,
                                       sizeof *segment->moving);
    if (!segment->moving)
        return mesa_nomem(err, plan->n_slots, "slots");
    for (size_t i = 0; i < segment->n_steps; i++)
        mesa_step_slots(plan, &plan->step[segment->first + i], note_moving,
                        &f);
    for (size_t i = 0; i < segment->n_moving; i++) {
        struct slot *slot = &plan->slot[segment->moving[i]];

        if (slot->node == 0)
            slot->bytes = slot->task_bytes * segment->n_chunks;
    }
    return MESA_OK;
}

/* The sums of chunks are as many rows as there are chunks. */
static void
count_rows(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_steps; i++) {
        struct step *step = &plan->step[i];
        const struct slot *part = &plan->slot[step->a.slot];

        if (step->op == OP_TASK_SUM && part->node == 0)
            step->n = part->bytes / part->task_bytes;
    }
}

/* Products may pack an operand; a thread is at one step at a time, so that
 * all share the place. */
static void
place_scratch(struct plan *plan)
{
    size_t at = aligned(plan->arena);

    plan->area_scratch = plan->area = aligned(plan->area);
    for (size_t i = 0; i < plan->n_segments; i++) {
        const struct segment *segment = &plan->segment[i];

        for (size_t k = 0; k < segment->n_steps; k++) {
            struct step *step = &plan->step[segment->first + k];

            step->scratch = at;
            if (segment->by_blocks)
                plan->area = MESA_MAX(
                    plan->area, plan->area_scratch + step->scratch_bytes);
            else
                plan->arena = MESA_MAX(
                    plan->arena, at + step->scratch_bytes * step->n_chunks);
        }
    }
    plan->area = aligned(plan->area);
    plan->constants = aligned(plan->arena);
    plan->arena = aligned(plan->constants +
                          plan->n_constants * MESA_TILE * plan->size);
}

static void
place_arena(struct plan *plan, struct piece *piece)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->n_slots; i++) {
        struct slot *slot = &plan->slot[i];

        if (!slot->is_input && !slot->is_local && slot->born > 0)
            piece[n++] = (struct piece){ slot, slot->bytes, 0, slot->born,
                                         slot->last_use };
    }
    plan->arena = place_all(piece, n);
}

mesa_status
mesa_plan_places(struct plan *plan, struct mesa_error *err)
{
    struct piece *piece = mesa_alloc_array(plan->n_slots, sizeof *piece);
    mesa_status st = MESA_OK;

    if (!piece)
        return mesa_nomem(err, plan->n_slots, "slots");
    for (size_t i = 0; i < plan->n_segments && st == MESA_OK; i++)
        if (plan->segment[i].by_blocks) {
            place_local(plan, i, piece);
            st = find_moving(plan, &plan->segment[i], err);
        }
    count_rows(plan);
    place_arena(plan, piece);
    place_scratch(plan);
    mesa_free(piece);
    return st;
}
