/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages are made of heap blocks exactly as protobuf-c unpacks them, so that its own
 * function frees them.
 */
#include "onnx_make.h"

#include <string.h>

#include <glib/gstdio.h>

static gpointer new_message(const ProtobufCMessageDescriptor *descriptor)
{
    gpointer message = g_malloc0(descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, message);
    return message;
}

/* Adds @item to a list of pointers; @array is the address of the list's pointer. */
static void append(gpointer array, size_t *n, gpointer item)
{
    gpointer *items;

    memcpy(&items, array, sizeof items);
    items = g_renew(gpointer, items, *n + 1);
    items[(*n)++] = item;
    memcpy(array, &items, sizeof items);
}

static void append_words(gpointer array, size_t *n, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (guint i = 0; words[i] != NULL; i++) {
        append(array, n, g_strdup(g_str_equal(words[i], "-") ? "" : words[i]));
    }
}

static int64_t *numbers(const char *text, size_t *n)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    int64_t *values;

    *n = text[0] != '\0' ? g_strv_length(words) : 0;
    values = g_new0(int64_t, *n + 1);
    for (guint i = 0; i < *n; i++) {
        values[i] = g_ascii_strtoll(words[i], NULL, 10);
    }
    return values;
}

Onnx__ModelProto *onnx_make_new(gint64 opset)
{
    Onnx__ModelProto *model = new_message(&onnx__model_proto__descriptor);
    Onnx__OperatorSetIdProto *set = new_message(&onnx__operator_set_id_proto__descriptor);

    model->has_ir_version = TRUE;
    model->ir_version = 8;
    model->producer_name = g_strdup("test");
    set->domain = g_strdup("");
    set->has_version = TRUE;
    set->version = opset;
    append(&model->opset_import, &model->n_opset_import, set);
    model->graph = new_message(&onnx__graph_proto__descriptor);
    model->graph->name = g_strdup("graph");
    return model;
}

void onnx_make_free(Onnx__ModelProto *model)
{
    onnx__model_proto__free_unpacked(model, NULL);
}

static Onnx__ValueInfoProto *new_value(const char *name, const char *dims)
{
    Onnx__ValueInfoProto *value = new_message(&onnx__value_info_proto__descriptor);
    g_auto(GStrv) words = g_strsplit(dims, " ", -1);
    Onnx__TensorTypeProto *type = new_message(&onnx__tensor_type_proto__descriptor);

    value->name = g_strdup(name);
    value->type = new_message(&onnx__type_proto__descriptor);
    value->type->tensor_type = type;
    type->has_elem_type = TRUE;
    type->elem_type = 1;
    type->shape = new_message(&onnx__tensor_shape_proto__descriptor);
    for (guint i = 0; words[i] != NULL; i++) {
        Onnx__DimensionProto *dim = new_message(&onnx__dimension_proto__descriptor);

        if (g_ascii_isdigit(words[i][0]) || words[i][0] == '-') {
            dim->has_dim_value = TRUE;
            dim->dim_value = g_ascii_strtoll(words[i], NULL, 10);
        } else {
            dim->dim_param = g_strdup(words[i]);
        }
        append(&type->shape->dim, &type->shape->n_dim, dim);
    }
    return value;
}

Onnx__ValueInfoProto *onnx_make_input(Onnx__ModelProto *model, const char *name,
                                      const char *dims)
{
    Onnx__ValueInfoProto *value = new_value(name, dims);

    append(&model->graph->input, &model->graph->n_input, value);
    return value;
}

void onnx_make_output(Onnx__ModelProto *model, const char *name)
{
    append(&model->graph->output, &model->graph->n_output, new_value(name, "1"));
}

Onnx__TensorProto *onnx_make_tensor(const char *name, gint32 data_type, const char *dims)
{
    Onnx__TensorProto *tensor = new_message(&onnx__tensor_proto__descriptor);

    tensor->name = g_strdup(name);
    tensor->has_data_type = TRUE;
    tensor->data_type = data_type;
    tensor->dims = numbers(dims, &tensor->n_dims);
    return tensor;
}

void onnx_make_raw(Onnx__TensorProto *tensor, gconstpointer bytes, gsize n_bytes)
{
    g_free(tensor->raw_data.data);
    tensor->has_raw_data = TRUE;
    tensor->raw_data.data = g_malloc(n_bytes);
    if (n_bytes > 0) {
        memcpy(tensor->raw_data.data, bytes, n_bytes);
    }
    tensor->raw_data.len = n_bytes;
}

Onnx__TensorProto *onnx_make_floats(Onnx__ModelProto *model, const char *name, const char *dims)
{
    Onnx__TensorProto *tensor = onnx_make_tensor(name, 1, dims);
    g_autofree float *values = NULL;
    gsize n_values = 1;

    for (size_t i = 0; i < tensor->n_dims; i++) {
        n_values *= (gsize)tensor->dims[i];
    }
    values = g_new(float, n_values);
    for (gsize i = 0; i < n_values; i++) {
        values[i] = 0.5f * (float)(i + 1);
    }
    onnx_make_raw(tensor, values, n_values * sizeof *values);
    append(&model->graph->initializer, &model->graph->n_initializer, tensor);
    return tensor;
}

Onnx__TensorProto *onnx_make_ints(Onnx__ModelProto *model, const char *name, const char *values)
{
    size_t n;
    int64_t *list = numbers(values, &n);
    g_autofree char *dims = g_strdup_printf("%zu", n);
    Onnx__TensorProto *tensor = onnx_make_tensor(name, 7, dims);

    tensor->int64_data = list;
    tensor->n_int64_data = n;
    append(&model->graph->initializer, &model->graph->n_initializer, tensor);
    return tensor;
}

Onnx__NodeProto *onnx_make_node(Onnx__ModelProto *model, const char *op, const char *inputs,
                                const char *outputs)
{
    Onnx__NodeProto *node = new_message(&onnx__node_proto__descriptor);

    node->op_type = g_strdup(op);
    if (inputs[0] != '\0') {
        append_words(&node->input, &node->n_input, inputs);
    }
    append_words(&node->output, &node->n_output, outputs);
    append(&model->graph->node, &model->graph->n_node, node);
    return node;
}

static Onnx__AttributeProto *new_attr(Onnx__NodeProto *node, const char *name, gint32 type)
{
    Onnx__AttributeProto *attr = new_message(&onnx__attribute_proto__descriptor);

    attr->name = g_strdup(name);
    attr->has_type = TRUE;
    attr->type = type;
    append(&node->attribute, &node->n_attribute, attr);
    return attr;
}

void onnx_make_attr_int(Onnx__NodeProto *node, const char *name, gint64 value)
{
    Onnx__AttributeProto *attr = new_attr(node, name, 2);

    attr->has_i = TRUE;
    attr->i = value;
}

void onnx_make_attr_float(Onnx__NodeProto *node, const char *name, float value)
{
    Onnx__AttributeProto *attr = new_attr(node, name, 1);

    attr->has_f = TRUE;
    attr->f = value;
}

void onnx_make_attr_text(Onnx__NodeProto *node, const char *name, const char *text)
{
    Onnx__AttributeProto *attr = new_attr(node, name, 3);

    attr->has_s = TRUE;
    attr->s.data = (guint8 *)g_strdup(text);
    attr->s.len = strlen(text);
}

void onnx_make_attr_ints(Onnx__NodeProto *node, const char *name, const char *values)
{
    Onnx__AttributeProto *attr = new_attr(node, name, 7);

    attr->ints = numbers(values, &attr->n_ints);
}

void onnx_make_attr_tensor(Onnx__NodeProto *node, const char *name, Onnx__TensorProto *tensor)
{
    new_attr(node, name, 4)->t = tensor;
}

GBytes *onnx_make_bytes(const Onnx__ModelProto *model)
{
    const size_t size = onnx__model_proto__get_packed_size(model);
    guint8 *bytes = g_malloc(size);

    onnx__model_proto__pack(model, bytes);
    return g_bytes_new_take(bytes, size);
}

/* A new file each time: writing over one, or GLib's own function, would wait for the disk. */
char *onnx_make_file(GBytes *bytes, const char *folder, const char *name)
{
    const gsize n_bytes = g_bytes_get_size(bytes);
    char *path = g_build_filename(folder, name, NULL);
    FILE *file;

    g_remove(path);
    file = g_fopen(path, "wb");
    g_assert_nonnull(file);
    if (n_bytes > 0) {
        g_assert_cmpuint(fwrite(g_bytes_get_data(bytes, NULL), 1, n_bytes, file), ==, n_bytes);
    }
    g_assert_cmpint(fclose(file), ==, 0);
    return path;
}

char *onnx_make_folder(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("vin-test-XXXXXX", &error);

    g_assert_no_error(error);
    return folder;
}

void onnx_make_remove(char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_remove(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

VinGraph *onnx_make_graph(Onnx__ModelProto *model, const VinOnnxOutputs *outputs,
                          GError **error)
{
    const VinOnnxOutputs first = {NULL, NULL};
    g_autoptr(GBytes) bytes = onnx_make_bytes(model);
    char *folder = onnx_make_folder();
    g_autofree char *path = onnx_make_file(bytes, folder, "model.onnx");
    g_autoptr(VinOnnxFile) file = vin_onnx_file_load(path, error);
    VinGraph *graph = NULL;

    onnx_make_free(model);
    if (file != NULL) {
        graph = vin_onnx_import(file, outputs != NULL ? outputs : &first, error);
    }
    onnx_make_remove(folder);
    return graph;
}

void onnx_make_expect(GError *error, VinErrorCode code, const char *words)
{
    g_auto(GStrv) list = g_strsplit(words, "|", -1);

    g_assert_error(error, VIN_ERROR, (gint)code);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    for (guint i = 0; list[i] != NULL; i++) {
        if (strstr(error->message, list[i]) == NULL) {
            g_error("message lacks \"%s\": %s", list[i], error->message);
        }
    }
}

VinNode *onnx_make_find_node(const VinGraph *graph, const char *name)
{
    for (guint i = 0; i < graph->nodes->len; i++) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (g_str_equal(node->name, name)) {
            return node;
        }
    }
    g_error("the graph has no node \"%s\"", name);
}

Onnx__ModelProto *onnx_make_one(gint64 opset, const char *op, const char *dims,
                                const char *inputs, Onnx__NodeProto **node)
{
    Onnx__ModelProto *model = onnx_make_new(opset);

    onnx_make_input(model, "x", dims);
    onnx_make_output(model, "y");
    *node = onnx_make_node(model, op, inputs, "y");
    (*node)->name = g_strdup("node");
    return model;
}

VinGraph *onnx_make_imported(Onnx__ModelProto *model)
{
    g_autoptr(GError) error = NULL;
    VinGraph *graph = onnx_make_graph(model, NULL, &error);

    g_assert_no_error(error);
    return graph;
}

void onnx_make_refused(Onnx__ModelProto *model, VinErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = onnx_make_graph(model, NULL, &error);

    g_assert_null(graph);
    onnx_make_expect(error, code, words);
}

void onnx_make_assert_shape(const VinGraph *graph, const char *tensor, const char *shape)
{
    const VinTensor *found = vin_graph_find_tensor(graph, tensor);
    g_autofree char *text = NULL;

    g_assert_nonnull(found);
    text = vin_shape_to_string(&found->shape);
    g_assert_cmpstr(text, ==, shape);
}

Onnx__ModelProto *onnx_make_one_flat(gint64 opset, const char *op, const char *inputs,
                                     Onnx__NodeProto **node)
{
    Onnx__ModelProto *model = onnx_make_new(opset);

    onnx_make_input(model, "x", "1 3 2 2");
    onnx_make_output(model, "y");
    onnx_make_node(model, "Flatten", "x", "flat");
    *node = onnx_make_node(model, op, inputs, "y");
    (*node)->name = g_strdup("node");
    return model;
}
