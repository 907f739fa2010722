/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the house sees of a VinDevice beside the public calls.
 */
#ifndef VIN_VK_DEVICE_H
#define VIN_VK_DEVICE_H

#include <vkinception/device.h>
#include <vkinception/vulkan.h>

#include "base/cachefile.h"
#include "vk/caps.h"
#include "vk/physical.h"
#include "vk/pipeline_shelf.h"

/* Whose device it is, and so who else uses its queue. */
typedef struct {
    void (*lock)(gpointer user_data); /* the queue; NULL: nobody else uses it */
    void (*unlock)(gpointer user_data);
    /* Nothing of ours is on the device any more; @clean is FALSE when something had to be left. */
    void (*closed)(gpointer user_data, gboolean clean);
    gpointer user_data;
} VinQueueOwner;

/* A device over somebody's, which is never destroyed. */
VinDevice *vin_device_borrow(const VinPhysical *physical, const VinCaps *caps,
                             const VinVulkanDevice *external, const VinQueueOwner *owner);
/* A new reference, or NULL when the last one has gone: for tables that hold none. */
VinDevice *vin_device_try_ref(VinDevice *device);
const VinCaps *vin_device_get_caps(const VinDevice *device);
VkDevice vin_device_vk(const VinDevice *device);
VkPhysicalDevice vin_device_vk_physical(const VinDevice *device);
guint32 vin_device_queue_family(const VinDevice *device);
/* Another one of the same driver and card, with the same features and what it keeps of its own: for
 * work beside that of @device, whose VkDevice has to be ours. */
VinDevice *vin_device_new_like(const VinDevice *device, GError **error);
/* FALSE: the VkDevice is somebody else's. */
gboolean vin_device_is_own(const VinDevice *device);
/* Submits under the queue's lock; VIN_ERROR_LOST when the device was lost. @info: NULL for nothing
 * but the fence. */
gboolean vin_device_submit(VinDevice *device, const VkSubmitInfo *info, VkFence fence,
                           GError **error);
/* Until all that was submitted to the queue has ended. */
gboolean vin_device_wait_queue(VinDevice *device, GError **error);
/* As vin_vk_check(), and remembers a lost device. */
gboolean vin_device_check(VinDevice *device, VkResult result, const char *what,
                          GError **error);
/* For all pipelines of the device; may be VK_NULL_HANDLE. Any thread. */
VkPipelineCache vin_device_pipeline_cache(const VinDevice *device);
/* Pipelines for whoever wants them next. */
VinPipelineShelf *vin_device_pipeline_shelf(VinDevice *device);
/* Keeps what was compiled so far for the next process. Any thread. */
void vin_device_save_cache(VinDevice *device);
/* The file of another @kind of cache for the device, to g_free(), and what it is good for. NULL
 * where none is kept. */
char *vin_device_cache_path(const VinDevice *device, const char *kind, VinCacheKey *key);
/* TRUE once a call returned VK_ERROR_DEVICE_LOST, or a submission never ended. */
gboolean vin_device_is_lost(const VinDevice *device);
/* Work of this device never ended, so it may still use any of its objects: from here on it counts
 * as lost, and nothing of it is destroyed any more, itself included. */
void vin_device_set_stuck(VinDevice *device);
/* TRUE when objects of the device may be destroyed. */
gboolean vin_device_may_destroy(const VinDevice *device);

#endif
