/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The invariants of a graph. Asked after loading and after every pass; a failure after a
 * pass is a fault of ours, after loading it is the file's.
 */
#include "base/error.h"
#include "graph/graph.h"

typedef struct {
    guint32 first, n; /* channels */
} Slice;

/* What is known while walking the nodes in execution order. */
typedef struct {
    const VinGraph *graph;
    gboolean *is_ready;   /* by tensor id: holds its values by now */
    GArray **covered;     /* by tensor id, of bases: Slices written so far, or NULL */
    guint32 *n_covered;   /* by tensor id: channels in them */
} Walk;

static gboolean fail_tensor(const VinTensor *tensor, GError **error, const char *what)
{
    g_autofree char *shape = vin_shape_to_string(&tensor->shape);

    return vin_fail(error, VIN_ERROR_FORMAT, "tensor '%s' (%s): %s", tensor->name, shape, what);
}

static gboolean is_member(const VinGraph *graph, const VinTensor *tensor)
{
    return tensor->id < graph->tensors->len &&
           g_ptr_array_index(graph->tensors, tensor->id) == tensor;
}

static gboolean is_input(const VinGraph *graph, const VinTensor *tensor)
{
    return g_ptr_array_find(graph->inputs, tensor, NULL);
}

/* @view is not, over however many others, a view of itself. @is_sound: by tensor id, of those that
 * were found sound, so that a chain is followed once. */
static gboolean is_sound_chain(const VinGraph *graph, const VinTensor *view, gboolean *is_sound)
{
    const VinTensor *end = view;
    guint depth = 0;

    for (; end->base != NULL && !is_sound[end->id]; end = end->base) {
        if (!is_member(graph, end->base) || ++depth > graph->tensors->len) {
            return FALSE;
        }
    }
    for (const VinTensor *next = view; next != end; next = next->base) {
        is_sound[next->id] = TRUE;
    }
    return TRUE;
}

static gboolean verify_view(const VinGraph *graph, const VinTensor *view, gboolean *is_sound,
                            GError **error)
{
    const VinTensor *base = view->base;
    VinShape shape = base->shape;

    if (!is_member(graph, base)) {
        return fail_tensor(view, error, "is a view of a tensor of another graph");
    }
    if (!is_sound_chain(graph, view, is_sound)) {
        return fail_tensor(view, error, "is a view of itself");
    }
    if (base->data != NULL || base->producer != NULL || is_input(graph, base)) {
        return fail_tensor(view, error, "is a view of a tensor that has values of its own");
    }
    if (view->data != NULL || is_input(graph, view)) {
        return fail_tensor(view, error, "is a view, yet constant or the graph's input");
    }
    shape.dims[1] = vin_tensor_c(view);
    if (!vin_shape_equal(&shape, &view->shape) ||
        (guint64)view->channel_offset + vin_tensor_c(view) > vin_tensor_c(base)) {
        return fail_tensor(view, error, "does not lie inside the tensor it is a view of");
    }
    return TRUE;
}

static gboolean verify_tensor(const VinGraph *graph, guint id, gboolean *is_sound,
                              GError **error)
{
    const VinTensor *tensor = g_ptr_array_index(graph->tensors, id);
    guint64 count;

    if (tensor->id != id || vin_graph_find_tensor(graph, tensor->name) != tensor) {
        return fail_tensor(tensor, error, "is not where its number and name say");
    }
    if (!vin_shape_count(&tensor->shape, &count)) {
        return fail_tensor(tensor, error, "has no values, or over 2147483647");
    }
    if (tensor->data != NULL) {
        if (tensor->producer != NULL || is_input(graph, tensor)) {
            return fail_tensor(tensor, error, "is constant, yet made by a node or an input");
        }
        if (g_bytes_get_size(tensor->data) != count * vin_type_size(tensor->type)) {
            return fail_tensor(tensor, error, "has too few or too many bytes of data");
        }
    } else if (tensor->type != VIN_TYPE_F32 ||
               (tensor->shape.n_dims != 2 && tensor->shape.n_dims != 4)) {
        return fail_tensor(tensor, error, "must be float, N x C or N x C x H x W");
    }
    return tensor->base == NULL || verify_view(graph, tensor, is_sound, error);
}

/* Adds the place of @view to what is written of its base; FALSE when some of it was. */
static gboolean cover(Walk *walk, const VinTensor *view)
{
    const Slice slice = {view->channel_offset, vin_tensor_c(view)};
    GArray **covered = &walk->covered[view->base->id];

    if (*covered == NULL) {
        *covered = g_array_new(FALSE, FALSE, sizeof(Slice));
    }
    for (guint i = 0; i < (*covered)->len; i++) {
        const Slice *other = &g_array_index(*covered, Slice, i);

        if (slice.first < other->first + other->n && other->first < slice.first + slice.n) {
            return FALSE;
        }
    }
    g_array_append_val(*covered, slice);
    walk->n_covered[view->base->id] += slice.n;
    return TRUE;
}

/* @tensor has its values: so have, in part, the tensors it is a view of. */
static gboolean mark_ready(Walk *walk, const VinTensor *tensor, GError **error)
{
    while (TRUE) {
        const VinTensor *base = tensor->base;

        walk->is_ready[tensor->id] = TRUE;
        if (base == NULL) {
            return TRUE;
        }
        if (!cover(walk, tensor)) {
            return fail_tensor(tensor, error, "overlaps another view of the same tensor");
        }
        if (walk->n_covered[base->id] < vin_tensor_c(base)) {
            return TRUE;
        }
        tensor = base;
    }
}

static gboolean verify_node(Walk *walk, const VinNode *node, GError **error)
{
    VinShape shape;

    if (node->n_inputs > VIN_MAX_INPUTS) {
        return vin_fail(error, VIN_ERROR_FORMAT, "node '%s': %u inputs, over %u", node->name,
                        node->n_inputs, VIN_MAX_INPUTS);
    }
    for (guint i = 0; i < node->n_inputs; i++) {
        const VinTensor *input = node->inputs[i];

        if (input != NULL && (!is_member(walk->graph, input) || !walk->is_ready[input->id])) {
            return vin_fail(error, VIN_ERROR_FORMAT,
                            "node '%s' reads '%s' before anything has written it", node->name,
                            input->name);
        }
    }
    if (!is_member(walk->graph, node->output) || node->output->producer != node ||
        walk->is_ready[node->output->id]) {
        return vin_fail(error, VIN_ERROR_FORMAT, "node '%s': its output is not its own",
                        node->name);
    }
    if (!vin_shape_infer(node, &shape, error)) {
        return FALSE;
    }
    if (!vin_shape_equal(&shape, &node->output->shape)) {
        g_autofree char *text = vin_shape_to_string(&shape);
        g_autofree char *what = g_strdup_printf("node '%s' makes %s", node->name, text);

        return fail_tensor(node->output, error, what);
    }
    return mark_ready(walk, node->output, error);
}

static gboolean verify_walk(Walk *walk, GError **error)
{
    const VinGraph *graph = walk->graph;

    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(graph->tensors, i);

        walk->is_ready[i] = tensor->data != NULL || is_input(graph, tensor);
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        if (!verify_node(walk, g_ptr_array_index(graph->nodes, i), error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < graph->outputs->len; i++) {
        const VinTensor *output = g_ptr_array_index(graph->outputs, i);

        if (!is_member(graph, output) || !walk->is_ready[output->id]) {
            return vin_fail(error, VIN_ERROR_FORMAT, "no node makes the graph's output '%s'",
                            output->name);
        }
    }
    return TRUE;
}

gboolean vin_graph_verify(const VinGraph *graph, GError **error)
{
    guint n_tensors = graph->tensors->len;
    g_autofree gboolean *is_sound = g_new0(gboolean, n_tensors);
    Walk walk = {.graph = graph};
    gboolean ok;

    if (graph->inputs->len != 1 || graph->outputs->len < 1) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%u inputs and %u outputs; wanted one input, and one output or more",
                        graph->inputs->len, graph->outputs->len);
    }
    for (guint i = 0; i < n_tensors; i++) {
        if (!verify_tensor(graph, i, is_sound, error)) {
            return FALSE;
        }
    }
    walk.is_ready = g_new0(gboolean, n_tensors);
    walk.covered = g_new0(GArray *, n_tensors);
    walk.n_covered = g_new0(guint32, n_tensors);
    ok = verify_walk(&walk, error);
    for (guint i = 0; i < n_tensors; i++) {
        g_clear_pointer(&walk.covered[i], g_array_unref);
    }
    g_free(walk.covered);
    g_free(walk.n_covered);
    g_free(walk.is_ready);
    return ok;
}
