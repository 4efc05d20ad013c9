/* SPDX-License-Identifier: MIT */
/*
 * fourier.c - a learner of your own that is only a model: waves, added up.
 *
 *     y = sqrt(2 / n) sum of n waves: weight cos(frequency x + phase), + bias
 *
 * The waves begin as random Fourier features do (Rahimi and Recht 2007), which
 * approximate a Gaussian kernel; whoever teaches the model bends them, too.
 */
#include <mesa/mesa.h>

struct fourier {
    int64_t n_waves;
    double  length_scale;
};

static const struct mesa_param fourier_params[] = {
    MESA_INT(struct fourier, n_waves, "n_waves", 40, 1, 100000,
             "Waves that are added up"),
    MESA_REAL(struct fourier, length_scale, "length_scale", 1.0, 0.0, 1e6,
              "Distance over which outputs vary, before training",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_PARAM_END
};

enum { FREQUENCY, PHASE, WEIGHT, BIAS, N_WEIGHTS };

static size_t
fourier_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                   struct mesa_weight *out, size_t room)
{
    const struct fourier *f = self;
    const size_t n = (size_t)f->n_waves;
    const struct mesa_weight weight[N_WEIGHTS] = {
        [FREQUENCY] = { "frequency", 2, { n_inputs, n }, MESA_NORMAL,
                        1.0 / f->length_scale },
        [PHASE] = { "phase", 1, { n }, MESA_UNIFORM, 3.141592653589793 },
        [WEIGHT] = { "weight", 2, { n, n_outputs }, MESA_NORMAL, 1.0 },
        [BIAS] = { "bias", 1, { n_outputs }, MESA_ZEROS, 0.0 },
    };

    for (size_t i = 0; i < N_WEIGHTS && i < room; i++)
        out[i] = weight[i];
    return N_WEIGHTS;
}

static mesa_node
fourier_forward(const void *self, struct mesa_graph *g,
                const mesa_node *weight, mesa_node x)
{
    const struct fourier *f = self;
    mesa_node angle = mesa_add(g, mesa_matmul(g, x, weight[FREQUENCY],
                                              MESA_PLAIN, MESA_PLAIN),
                               weight[PHASE]);
    mesa_node size = mesa_sqrt(g, mesa_scalar(g, 2.0 / (double)f->n_waves));
    mesa_node wave = mesa_mul(g, size, mesa_cos(g, angle));

    return mesa_add(g, mesa_matmul(g, wave, weight[WEIGHT], MESA_PLAIN,
                                   MESA_PLAIN),
                    weight[BIAS]);
}

static const struct mesa_estimator_class fourier = {
    MESA_ESTIMATOR(struct fourier),
    .head.name   = "fourier",
    .head.title  = "Waves whose frequencies are learnt",
    .head.cite   = "Rahimi and Recht 2007, NIPS (random Fourier features)",
    .head.params = fourier_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .parameters  = fourier_parameters,
    .forward     = fourier_forward,
};

MESA_PLUGIN(.name = "fourier", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&fourier.head));
