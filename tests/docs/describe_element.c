/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What GObject knows of an element, as JSON: pad templates and properties. From the element itself
 * and not from gst-inspect-1.0, whose text differs from release to release. Read by
 * scripts/element_pages.py.
 *
 * usage: describe-element PLUGIN_FILE ELEMENT
 */
#include <gst/gst.h>
#include <json-glib/json-glib.h>

static void add_string(JsonBuilder *json, const char *name, const char *value)
{
    json_builder_set_member_name(json, name);
    if (value != NULL) {
        json_builder_add_string_value(json, value);
    } else {
        json_builder_add_null_value(json);
    }
}

/* A value as a pipeline's text would have it; NULL for an unset string. */
static char *value_to_text(const GValue *value)
{
    if (G_VALUE_HOLDS_STRING(value)) {
        return g_value_dup_string(value);
    }
    if (G_VALUE_HOLDS_DOUBLE(value)) {
        return g_strdup_printf("%g", g_value_get_double(value));
    }
    if (G_VALUE_HOLDS_ENUM(value)) {
        GEnumClass *klass = G_ENUM_CLASS(g_type_class_peek(G_VALUE_TYPE(value)));

        return g_strdup(g_enum_get_value(klass, g_value_get_enum(value))->value_nick);
    }
    return gst_value_serialize(value);
}

static gboolean add_field(GQuark field, const GValue *value, gpointer user_data)
{
    JsonBuilder *json = user_data;
    guint n = GST_VALUE_HOLDS_LIST(value) ? gst_value_list_get_size(value) : 1;

    json_builder_set_member_name(json, g_quark_to_string(field));
    json_builder_begin_array(json);
    for (guint i = 0; i < n; i++) {
        const GValue *one =
            GST_VALUE_HOLDS_LIST(value) ? gst_value_list_get_value(value, i) : value;
        g_autofree char *text = value_to_text(one);

        json_builder_add_string_value(json, text);
    }
    json_builder_end_array(json);
    return TRUE;
}

static void add_pad(JsonBuilder *json, GstStaticPadTemplate *pad)
{
    g_autoptr(GstCaps) caps = gst_static_pad_template_get_caps(pad);

    json_builder_begin_object(json);
    add_string(json, "name", pad->name_template);
    add_string(json, "direction", pad->direction == GST_PAD_SINK ? "sink" : "source");
    json_builder_set_member_name(json, "caps");
    json_builder_begin_array(json);
    for (guint i = 0; !gst_caps_is_any(caps) && i < gst_caps_get_size(caps); i++) {
        const GstStructure *structure = gst_caps_get_structure(caps, i);
        g_autofree char *features = gst_caps_features_to_string(gst_caps_get_features(caps, i));

        json_builder_begin_object(json);
        add_string(json, "media", gst_structure_get_name(structure));
        add_string(json, "memory", features);
        json_builder_set_member_name(json, "fields");
        json_builder_begin_object(json);
        gst_structure_foreach(structure, add_field, json);
        json_builder_end_object(json);
        json_builder_end_object(json);
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
}

static void add_range(JsonBuilder *json, GParamSpec *spec)
{
    g_autofree char *min = NULL;
    g_autofree char *max = NULL;

    if (G_IS_PARAM_SPEC_UINT(spec)) {
        min = g_strdup_printf("%u", G_PARAM_SPEC_UINT(spec)->minimum);
        max = g_strdup_printf("%u", G_PARAM_SPEC_UINT(spec)->maximum);
    } else if (G_IS_PARAM_SPEC_INT(spec)) {
        min = g_strdup_printf("%d", G_PARAM_SPEC_INT(spec)->minimum);
        max = g_strdup_printf("%d", G_PARAM_SPEC_INT(spec)->maximum);
    } else if (G_IS_PARAM_SPEC_DOUBLE(spec)) {
        min = g_strdup_printf("%g", G_PARAM_SPEC_DOUBLE(spec)->minimum);
        max = g_strdup_printf("%g", G_PARAM_SPEC_DOUBLE(spec)->maximum);
    }
    add_string(json, "min", min);
    add_string(json, "max", max);
}

static void add_choices(JsonBuilder *json, GParamSpec *spec)
{
    json_builder_set_member_name(json, "choices");
    json_builder_begin_array(json);
    if (G_IS_PARAM_SPEC_ENUM(spec)) {
        GEnumClass *klass = G_PARAM_SPEC_ENUM(spec)->enum_class;

        for (guint i = 0; i < klass->n_values; i++) {
            json_builder_begin_object(json);
            add_string(json, "nick", klass->values[i].value_nick);
            add_string(json, "name", klass->values[i].value_name);
            json_builder_end_object(json);
        }
    }
    json_builder_end_array(json);
}

/* In which states it may be set; NULL where the flags do not say. */
static const char *settable_in(GParamSpec *spec)
{
    if ((spec->flags & G_PARAM_WRITABLE) == 0) {
        return "never";
    }
    if ((spec->flags & GST_PARAM_MUTABLE_PLAYING) != 0) {
        return "PLAYING";
    }
    if ((spec->flags & GST_PARAM_MUTABLE_PAUSED) != 0) {
        return "PAUSED";
    }
    return (spec->flags & GST_PARAM_MUTABLE_READY) != 0 ? "READY" : NULL;
}

static void add_property(JsonBuilder *json, GstElement *element, GParamSpec *spec)
{
    g_auto(GValue) value = G_VALUE_INIT;
    g_autofree char *text = NULL;

    json_builder_begin_object(json);
    add_string(json, "name", spec->name);
    add_string(json, "blurb", g_param_spec_get_blurb(spec));
    add_string(json, "type", g_type_name(spec->value_type));
    add_string(json, "owner", g_type_name(spec->owner_type));
    add_string(json, "settable", settable_in(spec));
    add_range(json, spec);
    add_choices(json, spec);
    if ((spec->flags & G_PARAM_WRITABLE) != 0 && (spec->flags & G_PARAM_READABLE) != 0) {
        g_value_init(&value, spec->value_type);
        g_object_get_property(G_OBJECT(element), spec->name, &value);
        text = value_to_text(&value);
    }
    add_string(json, "default", text);
    json_builder_end_object(json);
}

/* Its own properties, and inherited ones that start with another value than their class says. */
static gboolean is_wanted(GstElement *element, GParamSpec *spec)
{
    g_auto(GValue) value = G_VALUE_INIT;

    if (spec->owner_type == G_OBJECT_TYPE(element)) {
        return TRUE;
    }
    if (spec->owner_type == GST_TYPE_OBJECT || (spec->flags & G_PARAM_WRITABLE) == 0 ||
        (spec->flags & G_PARAM_READABLE) == 0) {
        return FALSE;
    }
    g_value_init(&value, spec->value_type);
    g_object_get_property(G_OBJECT(element), spec->name, &value);
    return !g_param_value_defaults(spec, &value);
}

static void describe(JsonBuilder *json, GstElement *element)
{
    GstElementFactory *factory = gst_element_get_factory(element);
    g_autofree GParamSpec **specs = NULL;
    guint n_specs = 0;

    json_builder_begin_object(json);
    add_string(json, "name", GST_OBJECT_NAME(factory));
    add_string(json, "type", G_OBJECT_TYPE_NAME(element));
    add_string(json, "long-name",
               gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_LONGNAME));
    add_string(json, "class",
               gst_element_factory_get_metadata(factory, GST_ELEMENT_METADATA_KLASS));
    json_builder_set_member_name(json, "pads");
    json_builder_begin_array(json);
    for (const GList *link = gst_element_factory_get_static_pad_templates(factory); link != NULL;
         link = link->next) {
        add_pad(json, link->data);
    }
    json_builder_end_array(json);
    json_builder_set_member_name(json, "properties");
    json_builder_begin_array(json);
    specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &n_specs);
    for (guint i = 0; i < n_specs; i++) {
        if (is_wanted(element, specs[i])) {
            add_property(json, element, specs[i]);
        }
    }
    json_builder_end_array(json);
    json_builder_end_object(json);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GstPlugin) plugin = NULL;
    g_autoptr(GstElement) element = NULL;
    g_autoptr(JsonBuilder) json = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;

    gst_init(&argc, &argv);
    if (argc != 3) {
        g_printerr("usage: describe-element PLUGIN_FILE ELEMENT\n");
        return 2;
    }
    plugin = gst_plugin_load_file(argv[1], &error);
    if (plugin == NULL) {
        g_printerr("describe-element: %s\n", error->message);
        return 1;
    }
    element = gst_element_factory_make(argv[2], NULL);
    if (element == NULL) {
        g_printerr("describe-element: %s has no element %s\n", argv[1], argv[2]);
        return 1;
    }
    describe(json, gst_object_ref_sink(element));
    root = json_builder_get_root(json);
    text = json_to_string(root, TRUE);
    g_print("%s\n", text);
    return 0;
}
