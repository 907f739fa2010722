/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results of regions on a buffer, in three forms: in VinTags, as a parameter of the region of
 * interest, as a classification related to the detection.
 */
#ifndef VIN_PLUGIN_REGION_TAGS_H
#define VIN_PLUGIN_REGION_TAGS_H

#include "regions.h"

#include <vkinception/engine.h>
#include <vkinception/model.h>

/* Sets VinTags without tags and with no regions yet, replacing what @buffer has. Call it once a
 * frame, also for one without objects, before vin_region_tag(). @buffer has to be writable. */
void vin_region_tags_begin(GstBuffer *buffer, VinModel *model);

/* Lays @result on the object @region of @buffer, or of the buffer that this one is a copy of:
 * its entries of at least @threshold into VinTags, the best of them on the object itself. What
 * the same model said about the object before is replaced, also by nothing.
 * @quarks: vin_tag_quarks_new() of the model
 * @age: ns since the frame that gave the result; 0: it is this one. */
void vin_region_tag(GstBuffer *buffer, const VinRegion *region, VinModel *model,
                    const GQuark *quarks, const VinResult *result, double threshold, guint64 age);

#endif
