/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A result on a buffer: VinTags always, the analytics library's form beside it.
 */
#ifndef VIN_PLUGIN_TAGMETA_H
#define VIN_PLUGIN_TAGMETA_H

#include <gst/gst.h>
#include <vkinception/engine.h>
#include <vkinception/model.h>

/* Registers VinTags; call before any other, as often as you like. Any thread. */
void vin_tag_meta_register(void);

/* Fills a zeroed @array (GstValueArray) with one structure for each of the result's entries that
 * reach @threshold (vin_result_count()), in the result's order. To g_value_unset(). */
void vin_tag_array_init(GValue *array, const VinModel *model, const VinResult *result,
                        double threshold);

/* Sets @buffer's VinTags, replacing one it has. @buffer has to be writable. @age: ns that the
 * classified frame was before this one; 0: it is this one. */
void vin_tag_meta_set(GstBuffer *buffer, const char *model_name, const GValue *array,
                      guint64 age);
/* Whether @buffer has VinTags. */
gboolean vin_tag_meta_is_there(GstBuffer *buffer);

/* Takes @buffer's VinTags off. @buffer has to be writable. */
void vin_tag_meta_remove(GstBuffer *buffer);

/* Interns every label once; to g_free(). NULL where there is no analytics library. */
GQuark *vin_tag_quarks_new(const VinModel *model);

/* Adds one GstAnalyticsClsMtd with the entries of at least @threshold, highest first; does
 * nothing where there is no analytics library. Call before vin_tag_meta_set(), which marks
 * the buffer as ours. */
void vin_tag_analytics_set(GstBuffer *buffer, const GQuark *quarks, const VinResult *result,
                           double threshold);

#endif
