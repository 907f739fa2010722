/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Objects of a frame. What detectors say is not trusted: boxes may lie outside, be empty, turned,
 * or have numbers that lost their sign. Called by the element for every frame in roi-list mode.
 */
#include "regions.h"

#include "compat.h"

#include <math.h>
#include <string.h>

/* Before it is cut at the frame's edges; sums of these cannot overflow. */
typedef struct {
    gint64 x, y, width, height;
} Box;

/* A region with the box as its detector gave it. */
typedef struct {
    VinRegion region;
    Box box;
} Found;

void vin_region_settings_copy(VinRegionSettings *to, const VinRegionSettings *from)
{
    *to = *from;
    to->object_class = g_strdup(from->object_class);
}

void vin_region_settings_clear(VinRegionSettings *settings)
{
    g_clear_pointer(&settings->object_class, g_free);
}

/* Unsigned fields that were filled from negative numbers. */
static gint64 with_sign(guint value)
{
    return (gint64)(gint32)value;
}

/* Sets the part of @box inside the frame; FALSE when there is none. */
static gboolean set_inside(VinRegion *region, const Box *box, const GstVideoInfo *info)
{
    gint64 left = MAX(box->x, 0);
    gint64 top = MAX(box->y, 0);
    gint64 right = MIN(box->x + box->width, GST_VIDEO_INFO_WIDTH(info));
    gint64 bottom = MIN(box->y + box->height, GST_VIDEO_INFO_HEIGHT(info));

    if (box->width <= 0 || box->height <= 0 || left >= right || top >= bottom) {
        return FALSE;
    }
    region->x = (guint)left;
    region->y = (guint)top;
    region->width = (guint)(right - left);
    region->height = (guint)(bottom - top);
    return TRUE;
}

/* DL Streamer's trackers leave the id as a parameter; 0 stands for none. */
static void set_tracking_of_roi(VinRegion *region, GstVideoRegionOfInterestMeta *roi)
{
    GstStructure *param = gst_video_region_of_interest_meta_get_param(roi, "object_id");
    gint id = 0;

    if (param != NULL && gst_structure_get_int(param, "id", &id) && id != 0) {
        region->is_tracked = TRUE;
        region->tracking_id = (guint64)id;
    }
}

static void add_rois(GArray *found, GstBuffer *buffer, const GstVideoInfo *info)
{
    GstVideoRegionOfInterestMeta *roi;
    gpointer state = NULL;

    for (guint i = 0; found->len < VIN_MAX_REGIONS; i++) {
        Found entry = {.region = {.has_roi = TRUE, .roi_index = i}};

        roi = (GstVideoRegionOfInterestMeta *)gst_buffer_iterate_meta_filtered(
            buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
        if (roi == NULL) {
            break;
        }
        entry.box = (Box){with_sign(roi->x), with_sign(roi->y), with_sign(roi->w),
                          with_sign(roi->h)};
        entry.region.roi_id = roi->id;
        entry.region.object_class = roi->roi_type;
        set_tracking_of_roi(&entry.region, roi);
        if (set_inside(&entry.region, &entry.box, info)) {
            g_array_append_val(found, entry);
        }
    }
}

#if VIN_WITH_ANALYTICS

/* Trackers relate their finding to the detection, one way or the other. */
static void set_tracking_of_detection(VinRegion *region, GstAnalyticsRelationMeta *relations)
{
    GstAnalyticsTrackingMtd tracking;
    GstClockTime first_seen, last_seen;
    gpointer state = NULL;
    gboolean is_lost;

    while (gst_analytics_relation_meta_iterate(relations, &state,
                                               gst_analytics_tracking_mtd_get_mtd_type(),
                                               &tracking)) {
        if ((gst_analytics_relation_meta_get_relation(relations, region->detection_id,
                                                      tracking.id) != 0 ||
             gst_analytics_relation_meta_get_relation(relations, tracking.id,
                                                      region->detection_id) != 0) &&
            gst_analytics_tracking_mtd_get_info(&tracking, &region->tracking_id, &first_seen,
                                                &last_seen, &is_lost)) {
            region->is_tracked = TRUE;
            return;
        }
    }
}

/* The box that a detection has, before any turn. @radians: (out): the turn around its middle. */
static gboolean get_box(const GstAnalyticsODMtd *detection, Box *box, double *radians)
{
    gint x, y, width, height;
    gfloat confidence;
    gfloat turn = 0.0f;
    gboolean ok;

#if VIN_WITH_TURNED_DETECTIONS
    ok = gst_analytics_od_mtd_get_oriented_location(detection, &x, &y, &width, &height, &turn,
                                                    &confidence);
#else
    ok = gst_analytics_od_mtd_get_location(detection, &x, &y, &width, &height, &confidence);
#endif
    if (!ok || width <= 0 || height <= 0) {
        return FALSE;
    }
    *box = (Box){x, y, width, height};
    *radians = isfinite(turn) ? turn : 0.0;
    return TRUE;
}

/* The upright box around a turned one. */
static Box around_turned(const Box *box, double radians)
{
    double c = fabs(cos(radians));
    double s = fabs(sin(radians));
    double width = (double)box->width * c + (double)box->height * s;
    double height = (double)box->width * s + (double)box->height * c;
    double x = (double)box->x + ((double)box->width - width) / 2;
    double y = (double)box->y + ((double)box->height - height) / 2;

    return (Box){llrint(x), llrint(y), llrint(width), llrint(height)};
}

static gboolean is_same_object(const Found *roi, const Box *box, GQuark object_class)
{
    return !roi->region.has_detection && memcmp(&roi->box, box, sizeof *box) == 0 &&
           (roi->region.object_class == object_class || roi->region.object_class == 0 ||
            object_class == 0);
}

/* The region of interest among the first @n_rois entries that is this detection, or NULL. */
static Found *find_roi(GArray *found, guint n_rois, const Box *box, GQuark object_class)
{
    for (guint i = 0; i < n_rois; i++) {
        Found *roi = &g_array_index(found, Found, i);

        if (is_same_object(roi, box, object_class)) {
            return roi;
        }
    }
    return NULL;
}

static void add_detection(GArray *found, guint n_rois, const GstAnalyticsODMtd *detection,
                          const GstVideoInfo *info)
{
    GQuark object_class = gst_analytics_od_mtd_get_obj_type(detection);
    Found entry = {.region = {.object_class = object_class}};
    double radians;
    Found *roi;
    Box box;

    if (!get_box(detection, &entry.box, &radians)) {
        return;
    }
    roi = find_roi(found, n_rois, &entry.box, object_class);
    if (roi != NULL) {
        entry.region = roi->region;
        entry.region.object_class = object_class != 0 ? object_class : roi->region.object_class;
    }
    entry.region.has_detection = TRUE;
    entry.region.detection_id = detection->id;
    set_tracking_of_detection(&entry.region, detection->meta);
    box = around_turned(&entry.box, radians);
    if (!set_inside(&entry.region, &box, info)) {
        return;
    }
    if (roi != NULL) {
        *roi = entry;
    } else if (found->len < VIN_MAX_REGIONS) {
        g_array_append_val(found, entry);
    }
}

static void add_detections(GArray *found, GstBuffer *buffer, const GstVideoInfo *info)
{
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    GstAnalyticsODMtd detection;
    const guint n_rois = found->len;
    gpointer state = NULL;

    while (relations != NULL &&
           gst_analytics_relation_meta_iterate(relations, &state,
                                               gst_analytics_od_mtd_get_mtd_type(), &detection)) {
        add_detection(found, n_rois, &detection, info);
    }
}

#else

static void add_detections(GArray *found, GstBuffer *buffer, const GstVideoInfo *info)
{
}

#endif

/* The list's names without the blanks around them; NULL: no list. */
static GStrv split_classes(const char *list)
{
    GStrv names = list != NULL && *list != '\0' ? g_strsplit(list, ",", -1) : NULL;

    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_strstrip(names[i]);
    }
    return names;
}

static gboolean is_wanted(const VinRegion *region, const VinRegionSettings *settings,
                          const char *const *classes)
{
    const char *name = g_quark_to_string(region->object_class);

    return region->width >= settings->min_width && region->height >= settings->min_height &&
           (classes == NULL || (name != NULL && g_strv_contains(classes, name)));
}

GArray *vin_regions_find(GstBuffer *buffer, const GstVideoInfo *info,
                         const VinRegionSettings *settings)
{
    g_auto(GStrv) classes = split_classes(settings->object_class);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Found));
    GArray *regions = g_array_new(FALSE, FALSE, sizeof(VinRegion));

    add_rois(found, buffer, info);
    add_detections(found, buffer, info);
    for (guint i = 0; i < found->len; i++) {
        const VinRegion *region = &g_array_index(found, Found, i).region;

        if (is_wanted(region, settings, (const char *const *)classes)) {
            g_array_append_val(regions, *region);
        }
    }
    return regions;
}
