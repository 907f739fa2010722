/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the environment once, at the first question. docs/environment.md lists the
 * same variables.
 */
#include "base/env.h"

static VinLogLevel parse_level(const char *text)
{
    static const char *const names[] = {"none", "error", "warn", "info", "debug", "trace"};

    for (guint i = 0; text != NULL && i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(text, names[i]) == 0) {
            return (VinLogLevel)i;
        }
    }
    return VIN_LOG_WARN;
}

const VinEnv *vin_env_get(void)
{
    static VinEnv env;
    static gsize once;

    if (g_once_init_enter(&once)) {
        const char *cache_dir = g_getenv("VIN_CACHE_DIR");
        const char *validation = g_getenv("VIN_VALIDATION");

        env.model_path = g_strdup(g_getenv("VIN_MODEL_PATH"));
        env.source_models = g_strdup(g_getenv("VIN_SOURCE_MODELS"));
        env.device = g_strdup(g_getenv("VIN_DEVICE"));
        if (cache_dir == NULL) {
            env.cache_dir = g_build_filename(g_get_user_cache_dir(), "vkinception", NULL);
        } else if (cache_dir[0] != '\0') {
            env.cache_dir = g_strdup(cache_dir);
        }
        env.log_level = parse_level(g_getenv("VIN_LOG"));
        env.validation = validation != NULL && validation[0] == '1';
        env.caps_mask = g_strdup(g_getenv("VIN_CAPS_MASK"));
        env.autotune = g_strdup(g_getenv("VIN_AUTOTUNE"));
        env.kernels = g_strdup(g_getenv("VIN_KERNELS"));
        g_once_init_leave(&once, 1);
    }
    return &env;
}
