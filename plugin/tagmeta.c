/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes classifications on buffers. Reading them is include/vkinception/gst-tags.h.
 * Called by vulkaninception.c for every frame.
 */
#include "tagmeta.h"

#include "compat.h"

#include <vkinception/gst-tags.h>

void vin_tag_meta_register(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        /* No tags: true of a frame whatever its size, colours or memory become. */
        static const gchar *no_tags[] = {NULL};

        /* It may be there: two builds of the plugin can meet in one process. */
        if (gst_meta_get_info(VIN_TAGS_META_NAME) == NULL) {
            gst_meta_register_custom(VIN_TAGS_META_NAME, no_tags, NULL, NULL, NULL);
        }
        g_once_init_leave(&once, 1);
    }
}

void vin_tag_array_init(GValue *array, const VinModel *model, const VinResult *result,
                        double threshold)
{
    const guint n = vin_result_count(result, threshold);

    g_value_init(array, GST_TYPE_ARRAY);
    for (guint i = 0; i < n; i++) {
        const VinScore *entry = &result->top[i];
        const char *wnid = vin_model_get_wnid(model, entry->index);
        GValue value = G_VALUE_INIT;
        GstStructure *tag;

        tag = gst_structure_new("tag", "label", G_TYPE_STRING,
                                vin_model_get_label(model, entry->index), "index",
                                G_TYPE_UINT, entry->index, "score", G_TYPE_DOUBLE,
                                (double)entry->score, NULL);
        if (wnid != NULL) {
            gst_structure_set(tag, "wnid", G_TYPE_STRING, wnid, NULL);
        }
        g_value_init(&value, GST_TYPE_STRUCTURE);
        g_value_take_boxed(&value, tag);
        gst_value_array_append_and_take_value(array, &value);
    }
}

void vin_tag_meta_remove(GstBuffer *buffer)
{
    GstCustomMeta *meta = gst_buffer_get_custom_meta(buffer, VIN_TAGS_META_NAME);

    if (meta != NULL) {
        gst_buffer_remove_meta(buffer, (GstMeta *)meta);
    }
}

gboolean vin_tag_meta_is_there(GstBuffer *buffer)
{
    return gst_buffer_get_custom_meta(buffer, VIN_TAGS_META_NAME) != NULL;
}

void vin_tag_meta_set(GstBuffer *buffer, const char *model_name, const GValue *array, guint64 age)
{
    GstStructure *tags;

    vin_tag_meta_remove(buffer);
    tags = gst_custom_meta_get_structure(gst_buffer_add_custom_meta(buffer,
                                                                    VIN_TAGS_META_NAME));
    gst_structure_set(tags, "model", G_TYPE_STRING, model_name, "age", G_TYPE_UINT64, age, NULL);
    gst_structure_set_value(tags, "tags", array);
}

#if VIN_WITH_ANALYTICS

GQuark *vin_tag_quarks_new(const VinModel *model)
{
    guint n_classes = vin_model_get_n_classes(model);
    GQuark *quarks = g_new(GQuark, n_classes);

    for (guint i = 0; i < n_classes; i++) {
        quarks[i] = g_quark_from_string(vin_model_get_label(model, i));
    }
    return quarks;
}

void vin_tag_analytics_set(GstBuffer *buffer, const GQuark *quarks, const VinResult *result,
                           double threshold)
{
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    GstAnalyticsClsMtd unused;
    GQuark classes[VIN_MAX_TOP_K];
    gfloat scores[VIN_MAX_TOP_K];
    const gsize n = vin_result_count(result, threshold);

    /* An entry cannot be taken out of a relation meta. Where ours is the only one the whole
     * meta goes; beside other elements' findings an older classification stays. */
    if (relations != NULL && vin_tags_is_present(buffer) &&
        gst_analytics_relation_get_length(relations) == 1) {
        gst_buffer_remove_meta(buffer, (GstMeta *)relations);
        relations = NULL;
    }
    for (gsize i = 0; i < n; i++) {
        classes[i] = quarks[result->top[i].index];
        scores[i] = result->top[i].score;
    }
    if (n == 0) {
        return;
    }
    if (relations == NULL) {
        relations = gst_buffer_add_analytics_relation_meta(buffer);
    }
    gst_analytics_relation_meta_add_cls_mtd(relations, n, scores, classes, &unused);
}

#else

GQuark *vin_tag_quarks_new(const VinModel *model)
{
    return NULL;
}

void vin_tag_analytics_set(GstBuffer *buffer, const GQuark *quarks, const VinResult *result,
                           double threshold)
{
}

#endif
