/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Caps and buffers of memory:DMABuf. A GstVideoMeta comes from another element and may be wrong:
 * where a plane lies is checked against its memory here, and against the dma-buf in the library.
 */
#include "dmabuf.h"

#include "report.h"

#include <gst/allocators/gstdmabuf.h>
#include <string.h>
#include <vkinception/gst-frame.h>

#if VIN_WITH_DMA_DRM
#include <gst/video/video-info-dma.h>
#endif

gboolean vin_dmabuf_is_caps(const GstCaps *caps)
{
    const GstCapsFeatures *features =
        gst_caps_is_empty(caps) || gst_caps_is_any(caps) ? NULL : gst_caps_get_features(caps, 0);

    return features != NULL &&
           gst_caps_features_contains(features, GST_CAPS_FEATURE_MEMORY_DMABUF);
}

#if VIN_WITH_DMA_DRM

/* One entry of the drm-format list for each way in which pixels of @format may be arranged. */
static void append_drm_formats(VinDevice *device, const char *format, GValue *list)
{
    const guint32 fourcc =
        gst_video_dma_drm_fourcc_from_format(gst_video_format_from_string(format));
    guint n = 0;
    g_autofree guint64 *modifiers =
        vin_device_get_dmabuf_modifiers(device, vin_format_from_name(format), &n);

    for (guint i = 0; i < MAX(n, 1); i++) {
        g_auto(GValue) entry = G_VALUE_INIT;
        char *text = fourcc == 0 ? NULL
                                 : gst_video_dma_drm_fourcc_to_string(
                                       fourcc, i < n ? modifiers[i] : VIN_DMABUF_LINEAR);

        if (text != NULL) {
            g_value_init(&entry, G_TYPE_STRING);
            g_value_take_string(&entry, text);
            gst_value_list_append_value(list, &entry);
        }
    }
}

static void list_drm_formats(VinDevice *device, GstStructure *structure)
{
    g_autoptr(GstCaps) plain = gst_caps_from_string(VIN_DMABUF_PLAIN_CAPS + strlen("; "));
    const GValue *formats = gst_structure_get_value(gst_caps_get_structure(plain, 0), "format");
    g_auto(GValue) list = G_VALUE_INIT;

    g_value_init(&list, GST_TYPE_LIST);
    for (guint i = 0; i < gst_value_list_get_size(formats); i++) {
        append_drm_formats(device, g_value_get_string(gst_value_list_get_value(formats, i)),
                           &list);
    }
    gst_structure_set_value(structure, "drm-format", &list);
}

/* The plain caps that would be those of @caps in system memory; NULL for a format that is not
 * taken. */
static GstCaps *plain_caps(const GstCaps *caps, guint64 *modifier, GError **error)
{
    const char *drm_format =
        gst_structure_get_string(gst_caps_get_structure(caps, 0), "drm-format");
    const guint32 fourcc =
        drm_format != NULL ? gst_video_dma_drm_fourcc_from_string(drm_format, modifier) : 0;
    const GstVideoFormat format =
        fourcc != 0 ? gst_video_dma_drm_fourcc_to_format(fourcc) : GST_VIDEO_FORMAT_UNKNOWN;
    GstCaps *plain;

    if (format == GST_VIDEO_FORMAT_UNKNOWN) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "drm-format %s is not taken; that of one of %s is",
                    drm_format != NULL ? drm_format : "(none)", VIN_DMABUF_FORMATS);
        return NULL;
    }
    plain = gst_caps_copy(caps);
    gst_structure_remove_field(gst_caps_get_structure(plain, 0), "drm-format");
    gst_caps_set_simple(plain, "format", G_TYPE_STRING, gst_video_format_to_string(format), NULL);
    return plain;
}

#endif

GstCaps *vin_dmabuf_caps_for(const GstCaps *caps, VinDevice *device)
{
    GstCaps *copy = gst_caps_copy(caps);

#if VIN_WITH_DMA_DRM
    for (guint i = 0; i < gst_caps_get_size(copy); i++) {
        GstStructure *structure = gst_caps_get_structure(copy, i);

        if (g_strcmp0(gst_structure_get_string(structure, "format"), "DMA_DRM") == 0) {
            list_drm_formats(device, structure);
        }
    }
#endif
    return copy;
}

gboolean vin_dmabuf_video_from_caps(VinDmabufVideo *video, const GstCaps *caps, GError **error)
{
    g_autoptr(GstCaps) plain = NULL;

    memset(video, 0, sizeof *video);
#if VIN_WITH_DMA_DRM
    if (gst_video_is_dma_drm_caps(caps)) {
        plain = plain_caps(caps, &video->modifier, error);
        if (plain == NULL) {
            return FALSE;
        }
    }
#endif
    if (!gst_video_info_from_caps(&video->info, plain != NULL ? plain : caps)) {
        g_autofree char *text = gst_caps_to_string(caps);

        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID, "not the caps of a video: %s", text);
        return FALSE;
    }
    return TRUE;
}

/* The memory that holds @bytes of the buffer from @offset on, and where in it they are. */
static gboolean find_plane(GstBuffer *buffer, guint plane, gsize offset, gsize bytes, int *fd,
                           guint64 *fd_offset, GError **error)
{
    guint index = 0, n = 0;
    gsize skip = 0;
    GstMemory *memory;

    if (!gst_buffer_find_memory(buffer, offset, bytes, &index, &n, &skip) || n != 1) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "plane %u, %" G_GSIZE_FORMAT " bytes from byte %" G_GSIZE_FORMAT
                    " on, does not lie in one memory of a buffer of %" G_GSIZE_FORMAT " bytes",
                    plane, bytes, offset, gst_buffer_get_size(buffer));
        return FALSE;
    }
    memory = gst_buffer_peek_memory(buffer, index);
    if (!gst_is_dmabuf_memory(memory)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED,
                    "plane %u lies in memory of the type %s, no dma-buf", plane,
                    memory->allocator != NULL ? memory->allocator->mem_type : "(none)");
        return FALSE;
    }
    *fd = gst_dmabuf_memory_get_fd(memory);
    *fd_offset = memory->offset + skip;
    return TRUE;
}

/* How many bytes plane @plane takes at least; only those of linear frames are known. */
static gboolean plane_bytes(const VinDmabufVideo *video, const VinFrame *frame, guint plane,
                            gint stride, gsize *bytes, GError **error)
{
    guint row_bytes = 0, n_rows = 1;

    if (video->modifier == VIN_DMABUF_LINEAR) {
        vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes,
                              &n_rows);
    }
    if (stride < 1 || (guint)stride < row_bytes) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "plane %u of a %u x %u %s frame has a stride of %d bytes: at least %u "
                    "are needed",
                    plane, frame->width, frame->height, GST_VIDEO_INFO_NAME(&video->info), stride,
                    MAX(row_bytes, 1));
        return FALSE;
    }
    *bytes = (gsize)(n_rows - 1) * (guint)stride + MAX(row_bytes, 1);
    return TRUE;
}

gboolean vin_dmabuf_from_buffer(const VinDmabufVideo *video, GstBuffer *buffer, VinFrame *frame,
                                VinDmabuf *dmabuf, GError **error)
{
    const GstVideoInfo *info = &video->info;
    const GstVideoMeta *meta = gst_buffer_get_video_meta(buffer);

    memset(dmabuf, 0, sizeof *dmabuf);
    if (!vin_frame_from_gst_buffer(frame, info, buffer, error)) {
        return FALSE;
    }
    if (meta == NULL && video->modifier != VIN_DMABUF_LINEAR) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "a frame of the modifier 0x%016" G_GINT64_MODIFIER "x came without a "
                    "GstVideoMeta, which says where its planes lie",
                    video->modifier);
        return FALSE;
    }
    dmabuf->modifier = video->modifier;
    dmabuf->n_planes = meta != NULL ? meta->n_planes : GST_VIDEO_INFO_N_PLANES(info);
    for (guint i = 0; i < MIN(dmabuf->n_planes, GST_VIDEO_MAX_PLANES); i++) {
        const gsize offset = meta != NULL ? meta->offset[i] : GST_VIDEO_INFO_PLANE_OFFSET(info, i);
        const gint stride = meta != NULL ? meta->stride[i] : GST_VIDEO_INFO_PLANE_STRIDE(info, i);
        gsize bytes;

        if (!plane_bytes(video, frame, i, stride, &bytes, error) ||
            !find_plane(buffer, i, offset, bytes, &dmabuf->fds[i], &dmabuf->offsets[i], error)) {
            return FALSE;
        }
        dmabuf->strides[i] = (guint32)stride;
    }
    return TRUE;
}

/* Rows that lie one behind the other can be mapped, others only look as if. */
gboolean vin_dmabuf_must_map(VinDmabufVideo *video, GError *reason, GError **error)
{
    if (!g_error_matches(reason, VIN_ERROR, VIN_ERROR_UNSUPPORTED)) {
        g_propagate_error(error, reason);
        return FALSE;
    }
    if (video->modifier != VIN_DMABUF_LINEAR) {
        g_propagate_prefixed_error(error, reason,
                                   "frames in dma-bufs with the modifier 0x%016" G_GINT64_MODIFIER
                                   "x cannot be mapped, and the device does not read them; "
                                   "accepted: a linear drm-format, or system memory: ",
                                   video->modifier);
        return FALSE;
    }
    if (!video->is_mapped) {
        GST_INFO("frames in dma-bufs are mapped and copied: %s", reason->message);
    }
    video->is_mapped = TRUE;
    g_error_free(reason);
    return TRUE;
}
