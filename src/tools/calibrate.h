/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-inspect --calibrate: pictures through the network, what its layers read into the sidecar.
 */
#ifndef VIN_TOOLS_CALIBRATE_H
#define VIN_TOOLS_CALIBRATE_H

#include "tool.h"

/* Measures over the pictures that the options' rest names: photos, videos, of which one frame a
 * second is taken, and folders. Stops at the first that cannot be read; then, and after
 * tool_stop_signal(), nothing is written. */
gboolean tool_calibrate(const ToolOptions *options, gboolean show_progress, GError **error);

#endif
