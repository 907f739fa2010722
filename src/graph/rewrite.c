/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The walk of the passes. Readers are counted once; a dropped node leaves a note of what stands
 * for its output, which later nodes look up when they are reached.
 */
#include "graph/rewrite.h"

static void grow(VinRewrite *rewrite)
{
    const guint n = rewrite->graph->tensors->len;

    if (rewrite->n_readers->len < n) {
        g_array_set_size(rewrite->n_readers, n);
        g_ptr_array_set_size(rewrite->instead, (gint)n);
    }
}

static guint *readers_of(const VinRewrite *rewrite, const VinTensor *tensor)
{
    return &g_array_index(rewrite->n_readers, guint, tensor->id);
}

static void count_inputs(VinRewrite *rewrite, const VinNode *node, gint by)
{
    for (guint i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] != NULL) {
            *readers_of(rewrite, node->inputs[i]) += (guint)by;
        }
    }
}

static VinTensor *current(const VinRewrite *rewrite, VinTensor *tensor)
{
    VinTensor *instead = g_ptr_array_index(rewrite->instead, tensor->id);

    return instead != NULL ? instead : tensor;
}

void vin_rewrite_begin(VinRewrite *rewrite, VinGraph *graph)
{
    rewrite->graph = graph;
    rewrite->nodes = vin_graph_take_nodes(graph);
    rewrite->place = 0;
    rewrite->n_readers = g_array_new(FALSE, TRUE, sizeof(guint));
    rewrite->instead = g_ptr_array_new();
    grow(rewrite);
    for (guint i = 0; i < rewrite->nodes->len; i++) {
        count_inputs(rewrite, g_ptr_array_index(rewrite->nodes, i), 1);
    }
    for (guint i = 0; i < graph->outputs->len; i++) {
        (*readers_of(rewrite, g_ptr_array_index(graph->outputs, i)))++;
    }
}

VinNode *vin_rewrite_next(VinRewrite *rewrite)
{
    VinNode *node;

    if (rewrite->place == rewrite->nodes->len) {
        return NULL;
    }
    node = g_ptr_array_index(rewrite->nodes, rewrite->place++);
    for (guint i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] != NULL) {
            node->inputs[i] = current(rewrite, node->inputs[i]);
        }
    }
    return node;
}

void vin_rewrite_keep(VinRewrite *rewrite, VinNode *node)
{
    g_ptr_array_add(rewrite->graph->nodes, node);
}

void vin_rewrite_drop(VinRewrite *rewrite, VinNode *node, VinTensor *instead)
{
    count_inputs(rewrite, node, -1);
    node->output->producer = NULL;
    if (instead != NULL) {
        *readers_of(rewrite, instead) += *readers_of(rewrite, node->output);
        *readers_of(rewrite, node->output) = 0;
        rewrite->instead->pdata[node->output->id] = instead;
    }
    vin_graph_free_node(rewrite->graph, node);
}

VinTensor *vin_rewrite_add(VinRewrite *rewrite, const char *name, const VinNode *proto,
                           GError **error)
{
    VinTensor *output = vin_graph_add_node(rewrite->graph, name, proto, name, error);

    grow(rewrite);
    if (output != NULL) {
        count_inputs(rewrite, proto, 1);
    }
    return output;
}

void vin_rewrite_set_input(VinRewrite *rewrite, VinNode *node, guint input, VinTensor *tensor)
{
    VinTensor *old = input < node->n_inputs ? node->inputs[input] : NULL;

    g_assert(input <= node->n_inputs && input < VIN_MAX_INPUTS);
    grow(rewrite);
    if (old != NULL) {
        (*readers_of(rewrite, old))--;
    }
    (*readers_of(rewrite, tensor))++;
    node->inputs[input] = tensor;
    node->n_inputs = MAX(node->n_inputs, input + 1);
}

void vin_rewrite_set_output(VinRewrite *rewrite, VinNode *node, VinTensor *tensor)
{
    g_assert(tensor->producer == NULL);
    grow(rewrite);
    node->output->producer = NULL;
    node->output = tensor;
    tensor->producer = node;
}

void vin_rewrite_cut_inputs(VinRewrite *rewrite, VinNode *node, guint n_inputs)
{
    while (node->n_inputs > n_inputs) {
        VinTensor *last = node->inputs[--node->n_inputs];

        if (last != NULL) {
            (*readers_of(rewrite, last))--;
        }
    }
}

guint vin_rewrite_n_readers(const VinRewrite *rewrite, const VinTensor *tensor)
{
    return *readers_of(rewrite, tensor);
}

void vin_rewrite_clear(VinRewrite *rewrite)
{
    VinNode *node;

    if (rewrite->graph == NULL) {
        return;
    }
    while ((node = vin_rewrite_next(rewrite)) != NULL) {
        vin_rewrite_keep(rewrite, node);
    }
    for (guint i = 0; i < rewrite->graph->outputs->len; i++) {
        rewrite->graph->outputs->pdata[i] =
            current(rewrite, g_ptr_array_index(rewrite->graph->outputs, i));
    }
    g_ptr_array_unref(rewrite->nodes);
    g_ptr_array_unref(rewrite->instead);
    g_array_unref(rewrite->n_readers);
    *rewrite = (VinRewrite){0};
}

void vin_graph_drop_unread(VinGraph *graph)
{
    g_autofree gboolean *is_read = g_new0(gboolean, graph->tensors->len);
    g_auto(VinRewrite) rewrite = {0};
    VinNode *node;

    for (guint i = 0; i < graph->outputs->len; i++) {
        is_read[((VinTensor *)g_ptr_array_index(graph->outputs, i))->id] = TRUE;
    }
    for (guint i = graph->nodes->len; i > 0; i--) {
        node = g_ptr_array_index(graph->nodes, i - 1);
        for (guint k = 0; is_read[node->output->id] && k < node->n_inputs; k++) {
            if (node->inputs[k] != NULL) {
                is_read[node->inputs[k]->id] = TRUE;
            }
        }
    }
    vin_rewrite_begin(&rewrite, graph);
    while ((node = vin_rewrite_next(&rewrite)) != NULL) {
        if (is_read[node->output->id]) {
            vin_rewrite_keep(&rewrite, node);
        } else {
            vin_rewrite_drop(&rewrite, node, NULL);
        }
    }
}
