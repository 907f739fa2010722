/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTensor: a named array of the graph: an input, a constant or what a node makes.
 */
#ifndef VIN_GRAPH_TENSOR_H
#define VIN_GRAPH_TENSOR_H

#include <glib.h>

#define VIN_MAX_DIMS 8

typedef enum { VIN_TYPE_F32, VIN_TYPE_I64 } VinType;

/* Row-major extents. Activations are N C H W (4) or N C (2). n_dims 0 is a scalar. */
typedef struct {
    guint n_dims;
    guint32 dims[VIN_MAX_DIMS]; /* each >= 1 */
} VinShape;

typedef struct _VinNode VinNode;
typedef struct _VinTensor VinTensor;

struct _VinTensor {
    guint id;              /* place in the graph's tensor array */
    char *name;            /* unique in the graph */
    VinType type;
    VinShape shape;
    GBytes *data;          /* constants: little-endian, row-major; NULL for activations */
    VinNode *producer;     /* NULL for graph inputs and constants */
    VinTensor *base;       /* view: the tensor this one is a channel slice of, or NULL */
    guint32 channel_offset; /* view: first channel in base */
};

gsize vin_type_size(VinType type);
/* Number of values; FALSE when the product overflows 2^31 - 1 values. */
gboolean vin_shape_count(const VinShape *shape, guint64 *count);
guint64 vin_shape_n_values(const VinShape *shape); /* of a shape already checked */
gboolean vin_shape_equal(const VinShape *a, const VinShape *b);
VinShape vin_shape_nchw(guint32 n, guint32 c, guint32 h, guint32 w);
VinShape vin_shape_nc(guint32 n, guint32 c);
char *vin_shape_to_string(const VinShape *shape); /* "1x64x112x112", to g_free() */

/* N, C, H, W of an activation; H = W = 1 for rank 2. */
guint32 vin_tensor_n(const VinTensor *tensor);
guint32 vin_tensor_c(const VinTensor *tensor);
guint32 vin_tensor_h(const VinTensor *tensor);
guint32 vin_tensor_w(const VinTensor *tensor);
gboolean vin_tensor_is_constant(const VinTensor *tensor);
const float *vin_tensor_floats(const VinTensor *tensor); /* constant F32 data */
/* The outermost base of a view (itself when no view), adding channel offsets to *channel. */
const VinTensor *vin_tensor_root(const VinTensor *tensor, guint32 *channel);

#endif
