/* SPDX-License-Identifier: MIT */
/*
 * run.c - programs: a plan, memory of its own, and what is bound to it.
 *
 * Segments run one after the other, each in chunks of a fixed partition that
 * threads share.  An output is written to its destination at once where no
 * input that lies there is still to be read, and otherwise copied there at
 * the end.
 */
#include "run.h"

#include "../timing.h"

#include <string.h>

/* A tile of each constant, which no step ever writes. */
static void
fill_constants(const struct mesa_program *p)
{
    const struct plan *plan = p->plan;
    char *to = p->arena + plan->constants;

    for (size_t i = 0; i < plan->n_constants; i++)
        for (size_t k = 0; k < MESA_TILE; k++, to += plan->size) {
            if (plan->dtype == MESA_F32)
                *(float *)(void *)to = (float)plan->constant[i];
            else
                *(double *)(void *)to = plan->constant[i];
        }
}

static mesa_status
program_of(struct plan *plan, struct mesa_program **out,
           struct mesa_error *err)
{
    struct mesa_program *p = mesa_alloc_array(1, sizeof *p);
    mesa_status st;

    *out = p;
    if (!p) {
        mesa_plan_free(plan);
        return mesa_nomem(err, 1, "program");
    }
    p->plan = plan;
    p->memory = mesa_alloc_array(plan->n_slots, sizeof *p->memory);
    p->bound = mesa_alloc_array(plan->n_outputs, sizeof *p->bound);
    /* What is reused may be read where a tile ends; never undefined. */
    st = mesa_lanes_new(p, err);
    p->block = mesa_alloc_array(plan->arena + p->n_lanes * plan->area + 64,
                                1);
    if (st != MESA_OK || !p->memory || !p->bound || !p->block) {
        size_t arena = plan->arena;

        mesa_program_free(p);
        *out = NULL;
        return mesa_nomem(err, arena, "bytes for a program");
    }
    p->arena = p->block + (64 - (uintptr_t)p->block % 64) % 64;
    p->stale = true;
    fill_constants(p);
    for (size_t i = 0; i < plan->n_slots; i++)
        p->memory[i] = plan->slot[i].fixed;
    return MESA_OK;
}

mesa_status
mesa_program_new(const struct mesa_graph *g, const mesa_node *output,
                 size_t n, struct mesa_program **out, struct mesa_error *err)
{
    struct plan *plan;
    mesa_status st = mesa_plan_new(g, output, n, &plan, err);

    *out = NULL;
    return st == MESA_OK ? program_of(plan, out, err) : st;
}

mesa_status
mesa_program_copy(const struct mesa_program *p, struct mesa_program **out,
                  struct mesa_error *err)
{
    atomic_fetch_add(&p->plan->references, 1);
    return program_of(p->plan, out, err);
}

void
mesa_program_free(struct mesa_program *p)
{
    if (!p)
        return;
    mesa_lanes_free(p);
    mesa_plan_free(p->plan);
    mesa_free(p->memory);
    mesa_free(p->bound);
    mesa_free(p->block);
    mesa_free(p);
}

void
mesa_program_bind(struct mesa_program *p, mesa_node node, void *memory)
{
    const struct plan *plan = p->plan;

    for (size_t i = 0; i < plan->n_slots; i++)
        if (plan->slot[i].node == node && plan->slot[i].is_input &&
            !plan->slot[i].fixed)
            p->memory[i] = memory;
    for (size_t i = 0; i < plan->n_outputs; i++)
        if (plan->slot[plan->output[i]].node == node)
            p->bound[i] = memory;
    p->stale = true;
}

/* True if the step reads slot `input` only before, or at the same element as,
 * it writes slot `output`, which lies at the same place. */
static bool
reads_first(const struct step *step, uint32_t input, uint32_t output)
{
    const struct tiles *t = step->tiles;
    size_t read = 0, write = 0;

    if (!t)
        return false;
    for (size_t i = 0; i < t->n_loads; i++)
        if (t->load[i].slot == input)
            return false;
    for (size_t i = 0; i < t->n_ops; i++) {
        const struct tile_register *a = &t->reg[t->op[i].a];
        const struct tile_register *b = &t->reg[t->op[i].b];
        const struct tile_register *c = &t->reg[t->op[i].c];

        if (a->slot == input || b->slot == input || c->slot == input)
            read = i;
        if ((a->slot == input && a->at) || (b->slot == input && b->at) ||
            (c->slot == input && c->at))
            return false;
        if (t->reg[t->op[i].out].slot == output)
            write = i;
    }
    return read <= write;
}

static bool
overlap(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

/* Can output i be computed where it is to go? */
static bool
can_go_direct(const struct mesa_program *p, size_t i)
{
    const struct plan *plan = p->plan;
    uint32_t o = plan->output[i];
    const struct slot *slot = &plan->slot[o];
    const struct segment *made = &plan->segment[slot->born - 1];

    for (uint32_t k = 0; k < plan->n_slots; k++) {
        const struct slot *in = &plan->slot[k];

        if (!in->is_input || !overlap(p->memory[k], in->bytes, p->bound[i],
                                      slot->bytes))
            continue;
        if (in->last_use > slot->born ||
            (in->last_use == slot->born &&
             (made->by_blocks || p->memory[k] != p->bound[i] ||
              !reads_first(&plan->step[made->first], k, o))))
            return false;
    }
    for (size_t k = 0; k < plan->n_outputs; k++)
        if (k != i && overlap(p->bound[k], plan->slot[plan->output[k]].bytes,
                              p->bound[i], slot->bytes))
            return false;
    return true;
}

/* After something was bound: where every slot is. */
static mesa_status
resolve(struct mesa_program *p, struct mesa_error *err)
{
    const struct plan *plan = p->plan;

    for (size_t i = 0; i < plan->n_slots; i++)
        if (plan->slot[i].is_input && !p->memory[i])
            return mesa_fail(err, MESA_ESTATE, "input %u is not bound",
                             (unsigned)plan->slot[i].node);
    for (size_t i = 0; i < plan->n_outputs; i++)
        if (!p->bound[i])
            return mesa_fail(err, MESA_ESTATE, "output %u is not bound",
                             (unsigned)plan->slot[plan->output[i]].node);
    for (size_t i = 0; i < plan->n_slots; i++)
        if (!plan->slot[i].is_input)
            p->memory[i] = plan->slot[i].is_local
                               ? NULL
                               : p->arena + plan->slot[i].at;
    for (size_t i = 0; i < plan->n_outputs; i++)
        if (!plan->slot[plan->output[i]].is_input && can_go_direct(p, i))
            p->memory[plan->output[i]] = p->bound[i];
    mesa_lanes_resolve(p);
    p->stale = false;
    return MESA_OK;
}

struct job {
    const struct mesa_program *program;
    const struct step         *step;
};

static mesa_status
run_chunk(void *context, size_t i, struct mesa_error *err)
{
    const struct job *job = context;
    const struct mesa_program *p = job->program;
    const struct step *step = job->step;
    const struct frame f = {
        p->plan, p->memory, p->arena + p->plan->constants,
        p->arena + step->scratch + i * step->scratch_bytes, false
    };
    size_t from = i * step->chunk;

    return mesa_run_step(&f, step, from,
                         MESA_MIN(from + step->chunk,
                                  step->n_tasks * step->units),
                         err);
}

/* Handing chunks to threads costs more than a few of them. */
#define WORTH_THREADS 8

/* A step for all tasks. */
static mesa_status
run_whole(const struct mesa_program *p, const struct step *step,
          struct mesa_error *err)
{
    struct job job = { p, step };
    mesa_status st = MESA_OK;

    if (step->n_chunks >= WORTH_THREADS)
        return mesa_parallel_for(step->n_chunks, run_chunk, &job, err);
    for (size_t k = 0; k < step->n_chunks && st == MESA_OK; k++)
        st = run_chunk(&job, k, err);
    return st;
}

mesa_status
mesa_program_run(struct mesa_program *p, struct mesa_error *err)
{
    const struct plan *plan = p->plan;
    struct mesa_lap lap;
    mesa_status st = MESA_OK;

    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_GRAPHS));
    if (p->stale)
        st = resolve(p, err);
    for (size_t i = 0; i < plan->n_segments && st == MESA_OK; i++) {
        const struct segment *segment = &plan->segment[i];

        st = segment->by_blocks
                 ? mesa_run_blocks(p, segment, err)
                 : run_whole(p, &plan->step[segment->first], err);
    }
    for (size_t i = 0; i < plan->n_outputs && st == MESA_OK; i++) {
        const struct slot *slot = &plan->slot[plan->output[i]];

        if (p->memory[plan->output[i]] != p->bound[i])
            memcpy(p->bound[i], p->memory[plan->output[i]], slot->bytes);
    }
    mesa_lap_close(&lap);
    return st;
}
