#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints gcovr's summary by folder, and the files that miss the most lines.

usage: coverage.py SUMMARY.json PERCENT

The last line is the whole; the exit code is 1 when that is below PERCENT, or when there is none.
"""
import json
import os
import sys

WORST = 12


def percent(covered, total):
    return 100.0 * covered / total if total else 100.0


def main():
    least = float(sys.argv[2])
    with open(sys.argv[1], encoding="utf-8") as summary:
        files = [(entry["filename"], entry["line_covered"], entry["line_total"])
                 for entry in json.load(summary)["files"] if entry["line_total"]]
    folders = {}
    for name, covered, total in files:
        folder = folders.setdefault(os.path.dirname(name), [0, 0])
        folder[0] += covered
        folder[1] += total
    for name, (covered, total) in sorted(folders.items()):
        print("%5.1f %%  %5d of %5d  %s" % (percent(covered, total), covered, total, name))
    print("the most lines missed:")
    for name, covered, total in sorted(files, key=lambda f: f[1] - f[2])[:WORST]:
        print("%5.1f %%  %5d missed    %s" % (percent(covered, total), total - covered, name))
    covered = sum(entry[1] for entry in files)
    total = sum(entry[2] for entry in files)
    good = total > 0 and percent(covered, total) >= least
    print("%.1f %% of %d lines, %s %g %%" % (percent(covered, total), total,
                                           "at least" if good else "not", least))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
