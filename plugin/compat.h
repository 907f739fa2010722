/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one place that knows which GStreamer brings what.
 */
#ifndef VIN_PLUGIN_COMPAT_H
#define VIN_PLUGIN_COMPAT_H

#include "config.h"

#include <gst/gst.h>

/* GStreamer >= 1.24 with its analytics library: classifications for everybody's elements. */
#ifdef VIN_HAVE_GST_ANALYTICS
#include <gst/analytics/analytics.h>
#define VIN_WITH_ANALYTICS 1
/* From 1.26 on detections may be turned. */
#if GST_CHECK_VERSION(1, 26, 0)
#define VIN_WITH_TURNED_DETECTIONS 1
#else
#define VIN_WITH_TURNED_DETECTIONS 0
#endif
#else
#define VIN_WITH_ANALYTICS 0
#define VIN_WITH_TURNED_DETECTIONS 0
#endif

/* From 1.24 on caps of frames in dma-bufs say how pixels are arranged: format=DMA_DRM. */
#define VIN_WITH_DMA_DRM GST_CHECK_VERSION(1, 24, 0)

/* Its Vulkan library: frames in Vulkan images. From 1.24 on (1.23 while that was made) its devices
 * have every feature on, and its images a timeline semaphore. */
#ifdef VIN_HAVE_GST_VULKAN
#include <gst/gst.h>
#define VIN_WITH_VULKAN_MEMORY 1
#define VIN_VULKAN_FEATURES_ENABLED GST_CHECK_VERSION(1, 23, 0)
#define VIN_VULKAN_SEMAPHORES GST_CHECK_VERSION(1, 23, 0)
#else
#define VIN_WITH_VULKAN_MEMORY 0
#endif

#endif
