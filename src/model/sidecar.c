/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Parses group [vkinception] of a .modelinfo file. The groups of GStreamer's own keys (one a
 * tensor, and [modelinfo]) are left to GStreamer. The file is untrusted; a wrong value is an
 * error, an unknown key of our group one warning. Checking the recipe against the network is
 * in sidecar_fit.c.
 */
#include "model/sidecar.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "model/ranges.h"
#include "model/textfile.h"

#define GROUP "vkinception"
#define MAX_FILE_BYTES (1u << 20)
#define MAX_SIDE 16384
#define MAX_TILES 64

static const char *const resize_names[] = {"stretch", "short-side", "tiles", "crop",
                                             "letterbox", NULL};
static const char *const scale_names[] = {"bilinear", "area", "nearest", NULL};
static const char *const aspect_names[] = {"ignore", "honour", NULL};
static const char *const order_names[] = {"rgb", "bgr", NULL};
static const char *const activation_names[] = {"none", "softmax", "sigmoid", NULL};

/* "dir" is for GStreamer, which takes a group without it for a tensor. */
static const char *const known_keys[] = {
    "activation",   "channel-order",     "crop-height", "crop-width",   "dir",
    "fill",         "heads",             "interpolation", "labels",     "mean",
    "output",       "pixel-aspect",      "resize",      "resize-height",
    "resize-width", "resize-short-side", "scale",       "tiles",        NULL,
};

/* What every reader of a key needs. */
typedef struct {
    GKeyFile *file;
    const char *path;
} Source;

const char *vin_scale_name(VinScale scale)
{
    return scale_names[scale];
}

static gboolean fail_value(const Source *source, const char *key, const char *value,
                           const char *accepted, GError **error)
{
    return vin_fail(error, VIN_ERROR_FORMAT, "%s: [" GROUP "] %s=%s: %s is accepted",
                    source->path, key, value, accepted);
}

/* The key's text without blanks around it; NULL when absent. Bad escapes are an error. */
static gboolean read_text(const Source *source, const char *key, char **out, GError **error)
{
    g_autoptr(GError) cause = NULL;

    *out = NULL;
    if (!g_key_file_has_key(source->file, GROUP, key, NULL)) {
        return TRUE;
    }
    *out = g_key_file_get_string(source->file, GROUP, key, &cause);
    if (*out == NULL) {
        return vin_fail(error, VIN_ERROR_FORMAT, "%s: [" GROUP "] %s: %s", source->path, key,
                        cause->message);
    }
    g_strstrip(*out);
    return TRUE;
}

static gboolean read_choice(const Source *source, const char *key, const char *const *names,
                            guint *out, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *accepted = NULL;

    *out = 0;
    if (!read_text(source, key, &text, error)) {
        return FALSE;
    }
    for (guint i = 0; text != NULL && names[i] != NULL; i++) {
        if (g_str_equal(text, names[i])) {
            *out = i;
            return TRUE;
        }
    }
    if (text == NULL) {
        return TRUE;
    }
    accepted = g_strjoinv(" or ", (char **)names);
    return fail_value(source, key, text, accepted, error);
}

/* 0 when absent. */
static gboolean read_size(const Source *source, const char *key, guint32 max, guint32 *out,
                          GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *accepted = NULL;
    guint64 value;

    *out = 0;
    if (!read_text(source, key, &text, error)) {
        return FALSE;
    }
    if (text == NULL) {
        return TRUE;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 1, max, &value, NULL)) {
        accepted = g_strdup_printf("a whole number of 1 to %u", max);
        return fail_value(source, key, text, accepted, error);
    }
    *out = (guint32)value;
    return TRUE;
}

/* The entries of a list split by ';' or ',', blanks and empty entries dropped. */
static char **split_list(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, ";,", -1);
    GPtrArray *entries = g_ptr_array_new();

    for (guint i = 0; parts[i] != NULL; i++) {
        g_strstrip(parts[i]);
        if (parts[i][0] != '\0') {
            g_ptr_array_add(entries, g_strdup(parts[i]));
        }
    }
    g_ptr_array_add(entries, NULL);
    return (char **)g_ptr_array_free(entries, FALSE);
}

/* One number, taken for every channel, or three. *n_given is 0 when the key is absent. */
static gboolean read_numbers(const Source *source, const char *key, float fallback, float out[3],
                             guint *n_given, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) parts = NULL;
    guint n;

    *n_given = 0;
    out[0] = out[1] = out[2] = fallback;
    if (!read_text(source, key, &text, error)) {
        return FALSE;
    }
    if (text == NULL) {
        return TRUE;
    }
    parts = split_list(text);
    n = g_strv_length(parts);
    if (n != 1 && n != 3) {
        return fail_value(source, key, text, "one number, or three in a list", error);
    }
    for (guint i = 0; i < 3; i++) {
        const char *part = parts[n == 1 ? 0 : i];
        char *end;
        const double value = g_ascii_strtod(part, &end);

        if (*end != '\0' || !isfinite(value) || fabs(value) > 1e6) {
            return fail_value(source, key, text, "one number, or three in a list", error);
        }
        out[i] = (float)value;
    }
    *n_given = n;
    return TRUE;
}

static gboolean read_recipe(const Source *source, VinSidecar *sidecar, GError **error)
{
    VinRecipe *recipe = &sidecar->recipe;
    guint resize, interpolation, order, aspect;

    if (!read_choice(source, "resize", resize_names, &resize, error) ||
        !read_choice(source, "interpolation", scale_names, &interpolation, error) ||
        !read_choice(source, "channel-order", order_names, &order, error) ||
        !read_choice(source, "pixel-aspect", aspect_names, &aspect, error) ||
        !read_size(source, "resize-width", MAX_SIDE, &recipe->resize_width, error) ||
        !read_size(source, "resize-height", MAX_SIDE, &recipe->resize_height, error) ||
        !read_size(source, "resize-short-side", MAX_SIDE, &recipe->resize_short, error) ||
        !read_size(source, "tiles", MAX_TILES, &recipe->tiles, error) ||
        !read_size(source, "crop-width", MAX_SIDE, &sidecar->crop_width, error) ||
        !read_size(source, "crop-height", MAX_SIDE, &sidecar->crop_height, error) ||
        !read_numbers(source, "mean", 0.0f, recipe->mean, &sidecar->n_mean, error) ||
        !read_numbers(source, "scale", 1.0f, recipe->scale, &sidecar->n_scale, error) ||
        !read_numbers(source, "fill", 0.0f, recipe->fill, &sidecar->n_fill, error)) {
        return FALSE;
    }
    recipe->resize = (VinResize)resize;
    recipe->interpolation = (VinScale)interpolation;
    recipe->bgr = order == 1;
    recipe->pixel_aspect = aspect == 1;
    if (sidecar->n_fill == 0) { /* what the network takes for nothing */
        memcpy(recipe->fill, recipe->mean, sizeof recipe->fill);
    }
    for (guint i = 0; i < 3; i++) {
        if (recipe->scale[i] == 0.0f) {
            return fail_value(source, "scale", "0", "a number other than 0", error);
        }
    }
    return TRUE;
}

static gboolean read_names(const Source *source, VinSidecar *sidecar, GError **error)
{
    g_autofree char *heads = NULL;
    guint activation;

    if (!read_text(source, "labels", &sidecar->labels_file, error) ||
        !read_text(source, "output", &sidecar->output, error) ||
        !read_text(source, "heads", &heads, error) ||
        !read_choice(source, "activation", activation_names, &activation, error)) {
        return FALSE;
    }
    sidecar->activation = (VinActivation)(VIN_ACTIVATION_NONE + activation);
    sidecar->heads = heads != NULL ? split_list(heads) : NULL;
    if (sidecar->labels_file != NULL &&
        (sidecar->labels_file[0] == '\0' || strchr(sidecar->labels_file, '/') != NULL)) {
        return fail_value(source, "labels", sidecar->labels_file,
                          "the name of a file, without a folder,", error);
    }
    return TRUE;
}

static void warn_unknown_keys(const Source *source)
{
    g_auto(GStrv) keys = g_key_file_get_keys(source->file, GROUP, NULL, NULL);
    g_autoptr(GString) unknown = g_string_new(NULL);

    for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
        if (!g_strv_contains(known_keys, keys[i]) &&
            !g_str_has_prefix(keys[i], VIN_RANGES_PREFIX)) {
            g_string_append_printf(unknown, "%s%s", unknown->len > 0 ? ", " : "", keys[i]);
        }
    }
    if (unknown->len > 0) {
        vin_log(VIN_LOG_WARN, "%s: [" GROUP "] has keys that are not known and ignored: %s",
                source->path, unknown->str);
    }
}

gboolean vin_sidecar_load(const char *path, VinSidecar **out, GError **error)
{
    g_autofree char *text = vin_textfile_read(path, "sidecar", MAX_FILE_BYTES, error);
    g_autoptr(VinSidecar) sidecar = g_new0(VinSidecar, 1);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) cause = NULL;
    const Source source = {file, path};

    *out = NULL;
    if (text == NULL) {
        return FALSE;
    }
    /* An empty file is a valid one, but GLib does not load a length of 0 before 2.82. */
    if (text[0] != '\0' &&
        !g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, &cause)) {
        return vin_fail(error, VIN_ERROR_FORMAT, "sidecar %s: %s", path, cause->message);
    }
    if (!g_key_file_has_group(file, GROUP)) {
        return TRUE;
    }
    sidecar->path = g_strdup(path);
    if (!read_recipe(&source, sidecar, error) || !read_names(&source, sidecar, error)) {
        return FALSE;
    }
    sidecar->ranges = vin_ranges_read(file, GROUP, path, error);
    if (sidecar->ranges == NULL) {
        return FALSE;
    }
    warn_unknown_keys(&source);
    *out = g_steal_pointer(&sidecar);
    return TRUE;
}

void vin_sidecar_free(VinSidecar *sidecar)
{
    if (sidecar == NULL) {
        return;
    }
    g_free(sidecar->path);
    g_free(sidecar->labels_file);
    g_free(sidecar->output);
    g_strfreev(sidecar->heads);
    g_clear_pointer(&sidecar->ranges, g_array_unref);
    g_free(sidecar);
}
