/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Odd shapes of convolutions that every kernel has to get right.
 */
#ifndef VIN_TESTS_CHECKGPU_CONV_CASES_H
#define VIN_TESTS_CHECKGPU_CONV_CASES_H

#include "support/net.h"

/* fp32 sums of up to 4,608 products: in order, the error is at most n * 2^-24 * sum |terms|,
 * in practice about sqrt(n) * 2^-24 = 4e-6. */
#define CONV_EPS 1e-5

typedef struct {
    const char *name;
    guint32 n, c, h, w, k;
    VinWindowParams window;
} ConvCase;

#define SQUARE(size, stride, pad) \
    {.kernel_h = size, .kernel_w = size, .stride_h = stride, .stride_w = stride, \
     .pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad}

extern const ConvCase conv_cases[];
extern const guint conv_n_cases;

/* A net of this one convolution. */
VinNet *conv_case_net(const ConvCase *test, gboolean has_bias);

#endif
