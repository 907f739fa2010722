// SPDX-License-Identifier: LGPL-2.1-or-later
//
// fetch_quad: four pixels of the frame as R'G'B', whatever the layout. Needs `words`, `u` and
// the constants LAYOUT, CHROMA_X, CHROMA_Y, BITS and LOW_BITS. Loads are dear on software
// drivers, where every lane's load is a branch of its own: a word loaded for one sample serves
// its neighbours.
//
//   columns x0, x1 (equal or next to each other)        c00 c10   row y0
//   rows    y0, y1 (equal or next to each other)        c01 c11   row y1
#include "lib/colour.glsl"

struct Quad {
    vec3 c00, c10, c01, c11;
};

const uint SAMPLE_BYTES = BITS > 8u ? 2u : 1u;

// The sample at @address, out of its word. One of two bytes lies at an even address.
float sample_of(uint word, uint address)
{
    return float((word >> (((address & 3u) << 3) + LOW_BITS)) & ((1u << BITS) - 1u));
}

// The word at @address, when @word is that at @near.
uint word_near(uint near, uint word, uint address)
{
    if ((address >> 2) != (near >> 2)) {
        word = words[address >> 2];
    }
    return word;
}

// Luma at (x0, y0), (x1, y0), (x0, y1), (x1, y1).
vec4 luma_quad(uint x0, uint x1, uint y0, uint y1)
{
    uint a = u.plane0 + y0 * u.stride0 + x0 * u.luma_bytes + u.first;
    uint b = u.plane0 + y0 * u.stride0 + x1 * u.luma_bytes + u.first;
    uint c = u.plane0 + y1 * u.stride0 + x0 * u.luma_bytes + u.first;
    uint d = u.plane0 + y1 * u.stride0 + x1 * u.luma_bytes + u.first;
    uint wa = words[a >> 2];
    uint wb = word_near(a, wa, b);
    uint wc = word_near(a, wa, c);
    uint wd = word_near(c, wc, d);

    return vec4(sample_of(wa, a), sample_of(wb, b), sample_of(wc, c), sample_of(wd, d));
}

// Chroma samples around two luma positions a and b: a lies between lo and mid, b between
// (b_from_lo ? lo : mid) and hi.
struct Taps {
    uint lo, mid, hi;
    float fa, fb; // weight of the farther sample
    bool b_from_lo;
};

// @halved: 1 when there is a sample for two positions, in eighths of a chroma sample then:
// 4 * x - site; 0 when there is one for each.
Taps chroma_taps(uint halved, uint a, uint b, uint site, uint last)
{
    Taps t;

    if (halved == 0u) {
        return Taps(a, b, b, 0.0, 0.0, a == b);
    }
    int qa = 4 * int(a) - int(site);
    int qb = 4 * int(b) - int(site);
    int ia = qa >> 3;
    int ib = qb >> 3;

    t.lo = uint(clamp(ia, 0, int(last))); // a bottom field may end with a luma row of its own
    t.mid = uint(min(ia + 1, int(last)));
    t.hi = uint(min(ib + 1, int(last)));
    t.fa = 0.125 * float(qa & 7);
    t.fb = 0.125 * float(qb & 7);
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
    uint lo = row + x.lo * SAMPLE_BYTES;
    uint mid = row + x.mid * SAMPLE_BYTES;
    uint hi = row + x.hi * SAMPLE_BYTES;
    uint w_lo = words[lo >> 2];
    uint w_hi = word_near(lo, w_lo, hi);
    uint w_mid = (mid >> 2) == (lo >> 2) ? w_lo : w_hi;

    return between(x, sample_of(w_lo, lo), sample_of(w_mid, mid), sample_of(w_hi, hi));
}

// One chroma row at both columns: first component in xy, second in zw.
vec4 chroma_row(uint y, Taps x)
{
    uint row = u.plane1 + y * u.stride1;

    if (LAYOUT == VIN_LAYOUT_PLANAR) {
        return vec4(planar_row(row, x), planar_row(u.plane2 + y * u.stride1, x));
    }
    uint lo = row + 2u * SAMPLE_BYTES * x.lo; // a pair never straddles two words
    uint mid = row + 2u * SAMPLE_BYTES * x.mid;
    uint hi = row + 2u * SAMPLE_BYTES * x.hi;
    uint w_lo = words[lo >> 2];
    uint w_mid = word_near(lo, w_lo, mid);
    uint w_hi = word_near(mid, w_mid, hi);

    return vec4(between(x, sample_of(w_lo, lo), sample_of(w_mid, mid), sample_of(w_hi, hi)),
                between(x, sample_of(w_lo, lo + SAMPLE_BYTES),
                        sample_of(w_mid, mid + SAMPLE_BYTES),
                        sample_of(w_hi, hi + SAMPLE_BYTES)));
}

Quad quad_planes(uint x0, uint x1, uint y0, uint y1)
{
    vec4 luma = luma_quad(x0, x1, y0, y1);
    Taps x = chroma_taps(CHROMA_X, x0, x1, u.site_x, u.chroma_x_max);
    Taps y = chroma_taps(CHROMA_Y, y0, y1, u.site_y, u.chroma_y_max);
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

// One row of words Y0 U Y1 V, or U Y0 V Y1: samples of columns x0 and x1.
void row_422(uint row, uint x0, uint x1, Taps t, out vec3 s0, out vec3 s1)
{
    uint w_lo = words[(row + 4u * t.lo) >> 2];
    uint w_mid = t.mid == t.lo ? w_lo : words[(row + 4u * t.mid) >> 2];
    uint w_hi = t.hi == t.mid ? w_mid : words[(row + 4u * t.hi) >> 2];
    uint w0 = (x0 >> 1) == t.lo ? w_lo : w_mid; // luma is never in hi's word alone
    uint w1 = (x1 >> 1) == t.lo ? w_lo : w_mid;
    uint c = 1u - u.first; // byte of the word's first chroma sample
    vec2 cb = between(t, sample_of(w_lo, c), sample_of(w_mid, c), sample_of(w_hi, c));
    vec2 cr = between(t, sample_of(w_lo, c + 2u), sample_of(w_mid, c + 2u),
                      sample_of(w_hi, c + 2u));

    s0 = vec3(sample_of(w0, 2u * x0 + u.first), cb.x, cr.x);
    s1 = vec3(sample_of(w1, 2u * x1 + u.first), cb.y, cr.y);
}

Quad quad_422(uint x0, uint x1, uint y0, uint y1)
{
    Taps t = chroma_taps(1u, x0, x1, u.site_x, u.chroma_x_max);
    vec3 a, b, c, d;

    row_422(u.plane0 + y0 * u.stride0, x0, x1, t, a, b);
    c = a;
    d = b;
    if (y1 != y0) {
        row_422(u.plane0 + y1 * u.stride0, x0, x1, t, c, d);
    }
    return Quad(to_rgb(a), to_rgb(b), to_rgb(c), to_rgb(d));
}

vec3 pixel_rgb(uint x, uint y)
{
    if (LAYOUT == VIN_LAYOUT_RGB32) {
        uint word = words[(u.plane0 + y * u.stride0 + 4u * x) >> 2] >> (8u * u.first);

        return to_rgb(vec3(sample_of(word, 0u), sample_of(word, 1u), sample_of(word, 2u)));
    }
    uint a = u.plane0 + y * u.stride0 + 3u * x;
    uint first = words[a >> 2];
    uint last = word_near(a, first, a + 2u);
    uint middle = ((a + 1u) >> 2) == (a >> 2) ? first : last;

    return to_rgb(vec3(sample_of(first, a), sample_of(middle, a + 1u), sample_of(last, a + 2u)));
}

Quad quad_rgb(uint x0, uint x1, uint y0, uint y1)
{
    return Quad(pixel_rgb(x0, y0), pixel_rgb(x1, y0), pixel_rgb(x0, y1), pixel_rgb(x1, y1));
}

Quad quad_gray(uint x0, uint x1, uint y0, uint y1)
{
    vec4 luma = luma_quad(x0, x1, y0, y1);

    luma = clamp(luma * u.m00 + u.add0, vec4(0.0), vec4(255.0));
    return Quad(luma.xxx, luma.yyy, luma.zzz, luma.www);
}

Quad fetch_quad(uint x0, uint x1, uint y0, uint y1)
{
    if (LAYOUT == VIN_LAYOUT_GRAY) {
        return quad_gray(x0, x1, y0, y1);
    }
    if (LAYOUT == VIN_LAYOUT_PLANAR || LAYOUT == VIN_LAYOUT_PAIRED) {
        return quad_planes(x0, x1, y0, y1);
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
