/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the house itself asks of a VinFrame: is it sound, and what do its zeroed fields mean.
 */
#ifndef VIN_BASE_FRAME_H
#define VIN_BASE_FRAME_H

#include <vkinception/frame.h>

#define VIN_FRAME_MAX_SIDE 16384 /* pixels */

typedef struct {
    guint x, y, width, height; /* pixels of the frame; never empty */
} VinFrameRect;

/* TRUE for formats whose samples are Y'CbCr (not grey, not RGB). */
gboolean vin_format_is_yuv(VinFormat format);
gboolean vin_format_is_rgb(VinFormat format);

/* Format, size, colour fields and crop; VIN_ERROR_INVALID. Planes are not looked at. */
gboolean vin_frame_check_shape(const VinFrame *frame, GError **error);
/* The same, and that every plane is there with rows that don't overlap. */
gboolean vin_frame_check(const VinFrame *frame, GError **error);

/* Of a frame whose shape was checked: the AUTO values and the zeroes resolved. */
VinMatrix vin_frame_matrix(const VinFrame *frame);
VinRange vin_frame_range(const VinFrame *frame);
VinFrameRect vin_frame_crop(const VinFrame *frame);

#endif
