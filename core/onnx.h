/* SPDX-License-Identifier: MIT */
/* onnx.h - an ONNX graph from its beginning to its bytes. */
#ifndef MESA_CORE_ONNX_H
#define MESA_CORE_ONNX_H

#include "internal.h"

/* Bytes that grow; a failure sticks. */
struct mesa_bytes {
    unsigned char *at;
    size_t         n, capacity;
    bool           failed;
};

/* Fields of a protocol buffer message, by number. */
void mesa_pb_int(struct mesa_bytes *to, unsigned field, int64_t v);
void mesa_pb_data(struct mesa_bytes *to, unsigned field, const void *data,
                  size_t n);
void mesa_pb_text(struct mesa_bytes *to, unsigned field, const char *text);
/* A finished message as a field; frees it. */
void mesa_pb_message(struct mesa_bytes *to, unsigned field,
                     struct mesa_bytes *message);
/* An element of a packed field, which is in the end one of data. */
void mesa_pb_packed_int(struct mesa_bytes *to, int64_t v);
void mesa_bytes_add(struct mesa_bytes *to, const void *data, size_t n);

/* A graph with its input: rows of so many columns. */
MESA_INTERNAL struct mesa_onnx *mesa_onnx_new(size_t n_columns,
                                              uint32_t *input);
MESA_INTERNAL void mesa_onnx_free(struct mesa_onnx *g);

/* Outputs "label" and "probabilities" from proba; the whole model into *out,
 * which is freed with mesa_free. */
MESA_INTERNAL mesa_status mesa_onnx_finish(struct mesa_onnx *g, uint32_t proba,
                                           const struct mesa_schema *schema,
                                           struct mesa_bytes *out,
                                           struct mesa_error *err);

#endif
