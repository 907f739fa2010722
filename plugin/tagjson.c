/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The format of tagsink's lines. Called by tagsink.c.
 */
#include "tagjson.h"

#include <json-glib/json-glib.h>
#include <math.h>

static void add_time(JsonBuilder *builder, const char *name, GstClockTime time)
{
    json_builder_set_member_name(builder, name);
    if (GST_CLOCK_TIME_IS_VALID(time)) {
        json_builder_add_int_value(builder, (gint64)time);
    } else {
        json_builder_add_null_value(builder);
    }
}

static void add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text); /* NULL becomes null */
}

static void add_tag(JsonBuilder *builder, const VinTag *tag)
{
    json_builder_begin_object(builder);
    add_text(builder, "label", tag->label);
    json_builder_set_member_name(builder, "index");
    json_builder_add_int_value(builder, tag->index);
    json_builder_set_member_name(builder, "score");
    if (isfinite(tag->score)) {
        json_builder_add_double_value(builder, tag->score);
    } else {
        json_builder_add_null_value(builder);
    }
    add_text(builder, "wnid", tag->wnid);
    json_builder_end_object(builder);
}

char *vin_tag_line_to_json(const VinTagLine *line)
{
    g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "frame");
    json_builder_add_int_value(builder, (gint64)line->frame);
    add_time(builder, "running_time", line->running_time);
    add_time(builder, "duration", line->duration);
    add_text(builder, "model", line->model);
    json_builder_set_member_name(builder, "tags");
    json_builder_begin_array(builder);
    for (guint i = 0; i < line->n_tags; i++) {
        add_tag(builder, &line->tags[i]);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);

    root = json_builder_get_root(builder);
    json_generator_set_root(generator, root);
    return json_generator_to_data(generator, NULL);
}
