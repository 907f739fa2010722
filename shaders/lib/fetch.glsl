// SPDX-License-Identifier: LGPL-2.1-or-later
//
// fetch_quad: four pixels of the frame as R'G'B', whatever the layout. Needs `words`, `u` and
// the constant LAYOUT. Loads are dear on software drivers, where every lane's load is a
// branch of its own: a word loaded for one sample serves its neighbours.
//
//   columns x0, x1 (equal or next to each other)        c00 c10   row y0
//   rows    y0, y1 (equal or next to each other)        c01 c11   row y1
#include "lib/colour.glsl"

struct Quad {
    vec3 c00, c10, c01, c11;
};

float byte_of(uint word, uint address)
{
    return float((word >> ((address & 3u) << 3)) & 255u);
}

// The word at @address, when @word is that at @near.
uint word_near(uint near, uint word, uint address)
{
    if ((address >> 2) != (near >> 2)) {
        word = words[address >> 2];
    }
    return word;
}

// Bytes at (x0, y0), (x1, y0), (x0, y1), (x1, y1), @pitch bytes from one to the next.
vec4 luma_quad(uint pitch, uint x0, uint x1, uint y0, uint y1)
{
    uint a = u.plane0 + y0 * u.stride0 + x0 * pitch;
    uint b = u.plane0 + y0 * u.stride0 + x1 * pitch;
    uint c = u.plane0 + y1 * u.stride0 + x0 * pitch;
    uint d = u.plane0 + y1 * u.stride0 + x1 * pitch;
    uint wa = words[a >> 2];
    uint wb = word_near(a, wa, b);
    uint wc = word_near(a, wa, c);
    uint wd = word_near(c, wc, d);

    return vec4(byte_of(wa, a), byte_of(wb, b), byte_of(wc, c), byte_of(wd, d));
}

// Chroma samples around two luma positions a and b: a lies between lo and mid, b between
// (b_from_lo ? lo : mid) and hi. Positions in quarters of a chroma sample: 2 * x - site.
struct Taps {
    uint lo, mid, hi;
    float fa, fb; // weight of the farther sample
    bool b_from_lo;
};

Taps chroma_taps(uint a, uint b, uint site, uint last)
{
    int qa = 2 * int(a) - int(site);
    int qb = 2 * int(b) - int(site);
    int ia = qa >> 2;
    int ib = qb >> 2;
    Taps t;

    t.lo = uint(max(ia, 0));
    t.mid = uint(min(ia + 1, int(last)));
    t.hi = uint(min(ib + 1, int(last)));
    t.fa = 0.25 * float(qa & 3);
    t.fb = 0.25 * float(qb & 3);
    t.b_from_lo = ib == ia;
    return t;
}

// Values at a and b from those at lo, mid, hi.
vec2 between(Taps t, float lo, float mid, float hi)
{
    return vec2(mix(lo, mid, t.fa), mix(t.b_from_lo ? lo : mid, hi, t.fb));
}

// One row of one chroma plane at both columns.
vec2 planar_row(uint row, Taps x)
{
    uint lo = row + x.lo;
    uint mid = row + x.mid;
    uint hi = row + x.hi;
    uint w_lo = words[lo >> 2];
    uint w_hi = word_near(lo, w_lo, hi);
    uint w_mid = (mid >> 2) == (lo >> 2) ? w_lo : w_hi;

    return between(x, byte_of(w_lo, lo), byte_of(w_mid, mid), byte_of(w_hi, hi));
}

// One chroma row at both columns: first component in xy, second in zw.
vec4 chroma_row(uint y, Taps x)
{
    if (LAYOUT == VIN_LAYOUT_PLANAR420) {
        uint row = y * u.stride1;

        return vec4(planar_row(u.plane1 + row, x), planar_row(u.plane2 + row, x));
    }
    uint row = u.plane1 + y * u.stride1;
    uint lo = row + 2u * x.lo; // even: a pair never straddles two words
    uint mid = row + 2u * x.mid;
    uint hi = row + 2u * x.hi;
    uint w_lo = words[lo >> 2];
    uint w_hi = word_near(lo, w_lo, hi);
    uint w_mid = (mid >> 2) == (lo >> 2) ? w_lo : w_hi;

    return vec4(between(x, byte_of(w_lo, lo), byte_of(w_mid, mid), byte_of(w_hi, hi)),
                between(x, byte_of(w_lo, lo + 1u), byte_of(w_mid, mid + 1u),
                        byte_of(w_hi, hi + 1u)));
}

Quad quad_420(uint x0, uint x1, uint y0, uint y1)
{
    vec4 luma = luma_quad(1u, x0, x1, y0, y1);
    Taps x = chroma_taps(x0, x1, u.site_x, u.chroma_x_max);
    Taps y = chroma_taps(y0, y1, u.site_y, u.chroma_y_max);
    vec4 lo = chroma_row(y.lo, x);
    vec4 mid = lo;
    if (y.mid != y.lo) {
        mid = chroma_row(y.mid, x);
    }
    vec4 hi = mid;
    if (y.hi != y.mid) {
        hi = chroma_row(y.hi, x);
    }
    vec4 upper = mix(lo, mid, y.fa);
    vec4 lower = mix(y.b_from_lo ? lo : mid, hi, y.fb);

    return Quad(to_rgb(vec3(luma.x, upper.xz)), to_rgb(vec3(luma.y, upper.yw)),
                to_rgb(vec3(luma.z, lower.xz)), to_rgb(vec3(luma.w, lower.yw)));
}

// One row of YUY2, whose words are Y0 U Y1 V: samples of columns x0 and x1.
void row_422(uint row, uint x0, uint x1, Taps t, out vec3 s0, out vec3 s1)
{
    uint w_lo = words[row + t.lo];
    uint w_mid = t.mid == t.lo ? w_lo : words[row + t.mid];
    uint w_hi = t.hi == t.mid ? w_mid : words[row + t.hi];
    uint w0 = (x0 >> 1) == t.lo ? w_lo : w_mid; // luma is never in hi's word alone
    uint w1 = (x1 >> 1) == t.lo ? w_lo : w_mid;
    vec2 cb = between(t, byte_of(w_lo, 1u), byte_of(w_mid, 1u), byte_of(w_hi, 1u));
    vec2 cr = between(t, byte_of(w_lo, 3u), byte_of(w_mid, 3u), byte_of(w_hi, 3u));

    s0 = vec3(byte_of(w0, 2u * x0), cb.x, cr.x);
    s1 = vec3(byte_of(w1, 2u * x1), cb.y, cr.y);
}

Quad quad_422(uint x0, uint x1, uint y0, uint y1)
{
    Taps t = chroma_taps(x0, x1, u.site_x, u.chroma_x_max);
    vec3 a, b, c, d;

    row_422((u.plane0 + y0 * u.stride0) >> 2, x0, x1, t, a, b);
    c = a;
    d = b;
    if (y1 != y0) {
        row_422((u.plane0 + y1 * u.stride0) >> 2, x0, x1, t, c, d);
    }
    return Quad(to_rgb(a), to_rgb(b), to_rgb(c), to_rgb(d));
}

vec3 pixel_rgb(uint x, uint y)
{
    if (LAYOUT == VIN_LAYOUT_RGB32) {
        uint word = words[(u.plane0 + y * u.stride0 + 4u * x) >> 2];

        return to_rgb(vec3(byte_of(word, 0u), byte_of(word, 1u), byte_of(word, 2u)));
    }
    uint a = u.plane0 + y * u.stride0 + 3u * x;
    uint first = words[a >> 2];
    uint last = word_near(a, first, a + 2u);
    uint middle = ((a + 1u) >> 2) == (a >> 2) ? first : last;

    return to_rgb(vec3(byte_of(first, a), byte_of(middle, a + 1u), byte_of(last, a + 2u)));
}

Quad quad_rgb(uint x0, uint x1, uint y0, uint y1)
{
    return Quad(pixel_rgb(x0, y0), pixel_rgb(x1, y0), pixel_rgb(x0, y1), pixel_rgb(x1, y1));
}

Quad quad_gray(uint x0, uint x1, uint y0, uint y1)
{
    vec4 luma = luma_quad(u.pixel_bytes, x0, x1, y0, y1);

    luma = clamp(luma * u.m00 + u.add0, vec4(0.0), vec4(255.0));
    return Quad(luma.xxx, luma.yyy, luma.zzz, luma.www);
}

Quad fetch_quad(uint x0, uint x1, uint y0, uint y1)
{
    if (LAYOUT == VIN_LAYOUT_GRAY) {
        return quad_gray(x0, x1, y0, y1);
    }
    if (LAYOUT == VIN_LAYOUT_PLANAR420 || LAYOUT == VIN_LAYOUT_SEMI420) {
        return quad_420(x0, x1, y0, y1);
    }
    if (LAYOUT == VIN_LAYOUT_PACKED422) {
        return quad_422(x0, x1, y0, y1);
    }
    return quad_rgb(x0, x1, y0, y1);
}

vec3 fetch_pixel(uint x, uint y)
{
    if (LAYOUT >= VIN_LAYOUT_RGB24) {
        return pixel_rgb(x, y);
    }
    return fetch_quad(x, x, y, y).c00;
}
