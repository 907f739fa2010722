# SPDX-License-Identifier: LGPL-2.1-or-later
"""What peers.py measured as a section of a page, one for each device and driver."""
import os
import platform
import re
import statistics

HEADING = "## Beside other runtimes"
FIRST = "vin-bench"


def summary(times):
    """Median, and the value that 99 in 100 do not exceed."""
    ordered = sorted(times)
    return {"median": statistics.median(ordered),
            "p99": ordered[-(-len(ordered) * 99 // 100) - 1]}


def processor():
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as handle:
            found = re.search(r"^model name\s*:\s*(.+)$", handle.read(), re.MULTILINE)
            name = found.group(1) if found else name
    except OSError:
        pass
    return "%s, %d cores in use" % (name, len(os.sched_getaffinity(0)))


def ratio(results, name):
    """Median over the rounds of how many times as long it takes as vin-bench."""
    return statistics.median(theirs["median"] / ours["median"]
                             for ours, theirs in zip(results[FIRST], results[name]))


def section(results, reasons, facts):
    ours = results[FIRST][0]
    lines = ["### %s, %s" % (ours["device"], ours["driver"]), "",
             "%s, %s, load average %.1f before and %.1f after; %d rounds of %d frames, %d threads "
             "for the runtimes on the processor." % (
                 facts["date"], processor(), facts["loads"][0], facts["loads"][1],
                 facts["rounds"], facts["frames"], facts["threads"]), "",
             "| contender | version | median_ms | p99_ms | frames/s | times vin-bench's median |",
             "| --- | --- | --- | --- | --- | --- |"]
    for name, runs in results.items():
        fps = [run["fps"] for run in runs if "fps" in run]
        lines.append("| %s | %s | %.1f | %.1f | %s | %.2f |" % (
            name, runs[0]["version"] or "-", statistics.median(run["median"] for run in runs),
            statistics.median(run["p99"] for run in runs),
            "%.1f" % statistics.median(fps) if fps else "-", ratio(results, name)))
    lines += [""] + ["- left out: %s: %s" % pair for pair in reasons.items()]
    return "\n".join(lines).rstrip() + "\n"


def put(path, page):
    """Replaces the section of the same device and driver, or adds one."""
    heading = page.splitlines()[0]
    with open(path, encoding="utf-8") as handle:
        text = handle.read()
    if HEADING not in text:
        text = text.rstrip() + "\n\n" + HEADING + "\n"
    head, rest = text.split(HEADING + "\n", 1)
    found = re.search(r"^## ", rest, re.MULTILINE)
    body, tail = (rest[:found.start()], rest[found.start():]) if found else (rest, "")
    parts = [part for part in re.split(r"(?m)^(?=### )", body)
             if not part.startswith(heading + "\n")]
    body = "".join(part.rstrip() + "\n\n" for part in parts if part.strip()) + page + "\n"
    if parts and not parts[0].startswith("### "):
        body = "\n" + body.lstrip("\n")
    with open(path, "w", encoding="utf-8") as handle:
        handle.write((head + HEADING + "\n" + body + tail).rstrip() + "\n")
