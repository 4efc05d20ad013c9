/* SPDX-License-Identifier: MIT */
/*
 * onnx_bytes.c - the wire format of protocol buffers, as far as ONNX needs
 * it: fields of varints, and of bytes with their length; and the messages that
 * several parts of a graph have, attributes and tensors.
 */
#include "onnx.h"

#include <string.h>

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

void
mesa_bytes_add(struct mesa_bytes *to, const void *data, size_t n)
{
    if (to->capacity - to->n < n) {
        size_t wanted = MESA_MAX(to->capacity * 2, to->n + n + 64);
        unsigned char *more = mesa_realloc_array(to->at, wanted, 1);

        if (!more) {
            to->failed = true;
            return;
        }
        to->at = more;
        to->capacity = wanted;
    }
    if (n)
        memcpy(to->at + to->n, data, n);
    to->n += n;
}

/* Seven bits a byte, the low ones first. */
static void
add_varint(struct mesa_bytes *to, uint64_t v)
{
    unsigned char byte[10];
    size_t n = 0;

    for (; v > 127; v >>= 7)
        byte[n++] = (unsigned char)(v | 128);
    byte[n++] = (unsigned char)v;
    mesa_bytes_add(to, byte, n);
}

static void
add_tag(struct mesa_bytes *to, unsigned field, unsigned wire)
{
    add_varint(to, field << 3 | wire);
}

void
mesa_pb_int(struct mesa_bytes *to, unsigned field, int64_t v)
{
    add_tag(to, field, WIRE_VARINT);
    add_varint(to, (uint64_t)v);
}

void
mesa_pb_packed_int(struct mesa_bytes *to, int64_t v)
{
    add_varint(to, (uint64_t)v);
}

void
mesa_pb_data(struct mesa_bytes *to, unsigned field, const void *data, size_t n)
{
    add_tag(to, field, WIRE_BYTES);
    add_varint(to, n);
    mesa_bytes_add(to, data, n);
}

void
mesa_pb_text(struct mesa_bytes *to, unsigned field, const char *text)
{
    mesa_pb_data(to, field, text, strlen(text));
}

void
mesa_pb_message(struct mesa_bytes *to, unsigned field,
                struct mesa_bytes *message)
{
    mesa_pb_data(to, field, message->at, message->n);
    to->failed |= message->failed;
    mesa_free(message->at);
    memset(message, 0, sizeof *message);
}

/* An attribute of a type, with one field of data. */
void
mesa_onnx_put_attribute(struct mesa_bytes *node, const char *name,
                        unsigned field, int type, struct mesa_bytes *data)
{
    struct mesa_bytes a = { 0 };

    mesa_pb_text(&a, ATTRIBUTE_NAME, name);
    mesa_pb_message(&a, field, data);
    mesa_pb_int(&a, ATTRIBUTE_TYPE, type);
    mesa_pb_message(node, NODE_ATTRIBUTE, &a);
}

void
mesa_onnx_put_text(struct mesa_bytes *node, const char *name, const char *text)
{
    struct mesa_bytes data = { 0 };

    mesa_bytes_add(&data, text, strlen(text));
    mesa_onnx_put_attribute(node, name, ATTRIBUTE_TEXT, TYPE_TEXT, &data);
}

void
mesa_onnx_put_tensor(struct mesa_bytes *to, unsigned n_dims,
                     const size_t *shape, int type, const void *data,
                     size_t bytes)
{
    for (unsigned i = 0; i < n_dims; i++)
        mesa_pb_int(to, TENSOR_DIMS, (int64_t)shape[i]);
    mesa_pb_int(to, TENSOR_TYPE, type);
    mesa_pb_data(to, TENSOR_RAW, data, bytes);
}
