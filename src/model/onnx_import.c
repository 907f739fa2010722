/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Collects the named values of an ONNX graph, finds the nodes that the chosen outputs need
 * and builds them in the file's order. What an operator means is in the builders' files;
 * what they share is in onnx_value.c.
 */
#include "model/onnx_import.h"

#include <string.h>

#include "base/error.h"

#define MAX_NODES 20000
#define MAX_VALUES 200000
#define MAX_SIDE 16384 /* of the input picture, pixels */
#define MAX_NAME_BYTES 4096
#define MAX_OUTPUTS 64 /* each is looked for among the others */

/* TensorProto.DataType of inputs that may be fed as float. */
enum { DT_FLOAT = 1, DT_FLOAT16 = 10, DT_DOUBLE = 11 };

static void free_value(gpointer data)
{
    VinOnnxValue *value = data;

    vin_onnx_tensor_clear(&value->constant);
    g_free(value);
}

static void import_clear(VinOnnxImport *import)
{
    g_clear_pointer(&import->values, g_hash_table_unref);
    g_clear_pointer(&import->graph, vin_graph_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinOnnxImport, import_clear)

/* UTF-8 of modest length without control characters: names go into messages and JSON. */
static gboolean is_readable(const char *name)
{
    if (strlen(name) > MAX_NAME_BYTES || !g_utf8_validate(name, -1, NULL)) {
        return FALSE;
    }
    for (const char *p = name; *p != '\0'; p = g_utf8_next_char(p)) {
        if (g_unichar_iscntrl(g_utf8_get_char(p))) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A new entry of the table of values; NULL when the name is unusable or taken. */
static VinOnnxValue *add_value(VinOnnxImport *import, const char *name, const char *what,
                               GError **error)
{
    VinOnnxValue *value;

    if (name == NULL || name[0] == '\0' || !is_readable(name)) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s: %s has no readable name", import->file->path,
                 what);
        return NULL;
    }
    if (g_hash_table_contains(import->values, name)) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s: the name \"%s\" is defined twice",
                 import->file->path, name);
        return NULL;
    }
    value = g_new0(VinOnnxValue, 1);
    value->name = name;
    value->node = -1;
    g_hash_table_insert(import->values, (gpointer)name, value);
    return value;
}

static gboolean check_names(const VinOnnxImport *import, const Onnx__NodeProto *node, gint index,
                            GError **error)
{
    const char *const texts[] = {node->name, node->op_type, node->domain};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (texts[i] != NULL && !is_readable(texts[i])) {
            return vin_fail(error, VIN_ERROR_FORMAT,
                            "%s: node %d has a name, operator or domain that is not readable UTF-8",
                            import->file->path, index);
        }
    }
    return TRUE;
}

static gboolean collect_values(VinOnnxImport *import, GError **error)
{
    const Onnx__GraphProto *graph = import->file->proto->graph;
    VinOnnxValue *value;

    for (size_t i = 0; i < graph->n_initializer; i++) {
        value = add_value(import, graph->initializer[i]->name, "a constant", error);
        if (value == NULL) {
            return FALSE;
        }
        value->proto = graph->initializer[i];
    }
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = graph->input[i]->name;

        /* Files of IR version 3 list their constants as inputs too. */
        value = name != NULL ? g_hash_table_lookup(import->values, name) : NULL;
        if (value != NULL && value->proto != NULL) {
            continue;
        }
        value = add_value(import, name, "a graph input", error);
        if (value == NULL) {
            return FALSE;
        }
        value->input = graph->input[i];
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        const Onnx__NodeProto *node = graph->node[i];

        if (!check_names(import, node, (gint)i, error)) {
            return FALSE;
        }
        for (size_t k = 0; k < node->n_output; k++) {
            if (node->output[k][0] == '\0') {
                continue; /* an optional output that nobody wants */
            }
            value = add_value(import, node->output[k], "a node's output", error);
            if (value == NULL) {
                return FALSE;
            }
            value->node = (gint)i;
        }
    }
    return TRUE;
}

static gboolean check_counts(const VinOnnxFile *file, GError **error)
{
    const Onnx__GraphProto *graph = file->proto->graph;

    if (graph->n_node > MAX_NODES || graph->n_initializer > MAX_VALUES ||
        graph->n_input > MAX_VALUES) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s has %zu nodes, %zu constants and %zu inputs; at most %d, %d and %d "
                        "are supported",
                        file->path, graph->n_node, graph->n_initializer, graph->n_input,
                        MAX_NODES, MAX_VALUES, MAX_VALUES);
    }
    return TRUE;
}

/* The values that become outputs, main first. */
static GPtrArray *choose_outputs(VinOnnxImport *import, const VinOnnxOutputs *wanted,
                                 GError **error)
{
    const Onnx__GraphProto *graph = import->file->proto->graph;
    const char *main_output = wanted->output;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();

    if (main_output == NULL) {
        main_output = graph->n_output > 0 ? graph->output[0]->name : NULL;
    }
    if (main_output == NULL) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s: the graph has no output", import->file->path);
        return NULL;
    }
    g_ptr_array_add(names, (gpointer)main_output);
    for (guint i = 0; wanted->heads != NULL && wanted->heads[i] != NULL; i++) {
        g_ptr_array_add(names, (gpointer)wanted->heads[i]);
    }
    if (names->len > MAX_OUTPUTS) {
        vin_fail(error, VIN_ERROR_UNSUPPORTED,
                 "%s: %u outputs are chosen; at most %d are supported", import->file->path,
                 names->len, MAX_OUTPUTS);
        return NULL;
    }
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        VinOnnxValue *value = g_hash_table_lookup(import->values, name);

        if (value == NULL || value->node < 0 || g_ptr_array_find(chosen, value, NULL)) {
            g_autofree char *shown = g_utf8_make_valid(name, -1);

            vin_fail(error, VIN_ERROR_FORMAT,
                     "%s: the output \"%s\" is %s; the name of what a node makes is accepted, "
                     "once",
                     import->file->path, shown,
                     value == NULL       ? "not in the file"
                     : value->node < 0 ? "an input or a constant"
                                       : "chosen twice");
            return NULL;
        }
        g_ptr_array_add(chosen, value);
    }
    return g_steal_pointer(&chosen);
}

/* Marks what @chosen needs. One pass backwards is enough since ONNX keeps nodes in execution
 * order; a node that reads what comes later (or itself: a cycle) is refused. */
static gboolean mark_needed(VinOnnxImport *import, const GPtrArray *chosen, gboolean *needed,
                            GError **error)
{
    const Onnx__GraphProto *graph = import->file->proto->graph;

    for (guint i = 0; i < chosen->len; i++) {
        const VinOnnxValue *value = g_ptr_array_index(chosen, i);

        needed[value->node] = TRUE;
    }
    for (gint i = (gint)graph->n_node - 1; i >= 0; i--) {
        const Onnx__NodeProto *node = graph->node[i];

        for (size_t k = 0; needed[i] && k < node->n_input; k++) {
            const VinOnnxValue *value = g_hash_table_lookup(import->values, node->input[k]);

            if (node->input[k][0] == '\0') {
                continue;
            }
            if (value == NULL) {
                g_autofree char *shown = g_utf8_make_valid(node->input[k], -1);

                return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                                     "it reads \"%s\", which nothing defines", shown);
            }
            if (value->node >= i) {
                return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                                     "it reads \"%s\", which is made later or by itself: a "
                                     "cycle, or nodes out of order",
                                     value->name);
            }
            if (value->node >= 0) {
                needed[value->node] = TRUE;
            }
        }
    }
    return TRUE;
}

static gboolean read_dim(const Onnx__TensorShapeProto *shape, guint i, gint64 *out)
{
    const Onnx__DimensionProto *dim = shape->dim[i];

    *out = dim->has_dim_value ? dim->dim_value : 0;
    return dim->has_dim_value;
}

/* Makes the graph's input; the batch becomes 1 whatever the file says. */
static gboolean make_input(VinOnnxImport *import, VinOnnxValue *value, GError **error)
{
    const Onnx__TypeProto *type = value->input->type;
    const Onnx__TensorTypeProto *tensor = type != NULL ? type->tensor_type : NULL;
    const Onnx__TensorShapeProto *shape = tensor != NULL ? tensor->shape : NULL;
    VinShape nchw;
    gint64 dims[4];

    if (tensor == NULL || (tensor->elem_type != DT_FLOAT && tensor->elem_type != DT_FLOAT16 &&
                           tensor->elem_type != DT_DOUBLE)) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s: input \"%s\" has element type %d; float (1), float16 (10) and "
                        "double (11) are supported",
                        import->file->path, value->name, tensor != NULL ? tensor->elem_type : 0);
    }
    if (shape == NULL || shape->n_dim != 4) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s: input \"%s\" has %zu dimensions; pictures of N x C x H x W are "
                        "supported",
                        import->file->path, value->name, shape != NULL ? shape->n_dim : 0);
    }
    if (read_dim(shape, 0, &dims[0]) && dims[0] > 0 && dims[0] <= G_MAXINT32) {
        import->declared_batch = (guint32)dims[0];
    }
    for (guint i = 1; i < 4; i++) {
        const gint64 max = i == 1 ? 3 : MAX_SIDE;

        if (!read_dim(shape, i, &dims[i]) || dims[i] < 1 || dims[i] > max ||
            (i == 1 && dims[i] == 2)) {
            return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                            "%s: dimension %u of input \"%s\" is %s%" G_GINT64_FORMAT
                            "; supported are N x C x H x W with C 1 or 3, and H and W fixed, 1 "
                            "to %d",
                            import->file->path, i, value->name,
                            shape->dim[i]->has_dim_value ? "" : "not fixed: ", dims[i], MAX_SIDE);
        }
    }
    nchw = vin_shape_nchw(1, (guint32)dims[1], (guint32)dims[2], (guint32)dims[3]);
    value->tensor = vin_graph_add_tensor(import->graph, value->name, &nchw);
    g_ptr_array_add(import->graph->inputs, value->tensor);
    return TRUE;
}

/* Makes the input that the needed nodes read: exactly one. */
static gboolean make_inputs(VinOnnxImport *import, const gboolean *needed, GError **error)
{
    const Onnx__GraphProto *graph = import->file->proto->graph;
    const VinOnnxValue *found = NULL;

    for (size_t i = 0; i < graph->n_node; i++) {
        for (size_t k = 0; needed[i] && k < graph->node[i]->n_input; k++) {
            VinOnnxValue *value = g_hash_table_lookup(import->values, graph->node[i]->input[k]);

            if (value == NULL || value->input == NULL || value == found) {
                continue;
            }
            if (found != NULL) {
                return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                                "%s has inputs \"%s\" and \"%s\"; one is supported",
                                import->file->path, found->name, value->name);
            }
            if (!make_input(import, value, error)) {
                return FALSE;
            }
            found = value;
        }
    }
    if (found == NULL) {
        return vin_fail(error, VIN_ERROR_FORMAT, "%s: the output depends on no input",
                        import->file->path);
    }
    return TRUE;
}

static gboolean build_node(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    const char *domain = node->domain != NULL ? node->domain : "";
    const VinOnnxOp *op = NULL;

    if (domain[0] == '\0' || g_str_equal(domain, "ai.onnx")) {
        op = node->op_type != NULL ? vin_onnx_op_find(node->op_type) : NULL;
    }
    if (op == NULL) {
        g_autofree char *list = vin_onnx_op_list();

        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "this operator%s%s is not supported; supported are %s",
                             domain[0] != '\0' ? " of domain " : "", domain, list);
    }
    if (node->n_output < 1 || node->output[0][0] == '\0') {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error, "it has no first output");
    }
    if (node->n_input < op->min_inputs || node->n_input > op->max_inputs) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "it has %zu inputs; %u to %u are accepted", node->n_input,
                             op->min_inputs, op->max_inputs);
    }
    for (guint i = 0; i < op->min_inputs; i++) {
        if (!vin_onnx_has_input(node, i)) {
            return vin_onnx_fail(node, VIN_ERROR_FORMAT, error, "input %u is missing", i);
        }
    }
    return vin_onnx_attrs_known(node, op->attrs, error) && op->build(import, node, error);
}

static gboolean build_nodes(VinOnnxImport *import, const GPtrArray *chosen, GError **error)
{
    const Onnx__GraphProto *graph = import->file->proto->graph;
    g_autofree gboolean *needed = g_new0(gboolean, graph->n_node + 1);

    if (!mark_needed(import, chosen, needed, error) || !make_inputs(import, needed, error)) {
        return FALSE;
    }
    for (size_t i = 0; i < graph->n_node; i++) {
        if (needed[i] && !build_node(import, graph->node[i], error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < chosen->len; i++) {
        const VinOnnxValue *value = g_ptr_array_index(chosen, i);

        if (value->tensor == NULL || value->tensor->producer == NULL) {
            return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                            "%s: the output \"%s\" is a constant, an unused extra output or the "
                            "input itself",
                            import->file->path, value->name);
        }
        g_ptr_array_add(import->graph->outputs, value->tensor);
    }
    return vin_graph_verify(import->graph, error);
}

VinGraph *vin_onnx_import(VinOnnxFile *file, const VinOnnxOutputs *outputs, GError **error)
{
    g_auto(VinOnnxImport) import = {.file = file, .opset = file->opset};
    g_autoptr(GPtrArray) chosen = NULL;

    if (!check_counts(file, error)) {
        return NULL;
    }
    import.values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_value);
    import.graph = vin_graph_new();
    if (!collect_values(&import, error)) {
        return NULL;
    }
    chosen = choose_outputs(&import, outputs, error);
    if (chosen == NULL || !build_nodes(&import, chosen, error)) {
        return NULL;
    }
    return g_steal_pointer(&import.graph);
}
