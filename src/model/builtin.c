/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Finds embedded files in the GResource made from models/.
 */
#include "model/builtin.h"

#include <string.h>

#include <gio/gio.h>

#include "builtin_models.h"

#define RESOURCE_FOLDER "/org/vkinception/models"

gboolean vin_builtin_is_path(const char *path)
{
    return g_str_has_prefix(path, VIN_BUILTIN_FOLDER);
}

GBytes *vin_builtin_lookup(const char *path)
{
    g_autofree char *resource_path = NULL;

    if (!vin_builtin_is_path(path)) {
        return NULL;
    }
    resource_path = g_build_path("/", RESOURCE_FOLDER, path + strlen(VIN_BUILTIN_FOLDER), NULL);
    return g_resource_lookup_data(builtin_models_get_resource(), resource_path,
                                  G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}
