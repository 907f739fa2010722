/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinGpu, for the two files that make it.
 */
#ifndef VIN_PLUGIN_GPU_PRIVATE_H
#define VIN_PLUGIN_GPU_PRIVATE_H

#include "gpu.h"

#define GST_USE_UNSTABLE_API /* see check_release() in gpu_context.c */
#include <gst/vulkan/vulkan.h>

struct _VinGpu {
    GstElement *element; /* not referenced */
    GMutex lock;         /* of what follows */
    gboolean is_used;    /* by a running stream: stays as it is */
    GstVulkanInstance *instance;
    GstVulkanDevice *device;
    GstVulkanQueue *queue;
    gboolean is_hasty; /* the streaming thread's: see vin_gpu_is_hasty() */
};

#endif
