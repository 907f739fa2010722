/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shapes and what can be asked of a tensor. Tensors are made and freed by graph/graph.c.
 */
#include "graph/tensor.h"

#include "base/bytes.h"

/* More values than this and 32-bit indices on the device would wrap. */
#define MAX_VALUES G_MAXINT32

gsize vin_type_size(VinType type)
{
    return type == VIN_TYPE_I64 ? 8 : 4;
}

gboolean vin_shape_count(const VinShape *shape, guint64 *count)
{
    guint64 product = 1;

    if (shape->n_dims > VIN_MAX_DIMS) {
        return FALSE;
    }
    for (guint i = 0; i < shape->n_dims; i++) {
        if (shape->dims[i] == 0 || !vin_mul_u64(product, shape->dims[i], &product) ||
            product > MAX_VALUES) {
            return FALSE;
        }
    }
    *count = product;
    return TRUE;
}

guint64 vin_shape_n_values(const VinShape *shape)
{
    guint64 count = 0;
    gboolean ok = vin_shape_count(shape, &count);

    g_assert(ok);
    return count;
}

gboolean vin_shape_equal(const VinShape *a, const VinShape *b)
{
    if (a->n_dims != b->n_dims) {
        return FALSE;
    }
    for (guint i = 0; i < a->n_dims; i++) {
        if (a->dims[i] != b->dims[i]) {
            return FALSE;
        }
    }
    return TRUE;
}

VinShape vin_shape_nchw(guint32 n, guint32 c, guint32 h, guint32 w)
{
    VinShape shape = {4, {n, c, h, w}};

    return shape;
}

VinShape vin_shape_nc(guint32 n, guint32 c)
{
    VinShape shape = {2, {n, c}};

    return shape;
}

char *vin_shape_to_string(const VinShape *shape)
{
    GString *text = g_string_new(shape->n_dims == 0 ? "scalar" : NULL);

    for (guint i = 0; i < shape->n_dims; i++) {
        g_string_append_printf(text, "%s%u", i > 0 ? "x" : "", shape->dims[i]);
    }
    return g_string_free(text, FALSE);
}

static guint32 dim_or_one(const VinTensor *tensor, guint i)
{
    return i < tensor->shape.n_dims ? tensor->shape.dims[i] : 1;
}

guint32 vin_tensor_n(const VinTensor *tensor)
{
    return dim_or_one(tensor, 0);
}

guint32 vin_tensor_c(const VinTensor *tensor)
{
    return dim_or_one(tensor, 1);
}

guint32 vin_tensor_h(const VinTensor *tensor)
{
    return dim_or_one(tensor, 2);
}

guint32 vin_tensor_w(const VinTensor *tensor)
{
    return dim_or_one(tensor, 3);
}

gboolean vin_tensor_is_constant(const VinTensor *tensor)
{
    return tensor->data != NULL;
}

const float *vin_tensor_floats(const VinTensor *tensor)
{
    g_assert(tensor->data != NULL && tensor->type == VIN_TYPE_F32);
    return g_bytes_get_data(tensor->data, NULL);
}

const VinTensor *vin_tensor_root(const VinTensor *tensor, guint32 *channel)
{
    while (tensor->base != NULL) {
        *channel += tensor->channel_offset;
        tensor = tensor->base;
    }
    return tensor;
}
