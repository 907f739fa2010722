/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory of another device through its file descriptor: the same bytes, one clean error for every
 * descriptor that is none, and no descriptor left open.
 */
#include <string.h>
#include <unistd.h>

#include "export_rig.h"
#include "support/random.h"

#define SIZE 70001 /* odd: what the driver rounds up is its own */

static VinDevice *device;
static GError *no_device;

static gboolean open_rig(ExportRig *rig, gsize size)
{
    VinRandom random = {7};

    if (device == NULL) {
        g_test_skip(no_device->message);
        return FALSE;
    }
    if (!export_rig_open(rig, size)) {
        return FALSE;
    }
    for (gsize i = 0; i < size; i++) {
        rig->bytes[i] = (guint8)vin_random_range(&random, 0, 255);
    }
    return TRUE;
}

static void test_bytes(void)
{
    ExportRig rig = {0};
    g_auto(VinVkBuffer) buffer = {0};
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *read = g_malloc0(SIZE);

    if (open_rig(&rig, SIZE)) {
        const VinVkHandle handle = export_rig_handle(&rig);

        vin_vk_import_buffer(&buffer, device, &handle, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(buffer.size, ==, rig.size);
        vin_vk_buffer_read(&buffer, 0, read, SIZE, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(read, SIZE, rig.bytes, SIZE);

        rig.bytes[SIZE / 2] ^= 0xff; /* the memory itself, not what it was */
        vin_vk_buffer_read(&buffer, SIZE / 2, read, 1, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(read[0], ==, rig.bytes[SIZE / 2]);
    }
    export_rig_close(&rig);
}

/* The import outlives the descriptor and what it was exported from. */
static void test_lives(void)
{
    ExportRig rig = {0};
    g_auto(VinVkBuffer) buffer = {0};
    g_autoptr(GError) error = NULL;
    guint8 first, read = 0;

    if (!open_rig(&rig, SIZE)) {
        export_rig_close(&rig);
        return;
    }
    first = rig.bytes[0];
    {
        const VinVkHandle handle = export_rig_handle(&rig);

        vin_vk_import_buffer(&buffer, device, &handle, &error);
        g_assert_no_error(error);
    }
    export_rig_close(&rig);
    vin_vk_buffer_read(&buffer, 0, &read, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(read, ==, first);
}

static void refuse(VinVkHandle handle, VinErrorCode code)
{
    const guint n = count_descriptors();
    VinVkBuffer buffer;
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_vk_import_buffer(&buffer, device, &handle, &error));
    g_assert_error(error, VIN_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_null(buffer.device);
    g_assert_cmpuint(count_descriptors(), ==, n);
}

static void test_refused(void)
{
    ExportRig rig = {0};
    VinVkHandle handle;
    guint64 size;

    if (!open_rig(&rig, SIZE)) {
        export_rig_close(&rig);
        return;
    }
    handle = export_rig_handle(&rig);
    g_assert_true(vin_vk_handle_size(rig.fd, &size, NULL));
    handle.size = size + 1;
    refuse(handle, VIN_ERROR_INVALID);
    handle.size = 0;
    refuse(handle, VIN_ERROR_INVALID);

    handle.size = SIZE;
    handle.fd = -1;
    refuse(handle, VIN_ERROR_INVALID);
    handle.fd = closed_descriptor();
    refuse(handle, VIN_ERROR_INVALID);
    handle.fd = pipe_descriptor();
    refuse(handle, VIN_ERROR_INVALID);
    close(handle.fd);
    handle.fd = file_descriptor(0);
    refuse(handle, VIN_ERROR_INVALID);
    close(handle.fd);
    handle.fd = file_descriptor(SIZE);
    refuse(handle, VIN_ERROR_UNSUPPORTED);
    close(handle.fd);

    handle = export_rig_handle(&rig);
    handle.type = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_WIN32_BIT;
    refuse(handle, VIN_ERROR_UNSUPPORTED);
    export_rig_close(&rig);
}

/* Descriptors are duplicated and closed again, whether an import succeeds or not. */
static void test_descriptors(void)
{
    ExportRig rig = {0};
    guint n;

    if (!open_rig(&rig, SIZE)) {
        export_rig_close(&rig);
        return;
    }
    n = count_descriptors();
    for (guint i = 0; i < 20; i++) {
        const VinVkHandle handle = export_rig_handle(&rig);
        g_auto(VinVkBuffer) buffer = {0};

        g_assert_true(vin_vk_import_buffer(&buffer, device, &handle, NULL));
    }
    g_assert_cmpuint(count_descriptors(), ==, n);
    export_rig_close(&rig);
}

/* What vin_vk_import_buffer() is for: memory of no Vulkan driver. */
static void test_dmabuf(void)
{
    g_autofree guint8 *bytes = g_malloc(SIZE);
    g_autofree guint8 *read = g_malloc0(SIZE);
    g_auto(VinVkBuffer) buffer = {0};
    g_autoptr(GError) error = NULL;
    VinVkHandle handle = {.type = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
    VinRandom random = {8};
    gboolean is_real;
    guint n;

    if (device == NULL) {
        g_test_skip(no_device->message);
        return;
    }
    if (!vin_vk_import_check(device, handle.type, &error)) {
        g_test_skip(error->message);
        return;
    }
    for (gsize i = 0; i < SIZE; i++) {
        bytes[i] = (guint8)vin_random_range(&random, 0, 255);
    }
    handle.fd = dmabuf_descriptor(bytes, SIZE, &is_real);
    g_assert_true(vin_vk_handle_size(handle.fd, &handle.size, NULL));
    n = count_descriptors();
    if (!vin_vk_import_buffer(&buffer, device, &handle, &error) && !is_real) {
        g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
        g_test_skip("no udmabuf to make a dma-buf with, and the driver takes no memfd for one");
    } else {
        g_assert_no_error(error);
        g_test_message("%s", is_real ? "a dma-buf of udmabuf's" : "a memfd in place of a dma-buf");
        vin_vk_buffer_read(&buffer, 0, read, SIZE, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(read, SIZE, bytes, SIZE);
        vin_vk_buffer_clear(&buffer);
    }
    g_assert_cmpuint(count_descriptors(), ==, n);
    close(handle.fd);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    device = vin_device_new(NULL, &no_device);
    g_test_add_func("/import/bytes", test_bytes);
    g_test_add_func("/import/lives", test_lives);
    g_test_add_func("/import/refused", test_refused);
    g_test_add_func("/import/descriptors", test_descriptors);
    g_test_add_func("/import/dma-buf", test_dmabuf);
    status = g_test_run();
    g_clear_error(&no_device);
    vin_device_unref(device);
    return status;
}
