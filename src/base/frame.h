/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the house itself asks of a VinFrame: is it sound, and what do its zeroed fields mean.
 */
#ifndef VIN_BASE_FRAME_H
#define VIN_BASE_FRAME_H

#include <vkinception/frame.h>

#define VIN_FRAME_MAX_SIDE 16384 /* pixels */
#define VIN_FRAME_MAX_ASPECT 65535 /* either number of a pixel aspect ratio */

typedef struct {
    guint x, y, width, height; /* pixels of the frame; never empty */
} VinFrameRect;

typedef enum { VIN_COLOURS_YUV, VIN_COLOURS_RGB, VIN_COLOURS_GREY } VinColours;

typedef enum {
    VIN_SAMPLES_PLANAR, /* a plane for each colour */
    VIN_SAMPLES_PAIRED, /* luma, and a plane with both chroma samples */
    VIN_SAMPLES_PACKED  /* one plane; Y'CbCr in groups of two pixels, RGB in pixels */
} VinSamples;

/* A format, described. A row of plane p holds bytes[p] bytes for every (1 << x_shift[p]) pixels
 * begun; the plane has a row for every (1 << y_shift[p]) lines begun. */
typedef struct {
    const char *name;
    VinColours colours;
    VinSamples samples;
    guint8 n_planes;
    guint8 bytes[3], x_shift[3], y_shift[3];
    guint8 bits;       /* of a sample, in one byte or two of the lower end first */
    guint8 low_bits;   /* unused ones under them */
    guint8 first;      /* PACKED: byte of the group's first luma, of the pixel's first colour */
    gboolean swapped;  /* Cr before Cb, or B before R */
} VinFormatInfo;

/* NULL for an unknown format. */
const VinFormatInfo *vin_format_get_info(VinFormat format);

/* Format, size, crop and all that says how to read it; VIN_ERROR_INVALID. Planes are not looked
 * at. */
gboolean vin_frame_check_shape(const VinFrame *frame, GError **error);
/* The same, and that every plane is there with rows that don't overlap. */
gboolean vin_frame_check(const VinFrame *frame, GError **error);

/* Of a frame whose shape was checked: the AUTO values and the zeroes resolved. */
VinMatrix vin_frame_matrix(const VinFrame *frame);
VinRange vin_frame_range(const VinFrame *frame);
VinFrameRect vin_frame_crop(const VinFrame *frame);
/* The crop in lines of the frame's field. */
VinFrameRect vin_frame_part(const VinFrame *frame);
/* How many of @n_rows rows of a plane are of the frame's field. */
guint vin_frame_field_rows(const VinFrame *frame, guint n_rows);

#endif
