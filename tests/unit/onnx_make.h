/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Builds small ONNX files for tests, with the messages the library itself parses.
 */
#ifndef VIN_TESTS_ONNX_MAKE_H
#define VIN_TESTS_ONNX_MAKE_H

#include "model/onnx_import.h"

/* Text lists are split by blanks: names "x w b", numbers "1 64 7 7". */

Onnx__ModelProto *onnx_make_new(gint64 opset);
void onnx_make_free(Onnx__ModelProto *model);
/* @dims: "N 3 8 8"; a word that is no number is a symbolic dimension. */
Onnx__ValueInfoProto *onnx_make_input(Onnx__ModelProto *model, const char *name,
                                      const char *dims);
void onnx_make_output(Onnx__ModelProto *model, const char *name);
/* Float constant, raw, values 0.5, 1.0, 1.5, ... */
Onnx__TensorProto *onnx_make_floats(Onnx__ModelProto *model, const char *name,
                                    const char *dims);
/* One-dimensional int64 constant. */
Onnx__TensorProto *onnx_make_ints(Onnx__ModelProto *model, const char *name,
                                  const char *values);
/* The same, belonging to nobody yet. */
Onnx__TensorProto *onnx_make_tensor(const char *name, gint32 data_type, const char *dims);
void onnx_make_raw(Onnx__TensorProto *tensor, gconstpointer bytes, gsize n_bytes);

Onnx__NodeProto *onnx_make_node(Onnx__ModelProto *model, const char *op, const char *inputs,
                                const char *outputs);
void onnx_make_attr_int(Onnx__NodeProto *node, const char *name, gint64 value);
void onnx_make_attr_float(Onnx__NodeProto *node, const char *name, float value);
void onnx_make_attr_text(Onnx__NodeProto *node, const char *name, const char *text);
void onnx_make_attr_ints(Onnx__NodeProto *node, const char *name, const char *values);
void onnx_make_attr_tensor(Onnx__NodeProto *node, const char *name, Onnx__TensorProto *tensor);

GBytes *onnx_make_bytes(const Onnx__ModelProto *model);
/* Writes @bytes to @folder/@name; the path, to g_free(). */
char *onnx_make_file(GBytes *bytes, const char *folder, const char *name);
/* A new folder for one test, to onnx_make_remove() with what is in it. */
char *onnx_make_folder(void);
void onnx_make_remove(char *folder);

/* Packs and frees @model, writes, loads and imports it. */
VinGraph *onnx_make_graph(Onnx__ModelProto *model, const VinOnnxOutputs *outputs,
                          GError **error);
/* Expects an error whose code is @code and whose message has every one of @words ("a|b"). */
void onnx_make_expect(GError *error, VinErrorCode code, const char *words);
/* A model with input x of @dims and one node "node" of @op that makes the output y. */
Onnx__ModelProto *onnx_make_one(gint64 opset, const char *op, const char *dims,
                                const char *inputs, Onnx__NodeProto **node);
/* The same behind a Flatten: x (1x3x2x2) -> flat (1x12) -> @op -> y. */
Onnx__ModelProto *onnx_make_one_flat(gint64 opset, const char *op, const char *inputs,
                                     Onnx__NodeProto **node);
/* Imports @model, which must work / must be refused as onnx_make_expect() says. */
VinGraph *onnx_make_imported(Onnx__ModelProto *model);
void onnx_make_refused(Onnx__ModelProto *model, VinErrorCode code, const char *words);
void onnx_make_assert_shape(const VinGraph *graph, const char *tensor, const char *shape);
VinNode *onnx_make_find_node(const VinGraph *graph, const char *name);

#endif
