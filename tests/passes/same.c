/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reference before against reference after.
 */
#include "same.h"

#include <math.h>

#include "ref/ref.h"

static void compare(const VinTensor *tensor, const double *before, const double *after,
                    double bound)
{
    gsize n_values = vin_shape_n_values(&tensor->shape);
    double largest = 0;

    for (gsize i = 0; i < n_values; i++) {
        g_assert_true(isfinite(before[i]));
        largest = fmax(largest, fabs(before[i]));
    }
    g_assert_cmpfloat(largest, >, 0);
    for (gsize i = 0; i < n_values; i++) {
        if (!(fabs(after[i] - before[i]) <= bound * largest)) {
            g_error("output '%s', value %" G_GSIZE_FORMAT ": %.9g became %.9g", tensor->name, i,
                    before[i], after[i]);
        }
    }
}

VinGraph *vin_same_after(VinNet *net, gboolean (*pass)(VinGraph *graph, GError **error),
                         double bound)
{
    g_autoptr(VinGraph) after = vin_graph_copy(net->graph);
    gsize n_input = vin_shape_n_values(&net->input->shape);
    g_autofree float *input = vin_random_floats(&net->random, n_input, -2, 2);
    g_autoptr(GPtrArray) values_before = NULL;
    g_autoptr(GPtrArray) values_after = NULL;
    g_autoptr(GError) error = NULL;

    vin_graph_verify(net->graph, &error);
    g_assert_no_error(error);
    pass(after, &error);
    g_assert_no_error(error);
    vin_graph_verify(after, &error);
    g_assert_no_error(error);

    vin_ref_run(net->graph, input, n_input, &values_before, &error);
    g_assert_no_error(error);
    vin_ref_run(after, input, n_input, &values_after, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(after->outputs->len, ==, net->graph->outputs->len);
    for (guint i = 0; i < after->outputs->len; i++) {
        const VinTensor *old = g_ptr_array_index(net->graph->outputs, i);
        const VinTensor *new = g_ptr_array_index(after->outputs, i);

        g_assert_true(vin_shape_equal(&old->shape, &new->shape));
        compare(old, vin_ref_values(values_before, old), vin_ref_values(values_after, new),
                bound);
    }
    return g_steal_pointer(&after);
}
