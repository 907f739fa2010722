#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads tagsink's JSON lines on stdin and prints one line of labels a second of video,
and how many frames went through how fast at the end."""
import json
import signal
import sys
import time


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipeline ends first, then its lines
    frames, next_second, first, last = 0, 0, None, None
    for line in sys.stdin:
        entry = json.loads(line)
        last = time.monotonic()
        if first is None:
            first = last
        frames += 1
        seconds = (entry.get("running_time") or 0) / 1e9
        if seconds < next_second:
            continue
        next_second = int(seconds) + 1
        tags = ", ".join("%s %.2f" % (tag["label"], tag["score"]) for tag in entry["tags"])
        print("%8.2f s  %s" % (seconds, tags), flush=True)
    if frames == 0:
        print("no frame came out", file=sys.stderr)
        return 1
    # The first line marks the clock's start, so one frame fewer lies within the time.
    elapsed = last - first
    rate = "%.1f frames/s" % ((frames - 1) / elapsed) if elapsed > 0 else "too short to time"
    print("%d frames: %s" % (frames, rate))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.exit(1)
