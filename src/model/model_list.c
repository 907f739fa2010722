/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which models there are by name: what a look-up by name would find.
 */
#include <vkinception/model.h>

#include <string.h>

#include "model/builtin.h"
#include "model/find.h"

#define MODEL_SUFFIX ".onnx"

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(GPtrArray *names, const char *file_name)
{
    g_autofree char *name = NULL;

    if (!g_str_has_suffix(file_name, MODEL_SUFFIX) ||
        !g_utf8_validate(file_name, -1, NULL)) {
        return;
    }
    name = g_strndup(file_name, strlen(file_name) - strlen(MODEL_SUFFIX));
    if (name[0] != '\0' && name[0] != '.' &&
        !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
        g_ptr_array_add(names, g_steal_pointer(&name));
    }
}

static void add_folder(GPtrArray *names, const char *folder)
{
    g_autoptr(GDir) dir = NULL;
    const char *file_name;

    if (vin_builtin_is_path(folder)) {
        add_name(names, VIN_BUILTIN_MODEL MODEL_SUFFIX);
        return;
    }
    dir = g_dir_open(folder, 0, NULL); /* most of the folders are not there */
    while (dir != NULL && (file_name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, file_name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            add_name(names, file_name);
        }
    }
}

char **vin_model_list(void)
{
    g_auto(GStrv) folders = vin_find_folders();
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; folders[i] != NULL; i++) {
        add_folder(names, folders[i]);
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
