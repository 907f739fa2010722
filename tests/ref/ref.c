/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ops without a window, and the run of a whole graph with its views.
 */
#include "ref.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "ref_window.h"

/* Images, channels and values a channel of the node's first input. */
typedef struct {
    gsize n, c, plane;
} Extent;

static Extent extent_of(const VinTensor *tensor)
{
    Extent extent = {vin_tensor_n(tensor), vin_tensor_c(tensor),
                     (gsize)vin_tensor_h(tensor) * vin_tensor_w(tensor)};

    return extent;
}

static void ref_gemm(const VinNode *node, const double *const *inputs, double *output)
{
    const VinGemmParams *p = &node->u.gemm;
    gsize n = vin_tensor_n(node->output), m = vin_tensor_c(node->output);
    gsize n_columns = vin_shape_n_values(&node->inputs[0]->shape) / n;
    const double *bias = node->n_inputs > 2 ? inputs[2] : NULL;

    for (gsize i = 0; i < n * m; i++) {
        const double *x = inputs[0] + i / m * n_columns;
        gsize row = i % m;
        double sum = 0;

        for (gsize c = 0; c < n_columns; c++) {
            sum += x[c] * inputs[1][p->trans_b ? row * n_columns + c : c * m + row];
        }
        sum = (double)p->alpha * sum + (bias != NULL ? (double)p->beta * bias[row] : 0);
        output[i] = p->relu ? vin_ref_relu(sum) : sum;
    }
}

static void ref_lrn(const VinNode *node, const double *const *inputs, double *output)
{
    const VinLrnParams *p = &node->u.lrn;
    Extent e = extent_of(node->inputs[0]);
    gint64 reach = p->size / 2;

    for (gsize i = 0; i < e.n * e.c * e.plane; i++) {
        gint64 c = (gint64)(i / e.plane % e.c);
        double sum = 0;

        for (gint64 k = MAX(c - reach, 0); k <= MIN(c + reach, (gint64)e.c - 1); k++) {
            double x = inputs[0][(gint64)i + (k - c) * (gint64)e.plane];

            sum += x * x;
        }
        output[i] = inputs[0][i] / pow((double)p->bias + (double)p->alpha / p->size * sum,
                                       (double)p->beta);
    }
}

static void ref_eltwise(const VinNode *node, const double *const *inputs, double *output)
{
    const VinTensor *y = node->inputs[1];
    Extent e = extent_of(node->inputs[0]);

    for (gsize i = 0; i < e.n * e.c * e.plane; i++) {
        gsize k = i;

        if (vin_tensor_is_constant(y)) {
            k = y->shape.n_dims == 0 ? 0 : i / e.plane % e.c;
        }
        output[i] = node->op == VIN_OP_ADD ? inputs[0][i] + inputs[1][k]
                                           : inputs[0][i] * inputs[1][k];
        if (node->op == VIN_OP_ADD && node->u.relu) {
            output[i] = vin_ref_relu(output[i]);
        }
    }
}

static void ref_batchnorm(const VinNode *node, const double *const *inputs, double *output)
{
    Extent e = extent_of(node->inputs[0]);

    for (gsize i = 0; i < e.n * e.c * e.plane; i++) {
        gsize c = i / e.plane % e.c;
        double deviation = sqrt(inputs[4][c] + (double)node->u.epsilon);

        output[i] = inputs[1][c] * (inputs[0][i] - inputs[3][c]) / deviation + inputs[2][c];
    }
}

static void ref_concat(const VinNode *node, const double *const *inputs, double *output)
{
    gsize n = vin_tensor_n(node->output);

    for (gsize image = 0; image < n; image++) {
        for (guint i = 0; i < node->n_inputs; i++) {
            Extent e = extent_of(node->inputs[i]);

            memcpy(output, inputs[i] + image * e.c * e.plane,
                   e.c * e.plane * sizeof *output);
            output += e.c * e.plane;
        }
    }
}

static void ref_softmax(const VinNode *node, const double *const *inputs, double *output)
{
    Extent e = extent_of(node->inputs[0]);

    for (gsize image = 0; image < e.n; image++) {
        const double *x = inputs[0] + image * e.c;
        double max = -INFINITY, sum = 0;

        for (gsize c = 0; c < e.c; c++) {
            max = fmax(max, x[c]);
        }
        for (gsize c = 0; c < e.c; c++) {
            sum += exp(x[c] - max);
        }
        for (gsize c = 0; c < e.c; c++) {
            *output++ = exp(x[c] - max) / sum;
        }
    }
}

static void ref_sigmoid(const VinNode *node, const double *const *inputs, double *output)
{
    gsize n_values = vin_shape_n_values(&node->output->shape);

    for (gsize i = 0; i < n_values; i++) {
        output[i] = 1 / (1 + exp(-inputs[0][i]));
    }
}

static void ref_same(const VinNode *node, const double *const *inputs, double *output)
{
    gsize n_values = vin_shape_n_values(&node->output->shape);

    for (gsize i = 0; i < n_values; i++) {
        output[i] = node->op == VIN_OP_RELU ? vin_ref_relu(inputs[0][i]) : inputs[0][i];
    }
}

void vin_ref_node(const VinNode *node, const double *const *inputs, double *output)
{
    static void (*const ops[VIN_N_OPS])(const VinNode *, const double *const *, double *) = {
        [VIN_OP_CONV] = vin_ref_conv,
        [VIN_OP_GEMM] = ref_gemm,
        [VIN_OP_MAX_POOL] = vin_ref_pool,
        [VIN_OP_AVG_POOL] = vin_ref_pool,
        [VIN_OP_LRN] = ref_lrn,
        [VIN_OP_RELU] = ref_same,
        [VIN_OP_SIGMOID] = ref_sigmoid,
        [VIN_OP_ADD] = ref_eltwise,
        [VIN_OP_MUL] = ref_eltwise,
        [VIN_OP_BATCHNORM] = ref_batchnorm,
        [VIN_OP_CONCAT] = ref_concat,
        [VIN_OP_SOFTMAX] = ref_softmax,
        [VIN_OP_RESHAPE] = ref_same,
        [VIN_OP_DROPOUT] = ref_same,
        [VIN_OP_IDENTITY] = ref_same,
        [VIN_OP_COPY] = ref_same,
    };

    ops[node->op](node, inputs, output);
}

/* A buffer for every float tensor: constants with their values, the rest NaN. */
static GPtrArray *make_buffers(const VinGraph *graph)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(graph->tensors, i);
        gsize n_values = vin_shape_n_values(&tensor->shape);
        double *buffer = tensor->type == VIN_TYPE_F32 ? g_new(double, n_values) : NULL;

        for (gsize k = 0; buffer != NULL && k < n_values; k++) {
            buffer[k] = tensor->data != NULL ? (double)vin_tensor_floats(tensor)[k] : NAN;
        }
        g_ptr_array_add(values, buffer);
    }
    return values;
}

/* What was written to a view is in its base, and in the base of that. */
static void write_through(GPtrArray *values, const VinTensor *tensor)
{
    const double *from = g_ptr_array_index(values, tensor->id);
    Extent e = extent_of(tensor);
    guint32 channel = 0;

    for (const VinTensor *view = tensor; view->base != NULL; view = view->base) {
        double *to = g_ptr_array_index(values, view->base->id);
        gsize c_base = vin_tensor_c(view->base);

        channel += view->channel_offset;
        for (gsize image = 0; image < e.n; image++) {
            memcpy(to + (image * c_base + channel) * e.plane, from + image * e.c * e.plane,
                   e.c * e.plane * sizeof *to);
        }
    }
}

/* A slice that no node writes is part of what was written through to its root. */
static void read_slice(GPtrArray *values, const VinTensor *tensor)
{
    double *to = g_ptr_array_index(values, tensor->id);
    Extent e = extent_of(tensor);
    guint32 channel = 0;
    const VinTensor *root;
    const double *from;

    if (tensor->producer != NULL || tensor->base == NULL) {
        return;
    }
    root = vin_tensor_root(tensor, &channel);
    from = g_ptr_array_index(values, root->id);
    for (gsize image = 0; image < e.n; image++) {
        memcpy(to + image * e.c * e.plane,
               from + (image * vin_tensor_c(root) + channel) * e.plane,
               e.c * e.plane * sizeof *to);
    }
}

gboolean vin_ref_run(const VinGraph *graph, const float *input, gsize n_input,
                     GPtrArray **values, GError **error)
{
    const VinTensor *first = g_ptr_array_index(graph->inputs, 0);
    g_autoptr(GPtrArray) buffers = NULL;

    if (n_input != vin_shape_n_values(&first->shape)) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "%" G_GSIZE_FORMAT " values for input '%s' of %" G_GUINT64_FORMAT,
                        n_input, first->name, vin_shape_n_values(&first->shape));
    }
    buffers = make_buffers(graph);
    for (gsize i = 0; i < n_input; i++) {
        ((double *)g_ptr_array_index(buffers, first->id))[i] = (double)input[i];
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);
        const double *inputs[VIN_MAX_INPUTS] = {NULL};

        for (guint k = 0; k < node->n_inputs; k++) {
            if (node->inputs[k] != NULL) {
                read_slice(buffers, node->inputs[k]);
                inputs[k] = g_ptr_array_index(buffers, node->inputs[k]->id);
            }
        }
        vin_ref_node(node, inputs, g_ptr_array_index(buffers, node->output->id));
        write_through(buffers, node->output);
    }
    *values = g_steal_pointer(&buffers);
    return TRUE;
}
