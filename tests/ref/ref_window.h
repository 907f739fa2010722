/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ops with a sliding window, and what they share with the others; private to the reference.
 */
#ifndef VIN_TESTS_REF_WINDOW_H
#define VIN_TESTS_REF_WINDOW_H

#include "graph/graph.h"

/* NaN stays NaN, so that a value nobody wrote is seen. */
static inline double vin_ref_relu(double x)
{
    return x < 0 ? 0 : x;
}

void vin_ref_conv(const VinNode *node, const double *const *inputs, double *output);
void vin_ref_pool(const VinNode *node, const double *const *inputs, double *output);

#endif
