/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * y = s x + t per channel, from batch norm, mul or add by constants, goes into the weights and
 * bias of the conv or gemm that makes x:
 *
 *      s (w x + b) + t  =  (s w) x + (s b + t)
 *
 * What a host takes in is gathered, and its constants change once, so that a long row of these
 * ops takes neither more time nor more memory than one. Constants that others read, too, stay as
 * they are beside new ones. Batch norm elsewhere becomes mul and add.
 */
#include <math.h>

#include "base/error.h"
#include "graph/rewrite.h"
#include "passes/passes.h"

/* Channels of all folded nodes together: files can have thousands of nodes share a constant, and
 * each would cost as much time and memory as if it had its own. Real networks have thousands. */
#define MAX_CHANNELS (1u << 24)

/* y = scale[c] * x + shift[c] */
typedef struct {
    guint32 n_channels;
    double *scale, *shift; /* [C] */
} Affine;

typedef struct {
    VinRewrite rewrite;
    GHashTable *pending; /* host -> Affine: what it has taken in so far */
    guint64 n_channels;
} Fold;

static Affine *affine_new(guint32 n_channels)
{
    Affine *affine = g_new(Affine, 1);

    affine->n_channels = n_channels;
    affine->scale = g_new(double, n_channels);
    affine->shift = g_new(double, n_channels);
    return affine;
}

static void affine_free(Affine *affine)
{
    if (affine != NULL) {
        g_free(affine->scale);
        g_free(affine->shift);
        g_free(affine);
    }
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Affine, affine_free)

static void fold_clear(Fold *fold)
{
    g_clear_pointer(&fold->pending, g_hash_table_unref);
    vin_rewrite_clear(&fold->rewrite);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fold, fold_clear)

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
static VinNode *find_host(const Fold *fold, const VinNode *node)
{
    VinNode *host = node->inputs[0]->producer;

    if (host == NULL || vin_rewrite_n_readers(&fold->rewrite, node->inputs[0]) != 1) {
        return NULL;
    }
    if ((host->op == VIN_OP_CONV && !host->u.window.relu) ||
        (host->op == VIN_OP_GEMM && !host->u.gemm.relu)) {
        return host;
    }
    return NULL;
}

/* Constant input @i of @host gets @values of @shape. */
static void set_floats(Fold *fold, VinNode *host, guint i, const char *what,
                       const VinShape *shape, float *values)
{
    VinTensor *old = i < host->n_inputs ? host->inputs[i] : NULL;

    if (old != NULL && vin_rewrite_n_readers(&fold->rewrite, old) == 1) {
        g_bytes_unref(old->data);
        old->data = g_bytes_new_take(values, (gsize)vin_shape_n_values(shape) * sizeof(float));
    } else {
        vin_rewrite_set_input(&fold->rewrite, host, i,
                              vin_graph_add_floats(fold->rewrite.graph, host->name, what, shape,
                                                   values));
    }
}

static gboolean scale_weights(Fold *fold, VinNode *host, const Affine *affine, GError **error)
{
    const VinTensor *w = host->inputs[1];
    gsize n_values = (gsize)vin_shape_n_values(&w->shape);
    gsize n_rest = n_values / affine->n_channels;
    gboolean channels_last = host->op == VIN_OP_GEMM && !host->u.gemm.trans_b;
    const float *from = vin_tensor_floats(w);
    float *values = g_try_new(float, n_values);

    if (values == NULL) {
        return vin_fail(error, VIN_ERROR_MEMORY, "node '%s': no memory for its scaled weights",
                        host->name);
    }
    for (gsize i = 0; i < n_values; i++) {
        gsize channel = channels_last ? i % affine->n_channels : i / n_rest;

        values[i] = (float)(affine->scale[channel] * (double)from[i]);
    }
    set_floats(fold, host, 1, "folded_w", &w->shape, values);
    return TRUE;
}

static void shift_bias(Fold *fold, VinNode *host, const Affine *affine)
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
    set_floats(fold, host, 2, "folded_b", &shape, values);
    if (host->op == VIN_OP_GEMM) {
        host->u.gemm.beta = 1;
    }
}

/* Puts @affine, which it takes, behind what @host has taken in before. */
static void gather(Fold *fold, VinNode *host, VinNode *node, Affine *affine)
{
    Affine *before = g_hash_table_lookup(fold->pending, host);
    gboolean relu = node->op == VIN_OP_ADD && node->u.relu;

    for (guint32 c = 0; before != NULL && c < affine->n_channels; c++) {
        affine->shift[c] += affine->scale[c] * before->shift[c];
        affine->scale[c] *= before->scale[c];
    }
    g_hash_table_replace(fold->pending, host, affine);
    if (host->op == VIN_OP_GEMM) {
        host->u.gemm.relu = relu;
    } else {
        host->u.window.relu = relu;
    }
    vin_rewrite_drop(&fold->rewrite, node, host->output);
}

static VinTensor *add_vector(VinGraph *graph, const VinNode *node, const char *what,
                             const double *from, guint32 n)
{
    VinShape shape = {1, {n}};
    float *values = g_new(float, n);

    for (guint32 c = 0; c < n; c++) {
        values[c] = (float)from[c];
    }
    return vin_graph_add_floats(graph, node->name, what, &shape, values);
}

/* Batch norm @node becomes an add, with a mul before it. */
static gboolean split(Fold *fold, VinNode *node, const Affine *affine, GError **error)
{
    VinGraph *graph = fold->rewrite.graph;
    g_autofree char *base = g_strdup_printf("%s/mul", node->name);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    VinNode mul = {.op = VIN_OP_MUL, .n_inputs = 2};
    VinTensor *product;

    mul.inputs[0] = node->inputs[0];
    mul.inputs[1] = add_vector(graph, node, "scale", affine->scale, affine->n_channels);
    product = vin_rewrite_add(&fold->rewrite, name, &mul, error);
    if (product == NULL) {
        return FALSE;
    }
    node->op = VIN_OP_ADD;
    vin_rewrite_set_input(&fold->rewrite, node, 0, product);
    vin_rewrite_set_input(
        &fold->rewrite, node, 1,
        add_vector(graph, node, "shift", affine->shift, affine->n_channels));
    vin_rewrite_cut_inputs(&fold->rewrite, node, 2);
    node->u.relu = FALSE;
    return TRUE;
}

/* Keeps @node or drops it, also where it fails. */
static gboolean fold_node(Fold *fold, VinNode *node, GError **error)
{
    VinNode *host = is_affine(node) ? find_host(fold, node) : NULL;
    guint32 n_channels = vin_tensor_c(node->output);
    g_autoptr(Affine) affine = NULL;
    gboolean ok = TRUE;

    /* Where there is no host no constant need bound the channels. */
    if (host == NULL && node->op != VIN_OP_BATCHNORM) {
        vin_rewrite_keep(&fold->rewrite, node);
        return TRUE;
    }
    fold->n_channels += n_channels;
    if (fold->n_channels > MAX_CHANNELS) {
        ok = vin_fail(error, VIN_ERROR_UNSUPPORTED,
                      "node '%s': the nodes that scale and shift have over %u channels together; "
                      "as many are supported",
                      node->name, MAX_CHANNELS);
    } else {
        affine = affine_new(n_channels);
        if (node->op != VIN_OP_BATCHNORM) {
            affine_of_constant(node, affine);
        } else {
            ok = affine_of_batchnorm(node, affine, error);
        }
    }
    if (ok && host != NULL) {
        gather(fold, host, node, g_steal_pointer(&affine));
        return TRUE;
    }
    ok = ok && split(fold, node, affine, error);
    vin_rewrite_keep(&fold->rewrite, node);
    return ok;
}

gboolean vin_pass_fold_batchnorm(VinGraph *graph, GError **error)
{
    g_auto(Fold) fold = {0};
    VinNode *node;

    fold.pending = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)affine_free);
    vin_rewrite_begin(&fold.rewrite, graph);
    while ((node = vin_rewrite_next(&fold.rewrite)) != NULL) {
        if (!fold_node(&fold, node, error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < graph->nodes->len; i++) { /* in order: names of constants count */
        const Affine *affine;

        node = g_ptr_array_index(graph->nodes, i);
        affine = g_hash_table_lookup(fold.pending, node);
        if (affine != NULL) {
            if (!scale_weights(&fold, node, affine, error)) {
                return FALSE;
            }
            shift_bias(&fold, node, affine);
        }
    }
    return TRUE;
}
