/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolutions of the same window that read the same tensor, as the 1x1s at the head of an
 * inception module do, become one, that has their output channels one behind the other:
 *
 *      x -+- conv -- a                      x -- conv -- [ a | b | c ]
 *         +- conv -- b              ->
 *         +- conv -- c, in [ c | d ]
 *
 * Who reads a or b reads a slice. If c is where a module's output begins, that output becomes a
 * slice itself, of [ a | b | c | d ]: what is written there by others comes behind.
 */
#include "passes/passes.h"

#include <string.h>

#include "base/error.h"
#include "graph/rewrite.h"

/* Slices begin at multiples of this, so that blocks of channels stay whole. */
#define WHOLE_CHANNELS 16

/* Of the weights of one convolution, and of the tensor it is a slice of: a quarter of what every
 * device shows a shader at once. Larger ones keep a device busy by themselves. */
#define MAX_BYTES (32u << 20)

/* Files may have thousands of nodes read the same, and share weights that are copied here. */
#define MAX_MEMBERS 64
#define MAX_COPIED_BYTES (64u << 20)

typedef struct {
    VinRewrite rewrite;
    GHashTable *by_input;   /* VinTensor -> GPtrArray of VinNode, in execution order */
    GHashTable *fixed;      /* VinTensor: what must stay dense: outputs, and what is reshaped */
    GHashTable *joined;     /* VinNode: part of an earlier one by now */
    guint64 n_copied;       /* bytes of weights */
} Join;

static void join_clear(Join *join)
{
    vin_rewrite_clear(&join->rewrite);
    g_clear_pointer(&join->by_input, g_hash_table_unref);
    g_clear_pointer(&join->fixed, g_hash_table_unref);
    g_clear_pointer(&join->joined, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Join, join_clear)

static gboolean has_constants(const VinNode *node)
{
    return vin_tensor_is_constant(node->inputs[1]) &&
           (node->n_inputs < 3 || node->inputs[2] == NULL ||
            vin_tensor_is_constant(node->inputs[2]));
}

/* Is its output a tensor of its own, or what another one begins with that is no slice itself? */
static gboolean has_room(const Join *join, const VinTensor *output)
{
    const VinTensor *base = output->base;

    return !g_hash_table_contains(join->fixed, output) &&
           (base == NULL || (base->base == NULL && output->channel_offset == 0 &&
                             !g_hash_table_contains(join->fixed, base)));
}

static gboolean is_candidate(const Join *join, const VinNode *node)
{
    return node->op == VIN_OP_CONV && node->u.window.groups == 1 && has_constants(node) &&
           vin_tensor_c(node->output) % WHOLE_CHANNELS == 0 && has_room(join, node->output);
}

static void begin(Join *join, VinGraph *graph)
{
    join->by_input = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    join->fixed = g_hash_table_new(NULL, NULL);
    join->joined = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < graph->outputs->len; i++) {
        g_hash_table_add(join->fixed, g_ptr_array_index(graph->outputs, i));
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->op == VIN_OP_RESHAPE) {
            g_hash_table_add(join->fixed, node->inputs[0]);
        }
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);
        GPtrArray *siblings = g_hash_table_lookup(join->by_input, node->inputs[0]);

        if (!is_candidate(join, node)) {
            continue;
        }
        if (siblings == NULL) {
            siblings = g_ptr_array_new();
            g_hash_table_insert(join->by_input, node->inputs[0], siblings);
        }
        g_ptr_array_add(siblings, node);
    }
    vin_rewrite_begin(&join->rewrite, graph);
}

/* Can @node come behind others of @first's, which have @n_out channels together, and @n_all those
 * of what they are slices of? */
static gboolean fits(const Join *join, const VinNode *first, const VinNode *node, guint32 n_out,
                     guint32 n_all)
{
    const VinTensor *output = node->output, *w = node->inputs[1];
    const VinTensor *whole = output->base != NULL ? output->base : output;
    const guint64 image = (guint64)vin_tensor_n(output) * vin_tensor_h(output) *
                          vin_tensor_w(output) * sizeof(float);
    const guint64 row = vin_shape_n_values(&w->shape) / w->shape.dims[0] * sizeof(float);

    return has_room(join, output) &&
           memcmp(&node->u.window, &first->u.window, sizeof node->u.window) == 0 &&
           ((guint64)n_all + vin_tensor_c(whole)) * image <= MAX_BYTES &&
           ((guint64)n_out + vin_tensor_c(output)) * row <= MAX_BYTES;
}

/* Those that @first can be joined with, itself among them if it fits. One that writes into a larger
 * tensor comes last; of several such the first is taken. */
static GPtrArray *find_members(const Join *join, VinNode *first)
{
    const GPtrArray *siblings = g_hash_table_lookup(join->by_input, first->inputs[0]);
    GPtrArray *members = g_ptr_array_new();
    VinNode *home = NULL;
    guint32 n_out = 0, n_all = 0;
    guint at = 0;

    if (siblings == NULL || !g_ptr_array_find((GPtrArray *)siblings, first, &at)) {
        return members;
    }
    for (guint i = at; i < MIN(siblings->len, at + MAX_MEMBERS); i++) {
        VinNode *node = g_ptr_array_index(siblings, i);
        const VinTensor *output;

        if (g_hash_table_contains(join->joined, node) ||
            !fits(join, first, node, n_out, n_all) ||
            (node->output->base != NULL && home != NULL)) {
            continue;
        }
        output = node->output;
        n_out += vin_tensor_c(output);
        n_all += vin_tensor_c(output->base != NULL ? output->base : output);
        if (output->base != NULL) {
            home = node;
        } else {
            g_ptr_array_add(members, node);
        }
    }
    if (home != NULL) {
        g_ptr_array_add(members, home);
    }
    return members;
}

/* Input @i of all members, one behind the other; 0 for those that have none. */
static VinTensor *join_constants(VinGraph *graph, const VinNode *host, const GPtrArray *members,
                                 guint i, guint32 n_out)
{
    VinShape shape = {1, {n_out}};
    gsize row = 1, done = 0;
    float *values;

    if (i == 1) {
        shape = host->inputs[1]->shape;
        row = (gsize)vin_shape_n_values(&shape) / shape.dims[0];
        shape.dims[0] = n_out;
    }
    values = g_new0(float, row * n_out);
    for (guint k = 0; k < members->len; k++) {
        const VinNode *node = g_ptr_array_index(members, k);
        const gsize n = row * vin_tensor_c(node->output);

        if (i < node->n_inputs && node->inputs[i] != NULL) {
            memcpy(values + done, vin_tensor_floats(node->inputs[i]), n * sizeof(float));
        }
        done += n;
    }
    return vin_graph_add_floats(graph, host->name, i == 1 ? "joined_w" : "joined_b", &shape,
                                values);
}

static VinTensor *add_tensor(VinGraph *graph, const VinNode *host, const char *what,
                             guint32 n_channels)
{
    g_autofree char *base = g_strdup_printf("%s/%s", host->name, what);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    VinShape shape = host->output->shape;

    shape.dims[1] = n_channels;
    return vin_graph_add_tensor(graph, name, &shape);
}

/* All outputs become slices of a new tensor, and so does what the last one is a slice of. What the
 * joined convolution writes is another slice of it, which is returned. */
static VinTensor *join_outputs(VinGraph *graph, const VinNode *host, const GPtrArray *members,
                               guint32 n_out)
{
    const VinNode *last = g_ptr_array_index(members, members->len - 1);
    VinTensor *home = last->output->base != NULL ? last->output->base : last->output;
    VinTensor *all = add_tensor(graph, host, "all",
                                n_out - vin_tensor_c(last->output) + vin_tensor_c(home));
    VinTensor *joined = add_tensor(graph, host, "joined", n_out);
    guint32 channel = 0;

    for (guint i = 0; i < members->len; i++) {
        VinTensor *output = ((VinNode *)g_ptr_array_index(members, i))->output;
        VinTensor *slice = i + 1 < members->len ? output : home;

        slice->base = all;
        slice->channel_offset = channel;
        channel += vin_tensor_c(output);
    }
    joined->base = all;
    return joined;
}

/* @host, the first of @members that is reached, becomes all of them; the others go when the walk
 * is there. */
static void join_members(Join *join, VinNode *host, const GPtrArray *members)
{
    VinGraph *graph = join->rewrite.graph;
    GPtrArray *names = g_ptr_array_new();
    VinTensor *w, *b, *output;
    guint32 n_out = 0;

    for (guint i = 0; i < members->len; i++) {
        VinNode *node = g_ptr_array_index(members, i);

        n_out += vin_tensor_c(node->output);
        if (node != host) {
            g_ptr_array_add(names, g_strdup(node->name));
            g_hash_table_add(join->joined, node);
        }
    }
    w = join_constants(graph, host, members, 1, n_out);
    b = join_constants(graph, host, members, 2, n_out);
    join->n_copied += g_bytes_get_size(w->data);
    output = join_outputs(graph, host, members, n_out);
    vin_rewrite_set_input(&join->rewrite, host, 1, w);
    vin_rewrite_set_input(&join->rewrite, host, 2, b);
    vin_rewrite_set_output(&join->rewrite, host, output);
    g_ptr_array_add(names, NULL);
    host->joined = (char **)g_ptr_array_free(names, FALSE);
}

gboolean vin_pass_join_siblings(VinGraph *graph, GError **error)
{
    g_auto(Join) join = {0};
    VinNode *node;

    begin(&join, graph);
    while ((node = vin_rewrite_next(&join.rewrite)) != NULL) {
        if (g_hash_table_contains(join.joined, node)) {
            vin_rewrite_drop(&join.rewrite, node, NULL); /* its output is a slice */
            continue;
        }
        if (is_candidate(&join, node)) {
            g_autoptr(GPtrArray) members = find_members(&join, node);

            if (members->len > 1 && g_ptr_array_find(members, node, NULL) &&
                join.n_copied <= MAX_COPIED_BYTES) {
                join_members(&join, node, members);
            }
        }
        vin_rewrite_keep(&join.rewrite, node);
    }
    return TRUE;
}
