/* SPDX-License-Identifier: MIT */
/*
 * harmonic - tasks to learn regression from: a few sine waves each, whose
 * frequencies are multiples of one.
 *
 *     y = sum over k = 1 ... n_harmonics of
 *             a_k sin(k frequency x + b_k),  + noise
 *
 * Of Lacoste et al. 2018 (4.1) with the constants of torchmeta's Harmonic:
 * two waves, frequency 5 ... 7, phases b_k 0 ... 2 pi, a_k standard normal,
 * and inputs that are normal around a center of the task's own, which is
 * uniform on -4 ... 4.  O(rows n_harmonics).
 */
#include "tasks.h"

struct harmonic {
    int64_t          n_harmonics;
    struct mesa_list frequency, phase, center;
    double           amplitude_sd, inputs_sd, noise;
    struct task_rows rows;

    struct span      frequencies, phases, centers;
    struct task_size size[SIDES];
};

static const struct mesa_param harmonic_params[] = {
    MESA_INT(struct harmonic, n_harmonics, "n_harmonics", 2, 1, 1000,
             "Sine waves of a task"),
    SPAN_LIST(struct harmonic, frequency, "frequency", "5, 7",
              "Of the first wave: from, to"),
    SPAN_LIST(struct harmonic, phase, "phase", "0, 6.283185307179586",
              "Of each wave: from, to"),
    MESA_REAL(struct harmonic, amplitude_sd, "amplitude_sd", 1.0, 0.0, 1e6,
              "Standard deviation of each wave's amplitude"),
    SPAN_LIST(struct harmonic, center, "center", "-4, 4",
              "Of a task's inputs: from, to"),
    MESA_REAL(struct harmonic, inputs_sd, "inputs_sd", 1.0, 0.0, 1e6,
              "Standard deviation of inputs around the task's center",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct harmonic, noise, "noise", 0.0, 0.0, 1e6,
              "Standard deviation of the Gaussian noise added to targets"),
    TASK_ROWS(struct harmonic, rows),
    MESA_PARAM_END
};

static mesa_status
harmonic_init(void *self, struct mesa_error *err)
{
    struct harmonic *h = self;
    mesa_status st = span_need(&h->frequency, "frequency", &h->frequencies,
                               err);

    if (st == MESA_OK)
        st = span_need(&h->phase, "phase", &h->phases, err);
    if (st == MESA_OK)
        st = span_need(&h->center, "center", &h->centers, err);
    task_sizes(&h->rows, h->size);
    return st;
}

static mesa_status
harmonic_tasks(void *self, struct mesa_task_shape *shape,
               struct mesa_rng *rng, struct mesa_error *err)
{
    const struct harmonic *h = self;

    (void)rng, (void)err;
    regression_shapes(h->size, 1, shape);
    return MESA_OK;
}

/* Sines are taken of so many values at a time. */
enum { PIECE = 64 };

/* One more wave on top of y. */
static void
add_wave(double frequency, double phase, double amplitude, const double *x,
         double *y, size_t n)
{
    double wave[PIECE];

    for (size_t at = 0; at < n; at += PIECE) {
        size_t m = n - at < PIECE ? n - at : PIECE;

        for (size_t i = 0; i < m; i++)
            wave[i] = frequency * x[at + i] + phase;
        mesa_vsin(wave, wave, m);
        for (size_t i = 0; i < m; i++)
            y[at + i] += amplitude * wave[i];
    }
}

static void
draw_inputs(const struct harmonic *h, double center, double *x, double *y,
            size_t n, struct mesa_rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = center + h->inputs_sd * mesa_rng_normal(rng);
        y[i] = 0;
    }
}

static mesa_status
harmonic_task(const void *self, enum mesa_part part, uint64_t i,
              const struct mesa_task *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    const struct harmonic *h = self;
    const struct task_size *size = &h->size[side_of(part)];
    double center = span_draw(&h->centers, rng);
    double frequency = span_draw(&h->frequencies, rng);
    struct mesa_rng waves = mesa_rng_derive(rng, "waves", 0);

    (void)i, (void)err;
    draw_inputs(h, center, out->support_x, out->support_y, size->support,
                rng);
    draw_inputs(h, center, out->query_x, out->query_y, size->query, rng);
    for (int64_t k = 1; k <= h->n_harmonics; k++) {
        double phase = span_draw(&h->phases, &waves);
        double amplitude = h->amplitude_sd * mesa_rng_normal(&waves);

        add_wave((double)k * frequency, phase, amplitude, out->support_x,
                 out->support_y, size->support);
        add_wave((double)k * frequency, phase, amplitude, out->query_x,
                 out->query_y, size->query);
    }
    add_noise(h->noise, rng, size, out);
    return MESA_OK;
}

static const struct mesa_source_class harmonic = {
    MESA_SOURCE(struct harmonic),
    .head.name = "harmonic",
    .head.title = "Regression tasks, a few related sine waves each",
    .head.cite = "Lacoste, Oreshkin, Chung, Boquet, Rostamzadeh and Krueger, "
                 "Uncertainty in multitask transfer learning, 2018",
    .head.params = harmonic_params,
    .head.init = harmonic_init,
    .tasks = harmonic_tasks,
    .task = harmonic_task,
};

MESA_PLUGIN(.name = "harmonic", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&harmonic.head));
