/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The lists of vin-inspect, printed on standard output.
 */
#ifndef VIN_TOOLS_INSPECT_LISTS_H
#define VIN_TOOLS_INSPECT_LISTS_H

#include <glib.h>

/* The Vulkan devices, usable or not. */
gboolean inspect_devices(gboolean json, GError **error);
/* The models that are found by name. */
gboolean inspect_models(gboolean json, GError **error);
/* The pixel formats that the library takes, by GStreamer's names. */
gboolean inspect_formats(gboolean json, GError **error);

#endif
