#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Links between documents lead somewhere, every page but the root's is linked from another, and
docs/environment.md lists the variables that the library reads."""
import glob
import os
import re
import sys

import pages

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.M)
VARIABLE = re.compile(r'getenv\("(VIN_\w+)"\)')


def anchors(path):
    """What GitHub makes of the headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in HEADING.findall(pages.read(path))}


def check_links(path, linked):
    faults = []
    text = re.sub(r"^ {0,3}```.*?^ {0,3}```", "", pages.read(path), flags=re.S | re.M)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
        linked.add(target)
        if not os.path.exists(os.path.join(pages.ROOT, target)):
            faults.append("%s: %s is not there" % (path, link))
        elif anchor and anchor not in anchors(target):
            faults.append("%s: %s has no such heading" % (path, link))
    return faults


def variables():
    found = set()
    for path in glob.glob(os.path.join(pages.ROOT, "src", "**", "*.c"), recursive=True):
        if not path.startswith(os.path.join(pages.ROOT, "src", "tools")):
            found |= set(VARIABLE.findall(pages.read(path)))
    return found


def main():
    faults, linked = [], set()
    for path in pages.paths():
        faults += check_links(path, linked)
    faults += ["%s: no other page links to it" % path for path in pages.paths()
               if path.startswith("docs/") and path not in linked]
    listed = set(re.findall(r"^\| `(VIN_\w+)` \|", pages.read("docs/environment.md"), re.M))
    read = variables()
    faults += ["docs/environment.md does not list " + name for name in sorted(read - listed)]
    faults += ["docs/environment.md lists %s, which nothing reads" % name
               for name in sorted(listed - read)]
    for fault in faults:
        print(fault)
    return 1 if faults or not linked or not read else 0


if __name__ == "__main__":
    sys.exit(main())
