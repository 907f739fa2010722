/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network of a few kilobytes for tests that need a model, but no learning: it tells red,
 * green and blue frames apart.
 */
#ifndef VIN_TESTS_SUPPORT_TINY_MODEL_H
#define VIN_TESTS_SUPPORT_TINY_MODEL_H

#include <glib.h>

#define VIN_TINY_MODEL_SIZE 32 /* width and height of its input */

/* Writes an ONNX file (opset 12), the same bytes for the same @n_classes (at least 1):
 *     data 1 x 3 x 32 x 32 -> Conv 3x3, 8 channels -> Relu -> GlobalAveragePool -> Flatten
 *     -> Gemm -> Softmax -> prob 1 x n_classes
 * Class 0, 1 or 2 wins where the input's channel 0, 1 or 2 is the brightest; the input is
 * meant to be 0..1. The other classes get small scores, all different. */
gboolean vin_tiny_model_write(const char *path, guint n_classes, GError **error);

/* The same, with something else about it. */
typedef struct {
    guint n_classes;    /* at least 1 */
    gboolean no_softmax; /* ends in what goes into the softmax, about -0.5 to 10 */
    gboolean nan_bias;   /* the last class's bias is NaN */
    gboolean nan_filter; /* the convolution's last filter is NaN */
} VinTinyModel;

gboolean vin_tiny_model_write_odd(const char *path, const VinTinyModel *odd, GError **error);

#endif
