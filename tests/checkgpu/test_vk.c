/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The Vulkan nouns: buffers of every kind, a dispatch that stays inside its bounds, timestamps,
 * sizes over the limits.
 */
#include <string.h>

#include "abi/copy.h"
#include "abi/flat.h"
#include "shader_table.h"
#include "vk/vk.h"

static VinDevice *device;
static GError *no_device;

/* FALSE, with the test marked as skipped, where there is no Vulkan driver. */
static gboolean need_device(void)
{
    if (device == NULL) {
        g_test_skip(no_device->message);
        return FALSE;
    }
    return TRUE;
}

#define STAGED 3 /* a DEVICE buffer as on a discrete card: not mapped */

static void test_roundtrip(gconstpointer data)
{
    const gint variant = GPOINTER_TO_INT(data);
    const VinBufferKind kind = variant == STAGED ? VIN_BUFFER_DEVICE : (VinBufferKind)variant;
    const gsize size = ((gsize)16 << 20) + 4096 + 20; /* more than one staging piece */
    g_autofree guint32 *in = NULL;
    g_autofree guint32 *out = NULL;
    g_auto(VinVkBuffer) buffer = {0};
    g_autoptr(GError) error = NULL;

    if (!need_device()) {
        return;
    }
    in = g_malloc(size);
    out = g_malloc0(size);
    for (gsize i = 0; i < size / 4; i++) {
        in[i] = (guint32)(i * 2654435761u);
    }
    vin_vk_buffer_init(&buffer, device, size + 8, kind, &error);
    g_assert_no_error(error);
    if (variant == STAGED) {
        buffer.mapped = NULL;
    }
    vin_vk_buffer_write(&buffer, 4, in, size, &error);
    g_assert_no_error(error);
    vin_vk_buffer_read(&buffer, 4, out, size, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(in, size, out, size);

    g_assert_false(vin_vk_buffer_write(&buffer, 12, in, size, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(vin_vk_buffer_read(&buffer, size + 16, out, 1, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

/* Copies 5 images of 100 floats into slices at stride 130, and nothing beside them. */
static void record_copy(VinVkCommand *command, const VinVkLayout *layout, const VinVkSet *set,
                        VkPipeline pipeline)
{
    const struct vin_copy_push push = {.in_offset = 3,
                                       .in_n_stride = 100,
                                       .out_offset = 1000,
                                       .out_n_stride = 130,
                                       .count = 100};
    g_autoptr(GError) error = NULL;

    vin_vk_command_begin(command, &error);
    g_assert_no_error(error);
    vin_vk_command_host_barrier(command, FALSE);
    vin_vk_command_bind(command, layout, set);
    vin_vk_command_timestamp(command, 0);
    vin_vk_command_dispatch(command, layout, pipeline, &push, sizeof push,
                            (push.count + VIN_FLAT_LOCAL - 1) / VIN_FLAT_LOCAL, 5, 1);
    vin_vk_command_timestamp(command, 1);
    vin_vk_command_host_barrier(command, TRUE);
    vin_vk_command_end(command, &error);
    g_assert_no_error(error);
}

static void check_copied(const float *floats)
{
    for (guint i = 0; i < 2000; i++) {
        float expected = -(float)i; /* untouched */

        if (i >= 3 && i < 503) {
            expected = (float)i;
        }
        if (i >= 1000 && i < 1650 && (i - 1000) % 130 < 100) {
            expected = (float)(3 + (i - 1000) / 130 * 100 + (i - 1000) % 130);
        }
        g_assert_cmpfloat(floats[i], ==, expected);
    }
}

static void test_dispatch(void)
{
    const VinShader *shader = &vin_shader_table[VIN_SHADER_COPY];
    float floats[2000];
    guint64 ns[2] = {1, 0};
    VkPipeline pipeline = VK_NULL_HANDLE;
    const VinVkBuffer *bindings[VIN_N_BINDINGS] = {NULL};
    g_auto(VinVkLayout) layout = {0};
    g_auto(VinVkBuffer) buffer = {0};
    g_auto(VinVkSet) set = {0};
    g_auto(VinVkCommand) command = {0};
    g_autoptr(GError) error = NULL;

    if (!need_device()) {
        return;
    }
    vin_vk_buffer_init(&buffer, device, sizeof floats, VIN_BUFFER_DEVICE, &error);
    g_assert_no_error(error);
    vin_vk_layout_init(&layout, device, &error);
    g_assert_no_error(error);
    vin_vk_pipeline_build(&layout, shader->words, shader->bytes, NULL, 0, &pipeline, &error);
    g_assert_no_error(error);
    bindings[0] = &buffer;
    vin_vk_set_init(&set, &layout, bindings, &error);
    g_assert_no_error(error);
    vin_vk_command_init(&command, device, 2, &error);
    g_assert_no_error(error);
    record_copy(&command, &layout, &set, pipeline);

    for (guint round = 0; round < 3; round++) { /* one recording, several submissions */
        for (guint i = 0; i < G_N_ELEMENTS(floats); i++) {
            floats[i] = i >= 3 && i < 503 ? (float)i : -(float)i;
        }
        vin_vk_buffer_write(&buffer, 0, floats, sizeof floats, &error);
        g_assert_no_error(error);
        vin_vk_command_submit(&command, &error);
        g_assert_no_error(error);
        vin_vk_command_wait(&command, &error);
        g_assert_no_error(error);
        g_assert_true(vin_vk_command_poll(&command, 0));
        memset(floats, 0, sizeof floats);
        vin_vk_buffer_read(&buffer, 0, floats, sizeof floats, &error);
        g_assert_no_error(error);
        check_copied(floats);
    }
    if ((vin_device_get_caps(device)->bits & VIN_CAP_TIMESTAMPS) != 0) {
        g_assert_true(vin_vk_command_read_times(&command, ns, 2));
        g_assert_cmpuint(ns[0], ==, 0);
        g_assert_cmpuint(ns[1], >, 0);
        g_assert_cmpuint(ns[1], <, G_GUINT64_CONSTANT(60000000000));
    } else {
        g_assert_false(vin_vk_command_read_times(&command, ns, 2));
    }
    g_assert_false(vin_vk_command_read_times(&command, ns, 3));
    vkDestroyPipeline(vin_device_vk(device), pipeline, NULL);
}

static void test_limits(void)
{
    VinVkBuffer buffer;
    g_autoptr(GError) error = NULL;
    guint64 too_large;

    if (!need_device()) {
        return;
    }
    too_large = vin_device_get_caps(device)->max_storage_bytes + 1;
    g_assert_false(
        vin_vk_buffer_init(&buffer, device, too_large, VIN_BUFFER_DEVICE, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
    g_assert_null(buffer.device);
    g_clear_error(&error);
    g_assert_false(vin_vk_buffer_init(&buffer, device, 0, VIN_BUFFER_UPLOAD, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    vin_vk_buffer_clear(&buffer);
}

static void test_lost(void)
{
    g_autoptr(VinDevice) own = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(VinVkCommand) command = {0};

    if (!need_device()) {
        return;
    }
    own = vin_device_new(NULL, &error);
    g_assert_no_error(error);
    vin_vk_command_init(&command, own, 0, &error);
    g_assert_no_error(error);
    vin_vk_command_begin(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_end(&command, &error);
    g_assert_no_error(error);
    g_assert_false(vin_device_is_lost(own));
    g_assert_false(vin_device_check(own, VK_ERROR_DEVICE_LOST, "a call", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
    g_clear_error(&error);
    g_assert_true(vin_device_is_lost(own));
    g_assert_false(vin_vk_command_submit(&command, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
    g_assert_false(vin_device_is_lost(device));
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    device = vin_device_new(NULL, &no_device);
    g_test_add_data_func("/vk/roundtrip/device", GINT_TO_POINTER(VIN_BUFFER_DEVICE),
                         test_roundtrip);
    g_test_add_data_func("/vk/roundtrip/staged", GINT_TO_POINTER(STAGED), test_roundtrip);
    g_test_add_data_func("/vk/roundtrip/upload", GINT_TO_POINTER(VIN_BUFFER_UPLOAD),
                         test_roundtrip);
    g_test_add_data_func("/vk/roundtrip/readback", GINT_TO_POINTER(VIN_BUFFER_READBACK),
                         test_roundtrip);
    g_test_add_func("/vk/dispatch", test_dispatch);
    g_test_add_func("/vk/limits", test_limits);
    g_test_add_func("/vk/lost", test_lost);
    status = g_test_run();
    g_clear_error(&no_device);
    vin_device_unref(device);
    return status;
}
