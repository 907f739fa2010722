/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * inference-region=roi-list: the objects of a frame in place of the frame.
 */
#ifndef VIN_PLUGIN_REGION_FLOW_H
#define VIN_PLUGIN_REGION_FLOW_H

#include "vulkaninception.h"

/* Makes an item of each object of the entry's frame and submits those that have to be classified,
 * none where !@is_wanted. Sink pad's thread. FALSE: nothing more can be submitted; what is
 * in flight is the entry's. */
gboolean vin_region_flow_submit(VulkanInception *self, VinEntry *entry, gboolean is_wanted,
                                GError **error);
/* Lays the results of an entry that was collected, and those kept of tracked objects, on its
 * buffer. */
void vin_region_flow_tag(VinEntry *entry, double threshold);
/* What the entry has no results of is tried again in the next frame. */
void vin_region_flow_retry(const VinEntry *entry);
/* Remembers a result of a tracked object. */
void vin_region_flow_keep(VinSession *session, const VinItem *item, const VinStamp *stamp);

#endif
