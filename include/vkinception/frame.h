/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinFrame: one decoded picture in system memory, as a decoder left it.
 *
 * Processing order on the GPU, fixed: chroma upsample (linear, honouring the chroma
 * site), matrix to R'G'B' (clamped to 0..255, not rounded), turn, resize and crop, tone map of
 * HDR video, normalise.
 */
#ifndef VKINCEPTION_FRAME_H
#define VKINCEPTION_FRAME_H

#include <glib.h>
#include <vkinception/error.h>

G_BEGIN_DECLS

/** VinFormat: pixel layouts, named as GStreamer names them (bytes in memory order). Since 0.1 */
typedef enum {
    VIN_FORMAT_UNKNOWN,
    VIN_FORMAT_I420, /* Y, U, V planes; chroma halved both ways, rounded up */
    VIN_FORMAT_YV12, /* Y, V, U planes */
    VIN_FORMAT_NV12, /* Y plane, UV pairs */
    VIN_FORMAT_NV21, /* Y plane, VU pairs */
    VIN_FORMAT_YUY2, /* Y0 U Y1 V */
    VIN_FORMAT_RGB,
    VIN_FORMAT_BGR,
    VIN_FORMAT_RGBX,
    VIN_FORMAT_BGRX,
    VIN_FORMAT_RGBA, /* alpha is ignored */
    VIN_FORMAT_BGRA,
    VIN_FORMAT_GRAY8, /* one luma plane; range applies */
    VIN_FORMAT_UYVY,  /* U Y0 V Y1 */
    VIN_FORMAT_Y42B,  /* Y, U, V planes; chroma halved across */
    VIN_FORMAT_Y444,  /* Y, U, V planes of one size */
    VIN_FORMAT_NV16,  /* Y plane, UV pairs; chroma halved across */
    VIN_FORMAT_P010_10LE, /* as NV12, of 16 bits little-endian with 10 in the upper ones */
    VIN_FORMAT_I420_10LE, /* as I420, of 16 bits little-endian with 10 in the lower ones */
    VIN_FORMAT_Y444_10LE,
    VIN_FORMAT_XRGB,
    VIN_FORMAT_XBGR,
    VIN_FORMAT_ARGB,
    VIN_FORMAT_ABGR,
    VIN_FORMAT_GRAY16_LE,
    VIN_N_FORMATS
} VinFormat;

/** VinMatrix: Y'CbCr to R'G'B' coefficients. Since 0.1 */
typedef enum {
    VIN_MATRIX_AUTO, /* BT.601 up to 576 lines, else BT.709, as GStreamer guesses */
    VIN_MATRIX_BT601,
    VIN_MATRIX_BT709,
    VIN_MATRIX_BT2020
} VinMatrix;

/** VinRange: code range of the samples. Since 0.1 */
typedef enum {
    VIN_RANGE_AUTO, /* limited for Y'CbCr and grey, full for RGB */
    VIN_RANGE_LIMITED, /* 16..235, chroma 16..240; of 10 bits 64..940, 64..960, and so on */
    VIN_RANGE_FULL
} VinRange;

/** VinChromaSite: where a chroma sample lies among its luma samples. Since 0.1 */
typedef enum {
    VIN_CHROMA_SITE_AUTO,    /* as LEFT */
    VIN_CHROMA_SITE_LEFT,    /* MPEG-2, H.264: on the left column, between rows */
    VIN_CHROMA_SITE_CENTER,  /* JPEG, MPEG-1: between columns and rows */
    VIN_CHROMA_SITE_TOP_LEFT /* HDR video: on the left column, on the upper row */
} VinChromaSite;

/** VinTransfer: how light became codes. HDR video is mapped to what a screen of SDR shows; the
 *  formula is in docs/recipe.md. Since 0.1 */
typedef enum {
    VIN_TRANSFER_SDR, /* BT.709, sRGB and the like: taken as it is */
    VIN_TRANSFER_PQ,  /* SMPTE ST 2084, of BT.2020 primaries */
    VIN_TRANSFER_HLG  /* ARIB STD-B67, of BT.2020 primaries */
} VinTransfer;

/** VinField: which lines are looked at. In interlaced video every second line is of another
 *  moment, so one field makes a whole picture and both together make a comb. Since 0.1 */
typedef enum {
    VIN_FIELD_BOTH,  /* all lines: progressive video */
    VIN_FIELD_TOP,   /* lines 0, 2, 4 ... */
    VIN_FIELD_BOTTOM /* lines 1, 3, 5 ... */
} VinField;

/** VinTurn: what makes the picture upright: degrees clockwise; MIRROR exchanges left and right
 *  before that. Since 0.1 */
typedef enum {
    VIN_TURN_0,
    VIN_TURN_90,
    VIN_TURN_180,
    VIN_TURN_270,
    VIN_TURN_MIRROR_0,
    VIN_TURN_MIRROR_90,
    VIN_TURN_MIRROR_180,
    VIN_TURN_MIRROR_270
} VinTurn;

/** VinFrame: a picture. Zeroed fields mean their defaults. The planes stay the caller's;
 *  they are read during the submitting call only. Since 0.1 */
typedef struct {
    VinFormat format;
    guint width, height;        /* pixels, 1..16384 */
    const guint8 *planes[4];    /* first byte of each plane */
    guint32 strides[4];         /* bytes from row to row; 0: tightly packed */
    VinMatrix matrix;
    VinRange range;
    VinChromaSite chroma_site;
    guint crop_x, crop_y;       /* pixels: the part to classify, before it is turned */
    guint crop_width, crop_height; /* pixels; 0: to the frame's edge */
    VinTransfer transfer;
    VinField field;             /* sizes and crop are the whole frame's nevertheless */
    VinTurn turn;
    guint pixel_aspect_n, pixel_aspect_d; /* width to height of a pixel, before it is turned,
                                           * 1..65535 each; 0: square. Looked at only where the
                                           * model's recipe wants it */
} VinFrame;

/** vin_format_name: GStreamer's name of a format ("I420"), or NULL. Since 0.1 */
VIN_API const char *vin_format_name(VinFormat format);

/** vin_format_from_name: the format of that name, or VIN_FORMAT_UNKNOWN. Since 0.1 */
VIN_API VinFormat vin_format_from_name(const char *name);

/** vin_format_n_planes: 1..3; 0 for an unknown format. Since 0.1 */
VIN_API guint vin_format_n_planes(VinFormat format);

/**
 * vin_format_plane_size: extent of one plane.
 * @row_bytes: (out) (optional): bytes used in a row
 * @n_rows: (out) (optional): rows
 *
 * Returns: FALSE when there is no such plane or a row is over 32 bits of bytes. Since 0.1
 */
VIN_API gboolean vin_format_plane_size(VinFormat format, guint plane, guint width, guint height,
                                       guint *row_bytes, guint *n_rows);

G_END_DECLS

#endif
