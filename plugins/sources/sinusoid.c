/* SPDX-License-Identifier: MIT */
/*
 * sinusoid - tasks to learn regression from: one sine wave each.
 *
 *     y = amplitude sin(frequency (x - phase)) + noise
 *
 * Amplitude, phase and frequency are uniform, drawn once per task.  Inputs
 * are uniform, drawn per row, or points of a fixed grid, drawn without
 * replacement.  Presets are published distributions:
 *
 *   maml     Finn et al. 2017, 5.1: amplitude 0.1 ... 5, phase 0 ... pi,
 *            x -5 ... 5, 10 rows.
 *   reptile  Nichol et al. 2018, 3: amplitude 0.1 ... 5, phase 0 ... 2 pi,
 *            with + instead of -; x are 50 points from -5 to 5.  A training
 *            task has all of them, in random order, for mini-batches;
 *            held-out tasks adapt to 10 and are judged at all.
 *   ml3      Bechtle et al. 2021, IV.A.1: one training task (amplitude 1,
 *            phase pi) of 100 rows in -2 ... 2; held-out tasks of amplitude
 *            0.2 ... 5, phase -pi ... pi, x -5 ... 5.
 *
 * The query rows of a grid come next in the random order, so that they are
 * others than those to adapt to as long as there are any.  O(rows + grid).
 */
#include "tasks.h"

#define PI (TWO_PI / 2)

enum { MAML, REPTILE, ML3, GRID_MOST = 1024, UNLIMITED = 0 };

/* What is drawn per task, and where its inputs lie. */
struct family {
    struct span amplitude, phase, frequency, inputs;
};

struct lists {
    struct mesa_list amplitude, phase, frequency, inputs;
};

struct sinusoid {
    int              preset;
    struct lists     all, test;
    double           noise;
    int64_t          grid, train_tasks;
    struct task_rows rows;

    struct family    family[SIDES];
    struct task_size size[SIDES];
    struct mesa_rng  rng; /* of training tasks, if there are so many */
};

static const struct preset {
    struct family family[SIDES];
    double        sign; /* of the phase */
    int64_t       shots, grid, train_tasks;
} presets[] = {
    [MAML] = { { { { 0.1, 5 }, { 0, PI }, { 1, 1 }, { -5, 5 } },
                 { { 0.1, 5 }, { 0, PI }, { 1, 1 }, { -5, 5 } } },
               -1, 10, 0, UNLIMITED },
    [REPTILE] = { { { { 0.1, 5 }, { 0, TWO_PI }, { 1, 1 }, { -5, 5 } },
                    { { 0.1, 5 }, { 0, TWO_PI }, { 1, 1 }, { -5, 5 } } },
                  1, 10, 50, UNLIMITED },
    [ML3] = { { { { 1, 1 }, { PI, PI }, { 1, 1 }, { -2, 2 } },
                { { 0.2, 5 }, { -PI, PI }, { 1, 1 }, { -5, 5 } } },
              -1, 100, 0, 1 },
};

static const struct mesa_choice sinusoid_presets[] = {
    { "maml", MAML, "Finn et al. 2017" },
    { "reptile", REPTILE, "Nichol et al. 2018: phases add, 50 fixed inputs" },
    { "ml3", ML3, "Bechtle et al. 2021: one training task, others to test" },
    { NULL, 0, NULL }
};

static const struct mesa_choice sinusoid_counts[] = {
    { "auto", TASKS_AUTO, "the preset's" },
    { "unlimited", UNLIMITED, "each is another one" },
    { NULL, 0, NULL }
};

static const struct mesa_choice sinusoid_grids[] = {
    { "auto", TASKS_AUTO, "the preset's" },
    { "none", 0, "uniform inputs" },
    { NULL, 0, NULL }
};

#define SPAN(field, key, help) \
    SPAN_LIST(struct sinusoid, field, key, NULL, help)

static const struct mesa_param sinusoid_params[] = {
    MESA_CHOICE(struct sinusoid, preset, "preset", MAML, sinusoid_presets,
                "Whose distribution, where nothing else is said"),
    SPAN(all.amplitude, "amplitude", "From, to; the preset's if empty"),
    SPAN(all.phase, "phase", "From, to; the preset's if empty"),
    SPAN(all.frequency, "frequency", "From, to; the preset's if empty"),
    SPAN(all.inputs, "inputs", "Where x lies: from, to; the preset's if "
         "empty"),
    SPAN(test.amplitude, "test_amplitude",
         "Of held-out tasks; as amplitude if empty, or the preset's"),
    SPAN(test.phase, "test_phase",
         "Of held-out tasks; as phase if empty, or the preset's"),
    SPAN(test.frequency, "test_frequency",
         "Of held-out tasks; as frequency if empty, or the preset's"),
    SPAN(test.inputs, "test_inputs",
         "Of held-out tasks; as inputs if empty, or the preset's"),
    MESA_REAL(struct sinusoid, noise, "noise", 0.0, 0.0, 1e6,
              "Standard deviation of the Gaussian noise added to targets"),
    MESA_INT(struct sinusoid, grid, "grid", TASKS_AUTO, 1, GRID_MOST,
             "Equally spaced inputs that all tasks share, ends included",
             .choices = sinusoid_grids),
    MESA_INT(struct sinusoid, rows.shots, "shots", TASKS_AUTO, 1, TASKS_MOST,
             "Rows to adapt to in a held-out task; auto: the preset's 10, of "
             "ml3 100", .choices = tasks_auto),
    MESA_INT(struct sinusoid, rows.train_shots, "train_shots", TASKS_AUTO, 1,
             TASKS_MOST, "Rows to adapt to in a training task; auto: as "
             "shots, of reptile the whole grid", .choices = tasks_auto),
    TASK_ROWS_QUERY(struct sinusoid, rows),
    MESA_INT(struct sinusoid, rows.test_query, "test_query", TASKS_AUTO, 1,
             TASKS_MOST, "Rows to judge held-out tasks by; auto: 100, or the "
             "whole grid in order", .choices = tasks_auto),
    MESA_INT(struct sinusoid, train_tasks, "train_tasks", TASKS_AUTO, 1,
             INT64_C(1) << 40, "How many training tasks there are",
             .choices = sinusoid_counts),
    MESA_PARAM_END
};

/* One range of training tasks, and that of held-out ones. */
static mesa_status
read_pair(const struct mesa_list *all, const struct mesa_list *test,
          const char *key, struct span *train, struct span *held_out,
          struct mesa_error *err)
{
    char test_key[32] = "test_";
    mesa_status st = span_read(all, key, train, err);

    for (size_t i = 0; key[i]; i++)
        test_key[5 + i] = key[i];
    if (all->n)
        *held_out = *train;
    return st == MESA_OK ? span_read(test, test_key, held_out, err) : st;
}

static mesa_status
read_families(struct sinusoid *s, struct mesa_error *err)
{
    struct family *train = &s->family[TRAIN], *held_out = &s->family[HELD_OUT];
    mesa_status st;

    *train = presets[s->preset].family[TRAIN];
    *held_out = presets[s->preset].family[HELD_OUT];
    st = read_pair(&s->all.amplitude, &s->test.amplitude, "amplitude",
                   &train->amplitude, &held_out->amplitude, err);
    if (st == MESA_OK)
        st = read_pair(&s->all.phase, &s->test.phase, "phase", &train->phase,
                       &held_out->phase, err);
    if (st == MESA_OK)
        st = read_pair(&s->all.frequency, &s->test.frequency, "frequency",
                       &train->frequency, &held_out->frequency, err);
    if (st == MESA_OK)
        st = read_pair(&s->all.inputs, &s->test.inputs, "inputs",
                       &train->inputs, &held_out->inputs, err);
    return st;
}

/* Points of a grid are drawn without replacement. */
static mesa_status
check_grid(const struct sinusoid *s, struct mesa_error *err)
{
    const struct {
        const char *key;
        size_t      n;
    } asked[4] = { { "shots", s->size[HELD_OUT].support },
                   { "train_shots", s->size[TRAIN].support },
                   { "query", s->size[TRAIN].query },
                   { "test_query", s->size[HELD_OUT].query } };

    for (size_t i = 0; s->grid && i < 4; i++)
        if (asked[i].n > (size_t)s->grid)
            return mesa_fail(err, MESA_EINVAL,
                             "%s is %zu but there are %lld inputs",
                             asked[i].key, asked[i].n, (long long)s->grid);
    return MESA_OK;
}

static mesa_status
sinusoid_init(void *self, struct mesa_error *err)
{
    struct sinusoid *s = self;
    const struct preset *preset = &presets[s->preset];
    mesa_status st = read_families(s, err);

    s->grid = or_else(s->grid, preset->grid);
    s->train_tasks = or_else(s->train_tasks, preset->train_tasks);
    s->rows.shots = or_else(s->rows.shots, preset->shots);
    if (s->grid && s->preset == REPTILE)
        s->rows.train_shots = or_else(s->rows.train_shots, s->grid);
    s->rows.test_query = or_else(s->rows.test_query, s->grid ? s->grid : 100);
    task_sizes(&s->rows, s->size);
    return st == MESA_OK ? check_grid(s, err) : st;
}

/* What a task is drawn from, in the order of struct wave. */
static const char *const sinusoid_info[] = { "amplitude", "phase",
                                             "frequency" };

static mesa_status
sinusoid_tasks(void *self, struct mesa_task_shape *shape,
               struct mesa_rng *rng, struct mesa_error *err)
{
    struct sinusoid *s = self;

    (void)err;
    s->rng = *rng;
    regression_shapes(s->size, 1, shape);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        shape[p].n_info = sizeof sinusoid_info / sizeof sinusoid_info[0];
        shape[p].info = sinusoid_info;
    }
    return MESA_OK;
}

/* Point k; the last one is exact. */
static double
grid_point(const struct span *in, size_t k, size_t n)
{
    if (k + 1 == n && n > 1)
        return in->high;
    return n > 1 ? in->low + (double)k * ((in->high - in->low) /
                                          (double)(n - 1))
                 : in->low;
}

static void
draw_grid(const struct span *in, size_t grid, const struct task_size *size,
          const struct mesa_task *out, struct mesa_rng *rng)
{
    bool all = size->query == grid;
    size_t order[GRID_MOST];

    mesa_rng_permutation(rng, grid, order);
    for (size_t r = 0; r < size->support; r++)
        out->support_x[r] = grid_point(in, order[r], grid);
    for (size_t r = 0; r < size->query; r++)
        out->query_x[r] = grid_point(
            in, all ? r : order[(size->support + r) % grid], grid);
}

static void
draw_inputs(const struct span *in, const struct task_size *size,
            const struct mesa_task *out, struct mesa_rng *rng)
{
    for (size_t r = 0; r < size->support; r++)
        out->support_x[r] = span_draw(in, rng);
    for (size_t r = 0; r < size->query; r++)
        out->query_x[r] = span_draw(in, rng);
}

/* The wave of one task, its phase with its sign. */
struct wave {
    double amplitude, phase, frequency;
};

static void
wave_at(const struct wave *w, const double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = w->frequency * (x[i] + w->phase);
    mesa_vsin(y, y, n);
    for (size_t i = 0; i < n; i++)
        y[i] *= w->amplitude;
}

static mesa_status
sinusoid_task(const void *self, enum mesa_part part, uint64_t i,
              const struct mesa_task *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    const struct sinusoid *s = self;
    enum side side = side_of(part);
    const struct family *f = &s->family[side];
    const struct task_size *size = &s->size[side];
    struct mesa_rng own = *rng;
    struct wave w;

    (void)err;
    if (side == TRAIN && s->train_tasks != UNLIMITED)
        own = mesa_rng_derive(&s->rng, "train",
                              i % (uint64_t)s->train_tasks);
    w.amplitude = span_draw(&f->amplitude, &own);
    w.phase = presets[s->preset].sign * span_draw(&f->phase, &own);
    w.frequency = span_draw(&f->frequency, &own);
    if (s->grid)
        draw_grid(&f->inputs, (size_t)s->grid, size, out, &own);
    else
        draw_inputs(&f->inputs, size, out, &own);
    out->info[0] = w.amplitude;
    out->info[1] = presets[s->preset].sign * w.phase; /* as drawn */
    out->info[2] = w.frequency;
    wave_at(&w, out->support_x, out->support_y, size->support);
    wave_at(&w, out->query_x, out->query_y, size->query);
    add_noise(s->noise, &own, size, out);
    return MESA_OK;
}

static const struct mesa_source_class sinusoid = {
    MESA_SOURCE(struct sinusoid),
    .head.name = "sinusoid",
    .head.title = "Regression tasks, one sine wave each",
    .head.cite = "Finn, Abbeel and Levine, Model-agnostic meta-learning for "
                 "fast adaptation of deep networks, ICML 2017",
    .head.params = sinusoid_params,
    .head.init = sinusoid_init,
    .tasks = sinusoid_tasks,
    .task = sinusoid_task,
};

MESA_PLUGIN(.name = "sinusoid", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&sinusoid.head));
