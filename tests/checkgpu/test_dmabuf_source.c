/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Planes in memory of another device reach the upload buffer byte for byte as planes in system
 * memory do, of every format; what does not fit its memory is refused before it is imported.
 */
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "engine/dmabuf.h"
#include "engine/upload.h"
#include "export_rig.h"
#include "kernels/preprocess.h"
#include "support/random.h"

#define TYPE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define RIG_SIZE 40000

static VinDevice *device;
static GError *no_device;

static gboolean open_rig(ExportRig *rig)
{
    VinRandom random = {9};

    if (device == NULL) {
        g_test_skip(no_device->message);
        return FALSE;
    }
    if (!export_rig_open(rig, RIG_SIZE)) {
        return FALSE;
    }
    for (gsize i = 0; i < RIG_SIZE; i++) {
        rig->bytes[i] = (guint8)vin_random_range(&random, 0, 255);
    }
    return TRUE;
}

/* Planes of @frame in the rig's memory, at odd places with gaps of @gap bytes between rows; the
 * last one ends where the memory ends. The frame's own planes are the same bytes, mapped. */
static VinDmabuf place(const ExportRig *rig, VinFrame *frame, guint gap)
{
    VinDmabuf dmabuf = {.n_planes = vin_format_n_planes(frame->format)};
    guint64 end = RIG_SIZE;

    for (guint i = dmabuf.n_planes; i-- > 0;) {
        guint row_bytes = 0, n_rows = 0;

        vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes, &n_rows);
        dmabuf.fds[i] = rig->fd;
        dmabuf.sizes[i] = rig->size;
        dmabuf.strides[i] = gap > 0 ? row_bytes + gap + i : 0;
        end -= (guint64)(n_rows - 1) * MAX(dmabuf.strides[i], row_bytes) + row_bytes;
        dmabuf.offsets[i] = end;
        frame->planes[i] = rig->bytes + end;
        frame->strides[i] = dmabuf.strides[i];
        end -= i * 3;
    }
    return dmabuf;
}

static void check_same(VinFrame frame, const VinDmabuf *dmabuf, VinImportCache *cache)
{
    VinFrameLayout layout;
    gsize bytes;
    g_auto(VinVkBuffer) upload = {0};
    g_auto(VinVkCommand) command = {0};
    g_auto(VinDmabufSource) source = {0};
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *expected = NULL;
    g_autofree guint8 *seen = NULL;

    g_assert_true(vin_preprocess_layout(&frame, NULL, NULL, &layout, NULL));
    bytes = layout.bytes;
    expected = g_malloc0(bytes);
    seen = g_malloc(bytes);
    g_assert_true(vin_upload_planes(&frame, &layout, expected, bytes, NULL));
    memset(frame.planes, 0, sizeof frame.planes); /* are not looked at */
    memset(frame.strides, 0, sizeof frame.strides);

    vin_vk_buffer_init(&upload, device, bytes, VIN_BUFFER_DEVICE, &error);
    g_assert_no_error(error);
    memset(seen, 0, bytes);
    vin_vk_buffer_write(&upload, 0, seen, bytes, &error);
    g_assert_no_error(error);
    vin_dmabuf_source_init(&source, cache, device, TYPE, &frame, dmabuf, &error);
    g_assert_no_error(error);
    vin_vk_command_init(&command, device, 0, &error);
    g_assert_no_error(error);
    vin_vk_command_begin(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_host_barrier(&command, FALSE);
    vin_dmabuf_source_record(&source, &command, &upload);
    vin_vk_command_end(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_submit(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_wait(&command, &error);
    g_assert_no_error(error);
    vin_vk_buffer_read(&upload, 0, seen, bytes, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(seen, bytes, expected, bytes);
}

static void test_formats(void)
{
    ExportRig rig = {0};
    VinImportCache cache = {0};

    if (open_rig(&rig)) {
        for (guint format = VIN_FORMAT_UNKNOWN + 1; format < VIN_N_FORMATS; format++) {
            VinFrame frame = {.format = (VinFormat)format, .width = 37, .height = 77};
            VinDmabuf dmabuf = place(&rig, &frame, 0);

            check_same(frame, &dmabuf, &cache);
            dmabuf = place(&rig, &frame, 11);
            check_same(frame, &dmabuf, &cache);
            frame.crop_x = 5, frame.crop_y = 3;
            frame.crop_width = 20, frame.crop_height = 71;
            check_same(frame, &dmabuf, &cache);
            frame.field = VIN_FIELD_TOP;
            check_same(frame, &dmabuf, &cache);
            frame.field = VIN_FIELD_BOTTOM;
            check_same(frame, &dmabuf, &cache);
        }
        g_assert_cmpuint(cache.n_imports, ==, 1);
    }
    vin_import_cache_clear(&cache);
    export_rig_close(&rig);
}

/* Planes in memories of their own, and a duplicate of a descriptor, which is the same memory. */
static void test_memories(void)
{
    ExportRig one = {0}, two = {0};
    VinImportCache cache = {0};

    if (open_rig(&one) && open_rig(&two)) {
        VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 40, .height = 30};
        VinFrame other = frame;
        VinDmabuf dmabuf = place(&one, &frame, 4);
        const VinDmabuf second = place(&two, &other, 2);

        memset(two.bytes, 0x5a, RIG_SIZE);
        dmabuf.fds[1] = dup(two.fd);
        dmabuf.offsets[1] = second.offsets[1];
        dmabuf.strides[1] = second.strides[1];
        frame.planes[1] = other.planes[1];
        frame.strides[1] = other.strides[1];
        check_same(frame, &dmabuf, &cache);
        check_same(other, &second, &cache);
        g_assert_cmpuint(cache.n_imports, ==, 2);
        close(dmabuf.fds[1]);
    }
    vin_import_cache_clear(&cache);
    export_rig_close(&one);
    export_rig_close(&two);
}

static void refuse(const VinFrame *frame, const VinDmabuf *dmabuf, VinErrorCode code)
{
    const guint n = count_descriptors();
    VinImportCache cache = {0};
    VinDmabufSource source;
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_dmabuf_source_init(&source, &cache, device, TYPE, frame, dmabuf, &error));
    g_assert_error(error, VIN_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_cmpuint(source.n_planes, ==, 0);
    vin_import_cache_clear(&cache);
    g_assert_cmpuint(count_descriptors(), ==, n);
}

static void refuse_places(const VinFrame *frame, const VinDmabuf *good)
{
    VinDmabuf bad = *good;

    bad.offsets[1]++; /* the last byte is one too far */
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad.offsets[1] = G_MAXUINT64 - 5;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad = *good;
    bad.strides[0] = 39;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad.strides[0] = G_MAXUINT32;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad = *good;
    bad.sizes[0] = 10;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad.sizes[0] = G_MAXUINT32; /* the kernel knows better */
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad = *good;
    bad.n_planes = 1;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad.n_planes = G_MAXUINT;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad = *good;
    bad.modifier = G_GUINT64_CONSTANT(0x00fffffffffffffe); /* nobody's */
    refuse(frame, &bad, VIN_ERROR_INVALID);                /* no strides */
    bad.strides[0] = bad.strides[1] = 64;
    refuse(frame, &bad, VIN_ERROR_UNSUPPORTED);
    bad.n_planes = 4;
    bad.fds[2] = bad.fds[3] = -1;
    refuse(frame, &bad, VIN_ERROR_INVALID);
    bad.n_planes = 5;
    refuse(frame, &bad, VIN_ERROR_INVALID);
}

static void test_refused(void)
{
    ExportRig rig = {0};

    if (open_rig(&rig)) {
        VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 40, .height = 30};
        const VinDmabuf good = place(&rig, &frame, 0);
        VinDmabuf bad = good;

        for (guint i = 0; i < 2; i++) { /* the allocation may be larger than the picture's room */
            bad.sizes[i] = RIG_SIZE;
        }
        refuse_places(&frame, &bad);
        bad = good;
        bad.fds[1] = closed_descriptor();
        refuse(&frame, &bad, VIN_ERROR_INVALID);
        bad.fds[1] = -1;
        refuse(&frame, &bad, VIN_ERROR_INVALID);
        bad.fds[1] = pipe_descriptor();
        refuse(&frame, &bad, VIN_ERROR_INVALID);
        close(bad.fds[1]);
        bad.fds[1] = file_descriptor(rig.size);
        refuse(&frame, &bad, VIN_ERROR_UNSUPPORTED);
        close(bad.fds[1]);
    }
    export_rig_close(&rig);
}

/* A producer's few dma-bufs stay imported; of many the last ones, and none for long. */
static void test_cache(void)
{
    ExportRig rigs[3] = {{0}};
    VinImportCache cache = {0};
    const guint n = count_descriptors();
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < G_N_ELEMENTS(rigs); i++) {
        ok = open_rig(&rigs[i]);
    }
    for (guint round = 0; ok && round < 3 * VIN_IMPORT_PATIENCE; round++) {
        const VinVkHandle handle = export_rig_handle(&rigs[round < 9 ? round % 3 : 1]);
        g_autoptr(VinImport) import = vin_import_cache_get(&cache, device, &handle, NULL, NULL);

        g_assert_nonnull(import);
        g_assert_cmpint(import->ref_count, ==, 2);
        g_assert_cmpuint(cache.n_imports, ==, MIN(round + 1, 3));
    }
    if (ok) {
        VinVkHandle handle = export_rig_handle(&rigs[0]);
        VinImport *last;

        handle.size = 100; /* not what is kept */
        last = vin_import_cache_get(&cache, device, &handle, NULL, NULL);
        g_assert_nonnull(last);
        g_assert_cmpuint(cache.n_imports, ==, 2); /* the two unused ones are gone */
        vin_import_cache_clear(&cache);
        g_assert_cmpint(last->ref_count, ==, 1);
        vin_import_unref(last);
    }
    for (guint i = 0; i < G_N_ELEMENTS(rigs); i++) {
        export_rig_close(&rigs[i]);
    }
    g_assert_cmpuint(count_descriptors(), ==, n);
}

/* Never more than VIN_MAX_IMPORTS: the one that was used last longest ago goes first. */
static void test_full(void)
{
    ExportRig rigs[VIN_MAX_IMPORTS + 1] = {{0}};
    VinImportCache cache = {0};
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < G_N_ELEMENTS(rigs); i++) {
        ok = open_rig(&rigs[i]);
    }
    for (guint i = 0; ok && i < G_N_ELEMENTS(rigs); i++) {
        const VinVkHandle handle = export_rig_handle(&rigs[i]);

        vin_import_unref(vin_import_cache_get(&cache, device, &handle, NULL, NULL));
        g_assert_cmpuint(cache.n_imports, ==, MIN(i + 1, VIN_MAX_IMPORTS));
    }
    for (guint i = 0; ok && i < cache.n_imports; i++) {
        g_assert_cmpuint(cache.imports[i]->last_use, >, 1);
    }
    vin_import_cache_clear(&cache);
    for (guint i = 0; i < G_N_ELEMENTS(rigs); i++) {
        export_rig_close(&rigs[i]);
    }
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    device = vin_device_new(NULL, &no_device);
    g_test_add_func("/dmabuf-source/formats", test_formats);
    g_test_add_func("/dmabuf-source/memories", test_memories);
    g_test_add_func("/dmabuf-source/refused", test_refused);
    g_test_add_func("/dmabuf-source/cache", test_cache);
    g_test_add_func("/dmabuf-source/full", test_full);
    status = g_test_run();
    g_clear_error(&no_device);
    vin_device_unref(device);
    return status;
}
