/* SPDX-License-Identifier: MIT */
/*
 * segments.c - steps ordered and put together, so that tasks go by in blocks.
 *
 * What a task computes from its own numbers, and from what all tasks share
 * by then, needs no other task: all such steps form one segment, and between
 * two segments stands what is shared.  A block of tasks goes through all
 * steps of a segment before the next block does; what only they need lies in
 * memory that is used again for the next block.
 *
 * Sums over tasks are made in two steps.  The first belongs to the segment
 * and adds up the tasks of each chunk in order; a product that nothing else
 * needs adds to that sum itself.  The second, for all tasks, combines the
 * chunks.
 */
#include "plan.h"

#include <string.h>

/* Fewer tasks than that are not worth it: such programs share out the work
 * of each step. */
#define FEWEST_TASKS 4

struct order {
    struct plan *plan;
    struct step *split; /* the steps, and those that sums are split into */
    size_t       n_split;
    struct step *sorted;
    size_t      *level;      /* of each of them: see level_of             */
    uint32_t    *uses;       /* of each slot, by steps and outputs        */
    size_t      *maker;      /* of each slot: the step that writes it ... */
    size_t      *slot_level; /* and its level                             */
    size_t       now;        /* maker or level to be noted                */
};

static void
count_use(void *context, uint32_t slot, bool written)
{
    struct order *o = context;

    o->uses[slot] += !written;
}

static void
count_uses(struct order *o)
{
    const struct plan *plan = o->plan;

    for (size_t i = 0; i < plan->n_steps; i++)
        mesa_step_slots(plan, &plan->step[i], count_use, o);
    for (size_t i = 0; i < plan->n_outputs; i++)
        o->uses[plan->output[i]]++;
}

/* A slot for the sums of each chunk, as many numbers as the step's result. */
static uint32_t
add_part_slot(struct plan *plan, const struct step *sum)
{
    struct slot *slot = &plan->slot[plan->n_slots];

    memset(slot, 0, sizeof *slot);
    slot->task_bytes = sum->count * plan->size;
    return (uint32_t)plan->n_slots++;
}

/* Can the product that makes what is summed add up its results instead? */
static bool
can_add_tasks(const struct order *o, const struct step *maker,
              const struct step *sum)
{
    return maker->op == OP_MATMUL && maker->n_tasks > 1 &&
           maker->product.n_after == 0 && o->uses[maker->slot] == 1 &&
           maker->slot == sum->a.slot && maker->count == sum->count;
}

/* From the sum over tasks to one of chunks; what makes their sums is added
 * to the steps, if it is not a product that is there already. */
static void
split_task_sum(struct order *o, struct step *sum)
{
    size_t maker = o->maker[sum->a.slot];
    uint32_t part = add_part_slot(o->plan, sum);

    if (maker < o->n_split && can_add_tasks(o, &o->split[maker], sum)) {
        mesa_lower_sum_of_products(&o->split[maker], part);
    } else {
        struct step *adds = &o->split[o->n_split++];

        *adds = *sum;
        adds->op = OP_TASK_PART;
        adds->slot = part;
        adds->n_tasks = o->plan->n_tasks;
        adds->units = 1;
    }
    sum->a = (struct view){ .slot = part, .task = sum->count };
}

static void
note_maker(void *context, uint32_t slot, bool written)
{
    struct order *o = context;

    if (written)
        o->maker[slot] = o->now;
}

static void
split_task_sums(struct order *o)
{
    for (size_t i = 0; i < o->plan->n_steps; i++) {
        struct step step = o->plan->step[i];

        if (step.op == OP_TASK_SUM)
            split_task_sum(o, &step);
        o->now = o->n_split;
        mesa_step_slots(o->plan, &step, note_maker, o);
        o->split[o->n_split++] = step;
    }
}

static void
note_level(void *context, uint32_t slot, bool written)
{
    struct order *o = context;

    if (!written)
        o->now = MESA_MAX(o->now, o->slot_level[slot]);
}

static void
set_level(void *context, uint32_t slot, bool written)
{
    struct order *o = context;

    if (written)
        o->slot_level[slot] = o->now;
}

/*
 * Of a step: the lowest that what it reads allows; odd for what is shared,
 * even for what each task has.  A step for each task reads values of its own
 * level, but a shared one that reads what tasks have made must wait for all.
 */
static size_t
level_of(struct order *o, const struct step *step)
{
    o->now = 0;
    mesa_step_slots(o->plan, step, note_level, o);
    o->now = step->n_tasks == 1
                 ? o->now | 1
                 : MESA_MAX(o->now + o->now % 2, (size_t)2);
    mesa_step_slots(o->plan, step, set_level, o);
    return o->now;
}

/* Lower levels first; in each the steps are in the order that they had. */
static void
sort_by_level(struct order *o)
{
    size_t highest = 0, n = 0;

    for (size_t i = 0; i < o->n_split; i++) {
        o->level[i] = level_of(o, &o->split[i]);
        highest = MESA_MAX(highest, o->level[i]);
    }
    for (size_t l = 1; l <= highest; l++)
        for (size_t i = 0; i < o->n_split; i++)
            if (o->level[i] == l)
                o->sorted[n++] = o->split[i];
}

static mesa_status
open_order(struct order *o, struct plan *plan, struct mesa_error *err)
{
    size_t slots = plan->n_slots, steps = plan->n_steps;
    struct slot *more;

    memset(o, 0, sizeof *o);
    o->plan = plan;
    for (size_t i = 0; i < plan->n_steps; i++)
        if (plan->step[i].op == OP_TASK_SUM)
            slots++, steps++;
    more = mesa_realloc_array(plan->slot, slots, sizeof *plan->slot);
    if (more)
        plan->slot = more;
    o->split = mesa_alloc_array(steps, sizeof *o->split);
    o->sorted = mesa_alloc_array(steps, sizeof *o->sorted);
    o->level = mesa_alloc_array(steps, sizeof *o->level);
    o->uses = mesa_alloc_array(slots, sizeof *o->uses);
    o->maker = mesa_alloc_array(slots, sizeof *o->maker);
    o->slot_level = mesa_alloc_array(slots, sizeof *o->slot_level);
    if (!more || !o->split || !o->sorted || !o->level || !o->uses ||
        !o->maker || !o->slot_level)
        return mesa_nomem(err, steps, "steps to order");
    for (size_t i = 0; i < slots; i++)
        o->maker[i] = SIZE_MAX;
    return MESA_OK;
}

static void
close_order(struct order *o)
{
    mesa_free(o->split);
    mesa_free(o->sorted);
    mesa_free(o->level);
    mesa_free(o->uses);
    mesa_free(o->maker);
    mesa_free(o->slot_level);
}

static mesa_status
order_steps(struct plan *plan, struct mesa_error *err)
{
    struct order o;
    mesa_status st = open_order(&o, plan, err);

    if (st == MESA_OK) {
        count_uses(&o);
        split_task_sums(&o);
        sort_by_level(&o);
        mesa_free(plan->step);
        plan->step = o.sorted;
        plan->n_steps = o.n_split;
        o.sorted = NULL;
    }
    close_order(&o);
    return st;
}

/* Steps for every task that follow one another are all of one level. */
static void
find_segments(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_steps;) {
        struct segment *segment = &plan->segment[plan->n_segments++];

        segment->first = i;
        segment->n_steps = segment->n_chunks = 1;
        segment->by_blocks = plan->n_tasks >= FEWEST_TASKS &&
                             plan->step[i].n_tasks > 1;
        while (++i < plan->n_steps && segment->by_blocks &&
               plan->step[i].n_tasks > 1)
            segment->n_steps++;
    }
}

struct life {
    struct plan *plan;
    uint32_t     segment, step;
};

static void
extend_life(void *context, uint32_t slot, bool written)
{
    const struct life *life = context;
    struct slot *x = &life->plan->slot[slot];

    if (written)
        x->born = life->segment, x->first = life->step;
    x->last_use = life->segment;
    x->last = life->step;
}

static void
find_lives(struct plan *plan)
{
    struct life life = { plan, 0, 0 };

    for (size_t i = 0; i < plan->n_segments; i++) {
        const struct segment *segment = &plan->segment[i];

        life.segment++;
        for (size_t k = 0; k < segment->n_steps; k++, life.step++)
            mesa_step_slots(plan, &plan->step[life.step], extend_life,
                            &life);
    }
    for (size_t i = 0; i < plan->n_outputs; i++)
        plan->slot[plan->output[i]].last_use =
            (uint32_t)plan->n_segments + 1;
}

mesa_status
mesa_plan_segments(struct plan *plan, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (plan->n_tasks >= FEWEST_TASKS)
        st = order_steps(plan, err);
    if (st != MESA_OK)
        return st;
    plan->segment = mesa_alloc_array(plan->n_steps, sizeof *plan->segment);
    if (!plan->segment)
        return mesa_nomem(err, plan->n_steps, "segments");
    find_segments(plan);
    find_lives(plan);
    return MESA_OK;
}
