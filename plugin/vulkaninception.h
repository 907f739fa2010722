/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element's object, shared by its life (vulkaninception.c), its events and queries
 * (events.c), the way of a frame (flow.c, finish.c), changes (swap.c) and properties.
 */
#ifndef VIN_PLUGIN_VULKANINCEPTION_H
#define VIN_PLUGIN_VULKANINCEPTION_H

#include "input.h"
#include "latest.h"
#include "pace.h"
#include "ring.h"
#include "session.h"
#include "stats.h"

#define VIN_INCEPTION_TOP_K 5         /* default of the property top-k */
#define VIN_INCEPTION_BATCH_TIMEOUT (20 * GST_MSECOND) /* of batch-timeout */
#define VIN_INCEPTION_MAX_IN_FLIGHT 3 /* of max-in-flight */
#define VIN_INCEPTION_MOST_IN_FLIGHT 63 /* and one, and there are 64 slots */

/* Not VinInception: GStreamer names instances by the type, and users meet
 * "vulkaninception0" in messages. */
#define VIN_TYPE_INCEPTION (vin_inception_get_type())
G_DECLARE_FINAL_TYPE(VulkanInception, vin_inception, VIN, INCEPTION, GstElement)

/* The property on-error; its GType is in onerror.h. */
typedef enum {
    VIN_ON_ERROR_STOP,
    VIN_ON_ERROR_PASS
} VinOnError;

/* A session that is being opened while the stream goes on (swap.h). */
typedef struct {
    GThread *thread; /* NULL: none */
    gint is_done;    /* atomic: the rest is no more the thread's */
    VinSessionSettings settings;
    VinDevice *device;
    VinSession *old; /* whose place the new one is to take */
    VinSession *session;
    GError *error;
    gint64 retry_us; /* monotonic: not before this */
} VinSwap;

struct _VulkanInception {
    GstElement parent;
    GstPad *sink_pad, *src_pad;

    /* Have locks of their own. */
    VinGpu *gpu;
    VinRing ring;
    VinLatest latest;
    GRecMutex push_lock; /* held while a buffer is pushed, and while a flush ends */

    /* Under the object lock. */
    VinSessionSettings settings;
    gboolean is_changed; /* of the settings, since they were looked at */
    VinPaceSettings pace_settings;
    VinPace pace;
    VinLatency latency;
    VinRegionSettings region_settings;
    double threshold;
    gboolean post_messages;
    VinOnError on_error;
    VinStats stats;
    gboolean is_live;      /* upstream is, as far as the last latency query told */
    GstClockTime earliest; /* running time before which frames are too late downstream */
    double fps;            /* of the caps; 0: they do not say */
    GstCaps *taken;        /* the template's, as far as the device reads; NULL: no session yet */
    gint64 progress_us;    /* when the last progress message was posted, monotonic */
    guint stats_n_top;
    char *stats_model;     /* of the last session; NULL before the first */
    char *stats_device;
    char *stats_driver;
    gboolean warned_invalid; /* of a frame, since the start */
    gboolean warned_failure; /* of the library */
    gboolean failed;         /* an error was posted */

    gint is_lost;          /* atomic: the session's device is gone */

    /* The sink pad's thread, and start and stop while it rests. */
    VinSession *session;   /* NULL while running: could not be opened, frames pass */
    VinSwap swap;
    gboolean wants_retry;  /* the session is to be opened again */
    GstVideoInfo info;
    gboolean has_info;
    VinInputVideo video;   /* how buffers of these caps are read */
    VinDmabufVideo dmabuf; /* of caps that want it */
    gboolean is_region_list; /* the frame's regions are classified, not the frame */
    GstSegment segment;
    VinTurn turn;          /* what the stream's tags say */

    gint64 pushed_us;      /* the task's: when its last push was over, monotonic */
};

/* property_specs.c */
void vin_inception_install_properties(GObjectClass *klass);
/* properties.c */
double vin_inception_get_threshold(VulkanInception *self);
void vin_inception_clear_properties(VulkanInception *self);

GST_ELEMENT_REGISTER_DECLARE(vulkaninception)

#endif
