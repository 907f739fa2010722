/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The plugin's entry: which elements it has.
 */
#include "compat.h"
#include "tagsink.h"
#include "vulkaninception.h"

#include <vkinception/version.h>

static gboolean plugin_init(GstPlugin *plugin)
{
    return GST_ELEMENT_REGISTER(vulkaninception, plugin) &&
           GST_ELEMENT_REGISTER(tagsink, plugin);
}

#define PACKAGE "vkinception"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, vkinception,
                  "Classifies video with Inception networks through Vulkan", plugin_init,
                  VIN_VERSION, "LGPL", PACKAGE, "Unknown package origin")
