/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writing a log line from inside the library.
 */
#ifndef VIN_BASE_LOG_H
#define VIN_BASE_LOG_H

#include <vkinception/log.h>

void vin_log(VinLogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
