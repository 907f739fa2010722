/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One message for each cause, and whether the stream goes on. Called by
 * vulkaninception.c, flow.c and finish.c.
 */
#include "onerror.h"

#include "report.h"

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

/* TRUE at the first call for @flag. */
static gboolean is_first(VulkanInception *self, gboolean *flag)
{
    gboolean first;

    GST_OBJECT_LOCK(self);
    first = !*flag;
    *flag = TRUE;
    GST_OBJECT_UNLOCK(self);
    return first;
}

static void warn_once(VulkanInception *self, const GError *error)
{
    if (is_first(self, &self->warned_failure)) {
        vin_report_pass(GST_ELEMENT(self), error);
    } else {
        GST_WARNING_OBJECT(self, "%s", error->message);
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
    if (is_first(self, &self->warned_invalid)) {
        GST_ELEMENT_WARNING(self, STREAM, FORMAT, ("%s", error->message),
                            ("the frame passes without tags; further ones are only logged"));
    } else {
        GST_WARNING_OBJECT(self, "%s", error->message);
    }
}

GstFlowReturn vin_on_error_frame(VulkanInception *self, const GError *error)
{
    if (error->code == VIN_ERROR_INVALID) {
        warn_invalid(self, error);
        return GST_FLOW_OK;
    }
    if (is_pass(self)) {
        warn_once(self, error);
        if (error->code == VIN_ERROR_LOST) {
            g_atomic_int_set(&self->is_lost, TRUE);
        }
        return GST_FLOW_OK;
    }
    if (is_first(self, &self->failed)) {
        vin_report_error(GST_ELEMENT(self), error, GST_RESOURCE_ERROR_READ);
    }
    /* Not GST_FLOW_ERROR: a source ends the stream on either, but on that it posts an error of
     * its own as well, which says nothing. */
    return GST_FLOW_EOS;
}
