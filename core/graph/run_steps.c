/* SPDX-License-Identifier: MIT */
/* run_steps.c - what each kind of step does. */
#include "run.h"

#include <string.h>

/* Numbers in a register that lies n elements into the chunk's slot. */
static char *
element(const struct frame *f, uint32_t slot, size_t at)
{
    return (char *)f->memory[slot] + at * f->plan->size;
}

/* n elements of a view, from element `from` on; its innermost runs are
 * repeated (in blocks that compilers see how to vectorise), copied or picked
 * one by one.  A column that is repeated along rows is a case of its own. */
#define GATHER(name, type)                                                 \
    static void                                                            \
    pick_##name(const type *x, size_t step, size_t n, type *out)           \
    {                                                                      \
        const type first = *x;                                             \
        size_t i = 0;                                                      \
                                                                           \
        if (step == 1) {                                                   \
            memcpy(out, x, n * sizeof *out);                               \
            return;                                                        \
        }                                                                  \
        for (; step == 0 && i + 16 <= n; i += 16)                          \
            for (size_t k = 0; k < 16; k++)                                \
                out[i + k] = first;                                        \
        for (; i < n; i++)                                                 \
            out[i] = x[i * step];                                          \
    }                                                                      \
                                                                           \
    /* Rows of one number each, width times. */                            \
    MESA_CLONES static void                                                \
    widen_##name(const type *x, size_t stride, size_t rows, size_t width,  \
                 type *out)                                                \
    {                                                                      \
        for (size_t r = 0; r < rows; r++, x += stride) {                   \
            const type value = *x;                                         \
            size_t i = 0;                                                  \
                                                                           \
            for (; i + 16 <= width; i += 16, out += 16)                    \
                for (size_t k = 0; k < 16; k++)                            \
                    out[k] = value;                                        \
            for (; i < width; i++)                                         \
                *out++ = value;                                            \
        }                                                                  \
    }                                                                      \
                                                                           \
    static void                                                            \
    gather_##name(const type *x, const struct tile_load *load, size_t from, \
                  size_t n, type *out)                                     \
    {                                                                      \
        size_t at[MESA_MAX_DIMS + 1] = { 0 }, base = 0;                    \
        size_t last = load->n_dims - 1;                                    \
                                                                           \
        for (size_t d = load->n_dims; d-- > 0;) {                          \
            at[d] = from % load->extent[d];                                \
            from /= load->extent[d];                                       \
        }                                                                  \
        for (size_t d = 0; d < last; d++)                                  \
            base += at[d] * load->stride[d];                               \
        if (last == 1 && load->stride[1] == 0 && at[1] == 0) {             \
            size_t rows = n / load->extent[1];                             \
                                                                           \
            widen_##name(x + base, load->stride[0], rows, load->extent[1], \
                         out);                                             \
            base += rows * load->stride[0];                                \
            out += rows * load->extent[1];                                 \
            n -= rows * load->extent[1];                                   \
        }                                                                  \
        while (n > 0) {                                                    \
            size_t run = MESA_MIN(load->extent[last] - at[last], n);       \
            size_t step = load->stride[last];                              \
                                                                           \
            pick_##name(x + base + at[last] * step, step, run, out);       \
            out += run;                                                    \
            n -= run;                                                      \
            at[last] = 0;                                                  \
            for (size_t d = last; d-- > 0;) {                              \
                base += load->stride[d];                                   \
                if (++at[d] < load->extent[d])                             \
                    break;                                                 \
                base -= at[d] * load->stride[d];                           \
                at[d] = 0;                                                 \
            }                                                              \
        }                                                                  \
    }

GATHER(f32, float)
GATHER(f64, double)

static void
load_tile(const struct frame *f, const struct tile_load *load,
          size_t from, size_t n, void *out)
{
    const void *x = element(f, load->slot, load->offset);

    if (f->plan->dtype == MESA_F32)
        gather_f32(x, load, from, n, out);
    else
        gather_f64(x, load, from, n, out);
    if (n % MESA_TILE_STEP > 0)
        memset((char *)out + n * f->plan->size, 0,
               (MESA_TILE_STEP - n % MESA_TILE_STEP) * f->plan->size);
}

static void
run_ops(const struct frame *f, const struct tiles *t, void *const *reg,
        size_t n)
{
    if (f->plan->dtype == MESA_F32)
        mesa_tile_run_f32(t->op, t->n_ops, reg, n);
    else
        mesa_tile_run_f64(t->op, t->n_ops, reg, n);
}

/* n < MESA_TILE_STEP elements from `at` on: a whole step of them, by way of
 * copies of what lies in slots. */
static void
run_rest(const struct frame *f, const struct tiles *t, void *const *reg,
         size_t at, size_t n)
{
    _Alignas(64) double copy[MAX_REGISTERS][MESA_TILE_STEP];
    const size_t size = f->plan->size;
    void *moved[MAX_REGISTERS];

    for (size_t i = 0; i < t->n_registers; i++) {
        moved[i] = (char *)reg[i] + at * size;
        if (t->reg[i].slot >= CONSTANT_SLOT)
            continue;
        if (!t->reg[i].written) {
            memset(copy[i], 0, MESA_TILE_STEP * size);
            memcpy(copy[i], moved[i], n * size);
        }
        moved[i] = copy[i];
    }
    run_ops(f, t, moved, MESA_TILE_STEP);
    for (size_t i = 0; i < t->n_registers; i++)
        if (t->reg[i].slot < CONSTANT_SLOT && t->reg[i].written)
            memcpy((char *)reg[i] + at * size, copy[i], n * size);
}

/* Elements from ... end - 1, of one task if tasks are kept apart. */
static void
run_range(const struct frame *f, const struct tiles *t, void **reg,
          size_t from, size_t end)
{
    size_t first = from;

    for (; from < end; from += t->length) {
        size_t n = MESA_MIN(end - from, t->length);
        size_t whole = n / MESA_TILE_STEP * MESA_TILE_STEP;

        for (size_t i = 0; i < t->n_registers; i++)
            if (t->reg[i].slot < CONSTANT_SLOT)
                reg[i] = element(f, t->reg[i].slot, t->reg[i].at + from);
        for (size_t i = 0; i < t->n_loads; i++)
            if (from == first || !t->load[i].once)
                load_tile(f, &t->load[i], from, n, reg[t->load[i].reg]);
        if (whole > 0)
            run_ops(f, t, reg, whole);
        if (whole < n)
            run_rest(f, t, reg, whole, n - whole);
    }
}

void
mesa_run_tiles(const struct frame *f, const struct step *step, size_t from,
               size_t end)
{
    _Alignas(64) double scratch[MAX_SCRATCH][MESA_TILE];
    const struct tiles *t = step->tiles;
    void *reg[MAX_REGISTERS];
    size_t tile = MESA_TILE * f->plan->size;

    for (size_t i = 0; i < t->n_registers; i++) {
        if (t->reg[i].slot == NO_SLOT)
            reg[i] = (char *)scratch + t->reg[i].at * tile;
        else if (t->reg[i].slot == CONSTANT_SLOT)
            reg[i] = (char *)(uintptr_t)f->constants + t->reg[i].at * tile;
    }
    if (!t->by_task)
        run_range(f, t, reg, from, end);
    for (; t->by_task && from < end; from += step->count)
        run_range(f, t, reg, from, from + step->count);
}

static void
multiply(const struct frame *f, const struct mesa_product *product,
         size_t first, size_t end)
{
    if (f->plan->dtype == MESA_F32)
        mesa_matmul_rows_f32(product, first, end);
    else
        mesa_matmul_rows_f64(product, first, end);
}

/* The product of a task. */
static struct mesa_product
product_of(const struct frame *f, const struct step *step, size_t task)
{
    struct mesa_product p = step->product;

    p.scratch = f->scratch;
    p.a = element(f, step->a.slot, step->a.offset + task * step->a.task);
    p.b = element(f, step->b.slot, step->b.offset + task * step->b.task);
    p.c = element(f, step->slot, step->adds_tasks ? 0 : task * step->count);
    p.resume = step->adds_tasks && (task > 0 || f->resume);
    for (size_t i = 0; i < p.n_after; i++) {
        const struct view *v = &step->after[i];

        if (v->slot == CONSTANT_SLOT)
            p.after[i].x = f->constants + v->offset * f->plan->size;
        else if (p.after[i].op != MESA_TILE_RELU)
            p.after[i].x = element(f, v->slot, v->offset + task * v->task);
    }
    return p;
}

static const void *
moved(const void *x, size_t n, size_t size)
{
    return (const char *)x + n * size;
}

/* The product of the task after. */
static void
next_product(const struct step *step, size_t size, struct mesa_product *p)
{
    p->a = moved(p->a, step->a.task, size);
    p->b = moved(p->b, step->b.task, size);
    if (step->adds_tasks)
        p->resume = true;
    else
        p->c = (char *)p->c + step->count * size;
    for (size_t i = 0; i < p->n_after; i++)
        if (step->after[i].task > 0)
            p->after[i].x = moved(p->after[i].x, step->after[i].task, size);
}

static void
run_matmul(const struct frame *f, const struct step *step, size_t from,
           size_t end)
{
    struct mesa_product p = product_of(f, step,
                                          step->split_rows ? 0 : from);
    size_t task = from;

    if (step->split_rows) {
        multiply(f, &p, from, end);
        return;
    }
    if (step->stacked) {
        p.m *= step->adds_tasks ? 1 : end - from;
        p.k *= step->adds_tasks ? end - from : 1;
        task = end - 1;
    }
    multiply(f, &p, 0, p.m);
    while (++task < end) {
        next_product(step, f->plan->size, &p);
        multiply(f, &p, 0, p.m);
    }
}

typedef void reduction(const void *x, size_t rows, size_t n, size_t stride,
                       void *out);

static void
run_reduction(const struct frame *f, const struct step *step, size_t from,
              size_t end)
{
    static reduction *const last[2][2] = {
        { mesa_reduce_sum_last_f32, mesa_reduce_sum_last_f64 },
        { mesa_reduce_max_last_f32, mesa_reduce_max_last_f64 }
    };
    static reduction *const first[2][2] = {
        { mesa_reduce_sum_first_f32, mesa_reduce_sum_first_f64 },
        { mesa_reduce_max_first_f32, mesa_reduce_max_first_f64 }
    };
    size_t max = step->op == OP_MAX, wide = f->plan->dtype == MESA_F64;
    size_t block = step->n * step->inner, at = step->a.offset;

    if (step->outer == 1) {
        if (step->inner == 1)
            last[max][wide](element(f, step->a.slot, at), 1, step->n, step->n,
                            element(f, step->slot, 0));
        else
            first[max][wide](element(f, step->a.slot, at + from), step->n,
                             end - from, step->inner,
                             element(f, step->slot, from));
        return;
    }
    if (step->inner == 1) {
        last[max][wide](element(f, step->a.slot, at + from * step->n),
                        end - from, step->n, step->n,
                        element(f, step->slot, from));
        return;
    }
    for (size_t i = from; i < end; i++)
        first[max][wide](element(f, step->a.slot, at + i * block), step->n,
                         step->inner, step->inner,
                         element(f, step->slot, i * step->inner));
}

/* What the tasks have, added up in their order. */
static void
run_task_part(const struct frame *f, const struct step *step, size_t n_tasks)
{
    const void *x = element(f, step->a.slot, step->a.offset);
    void *out = element(f, step->slot, 0);

    if (f->plan->dtype == MESA_F32)
        mesa_add_rows_f32(x, n_tasks, step->count, f->resume, out);
    else
        mesa_add_rows_f64(x, n_tasks, step->count, f->resume, out);
}

static void
run_concat(const struct frame *f, const struct step *step, size_t first,
           size_t end)
{
    size_t at = first * step->count;

    for (size_t task = first; task < end; task++)
        for (size_t i = 0; i < step->outer; i++)
            for (size_t k = 0; k < step->n_parts; k++) {
                const struct view *v = &step->part[k];
                size_t from = v->offset + task * v->task +
                              i * step->length[k];

                memcpy(element(f, step->slot, at),
                       element(f, v->slot, from),
                       step->length[k] * f->plan->size);
                at += step->length[k];
            }
}

static void
add_row(const struct frame *f, char *to, const char *from, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        if (f->plan->dtype == MESA_F32)
            ((float *)(void *)to)[j] += ((const float *)(const void *)from)[j];
        else
            ((double *)(void *)to)[j] +=
                ((const double *)(const void *)from)[j];
    }
}

static void
set_one(const struct frame *f, char *to)
{
    if (f->plan->dtype == MESA_F32)
        *(float *)(void *)to = 1.0F;
    else
        *(double *)(void *)to = 1.0;
}

/* One row: copied from where the index says, or added there. */
static void
run_indexed_row(const struct frame *f, const struct step *step,
                size_t task, size_t i, size_t index)
{
    size_t out = task * step->count, width = step->inner;
    size_t from = step->a.offset + task * step->a.task;

    if (step->op == OP_ONE_HOT)
        set_one(f, element(f, step->slot, out + i * step->rows + index));
    else if (step->op == OP_GATHER)
        memcpy(element(f, step->slot, out + i * width),
               element(f, step->a.slot, from + index * width),
               width * f->plan->size);
    else
        add_row(f, element(f, step->slot, out + index * width),
                element(f, step->a.slot, from + i * width), width);
}

static mesa_status
run_indexed(const struct frame *f, const struct step *step, size_t first,
            size_t end, struct mesa_error *err)
{
    const int64_t *index = f->memory[step->b.slot];

    if (step->op != OP_GATHER)
        memset(element(f, step->slot, first * step->count), 0,
               (end - first) * step->count * f->plan->size);
    for (size_t task = first; task < end; task++)
        for (size_t i = 0; i < step->n; i++) {
            int64_t at = index[step->b.offset + task * step->b.task + i];

            if (at < 0 || (uint64_t)at >= step->rows)
                return mesa_fail(err, MESA_EINVAL,
                                 "index %lld, but there are %zu rows",
                                 (long long)at, step->rows);
            run_indexed_row(f, step, task, i, (size_t)at);
        }
    return MESA_OK;
}

mesa_status
mesa_run_step(const struct frame *f, const struct step *step, size_t from,
              size_t end, struct mesa_error *err)
{
    switch (step->op) {
    case MESA_TILE_COPY:
        mesa_run_tiles(f, step, from, end);
        return MESA_OK;
    case OP_MATMUL:
        run_matmul(f, step, from, end);
        return MESA_OK;
    case OP_SUM:
    case OP_MAX:
    case OP_TASK_SUM:
        run_reduction(f, step, from, end);
        return MESA_OK;
    case OP_TASK_PART:
        run_task_part(f, step, end);
        return MESA_OK;
    case OP_CONCAT:
        run_concat(f, step, from, end);
        return MESA_OK;
    default:
        return run_indexed(f, step, from, end, err);
    }
}
