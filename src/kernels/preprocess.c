/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers and dispatch of preprocess.comp: colours, planes, specialization. The resize is in
 * preprocess_resize.c. What a recipe means stands in model/recipe.h. Called by the engine for
 * each frame.
 */
#include "kernels/preprocess.h"

#include <assert.h>
#include <string.h>

#include "abi/preprocess.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/frame.h"
#include "kernels/preprocess_resize.h"
#include "shader_table.h"

typedef struct vin_preprocess_uniforms Uniforms;

static_assert(sizeof(Uniforms) % 16 == 0, "a uniform block is a multiple of 16 bytes");

gsize vin_preprocess_uniform_bytes(void)
{
    return sizeof(Uniforms);
}

/* ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance). */
static void luma_weights(VinMatrix matrix, double *kr, double *kb)
{
    switch (matrix) {
    case VIN_MATRIX_BT709:
        *kr = 0.2126;
        *kb = 0.0722;
        break;
    case VIN_MATRIX_BT2020:
        *kr = 0.2627;
        *kb = 0.0593;
        break;
    default:
        *kr = 0.299;
        *kb = 0.114;
        break;
    }
}

void vin_preprocess_matrix(const VinFrame *frame, double m[9], double offset[3])
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    gboolean limited = vin_frame_range(frame) == VIN_RANGE_LIMITED;
    double unit = 1u << (format->bits - 8); /* a code of 8 bits in codes of the format */
    double full_gain = 255.0 / ((1u << format->bits) - 1);
    double luma_gain = limited ? 255.0 / 219.0 / unit : full_gain;
    double chroma_gain = limited ? 255.0 / 224.0 / unit : full_gain;
    double black = limited ? 16.0 * unit : 0.0;
    double kr, kb;

    memset(m, 0, 9 * sizeof *m);
    if (format->colours != VIN_COLOURS_YUV) {
        gboolean grey = format->colours == VIN_COLOURS_GREY;

        for (guint i = 0; i < 3; i++) {
            m[3 * i + (grey ? 0 : i)] = luma_gain;
            offset[i] = -luma_gain * black;
        }
        return;
    }
    luma_weights(vin_frame_matrix(frame), &kr, &kb);
    m[2] = 2.0 * (1.0 - kr) * chroma_gain;
    m[4] = -2.0 * kb * (1.0 - kb) / (1.0 - kr - kb) * chroma_gain;
    m[5] = -2.0 * kr * (1.0 - kr) / (1.0 - kr - kb) * chroma_gain;
    m[7] = 2.0 * (1.0 - kb) * chroma_gain;
    for (guint i = 0; i < 3; i++) {
        m[3 * i] = luma_gain;
        offset[i] = -luma_gain * black - 128.0 * unit * (m[3 * i + 1] + m[3 * i + 2]);
    }
}

static guint frame_layout(const VinFrame *frame, guint32 channels)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);

    if (format->colours == VIN_COLOURS_RGB) {
        return format->bytes[0] == 3 ? VIN_LAYOUT_RGB24 : VIN_LAYOUT_RGB32;
    }
    if (format->colours == VIN_COLOURS_GREY || channels == 1) {
        return VIN_LAYOUT_GRAY; /* a one-channel network wants luma alone */
    }
    switch (format->samples) {
    case VIN_SAMPLES_PLANAR:
        return VIN_LAYOUT_PLANAR;
    case VIN_SAMPLES_PAIRED:
        return VIN_LAYOUT_PAIRED;
    default:
        return VIN_LAYOUT_PACKED422;
    }
}

/* Columns of @m exchanged, since the samples come in another order. */
static void swap_columns(double m[9], guint a, guint b)
{
    for (guint row = 0; row < 3; row++) {
        double keep = m[3 * row + a];

        m[3 * row + a] = m[3 * row + b];
        m[3 * row + b] = keep;
    }
}

static void fill_colour(const VinFrame *frame, const VinPreprocessParams *params, Uniforms *u)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    double black = vin_frame_range(frame) == VIN_RANGE_LIMITED ? 16u << (format->bits - 8) : 0;
    double m[9], add[3];

    vin_preprocess_matrix(frame, m, add);
    if (frame_layout(frame, params->channels) == VIN_LAYOUT_GRAY) {
        for (guint i = 0; i < 3; i++) { /* the expansion of luma is that of every row */
            m[3 * i + 1] = m[3 * i + 2] = 0.0;
            add[i] = -m[0] * black;
        }
    } else if (format->swapped) {
        swap_columns(m, format->colours == VIN_COLOURS_YUV ? 1 : 0, 2);
    }
    u->m00 = (float)m[0], u->m01 = (float)m[1], u->m02 = (float)m[2];
    u->m10 = (float)m[3], u->m11 = (float)m[4], u->m12 = (float)m[5];
    u->m20 = (float)m[6], u->m21 = (float)m[7], u->m22 = (float)m[8];
    u->add0 = (float)add[0], u->add1 = (float)add[1], u->add2 = (float)add[2];
    u->mean0 = params->mean[0], u->mean1 = params->mean[1], u->mean2 = params->mean[2];
    u->scale0 = params->scale[0], u->scale1 = params->scale[1], u->scale2 = params->scale[2];
    u->bgr = params->bgr != 0;
    u->channels = params->channels;
}

/* Eighths of a chroma sample from the first luma to the first chroma sample. Chroma of a field
 * of 4:2:0 video lies a quarter of the way from its upper to its lower line in the top field,
 * three quarters in the bottom one (ITU-T H.264, figure 6-3). */
static void fill_sites(const VinFrame *frame, Uniforms *u)
{
    static const guint32 between_lines[] = {
        [VIN_FIELD_BOTH] = 2, [VIN_FIELD_TOP] = 1, [VIN_FIELD_BOTTOM] = 3};

    u->site_x = frame->chroma_site == VIN_CHROMA_SITE_CENTER ? 2 : 0;
    u->site_y = frame->chroma_site == VIN_CHROMA_SITE_TOP_LEFT ? 0 : between_lines[frame->field];
}

static void fill_planes(const VinFrame *frame, const VinFrameLayout *layout, Uniforms *u)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    const VinFrameRect part = vin_frame_part(frame);
    const VinPlaneWindow *windows = layout->planes;
    guint32 starts[3];

    for (guint i = 0; i < 3; i++) { /* modulo 2^32; what the shader adds leads back */
        starts[i] = windows[i].offset - windows[i].first_row * windows[i].row_bytes -
                    windows[i].first_byte;
    }
    u->plane0 = starts[0], u->plane1 = starts[1], u->plane2 = starts[2];
    u->stride0 = windows[0].row_bytes, u->stride1 = windows[1].row_bytes;
    u->luma_bytes = format->bytes[0] >> format->x_shift[0];
    u->first = format->first;
    u->chroma_x_max = (frame->width - 1) / 2;
    u->chroma_y_max = vin_frame_field_rows(frame, (frame->height + 1) / 2) - 1;
    fill_sites(frame, u);
    u->src_x = part.x, u->src_y = part.y;
    u->src_w = part.width, u->src_h = part.height;
}

gboolean vin_preprocess_check(const VinPreprocessParams *params, const VinPlace *out,
                              GError **error)
{
    if (params->resize > VIN_RESIZE_KIND_FIT ||
        params->interpolation > VIN_METHOD_NEAREST) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: resize kind %u or interpolation %u is not known",
                        params->resize, params->interpolation);
    }
    if ((params->channels != 1 && params->channels != 3) || params->channels != out->c) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: recipe of %u channels for an input of %u; both must be "
                        "1 or both 3",
                        params->channels, out->c);
    }
    if (out->w < 1 || out->w > VIN_FRAME_MAX_SIDE || out->h < 1 || out->h > VIN_FRAME_MAX_SIDE) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: network input of %ux%u; accepted: 1 to %d pixels a side",
                        out->w, out->h, VIN_FRAME_MAX_SIDE);
    }
    if (params->resize == VIN_RESIZE_KIND_TILES &&
        (params->tiles < 1 || out->w % params->tiles != 0 || out->h % params->tiles != 0)) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: %u tiles a side do not divide the input of %ux%u",
                        params->tiles, out->w, out->h);
    }
    return TRUE;
}

gboolean vin_preprocess_uniforms(const VinFrame *frame, const VinPreprocessParams *params,
                                 const VinPlace *out, const VinFrameLayout *layout,
                                 void *uniforms, GError **error)
{
    Uniforms u = {0};

    if (!vin_frame_check_shape(frame, error) || !vin_preprocess_check(params, out, error) ||
        !vin_preprocess_fill_resize(frame, params, out, &u, error)) {
        return FALSE;
    }
    fill_planes(frame, layout, &u);
    fill_colour(frame, params, &u);
    u.out_offset = out->offset;
    u.out_c_stride = out->c_stride;
    u.out_w = out->w;
    u.out_h = out->h;
    memcpy(uniforms, &u, sizeof u);
    return TRUE;
}

void vin_preprocess_move(void *uniforms, const VinPlace *out)
{
    Uniforms *u = uniforms;

    u->out_offset = out->offset;
    u->out_c_stride = out->c_stride;
}

void vin_preprocess_dispatch(const VinFrame *frame, const VinPreprocessParams *params,
                             const VinPlace *out, const VinCaps *caps, VinDispatch *dispatch)
{
    static const guint32 transfers[] = {
        [VIN_TRANSFER_SDR] = VIN_TRANSFER_KIND_SDR,
        [VIN_TRANSFER_PQ] = VIN_TRANSFER_KIND_PQ,
        [VIN_TRANSFER_HLG] = VIN_TRANSFER_KIND_HLG,
    };
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    gboolean packed = format->samples == VIN_SAMPLES_PACKED;

    memset(dispatch, 0, sizeof *dispatch);
    dispatch->shader = VIN_SHADER_PREPROCESS;
    dispatch->spec[VIN_PREPROCESS_SPEC_LAYOUT] = frame_layout(frame, params->channels);
    dispatch->spec[VIN_PREPROCESS_SPEC_METHOD] = vin_preprocess_method(frame, params, out);
    dispatch->spec[VIN_PREPROCESS_SPEC_CHROMA_X] = format->x_shift[packed ? 0 : 1];
    dispatch->spec[VIN_PREPROCESS_SPEC_CHROMA_Y] = format->y_shift[packed ? 0 : 1];
    dispatch->spec[VIN_PREPROCESS_SPEC_BITS] = format->bits;
    dispatch->spec[VIN_PREPROCESS_SPEC_LOW_BITS] = format->low_bits;
    dispatch->spec[VIN_PREPROCESS_SPEC_TURN] = vin_preprocess_turn_bits(frame);
    dispatch->spec[VIN_PREPROCESS_SPEC_TRANSFER] = transfers[frame->transfer];
    dispatch->n_spec = VIN_N_PREPROCESS_SPEC;
    dispatch->groups[0] = vin_div_up(out->w, VIN_PREPROCESS_LOCAL_X);
    dispatch->groups[1] = vin_div_up(out->h, VIN_PREPROCESS_LOCAL_Y);
    dispatch->groups[2] = 1;
}
