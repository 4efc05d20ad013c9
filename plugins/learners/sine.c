/* SPDX-License-Identifier: MIT */
/*
 * sine - a wave of which only the frequency is learnt.
 *
 *     y = sin(frequency x)
 *
 * x by frequency is a matrix product: several inputs give a plane wave, and
 * each output has frequencies of its own.  The squared error of one frequency
 * has minima on either side of the true one, about 2 pi / (largest x -
 * smallest x) apart, and gradient descent ends in the next: a test for those
 * who teach models.  Nothing but a model: metalearners fit it.
 *
 * Bechtle et al. 2021, Meta learning via learned loss, arXiv:1906.05374, IV.B.
 */
#include <mesa/mesa.h>

struct sine {
    double frequency;
};

static const struct mesa_param sine_params[] = {
    MESA_REAL(struct sine, frequency, "frequency", 0.1, -1e6, 1e6,
              "Frequency before training"),
    MESA_PARAM_END
};

static size_t
sine_parameters(const void *self, size_t n_inputs, size_t n_outputs,
                struct mesa_weight *out, size_t room)
{
    const struct sine *s = self;

    if (room > 0)
        out[0] = (struct mesa_weight){ "frequency", 2,
                                       { n_inputs, n_outputs }, MESA_FILLED,
                                       s->frequency };
    return 1;
}

static mesa_node
sine_forward(const void *self, struct mesa_graph *g, const mesa_node *weight,
             mesa_node x)
{
    (void)self;
    return mesa_sin(g, mesa_matmul(g, x, weight[0], MESA_PLAIN, MESA_PLAIN));
}

static const struct mesa_estimator_class sine = {
    MESA_ESTIMATOR(struct sine),
    .head.name   = "sine",
    .head.title  = "A wave of which only the frequency is learnt",
    .head.cite   = "Bechtle et al. 2021, Meta learning via learned loss, "
                   "arXiv:1906.05374",
    .head.params = sine_params,
    .parameters  = sine_parameters,
    .forward     = sine_forward,
};

MESA_PLUGIN(.name = "sine", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&sine.head));
