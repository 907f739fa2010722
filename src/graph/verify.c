/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The invariants of a graph. Asked after loading and after every pass; a failure after a
 * pass is a fault of ours, after loading it is the file's.
 */
#include "base/error.h"
#include "graph/graph.h"

typedef struct {
    guint32 first, end; /* channels */
} Slice;

/* Where a view lies: of the outermost tensor, the first channel. */
typedef struct {
    const VinTensor *root; /* NULL: not looked for yet */
    guint32 first;
} Spot;

/* What is known while walking the nodes in execution order. */
typedef struct {
    const VinGraph *graph;
    gboolean *is_ready;   /* by tensor id: constant, input, or written by a node by now */
    Spot *spots;          /* by tensor id */
    GArray **written;     /* by tensor id, of roots: Slices written so far, in order and with gaps
                           * between, or NULL */
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

/* Chains may be long: each is followed once. */
static Spot find_spot(Walk *walk, const VinTensor *tensor)
{
    const VinTensor *end = tensor;
    guint32 first = 0;
    Spot spot;

    for (; end->base != NULL && walk->spots[end->id].root == NULL; end = end->base) {
        first += end->channel_offset;
    }
    spot = walk->spots[end->id];
    if (spot.root == NULL) {
        spot.root = end;
    }
    first += spot.first;
    for (const VinTensor *next = tensor; next != end; next = next->base) {
        walk->spots[next->id] = (Spot){spot.root, first};
        first -= next->channel_offset;
    }
    walk->spots[end->id] = spot;
    return walk->spots[tensor->id];
}

/* Of what is written of a root, the first slice that ends behind @channel, or their number. */
static guint find_slice(const GArray *written, guint32 channel)
{
    guint low = 0, high = written->len;

    while (low < high) {
        const guint middle = (low + high) / 2;

        if (g_array_index(written, Slice, middle).end > channel) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Of a tensor without a producer: have others written all of its channels? */
static gboolean is_covered(Walk *walk, const VinTensor *tensor)
{
    const Spot spot = find_spot(walk, tensor);
    const GArray *written = walk->written[spot.root->id];
    const guint i = written != NULL ? find_slice(written, spot.first) : 0;

    return written != NULL && i < written->len &&
           g_array_index(written, Slice, i).first <= spot.first &&
           g_array_index(written, Slice, i).end >= spot.first + vin_tensor_c(tensor);
}

static gboolean can_read(Walk *walk, const VinTensor *tensor)
{
    return walk->is_ready[tensor->id] || (tensor->producer == NULL && is_covered(walk, tensor));
}

/* Adds the place of @view to what is written of its root; FALSE when some of it was. */
static gboolean cover(Walk *walk, const VinTensor *view)
{
    const Spot spot = find_spot(walk, view);
    const Slice slice = {spot.first, spot.first + vin_tensor_c(view)};
    GArray *written = walk->written[spot.root->id];
    guint i;

    if (written == NULL) {
        written = walk->written[spot.root->id] = g_array_new(FALSE, FALSE, sizeof(Slice));
    }
    i = find_slice(written, slice.first);
    if (i < written->len && g_array_index(written, Slice, i).first < slice.end) {
        return FALSE;
    }
    g_array_insert_val(written, i, slice);
    if (i + 1 < written->len && g_array_index(written, Slice, i + 1).first == slice.end) {
        g_array_index(written, Slice, i).end = g_array_index(written, Slice, i + 1).end;
        g_array_remove_index(written, i + 1);
    }
    if (i > 0 && g_array_index(written, Slice, i - 1).end == slice.first) {
        g_array_index(written, Slice, i - 1).end = g_array_index(written, Slice, i).end;
        g_array_remove_index(written, i);
    }
    return TRUE;
}

/* A node has written @tensor. */
static gboolean mark_ready(Walk *walk, const VinTensor *tensor, GError **error)
{
    walk->is_ready[tensor->id] = TRUE;
    return tensor->base == NULL || cover(walk, tensor) ||
           fail_tensor(tensor, error, "overlaps another view of the same tensor");
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

        if (input != NULL && (!is_member(walk->graph, input) || !can_read(walk, input))) {
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

        if (!is_member(graph, output) || !can_read(walk, output)) {
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
    walk.spots = g_new0(Spot, n_tensors);
    walk.written = g_new0(GArray *, n_tensors);
    ok = verify_walk(&walk, error);
    for (guint i = 0; i < n_tensors; i++) {
        g_clear_pointer(&walk.written[i], g_array_unref);
    }
    g_free(walk.written);
    g_free(walk.spots);
    g_free(walk.is_ready);
    return ok;
}
