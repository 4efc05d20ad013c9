/* SPDX-License-Identifier: MIT */
/*
 * run_blocks.c - segments, block by block of tasks.
 *
 * A lane is memory for one block.  As many lanes as there are threads take
 * the next chunk each until there are none, so that memory grows with
 * threads, not with tasks; which lane takes which changes nothing.
 */
#include "run.h"

#include <string.h>

mesa_status
mesa_lanes_new(struct mesa_program *p, struct mesa_error *err)
{
    const struct plan *plan = p->plan;
    size_t n = MESA_MIN(plan->most_chunks, mesa_parallel_threads());

    p->lane = mesa_alloc_array(n, sizeof *p->lane);
    if (!p->lane)
        return mesa_nomem(err, n, "lanes");
    for (; p->n_lanes < n; p->n_lanes++) {
        struct lane *lane = &p->lane[p->n_lanes];

        lane->memory = mesa_alloc_array(plan->n_slots, sizeof *lane->memory);
        if (!lane->memory)
            return mesa_nomem(err, plan->n_slots, "slots");
    }
    return MESA_OK;
}

void
mesa_lanes_free(struct mesa_program *p)
{
    for (size_t i = 0; i < p->n_lanes; i++)
        mesa_free(p->lane[i].memory);
    mesa_free(p->lane);
}

/* Areas follow the arena. */
void
mesa_lanes_resolve(struct mesa_program *p)
{
    const struct plan *plan = p->plan;
    char *area = p->arena + plan->arena;

    for (size_t i = 0; i < p->n_lanes; i++, area += plan->area) {
        struct lane *lane = &p->lane[i];

        lane->scratch = area + plan->area_scratch;
        for (size_t k = 0; k < plan->n_slots; k++)
            lane->memory[k] = plan->slot[k].is_local
                                  ? area + plan->slot[k].at
                                  : p->memory[k];
    }
}

struct job {
    struct mesa_program  *program;
    const struct segment *segment;
    atomic_size_t         next; /* chunk */
};

/* Let the slots that hold all tasks begin at this one, and sums at those of
 * the chunk. */
static void
move_to(const struct job *job, struct lane *lane, size_t chunk, size_t task)
{
    const struct mesa_program *p = job->program;

    for (size_t i = 0; i < job->segment->n_moving; i++) {
        uint32_t k = job->segment->moving[i];
        const struct slot *slot = &p->plan->slot[k];
        size_t at = slot->node == 0 ? chunk : task;

        lane->memory[k] = (char *)p->memory[k] + at * slot->task_bytes;
    }
}

static mesa_status
run_block(const struct job *job, const struct frame *f, size_t n_tasks,
          struct mesa_error *err)
{
    const struct step *step = &f->plan->step[job->segment->first];
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < job->segment->n_steps && st == MESA_OK; i++)
        st = mesa_run_step(f, &step[i], 0, n_tasks * step[i].units, err);
    return st;
}

static mesa_status
run_chunk(const struct job *job, struct lane *lane, size_t chunk,
          struct mesa_error *err)
{
    const struct mesa_program *p = job->program;
    const struct segment *segment = job->segment;
    size_t task = chunk_begin(p->plan, segment, chunk);
    size_t end = chunk_begin(p->plan, segment, chunk + 1), n;
    struct frame f = { p->plan, lane->memory, p->arena + p->plan->constants,
                       lane->scratch, false };
    mesa_status st = MESA_OK;

    for (; task < end && st == MESA_OK; task += n) {
        n = MESA_MIN(segment->block, end - task);
        move_to(job, lane, chunk, task);
        st = run_block(job, &f, n, err);
        f.resume = true;
    }
    return st;
}

/* Chunks are handed out in order: of those that fail, the lowest is found
 * by some lane before it stops. */
static mesa_status
run_lane(void *context, size_t i, struct mesa_error *err)
{
    struct job *job = context;
    struct lane *lane = &job->program->lane[i];
    size_t chunk;

    (void)err;
    lane->status = MESA_OK;
    while (lane->status == MESA_OK &&
           (chunk = atomic_fetch_add(&job->next, 1)) <
               job->segment->n_chunks) {
        lane->failed = chunk;
        lane->status = run_chunk(job, lane, chunk, &lane->err);
    }
    return MESA_OK;
}

mesa_status
mesa_run_blocks(struct mesa_program *p, const struct segment *segment,
                struct mesa_error *err)
{
    struct job job = { .program = p, .segment = segment };
    size_t n = MESA_MIN(p->n_lanes, segment->n_chunks);
    const struct lane *failed = NULL;

    atomic_init(&job.next, 0);
    mesa_parallel_for(n, run_lane, &job, err);
    for (size_t i = 0; i < n; i++)
        if (p->lane[i].status != MESA_OK &&
            (!failed || p->lane[i].failed < failed->failed))
            failed = &p->lane[i];
    if (failed && err)
        *err = failed->err;
    return failed ? failed->status : MESA_OK;
}
