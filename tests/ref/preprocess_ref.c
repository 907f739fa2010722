/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See preprocess_ref.h. Nothing here is shared with the kernel: it reads the caller's planes
 * by their strides, upsamples chroma to whole planes, converts, resizes the whole picture,
 * crops, normalises.
 */
#include "preprocess_ref.h"

#include <math.h>
#include <string.h>

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

/* One plane of doubles. */
typedef struct {
    guint width, height;
    double *values; /* [height][width] */
} Plane;

/* Where output position i of a 1-D resize takes its value from. */
typedef struct {
    guint first, n;
    double *weights; /* n of them, sum 1 */
} Taps;

static Plane plane_new(guint width, guint height)
{
    return (Plane){width, height, g_new(double, (gsize)width * height)};
}

static guint clamp_index(double index, guint size)
{
    return index < 0 ? 0 : index > size - 1 ? size - 1 : (guint)index;
}

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

/* Codes of colour @c, as many as there are. */
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
    return out;
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
    double site_x = frame->chroma_site == VIN_CHROMA_SITE_CENTER && step_x == 2 ? 0.5 : 0.0;
    double site_y = frame->chroma_site == VIN_CHROMA_SITE_TOP_LEFT || step_y == 1 ? 0.0 : 0.5;
    Plane out = plane_new(frame->width, frame->height);

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

    if (is_yuv(reading)) {
        yuv_to_rgb(frame, reading->bits, code, rgb);
    }
    for (guint c = 0; c < 3; c++) {
        if (!is_yuv(reading)) {
            rgb[c] = limited ? (code[c] / unit - 16) / 219 : code[c] / most;
        }
        rgb[c] = CLAMP(rgb[c] * 255, 0.0, 255.0);
    }
}

double *vin_ref_frame_rgb(const VinFrame *frame)
{
    const Reading *reading = find_reading(frame->format);
    gsize size = (gsize)frame->width * frame->height;
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

static Taps bilinear_taps(guint i, guint from, guint to)
{
    double at = (i + 0.5) * from / to - 0.5;
    double whole = floor(at);
    guint a = clamp_index(whole, from), b = clamp_index(whole + 1, from);
    Taps taps = {a, b - a + 1, g_new0(double, 2)};

    taps.weights[0] += 1 - (at - whole);
    taps.weights[b - a] += at - whole;
    return taps;
}

static Taps make_taps(guint i, guint from, guint to, guint interpolation)
{
    double scale = (double)from / to;
    double low = i * scale, high = (i + 1) * scale;
    Taps taps;

    if (interpolation == 2) { /* nearest */
        taps = (Taps){(guint)floor((2.0 * i + 1) * from / (2.0 * to)), 1, g_new(double, 1)};
        taps.weights[0] = 1;
        return taps;
    }
    if (interpolation == 0 || from <= to) {
        return bilinear_taps(i, from, to);
    }
    taps.first = (guint)floor(low);
    taps.n = MIN((guint)ceil(high), from) - taps.first;
    taps.weights = g_new(double, taps.n);
    for (guint k = 0; k < taps.n; k++) {
        double left = MAX(taps.first + k, low), right = MIN(taps.first + k + 1.0, high);

        taps.weights[k] = MAX(right - left, 0.0) / scale;
    }
    return taps;
}

/* Every row of @from made @to long, or with @vertical every column. Frees @from. */
static Plane resize_axis(Plane from, guint to, gboolean vertical, guint interpolation)
{
    guint size = vertical ? from.height : from.width;
    guint others = vertical ? from.width : from.height;
    gsize along = vertical ? from.width : 1, across = vertical ? 1 : from.width;
    Plane out = vertical ? plane_new(from.width, to) : plane_new(to, from.height);
    gsize out_along = vertical ? out.width : 1, out_across = vertical ? 1 : out.width;

    for (guint i = 0; i < to; i++) {
        Taps taps = make_taps(i, size, to, interpolation);

        for (guint j = 0; j < others; j++) {
            double sum = 0;

            for (guint k = 0; k < taps.n; k++) {
                sum += taps.weights[k] * from.values[(taps.first + k) * along + j * across];
            }
            out.values[i * out_along + j * out_across] = sum;
        }
        g_free(taps.weights);
    }
    g_free(from.values);
    return out;
}

/* The part of @from that starts at (x, y). */
static Plane cut(const Plane *from, guint x, guint y, guint width, guint height)
{
    Plane out = plane_new(width, height);

    for (guint row = 0; row < height; row++) {
        for (guint column = 0; column < width; column++) {
            out.values[(gsize)row * width + column] =
                from->values[(gsize)(y + row) * from->width + x + column];
        }
    }
    return out;
}

static guint tile_start(guint i, guint tiles, guint size, guint out)
{
    double patch = out / tiles;
    double at = floor((i + 0.5) * size / tiles - patch / 2 + 0.5);

    return (guint)CLAMP(at, 0, size - patch);
}

static Plane make_tiles(Plane from, guint tiles, guint out_w, guint out_h)
{
    guint w = out_w / tiles, h = out_h / tiles;
    Plane out = plane_new(out_w, out_h);

    for (guint ty = 0; ty < tiles; ty++) {
        for (guint tx = 0; tx < tiles; tx++) {
            Plane tile = cut(&from, tile_start(tx, tiles, from.width, out_w),
                             tile_start(ty, tiles, from.height, out_h), w, h);

            for (gsize i = 0; i < (gsize)w * h; i++) {
                out.values[(ty * h + i / w) * out_w + tx * w + i % w] = tile.values[i];
            }
            g_free(tile.values);
        }
    }
    g_free(from.values);
    return out;
}

/* Resize and centre crop of one channel. Frees @from. */
static Plane fit(Plane from, const VinPreprocessParams *params, guint out_w, guint out_h)
{
    guint w = params->resize_width, h = params->resize_height;
    guint interpolation = params->interpolation;
    Plane whole, out;

    if (params->resize == 2) {
        if (from.width >= out_w && from.height >= out_h) {
            return make_tiles(from, params->tiles, out_w, out_h);
        }
        w = out_w, h = out_h, interpolation = 0;
    } else if (params->resize == 1) {
        double scale = (double)params->resize_short / MIN(from.width, from.height);

        w = (guint)floor(from.width * scale + 0.5);
        h = (guint)floor(from.height * scale + 0.5);
    }
    whole = resize_axis(from, w, FALSE, interpolation);
    whole = resize_axis(whole, h, TRUE, interpolation);
    out = cut(&whole, (w - out_w) / 2, (h - out_h) / 2, out_w, out_h);
    g_free(whole.values);
    return out;
}

/* The picture as a one-channel network sees it: luma as it came, or that of R'G'B'. */
static Plane luma_plane(const VinFrame *frame, const double *rgb)
{
    const Reading *reading = find_reading(frame->format);
    guint w = frame->width, h = frame->height;
    gsize size = (gsize)w * h;
    Plane out;

    if (is_yuv(reading)) {
        out = read_plane(frame, reading, 0);
        for (gsize i = 0; i < size; i++) {
            double code = out.values[i];
            double y = frame->range == VIN_RANGE_FULL
                           ? code / (pow(2, reading->bits) - 1)
                           : (code / pow(2, reading->bits - 8.0) - 16) / 219;

            out.values[i] = CLAMP(255 * y, 0.0, 255.0);
        }
        return out;
    }
    out = plane_new(w, h);
    for (gsize i = 0; i < size; i++) {
        out.values[i] = 0.299 * rgb[i] + 0.587 * rgb[size + i] + 0.114 * rgb[2 * size + i];
    }
    return out;
}

double *vin_ref_preprocess(const VinFrame *frame, const double *rgb,
                           const VinPreprocessParams *params, guint out_w, guint out_h)
{
    guint w = frame->width, h = frame->height;
    guint crop_w = frame->crop_width != 0 ? frame->crop_width : w - frame->crop_x;
    guint crop_h = frame->crop_height != 0 ? frame->crop_height : h - frame->crop_y;
    gsize size = (gsize)w * h, out_size = (gsize)out_w * out_h;
    double *out = g_new(double, params->channels * out_size);

    for (guint c = 0; c < params->channels; c++) {
        guint channel = params->bgr ? 2 - c : c;
        Plane whole = {w, h, NULL};
        Plane net;

        if (params->channels == 1) {
            whole = luma_plane(frame, rgb);
        } else {
            whole = plane_new(w, h);
            memcpy(whole.values, rgb + channel * size, size * sizeof *rgb);
        }
        net = fit(cut(&whole, frame->crop_x, frame->crop_y, crop_w, crop_h), params, out_w,
                  out_h);
        for (gsize i = 0; i < out_size; i++) {
            out[c * out_size + i] = (net.values[i] - params->mean[c]) * params->scale[c];
        }
        g_free(net.values);
        g_free(whole.values);
    }
    return out;
}
