/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A graph for people (a table), for programs (JSON) and for Graphviz (DOT). Names come from
 * files: they are made valid UTF-8 and escaped here.
 */
#include "graph/dump.h"

#include "base/json.h"

/* Nodes that belong together, and what they cost. */
typedef struct {
    char *name;       /* of the module; NULL: the nodes of none */
    GPtrArray *nodes; /* const VinNode*, not owned */
    guint64 n_params, macs;
} Group;

static Group *group_new(GPtrArray *groups, char *name)
{
    Group *group = g_new0(Group, 1);

    group->name = name;
    group->nodes = g_ptr_array_new();
    g_ptr_array_add(groups, group);
    return group;
}

static void group_free(gpointer data)
{
    Group *group = data;

    g_free(group->name);
    g_ptr_array_unref(group->nodes);
    g_free(group);
}

/* Group*: first the nodes without a module, then the modules in order of their first node. */
static GPtrArray *group_nodes(const VinGraph *graph)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    Group *loose = group_new(groups, NULL);

    for (guint i = 0; i < graph->nodes->len; i++) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);
        g_autofree char *name = vin_node_module(node);
        Group *group = name != NULL ? g_hash_table_lookup(by_name, name) : loose;

        if (group == NULL) {
            group = group_new(groups, g_steal_pointer(&name));
            g_hash_table_insert(by_name, group->name, group);
        }
        g_ptr_array_add(group->nodes, node);
        group->n_params += vin_node_n_params(node);
        group->macs += vin_node_macs(node);
    }
    return groups;
}

static void sum_groups(const GPtrArray *groups, guint64 *n_params, guint64 *macs)
{
    *n_params = 0;
    *macs = 0;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);

        *n_params += group->n_params;
        *macs += group->macs;
    }
}

/* @text without quotes, line ends or bytes that are not UTF-8, fit for a quoted DOT string and
 * for one line of a table. To g_free(). */
static char *escape(const char *text)
{
    GString *quoted = g_string_new(NULL);

    vin_json_append_string(quoted, text);
    g_string_truncate(quoted, quoted->len - 1);
    g_string_erase(quoted, 0, 1);
    return g_string_free(quoted, FALSE);
}

/* What a person needs beside the shape: the fused relu, where a view lies. */
static char *remark(const VinNode *node)
{
    GString *text = g_string_new(NULL);
    gboolean relu = (node->op == VIN_OP_CONV && node->u.window.relu) ||
                    (node->op == VIN_OP_GEMM && node->u.gemm.relu) ||
                    (node->op == VIN_OP_ADD && node->u.relu);

    if (relu) {
        g_string_append(text, "  + relu");
    }
    if (node->output->base != NULL) {
        g_autofree char *base = escape(node->output->base->name);

        g_string_append_printf(text, "  in %s from channel %u", base,
                               node->output->channel_offset);
    }
    return g_string_free(text, FALSE);
}

static void append_totals(GString *text, gint width, const char *name, guint n_layers,
                          guint64 n_params, guint64 macs)
{
    g_autofree char *layers = g_strdup_printf("%u layers", n_layers);

    g_string_append_printf(text, "%-*s  %-29s %12" G_GUINT64_FORMAT " %14" G_GUINT64_FORMAT "\n",
                           width, name, layers, n_params, macs);
}

static void append_row(GString *text, gint width, const VinNode *node)
{
    g_autofree char *name = escape(node->name);
    g_autofree char *shape = vin_shape_to_string(&node->output->shape);
    g_autofree char *more = remark(node);

    g_string_append_printf(text, "%-*s  %-10s %-18s %12" G_GUINT64_FORMAT
                           " %14" G_GUINT64_FORMAT "%s\n", width, name, vin_op_name(node->op),
                           shape, vin_node_n_params(node), vin_node_macs(node), more);
}

char *vin_graph_dump_text(const VinGraph *graph)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) groups = group_nodes(graph);
    guint64 n_params, macs;
    gint width = 8;

    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);
        g_autofree char *name = escape(node->name);

        width = MAX(width, (gint)g_utf8_strlen(name, 48));
    }
    g_string_append_printf(text, "%-*s  %-10s %-18s %12s %14s\n", width, "layer", "op", "output",
                           "parameters", "multiply-adds");
    for (guint i = 0; i < graph->nodes->len; i++) {
        append_row(text, width, g_ptr_array_index(graph->nodes, i));
    }
    g_string_append_c(text, '\n');
    for (guint i = 1; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);
        g_autofree char *name = escape(group->name);

        append_totals(text, width, name, group->nodes->len, group->n_params, group->macs);
    }
    sum_groups(groups, &n_params, &macs);
    append_totals(text, width, "all", graph->nodes->len, n_params, macs);
    return g_string_free(text, FALSE);
}

static void append_string(GString *json, const char *key, const char *value)
{
    g_string_append_printf(json, "\"%s\":", key);
    if (value != NULL) {
        vin_json_append_string(json, value);
    } else {
        g_string_append(json, "null");
    }
}

static void append_shape(GString *json, const char *key, const VinShape *shape)
{
    g_string_append_printf(json, "\"%s\":[", key);
    for (guint i = 0; i < shape->n_dims; i++) {
        g_string_append_printf(json, "%s%u", i > 0 ? "," : "", shape->dims[i]);
    }
    g_string_append_c(json, ']');
}

static void append_counts(GString *json, guint64 n_params, guint64 macs)
{
    g_string_append_printf(json, "\"params\":%" G_GUINT64_FORMAT ",\"macs\":%" G_GUINT64_FORMAT,
                           n_params, macs);
}

static void append_layer(GString *json, const VinNode *node)
{
    g_autofree char *module = vin_node_module(node);

    g_string_append_c(json, '{');
    append_string(json, "name", node->name);
    g_string_append_c(json, ',');
    append_string(json, "op", vin_op_name(node->op));
    g_string_append_c(json, ',');
    append_string(json, "module", module);
    g_string_append_c(json, ',');
    append_shape(json, "shape", &node->output->shape);
    g_string_append_c(json, ',');
    append_counts(json, vin_node_n_params(node), vin_node_macs(node));
    g_string_append_c(json, '}');
}

static void append_tensors(GString *json, const char *key, const GPtrArray *tensors)
{
    g_string_append_printf(json, "\"%s\":[", key);
    for (guint i = 0; i < tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(tensors, i);

        g_string_append(json, i > 0 ? ",{" : "{");
        append_string(json, "name", tensor->name);
        g_string_append_c(json, ',');
        append_shape(json, "shape", &tensor->shape);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "],");
}

char *vin_graph_dump_json(const VinGraph *graph)
{
    GString *json = g_string_new("{");
    g_autoptr(GPtrArray) groups = group_nodes(graph);
    guint64 n_params, macs;

    append_tensors(json, "inputs", graph->inputs);
    append_tensors(json, "outputs", graph->outputs);
    g_string_append(json, "\"layers\":[");
    for (guint i = 0; i < graph->nodes->len; i++) {
        g_string_append(json, i > 0 ? "," : "");
        append_layer(json, g_ptr_array_index(graph->nodes, i));
    }
    g_string_append(json, "],\"modules\":[");
    for (guint i = 1; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);

        g_string_append(json, i > 1 ? ",{" : "{");
        append_string(json, "name", group->name);
        g_string_append_printf(json, ",\"layers\":%u,", group->nodes->len);
        append_counts(json, group->n_params, group->macs);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "],");
    sum_groups(groups, &n_params, &macs);
    append_counts(json, n_params, macs);
    g_string_append_c(json, '}');
    return g_string_free(json, FALSE);
}

static void append_boxes(GString *dot, const Group *group, const char *indent)
{
    for (guint i = 0; i < group->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(group->nodes, i);
        g_autofree char *name = escape(node->name);
        g_autofree char *shape = vin_shape_to_string(&node->output->shape);

        g_string_append_printf(dot, "%sn%u [label=\"%s\\n%s %s\"];\n", indent,
                               node->output->id, name, vin_op_name(node->op), shape);
    }
}

/* From whoever writes @from, or slices of it, to box @to. Boxes have the number of the tensor
 * they make. */
static void append_edges(GString *dot, const VinGraph *graph, const VinTensor *from, guint to)
{
    if (from->producer != NULL || g_ptr_array_find(graph->inputs, from, NULL)) {
        g_string_append_printf(dot, "  n%u -> n%u;\n", from->id, to);
        return;
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinTensor *made = ((const VinNode *)g_ptr_array_index(graph->nodes, i))->output;
        const VinTensor *base = made->base;

        while (base != NULL && base != from) {
            base = base->base;
        }
        if (base == from) {
            g_string_append_printf(dot, "  n%u -> n%u;\n", made->id, to);
        }
    }
}

char *vin_graph_dump_dot(const VinGraph *graph)
{
    GString *dot = g_string_new("digraph network {\n  node [shape=box];\n");
    g_autoptr(GPtrArray) groups = group_nodes(graph);

    for (guint i = 0; i < graph->inputs->len; i++) {
        const VinTensor *input = g_ptr_array_index(graph->inputs, i);
        g_autofree char *name = escape(input->name);
        g_autofree char *shape = vin_shape_to_string(&input->shape);

        g_string_append_printf(dot, "  n%u [label=\"%s\\n%s\", shape=ellipse];\n", input->id,
                               name, shape);
    }
    append_boxes(dot, g_ptr_array_index(groups, 0), "  ");
    for (guint i = 1; i < groups->len; i++) {
        const Group *group = g_ptr_array_index(groups, i);
        g_autofree char *name = escape(group->name);

        g_string_append_printf(dot, "  subgraph cluster_%u {\n    label=\"%s\";\n", i, name);
        append_boxes(dot, group, "    ");
        g_string_append(dot, "  }\n");
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        for (guint k = 0; k < node->n_inputs; k++) {
            if (node->inputs[k] != NULL && !vin_tensor_is_constant(node->inputs[k])) {
                append_edges(dot, graph, node->inputs[k], node->output->id);
            }
        }
    }
    g_string_append(dot, "}\n");
    return g_string_free(dot, FALSE);
}
