/* SPDX-License-Identifier: MIT */
/*
 * onnx.c - a graph of ONNX nodes, and the trees that become one of them.
 *
 * Nodes are kept as the bytes that they will be.  Trees are kept as trees
 * until something needs their values, so that a mean of them, or of such
 * means, is one node with weights that are divided.
 */
#include "onnx.h"

#include <stdio.h>
#include <string.h>

/* Numbers of fields, types and versions in onnx.proto. */
enum { MODEL_IR = 1, MODEL_PRODUCER, MODEL_VERSION, MODEL_GRAPH = 7,
       MODEL_OPSET };
enum { OPSET_DOMAIN = 1, OPSET_VERSION };
enum { GRAPH_NODE = 1, GRAPH_NAME, GRAPH_CONSTANT = 5, GRAPH_INPUT = 11,
       GRAPH_OUTPUT };
enum { VALUE_NAME = 1, VALUE_TYPE };
enum { IR = 8, OPSET = 15, OPSET_ML = 3 };

static const char ml[] = "ai.onnx.ml";

struct mesa_onnx {
    size_t                  n_columns, n_values, n_nodes;
    struct mesa_onnx_value *value; /* of number v: value[v - 1] */
    struct mesa_bytes      *node;  /* each a NodeProto          */
    struct mesa_bytes       constants;
    bool                    failed;
};

static void
free_trees(struct mesa_onnx_value *v)
{
    for (size_t i = 0; i < v->n_trees; i++) {
        mesa_free(v->tree[i].node);
        mesa_free(v->tree[i].value);
    }
    mesa_free(v->tree);
    v->tree = NULL;
    v->n_trees = 0;
}

void
mesa_onnx_free(struct mesa_onnx *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->n_values; i++)
        free_trees(&g->value[i]);
    for (size_t i = 0; i < g->n_nodes; i++)
        mesa_free(g->node[i].at);
    mesa_free(g->value);
    mesa_free(g->node);
    mesa_free(g->constants.at);
    mesa_free(g);
}

static struct mesa_onnx_value *
get(struct mesa_onnx *g, uint32_t v)
{
    return v && v <= g->n_values ? &g->value[v - 1] : NULL;
}

static uint32_t
fail(struct mesa_onnx *g)
{
    g->failed = true;
    return 0;
}

static uint32_t
new_value(struct mesa_onnx *g, bool is_double)
{
    struct mesa_onnx_value *more = mesa_realloc_array(
        g->value, g->n_values + 1, sizeof *more);

    if (!more)
        return fail(g);
    g->value = more;
    more[g->n_values] = (struct mesa_onnx_value){ .is_double = is_double };
    return (uint32_t)++g->n_values;
}

struct mesa_onnx *
mesa_onnx_new(size_t n_columns, uint32_t *input)
{
    struct mesa_onnx *g = mesa_alloc_array(1, sizeof *g);

    if (!g)
        return NULL;
    g->n_columns = n_columns;
    *input = new_value(g, false);
    return g;
}

/* The name of a value: the input is number 1. */
static void
put_name(struct mesa_bytes *to, unsigned field, uint32_t v)
{
    char name[16];

    snprintf(name, sizeof name, "v%u", (unsigned)v);
    mesa_pb_text(to, field, v == 1 ? "x" : name);
}

static struct mesa_bytes *
new_node(struct mesa_onnx *g, const char *domain, const char *op)
{
    struct mesa_bytes *more = mesa_realloc_array(g->node, g->n_nodes + 1,
                                                 sizeof *more);

    if (!more) {
        g->failed = true;
        return NULL;
    }
    g->node = more;
    more += g->n_nodes++;
    memset(more, 0, sizeof *more);
    mesa_pb_text(more, NODE_OP, op);
    mesa_pb_text(more, NODE_DOMAIN, domain);
    return more;
}

void
mesa_onnx_int(struct mesa_onnx *g, const char *name, int64_t v)
{
    struct mesa_bytes a = { 0 };

    if (g->failed || !g->n_nodes)
        return;
    mesa_pb_text(&a, ATTRIBUTE_NAME, name);
    mesa_pb_int(&a, ATTRIBUTE_INT, v);
    mesa_pb_int(&a, ATTRIBUTE_TYPE, TYPE_INT);
    mesa_pb_message(&g->node[g->n_nodes - 1], NODE_ATTRIBUTE, &a);
}

uint32_t
mesa_onnx_constant(struct mesa_onnx *g, const struct mesa_tensor *t)
{
    size_t bytes = t->dtype == MESA_F32 ? sizeof(float) : sizeof(double);
    int type = t->dtype == MESA_F32   ? FLOAT
               : t->dtype == MESA_F64 ? DOUBLE
                                      : INT64;
    uint32_t v = new_value(g, type == DOUBLE);
    struct mesa_bytes out = { 0 };

    if (!v)
        return 0;
    for (uint32_t i = 0; i < t->n_dims; i++)
        bytes *= t->shape[i];
    mesa_onnx_put_tensor(&out, t->n_dims, t->shape, type, t->data, bytes);
    put_name(&out, TENSOR_NAME, v);
    mesa_pb_message(&g->constants, GRAPH_CONSTANT, &out);
    return v;
}

uint32_t
mesa_onnx_doubles(struct mesa_onnx *g, size_t n, const double *v)
{
    return mesa_onnx_constant(g, &(struct mesa_tensor){ MESA_F64, 1, { n },
                                                        v });
}

uint32_t
mesa_onnx_floats(struct mesa_onnx *g, size_t n_dims, const size_t *shape,
                 const float *v)
{
    struct mesa_tensor t = { MESA_F32, (uint32_t)n_dims, { 0 }, v };

    memcpy(t.shape, shape, n_dims * sizeof *shape);
    return mesa_onnx_constant(g, &t);
}

/* The value that stands for v in the graph: of trees, that of their node. */
static uint32_t
made(struct mesa_onnx *g, uint32_t v)
{
    struct mesa_onnx_value *value = get(g, v);
    struct mesa_bytes *node;
    uint32_t label, proba;

    if (!value)
        return fail(g);
    if (!value->x || value->made)
        return value->x ? value->made : v;
    label = value->is_sum ? 0 : new_value(g, false);
    proba = new_value(g, false);
    value = get(g, v);
    node = new_node(g, ml, value->is_sum ? "TreeEnsembleRegressor"
                                         : "TreeEnsembleClassifier");
    if (g->failed)
        return 0;
    put_name(node, NODE_INPUT, value->x);
    if (label)
        put_name(node, NODE_OUTPUT, label);
    put_name(node, NODE_OUTPUT, proba);
    mesa_onnx_put_trees(node, value);
    value->made = proba;
    free_trees(value);
    return proba;
}

uint32_t
mesa_onnx_node(struct mesa_onnx *g, const char *domain, const char *op,
               const uint32_t *input, size_t n)
{
    struct mesa_bytes *node;
    const struct mesa_onnx_value *like;
    uint32_t out;

    for (size_t i = 0; i < n; i++)
        if (!made(g, input[i]))
            return 0;
    like = n ? get(g, input[strcmp(op, "Where") ? 0 : n - 1]) : NULL;
    out = new_value(g, like && !like->x && like->is_double);
    node = out ? new_node(g, domain, op) : NULL;
    if (!node)
        return 0;
    for (size_t i = 0; i < n; i++)
        put_name(node, NODE_INPUT, made(g, input[i]));
    put_name(node, NODE_OUTPUT, out);
    return out;
}

static uint32_t
cast(struct mesa_onnx *g, uint32_t x, bool to_double)
{
    const struct mesa_onnx_value *v = get(g, x);
    uint32_t out;

    if (!v)
        return fail(g);
    if (v->is_double == to_double && !v->x)
        return x;
    out = mesa_onnx_node(g, "", "Cast", &x, 1);
    mesa_onnx_int(g, "to", to_double ? DOUBLE : FLOAT);
    if (out)
        get(g, out)->is_double = to_double;
    return out;
}

uint32_t
mesa_onnx_to_double(struct mesa_onnx *g, uint32_t x)
{
    return cast(g, x, true);
}

uint32_t
mesa_onnx_to_float(struct mesa_onnx *g, uint32_t x)
{
    return cast(g, x, false);
}

static uint32_t
new_trees(struct mesa_onnx *g, uint32_t x, size_t n_classes, size_t n)
{
    const struct mesa_onnx_value *rows = get(g, x);
    uint32_t out = rows ? new_value(g, rows->is_double) : fail(g);
    struct mesa_onnx_value *v = get(g, out);

    if (!v)
        return 0;
    v->x = x;
    v->n_classes = n_classes;
    v->tree = mesa_alloc_array(n, sizeof *v->tree);
    v->n_trees = v->tree ? n : 0;
    return v->tree ? out : fail(g);
}

uint32_t
mesa_onnx_tree(struct mesa_onnx *g, uint32_t x, size_t n,
               const struct mesa_onnx_branch *node, size_t n_classes,
               const double *value)
{
    uint32_t out = new_trees(g, made(g, x), n_classes, 1);
    struct mesa_onnx_tree *t = out ? get(g, out)->tree : NULL;

    if (!t)
        return 0;
    t->n = n;
    t->node = mesa_alloc_raw(n, sizeof *t->node);
    t->value = mesa_alloc_raw(n, n_classes * sizeof *t->value);
    if (!t->node || !t->value)
        return fail(g);
    memcpy(t->node, node, n * sizeof *node);
    memcpy(t->value, value, n * n_classes * sizeof *value);
    return out;
}

/* Trees of the same rows, that are in no node yet: they become part of one.
 * Their number, or 0. */
static size_t
count_trees(struct mesa_onnx *g, const uint32_t *value, size_t n)
{
    const struct mesa_onnx_value *first = get(g, value[0]);
    size_t trees = 0;

    for (size_t i = 0; i < n; i++) {
        const struct mesa_onnx_value *v = get(g, value[i]);

        if (!v->n_trees || v->x != first->x || v->is_sum ||
            v->n_classes != first->n_classes)
            return 0;
        for (size_t j = 0; j < i; j++)
            if (value[j] == value[i])
                return 0;
        trees += v->n_trees;
    }
    return trees;
}

/* All of them in one value, their leaves divided by so many. */
static uint32_t
join_trees(struct mesa_onnx *g, const uint32_t *value, size_t n,
           size_t n_trees, double by)
{
    uint32_t out = new_trees(g, get(g, value[0])->x,
                             get(g, value[0])->n_classes, n_trees);
    struct mesa_onnx_tree *to = out ? get(g, out)->tree : NULL;

    if (!to)
        return 0;
    for (size_t i = 0; i < n; i++) {
        struct mesa_onnx_value *v = get(g, value[i]);

        for (size_t k = 0; k < v->n_trees; k++, to++) {
            *to = v->tree[k];
            for (size_t j = 0; j < to->n * v->n_classes; j++)
                to->value[j] /= by;
        }
        mesa_free(v->tree);
        v->tree = NULL;
        v->n_trees = 0;
        v->x = 0;
    }
    return out;
}

/* A node of values that are made to be of one type. */
static uint32_t
join_values(struct mesa_onnx *g, const char *op, const uint32_t *value,
            size_t n, bool to_double)
{
    uint32_t *in = mesa_alloc_array(n, sizeof *in), out;

    if (!in)
        return fail(g);
    for (size_t i = 0; i < n; i++) {
        const struct mesa_onnx_value *v = get(g, value[i]);

        /* What trees give is float. */
        in[i] = v->x && !to_double ? value[i] : cast(g, value[i], to_double);
    }
    out = mesa_onnx_node(g, "", op, in, n);
    mesa_free(in);
    return out;
}

uint32_t
mesa_onnx_mean(struct mesa_onnx *g, const uint32_t *value, size_t n)
{
    size_t n_trees;

    for (size_t i = 0; i < n; i++)
        if (!get(g, value[i]))
            return fail(g);
    n_trees = n ? count_trees(g, value, n) : 0;
    return n_trees ? join_trees(g, value, n, n_trees, (double)n)
                   : join_values(g, "Mean", value, n, false);
}

uint32_t
mesa_onnx_sum(struct mesa_onnx *g, const uint32_t *value, size_t n)
{
    size_t n_trees;
    uint32_t out;

    for (size_t i = 0; i < n; i++)
        if (!get(g, value[i]))
            return fail(g);
    n_trees = n ? count_trees(g, value, n) : 0;
    if (!n_trees)
        return join_values(g, "Sum", value, n, true);
    out = join_trees(g, value, n, n_trees, 1.0);
    if (out)
        get(g, out)->is_sum = true;
    return out;
}

/* ValueInfoProto: rows of one value, or of so many. */
static void
put_info(struct mesa_bytes *graph, unsigned field, const char *name, int type,
         size_t cols)
{
    struct mesa_bytes info = { 0 }, rows = { 0 }, width = { 0 };
    struct mesa_bytes shape = { 0 }, tensor = { 0 }, of_type = { 0 };

    mesa_pb_text(&rows, 2, "rows");
    mesa_pb_message(&shape, 1, &rows);
    if (cols) {
        mesa_pb_int(&width, 1, (int64_t)cols);
        mesa_pb_message(&shape, 1, &width);
    }
    mesa_pb_int(&tensor, 1, type);
    mesa_pb_message(&tensor, 2, &shape);
    mesa_pb_message(&of_type, 1, &tensor);
    mesa_pb_text(&info, VALUE_NAME, name);
    mesa_pb_message(&info, VALUE_TYPE, &of_type);
    mesa_pb_message(graph, field, &info);
}

static void
name_node(struct mesa_onnx *g, uint32_t from, const char *domain,
          const char *op, const char *name)
{
    struct mesa_bytes *node = new_node(g, domain, op);

    if (!node)
        return;
    put_name(node, NODE_INPUT, from);
    mesa_pb_text(node, NODE_OUTPUT, name);
}

/* The names of the classes instead of their numbers; and both outputs. */
static void
add_outputs(struct mesa_onnx *g, uint32_t proba,
            const struct mesa_schema *schema)
{
    struct mesa_bytes keys = { 0 }, names = { 0 };
    uint32_t best;

    name_node(g, proba, "", "Identity", "probabilities");
    best = mesa_onnx_node(g, "", "ArgMax", &proba, 1);
    mesa_onnx_int(g, "axis", 1);
    mesa_onnx_int(g, "keepdims", 0);
    name_node(g, best, ml, "LabelEncoder", "label");
    if (g->failed)
        return;
    mesa_pb_text(&names, ATTRIBUTE_NAME, "values_strings");
    for (uint32_t c = 0; c < schema->n_classes; c++) {
        mesa_pb_packed_int(&keys, c);
        mesa_pb_text(&names, ATTRIBUTE_TEXTS, schema->class_name[c]);
    }
    mesa_pb_int(&names, ATTRIBUTE_TYPE, TYPE_TEXTS);
    mesa_onnx_put_attribute(&g->node[g->n_nodes - 1], "keys_int64s",
                            ATTRIBUTE_INTS, TYPE_INTS, &keys);
    mesa_pb_message(&g->node[g->n_nodes - 1], NODE_ATTRIBUTE, &names);
}

static void
put_opset(struct mesa_bytes *model, const char *domain, int version)
{
    struct mesa_bytes opset = { 0 };

    mesa_pb_text(&opset, OPSET_DOMAIN, domain);
    mesa_pb_int(&opset, OPSET_VERSION, version);
    mesa_pb_message(model, MODEL_OPSET, &opset);
}

mesa_status
mesa_onnx_finish(struct mesa_onnx *g, uint32_t proba,
                 const struct mesa_schema *schema, struct mesa_bytes *out,
                 struct mesa_error *err)
{
    struct mesa_bytes graph = { 0 };

    memset(out, 0, sizeof *out);
    proba = made(g, proba);
    if (proba)
        proba = cast(g, proba, false);
    if (proba)
        add_outputs(g, proba, schema);
    for (size_t i = 0; i < g->n_nodes; i++)
        mesa_pb_message(&graph, GRAPH_NODE, &g->node[i]);
    mesa_pb_text(&graph, GRAPH_NAME, "mesa");
    mesa_bytes_add(&graph, g->constants.at, g->constants.n);
    put_info(&graph, GRAPH_INPUT, "x", FLOAT, g->n_columns);
    put_info(&graph, GRAPH_OUTPUT, "label", STRING, 0);
    put_info(&graph, GRAPH_OUTPUT, "probabilities", FLOAT, schema->n_classes);
    mesa_pb_int(out, MODEL_IR, IR);
    mesa_pb_text(out, MODEL_PRODUCER, "mesa-core");
    mesa_pb_text(out, MODEL_VERSION, MESA_VERSION);
    mesa_pb_message(out, MODEL_GRAPH, &graph);
    put_opset(out, "", OPSET);
    put_opset(out, ml, OPSET_ML);
    return g->failed || g->constants.failed || out->failed
               ? mesa_nomem(err, g->n_nodes, "nodes of an ONNX graph")
               : MESA_OK;
}
