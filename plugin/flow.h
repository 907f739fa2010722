/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The way of a buffer through the element: vin_flow_chain() in the sink pad's thread, then
 * vin_flow_loop() in the source pad's task.
 */
#ifndef VIN_PLUGIN_FLOW_H
#define VIN_PLUGIN_FLOW_H

#include "vulkaninception.h"

GstFlowReturn vin_flow_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer);
/* finish.c */
void vin_flow_loop(gpointer element);
/* finish.c: takes in results that came after their frames had gone. FALSE with *@flow when the
 * stream cannot go on; the message is posted. */
gboolean vin_flow_look(VulkanInception *self, GstFlowReturn *flow);

#endif
