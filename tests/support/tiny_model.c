/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes the tiny network's ONNX file by hand: protocol buffer fields are a key (number and
 * wire type), then a varint, four bytes, or a length and that many bytes.
 */
#include "tiny_model.h"

#include <math.h>
#include <string.h>

#define N_CONV 8
#define N_IN 3

/* Field numbers and constants of onnx.proto. */
enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { OPSET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11,
       GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_I = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20,
       ATTRIBUTE_TYPE_INT = 2, ATTRIBUTE_TYPE_INTS = 7 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9,
       TENSOR_TYPE_FLOAT = 1 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TYPE_TENSOR_ELEM = 1,
       TYPE_TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1 };

typedef GByteArray Message;

static void add_varint(Message *m, guint64 value)
{
    do {
        guint8 byte = (guint8)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));

        g_byte_array_append(m, &byte, 1);
        value >>= 7;
    } while (value > 0);
}

static void add_int(Message *m, guint field, guint64 value)
{
    add_varint(m, field << 3);
    add_varint(m, value);
}

static void add_bytes(Message *m, guint field, gconstpointer data, gsize n)
{
    add_varint(m, (field << 3) | 2);
    add_varint(m, n);
    g_byte_array_append(m, data, (guint)n);
}

static void add_text(Message *m, guint field, const char *text)
{
    add_bytes(m, field, text, strlen(text));
}

/* Frees @child. */
static void add_message(Message *m, guint field, Message *child)
{
    add_bytes(m, field, child->data, child->len);
    g_byte_array_unref(child);
}

static void add_tensor(Message *graph, const char *name, const guint64 *dims, guint n_dims,
                       const float *values)
{
    Message *tensor = g_byte_array_new();
    g_autofree guint32 *raw = NULL;
    gsize n = 1;

    for (guint i = 0; i < n_dims; i++) {
        add_int(tensor, TENSOR_DIMS, dims[i]);
        n *= dims[i];
    }
    raw = g_new(guint32, n);
    memcpy(raw, values, n * sizeof raw[0]);
    for (gsize i = 0; i < n; i++) {
        raw[i] = GUINT32_TO_LE(raw[i]);
    }
    add_int(tensor, TENSOR_TYPE, TENSOR_TYPE_FLOAT);
    add_text(tensor, TENSOR_NAME, name);
    add_bytes(tensor, TENSOR_RAW, raw, n * sizeof raw[0]);
    add_message(graph, GRAPH_INITIALIZER, tensor);
}

static void add_value(Message *graph, guint field, const char *name, const guint64 *dims,
                      guint n_dims)
{
    Message *value = g_byte_array_new();
    Message *type = g_byte_array_new();
    Message *tensor = g_byte_array_new();
    Message *shape = g_byte_array_new();

    for (guint i = 0; i < n_dims; i++) {
        Message *dim = g_byte_array_new();

        add_int(dim, DIM_VALUE, dims[i]);
        add_message(shape, SHAPE_DIM, dim);
    }
    add_int(tensor, TYPE_TENSOR_ELEM, TENSOR_TYPE_FLOAT);
    add_message(tensor, TYPE_TENSOR_SHAPE, shape);
    add_message(type, TYPE_TENSOR, tensor);
    add_text(value, VALUE_NAME, name);
    add_message(value, VALUE_TYPE, type);
    add_message(graph, field, value);
}

/* @inputs: names with a space between them. To be completed with attributes. */
static Message *new_node(const char *op, const char *inputs, const char *output)
{
    Message *node = g_byte_array_new();
    g_auto(GStrv) names = g_strsplit(inputs, " ", -1);

    for (guint i = 0; names[i] != NULL; i++) {
        add_text(node, NODE_INPUT, names[i]);
    }
    add_text(node, NODE_OUTPUT, output);
    add_text(node, NODE_NAME, output);
    add_text(node, NODE_OP, op);
    return node;
}

static void add_int_attribute(Message *node, const char *name, guint64 value)
{
    Message *attribute = g_byte_array_new();

    add_text(attribute, ATTRIBUTE_NAME, name);
    add_int(attribute, ATTRIBUTE_I, value);
    add_int(attribute, ATTRIBUTE_TYPE, ATTRIBUTE_TYPE_INT);
    add_message(node, NODE_ATTRIBUTE, attribute);
}

/* @n times the same @value: pads, kernel_shape. */
static void add_ints_attribute(Message *node, const char *name, guint64 value, guint n)
{
    Message *attribute = g_byte_array_new();

    add_text(attribute, ATTRIBUTE_NAME, name);
    for (guint i = 0; i < n; i++) {
        add_int(attribute, ATTRIBUTE_INTS, value);
    }
    add_int(attribute, ATTRIBUTE_TYPE, ATTRIBUTE_TYPE_INTS);
    add_message(node, NODE_ATTRIBUTE, attribute);
}

/* -0.05 .. 0.05, always the same sequence. */
static float small_weight(guint32 *state)
{
    *state = *state * 1664525u + 1013904223u;
    return ((float)(*state >> 8) / 16777216.0f - 0.5f) * 0.1f;
}

static void add_weights(Message *graph, const VinTinyModel *odd)
{
    const guint n_classes = odd->n_classes;
    const guint64 conv_dims[] = {N_CONV, N_IN, 3, 3};
    const guint64 fc_dims[] = {n_classes, N_CONV};
    const guint64 bias_dims[] = {n_classes};
    float conv[N_CONV][N_IN][3][3];
    g_autofree float *fc = g_new(float, n_classes * N_CONV);
    g_autofree float *bias = g_new(float, n_classes);
    guint32 state = 1;

    for (guint k = 0; k < N_CONV; k++) {
        for (guint i = 0; i < N_IN * 9; i++) {
            conv[k][i / 9][i / 3 % 3][i % 3] = small_weight(&state);
        }
        if (k < N_IN) {
            conv[k][k][1][1] += 1.0f;
        }
    }
    for (guint c = 0; c < n_classes; c++) {
        for (guint k = 0; k < N_CONV; k++) {
            fc[c * N_CONV + k] = small_weight(&state) + (c < N_IN && c == k ? 10.0f : 0.0f);
        }
        bias[c] = small_weight(&state);
    }
    if (odd->nan_filter) {
        conv[N_CONV - 1][0][0][0] = NAN;
    }
    if (odd->nan_bias) {
        bias[n_classes - 1] = NAN;
    }
    add_tensor(graph, "conv_w", conv_dims, 4, &conv[0][0][0][0]);
    add_tensor(graph, "fc_w", fc_dims, 2, fc);
    add_tensor(graph, "fc_b", bias_dims, 1, bias);
}

static void add_nodes(Message *graph, gboolean no_softmax)
{
    Message *conv = new_node("Conv", "data conv_w", "conv");
    Message *flat = new_node("Flatten", "pool", "flat");
    Message *fc = new_node("Gemm", "flat fc_w fc_b", no_softmax ? "prob" : "fc");
    Message *softmax;

    add_ints_attribute(conv, "kernel_shape", 3, 2);
    add_ints_attribute(conv, "pads", 1, 4);
    add_message(graph, GRAPH_NODE, conv);
    add_message(graph, GRAPH_NODE, new_node("Relu", "conv", "relu"));
    add_message(graph, GRAPH_NODE, new_node("GlobalAveragePool", "relu", "pool"));
    add_int_attribute(flat, "axis", 1);
    add_message(graph, GRAPH_NODE, flat);
    add_int_attribute(fc, "transB", 1);
    add_message(graph, GRAPH_NODE, fc);
    if (!no_softmax) {
        softmax = new_node("Softmax", "fc", "prob");
        add_int_attribute(softmax, "axis", 1);
        add_message(graph, GRAPH_NODE, softmax);
    }
}

gboolean vin_tiny_model_write(const char *path, guint n_classes, GError **error)
{
    const VinTinyModel usual = {.n_classes = n_classes};

    return vin_tiny_model_write_odd(path, &usual, error);
}

gboolean vin_tiny_model_write_odd(const char *path, const VinTinyModel *odd, GError **error)
{
    const guint64 in_dims[] = {1, N_IN, VIN_TINY_MODEL_SIZE, VIN_TINY_MODEL_SIZE};
    const guint64 out_dims[] = {1, odd->n_classes};
    g_autoptr(GByteArray) model = g_byte_array_new();
    Message *graph = g_byte_array_new();
    Message *opset = g_byte_array_new();

    g_return_val_if_fail(odd->n_classes >= 1, FALSE);
    add_nodes(graph, odd->no_softmax);
    add_text(graph, GRAPH_NAME, "tiny");
    add_weights(graph, odd);
    add_value(graph, GRAPH_INPUT, "data", in_dims, 4);
    add_value(graph, GRAPH_OUTPUT, "prob", out_dims, 2);

    add_int(model, MODEL_IR_VERSION, 7);
    add_text(model, MODEL_PRODUCER, "vkinception tests");
    add_message(model, MODEL_GRAPH, graph);
    add_int(opset, OPSET_VERSION, 12);
    add_message(model, MODEL_OPSET, opset);
    return g_file_set_contents(path, (const char *)model->data, model->len, error);
}
