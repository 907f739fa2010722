/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which GStreamer domain and code an error of the library becomes, and which level a log
 * line. Called by the elements.
 */
#include "report.h"

#include <vkinception/error.h>
#include <vkinception/log.h>

GST_DEBUG_CATEGORY(vin_debug);

/* The element whose work in the library runs in this thread; not owned. */
static GPrivate working_element;

static void on_log(VinLogLevel level, const char *message, gpointer user_data)
{
    static const GstDebugLevel levels[] = {
        [VIN_LOG_NONE] = GST_LEVEL_NONE, [VIN_LOG_ERROR] = GST_LEVEL_ERROR,
        [VIN_LOG_WARN] = GST_LEVEL_WARNING, [VIN_LOG_INFO] = GST_LEVEL_INFO,
        [VIN_LOG_DEBUG] = GST_LEVEL_DEBUG, [VIN_LOG_TRACE] = GST_LEVEL_TRACE,
    };
    GstElement *element = g_private_get(&working_element);

    if (level == VIN_LOG_WARN && element != NULL) {
        /* Logs to the category as well. */
        GST_ELEMENT_WARNING(element, LIBRARY, SETTINGS, ("%s", message), (NULL));
    } else {
        GST_CAT_LEVEL_LOG(vin_debug, levels[level], element, "%s", message);
    }
}

static VinLogLevel wanted_level(void)
{
    GstDebugLevel threshold = gst_debug_category_get_threshold(vin_debug);

    if (threshold >= GST_LEVEL_TRACE) {
        return VIN_LOG_TRACE;
    }
    if (threshold >= GST_LEVEL_DEBUG) {
        return VIN_LOG_DEBUG;
    }
    return threshold >= GST_LEVEL_INFO ? VIN_LOG_INFO : VIN_LOG_WARN;
}

void vin_report_init(void)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        GST_DEBUG_CATEGORY_INIT(vin_debug, "vulkaninception", 0,
                                "Inception networks through Vulkan");
        g_once_init_leave(&once, 1);
    }
    vin_log_set_func(on_log, wanted_level(), NULL);
}

void vin_report_warnings(GstElement *element)
{
    g_private_set(&working_element, element);
}

static GQuark domain_and_code(const GError *error, GstResourceError file_code, gint *code)
{
    *code = GST_LIBRARY_ERROR_FAILED;
    switch ((VinErrorCode)error->code) {
    case VIN_ERROR_FILE:
        *code = (gint)file_code;
        return GST_RESOURCE_ERROR;
    case VIN_ERROR_INVALID: /* of a frame it is a warning; this is a property's */
        *code = GST_LIBRARY_ERROR_SETTINGS;
        return GST_LIBRARY_ERROR;
    case VIN_ERROR_FORMAT:
        *code = GST_STREAM_ERROR_FORMAT;
        return GST_STREAM_ERROR;
    case VIN_ERROR_UNSUPPORTED:
        *code = GST_STREAM_ERROR_NOT_IMPLEMENTED;
        return GST_STREAM_ERROR;
    case VIN_ERROR_DEVICE:
        *code = GST_LIBRARY_ERROR_INIT;
        return GST_LIBRARY_ERROR;
    case VIN_ERROR_MEMORY:
        *code = GST_RESOURCE_ERROR_NO_SPACE_LEFT;
        return GST_RESOURCE_ERROR;
    case VIN_ERROR_LOST:
    case VIN_ERROR_BUSY:
        break;
    }
    return GST_LIBRARY_ERROR;
}

void vin_report_error(GstElement *element, const GError *error, GstResourceError file_code)
{
    gint code;
    GQuark domain = domain_and_code(error, file_code, &code);
    char *text = error->code == VIN_ERROR_LOST
                     ? g_strdup_printf("%s (set the pipeline to NULL and to PLAYING again; with "
                                       "on-error=pass frames go on without tags)",
                                       error->message)
                     : g_strdup(error->message);

    gst_element_message_full(element, GST_MESSAGE_ERROR, domain, code, text, NULL, __FILE__,
                             GST_FUNCTION, __LINE__);
}

void vin_report_pass(GstElement *element, const GError *error)
{
    gint code;
    GQuark domain = domain_and_code(error, GST_RESOURCE_ERROR_READ, &code);

    gst_element_message_full(element, GST_MESSAGE_WARNING, domain, code,
                             g_strdup_printf("%s; frames pass without tags", error->message), NULL,
                             __FILE__, GST_FUNCTION, __LINE__);
}
