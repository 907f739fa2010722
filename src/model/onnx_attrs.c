/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Attribute look-up by name and type. Files of IR version 1 have no type field; later ones
 * must say the type we expect.
 */
#include "model/onnx_attrs.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

/* AttributeProto.AttributeType, ONNX IR specification. */
enum { AT_FLOAT = 1, AT_INT = 2, AT_STRING = 3, AT_INTS = 7 };

const char *vin_onnx_node_name(const Onnx__NodeProto *node)
{
    if (node->name != NULL && node->name[0] != '\0') {
        return node->name;
    }
    return node->n_output > 0 ? node->output[0] : "(unnamed)";
}

gboolean vin_onnx_fail(const Onnx__NodeProto *node, VinErrorCode code, GError **error,
                       const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    return vin_fail(error, code, "node \"%s\" (%s): %s", vin_onnx_node_name(node),
                    node->op_type != NULL ? node->op_type : "no operator", text);
}

gboolean vin_onnx_attrs_known(const Onnx__NodeProto *node, const char *known, GError **error)
{
    g_auto(GStrv) names = g_strsplit(known, " ", -1);

    for (size_t i = 0; i < node->n_attribute; i++) {
        const char *name = node->attribute[i]->name;

        if (name == NULL || !g_utf8_validate(name, -1, NULL)) {
            return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                                 "attribute %zu has no readable name", i);
        }
        if (!g_strv_contains((const char *const *)names, name)) {
            return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                                 "attribute \"%s\" is not supported; supported are: %s", name,
                                 known[0] != '\0' ? known : "none");
        }
    }
    return TRUE;
}

const Onnx__AttributeProto *vin_onnx_attr_find(const Onnx__NodeProto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++) {
        if (g_strcmp0(node->attribute[i]->name, name) == 0) {
            return node->attribute[i];
        }
    }
    return NULL;
}

static gboolean check_type(const Onnx__NodeProto *node, const Onnx__AttributeProto *attribute,
                           gint32 type, const char *type_name, GError **error)
{
    if (attribute->has_type && attribute->type != type) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "attribute \"%s\" is of type %d; %s (type %d) is accepted",
                             attribute->name, attribute->type, type_name, type);
    }
    return TRUE;
}

static gboolean check_range(const Onnx__NodeProto *node, const char *name, gint64 value,
                            VinOnnxRange range, GError **error)
{
    if (value >= range.min && value <= range.max) {
        return TRUE;
    }
    if (range.min == range.max) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "attribute \"%s\" is %" G_GINT64_FORMAT "; only %" G_GINT64_FORMAT
                             " is supported",
                             name, value, range.min);
    }
    return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                         "attribute \"%s\" is %" G_GINT64_FORMAT "; supported are %"
                         G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                         name, value, range.min, range.max);
}

gboolean vin_onnx_attr_int(const Onnx__NodeProto *node, const char *name, VinOnnxRange range,
                           gint64 *out, GError **error)
{
    const Onnx__AttributeProto *attribute = vin_onnx_attr_find(node, name);

    *out = range.fallback;
    if (attribute == NULL) {
        return TRUE;
    }
    if (!check_type(node, attribute, AT_INT, "a whole number", error) ||
        !check_range(node, name, attribute->i, range, error)) {
        return FALSE;
    }
    *out = attribute->i;
    return TRUE;
}

gboolean vin_onnx_attr_float(const Onnx__NodeProto *node, const char *name, float fallback,
                             float *out, GError **error)
{
    const Onnx__AttributeProto *attribute = vin_onnx_attr_find(node, name);

    *out = fallback;
    if (attribute == NULL) {
        return TRUE;
    }
    if (!check_type(node, attribute, AT_FLOAT, "a number", error)) {
        return FALSE;
    }
    if (!isfinite(attribute->f)) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "attribute \"%s\" is not a finite number", name);
    }
    *out = attribute->f;
    return TRUE;
}

gboolean vin_onnx_attr_ints(const Onnx__NodeProto *node, const char *name, VinOnnxRange range,
                            guint n_values, guint32 *out, GError **error)
{
    const Onnx__AttributeProto *attribute = vin_onnx_attr_find(node, name);

    for (guint i = 0; i < n_values; i++) {
        out[i] = (guint32)range.fallback;
    }
    if (attribute == NULL) {
        return TRUE;
    }
    if (!check_type(node, attribute, AT_INTS, "a list of whole numbers", error)) {
        return FALSE;
    }
    if (attribute->n_ints != n_values) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "attribute \"%s\" has %zu numbers; %u are supported (two spatial "
                             "dimensions)",
                             name, attribute->n_ints, n_values);
    }
    for (guint i = 0; i < n_values; i++) {
        if (!check_range(node, name, attribute->ints[i], range, error)) {
            return FALSE;
        }
        out[i] = (guint32)attribute->ints[i];
    }
    return TRUE;
}

gboolean vin_onnx_attr_string(const Onnx__NodeProto *node, const char *name,
                              const char *fallback, char **out, GError **error)
{
    const Onnx__AttributeProto *attribute = vin_onnx_attr_find(node, name);
    const char *text;

    *out = NULL;
    if (attribute == NULL) {
        *out = g_strdup(fallback);
        return TRUE;
    }
    if (!check_type(node, attribute, AT_STRING, "text", error)) {
        return FALSE;
    }
    text = attribute->s.len > 0 ? (const char *)attribute->s.data : "";
    if (!g_utf8_validate_len(text, attribute->s.len, NULL)) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "attribute \"%s\" is not UTF-8 text", name);
    }
    *out = g_strndup(text, attribute->s.len);
    return TRUE;
}
