/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Known photographs as objects of a large frame, eight at once, among noise: each gets its own
 * tags, to the bit those of the same picture classified alone. Needs the folder of reference data.
 */
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-frame.h>
#include <vkinception/gst-tags.h>
#include <vkinception/vkinception.h>

#define CELL 512 /* pixels each way, of which a photograph takes a part */
#define COLUMNS 4
#define ROWS 2
#define N_OBJECTS (COLUMNS * ROWS)
#define N_FRAMES 2 /* of the same photographs in other places */
#define COLOURS "colorimetry=bt709, chroma-site=mpeg2"

/* What one photograph is known to be. */
typedef struct {
    GstSample *sample; /* the photograph, of even width and height */
    GstVideoInfo info;
    VinScore alone;    /* its best class, as a frame of its own */
} Photo;

typedef struct {
    const char *format;
    GstVideoInfo info; /* of large frames */
    VinModel *model;
    VinDevice *device;
    VinEngine *engine;
    VinStream *stream;
    char *model_path;
    Photo photos[N_OBJECTS];
    guint n_photos;
} Album;

/* The photograph of a file in the format of the album; NULL where it does not decode or does not
 * fit. */
static GstSample *decode(const char *path, const char *format)
{
    g_autofree char *launch = g_strdup_printf(
        "filesrc name=file ! jpegdec ! videoconvert ! video/x-raw, format=%s,"
        "pixel-aspect-ratio=1/1, %s ! appsink name=out sync=false", format,
        strcmp(format, "RGB") == 0 ? "colorimetry=sRGB" : COLOURS);
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, NULL);
    g_autoptr(GstElement) file = NULL;
    g_autoptr(GstElement) out = NULL;
    GstSample *sample = NULL;

    if (pipeline == NULL) {
        return NULL;
    }
    file = gst_bin_get_by_name(GST_BIN(pipeline), "file");
    out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    g_object_set(file, "location", path, NULL);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_signal_emit_by_name(out, "pull-sample", &sample);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return sample;
}

/* Width or height of what is shown of a photograph: even, and inside its cell. */
static guint shown(gint size)
{
    return (guint)MIN(size, CELL - 16) & ~1u;
}

/* Classifies the shown part of a photograph by the library. */
static VinScore run_alone(Album *album, const Photo *photo)
{
    g_autoptr(GError) error = NULL;
    VinResult result;
    GstVideoFrame mapped;
    VinFrame frame;

    g_assert_true(gst_video_frame_map(&mapped, &photo->info,
                                      gst_sample_get_buffer(photo->sample), GST_MAP_READ));
    vin_frame_from_gst(&frame, &mapped, &error);
    g_assert_no_error(error);
    frame.crop_width = shown(GST_VIDEO_INFO_WIDTH(&photo->info));
    frame.crop_height = shown(GST_VIDEO_INFO_HEIGHT(&photo->info));
    vin_stream_run(album->stream, &frame, &result, &error);
    g_assert_no_error(error);
    gst_video_frame_unmap(&mapped);
    return result.top[0];
}

static void add_photo(Album *album, const char *path)
{
    Photo *photo = &album->photos[album->n_photos];

    photo->sample = decode(path, album->format);
    if (photo->sample == NULL) {
        return;
    }
    g_assert_true(gst_video_info_from_caps(&photo->info, gst_sample_get_caps(photo->sample)));
    photo->alone = run_alone(album, photo);
    for (guint i = 0; i < album->n_photos; i++) { /* else a wrong one may go unseen */
        g_assert_cmpuint(album->photos[i].alone.index, !=, photo->alone.index);
    }
    album->n_photos++;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Some photographs of the folder, of different kinds of things. */
static void add_photos(Album *album, const char *folder)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len && album->n_photos < N_OBJECTS; i += 11) {
        add_photo(album, g_ptr_array_index(names, i));
    }
}

static void album_clear(Album *album)
{
    for (guint i = 0; i < N_OBJECTS; i++) {
        g_clear_pointer(&album->photos[i].sample, gst_sample_unref);
    }
    vin_stream_free(album->stream);
    vin_engine_unref(album->engine);
    vin_device_unref(album->device);
    vin_model_unref(album->model);
    g_free(album->model_path);
}

/* FALSE, with the test skipped, where something is missing. */
static gboolean album_fill(Album *album, const char *format)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    g_autofree char *folder =
        g_build_filename(shared != NULL ? shared : ".", "images", NULL);
    g_autofree char *caps = NULL;
    VinModelParams params = {0};
    GstCaps *parsed;

    memset(album, 0, sizeof *album);
    album->format = format;
    album->model_path =
        g_build_filename(shared != NULL ? shared : ".", "models", "googlenet.onnx", NULL);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR) ||
        !g_file_test(album->model_path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no reference data in VIN_SHARED_DIR");
        return FALSE;
    }
    if (!vin_plugin_test_has_device()) {
        return FALSE;
    }
    caps = g_strdup_printf("video/x-raw, format=%s, width=%d, height=%d, framerate=25/1, %s",
                           format, COLUMNS * CELL, ROWS * CELL,
                           strcmp(format, "RGB") == 0 ? "colorimetry=sRGB" : COLOURS);
    parsed = gst_caps_from_string(caps);
    g_assert_true(gst_video_info_from_caps(&album->info, parsed));
    gst_caps_unref(parsed);
    params.name = album->model_path;
    album->model = vin_model_open(&params, NULL);
    album->device = vin_device_open(NULL, NULL);
    album->engine = vin_engine_open(album->model, album->device, NULL, NULL, NULL);
    g_assert_nonnull(album->engine);
    album->stream = vin_stream_new(album->engine, NULL);
    add_photos(album, folder);
    if (album->n_photos < N_OBJECTS) {
        g_test_skip("no decoder of JPEG, or too few photographs");
        return FALSE;
    }
    return TRUE;
}

static guint left_of(guint i)
{
    return (i % COLUMNS) * CELL + 6;
}

static guint top_of(guint i)
{
    return i / COLUMNS * CELL + 4;
}

/* The photograph at place @i of frame @number. */
static const Photo *photo_at(const Album *album, guint number, guint i)
{
    return &album->photos[(i + number * 3) % N_OBJECTS];
}

/* Copies the shown part of a photograph to where object @i lies. */
static void paste(GstVideoFrame *to, const Photo *photo, guint i)
{
    GstVideoFrame from;

    g_assert_true(gst_video_frame_map(&from, &photo->info, gst_sample_get_buffer(photo->sample),
                                      GST_MAP_READ));
    for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(to); c++) {
        const GstVideoFormatInfo *format = to->info.finfo;
        const guint step = (guint)GST_VIDEO_FRAME_COMP_PSTRIDE(to, c);
        const guint x = left_of(i) >> GST_VIDEO_FORMAT_INFO_W_SUB(format, c);
        const guint y = top_of(i) >> GST_VIDEO_FORMAT_INFO_H_SUB(format, c);
        const guint width = shown(GST_VIDEO_INFO_WIDTH(&photo->info)) >>
                            GST_VIDEO_FORMAT_INFO_W_SUB(format, c);
        const guint height = shown(GST_VIDEO_INFO_HEIGHT(&photo->info)) >>
                             GST_VIDEO_FORMAT_INFO_H_SUB(format, c);

        for (guint row = 0; row < height; row++) {
            const guint8 *source = (guint8 *)GST_VIDEO_FRAME_COMP_DATA(&from, c) +
                                   row * (guint)GST_VIDEO_FRAME_COMP_STRIDE(&from, c);
            guint8 *target = (guint8 *)GST_VIDEO_FRAME_COMP_DATA(to, c) +
                             (y + row) * (guint)GST_VIDEO_FRAME_COMP_STRIDE(to, c) + x * step;

            for (guint column = 0; column < width; column++) {
                target[column * step] = source[column * step];
            }
        }
    }
    gst_video_frame_unmap(&from);
}

/* Noise with the photographs of frame @number, each marked. */
static GstBuffer *new_frame(const Album *album, guint number)
{
    const gsize size = GST_VIDEO_INFO_SIZE(&album->info);
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, size, NULL);
    g_autoptr(GRand) noise = g_rand_new_with_seed(number);
    GstVideoFrame frame;
    GstMapInfo map;

    g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_WRITE));
    for (gsize i = 0; i + 4 <= size; i += 4) {
        guint32 word = g_rand_int(noise);

        memcpy(map.data + i, &word, 4);
    }
    gst_buffer_unmap(buffer, &map);
    g_assert_true(gst_video_frame_map(&frame, &album->info, buffer, GST_MAP_WRITE));
    for (guint i = 0; i < N_OBJECTS; i++) {
        paste(&frame, photo_at(album, number, i), i);
    }
    gst_video_frame_unmap(&frame);
    for (guint i = 0; i < N_OBJECTS; i++) {
        const Photo *photo = photo_at(album, number, i);

        gst_buffer_add_video_region_of_interest_meta(
            buffer, "photo", left_of(i), top_of(i),
            shown(GST_VIDEO_INFO_WIDTH(&photo->info)),
            shown(GST_VIDEO_INFO_HEIGHT(&photo->info)));
    }
    GST_BUFFER_PTS(buffer) = number * 40 * GST_MSECOND;
    return buffer;
}

/* Each object has the class and, to the bit, the score of its photograph. */
static void check_frame(const Album *album, GstBuffer *buffer, guint number)
{
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, N_OBJECTS);
    for (guint i = 0; i < N_OBJECTS; i++) {
        const Photo *photo = photo_at(album, number, i);
        VinTagRegion region;
        VinTag tag;

        g_assert_true(vin_tags_get_region(buffer, i, &region));
        g_assert_cmpuint(region.x, ==, left_of(i));
        g_assert_cmpuint(region.y, ==, top_of(i));
        g_assert_true(vin_tags_get_region_tag(buffer, i, 0, &tag));
        g_test_message("%s %.6f, alone %.6f", tag.label, tag.score, (double)photo->alone.score);
        g_assert_cmpuint(tag.index, ==, photo->alone.index);
        g_assert_true((float)tag.score == photo->alone.score);
    }
}

/* GPU time of a batch is shared by its objects: their sum is about what all of it took, and less
 * than twice where submissions overlap. */
static void check_stats(GstHarness *h, gint64 us)
{
    GstElement *element = gst_harness_find_element(h, "vulkaninception");
    g_autoptr(GstStructure) stats = NULL;
    guint64 frames = 0;
    guint64 mean = 0;

    g_object_get(element, "stats", &stats, NULL);
    gst_object_unref(element);
    g_assert_true(gst_structure_get_uint64(stats, "frames", &frames));
    g_assert_cmpuint(frames, ==, N_FRAMES * N_OBJECTS);
    g_assert_true(gst_structure_get_uint64(stats, "gpu-time-mean", &mean));
    g_test_message("%" G_GUINT64_FORMAT " objects of %" G_GUINT64_FORMAT " ns in %"
                   G_GINT64_FORMAT " us", frames, mean, us);
    g_assert_cmpuint(frames * mean / 1000, <=, 2 * (guint64)us);
}

static void run_frames(Album *album, guint batch_size)
{
    g_autofree char *launch = g_strdup_printf(
        "vulkaninception model=%s inference-region=roi-list top-k=1 batch-size=%u",
        album->model_path, batch_size);
    GstHarness *h = gst_harness_new_parse(launch);
    gint64 start_us;

    gst_harness_set_src_caps(h, gst_video_info_to_caps(&album->info));
    start_us = g_get_monotonic_time();
    for (guint i = 0; i < N_FRAMES; i++) {
        g_assert_cmpint(gst_harness_push(h, new_frame(album, i)), ==, GST_FLOW_OK);
    }
    gst_harness_push_event(h, gst_event_new_eos());
    for (guint i = 0; i < N_FRAMES; i++) {
        GstBuffer *out = gst_harness_pull(h);

        check_frame(album, out, i);
        gst_buffer_unref(out);
    }
    check_stats(h, g_get_monotonic_time() - start_us);
    gst_harness_teardown(h);
}

typedef struct {
    const char *format;
    guint batch_sizes[2]; /* 0: no more */
} Case;

static void test_case(gconstpointer data)
{
    const Case *c = data;
    Album album;

    if (album_fill(&album, c->format)) {
        for (guint i = 0; i < G_N_ELEMENTS(c->batch_sizes) && c->batch_sizes[i] != 0; i++) {
            run_frames(&album, c->batch_sizes[i]);
        }
    }
    album_clear(&album);
}

int main(int argc, char **argv)
{
    static const Case rgb = {"RGB", {1, 8}}, i420 = {"I420", {1}}, nv12 = {"NV12", {8}};

    vin_plugin_test_init(&argc, &argv);
    g_test_add_data_func("/roi-pictures/rgb", &rgb, test_case);
    g_test_add_data_func("/roi-pictures/i420", &i420, test_case);
    g_test_add_data_func("/roi-pictures/nv12", &nv12, test_case);
    return g_test_run();
}
