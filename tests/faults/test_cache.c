/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline cache of a device, with a driver whose cache is worth keeping: it is kept for the
 * next process, and one that is not to be trusted never reaches the driver.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/cachefile.h"
#include "shim.h"
#include "vk/vk.h"

#include <vkinception/log.h>

#define CONTENT 5000
#define HEADER sizeof(VkPipelineCacheHeaderVersionOne)

static char *folder;
static GPtrArray *lines; /* the log's, INFO and worse */

static void on_log(VinLogLevel level, const char *message, gpointer user_data)
{
    if (level <= VIN_LOG_INFO && strstr(message, "cache") != NULL) {
        g_ptr_array_add(lines, g_strdup(message));
    }
}

/* The one file of the cache, to g_free(), or NULL. Drivers and layers may have theirs there. */
static char *find_file(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    char *found = NULL;
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, "pipelines-")) {
            g_assert_null(found);
            found = g_build_filename(path, name, NULL);
        }
    }
    return found;
}

static void remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *entry = g_build_filename(path, name, NULL);

        if (g_unlink(entry) != 0) {
            remove_folder(entry);
        }
    }
    g_rmdir(path);
}

/* Opens a device and closes it, which keeps its cache. FALSE, with the test marked as skipped,
 * without one. @initial: bytes that the driver got. */
static gboolean open_once(gsize *initial)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = NULL;
    gboolean intact = FALSE;

    g_ptr_array_set_size(lines, 0);
    shim_pretend_cache(CONTENT);
    device = vin_device_new(NULL, &error);
    if (device == NULL) {
        g_test_skip(error->message);
        return FALSE;
    }
    *initial = shim_cache_initial(&intact);
    g_assert_true(intact);
    return TRUE;
}

static void start_empty(void)
{
    g_autofree char *file = find_file(folder);

    if (file != NULL) {
        g_unlink(file);
    }
    shim_reset();
}

static void test_kept(void)
{
    g_autofree char *file = NULL;
    gsize initial = 1;
    GStatBuf first, again;

    start_empty();
    if (!open_once(&initial)) {
        return;
    }
    g_assert_cmpuint(initial, ==, 0);
    file = find_file(folder);
    g_assert_nonnull(file);
    g_assert_nonnull(strstr(file, "pipelines-"));
    g_assert_cmpint(g_stat(file, &first), ==, 0);
    open_once(&initial);
    g_assert_cmpuint(initial, ==, HEADER + CONTENT);
    g_assert_cmpuint(lines->len, ==, 0);
    g_assert_cmpint(g_stat(file, &again), ==, 0);
    g_assert_cmpuint(first.st_ino, ==, again.st_ino); /* unchanged: not written again */
}

/* Changes a byte of the file; then it is ignored with one line, and replaced. */
static void test_poisoned(void)
{
    static const gsize places[] = {0, 20, 41, 70, 80, VIN_CACHE_HEADER_BYTES + 9, 3000};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *file = NULL;
        g_autofree char *bytes = NULL;
        gsize n_bytes = 0;
        gsize initial = 1;

        start_empty();
        if (!open_once(&initial)) {
            return;
        }
        file = find_file(folder);
        g_assert_true(g_file_get_contents(file, &bytes, &n_bytes, NULL));
        bytes[places[i]] ^= 0x10;
        g_assert_true(g_file_set_contents(file, bytes, (gssize)n_bytes, NULL));
        g_assert_cmpint(g_chmod(file, 0600), ==, 0);
        open_once(&initial);
        g_assert_cmpuint(initial, ==, 0);
        g_assert_cmpuint(lines->len, ==, 1);
        g_assert_nonnull(strstr(g_ptr_array_index(lines, 0), file));
        open_once(&initial);
        g_assert_cmpuint(initial, ==, HEADER + CONTENT);
        g_assert_cmpuint(lines->len, ==, 0);
    }
}

/* Whole, ours, of this key, but what is in it came from another driver. */
static void test_foreign_content(void)
{
    static const gsize places[] = {0, 4, 8, 12, 16};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *file = NULL;
        g_autofree char *bytes = NULL;
        g_autoptr(GError) error = NULL;
        VinCacheKey key = {0};
        gsize n_bytes = 0;
        gsize initial = 1;

        start_empty();
        if (!open_once(&initial)) {
            return;
        }
        file = find_file(folder);
        g_assert_true(g_file_get_contents(file, &bytes, &n_bytes, NULL));
        memcpy(&key, bytes + 12, sizeof key);
        bytes[VIN_CACHE_HEADER_BYTES + places[i]] ^= 0x40;
        vin_cache_file_write(file, &key, (guint8 *)bytes + VIN_CACHE_HEADER_BYTES,
                             n_bytes - VIN_CACHE_HEADER_BYTES, &error);
        g_assert_no_error(error);
        open_once(&initial);
        g_assert_cmpuint(initial, ==, 0);
        g_assert_cmpuint(lines->len, ==, 1);
        g_assert_nonnull(strstr(g_ptr_array_index(lines, 0), "another driver"));
    }
}

/* A driver that refuses the content gets none; the device opens. */
static void test_refused(void)
{
    gsize initial = 1;

    start_empty();
    if (!open_once(&initial)) {
        return;
    }
    shim_fail("vkCreatePipelineCache", 1, VK_ERROR_OUT_OF_HOST_MEMORY, FALSE);
    open_once(&initial);
    g_assert_nonnull(shim_fired());
    g_assert_cmpuint(initial, ==, 0);
}

static void test_unwritable(void)
{
    g_autofree char *aside = g_strconcat(folder, "-aside", NULL);
    gsize initial = 1;

    start_empty();
    g_assert_cmpint(g_rename(folder, aside), ==, 0);
    g_assert_true(g_file_set_contents(folder, "", 0, NULL)); /* no folder: also for root */
    if (open_once(&initial)) {
        g_assert_cmpuint(initial, ==, 0);
        g_assert_cmpuint(lines->len, ==, 0);
    }
    g_unlink(folder);
    g_assert_cmpint(g_rename(aside, folder), ==, 0);
}

/* A driver with an empty cache leaves no file. */
static void test_empty(void)
{
    g_autofree char *file = NULL;
    g_autoptr(VinDevice) device = NULL;

    start_empty();
    shim_pretend_cache(0);
    device = vin_device_new(NULL, NULL);
    if (device == NULL) {
        g_test_skip("no usable Vulkan device");
        return;
    }
    g_clear_pointer(&device, vin_device_unref);
    file = find_file(folder);
    if (file != NULL) {
        g_test_skip("this driver's cache is worth keeping");
        g_unlink(file);
    }
}

static void test_off(void)
{
    g_autofree char *file = NULL;
    gsize initial = 1;

    if (g_test_subprocess()) {
        g_setenv("VIN_CACHE_DIR", "", TRUE);
        if (open_once(&initial)) {
            g_assert_cmpuint(initial, ==, 0);
            file = find_file(folder);
            g_assert_null(file);
        }
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

/* Where the variable is not set: the user's cache folder. */
static void test_default_place(void)
{
    g_autofree char *made = g_build_filename(folder, "vkinception", NULL);
    g_autofree char *file = NULL;
    gsize initial = 1;

    if (g_test_subprocess()) {
        g_unsetenv("VIN_CACHE_DIR");
        g_setenv("XDG_CACHE_HOME", folder, TRUE);
        if (open_once(&initial)) {
            file = find_file(made);
            g_assert_nonnull(file);
            g_assert_null(find_file(folder)); /* not beside it */
            remove_folder(folder);
        }
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("vin-cache-XXXXXX", NULL);
    g_setenv("VIN_CACHE_DIR", folder, TRUE);
    lines = g_ptr_array_new_with_free_func(g_free);
    vin_log_set_func(on_log, VIN_LOG_INFO, NULL);
    g_test_add_func("/cache/kept", test_kept);
    g_test_add_func("/cache/poisoned", test_poisoned);
    g_test_add_func("/cache/foreign-content", test_foreign_content);
    g_test_add_func("/cache/refused", test_refused);
    g_test_add_func("/cache/unwritable", test_unwritable);
    g_test_add_func("/cache/empty", test_empty);
    g_test_add_func("/cache/off", test_off);
    g_test_add_func("/cache/default-place", test_default_place);
    status = g_test_run();
    remove_folder(folder);
    g_free(folder);
    g_ptr_array_unref(lines);
    return status;
}
