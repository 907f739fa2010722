/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Shaders whose invocations are one row of values an image: the size of their work groups.
 */
#ifndef VIN_ABI_FLAT_H
#define VIN_ABI_FLAT_H

#define VIN_FLAT_LOCAL 64 /* invocations a work group */

#endif
