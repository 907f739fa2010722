#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shared library exports exactly tests/lint/symbols.txt, which is exactly what the public
headers declare with VIN_API, and what the Debian package's symbols file says since when.

usage: symbols.py LIBRARY
"""
import re
import subprocess
import sys

import project

LIST = "tests/lint/symbols.txt"
PACKAGED = "debian/libvkinception0.symbols"
DECLARATION = re.compile(r"^VIN_API\b[^;{]*?\b(\w+)\s*\(", re.M)


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE,
                           text=True, check=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def listed():
    return {line for line in project.text(LIST).splitlines() if line and not line.startswith("#")}


def packaged():
    return set(re.findall(r"^ (\w+)@Base \S+$", project.text(PACKAGED), re.M))


def declared():
    names = set()
    for path in project.files(".h", ".h.in"):
        if path.startswith("include/"):
            names |= set(DECLARATION.findall(project.text(path)))
    return names


def main():
    have, want, promised = exported(sys.argv[1]), listed(), declared()
    faults = ["exported, but not in %s: %s" % (LIST, name) for name in sorted(have - want)]
    faults += ["in %s, but not exported: %s" % (LIST, name) for name in sorted(want - have)]
    faults += ["declared, but not in %s: %s" % (LIST, name) for name in sorted(promised - want)]
    faults += ["in %s, but declared nowhere: %s" % (LIST, name)
               for name in sorted(want - promised)]
    faults += ["in %s, but not in %s: add ' %s@Base VERSION'" % (LIST, PACKAGED, name)
               for name in sorted(want - packaged())]
    faults += ["in %s, but not in %s: %s" % (PACKAGED, LIST, name)
               for name in sorted(packaged() - want)]
    faults += ["exported without the prefix vin_: " + name
               for name in sorted(have) if not name.startswith("vin_")]
    project.finish(faults, len(have))


if __name__ == "__main__":
    main()
