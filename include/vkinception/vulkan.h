/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames that lie in Vulkan images, on a device that is somebody else's. The one public header
 * that sees Vulkan; vkinception.h does not include it.
 *
 *     device = vin_device_new_for_vulkan(&(VinVulkanDevice){.device = ...}, &error);
 *     engine = vin_engine_new(model, device, NULL, &error);
 *     stream = vin_stream_new(engine, &error);
 *     vin_stream_submit_vulkan(stream, &frame, planes, n_planes, &ticket, &error);
 */
#ifndef VKINCEPTION_VULKAN_H
#define VKINCEPTION_VULKAN_H

#include <glib.h>
#include <vkinception/device.h>
#include <vkinception/engine.h>
#include <vkinception/frame.h>
#include <vulkan/vulkan.h>

G_BEGIN_DECLS

/** VinVulkanDevice: somebody's Vulkan device, as vin_device_new_for_vulkan() has to know it.
 *  Since 0.1 */
typedef struct {
    VkInstance instance;
    VkPhysicalDevice physical_device;
    VkDevice device;
    VkQueue queue;              /* of @queue_family, which can compute */
    guint32 queue_family;
    guint32 api_version;        /* apiVersion of the instance's VkApplicationInfo; 1.1 or more */
    gboolean features_enabled;  /* every feature of Vulkan 1.0 to @api_version that the device has
                                 * was enabled; FALSE: none, and kernels that need one are not
                                 * chosen */
    const char *const *extensions; /* of the device, that were enabled */
    guint n_extensions;
    void (*lock_queue)(gpointer user_data);   /* (nullable): called around each use of @queue, */
    void (*unlock_queue)(gpointer user_data); /* in any thread */
    gpointer user_data;
    GDestroyNotify destroy;     /* (nullable): called once with @user_data when nothing of ours is
                                 * on the device any more; @device and @instance live until then */
} VinVulkanDevice;

/**
 * vin_device_new_for_vulkan: a VinDevice that works on somebody's VkDevice. That is never
 * destroyed, nor is its queue waited for as a whole.
 * @external: copied
 *
 * While a VinDevice for the same VkDevice and VkQueue is in use, that one is returned, so that all
 * who work there share.
 *
 * Returns: (transfer full): the device, or NULL with VIN_ERROR_UNSUPPORTED (older than Vulkan 1.1,
 * or a queue that cannot compute) or VIN_ERROR_DEVICE. @external's destroy is called in any case,
 * on failure before this returns. Any thread. Since 0.1
 */
VIN_API VinDevice *vin_device_new_for_vulkan(const VinVulkanDevice *external, GError **error);

/** VinVulkanPlane: where one plane of a frame lies, and what it is in the middle of. Since 0.1 */
typedef struct {
    VkImage image;              /* 2D, one sample; its level 0 and layer 0 are read. Planes may be
                                 * parts of one image: then all of the below is the same in them */
    VkFormat format;            /* of the image */
    VkImageAspectFlags aspect;  /* COLOR; of a format of several planes PLANE_0, PLANE_1 ... */
    guint32 width, height;      /* pixels of the image */
    VkImageUsageFlags usage;    /* the image's; must have TRANSFER_SRC */
    VkImageLayout layout;       /* the image is in; it is again afterwards. PREINITIALIZED becomes
                                 * GENERAL, UNDEFINED holds no picture */
    VkPipelineStageFlags stage; /* of its last use: what the copy waits for on the queue */
    VkAccessFlags access;
    guint32 queue_family;       /* that owns the image; VK_QUEUE_FAMILY_IGNORED: the device's own,
                                 * or the image is shared (CONCURRENT). Another's is acquired, and
                                 * given back */
    VkSemaphore semaphore;      /* (nullable): a timeline semaphore; */
    guint64 wait_value;         /* the copy waits for this value */
    guint64 signal_value;       /* and sets this one when it has read; greater */
} VinVulkanPlane;

/**
 * vin_stream_submit_vulkan: as vin_stream_submit(), of a frame whose planes are images of the
 * stream's device. What is needed of them is copied on the GPU, at once; so the result is the same
 * as that of the same bytes in system memory. Images whose format is _SRGB give their bytes as they
 * are, and the byte order is @frame's format's, whatever the order of @planes' format is.
 * @frame: all but its planes and strides, which are not looked at
 * @planes: (inout): as many as the format has. Where the copy was submitted, which even a failure
 *   may come behind, stage and access say what a later use of each image has to wait for,
 *   wait_value is the former signal_value, and signal_value one more: they can be submitted anew.
 *   Else they are as they were
 *
 * The images have to live until the frame was collected, or forgotten and done.
 *
 * Returns: FALSE with VIN_ERROR_INVALID (a plane does not fit, or may not be copied from) or as
 * vin_stream_submit(). Since 0.1
 */
VIN_API gboolean vin_stream_submit_vulkan(VinStream *stream, const VinFrame *frame,
                                          VinVulkanPlane *planes, guint n_planes,
                                          VinTicket *ticket, GError **error);

G_END_DECLS

#endif
