/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTags: reading what the element vulkaninception found, from a GstBuffer. Static
 * inline, since an application cannot link a plugin; needs only gstreamer-1.0.
 *
 * VinTags is a custom meta of that name without tags, so scaling, conversion, cropping and
 * rate changes keep it. Its structure holds
 *     model  string            name of the model
 *     age    uint64            ns that the classified frame is before this one; 0: it is this one
 *     tags   GstValueArray     of structures "tag", highest score first:
 *            label string, index uint, score double (0..1, unless the element has
 *            activation=none), wnid string (may be absent)
 *     regions GstValueArray    with inference-region=roi-list only: of structures "region", the
 *            objects that were classified: x, y, width, height uint, age uint64, tags as above,
 *            and where known object-class string, tracking-id uint64, roi-id int,
 *            detection-id uint
 *
 *     VinTag tag;
 *     for (guint i = 0; vin_tags_get(buffer, i, &tag); i++) {
 *         g_print("%s %.3f\n", tag.label, tag.score);
 *     }
 *
 *     VinTagRegion region;
 *     for (guint r = 0; vin_tags_get_region(buffer, r, &region); r++) {
 *         for (guint i = 0; vin_tags_get_region_tag(buffer, r, i, &tag); i++) {
 *             g_print("%u, %u: %s\n", region.x, region.y, tag.label);
 *         }
 *     }
 */
#ifndef VKINCEPTION_GST_TAGS_H
#define VKINCEPTION_GST_TAGS_H

#include <gst/gst.h>

G_BEGIN_DECLS

/** VIN_TAGS_META_NAME: under which the meta is registered. Since 0.1 */
#define VIN_TAGS_META_NAME "VinTags"

/** VinTag: one class that was found. Strings are the buffer's: valid until its VinTags is
 *  replaced or removed, or the buffer freed. Since 0.1 */
typedef struct {
    const char *label; /* UTF-8, unique within the model */
    const char *wnid;  /* WordNet 3.0 id ("n02084071"), or NULL */
    guint index;       /* class, 0-based, in the model's order */
    double score;      /* probability, 0..1; any number with activation=none */
} VinTag;

/** VinTagRegion: one object that a detector marked and the element classified. Strings are the
 *  buffer's, as those of VinTag. Since 0.1 */
typedef struct {
    guint x, y, width, height; /* pixels of the frame that was classified: later scaling or
                                * cropping does not change them */
    guint64 age;               /* ns since the frame that gave the tags; 0: it is this one */
    const char *object_class;  /* what the detector took it for, or NULL */
    gboolean is_tracked;
    guint64 tracking_id;       /* the tracker's, where is_tracked */
    gboolean has_roi;
    gint roi_id;               /* of its GstVideoRegionOfInterestMeta, where has_roi */
    gboolean has_detection;
    guint detection_id;        /* in the GstAnalyticsRelationMeta, where has_detection */
    guint n_tags;              /* vin_tags_get_region_tag() gives them */
} VinTagRegion;

/* The meta's structure, or NULL. */
static inline const GstStructure *vin_tags_get_structure(GstBuffer *buffer)
{
    GstCustomMeta *meta = NULL;

    /* Not registered: no element of the plugin was made yet, so no buffer can have it. */
    if (gst_meta_get_info(VIN_TAGS_META_NAME) != NULL) {
        meta = gst_buffer_get_custom_meta(buffer, VIN_TAGS_META_NAME);
    }
    return meta != NULL ? gst_custom_meta_get_structure(meta) : NULL;
}

/* An array of the structure, or NULL. */
static inline const GValue *vin_tags_get_field(const GstStructure *structure, const char *name)
{
    const GValue *array =
        structure != NULL ? gst_structure_get_value(structure, name) : NULL;

    return array != NULL && GST_VALUE_HOLDS_ARRAY(array) ? array : NULL;
}

/* The array of tags, or NULL. */
static inline const GValue *vin_tags_get_array(GstBuffer *buffer)
{
    return vin_tags_get_field(vin_tags_get_structure(buffer), "tags");
}

/* A structure of an array, or NULL past the last one. */
static inline const GstStructure *vin_tags_get_entry(const GValue *array, guint i)
{
    const GValue *value = array != NULL && i < gst_value_array_get_size(array)
                              ? gst_value_array_get_value(array, i)
                              : NULL;

    return value != NULL && GST_VALUE_HOLDS_STRUCTURE(value) ? gst_value_get_structure(value)
                                                             : NULL;
}

/* FALSE past the array's last tag. */
static inline gboolean vin_tags_read(const GValue *array, guint i, VinTag *tag)
{
    const GstStructure *entry = vin_tags_get_entry(array, i);

    if (entry == NULL) {
        return FALSE;
    }
    tag->label = gst_structure_get_string(entry, "label");
    tag->wnid = gst_structure_get_string(entry, "wnid");
    return tag->label != NULL && gst_structure_get_uint(entry, "index", &tag->index) &&
           gst_structure_get_double(entry, "score", &tag->score);
}

/** vin_tags_is_present: TRUE when @buffer was classified, even if no score reached the
 *  element's threshold. Any thread that may read @buffer. Since 0.1 */
static inline gboolean vin_tags_is_present(GstBuffer *buffer)
{
    return vin_tags_get_structure(buffer) != NULL;
}

/** vin_tags_get_model: name of the model, the buffer's; NULL when not classified. Since 0.1 */
static inline const char *vin_tags_get_model(GstBuffer *buffer)
{
    const GstStructure *tags = vin_tags_get_structure(buffer);

    return tags != NULL ? gst_structure_get_string(tags, "model") : NULL;
}

/**
 * vin_tags_get_age: how old @buffer's tags are: ns from the frame they were found in to this one,
 * on the stream's clock. 0: they were found in this one, or there are none. More with the
 * element's inference-interval, no-block, max-gpu-time and qos. Since 0.1
 */
static inline guint64 vin_tags_get_age(GstBuffer *buffer)
{
    const GstStructure *tags = vin_tags_get_structure(buffer);
    guint64 age = 0;

    if (tags != NULL) {
        gst_structure_get_uint64(tags, "age", &age);
    }
    return age;
}

/** vin_tags_get_n: how many tags @buffer has; 0 when not classified. Since 0.1 */
static inline guint vin_tags_get_n(GstBuffer *buffer)
{
    const GValue *array = vin_tags_get_array(buffer);

    return array != NULL ? gst_value_array_get_size(array) : 0;
}

/**
 * vin_tags_get: one tag, 0 being the highest score.
 * @tag: (out): filled when TRUE is returned
 *
 * Returns: FALSE past the last one. Since 0.1
 */
static inline gboolean vin_tags_get(GstBuffer *buffer, guint i, VinTag *tag)
{
    return vin_tags_read(vin_tags_get_array(buffer), i, tag);
}

/* The array of regions, or NULL. */
static inline const GValue *vin_tags_get_regions(GstBuffer *buffer)
{
    return vin_tags_get_field(vin_tags_get_structure(buffer), "regions");
}

/** vin_tags_has_regions: TRUE when the objects of @buffer were classified instead of the whole
 *  frame, even if there were none. Since 0.1 */
static inline gboolean vin_tags_has_regions(GstBuffer *buffer)
{
    return vin_tags_get_regions(buffer) != NULL;
}

/** vin_tags_get_n_regions: how many objects of @buffer were classified. Since 0.1 */
static inline guint vin_tags_get_n_regions(GstBuffer *buffer)
{
    const GValue *array = vin_tags_get_regions(buffer);

    return array != NULL ? gst_value_array_get_size(array) : 0;
}

/**
 * vin_tags_get_region: one object that was classified.
 * @region: (out): filled when TRUE is returned
 *
 * Returns: FALSE past the last one. Since 0.1
 */
static inline gboolean vin_tags_get_region(GstBuffer *buffer, guint i, VinTagRegion *region)
{
    const GstStructure *entry = vin_tags_get_entry(vin_tags_get_regions(buffer), i);
    const GValue *tags = vin_tags_get_field(entry, "tags");

    if (tags == NULL) {
        return FALSE;
    }
    region->n_tags = gst_value_array_get_size(tags);
    region->object_class = gst_structure_get_string(entry, "object-class");
    region->tracking_id = 0;
    region->is_tracked = gst_structure_get_uint64(entry, "tracking-id", &region->tracking_id);
    region->roi_id = 0;
    region->has_roi = gst_structure_get_int(entry, "roi-id", &region->roi_id);
    region->detection_id = 0;
    region->has_detection =
        gst_structure_get_uint(entry, "detection-id", &region->detection_id);
    return gst_structure_get_uint(entry, "x", &region->x) &&
           gst_structure_get_uint(entry, "y", &region->y) &&
           gst_structure_get_uint(entry, "width", &region->width) &&
           gst_structure_get_uint(entry, "height", &region->height) &&
           gst_structure_get_uint64(entry, "age", &region->age);
}

/**
 * vin_tags_get_region_tag: one tag of an object, 0 being the highest score.
 * @tag: (out): filled when TRUE is returned
 *
 * Returns: FALSE past the last tag, and past the last object. Since 0.1
 */
static inline gboolean vin_tags_get_region_tag(GstBuffer *buffer, guint region, guint i,
                                               VinTag *tag)
{
    const GstStructure *entry = vin_tags_get_entry(vin_tags_get_regions(buffer), region);

    return vin_tags_read(vin_tags_get_field(entry, "tags"), i, tag);
}

G_END_DECLS

#endif
