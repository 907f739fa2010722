/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The library's errors and log lines in GStreamer's words.
 */
#ifndef VIN_PLUGIN_REPORT_H
#define VIN_PLUGIN_REPORT_H

#include <gst/gst.h>

GST_DEBUG_CATEGORY_EXTERN(vin_debug);
#define GST_CAT_DEFAULT vin_debug

/* The category "vulkaninception", and the library's log lines into it as far as its
 * threshold asks for them. Call again to follow a changed threshold. Any thread. */
void vin_report_init(void);

/* Posts @error, which is of VIN_ERROR, as the element's one error message. @file_code says
 * what became of a file, where it is one. */
void vin_report_error(GstElement *element, const GError *error, GstResourceError file_code);

/* Posts @error as the warning of an element that goes on without tags. */
void vin_report_pass(GstElement *element, const GError *error);

/* From here to vin_report_warnings(NULL), what this thread makes the library warn of is also
 * posted as @element's warning messages. */
void vin_report_warnings(GstElement *element);

#endif
