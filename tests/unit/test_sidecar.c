/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * .modelinfo files: every key, defaults from the input's size, wrong values, unknown keys.
 */
#include <string.h>

#include <vkinception/log.h>

#include "model/sidecar.h"
#include "onnx_make.h"

#define OURS "[data]\ntype=float32\ndims=-1,3,8,8\n[vkinception]\n"

static const VinInputSize rgb8 = {3, 8, 8};

/* NULL without an error when the text has no group of ours. */
static VinSidecar *load(const char *text, GError **error)
{
    char *folder = onnx_make_folder();
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autofree char *path = onnx_make_file(bytes, folder, "net.modelinfo");
    VinSidecar *sidecar = NULL;
    const gboolean ok = vin_sidecar_load(path, &sidecar, error);

    g_assert_true(ok || sidecar == NULL);
    onnx_make_remove(folder);
    return sidecar;
}

static VinSidecar *load_fit(const char *text, VinInputSize input)
{
    g_autoptr(GError) error = NULL;
    VinSidecar *sidecar = load(text, &error);

    g_assert_no_error(error);
    g_assert_nonnull(sidecar);
    g_assert_true(vin_sidecar_fit(sidecar, input, &error));
    g_assert_no_error(error);
    return sidecar;
}

static void refuse(const char *text, VinInputSize input, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinSidecar) sidecar = load(text, &error);

    if (sidecar != NULL) {
        g_assert_false(vin_sidecar_fit(sidecar, input, &error));
    }
    onnx_make_expect(error, VIN_ERROR_FORMAT, "net.modelinfo");
    onnx_make_expect(error, VIN_ERROR_FORMAT, words);
}

static void test_stretch(void)
{
    g_autoptr(VinSidecar) sidecar =
        load_fit(OURS "dir=none\nresize=stretch\nresize-width=12\nresize-height=10\n"
                      "interpolation=area\ncrop-width=8\ncrop-height=8\nchannel-order=bgr\n"
                      "mean=104;117;123\nscale=0.5\nlabels=names.txt\noutput=prob\n"
                      "heads=a;b\nactivation=softmax\n",
                 rgb8);
    const VinRecipe *recipe = &sidecar->recipe;
    g_autofree char *text = vin_recipe_to_string(recipe, rgb8);

    g_assert_cmpint(recipe->resize, ==, VIN_RESIZE_STRETCH);
    g_assert_cmpuint(recipe->resize_width, ==, 12);
    g_assert_cmpuint(recipe->resize_height, ==, 10);
    g_assert_cmpint(recipe->interpolation, ==, VIN_SCALE_AREA);
    g_assert_true(recipe->bgr);
    g_assert_cmpfloat(recipe->mean[0], ==, 104.0f);
    g_assert_cmpfloat(recipe->mean[2], ==, 123.0f);
    g_assert_cmpfloat(recipe->scale[2], ==, 0.5f);
    g_assert_cmpuint(recipe->channels, ==, 3);
    g_assert_cmpstr(sidecar->labels_file, ==, "names.txt");
    g_assert_cmpstr(sidecar->output, ==, "prob");
    g_assert_cmpuint(g_strv_length(sidecar->heads), ==, 2);
    g_assert_cmpstr(sidecar->heads[1], ==, "b");
    g_assert_cmpint(sidecar->activation, ==, VIN_ACTIVATION_SOFTMAX);
    g_assert_cmpstr(text, ==,
                    "stretch to 12 x 10 area, centre crop 8 x 8, BGR, minus 104;117;123, "
                    "times 0.5");
}

static void test_defaults(void)
{
    g_autoptr(VinSidecar) sidecar = load_fit(OURS, (VinInputSize){3, 8, 6});
    g_autoptr(VinSidecar) short_side = load_fit(OURS "resize=short-side\n",
                                                (VinInputSize){3, 6, 8});
    g_autoptr(VinSidecar) tiles = load_fit(OURS "resize=tiles\ntiles=4\nmean=128\n",
                                           (VinInputSize){1, 8, 8});
    g_autofree char *text = vin_recipe_to_string(&tiles->recipe, (VinInputSize){1, 8, 8});

    g_assert_cmpint(sidecar->recipe.resize, ==, VIN_RESIZE_STRETCH);
    g_assert_cmpuint(sidecar->recipe.resize_width, ==, 8);
    g_assert_cmpuint(sidecar->recipe.resize_height, ==, 6);
    g_assert_cmpint(sidecar->recipe.interpolation, ==, VIN_SCALE_BILINEAR);
    g_assert_false(sidecar->recipe.bgr);
    g_assert_cmpfloat(sidecar->recipe.mean[1], ==, 0.0f);
    g_assert_cmpfloat(sidecar->recipe.scale[1], ==, 1.0f);
    g_assert_null(sidecar->output);
    g_assert_null(sidecar->heads);
    g_assert_cmpint(sidecar->activation, ==, VIN_ACTIVATION_NONE);
    g_assert_cmpuint(short_side->recipe.resize_short, ==, 8);
    g_assert_cmpuint(tiles->recipe.tiles, ==, 4);
    g_assert_cmpuint(tiles->recipe.channels, ==, 1);
    g_assert_cmpstr(text, ==,
                    "4 x 4 tiles at native resolution, 8 x 8, luma, minus 128, times 1");
}

static void test_proportions(void)
{
    g_autoptr(VinSidecar) box = load_fit(
        OURS "resize=letterbox\nfill=7;8.5;9\npixel-aspect=honour\n", rgb8);
    g_autoptr(VinSidecar) crop = load_fit(OURS "resize=crop\ninterpolation=nearest\n"
                                               "pixel-aspect=ignore\nmean=1;2;3\n", rgb8);
    g_autofree char *box_text = vin_recipe_to_string(&box->recipe, rgb8);
    g_autofree char *crop_text = vin_recipe_to_string(&crop->recipe, rgb8);

    g_assert_cmpint(box->recipe.resize, ==, VIN_RESIZE_LETTERBOX);
    g_assert_true(box->recipe.pixel_aspect);
    g_assert_cmpfloat(box->recipe.fill[0], ==, 7.0f);
    g_assert_cmpfloat(box->recipe.fill[1], ==, 8.5f);
    g_assert_cmpstr(box_text, ==, "scaled bilinear into 8 x 8, filled with 7;8.5;9, by the "
                                  "pixels' aspect, RGB, minus 0, times 1");
    g_assert_cmpint(crop->recipe.resize, ==, VIN_RESIZE_CROP);
    g_assert_false(crop->recipe.pixel_aspect);
    g_assert_cmpfloat(crop->recipe.fill[2], ==, 3.0f); /* the mean */
    g_assert_cmpstr(crop_text, ==, "scaled nearest to cover 8 x 8, centre crop, RGB, minus "
                                   "1;2;3, times 1");
    refuse(OURS "pixel-aspect=yes\n", rgb8, "ignore or honour");
    refuse(OURS "resize=squeeze\n", rgb8, "crop or letterbox");
    refuse(OURS "fill=1;2\n", rgb8, "one number, or three");
    refuse(OURS "fill=1;2;3\n", (VinInputSize){1, 8, 8}, "fill has three numbers");
}

static void test_lists(void)
{
    g_autoptr(VinSidecar) commas = load_fit(OURS "mean=1.5, -2, 3e0\nscale=0.25;0.5;1;\n", rgb8);

    g_assert_cmpfloat(commas->recipe.mean[0], ==, 1.5f);
    g_assert_cmpfloat(commas->recipe.mean[1], ==, -2.0f);
    g_assert_cmpfloat(commas->recipe.mean[2], ==, 3.0f);
    g_assert_cmpfloat(commas->recipe.scale[1], ==, 0.5f);
}

static void test_activation(void)
{
    g_autoptr(VinSidecar) sigmoid = load_fit(OURS "activation=sigmoid\n", rgb8);
    g_autoptr(VinSidecar) none = load_fit(OURS "activation=none\n", rgb8);

    g_assert_cmpint(sigmoid->activation, ==, VIN_ACTIVATION_SIGMOID);
    g_assert_cmpint(none->activation, ==, VIN_ACTIVATION_NONE);
}

static void test_refused(void)
{
    refuse(OURS "resize=squash\n", rgb8, "[vkinception]|resize=squash|stretch or short-side");
    refuse(OURS "resize-width=big\n", rgb8, "resize-width=big|1 to 16384");
    refuse(OURS "resize-width=0\n", rgb8, "resize-width=0|1 to");
    refuse(OURS "resize-width=16385\n", rgb8, "16384");
    refuse(OURS "resize-width=7\n", rgb8, "7 x 8|8 x 8");
    refuse(OURS "resize=short-side\nresize-short-side=7\n", rgb8, "resize-short-side is 7|8");
    refuse(OURS "resize=tiles\n", rgb8, "tiles is 0|divides");
    refuse(OURS "resize=tiles\ntiles=3\n", rgb8, "tiles is 3|8 x 8");
    refuse(OURS "interpolation=cubic\n", rgb8, "interpolation=cubic|bilinear or area or nearest");
    refuse(OURS "channel-order=RGB\n", rgb8, "channel-order=RGB|rgb or bgr");
    refuse(OURS "crop-width=4\n", rgb8, "crop-width|8 and 8");
    refuse(OURS "mean=1;2\n", rgb8, "mean=1;2|three");
    refuse(OURS "mean=one\n", rgb8, "mean=one");
    refuse(OURS "mean=nan\n", rgb8, "mean=nan");
    refuse(OURS "scale=inf\n", rgb8, "scale=inf");
    refuse(OURS "scale=1;0;1\n", rgb8, "scale");
    refuse(OURS "mean=1;2;3\n", (VinInputSize){1, 8, 8}, "one channel");
    refuse(OURS "labels=../names.txt\n", rgb8, "labels=../names.txt|folder");
    refuse(OURS "labels=\n", rgb8, "labels=");
    refuse(OURS "activation=tanh\n", rgb8, "activation=tanh|none or softmax or sigmoid");
    refuse("no ini file\n", rgb8, "net.modelinfo");
    refuse("\xff\xff", rgb8, "UTF-8");
}

static void test_not_ours(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(load("[data]\ntype=float32\n", &error));
    g_assert_no_error(error);
    g_assert_null(load("", &error));
    g_assert_no_error(error);
}

static void count_warning(VinLogLevel level, const char *message, gpointer user_data)
{
    guint *n_warnings = user_data;

    if (level == VIN_LOG_WARN) {
        g_assert_nonnull(strstr(message, "colour-of-bicycle, zoom"));
        (*n_warnings)++;
    }
}

static void test_unknown_keys(void)
{
    guint n_warnings = 0;
    g_autoptr(VinSidecar) sidecar = NULL;

    vin_log_set_func(count_warning, VIN_LOG_WARN, &n_warnings);
    sidecar = load_fit(OURS "colour-of-bicycle=red\nresize=stretch\nzoom=2\n", rgb8);
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_nonnull(sidecar);
    g_assert_cmpuint(n_warnings, ==, 1);
}

static void test_assumed(void)
{
    g_autoptr(VinSidecar) sidecar = vin_sidecar_new_assumed();
    g_autoptr(GError) error = NULL;

    g_assert_true(vin_sidecar_fit(sidecar, rgb8, &error));
    g_assert_no_error(error);
    g_assert_null(sidecar->path);
    g_assert_cmpint(sidecar->activation, ==, VIN_ACTIVATION_NONE);
    g_assert_cmpuint(sidecar->recipe.resize_width, ==, 8);
    g_assert_cmpfloat_with_epsilon(sidecar->recipe.scale[2], 1.0 / 255.0, 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sidecar/stretch", test_stretch);
    g_test_add_func("/sidecar/defaults", test_defaults);
    g_test_add_func("/sidecar/proportions", test_proportions);
    g_test_add_func("/sidecar/lists", test_lists);
    g_test_add_func("/sidecar/activation", test_activation);
    g_test_add_func("/sidecar/refused", test_refused);
    g_test_add_func("/sidecar/not-ours", test_not_ours);
    g_test_add_func("/sidecar/unknown-keys", test_unknown_keys);
    g_test_add_func("/sidecar/assumed", test_assumed);
    return g_test_run();
}
