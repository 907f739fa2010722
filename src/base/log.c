/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Level filter and the default sink (stderr). Nothing here formats for the user's
 * eyes beyond one line.
 */
#include "base/log.h"

#include "base/env.h"
#include "base/printable.h"

static GMutex log_lock;
static VinLogFunc log_func;
static gpointer log_data;
static VinLogLevel log_max = VIN_LOG_NONE;
static gboolean log_is_set;

static VinLogLevel current_level(void)
{
    return log_is_set ? log_max : vin_env_get()->log_level;
}

void vin_log_set_func(VinLogFunc func, VinLogLevel max_level, gpointer user_data)
{
    g_mutex_lock(&log_lock);
    log_func = func;
    log_data = user_data;
    log_max = max_level;
    log_is_set = func != NULL;
    g_mutex_unlock(&log_lock);
}

static const char *level_name(VinLogLevel level)
{
    static const char *const names[] = {"none", "error", "warn", "info", "debug", "trace"};

    return names[CLAMP(level, VIN_LOG_NONE, VIN_LOG_TRACE)];
}

void vin_log(VinLogLevel level, const char *format, ...)
{
    g_autofree char *shown = NULL; /* the header promises UTF-8; file names may be any bytes */
    VinLogFunc func;
    gpointer data;
    va_list args;

    g_mutex_lock(&log_lock);
    if (level > current_level()) {
        g_mutex_unlock(&log_lock);
        return;
    }
    func = log_func;
    data = log_data;
    g_mutex_unlock(&log_lock);

    va_start(args, format);
    shown = vin_printable_vformat(format, args);
    va_end(args);
    if (func != NULL) {
        func(level, shown, data);
    } else {
        g_printerr("vkinception: %s: %s\n", level_name(level), shown);
    }
}
