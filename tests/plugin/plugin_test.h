/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the element tests share: GStreamer with the plugin just built, a tiny model on disk,
 * frames of one colour, pipelines run to their end.
 */
#ifndef VIN_TESTS_PLUGIN_PLUGIN_TEST_H
#define VIN_TESTS_PLUGIN_PLUGIN_TEST_H

#include <gst/gst.h>
#include <gst/video/video.h>

/* g_test_init() and gst_init() with the plugin of the build folder. */
void vin_plugin_test_init(int *argc, char ***argv);

/* TRUE when there is a Vulkan device; else marks the test as skipped. */
gboolean vin_plugin_test_has_device(void);

/* A folder with tiny.onnx of 10 classes, its sidecar and tiny.txt: "red", "green", "blue",
 * "class 3" ... Written at the first call, removed at exit. */
const char *vin_plugin_test_folder(void);
/* The model's path; its folder's labels. */
const char *vin_plugin_test_model(void);
const char *vin_plugin_test_labels(void);

/* "vulkaninception model=... labels-file=... EXTRA". To g_free(). */
char *vin_plugin_test_launch(const char *extra);

/* A frame of one colour, 0xRRGGBB, with pts and duration of 40 ms frames. */
GstBuffer *vin_plugin_test_frame(const GstVideoInfo *info, guint32 colour, guint number);

/* Fills a rectangle of a mapped RGB-like frame; for frames of two colours. */
void vin_plugin_test_fill(GstVideoFrame *frame, guint x, guint y, guint width, guint height,
                          guint32 colour);

/* Runs to EOS, an error or @seconds; returns FALSE unless EOS came. Then NULL state. */
gboolean vin_plugin_test_run(GstElement *pipeline, guint seconds);

/* Error messages waiting on the pipeline's bus; the first one's text if @text is not NULL. */
guint vin_plugin_test_count_errors(GstElement *pipeline, GError **first);

#endif
