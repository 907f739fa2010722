/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in Vulkan images: byte for byte the same in the upload buffer, and bit for bit the same
 * scores, as the same frame in system memory; layouts, semaphores, and what is refused.
 */
#include <string.h>

#include "base/frame.h"
#include "engine/upload.h"
#include "engine_rig.h"
#include "image_rig.h"
#include "kernels/preprocess.h"

#define READ_ONLY VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL
#define GENERAL VK_IMAGE_LAYOUT_GENERAL
#define SRC VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL
#define DST VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL
#define COMPUTED VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT
#define DRAWN VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT, VK_ACCESS_SHADER_READ_BIT
#define COPIED VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT
#define FILLED VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT

static const ImageKind kinds[] = {
    {"nv12", VIN_FORMAT_NV12, {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM}, READ_ONLY, COMPUTED},
    {"nv21", VIN_FORMAT_NV21, {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM}, DST, FILLED},
    {"nv12-one", VIN_FORMAT_NV12, {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM}, GENERAL, COPIED},
    {"i420-one", VIN_FORMAT_I420, {VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM}, READ_ONLY, DRAWN},
    {"i420", VIN_FORMAT_I420, {VK_FORMAT_R8_UNORM, VK_FORMAT_R8_UNORM, VK_FORMAT_R8_UNORM}, SRC,
     COPIED},
    {"p010", VIN_FORMAT_P010_10LE, {VK_FORMAT_R16_UNORM, VK_FORMAT_R16G16_UNORM}, GENERAL,
     COMPUTED},
    {"bgra", VIN_FORMAT_BGRA, {VK_FORMAT_B8G8R8A8_UNORM}, READ_ONLY, DRAWN},
    {"bgra-srgb", VIN_FORMAT_BGRA, {VK_FORMAT_B8G8R8A8_SRGB}, READ_ONLY, COMPUTED},
    {"rgba-srgb", VIN_FORMAT_RGBA, {VK_FORMAT_R8G8B8A8_SRGB}, DST, FILLED},
    {"rgba", VIN_FORMAT_RGBA, {VK_FORMAT_R8G8B8A8_UNORM}, GENERAL, COMPUTED},
    {"rgbx", VIN_FORMAT_RGBX, {VK_FORMAT_R8G8B8A8_UNORM}, SRC, COPIED},
    {"bgrx", VIN_FORMAT_BGRX, {VK_FORMAT_B8G8R8A8_UNORM}, DST, FILLED},
    {"xrgb", VIN_FORMAT_XRGB, {VK_FORMAT_R8G8B8A8_UNORM}, READ_ONLY, DRAWN},
    {"argb", VIN_FORMAT_ARGB, {VK_FORMAT_R8G8B8A8_UNORM}, READ_ONLY, COMPUTED},
    {"abgr", VIN_FORMAT_ABGR, {VK_FORMAT_R8G8B8A8_UNORM}, GENERAL, COPIED},
    {"yuy2", VIN_FORMAT_YUY2, {VK_FORMAT_R8G8_UNORM}, DST, FILLED},
    {"yuy2-blocks", VIN_FORMAT_YUY2, {VK_FORMAT_G8B8G8R8_422_UNORM}, READ_ONLY, COMPUTED},
    {"uyvy", VIN_FORMAT_UYVY, {VK_FORMAT_R8G8_UNORM}, READ_ONLY, DRAWN},
};

static const VinFrame shapes[] = {
    {.width = 64, .height = 48},
    {.width = 37, .height = 29}, /* odd */
    {.width = 64, .height = 48, .crop_x = 13, .crop_y = 7, .crop_width = 31, .crop_height = 22},
    {.width = 37, .height = 29, .crop_x = 36, .crop_y = 28}, /* one pixel */
    {.width = 40, .height = 31, .field = VIN_FIELD_TOP, .turn = VIN_TURN_90},
    {.width = 64, .height = 48, .field = VIN_FIELD_BOTTOM, .crop_x = 5, .crop_y = 3},
    {.width = 50, .height = 34, .turn = VIN_TURN_MIRROR_270, .crop_width = 21},
};

/* Images of subsampled formats have even sides. */
static gboolean fits(const ImageKind *kind, const VinFrame *shape)
{
    const gboolean is_one = kind->images[0] >= VK_FORMAT_G8B8G8R8_422_UNORM;

    return !is_one || (shape->width % 2 == 0 && shape->height % 2 == 0);
}

static VinStream *open_stream(VinEngine **engine)
{
    const VinEngineParams params = {.all_scores = TRUE, .disable_warm_up = TRUE};

    *engine = rig_engine_or_skip(&params);
    return *engine != NULL ? rig_stream(*engine) : NULL;
}

static void collect(VinStream *stream, VinTicket ticket, float scores[RIG_N_CLASSES])
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    vin_stream_collect(stream, ticket, &result, &error);
    g_assert_no_error(error);
    memcpy(scores, result.scores, RIG_N_CLASSES * sizeof *scores);
}

static void submit_images(VinStream *stream, ImageRig *rig, float scores[RIG_N_CLASSES])
{
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    vin_stream_submit_vulkan(stream, &rig->frame, rig->planes, rig->n_planes, &ticket, &error);
    g_assert_no_error(error);
    collect(stream, ticket, scores);
}

static void submit_memory(VinStream *stream, const VinFrame *frame, float scores[RIG_N_CLASSES])
{
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    vin_stream_submit(stream, frame, &ticket, &error);
    g_assert_no_error(error);
    collect(stream, ticket, scores);
}

/* Images, memory, images of another picture between them, twice: nothing is left of what the slot
 * had before, and the images are as they were. */
static void test_scores(gconstpointer data)
{
    const ImageKind *kind = data;
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = open_stream(&engine);
    guint n_tried = 0;

    for (guint i = 0; stream != NULL && i < G_N_ELEMENTS(shapes); i++) {
        float first[RIG_N_CLASSES], expected[RIG_N_CLASSES], other[RIG_N_CLASSES];
        g_auto(ImageRig) rig = {0};
        g_auto(ImageRig) another = {0};

        if (!fits(kind, &shapes[i]) ||
            !image_rig_open(&rig, rig_device, kind, &shapes[i], 100 + i) ||
            !image_rig_open(&another, rig_device, kind, &shapes[i], 200 + i)) {
            continue;
        }
        n_tried++;
        submit_images(stream, &rig, first);
        submit_memory(stream, &rig.frame, expected);
        g_assert_cmpmem(first, sizeof first, expected, sizeof expected);
        submit_images(stream, &another, other);
        g_assert_cmpint(memcmp(other, expected, sizeof other), !=, 0);
        submit_images(stream, &rig, first);
        g_assert_cmpmem(first, sizeof first, expected, sizeof expected);
        g_assert_cmpint(rig.planes[0].layout, ==, kind->layout);
        g_assert_cmpuint(rig.planes[0].stage & VK_PIPELINE_STAGE_TRANSFER_BIT, !=, 0);
    }
    if (stream != NULL && n_tried == 0) {
        g_test_skip("the device has no images of these formats");
    }
}

/* The windows that the engine copies, from the frame's own layout. */
static gsize find_windows(const VinFrame *frame, VinVkImageWindow windows[3])
{
    const gboolean is_field = frame->field != VIN_FIELD_BOTH;
    g_autoptr(GError) error = NULL;
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    VinFrameLayout layout;
    const VinPlaneWindow *parts = layout.planes;

    vin_preprocess_layout(frame, NULL, NULL, &layout, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 3; i++) {
        windows[i] = (VinVkImageWindow){
            .first_row = parts[i].first_row * (is_field ? 2 : 1) +
                         (frame->field == VIN_FIELD_BOTTOM ? 1 : 0),
            .n_rows = parts[i].n_rows,
            .row_step = is_field ? 2 : 1,
            .first_byte = parts[i].first_byte,
            .row_bytes = parts[i].row_bytes,
            .pixel_bytes = format->bytes[i] >> (format->n_planes == 1 ? format->x_shift[0] : 0),
            .offset = parts[i].offset};
    }
    return layout.bytes;
}

/* What the copy left in a buffer that was all 0xa5, padding and a tail included. */
static void check_bytes(ImageRig *rig)
{
    VinVkImageWindow windows[3];
    const gsize bytes = find_windows(&rig->frame, windows);
    const gsize size = bytes + 64;
    VinFrameLayout layout;
    g_autofree guint8 *expected = g_malloc(size);
    g_autofree guint8 *got = g_malloc(size);
    g_auto(VinVkBuffer) buffer = {0};
    g_auto(VinVkCommand) command = {0};
    g_autoptr(GError) error = NULL;

    memset(expected, 0xa5, size);
    vin_vk_buffer_init(&buffer, rig->device, size, VIN_BUFFER_DEVICE, &error);
    g_assert_no_error(error);
    vin_vk_buffer_write(&buffer, 0, expected, size, &error);
    g_assert_no_error(error);
    vin_preprocess_layout(&rig->frame, NULL, NULL, &layout, &error);
    g_assert_no_error(error);
    vin_upload_planes(&rig->frame, &layout, expected, size, &error);
    g_assert_no_error(error);
    vin_vk_image_check(rig->planes, windows, rig->n_planes, &error);
    g_assert_no_error(error);
    vin_vk_command_init(&command, rig->device, 0, &error);
    g_assert_no_error(error);
    vin_vk_command_begin(&command, &error);
    g_assert_no_error(error);
    vin_vk_image_record(&command, rig->planes, windows, rig->n_planes, &buffer);
    vin_vk_command_end(&command, &error);
    g_assert_no_error(error);
    vin_vk_image_submit(&command, rig->planes, rig->n_planes, &error);
    g_assert_no_error(error);
    vin_vk_command_wait(&command, &error);
    g_assert_no_error(error);
    vin_vk_buffer_read(&buffer, 0, got, size, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(got, size, expected, size);
}

static void test_bytes(gconstpointer data)
{
    const ImageKind *kind = data;
    guint n_tried = 0;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_auto(ImageRig) rig = {0};

        if (fits(kind, &shapes[i]) &&
            image_rig_open(&rig, rig_device, kind, &shapes[i], 300 + i)) {
            n_tried++;
            check_bytes(&rig);
        }
    }
    if (n_tried == 0) {
        g_test_skip("the device has no images of these formats");
    }
}

static VkSemaphore make_semaphore(guint64 value)
{
    const VkSemaphoreTypeCreateInfo type = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
        .initialValue = value,
    };
    const VkSemaphoreCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
        .pNext = &type,
    };
    VkSemaphore semaphore = VK_NULL_HANDLE;

    g_assert_cmpint(vkCreateSemaphore(vin_device_vk(rig_device), &info, NULL, &semaphore), ==,
                    VK_SUCCESS);
    return semaphore;
}

static void signal_semaphore(VkSemaphore semaphore, guint64 value)
{
    const VkSemaphoreSignalInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO,
        .semaphore = semaphore,
        .value = value,
    };

    g_assert_cmpint(vkSignalSemaphore(vin_device_vk(rig_device), &info), ==, VK_SUCCESS);
}

static guint64 semaphore_value(VkSemaphore semaphore)
{
    guint64 value = 0;

    g_assert_cmpint(vkGetSemaphoreCounterValue(vin_device_vk(rig_device), semaphore, &value), ==,
                    VK_SUCCESS);
    return value;
}

/* It may come a little later than the fence of the same submission. */
static void expect_value(VkSemaphore semaphore, guint64 value)
{
    const VkSemaphoreWaitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
        .semaphoreCount = 1,
        .pSemaphores = &semaphore,
        .pValues = &value,
    };

    g_assert_cmpint(vkWaitSemaphores(vin_device_vk(rig_device), &info, 5000000000), ==,
                    VK_SUCCESS);
    g_assert_cmpuint(semaphore_value(semaphore), ==, value);
}

/* Nothing is read before the semaphore has its value; afterwards it has the other one. */
static void check_semaphores(VinStream *stream, ImageRig *rig, VkSemaphore semaphores[2])
{
    float expected[RIG_N_CLASSES], got[RIG_N_CLASSES];
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    submit_memory(stream, &rig->frame, expected);
    for (guint round = 0; round < 3; round++) {
        const guint64 wait_value = rig->planes[0].wait_value;

        vin_stream_submit_vulkan(stream, &rig->frame, rig->planes, rig->n_planes, &ticket, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(rig->planes[0].wait_value, ==, wait_value + 1);
        g_assert_cmpuint(rig->planes[0].signal_value, ==, wait_value + 2);
        if (round == 0) { /* later ones wait for what the one before has set */
            g_assert_false(vin_stream_wait(stream, ticket, 20000000));
            g_assert_false(vin_stream_wait_read(stream, ticket, 0));
            signal_semaphore(semaphores[1], rig->planes[1].wait_value - 1);
            g_assert_false(vin_stream_wait(stream, ticket, 20000000));
            g_assert_cmpuint(semaphore_value(semaphores[0]), ==, 5);
            signal_semaphore(semaphores[0], wait_value);
        }
        g_assert_true(vin_stream_wait_read(stream, ticket, G_MAXUINT64));
        expect_value(semaphores[0], wait_value + 1);
        collect(stream, ticket, got);
        g_assert_true(vin_stream_wait_read(stream, ticket, 0)); /* is none any more */
        g_assert_cmpmem(got, sizeof got, expected, sizeof expected);
    }
}

static void test_semaphores(void)
{
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = open_stream(&engine);
    g_auto(ImageRig) rig = {0};
    VkSemaphore semaphores[2];

    if (stream == NULL) {
        return;
    }
    if ((vin_device_get_caps(rig_device)->bits & VIN_CAP_TIMELINE) == 0) {
        g_test_skip("the device has no timeline semaphores");
        return;
    }
    g_assert_true(image_rig_open(&rig, rig_device, &kinds[0], &shapes[0], 1));
    for (guint i = 0; i < 2; i++) {
        semaphores[i] = make_semaphore(5);
        rig.planes[i].semaphore = semaphores[i];
        rig.planes[i].wait_value = 7;
        rig.planes[i].signal_value = 8;
    }
    check_semaphores(stream, &rig, semaphores);
    for (guint i = 0; i < 2; i++) {
        vkDestroySemaphore(vin_device_vk(rig_device), semaphores[i], NULL);
    }
}

static void refuse(VinStream *stream, const ImageRig *rig, const VinVulkanPlane *planes, guint n,
                   const char *message)
{
    g_autofree char *pattern = g_strdup_printf("*%s*", message);
    g_autoptr(GError) error = NULL;
    VinVulkanPlane given[4] = {{0}};
    VinTicket ticket = 0;

    memcpy(given, planes, 3 * sizeof *given);
    g_assert_false(vin_stream_submit_vulkan(stream, &rig->frame, given, n, &ticket, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_true(g_pattern_match_simple(pattern, error->message));
    g_assert_cmpmem(given, 3 * sizeof *given, planes, 3 * sizeof *planes);
    g_assert_cmpuint(vin_stream_get_n_free(stream), ==, 2);
}

static void test_refused(void)
{
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = open_stream(&engine);
    g_auto(ImageRig) rig = {0};
    VinVulkanPlane planes[3];

    if (stream == NULL) {
        return;
    }
    g_assert_true(image_rig_open(&rig, rig_device, &kinds[0], &shapes[0], 1));
#define REFUSE(change, message)                                                                \
    memcpy(planes, rig.planes, sizeof planes);                                                 \
    change;                                                                                    \
    refuse(stream, &rig, planes, 2, message)
    REFUSE(planes[1].image = VK_NULL_HANDLE, "plane 1 has no image");
    REFUSE(planes[0].usage = VK_IMAGE_USAGE_SAMPLED_BIT, "plane 0*TRANSFER_SRC (usage 0x4)");
    REFUSE(planes[1].layout = VK_IMAGE_LAYOUT_UNDEFINED, "plane 1*UNDEFINED");
    REFUSE(planes[1].format = VK_FORMAT_R8G8B8A8_UNORM, "plane 1*VkFormat 37*2 bytes a pixel");
    REFUSE(planes[0].format = VK_FORMAT_D16_UNORM, "plane 0: aspect 0x1*124; *1 byte a pixel");
    REFUSE(planes[0].aspect = VK_IMAGE_ASPECT_PLANE_0_BIT, "plane 0: aspect 0x10");
    REFUSE(planes[0].width = 63, "63 x 48*63 bytes*up to byte 63 of row 47");
    REFUSE(planes[1].height = 23, "plane 1*32 x 23*up to byte 63 of row 23");
    REFUSE((planes[1].semaphore = (VkSemaphore)1, planes[1].wait_value = 3,
            planes[1].signal_value = 3), "from 3 to 3");
#undef REFUSE
    refuse(stream, &rig, rig.planes, 1, "1 planes of images; NV12 has 2");
    refuse(stream, &rig, rig.planes, 3, "3 planes of images; NV12 has 2");
    rig.frame.crop_x = 64;
    refuse(stream, &rig, rig.planes, 2, "crop");
}

/* Milliseconds of a frame, to its result; and of them those in the submitting call. */
static double time_frame(VinStream *stream, ImageRig *rig, gboolean is_image, double *submitting)
{
    gint64 start, submitted, best = G_MAXINT64, best_submit = G_MAXINT64;
    float scores[RIG_N_CLASSES];
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    for (guint i = 0; i < 40; i++) {
        start = g_get_monotonic_time();
        if (is_image) {
            vin_stream_submit_vulkan(stream, &rig->frame, rig->planes, rig->n_planes, &ticket,
                                     &error);
        } else {
            vin_stream_submit(stream, &rig->frame, &ticket, &error);
        }
        g_assert_no_error(error);
        submitted = g_get_monotonic_time();
        collect(stream, ticket, scores);
        best = MIN(best, g_get_monotonic_time() - start);
        best_submit = MIN(best_submit, submitted - start);
    }
    *submitting = (double)best_submit / 1000;
    return (double)best / 1000;
}

static void bench(void)
{
    const VinFrame shape = {.width = 1920, .height = 1080};
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = open_stream(&engine);
    g_auto(ImageRig) rig = {0};

    if (stream == NULL) {
        return;
    }
    g_assert_true(image_rig_open(&rig, rig_device, &kinds[0], &shape, 1));
    for (guint is_image = 0; is_image < 2; is_image++) {
        double submitting;
        const double all = time_frame(stream, &rig, is_image != 0, &submitting);

        g_test_minimized_result(all, "1920x1080 NV12 in %s: %.2f ms, %.2f of them submitting",
                                is_image ? "images" : "system memory", all, submitting);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *bytes = g_strconcat("/images/bytes/", kinds[i].name, NULL);
        g_autofree char *scores = g_strconcat("/images/scores/", kinds[i].name, NULL);

        g_test_add_data_func(bytes, &kinds[i], test_bytes);
        g_test_add_data_func(scores, &kinds[i], test_scores);
    }
    g_test_add_func("/images/semaphores", test_semaphores);
    g_test_add_func("/images/refused", test_refused);
    if (g_test_perf()) {
        g_test_add_func("/bench/images", bench);
    }
    return rig_run();
}
