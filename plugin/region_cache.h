/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What tracked objects were found to be, so that they need not be classified in every frame.
 * Knows neither buffers nor pads. Any thread: one may submit frames while another collects
 * them in the same order.
 *
 *     submit:  vin_region_cache_next_frame() once a frame, then for each tracked object
 *              vin_region_cache_wants(). TRUE: classify it; FALSE: its result is there or on its
 *              way
 *     collect: vin_region_cache_put() what was classified, then vin_region_cache_get() what was
 *              not; vin_region_cache_retry() where there came no result
 */
#ifndef VIN_PLUGIN_REGION_CACHE_H
#define VIN_PLUGIN_REGION_CACHE_H

#include <gst/gst.h>
#include <vkinception/engine.h>

/* Most objects that are remembered: those seen last. */
#define VIN_REGION_CACHE_SIZE 2048

typedef struct _VinRegionCache VinRegionCache;

VinRegionCache *vin_region_cache_new(void);
/* NULL is welcome. */
void vin_region_cache_free(VinRegionCache *cache);

/* Forgets all: after a flush, a new stream or another model. */
void vin_region_cache_clear(VinRegionCache *cache);

/* A frame begins. Forgets objects that were not seen for @interval frames and for longer than any
 * frame is in flight. */
void vin_region_cache_next_frame(VinRegionCache *cache, guint interval);

/* Whether the object of the current frame is to be classified: it is unknown, or that was
 * @interval frames ago (0 and 1: always). TRUE counts as being classified in this frame. */
gboolean vin_region_cache_wants(VinRegionCache *cache, guint64 tracking_id, guint interval);

/* What the object was found to be in the frame of time @time (GST_CLOCK_TIME_NONE: not known). */
void vin_region_cache_put(VinRegionCache *cache, guint64 tracking_id, const VinResult *result,
                          GstClockTime time);

/* The last result, for a frame of time @time. @age: (out): ns between the two frames; 0 where
 * either time is not known. FALSE: there is none. */
gboolean vin_region_cache_get(VinRegionCache *cache, guint64 tracking_id, GstClockTime time,
                              VinResult *result, guint64 *age);

/* It was not classified after all: the next frame that shows the object tries anew. An older
 * result stays. */
void vin_region_cache_retry(VinRegionCache *cache, guint64 tracking_id);

/* Objects remembered. */
guint vin_region_cache_get_n(VinRegionCache *cache);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinRegionCache, vin_region_cache_free)

#endif
