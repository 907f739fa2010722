/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 16-bit floats: every one there and back, and what lies between two of them.
 */
#include <math.h>

#include "base/half.h"

static void test_all(void)
{
    for (guint i = 0; i < 0x10000; i++) {
        const float value = vin_half_to_float((guint16)i);
        const guint sign = i & 0x8000, rest = i & 0x7fff;

        if (rest > 0x7c00) {
            g_assert_true(isnan(value));
        } else if (rest == 0x7c00) { /* there is no way back to an infinity */
            g_assert_true(isinf(value));
            g_assert_cmphex(vin_half_from_float(value), ==, sign | 0x7bff);
        } else {
            g_assert_cmphex(vin_half_from_float(value), ==, i);
        }
    }
}

/* Against the two neighbours: the nearer one, and in the middle the even one. */
static void test_between(void)
{
    for (guint i = 0; i < 0x7bff; i++) {
        const float low = vin_half_to_float((guint16)i), high = vin_half_to_float((guint16)(i + 1));
        const float middle = low + (high - low) / 2; /* exact */

        g_assert_cmphex(vin_half_from_float(nextafterf(middle, 0)), ==, i);
        g_assert_cmphex(vin_half_from_float(nextafterf(middle, INFINITY)), ==, i + 1);
        g_assert_cmphex(vin_half_from_float(middle), ==, i + i % 2);
        g_assert_cmphex(vin_half_from_float(-middle), ==, 0x8000 | (i + i % 2));
    }
}

static void test_ends(void)
{
    g_assert_cmphex(vin_half_from_float(1e30f), ==, 0x7bff);
    g_assert_cmphex(vin_half_from_float(-65520), ==, 0xfbff);
    g_assert_cmphex(vin_half_from_float(1e-30f), ==, 0);
    g_assert_cmphex(vin_half_from_float(-0.0f), ==, 0x8000);
    g_assert_cmphex(vin_half_from_float(NAN) & 0x7fff, >, 0x7c00);
    g_assert_cmpfloat(vin_half_to_float(0x3c00), ==, 1);
    g_assert_cmpfloat(vin_half_to_float(0xc248), ==, -3.140625f);
    g_assert_cmpfloat(vin_half_to_float(0x7bff), ==, VIN_HALF_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/half/all", test_all);
    g_test_add_func("/half/between", test_between);
    g_test_add_func("/half/ends", test_ends);
    return g_test_run();
}
