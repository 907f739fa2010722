// SPDX-License-Identifier: LGPL-2.1-or-later
//
// HDR to what a screen of SDR shows; docs/recipe.md has the formula. Needs the constant
// TRANSFER. PQ and HLG: ITU-R BT.2100-2, tables 4 and 5. Peak: the knee of ITU-R BT.2390-8,
// section 5.4.1, for each of R', G', B' in PQ codes. Primaries: ITU-R BT.2087-0. White: 203
// cd/m2, ITU-R BT.2408-4. Codes of SDR: sRGB, IEC 61966-2-1.

const float PQ_M1 = 2610.0 / 16384.0;
const float PQ_M2 = 2523.0 / 32.0;
const float PQ_C1 = 3424.0 / 4096.0;
const float PQ_C2 = 2413.0 / 128.0;
const float PQ_C3 = 2392.0 / 128.0;
const float SOURCE_PEAK = 0.7518271; // PQ code of 1000 cd/m2
const float WHITE = 203.0 / 10000.0; // of PQ's 10000 cd/m2
const float TARGET = 0.7723702;      // PQ code of 203 cd/m2, of SOURCE_PEAK
const float KNEE = 1.5 * TARGET - 0.5;

vec3 pq_to_light(vec3 code)
{
    vec3 p = pow(code, vec3(1.0 / PQ_M2));

    return pow(max(p - PQ_C1, vec3(0.0)) / (PQ_C2 - PQ_C3 * p), vec3(1.0 / PQ_M1));
}

vec3 light_to_pq(vec3 light)
{
    vec3 p = pow(light, vec3(PQ_M1));

    return pow((PQ_C1 + PQ_C2 * p) / (1.0 + PQ_C3 * p), vec3(PQ_M2));
}

// Light of a display of 1000 cd/m2, of PQ's 10000.
vec3 hlg_to_light(vec3 code)
{
    const float a = 0.17883277;
    const float b = 1.0 - 4.0 * a;
    const float c = 0.55991073;
    vec3 scene = mix((exp((code - c) / a) + b) / 12.0, code * code / 3.0,
                     lessThanEqual(code, vec3(0.5)));

    return 0.1 * pow(dot(scene, vec3(0.2627, 0.6780, 0.0593)), 0.2) * scene;
}

// Straight up to the knee, then a Hermite spline that ends level at the target's peak.
vec3 roll_off(vec3 code)
{
    vec3 e = min(code / SOURCE_PEAK, vec3(1.0));
    vec3 t = (e - KNEE) / (1.0 - KNEE);
    vec3 t2 = t * t;
    vec3 t3 = t2 * t;
    vec3 spline = (2.0 * t3 - 3.0 * t2 + 1.0) * KNEE + (t3 - 2.0 * t2 + t) * (1.0 - KNEE) +
                  (3.0 * t2 - 2.0 * t3) * TARGET;

    return mix(spline, e, lessThan(e, vec3(KNEE))) * SOURCE_PEAK;
}

vec3 light_to_srgb(vec3 light)
{
    return mix(1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, 12.92 * light,
               lessThanEqual(light, vec3(0.0031308)));
}

// R'G'B' in 0..255, both ways.
vec3 tone_map(vec3 rgb)
{
    vec3 code = rgb / 255.0;

    if (TRANSFER == VIN_TRANSFER_KIND_HLG) {
        code = light_to_pq(hlg_to_light(code));
    }
    vec3 light = pq_to_light(roll_off(code)) / WHITE;
    vec3 to_709 = vec3(dot(light, vec3(1.660491, -0.587641, -0.072850)),
                       dot(light, vec3(-0.124550, 1.132900, -0.008349)),
                       dot(light, vec3(-0.018151, -0.100579, 1.118730)));

    return 255.0 * light_to_srgb(clamp(to_709, vec3(0.0), vec3(1.0)));
}
