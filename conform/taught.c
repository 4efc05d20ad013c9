/* SPDX-License-Identifier: MIT */
/* taught.c - losses that have learnt something, whatever it may be. */
#include "taught.h"

bool
learnable(const struct bench *b)
{
    const struct mesa_loss_class *c = (const void *)b->class_;

    return c->build_with != NULL;
}

struct mesa_loss_shape
taught_shape(size_t outputs)
{
    return (struct mesa_loss_shape){ sizeof(struct mesa_loss_shape), outputs,
                                     outputs, TAUGHT_INPUTS, TAUGHT_EXTRA };
}

mesa_status
teach(const struct bench *b, struct mesa_instance *loss, size_t outputs,
      uint64_t stream, struct mesa_error *err)
{
    const struct mesa_loss_shape shape = taught_shape(outputs);
    const struct mesa_rng rng = bench_rng(b, "weights", stream);
    struct mesa_weights *w;
    mesa_status st;

    if (!learnable(b))
        return MESA_OK;
    st = mesa_loss_weights(loss, &shape, MESA_F64, &rng, &w, err);
    if (st == MESA_OK)
        st = mesa_loss_learn(loss, &shape, w, err);
    mesa_weights_free(w);
    return st;
}

struct mesa_instance *
taught(struct bench *b, size_t outputs, uint64_t stream)
{
    struct mesa_instance *loss = bench_instance(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, teach(b, loss, outputs, stream, &err), &err, "learn");
    return going(b) ? loss : NULL;
}
