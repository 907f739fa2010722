/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in dma-bufs whose pixels a modifier arranges: what the driver lists, and images of another
 * device with each of these, which are the same to the network as their pixels row behind row.
 * Software drivers have no modifiers.
 */
#include <string.h>

#include "engine_rig.h"
#include "modifier_rig.h"
#include "support/random.h"

#define WIDTH 72
#define HEIGHT 40

static gboolean need_modifiers(void)
{
    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return FALSE;
    }
    if ((vin_device_get_caps(rig_device)->bits & VIN_CAP_DRM_MODIFIER) == 0) {
        g_test_skip("the driver lacks VK_EXT_image_drm_format_modifier");
        return FALSE;
    }
    return TRUE;
}

/* Without the extension linear at the most; never one twice. */
static void test_lists(void)
{
    static const VinFormat formats[] = {VIN_FORMAT_NV12, VIN_FORMAT_BGRA, VIN_FORMAT_P010_10LE,
                                        VIN_FORMAT_GRAY8};

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
        const guint32 bits = vin_device_get_caps(rig_device)->bits;
        guint n = 7;
        g_autofree guint64 *modifiers =
            vin_device_get_dmabuf_modifiers(rig_device, formats[f], &n);

        g_assert_cmpuint(n > 0, ==, modifiers != NULL);
        g_assert_cmpuint(n > 0, ==, (bits & VIN_CAP_DMABUF) != 0);
        if ((bits & VIN_CAP_DRM_MODIFIER) == 0 || formats[f] == VIN_FORMAT_GRAY8) {
            g_assert_cmpuint(n, <=, 1);
        }
        for (guint i = 0; i < n; i++) {
            g_assert_cmpuint(modifiers[i] == VIN_DMABUF_LINEAR, ==, i == 0);
            g_test_message("%s: 0x%016" G_GINT64_MODIFIER "x", vin_format_name(formats[f]),
                           modifiers[i]);
            for (guint k = 0; k < i; k++) {
                g_assert_cmpuint(modifiers[k], !=, modifiers[i]);
            }
        }
    }
}

static void check_modifier(VinStream *stream, const VinVkModifier *modifier)
{
    g_autofree guint8 *pixels = g_malloc(WIDTH * HEIGHT * 4);
    VinFrame frame = {
        .format = VIN_FORMAT_BGRA, .width = WIDTH, .height = HEIGHT, .planes = {pixels}};
    VinRandom random = {modifier->modifier};
    g_autoptr(GError) error = NULL;
    VinResult expected, seen;
    VinTicket ticket = 0;
    ModifierRig rig;

    for (guint i = 0; i < WIDTH * HEIGHT * 4; i++) {
        pixels[i] = (guint8)vin_random_range(&random, 0, 255);
    }
    if (modifier_rig_open(&rig, VK_FORMAT_B8G8R8A8_UNORM, 4, WIDTH, HEIGHT, modifier, pixels)) {
        vin_stream_run(stream, &frame, &expected, &error);
        g_assert_no_error(error);
        frame.planes[0] = NULL;
        vin_stream_submit_dmabuf(stream, &frame, &rig.dmabuf, &ticket, &error);
        g_assert_no_error(error);
        vin_stream_collect(stream, ticket, &seen, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(seen.top, sizeof seen.top[0] * RIG_N_CLASSES, expected.top,
                        sizeof expected.top[0] * RIG_N_CLASSES);
        g_test_message("0x%016" G_GINT64_MODIFIER "x in %u planes: the same", modifier->modifier,
                       modifier->n_planes);
    }
    modifier_rig_close(&rig);
}

static void test_images(void)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES};
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = NULL;
    g_autofree VinVkModifier *modifiers = NULL;
    guint n = 0;

    if (!need_modifiers()) {
        return;
    }
    engine = rig_engine_or_skip(&params);
    stream = rig_stream(engine);
    modifiers = vin_vk_list_modifiers(rig_device, VK_FORMAT_B8G8R8A8_UNORM, &n);
    for (guint i = 0; i < n; i++) {
        check_modifier(stream, &modifiers[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/modifiers/lists", test_lists);
    g_test_add_func("/modifiers/images", test_images);
    return rig_run();
}
