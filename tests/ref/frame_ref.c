/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A frame as R'G'B' in double precision: it reads the caller's planes by their strides,
 * upsamples chroma to whole planes, converts. Nothing here is shared with the kernel.
 */
#include <math.h>
#include <string.h>

#include "plane.h"
#include "preprocess_ref.h"

/* Where the samples of one colour lie: plane, bytes from one to the next, bytes before the
 * first. */
typedef struct {
    guint plane, pitch, start;
} Where;

/* A format as its standard tells it, a second time, so that a slip in the house's own table
 * shows. Colours: Y, Cb, Cr or R, G, B; grey has one. */
typedef struct {
    VinFormat format;
    guint step_x, step_y; /* pixels from chroma sample to chroma sample; 0: RGB or grey */
    guint bits, divisor;  /* a code is (bytes, the lower end first) / divisor */
    Where where[3];
} Reading;

static const Reading readings[] = {
    {VIN_FORMAT_I420, 2, 2, 8, 1, {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}},
    {VIN_FORMAT_YV12, 2, 2, 8, 1, {{0, 1, 0}, {2, 1, 0}, {1, 1, 0}}},
    {VIN_FORMAT_NV12, 2, 2, 8, 1, {{0, 1, 0}, {1, 2, 0}, {1, 2, 1}}},
    {VIN_FORMAT_NV21, 2, 2, 8, 1, {{0, 1, 0}, {1, 2, 1}, {1, 2, 0}}},
    {VIN_FORMAT_YUY2, 2, 1, 8, 1, {{0, 2, 0}, {0, 4, 1}, {0, 4, 3}}},
    {VIN_FORMAT_UYVY, 2, 1, 8, 1, {{0, 2, 1}, {0, 4, 0}, {0, 4, 2}}},
    {VIN_FORMAT_Y42B, 2, 1, 8, 1, {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}},
    {VIN_FORMAT_Y444, 1, 1, 8, 1, {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}}},
    {VIN_FORMAT_NV16, 2, 1, 8, 1, {{0, 1, 0}, {1, 2, 0}, {1, 2, 1}}},
    {VIN_FORMAT_P010_10LE, 2, 2, 10, 64, {{0, 2, 0}, {1, 4, 0}, {1, 4, 2}}},
    {VIN_FORMAT_I420_10LE, 2, 2, 10, 1, {{0, 2, 0}, {1, 2, 0}, {2, 2, 0}}},
    {VIN_FORMAT_Y444_10LE, 1, 1, 10, 1, {{0, 2, 0}, {1, 2, 0}, {2, 2, 0}}},
    {VIN_FORMAT_RGB, 0, 0, 8, 1, {{0, 3, 0}, {0, 3, 1}, {0, 3, 2}}},
    {VIN_FORMAT_BGR, 0, 0, 8, 1, {{0, 3, 2}, {0, 3, 1}, {0, 3, 0}}},
    {VIN_FORMAT_RGBX, 0, 0, 8, 1, {{0, 4, 0}, {0, 4, 1}, {0, 4, 2}}},
    {VIN_FORMAT_BGRX, 0, 0, 8, 1, {{0, 4, 2}, {0, 4, 1}, {0, 4, 0}}},
    {VIN_FORMAT_RGBA, 0, 0, 8, 1, {{0, 4, 0}, {0, 4, 1}, {0, 4, 2}}},
    {VIN_FORMAT_BGRA, 0, 0, 8, 1, {{0, 4, 2}, {0, 4, 1}, {0, 4, 0}}},
    {VIN_FORMAT_XRGB, 0, 0, 8, 1, {{0, 4, 1}, {0, 4, 2}, {0, 4, 3}}},
    {VIN_FORMAT_XBGR, 0, 0, 8, 1, {{0, 4, 3}, {0, 4, 2}, {0, 4, 1}}},
    {VIN_FORMAT_ARGB, 0, 0, 8, 1, {{0, 4, 1}, {0, 4, 2}, {0, 4, 3}}},
    {VIN_FORMAT_ABGR, 0, 0, 8, 1, {{0, 4, 3}, {0, 4, 2}, {0, 4, 1}}},
    {VIN_FORMAT_GRAY8, 0, 0, 8, 1, {{0, 1, 0}, {0, 1, 0}, {0, 1, 0}}},
    {VIN_FORMAT_GRAY16_LE, 0, 0, 16, 1, {{0, 2, 0}, {0, 2, 0}, {0, 2, 0}}},
};

static const Reading *find_reading(VinFormat format)
{
    for (guint i = 0; i < G_N_ELEMENTS(readings); i++) {
        if (readings[i].format == format) {
            return &readings[i];
        }
    }
    g_error("the reference does not know format %d", (int)format);
}

static gboolean is_yuv(const Reading *reading)
{
    return reading->step_x > 0;
}

static gboolean is_grey(const Reading *reading)
{
    return reading->format == VIN_FORMAT_GRAY8 || reading->format == VIN_FORMAT_GRAY16_LE;
}

guint vin_ref_frame_rows(const VinFrame *frame)
{
    return frame->field == VIN_FIELD_BOTTOM ? frame->height / 2
           : frame->field == VIN_FIELD_TOP  ? (frame->height + 1) / 2
                                            : frame->height;
}

/* Every second row of @all, from the field's first on. Frees @all. */
static Plane take_field(Plane all, VinField field)
{
    guint first = field == VIN_FIELD_BOTTOM ? 1 : 0;
    Plane out = plane_new(all.width, (all.height - first + 1) / 2);

    for (guint y = 0; y < out.height; y++) {
        memcpy(out.values + (gsize)y * out.width,
               all.values + (gsize)(2 * y + first) * all.width, out.width * sizeof *out.values);
    }
    g_free(all.values);
    return out;
}

/* Codes of colour @c, as many as there are in the frame's field. */
static Plane read_plane(const VinFrame *frame, const Reading *reading, guint c)
{
    const Where *where = &reading->where[c];
    guint step_x = c > 0 && is_yuv(reading) ? reading->step_x : 1;
    guint step_y = c > 0 && is_yuv(reading) ? reading->step_y : 1;
    Plane out = plane_new((frame->width + step_x - 1) / step_x,
                          (frame->height + step_y - 1) / step_y);
    guint row_bytes;
    gsize stride;

    vin_format_plane_size(frame->format, where->plane, frame->width, frame->height, &row_bytes,
                          NULL);
    stride = frame->strides[where->plane] != 0 ? frame->strides[where->plane] : row_bytes;
    for (guint y = 0; y < out.height; y++) {
        for (guint x = 0; x < out.width; x++) {
            const guint8 *at = frame->planes[where->plane] + y * stride +
                               (gsize)x * where->pitch + where->start;
            guint code = reading->bits == 8 ? at[0] : at[0] + 256u * at[1];

            out.values[(gsize)y * out.width + x] =
                code / reading->divisor % (1u << reading->bits);
        }
    }
    return frame->field != VIN_FIELD_BOTH ? take_field(out, frame->field) : out;
}

/* Linear interpolation at a fractional position, edges repeated. */
static double plane_at(const Plane *plane, double x, double y)
{
    double x0 = floor(x), y0 = floor(y);
    double fx = x - x0, fy = y - y0;
    guint left = clamp_index(x0, plane->width), right = clamp_index(x0 + 1, plane->width);
    const double *top = plane->values + (gsize)clamp_index(y0, plane->height) * plane->width;
    const double *bottom =
        plane->values + (gsize)clamp_index(y0 + 1, plane->height) * plane->width;

    return (1 - fy) * ((1 - fx) * top[left] + fx * top[right]) +
           fy * ((1 - fx) * bottom[left] + fx * bottom[right]);
}

/* Chroma at every luma position. The first chroma sample lies at (site_x, site_y) luma
 * pixels, the next @step_x pixels to the right and @step_y pixels down. Frees @small. */
static Plane upsample(Plane small, const VinFrame *frame, guint step_x, guint step_y)
{
    static const double between_lines[] = {0.5, 0.25, 0.75}; /* both fields, top, bottom */
    double site_x = frame->chroma_site == VIN_CHROMA_SITE_CENTER && step_x == 2 ? 0.5 : 0.0;
    double site_y = frame->chroma_site == VIN_CHROMA_SITE_TOP_LEFT || step_y == 1
                        ? 0.0
                        : between_lines[frame->field];
    Plane out = plane_new(frame->width, vin_ref_frame_rows(frame));

    for (guint y = 0; y < out.height; y++) {
        for (guint x = 0; x < out.width; x++) {
            out.values[(gsize)y * out.width + x] =
                plane_at(&small, (x - site_x) / step_x, (y - site_y) / step_y);
        }
    }
    g_free(small.values);
    return out;
}

/* Codes to R'G'B' in 0..1, from the definition: Y' = Kr R' + Kg G' + Kb B',
 * Cb = (B' - Y') / (2 - 2 Kb), Cr = (R' - Y') / (2 - 2 Kr). */
static void yuv_to_rgb(const VinFrame *frame, guint bits, const double code[3], double rgb[3])
{
    VinMatrix matrix = frame->matrix;
    gboolean full = frame->range == VIN_RANGE_FULL;
    double unit = pow(2, bits - 8.0), most = pow(2, bits) - 1;
    double y = full ? code[0] / most : (code[0] / unit - 16) / 219;
    double cb = (code[1] - 128 * unit) / (full ? most : 224 * unit);
    double cr = (code[2] - 128 * unit) / (full ? most : 224 * unit);
    double kr = 0.299, kb = 0.114;

    if (matrix == VIN_MATRIX_AUTO) {
        matrix = frame->height > 576 ? VIN_MATRIX_BT709 : VIN_MATRIX_BT601;
    }
    if (matrix == VIN_MATRIX_BT709) {
        kr = 0.2126, kb = 0.0722;
    } else if (matrix == VIN_MATRIX_BT2020) {
        kr = 0.2627, kb = 0.0593;
    }
    rgb[0] = y + (2 - 2 * kr) * cr;
    rgb[2] = y + (2 - 2 * kb) * cb;
    rgb[1] = (y - kr * rgb[0] - kb * rgb[2]) / (1 - kr - kb);
}

static void convert_pixel(const VinFrame *frame, const Reading *reading, const double code[3],
                          double rgb[3])
{
    double unit = pow(2, reading->bits - 8.0), most = pow(2, reading->bits) - 1;
    gboolean limited = frame->range == VIN_RANGE_LIMITED ||
                       (frame->range == VIN_RANGE_AUTO && (is_yuv(reading) || is_grey(reading)));

    for (guint c = 0; c < 3; c++) {
        rgb[c] = limited ? (code[c] / unit - 16) / 219 : code[c] / most;
    }
    if (is_yuv(reading)) {
        yuv_to_rgb(frame, reading->bits, code, rgb);
    }
    for (guint c = 0; c < 3; c++) {
        rgb[c] = CLAMP(rgb[c] * 255, 0.0, 255.0);
    }
}

double *vin_ref_frame_rgb(const VinFrame *frame)
{
    const Reading *reading = find_reading(frame->format);
    gsize size = (gsize)frame->width * vin_ref_frame_rows(frame);
    double *out = g_new(double, 3 * size);
    Plane planes[3];

    for (guint c = 0; c < 3; c++) {
        planes[c] = read_plane(frame, reading, c);
        if (c > 0 && is_yuv(reading)) {
            planes[c] = upsample(planes[c], frame, reading->step_x, reading->step_y);
        }
    }
    for (gsize i = 0; i < size; i++) {
        double code[3] = {planes[0].values[i], planes[1].values[i], planes[2].values[i]};
        double rgb[3];

        convert_pixel(frame, reading, code, rgb);
        for (guint c = 0; c < 3; c++) {
            out[c * size + i] = rgb[c];
        }
    }
    for (guint c = 0; c < 3; c++) {
        g_free(planes[c].values);
    }
    return out;
}

double *vin_ref_frame_luma(const VinFrame *frame)
{
    const Reading *reading = find_reading(frame->format);
    gsize size = (gsize)frame->width * vin_ref_frame_rows(frame);
    Plane out;

    if (!is_yuv(reading)) {
        return NULL;
    }
    out = read_plane(frame, reading, 0);
    for (gsize i = 0; i < size; i++) {
        double code = out.values[i];
        double y = frame->range == VIN_RANGE_FULL
                       ? code / (pow(2, reading->bits) - 1)
                       : (code / pow(2, reading->bits - 8.0) - 16) / 219;

        out.values[i] = CLAMP(255 * y, 0.0, 255.0);
    }
    return out.values;
}
