/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Listing and choosing devices, and the one error of a machine without a driver. The choice
 * itself is also tested on made-up lists, which need no GPU.
 */
#include <string.h>

#include "base/log.h"
#include "vk/physical.h"
#include "vk/vk.h"

static VinDeviceInfo *list_or_skip(guint *n)
{
    g_autoptr(GError) error = NULL;
    VinDeviceInfo *list = vin_device_list(n, &error);

    if (list == NULL) {
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_test_skip(error->message);
    }
    return list;
}

static void test_list(void)
{
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);

    if (list == NULL) {
        return;
    }
    g_assert_cmpuint(n, >=, 1);
    for (guint i = 0; i < n; i++) {
        g_assert_cmpuint(list[i].index, ==, i);
        g_assert_cmpstr(list[i].name, !=, "");
        g_assert_cmpstr(vin_device_type_name(list[i].type), !=, "");
        g_assert_true(list[i].usable == (list[i].reason == NULL));
        if (strstr(list[i].name, "llvmpipe") != NULL) {
            g_assert_cmpstr(vin_device_type_name(list[i].type), ==, "software");
            g_assert_cmpstr(list[i].driver, ==, "llvmpipe");
        }
        if (list[i].usable) {
            g_assert_cmpuint(list[i].api_version, >=, VK_API_VERSION_1_1);
            g_assert_cmpuint(list[i].subgroup_size, >, 0);
            g_assert_cmpuint(list[i].memory_bytes, >, 0);
            g_assert_cmpuint(list[i].max_storage_bytes, >=, (guint64)1 << 27);
        }
    }
}

static void expect_opens(const char *selector, guint index)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = vin_device_new(selector, &error);

    g_assert_no_error(error);
    g_assert_nonnull(device);
    g_assert_cmpuint(vin_device_get_info(device)->index, ==, index);
}

static void test_open(void)
{
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);

    if (list == NULL) {
        return;
    }
    for (guint i = 0; i < n; i++) {
        g_autofree char *index = g_strdup_printf("%u", i);

        if (list[i].usable) {
            expect_opens(index, i);
        }
    }
}

static void test_bad_selector(void)
{
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);
    g_autoptr(GError) error = NULL;

    if (list == NULL) {
        return;
    }
    g_assert_null(vin_device_new("no such card", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
    g_assert_nonnull(strstr(error->message, "no such card"));
    for (guint i = 0; i < n; i++) {
        g_assert_nonnull(strstr(error->message, list[i].name));
    }
}

/* A second device while the first lives, and again after both went. */
static void test_again(void)
{
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);

    if (list == NULL) {
        return;
    }
    for (guint round = 0; round < 3; round++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinDevice) first = vin_device_new(NULL, &error);
        g_autoptr(VinDevice) second = vin_device_new("", &error);
        VinDevice *third = vin_device_ref(second);

        g_assert_no_error(error);
        g_assert_cmpuint(vin_device_get_info(first)->index, ==,
                         vin_device_get_info(second)->index);
        vin_device_unref(third);
    }
    vin_device_unref(NULL);
}

static void test_no_driver(void)
{
    if (g_test_subprocess()) {
        g_autoptr(GError) error = NULL;
        guint n = 1;
        const gint64 start = g_get_monotonic_time();

        g_setenv("VK_ICD_FILENAMES", "/dev/null", TRUE);
        g_setenv("VK_DRIVER_FILES", "/dev/null", TRUE);
        g_unsetenv("VK_ADD_DRIVER_FILES");
        g_assert_null(vin_device_new(NULL, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_assert_nonnull(strstr(error->message, "mesa-vulkan-drivers"));
        g_clear_error(&error);
        g_assert_null(vin_device_list(&n, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_assert_cmpuint(n, ==, 0);
        g_assert_cmpint(g_get_monotonic_time() - start, <, 2 * G_USEC_PER_SEC);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

/* Runs the calling test's other half in a process of its own, with a fresh environment. */
static void expect_subprocess_passes(void)
{
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static void test_default_selector(void)
{
    if (g_test_subprocess()) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinDevice) device = NULL;

        g_setenv("VIN_DEVICE", "no such card", TRUE);
        g_assert_null(vin_device_new(NULL, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_assert_nonnull(strstr(error->message, "no such card"));
        g_clear_error(&error);
        device = vin_device_new("0", &error);
        g_assert_no_error(error);
        return;
    }
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);

    if (list != NULL) {
        expect_subprocess_passes();
    }
}

static void test_caps_mask(void)
{
    if (g_test_subprocess()) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinDevice) device = NULL;

        g_setenv("VIN_CAPS_MASK", "ffffffff", TRUE);
        device = vin_device_new(NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(vin_device_get_caps(device)->bits, ==, 0);
        g_assert_cmpfloat(vin_device_get_caps(device)->timestamp_ns, ==, 0.0);
        return;
    }
    guint n = 0;
    g_autofree VinDeviceInfo *list = list_or_skip(&n);

    if (list != NULL) {
        expect_subprocess_passes();
    }
}

static void test_caps_mask_words(void)
{
    static const struct {
        const char *text;
        guint32 mask;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"timestamps", VIN_CAP_TIMESTAMPS},
        {" drm-modifier , INT64,", VIN_CAP_DRM_MODIFIER | VIN_CAP_INT64},
        {"64", 0x64},
        {"0x64,timeline", 0x64 | VIN_CAP_TIMELINE},
        {"all", G_MAXUINT32},
        {"ffffffff", G_MAXUINT32},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmphex(vin_caps_parse_mask(cases[i].text), ==, cases[i].mask);
    }
    for (guint bit = 0; bit < 32; bit++) { /* what is shown is what is understood */
        g_autofree char *name = vin_caps_to_string(1u << bit);

        g_assert_true(name[0] == '\0' || vin_caps_parse_mask(name) == 1u << bit);
    }
}

static void keep_message(VinLogLevel level, const char *message, gpointer text)
{
    g_string_append(text, message);
}

static void test_caps_mask_unknown(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    vin_log_set_func(keep_message, VIN_LOG_WARN, text);
    g_assert_cmphex(vin_caps_parse_mask("int64,int46,1ffffffff"), ==, VIN_CAP_INT64);
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_nonnull(strstr(text->str, "'int46' is no capability"));
    g_assert_nonnull(strstr(text->str, "'1ffffffff'"));
    g_assert_nonnull(strstr(text->str, "fp16-storage"));
}

static gboolean have_validation_layer(void)
{
    g_autofree VkLayerProperties *layers = NULL;
    uint32_t n = 0;

    vkEnumerateInstanceLayerProperties(&n, NULL);
    layers = g_new0(VkLayerProperties, n);
    vkEnumerateInstanceLayerProperties(&n, layers);
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(layers[i].layerName, "VK_LAYER_KHRONOS_validation") == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void create_empty_buffer(VinDevice *device)
{
    const VkBufferCreateInfo empty = {.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
    VkBuffer buffer;

    vkCreateBuffer(vin_device_vk(device), &empty, NULL, &buffer);
}

/* Reads what was written a moment ago, without a barrier between. */
static void copy_too_early(VinDevice *device)
{
    VinVkBuffer buffers[3];
    VinVkCommand command;

    for (guint i = 0; i < 3; i++) {
        g_assert_true(vin_vk_buffer_init(&buffers[i], device, 64, VIN_BUFFER_DEVICE, NULL));
    }
    g_assert_true(vin_vk_command_init(&command, device, 0, NULL));
    g_assert_true(vin_vk_command_begin(&command, NULL));
    vin_vk_command_copy(&command, &buffers[0], 0, &buffers[1], 0, 64);
    vin_vk_command_copy(&command, &buffers[1], 0, &buffers[2], 0, 64);
    g_assert_not_reached(); /* the process has ended */
}

/* With VIN_VALIDATION=1 a wrong Vulkan call ends the process, and so does a missing barrier. */
static void test_validation(gconstpointer do_wrong)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = NULL;

    if (g_test_subprocess()) {
        g_setenv("VIN_VALIDATION", "1", TRUE);
        device = vin_device_new(NULL, &error);
        g_assert_no_error(error);
        ((void (*)(VinDevice *))do_wrong)(device);
        return;
    }
    device = vin_device_new(NULL, &error);
    if (device == NULL || !have_validation_layer()) {
        g_test_skip(device == NULL ? error->message : "no Khronos validation layer");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*Vulkan validation: *");
}

static VinPhysical made_up(guint index, const char *name, VinDeviceType type, gboolean usable)
{
    VinPhysical physical = {.info = {.index = index, .type = type, .usable = usable}};

    g_strlcpy(physical.info.name, name, sizeof physical.info.name);
    memset(physical.info.uuid, (gint)(0xa0 + index), sizeof physical.info.uuid);
    physical.info.reason = usable ? NULL : "it has no compute queue";
    return physical;
}

static void expect_choice(const VinPhysical *list, guint n, const char *selector, gint index)
{
    g_autoptr(GError) error = NULL;
    const VinPhysical *chosen = vin_physical_choose(list, n, selector, &error);

    if (index >= 0) {
        g_assert_no_error(error);
        g_assert_cmpuint(chosen->info.index, ==, (guint)index);
        return;
    }
    g_assert_null(chosen);
    g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
    for (guint i = 0; i < n; i++) {
        g_assert_nonnull(strstr(error->message, list[i].info.name));
    }
}

static void test_choose(void)
{
    const VinPhysical list[] = {
        made_up(0, "llvmpipe (LLVM 15)", VIN_DEVICE_SOFTWARE, TRUE),
        made_up(1, "Virtio Venus", VIN_DEVICE_VIRTUAL, TRUE),
        made_up(2, "Broken Card", VIN_DEVICE_DISCRETE, FALSE),
        made_up(3, "Acme Graphics 630", VIN_DEVICE_INTEGRATED, TRUE),
        made_up(4, "Acme GPU 3090", VIN_DEVICE_DISCRETE, TRUE),
        made_up(5, "Acme GPU 3090", VIN_DEVICE_DISCRETE, TRUE),
    };

    expect_choice(list, 6, NULL, 4);
    expect_choice(list, 6, "", 4);
    expect_choice(list, 4, NULL, 3);
    expect_choice(list, 3, NULL, 1);
    expect_choice(list, 1, NULL, 0);
    expect_choice(list + 2, 1, NULL, -1);
    expect_choice(list, 6, "5", 5);
    expect_choice(list, 6, "3090", 4); /* not an index here: part of a name */
    expect_choice(list, 6, "ACME", 3);
    expect_choice(list, 6, "venus", 1);
    expect_choice(list, 6, "6", 3); /* no index 6, but "630" */
    expect_choice(list, 6, "7", -1);
    expect_choice(list, 6, "2", -1); /* there, but not usable */
    expect_choice(list, 6, "a5a5a5a5-a5a5-a5a5-a5a5-a5a5a5a5a5a5", 5);
    expect_choice(list, 6, "A3A3A3A3A3A3A3A3A3A3A3A3A3A3A3A3", 3);
    expect_choice(list, 6, "afafafafafafafafafafafafafafafaf", -1);
}

/* A selector can be any bytes; a message is UTF-8. Sanitizers see whether more than the
 * selector is read. */
static void test_choose_bytes(void)
{
    const VinPhysical list[] = {made_up(0, "llvmpipe", VIN_DEVICE_SOFTWARE, TRUE)};
    static const char *const selectors[] = {"\xf0", "llvm\xe2\x82", "\xff", "llvmpipe\xc3"};

    for (guint i = 0; i < G_N_ELEMENTS(selectors); i++) {
        g_autofree char *selector = g_strdup(selectors[i]);
        g_autoptr(GError) error = NULL;

        g_assert_null(vin_physical_choose(list, 1, selector, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
}

static void test_result_codes(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(vin_vk_check(VK_SUCCESS, "a call", &error));
    g_assert_true(vin_vk_check(VK_INCOMPLETE, "a call", &error));
    g_assert_no_error(error);
    g_assert_false(vin_vk_check(VK_ERROR_DEVICE_LOST, "a call", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
    g_assert_nonnull(strstr(error->message, "a call"));
    g_assert_nonnull(strstr(error->message, "VK_ERROR_DEVICE_LOST"));
    g_clear_error(&error);
    g_assert_false(vin_vk_check(VK_ERROR_OUT_OF_DEVICE_MEMORY, "a call", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
    g_clear_error(&error);
    g_assert_false(vin_vk_check(VK_ERROR_INITIALIZATION_FAILED, "a call", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/choose", test_choose);
    g_test_add_func("/device/choose-bytes", test_choose_bytes);
    g_test_add_func("/device/result-codes", test_result_codes);
    g_test_add_func("/device/list", test_list);
    g_test_add_func("/device/open", test_open);
    g_test_add_func("/device/bad-selector", test_bad_selector);
    g_test_add_func("/device/again", test_again);
    g_test_add_func("/device/no-driver", test_no_driver);
    g_test_add_func("/device/default-selector", test_default_selector);
    g_test_add_func("/device/caps-mask", test_caps_mask);
    g_test_add_func("/device/caps-mask-words", test_caps_mask_words);
    g_test_add_func("/device/caps-mask-unknown", test_caps_mask_unknown);
    g_test_add_data_func("/device/validation", create_empty_buffer, test_validation);
    g_test_add_data_func("/device/validation-of-barriers", copy_too_early, test_validation);
    return g_test_run();
}
