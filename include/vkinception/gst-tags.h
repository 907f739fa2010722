/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTags: reading what the element vulkaninception found, from a GstBuffer. Static
 * inline, since an application cannot link a plugin; needs only gstreamer-1.0.
 *
 * VinTags is a custom meta of that name without tags, so scaling, conversion, cropping and
 * rate changes keep it. Its structure holds
 *     model  string            name of the model
 *     tags   GstValueArray     of structures "tag", highest score first:
 *            label string, index uint, score double (0..1, unless the element has
 *            activation=none), wnid string (may be absent)
 *
 *     VinTag tag;
 *     for (guint i = 0; vin_tags_get(buffer, i, &tag); i++) {
 *         g_print("%s %.3f\n", tag.label, tag.score);
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

/* The array of tags, or NULL. */
static inline const GValue *vin_tags_get_array(GstBuffer *buffer)
{
    const GstStructure *tags = vin_tags_get_structure(buffer);
    const GValue *array = tags != NULL ? gst_structure_get_value(tags, "tags") : NULL;

    return array != NULL && GST_VALUE_HOLDS_ARRAY(array) ? array : NULL;
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
    const GValue *array = vin_tags_get_array(buffer);
    const GstStructure *entry;

    if (array == NULL || i >= gst_value_array_get_size(array)) {
        return FALSE;
    }
    entry = gst_value_get_structure(gst_value_array_get_value(array, i));
    tag->label = gst_structure_get_string(entry, "label");
    tag->wnid = gst_structure_get_string(entry, "wnid");
    return tag->label != NULL && gst_structure_get_uint(entry, "index", &tag->index) &&
           gst_structure_get_double(entry, "score", &tag->score);
}

G_END_DECLS

#endif
