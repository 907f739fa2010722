/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line of caps, then numbers of 32 bits: bytes of memory, crop, offsets and strides. The caps
 * become a VinFrame over memory of just that size, and what is accepted is read to its last byte.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <vkinception/gst-frame.h>

#include "base/frame.h"
#include "engine/upload.h"

#define MAX_MEMORY (1 << 20)

typedef struct {
    const uint8_t *data;
    size_t size;
} Numbers;

static gint32 take(Numbers *numbers)
{
    gint32 value = 0;
    const size_t n = MIN(numbers->size, sizeof value);

    memcpy(&value, numbers->data, n);
    numbers->data += n;
    numbers->size -= n;
    return value;
}

static GstBuffer *make_buffer(const GstVideoInfo *info, Numbers *numbers)
{
    const gint32 wanted = take(numbers);
    const gsize size = wanted > 0 ? (gsize)wanted % MAX_MEMORY + 1
                                  : MIN(GST_VIDEO_INFO_SIZE(info), MAX_MEMORY);
    GstBuffer *buffer = gst_buffer_new_wrapped(g_malloc0(size), size);
    const gboolean has_crop = numbers->size > 0, has_meta = numbers->size > 16;

    if (has_crop) {
        GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);

        crop->x = (guint)take(numbers);
        crop->y = (guint)take(numbers);
        crop->width = (guint)take(numbers);
        crop->height = (guint)take(numbers);
    }
    if (has_meta) {
        gsize offsets[GST_VIDEO_MAX_PLANES] = {0};
        gint strides[GST_VIDEO_MAX_PLANES] = {0};

        for (guint i = 0; i < GST_VIDEO_INFO_N_PLANES(info); i++) {
            offsets[i] = (gsize)(guint32)take(numbers);
            strides[i] = take(numbers);
        }
        gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE,
                                       GST_VIDEO_INFO_FORMAT(info),
                                       (guint)GST_VIDEO_INFO_WIDTH(info),
                                       (guint)GST_VIDEO_INFO_HEIGHT(info),
                                       GST_VIDEO_INFO_N_PLANES(info), offsets, strides);
    }
    return buffer;
}

/* Everything of the frame's picture is read. */
static void upload(const VinFrame *frame)
{
    GError *error = NULL;
    g_autofree guint8 *copy = g_malloc(4 * MAX_MEMORY);
    VinFrameLayout layout;

    if (!vin_frame_check(frame, &error) ||
        !vin_preprocess_layout(frame, NULL, NULL, &layout, &error) ||
        !vin_upload_planes(frame, &layout, copy, 4 * MAX_MEMORY, &error)) {
        fuzz_check_error(error);
    }
}

static void use_info(const GstVideoInfo *info, Numbers *numbers)
{
    GstBuffer *buffer;
    GstVideoFrame mapped;
    GError *error = NULL;
    VinFrame frame;

    if (!vin_frame_from_gst_info(&frame, info, &error)) {
        fuzz_check_error(error);
        return;
    }
    g_assert(vin_frame_check_shape(&frame, NULL));
    buffer = make_buffer(info, numbers);
    if (gst_video_frame_map(&mapped, info, buffer, GST_MAP_READ)) {
        if (vin_frame_from_gst(&frame, &mapped, &error)) {
            upload(&frame);
        } else {
            fuzz_check_error(error);
        }
        gst_video_frame_unmap(&mapped);
    }
    gst_buffer_unref(buffer);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    setenv("GST_REGISTRY_DISABLE", "yes", 1);
    setenv("GST_DEBUG", "none", 1);
    gst_init(NULL, NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t n_text = end != NULL ? (size_t)(end - data) : size;
    g_autofree char *text = g_strndup((const char *)data, n_text);
    Numbers numbers = {data + n_text, size - n_text};
    GstCaps *caps = gst_caps_from_string(text);
    GstVideoInfo info;

    if (end != NULL) {
        numbers = (Numbers){end + 1, size - n_text - 1};
    }
    if (caps == NULL) {
        return 0;
    }
    if (gst_caps_is_fixed(caps) && gst_video_info_from_caps(&info, caps)) {
        use_info(&info, &numbers);
    }
    gst_caps_unref(caps);
    return 0;
}
