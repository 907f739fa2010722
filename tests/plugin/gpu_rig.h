/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What tests of video in Vulkan images share.
 */
#ifndef VIN_TESTS_PLUGIN_GPU_RIG_H
#define VIN_TESTS_PLUGIN_GPU_RIG_H

#define GST_USE_UNSTABLE_API
#include <gst/vulkan/vulkan.h>

#define GPU_RIG_UPLOAD "vulkanupload ! video/x-raw(memory:VulkanImage) !"

/* FALSE, with the test marked as skipped, without vulkanupload or a device. */
gboolean gpu_rig_need_upload(void);
/* A line with all tags, or "untagged". */
void gpu_rig_append_tags(GstBuffer *buffer, GString *lines);
GstElement *gpu_rig_launch(const char *description);
/* One frame of 64 x 48, for others to push. @upload: "" or elements to go through. */
GstSample *gpu_rig_sample(const char *format, const char *upload);
/* Of a sample's image. */
GstVulkanDevice *gpu_rig_device_of(GstSample *sample);

/* What became of samples that were pushed through the element. */
typedef struct {
    guint n_out, n_images;
    GString *tags;    /* of each frame, a line */
    GstMessage *last; /* EOS or ERROR */
} GpuOutcome;

/* @samples, one after the other, through the element. @device: (nullable): what the application
 * answers who asks for the context. */
void gpu_rig_push(GstSample *const *samples, guint n, GstVulkanDevice *device,
                  GpuOutcome *outcome);
void gpu_outcome_clear(GpuOutcome *outcome);

#endif
