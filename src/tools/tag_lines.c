/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CSV is that of RFC 4180: a record a label, CRLF behind each, a field with a comma, a quote or a
 * line end in quotes, and quotes in it doubled.
 */
#include "tag_lines.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "tool.h"

static const char *const format_names[] = {
    [TAG_FORMAT_TEXT] = "text",
    [TAG_FORMAT_JSON] = "json",
    [TAG_FORMAT_CSV] = "csv",
};

gboolean tag_format_from_name(const char *name, TagFormat *format)
{
    for (guint i = 0; i < G_N_ELEMENTS(format_names); i++) {
        if (strcmp(name, format_names[i]) == 0) {
            *format = (TagFormat)i;
            return TRUE;
        }
    }
    return FALSE;
}

static void append_json(GString *lines, const TagLineStyle *style, const char *shown,
                        double seconds, const VinResult *result)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    guint n = vin_result_count(result, style->threshold);

    json_builder_begin_object(builder);
    tool_json_string(builder, "file", shown);
    tool_json_double(builder, "time", seconds);
    json_builder_set_member_name(builder, "tags");
    json_builder_begin_array(builder);
    for (guint i = 0; i < n; i++) {
        guint index = result->top[i].index;

        json_builder_begin_object(builder);
        tool_json_string(builder, "label", vin_model_get_label(style->model, index));
        tool_json_int(builder, "index", index);
        tool_json_double(builder, "score", result->top[i].score);
        tool_json_string(builder, "wnid", vin_model_get_wnid(style->model, index));
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    json_generator_set_root(generator, root);
    text = json_generator_to_data(generator, NULL);
    g_string_append(lines, text);
    g_string_append_c(lines, '\n');
}

static void append_field(GString *lines, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        g_string_append(lines, text);
        return;
    }
    g_string_append_c(lines, '"');
    for (; *text != '\0'; text++) {
        g_string_append(lines, *text == '"' ? "\"" : "");
        g_string_append_c(lines, *text);
    }
    g_string_append_c(lines, '"');
}

static void append_csv(GString *lines, const TagLineStyle *style, const char *shown,
                       double seconds, const VinResult *result)
{
    guint n = vin_result_count(result, style->threshold);

    if (n == 0) {
        append_field(lines, shown);
        g_string_append_printf(lines, ",%.6f,,,,,\r\n", seconds);
    }
    for (guint i = 0; i < n; i++) {
        guint index = result->top[i].index;
        const char *wnid = vin_model_get_wnid(style->model, index);

        append_field(lines, shown);
        g_string_append_printf(lines, ",%.6f,%u,", seconds, i + 1);
        append_field(lines, vin_model_get_label(style->model, index));
        g_string_append_printf(lines, ",%u,%.9g,", index, result->top[i].score);
        append_field(lines, wnid != NULL ? wnid : "");
        g_string_append(lines, "\r\n");
    }
}

static void append_text(GString *lines, const TagLineStyle *style, const char *shown,
                        double seconds, const VinResult *result)
{
    g_autofree char *printable = vin_printable(shown);
    guint n = vin_result_count(result, style->threshold);

    g_string_append_printf(lines, "%s  %.3f s ", printable, seconds);
    for (guint i = 0; i < n; i++) {
        g_string_append_printf(lines, "%s %s %.3f", i > 0 ? "," : "",
                               vin_model_get_label(style->model, result->top[i].index),
                               result->top[i].score);
    }
    g_string_append_c(lines, '\n');
}

void tag_lines_append(GString *lines, const TagLineStyle *style, const char *shown, double seconds,
                      const VinResult *result)
{
    switch (style->format) {
    case TAG_FORMAT_TEXT:
        append_text(lines, style, shown, seconds, result);
        return;
    case TAG_FORMAT_JSON:
        append_json(lines, style, shown, seconds, result);
        return;
    case TAG_FORMAT_CSV:
        append_csv(lines, style, shown, seconds, result);
        return;
    }
}
