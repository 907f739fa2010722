/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element tagsink: one line of JSON for each buffer.
 */
#ifndef VIN_PLUGIN_TAGSINK_H
#define VIN_PLUGIN_TAGSINK_H

#include <gst/base/gstbasesink.h>

/* Without prefix, so that instances are named "tagsink0". */
#define VIN_TYPE_TAG_SINK (vin_tag_sink_get_type())
G_DECLARE_FINAL_TYPE(TagSink, vin_tag_sink, VIN, TAG_SINK, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE(tagsink)

#endif
