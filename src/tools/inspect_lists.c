/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What there is to choose from: Vulkan devices, models, pixel formats; as text and as JSON.
 */
#include "inspect_lists.h"

#include <stdio.h>

#include "tool.h"

static void uuid_text(const guint8 uuid[16], char text[37])
{
    char *out = text;

    for (guint i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        g_snprintf(out, 3, "%02x", uuid[i]);
        out += 2;
    }
}

/* "1.3.239" of a packed version, as Vulkan packs it. */
static char *api_version_text(guint32 version)
{
    return g_strdup_printf("%u.%u.%u", (version >> 22) & 0x7f, (version >> 12) & 0x3ff,
                           version & 0xfff);
}

static void add_device(JsonBuilder *builder, const VinDeviceInfo *info)
{
    g_autofree char *api = api_version_text(info->api_version);
    char uuid[37];

    uuid_text(info->uuid, uuid);
    json_builder_begin_object(builder);
    tool_json_int(builder, "index", info->index);
    tool_json_string(builder, "name", info->name);
    tool_json_string(builder, "type", vin_device_type_name(info->type));
    tool_json_string(builder, "uuid", uuid);
    tool_json_string(builder, "driver", info->driver);
    tool_json_string(builder, "driver_info", info->driver_info);
    tool_json_string(builder, "api_version", api);
    tool_json_int(builder, "vendor_id", info->vendor_id);
    tool_json_int(builder, "subgroup_size", info->subgroup_size);
    tool_json_int(builder, "memory_bytes", (gint64)info->memory_bytes);
    tool_json_int(builder, "max_storage_bytes", (gint64)info->max_storage_bytes);
    json_builder_set_member_name(builder, "usable");
    json_builder_add_boolean_value(builder, info->usable);
    if (info->reason != NULL) {
        tool_json_string(builder, "reason", info->reason);
    }
    json_builder_end_object(builder);
}

static void print_device(const VinDeviceInfo *info)
{
    g_autofree char *api = api_version_text(info->api_version);
    g_autofree char *memory = g_format_size_full(info->memory_bytes, G_FORMAT_SIZE_IEC_UNITS);
    char uuid[37];

    uuid_text(info->uuid, uuid);
    printf("%u: %s\n", info->index, info->name);
    printf("   type      %s\n", vin_device_type_name(info->type));
    printf("   uuid      %s\n", uuid);
    printf("   driver    %s %s\n", info->driver, info->driver_info);
    printf("   Vulkan    %s\n", api);
    printf("   memory    %s\n", memory);
    printf("   subgroup  %u\n", info->subgroup_size);
    if (!info->usable) {
        printf("   unusable  %s\n", info->reason);
    }
}

gboolean inspect_devices(gboolean json, GError **error)
{
    guint n_devices = 0;
    g_autofree VinDeviceInfo *devices = vin_device_list(&n_devices, error);

    if (devices == NULL) {
        return FALSE;
    }
    if (json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_array(builder);
        for (guint i = 0; i < n_devices; i++) {
            add_device(builder, &devices[i]);
        }
        json_builder_end_array(builder);
        return tool_print_json(json_builder_get_root(builder), TRUE, error);
    }
    for (guint i = 0; i < n_devices; i++) {
        print_device(&devices[i]);
    }
    return tool_flush(error);
}

/* One name a line, or an array of them. */
static gboolean print_names(const char *const *names, gboolean json, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    if (!json) {
        for (; *names != NULL; names++) {
            puts(*names);
        }
        return tool_flush(error);
    }
    json_builder_begin_array(builder);
    for (; *names != NULL; names++) {
        json_builder_add_string_value(builder, *names);
    }
    json_builder_end_array(builder);
    return tool_print_json(json_builder_get_root(builder), TRUE, error);
}

gboolean inspect_models(gboolean json, GError **error)
{
    g_auto(GStrv) names = vin_model_list();

    return print_names((const char *const *)names, json, error);
}

gboolean inspect_formats(gboolean json, GError **error)
{
    const char *names[VIN_N_FORMATS + 1];
    guint n = 0;

    for (int format = 0; format < VIN_N_FORMATS; format++) {
        const char *name = vin_format_name((VinFormat)format);

        if (name != NULL) {
            names[n++] = name;
        }
    }
    names[n] = NULL;
    return print_names(names, json, error);
}
