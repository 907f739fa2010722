/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The list of passes and its runner. The order matters: batch norm must be folded before
 * the relu behind it can reach the convolution, and views come late, when the producers
 * of a concat's inputs are final; what is joined last needs to know which of them are views.
 */
#include "passes/passes.h"

#include "base/log.h"

static const struct {
    const char *name;
    gboolean (*run)(VinGraph *graph, GError **error);
} passes[] = {
    {"drop_noops", vin_pass_drop_noops},
    {"fold_batchnorm", vin_pass_fold_batchnorm},
    {"fuse_relu", vin_pass_fuse_relu},
    {"elide_concat", vin_pass_elide_concat},
    {"join_siblings", vin_pass_join_siblings},
};

gboolean vin_passes_run(VinGraph *graph, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(passes); i++) {
        guint n_before = graph->nodes->len;

        if (!passes[i].run(graph, error) || !vin_graph_verify(graph, error)) {
            g_prefix_error(error, "pass %s: ", passes[i].name);
            return FALSE;
        }
        vin_log(VIN_LOG_DEBUG, "pass %s: %u nodes became %u", passes[i].name, n_before,
                graph->nodes->len);
    }
    return TRUE;
}
