/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One frame's tags as a line of JSON. Pure: no buffers, no files.
 */
#ifndef VIN_PLUGIN_TAGJSON_H
#define VIN_PLUGIN_TAGJSON_H

#include <vkinception/gst-tags.h>

typedef struct {
    guint64 frame;              /* counted from 0 */
    GstClockTime running_time;  /* ns; GST_CLOCK_TIME_NONE: null */
    GstClockTime duration;      /* ns; GST_CLOCK_TIME_NONE: null */
    const char *model;          /* NULL: null */
    guint64 age;                /* ns, of tags of an earlier frame; 0: left out */
    const VinTag *tags;         /* in the order they are written */
    guint n_tags;
    gboolean has_regions;          /* objects were classified, perhaps none */
    const VinTagRegion *regions;
    guint n_regions;
    const VinTag *region_tags;     /* n_tags of the first region, then those of the second ... */
} VinTagLine;

/* {"frame":N,"running_time":N,"duration":N,"model":"...","age":N,"tags":[{"label":"...",
 * "index":N,"score":N,"wnid":"..."}]} without a line end; a tag without a WordNet id has wnid
 * null. With has_regions there is also "regions":[{"x":N,"y":N,"width":N,"height":N,
 * "object_class":"...","tracking_id":N,"roi_id":N,"age":N,"tags":[as above]}], where what is
 * not known is null. To g_free(). */
char *vin_tag_line_to_json(const VinTagLine *line);

#endif
