/* SPDX-License-Identifier: MIT */
/* growing - exports one node more each time. */
#include "learner.h"

static mesa_status
growing_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                uint32_t *proba, struct mesa_error *err)
{
    static int times;

    (void)self, (void)err;
    times++;
    for (int i = 0; i < times; i++)
        x = mesa_onnx_node(g, "", "Softmax", &x, 1);
    *proba = x;
    return MESA_OK;
}

FAULTY_LEARNER(growing, .to_onnx = growing_to_onnx);
