/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Typed access to the attributes of an ONNX node, with ranges checked, and the error every
 * complaint about a node goes through.
 */
#ifndef VIN_MODEL_ONNX_ATTRS_H
#define VIN_MODEL_ONNX_ATTRS_H

#include <vkinception/error.h>

#include "model/onnx.pb-c.h"

/* Sets @error to 'node "NAME" (Op): ' and the message; returns FALSE. */
gboolean vin_onnx_fail(const Onnx__NodeProto *node, VinErrorCode code, GError **error,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The node's name, else its first output's. */
const char *vin_onnx_node_name(const Onnx__NodeProto *node);

/* FALSE when the node has an attribute that is not in @known (names split by blanks): it
 * might change what the node computes. */
gboolean vin_onnx_attrs_known(const Onnx__NodeProto *node, const char *known, GError **error);

/* NULL when absent. */
const Onnx__AttributeProto *vin_onnx_attr_find(const Onnx__NodeProto *node, const char *name);

typedef struct {
    gint64 min, max, fallback;
} VinOnnxRange;

/* An absent attribute gives the fallback. */
gboolean vin_onnx_attr_int(const Onnx__NodeProto *node, const char *name, VinOnnxRange range,
                           gint64 *out, GError **error);
gboolean vin_onnx_attr_float(const Onnx__NodeProto *node, const char *name, float fallback,
                             float *out, GError **error);
/* Exactly @n_values numbers into out[]; an absent list gives the fallback @n_values times. */
gboolean vin_onnx_attr_ints(const Onnx__NodeProto *node, const char *name, VinOnnxRange range,
                            guint n_values, guint32 *out, GError **error);
/* *out: text to g_free(); @fallback when absent. */
gboolean vin_onnx_attr_string(const Onnx__NodeProto *node, const char *name,
                              const char *fallback, char **out, GError **error);

#endif
