/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * y = s x + t per channel, from batch norm, mul or add by constants, goes into the weights and
 * bias of the conv or gemm that makes x:
 *
 *      s (w x + b) + t  =  (s w) x + (s b + t)
 *
 * Constants that others read, too, stay as they are beside new ones; a host's own get new values,
 * so that a long row of these ops takes no more memory than one. Batch norm elsewhere becomes mul
 * and add.
 */
#include <math.h>

#include "base/error.h"
#include "passes/passes.h"

/* y = scale[c] * x + shift[c] */
typedef struct {
    guint32 n_channels;
    double *scale, *shift; /* [C] */
} Affine;

static void affine_clear(Affine *affine)
{
    g_free(affine->scale);
    g_free(affine->shift);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Affine, affine_clear)

static gboolean affine_of_batchnorm(const VinNode *node, Affine *affine, GError **error)
{
    const float *params[4]; /* scale, bias, mean, variance */

    for (guint i = 0; i < 4; i++) {
        params[i] = vin_tensor_floats(node->inputs[i + 1]);
    }
    for (guint32 c = 0; c < affine->n_channels; c++) {
        double variance = (double)params[3][c] + (double)node->u.epsilon;

        if (!(variance > 0)) {
            return vin_fail(error, VIN_ERROR_FORMAT,
                            "node '%s': variance + epsilon of channel %u is %g, not over 0",
                            node->name, c, variance);
        }
        affine->scale[c] = (double)params[0][c] / sqrt(variance);
        affine->shift[c] = (double)params[1][c] - (double)params[2][c] * affine->scale[c];
    }
    return TRUE;
}

static void affine_of_constant(const VinNode *node, Affine *affine)
{
    const VinTensor *constant = node->inputs[1];
    const float *values = vin_tensor_floats(constant);

    for (guint32 c = 0; c < affine->n_channels; c++) {
        double value = (double)values[constant->shape.n_dims == 0 ? 0 : c];

        affine->scale[c] = node->op == VIN_OP_MUL ? value : 1;
        affine->shift[c] = node->op == VIN_OP_MUL ? 0 : value;
    }
}

static gboolean is_affine(const VinNode *node)
{
    return node->op == VIN_OP_BATCHNORM ||
           ((node->op == VIN_OP_ADD || node->op == VIN_OP_MUL) &&
            vin_tensor_is_constant(node->inputs[1]));
}

/* The conv or gemm that can take @node in, or NULL. */
static VinNode *find_host(const VinGraph *graph, const VinNode *node)
{
    VinNode *host = node->inputs[0]->producer;

    if (host == NULL || vin_graph_only_reader(graph, node->inputs[0]) != node) {
        return NULL;
    }
    if ((host->op == VIN_OP_CONV && !host->u.window.relu) ||
        (host->op == VIN_OP_GEMM && !host->u.gemm.relu)) {
        return host;
    }
    return NULL;
}

static VinTensor *add_floats(VinGraph *graph, const char *owner, const char *what,
                             const VinShape *shape, float *values)
{
    g_autoptr(GBytes) data =
        g_bytes_new_take(values, (gsize)vin_shape_n_values(shape) * sizeof(float));
    g_autofree char *base = g_strdup_printf("%s/%s", owner, what);
    g_autofree char *name = vin_graph_unique_name(graph, base);

    return vin_graph_add_constant(graph, name, VIN_TYPE_F32, shape, data);
}

/* Constant input @i of @host gets @values of @shape. */
static void set_floats(VinGraph *graph, VinNode *host, guint i, const char *what,
                       const VinShape *shape, float *values)
{
    VinTensor *old = i < host->n_inputs ? host->inputs[i] : NULL;

    if (old != NULL && vin_graph_only_reader(graph, old) == host) {
        g_bytes_unref(old->data);
        old->data = g_bytes_new_take(values, (gsize)vin_shape_n_values(shape) * sizeof(float));
    } else {
        host->inputs[i] = add_floats(graph, host->name, what, shape, values);
    }
}

static void scale_weights(VinGraph *graph, VinNode *host, const Affine *affine)
{
    const VinTensor *w = host->inputs[1];
    gsize n_values = (gsize)vin_shape_n_values(&w->shape);
    gsize n_rest = n_values / affine->n_channels;
    gboolean channels_last = host->op == VIN_OP_GEMM && !host->u.gemm.trans_b;
    const float *from = vin_tensor_floats(w);
    float *values = g_new(float, n_values);

    for (gsize i = 0; i < n_values; i++) {
        gsize channel = channels_last ? i % affine->n_channels : i / n_rest;

        values[i] = (float)(affine->scale[channel] * (double)from[i]);
    }
    set_floats(graph, host, 1, "folded_w", &w->shape, values);
}

static void shift_bias(VinGraph *graph, VinNode *host, const Affine *affine)
{
    const VinTensor *b = host->n_inputs > 2 ? host->inputs[2] : NULL;
    const float *from = b != NULL ? vin_tensor_floats(b) : NULL;
    double beta = host->op == VIN_OP_GEMM ? (double)host->u.gemm.beta : 1;
    VinShape shape = {1, {affine->n_channels}};
    float *values = g_new(float, affine->n_channels);

    for (guint32 c = 0; c < affine->n_channels; c++) {
        double bias = from != NULL ? beta * (double)from[c] : 0;

        values[c] = (float)(affine->scale[c] * bias + affine->shift[c]);
    }
    set_floats(graph, host, 2, "folded_b", &shape, values);
    host->n_inputs = 3;
}

static void fold_into(VinGraph *graph, VinNode *host, VinNode *node, const Affine *affine)
{
    gboolean relu = node->op == VIN_OP_ADD && node->u.relu;

    scale_weights(graph, host, affine);
    shift_bias(graph, host, affine);
    if (host->op == VIN_OP_GEMM) {
        host->u.gemm.beta = 1;
        host->u.gemm.relu = relu;
    } else {
        host->u.window.relu = relu;
    }
    vin_graph_replace_tensor(graph, node->output, host->output);
    vin_graph_remove_node(graph, node);
}

static VinTensor *add_vector(VinGraph *graph, const VinNode *node, const char *what,
                             const double *from, guint32 n)
{
    VinShape shape = {1, {n}};
    float *values = g_new(float, n);

    for (guint32 c = 0; c < n; c++) {
        values[c] = (float)from[c];
    }
    return add_floats(graph, node->name, what, &shape, values);
}

/* Batch norm @node at @place becomes an add, with a mul before it. */
static gboolean split(VinGraph *graph, guint place, VinNode *node, const Affine *affine,
                      GError **error)
{
    g_autofree char *base = g_strdup_printf("%s/mul", node->name);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    VinNode mul = {.op = VIN_OP_MUL, .n_inputs = 2};
    VinTensor *product;

    mul.inputs[0] = node->inputs[0];
    mul.inputs[1] = add_vector(graph, node, "scale", affine->scale, affine->n_channels);
    product = vin_graph_insert_node(graph, place, name, &mul, name, error);
    if (product == NULL) {
        return FALSE;
    }
    node->op = VIN_OP_ADD;
    node->inputs[0] = product;
    node->inputs[1] = add_vector(graph, node, "shift", affine->shift, affine->n_channels);
    node->n_inputs = 2;
    node->u.relu = FALSE;
    return TRUE;
}

/* Handles the affine node at @place and moves @place to the next one to look at. */
static gboolean fold_at(VinGraph *graph, guint *place, GError **error)
{
    VinNode *node = g_ptr_array_index(graph->nodes, *place);
    VinNode *host = find_host(graph, node);
    guint32 n_channels = vin_tensor_c(node->output);
    g_auto(Affine) affine = {.n_channels = n_channels};

    if (host == NULL && node->op != VIN_OP_BATCHNORM) { /* and no constant bounds the channels */
        (*place)++;
        return TRUE;
    }
    affine.scale = g_new(double, n_channels);
    affine.shift = g_new(double, n_channels);
    if (node->op != VIN_OP_BATCHNORM) {
        affine_of_constant(node, &affine);
    } else if (!affine_of_batchnorm(node, &affine, error)) {
        return FALSE;
    }
    if (host != NULL) {
        fold_into(graph, host, node, &affine);
        return TRUE;
    }
    *place += 2;
    return split(graph, *place - 2, node, &affine, error);
}

gboolean vin_pass_fold_batchnorm(VinGraph *graph, GError **error)
{
    guint place = 0;

    while (place < graph->nodes->len) {
        if (!is_affine(g_ptr_array_index(graph->nodes, place))) {
            place++;
        } else if (!fold_at(graph, &place, error)) {
            return FALSE;
        }
    }
    return TRUE;
}
