/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the pads of the classifier do with events and queries.
 */
#ifndef VIN_PLUGIN_EVENTS_H
#define VIN_PLUGIN_EVENTS_H

#include "vulkaninception.h"

GstFlowReturn vin_events_sink(GstPad *pad, GstObject *parent, GstEvent *event);
gboolean vin_events_src(GstPad *pad, GstObject *parent, GstEvent *event);
gboolean vin_queries_sink(GstPad *pad, GstObject *parent, GstQuery *query);
gboolean vin_queries_src(GstPad *pad, GstObject *parent, GstQuery *query);

#endif
