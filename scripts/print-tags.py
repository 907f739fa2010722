#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads tagsink's JSON lines on stdin, prints one line of labels a second of video, and how
many frames went through how fast at the end. With --changes it prints one line whenever the
first label becomes another one: from when to when, and the mean score."""
import argparse
import json
import signal
import sys
import time


class Seconds:
    """One line a second of video."""

    def __init__(self):
        self.next = 0

    def add(self, seconds, entry):
        if seconds >= self.next:
            self.next = int(seconds) + 1
            tags = ", ".join("%s %.2f" % (tag["label"], tag["score"]) for tag in entry["tags"])
            print("%8.2f s  %s" % (seconds, tags), flush=True)

    def end(self):
        pass


class Changes:
    """One line a state."""

    def __init__(self):
        self.label, self.since, self.until, self.scores = None, 0, 0, []

    def add(self, seconds, entry):
        top = entry["tags"][0] if entry["tags"] else {"label": "(no label)", "score": 0}
        if top["label"] != self.label:
            self.end()
            self.label, self.since, self.scores = top["label"], seconds, []
        self.scores.append(top["score"])
        self.until = seconds + (entry.get("duration") or 0) / 1e9

    def end(self):
        if self.scores:
            print("%8.2f to %7.2f s  %s %.2f" %
                  (self.since, self.until, self.label, sum(self.scores) / len(self.scores)),
                  flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", action="store_true")
    printer = Changes() if parser.parse_args().changes else Seconds()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipeline ends first, then its lines
    frames, first, last = 0, None, None
    for line in sys.stdin:
        entry = json.loads(line)
        last = time.monotonic()
        if first is None:
            first = last
        frames += 1
        printer.add((entry.get("running_time") or 0) / 1e9, entry)
    printer.end()
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
