/* SPDX-License-Identifier: MIT */
/* mute - exports a transform that gives no value. */
#include "transform.h"

static mesa_status
mute_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x, uint32_t *out,
             struct mesa_error *err)
{
    (void)self, (void)g, (void)x, (void)out, (void)err;
    return MESA_OK;
}

FAULTY_TRANSFORM(mute, .to_onnx = mute_to_onnx);
