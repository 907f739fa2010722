#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the classes of each frame as gstreamer-analytics has them: a program that knows nothing
of vkinception but the element's name. Needs GStreamer 1.24; exit code 77 says that it is older.

usage: analytics.py MODEL [URI]
"""
import sys

import gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
try:
    gi.require_version("GstAnalytics", "1.0")
    from gi.repository import GstAnalytics
except ValueError:
    GstAnalytics = None


def classes(buffer):
    """(label, score) of every classification on a buffer, highest score first."""
    meta = GstAnalytics.buffer_get_analytics_relation_meta(buffer)
    for number in range(GstAnalytics.relation_get_length(meta) if meta else 0):
        found, classification = meta.get_cls_mtd(number)
        for i in range(classification.get_length() if found else 0):
            yield GLib.quark_to_string(classification.get_quark(i)), classification.get_level(i)


def on_buffer(_pad, info):
    """Called in the streaming thread with every buffer behind vulkaninception."""
    buffer = info.get_buffer()
    shown = ", ".join("%s %.2f" % pair for pair in classes(buffer))
    print("%6.2f s  %s" % (buffer.pts / Gst.SECOND, shown), flush=True)
    return Gst.PadProbeReturn.OK


def play(pipeline):
    """Plays until the end; the text of the error that came before it, or None."""
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        Gst.CLOCK_TIME_NONE, Gst.MessageType.ERROR | Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    return message.parse_error()[0].message if message.type == Gst.MessageType.ERROR else None


def main():
    Gst.init(None)
    if Gst.version() < (1, 24) or GstAnalytics is None:
        print("analytics.py: this is %s; classifications need 1.24 and the typelib GstAnalytics"
              % Gst.version_string())
        return 77
    if len(sys.argv) not in (2, 3):
        print("usage: analytics.py MODEL [URI]", file=sys.stderr)
        return 2
    source = 'uridecodebin uri="%s"' % sys.argv[2] if len(sys.argv) == 3 \
        else "videotestsrc num-buffers=10"
    try:
        pipeline = Gst.parse_launch(
            source + " ! videoconvert ! vulkaninception name=tagger top-k=3 ! fakesink")
    except GLib.Error as error:
        print("analytics.py: " + error.message, file=sys.stderr)
        return 1
    tagger = pipeline.get_by_name("tagger")
    tagger.set_property("model", sys.argv[1])
    tagger.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_buffer)
    error = play(pipeline)
    if error is not None:
        print("analytics.py: " + error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
