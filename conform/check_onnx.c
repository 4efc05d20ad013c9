/* SPDX-License-Identifier: MIT */
/*
 * check_onnx.c - models as ONNX graphs: parts of a protocol buffer that fit.
 *
 * What a graph computes takes a runtime to find out (tests/cli/export.sh has
 * one for our own).  Here every name is defined before it is used and once
 * only, every constant has the bytes that its shape needs, and the output
 * depends on the rows.
 */
#include "fit.h"

#include "onnx.h"

#include <string.h>

/* Fields of onnx.proto that core/onnx.h does not name. */
enum { MODEL_GRAPH = 7, GRAPH_NODE = 1, GRAPH_CONSTANT = 5, GRAPH_INPUT = 11,
       GRAPH_OUTPUT, VALUE_NAME = 1 };

/* Bytes of a message, from at on. */
struct part {
    const unsigned char *at, *end;
};

static bool
read_varint(struct part *p, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; p->at < p->end && shift < 64; shift += 7) {
        unsigned char byte = *p->at++;

        *v |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* The next field: a number into *v, or bytes into *in.  False at the end,
 * and, with p->at left where it is, if this is no message. */
static bool
next_field(struct part *p, unsigned *field, uint64_t *v, struct part *in)
{
    uint64_t key;

    if (p->at == p->end || !read_varint(p, &key) || !read_varint(p, v))
        return false;
    *field = (unsigned)(key >> 3);
    *in = (struct part){ p->at, p->at };
    if ((key & 7) == 0)
        return true;
    if ((key & 7) != 2 || *v > (uint64_t)(p->end - p->at))
        return false;
    p->at += *v;
    in->end = p->at;
    return true;
}

/* The names that are defined so far, and whether rows lead to them. */
struct names {
    size_t n;
    struct name {
        struct part text;
        bool        reached;
    }   *name;
};

static struct name *
find_name(const struct names *names, struct part text)
{
    size_t n = (size_t)(text.end - text.at);

    for (size_t i = 0; i < names->n; i++) {
        struct part is = names->name[i].text;

        if ((size_t)(is.end - is.at) == n && memcmp(is.at, text.at, n) == 0)
            return &names->name[i];
    }
    return NULL;
}

static void
define(struct bench *b, struct names *names, struct part text, bool reached)
{
    if (text.at == text.end || find_name(names, text))
        fail(b, "the value '%.*s' is defined twice, or without a name",
             (int)(text.end - text.at), (const char *)text.at);
    names->name[names->n++] = (struct name){ text, reached };
}

/* The field of a message that is a name. */
static struct part
name_in(struct part message, unsigned number)
{
    struct part found = { message.end, message.end }, in;
    unsigned field;
    uint64_t v;

    while (next_field(&message, &field, &v, &in))
        if (field == number)
            found = in;
    return found;
}

/* As many bytes as its type and shape need. */
static void
check_constant(struct bench *b, struct part tensor)
{
    struct part name = name_in(tensor, TENSOR_NAME), in;
    uint64_t v, cells = 1, size = 8, bytes = 0;
    unsigned field;

    while (next_field(&tensor, &field, &v, &in)) {
        if (field == TENSOR_DIMS)
            cells *= v;
        else if (field == TENSOR_TYPE)
            size = v == FLOAT ? 4 : 8;
        else if (field == TENSOR_RAW)
            bytes = v;
    }
    if (bytes != cells * size)
        fail(b, "constant %.*s has %llu bytes, its shape needs %llu",
             (int)(name.end - name.at), (const char *)name.at,
             (unsigned long long)bytes, (unsigned long long)(cells * size));
}

static void
check_node(struct bench *b, struct names *names, struct part node)
{
    struct part op = name_in(node, NODE_OP), rest = node, in;
    bool reached = false;
    unsigned field;
    uint64_t v;

    while (next_field(&rest, &field, &v, &in)) {
        const struct name *from;

        if (field != NODE_INPUT)
            continue;
        from = find_name(names, in);
        reached |= from && from->reached;
        if (!from)
            fail(b, "a node %.*s takes '%.*s', which nothing before it gives",
                 (int)(op.end - op.at), (const char *)op.at,
                 (int)(in.end - in.at), (const char *)in.at);
    }
    while (next_field(&node, &field, &v, &in))
        if (field == NODE_OUTPUT)
            define(b, names, in, reached);
}

/* Constants and rows come first, wherever they stand. */
static void
check_graph(struct bench *b, struct part graph)
{
    struct names names = { 0, bench_array(b, (size_t)(graph.end - graph.at),
                                          sizeof *names.name) };
    struct part rest = graph, in;
    unsigned field;
    uint64_t v;

    while (going(b) && next_field(&rest, &field, &v, &in)) {
        if (field == GRAPH_CONSTANT)
            check_constant(b, in);
        if (field == GRAPH_CONSTANT)
            define(b, &names, name_in(in, TENSOR_NAME), false);
        if (field == GRAPH_INPUT)
            define(b, &names, name_in(in, VALUE_NAME), true);
    }
    if (going(b) && rest.at != rest.end)
        fail(b, "the graph ends in the middle of a field");
    for (rest = graph; going(b) && next_field(&rest, &field, &v, &in);)
        if (field == GRAPH_NODE)
            check_node(b, &names, in);
    for (rest = graph; going(b) && next_field(&rest, &field, &v, &in);) {
        const struct name *out;

        if (field != GRAPH_OUTPUT)
            continue;
        out = find_name(&names, name_in(in, VALUE_NAME));
        if (!out || !out->reached)
            fail(b, "the graph's output does not depend on the rows");
    }
}

static const struct mesa_schema onnx_schema = {
    .struct_size = sizeof onnx_schema,
    .n_classes   = 2,
    .n_columns   = 3,
    .class_name  = (const char *const[]){ "no", "yes" },
};

/* The whole model; *out is freed by the caller, also after a failure. */
static mesa_status
make_graph(const struct mesa_instance *e, struct mesa_bytes *out,
           struct mesa_error *err)
{
    uint32_t x, made = 0;
    struct mesa_onnx *g = mesa_onnx_new(onnx_schema.n_columns, &x);
    mesa_status st;

    *out = (struct mesa_bytes){ 0 };
    if (!g)
        return mesa_nomem(err, 1, "ONNX graph");
    if (mesa_instance_class(e)->kind == MESA_KIND_TRANSFORM)
        st = mesa_transform_to_onnx(e, g, x, &made, err);
    else
        st = mesa_estimator_to_onnx(e, g, x, &made, err);
    if (st == MESA_OK)
        st = mesa_onnx_finish(g, made, &onnx_schema, out, err);
    mesa_onnx_free(g);
    return st;
}

/* Fitted on rows of three columns and two classes. */
static struct mesa_instance *
exportable(struct bench *b)
{
    const struct mesa_dataset *d = toy_separable(b, 1);
    struct mesa_bytes bytes = { 0 };
    struct mesa_instance *e = NULL;
    struct mesa_error err;

    if (going(b) && b->class_->kind == MESA_KIND_ESTIMATOR)
        e = fits(b) ? fitted(b, d, 1) : NULL;
    else if (going(b) && (e = bench_instance(b)))
        succeeded(b, mesa_transform_fit(e, d, &err), &err, "fit");
    if (!going(b))
        return NULL;
    if (make_graph(e, &bytes, &err) == MESA_ENOTSUP) {
        if (!*err.message)
            fail(b, "to_onnx is ENOTSUP and does not say what");
        skip(b, "%s", err.message);
    }
    mesa_free(bytes.at);
    return going(b) ? e : NULL;
}

static void
free_bytes(void *bytes)
{
    mesa_free(bytes);
}

static void
graph(struct bench *b)
{
    const struct mesa_instance *e = exportable(b);
    struct mesa_bytes one = { 0 }, two = { 0 };
    struct mesa_error err;
    struct part model, in;
    unsigned field;
    uint64_t v;

    if (!going(b) ||
        !succeeded(b, make_graph(e, &one, &err), &err, "to_onnx"))
        return;
    own(b, one.at, free_bytes);
    if (!succeeded(b, make_graph(e, &two, &err), &err, "to_onnx again"))
        return;
    own(b, two.at, free_bytes);
    if (one.n != two.n || memcmp(one.at, two.at, one.n) != 0)
        fail(b, "exported twice, graphs differ");
    model = (struct part){ one.at, one.at + one.n };
    while (going(b) && next_field(&model, &field, &v, &in))
        if (field == MODEL_GRAPH)
            check_graph(b, in);
}

static mesa_status
work_graph(struct bench *b, void *context, struct mesa_error *err)
{
    struct mesa_bytes bytes;
    mesa_status st = make_graph(context, &bytes, err);

    (void)b;
    mesa_free(bytes.at);
    return st;
}

static void
memory(struct bench *b)
{
    struct mesa_instance *e = exportable(b);

    sweep_memory(b, &(struct trial){ e, work_graph }, "to_onnx");
}

#define CHECKS(kind)                                                      \
    { "onnx", kind, graph, "a graph whose parts fit, of the rows" },      \
    { "onnx_memory", kind, memory, "ENOMEM wherever memory runs out" }

const struct check onnx_checks[] = {
    CHECKS(MESA_KIND_ESTIMATOR),
    CHECKS(MESA_KIND_TRANSFORM),
    { NULL, 0, NULL, NULL }
};
