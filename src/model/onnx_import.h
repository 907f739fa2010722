/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From an unpacked ONNX file to a VinGraph. The first part is for model.c, the rest for the
 * operator builders (onnx_ops.c, onnx_window.c, onnx_shape.c, onnx_eltwise.c).
 */
#ifndef VIN_MODEL_ONNX_IMPORT_H
#define VIN_MODEL_ONNX_IMPORT_H

#include "graph/graph.h"
#include "model/onnx_attrs.h"
#include "model/onnx_file.h"
#include "model/onnx_tensor.h"

/* What to keep of the file's graph. */
typedef struct {
    const char *output;       /* main output; NULL: the file's first */
    const char *const *heads; /* further outputs, NULL-terminated; NULL: none */
} VinOnnxOutputs;

/* Builds the nodes that the chosen outputs need, in the file's order, with batch size 1.
 * Takes weights out of @file: a file is imported once. */
VinGraph *vin_onnx_import(VinOnnxFile *file, const VinOnnxOutputs *outputs, GError **error);

/* A named value of the file: a constant, the input, or the output of a node. */
typedef struct {
    const char *name;         /* the file's */
    Onnx__TensorProto *proto; /* a constant not read yet, or NULL */
    VinOnnxTensor constant;   /* data is NULL while unread, and for activations */
    VinTensor *tensor;        /* an activation's, once built */
    const Onnx__ValueInfoProto *input; /* the graph input's declaration, or NULL */
    gint node;                /* index of the node that makes it, or -1 */
} VinOnnxValue;

typedef struct {
    VinOnnxFile *file;
    gint64 opset;
    guint32 declared_batch;   /* the input's fixed batch size in the file, or 0 */
    guint64 constant_bytes;   /* held so far */
    guint64 spread_values;    /* of biases made of one value, so far */
    VinGraph *graph;
    GHashTable *values;       /* name -> VinOnnxValue, owned */
} VinOnnxImport;

typedef gboolean (*VinOnnxBuildFunc)(VinOnnxImport *import, const Onnx__NodeProto *node,
                                     GError **error);

typedef struct {
    const char *op;
    VinOnnxBuildFunc build;
    guint min_inputs, max_inputs;
    const char *attrs; /* known attributes, split by blanks */
} VinOnnxOp;

/* onnx_ops.c: the table; NULL when there is no such operator. */
const VinOnnxOp *vin_onnx_op_find(const char *name);
char *vin_onnx_op_list(void); /* "Add, AveragePool, ..." to g_free() */

/* Input @i is there (optional inputs may be left out or have an empty name). */
gboolean vin_onnx_has_input(const Onnx__NodeProto *node, guint i);
gboolean vin_onnx_is_constant(const VinOnnxImport *import, const Onnx__NodeProto *node, guint i);
/* Input @i, which must be computed / must be constant (of @type). Borrowed; NULL with @error. */
VinTensor *vin_onnx_activation(VinOnnxImport *import, const Onnx__NodeProto *node, guint i,
                               GError **error);
const VinOnnxTensor *vin_onnx_constant(VinOnnxImport *import, const Onnx__NodeProto *node,
                                       guint i, VinType type, GError **error);
/* Constant input @i as a tensor of the graph, read as @shape (NULL: its own). */
VinTensor *vin_onnx_weight(VinOnnxImport *import, const Onnx__NodeProto *node, guint i,
                           const VinShape *shape, GError **error);
/* Adds @proto (op, inputs and params filled in) as the node's one output. */
gboolean vin_onnx_emit(VinOnnxImport *import, const Onnx__NodeProto *node,
                       const VinNode *proto, GError **error);
/* The node's output is a constant; takes @constant. */
gboolean vin_onnx_emit_constant(VinOnnxImport *import, const Onnx__NodeProto *node,
                                VinOnnxTensor *constant, GError **error);
/* Rank 4 is required, as "input 0 has shape ...". */
gboolean vin_onnx_need_4d(const Onnx__NodeProto *node, const VinTensor *x, GError **error);
/* Normalises attribute "axis" against @n_dims: *out is 0 .. n_dims - 1. */
gboolean vin_onnx_axis(const Onnx__NodeProto *node, guint n_dims, gint64 fallback, guint *out,
                       GError **error);

/* Builders, by file. */
gboolean vin_onnx_build_conv(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_pool(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_global_pool(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_reshape(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_flatten(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_add_mul(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_batchnorm(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_gemm(VinOnnxImport *, const Onnx__NodeProto *, GError **);
gboolean vin_onnx_build_matmul(VinOnnxImport *, const Onnx__NodeProto *, GError **);

#endif
