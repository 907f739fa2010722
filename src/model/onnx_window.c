/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX operators that slide a window: Conv, MaxPool, AveragePool, GlobalAveragePool.
 * Implicit padding (auto_pad) becomes explicit here.
 */
#include "model/onnx_import.h"

#define MAX_WINDOW 4096 /* kernel, stride, dilation, pad: keeps sums far from overflow */

typedef enum { PAD_NOTSET, PAD_VALID, PAD_SAME_UPPER, PAD_SAME_LOWER } AutoPad;

static gboolean read_auto_pad(const Onnx__NodeProto *node, AutoPad *out, GError **error)
{
    static const char *const names[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    g_autofree char *text = NULL;

    if (!vin_onnx_attr_string(node, "auto_pad", "NOTSET", &text, error)) {
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(text, names[i])) {
            *out = (AutoPad)i;
            return TRUE;
        }
    }
    return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                         "auto_pad is \"%s\"; supported are NOTSET, VALID, SAME_UPPER and "
                         "SAME_LOWER",
                         text);
}

/* SAME: as many outputs as ceil(in / stride); an odd pad's rest goes to the end (UPPER) or
 * the beginning (LOWER). */
static void same_pads(guint32 in, guint32 window, guint32 stride, gboolean lower,
                      guint32 pads[2])
{
    const gint64 n_out = ((gint64)in + stride - 1) / stride;
    const gint64 total = MAX(0, (n_out - 1) * stride + window - (gint64)in);

    pads[0] = (guint32)((lower ? total + 1 : total) / 2);
    pads[1] = (guint32)(total - pads[0]);
}

static void resolve_same(VinWindowParams *p, const VinTensor *x, gboolean lower)
{
    guint32 pads[2];

    same_pads(vin_tensor_h(x), (p->kernel_h - 1) * p->dilation_h + 1, p->stride_h, lower, pads);
    p->pad_top = pads[0];
    p->pad_bottom = pads[1];
    same_pads(vin_tensor_w(x), (p->kernel_w - 1) * p->dilation_w + 1, p->stride_w, lower, pads);
    p->pad_left = pads[0];
    p->pad_right = pads[1];
}

/* Everything but the kernel's size, which the caller has set. */
static gboolean read_window(const Onnx__NodeProto *node, const VinTensor *x, VinWindowParams *p,
                            GError **error)
{
    const VinOnnxRange from_one = {1, MAX_WINDOW, 1};
    const VinOnnxRange from_zero = {0, MAX_WINDOW, 0};
    guint32 strides[2], dilations[2], pads[4];
    AutoPad auto_pad = PAD_NOTSET;

    if (!vin_onnx_attr_ints(node, "strides", from_one, 2, strides, error) ||
        !vin_onnx_attr_ints(node, "dilations", from_one, 2, dilations, error) ||
        !vin_onnx_attr_ints(node, "pads", from_zero, 4, pads, error) ||
        !read_auto_pad(node, &auto_pad, error)) {
        return FALSE;
    }
    p->stride_h = strides[0];
    p->stride_w = strides[1];
    p->dilation_h = dilations[0];
    p->dilation_w = dilations[1];
    if (auto_pad == PAD_NOTSET) { /* pads: top, left, bottom, right */
        p->pad_top = pads[0];
        p->pad_left = pads[1];
        p->pad_bottom = pads[2];
        p->pad_right = pads[3];
        return TRUE;
    }
    if ((pads[0] | pads[1] | pads[2] | pads[3]) != 0) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "it has both auto_pad and pads; one of them is accepted");
    }
    if (auto_pad != PAD_VALID) {
        resolve_same(p, x, auto_pad == PAD_SAME_LOWER);
    }
    return TRUE;
}

gboolean vin_onnx_build_conv(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    VinNode proto = {.op = VIN_OP_CONV, .n_inputs = 2};
    VinWindowParams *p = &proto.u.window;
    VinTensor *x = vin_onnx_activation(import, node, 0, error);
    VinTensor *w = x != NULL ? vin_onnx_weight(import, node, 1, NULL, error) : NULL;
    guint32 kernel[2];
    gint64 groups;

    if (w == NULL || !vin_onnx_need_4d(node, x, error)) {
        return FALSE;
    }
    if (w->shape.n_dims != 4) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "its weights have %u dimensions; 4 (two spatial ones) are supported",
                             w->shape.n_dims);
    }
    p->kernel_h = w->shape.dims[2];
    p->kernel_w = w->shape.dims[3];
    if (p->kernel_h > MAX_WINDOW || p->kernel_w > MAX_WINDOW) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "its kernel is %u x %u; at most %d is supported", p->kernel_h,
                             p->kernel_w, MAX_WINDOW);
    }
    if (!vin_onnx_attr_ints(node, "kernel_shape", (VinOnnxRange){1, MAX_WINDOW, 0}, 2, kernel,
                            error) ||
        !vin_onnx_attr_int(node, "group", (VinOnnxRange){1, G_MAXINT32, 1}, &groups, error) ||
        !read_window(node, x, p, error)) {
        return FALSE;
    }
    if (kernel[0] != 0 && (kernel[0] != p->kernel_h || kernel[1] != p->kernel_w)) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "kernel_shape is %u x %u, but its weights are %u x %u", kernel[0],
                             kernel[1], p->kernel_h, p->kernel_w);
    }
    p->groups = (guint32)groups;
    proto.inputs[0] = x;
    proto.inputs[1] = w;
    if (vin_onnx_has_input(node, 2)) {
        proto.inputs[2] = vin_onnx_weight(import, node, 2, NULL, error);
        proto.n_inputs = 3;
        if (proto.inputs[2] == NULL) {
            return FALSE;
        }
    }
    return vin_onnx_emit(import, node, &proto, error);
}

gboolean vin_onnx_build_pool(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    VinNode proto = {.n_inputs = 1};
    VinWindowParams *p = &proto.u.window;
    VinTensor *x = vin_onnx_activation(import, node, 0, error);
    const VinOnnxRange flag = {0, 1, 0};
    gint64 include_pad, ceil_mode;
    guint32 kernel[2];

    if (x == NULL || !vin_onnx_need_4d(node, x, error)) {
        return FALSE;
    }
    if (vin_onnx_attr_find(node, "kernel_shape") == NULL) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error, "kernel_shape is missing");
    }
    if (!vin_onnx_attr_ints(node, "kernel_shape", (VinOnnxRange){1, MAX_WINDOW, 1}, 2, kernel,
                            error)) {
        return FALSE;
    }
    p->kernel_h = kernel[0];
    p->kernel_w = kernel[1];
    if (!vin_onnx_attr_int(node, "count_include_pad", flag, &include_pad, error) ||
        !vin_onnx_attr_int(node, "ceil_mode", flag, &ceil_mode, error) ||
        !read_window(node, x, p, error)) {
        return FALSE;
    }
    proto.op = g_str_equal(node->op_type, "MaxPool") ? VIN_OP_MAX_POOL : VIN_OP_AVG_POOL;
    p->count_include_pad = include_pad != 0;
    p->ceil_mode = ceil_mode != 0;
    p->groups = 1;
    proto.inputs[0] = x;
    return vin_onnx_emit(import, node, &proto, error);
}

gboolean vin_onnx_build_global_pool(VinOnnxImport *import, const Onnx__NodeProto *node,
                                    GError **error)
{
    VinNode proto = {.op = VIN_OP_AVG_POOL, .n_inputs = 1};
    VinTensor *x = vin_onnx_activation(import, node, 0, error);

    if (x == NULL || !vin_onnx_need_4d(node, x, error)) {
        return FALSE;
    }
    proto.u.window = (VinWindowParams){
        .kernel_h = vin_tensor_h(x),
        .kernel_w = vin_tensor_w(x),
        .stride_h = 1,
        .stride_w = 1,
        .dilation_h = 1,
        .dilation_w = 1,
        .groups = 1,
    };
    proto.inputs[0] = x;
    return vin_onnx_emit(import, node, &proto, error);
}
