/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Making, copying and rewiring a graph. Shapes come from graph/shape.c; whether the result
 * makes sense is asked of graph/verify.c.
 */
#include "graph/graph.h"

#include "base/error.h"

static void free_tensor(gpointer data)
{
    VinTensor *tensor = data;

    g_free(tensor->name);
    g_clear_pointer(&tensor->data, g_bytes_unref);
    g_free(tensor);
}

static void free_node(gpointer data)
{
    VinNode *node = data;

    g_free(node->name);
    g_strfreev(node->joined);
    g_free(node);
}

VinGraph *vin_graph_new(void)
{
    VinGraph *graph = g_new0(VinGraph, 1);

    graph->tensors = g_ptr_array_new_with_free_func(free_tensor);
    graph->nodes = g_ptr_array_new_with_free_func(free_node);
    graph->inputs = g_ptr_array_new();
    graph->outputs = g_ptr_array_new();
    graph->tensor_names = g_hash_table_new(g_str_hash, g_str_equal);
    graph->node_names = g_hash_table_new(g_str_hash, g_str_equal);
    return graph;
}

void vin_graph_free(VinGraph *graph)
{
    if (graph == NULL) {
        return;
    }
    g_hash_table_unref(graph->tensor_names);
    g_hash_table_unref(graph->node_names);
    g_ptr_array_unref(graph->outputs);
    g_ptr_array_unref(graph->inputs);
    g_ptr_array_unref(graph->nodes);
    g_ptr_array_unref(graph->tensors);
    g_free(graph);
}

static void copy_list(const GPtrArray *from, const GPtrArray *tensors, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(from, i);

        g_ptr_array_add(to, g_ptr_array_index(tensors, tensor->id));
    }
}

static void append_node(VinGraph *graph, VinNode *node)
{
    g_ptr_array_add(graph->nodes, node);
    g_hash_table_insert(graph->node_names, node->name, node);
    node->output->producer = node;
}

VinGraph *vin_graph_copy(const VinGraph *graph)
{
    VinGraph *copy = vin_graph_new();
    GPtrArray *tensors = copy->tensors;

    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *old = g_ptr_array_index(graph->tensors, i);
        VinTensor *tensor = g_new(VinTensor, 1);

        *tensor = *old;
        tensor->name = g_strdup(old->name);
        tensor->data = old->data != NULL ? g_bytes_ref(old->data) : NULL;
        tensor->producer = NULL;
        g_ptr_array_add(tensors, tensor);
        g_hash_table_insert(copy->tensor_names, tensor->name, tensor);
    }
    for (guint i = 0; i < tensors->len; i++) {
        VinTensor *tensor = g_ptr_array_index(tensors, i);

        if (tensor->base != NULL) {
            tensor->base = g_ptr_array_index(tensors, tensor->base->id);
        }
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *old = g_ptr_array_index(graph->nodes, i);
        VinNode *node = g_new(VinNode, 1);

        *node = *old;
        node->name = g_strdup(old->name);
        node->joined = g_strdupv(old->joined);
        for (guint k = 0; k < old->n_inputs; k++) {
            node->inputs[k] = old->inputs[k] != NULL
                                  ? g_ptr_array_index(tensors, old->inputs[k]->id)
                                  : NULL;
        }
        node->output = g_ptr_array_index(tensors, old->output->id);
        append_node(copy, node);
    }
    copy->last_number = graph->last_number;
    copy_list(graph->inputs, tensors, copy->inputs);
    copy_list(graph->outputs, tensors, copy->outputs);
    return copy;
}

VinTensor *vin_graph_add_tensor(VinGraph *graph, const char *name, const VinShape *shape)
{
    VinTensor *tensor;

    if (g_hash_table_contains(graph->tensor_names, name)) {
        return NULL;
    }
    tensor = g_new0(VinTensor, 1);
    tensor->id = graph->tensors->len;
    tensor->name = g_strdup(name);
    tensor->type = VIN_TYPE_F32;
    tensor->shape = *shape;
    g_ptr_array_add(graph->tensors, tensor);
    g_hash_table_insert(graph->tensor_names, tensor->name, tensor);
    return tensor;
}

VinTensor *vin_graph_add_constant(VinGraph *graph, const char *name, VinType type,
                                  const VinShape *shape, GBytes *data)
{
    VinTensor *tensor = vin_graph_add_tensor(graph, name, shape);

    if (tensor != NULL) {
        tensor->type = type;
        tensor->data = g_bytes_ref(data);
    }
    return tensor;
}

VinTensor *vin_graph_find_tensor(const VinGraph *graph, const char *name)
{
    return g_hash_table_lookup(graph->tensor_names, name);
}

/* Numbers go up and up, so that a file cannot make the search for a free one long again and
 * again, whatever names it has. */
static char *unique_name(VinGraph *graph, gboolean of_tensor, const char *base)
{
    char *name = g_strdup(base);

    while (g_hash_table_contains(graph->node_names, name) ||
           (of_tensor && g_hash_table_contains(graph->tensor_names, name))) {
        g_free(name);
        name = g_strdup_printf("%s#%u", base, ++graph->last_number);
    }
    return name;
}

char *vin_graph_unique_name(VinGraph *graph, const char *base)
{
    return unique_name(graph, TRUE, base);
}

VinTensor *vin_graph_add_floats(VinGraph *graph, const char *owner, const char *what,
                                const VinShape *shape, float *values)
{
    g_autoptr(GBytes) data =
        g_bytes_new_take(values, (gsize)vin_shape_n_values(shape) * sizeof(float));
    g_autofree char *base = g_strdup_printf("%s/%s", owner, what);
    g_autofree char *name = vin_graph_unique_name(graph, base);

    return vin_graph_add_constant(graph, name, VIN_TYPE_F32, shape, data);
}

VinTensor *vin_graph_add_node(VinGraph *graph, const char *name, const VinNode *proto,
                              const char *output_name, GError **error)
{
    const char *base = name != NULL && name[0] != '\0' ? name : output_name;
    g_autofree char *own_name = unique_name(graph, FALSE, base);
    VinNode filled = *proto;
    VinNode *node;
    VinShape shape;

    if (graph->nodes->len >= VIN_GRAPH_MAX_NODES) {
        vin_fail(error, VIN_ERROR_UNSUPPORTED,
                 "node '%s': the network has over %u nodes, copies for concats included; as many "
                 "are supported",
                 own_name, VIN_GRAPH_MAX_NODES);
        return NULL;
    }
    filled.name = own_name;
    filled.joined = NULL;
    filled.output = NULL;
    if (!vin_shape_infer(&filled, &shape, error)) {
        return NULL;
    }
    filled.output = vin_graph_add_tensor(graph, output_name, &shape);
    if (filled.output == NULL) {
        vin_fail(error, VIN_ERROR_FORMAT, "node '%s': its output '%s' is already defined",
                 own_name, output_name);
        return NULL;
    }
    node = g_new(VinNode, 1);
    *node = filled;
    node->name = g_steal_pointer(&own_name);
    append_node(graph, node);
    return node->output;
}

gboolean vin_graph_set_batch(VinGraph *graph, guint32 n, GError **error)
{
    for (guint i = 0; i < graph->tensors->len; i++) {
        VinTensor *tensor = g_ptr_array_index(graph->tensors, i);
        VinShape shape = tensor->shape;
        guint64 count;

        if (vin_tensor_is_constant(tensor)) {
            continue;
        }
        shape.dims[0] = n;
        if (!vin_shape_count(&shape, &count)) {
            return vin_fail(error, VIN_ERROR_MEMORY,
                            "tensor '%s' with a batch of %u has no values or over %d",
                            tensor->name, n, G_MAXINT32);
        }
        tensor->shape = shape;
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->op == VIN_OP_RESHAPE) {
            node->u.shape.dims[0] = n;
        }
    }
    return TRUE;
}

GPtrArray *vin_graph_take_nodes(VinGraph *graph)
{
    GPtrArray *nodes = graph->nodes;

    g_ptr_array_set_free_func(nodes, NULL);
    graph->nodes = g_ptr_array_new_full(nodes->len, free_node);
    return nodes;
}

void vin_graph_free_node(VinGraph *graph, VinNode *node)
{
    g_hash_table_remove(graph->node_names, node->name);
    free_node(node);
}
