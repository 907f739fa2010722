/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one error domain of the library. Every fallible call returns FALSE or NULL
 * and fills a GError of this domain; the message, in UTF-8, says what was seen, where,
 * and what would be accepted.
 */
#ifndef VKINCEPTION_ERROR_H
#define VKINCEPTION_ERROR_H

#include <glib.h>
#include <vkinception/version.h>

G_BEGIN_DECLS

/** VIN_ERROR: error domain of libvkinception. Since 0.1 */
#define VIN_ERROR (vin_error_quark())

/** VinErrorCode: what went wrong, by who can mend it. Since 0.1 */
typedef enum {
    VIN_ERROR_FILE,        /* a file is missing, unreadable or unwritable */
    VIN_ERROR_FORMAT,      /* a file is malformed: truncated, out of bounds, inconsistent */
    VIN_ERROR_UNSUPPORTED, /* well-formed, but not something this library runs */
    VIN_ERROR_DEVICE,      /* no Vulkan driver, no such device, or a Vulkan call failed */
    VIN_ERROR_MEMORY,      /* the GPU is out of memory, or a size is over its limits */
    VIN_ERROR_LOST,        /* the GPU was lost; make a new device */
    VIN_ERROR_INVALID,     /* a frame or a parameter does not fit */
    VIN_ERROR_BUSY         /* no free slot: collect a result first */
} VinErrorCode;

/** vin_error_quark: the quark behind VIN_ERROR. Any thread. Since 0.1 */
VIN_API GQuark vin_error_quark(void);

/**
 * vin_printable: @text as one line that is safe on a terminal: control characters, marks that
 * turn the direction of writing and line ends become \x1b or \u202e, bytes that are not UTF-8
 * become U+FFFD. The library's own messages and log lines are in this form.
 *
 * Returns: (transfer full): text to g_free(). Any thread. Since 0.1
 */
VIN_API char *vin_printable(const char *text);

G_END_DECLS

#endif
