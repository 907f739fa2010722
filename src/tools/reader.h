/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ToolReader: the frames of a photo or a video, by whatever GStreamer decodes. Pixels
 * stay as the decoder left them; only formats the library does not take are converted. Frames
 * say how they are to be turned upright, as the file's EXIF or its video track does.
 */
#ifndef VIN_TOOLS_READER_H
#define VIN_TOOLS_READER_H

#include <vkinception/frame.h>

typedef struct _ToolReader ToolReader;

/* Starts decoding @name, a file or a URI. */
ToolReader *tool_reader_open(const char *name, GError **error);
/* The frames in a file that holds nothing else, laid out as GStreamer lays out @caps. */
ToolReader *tool_reader_open_raw(const char *name, const char *caps, GError **error);
void tool_reader_free(ToolReader *reader); /* NULL is welcome */

/* How long the video is, in seconds; 0 for a photo, and where it is not known (yet). */
double tool_reader_get_duration(ToolReader *reader);

/* The next frame, valid until the next call. *seconds: its time in the video, 0 for a photo.
 * FALSE at the end, or with @error set, as after tool_stop_signal(). */
gboolean tool_reader_next(ToolReader *reader, VinFrame *frame, double *seconds, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ToolReader, tool_reader_free)

#endif
