/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinGpu: frames that lie in Vulkan images (memory:VulkanImage). Shares instance, device and queue
 * with the neighbours by GstContext (gpu_context.c), and submits a buffer's images, which the CPU
 * does not touch (gpu.c). Called by the element:
 *
 *     at init           gpu = vin_gpu_new(element)
 *     set_context()     vin_gpu_set_context(gpu, context), then the parent class's
 *     query, both pads  GST_QUERY_CONTEXT: if vin_gpu_handle_context_query(gpu, query) return TRUE
 *     READY -> PAUSED   device = vin_gpu_device_early(gpu, sink pad)
 *     caps              vin_gpu_is_image(caps)? then device = vin_gpu_device(gpu, &error)
 *     a buffer          vin_frame_from_gst_buffer(&frame, &info, buffer, &error);
 *                       vin_gpu_submit(gpu, stream, buffer, &frame, &ticket, &error)
 *     PAUSED -> READY   vin_gpu_stop(gpu), or vin_gpu_forget(gpu)
 *
 * Without gstreamer-vulkan-1.0 the pad templates offer no such memory, so that nothing else is ever
 * asked.
 */
#ifndef VIN_PLUGIN_GPU_H
#define VIN_PLUGIN_GPU_H

#include "compat.h"

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

typedef struct _VinGpu VinGpu;

#if VIN_WITH_VULKAN_MEMORY

/* What vulkanupload and its like give: a structure of caps to put behind VIN_GST_CAPS in a pad
 * template. */
#define VIN_GPU_CAPS                                                                           \
    "; video/x-raw(memory:VulkanImage), format = (string) { NV12, NV21, BGRA, RGBA, BGRx, "     \
    "RGBx, xRGB, ARGB, ABGR, YUY2, UYVY }, width = (int) [ 1, 16384 ], "                        \
    "height = (int) [ 1, 16384 ], framerate = (fraction) [ 0, max ]"

/* @element owns the VinGpu, and is not referenced. Opens nothing. */
VinGpu *vin_gpu_new(GstElement *element);
/* NULL is welcome. */
void vin_gpu_free(VinGpu *gpu);
/* The stream is over; contexts from now on may be others. Until there are, the device stays what it
 * was: vulkanupload, up to 1.28 at least, keeps pools of the old device when it starts again, so
 * that it has to get the same one, from us. */
void vin_gpu_stop(VinGpu *gpu);
/* The same, when the device is lost: the next start may not have it. */
void vin_gpu_forget(VinGpu *gpu);

/* Any thread. */
void vin_gpu_set_context(VinGpu *gpu, GstContext *context);
/* TRUE when @query, a GST_QUERY_CONTEXT, asked for something of Vulkan that we have, and was
 * answered. Any thread. */
gboolean vin_gpu_handle_context_query(VinGpu *gpu, GstQuery *query);

/* TRUE for caps with the feature memory:VulkanImage. */
gboolean vin_gpu_is_image(const GstCaps *caps);

/* The device of the pipeline: of the neighbours, else of a bin or the application. All elements
 * that share it get the same VinDevice, so that vin_engine_open() shares, too. NULL with an error
 * of VIN_ERROR. Streaming thread. (transfer full) */
VinDevice *vin_gpu_device(VinGpu *gpu, GError **error);

/* The same before there are caps, where nothing but images can come to @sink, so that nothing need
 * be opened twice: when nobody has a device yet, one is made, and the neighbours take it. NULL: not
 * known, or not to be had. From READY to PAUSED. (transfer full) */
VinDevice *vin_gpu_device_early(VinGpu *gpu, GstPad *sink);

/* As vin_stream_submit() of a frame in @buffer's images; @stream runs on vin_gpu_device()'s. The
 * barrier state in the memories is kept right. @buffer is to be kept until the ticket was
 * collected, or forgotten and done. May be called again for the same buffer, with another crop. */
gboolean vin_gpu_submit(VinGpu *gpu, VinStream *stream, GstBuffer *buffer, const VinFrame *frame,
                        VinTicket *ticket, GError **error);

/* TRUE: who is before us fills the next frame over this one when it has its thread back, so that
 * it may have it only when the device has read the frame. vin_gpu_submit() sees to that; a frame
 * that is not submitted has to be gone downstream first. */
gboolean vin_gpu_is_hasty(VinGpu *gpu);

/* TRUE: who is before us gets video of these caps wrong, as vulkanupload before 1.28.3 does where
 * rows of a plane have padding. After vin_gpu_device(). */
gboolean vin_gpu_is_sheared(VinGpu *gpu, const GstVideoInfo *info);

#else

#define VIN_GPU_CAPS ""

static inline VinGpu *vin_gpu_new(GstElement *element)
{
    return NULL;
}

static inline void vin_gpu_free(VinGpu *gpu)
{
}

static inline void vin_gpu_stop(VinGpu *gpu)
{
}

static inline void vin_gpu_forget(VinGpu *gpu)
{
}

static inline void vin_gpu_set_context(VinGpu *gpu, GstContext *context)
{
}

static inline gboolean vin_gpu_handle_context_query(VinGpu *gpu, GstQuery *query)
{
    return FALSE;
}

static inline gboolean vin_gpu_is_image(const GstCaps *caps)
{
    return FALSE;
}

/* Never called: no caps are an image's. */
static inline VinDevice *vin_gpu_device(VinGpu *gpu, GError **error)
{
    g_return_val_if_reached(NULL);
}

static inline VinDevice *vin_gpu_device_early(VinGpu *gpu, GstPad *sink)
{
    return NULL;
}

static inline gboolean vin_gpu_is_hasty(VinGpu *gpu)
{
    return FALSE;
}

static inline gboolean vin_gpu_is_sheared(VinGpu *gpu, const GstVideoInfo *info)
{
    return FALSE;
}

static inline gboolean vin_gpu_submit(VinGpu *gpu, VinStream *stream, GstBuffer *buffer,
                                      const VinFrame *frame, VinTicket *ticket, GError **error)
{
    g_return_val_if_reached(FALSE);
}

#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinGpu, vin_gpu_free)

#endif
