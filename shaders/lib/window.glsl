// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Counting the cells of a pooling window.
#ifndef VIN_LIB_WINDOW_GLSL
#define VIN_LIB_WINDOW_GLSL

// Cells of one axis of the window that lie inside the padded input: a window in ceil mode may
// reach over the far padding, and those cells do not count.
uint vin_padded_cells(int start, uint kernel, uint dilation, uint far_end)
{
    uint fit = (uint(int(far_end) - start) + dilation - 1u) / dilation;
    return min(kernel, fit);
}

#endif
