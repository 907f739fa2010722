/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the library's log lines go. Default: WARN and ERROR to stderr; VIN_LOG=LEVEL
 * in the environment changes the level.
 */
#ifndef VKINCEPTION_LOG_H
#define VKINCEPTION_LOG_H

#include <glib.h>
#include <vkinception/version.h>

G_BEGIN_DECLS

/** VinLogLevel: severity, most severe first. Since 0.1 */
typedef enum {
    VIN_LOG_NONE,
    VIN_LOG_ERROR, /* for the user */
    VIN_LOG_WARN,  /* once per cause */
    VIN_LOG_INFO,  /* at set-up */
    VIN_LOG_DEBUG, /* decisions with their reasons */
    VIN_LOG_TRACE  /* per frame */
} VinLogLevel;

/**
 * VinLogFunc: receives one log line.
 * @level: severity
 * @message: UTF-8 text without a line end, valid during the call
 * @user_data: as given to vin_log_set_func()
 *
 * Called from any thread that uses the library. Since 0.1
 */
typedef void (*VinLogFunc)(VinLogLevel level, const char *message, gpointer user_data);

/**
 * vin_log_set_func: sends all log lines of the process to @func.
 * @func: (nullable): the receiver; NULL restores the default (stderr)
 * @max_level: least severe level to deliver
 * @user_data: passed to @func
 *
 * Thread-safe; a line under way in another thread may still reach the old function. Since 0.1
 */
VIN_API void vin_log_set_func(VinLogFunc func, VinLogLevel max_level, gpointer user_data);

G_END_DECLS

#endif
