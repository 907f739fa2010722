#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every file that is installed goes into exactly one Debian package, and every line of
debian/*.install stands for a file; what scripts/packages.txt wants for building, debian/control
wants too.

usage: packaged.py BUILD_ROOT PREFIX LIBDIR whole|partial

partial: not everything is built here, so that a line may stand for nothing.
"""
import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile

import project

# Part of build-essential, or brought by meson.
UNDERSTOOD = {"gcc", "libc6-dev", "ninja-build", "python3"}


def installed(build, prefix, libdir):
    """Paths as dh_install sees them, below usr/, with a triplet as libraries' folder."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir",
                        place], stdout=subprocess.DEVNULL, check=True)
        root = os.path.join(place, prefix.lstrip("/"))
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), root)
                if path.startswith(libdir + "/"):
                    path = "lib/triplet/" + path[len(libdir) + 1:]
                yield "usr/" + path


def patterns():
    """(package, pattern) of every line."""
    for path in sorted(glob.glob(os.path.join(project.ROOT, "debian", "*.install"))):
        package = os.path.basename(path)[:-len(".install")]
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.strip() and not line.startswith("#"):
                    yield package, line.split()[0]


def matches(path, pattern):
    """As dh_install: a * stays within a folder, and a folder stands for all that is in it."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def build_dependency_faults():
    control = project.text("debian/control")
    wants = set(re.findall(r"[\w.+-]+", control[:control.index("\nPackage:")]))
    listed = re.findall(r"^build +\S+ +(\S+)$", project.text("scripts/packages.txt"), re.M)
    return ["%s is wanted for building by scripts/packages.txt, but not by debian/control" % name
            for name in listed if name not in wants | UNDERSTOOD]


def main():
    build, prefix, libdir, extent = sys.argv[1:5]
    files, lines = sorted(installed(build, prefix, libdir)), list(patterns())
    faults = build_dependency_faults()
    for path in files:
        homes = sorted({package for package, pattern in lines if matches(path, pattern)})
        if len(homes) != 1:
            faults.append("%s goes into %s, not into one package"
                          % (path, " and ".join(homes) or "none"))
    if extent == "whole":
        faults += ["%s.install: nothing is %s" % (package, pattern) for package, pattern in lines
                   if not any(matches(path, pattern) for path in files)]
    project.finish(faults, len(files))


if __name__ == "__main__":
    main()
