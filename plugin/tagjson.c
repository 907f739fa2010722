/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The format of tagsink's lines. Called by tagsink.c.
 */
#include "tagjson.h"

#include <json-glib/json-glib.h>
#include <math.h>

static void add_number(JsonBuilder *builder, const char *name, gint64 number)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, number);
}

static void add_null(JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_null_value(builder);
}

static void add_time(JsonBuilder *builder, const char *name, GstClockTime time)
{
    if (GST_CLOCK_TIME_IS_VALID(time)) {
        add_number(builder, name, (gint64)time);
    } else {
        add_null(builder, name);
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
    add_number(builder, "index", tag->index);
    json_builder_set_member_name(builder, "score");
    if (isfinite(tag->score)) {
        json_builder_add_double_value(builder, tag->score);
    } else {
        json_builder_add_null_value(builder);
    }
    add_text(builder, "wnid", tag->wnid);
    json_builder_end_object(builder);
}

static void add_tags(JsonBuilder *builder, const VinTag *tags, guint first, guint n_tags)
{
    json_builder_set_member_name(builder, "tags");
    json_builder_begin_array(builder);
    for (guint i = 0; i < n_tags; i++) {
        add_tag(builder, &tags[first + i]);
    }
    json_builder_end_array(builder);
}

/* A tracking id of 64 bits comes out negative: JSON's readers know no larger numbers. */
static void add_region(JsonBuilder *builder, const VinTagRegion *region, const VinTag *tags,
                       guint first)
{
    json_builder_begin_object(builder);
    add_number(builder, "x", region->x);
    add_number(builder, "y", region->y);
    add_number(builder, "width", region->width);
    add_number(builder, "height", region->height);
    add_text(builder, "object_class", region->object_class);
    if (region->is_tracked) {
        add_number(builder, "tracking_id", (gint64)region->tracking_id);
    } else {
        add_null(builder, "tracking_id");
    }
    if (region->has_roi) {
        add_number(builder, "roi_id", region->roi_id);
    } else {
        add_null(builder, "roi_id");
    }
    add_number(builder, "age", (gint64)region->age);
    add_tags(builder, tags, first, region->n_tags);
    json_builder_end_object(builder);
}

static void add_regions(JsonBuilder *builder, const VinTagLine *line)
{
    guint first = 0;

    json_builder_set_member_name(builder, "regions");
    json_builder_begin_array(builder);
    for (guint i = 0; i < line->n_regions; i++) {
        add_region(builder, &line->regions[i], line->region_tags, first);
        first += line->regions[i].n_tags;
    }
    json_builder_end_array(builder);
}

char *vin_tag_line_to_json(const VinTagLine *line)
{
    g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    add_number(builder, "frame", (gint64)line->frame);
    add_time(builder, "running_time", line->running_time);
    add_time(builder, "duration", line->duration);
    add_text(builder, "model", line->model);
    if (line->age != 0) {
        json_builder_set_member_name(builder, "age");
        json_builder_add_int_value(builder, (gint64)line->age);
    }
    add_tags(builder, line->tags, 0, line->n_tags);
    if (line->has_regions) {
        add_regions(builder, line);
    }
    json_builder_end_object(builder);

    root = json_builder_get_root(builder);
    json_generator_set_root(generator, root);
    return json_generator_to_data(generator, NULL);
}
