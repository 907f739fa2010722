/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads an .onnx file and unpacks it with protobuf-c under a memory budget; checks the
 * versions. The file is not trusted: a message that repeats tiny elements would
 * otherwise unpack to many times its size.
 */
#include "model/onnx_file.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/readfile.h"
#include "model/builtin.h"

#define MIN_IR_VERSION 3 /* first with opset_import as we read it */
#define MAX_IR_VERSION 32

/* Bytes protobuf-c may still ask for. Frees do not give back: it frees little. */
typedef struct {
    guint64 left;
    gsize refused; /* what the system had no memory for; 0: nothing */
} Budget;

static void *budget_alloc(void *data, size_t size)
{
    Budget *budget = data;
    void *memory;

    if (size > budget->left) {
        return NULL;
    }
    memory = g_try_malloc(size);
    budget->left -= size;
    if (memory == NULL && size > 0) {
        budget->refused = size;
    }
    return memory;
}

static void budget_free(void *data, void *pointer)
{
    g_free(pointer);
}

static GBytes *read_model(const char *path, GError **error)
{
    GBytes *embedded = vin_builtin_lookup(path);

    return embedded != NULL ? embedded
                            : vin_read_file(path, "model", VIN_ONNX_MAX_FILE_BYTES,
                                            VIN_ERROR_UNSUPPORTED, error);
}

static gboolean is_default_domain(const char *domain)
{
    return domain == NULL || domain[0] == '\0' || g_str_equal(domain, "ai.onnx");
}

static gboolean check_versions(VinOnnxFile *file, GError **error)
{
    const Onnx__ModelProto *proto = file->proto;

    if (!proto->has_ir_version || proto->graph == NULL) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s is not an ONNX model: it has no %s", file->path,
                        proto->has_ir_version ? "graph" : "IR version");
    }
    if (proto->ir_version < MIN_IR_VERSION || proto->ir_version > MAX_IR_VERSION) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s has ONNX IR version %" G_GINT64_FORMAT "; supported are %d to %d",
                        file->path, proto->ir_version, MIN_IR_VERSION, MAX_IR_VERSION);
    }
    for (size_t i = 0; i < proto->n_opset_import; i++) {
        if (is_default_domain(proto->opset_import[i]->domain)) {
            file->opset = proto->opset_import[i]->version;
        }
    }
    if (file->opset < VIN_ONNX_MIN_OPSET || file->opset > VIN_ONNX_MAX_OPSET) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s uses ONNX operator set %" G_GINT64_FORMAT "; supported are %d to %d",
                        file->path, file->opset, VIN_ONNX_MIN_OPSET, VIN_ONNX_MAX_OPSET);
    }
    return TRUE;
}

static char *real_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    char *resolved = realpath(folder, NULL);
    char *copy = g_strdup(resolved);

    free(resolved);
    return copy;
}

VinOnnxFile *vin_onnx_file_load(const char *path, GError **error)
{
    g_autoptr(VinOnnxFile) file = g_new0(VinOnnxFile, 1);
    g_autoptr(GBytes) bytes = read_model(path, error);
    Budget budget = {0};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};

    if (bytes == NULL) {
        return NULL;
    }
    file->file_bytes = g_bytes_get_size(bytes);
    file->path = g_strdup(path);
    file->folder = real_folder(path);
    budget.left = ((guint64)64 << 20) + 4 * file->file_bytes;
    file->proto = onnx__model_proto__unpack(&allocator, file->file_bytes,
                                            g_bytes_get_data(bytes, NULL));
    if (file->proto == NULL && budget.refused > 0) {
        vin_fail(error, VIN_ERROR_MEMORY, "model %s: no host memory for %" G_GSIZE_FORMAT " bytes",
                 path, budget.refused);
        return NULL;
    }
    if (file->proto == NULL) {
        vin_fail(error, VIN_ERROR_FORMAT,
                 "%s (%" G_GUINT64_FORMAT " bytes) is truncated, damaged or not an ONNX model",
                 path, file->file_bytes);
        return NULL;
    }
    if (!check_versions(file, error)) {
        return NULL;
    }
    return g_steal_pointer(&file);
}

void vin_onnx_file_free(VinOnnxFile *file)
{
    ProtobufCAllocator allocator = {budget_alloc, budget_free, NULL};

    if (file == NULL) {
        return;
    }
    if (file->proto != NULL) {
        onnx__model_proto__free_unpacked(file->proto, &allocator);
    }
    g_free(file->path);
    g_free(file->folder);
    g_free(file);
}
