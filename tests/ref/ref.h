/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The reference: every op of VinGraph in plain C with sums in double. Slow and obvious;
 * kernels and passes are held against it. Link `ref_dep`.
 */
#ifndef VIN_TESTS_REF_H
#define VIN_TESTS_REF_H

#include "graph/graph.h"

/* One op. @inputs: dense row-major values in the shape of each input, constants too, NULL for
 * an absent one. Writes dense values in the shape of node->output. */
void vin_ref_node(const VinNode *node, const double *const *inputs, double *output);

/* A whole graph, as loaded or after passes: what is written to a view is also in its bases.
 * @values: (out): a new array, index == tensor id, of dense double buffers (NULL for I64
 *          constants); its elements are freed with it. NaN where nothing was written.
 * FALSE with VIN_ERROR_INVALID when @n_input is not the size of the graph's input. */
gboolean vin_ref_run(const VinGraph *graph, const float *input, gsize n_input,
                     GPtrArray **values, GError **error);

/* Of an array that vin_ref_run() filled. */
static inline const double *vin_ref_values(const GPtrArray *values, const VinTensor *tensor)
{
    return (const double *)values->pdata[tensor->id];
}

#endif
