/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory stays flat over many frames and many starts.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define N_FRAMES 2000
#define N_CYCLES 100

/* What malloc() gave out cannot jitter, but does not show a driver's own mappings; what is
 * resident shows everything, and moves by some megabytes as the software driver compiles. */
typedef struct {
    gint64 heap_bytes;
    gint64 resident_bytes;
} Memory;

#ifdef __GLIBC__
/* mallinfo() knows the main thread's arena alone: what one thread takes and another gives back
 * would look like a leak, or hide one. malloc_info() ends with the sums over all arenas. */
static gint64 heap_in_use(void)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    gint64 fast, rest, mapped, system;

    g_assert_nonnull(stream);
    g_assert_cmpint(malloc_info(0, stream), ==, 0);
    g_assert_cmpint(fclose(stream), ==, 0);
    g_assert_cmpint(sscanf(g_strrstr(text, "</heap>"),
                           "</heap> <total type=\"fast\" count=\"%*d\" size=\"%" SCNd64 "\"/>"
                           " <total type=\"rest\" count=\"%*d\" size=\"%" SCNd64 "\"/>"
                           " <total type=\"mmap\" count=\"%*d\" size=\"%" SCNd64 "\"/>"
                           " <system type=\"current\" size=\"%" SCNd64,
                           &fast, &rest, &mapped, &system),
                    ==, 4);
    free(text);
    return system - fast - rest + mapped;
}
#endif

static gboolean measure(Memory *memory)
{
    g_autofree char *text = NULL;
    long total;
    long resident;

#ifdef __GLIBC__
    malloc_trim(0); /* what threads of the driver gave back, and their arenas keep */
#endif
    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL) ||
        sscanf(text, "%ld %ld", &total, &resident) != 2) {
        return FALSE;
    }
    memory->resident_bytes = (gint64)resident * sysconf(_SC_PAGESIZE);
    memory->heap_bytes = 0;
#ifdef __GLIBC__
    memory->heap_bytes = heap_in_use();
#endif
    return TRUE;
}

static void assert_flat(const Memory *before, const char *what, gint64 heap_limit,
                        gint64 resident_limit)
{
    Memory now;

    g_assert_true(measure(&now));
    g_test_message("%s: heap %+" G_GINT64_FORMAT ", resident %+" G_GINT64_FORMAT " bytes", what,
                   now.heap_bytes - before->heap_bytes,
                   now.resident_bytes - before->resident_bytes);
    g_assert_cmpint(now.heap_bytes - before->heap_bytes, <, heap_limit);
    g_assert_cmpint(now.resident_bytes - before->resident_bytes, <, resident_limit);
}

static gboolean can_run(void)
{
    Memory memory;

#ifdef __SANITIZE_ADDRESS__
    g_test_skip("the address sanitizer keeps freed memory, and finds leaks by itself");
    return FALSE;
#endif
    if (!measure(&memory)) {
        g_test_skip("no /proc/self/statm");
        return FALSE;
    }
    return vin_plugin_test_has_device();
}

static void push_frames(GstHarness *h, const GstVideoInfo *info, guint n)
{
    for (guint i = 0; i < n; i++) {
        GstBuffer *out =
            gst_harness_push_and_pull(h, vin_plugin_test_frame(info, 0x102030 * (i % 8), i));

        g_assert_nonnull(out);
        gst_buffer_unref(out);
    }
}

static void test_frames(void)
{
    g_autofree char *launch = vin_plugin_test_launch("");
    GstVideoInfo info;
    GstHarness *h;
    Memory before;

    if (!can_run()) {
        return;
    }
    h = gst_harness_new_parse(launch);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, 64, 48);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    push_frames(h, &info, 200);
    g_assert_true(measure(&before));
    push_frames(h, &info, N_FRAMES);
    assert_flat(&before, "2000 frames", 32 << 10, 1 << 20);
    gst_harness_teardown(h);
}

#define MAX_SECONDS 60 /* of a cycle: a busy machine is no failure, a hang is */

static void cycle(GstElement *pipeline, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_assert_true(vin_plugin_test_run(pipeline, MAX_SECONDS));
    }
}

static void tell(const Memory *before, guint n)
{
    Memory now;

    g_assert_true(measure(&now));
    g_test_message("%u starts: heap %+" G_GINT64_FORMAT ", resident %+" G_GINT64_FORMAT " bytes",
                   n, now.heap_bytes - before->heap_bytes,
                   now.resident_bytes - before->resident_bytes);
}

static void test_cycles(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("");
    g_autofree char *launch =
        g_strdup_printf("videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! %s ! "
                        "tagsink location=/dev/null", classifier);
    g_autoptr(GstElement) pipeline = NULL;
    Memory before;

    if (!can_run()) {
        return;
    }
    pipeline = gst_parse_launch(launch, NULL);
    cycle(pipeline, 20);
    g_assert_true(measure(&before));
    cycle(pipeline, N_CYCLES);
    assert_flat(&before, "100 starts", 128 << 10, 8 << 20);
}

/* The default network, frames and all. */
static void test_starts(void)
{
    const guint n = vin_pipe_size(10000, 30), step = MAX(n / 20, 30);
    g_autoptr(GstElement) pipeline = NULL;
    gint64 since;
    Memory before;

    if (!can_run()) {
        return;
    }
    pipeline = gst_parse_launch("videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! "
                                "vulkaninception ! fakesink sync=false", NULL);
    cycle(pipeline, 10);
    g_assert_true(measure(&before));
    since = g_get_monotonic_time();
    for (guint done = 0; done < n; done += step) {
        cycle(pipeline, MIN(step, n - done));
        tell(&before, MIN(done + step, n));
    }
    g_test_message("%u starts of %.0f ms", n,
                   (double)(g_get_monotonic_time() - since) / 1e3 / n);
    /* What stays of a start would add up: these are 100 bytes and 1.6 KB of each of 10,000. */
    assert_flat(&before, "starts of the default network", 1 << 20, 16 << 20);
}

int main(int argc, char **argv)
{
    /* The layer keeps some memory of every device that was open: of 1.3.239, 94 KB. */
    g_setenv("VIN_VALIDATION", "0", TRUE);
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/soak/frames", test_frames);
    g_test_add_func("/soak/cycles", test_cycles);
    g_test_add_func("/soak/starts", test_starts);
    return g_test_run();
}
