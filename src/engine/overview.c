/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin_engine_describe(): the device's facts before the plan's own description.
 */
#include "base/json.h"
#include "engine/engine.h"
#include "graph/dump.h"

static char *describe_text(const VinEngine *engine)
{
    const VinDeviceInfo *info = vin_device_get_info(engine->device);
    const VinCaps *caps = vin_device_get_caps(engine->device);
    g_autofree char *plan = vin_plan_describe_text(engine->plan);
    g_autofree char *recipe = vin_model_describe_recipe(engine->model);
    g_autofree char *bits = vin_caps_to_string(caps->bits);
    g_autofree char *name = vin_printable(vin_model_get_name(engine->model));

    return g_strdup_printf("model %s: %s\n"
                           "device %u: %s (%s), driver %s %s, Vulkan %u.%u.%u\n"
                           "features in use: %s\n"
                           "%s",
                           name, recipe, info->index, info->name,
                           vin_device_type_name(info->type), info->driver, info->driver_info,
                           VK_API_VERSION_MAJOR(info->api_version),
                           VK_API_VERSION_MINOR(info->api_version),
                           VK_API_VERSION_PATCH(info->api_version),
                           bits[0] != '\0' ? bits : "none", plan);
}

static void append_member(GString *json, const char *name, const char *value)
{
    vin_json_append_string(json, name);
    g_string_append_c(json, ':');
    vin_json_append_string(json, value);
    g_string_append_c(json, ',');
}

static char *describe_json(const VinEngine *engine)
{
    const VinDeviceInfo *info = vin_device_get_info(engine->device);
    g_autofree char *plan = vin_plan_describe_json(engine->plan);
    g_autofree char *bits = vin_caps_to_string(vin_device_get_caps(engine->device)->bits);
    GString *json = g_string_new("{");

    append_member(json, "model", vin_model_get_name(engine->model));
    g_string_append_printf(json, "\"device\":{\"index\":%u,", info->index);
    append_member(json, "name", info->name);
    append_member(json, "type", vin_device_type_name(info->type));
    append_member(json, "driver", info->driver);
    append_member(json, "driver_info", info->driver_info);
    append_member(json, "features", bits);
    g_string_append_printf(json, "\"vulkan\":\"%u.%u.%u\"},\"plan\":%s}",
                           VK_API_VERSION_MAJOR(info->api_version),
                           VK_API_VERSION_MINOR(info->api_version),
                           VK_API_VERSION_PATCH(info->api_version), plan);
    return g_string_free(json, FALSE);
}

char *vin_engine_describe(VinEngine *engine, VinDescribeFormat format)
{
    char *text;

    g_return_val_if_fail(engine != NULL, NULL);
    switch (format) {
    case VIN_DESCRIBE_JSON:
        text = describe_json(engine);
        break;
    case VIN_DESCRIBE_DOT:
        text = vin_graph_dump_dot(engine->plan->graph);
        break;
    default:
        text = describe_text(engine);
        break;
    }
    return text;
}
