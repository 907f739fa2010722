/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The question every pass test asks: does the network still compute the same?
 */
#ifndef VIN_TESTS_SAME_H
#define VIN_TESTS_SAME_H

#include "support/net.h"

/* Runs @pass on a copy of the net's graph, verifies both, runs the reference on both with the
 * same random input and compares every output: each value within @bound of the largest value
 * of that output; 0: the same bits. Returns the rewritten graph. */
VinGraph *vin_same_after(VinNet *net, gboolean (*pass)(VinGraph *graph, GError **error),
                         double bound);

#endif
