/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Done in the graph, so that the ordinary kernels do it on the device, before heads are mixed and
 * the best classes are looked for.
 */
#include "model/activation.h"

#include "base/log.h"

const char *vin_activation_name(VinActivation activation)
{
    static const char *const names[] = {"auto", "none", "softmax", "sigmoid"};

    return names[activation];
}

static VinActivation activation_of(const VinTensor *output)
{
    const VinNode *node = output->producer;

    while (node != NULL && (node->op == VIN_OP_RESHAPE || node->op == VIN_OP_IDENTITY ||
                            node->op == VIN_OP_DROPOUT)) {
        node = node->inputs[0]->producer;
    }
    if (node != NULL && node->op == VIN_OP_SOFTMAX) {
        return VIN_ACTIVATION_SOFTMAX;
    }
    return node != NULL && node->op == VIN_OP_SIGMOID ? VIN_ACTIVATION_SIGMOID
                                                      : VIN_ACTIVATION_NONE;
}

VinActivation vin_activation_of(const VinGraph *graph)
{
    return activation_of(g_ptr_array_index(graph->outputs, 0));
}

static gboolean append(VinGraph *graph, guint i, VinActivation activation, GError **error)
{
    VinTensor *output = g_ptr_array_index(graph->outputs, i);
    g_autofree char *base =
        g_strconcat(output->name, "_", vin_activation_name(activation), NULL);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    VinNode proto = {
        .op = activation == VIN_ACTIVATION_SOFTMAX ? VIN_OP_SOFTMAX : VIN_OP_SIGMOID,
        .n_inputs = 1,
        .inputs = {output},
    };

    output = vin_graph_add_node(graph, name, &proto, name, error);
    if (output == NULL) {
        return FALSE;
    }
    graph->outputs->pdata[i] = output;
    return TRUE;
}

gboolean vin_activation_append(VinGraph *graph, VinActivation activation, GError **error)
{
    gboolean warned = FALSE;

    for (guint i = 0; activation != VIN_ACTIVATION_NONE && i < graph->outputs->len; i++) {
        const VinTensor *output = g_ptr_array_index(graph->outputs, i);
        const VinActivation present = activation_of(output);

        if (present == VIN_ACTIVATION_NONE) {
            if (!append(graph, i, activation, error)) {
                return FALSE;
            }
        } else if (present != activation && !warned) {
            warned = TRUE;
            vin_log(VIN_LOG_WARN,
                    "output \"%s\" ends in a %s of the network's own; the %s that was asked for "
                    "is left out",
                    output->name, vin_activation_name(present), vin_activation_name(activation));
        }
    }
    return TRUE;
}
