/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element's object, shared by its behaviour (vulkaninception.c) and its
 * properties (properties.c).
 */
#ifndef VIN_PLUGIN_VULKANINCEPTION_H
#define VIN_PLUGIN_VULKANINCEPTION_H

#include "session.h"
#include "stats.h"

#include <gst/base/gstbasetransform.h>

#define VIN_INCEPTION_TOP_K 5 /* default of the property top-k */

/* Not VinInception: GStreamer names instances by the type, and users meet
 * "vulkaninception0" in messages. */
#define VIN_TYPE_INCEPTION (vin_inception_get_type())
G_DECLARE_FINAL_TYPE(VulkanInception, vin_inception, VIN, INCEPTION, GstBaseTransform)

/* The property on-error; its GType is in onerror.h. */
typedef enum {
    VIN_ON_ERROR_STOP,
    VIN_ON_ERROR_PASS
} VinOnError;

struct _VulkanInception {
    GstBaseTransform parent;

    /* Under the object lock. */
    VinSessionSettings settings;
    gboolean is_changed; /* of the settings, what a session can follow while it runs */
    double threshold;
    gboolean post_messages;
    VinOnError on_error;
    VinStats stats;
    gboolean is_live;     /* upstream is, as far as the last latency query told */
    GstClockTime latency; /* what we told of ourselves: longest time a frame took, and reserve */
    guint stats_n_top;
    char *stats_model; /* of the last session; NULL before the first */
    char *stats_device;
    char *stats_driver;

    /* Streaming thread, and start() and stop() while it rests. */
    VinSession *session; /* NULL while running: could not be opened, frames pass */
    GstVideoInfo info;
    gboolean has_info;
    gboolean warned_invalid; /* of a frame, since the start */
    gboolean warned_failure; /* of the library */
    gboolean failed;         /* an error was posted */
    VinTurn turn;       /* what the stream's tags say */
    gint64 progress_us; /* when the last progress message was posted, monotonic */
};

/* properties.c */
void vin_inception_install_properties(GObjectClass *klass);
void vin_inception_clear_properties(VulkanInception *self);

GST_ELEMENT_REGISTER_DECLARE(vulkaninception)

#endif
