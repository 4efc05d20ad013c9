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

/* Numbers of fields, types and versions in onnx.proto that files share. */
enum { NODE_INPUT = 1, NODE_OUTPUT, NODE_NAME, NODE_OP, NODE_ATTRIBUTE,
       NODE_DOMAIN = 7 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INT = 3, ATTRIBUTE_TEXT, ATTRIBUTE_TENSOR,
       ATTRIBUTE_FLOATS = 7, ATTRIBUTE_INTS, ATTRIBUTE_TEXTS,
       ATTRIBUTE_TYPE = 20 };
enum { TYPE_INT = 2, TYPE_TEXT, TYPE_TENSOR, TYPE_FLOATS = 6, TYPE_INTS,
       TYPE_TEXTS };
enum { TENSOR_DIMS = 1, TENSOR_TYPE, TENSOR_NAME = 8, TENSOR_RAW };
enum { FLOAT = 1, INT64 = 7, STRING = 8, DOUBLE = 11 };

/* A tree of a value, and a value: trees are kept until they are used. */
struct mesa_onnx_tree {
    size_t                   n;
    struct mesa_onnx_branch *node;
    double                  *value;
};

struct mesa_onnx_value {
    bool                   is_double;
    bool                   is_sum; /* of trees: not shares to be averaged */
    uint32_t               x;    /* of trees: their rows; else 0     */
    uint32_t               made; /* of trees: the node's output, or 0 */
    size_t                 n_classes, n_trees;
    struct mesa_onnx_tree *tree;
};

/* Attributes of a node: of one field of data, which is freed; a text. */
void mesa_onnx_put_attribute(struct mesa_bytes *node, const char *name,
                             unsigned field, int type,
                             struct mesa_bytes *data);
void mesa_onnx_put_text(struct mesa_bytes *node, const char *name,
                        const char *text);
/* Dimensions, type and raw data, whose order of bytes is little-endian. */
void mesa_onnx_put_tensor(struct mesa_bytes *to, unsigned n_dims,
                          const size_t *shape, int type, const void *data,
                          size_t bytes);

/* The attributes of a TreeEnsembleClassifier, or of a sum the Regressor: all
 * trees of v. */
void mesa_onnx_put_trees(struct mesa_bytes *node,
                         const struct mesa_onnx_value *v);

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
