/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A model's identity. Files are told apart as make does it, by what the file system says of them;
 * none is read.
 */
#include "model/identity.h"

#include <glib/gstdio.h>

#include "model/find.h"

void vin_identity_append(GString *text, const char *path)
{
    GStatBuf info;

    if (g_stat(path, &info) != 0) { /* an embedded one, too */
        g_string_append_printf(text, "%s -\n", path);
        return;
    }
    g_string_append_printf(text, "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                           " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n",
                           path, (guint64)info.st_dev, (guint64)info.st_ino,
                           (gint64)info.st_size, (gint64)info.st_mtim.tv_sec,
                           (long)info.st_mtim.tv_nsec);
}

char *vin_identity_of_params(const VinModelParams *params, const char *path)
{
    static const char *const suffixes[] = {".onnx.modelinfo", ".modelinfo", ".labels"};
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = vin_find_model_name(path);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "activation %u\n", (guint)params->activation);
    vin_identity_append(text, path);
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file_name = g_strconcat(name, suffixes[i], NULL);
        g_auto(GStrv) paths = vin_find_files(folder, file_name);

        for (guint k = 0; paths[k] != NULL; k++) {
            vin_identity_append(text, paths[k]);
        }
    }
    if (params->labels_file != NULL) {
        g_string_append(text, "labels ");
        vin_identity_append(text, params->labels_file);
    }
    return g_string_free(text, FALSE);
}

static void add_tensor(const VinOnnxFile *file, const Onnx__TensorProto *tensor, GPtrArray *paths)
{
    for (size_t i = 0; tensor != NULL && i < tensor->n_external_data; i++) {
        g_autofree char *path = NULL;

        if (g_strcmp0(tensor->external_data[i]->key, "location") != 0 ||
            tensor->external_data[i]->value == NULL || file->folder == NULL) {
            continue;
        }
        path = g_build_filename(file->folder, tensor->external_data[i]->value, NULL);
        if (!g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL)) {
            g_ptr_array_add(paths, g_steal_pointer(&path));
        }
    }
}

void vin_identity_add_external(const VinOnnxFile *file, GPtrArray *paths)
{
    const Onnx__GraphProto *graph = file->proto->graph;

    for (size_t i = 0; i < graph->n_initializer; i++) {
        add_tensor(file, graph->initializer[i], paths);
    }
    for (size_t i = 0; i < graph->n_node; i++) { /* of nodes "Constant" */
        for (size_t k = 0; k < graph->node[i]->n_attribute; k++) {
            add_tensor(file, graph->node[i]->attribute[k]->t, paths);
        }
    }
}
