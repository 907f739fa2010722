#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws what commands print as a picture of a terminal. Runs each COMMAND by the shell, in order,
and writes an SVG of the command lines and all that came out, 104 columns wide. It made
docs/terminal.svg.

usage: screenshot.py OUT.svg COMMAND...
"""
import re
import subprocess
import sys
from xml.sax.saxutils import escape

COLUMNS, CHAR_WIDTH, LINE_HEIGHT, MARGIN, BAR = 104, 8.4, 19, 16, 28
PROMPT, OUTPUT, BACKGROUND = "#8ec07c", "#e8e6e3", "#1d2021"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def wrap(line):
    """The rows of a terminal that a line takes."""
    return [line[i:i + COLUMNS] for i in range(0, len(line), COLUMNS)] or [""]


def rows_of(command):
    """(colour, text) of the command line and of what came out; a failure ends all."""
    done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit("screenshot.py: exit code %d of %s:\n%s"
                 % (done.returncode, command, done.stdout))
    rows = [(PROMPT, row) for row in wrap("$ " + command)]
    for line in done.stdout.splitlines():
        rows += [(OUTPUT, row) for row in wrap(CONTROL.sub("", line.expandtabs()))]
    return rows


def svg(rows):
    width = round(COLUMNS * CHAR_WIDTH + 2 * MARGIN)
    height = BAR + len(rows) * LINE_HEIGHT + MARGIN
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d">'
        % (width, height, width, height),
        "  <!-- SPDX-License-Identifier: LGPL-2.1-or-later -->",
        '  <rect width="100%%" height="100%%" rx="8" fill="%s"/>' % BACKGROUND,
        *('  <circle cx="%d" cy="16" r="5" fill="%s"/>' % (MARGIN + 5 + 18 * i, colour)
          for i, colour in enumerate(("#cc6666", "#d0b060", "#7aa06a"))),
        '  <g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
        'xml:space="preserve">',
    ]
    for number, (colour, text) in enumerate(rows):
        if text.strip():
            # The length holds the columns together whatever font there is.
            parts.append('    <text x="%d" y="%d" fill="%s" textLength="%.1f">%s</text>'
                         % (MARGIN, BAR + (number + 1) * LINE_HEIGHT - 5, colour,
                            len(text) * CHAR_WIDTH, escape(text)))
    return "\n".join(parts + ["  </g>", "</svg>"]) + "\n"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    rows = []
    for command in sys.argv[2:]:
        if rows:
            rows.append((OUTPUT, ""))
        rows += rows_of(command)
    with open(sys.argv[1], "w", encoding="utf-8") as handle:
        handle.write(svg(rows))


if __name__ == "__main__":
    main()
