/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which Vulkan device the pipeline works on. The neighbours are asked first, then whoever answers a
 * need-context message; both ways end in set_context(). Who starts first makes one, and the others
 * take it: elements start from the sink upwards, so that may be us.
 */
#include "gpu_private.h"

#include <string.h>
#include <vkinception/vulkan.h>

/* What a VinDevice keeps alive. */
typedef struct {
    GstVulkanDevice *device;
    GstVulkanQueue *queue;
} Shared;

static void shared_free(gpointer data)
{
    Shared *shared = data;

    gst_object_unref(shared->queue);
    gst_object_unref(shared->device);
    g_free(shared);
}

static void lock_queue(gpointer data)
{
    gst_vulkan_queue_submit_lock(((Shared *)data)->queue);
}

static void unlock_queue(gpointer data)
{
    gst_vulkan_queue_submit_unlock(((Shared *)data)->queue);
}

VinGpu *vin_gpu_new(GstElement *element)
{
    VinGpu *gpu = g_new0(VinGpu, 1);

    gpu->element = element;
    g_mutex_init(&gpu->lock);
    return gpu;
}

void vin_gpu_stop(VinGpu *gpu)
{
    g_mutex_lock(&gpu->lock);
    gpu->is_used = FALSE;
    g_mutex_unlock(&gpu->lock);
}

void vin_gpu_forget(VinGpu *gpu)
{
    g_mutex_lock(&gpu->lock);
    gpu->is_used = FALSE;
    gst_clear_object(&gpu->queue);
    gst_clear_object(&gpu->device);
    gst_clear_object(&gpu->instance);
    g_mutex_unlock(&gpu->lock);
}

void vin_gpu_free(VinGpu *gpu)
{
    if (gpu != NULL) {
        vin_gpu_forget(gpu);
        g_mutex_clear(&gpu->lock);
        g_free(gpu);
    }
}

/* Takes @given, unless what there is is in use. */
static void replace(VinGpu *gpu, gpointer object, gpointer given)
{
    GstObject **at = object;

    if (given != NULL && (*at == NULL || !gpu->is_used)) {
        gst_object_replace(at, given);
    }
}

void vin_gpu_set_context(VinGpu *gpu, GstContext *context)
{
    const char *type = context != NULL ? gst_context_get_context_type(context) : NULL;
    GstVulkanInstance *instance = NULL;
    GstVulkanDevice *device = NULL;
    GstVulkanQueue *queue = NULL;

    if (g_strcmp0(type, GST_VULKAN_INSTANCE_CONTEXT_TYPE_STR) == 0) {
        gst_context_get_vulkan_instance(context, &instance);
    } else if (g_strcmp0(type, GST_VULKAN_DEVICE_CONTEXT_TYPE_STR) == 0) {
        gst_context_get_vulkan_device(context, &device);
    } else if (g_strcmp0(type, GST_VULKAN_QUEUE_CONTEXT_TYPE_STR) == 0) {
        gst_context_get_vulkan_queue(context, &queue);
    }
    g_mutex_lock(&gpu->lock);
    replace(gpu, &gpu->instance, instance);
    replace(gpu, &gpu->device, device);
    replace(gpu, &gpu->queue, queue);
    g_mutex_unlock(&gpu->lock);
    gst_clear_object(&queue);
    gst_clear_object(&device);
    gst_clear_object(&instance);
}

gboolean vin_gpu_handle_context_query(VinGpu *gpu, GstQuery *query)
{
    GstVulkanInstance *instance;
    GstVulkanDevice *device;
    GstVulkanQueue *queue;
    gboolean answered;

    g_mutex_lock(&gpu->lock);
    instance = gpu->instance != NULL ? gst_object_ref(gpu->instance) : NULL;
    device = gpu->device != NULL ? gst_object_ref(gpu->device) : NULL;
    queue = gpu->queue != NULL ? gst_object_ref(gpu->queue) : NULL;
    g_mutex_unlock(&gpu->lock);
    answered =
        (instance != NULL &&
         gst_vulkan_instance_handle_context_query(gpu->element, query, instance)) ||
        (device != NULL && gst_vulkan_device_handle_context_query(gpu->element, query, device)) ||
        (queue != NULL && gst_vulkan_queue_handle_context_query(gpu->element, query, queue));
    gst_clear_object(&queue);
    gst_clear_object(&device);
    gst_clear_object(&instance);
    return answered;
}

gboolean vin_gpu_is_image(const GstCaps *caps)
{
    GstCapsFeatures *features = gst_caps_get_size(caps) > 0 ? gst_caps_get_features(caps, 0) : NULL;

    return features != NULL &&
           gst_caps_features_contains(features, GST_CAPS_FEATURE_MEMORY_VULKAN_IMAGE);
}

static gboolean can_compute(GstVulkanQueue *queue)
{
    const GstVulkanPhysicalDevice *physical = queue->device->physical_device;

    return queue->family < physical->n_queue_families &&
           (physical->queue_family_props[queue->family].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
}

static gboolean take_queue_that_computes(GstVulkanDevice *device, GstVulkanQueue *queue,
                                         gpointer user_data)
{
    GstVulkanQueue **found = user_data;

    if (!can_compute(queue)) {
        return TRUE;
    }
    *found = gst_object_ref(queue);
    return FALSE;
}

/* The queue that the neighbours use, for a queue's lock is its object's; another one of the device
 * where theirs is for copies or video only. Both pointers are the VinGpu's. */
static gboolean find_queue(VinGpu *gpu, GError **error)
{
    GstVulkanQueue *queue = NULL;

    if (gpu->queue == NULL) {
        gst_vulkan_global_context_query(gpu->element, GST_VULKAN_QUEUE_CONTEXT_TYPE_STR);
    }
    if (gpu->queue != NULL && gpu->queue->device == gpu->device && can_compute(gpu->queue)) {
        return TRUE;
    }
    gst_vulkan_device_foreach_queue(gpu->device, take_queue_that_computes, &queue);
    g_mutex_lock(&gpu->lock);
    gst_clear_object(&gpu->queue);
    gpu->queue = queue;
    g_mutex_unlock(&gpu->lock);
    if (queue == NULL) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_DEVICE,
                    "the pipeline's Vulkan device \"%s\" has no queue that computes",
                    gpu->device->physical_device->properties.deviceName);
    }
    return queue != NULL;
}

static void make_device(VinGpu *gpu)
{
    g_autoptr(GstVulkanInstance) instance =
        gpu->instance != NULL ? gst_object_ref(gpu->instance) : NULL;
    g_autoptr(GError) error = NULL;
    GstVulkanDevice *device = NULL;

    if (gst_vulkan_ensure_element_data(gpu->element, NULL, &instance)) {
        device = gst_vulkan_instance_create_device(instance, &error);
    }
    if (device == NULL) {
        GST_INFO_OBJECT(gpu->element, "no Vulkan device for the pipeline: %s",
                        error != NULL ? error->message : "there is no instance");
    }
    g_mutex_lock(&gpu->lock);
    gpu->device = device;
    g_mutex_unlock(&gpu->lock);
}

static gboolean find_device(VinGpu *gpu, gboolean may_make, GError **error)
{
    if (gpu->device == NULL) {
        gst_vulkan_global_context_query(gpu->element, GST_VULKAN_DEVICE_CONTEXT_TYPE_STR);
    }
    if (gpu->device == NULL && may_make) {
        make_device(gpu);
    }
    if (gpu->device == NULL) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_DEVICE,
                    "the video lies in Vulkan images, but no element and no application tells of "
                    "which device (the context \"%s\")",
                    GST_VULKAN_DEVICE_CONTEXT_TYPE_STR);
        return FALSE;
    }
    g_mutex_lock(&gpu->lock);
    gpu->is_used = TRUE;
    gst_object_replace((GstObject **)&gpu->instance, GST_OBJECT(gpu->device->instance));
    g_mutex_unlock(&gpu->lock);
    return find_queue(gpu, error);
}

/* The apiVersion that the instance was made with. */
static guint32 api_version(GstVulkanInstance *instance)
{
    guint major = 0, minor = 0, patch = 0;

    g_object_get(instance, "requested-api-major", &major, "requested-api-minor", &minor, NULL);
    if (major == 0) { /* the newest there is */
        gst_vulkan_instance_get_version(instance, &major, &minor, &patch);
    }
    return VK_MAKE_API_VERSION(0, major, minor, patch);
}

/* The library is not stable: what it hands us has the shape of the release we were built for. */
static gboolean check_release(GError **error)
{
    guint major, minor, micro, nano;

    gst_version(&major, &minor, &micro, &nano);
    if (GST_CHECK_VERSION(1, 23, 0) == (minor >= 23)) {
        return TRUE;
    }
    g_set_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED,
                "the plugin was built for the Vulkan library of GStreamer %d.%d, and this is %u.%u",
                GST_VERSION_MAJOR, GST_VERSION_MINOR, major, minor);
    return FALSE;
}

/* The element that pushes to @pad in the same thread: what lies between only hands on. (transfer
 * full), or NULL. */
static GstElement *find_pusher(GstPad *pad)
{
    g_autoptr(GstPad) peer = gst_pad_get_peer(pad);
    g_autoptr(GstElement) element = peer != NULL ? gst_pad_get_parent_element(peer) : NULL;
    const char *name = element != NULL && gst_element_get_factory(element) != NULL
                           ? GST_OBJECT_NAME(gst_element_get_factory(element))
                           : "";

    if (strcmp(name, "capsfilter") == 0 || strcmp(name, "identity") == 0) {
        g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");

        return sink != NULL ? find_pusher(sink) : NULL;
    }
    return g_steal_pointer(&element);
}

/* vulkanupload, up to 1.28 at least, hands a frame on while the device still copies it, and fills
 * the memory that it is copied from with the next frame as soon as it has the thread back. */
static gboolean is_behind_upload(GstElement *element)
{
    g_autoptr(GstPad) sink = gst_element_get_static_pad(element, "sink");
    g_autoptr(GstElement) pusher = find_pusher(sink);
    GstElementFactory *factory = pusher != NULL ? gst_element_get_factory(pusher) : NULL;

    return factory != NULL && strcmp(GST_OBJECT_NAME(factory), "vulkanupload") == 0;
}

static VinDevice *open_device(VinGpu *gpu, gboolean may_make, GError **error)
{
    VinVulkanDevice external = {
        .features_enabled = VIN_VULKAN_FEATURES_ENABLED,
        .lock_queue = lock_queue,
        .unlock_queue = unlock_queue,
        .destroy = shared_free,
    };
    Shared *shared;

    if (!check_release(error) || !find_device(gpu, may_make, error)) {
        return NULL;
    }
    shared = g_new0(Shared, 1);
    shared->device = gst_object_ref(gpu->device);
    shared->queue = gst_object_ref(gpu->queue);
    external.instance = gpu->instance->instance;
    external.physical_device = gst_vulkan_device_get_physical_device(gpu->device);
    external.device = gpu->device->device;
    external.queue = gpu->queue->queue;
    external.queue_family = gpu->queue->family;
    external.api_version = api_version(gpu->instance);
    external.user_data = shared;
    return vin_device_new_for_vulkan(&external, error);
}

gboolean vin_gpu_is_hasty(VinGpu *gpu)
{
    return gpu->is_hasty;
}

gboolean vin_gpu_is_sheared(VinGpu *gpu, const GstVideoInfo *info)
{
    const guint sample_bytes = (guint)GST_VIDEO_INFO_COMP_PSTRIDE(info, 0);
    guint major, minor, micro, nano;

    gst_version(&major, &minor, &micro, &nano);
    return gpu->is_hasty && (minor < 28 || (minor == 28 && micro < 3)) &&
           GST_VIDEO_INFO_N_PLANES(info) > 1 &&
           (guint)GST_VIDEO_INFO_PLANE_STRIDE(info, 0) !=
               (guint)GST_VIDEO_INFO_WIDTH(info) * sample_bytes;
}

/* What is before @sink says of the context @type, or NULL. (transfer full) */
static GstContext *ask_upstream(GstPad *sink, const char *type)
{
    g_autoptr(GstQuery) query = gst_query_new_context(type);
    GstContext *context = NULL;

    if (gst_pad_peer_query(sink, query)) {
        gst_query_parse_context(query, &context);
    }
    return context != NULL ? gst_context_ref(context) : NULL;
}

/* Images are of the device of whoever makes them, even where we have another one: behind a tee two
 * elements do not hear of each other, so that both may have made one. */
static void follow_upstream(VinGpu *gpu)
{
    g_autoptr(GstPad) sink = gst_element_get_static_pad(gpu->element, "sink");
    g_autoptr(GstContext) context = ask_upstream(sink, GST_VULKAN_DEVICE_CONTEXT_TYPE_STR);
    g_autoptr(GstContext) of_queue = NULL;
    GstVulkanDevice *device = NULL;

    if (context == NULL || !gst_context_get_vulkan_device(context, &device) || device == NULL) {
        return;
    }
    if (device == gpu->device) {
        gst_object_unref(device);
        return;
    }
    g_mutex_lock(&gpu->lock);
    gst_clear_object(&gpu->queue);
    gst_clear_object(&gpu->device);
    gpu->device = device;
    g_mutex_unlock(&gpu->lock);
    of_queue = ask_upstream(sink, GST_VULKAN_QUEUE_CONTEXT_TYPE_STR);
    if (of_queue != NULL) {
        vin_gpu_set_context(gpu, of_queue);
    }
}

VinDevice *vin_gpu_device(VinGpu *gpu, GError **error)
{
    follow_upstream(gpu);
    gpu->is_hasty = is_behind_upload(gpu->element);
    return open_device(gpu, FALSE, error);
}

/* Whether Vulkan images are all that can come to @sink. */
static gboolean gives_images_only(GstPad *sink)
{
    g_autoptr(GstCaps) template = gst_pad_get_pad_template_caps(sink);
    g_autoptr(GstCaps) caps = NULL;

    if (!gst_pad_is_linked(sink)) {
        return FALSE;
    }
    caps = gst_pad_peer_query_caps(sink, template);
    for (guint i = 0; i < gst_caps_get_size(caps); i++) {
        if (!gst_caps_features_contains(gst_caps_get_features(caps, i),
                                        GST_CAPS_FEATURE_MEMORY_VULKAN_IMAGE)) {
            return FALSE;
        }
    }
    return !gst_caps_is_empty(caps);
}

VinDevice *vin_gpu_device_early(VinGpu *gpu, GstPad *sink)
{
    g_autoptr(GError) error = NULL;
    VinDevice *device = gives_images_only(sink) ? open_device(gpu, TRUE, &error) : NULL;

    if (error != NULL) { /* its caps will tell */
        GST_INFO_OBJECT(gpu->element, "%s", error->message);
    }
    return device;
}
