/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shape rules, one function an op, after the ONNX operator text. Every number of a node
 * may come from an untrusted file: each is checked here, before anybody computes with it.
 */
#include "base/error.h"
#include "graph/graph.h"

/* Keeps positions inside a padded input far from the end of 32 bits. */
#define MAX_WINDOW_PARAM 32767u

typedef gboolean (*ShapeRule)(const VinNode *node, VinShape *out, GError **error);

static gboolean fail_at(const VinNode *node, GError **error, const char *what)
{
    return vin_fail(error, VIN_ERROR_UNSUPPORTED, "node '%s' (%s): %s",
                    node->name != NULL ? node->name : "", vin_op_name(node->op), what);
}

static gboolean fail_shape(const VinNode *node, const VinTensor *tensor, GError **error,
                           const char *wanted)
{
    g_autofree char *shape = vin_shape_to_string(&tensor->shape);
    g_autofree char *what =
        g_strdup_printf("input '%s' is %s, wanted %s", tensor->name, shape, wanted);

    return fail_at(node, error, what);
}

static gboolean check_float(const VinNode *node, const VinTensor *tensor, GError **error)
{
    guint64 count;

    if (tensor->type != VIN_TYPE_F32) {
        return fail_shape(node, tensor, error, "float values");
    }
    if (!vin_shape_count(&tensor->shape, &count)) {
        return fail_shape(node, tensor, error, "1 to 2147483647 values");
    }
    if (tensor->data != NULL && g_bytes_get_size(tensor->data) != count * sizeof(float)) {
        g_autofree char *wanted = g_strdup_printf("as many bytes of data as that, not %"
                                                  G_GSIZE_FORMAT,
                                                  g_bytes_get_size(tensor->data));

        return fail_shape(node, tensor, error, wanted);
    }
    return TRUE;
}

/* @rank 0: N C or N C H W. Constants have no place among the activations on the device. */
static gboolean check_activation(const VinNode *node, guint input, guint rank, GError **error)
{
    const VinTensor *x = node->inputs[input];

    if (vin_tensor_is_constant(x)) {
        return fail_shape(node, x, error, "an activation, not a constant");
    }
    if (!check_float(node, x, error)) {
        return FALSE;
    }
    if (rank != 0 ? x->shape.n_dims != rank : x->shape.n_dims != 2 && x->shape.n_dims != 4) {
        return fail_shape(node, x, error, rank == 4 ? "N x C x H x W" : "N x C or N x C x H x W");
    }
    return TRUE;
}

static gboolean check_constant(const VinNode *node, guint input, GError **error)
{
    const VinTensor *x = node->inputs[input];

    if (!vin_tensor_is_constant(x)) {
        return fail_shape(node, x, error, "a constant");
    }
    return check_float(node, x, error);
}

/* One value a channel, in a vector. */
static gboolean check_vector(const VinNode *node, guint input, guint32 n, GError **error)
{
    const VinTensor *x = node->inputs[input];

    if (!check_constant(node, input, error)) {
        return FALSE;
    }
    if (x->shape.n_dims != 1 || x->shape.dims[0] != n) {
        g_autofree char *wanted = g_strdup_printf("%u values in one dimension", n);

        return fail_shape(node, x, error, wanted);
    }
    return TRUE;
}

static gboolean check_window(const VinNode *node, GError **error)
{
    const VinWindowParams *p = &node->u.window;
    const guint32 sizes[] = {p->kernel_h, p->kernel_w,   p->stride_h,
                             p->stride_w, p->dilation_h, p->dilation_w};
    const guint32 pads[] = {p->pad_top, p->pad_left, p->pad_bottom, p->pad_right};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (sizes[i] < 1 || sizes[i] > MAX_WINDOW_PARAM) {
            return fail_at(node, error, "kernel, strides and dilations must be 1 to 32767");
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(pads); i++) {
        if (pads[i] > MAX_WINDOW_PARAM) {
            return fail_at(node, error, "pads must be 0 to 32767");
        }
    }
    return TRUE;
}

/* Positions of a window along one axis. In ceil mode a last, partial window, which may be the
 * only one, counts when it starts inside the input or the leading pad. FALSE when there is no
 * position. */
static gboolean window_extent(guint64 in, guint64 kernel, guint64 stride, guint64 dilation,
                              guint64 pad_begin, guint64 pad_end, gboolean ceil_mode,
                              guint32 *out)
{
    guint64 reach = (kernel - 1) * dilation + 1;
    guint64 room = in + pad_begin + pad_end + (ceil_mode ? stride - 1 : 0);
    guint64 n;

    if (room < reach) {
        return FALSE;
    }
    n = (room - reach) / stride + 1;
    if (ceil_mode && (n - 1) * stride >= in + pad_begin) {
        n--;
    }
    *out = (guint32)n;
    return n >= 1;
}

/* Sets H and W of @out from the window over input 0. */
static gboolean slide_window(const VinNode *node, VinShape *out, GError **error)
{
    const VinWindowParams *p = &node->u.window;
    const VinTensor *x = node->inputs[0];

    if (!window_extent(vin_tensor_h(x), p->kernel_h, p->stride_h, p->dilation_h, p->pad_top,
                       p->pad_bottom, p->ceil_mode, &out->dims[2]) ||
        !window_extent(vin_tensor_w(x), p->kernel_w, p->stride_w, p->dilation_w, p->pad_left,
                       p->pad_right, p->ceil_mode, &out->dims[3])) {
        g_autofree char *wanted =
            g_strdup_printf("at least the %u x %u window with dilation %u, %u",
                            p->kernel_h, p->kernel_w, p->dilation_h, p->dilation_w);

        return fail_shape(node, x, error, wanted);
    }
    return TRUE;
}

static gboolean shape_conv(const VinNode *node, VinShape *out, GError **error)
{
    const VinWindowParams *p = &node->u.window;
    const VinTensor *x = node->inputs[0];
    const VinTensor *w = node->inputs[1];
    guint32 c;

    if (!check_activation(node, 0, 4, error) || !check_constant(node, 1, error) ||
        !check_window(node, error)) {
        return FALSE;
    }
    c = vin_tensor_c(x);
    if (p->ceil_mode) {
        return fail_at(node, error, "ceil_mode is for pooling");
    }
    if (w->shape.n_dims != 4 || w->shape.dims[2] != p->kernel_h ||
        w->shape.dims[3] != p->kernel_w) {
        return fail_shape(node, w, error, "K x C/groups x the kernel's height x width");
    }
    if (p->groups < 1 || c % p->groups != 0 || w->shape.dims[0] % p->groups != 0 ||
        w->shape.dims[1] != c / p->groups) {
        g_autofree char *wanted = g_strdup_printf(
            "filters over %u channels of the input in %u groups that divide K too", c, p->groups);

        return fail_shape(node, w, error, wanted);
    }
    if (node->n_inputs > 2 && node->inputs[2] != NULL &&
        !check_vector(node, 2, w->shape.dims[0], error)) {
        return FALSE;
    }
    *out = x->shape;
    out->dims[1] = w->shape.dims[0];
    return slide_window(node, out, error);
}

static gboolean shape_pool(const VinNode *node, VinShape *out, GError **error)
{
    const VinWindowParams *p = &node->u.window;

    if (!check_activation(node, 0, 4, error) || !check_window(node, error)) {
        return FALSE;
    }
    if (p->dilation_h != 1 || p->dilation_w != 1) {
        return fail_at(node, error, "pooling with dilations other than 1");
    }
    /* Else a window could hold no value of the input at all. */
    if (p->pad_top >= p->kernel_h || p->pad_bottom >= p->kernel_h ||
        p->pad_left >= p->kernel_w || p->pad_right >= p->kernel_w) {
        return fail_at(node, error, "pads of pooling must be smaller than its kernel");
    }
    *out = node->inputs[0]->shape;
    return slide_window(node, out, error);
}

static gboolean shape_gemm(const VinNode *node, VinShape *out, GError **error)
{
    const VinTensor *x = node->inputs[0];
    const VinTensor *w = node->inputs[1];
    gboolean trans_b = node->u.gemm.trans_b;
    guint64 n_columns;
    guint32 m;

    if (!check_activation(node, 0, 0, error) || !check_constant(node, 1, error)) {
        return FALSE;
    }
    n_columns = vin_shape_n_values(&x->shape) / vin_tensor_n(x);
    if (w->shape.n_dims != 2 || w->shape.dims[trans_b ? 1 : 0] != n_columns) {
        g_autofree char *wanted =
            g_strdup_printf("a matrix with %" G_GUINT64_FORMAT " %s", n_columns,
                            trans_b ? "columns (trans_b)" : "rows");

        return fail_shape(node, w, error, wanted);
    }
    m = w->shape.dims[trans_b ? 0 : 1];
    if (node->n_inputs > 2 && node->inputs[2] != NULL && !check_vector(node, 2, m, error)) {
        return FALSE;
    }
    *out = vin_shape_nc(vin_tensor_n(x), m);
    return TRUE;
}

static gboolean shape_same(const VinNode *node, VinShape *out, GError **error)
{
    *out = node->inputs[0]->shape;
    return check_activation(node, 0, 0, error);
}

static gboolean shape_lrn(const VinNode *node, VinShape *out, GError **error)
{
    if (node->u.lrn.size % 2 == 0 || node->u.lrn.size > MAX_WINDOW_PARAM) {
        return fail_at(node, error, "size must be odd, 1 to 32767");
    }
    *out = node->inputs[0]->shape;
    return check_activation(node, 0, 4, error);
}

static gboolean is_per_channel(const VinShape *shape, guint32 c)
{
    return shape->n_dims == 0 || (shape->n_dims == 1 && shape->dims[0] == c);
}

static gboolean shape_eltwise(const VinNode *node, VinShape *out, GError **error)
{
    const VinTensor *x = node->inputs[0];
    const VinTensor *y = node->inputs[1];

    *out = x->shape;
    if (!check_activation(node, 0, 0, error) || !check_float(node, y, error)) {
        return FALSE;
    }
    if (vin_tensor_is_constant(y) ? is_per_channel(&y->shape, vin_tensor_c(x))
                                  : vin_shape_equal(&x->shape, &y->shape)) {
        return TRUE;
    }
    return fail_shape(node, y, error,
                      "the first input's shape, or a constant: scalar or [C]");
}

static gboolean shape_batchnorm(const VinNode *node, VinShape *out, GError **error)
{
    if (!check_activation(node, 0, 0, error)) {
        return FALSE;
    }
    for (guint i = 1; i < 5; i++) {
        if (!check_vector(node, i, vin_tensor_c(node->inputs[0]), error)) {
            return FALSE;
        }
    }
    *out = node->inputs[0]->shape;
    return TRUE;
}

static gboolean shape_concat(const VinNode *node, VinShape *out, GError **error)
{
    guint64 channels = 0;
    guint64 count;

    for (guint i = 0; i < node->n_inputs; i++) {
        VinShape shape = node->inputs[i]->shape;

        if (!check_activation(node, i, 0, error)) {
            return FALSE;
        }
        channels += shape.dims[1];
        if (i == 0) {
            *out = shape;
        }
        shape.dims[1] = out->dims[1];
        if (!vin_shape_equal(&shape, out)) {
            return fail_shape(node, node->inputs[i], error,
                              "the first input's shape in all but channels");
        }
    }
    out->dims[1] = (guint32)MIN(channels, G_MAXUINT32);
    if (!vin_shape_count(out, &count)) {
        return fail_at(node, error, "the output would have over 2147483647 values");
    }
    return TRUE;
}

static gboolean shape_softmax(const VinNode *node, VinShape *out, GError **error)
{
    const VinTensor *x = node->inputs[0];

    *out = x->shape;
    if (!check_activation(node, 0, 0, error)) {
        return FALSE;
    }
    if (vin_tensor_h(x) != 1 || vin_tensor_w(x) != 1) {
        return fail_shape(node, x, error, "N x C or N x C x 1 x 1");
    }
    return TRUE;
}

static gboolean shape_reshape(const VinNode *node, VinShape *out, GError **error)
{
    const VinTensor *x = node->inputs[0];
    g_autofree char *text = NULL;
    guint64 count;

    *out = node->u.shape;
    if (!check_activation(node, 0, 0, error)) {
        return FALSE;
    }
    if (!vin_shape_count(out, &count) || (out->n_dims != 2 && out->n_dims != 4) ||
        count != vin_shape_n_values(&x->shape) || out->dims[0] != vin_tensor_n(x)) {
        g_autofree char *wanted = NULL;

        text = vin_shape_to_string(out);
        wanted = g_strdup_printf("as many values as the new shape %s, which must be N x C or "
                                 "N x C x H x W with the same N", text);
        return fail_shape(node, x, error, wanted);
    }
    return TRUE;
}

static const struct {
    guint min_inputs, max_inputs;
    ShapeRule rule;
} rules[VIN_N_OPS] = {
    [VIN_OP_CONV] = {2, 3, shape_conv},
    [VIN_OP_GEMM] = {2, 3, shape_gemm},
    [VIN_OP_MAX_POOL] = {1, 1, shape_pool},
    [VIN_OP_AVG_POOL] = {1, 1, shape_pool},
    [VIN_OP_LRN] = {1, 1, shape_lrn},
    [VIN_OP_RELU] = {1, 1, shape_same},
    [VIN_OP_SIGMOID] = {1, 1, shape_same},
    [VIN_OP_ADD] = {2, 2, shape_eltwise},
    [VIN_OP_MUL] = {2, 2, shape_eltwise},
    [VIN_OP_BATCHNORM] = {5, 5, shape_batchnorm},
    [VIN_OP_CONCAT] = {1, VIN_MAX_INPUTS, shape_concat},
    [VIN_OP_SOFTMAX] = {1, 1, shape_softmax},
    [VIN_OP_RESHAPE] = {1, 1, shape_reshape},
    [VIN_OP_DROPOUT] = {1, 1, shape_same},
    [VIN_OP_IDENTITY] = {1, 1, shape_same},
    [VIN_OP_COPY] = {1, 1, shape_same},
};

gboolean vin_shape_infer(const VinNode *node, VinShape *out, GError **error)
{
    guint64 count;

    g_assert((guint)node->op < VIN_N_OPS);
    if (node->n_inputs < rules[node->op].min_inputs ||
        node->n_inputs > rules[node->op].max_inputs) {
        g_autofree char *what =
            g_strdup_printf("%u inputs, wanted %u to %u", node->n_inputs,
                            rules[node->op].min_inputs, rules[node->op].max_inputs);

        return fail_at(node, error, what);
    }
    for (guint i = 0; i < rules[node->op].min_inputs; i++) {
        if (node->inputs[i] == NULL) {
            return fail_at(node, error, "a required input is missing");
        }
    }
    if (node->op == VIN_OP_CONCAT) {
        for (guint i = 0; i < node->n_inputs; i++) {
            if (node->inputs[i] == NULL) {
                return fail_at(node, error, "an input is missing");
            }
        }
    }
    if (!rules[node->op].rule(node, out, error)) {
        return FALSE;
    }
    if (!vin_shape_count(out, &count)) {
        return fail_at(node, error, "the output would have over 2147483647 values");
    }
    return TRUE;
}
