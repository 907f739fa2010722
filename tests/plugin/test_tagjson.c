/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The JSON line, byte for byte where its form is promised and parsed again elsewhere.
 */
#include "tagjson.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

static void test_exact(void)
{
    const VinTag tags[] = {
        {.label = "water bottle", .wnid = "n04557648", .index = 898, .score = 0.75},
        {.label = "crane (bird)", .wnid = NULL, .index = 134, .score = 0.125},
    };
    VinTagLine line = {
        .frame = 7,
        .running_time = 280000000,
        .duration = 40000000,
        .model = "googlenet",
        .tags = tags,
        .n_tags = 2,
    };
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_cmpstr(json, ==,
                    "{\"frame\":7,\"running_time\":280000000,\"duration\":40000000,"
                    "\"model\":\"googlenet\",\"tags\":[{\"label\":\"water bottle\",\"index\":898,"
                    "\"score\":0.75,\"wnid\":\"n04557648\"},{\"label\":\"crane (bird)\","
                    "\"index\":134,\"score\":0.125,\"wnid\":null}]}");
}

/* Of an earlier frame. */
static void test_age(void)
{
    const VinTagLine line = {.model = "m", .age = 40000000};
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_cmpstr(json, ==, "{\"frame\":0,\"running_time\":0,\"duration\":0,"
                              "\"model\":\"m\",\"age\":40000000,\"tags\":[]}");
}

static void test_untagged(void)
{
    VinTagLine line = {
        .frame = 0,
        .running_time = GST_CLOCK_TIME_NONE,
        .duration = GST_CLOCK_TIME_NONE,
    };
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_cmpstr(json, ==,
                    "{\"frame\":0,\"running_time\":null,\"duration\":null,\"model\":null,"
                    "\"tags\":[]}");
}

/* Labels come from a file: what they hold must not break the line. */
static void test_escapes(void)
{
    static const char label[] = "a \"b\" \\ c\nd\t\x01 \xc3\xa9 \xe2\x98\x83";
    const VinTag tag = {.label = label, .index = G_MAXUINT, .score = 1.0f / 3.0f};
    VinTagLine line = {
        .frame = G_MAXINT64,
        .running_time = 1,
        .duration = 1,
        .model = "m\"",
        .tags = &tag,
        .n_tags = 1,
    };
    g_autofree char *json = vin_tag_line_to_json(&line);
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *root;
    JsonObject *entry;

    g_assert_null(strchr(json, '\n'));
    g_assert_true(json_parser_load_from_data(parser, json, -1, NULL));
    root = json_node_get_object(json_parser_get_root(parser));
    entry = json_array_get_object_element(json_object_get_array_member(root, "tags"), 0);
    g_assert_cmpint(json_object_get_int_member(root, "frame"), ==, G_MAXINT64);
    g_assert_cmpstr(json_object_get_string_member(root, "model"), ==, "m\"");
    g_assert_cmpstr(json_object_get_string_member(entry, "label"), ==, label);
    g_assert_cmpint(json_object_get_int_member(entry, "index"), ==, G_MAXUINT);
    g_assert_true((float)json_object_get_double_member(entry, "score") == 1.0f / 3.0f);
}

/* JSON has no word for them. */
static void test_no_numbers(void)
{
    const VinTag tags[] = {
        {.label = "a", .index = 0, .score = (double)INFINITY},
        {.label = "b", .index = 1, .score = (double)NAN},
    };
    VinTagLine line = {.tags = tags, .n_tags = 2};
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_nonnull(strstr(json, "\"index\":0,\"score\":null,"));
    g_assert_nonnull(strstr(json, "\"index\":1,\"score\":null,"));
}

/* What is known of the first object, nothing of the second; their tags lie one behind the other. */
static void test_regions(void)
{
    const VinTag tags[] = {
        {.label = "minivan", .wnid = "n03770679", .index = 656, .score = 0.5},
        {.label = "beach wagon", .wnid = NULL, .index = 436, .score = 0.25},
        {.label = "tench", .wnid = NULL, .index = 0, .score = 1.0},
    };
    const VinTagRegion regions[] = {
        {.x = 1, .y = 2, .width = 30, .height = 40, .age = 80, .object_class = "car",
         .is_tracked = TRUE, .tracking_id = G_MAXINT64, .has_roi = TRUE, .roi_id = -7,
         .n_tags = 2},
        {.width = 5, .height = 6},
        {.width = 8, .height = 9, .n_tags = 1},
    };
    VinTagLine line = {
        .frame = 1,
        .running_time = 2,
        .duration = 3,
        .model = "m",
        .has_regions = TRUE,
        .regions = regions,
        .n_regions = 3,
        .region_tags = tags,
    };
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_cmpstr(
        json, ==,
        "{\"frame\":1,\"running_time\":2,\"duration\":3,\"model\":\"m\",\"tags\":[],"
        "\"regions\":[{\"x\":1,\"y\":2,\"width\":30,\"height\":40,\"object_class\":\"car\","
        "\"tracking_id\":9223372036854775807,\"roi_id\":-7,\"age\":80,\"tags\":["
        "{\"label\":\"minivan\",\"index\":656,\"score\":0.5,\"wnid\":\"n03770679\"},"
        "{\"label\":\"beach wagon\",\"index\":436,\"score\":0.25,\"wnid\":null}]},"
        "{\"x\":0,\"y\":0,\"width\":5,\"height\":6,\"object_class\":null,\"tracking_id\":null,"
        "\"roi_id\":null,\"age\":0,\"tags\":[]},"
        "{\"x\":0,\"y\":0,\"width\":8,\"height\":9,\"object_class\":null,\"tracking_id\":null,"
        "\"roi_id\":null,\"age\":0,\"tags\":[{\"label\":\"tench\",\"index\":0,\"score\":1.0,"
        "\"wnid\":null}]}]}");
}

/* A frame whose objects were looked for, and that has none, is not one that was taken whole. */
static void test_no_regions(void)
{
    VinTagLine line = {
        .frame = 0, .running_time = 0, .duration = 0, .model = "m", .has_regions = TRUE};
    g_autofree char *json = vin_tag_line_to_json(&line);

    g_assert_cmpstr(json, ==,
                    "{\"frame\":0,\"running_time\":0,\"duration\":0,\"model\":\"m\","
                    "\"tags\":[],\"regions\":[]}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tagjson/exact", test_exact);
    g_test_add_func("/tagjson/age", test_age);
    g_test_add_func("/tagjson/untagged", test_untagged);
    g_test_add_func("/tagjson/escapes", test_escapes);
    g_test_add_func("/tagjson/no-numbers", test_no_numbers);
    g_test_add_func("/tagjson/regions", test_regions);
    g_test_add_func("/tagjson/no-regions", test_no_regions);
    return g_test_run();
}
