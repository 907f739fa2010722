/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in dma-bufs with a modifier, through a pretended driver (pretend_modifiers.h): which
 * images are made of them, and that the network sees the same as in system memory.
 */
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "engine/arrangement.h"
#include "engine_rig.h"
#include "export_rig.h"
#include "pretend_modifiers.h"
#include "support/random.h"

#define RIG_SIZE 40000
#define FIRST 512 /* byte of the first plane */

static const VkFormat whole_only[] = {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, 0};
static const VkFormat parts_only[] = {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM, 0};
static const VkFormat luma_only[] = {VK_FORMAT_R8_UNORM, 0};
static const VkFormat all[] = {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, VK_FORMAT_R8_UNORM,
                               VK_FORMAT_R8G8_UNORM, VK_FORMAT_B8G8R8A8_UNORM, 0};

/* How the real driver's linear images lie. */
static VkSubresourceLayout query_linear(VkFormat format, guint width, guint height)
{
    const VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = format,
        .extent = {width, height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_LINEAR,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
    };
    const VkImageSubresource all_of_it = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT};
    VkSubresourceLayout layout;
    VkImage image;
    VkResult result = vkCreateImage(vin_device_vk(rig_device), &info, NULL, &image);

    g_assert_cmpint(result, ==, VK_SUCCESS);
    vkGetImageSubresourceLayout(vin_device_vk(rig_device), image, &all_of_it, &layout);
    vkDestroyImage(vin_device_vk(rig_device), image, NULL);
    return layout;
}

static VinDmabuf place(const ExportRig *rig, const VinFrame *frame)
{
    static const VkFormat formats[] = {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM};
    VinDmabuf dmabuf = {.modifier = PRETENDED_MODIFIER,
                        .n_planes = vin_format_n_planes(frame->format)};
    guint64 offset = FIRST;

    for (guint i = 0; i < dmabuf.n_planes; i++) {
        const VkFormat format = dmabuf.n_planes == 1 ? VK_FORMAT_B8G8R8A8_UNORM : formats[i];
        const guint shift = i > 0;
        const VkSubresourceLayout layout =
            query_linear(format, (frame->width + shift) >> shift,
                         (frame->height + shift) >> shift);

        dmabuf.fds[i] = rig->fd;
        dmabuf.offsets[i] = offset;
        dmabuf.strides[i] = (guint32)layout.rowPitch;
        offset += (layout.size + 255) / 256 * 256 + 1024;
    }
    g_assert_cmpuint(offset, <, RIG_SIZE);
    return dmabuf;
}

static void check_same(VinStream *stream, VinFrame frame, const VinDmabuf *dmabuf,
                       const ExportRig *rig, const ExportRig *second)
{
    g_autoptr(GError) error = NULL;
    VinResult expected, seen;
    VinTicket ticket = 0;

    vin_stream_submit_dmabuf(stream, &frame, dmabuf, &ticket, &error);
    g_assert_no_error(error);
    vin_stream_collect(stream, ticket, &seen, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < vin_format_n_planes(frame.format); i++) {
        frame.planes[i] = (dmabuf->fds[i] == rig->fd ? rig : second)->bytes + dmabuf->offsets[i];
        frame.strides[i] = dmabuf->strides[i];
    }
    vin_stream_run(stream, &frame, &expected, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(seen.n_top, ==, RIG_N_CLASSES);
    g_assert_cmpmem(seen.top, sizeof seen.top[0] * RIG_N_CLASSES, expected.top,
                    sizeof expected.top[0] * RIG_N_CLASSES);
}

static void refuse(VinStream *stream, const VinFrame *frame, const VinDmabuf *dmabuf,
                   VinErrorCode code)
{
    const guint n_open = count_descriptors(), n_live = pretend_n_live();
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    g_assert_false(vin_stream_submit_dmabuf(stream, frame, dmabuf, &ticket, &error));
    g_assert_error(error, VIN_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_cmpuint(count_descriptors(), ==, n_open);
    g_assert_cmpuint(pretend_n_live(), ==, n_live);
}

typedef void (*Check)(VinStream *stream, const ExportRig *rig, const ExportRig *second);

/* Each check in a stream of its own, over memories of random bytes. */
static void run(gconstpointer data)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    const guint n_acquired = pretend_n_acquired(), n_released = pretend_n_released();
    ExportRig rigs[2] = {{0}};
    VinRandom random = {31};

    if (engine == NULL) {
        return;
    }
    if (export_rig_open(&rigs[0], RIG_SIZE) && export_rig_open(&rigs[1], RIG_SIZE)) {
        const guint n_open = count_descriptors();
        VinStream *stream = rig_stream(engine);

        for (guint i = 0; i < 2 * RIG_SIZE; i++) {
            rigs[i % 2].bytes[i / 2] = (guint8)vin_random_range(&random, 0, 255);
        }
        (*(const Check *)data)(stream, &rigs[0], &rigs[1]);
        vin_stream_free(stream);
        g_assert_cmpuint(pretend_n_live(), ==, 0);
        g_assert_cmpuint(count_descriptors(), ==, n_open);
        g_assert_cmpuint(pretend_n_acquired() - n_acquired, ==,
                         pretend_n_released() - n_released);
        g_assert_cmpuint(pretend_n_acquired(), >, n_acquired);
    }
    export_rig_close(&rigs[0]);
    export_rig_close(&rigs[1]);
}

static void check_rgb(VinStream *stream, const ExportRig *rig, const ExportRig *second)
{
    VinFrame frame = {.format = VIN_FORMAT_BGRA, .width = 50, .height = 37};
    VinDmabuf dmabuf = place(rig, &frame);
    const guint n_made = pretend_n_made();

    pretend_formats(all);
    check_same(stream, frame, &dmabuf, rig, second);
    check_same(stream, frame, &dmabuf, rig, second);
    frame.crop_x = 11, frame.crop_y = 5, frame.crop_width = 23, frame.crop_height = 30;
    frame.field = VIN_FIELD_BOTTOM;
    frame.format = VIN_FORMAT_BGRX;
    check_same(stream, frame, &dmabuf, rig, second);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 1); /* it is kept */
    dmabuf.offsets[0] += 256;
    check_same(stream, frame, &dmabuf, rig, second);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 2); /* the same memory, another image */
}

static void check_parts(VinStream *stream, const ExportRig *rig, const ExportRig *second)
{
    VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 48, .height = 36};
    VinDmabuf dmabuf = place(rig, &frame);
    const guint n_made = pretend_n_made();

    pretend_formats(parts_only);
    check_same(stream, frame, &dmabuf, rig, second);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 2);
    dmabuf.fds[1] = second->fd; /* planes in memories of their own */
    pretend_formats(all);
    check_same(stream, frame, &dmabuf, rig, second);

    frame.width = 45, frame.height = 29; /* no image of both planes has that */
    dmabuf = place(rig, &frame);
    check_same(stream, frame, &dmabuf, rig, second);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 5);
}

static void check_whole(VinStream *stream, const ExportRig *rig, const ExportRig *second)
{
    VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 64, .height = 36};
    VinDmabuf dmabuf = place(rig, &frame);
    const guint n_made = pretend_n_made();

    pretend_formats(whole_only);
    check_same(stream, frame, &dmabuf, rig, second);
    pretend_formats(all); /* is preferred to two images */
    frame.crop_x = 9, frame.crop_y = 7, frame.crop_width = 40, frame.crop_height = 25;
    frame.field = VIN_FIELD_TOP;
    check_same(stream, frame, &dmabuf, rig, second);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 1);
    dmabuf.fds[1] = dup(rig->fd); /* the same memory by another name */
    check_same(stream, frame, &dmabuf, rig, rig);
    g_assert_cmpuint(pretend_n_made(), ==, n_made + 1);
    close(dmabuf.fds[1]);
}

static void check_refused(VinStream *stream, const ExportRig *rig, const ExportRig *second)
{
    VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 48, .height = 36};
    const VinDmabuf good = place(rig, &frame);
    VinDmabuf bad = good;
    guint64 size = 0;

    pretend_formats(luma_only);
    refuse(stream, &frame, &good, VIN_ERROR_UNSUPPORTED);
    pretend_formats(parts_only);
    bad.strides[1] *= 2; /* not how this modifier may lie */
    refuse(stream, &frame, &bad, VIN_ERROR_UNSUPPORTED);
    bad = good;
    bad.modifier = PRETENDED_MODIFIER + 1; /* listed, but not to be copied from */
    refuse(stream, &frame, &bad, VIN_ERROR_UNSUPPORTED);
    bad = good;
    g_assert_true(vin_vk_handle_size(rig->fd, &size, NULL));
    bad.offsets[1] = size / 256 * 256; /* the plane's end lies outside */
    refuse(stream, &frame, &bad, VIN_ERROR_UNSUPPORTED);
    bad.offsets[1] = G_MAXUINT64;
    refuse(stream, &frame, &bad, VIN_ERROR_INVALID);
    bad = good;
    bad.fds[0] = closed_descriptor();
    refuse(stream, &frame, &bad, VIN_ERROR_INVALID);
    bad = good;
    bad.n_planes = 1;
    refuse(stream, &frame, &bad, VIN_ERROR_INVALID);

    pretend_formats(whole_only);
    bad = good;
    bad.fds[1] = second->fd;
    refuse(stream, &frame, &bad, VIN_ERROR_UNSUPPORTED);
    frame.format = VIN_FORMAT_YUY2; /* has no image here */
    bad.n_planes = 1;
    refuse(stream, &frame, &bad, VIN_ERROR_UNSUPPORTED);
    pretend_formats(parts_only);
    frame.format = VIN_FORMAT_NV12;
    check_same(stream, frame, &good, rig, second);
}

static guint n_listed(VinFormat format, const VkFormat *formats)
{
    guint n = 0;
    g_autofree guint64 *modifiers = NULL;

    pretend_formats(formats);
    modifiers = vin_device_get_dmabuf_modifiers(rig_device, format, &n);
    g_assert_cmpuint(n, >=, 1);
    g_assert_cmpuint(modifiers[0], ==, VIN_DMABUF_LINEAR);
    if (n > 1) {
        g_assert_cmpuint(modifiers[1], ==, PRETENDED_MODIFIER);
    }
    return n;
}

static void test_list(void)
{
    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    if ((vin_device_get_caps(rig_device)->bits & VIN_CAP_EXTERNAL_FD) == 0) {
        g_test_skip("the driver lacks VK_KHR_external_memory_fd");
        return;
    }
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV12, whole_only), ==, 2);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV12, parts_only), ==, 2);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV12, all), ==, 2);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV12, luma_only), ==, 1);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV12, NULL), ==, 1);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV21, whole_only), ==, 1);
    g_assert_cmpuint(n_listed(VIN_FORMAT_NV21, parts_only), ==, 2);
    g_assert_cmpuint(n_listed(VIN_FORMAT_BGRX, all), ==, 2);
    g_assert_cmpuint(n_listed(VIN_FORMAT_YUY2, all), ==, 1);
}

int main(int argc, char **argv)
{
    static const Check rgb = check_rgb, parts = check_parts, whole = check_whole,
                       refused = check_refused;

    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/arrangement/list", test_list);
    g_test_add_data_func("/arrangement/rgb", &rgb, run);
    g_test_add_data_func("/arrangement/parts", &parts, run);
    g_test_add_data_func("/arrangement/whole", &whole, run);
    g_test_add_data_func("/arrangement/refused", &refused, run);
    return rig_run();
}
