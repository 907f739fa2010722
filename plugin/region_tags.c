/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes what was found about objects. Reading it is include/vkinception/gst-tags.h, and for the
 * forms on the object itself GStreamer's own functions. Called by the element for every region.
 */
#include "region_tags.h"

#include "compat.h"
#include "tagmeta.h"

#include <string.h>
#include <vkinception/gst-tags.h>

/* What DL Streamer calls such a parameter, and what marks it there. */
#define PARAM_NAME "classification"
#define PARAM_TYPE "classification_result"

void vin_region_tags_begin(GstBuffer *buffer, VinModel *model)
{
    g_auto(GValue) none = G_VALUE_INIT;
    GstStructure *tags;

    vin_tag_meta_remove(buffer);
    tags = gst_custom_meta_get_structure(gst_buffer_add_custom_meta(buffer,
                                                                    VIN_TAGS_META_NAME));
    g_value_init(&none, GST_TYPE_ARRAY);
    gst_structure_set(tags, "model", G_TYPE_STRING, vin_model_get_name(model), "age",
                      G_TYPE_UINT64, (guint64)0, NULL);
    gst_structure_set_value(tags, "tags", &none);
    gst_structure_set_value(tags, "regions", &none);
}

static GstStructure *new_entry(const VinRegion *region, guint64 age)
{
    GstStructure *entry = gst_structure_new(
        "region", "x", G_TYPE_UINT, region->x, "y", G_TYPE_UINT, region->y, "width", G_TYPE_UINT,
        region->width, "height", G_TYPE_UINT, region->height, "age", G_TYPE_UINT64, age, NULL);

    if (region->object_class != 0) {
        gst_structure_set(entry, "object-class", G_TYPE_STRING,
                          g_quark_to_string(region->object_class), NULL);
    }
    if (region->is_tracked) {
        gst_structure_set(entry, "tracking-id", G_TYPE_UINT64, region->tracking_id, NULL);
    }
    if (region->has_roi) {
        gst_structure_set(entry, "roi-id", G_TYPE_INT, region->roi_id, NULL);
    }
    if (region->has_detection) {
        gst_structure_set(entry, "detection-id", G_TYPE_UINT, region->detection_id, NULL);
    }
    return entry;
}

/* Moves the entry that @user_data is into the field "regions". */
static gboolean append_entry(GQuark field, GValue *value, gpointer user_data)
{
    if (field == g_quark_from_static_string("regions")) {
        gst_value_array_append_and_take_value(value, user_data);
    }
    return TRUE;
}

static void add_entry(GstBuffer *buffer, const VinRegion *region, const GValue *tags, guint64 age)
{
    GstCustomMeta *meta = gst_buffer_get_custom_meta(buffer, VIN_TAGS_META_NAME);
    GstStructure *entry = new_entry(region, age);
    GValue value = G_VALUE_INIT;

    gst_structure_set_value(entry, "tags", tags);
    g_value_init(&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed(&value, entry);
    gst_structure_map_in_place(gst_custom_meta_get_structure(meta), append_entry, &value);
}

static GstVideoRegionOfInterestMeta *find_roi(GstBuffer *buffer, guint index)
{
    gpointer state = NULL;
    GstMeta *meta;

    do {
        meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
    } while (meta != NULL && index-- > 0);
    return (GstVideoRegionOfInterestMeta *)meta;
}

static gboolean is_param_of(const GstStructure *param, const char *model_name)
{
    return g_strcmp0(gst_structure_get_string(param, "type"), PARAM_TYPE) == 0 &&
           g_strcmp0(gst_structure_get_string(param, "model_name"), model_name) == 0;
}

static void remove_params_of(GstVideoRegionOfInterestMeta *roi, const char *model_name)
{
    for (GList *at = roi->params, *next; at != NULL; at = next) {
        next = at->next;
        if (is_param_of(at->data, model_name)) {
            gst_structure_free(at->data);
            roi->params = g_list_delete_link(roi->params, at);
        }
    }
}

/* @best: NULL when the model has nothing to say. */
static void set_param(GstBuffer *buffer, const VinRegion *region, VinModel *model,
                      const VinScore *best)
{
    GstVideoRegionOfInterestMeta *roi = find_roi(buffer, region->roi_index);
    const char *name = vin_model_get_name(model);

    if (roi == NULL) {
        return;
    }
    remove_params_of(roi, name);
    if (best != NULL) {
        gst_video_region_of_interest_meta_add_param(
            roi, gst_structure_new(PARAM_NAME, "type", G_TYPE_STRING, PARAM_TYPE, "model_name",
                                   G_TYPE_STRING, name, "attribute_name", G_TYPE_STRING, name,
                                   "label", G_TYPE_STRING,
                                   vin_model_get_label(model, best->index), "label_id",
                                   G_TYPE_INT, (gint)best->index, "confidence", G_TYPE_DOUBLE,
                                   (double)best->score, NULL));
    }
}

#if VIN_WITH_ANALYTICS

/* To the result: DL Streamer follows CONTAIN, objectdetectionoverlay RELATE_TO. Nobody else
 * writes both at once, which tells ours apart. */
#define TO_RESULT (GST_ANALYTICS_REL_TYPE_CONTAIN | GST_ANALYTICS_REL_TYPE_RELATE_TO)
#define FROM_RESULT (GST_ANALYTICS_REL_TYPE_IS_PART_OF | GST_ANALYTICS_REL_TYPE_RELATE_TO)

static gboolean is_label(GQuark quark, const GQuark *quarks, guint n)
{
    for (guint i = 0; i < n; i++) {
        if (quarks[i] == quark) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Whether @old is what a model of these labels said about the detection. */
static gboolean is_ours(const GstAnalyticsClsMtd *old, guint detection_id, const GQuark *quarks,
                        guint n_classes)
{
    return gst_analytics_relation_meta_get_relation(old->meta, detection_id, old->id) ==
               (GstAnalyticsRelTypes)TO_RESULT &&
           gst_analytics_cls_mtd_get_length(old) == 1 &&
           is_label(gst_analytics_cls_mtd_get_quark(old, 0), quarks, n_classes);
}

/* Takes older results of the same model off the detection; TRUE when one says what @best says and
 * was left. What a relation meta has got it keeps, so an older result stays there, a part of the
 * object that the object does not lead to any more. */
static gboolean replace_results(GstAnalyticsRelationMeta *relations, guint detection_id,
                                const GQuark *quarks, guint n_classes, const VinScore *best)
{
    gboolean is_there = FALSE;
    gpointer state = NULL;
    GstAnalyticsClsMtd old;

    while (gst_analytics_relation_meta_get_direct_related(
        relations, detection_id, GST_ANALYTICS_REL_TYPE_ANY,
        gst_analytics_cls_mtd_get_mtd_type(), &state, &old)) {
        if (!is_ours(&old, detection_id, quarks, n_classes)) {
            continue;
        }
        if (!is_there && best != NULL &&
            gst_analytics_cls_mtd_get_quark(&old, 0) == quarks[best->index] &&
            gst_analytics_cls_mtd_get_level(&old, 0) == best->score) {
            is_there = TRUE;
            continue;
        }
        gst_analytics_relation_meta_set_relation(relations, GST_ANALYTICS_REL_TYPE_NONE,
                                                 detection_id, old.id);
        gst_analytics_relation_meta_set_relation(relations, GST_ANALYTICS_REL_TYPE_IS_PART_OF,
                                                 old.id, detection_id);
    }
    return is_there;
}

/* One class only: DL Streamer strings the labels of a longer classification together. */
static void relate_result(GstBuffer *buffer, const VinRegion *region, const GQuark *quarks,
                          guint n_classes, const VinScore *best)
{
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    GstAnalyticsODMtd detection;
    GstAnalyticsClsMtd result;

    if (relations == NULL || !gst_analytics_relation_meta_get_od_mtd(
                                 relations, region->detection_id, &detection)) {
        return;
    }
    if (replace_results(relations, detection.id, quarks, n_classes, best) || best == NULL) {
        return;
    }
    if (gst_analytics_relation_meta_add_one_cls_mtd(relations, best->score, quarks[best->index],
                                                    &result)) {
        gst_analytics_relation_meta_set_relation(relations, TO_RESULT, detection.id, result.id);
        gst_analytics_relation_meta_set_relation(relations, FROM_RESULT, result.id,
                                                 detection.id);
    }
}

#else

static void relate_result(GstBuffer *buffer, const VinRegion *region, const GQuark *quarks,
                          guint n_classes, const VinScore *best)
{
}

#endif

void vin_region_tag(GstBuffer *buffer, const VinRegion *region, VinModel *model,
                    const GQuark *quarks, const VinResult *result, double threshold, guint64 age)
{
    const VinScore *best = vin_result_count(result, threshold) > 0 ? &result->top[0] : NULL;
    g_auto(GValue) tags = G_VALUE_INIT;

    vin_tag_array_init(&tags, model, result, threshold);
    add_entry(buffer, region, &tags, age);
    if (region->has_roi) {
        set_param(buffer, region, model, best);
    }
    if (region->has_detection) {
        relate_result(buffer, region, quarks, vin_model_get_n_classes(model), best);
    }
}
