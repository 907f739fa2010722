/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames whose planes lie in Vulkan images. The part that is needed is copied into the slot's
 * upload buffer as if the CPU had put it there, so all that follows is the same. The copy is a
 * submission of its own, made at once: the images are free again after it, whatever the rest
 * waits for.
 */
#include "engine/images.h"

#include "base/error.h"
#include "base/frame.h"
#include "engine/stream.h"
#include "vk/image.h"

typedef struct {
    const VinFrame *frame;
    VinVulkanPlane *planes;
    guint n_planes;
} Images;

/* Rows of the frame's field are every second one of the image. */
static VinVkImageWindow image_window(const VinFrame *frame, const VinPlaneWindow *window,
                                     guint plane)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    const gboolean is_packed = format->samples == VIN_SAMPLES_PACKED;
    const gboolean is_field = frame->field != VIN_FIELD_BOTH;

    return (VinVkImageWindow){
        .first_row = is_field ? 2 * window->first_row + (frame->field == VIN_FIELD_BOTTOM)
                              : window->first_row,
        .n_rows = window->n_rows,
        .row_step = is_field ? 2 : 1,
        .first_byte = window->first_byte,
        .row_bytes = window->row_bytes,
        .pixel_bytes = format->bytes[plane] >> (is_packed ? format->x_shift[plane] : 0),
        .offset = window->offset,
    };
}

gboolean vin_images_fill(VinSlot *slot, const VinPlaneWindow windows[3], const VinFrame *frame,
                         VinVulkanPlane *planes, guint n_planes, GError **error)
{
    VinVkImageWindow parts[VIN_MAX_IMAGE_PLANES];

    for (guint i = 0; i < n_planes; i++) {
        parts[i] = image_window(frame, &windows[i], i);
    }
    if (!vin_vk_image_check(planes, parts, n_planes, error) ||
        !vin_slot_begin_fill(slot, error)) {
        return FALSE;
    }
    vin_vk_image_record(&slot->fill, planes, parts, n_planes, &slot->upload);
    return vin_vk_command_end(&slot->fill, error) &&
           vin_vk_image_submit(&slot->fill, planes, n_planes, error);
}

static gboolean fill(VinSlot *slot, const VinPlaneWindow windows[3], gpointer data, GError **error)
{
    const Images *images = data;

    return vin_images_fill(slot, windows, images->frame, images->planes, images->n_planes, error);
}

gboolean vin_stream_submit_vulkan(VinStream *stream, const VinFrame *frame, VinVulkanPlane *planes,
                                  guint n_planes, VinTicket *ticket, GError **error)
{
    Images images = {.frame = frame, .planes = planes, .n_planes = n_planes};
    const VinFrameSource source = {.fill = fill, .data = &images};

    g_return_val_if_fail(stream != NULL && frame != NULL && ticket != NULL, FALSE);
    g_return_val_if_fail(planes != NULL, FALSE);
    if (!vin_frame_check_shape(frame, error)) {
        return FALSE;
    }
    if (n_planes != vin_format_n_planes(frame->format)) {
        return vin_fail(error, VIN_ERROR_INVALID, "%u planes of images; %s has %u", n_planes,
                        vin_format_name(frame->format), vin_format_n_planes(frame->format));
    }
    return vin_stream_submit_from(stream, frame, &source, ticket, error);
}
