/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One message for each cause, and whether the stream goes on. Called by vulkaninception.c.
 */
#include "onerror.h"

#include "report.h"
#include "tagmeta.h"

GType vin_on_error_get_type(void)
{
    static const GEnumValue values[] = {
        {VIN_ON_ERROR_STOP, "An error message ends the stream", "stop"},
        {VIN_ON_ERROR_PASS, "One warning message, and frames pass without tags", "pass"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinOnError", values));
    }
    return type;
}

static gboolean is_pass(VulkanInception *self)
{
    gboolean pass;

    GST_OBJECT_LOCK(self);
    pass = self->on_error == VIN_ON_ERROR_PASS;
    GST_OBJECT_UNLOCK(self);
    return pass;
}

static void warn_once(VulkanInception *self, const GError *error)
{
    if (self->warned_failure) {
        GST_WARNING_OBJECT(self, "%s", error->message);
    } else {
        self->warned_failure = TRUE;
        vin_report_pass(GST_ELEMENT(self), error);
    }
}

/* A device can be missing on one day and there on another; a model that cannot be used, or a
 * property that makes no sense, is a mistake that somebody has to mend. */
gboolean vin_on_error_opening(VulkanInception *self, const GError *error,
                              GstResourceError file_code)
{
    const gboolean is_device = error->code == VIN_ERROR_DEVICE ||
                               error->code == VIN_ERROR_MEMORY || error->code == VIN_ERROR_LOST;

    if (is_device && is_pass(self)) {
        warn_once(self, error);
        return TRUE;
    }
    vin_report_error(GST_ELEMENT(self), error, file_code);
    return FALSE;
}

static void warn_invalid(VulkanInception *self, const GError *error)
{
    if (self->warned_invalid) {
        GST_WARNING_OBJECT(self, "%s", error->message);
    } else {
        self->warned_invalid = TRUE;
        GST_ELEMENT_WARNING(self, STREAM, FORMAT, ("%s", error->message),
                            ("the frame passes without tags; further ones are only logged"));
    }
}

GstFlowReturn vin_on_error_frame(VulkanInception *self, GstBuffer *buffer, const GError *error)
{
    if (error->code == VIN_ERROR_INVALID || is_pass(self)) {
        vin_tag_meta_remove(buffer);
        (error->code == VIN_ERROR_INVALID ? warn_invalid : warn_once)(self, error);
        return GST_FLOW_OK;
    }
    if (!self->failed) {
        self->failed = TRUE;
        vin_report_error(GST_ELEMENT(self), error, GST_RESOURCE_ERROR_READ);
    }
    /* Not GST_FLOW_ERROR: a source ends the stream on either, but on that it posts an error of
     * its own as well, which says nothing. */
    return GST_FLOW_EOS;
}
