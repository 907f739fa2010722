/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ranges and weights in 8 bits: what they stand for is as near as half a step.
 */
#include <math.h>

#include "base/int8.h"

static double back(const VinInt8Range *range, double value)
{
    const double q = CLAMP(rint(value * (double)range->inverse) + range->zero, -128, 127);

    return (q - range->zero) * range->step;
}

static void test_ranges(void)
{
    static const float ranges[][2] = {{0, 1},      {0, 1234.5f},    {-1, 1}, {-3, 0}, {-0.25f, 7},
                                      {-1e-6f, 0}, {-5e8f, 9.5e11f}, {0, 1e-30f}};

    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        const double low = (double)ranges[i][0], high = (double)ranges[i][1];
        VinInt8Range range;

        g_assert_true(vin_int8_range(ranges[i][0], ranges[i][1], &range));
        g_assert_cmpfloat_with_epsilon(range.step, (high - low) / 255, 1e-9 * range.step);
        g_assert_true(back(&range, 0) == 0);
        g_assert_true(low < 0 || range.zero == -128); /* nothing is given away */
        for (guint k = 0; k <= 1000; k++) {
            const double value = low + (high - low) * k / 1000;

            g_assert_cmpfloat(fabs(back(&range, value) - value), <=, 1.001 * range.step);
        }
        g_assert_cmpfloat(fabs(back(&range, 2 * high) - high), <=, range.step); /* saturates */
        g_assert_cmpfloat(fabs(back(&range, 2 * low) - low), <=, range.step);
    }
}

static void test_no_ranges(void)
{
    static const float ranges[][2] = {{0, 0},    {1, 2},          {-2, -1},  {0, NAN}, {NAN, 1},
                                      {1, -1},   {0, 1e-38f},     {0, INFINITY},
                                      {-INFINITY, 0}, {-3e38f, 3e38f}};
    VinInt8Range range;

    for (guint i = 0; i < G_N_ELEMENTS(ranges); i++) {
        g_assert_false(vin_int8_range(ranges[i][0], ranges[i][1], &range));
    }
}

static void test_weights(void)
{
    const float weights[] = {0.5f, -1.0f, 0.25f, 0.0f, 0.003f, 1.0f};
    gint8 steps[G_N_ELEMENTS(weights)];
    const float step = vin_int8_weights(weights, G_N_ELEMENTS(weights), steps);

    g_assert_cmpfloat_with_epsilon(step, 1.0 / 127, 1e-9);
    g_assert_cmpint(steps[1], ==, -127);
    g_assert_cmpint(steps[5], ==, 127);
    for (guint i = 0; i < G_N_ELEMENTS(weights); i++) {
        g_assert_cmpfloat(fabsf((float)steps[i] * step - weights[i]), <=, 0.5001f * step);
    }
}

static void test_odd_weights(void)
{
    gint8 steps[2] = {1, 1};

    g_assert_true(vin_int8_weights((const float[]){0, -0.0f}, 2, steps) == 0);
    g_assert_cmpint(steps[0] | steps[1], ==, 0);
    g_assert_true(isnan(vin_int8_weights((const float[]){NAN, 1}, 2, steps)));
    g_assert_true(isnan(vin_int8_weights((const float[]){1, NAN}, 2, steps)));
    g_assert_true(isinf(vin_int8_weights((const float[]){1, -INFINITY}, 2, steps)));
    g_assert_cmpint(steps[0] | steps[1], ==, 0);
    g_assert_true(vin_int8_weights((const float[]){3e38f, -3e38f}, 2, steps) > 0);
    g_assert_cmpint(steps[0], ==, 127);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/int8/ranges", test_ranges);
    g_test_add_func("/int8/no_ranges", test_no_ranges);
    g_test_add_func("/int8/weights", test_weights);
    g_test_add_func("/int8/odd_weights", test_odd_weights);
    return g_test_run();
}
