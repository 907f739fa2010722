/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The property `on-error`: what becomes of the stream when the library cannot go on.
 */
#ifndef VIN_PLUGIN_ONERROR_H
#define VIN_PLUGIN_ONERROR_H

#include "vulkaninception.h"

#define VIN_TYPE_ON_ERROR (vin_on_error_get_type())
GType vin_on_error_get_type(void);

/* What failed at the start, after which there is no session. TRUE: start all the same; frames
 * then pass without tags. Posts the one message. @file_code: as vin_report_error(). */
gboolean vin_on_error_opening(VulkanInception *self, const GError *error,
                              GstResourceError file_code);
/* What failed with a frame, which passes without tags where GST_FLOW_OK is returned. Posts the
 * message, where it is the first. Any thread. */
GstFlowReturn vin_on_error_frame(VulkanInception *self, const GError *error);

#endif
