/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as an ONNX file: loaded, described, planned for a device that is a handful of
 * numbers here, weights packed. Beside the file lies "data.bin" for external data; there is no
 * sidecar and no label file.
 */
#include "fuzz.h"

#include <vkinception/model.h>

#include "model/model.h"
#include "model/onnx_import.h"
#include "plan/decide.h"

static const VinCaps caps = {
    .subgroup_size = 8,
    .max_storage_bytes = 16 << 20,
    .max_allocation_bytes = 16 << 20,
    .max_workgroup_count = {65535, 65535, 65535},
    .is_software = TRUE,
};

static void plan(const VinGraph *graph, guint batch)
{
    g_autoptr(VinPlan) plan = g_new0(VinPlan, 1);
    const VinPlanParams params = {.batch = batch};
    GError *error = NULL;

    plan->graph = vin_graph_copy(graph);
    if (vin_plan_decide(plan, &caps, &params, &error)) {
        g_autofree float *packed = vin_plan_pack_weights(plan, &error);

        g_assert(packed != NULL || error != NULL);
        g_assert(plan->n_steps > 0 && plan->steps[0].barrier_before);
    }
    if (error != NULL) {
        fuzz_check_error(error);
    }
}

static void use(VinModel *model)
{
    for (guint format = 0; format <= VIN_DESCRIBE_DOT; format++) {
        g_autofree char *text = vin_model_describe(model, (VinDescribeFormat)format);

        g_assert(g_utf8_validate(text, -1, NULL));
    }
    plan(vin_model_get_graph(model), 1);
    plan(vin_model_get_graph(model), 3);
}

/* With every output of the file as a head. */
static void import_all(const char *path)
{
    GError *error = NULL;
    g_autoptr(VinOnnxFile) file = vin_onnx_file_load(path, &error);
    g_autoptr(GPtrArray) heads = g_ptr_array_new();
    g_autoptr(VinGraph) graph = NULL;
    VinOnnxOutputs outputs = {NULL, NULL};

    if (file == NULL) {
        fuzz_check_error(error);
        return;
    }
    for (size_t i = 1; i < file->proto->graph->n_output; i++) {
        const char *name = file->proto->graph->output[i]->name;

        if (name != NULL && g_utf8_validate(name, -1, NULL)) {
            g_ptr_array_add(heads, (gpointer)name);
        }
    }
    if (heads->len == 0) {
        return;
    }
    g_ptr_array_add(heads, NULL);
    outputs.heads = (const char *const *)heads->pdata;
    graph = vin_onnx_import(file, &outputs, &error);
    if (graph != NULL) {
        plan(graph, 1);
    } else {
        fuzz_check_error(error);
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static uint8_t external[256];

    fuzz_quiet();
    for (guint i = 0; i < sizeof external; i++) {
        external[i] = (uint8_t)(i % 4 == 3 ? 0x3f : i); /* floats around 1 */
    }
    fuzz_file("data.bin", external, sizeof external);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("vin-fuzz.onnx", data, size);
    const VinModelParams params = {.name = path};
    GError *error = NULL;
    g_autoptr(VinModel) model = vin_model_load(&params, &error);

    if (model != NULL) {
        use(model);
    } else {
        fuzz_check_error(error);
    }
    import_all(path);
    return 0;
}
