/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HDR to SDR in double precision, as docs/recipe.md has it. What the shader holds as numbers is
 * made here from where the standards take it.
 */
#include <math.h>

#include "preprocess_ref.h"

/* SMPTE ST 2084; light of 1 is 10000 cd/m2. */
static double pq_code(double light)
{
    double p = pow(light, 2610.0 / 16384);

    return pow((3424.0 / 4096 + 2413.0 / 4096 * 32 * p) / (1 + 2392.0 / 4096 * 32 * p),
               2523.0 / 4096 * 128);
}

static double pq_light(double code)
{
    double p = pow(code, 1 / (2523.0 / 4096 * 128));

    return pow(fmax(p - 3424.0 / 4096, 0) / (2413.0 / 4096 * 32 - 2392.0 / 4096 * 32 * p),
               16384.0 / 2610);
}

/* Codes of HLG to light, 1 being 10000 cd/m2, on a display of 1000 cd/m2. */
static void hlg_light(double rgb[3])
{
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
    double luminance;

    for (guint i = 0; i < 3; i++) {
        rgb[i] = rgb[i] <= 0.5 ? rgb[i] * rgb[i] / 3 : (exp((rgb[i] - c) / a) + b) / 12;
    }
    luminance = 0.2627 * rgb[0] + 0.6780 * rgb[1] + 0.0593 * rgb[2];
    for (guint i = 0; i < 3; i++) {
        rgb[i] *= 0.1 * pow(luminance, 1.2 - 1);
    }
}

/* BT.2390's EETF from 1000 to 203 cd/m2, black staying where it is. */
static double roll_off(double code)
{
    double peak = pq_code(0.1), max = pq_code(0.0203) / peak, knee = 1.5 * max - 0.5;
    double e = fmin(code / peak, 1), t = (e - knee) / (1 - knee);

    if (e >= knee) {
        e = (2 * pow(t, 3) - 3 * pow(t, 2) + 1) * knee +
            (pow(t, 3) - 2 * pow(t, 2) + t) * (1 - knee) +
            (-2 * pow(t, 3) + 3 * pow(t, 2)) * max;
    }
    return e * peak;
}

/* R, G, B of the given primaries, white D65, to X, Y, Z: a column for each colour. */
static void primaries_to_xyz(const double xy[3][2], double m[3][3])
{
    const double white[3] = {0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290};
    double p[3][3], det, s[3];

    for (guint c = 0; c < 3; c++) {
        p[0][c] = xy[c][0] / xy[c][1];
        p[1][c] = 1;
        p[2][c] = (1 - xy[c][0] - xy[c][1]) / xy[c][1];
    }
    det = p[0][0] * (p[1][1] * p[2][2] - p[1][2] * p[2][1]) -
          p[0][1] * (p[1][0] * p[2][2] - p[1][2] * p[2][0]) +
          p[0][2] * (p[1][0] * p[2][1] - p[1][1] * p[2][0]);
    for (guint c = 0; c < 3; c++) { /* Cramer's rule: white is 1, 1, 1 */
        guint a = (c + 1) % 3, b = (c + 2) % 3;

        s[c] = (white[0] * (p[1][a] * p[2][b] - p[1][b] * p[2][a]) -
                white[1] * (p[0][a] * p[2][b] - p[0][b] * p[2][a]) +
                white[2] * (p[0][a] * p[1][b] - p[0][b] * p[1][a])) /
               det;
    }
    for (guint i = 0; i < 9; i++) {
        m[i / 3][i % 3] = p[i / 3][i % 3] * s[i % 3];
    }
}

/* Solves @m * @x = @y by Gauss's elimination; a pivot is never 0 here. */
static void solve(const double m[3][3], const double y[3], double x[3])
{
    double a[3][4];

    for (guint i = 0; i < 12; i++) {
        a[i / 4][i % 4] = i % 4 == 3 ? y[i / 4] : m[i / 4][i % 4];
    }
    for (guint k = 0; k < 3; k++) {
        for (guint i = 0; i < 3; i++) {
            double factor = i == k ? 0 : a[i][k] / a[k][k];

            for (guint j = k; j < 4; j++) {
                a[i][j] -= factor * a[k][j];
            }
        }
    }
    for (guint i = 0; i < 3; i++) {
        x[i] = a[i][3] / a[i][i];
    }
}

static void bt2020_to_bt709(double rgb[3])
{
    static const double wide[3][2] = {{0.708, 0.292}, {0.170, 0.797}, {0.131, 0.046}};
    static const double narrow[3][2] = {{0.64, 0.33}, {0.30, 0.60}, {0.15, 0.06}};
    double from[3][3], to[3][3], xyz[3];

    primaries_to_xyz(wide, from);
    primaries_to_xyz(narrow, to);
    for (guint i = 0; i < 3; i++) {
        xyz[i] = from[i][0] * rgb[0] + from[i][1] * rgb[1] + from[i][2] * rgb[2];
    }
    solve((const double(*)[3])to, xyz, rgb);
}

/* IEC 61966-2-1 */
static double srgb_code(double light)
{
    return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

void vin_ref_tone_map(VinTransfer transfer, double rgb[3])
{
    double light[3];

    if (transfer == VIN_TRANSFER_SDR) {
        return;
    }
    for (guint c = 0; c < 3; c++) {
        light[c] = rgb[c] / 255;
    }
    if (transfer == VIN_TRANSFER_HLG) {
        hlg_light(light);
        for (guint c = 0; c < 3; c++) {
            light[c] = pq_code(light[c]);
        }
    }
    for (guint c = 0; c < 3; c++) {
        light[c] = pq_light(roll_off(light[c])) / 0.0203;
    }
    bt2020_to_bt709(light);
    for (guint c = 0; c < 3; c++) {
        rgb[c] = 255 * srgb_code(CLAMP(light[c], 0.0, 1.0));
    }
}
