/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Search order of everything that belongs to a model. The embedded files come after every
 * folder a user can write to. Last comes the folder that only runs of an uninstalled build name,
 * so that they find the project's own sidecars and labels; nothing of the source tree's place is
 * in the library.
 */
#include "model/find.h"

#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "config.h"
#include "model/builtin.h"

#define MODEL_SUFFIX ".onnx"

char **vin_find_folders(void)
{
    const char *model_path = vin_env_get()->model_path;
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);

    if (model_path != NULL) {
        g_auto(GStrv) parts = g_strsplit(model_path, ":", -1);

        for (guint i = 0; parts[i] != NULL; i++) {
            if (parts[i][0] != '\0') {
                g_ptr_array_add(folders, g_strdup(parts[i]));
            }
        }
    }
    g_ptr_array_add(folders,
                    g_build_filename(g_get_user_data_dir(), "vkinception", "models", NULL));
    g_ptr_array_add(folders, g_build_filename(VIN_DATADIR, "models", NULL));
    g_ptr_array_add(folders, g_strdup(VIN_BUILTIN_FOLDER));
    if (vin_env_get()->source_models != NULL) {
        g_ptr_array_add(folders, g_strdup(vin_env_get()->source_models));
    }
    g_ptr_array_add(folders, NULL);
    g_ptr_array_set_free_func(folders, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&folders), FALSE);
}

static gboolean is_file(const char *path)
{
    g_autoptr(GBytes) embedded = vin_builtin_lookup(path);

    return embedded != NULL || g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

char *vin_find_model(const char *name, GError **error)
{
    g_auto(GStrv) folders = NULL;
    g_autofree char *file_name = NULL;
    g_autofree char *places = NULL;

    if (strchr(name, '/') != NULL || g_str_has_suffix(name, MODEL_SUFFIX)) {
        if (is_file(name) || g_file_test(name, G_FILE_TEST_EXISTS)) {
            return g_strdup(name);
        }
        vin_fail(error, VIN_ERROR_FILE, "there is no model file %s", name);
        return NULL;
    }
    file_name = g_strconcat(name, MODEL_SUFFIX, NULL);
    folders = vin_find_folders();
    for (guint i = 0; folders[i] != NULL; i++) {
        g_autofree char *path = g_build_filename(folders[i], file_name, NULL);

        if (is_file(path)) {
            return g_steal_pointer(&path);
        }
    }
    places = g_strjoinv(", ", folders);
    vin_fail(error, VIN_ERROR_FILE,
             "there is no model \"%s\": looked for %s in %s (VIN_MODEL_PATH is %s); the path of "
             "an .onnx file is accepted too, and models/fetch downloads known models",
             name, file_name, places,
             vin_env_get()->model_path != NULL ? vin_env_get()->model_path : "not set");
    return NULL;
}

char *vin_find_model_name(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);

    if (g_str_has_suffix(name, MODEL_SUFFIX)) {
        name[strlen(name) - strlen(MODEL_SUFFIX)] = '\0';
    }
    return g_utf8_make_valid(name, -1);
}

static void add_file(GPtrArray *found, const char *folder, const char *file_name)
{
    g_autofree char *path = g_build_filename(folder, file_name, NULL);

    if (is_file(path) && !g_ptr_array_find_with_equal_func(found, path, g_str_equal, NULL)) {
        g_ptr_array_add(found, g_steal_pointer(&path));
    }
}

char **vin_find_files(const char *folder, const char *file_name)
{
    g_auto(GStrv) folders = vin_find_folders();
    GPtrArray *found = g_ptr_array_new();

    if (folder != NULL) {
        add_file(found, folder, file_name);
    }
    for (guint i = 0; folders[i] != NULL; i++) {
        add_file(found, folders[i], file_name);
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}
