/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The objects that detectors marked on a frame, whatever form they are in: which of them are to
 * be classified, and where. Reads buffers only; results go on the objects in region_tags.c.
 */
#ifndef VIN_PLUGIN_REGIONS_H
#define VIN_PLUGIN_REGIONS_H

#include <gst/gst.h>
#include <gst/video/video.h>

/* Most regions of a frame; what comes after them is left alone. */
#define VIN_MAX_REGIONS 1024

/* Zeroed: every object, classified in every frame. */
typedef struct {
    char *object_class;             /* only these: names with commas between; NULL or "": all */
    guint min_width, min_height;    /* pixels, of what is inside the frame */
    guint reclassify_interval;      /* frames that a tracked object's result is kept for; 0: none */
} VinRegionSettings;

/* One object. It may have both forms: then it has the numbers of both. */
typedef struct {
    guint x, y, width, height; /* pixels of the frame; never empty, never outside */
    GQuark object_class;       /* what the detector took it for; 0: it did not say */
    gboolean has_roi;          /* is a GstVideoRegionOfInterestMeta */
    guint roi_index;           /* which of the buffer's, from 0, in their order */
    gint roi_id;               /* its id */
    gboolean has_detection;    /* is an object detection of the analytics library */
    guint detection_id;        /* its id in the buffer's relation meta */
    gboolean is_tracked;
    guint64 tracking_id;       /* the same in every frame that shows this object */
} VinRegion;

void vin_region_settings_copy(VinRegionSettings *to, const VinRegionSettings *from);
void vin_region_settings_clear(VinRegionSettings *settings);

/* The VinRegions of @buffer, a frame of @info, that @settings let through: regions of interest
 * first, in the buffer's order. To g_array_unref(); never NULL. */
GArray *vin_regions_find(GstBuffer *buffer, const GstVideoInfo *info,
                         const VinRegionSettings *settings);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinRegionSettings, vin_region_settings_clear)

#endif
