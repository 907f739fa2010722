/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens what the tests with faults share. Only errors are logged: the tiny model has no recipe.
 */
#include "fault_rig.h"

#include <glib/gstdio.h>
#include <vulkan/vulkan.h>

#include "shim.h"
#include "support/tiny_model.h"

#define N_CLASSES 7

char *fault_model_path;
VinModel *fault_model;
static char *cache_folder;
static gboolean have_device;

static void on_log(VinLogLevel level, const char *message, gpointer user_data)
{
    g_test_message("%s", message);
}

static void load_model(void)
{
    g_autofree char *folder = g_dir_make_tmp("vin-faults-XXXXXX", NULL);
    g_autoptr(GError) error = NULL;
    VinModelParams params;

    fault_model_path = g_build_filename(folder, "tiny.onnx", NULL);
    vin_tiny_model_write(fault_model_path, N_CLASSES, &error);
    g_assert_no_error(error);
    params = (VinModelParams){.name = fault_model_path};
    fault_model = vin_model_load(&params, &error);
    g_assert_no_error(error);
}

static void remove_model(void)
{
    g_autofree char *folder = g_path_get_dirname(fault_model_path);

    g_unlink(fault_model_path);
    g_rmdir(folder);
    g_free(fault_model_path);
    vin_model_unref(fault_model);
}

/* Without the library, which would make its instance. This one stays: drivers leave memory behind
 * when they are unloaded. */
static gboolean find_device(void)
{
    static VkInstance instance;
    const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    uint32_t n = 0;

    return vkCreateInstance(&info, NULL, &instance) == VK_SUCCESS &&
           vkEnumeratePhysicalDevices(instance, &n, NULL) >= 0 && n > 0;
}

gboolean fault_need_device(void)
{
    if (!have_device) {
        g_test_skip("no usable Vulkan device");
    }
    return have_device;
}

void fault_assert_nothing_lives(const char *after)
{
    g_autofree char *text = NULL;

    if (shim_n_live(&text) != 0) {
        g_error("%s: left alive:%s", after, text);
    }
}

void fault_empty_cache(void)
{
    g_autoptr(GDir) dir = g_dir_open(cache_folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(cache_folder, name, NULL);

        g_unlink(path);
    }
}

gboolean fault_have_device(void)
{
    return have_device;
}

void fault_rig_open(void)
{
    vin_log_set_func(on_log, VIN_LOG_ERROR, NULL);
    cache_folder = g_dir_make_tmp("vin-faults-XXXXXX", NULL);
    g_setenv("VIN_CACHE_DIR", cache_folder, TRUE);
    load_model();
    have_device = find_device();
}

int fault_rig_run(void)
{
    const int status = g_test_run();

    remove_model();
    fault_empty_cache();
    g_rmdir(cache_folder);
    g_free(cache_folder);
    return status;
}
